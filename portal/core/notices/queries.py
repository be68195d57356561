"""Reads of a person's notices."""

from django.db.models import QuerySet

from portal.core.accounts.models import User
from portal.core.notices.models import Notice


def for_user(user: User, *, unread_only: bool = False) -> QuerySet[Notice]:
    """Return a person's notices, newest first."""
    notices = Notice.objects.filter(user=user)
    return notices.filter(read_at=None) if unread_only else notices
