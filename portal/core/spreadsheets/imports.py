"""Uploaded workbooks: large ones are checked by one job, which stores its preview, and imported by another."""

import hashlib
from typing import Any
from uuid import UUID

from django.urls import reverse

from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Offer
from portal.core.jobs import actions
from portal.core.jobs.models import Job


def with_marked(error: Invalid, address: str, *place: Any) -> Invalid:
    """The same refusal, offering the marked workbook; without one the last of `place` is None."""
    offer = Offer("下载标注了错误的工作簿", reverse(address, args=place)) if place[-1] else None
    return Invalid(error.message, error.problems, offer=offer)


def check(*, kind: str, document: UUID, name: str, args: dict[str, Any], by: User, variant: str = "") -> Job:
    """Queue the work `check_KIND` in the caller's transaction, one job per document and `variant`."""
    return actions.enqueue(
        kind=f"check_{kind}",
        title=f"检查“{name}”",
        args={"document": str(document), "name": name, **args},
        key=_key(kind, document, variant),
        by=by,
    )


def checked(*, kind: str, document: UUID, variant: str = "", round_id: int | None = None) -> Job | None:
    """The job of a large workbook, None for a small one. Raises NotFound when it was checked for another round."""
    job = Job.objects.filter(key=_key(kind, document, variant)).first()
    if job is not None and job.args.get("round") != round_id:
        raise NotFound("这份工作簿是为另一个评估年度上传的。请回到该年度查看，或在本年度重新上传。")
    return job


def _key(kind: str, document: UUID, variant: str) -> str:
    return ":".join(filter(None, (f"check_{kind}", str(document), variant)))


def take_over(*, kind: str, check: Job, args: dict[str, Any], by: User) -> Job:
    """Queue the work `import_KIND` in the caller's transaction; the same `args` are one job."""
    words = hashlib.sha256(repr(sorted(args.items())).encode()).hexdigest()[:16]
    return actions.enqueue(
        kind=f"import_{kind}",
        title=f"导入“{check.args['name']}”",
        args={**check.args, **args},
        key=f"import_{kind}:{check.args['document']}:{words}",
        by=by,
    )
