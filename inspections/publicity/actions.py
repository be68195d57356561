"""Actions on what a district shows everybody: its page, notices, complaints and what becomes of them. Who complains leaves no trail."""

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.publicity import queries, workflow
from inspections.publicity.models import Complaint, PublicNotice, PublicPage
from inspections.rectification import queries as ledger, raising
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure, users_with
from schools.directory.models import District, School

# From one address within the time failed log-ins are counted for; more have to wait.
MOST = 5
_COUNTED = "public-complaint"


@transaction.atomic
def set_page(*, district: District, by: User, **chosen: Any) -> PublicPage:
    """`chosen` by field of PublicPage. Raises Invalid for a conclusion of another district."""
    ensure(by, Perm.DISTRICT_EDIT, district)
    District.objects.select_for_update(no_key=True).get(pk=district.pk)
    milestone = chosen.get("milestone")
    if milestone and milestone.round.district_id != district.pk:
        raise Invalid("没有保存：这个冻结节点是别的区县的，请重新选择。")
    page = PublicPage.objects.filter(district=district).first() or PublicPage(district=district, created_by=by)
    before = {name: _plain(getattr(page, name)) for name in chosen} if page.pk else {}
    for name, value in chosen.items():
        setattr(page, name, value)
    page.updated_by = by
    page.save()
    after = {name: _plain(value) for name, value in chosen.items()}
    audit.record("public_page.set", by=by, obj=page, before=before, after=after)
    return page


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, object) and hasattr(value, "pk") else value


@transaction.atomic
def publish(*, district: District, kind: str, title: str, text: str, by: User) -> PublicNotice:
    """Public, as long as the district's page is open."""
    ensure(by, Perm.DISTRICT_EDIT, district)
    said = {"kind": PublicNotice.Kind(kind), "title": written.prose(title).strip(), "text": written.prose(text).strip()}
    notice = PublicNotice.objects.create(district=district, created_by=by, updated_by=by, **said)
    audit.record("public_notice.publish", by=by, obj=notice, after=said)
    return notice


@transaction.atomic
def withdraw(*, notice_id: int, by: User) -> PublicNotice:
    """A second time changes nothing."""
    rows = PublicNotice.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    notice = rows.filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("没有这条公告，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, notice)
    if notice.withdrawn_at is None:
        notice.withdrawn_at, notice.withdrawn_by, notice.updated_by = timezone.now(), by, by
        notice.save()
        audit.record("public_notice.withdraw", by=by, obj=notice)
    return notice


@dataclass(frozen=True, slots=True)
class SentComplaint:
    """What somebody wrote on the form; `key` is the form's own, so that it is taken once however often it is sent."""

    school: School | None
    text: str
    contact: str
    key: UUID


@transaction.atomic
def complain(*, page: PublicPage, sent: SentComplaint) -> Complaint:
    """The bureau has until the promised day. A second time changes nothing.

    No line in the audit trail: it would hold the address of who complains.
    """
    today = timezone.localdate()
    complaint, is_new = Complaint.objects.get_or_create(
        digest=queries.digest(queries.receipt(sent.key)),
        defaults={
            "district": page.district,
            "school": sent.school,
            "text": sent.text,
            "contact": sent.contact,
            "received_on": today,
            "due_on": dates.add_days(today, dates.Period(page.answer_days)),
        },
    )
    if is_new:
        notify(
            users_with(Perm.FINDING_DISPATCH, page.district),
            text=f"收到一件群众反映，请在{dates.day(complaint.due_on)}前答复",
            url=reverse("publicity:complaint", args=[complaint.pk]),
            key=f"complaint:{complaint.pk}",
            by=None,
        )
    return complaint


def is_too_often(*, address: str) -> bool:
    """Counts one more for an address, in the table of failed sign-ins (django-axes), under a digest."""
    digest = sha256(f"{settings.SECRET_KEY}:{_COUNTED}:{address}".encode()).digest()
    now = timezone.now()
    row, _ = AccessAttempt.objects.get_or_create(
        username=_COUNTED,
        ip_address=str(IPv6Address(b"\xfd" + digest[:15])),
        user_agent="",
        defaults={"failures_since_start": 0},
    )
    if row.attempt_time < now - settings.AXES_COOLOFF_TIME:
        row.failures_since_start = 0
    # The time begins with the first one.
    elif row.failures_since_start >= MOST:
        return True
    if row.failures_since_start == 0:
        row.attempt_time = now
    row.failures_since_start += 1
    row.save(update_fields=["attempt_time", "failures_since_start"])
    return False


@transaction.atomic
def accept(*, complaint_id: int, content: FindingContent, despite: str = "", by: User) -> Finding:
    """A finding (群众反映) that waits to be dispatched.

    Raises Conflict for one already dealt with, and as registering a finding does.
    """
    complaint = workflow.begin("accept", complaint_id, by)
    unit = complaint.school or complaint.district
    ledger.ensure_sound(content, complaint.district_id)
    finding = raising.new(unit, Finding.Source.COMPLAINT, content, by, despite=despite)
    finding.save()
    complaint.finding = finding
    complaint.save()
    audit.record("complaint.accept", by=by, obj=complaint, after={"finding": finding.number})
    audit.record("finding.register", by=by, obj=finding, after=raising.registered(finding, content))
    return finding


@transaction.atomic
def answer(*, complaint_id: int, text: str, by: User) -> Complaint:
    """Readable with the receipt. Raises Conflict for one answered already."""
    complaint = workflow.begin("answer", complaint_id, by)
    text = written.prose(text).strip()
    if not text:
        raise Invalid("请写答复的内容。")
    complaint.answer, complaint.answered_at, complaint.answered_by = text, timezone.now(), by
    complaint.save()
    audit.record("complaint.answer", by=by, obj=complaint, after={"answer": text})
    return complaint
