"""Actions of the review: who, when, what they leave behind."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from indicators.collection.reviews import actions
from indicators.collection.reviews.actions import Reason
from indicators.collection.submissions import actions as submissions, queries as submission_queries
from indicators.collection.submissions.models import Decision, Round, SendBackReason, Submission
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from schools.access.scope import passes
from tests.cast import grant, make_user
from tests.indicators.collection.rounds.test_actions import opened
from tests.shared import shared

S = Submission.State
WRONG = [Reason("pupils_primary", "与学籍系统不一致")]


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@shared
def handed_in(cast: Any, round_: Round) -> Submission:
    """甲小学's submission, taken over by the administrator."""
    return hand_in(cast, round_, pupils_primary=600)


def hand_in(cast: Any, round_: Round, **figures: int) -> Submission:
    row = Submission.objects.get(round=round_, school=cast.school_a)
    values = {field: Value(value) for field, value in figures.items()}
    submissions.save(submission_id=row.pk, values=values, by=cast.reporter_a)
    submissions.submit(submission_id=row.pk, by=cast.admin, partial=True)
    row.refresh_from_db()
    return row


def test_beginning_a_review_ends_the_schools_right_to_withdraw(handed_in, cast) -> None:
    row = actions.begin_review(submission_id=handed_in.pk, by=cast.reviewer)
    assert row.state == S.IN_REVIEW
    with pytest.raises(Conflict):
        submissions.withdraw(submission_id=row.pk, reason="人数有误", by=cast.principal_a)
    with pytest.raises(Conflict, match="不能开始审核"):
        actions.begin_review(submission_id=row.pk, by=cast.reviewer)


def test_sending_back_keeps_its_reasons_and_notifies_clerk_and_head(handed_in, cast) -> None:
    decision = actions.send_back(submission_id=handed_in.pk, reasons=WRONG, comment="请尽快", by=cast.reviewer)
    handed_in.refresh_from_db()
    assert handed_in.state == S.SENT_BACK
    assert handed_in.decided_at is not None
    assert [(r.item, r.text) for r in decision.reasons.all()] == [("pupils_primary", "与学籍系统不一致")]
    for person in (cast.reporter_a, cast.principal_a):
        assert "1 处需要修改" in Notice.objects.get(user=person, text__contains="退回").text
    event = AuditEvent.objects.get(action="submission.return")
    assert event.before == {"state": "submitted"}
    assert event.after["reasons"] == [{"item": "pupils_primary", "text": "与学籍系统不一致"}]


def test_a_submission_sent_back_goes_to_the_head_again(handed_in, cast) -> None:
    Submission.objects.filter(pk=handed_in.pk).update(handed_over_at=timezone.now(), handed_over_by=cast.reporter_a)
    actions.send_back(submission_id=handed_in.pk, reasons=WRONG, by=cast.reviewer)
    handed_in.refresh_from_db()
    assert handed_in.handed_over_at is None
    assert handed_in.handed_over_by is None


@pytest.mark.parametrize(
    ("reasons", "word"),
    [
        ([], "至少在一个项目"),
        ([Reason("pupils_primary", "  ")], "没有写原因"),
        ([Reason("nonsense", "错")], "没有这个填报项"),
        ([Reason("pupils_primary", "长" * 301)], "超过 300 字"),
    ],
)
def test_sending_back_without_a_sound_reason_is_refused_and_changes_nothing(handed_in, cast, reasons, word) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.send_back(submission_id=handed_in.pk, reasons=reasons, by=cast.reviewer)
    assert word in " ".join(refusal.value.lines)
    handed_in.refresh_from_db()
    assert handed_in.state == S.SUBMITTED
    assert not Decision.objects.exists()


def test_a_reason_may_stand_at_a_whole_item(handed_in, cast) -> None:
    decision = actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils", "请核对")], by=cast.reviewer)
    assert decision.reasons.get().item == "pupils"


def test_an_approval_makes_the_figures_count(handed_in, cast, round_) -> None:
    actions.approve(submission_id=handed_in.pk, comment="属实", by=cast.reviewer)
    assert [row.school_code for row in submission_queries.load_revisions(round_)] == [cast.school_a.code]
    assert Notice.objects.filter(user=cast.principal_a, text__contains="审核通过").exists()
    event = AuditEvent.objects.get(action="submission.approve")
    assert (event.before["state"], event.after["state"], event.school_code) == ("submitted", "approved", "4102020001")


