"""Actions on a submission's figures: save, state unchanged, waive, hand over, submit, withdraw."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import (
    answers,
    content_queries,
    models as rows,
    owner_queries,
    queries,
    rights,
    workflow,
)
from indicators.collection.submissions.models import Revision, Submission, Waiver, Withdrawal
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Answer, Item, NotApplicable, following
from indicators.standard.standards import files
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, Problem
from portal.core.lib import written
from portal.core.lib.prepared import PreparedInsert
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, users_with

MAX_REASON = 200
_NOTED_FOR = timedelta(minutes=1)
_WRITE = PreparedInsert(
    rows.Answer,
    unique=("submission", "field"),
    update=("number", "text", "rows", "not_applicable", "reason", "same_as", "version", "updated_at", "updated_by"),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of each field: its new version, or the row somebody else wrote meanwhile; all answers as they are now."""

    submission: Submission
    given: Mapping[str, Answer]
    versions: dict[str, int]
    written: "dict[str, rows.Answer]"
    stale: "dict[str, rows.Answer]"


class Sent(Protocol):
    """What a page sends: answers and the versions they rest on."""

    @property
    def values(self) -> Mapping[str, Answer | None]: ...
    @property
    def versions(self) -> Mapping[str, int]: ...


S = TypeVar("S", bound=Sent)


@transaction.atomic
def save(
    *,
    submission_id: int,
    values: Mapping[str, Answer | None],
    versions: Mapping[str, int] | None = None,
    taken_over: bool = False,
    by: User,
) -> Saved:
    """By flat field code; None is blank. A field of another version than `versions` names is not written but `stale`.

    Without `versions` (imports) the given values win; `taken_over`: the bureau's import, needs ROUND_MANAGE.
    """
    submission = rights.locked(submission_id, by, rights.TAKE_OVER if taken_over else rights.FILL)
    rights.ensure_editable(submission)
    return _save(submission, values, versions, by, taken_over=taken_over)


@transaction.atomic
def save_sent(*, submission_id: int, read: Callable[[Submission], S], by: User) -> tuple[S, Saved]:
    """What a page sent, read once its submission is known and locked, so that the submission is looked up once."""
    submission = rights.locked(submission_id, by, rights.FILL, workflow.TO_SAVE)
    rights.ensure_editable(submission)
    sent = read(submission)
    return sent, _save(submission, sent.values, sent.versions, by)


@transaction.atomic
def state_unchanged(*, submission_id: int, fields: Collection[str], by: User) -> Saved:
    """Answer blank fields as last year, by the person's own statement that it is still true (与上年相同，仍属实).

    What is filled in stays. Raises Invalid for what is new every year, was not answered then or is not valid any more.
    """
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    items, source = queries.items_of(submission), content_queries.last_signed(submission)
    then = answers.of_content(queries.spec_of(submission), source.signed) if source else {}
    problems = [
        Problem(where=items[code].label if code in items else code, what=said, do="请按今年的情况填写")
        for code in fields
        if (said := _why_not_unchanged(items.get(code), then.get(code)))
    ]
    workflow.refuse_if_any(problems, "有 {count} 项不能沿用上年，没有保存。")
    filled = answers.of_rows(items, submission.answers.all())
    blank = {code: then[code] for code in fields if code not in filled}
    return _save(submission, blank, None, by, same_as=source)


def _why_not_unchanged(item: Item | None, then: Answer | None) -> str:
    if item is None:
        return "不是本单位的填报项"
    if not rights.may_stay(item):
        return "每年都要重新填写"
    if then is None:
        return "上年没有填报"
    return answers.invalid_now(item, then)


def _save(
    submission: Submission,
    values: Mapping[str, Answer | None],
    versions: Mapping[str, int] | None,
    by: User,
    *,
    taken_over: bool = False,
    same_as: Revision | None = None,
) -> Saved:
    items = queries.items_of(submission)
    problems = owner_queries.not_its_own([code for code in values if code not in items], submission)
    problems += [
        Problem(where=items[code].label, what="“不适用”没有写原因", do=f"请写明原因，{MAX_REASON} 字以内")
        for code, answer in values.items()
        if code in items and isinstance(answer, NotApplicable) and not 0 < len(answer.reason.strip()) <= MAX_REASON
    ]
    workflow.refuse_if_any(problems, "有 {count} 处不能保存。")
    saved, before, after = _compare(submission, items, values, versions, by, same_as)
    if not after:
        return saved
    if not taken_over:
        rights.ensure_own_statements(after, items, submission, by)
    _WRITE(list(saved.written.values()))
    # Who types on is noted once a minute; each answer has its own time.
    now = timezone.now()
    is_noted = submission.updated_by_id == by.pk and now - submission.updated_at < _NOTED_FOR
    if not (submission.started_at and is_noted):
        submission.started_at, submission.updated_by = submission.started_at or now, by
        submission.save(update_fields=["started_at", "updated_by", "updated_at"])
    event = "submission.state_unchanged" if same_as else "submission.save"
    after |= {"same_as": same_as.receipt} if same_as else {}
    audit.record(event, by=by, obj=submission, before=before, after=after)
    return saved


