"""What people without an account send and ask: complaints with their receipts. No line in the trail: it would hold their address."""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from inspections.publicity.models import Complaint, PublicPage
from portal.core.lib import dates
from portal.core.notices.actions import notify
from schools.access.scope import Perm, users_with
from schools.directory.models import School

# From one address within the time failed log-ins are counted for; more have to wait.
MOST = 5
_COUNTED = "public-complaint"
_BYTES = 10


@dataclass(frozen=True, slots=True)
class SentComplaint:
    """What somebody wrote on the form; `key` is the form's own, so that it is taken once however often it is sent."""

    school: School | None
    text: str
    contact: str
    key: UUID


def code_of(key: UUID) -> str:
    """80 bits nobody can guess without the portal's key."""
    drawn = salted_hmac("publicity.receipt", key.hex, algorithm="sha256").digest()
    return b32encode(drawn[:_BYTES]).decode().lower()


def find(page: PublicPage, code: str) -> Complaint | None:
    rows = Complaint.objects.select_related("school").filter(district=page.district_id)
    return rows.filter(digest=_digest(code)).first()


@transaction.atomic
def send(page: PublicPage, sent: SentComplaint) -> Complaint:
    """The bureau has until the promised day. A second time changes nothing."""
    today = timezone.localdate()
    complaint, is_new = Complaint.objects.get_or_create(
        digest=_digest(code_of(sent.key)),
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


def is_too_often(address: str) -> bool:
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


def _digest(code: str) -> str:
    return salted_hmac("publicity.digest", code.strip().lower().replace(" ", ""), algorithm="sha256").hexdigest()
