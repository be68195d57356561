"""Guessing passwords: five failures lock account and address, spraying is slowed, people's own browsers stay open.

django-axes counts in the database. A browser in which the account has signed in before is counted apart (OWASP:
device cookies), so that nobody at the same address, as behind a school's router, locks its owner out.
"""

import hashlib
import secrets
from datetime import timedelta
from ipaddress import IPv6Address

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.utils import reset as reset_attempts
from django.conf import settings
from django.core import signing
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.core.accounts import queries
from portal.core.accounts.models import User

# From one address: after this many failures, on whatever accounts, one more try each PAUSE.
SPRAY_LIMIT = 20
PAUSE = timedelta(seconds=30)
_SALT = "portal.known-browser"
_COOKIE_SECONDS = 365 * 24 * 3600
_MOST_PEOPLE = 20


class Handler(AxesDatabaseHandler):
    """Counts of django-axes, and the pause for an address that fails too often."""

    def is_locked(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        """A try refused unseen writes nothing."""
        return super().is_locked(request, credentials) or seconds_to_wait(request) > 0


def seconds_to_wait(request: HttpRequest) -> int:
    """After failures on many accounts; 0 = not at all."""
    now = timezone.now()
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
        attempt_time__gte=now - settings.AXES_COOLOFF_TIME,
    ).aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (recent["failures"] or 0) < SPRAY_LIMIT:
        return 0
    left = (recent["last"] + PAUSE - now).total_seconds()
    return max(0, int(left) + 1) if left > 0 else 0


def username(request: HttpRequest, credentials: dict | None = None) -> str:
    """One counter, however its name is typed."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return queries.name_key(typed)[:255]


def address(request: HttpRequest) -> str | None:
    """A browser known for the account counts under an address of its own in fd00::/8."""
    number, accounts = _known(request)
    if _mark(username(request)) in accounts:
        digest = hashlib.sha256(number.encode()).digest()
        return str(IPv6Address(b"\xfd" + digest[:15]))
    return request.META.get("REMOTE_ADDR") or None


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """What a stranger fails elsewhere no longer counts."""
    number, accounts = _known(request)
    mark = _mark(queries.name_key(user.username))
    accounts = [mark, *(one for one in accounts if one != mark)][:_MOST_PEOPLE]
    value = signing.dumps({"number": number or secrets.token_hex(16), "accounts": accounts}, salt=_SALT)
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        value,
        max_age=_COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def lift(user: User) -> None:
    reset_attempts(username=queries.name_key(user.username))


def _known(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's number and the marks of its accounts; blank for a new one."""
    try:
        content = signing.loads(
            request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""), salt=_SALT, max_age=_COOKIE_SECONDS
        )
        return content["number"], content["accounts"]
    except (signing.BadSignature, KeyError, TypeError):
        return "", []


def _mark(name: str) -> str:
    return salted_hmac(_SALT, name).hexdigest()[:16]
