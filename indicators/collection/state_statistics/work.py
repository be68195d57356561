"""The import of statistics: what its pages and workers do with a workbook of the state's forms."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from indicators.collection.rounds import workflow as rounds
from indicators.collection.state_statistics import actions, queries
from indicators.collection.submissions.models import Round
from portal.core.lib import dates
from portal.core.spreadsheets.imports import FORMATS, Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require

MOST_FIGURES, MOST_NOTES = 100, 30


def preview(outcome: actions.StatisticsOutcome) -> dict[str, Any]:
    plan, earlier = outcome.plan, outcome.earlier
    return {
        "digest": plan.digest,
        "summary": outcome.summary,
        "forms": list(outcome.forms),
        "notes": list(plan.notes[:MOST_NOTES]),
        "note_count": len(plan.notes),
        "figure_count": len(plan.figures),
        "earlier": f"{earlier.created_by.name}于 {dates.moment(earlier.created_at)} " if earlier else "",
        "figures": [
            {
                "school": str(school),
                "form": found.form,
                "cells": found.cells,
                "header": found.header,
                "raw": f"{found.raw} {found.unit}",
                "shown": str(found.shown),
            }
            for school, found in plan.figures[:MOST_FIGURES]
        ],
    }


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    outcome = actions.import_statistics(
        round_id=sent.place.pk, data=sent.data, name=sent.name, by=sent.by, dry_run=True
    )
    return preview(outcome)


def carry_out(sent: SentWorkbook) -> Imported:
    outcome = actions.import_statistics(
        round_id=sent.place.pk, data=sent.data, name=sent.name, by=sent.by, seen=sent.typed["seen"]
    )
    if outcome.earlier:
        return Imported(is_new=False)
    return Imported(outcome.summary)


def context_of(place: ImportPlace, _: Mapping[str, str]) -> dict[str, Any]:
    round_ = place.obj
    assert isinstance(round_, Round)  # noqa: S101 as `import_place` gives it
    # Read by the page that shows them only.
    lists = {"imports": lambda: queries.imports(round_), "forms": lambda: queries.forms(round_)}
    return {"round": round_, "year": queries.year_of(round_), **lists}


STATISTICS = ImportKind(
    name="statistics",
    label="统计报表",
    hint=FORMATS,
    right=require(Perm.ROUND_MANAGE),
    of="round",
    place=rounds.import_place,
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: f"{reverse('state_statistics:compare')}?round={place.pk}",
    leads_label="查看统计核对",
    namespace="state_statistics",
    templates="indicators/state_statistics",
    audit_area="statistics",
    # The state's forms have headers of several rows, in which notes would be read as headers.
    marks_faults=False,
    context=context_of,
)
