"""Actions on a submission's figures: save, waive, hand over, submit, withdraw; and on who answers which item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import answers, facts, queries, rights
from indicators.collection.submissions import models as rows
from indicators.collection.submissions.models import ItemOwner, Revision, Submission, Waiver
from indicators.collection.submissions.workflow import move
from indicators.standard.engine import Answer, Item, NotApplicable
from indicators.standard.engine import DataProblem as Fault
from indicators.standard.standards import reader
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib import written
from portal.core.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import ensure, ensure_own_hand, people_at, users_with
from schools.directory.models import District

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
    """By flat field code; None is blank. A field of another version than `versions` names is not written but `stale`.

    Without `versions` (imports) the given values win; `taken_over`: the bureau's import, needs ROUND_MANAGE.
    """
    submission = rights.locked(submission_id, by, Perm.ROUND_MANAGE if taken_over else Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    items = queries.items_of(submission)
    problems = queries.not_its_own([code for code in values if code not in items], submission)
    problems += [
        Problem(where=items[code].label, what="“不适用”没有写原因", do=f"请写明原因，{MAX_REASON} 字以内")
        for code, answer in values.items()
        if code in items and isinstance(answer, NotApplicable) and not 0 < len(answer.reason.strip()) <= MAX_REASON
    ]
    rights.refuse_if_any(problems, "有 {count} 处不能保存。")
    saved, change = _compare(submission, items, values, versions, by)
    if not change.after:
        return saved
    if not taken_over:
        rights.ensure_own_statements(change.after, items, submission, by)
    change.write()
    submission.started_at = submission.started_at or timezone.now()
    submission.updated_by = by
    submission.save(update_fields=["started_at", "updated_by", "updated_at"])
    audit.record("submission.save", by=by, obj=submission, before=change.before, after=change.after)
    return saved


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows to write, and what the audit trail says of them."""

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
            for column, content in answers.columns(items[code], answer).items():
                setattr(new, column, content)
            new.version += 1
            # bulk_update does not refresh auto_now fields.
            new.updated_at, new.updated_by = timezone.now(), by
            (change.changed if row else change.fresh).append(new)
            saved.versions[code] = new.version
            change.before[code], change.after[code] = answers.traced(items[code], old, answer)
    return saved, change


@transaction.atomic
def waive(*, submission_id: int, check: str, field: str, reason: str, by: User) -> Waiver:
    """Say why a warning is in order, as long as it reads the same. Raises Conflict when there is none any more."""
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    reason = _checked_reason(reason)
    current = facts.assess(facts.load(submission))
    warned = next((w for w in current.warnings if (w.problem.code, w.problem.item) == (check, field)), None)
    if warned is None:
        raise Conflict("这条提示已经不存在（数据可能刚被修改），不需要说明。请刷新页面。")
    waiver, before = _waive(submission, warned.problem, reason, by)
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
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    reason = _checked_reason(reason)
    current = facts.assess(facts.load(submission))
    made = [_waive(submission, warned.problem, reason, by)[0] for warned in current.unexplained]
    after = {"fields": [waiver.field for waiver in made], "reason": reason}
    audit.record("submission.explain", by=by, obj=submission, after=after)
    return made


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not 5 <= len(reason) <= 300:
        raise Invalid("请写明原因，5 至 300 字，例如“今年新建综合楼，面积增加”。")
    return reason


