"""What every step on a finding shares: its number, the lock, the stale-tab check, the dated entry, who is notified."""

from collections.abc import Iterable
from datetime import date
from typing import TypedDict

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse

from inspections.rectification import workflow
from inspections.rectification.models import Entry, EntryFile, Finding, LedgerCount
from inspections.visits import files
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.notices.actions import notify
from schools.access.permissions import Perm
from schools.access.scope import users_with

MAX_FILES = 10


def locked(finding_id: int) -> Finding:
    """Lock the finding's row for the rest of the transaction. Raises NotFound when there is none."""
    findings = Finding.objects.select_for_update(of=("self",), no_key=True).select_related("school__district")
    finding = findings.filter(pk=finding_id).first()
    if finding is None:
        raise NotFound("没有这个问题，或不在您可以查看的范围内。")
    return finding


def move(finding: Finding, verb: str, *, version: int) -> None:
    """Put the finding into the state after `verb`. Raises Conflict for a stale tab or a wrong state."""
    state = workflow.move(finding.state, verb)
    if finding.version != version:
        raise Conflict("这个问题刚有新的进展，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    finding.state = state


def write(
    finding: Finding,
    kind: str,
    text: str,
    *,
    by: User,
    due_on: date | None = None,
    uploads: Iterable[UploadedFile] = (),
    public_reason: str = "",
) -> Entry:
    """Save the finding with a new version and add the dated step with its files. Raises Invalid for a blank text."""
    text, uploads = text.strip(), list(uploads)
    if not text:
        raise Invalid(f"请填写“{Entry.Kind(kind).label}”的内容。")
    if len(uploads) > MAX_FILES:
        raise Invalid(f"一次最多上传 {MAX_FILES} 个文件，现有 {len(uploads)} 个。请分几次上传。")
    finding.version += 1
    finding.updated_by = by
    finding.save()
    entry = Entry.objects.create(finding=finding, kind=kind, text=text, due_on=due_on, by=by)
    for upload in uploads:
        EntryFile.objects.create(entry=entry, document=files.keep(upload, by=by, public_reason=public_reason))
    return entry


class AuditPlace(TypedDict):
    """District and school codes for the audit trail."""

    district: str
    school: str


def place(finding: Finding) -> AuditPlace:
    return AuditPlace(district=finding.school.district.code, school=finding.school.code)


def notify_school(finding: Finding, text: str, *, by: User) -> None:
    """Notify the school's reporter and principal, once per version of the finding."""
    _notify(finding, Perm.FINDING_RECTIFY, text, "school", by)


def notify_verifiers(finding: Finding, text: str, *, by: User) -> None:
    """Notify those who may verify the finding, once per version of it."""
    _notify(finding, Perm.FINDING_VERIFY, text, "verifier", by)


def _notify(finding: Finding, perm: Perm, text: str, audience: str, by: User) -> None:
    people = users_with(perm, school=finding.school)
    url = reverse("rectification:detail", args=[finding.pk])
    notify(
        people,
        text=f"{finding.number} {text}",
        url=url,
        key=f"finding:{finding.pk}:{finding.version}:{audience}",
        by=by,
    )


def take_numbers(*, ledger: str, year: int, source: str, count: int = 1) -> list[str]:
    """The next `count` numbers; the counter stays locked until the caller commits, and a rollback gives them back."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_numbers needs the transaction of the action that uses the numbers")
    LedgerCount.objects.get_or_create(ledger=ledger, year=year, source=source)
    counter = LedgerCount.objects.select_for_update(no_key=True).get(ledger=ledger, year=year, source=source)
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return [f"{year}-{source}-{number:03d}" for number in range(first, first + count)]
