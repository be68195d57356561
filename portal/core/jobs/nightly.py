"""Leaves the jobs of the night: rows first, one of a kind a day, whoever asks and however often."""

from collections.abc import Iterator

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.core.accounts import queries as accounts
from portal.core.jobs import actions
from portal.core.jobs.models import Job


def _due(hour: int) -> Iterator[tuple[str, str, str]]:
    """Kind, what distinguishes its runs of a day, title; of missed runs only the last."""
    for kind, title in settings.NIGHTLY.items():
        if hours := settings.NIGHTLY_HOURS.get(kind):
            if passed := [one for one in hours if one <= hour]:
                yield kind, f":{max(passed)}", title
        else:
            yield kind, "", title


@shared_task(name="portal.core.jobs.nightly.leave")
def leave() -> None:
    """Called all day, so that a night without power is made up for."""
    now = timezone.localtime()
    if now.hour < settings.NIGHTLY_HOUR:
        return
    keys = {f"nightly:{kind}:{now.date()}{part}": (kind, title) for kind, part, title in _due(now.hour)}
    known = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    with transaction.atomic():
        for key in keys.keys() - known:
            kind, title = keys[key]
            args = {"day": str(now.date())}
            actions.enqueue(kind=kind, title=title, args=args, key=key, by=accounts.system_user())
