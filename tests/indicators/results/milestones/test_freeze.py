"""Freezing a milestone: what may be frozen, by which person, and that nothing reaches it afterwards."""

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import actions, queries
from indicators.results.milestones.models import Milestone
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.lib.models import ImmutableError
from schools.directory.models import School
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.milestones.conftest import Judge


def freeze(evaluation: Evaluation, cast: Cast, **changes: Any) -> Milestone:
    given = {"round_id": evaluation.round_id, "kind": "self", "evaluation_id": evaluation.pk, "note": ""}
    return actions.freeze(**given | {"by": cast.admin} | changes)


def test_freezing_keeps_step_evaluation_and_a_fingerprint(cast: Cast, round_a: Round, judge: Judge) -> None:
    evaluation = judge(round_a)
    milestone = freeze(evaluation, cast, kind="city", note=" 市教育局 3 月 31 日复核 ")
    assert (milestone.round, milestone.evaluation, milestone.number) == (round_a, evaluation, 1)
    assert (milestone.note, milestone.caveats, milestone.frozen_by) == ("市教育局 3 月 31 日复核", [], cast.admin)
    assert len(milestone.sha256) == 64
    assert str(milestone) == "2026 年度自评 市级复核"
    assert queries.verify(milestone).differences == ()


def test_nothing_that_happens_afterwards_reaches_a_milestone(cast: Cast, round_a: Round, judge: Judge) -> None:
    """A new submission, a new evaluation, an edited register: the frozen figures and the fingerprint stay."""
    milestone = freeze(judge(round_a), cast)
    stored = Evaluation.objects.get(pk=milestone.evaluation_id)
    hand_in(round_a, cast.school_a, figures(pupils=700, multimedia_rooms=3))
    School.objects.filter(pk=cast.school_b.pk).update(name="改名中学", status="停办", district=cast.other_district)
    assert judge(round_a) != stored
    again = Milestone.objects.get(pk=milestone.pk)
    assert (again.evaluation.result, again.evaluation.inputs) == (stored.result, stored.inputs)
    assert again.sha256 == milestone.sha256
    assert queries.verify(again).differences == ()


def test_no_ordinary_way_to_change_a_milestone_is_left(cast: Cast, round_a: Round, judge: Judge) -> None:
    milestone = freeze(judge(round_a), cast)
    milestone.note = "改"
    with pytest.raises(ImmutableError):
        milestone.save()
    with pytest.raises(ImmutableError):
        milestone.delete()
    with pytest.raises(ImmutableError):
        Milestone.objects.update(note="改")
    with pytest.raises(ImmutableError):
        Milestone.objects.all().delete()
    assert Milestone.objects.get().note == ""


@pytest.mark.parametrize(("name", "value"), [("note", "改"), ("kind", "state"), ("sha256", "0" * 64)])
def test_a_milestone_changed_behind_the_portals_back_is_found(
    cast: Cast, round_a: Round, judge: Judge, name: str, value: str
) -> None:
    milestone = freeze(judge(round_a), cast)
    models.QuerySet(Milestone).filter(pk=milestone.pk).update(**{name: value})
    shown = queries.verify(Milestone.objects.get(pk=milestone.pk)).differences
    assert len(shown) == 1
    assert "校验值不符" in shown[0]


def test_a_later_one_of_the_same_step_supersedes_it_and_both_stay(cast: Cast, round_a: Round, judge: Judge) -> None:
    first = freeze(judge(round_a), cast)
    other = freeze(judge(round_a), cast, kind="city")
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    second = freeze(judge(round_a), cast)
    assert (second.number, second.title) == (2, "县级自评（第 2 次）")
    rows = {row.pk: row.superseded for row in queries.shown_to(cast.admin)}
    assert rows == {first.pk: True, other.pk: False, second.pk: False}


def test_the_same_evaluation_is_frozen_once_a_step(cast: Cast, round_a: Round, judge: Judge) -> None:
    evaluation = judge(round_a)
    freeze(evaluation, cast)
    with pytest.raises(Conflict, match="已经冻结了这次评估"):
        freeze(evaluation, cast)
    assert Milestone.objects.count() == 1


