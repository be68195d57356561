"""What stands behind two-step sign-in: the app and the recovery codes of an account."""

from django.conf import settings
from django.utils.module_loading import import_string
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts.models import RecoveryCode, User


def is_on(user: User) -> bool:
    """Whether the account signs in with a code beside the password."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def is_required(user: User) -> bool:
    """Whether a role the person holds today asks for it (TWO_STEP_ROLES)."""
    required = set(settings.TWO_STEP_ROLES)
    return bool(required) and not required.isdisjoint(import_string(settings.ACCOUNT_ROLES)(user))


def being_set_up(user: User) -> TOTPDevice | None:
    """Return the app that waits for its first code."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()


def codes_left(user: User) -> int:
    """Return how many recovery codes are not used yet."""
    return user.recovery_codes.filter(used_at__isnull=True).count()


def remove(user: User) -> None:
    """Forget the app and the recovery codes, inside the caller's transaction."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
