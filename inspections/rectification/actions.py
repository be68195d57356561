"""Actions of rectification: the school's steps, verification by another person, extensions, reopening."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.rectification import queries, workbook, workflow
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.lib import dates, digests
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import ensure, visible
from schools.directory.models import School

K = Entry.Kind


class Files(TypedDict, total=False):
    """What a step may bring: files, and why a telephone number in them may be public."""

    uploads: Iterable[UploadedFile]
    public_reason: str


def _finish(
    finding: Finding,
    code: str,
    text: str,
    *,
    by: User,
    due_on: dt.date | None = None,
    notify: tuple[Perm, str] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **files: Unpack[Files],
) -> Entry:
    """Write the step begun by `workflow.begin` with its entry, notify the holders of a right, leave the audit row."""
    entry = workflow.write(finding, code, text, by=by, due_on=due_on, **files)
    if notify:
        workflow.notify_holders(notify[0], finding, notify[1], by=by)
    audit.record(f"finding.{code}", by=by, obj=finding, before=before, after=after or {"text": text})
    return entry


@transaction.atomic
def dispatch(*, finding_id: int, version: int, by: User) -> Entry:
    finding = workflow.begin("dispatch", finding_id, version, by)
    due_on = finding.due_on
    notify = (Perm.FINDING_RECTIFY, f"请在{dates.day(due_on)}前完成整改")
    after = {"due_on": due_on}
    return _finish(finding, "dispatch", finding.requirement, by=by, due_on=due_on, notify=notify, after=after)


@transaction.atomic
def measure(
    *, finding_id: int, version: int, text: str, goal: str = "", responsible: str = "", by: User, **files: Unpack[Files]
) -> Entry:
    finding = workflow.begin("measure", finding_id, version, by)
    finding.goal = goal.strip() or finding.goal
    finding.responsible = responsible.strip() or finding.responsible
    finding.rectified_by = by
    after = {"text": text, "goal": finding.goal, "responsible": finding.responsible}
    return _finish(finding, "measure", text, by=by, after=after, **files)


@transaction.atomic
def progress(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    finding = workflow.begin("progress", finding_id, version, by)
    finding.rectified_by = by
    return _finish(finding, "progress", text, by=by, **files)


@transaction.atomic
def request_close(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    """Ask for closing (申请销号).

    Raises Invalid without a measure, unless the newest evaluation says that the indicator meets the standard.
    """
    finding = workflow.begin("request_close", finding_id, version, by)
    if not finding.entries.filter(kind=K.MEASURE).exists() and not queries.current([finding])[finding.pk].meets:
        raise Invalid("还没有填写整改措施，不能申请销号。请先填写整改措施和责任人。")
    finding.rectified_by = by
    notify = (Perm.FINDING_VERIFY, f"{finding.school.name}申请销号，请核查")
    return _finish(finding, "request_close", text, by=by, notify=notify, **files)


@transaction.atomic
def ask_extension(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """Ask for more time with a reason; the due date stays until somebody agrees."""
    finding = workflow.begin("ask_extension", finding_id, version, by)
    _ensure_later(finding, due_on)
    notify = (Perm.FINDING_VERIFY, f"{finding.school.name}申请延期至{dates.day(due_on)}")
    after = {"text": text, "due_on": due_on}
    return _finish(finding, "ask_extension", text, by=by, due_on=due_on, notify=notify, after=after)


@transaction.atomic
def extend(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """Give more time with a reason, asked for or not. Before: in rectification. After: a later due date."""
    finding = workflow.begin("extend", finding_id, version, by)
    _ensure_later(finding, due_on)
    before, finding.due_on = {"due_on": finding.due_on}, due_on
    notify = (Perm.FINDING_RECTIFY, f"整改期限延至{dates.day(due_on)}")
    after = {"due_on": due_on, "text": text}
    return _finish(finding, "extend", text, by=by, due_on=due_on, notify=notify, before=before, after=after)


@transaction.atomic
def decline_extension(*, finding_id: int, version: int, text: str, by: User) -> Entry:
    """Refuse the pending request for more time with a reason. Raises Invalid when nothing is pending."""
    finding = workflow.begin("decline_extension", finding_id, version, by)
    if queries.pending_extension(finding) is None:
        raise Invalid("没有待答复的延期申请。请刷新页面查看最新情况。")
    notify = (Perm.FINDING_RECTIFY, f"延期申请未获同意，仍须在{dates.day(finding.due_on)}前完成")
    return _finish(finding, "decline_extension", text, by=by, notify=notify)


@transaction.atomic
def begin_check(*, finding_id: int, version: int, text: str = "", by: User) -> Entry:
    finding = workflow.begin("begin_check", finding_id, version, by)
    return _finish(finding, "begin_check", text or "开始核查", by=by, after={"text": text})


@transaction.atomic
def close(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    """Close the finding (销号) with the verifier's opinion. Never by school staff or whoever rectified it."""
    finding = workflow.begin("close", finding_id, version, by)
    finding.closed_at, finding.closed_by = timezone.now(), by
    return _finish(finding, "close", text, by=by, notify=(Perm.FINDING_RECTIFY, "已核查销号"), **files)