def test_missing_figures_may_be_frozen_as_the_self_assessment_with_a_reason(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    hand_in(round_a, cast.school_b, figures("初级中学", pupils_junior=None))
    evaluation = judge(round_a)
    with pytest.raises(Invalid, match="写明理由") as refusal:
        freeze(evaluation, cast)
    assert "数据不齐：1 所学校还缺 1 项数据" in str(refusal.value.problems[0])
    milestone = freeze(evaluation, cast, note="乙校新建，学籍 4 月才到位")
    assert milestone.caveats == ["数据不齐：1 所学校还缺 1 项数据"]


@pytest.mark.parametrize("kind", ["city", "province", "state"])
def test_missing_figures_are_never_frozen_at_a_later_step(cast: Cast, round_a: Round, judge: Judge, kind: str) -> None:
    hand_in(round_a, cast.school_b, figures("初级中学", pupils_junior=None))
    with pytest.raises(Invalid, match="要用数据齐全的评估冻结"):
        freeze(judge(round_a), cast, kind=kind, note="理由")
    assert not Milestone.objects.exists()


def test_an_evaluation_overtaken_by_new_figures_is_frozen_with_a_reason_only(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    evaluation = judge(round_a)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    with pytest.raises(Invalid) as refusal:
        freeze(evaluation, cast, kind="city")
    assert refusal.value.problems[0].what == "这次评估之后，有 1 个单位的数据或名录又有变化"
    assert "请在“说明”中写明仍要冻结的理由" in refusal.value.problems[0].do
    milestone = freeze(evaluation, cast, kind="city", note="专家组复核的就是这一次")
    assert len(milestone.caveats) == 1


def test_another_rounds_evaluation_is_refused(cast: Cast, round_a: Round, judge: Judge) -> None:
    other = open_round(cast.district, "2027")
    with pytest.raises(Invalid, match="不属于2027 年度自评"):
        freeze(judge(round_a), cast, round_id=other.pk)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"kind": "none"}, Invalid), ({"evaluation_id": 999_999}, Invalid), ({"round_id": 999_999}, NotFound)],
)
def test_what_does_not_exist_is_refused(
    cast: Cast, round_a: Round, judge: Judge, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        freeze(judge(round_a), cast, **changes)
    assert not Milestone.objects.exists()


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("reviewer", NotAllowed),
        ("leader", NotAllowed),
        ("expert", NotAllowed),
        ("auditor", NotAllowed),
        ("expired_expert", NotFound),
        ("foreign_admin", NotFound),
    ],
)
def test_only_the_districts_admin_freezes(
    cast: Cast, round_a: Round, judge: Judge, who: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        freeze(judge(round_a), cast, by=getattr(cast, who))
    assert not Milestone.objects.exists()


def test_leaders_reviewers_experts_and_auditors_read_it_within_their_time_and_place(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    milestone = freeze(judge(round_a), cast)
    for who in ("admin", "leader", "reviewer", "expert", "auditor"):
        assert queries.get(getattr(cast, who), milestone.pk) == milestone
    for who in ("expired_expert", "foreign_admin", "reporter_a", "inspector_a", "liaison"):
        with pytest.raises(NotFound):
            queries.get(getattr(cast, who), milestone.pk)


def test_freezing_leaves_an_audit_row(cast: Cast, round_a: Round, judge: Judge) -> None:
    milestone = freeze(judge(round_a), cast)
    event = AuditEvent.objects.get(action="milestone.freeze")
    assert (event.actor_name, event.district_code) == (str(cast.admin), "410202")
    assert event.after["sha256"] == milestone.sha256


def test_the_database_keeps_one_number_a_step(cast: Cast, round_a: Round, judge: Judge) -> None:
    evaluation = judge(round_a)
    freeze(evaluation, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.create(
            round=round_a, kind="self", number=1, evaluation=evaluation, sha256="", frozen_by=cast.admin
        )
