"""How findings come into the ledger: on a visit, by hand, from an evaluation's gaps."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from inspections.rectification import actions, queries
from inspections.rectification.models import Finding
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from tests.cast import grant
from tests.inspections.making import (
    ask_for_closing,
    close,
    content,
    dispatched,
    make_round,
    photo,
    planned,
    to_verify,
    today,
    underway,
)

pytestmark = pytest.mark.django_db


def _raise(cast, visit: Visit, **more) -> Finding:
    said = {key: more.pop(key) for key in list(more) if key in ("indicator", "problem", "requirement", "due_on")}
    return visits.raise_finding(visit_id=visit.pk, content=content(**said), **({"by": cast.inspector_a} | more))


def test_a_finding_on_a_visit_waits_until_the_visit_is_finished(cast) -> None:
    visit = underway(cast)
    finding = _raise(cast, visit)
    assert (finding.state, finding.source, finding.visit) == (Finding.State.TO_DISPATCH, "DD", visit)
    assert not queries.seen_by(cast.reporter_a).exists()
    assert queries.seen_by(cast.inspector_a).get() == finding
    visits.finish(visit_id=visit.pk, summary="总体良好", accept_unanswered=True, by=cast.inspector_a)
    finding.refresh_from_db()
    assert finding.state == Finding.State.RECTIFYING
    assert finding.entries.get().kind == "dispatch"
    assert queries.seen_by(cast.reporter_a).get() == finding
    assert Notice.objects.filter(user=cast.principal_a, text__contains="发现 1 个问题").exists()


def test_the_photo_of_the_question_goes_with_the_finding(cast) -> None:
    visit = underway(cast)
    stored = visits.attach_photo(visit_id=visit.pk, question="a7-multimedia", upload=photo(), by=cast.inspector_a)
    assert _raise(cast, visit, question="a7-multimedia").photo == stored.document
    assert (
        _raise(cast, visit, question="a7-multimedia", photo=photo("另一张.jpg"), despite="另一间").photo.name
        == "另一张.jpg"
    )


@pytest.mark.parametrize(
    ("who", "error"), [("reporter_a", NotAllowed), ("admin", NotAllowed), ("inspector_b", NotFound)]
)
def test_only_the_team_raises_findings_and_finishes(cast, who: str, error: type) -> None:
    visit = underway(cast)
    with pytest.raises(error):
        _raise(cast, visit, by=getattr(cast, who))
    with pytest.raises(error):
        visits.finish(visit_id=visit.pk, summary="好", accept_unanswered=True, by=getattr(cast, who))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        (lambda: {"indicator": "Z9"}, "指标"),
        (lambda: {"problem": " "}, "问题描述"),
        (lambda: {"requirement": ""}, "整改要求"),
        (lambda: {"due_on": today(-1)}, "整改期限"),
    ],
)
def test_a_finding_says_everything_that_is_needed(cast, changes: Callable[[], dict], where: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _raise(cast, underway(cast), **changes())
    assert [problem.where for problem in refusal.value.problems] == [where]
    assert not Finding.objects.exists()


def test_nothing_is_raised_on_a_visit_that_is_not_under_way(cast) -> None:
    with pytest.raises(Conflict):
        _raise(cast, planned(cast))


def test_finishing_names_the_unanswered_questions(cast) -> None:
    visit = underway(cast)
    total = len(visit.checklist["questions"])
    visits.save_answer(visit_id=visit.pk, question="a7-multimedia", seen="not_seen", by=cast.inspector_a)
    with pytest.raises(Invalid) as refusal:
        visits.finish(visit_id=visit.pk, summary="好", by=cast.inspector_a)
    assert len(refusal.value.problems) == total - 1
    visit.refresh_from_db()
    assert visit.state == Visit.State.UNDERWAY


def test_finishing_needs_a_summary_and_happens_once(cast) -> None:
    visit = underway(cast)
    with pytest.raises(Invalid):
        visits.finish(visit_id=visit.pk, summary=" ", accept_unanswered=True, by=cast.inspector_a)
    done = {"visit_id": visit.pk, "summary": "好", "accept_unanswered": True, "by": cast.inspector_a}
    visits.finish(**done)
    with pytest.raises(Conflict):
        visits.finish(**done)


def test_a_finding_is_corrected_only_before_it_is_dispatched(cast) -> None:
    visit = underway(cast)
    finding = _raise(cast, visit)
    change = {"finding_id": finding.pk, "content": content(problem="只有 21 间"), "by": cast.inspector_a}
    actions.amend(**change, version=finding.version)
    with pytest.raises(Conflict):
        actions.amend(**change, version=finding.version)
    finding.refresh_from_db()
    assert finding.problem == "只有 21 间"
    actions.dispatch(finding_id=finding.pk, version=finding.version, by=cast.admin)
    finding.refresh_from_db()
    with pytest.raises(Conflict):
        actions.amend(**change, version=finding.version)


@pytest.mark.parametrize(
    ("who", "error"),
    [("inspector_a", NotAllowed), ("reviewer", NotAllowed), ("reporter_a", NotAllowed), ("foreign_admin", NotFound)],
)
def test_only_the_bureau_registers_and_dispatches(cast, who: str, error: type) -> None:
    finding = _raise(cast, underway(cast))
    with pytest.raises(error):
        actions.dispatch(finding_id=finding.pk, version=finding.version, by=getattr(cast, who))
    with pytest.raises(error):
        actions.register(school_id=cast.school_a.pk, source="XF", content=content(), by=getattr(cast, who))


def evaluated(
    cast, values: dict[str, str], days_ago: int = 0, inputs: str = "a", round_=None, near=False, result=None
) -> Evaluation:
    """An evaluation of 甲小学 in which the named indicators miss 4.2 with these values."""
    round_ = round_ or make_round(cast.district, cast.admin)
    evaluation = Evaluation.objects.create(
        round=round_,
        standard=round_.standard,
        engine="1",
        inputs_sha256=inputs * 64,
        inputs={},
        result=result or {},
        complete=True,
        verdict=False,
        data_as_of=timezone.now() - dt.timedelta(days=days_ago),
        created_by=cast.admin,
    )
    part = PartResult.objects.create(
        evaluation=evaluation,
        school=cast.school_a,
        school_name="甲小学",
        kind="小学",
        area="城区",
        sponsor=7,
        stage="primary",
        pupils=700,
        passes=len(values) < 2,
        reached=7 - len(values),
    )
    for code in (f"A{n}" for n in range(1, 8)):
        value = Decimal(values.get(code, "5"))
        IndicatorResult.objects.create(
            part=part,
            code=code,
            value=value,
            threshold=Decimal("4.2"),
            floor=Decimal("3.57"),
            reaches=code not in values,
            reaches_floor=True,
            gap=Decimal("2.1") if code in values else Decimal(0),
            near_limit=near and code in values,
        )
    return evaluation


def test_a_value_that_rounds_to_the_threshold_is_marked_in_the_ledger(cast) -> None:
    evaluation = evaluated(cast, {"A1": "4.1999"}, near=True)
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    finding = Finding.objects.get()
    assert finding.current_value == "4.20 人（临界）"
    assert "为 4.20 人（临界，以未四舍五入的数为准），标准 4.2 人" in finding.problem


def test_each_missed_indicator_of_a_part_becomes_one_finding(cast) -> None:
    evaluation = evaluated(cast, {"A1": "3.985", "A7": "4.1"})
    done = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert (done.created, done.reopened, done.already_there) == (2, 0, 0)
    first, second = Finding.objects.order_by("number")
    year = timezone.localdate().year
    assert [first.number, second.number] == [f"{year}-PG-001", f"{year}-PG-002"]
    # 3.985 prints half-up; 2.1 teachers are 3 whole ones.
    assert first.problem == "小学每百名学生拥有高于规定学历教师数为 3.99 人，标准 4.2 人，还差 3 名高于规定学历教师"
    assert (first.current_value, first.standard_value, first.category) == ("3.99 人", "4.2 人", "with_deadline")
    assert first.state == Finding.State.RECTIFYING
    assert Notice.objects.filter(user=cast.reporter_a).count() == 1


def test_who_answers_for_two_schools_hears_of_both(cast) -> None:
    grant(cast.reporter_a, "reporter", school=cast.school_b)
    evaluation = evaluated(cast, {"A1": "3.9"})
    part = PartResult.objects.get(evaluation=evaluation)
    missed = part.indicators.get(code="A1")
    part.pk, part.school, part.school_name, part._state.adding = None, cast.school_b, "乙小学", True
    part.save()
    missed.pk, missed.part, missed._state.adding = None, part, True
    missed.save()
    Notice.objects.all().delete()
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert Notice.objects.filter(user=cast.reporter_a).count() == 2


def test_raising_again_doubles_nothing(cast) -> None:
    evaluation = evaluated(cast, {"A1": "4"})
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    again = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert (again.created, again.reopened, again.already_there) == (0, 0, 1)
    later = evaluated(cast, {"A1": "4.1"}, inputs="b", round_=evaluation.round)
    assert actions.raise_from_evaluation(evaluation_id=later.pk, by=cast.admin).already_there == 1
    assert Finding.objects.count() == 1


def test_a_closed_gap_that_falls_again_reopens(cast) -> None:
    evaluation = evaluated(cast, {"A1": "4"}, days_ago=5)
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    finding = Finding.objects.get()
    ask_for_closing(finding, cast.reporter_a)
    close(finding, cast.reviewer, override="新调入的教师还没有计入这次评估")
    # The same data again says nothing new about what was closed since.
    assert actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin).already_there == 1
    later = evaluated(cast, {"A1": "3.9"}, inputs="b", round_=evaluation.round)
    assert actions.raise_from_evaluation(evaluation_id=later.pk, by=cast.admin).reopened == 1
    finding.refresh_from_db()
    assert (finding.state, finding.reopened, finding.current_value) == (Finding.State.RECTIFYING, 1, "4.00 人")
    assert "为 3.90 人" in finding.entries.get(kind="reopen").text
    said = queries.current([finding])[finding.pk]
    assert (said.current_value, "为 3.90 人" in said.problem) == ("3.90 人", True)
    assert Finding.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "error"), [("reviewer", NotAllowed), ("inspector_a", NotFound), ("foreign_admin", NotFound)]
)
def test_only_the_bureau_raises_from_an_evaluation(cast, who: str, error: type) -> None:
    evaluation = evaluated(cast, {"A1": "4"})
    with pytest.raises(error):
        actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=getattr(cast, who))


def test_an_unknown_school_or_evaluation_is_not_found(cast) -> None:
    with pytest.raises(NotFound):
        actions.register(school_id=0, source="XF", content=content(), by=cast.admin)
    with pytest.raises(NotFound):
        actions.raise_from_evaluation(evaluation_id=0, by=cast.admin)
    assert to_verify(cast).state == "close_requested"
    assert dispatched(cast).state == "rectifying"


def test_the_page_shows_the_gaps_and_raises_them_once(cast, sign_in) -> None:
    evaluation = evaluated(cast, {"A1": "4", "A7": "4.1"})
    client, url = sign_in(cast.admin), reverse("rectification:raise_from_evaluation", args=[evaluation.pk])
    assert url in client.get(reverse("rectification:list")).content.decode()
    page = client.get(url).content.decode()
    assert "新登记 <strong>2</strong> 个" in page
    assert "还差 3 名高于规定学历教师" in page
    assert [client.post(url).status_code for _ in range(2)] == [302, 302]
    assert Finding.objects.count() == 2
    assert "没有需要新登记的差距" in client.get(url).content.decode()
    assert sign_in(cast.foreign_admin).get(url).status_code == 404
    assert sign_in(cast.reviewer).get(url).status_code == 403


def test_raising_many_gaps_takes_few_queries(cast, django_assert_max_num_queries) -> None:
    evaluation = evaluated(cast, {f"A{n}": "4" for n in range(1, 8)})
    with django_assert_max_num_queries(30):
        actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
