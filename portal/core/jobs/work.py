"""The nights: leaving their jobs, and clearing rows nobody asks for any more and files nobody went on sending, never the trail."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from axes.models import AccessAttempt
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.core.accounts import queries as accounts
from portal.core.files import temporary
from portal.core.jobs import actions
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.notices.models import Notice, Sending

_ATTEMPTS, _JOBS, _NOTICES = timedelta(days=7), timedelta(days=90), timedelta(days=365)


@shared_task(name="portal.core.jobs.work.leave_nightly")
def leave_nightly() -> None:
    """Rows first, one of a kind a day; called all day, so that a night without power is made up for."""
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


def clear(context: JobContext) -> dict[str, Any]:
    now = timezone.now()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    old = {
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now - _ATTEMPTS),
        "notices": Notice.objects.filter(read_at__lt=now - _NOTICES),
        "sendings": Sending.objects.filter(day__lt=now - _NOTICES),
        # Other jobs belong to what they made, and their keys say that it was made.
        "jobs": Job.objects.filter(kind__in=settings.NIGHTLY, state=Job.State.DONE, finished_at__lt=now - _JOBS),
    }
    with context.fenced():
        done = {name: rows.delete()[0] for name, rows in old.items()}
    return done | {"parts": temporary.clear_parts()}
