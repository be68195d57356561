"""What a worker does every night: propose escalations, district by district."""

from typing import Any

from django.db.models import Q

from inspections.escalation import actions
from inspections.rectification.models import Finding
from portal.core.accounts import queries as accounts
from portal.core.jobs.runner import JobContext
from schools.directory.models import District


def run(context: JobContext) -> dict[str, Any]:
    """Each district in its own transaction; run again, it finds what it made."""
    by, proposed = accounts.system_user(), 0
    having = Q()
    for path in ("school__district", "department__district", "bureau"):
        having |= Q(pk__in=Finding.objects.exclude(**{path: None}).values(path))
    ids = list(District.objects.filter(having).order_by("pk").values_list("pk", flat=True))
    for done, district_id in enumerate(ids):
        context.progress(done, len(ids))
        with context.fenced():
            proposed += actions.propose(district_id=district_id, by=by)
    return {"proposed": proposed}
