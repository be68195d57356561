"""Actions of escalation: the nightly proposals, what a person decides, the answer to it, a district's settings."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.escalation import queries, workbook, workflow
from inspections.escalation.models import LEVELS, MOST_DAYS, Escalation, EscalationFile, LevelSetting
from inspections.letters import queries as letters
from inspections.papers.workflow import take_number
from inspections.rectification import workflow as rectification
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import dates, digests, written
from portal.core.notices import actions as notices
from portal.core.papers.docx import RENDERERS
from schools.access.scope import Perm, ensure, users_with
from schools.directory.models import District

S = Escalation.State


@transaction.atomic
def propose(*, district_id: int, by: User) -> int:
    """The level every late finding has reached today; run again, nothing is doubled.

    A lower proposal nobody decided is replaced; proposals for findings that are closed, wait for a verifier or have
    more time are dropped, and made again when the unit's clock reaches them.
    """
    district = District.objects.select_for_update(no_key=True).get(pk=district_id)
    ensure(by, Perm.ESCALATION_DECIDE, district)
    plan = queries.plan(district.pk, timezone.localdate())
    Escalation.objects.filter(pk__in=[row.pk for row in plan.dropped], state=S.PROPOSED).update(
        state=S.DROPPED, updated_by=by, updated_at=timezone.now()
    )
    Escalation.objects.bulk_create(
        Escalation(finding=finding, level=level, due_on=finding.due_on, days_late=late, created_by=by, updated_by=by)
        for finding, level, late in plan.new
    )
    for row, late in plan.again:
        row.state, row.days_late, row.version, row.updated_by = S.PROPOSED, late, row.version + 1, by
        row.save()
    levels = [level for _, level, _ in plan.new] + [row.level for row, _ in plan.again]
    waiting = Counter(LEVELS[level].is_leaders for level in levels)
    for is_leaders, count in waiting.items():
        notices.notify(
            users_with(Perm.ESCALATION_LEAD if is_leaders else Perm.ESCALATION_DECIDE, district),
            text=f"{count} 个问题到了{'约谈或通报' if is_leaders else '提醒或督办'}的时间，请决定",
            url=f"{reverse('escalation:list')}?state=proposed",
            key=f"escalation:{district.code}:{timezone.localdate()}:{is_leaders}",
            by=by,
        )
    if levels or plan.dropped:
        after = {"proposed": len(plan.new), "again": len(plan.again), "dropped": len(plan.dropped)}
        audit.record("escalation.propose", by=by, obj=district, district=district.code, after=after)
    return len(levels)


def _finish(
    row: Escalation, code: str, *, by: User, decides: Perm | None = None, text: str, after: Mapping[str, object]
) -> Escalation:
    """Saves the step begun by `workflow.begin`, notifies who rectifies or the holders of a right, and records it."""
    row.save()
    finding = row.finding
    notices.notify(
        users_with(decides, finding.district) if decides else rectification.answerers(finding.answering),
        text=f"{row}：{text}",
        url=reverse("escalation:detail", args=[row.pk]),
        key=f"escalation:{row.pk}:{row.version}",
        by=by,
    )
    audit.record(f"escalation.{code}", by=by, obj=row, after=after)
    return row


@transaction.atomic
def issue(*, escalation_id: int, version: int, text: str, reply_due_on: dt.date | None = None, by: User) -> Escalation:
    """To who rectifies: with a number and a day to reply by where the level asks for a reply, else as a reminder.

    Raises Conflict for what was overtaken, and for a second one about the same finding on one day.
    """
    row = workflow.begin("issue", escalation_id, version, by)
    level, today = row.spec, timezone.localdate()
    if row.finding.is_settled or row.finding.waiting_since is not None or row.finding.due_on != row.due_on:
        raise Conflict(
            "没有发出：这个问题已经销号、延期，或整改单位正在等核查，这份督办今晚自动撤下。请刷新页面查看最新情况。"
        )
    issued = row.finding.escalations.filter(state__in=Escalation.ISSUED_STATES, decided_at__date=today)
    if (same := issued.exclude(pk=row.pk).first()) is not None:
        raise Conflict(
            f"没有发出：今天已经就这个问题发出过{same}。要加重级次，请明天再发；不需要的，请写明原因不予督办。"
        )
    if level.reply and (reply_due_on is None or reply_due_on < today):
        raise Invalid("没有发出：请填写反馈期限，不早于今天。")
    row.requirement = written.said(text, "督办要求")
    row.decided_at, row.decided_by = timezone.now(), by
    if level.word:
        # The series of the papers with this word: no two carry one number.
        district = row.finding.district.pk
        word = letters.word(district, letters.kind_of(level.paper)) if level.paper else level.word
        row.number = take_number(district, word, today.year)
    if level.reply:
        row.reply_due_on = reply_due_on
        ask = f"，请签收，并于{dates.day(reply_due_on or today)}前回复"
    else:
        row.state, ask = S.DONE, ""
    after = {"number": row.number, "text": row.requirement, "reply_due_on": row.reply_due_on}
    said = f"{level.name}，问题 {row.finding}{ask}"
    return _finish(row, "issue", by=by, text=said, after=after)


@transaction.atomic
def put_off(*, escalation_id: int, version: int, reason: str, until: dt.date, by: User) -> Escalation:
    """Until that day it is on nobody's list."""
    row = workflow.begin("put_off", escalation_id, version, by)
    if until <= timezone.localdate():
        raise Invalid("没有暂缓：请选择今天以后的日期。")
    row.put_off_until, row.reason = until, written.reason(reason, "暂缓")
    row.save()
    audit.record("escalation.put_off", by=by, obj=row, after={"until": until, "reason": row.reason})
    return row


