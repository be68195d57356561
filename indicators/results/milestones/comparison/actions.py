"""Actions on comparisons: taking one out of the house."""

from django.db import transaction

from indicators.results.milestones.comparison import workbook
from indicators.results.milestones.comparison.queries import Comparison
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.lib import digests
from portal.core.spreadsheets import write
from schools.access.permissions import Perm
from schools.access.scope import ensure


@transaction.atomic
def export(*, comparison: Comparison, by: User, filtered: str = "") -> bytes:
    """Return a comparison as .xlsx, with the rows shown on the pages, and leave an audit row that it was taken."""
    now = comparison.now.evaluation
    for side in (comparison.then, comparison.now):
        ensure(by, Perm.MILESTONE_VIEW, side.evaluation)
    content = write.render(workbook.build(comparison, filtered))
    audit.record(
        "milestone.export",
        by=by,
        obj=now,
        district=now.round.district.code,
        after={
            "then": comparison.then.title,
            "now": comparison.now.title,
            "rows": len(comparison.rows),
            "filter": filtered,
        }
        | digests.of(content),
    )
    return content
