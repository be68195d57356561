"""Sending and reading notices."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotFound
from portal.core.notices.models import LONGEST, Notice


def notify(users: Iterable[User], *, text: str, url: str, key: str, by: User | None) -> None:
    """Put one message in each person's inbox, once per `key`, in the caller's transaction.

    `by` is whose action it is about: nobody is notified of what they did themselves.
    None where the one who asked waits for it, as at the end of a job.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("notices.notify needs the transaction of the action that causes it")
    people = {user.pk: user for user in users if by is None or user.pk != by.pk}
    rows = [Notice(user=user, text=_sentence(text), url=url, key=key) for user in people.values()]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _sentence(text: str) -> str:
    """The text ended as a sentence; one that is too long says that it goes on."""
    text = f"{text.strip().rstrip('。')}。"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@transaction.atomic
def mark_read(*, notice_id: int, by: User) -> Notice:
    """Mark one's own notice as read. Raises NotFound for anybody else's."""
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
    """Mark all of one's own notices as read; returns how many were unread."""
    count = Notice.objects.filter(user=by, read_at=None).update(read_at=timezone.now())
    if count:
        audit.record("notice.read_all", by=by, obj=by, after={"count": count})
    return count