@transaction.atomic
def decline(*, escalation_id: int, version: int, reason: str, by: User) -> Escalation:
    row = workflow.begin("decline", escalation_id, version, by)
    row.reason = written.reason(reason, "不予督办")
    row.decided_at, row.decided_by = timezone.now(), by
    row.save()
    audit.record("escalation.decline", by=by, obj=row, after={"reason": row.reason})
    return row


@transaction.atomic
def acknowledge(*, escalation_id: int, version: int, by: User) -> Escalation:
    row = workflow.begin("acknowledge", escalation_id, version, by)
    row.acknowledged_at, row.acknowledged_by = timezone.now(), by
    row.save()
    audit.record("escalation.acknowledge", by=by, obj=row, after={"number": row.number})
    return row


@transaction.atomic
def answer(
    *,
    escalation_id: int,
    version: int,
    text: str,
    uploads: Sequence[UploadedFile] = (),
    public_reason: str = "",
    by: User,
) -> Escalation:
    row = workflow.begin("answer", escalation_id, version, by)
    if len(uploads) > rectification.MAX_FILES:
        raise Invalid(f"没有回复：一次最多上传 {rectification.MAX_FILES} 个文件，现有 {len(uploads)} 个。")
    row.reply = written.said(text, "办理情况")
    documents = [rectification.save_file(one, by=by, public_reason=public_reason) for one in uploads]
    for one in documents:
        EscalationFile.objects.create(escalation=row, document=one)
    row.replied_at, row.replied_by = timezone.now(), by
    decides = Perm.ESCALATION_LEAD if row.spec.is_leaders else Perm.ESCALATION_DECIDE
    after = {"text": row.reply, "files": [one.name for one in documents]}
    return _finish(
        row, "answer", by=by, decides=decides, text=f"{row.finding.answering_name}已回复，请办结", after=after
    )


@transaction.atomic
def finish(*, escalation_id: int, version: int, text: str, by: User) -> Escalation:
    row = workflow.begin("finish", escalation_id, version, by)
    row.outcome = written.said(text, "办结意见")
    row.finished_at, row.finished_by = timezone.now(), by
    return _finish(row, "finish", by=by, text="已办结", after={"text": row.outcome})


@transaction.atomic
def ask_again(*, escalation_id: int, version: int, reason: str, by: User) -> Escalation:
    """The reply was not enough; it stays on record."""
    row = workflow.begin("ask_again", escalation_id, version, by)
    reason = written.reason(reason, "退回")
    after = {"reason": reason, "reply": row.reply}
    row.reply, row.replied_at, row.replied_by, row.reason = "", None, None, reason
    return _finish(row, "ask_again", by=by, text=f"回复已退回，请重新回复：{reason}", after=after)


@transaction.atomic
def set_levels(*, code: str, days: Mapping[tuple[str, str], int | None], by: User) -> int:
    """Returns how many changed; existing proposals stay."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    if any(count is not None and abs(count) > MOST_DAYS for count in days.values()):
        raise Invalid(f"没有保存：天数须在 -{MOST_DAYS} 至 {MOST_DAYS} 之间，不用的留空。")
    before = queries.days_of(district.pk)
    changed = {key: count for key, count in days.items() if before[key] != count}
    for (level, category), count in changed.items():
        LevelSetting.objects.update_or_create(
            district=district,
            level=level,
            category=Finding.Category(category),
            defaults={"days": count, "updated_by": by},
            create_defaults={"days": count, "created_by": by, "updated_by": by},
        )
    if changed:
        audit.record(
            "escalation.set_levels",
            by=by,
            obj=district,
            district=district.code,
            before={"-".join(key): before[key] for key in changed},
            after={"-".join(key): count for key, count in changed.items()},
        )
    return len(changed)


@transaction.atomic
def export_month(*, district_id: int, month: dt.date, kind: str, by: User) -> bytes:
    """xlsx, docx or pdf, of what the person may see; names are masked. Raises NotFound."""
    report = queries.month_report(by, district_id, month)
    match kind:
        case "xlsx":
            content = workbook.workbook(report)
        case "docx" | "pdf":
            content = RENDERERS[kind](workbook.paper(report))
        case _:
            raise NotFound("月报只有 Excel、Word、PDF 三种格式。")
    after = {"month": f"{month:%Y-%m}", "kind": kind, "units": len(report.units)} | digests.of(content)
    audit.record("escalation.export_month", by=by, district=report.district.code, after=after)
    return content
