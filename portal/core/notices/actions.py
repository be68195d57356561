"""Sending and reading notices."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound
from portal.core.notices import channels
from portal.core.notices.models import LONGEST, Notice


def notify(users: Iterable[User], *, text: str, url: str, key: str, by: User | None) -> None:
    """Once per person and `key`, in the caller's transaction. `by` acts and is not notified; None where they wait for it."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("notices.notify needs the transaction of the action that causes it")
    people = {user.pk: user for user in users if by is None or user.pk != by.pk}
    text = f"{text.strip().rstrip('。')}。"
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    rows = [Notice(user=user, text=text, url=url, key=key) for user in people.values()]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def mark_read(*, notice_id: int, by: User) -> Notice:
    """Raises NotFound for anybody else's notice."""
    notice = Notice.objects.filter(pk=notice_id, user=by).first()
    if notice is None:
        raise NotFound("没有这条消息，或它不是发给您的。")
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
        audit.record("notice.read", by=by, obj=notice)
    return notice


@transaction.atomic
def mark_all_read(*, by: User) -> int:
    count = Notice.objects.filter(user=by, read_at=None).update(read_at=timezone.now())
    if count:
        audit.record("notice.read_all", by=by, obj=by, after={"count": count})
    return count


@transaction.atomic
def choose_digest(*, channel: str, email: str, by: User) -> User:
    """Where one's own daily digest goes besides the inbox; "" for nowhere. Raises Invalid."""
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if channel and channel not in channels.for_people():
        raise Invalid("本系统没有开通这种发送方式。请另选一种，或联系局管理员。")
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid("邮箱地址不完整，例如 zhangsan@example.gov.cn。") from error
    if channel == channels.Channel.EMAIL and not email:
        raise Invalid("选了邮件，请填写邮箱地址。")
    if channel == channels.Channel.SMS and not person.phone:
        raise Invalid("您的账号没有联系电话。请局管理员在“账号”里登记手机号以后再选短信。")
    before, after = {"digest": person.digest, "email": person.email}, {"digest": channel, "email": email}
    if before != after:
        person.digest, person.email = channel, email
        person.save(update_fields=["digest", "email"])
        audit.record("account.choose_digest", by=by, obj=person, before=before, after=after)
    return person
