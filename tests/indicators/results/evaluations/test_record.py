"""Judging a round and keeping the result: once per inputs, whole or not at all."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db.models import QuerySet

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, change_queries as changes, judging, queries, stored
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.standard.engine import encode, evaluate
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.lib.numbers import half_up
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.shared import shared

NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)


@shared
def round_a(cast: Cast) -> Round:
    return open_round(cast.district)


def judge(round: Round) -> judging.Judged:
    return judging.judge(round, judging.read(round), NOW)


def test_every_school_of_the_register_is_judged_with_or_without_a_submission(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    inputs = judging.of_round(round_a)
    assert [(s.code, s.has_submission) for s in inputs.data.schools] == [("4102020001", True), ("4102020002", False)]
    assert "4102030001" not in inputs.sources


@pytest.mark.parametrize("verdict", ["returned", None])
def test_a_submission_that_is_not_approved_does_not_count(cast: Cast, round_a: Round, verdict: str | None) -> None:
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_a, figures(), verdict)
    assert not any(school.has_submission for school in judging.of_round(round_a).data.schools)


def test_what_is_known_of_an_evaluation_in_brief_is_as_in_the_whole(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    whole, known = stored.of(evaluation), queries.in_brief(evaluation)
    missed = {
        (part.key, code): one
        for part in whole.parts
        for code, one in part.indicators.items()
        if one.reaches is not True
    }
    assert missed
    assert {(part.key, code): one for part in known.parts for code, one in part.indicators.items()} == missed
    assert known.conditions.keys() == whole.conditions.keys()
    for code, one in whole.conditions.items():
        assert known.conditions[code].passes is one.passes
        for school in cast.school_a, cast.school_b:
            assert known.conditions[code].of_school(school.code) is one.of_school(school.code)
    for stage, coefficients in whole.coefficients.items():
        assert {code: one.passes for code, one in known.coefficients[stage].items()} == {
            code: one.passes for code, one in coefficients.items()
        }


def test_a_missing_submission_blocks_the_verdict_and_is_named(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    assert evaluation.verdict is None
    assert not evaluation.complete
    missing = evaluation.result["missing"]
    assert {entry["school_code"] for entry in missing} == {"4102020002"}
    assert "pupils_junior" in {entry["item"] for entry in missing}
    assert PartResult.objects.get(school=cast.school_b).passes is None


def test_the_same_inputs_are_the_same_evaluation(cast: Cast, round_a: Round) -> None:
    fill(round_a, 6)
    first = actions.record(judged=judge(round_a), by=cast.admin)
    counts = [model.objects.count() for model in (PartResult, IndicatorResult)]
    for _ in range(3):
        assert actions.record(judged=judge(round_a), by=cast.admin) == first
    assert [model.objects.count() for model in (PartResult, IndicatorResult)] == counts
    assert Evaluation.objects.count() == 1


def test_the_same_figures_handed_in_again_are_the_same_evaluation(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    first = actions.record(judged=judge(round_a), by=cast.admin)
    hand_in(round_a, cast.school_a, figures())
    assert actions.record(judged=judge(round_a), by=cast.admin) == first


def test_other_figures_are_another_evaluation(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    first = actions.record(judged=judge(round_a), by=cast.admin)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    assert actions.record(judged=judge(round_a), by=cast.admin) != first


def test_rows_are_the_exact_result_rounded_once_to_fifteen_places(cast: Cast, round_a: Round) -> None:
    fill(round_a, 12)
    inputs = judging.of_round(round_a)
    exact = evaluate(inputs.spec, inputs.data)
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    assert evaluation.result == exact.as_json(round="2026", district="410202")
    stored = {(r.part.school_id, r.part.stage, r.code): r for r in IndicatorResult.objects.select_related("part")}
    schools = {s.code: s.pk for s in School.objects.all()}
    assert len(stored) == 7 * len(exact.parts)
    for part in exact.parts:
        for result in part.indicators:
            row = stored[schools[part.school.code], part.stage, result.indicator.code]
            assert (row.reaches, row.reaches_floor) == (result.reaches, result.reaches_floor)
            if result.value is None:
                assert row.value is None
            else:
                # SQLite keeps 15 significant digits; the exact figure is in the JSON.
                assert abs(row.value - half_up(result.value, 15)) <= abs(row.value) * Decimal("1e-14")


def test_the_row_keeps_the_exact_inputs_of_each_part(cast: Cast, round_a: Round) -> None:
    revision = hand_in(round_a, cast.school_a, figures())
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    entry = evaluation.inputs["4102020001"]
    assert (entry["revision"], entry["receipt"], entry["sha256"]) == (revision.pk, revision.receipt, revision.sha256)
    assert PartResult.objects.get(school=cast.school_a).revision == revision


def test_a_failure_in_the_middle_writes_nothing(cast: Cast, round_a: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(round_a, 4)
    judged = judge(round_a)

    def broken(*args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("indicators.results.evaluations.actions._indicator_rows", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        actions.record(judged=judged, by=cast.admin)
    assert not Evaluation.objects.exists()
    assert not PartResult.objects.exists()
    assert not IndicatorResult.objects.exists()
    assert not AuditEvent.objects.filter(action="evaluation.record").exists()


def test_only_who_may_run_evaluations_may_record_one(cast: Cast, round_a: Round) -> None:
    judged = judge(round_a)
    with pytest.raises(NotAllowed):
        actions.record(judged=judged, by=cast.reviewer)
    with pytest.raises(NotFound):
        actions.record(judged=judged, by=cast.foreign_admin)
    assert not Evaluation.objects.exists()


def test_the_district_answers_reach_the_engine(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, None, {"townships": 5})
    inputs = judging.of_round(round_a)
    assert inputs.data.answers["townships"].value == 5
    assert inputs.sources["410202"]["revision"]


def test_reading_takes_the_same_number_of_queries_for_any_number_of_schools(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    for code, count in (("2026", 3), ("2027", 30)):
        round = open_round(cast.other_district if count == 3 else cast.district, code)
        fill(round, count)
        fresh = queries.round_to_judge(round.pk)
        with django_assert_max_num_queries(4):
            judging.of_round(fresh)


def test_a_figure_that_cannot_be_judged_is_refused_naming_the_school(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures(pupils_primary=-3))
    with pytest.raises(Invalid, match=r"甲小学（4102020001）.*-3.*非负整数"):
        judge(round_a)


def test_absurd_but_accepted_figures_are_stored_without_a_fault(cast: Cast, round_a: Round) -> None:
    """12 digits before the point are the most the form takes; 万元 per one pupil make 17 of them."""
    most = Decimal("999999999999.99")
    hand_in(round_a, cast.school_a, figures(pupils_primary=1, equipment_value=most, teaching_area=most))
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    shown = next(p for p in evaluation.result["parts"] if p["school_code"] == "4102020001")
    assert shown["indicators"]["A6"]["value"] == "9999999999999900"
    stored = IndicatorResult.objects.get(part__school=cast.school_a, code="A6").value
    assert abs(stored - Decimal("9999999999999900")) <= 100


def test_staleness_counts_respondents_whose_figures_changed(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学"))
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    assert not changes.staleness(evaluation)
    hand_in(round_a, cast.school_a, figures())
    assert not changes.staleness(evaluation), "the same figures again change nothing"
    hand_in(round_a, cast.school_a, figures(teaching_area=Decimal("9000.5")))
    assert changes.staleness(evaluation).respondents == ("4102020001",)
    cast.school_b.area = "乡村"
    cast.school_b.save()
    make_school("4102020007", "己小学", cast.district)
    assert changes.staleness(evaluation).respondents == ("4102020001", "4102020002", "4102020007")


def test_the_same_figures_are_known_by_the_fingerprint_of_an_earlier_engine(cast: Cast, round_a: Round) -> None:
    rows = tuple({"stage": "小学", "grade": "一年级", "number": n, "pupils": 40} for n in ("2", "1"))
    for _ in range(2):
        revision = hand_in(round_a, cast.school_a, figures(class_list=rows))
        if not Evaluation.objects.exists():
            evaluation = actions.record(judged=judge(round_a), by=cast.admin)
            given = changes.answers.of_content(changes.standards.load_spec(round_a.standard), revision.content)
            plain = json.dumps(
                {code: encode(answer) for code, answer in given.items()},
                ensure_ascii=False,
                sort_keys=True,
                separators=(",", ":"),
            )
            entry = evaluation.inputs["4102020001"]
            earlier = hashlib.sha256(plain.encode()).hexdigest()
            assert entry["figures"] != earlier
            entry["figures"] = earlier
            assert judging.verify(evaluation).differences == ()
    assert changes.staleness(evaluation).respondents == ()
    # Rows are immutable; the earlier engine wrote it so.
    QuerySet(model=Evaluation).filter(pk=evaluation.pk).update(inputs=evaluation.inputs)
    round_a.state = Round.State.CLOSED
    assert changes.consequences(round_a, judging.of_round(round_a)) == []


def test_staleness_and_judging_agree_on_which_submission_counts(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学"), None)
    evaluation = actions.record(judged=judge(round_a), by=cast.admin)
    hand_in(round_a, cast.school_a, figures(), "returned")
    assert changes.staleness(evaluation).respondents == ("4102020001",)
    assert judging.of_round(round_a).sha256 != evaluation.inputs_sha256


def test_a_coefficient_is_stored_with_every_schools_share(cast: Cast, round_a: Round) -> None:
    fill(round_a, 9)
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学"))
    saved = actions.record(judged=judge(round_a), by=cast.admin).result["coefficients"]
    judged = [one for by_code in saved.values() for one in by_code.values() if one["cv"] is not None]
    assert judged
    for one in judged:
        assert one["passes"] == (Fraction(one["cv"]) <= Fraction(one["limit"]))
        assert abs(sum(Decimal(c["share"]) for c in one["contributions"]) - 1) < Decimal("1e-20")


def test_an_evaluation_names_itself_by_the_bureaus_clock() -> None:
    one = Evaluation(round=Round(name="2026 年度自评"), created_at=datetime(2026, 3, 30, 23, 30, tzinfo=UTC))
    assert "2026-03-31 07:30" in str(one)