@transaction.atomic
def send_back(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    finding = workflow.begin("send_back", finding_id, version, by)
    return _finish(
        finding, "send_back", text, by=by, notify=(Perm.FINDING_RECTIFY, f"核查未通过，已退回：{text}"), **files
    )


@transaction.atomic
def reopen(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    finding = workflow.begin("reopen", finding_id, version, by)
    if due_on < timezone.localdate():
        raise Invalid("新的整改期限不能早于今天，请重新选择日期。")
    finding.closed_at = finding.closed_by = None
    finding.due_on = due_on
    finding.reopened += 1
    notify = (Perm.FINDING_RECTIFY, f"已重新打开，请在{dates.day(due_on)}前完成整改：{text}")
    return _finish(finding, "reopen", text, by=by, due_on=due_on, notify=notify, after={"text": text, "due_on": due_on})


@transaction.atomic
def transfer(*, finding_id: int, school_id: int, text: str, by: User) -> Entry:
    """Hand an open finding over to the school its own was merged into; number, dates and history stay."""
    finding = workflow.locked(finding_id)
    workflow.DISPATCH.ensure(by, finding)
    school = School.objects.select_related("district").get(pk=school_id)
    ensure(by, Perm.FINDING_DISPATCH, school)
    if finding.is_closed:
        raise Conflict("这个问题已经销号，不用移交。请刷新页面查看最新情况。")
    before, finding.school = finding.school, school
    return _finish(
        finding,
        "transfer",
        f"{text}，由{school.name}继续整改",
        by=by,
        notify=(Perm.FINDING_RECTIFY, f"由{before.name}移交本校整改"),
        before={"school": before.code},
        after={"school": school.code, "text": text},
    )


@transaction.atomic
def export(*, findings: Iterable[Finding], title: str, by: User, purpose: str | None = None) -> bytes:
    """The ledger as a workbook; persons are masked unless somebody who may see them states a purpose."""
    rows = list(findings)
    schools = School.objects.filter(pk__in={row.school_id for row in rows})
    if outside := schools.exclude(pk__in=visible(by, schools, Perm.FINDING_VIEW).values("pk")).first():
        ensure(by, Perm.FINDING_VIEW, outside)
    districts = {finding.school.district.code for finding in rows}
    shown = restricted.persons(by, schools, purpose)
    content = workbook.workbook(queries.as_then(rows), title=title, persons=shown)
    code = districts.pop() if len(districts) == 1 else ""
    after = {"title": title, "rows": len(rows)} | shown.for_audit() | digests.of(content)
    audit.record("finding.export", by=by, district=code, after=after)
    return content


def _ensure_later(finding: Finding, due_on: dt.date) -> None:
    if due_on <= finding.due_on or due_on < timezone.localdate():
        raise Invalid(f"新期限须晚于现在的期限（{dates.day(finding.due_on)}），且不早于今天。请重新选择日期。")
