"""Actions on boards: exporting the figures."""

from django.db import transaction

from indicators.results.board import queries, workbook
from indicators.results.board.board import StageBoard
from indicators.results.evaluations import change_queries as changes
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.lib import digests
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure


@transaction.atomic
def export(*, district: queries.DistrictResult, stages: tuple[StageBoard, ...], by: User, filtered: str = "") -> bytes:
    """.xlsx with the rows shown on the page."""
    evaluation = district.evaluation
    ensure(by, Perm.DISTRICT_RESULT_VIEW, evaluation)
    author, since = evaluation.round.district.signature, changes.renamed_note(changes.renamed_since(evaluation))
    found = queries.site_differences(by, evaluation)
    content = write.render(workbook.build(district, stages, filtered, author=author, since=since, found=found))
    audit.record(
        "evaluation.export",
        by=by,
        obj=evaluation,
        district=evaluation.round.district.code,
        after={"rows": sum(len(stage.rows) for stage in stages), "filter": filtered} | digests.of(content),
    )
    return content
