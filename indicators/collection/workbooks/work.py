"""The import of submissions: what its pages and workers do with a workbook of a round."""

from typing import Any

from django.urls import reverse

from indicators.collection.rounds import workflow as rounds
from indicators.collection.workbooks import actions, queries, workbook
from indicators.collection.workbooks.forms import NextForm
from portal.core.spreadsheets.imports import FORMATS, Imported, ImportKind, SentWorkbook
from schools.access.scope import Perm, require


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    return queries.preview(_import(sent, dry_run=True))


def carry_out(sent: SentWorkbook) -> Imported:
    outcome = _import(
        sent, accept_warnings=sent.typed["accept_warnings"], seen=sent.typed["seen"], progress=sent.progress
    )
    return Imported(outcome.summary)


def _import(sent: SentWorkbook, **more: Any) -> queries.WorkbookOutcome:
    return actions.import_workbook(
        round_id=sent.place.pk, data=sent.data, name=sent.name, by=sent.by, **NextForm(sent.typed).steps, **more
    )


SUBMISSIONS = ImportKind(
    name="returns",
    label="填报数据",
    hint=FORMATS,
    right=require(Perm.ROUND_MANAGE),
    of="round",
    place=rounds.import_place,
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("rounds:detail", args=[place.pk]),
    leads_label="查看评估年度",
    namespace="workbooks",
    templates="indicators/workbooks",
    audit_area="returns",
    options=lambda typed: {"after": NextForm(typed).chosen},
    asks=("accept_warnings",),
    plain_sheets={workbook.README},
    context=lambda place, options: {"round": place.obj, "form": NextForm(options or None)},
)