def test_an_approval_can_be_undone_with_a_reason_and_stops_counting(handed_in, cast, round_) -> None:
    actions.approve(submission_id=handed_in.pk, by=cast.reviewer)
    with pytest.raises(Invalid):
        actions.send_back(submission_id=handed_in.pk, reasons=[], by=cast.reviewer)
    actions.send_back(submission_id=handed_in.pk, reasons=WRONG, by=cast.reviewer)
    assert submission_queries.load_revisions(round_) == []
    assert list(Decision.objects.values_list("verdict", flat=True)) == ["approved", "returned"]
    hand_in(cast, round_, pupils_primary=601)
    actions.approve(submission_id=handed_in.pk, by=cast.reviewer)
    assert submission_queries.load_revisions(round_)[0].number == 2


@pytest.mark.parametrize("verb", ["approve", "send_back"])
def test_a_second_reviewer_with_a_stale_page_is_informed(handed_in, cast, verb) -> None:
    other = make_user("reviewer2", "另一审核员")
    grant(other, "reviewer", district=cast.district)
    steps = {
        "approve": lambda by: actions.approve(submission_id=handed_in.pk, by=by),
        "send_back": lambda by: actions.send_back(submission_id=handed_in.pk, reasons=WRONG, by=by),
    }
    steps[verb](cast.reviewer)
    with pytest.raises(Conflict):
        steps[verb](other)
    assert Decision.objects.count() == 1
    assert SendBackReason.objects.count() == (1 if verb == "send_back" else 0)


def test_what_is_not_handed_in_cannot_be_judged(cast, round_) -> None:
    row = Submission.objects.get(round=round_, school=cast.school_b)
    with pytest.raises(Conflict, match="还没有提交过"):
        actions.approve(submission_id=row.pk, by=cast.reviewer)


def test_nobody_judges_what_they_signed_themselves(handed_in, cast) -> None:
    for step in (
        lambda: actions.begin_review(submission_id=handed_in.pk, by=cast.admin),
        lambda: actions.approve(submission_id=handed_in.pk, by=cast.admin),
        lambda: actions.send_back(submission_id=handed_in.pk, reasons=WRONG, by=cast.admin),
    ):
        with pytest.raises(NotAllowed, match="另一人审核"):
            step()


@pytest.mark.parametrize("who", ["reporter_a", "principal_a", "reviewer", "admin", "leader", "foreign_admin"])
def test_the_table_offers_what_the_actions_accept(handed_in, cast, who) -> None:
    by, row = getattr(cast, who), handed_in.pk
    steps = {
        "withdraw": lambda: submissions.withdraw(submission_id=row, reason="人数有误", by=by),
        "begin_review": lambda: actions.begin_review(submission_id=row, by=by),
        "send_back": lambda: actions.send_back(submission_id=row, reasons=WRONG, by=by),
        "approve": lambda: actions.approve(submission_id=row, by=by),
    }
    for verb, step in steps.items():
        with transaction.atomic():
            accepted = passes(step)
            transaction.set_rollback(True)
        assert TABLE.allows(by, handed_in, verb) is accepted, verb


def test_taking_over_is_open_to_the_administrator_only(handed_in, cast) -> None:
    with pytest.raises(NotAllowed):
        actions.approve(submission_id=handed_in.pk, by=cast.reviewer, taken_over=True)
    actions.approve(submission_id=handed_in.pk, by=cast.admin, taken_over=True)
    assert AuditEvent.objects.get(action="submission.approve").after["taken_over"] is True


@pytest.mark.parametrize("who", ["reporter_a", "principal_a", "inspector_a", "leader", "expert"])
def test_who_may_only_look_may_not_decide(handed_in, cast, who) -> None:
    with pytest.raises(NotAllowed):
        actions.approve(submission_id=handed_in.pk, by=getattr(cast, who))


@pytest.mark.parametrize("who", ["foreign_admin", "reporter_b", "expired_expert", "disabled"])
def test_for_strangers_the_submission_does_not_exist(handed_in, cast, who) -> None:
    with pytest.raises(NotFound):
        actions.approve(submission_id=handed_in.pk, by=getattr(cast, who))
