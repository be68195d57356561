"""What a worker does for the ledger after an evaluation."""

from typing import Any

from inspections.rectification import actions
from portal.core.accounts import queries as accounts
from portal.core.jobs.runner import JobContext


def reopen_failed(context: JobContext) -> dict[str, Any]:
    with context.fenced():
        count = actions.reopen_failed(evaluation_id=context.args["evaluation"], by=accounts.system_user())
    return {"reopened": count}
