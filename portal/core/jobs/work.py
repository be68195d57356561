"""What is cleared every night: rows nobody asks for any more, files nobody went on sending. The audit trail is never among them."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone

from portal.core.files import parts
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.notices.models import Notice, Sending

_ATTEMPTS, _JOBS, _NOTICES = timedelta(days=7), timedelta(days=90), timedelta(days=365)


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
    return done | {"parts": parts.clear()}
