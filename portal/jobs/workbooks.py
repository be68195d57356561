"""Large workbooks: checked by one job, which keeps its preview, and taken over by another. Inside the caller's transaction."""

import hashlib
from typing import Any
from uuid import UUID

from portal.accounts.models import User
from portal.jobs import actions
from portal.jobs.models import Job


def check(*, kind: str, document: UUID, name: str, args: dict[str, Any], by: User) -> Job:
    """Ask for the check of an uploaded workbook by the work `check_KIND`."""
    return actions.enqueue(
        kind=f"check_{kind}", title=f"检查“{name}”", args={"document": str(document), "name": name, **args},
        key=f"check_{kind}:{document}", by=by,
    )  # fmt: skip


def checked(*, kind: str, document: UUID) -> Job | None:
    """Return the job that checks a large workbook; None for one that was small enough for a request."""
    return Job.objects.filter(key=f"check_{kind}:{document}").first()


def take_over(*, kind: str, check: Job, args: dict[str, Any], by: User) -> Job:
    """Ask for the import that was previewed by the work `import_KIND`; asked twice with the same words it is one job."""
    words = hashlib.sha256(repr(sorted(args.items())).encode()).hexdigest()[:16]
    return actions.enqueue(
        kind=f"import_{kind}", title=f"导入“{check.args['name']}”", args={**check.args, **args},
        key=f"import_{kind}:{check.args['document']}:{words}", by=by,
    )  # fmt: skip