def _compare(
    submission: Submission,
    items: Mapping[str, Item],
    values: Mapping[str, Answer | None],
    versions: Mapping[str, int] | None,
    by: User,
    same_as: Revision | None,
) -> tuple[Saved, dict[str, Any], dict[str, Any]]:
    """Also what the audit trail says of the changed fields, before and after. Totals follow their parts."""
    stored = content_queries.values(submission)
    given, changed = answers.of_rows(items, stored.values()), dict[str, Answer | None]()
    now, stale = dict[str, int](), list[str]()
    for code, answer in values.items():
        row = stored.get(code)
        if given.get(code) == answer:
            now[code] = row.version if row else 0
        elif row and versions is not None and versions.get(code, 0) != row.version:
            stale.append(code)
        else:
            changed[code] = answer
    if submission.school:
        follow = following(queries.spec_of(submission), submission.school.kind, given, _together(given, changed))
        changed |= {code: total for code, total in follow.items() if code not in values}
    written, befores, afters = dict[str, rows.Answer](), dict[str, Any](), dict[str, Any]()
    for code, answer in changed.items():
        now[code] = stored[code].version + 1 if code in stored else 1
        written[code] = rows.Answer(
            submission=submission,
            field=code,
            version=now[code],
            same_as=same_as if code in values else None,
            updated_by=by,
            **answers.columns(items[code], answer),
        )
        befores[code], afters[code] = answers.traced(items[code], given.get(code), answer)
    theirs = submission.answers.filter(field__in=stale).select_related("updated_by") if stale else ()
    saved = Saved(submission, _together(given, changed), now, written, {row.field: row for row in theirs})
    return saved, befores, afters


def _together(given: Mapping[str, Answer], changed: Mapping[str, Answer | None]) -> dict[str, Answer]:
    return {code: answer for code, answer in {**given, **changed}.items() if answer is not None}


@transaction.atomic
def waive(*, submission_id: int, check: str, field: str, reason: str, by: User) -> Waiver:
    """Say why a warning is in order, as long as it reads the same; with the check SENT_BACK why an item sent back is.

    Raises Conflict when there is none any more.
    """
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    reason = _checked_reason(reason)
    known = queries.load(submission)
    if check == Waiver.SENT_BACK:
        messages = {one.item: one.text for one in known.sent_back.reasons} if known.sent_back else {}
        own = [code for code, item in known.items.items() if field in (code, item.base)]
        rights.ensure_own_statements(own, known.items, submission, by)
    else:
        warnings = [one.problem for one in workflow.assess(known).warnings if one.problem.code == check]
        messages = {problem.item: problem.message for problem in warnings}
    if field not in messages:
        raise Conflict("这条提示已经不存在（数据可能刚被修改），不需要说明。请刷新页面。")
    waiver, before = _waive(submission, check, field, messages[field], reason, by)
    audit.record(
        "submission.explain",
        by=by,
        obj=submission,
        before=before,
        after={"field": field, "check": check, "reason": reason},
    )
    return waiver


@transaction.atomic
def waive_all(*, submission_id: int, reason: str, by: User) -> list[Waiver]:
    """One reason for every open warning, for who takes over a checked workbook."""
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    reason = _checked_reason(reason)
    current = workflow.assess(queries.load(submission))
    problems = [warned.problem for warned in current.unwaived]
    made = [_waive(submission, one.code, one.item, one.message, reason, by)[0] for one in problems]
    after = {"fields": [waiver.field for waiver in made], "reason": reason}
    audit.record("submission.explain", by=by, obj=submission, after=after)
    return made


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not 5 <= len(reason) <= 300:
        raise Invalid("请写明原因，5 至 300 字，例如“今年新建综合楼，面积增加”。")
    return reason


