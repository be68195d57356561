"""Actions of the review: begin, send back, approve in one step or two, approve together; the district's setting.

Beginning a review is an action of its own (a button): from then on the school can
no longer withdraw. Deciding without it is allowed; the decision then begins and
ends the review in one step, and the workflow table knows both ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.reviews import points, queries, queue_queries as queue, surroundings_queries as surroundings
from indicators.collection.reviews.models import ItemMark, ReviewBatch, ReviewLimit
from indicators.collection.rounds import workflow as round_guards
from indicators.collection.shares import actions as shares
from indicators.collection.submissions import queries as submissions, rights, workflow
from indicators.collection.submissions.models import (
    Decision,
    ReviewSteps,
    Revision,
    Round,
    SendBackReason,
    Submission,
)
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, ensure_own_hand, passes
from schools.access.workflow import Right
from schools.directory.models import District

LONGEST_REASON = 300
# Also what one signed oneself.
_OWN = Right((Perm.SUBMISSION_REVIEW,))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one item goes back: `item` is a flat field code or an item's base code."""

    item: str
    text: str


@transaction.atomic
def begin_review(*, submission_id: int, by: User) -> Submission:
    """The school can no longer withdraw it."""
    submission, revision = _locked(submission_id, "begin_review", by)
    return _moved(submission, revision, "begin_review", by)


@transaction.atomic
def mark_items(*, submission_id: int, revision_id: int, items: Sequence[str], passed: bool, by: User) -> list[str]:
    """Let these fields, or points about no single field, pass, or take that back.

    Returns what changed. Raises Conflict for another revision than the newest, and once it is decided.
    """
    submission = rights.locked(submission_id, by, rights.REVIEW)
    revision = submission.revisions.order_by("-number").first()
    if revision is None or revision.pk != revision_id:
        raise Conflict("这份填报重新提交过，您看的是以前的一次。请刷新页面后再看。")
    if submission.state not in queries.WAITING:
        raise Conflict(f"这份填报{submission.get_state_display()}，不再逐项标记。")
    labels = {code: item.label for code, item in submissions.all_items(submission).items()}
    labels |= {code: kind["label"] for code, kind in points.kinds().items()}
    if unknown := [item for item in items if item not in labels]:
        raise Invalid(f"没有“{unknown[0][:60]}”这一项。请刷新页面后重试。")
    stored = dict(ItemMark.objects.filter(revision=revision).values_list("item", "passed"))
    # Without a row of this revision an earlier one may hold.
    changed = [item for item in dict.fromkeys(items) if stored.get(item) is not passed]
    stamp = {"passed": passed, "updated_by": by}
    for item in changed:
        ItemMark.objects.update_or_create(
            revision=revision, item=item, defaults=stamp, create_defaults=stamp | {"created_by": by}
        )
    if changed:
        audit.record(
            "submission.mark_items",
            by=by,
            obj=submission,
            after={"receipt": revision.receipt, "passed": passed, "items": [labels[item] for item in changed]},
        )
    return changed


@transaction.atomic
def send_back(*, submission_id: int, reasons: Sequence[Reason], by: User, comment: str = "") -> Decision:
    """Also undoes an approval. Raises Invalid without reasons or with an unknown item."""
    submission, revision = _locked(submission_id, "send_back", by)
    return _sent_back(submission, revision, reasons, by, comment)


@transaction.atomic
def send_back_overtaken(*, submission_id: int, reasons: Sequence[Reason], by: User) -> Decision:
    """Like `send_back`, whoever signed it: a change of the register has overtaken it."""
    submission, revision = _locked(submission_id, "send_back", by, own=True)
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
        submission, revision = _locked(row.submission.pk, "send_back", by)
        text = f"{round_.standard.name}要求必填，请补填"[:LONGEST_REASON]
        _sent_back(submission, revision, [Reason(field.code, text) for field in row.fields], by)
        done.append(submission)
    return done


