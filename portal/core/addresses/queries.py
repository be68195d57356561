"""The link that asks a person whether an address is right: made, and looked at when it comes back."""

from datetime import timedelta

from django.core import signing

from portal.core.accounts.models import User
from portal.core.errors import NotFound

VALID_FOR = timedelta(days=3)


def token_of(person: User) -> str:
    """The address is part of the signature, so another address makes it void."""
    return _signer(person).sign(str(person.pk))


def ensure_valid(person: User, token: str) -> None:
    """Raises NotFound."""
    try:
        named = _signer(person).unsign(token, max_age=VALID_FOR)
    except signing.BadSignature:
        named = ""
    if named != str(person.pk):
        raise NotFound("这个链接已经失效：超过 3 天，邮箱已经改过，或不是发给您的。请在“每日汇总”里重新发送确认邮件。")


def _signer(person: User) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"portal.confirm-email:{person.email}")
