"""Actions of two-step sign-in: setting up, checking a code, recovery codes, turning off."""

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts import login_names
from portal.core.accounts.models import RecoveryCode, User
from portal.core.accounts.two_step import devices
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid

CODES = 10
NOTHING_WAITS = "没有等待确认的验证应用。请重新开启两步验证。"
# Without 0 O 1 I: written on paper and typed by hand. 10 signs hold 50 bits.
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 10
_WRONG = "验证码不正确或已经用过。每个验证码只能用一次，请等应用换出新的验证码再输入。"


@transaction.atomic
def begin(*, by: User) -> TOTPDevice:
    """Make a new secret for an authenticator app; nothing changes until its first code is confirmed."""
    _lock(by)
    if devices.is_on(by):
        raise Conflict("两步验证已经开启。换手机请先关闭，再重新开启。")
    TOTPDevice.objects.filter(user=by, confirmed=False).delete()
    device = TOTPDevice.objects.create(user=by, name="app", confirmed=False)
    audit.record("two_step.begin", by=by, obj=by)
    return device


@transaction.atomic
def confirm(*, code: str, by: User) -> list[str] | None:
    """Turn two-step sign-in on with the app's first code; return the recovery codes, None for a wrong code.

    Sessions begun before are over, the caller's own is to be begun anew.
    """
    user = _lock(by)
    device = devices.being_set_up(by)
    if device is None:
        raise Conflict(NOTHING_WAITS)
    if not device.verify_token(login_names.tidy(code)):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    user.sessions_ended_at = timezone.now()
    user.save(update_fields=["sessions_ended_at"])
    audit.record("two_step.on", by=by, obj=by)
    return _new_codes(by)


@transaction.atomic
def verify(*, code: str, by: User) -> str:
    """Check a code of the app or a recovery code, each accepted once; return "" or what is wrong, in words.

    Wrong ones are counted in the database: the next try waits 1, 2, 4, 8 … seconds.
    """
    device = TOTPDevice.objects.select_for_update(no_key=True).filter(user=by, confirmed=True).first()
    if device is None:
        raise Invalid("这个账号没有开启两步验证，请重新登录。")
    allowed, why = device.verify_is_allowed()
    if not allowed:
        seconds = int((why["locked_until"] - timezone.now()).total_seconds()) + 1
        return f"验证码刚刚输错，请 {seconds} 秒后再试。"
    typed = login_names.tidy(code).upper().replace("-", "")
    if len(typed) == _LENGTH:
        right = RecoveryCode.objects.filter(digest=_digest(by, typed), used_at=None).update(used_at=timezone.now()) == 1
        device.throttle_reset() if right else device.throttle_increment()
        if right:
            audit.record("two_step.recovery", by=by, obj=by)
    else:
        right = device.verify_token(typed)
    if not right:
        audit.record("two_step.wrong", by=by, obj=by, success=False)
    return "" if right else _WRONG


@transaction.atomic
def renew_codes(*, by: User) -> list[str]:
    """Replace the recovery codes; return the new ones, which are stored nowhere."""
    _lock(by)
    if not devices.is_on(by):
        raise Conflict("还没有开启两步验证。")
    audit.record("two_step.codes", by=by, obj=by)
    return _new_codes(by)


@transaction.atomic
def turn_off(*, by: User) -> None:
    """Sign in with the password alone again; where a role asks for the second step it must be set up anew.

    Sessions begun before are over, the caller's own is to be begun anew.
    """
    user = _lock(by)
    devices.remove(user)
    user.sessions_ended_at = timezone.now()
    user.save(update_fields=["sessions_ended_at"])
    audit.record("two_step.off", by=by, obj=by)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    return salted_hmac("portal.recovery-code", f"{user.pk}:{code}", algorithm="sha256").hexdigest()
