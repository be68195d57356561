"""Actions of rectification: the school's steps, verification by another person, extensions, reopening."""

import datetime as dt
from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.rectification import gaps, queries, rights, steps, workbook
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.lib import dates, digests
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import ensure, ensure_own_hand, visible
from schools.directory.models import School

K = Entry.Kind


@transaction.atomic
def record_measure(
    *,
    finding_id: int,
    version: int,
    text: str,
    goal: str = "",
    responsible: str = "",
    uploads: Iterable[UploadedFile] = (),
    public_reason: str = "",
    by: User,
) -> Entry:
    """Add the school's measures with goal and responsible person (措施清单、责任清单)."""
    finding = steps.locked(finding_id)
    rights.ensure_rectify(by, finding)
    steps.move(finding, "measure", version=version)
    finding.goal = goal.strip() or finding.goal
    finding.responsible = responsible.strip() or finding.responsible
    finding.rectified_by = by
    entry = steps.write(finding, K.MEASURE, text, by=by, uploads=uploads, public_reason=public_reason)
    after = {"text": text, "goal": finding.goal, "responsible": finding.responsible}
    audit.record("finding.measure", by=by, obj=finding, **steps.place(finding), after=after)
    return entry


@transaction.atomic
def record_progress(
    *, finding_id: int, version: int, text: str, uploads: Iterable[UploadedFile] = (), public_reason: str = "", by: User
) -> Entry:
    """Add a dated progress with its files."""
    finding = steps.locked(finding_id)
    rights.ensure_rectify(by, finding)
    steps.move(finding, "progress", version=version)
    finding.rectified_by = by
    entry = steps.write(finding, K.PROGRESS, text, by=by, uploads=uploads, public_reason=public_reason)
    audit.record("finding.progress", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def request_close(
    *, finding_id: int, version: int, text: str, uploads: Iterable[UploadedFile] = (), public_reason: str = "", by: User
) -> Entry:
    """Ask for closing (申请销号).

    Raises Invalid without a measure, unless the newest evaluation says that the indicator meets the standard.
    """
    finding = steps.locked(finding_id)
    rights.ensure_rectify(by, finding)
    steps.move(finding, "request_close", version=version)
    if not finding.entries.filter(kind=K.MEASURE).exists() and not gaps.current([finding])[finding.pk].meets:
        raise Invalid("还没有填写整改措施，不能申请销号。请先填写整改措施和责任人。")
    finding.rectified_by = by
    entry = steps.write(finding, K.REQUEST_CLOSE, text, by=by, uploads=uploads, public_reason=public_reason)
    steps.notify_verifiers(finding, f"{finding.school.name}申请销号，请核查", by=by)
    audit.record("finding.request_close", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def ask_extension(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """Ask for more time with a reason; the due date stays until somebody agrees."""
    finding = steps.locked(finding_id)
    rights.ensure_rectify(by, finding)
    steps.move(finding, "ask_extension", version=version)
    _ensure_later(finding, due_on)
    entry = steps.write(finding, K.ASK_EXTENSION, text, by=by, due_on=due_on)
    steps.notify_verifiers(finding, f"{finding.school.name}申请延期至{dates.day(due_on)}", by=by)
    after = {"text": text, "due_on": due_on}
    audit.record("finding.ask_extension", by=by, obj=finding, **steps.place(finding), after=after)
    return entry


@transaction.atomic
def extend(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """Give more time with a reason, asked for or not. Before: in rectification. After: a later due date."""
    finding = steps.locked(finding_id)
    rights.ensure_decide(by, finding)
    ensure_own_hand(by)
    steps.move(finding, "extend", version=version)
    _ensure_later(finding, due_on)
    before, finding.due_on = finding.due_on, due_on
    entry = steps.write(finding, K.EXTEND, text, by=by, due_on=due_on)
    steps.notify_school(finding, f"整改期限延至{dates.day(due_on)}", by=by)
    place = steps.place(finding)
    audit.record(
        "finding.extend", by=by, obj=finding, **place, before={"due_on": before}, after={"due_on": due_on, "text": text}
    )
    return entry


@transaction.atomic
def decline_extension(*, finding_id: int, version: int, text: str, by: User) -> Entry:
    """Refuse the pending request for more time with a reason. Raises Invalid when nothing is pending."""
    finding = steps.locked(finding_id)
    rights.ensure_decide(by, finding)
    ensure_own_hand(by)
    steps.move(finding, "decline_extension", version=version)
    if queries.pending_extension(finding) is None:
        raise Invalid("没有待答复的延期申请。请刷新页面查看最新情况。")
    entry = steps.write(finding, K.DECLINE_EXTENSION, text, by=by)
    steps.notify_school(finding, f"延期申请未获同意，仍须在{dates.day(finding.due_on)}前完成", by=by)
    audit.record("finding.decline_extension", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def begin_check(*, finding_id: int, version: int, text: str = "", by: User) -> Entry:
    """Take up the verification, so that others see who checks. Before: asked to close."""
    finding = steps.locked(finding_id)
    rights.ensure_verify(by, finding)
    steps.move(finding, "begin_check", version=version)
    entry = steps.write(finding, K.BEGIN_CHECK, text or "开始核查", by=by)
    audit.record("finding.begin_check", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def close(
    *, finding_id: int, version: int, text: str, uploads: Iterable[UploadedFile] = (), public_reason: str = "", by: User
) -> Entry:
    """Close the finding (销号) with the verifier's opinion. Never by school staff or whoever rectified it."""
    finding = steps.locked(finding_id)
    rights.ensure_verify(by, finding)
    ensure_own_hand(by)
    steps.move(finding, "close", version=version)
    finding.closed_at, finding.closed_by = timezone.now(), by
    entry = steps.write(finding, K.CLOSE, text, by=by, uploads=uploads, public_reason=public_reason)
    steps.notify_school(finding, "已核查销号", by=by)
    audit.record("finding.close", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def send_back(
    *, finding_id: int, version: int, text: str, uploads: Iterable[UploadedFile] = (), public_reason: str = "", by: User
) -> Entry:
    """Send the rectification back with a reason."""
    finding = steps.locked(finding_id)
    rights.ensure_verify(by, finding)
    steps.move(finding, "send_back", version=version)
    entry = steps.write(finding, K.SEND_BACK, text, by=by, uploads=uploads, public_reason=public_reason)
    steps.notify_school(finding, f"核查未通过，已退回：{text}", by=by)
    audit.record("finding.send_back", by=by, obj=finding, **steps.place(finding), after={"text": text})
    return entry


@transaction.atomic
def reopen(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """Open a closed finding again with a reason and a new due date."""
    finding = steps.locked(finding_id)
    rights.ensure_decide(by, finding)
    ensure_own_hand(by)
    steps.move(finding, "reopen", version=version)
    if due_on < timezone.localdate():
        raise Invalid("新的整改期限不能早于今天，请重新选择日期。")
    finding.closed_at = finding.closed_by = None
    finding.due_on = due_on
    finding.reopened += 1
    entry = steps.write(finding, K.REOPEN, text, by=by, due_on=due_on)
    steps.notify_school(finding, f"已重新打开，请在{dates.day(due_on)}前完成整改：{text}", by=by)
    after = {"text": text, "due_on": due_on}
    audit.record("finding.reopen", by=by, obj=finding, **steps.place(finding), after=after)
    return entry


@transaction.atomic
def transfer(*, finding_id: int, school_id: int, text: str, by: User) -> Entry:
    """Hand an open finding over to the school its own was merged into; number, dates and history stay."""
    finding = steps.locked(finding_id)
    rights.ensure_dispatch(by, finding)
    school = School.objects.select_related("district").get(pk=school_id)
    ensure(by, Perm.FINDING_DISPATCH, school)
    if finding.is_closed:
        raise Conflict("这个问题已经销号，不用移交。请刷新页面查看最新情况。")
    before, finding.school = finding.school, school
    entry = steps.write(finding, K.TRANSFER, f"{text}，由{school.name}继续整改", by=by)
    steps.notify_school(finding, f"由{before.name}移交本校整改", by=by)
    audit.record(
        "finding.transfer",
        by=by,
        obj=finding,
        **steps.place(finding),
        before={"school": before.code},
        after={"school": school.code, "text": text},
    )
    return entry


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
