"""What the ledger's people write in, and what is found of it afterwards. Both run inside the installation."""

import hashlib
from collections.abc import Iterator

from indicators.models import Answer, Evidence
from inspections.models import Finding
from portal.core.accounts.models import User
from portal.core.audit import queries as audit
from portal.core.audit.models import AuditEvent
from portal.core.files import store
from portal.core.jobs.models import Job
from tests.cast import PASSWORD, assemble
from tests.indicators.collection.submissions.conftest import make_round, make_submission


def make() -> dict[str, object]:
    """Make the cast and a school's submission; their numbers, and the password of all."""
    cast = assemble()
    submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
    return {"school": cast.school_a.pk, "submission": submission.pk, "password": PASSWORD}


def found() -> dict[str, object]:
    """Return one key for each effect there is, among them every break of the trail; and how many jobs are not over."""
    # Counted first: a job that ends while the rest is read would be missing there and not be open any more.
    still_open = Job.objects.filter(state__in=("queued", "running")).count()
    breaks = [f"trail: {item.what}" for item in audit.verify()[1]]
    return {"keys": [*_saves(), *_findings(), *_files(), *_jobs(), *breaks], "open": still_open}


def _saves() -> Iterator[str]:
    """Every saved figure by its event; the answer in force must be the last one, else that one is not there."""
    now = {row.field: int(row.number) for row in Answer.objects.all()}
    rows = AuditEvent.objects.filter(action="submission.save").order_by("seq")
    said = [(field, int(value)) for row in rows for field, value in row.after.items()]
    last = dict(said)
    for field, value in said:
        if value != last[field] or now.get(field) == value:
            yield f"save {field}={value}"


def _findings() -> Iterator[str]:
    audited = set(AuditEvent.objects.filter(action="finding.register").values_list("object_id", flat=True))
    for row in Finding.objects.all():
        yield row.problem if str(row.pk) in audited else f"finding without event {row.pk}"


def _files() -> Iterator[str]:
    for row in Evidence.objects.select_related("document"):
        whole = hashlib.sha256(b"".join(store.read(row.document))).hexdigest() == row.document.sha256
        yield row.caption if whole else f"file without its bytes {row.pk}"


def _jobs() -> Iterator[str]:
    done = Job.objects.filter(state="done").values_list("key", flat=True)
    results = list(User.objects.filter(username__startswith="result-").values_list("username", flat=True))
    yield from (name.removeprefix("result-") for name in results)
    yield from (f"job without result {key}" for key in done if f"result-{key}" not in results)