def _waive(
    submission: Submission, check: str, field: str, message: str, reason: str, by: User
) -> tuple[Waiver, dict[str, str]]:
    waiver, is_new = Waiver.objects.get_or_create(
        submission=submission,
        check_code=check,
        field=field,
        defaults={"reason": reason, "message": message[:300], "created_by": by, "updated_by": by},
    )
    before = {} if is_new else {"reason": waiver.reason}
    waiver.reason, waiver.message, waiver.updated_by = reason, message[:300], by
    waiver.save()
    return waiver, before


@transaction.atomic
def hand_over(*, submission_id: int, by: User) -> Submission:
    """To the head for signing; twice is once. Raises Invalid listing what is open but for what the head confirms."""
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    if submission.handed_over_at:
        return submission
    current = workflow.assess(queries.load(submission))
    problems = workflow.missing_problems(current.missing_before_signing) + workflow.problems_of(current, missing=False)
    workflow.refuse_if_any(problems, "还有 {count} 处需要处理，处理后再送校长签发。")
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
    )
    return submission


@transaction.atomic
def submit(*, submission_id: int, by: User, number: int | None = None, partial: bool = False) -> Revision:
    """Sign and hand in: freeze everything as a revision with a receipt. Raises Invalid with every open point.

    `number` is the revision meant: asked again for one already made, the same comes back. `partial`: an import of the
    bureau (ROUND_MANAGE), late or unfinished but without errors.
    """
    submission = rights.locked(submission_id, by, TABLE["submit"])
    last = submission.revisions.order_by("-number").first()
    if last and number is not None and last.number >= number:
        return last
    before = submission.state
    after = TABLE.move(before, "submit")
    rights.ensure_open(submission)
    if partial:
        ensure(by, Perm.ROUND_MANAGE, submission)
    known = queries.load(submission)
    if not partial:
        rights.ensure_in_time(submission, is_sent_back=known.sent_back is not None)
    current = workflow.assess(known)
    if not known.answers:
        raise Invalid("这份填报还没有填写任何内容，不能提交。")
    problems = (
        [Problem(what=problem.message) for problem in current.errors] if partial else workflow.problems_of(current)
    )
    workflow.refuse_if_any(problems, "还有 {count} 处需要处理，处理后才能提交。")
    revision = _freeze(known, current, (last.number if last else 0) + 1, by, partial=partial)
    submission.state, submission.submitted_at = after, revision.submitted_at
    submission.handed_over_at = submission.handed_over_by = None
    submission.updated_by = by
    submission.save()
    _notify_submitted(submission, revision, by)
    audit.record(
        "submission.submit",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": after, "receipt": revision.receipt, "sha256": revision.sha256, "partial": partial},
    )
    return revision


def _freeze(
    known: queries.SubmissionFacts, current: workflow.Assessment, number: int, by: User, *, partial: bool
) -> Revision:
    content = workflow.freeze(known, current, partial=partial)
    submission = known.submission
    return Revision.objects.create(
        submission=submission,
        number=number,
        content=content,
        sha256=files.content_sha256(content),
        # Unique without a counter to lock: a submission's own number and which handing in it is.
        receipt=f"{submission.round.district.code}-{submission.round.code}-{submission.pk:06d}-{number}",
        submitted_at=timezone.now(),
        submitted_by=by,
    )


def _notify_submitted(submission: Submission, revision: Revision, by: User) -> None:
    if submission.round.is_backfill:
        return
    district = submission.round.district
    notices.notify(
        users_with(Perm.SUBMISSION_REVIEW, district),
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
    """Take it back to change it, while nobody has begun the review; its revision stays on record."""
    submission = rights.locked(submission_id, by, TABLE["withdraw"])
    after = TABLE.move(submission.state, "withdraw")
    reason = written.reason(reason, "撤回填报")
    newest = submission.revisions.order_by("-number")[0]
    Withdrawal.objects.create(revision=newest, reason=reason, withdrawn_by=by)
    before, submission.state, submission.submitted_at, submission.updated_by = submission.state, after, None, by
    submission.save(update_fields=["state", "submitted_at", "updated_by", "updated_at"])
    notices.notify(
        queries.fillers(submission),
        text=f"{submission.respondent}的{submission.round.name}填报已由{by.name}撤回，可以继续修改。原因：{reason}",
        url=reverse("submissions:detail", args=[submission.pk]),
        key=f"revision-{newest.pk}-withdrawn",
        by=by,
    )
    audit.record(
        "submission.withdraw",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": after, "reason": reason},
    )
    return submission
