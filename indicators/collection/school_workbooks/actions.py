"""Actions on a school's own workbook: take it away, accept what it changes."""

import hashlib
from dataclasses import dataclass

from django.db import transaction

from indicators.collection.school_workbooks import queries, workbook
from indicators.collection.submissions import actions as submissions, queries as submission_queries, rights
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.lib import digests, numbers
from portal.core.spreadsheets.imports import Repeated

ALL = "all"


@dataclass(frozen=True, slots=True)
class AcceptedChanges:
    """How many fields were taken over, which somebody changed meanwhile, how many are left to decide on."""

    taken: int
    stale: tuple[str, ...]
    left: int


@transaction.atomic
def export_workbook(*, submission_id: int, by: User) -> tuple[str, bytes]:
    """Name and content: this year's items, answers so far and last year's."""
    submission, school = rights.school_form(by, submission_id)
    rights.ensure_editable(submission)
    facts = submission_queries.load(submission)
    data = workbook.render(facts, queries.offered(facts, by))
    audit.record("school_workbook.export", by=by, obj=submission, after=digests.of(data))
    return f"填报数据-{school.name}-{submission.round.code}.xlsx", data


def accept(*, submission_id: int, data: bytes, name: str, take: str, by: User) -> AcceptedChanges:
    """One field (code:version it was shown with), or all nobody changed since the workbook was made.

    Raises Repeated when that is stored already, Conflict when somebody stored another value meanwhile.
    """
    # Read before the transaction: a large file must not keep others from writing.
    planned, facts = queries.read(submission_id=submission_id, data=data, name=name, by=by)
    code, _, shown = take.partition(":")
    if take == ALL:
        wanted = {field: facts.version(field) for field in planned.values}
        versions = {field: stored for field, stored in wanted.items() if stored == planned.versions[field]}
        overtaken = [facts.items[field].label for field in wanted if field not in versions]
    elif numbers.whole(shown) is None:
        raise Invalid("没有选择要采用的项目。请点一项的“采用”，或点“全部采用”。")
    else:
        versions, overtaken = {code: int(shown)} if code in planned.values else {}, []
    with transaction.atomic():
        if not versions and not overtaken:
            raise Repeated
        values = {field: planned.values[field] for field in versions}
        saved = submissions.save(submission_id=submission_id, values=values, versions=versions, by=by)
        overtaken += [facts.items[field].label for field in saved.stale]
        if not saved.versions:
            named = "、".join(overtaken)
            raise Conflict(f"下载或预览之后有人改过，没有采用：{named}。请核对现在的数，仍要采用的单独再点一次。")
        after = {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "fields": sorted(saved.versions)}
        audit.record("school_workbook.accept", by=by, obj=saved.submission, after=after)
    return AcceptedChanges(len(saved.versions), tuple(overtaken), len(planned.values) - len(saved.versions))
