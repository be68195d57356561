"""Sending and reading notices."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotFound
from portal.core.notices.models import LONGEST, Notice


def notify(users: Iterable[User], *, text: str, url: str, key: str, by: User | None) -> None:
    """Once per person and `key`, in the caller's transaction. `by` is not notified; None where they wait for it."""
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
