"""Two-step sign-in (两步验证): the app and the recovery codes of an account, and who is between password and code."""

import time

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts.models import RecoveryCode, User

_PENDING = "pending_sign_in"
_PENDING_SECONDS = 300


def is_on(user: User) -> bool:
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def is_required(user: User) -> bool:
    """By a role the person holds today (TWO_STEP_ROLES)."""
    required = set(settings.TWO_STEP_ROLES)
    return bool(required) and not required.isdisjoint(import_string(settings.ACCOUNT_ROLES)(user))


def being_set_up(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()


def codes_left(user: User) -> int:
    return user.recovery_codes.filter(used_at__isnull=True).count()


def remove(user: User) -> None:
    """Inside the caller's transaction."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def set_pending(request: HttpRequest, user: User, leads_to: str) -> None:
    """The password was right."""
    # The hash ends it when the password is changed meanwhile.
    request.session[_PENDING] = [user.pk, user.get_session_auth_hash(), time.time(), leads_to]


def pending(request: HttpRequest) -> tuple[User, str] | None:
    """Who waits for the code and the page they wanted."""
    pk, known, since, leads_to = request.session.get(_PENDING, [None, "", 0, ""])
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or user.get_session_auth_hash() != known or time.time() - since > _PENDING_SECONDS:
        return None
    return user, leads_to


def clear_pending(request: HttpRequest) -> None:
    request.session.pop(_PENDING, None)