def _waive(submission: Submission, problem: Fault, reason: str, by: User) -> tuple[Waiver, dict[str, str]]:
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
    """To the head for signing; twice is once. Raises Invalid listing what is open but for what the head confirms."""
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    if submission.handed_over_at:
        return submission
    current = facts.assess(facts.load(submission))
    problems = rights.missing_problems(current.missing_before_signing) + rights.problems_of(current, missing=False)
    rights.refuse_if_any(problems, "还有 {count} 处需要处理，处理后再送校长签发。")
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
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_SIGN)
    ensure_own_hand(by)
    last = submission.revisions.order_by("-number").first()
    if last and number is not None and last.number >= number:
        return last
    before = submission.state
    after = move(before, "submit")
    rights.ensure_open(submission)
    if partial:
        ensure(by, Perm.ROUND_MANAGE, submission)
    known = facts.load(submission)
    if not partial:
        rights.ensure_in_time(submission, is_sent_back=known.sent_back is not None)
    current = facts.assess(known)
    if not known.answers:
        raise Invalid("这份填报还没有填写任何内容，不能提交。")
    problems = [Problem(what=problem.message) for problem in current.errors] if partial else rights.problems_of(current)
    rights.refuse_if_any(problems, "还有 {count} 处需要处理，处理后才能提交。")
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
    known: facts.SubmissionFacts, current: facts.Assessment, number: int, by: User, *, partial: bool
) -> Revision:
    content = facts.freeze(known, current, partial=partial)
    submission = known.submission
    return Revision.objects.create(
        submission=submission,
        number=number,
        content=content,
        sha256=reader.content_sha256(content),
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
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_SIGN)
    after = move(submission.state, "withdraw")
    rights.ensure_withdrawable(submission)
    reason = written.reason(reason, "撤回填报")
    before, submission.state, submission.submitted_at, submission.updated_by = submission.state, after, None, by
    submission.save(update_fields=["state", "submitted_at", "updated_by", "updated_at"])
    audit.record(
        "submission.withdraw",
        by=by,
        obj=submission,
        before={"state": before},
        after={"state": after, "reason": reason},
    )
    return submission


@transaction.atomic
def assign_items(
    *, district_id: int, owners: Mapping[str, int | None], reason: str = "", by: User
) -> dict[str, tuple[str, str]]:
    """Base code → department's id, None = the bureau; returns what changed as base → names before and after.

    Taking items from a department asks for a reason. Raises Invalid for what is unknown or handed in already.
    """
    district = District.objects.select_for_update(no_key=True).filter(pk=district_id).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    items = queries.assignable_items(district)
    departments = {row.pk: row for row in queries.assignable_departments(district)}
    unknown = [base for base, owner in owners.items() if base not in items or owner not in {None, *departments}]
    if unknown:
        raise Invalid("分工里有不认识的填报项或部门，没有保存。请刷新页面后重试。", [Problem(base) for base in unknown])
    rows = {row.item: row for row in ItemOwner.objects.filter(district=district)}
    now = {base: row.department_id for base, row in rows.items() if row.department_id in departments}
    moved = {base: owner for base, owner in owners.items() if owner != now.get(base)}
    _refuse_handed_in(district, {base: now.get(base) for base in moved}, items)
    lost = {base: now[base] for base in moved if now.get(base)}
    reason = written.reason(reason, "把部门的项目改由别的单位填报") if lost else ""
    names = {None: "教育局"} | {pk: row.name for pk, row in departments.items()}
    changed = {base: (names[now.get(base)], names[owner]) for base, owner in moved.items()}
    for base, owner in moved.items():
        row = rows.get(base) or ItemOwner(district=district, item=base, created_by=by)
        row.department_id, row.updated_by = owner, by
        row.save()
    if changed:
        before, after = ({items[base].base_label: pair[side] for base, pair in changed.items()} for side in (0, 1))
        after |= {"reason": reason} if reason else {}
        audit.record("district.assign_items", by=by, obj=district, district=district.code, before=before, after=after)
    for owner in set(lost.values()):
        gone = "、".join(f"“{items[base].base_label}”由{changed[base][1]}" for base in lost if lost[base] == owner)
        notices.notify(
            people_at(Perm.SUBMISSION_FILL, departments[owner]),
            text=f"不再由本部门填报：{gone}填报。原因：{reason}",
            url=reverse("submissions:mine"),
            key=f"owners-{owner}-{timezone.now():%Y%m%d%H%M%S%f}",
            by=by,
        )
    return changed


def _refuse_handed_in(district: District, former: Mapping[str, int | None], items: Mapping[str, object]) -> None:
    """Moving what is handed in for an open round would give the figure two owners."""
    handed_in = Submission.objects.filter(round__district=district, round__state="open", school=None).exclude(
        state__in=(Submission.State.DRAFT, Submission.State.RETURNED)
    )
    problems = []
    for submission in handed_in.select_related("round__district", "department").prefetch_related("answers"):
        answered = {row.field for row in submission.answers.all()}
        for base, owner in former.items():
            given = any(field == base or field.startswith(f"{base}_") for field in answered)
            if owner == submission.department_id and given:
                what = f"{submission.round.name}里{submission.respondent}已经提交了这一项"
                problems.append(Problem(what, items[base].base_label, "请先退回它的填报，再改分工"))  # type: ignore[attr-defined]
    if problems:
        raise Invalid(f"有 {len(problems)} 项不能改由别的单位填报，分工没有改动。", problems)
