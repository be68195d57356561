"""Granted relaxations in a stored evaluation: in force on the day, part of its inputs, never the strict verdict."""

from datetime import timedelta

from indicators.collection.relaxations import actions as relaxations
from indicators.collection.relaxations.models import Relaxation
from indicators.results.evaluations import change_queries as changes, judging, stored
from indicators.results.evaluations.models import Evaluation, PartResult
from portal.core.lib import dates
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import approve_all, before_and_after, fresh, relaxed_round
from tests.indicators.collection.relaxations.making import SIZE, SPORTS, approved, day, lapsed, proven
from tests.indicators.results.board.conftest import evaluated
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Evaluation, Evaluation]:
    return before_and_after(cast)


def test_what_is_in_force_is_judged_next_to_the_strict_verdict_and_never_in_it(pair) -> None:
    before, after = pair
    assert stored.relaxed(before) is None
    found = stored.relaxed(after)
    assert found is not None
    assert {key: value for key, value in after.result.items() if key not in ("relaxed", "inputs_sha256")} == {
        key: value for key, value in before.result.items() if key != "inputs_sha256"
    }
    strict = stored.of(after).parts[0]
    part, condition = found.part(strict), found.condition("B4")
    assert part is not None
    assert condition is not None
    assert (strict.passes, part.passes) == (False, True)
    assert (after.result["district_indicators"]["B4"]["passes"], condition.passes) == (False, True)
    assert found.condition("B3") is None
    assert found.coefficient("primary", "A4") is None


def test_each_relaxation_is_reported_with_school_basis_term_and_effect(pair) -> None:
    found = stored.relaxed(pair[1])
    assert found is not None
    until = dates.day(day(364))
    assert [one.words for one in found.allowed] == [
        f"甲小学 A3 农村小规模学校体育、艺术教师（依据 国教督办函〔2019〕30号，有效期至{until}；"
        "未适用：不是50 至 99 人的农村学校：城乡类型是城区，应为镇区、乡村，在校生 360 人，应不少于 50 人、不多于 99 人）",
        f"乙初级中学 B4 既有学校和随迁子女集中学校规模（依据 豫教督〔2026〕9号，有效期至{until}；"
        "已适用：2010 年及以前建成的学校）",
        f"甲小学 A5 中心城区拥挤学校体育场馆（依据 国教督办函〔2019〕30号，有效期至{until}；已适用：中心城区学校）",
    ]


def test_the_parts_keep_their_verdict_with_relaxations_only_where_there_is_one(pair) -> None:
    saved = {(p.school_name, p.stage): (p.passes, p.relaxed) for p in PartResult.objects.filter(evaluation=pair[1])}
    assert saved == {
        ("甲小学", "primary"): (False, True),
        ("丁小学", "primary"): (True, None),
        ("乙初级中学", "junior"): (True, None),
    }
    assert not PartResult.objects.filter(evaluation=pair[0]).exclude(relaxed=None).exists()


def test_it_can_be_judged_again_from_what_was_stored_whatever_becomes_of_the_register(pair) -> None:
    after = pair[1]
    Relaxation.objects.all().update(state="pending", decided_at=None, decided_by=None)
    assert judging.verify(after).differences == ()
    assert [grant.until for grant in judging.grants(after.inputs)] == [day(364)] * 3


def test_only_what_is_approved_and_within_its_term_counts(cast: Cast) -> None:
    round_ = relaxed_round(cast)
    proven(cast, kind=SPORTS)
    lapsed(approved(cast, kind=SIZE, school_id=cast.school_b.pk), until=day(-1))
    approved(cast, kind=SIZE, school_id=cast.school_b.pk, valid_from=day(1), valid_until=day(30))
    withdrawn = approved(cast, kind=SIZE)
    relaxations.withdraw(relaxation_id=withdrawn.pk, reason="学校已分流", by=cast.reviewer)
    assert "relaxed" not in evaluated(cast, round_).result


def test_a_relaxation_that_comes_or_ends_makes_the_evaluation_out_of_date(pair) -> None:
    before, after = pair
    assert set(changes.staleness(before).respondents) == {"4102020001", "4102020002"}
    assert not changes.staleness(after)
    size = Relaxation.objects.get(kind=SIZE, school=after.parts.get(stage="junior").school)
    lapsed(size, until=day() - timedelta(days=1))
    assert changes.staleness(fresh(after)).respondents == ("4102020002",)


def test_one_granted_for_longer_is_another_evaluation_with_the_new_day(cast: Cast) -> None:
    round_ = relaxed_round(cast)
    approve_all(cast)
    first = evaluated(cast, round_)
    Relaxation.objects.filter(kind=SIZE).update(valid_until=day(500))
    second = evaluated(cast, round_)
    assert first.pk != second.pk
    assert evaluated(cast, round_).pk == second.pk
    found = stored.relaxed(second)
    assert found is not None
    assert f"有效期至{dates.day(day(500))}" in found.allowed[1].words
