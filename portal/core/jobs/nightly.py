"""Leaves the jobs of the night: rows first, one of a kind a day, whoever asks and however often."""

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.core.accounts import queries as accounts
from portal.core.jobs import actions
from portal.core.jobs.models import Job


@shared_task(name="portal.core.jobs.nightly.leave")
def leave() -> None:
    """Called all day, so that a night without power is made up for."""
    now = timezone.localtime()
    if now.hour < settings.NIGHTLY_HOUR:
        return
    keys = {}
    for kind, title in settings.NIGHTLY.items():
        key, hours = f"nightly:{kind}:{now.date()}", settings.NIGHTLY_HOURS.get(kind)
        if not hours:
            keys[key] = kind, title
        # Of missed runs of a day only the last.
        elif passed := [hour for hour in hours if hour <= now.hour]:
            keys[f"{key}:{max(passed)}"] = kind, title
    known = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    with transaction.atomic():
        for key in keys.keys() - known:
            kind, title = keys[key]
            args = {"day": str(now.date())}
            actions.enqueue(kind=kind, title=title, args=args, key=key, by=accounts.system_user())