def _sent_back(
    submission: Submission, revision: Revision, reasons: Sequence[Reason], by: User, comment: str = ""
) -> Decision:
    if not reasons:
        raise Invalid("退回须至少在一个项目上写明原因，填报人才知道改什么。")
    items = submissions.all_items(submission)
    labels = {code: item.label for code, item in items.items()} | {i.base: i.base_label for i in items.values()}
    problems = [problem for reason in reasons if (problem := _fault(reason, labels.get(reason.item)))]
    if problems:
        raise Invalid("退回原因有误。", problems)
    decision = Decision.objects.create(
        revision=revision, verdict=Decision.Verdict.SENT_BACK, comment=comment.strip(), decided_by=by
    )
    SendBackReason.objects.bulk_create(
        SendBackReason(decision=decision, item=reason.item, text=reason.text.strip()) for reason in reasons
    )
    text = f"{submission.round.name}填报被退回，有 {len(reasons)} 处需要修改，请按退回原因修改后重新提交。"
    _notify(submission, revision, text, Decision.Verdict.SENT_BACK, by)
    shares.open_sent_back(submission_id=submission.pk, items={reason.item for reason in reasons}, by=by)
    listed = [{"item": reason.item, "text": reason.text.strip()} for reason in reasons]
    _moved(submission, revision, "send_back", by, {"reasons": listed, "comment": comment.strip()})
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
    """The newest revision counts in evaluations. Raises Invalid listing compulsory items left blank.

    `taken_over`: who signed it approves it, in one step, for workbooks the bureau collected; needs ROUND_MANAGE.
    """
    submission, revision = _locked(submission_id, "approve", by, own=taken_over)
    if taken_over:
        ensure_own_hand(by)
        ensure(by, Perm.ROUND_MANAGE, submission)
    return _passed(submission, revision, "approve", by, comment, {"taken_over": taken_over})


@transaction.atomic
def check(*, submission_id: int, by: User, comment: str = "") -> Decision:
    """The first of two steps: an administrator has to approve it. Raises Invalid like `approve`."""
    submission, revision = _locked(submission_id, "check", by)
    return _passed(submission, revision, "check", by, comment)


def _passed(
    submission: Submission, revision: Revision, verb: str, by: User, comment: str, after: dict[str, Any] | None = None
) -> Decision:
    blanks = queries.open_blanks(workflow.as_signed(submissions.load(submission), revision), revision)
    problems = [Problem(where=field.item.label, what="必填未填", do="请退回补填") for field in blanks]
    workflow.refuse_if_any(problems, "还有 {count} 项必填未填，不能通过。请退回补填。")
    verdict = Decision.Verdict.APPROVED if verb == "approve" else Decision.Verdict.CHECKED
    decision = Decision.objects.create(revision=revision, verdict=verdict, comment=comment.strip(), decided_by=by)
    if verb == "approve":
        text = f"{submission.round.name}填报已审核通过（回执号 {revision.receipt}）。"
        _notify(submission, revision, text, verdict, by)
    _moved(submission, revision, verb, by, {"comment": comment.strip(), **(after or {})})
    return decision


