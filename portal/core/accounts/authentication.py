"""Who is let in: passwords by their rules, guessing locked out, the second step.

Passwords follow a profile (等保2.0 三级: length, mixed classes, age, no return to old ones). Five failures lock account
and address, spraying is slowed, people's own browsers stay open: django-axes counts in the database, and a browser in
which the account has signed in before is counted apart (OWASP: device cookies), so that nobody at the same address, as
behind a school's router, locks its owner out. Two-step sign-in (两步验证) asks for a code of an app or a recovery code.
Views that need no particular right carry `public` or `signed_in`, every other one `require`.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.utils import reset as reset_attempts
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password
from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts import queries
from portal.core.accounts.models import FormerPassword, RecoveryCode, User
from portal.core.errors import Invalid, Problem

# So many former passwords are stored, as hashes.
REMEMBERED = 5
# Without 0 O 1 l I: read from paper and typed by hand.
_LOWER, _UPPER, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_FIRST_LENGTH = 12
# From one address: after this many failures, on whatever accounts, one more try each PAUSE.
SPRAY_LIMIT = 20
PAUSE = timedelta(seconds=30)
_BROWSER_SALT = "portal.known-browser"
_COOKIE_SECONDS = 365 * 24 * 3600
_MOST_PEOPLE = 20
_PENDING = "pending_sign_in"
_PENDING_SECONDS = 300

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request as a guarded view gets it: somebody is signed in (for type checks only)."""

    user: User  # type: ignore[assignment]


def public(view: View) -> View:
    view.required = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    guarded = login_required(view)
    guarded.required = "signed_in"  # type: ignore[attr-defined]
    return guarded


class PasswordHasher(Argon2PasswordHasher):
    """As OWASP asks for: a signing at a deadline costs 25 ms, and 16 threads checking at once 300 MB.

    With Django's own numbers they cost 225 ms and 1.6 GB.
    """

    time_cost, memory_cost, parallelism = 2, 19456, 1


class LengthValidator(MinimumLengthValidator):
    """Django's rule, in Chinese: the sentence it refuses with is not translated yet."""

    def get_error_message(self) -> str:
        return f"密码太短，至少要有 {self.min_length} 位。"


class MixedClassesValidator:
    """At least three of: lower case, upper case, digits, other characters."""

    message = "密码须包含大写字母、小写字母、数字、符号中的至少三类"

    def validate(self, password: str, user: object = None) -> None:
        kinds = [r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"]
        if sum(bool(re.search(kind, password)) for kind in kinds) < 3:
            raise ValidationError(self.message, code="password_classes")

    def get_help_text(self) -> str:
        return self.message


class NotUsedBeforeValidator:
    """Neither the present password nor one of the last so many."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.remembered = remembered

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = user.former_passwords.values_list("password", flat=True)[: self.remembered]
        if any(check_password(password, known) for known in (user.password, *former)):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return f"新密码不能与现在的密码{f'、最近 {self.remembered} 次用过的密码' if self.remembered else ''}相同。"


def is_password_old(user: User) -> bool:
    days, since = settings.PASSWORD_MAX_AGE_DAYS, user.password_changed_at
    return bool(days and since and timezone.now() - since > timedelta(days=days))


def is_password_change_due(user: User) -> bool:
    return user.must_change_password or is_password_old(user)


def check_password_rules(password: str, user: User) -> None:
    """Raises Invalid with every rule broken."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("密码不符合要求。", [Problem(message) for message in error.messages]) from error


def replace_password(user: User, encoded: str, *, is_first: bool) -> None:
    FormerPassword.objects.create(user=user, password=user.password)
    remembered = user.former_passwords.values("pk")[:REMEMBERED]
    FormerPassword.objects.filter(user=user).exclude(pk__in=list(remembered.values_list("pk", flat=True))).delete()
    user.password, user.must_change_password, user.password_changed_at = encoded, is_first, timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])


def first_password() -> str:
    """Random, with lower case, upper case and digits (about 68 bits)."""
    pools = (_LOWER, _UPPER, _DIGITS)
    letters = [secrets.choice(pool) for pool in pools]
    letters += [secrets.choice("".join(pools)) for _ in range(_FIRST_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


class LockoutHandler(AxesDatabaseHandler):
    """Counts of django-axes, and the pause for an address that fails too often."""

    def is_locked(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        return super().is_locked(request, credentials) or seconds_to_wait(request) > 0


def seconds_to_wait(request: HttpRequest) -> int:
    """After failures on many accounts."""
    now = timezone.now()
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
        attempt_time__gte=now - settings.AXES_COOLOFF_TIME,
    ).aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (recent["failures"] or 0) < SPRAY_LIMIT:
        return 0
    left = (recent["last"] + PAUSE - now).total_seconds()
    return max(0, int(left) + 1) if left > 0 else 0


def counted_username(request: HttpRequest, credentials: dict | None = None) -> str:
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return queries.name_key(typed)[:255]


def counted_address(request: HttpRequest) -> str | None:
    """A browser known for the account counts under an address of its own in fd00::/8."""
    number, accounts = _known_browser(request)
    if _mark(counted_username(request)) in accounts:
        digest = hashlib.sha256(number.encode()).digest()
        return str(IPv6Address(b"\xfd" + digest[:15]))
    return request.META.get("REMOTE_ADDR") or None


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Failures of strangers elsewhere no longer lock this person out."""
    number, accounts = _known_browser(request)
    mark = _mark(queries.name_key(user.username))
    accounts = [mark, *(one for one in accounts if one != mark)][:_MOST_PEOPLE]
    value = signing.dumps({"number": number or secrets.token_hex(16), "accounts": accounts}, salt=_BROWSER_SALT)
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        value,
        max_age=_COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def lift_lockout(user: User) -> None:
    reset_attempts(username=queries.name_key(user.username))


def _known_browser(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's number and the marks of its accounts."""
    try:
        content = signing.loads(
            request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""), salt=_BROWSER_SALT, max_age=_COOKIE_SECONDS
        )
        return content["number"], content["accounts"]
    except (signing.BadSignature, KeyError, TypeError):
        return "", []


def _mark(name: str) -> str:
    return salted_hmac(_BROWSER_SALT, name).hexdigest()[:16]


def has_two_step(user: User) -> bool:
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def needs_two_step(user: User) -> bool:
    """By a role the person holds today (TWO_STEP_ROLES)."""
    required = set(settings.TWO_STEP_ROLES)
    return bool(required) and not required.isdisjoint(import_string(settings.ACCOUNT_ROLES)(user))


def device_being_set_up(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()


def codes_left(user: User) -> int:
    return user.recovery_codes.filter(used_at__isnull=True).count()


def remove_two_step(user: User) -> None:
    """Inside the caller's transaction."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def set_pending(request: HttpRequest, user: User, leads_to: str) -> None:
    # The hash ends it when the password is changed meanwhile.
    """The password was right; the code is still to come."""
    request.session[_PENDING] = [user.pk, user.get_session_auth_hash(), time.time(), leads_to]


def pending(request: HttpRequest) -> tuple[User, str] | None:
    pk, known, since, leads_to = request.session.get(_PENDING, [None, "", 0, ""])
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or user.get_session_auth_hash() != known or time.time() - since > _PENDING_SECONDS:
        return None
    return user, leads_to


def clear_pending(request: HttpRequest) -> None:
    request.session.pop(_PENDING, None)
