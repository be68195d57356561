"""Actions a person does with the own account: signing in and out, the password, two-step sign-in (两步验证)."""

import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts import authentication, queries
from portal.core.accounts.models import RecoveryCode, User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid

# Asked for again by somebody signed in: so many wrong passwords in a row end the session.
MOST_WRONG = 5
NAME_WANTED = "请填写您本人的姓名。以后的每一步操作都以这个姓名记录。"
CODES = 10
NOTHING_WAITS = "没有等待确认的验证应用。请重新开启两步验证。"
# Without 0 O 1 I: written on paper and typed by hand. 10 signs hold 50 bits.
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 10
_WRONG_CODE = "验证码不正确或已经用过。每个验证码只能用一次，请等应用换出新的验证码再输入。"


@transaction.atomic
def note_sign_in(*, by: User) -> None:
    User.objects.filter(pk=by.pk).exclude(wrong_passwords=0).update(wrong_passwords=0)
    audit.record("account.sign_in", by=by, obj=by)


@transaction.atomic
def note_failed_sign_in(*, username: str, locked: bool, by: None = None) -> None:
    """The password is never recorded."""
    name = queries.plain_name(username)
    user = User.objects.filter(username__iexact=name).first()
    audit.record(
        "account.sign_in_failed", by=by, obj=user, after={"username": name[:50], "locked": locked}, success=False
    )


@transaction.atomic
def note_sign_out(*, by: User | AnonymousUser) -> None:
    if isinstance(by, User):
        audit.record("account.sign_out", by=by, obj=by)


def confirm_password(*, password: str, by: User) -> int | None:
    """None if it is right, else how many tries are left; wrong ones are counted until a right one."""
    # Hashing is slow on purpose; done before the transaction, so that nobody waits for the database meanwhile.
    is_right = check_password(password, by.password)
    with transaction.atomic():
        user = _lock(by)
        # Tries at the same time are counted one after the other; a password changed meanwhile is not right any more.
        right = is_right and user.password == by.password and user.wrong_passwords < MOST_WRONG
        wrong = 0 if right else min(user.wrong_passwords + 1, MOST_WRONG)
        if not right and wrong > user.wrong_passwords:
            audit.record("account.confirm_failed", by=by, obj=by, after={"tries": wrong}, success=False)
        if wrong != user.wrong_passwords:
            User.objects.filter(pk=user.pk).update(wrong_passwords=wrong)
    return None if right else MOST_WRONG - wrong


def change_password(*, new: str, by: User, name: str = "") -> User:
    """An account issued in bulk also needs the `name`. Raises Invalid with the rules broken."""
    own_name = " ".join(name.split())
    if by.is_unnamed and own_name in ("", by.name):
        raise Invalid(NAME_WANTED)
    # Hashed before the transaction, as in `confirm_password`.
    authentication.check_password_rules(new, by)
    encoded = make_password(new)
    with transaction.atomic():
        user = _lock(by)
        authentication.replace_password(user, encoded, is_first=False)
        before, after = {}, {}
        if user.is_unnamed:
            before, after = {"name": user.name}, {"name": own_name}
            user.name, user.is_unnamed = own_name, False
            user.save(update_fields=["name", "is_unnamed"])
        audit.record("account.change_password", by=user, obj=user, before=before, after=after)
    return user


@transaction.atomic
def begin_two_step(*, by: User) -> TOTPDevice:
    """Nothing changes until the app's first code is confirmed."""
    _lock(by)
    if authentication.has_two_step(by):
        raise Conflict("两步验证已经开启。换手机请先关闭，再重新开启。")
    TOTPDevice.objects.filter(user=by, confirmed=False).delete()
    device = TOTPDevice.objects.create(user=by, name="app", confirmed=False)
    audit.record("two_step.begin", by=by, obj=by)
    return device


@transaction.atomic
def confirm_two_step(*, code: str, by: User) -> list[str] | None:
    """Returns the recovery codes, None for a wrong code. Earlier sessions end."""
    user = _lock(by)
    device = authentication.device_being_set_up(by)
    if device is None:
        raise Conflict(NOTHING_WAITS)
    if not device.verify_token(queries.plain_name(code)):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    user.sessions_ended_at = timezone.now()
    user.save(update_fields=["sessions_ended_at"])
    audit.record("two_step.on", by=by, obj=by)
    return _new_codes(by)


@transaction.atomic
def verify_code(*, code: str, by: User) -> str:
    """Of the app or a recovery code, each once; "" or what is wrong.

    Wrong ones delay the next try by 1, 2, 4, 8 … seconds.
    """
    device = TOTPDevice.objects.select_for_update(no_key=True).filter(user=by, confirmed=True).first()
    if device is None:
        raise Invalid("这个账号没有开启两步验证，请重新登录。")
    allowed, why = device.verify_is_allowed()
    if not allowed:
        seconds = int((why["locked_until"] - timezone.now()).total_seconds()) + 1
        return f"验证码刚刚输错，请 {seconds} 秒后再试。"
    typed = queries.plain_name(code).upper().replace("-", "")
    if len(typed) == _CODE_LENGTH:
        unused = RecoveryCode.objects.filter(digest=_digest(by, typed), used_at=None)
        right = unused.update(used_at=timezone.now()) == 1
        device.throttle_reset() if right else device.throttle_increment()
        if right:
            audit.record("two_step.recovery", by=by, obj=by)
    else:
        right = device.verify_token(typed)
    if not right:
        audit.record("two_step.wrong", by=by, obj=by, success=False)
    return "" if right else _WRONG_CODE


@transaction.atomic
def renew_codes(*, by: User) -> list[str]:
    """Stored nowhere."""
    _lock(by)
    if not authentication.has_two_step(by):
        raise Conflict("还没有开启两步验证。")
    audit.record("two_step.codes", by=by, obj=by)
    return _new_codes(by)


@transaction.atomic
def turn_off_two_step(*, by: User) -> None:
    """Earlier sessions end."""
    user = _lock(by)
    authentication.remove_two_step(user)
    user.sessions_ended_at = timezone.now()
    user.save(update_fields=["sessions_ended_at"])
    audit.record("two_step.off", by=by, obj=by)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_CODE_LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    return salted_hmac("portal.recovery-code", f"{user.pk}:{code}", algorithm="sha256").hexdigest()
