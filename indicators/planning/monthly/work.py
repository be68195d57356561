"""What a worker does every night: remind schools of last month's changes, district by district."""

from typing import Any

from indicators.planning.monthly import actions
from indicators.planning.monthly.models import MonthlyDay
from portal.core.accounts import queries as accounts
from portal.core.jobs.runner import JobContext


def remind(context: JobContext) -> dict[str, Any]:
    """Each district in its own transaction; run again, it notifies nobody twice."""
    by, reminded = accounts.system_user(), 0
    ids = list(MonthlyDay.objects.exclude(day=None).order_by("district").values_list("district", flat=True))
    for done, district_id in enumerate(ids):
        context.progress(done, len(ids))
        with context.fenced():
            reminded += actions.remind(district_id=district_id, by=by)
    return {"schools": reminded}