@transaction.atomic
def draw(*, round_id: int, by: User) -> ReviewBatch:
    """All that wait without points, and a sample to look at first: by their sha256, so always the same."""
    round_ = Round.objects.select_related("district", "standard").select_for_update(of=("self",)).get(pk=round_id)
    ensure(by, Perm.SUBMISSION_REVIEW, round_)
    rows = queue.clean(by, round_)
    if not rows:
        raise Invalid("现在没有“没有要看的”填报，不能一次通过。请逐份审核。")
    rules, ranked = surroundings.limits_of(round_.district_id), sorted(rows, key=lambda row: row.sha256)
    size = max(rules["sample_least"], -(-len(rows) * rules["sample_percent"] // 100))
    batch = ReviewBatch.objects.create(
        round=round_,
        revisions=[row.pk for row in rows],
        sample=[row.pk for row in ranked[:size]],
        created_by=by,
        updated_by=by,
    )
    audit.record(
        "review_batch.draw",
        by=by,
        obj=batch,
        district=round_.district.code,
        after={"receipts": [row.receipt for row in rows], "sample": [row.receipt for row in ranked[:size]]},
    )
    return batch


@transaction.atomic
def approve_rest(*, batch_id: int, by: User) -> list[Submission]:
    """Outside the sample, if still without points; the whole sample must have been approved."""
    batch = ReviewBatch.objects.select_for_update(of=("self",)).select_related("round__district").get(pk=batch_id)
    ensure(by, Perm.SUBMISSION_REVIEW, batch)
    if batch.done_at is not None:
        raise Conflict("这一批已经一次通过。")
    sample = queue.sample_of(batch)
    if any(row.is_sent_back for row in sample):
        raise Conflict("抽看的填报有退回的，这一批不能一次通过。请逐份审核，或重新抽取。")
    if waiting := [row.submission.respondent for row in sample if not row.is_passed]:
        raise Conflict(f"抽看的还没有都通过：{'、'.join(waiting)}。请先逐份看过。")
    clean = {row.submission_id for row in queue.clean(by, batch.round) if row.pk in batch.revisions}
    done = []
    for pk in sorted(clean):
        submission = rights.locked(pk, by, rights.REVIEW)
        verb = "check" if rights.in_two_steps(submission) else "approve"
        submission, revision = _locked(pk, verb, by)
        if revision.pk in batch.revisions:
            _passed(submission, revision, verb, by, "没有要看的，抽看后一次通过", {"batch": batch.pk})
            done.append(submission)
    if not done:
        raise Conflict("这一批里没有还在等待审核、又没有要看的填报。")
    batch.done_at, batch.done_by, batch.updated_by = timezone.now(), by, by
    batch.save(update_fields=["done_at", "done_by", "updated_by", "updated_at"])
    audit.record(
        "review_batch.approve",
        by=by,
        obj=batch,
        district=batch.round.district.code,
        after={"respondents": [row.respondent for row in done]},
    )
    return done


@transaction.atomic
def set_steps(*, code: str, two: bool, by: User) -> bool:
    """Decisions made stay. Returns whether it changed."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    before = submissions.in_two_steps(district.pk)
    if before == two:
        return False
    stamp = {"two": two, "updated_by": by}
    ReviewSteps.objects.update_or_create(district=district, defaults=stamp, create_defaults=stamp | {"created_by": by})
    audit.record(
        "district.set_review_steps",
        by=by,
        obj=district,
        district=district.code,
        before={"two": before},
        after={"two": two},
    )
    return True


@transaction.atomic
def set_limits(*, code: str, values: Mapping[str, int], by: User) -> dict[str, int]:
    """Returns those that changed. Raises Invalid out of range."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    known = points.settings()
    problems = [
        Problem(f"须为 {known[name]['least']} 至 {known[name]['most']}", known[name]["label"], "请重新填写")
        for name, value in values.items()
        if not known[name]["least"] <= value <= known[name]["most"]
    ]
    workflow.refuse_if_any(problems, "审核界限没有保存，请按下面的提示修改。")
    before = surroundings.limits_of(district.pk)
    changed = {name: value for name, value in values.items() if before[name] != value}
    for name, value in changed.items():
        stamp = {"value": value, "updated_by": by}
        ReviewLimit.objects.update_or_create(
            district=district, name=name, defaults=stamp, create_defaults=stamp | {"created_by": by}
        )
    if changed:
        audit.record(
            "district.set_review_limits",
            by=by,
            obj=district,
            district=district.code,
            before={known[name]["label"]: before[name] for name in changed},
            after={known[name]["label"]: value for name, value in changed.items()},
        )
    return changed


def _locked(submission_id: int, verb: str, by: User, *, own: bool = False) -> tuple[Submission, Revision]:
    """In a state the verb fits, with its newest revision."""
    submission = rights.locked(submission_id, by, _OWN if own else workflow.TABLE[verb])
    revision = submission.revisions.order_by("-number").first()
    if revision is None:
        raise Conflict("这份填报还没有提交过，不能审核。")
    workflow.TABLE.move(submission.state, verb)
    return submission, revision


def _moved(
    submission: Submission, revision: Revision, verb: str, by: User, after: dict[str, Any] | None = None
) -> Submission:
    """Also in a closed round: reviewing goes on after that."""
    before = submission.state
    submission.state = workflow.TABLE.move(before, verb)
    submission.updated_by = submission.reviewer = by
    if verb == "send_back":
        # Sent back, it starts over: the clerk corrects it and hands it to the head again.
        submission.handed_over_at = submission.handed_over_by = None
    if verb != "begin_review":
        submission.decided_at = timezone.now()
    submission.save()
    audit.record(
        f"submission.{workflow.TABLE[verb].stored or verb}",
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
    page = "edit" if verdict == Decision.Verdict.SENT_BACK else "detail"
    url = reverse(f"submissions:{page}", args=[submission.pk])
    notices.notify(people, text=text, url=url, key=f"submission-{submission.pk}-{revision.number}-{verdict}", by=by)
