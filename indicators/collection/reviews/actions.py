"""Actions of the review: begin, send back, approve.

Beginning a review is an action of its own (a button): from then on the school can
no longer withdraw. Deciding without it is allowed; the decision then begins and
ends the review in one step, and the workflow table knows both ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.reviews import queries
from indicators.collection.rounds import rights as round_guards
from indicators.collection.submissions import answers, facts, rights, workflow
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Decision, ReturnReason, Revision, Round, Submission
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, Problem
from portal.core.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import ensure, ensure_own_hand, passes

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one item goes back: `item` is a flat field code or an item's base code."""

    item: str
    text: str


@transaction.atomic
def begin_review(*, submission_id: int, by: User) -> Submission:
    """The school can no longer withdraw it from now on."""
    submission, revision = _locked(submission_id, "begin_review", by)
    return _moved(submission, revision, "begin_review", by)


@transaction.atomic
def send_back(*, submission_id: int, reasons: Sequence[Reason], by: User, comment: str = "") -> Decision:
    """Also undoes an approval. Raises Invalid without reasons or with an unknown item."""
    submission, revision = _locked(submission_id, "return", by)
    return _sent_back(submission, revision, reasons, by, comment)


@transaction.atomic
def send_back_overtaken(*, submission_id: int, reasons: Sequence[Reason], by: User) -> Decision:
    """Like `send_back`, whoever signed it: a change of the register has overtaken it."""
    submission, revision = _locked(submission_id, "return", by, own=True)
    return _sent_back(submission, revision, reasons, by)


@transaction.atomic
def send_back_blanks(*, round_id: int, by: User) -> list[Submission]:
    """What leaves compulsory items blank, except those `by` signed."""
    round_ = Round.objects.select_related("district", "standard").get(pk=round_id)
    ensure(by, Perm.SUBMISSION_REVIEW, round_)
    round_guards.ensure_open(round_)
    done = []
    for row in sorted(queries.with_blanks(round_), key=lambda row: row.submission.pk):
        if not passes(rights.ensure_not_own, row.revision, by):
            continue
        submission, revision = _locked(row.submission.pk, "return", by)
        text = f"{round_.standard.name}要求必填，请补填"[:LONGEST_REASON]
        _sent_back(submission, revision, [Reason(field.code, text) for field in row.fields], by)
        done.append(submission)
    return done


def _sent_back(
    submission: Submission, revision: Revision, reasons: Sequence[Reason], by: User, comment: str = ""
) -> Decision:
    if not reasons:
        raise Invalid("退回须至少在一个项目上写明原因，填报人才知道改什么。")
    items = answers.items_of(submissions.spec_of(submission), is_school=submission.school_id is not None)
    labels = {code: item.label for code, item in items.items()} | {i.base: i.base_label for i in items.values()}
    problems = [problem for reason in reasons if (problem := _fault(reason, labels.get(reason.item)))]
    if problems:
        raise Invalid("退回原因有误。", problems)
    decision = Decision.objects.create(
        revision=revision, verdict=Decision.Verdict.RETURNED, comment=comment.strip(), decided_by=by
    )
    ReturnReason.objects.bulk_create(
        ReturnReason(decision=decision, item=reason.item, text=reason.text.strip()) for reason in reasons
    )
    text = f"{submission.round.name}填报被退回，有 {len(reasons)} 处需要修改，请按退回原因修改后重新提交。"
    _notify(submission, revision, text, "returned", by)
    listed = [{"item": reason.item, "text": reason.text.strip()} for reason in reasons]
    _moved(submission, revision, "return", by, {"reasons": listed, "comment": comment.strip()})
    return decision


def _fault(reason: Reason, label: str | None) -> Problem | None:
    if label is None:
        return Problem(where=reason.item[:60], what="没有这个填报项", do="请在页面上的项目旁填写原因")
    if not reason.text.strip():
        return Problem(where=label, what="没有写原因", do="请选择或填写退回原因")
    if len(reason.text.strip()) > LONGEST_REASON:
        return Problem(where=label, what=f"原因超过 {LONGEST_REASON} 字", do="请精简")
    return None


@transaction.atomic
def approve(*, submission_id: int, by: User, comment: str = "", taken_over: bool = False) -> Decision:
    """The newest revision counts in evaluations from now on. Raises Invalid listing compulsory items left blank.

    `taken_over`: who signed it approves it, for workbooks the bureau collected; needs ROUND_MANAGE.
    """
    submission, revision = _locked(submission_id, "approve", by, own=taken_over)
    ensure_own_hand(by)
    if taken_over:
        ensure(by, Perm.ROUND_MANAGE, submission)
    blanks = queries.open_blanks(facts.as_signed(facts.load(submission), revision), revision)
    problems = [Problem(where=field.item.label, what="必填未填", do="请退回补填") for field in blanks]
    rights.refuse_if_any(problems, "还有 {count} 项必填未填，不能通过。请退回补填。")
    decision = Decision.objects.create(
        revision=revision, verdict=Decision.Verdict.APPROVED, comment=comment.strip(), decided_by=by
    )
    _notify(
        submission, revision, f"{submission.round.name}填报已审核通过（回执号 {revision.receipt}）。", "approved", by
    )
    _moved(submission, revision, "approve", by, {"comment": comment.strip(), "taken_over": taken_over})
    return decision


def _locked(submission_id: int, verb: str, by: User, *, own: bool = False) -> tuple[Submission, Revision]:
    """In a state the verb fits, with its newest revision."""
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_REVIEW)
    revision = submission.revisions.order_by("-number").first()
    if revision is None:
        raise Conflict("这份填报还没有提交过，不能审核。")
    workflow.move(submission.state, verb)
    if not own:
        rights.ensure_not_own(revision, by)
    return submission, revision


def _moved(
    submission: Submission, revision: Revision, verb: str, by: User, after: dict[str, Any] | None = None
) -> Submission:
    """Also in a closed round: reviewing goes on after that."""
    before = submission.state
    submission.state = workflow.move(before, verb)
    submission.updated_by = by
    if verb == "return":
        # Sent back, it starts over: the clerk corrects it and hands it to the head again.
        submission.handed_over_at = submission.handed_over_by = None
    if verb != "begin_review":
        submission.decided_at = timezone.now()
    submission.save()
    audit.record(
        f"submission.{verb}",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": submission.state, "receipt": revision.receipt, **(after or {})},
    )
    return submission


def _notify(submission: Submission, revision: Revision, text: str, verdict: str, by: User) -> None:
    # Sending back needs somebody to act even in a past year filled in afterwards; an approval does not.
    if submission.round.is_backfill and verdict == Decision.Verdict.APPROVED:
        return
    # A school's head holds the right to fill in too, so these are clerk and head.
    people = [*submissions.fillers(submission), revision.submitted_by]
    page = "edit" if verdict == Decision.Verdict.RETURNED else "detail"
    url = reverse(f"submissions:{page}", args=[submission.pk])
    notices.notify(people, text=text, url=url, key=f"submission-{submission.pk}-{revision.number}-{verdict}", by=by)
