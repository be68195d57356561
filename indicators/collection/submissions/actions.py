"""Actions on a submission's figures: save, explain, hand over, submit, withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import (
    answers,
    assessment,
    facts,
    freezing,
    guards,
    queries,
    tracing,
)
from indicators.collection.submissions import models as rows
from indicators.collection.submissions.models import Revision, Submission, Waiver
from indicators.collection.submissions.workflow import move
from indicators.standard.engine import Answer, Item, NotApplicable
from indicators.standard.engine import Problem as Fault
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, Problem
from portal.core.lib import reasons
from portal.core.notices import actions as notices
from schools.access import separation
from schools.access.permissions import Perm
from schools.access.scope import ensure, users_with

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of each field: its new version, or the row somebody else wrote meanwhile."""

    versions: dict[str, int] = field(default_factory=dict)
    stale: "dict[str, rows.Answer]" = field(default_factory=dict)


@transaction.atomic
def save(
    *,
    submission_id: int,
    values: Mapping[str, Answer | None],
    versions: Mapping[str, int] | None = None,
    taken_over: bool = False,
    by: User,
) -> Saved:
    """Store answers by flat field code; None makes a field blank, which is neither 0 nor 不适用.

    Before: the submission is editable. After: every given field holds its value, each
    with a version one higher, except those in `stale`: there `versions` names another
    version than the stored one, and nothing was written. A value that already stands
    there is no change, so that a repeated request does no harm. Without `versions`
    (imports) the given values win. What only who signs may state is refused from others;
    `taken_over` is the bureau's import of a signed return and needs ROUND_MANAGE.
    Raises Invalid for unknown fields, NotAllowed for somebody else's statements,
    Conflict when the submission cannot be edited.
    """
    submission = guards.locked(submission_id, by, Perm.ROUND_MANAGE if taken_over else Perm.SUBMISSION_FILL)
    guards.must_be_editable(submission)
    items = queries.items_of(submission)
    _refuse_unknown(values, items, submission)
    saved, change = _compare(submission, items, values, versions, by)
    if not change.after:
        return saved
    if not taken_over:
        guards.must_be_own_statements(change.after, items, submission, by)
    change.write()
    submission.started_at = submission.started_at or timezone.now()
    submission.updated_by = by
    submission.save(update_fields=["started_at", "updated_by", "updated_at"])
    audit.record(
        "submission.save", by=by, obj=submission, before=change.before, after=change.after, **_place(submission)
    )
    return saved


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows that are to be written, and what the trail says of them."""

    fresh: "list[rows.Answer]" = field(default_factory=list)
    changed: "list[rows.Answer]" = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def write(self) -> None:
        rows.Answer.objects.bulk_create(self.fresh)
        rows.Answer.objects.bulk_update(
            self.changed, ["number", "text", "rows", "not_applicable", "reason", "version", "updated_at", "updated_by"]
        )


def _compare(
    submission: Submission,
    items: Mapping[str, Item],
    values: Mapping[str, Answer | None],
    versions: Mapping[str, int] | None,
    by: User,
) -> tuple[Saved, _Change]:
    """Sort the given values: those that stand there, those that rest on another version, those to be written."""
    stored = {row.field: row for row in submission.answers.filter(field__in=list(values)).select_related("updated_by")}
    saved, change = Saved(), _Change()
    for code, answer in values.items():
        row = stored.get(code)
        old = answers.of_row(items[code], row) if row else None
        if old == answer:
            saved.versions[code] = row.version if row else 0
        elif row and versions is not None and versions.get(code, 0) != row.version:
            saved.stale[code] = row
        else:
            new = row or rows.Answer(submission=submission, field=code, version=0)
            _write(new, items[code], answer, by)
            (change.changed if row else change.fresh).append(new)
            saved.versions[code] = new.version
            change.before[code], change.after[code] = tracing.change(items[code], old, answer)
    return saved, change


def _refuse_unknown(values: Mapping[str, Answer | None], items: Mapping[str, Item], submission: Submission) -> None:
    problems = queries.not_its_own([code for code in values if code not in items], submission)
    problems += [
        Problem(where=items[code].label, what="“不适用”没有写原因", do=f"请写明原因，{MAX_REASON} 字以内")
        for code, answer in values.items()
        if code in items and isinstance(answer, NotApplicable) and not 0 < len(answer.reason.strip()) <= MAX_REASON
    ]
    guards.refuse_if_any(problems, "有 {count} 处不能保存。")


def _write(row: "rows.Answer", item: Item, answer: Answer | None, by: User) -> None:
    for column, value in answers.columns(item, answer).items():
        setattr(row, column, value)
    row.version += 1
    # bulk_update does not refresh auto_now fields.
    row.updated_at, row.updated_by = timezone.now(), by


@transaction.atomic
def explain_warning(*, submission_id: int, check: str, field: str, reason: str, by: User) -> Waiver:
    """Give the reason why a warning is in order (users.md: waivers in the open).

    Before: the warning stands. After: it is explained as long as it reads the same.
    Raises Invalid without a reason, Conflict when there is no such warning any more.
    """
    submission = guards.locked(submission_id, by, Perm.SUBMISSION_FILL)
    guards.must_be_editable(submission)
    reason = _reason(reason)
    current = assessment.assess(facts.load(submission))
    warned = next((w for w in current.warnings if (w.problem.code, w.problem.item) == (check, field)), None)
    if warned is None:
        raise Conflict("这条提示已经不存在（数据可能刚被修改），不需要说明。请刷新页面。")
    waiver, before = _explain(submission, warned.problem, reason, by)
    audit.record(
        "submission.explain",
        by=by,
        obj=submission,
        before=before,
        after={"field": field, "check": check, "reason": reason},
        **_place(submission),
    )
    return waiver


@transaction.atomic
def explain_warnings(*, submission_id: int, reason: str, by: User) -> list[Waiver]:
    """Give one reason for every warning of a submission nobody has explained: for who takes over a checked workbook.

    Before: editable. After: nothing is unexplained. Raises Invalid without a reason.
    """
    submission = guards.locked(submission_id, by, Perm.SUBMISSION_FILL)
    guards.must_be_editable(submission)
    reason = _reason(reason)
    current = assessment.assess(facts.load(submission))
    made = [_explain(submission, warned.problem, reason, by)[0] for warned in current.unexplained]
    fields = [waiver.field for waiver in made]
    audit.record(
        "submission.explain", by=by, obj=submission, after={"fields": fields, "reason": reason}, **_place(submission)
    )
    return made


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not 5 <= len(reason) <= 300:
        raise Invalid("请写明原因，5 至 300 字，例如“今年新建综合楼，面积增加”。")
    return reason


def _explain(submission: Submission, problem: Fault, reason: str, by: User) -> tuple[Waiver, dict[str, str]]:
    waiver, is_new = Waiver.objects.get_or_create(
        submission=submission,
        check_code=problem.code,
        field=problem.item,
        defaults={"reason": reason, "message": problem.message[:300], "created_by": by, "updated_by": by},
    )
    before = {} if is_new else {"reason": waiver.reason}
    waiver.reason, waiver.message, waiver.updated_by = reason, problem.message[:300], by
    waiver.save()
    return waiver, before


@transaction.atomic
def hand_over(*, submission_id: int, by: User) -> Submission:
    """Pass a filled-in submission to the head for signing; handing over twice is once.

    Before: everything is answered but what the head confirms, without errors or
    unexplained warnings; otherwise Invalid lists what is open. After: the head is notified.
    """
    submission = guards.locked(submission_id, by, Perm.SUBMISSION_FILL)
    guards.must_be_editable(submission)
    if submission.handed_over_at:
        return submission
    current = assessment.assess(facts.load(submission))
    problems = [
        Problem(where=field.item.label, what="没有填写", do="请填写，或选“不适用”并写明原因")
        for field in current.missing_before_signing
    ]
    problems += guards.problems_of(current, missing=False)
    guards.refuse_if_any(problems, "还有 {count} 处需要处理，处理后再送校长签发。")
    submission.handed_over_at, submission.handed_over_by, submission.updated_by = timezone.now(), by, by
    submission.save(update_fields=["handed_over_at", "handed_over_by", "updated_by", "updated_at"])
    notices.notify(
        queries.signers(submission),
        text=f"{submission.respondent}的{submission.round.name}填报已填好，请核对并签发提交。",
        url=reverse("submissions:sign", args=[submission.pk]),
        key=f"submission-{submission.pk}-hand-over-{submission.handed_over_at:%Y%m%d%H%M%S}",
        by=by,
    )
    audit.record(
        "submission.hand_over",
        by=by,
        obj=submission,
        after={"handed_over_at": submission.handed_over_at},
        **_place(submission),
    )
    return submission


@transaction.atomic
def submit(*, submission_id: int, by: User, number: int | None = None, partial: bool = False) -> Revision:
    """Sign and hand in: freeze all answers and evidence as a revision with a receipt.

    Before: editable, in time (server clock; a returned one may always come back), nothing
    missing, no error, every warning explained, every returned item changed. After:
    submitted, one revision with canonical JSON, its sha256 and a unique receipt.
    `number` is the revision the person meant to make: asked again for one already made,
    the same revision comes back (double click, reload, retry). `partial` takes over a
    return with gaps, for bureau imports: it needs ROUND_MANAGE, skips the due time and
    unanswered fields, never errors, and is written into the revision.
    Raises Invalid with every open point, Conflict when the state or time does not allow it.
    """
    submission = guards.locked(submission_id, by, Perm.SUBMISSION_SIGN)
    separation.ensure_own_hand(by)
    last = submission.revisions.order_by("-number").first()
    if last and number is not None and last.number >= number:
        return last
    before = submission.state
    after = move(before, "submit")
    guards.must_be_open(submission)
    if partial:
        ensure(by, Perm.ROUND_MANAGE, submission)
    known = facts.load(submission)
    if not partial:
        guards.must_be_in_time(submission, is_returned=known.returned is not None)
    current = assessment.assess(known)
    _refuse_open_points(known, current, partial=partial)
    revision = _freeze(known, current, (last.number if last else 0) + 1, by, partial=partial)
    submission.state, submission.submitted_at = after, revision.submitted_at
    submission.handed_over_at = submission.handed_over_by = None
    submission.updated_by = by
    submission.save()
    _tell_submitted(submission, revision, by)
    audit.record(
        "submission.submit",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": after, "receipt": revision.receipt, "sha256": revision.sha256, "partial": partial},
        **_place(submission),
    )
    return revision


def _refuse_open_points(known: facts.Facts, current: assessment.Assessment, *, partial: bool) -> None:
    if not known.answers:
        raise Invalid("这份填报还没有填写任何内容，不能提交。")
    problems = [Problem(what=problem.message) for problem in current.errors] if partial else guards.problems_of(current)
    guards.refuse_if_any(problems, "还有 {count} 处需要处理，处理后才能提交。")


def _freeze(known: facts.Facts, current: assessment.Assessment, number: int, by: User, *, partial: bool) -> Revision:
    content = freezing.content(known, current, partial=partial)
    submission = known.submission
    return Revision.objects.create(
        submission=submission,
        number=number,
        content=content,
        sha256=freezing.sha256(content),
        # Unique without a counter to lock: a submission's own number and which handing in it is.
        receipt=f"{submission.round.district.code}-{submission.round.code}-{submission.pk:06d}-{number}",
        submitted_at=timezone.now(),
        submitted_by=by,
    )


def _tell_submitted(submission: Submission, revision: Revision, by: User) -> None:
    if submission.round.is_backfill:
        return
    district = submission.round.district
    notices.notify(
        users_with(Perm.SUBMISSION_REVIEW, district=district),
        text=f"{submission.round.name}有新提交的填报等待审核。",
        url=reverse("reviews:queue"),
        # One a day is enough: the queue itself names the schools.
        key=f"round-{submission.round_id}-submitted-{timezone.localdate():%Y%m%d}",
        by=by,
    )
    notices.notify(
        queries.fillers(submission),
        text=f"{submission.respondent}的{submission.round.name}填报已提交，回执号 {revision.receipt}。",
        url=reverse("submissions:detail", args=[submission.pk]),
        key=f"revision-{revision.pk}-submitted",
        by=by,
    )


@transaction.atomic
def withdraw(*, submission_id: int, reason: str, by: User) -> Submission:
    """Take a submission back to mend it, as long as nobody has begun the review.

    Before: submitted. After: draft again; the revision made stays on record. Raises
    Conflict once the review has begun, or after the due time (it could not be handed in again), Invalid without a reason.
    """
    submission = guards.locked(submission_id, by, Perm.SUBMISSION_SIGN)
    after = move(submission.state, "withdraw")
    guards.must_be_open(submission)
    if facts.is_late(submission) and facts.last_return(submission) is None:
        raise Conflict(
            f"填报已过截止时间，撤回后将无法再次提交。如确需修改，请联系{guards.whom_to_ask(submission)}退回或延期。"
        )
    reason = reasons.given(reason, "撤回填报")
    before, submission.state, submission.submitted_at, submission.updated_by = submission.state, after, None, by
    submission.save(update_fields=["state", "submitted_at", "updated_by", "updated_at"])
    audit.record(
        "submission.withdraw",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": after, "reason": reason},
        **_place(submission),
    )
    return submission


def _place(submission: Submission) -> dict[str, Any]:
    return {
        "district": submission.round.district.code,
        "school": submission.school.code if submission.school else "",
    }
