"""The import of ledgers: what its pages and workers do with one."""

from typing import Any

from django.urls import reverse

from inspections.ledgers import actions, queries
from portal.core.lib import dates
from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require

_SHOWN = 100


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    plan = actions.import_ledger(source=sent.data, name=sent.name, by=sent.by, dry_run=True)
    return {
        "digest": plan.digest,
        "summary": plan.summary,
        "notes": list(plan.notes),
        "is_empty": plan.is_empty,
        "more": max(len(plan.new) - _SHOWN, 0),
        "rows": [
            {
                "number": one.row["number"],
                "unit": str(one.unit),
                "department": str(one.responsible or ""),
                "indicator": one.row["indicator"],
                "problem": one.row["problem"],
                "state": "已销号" if one.row.is_closed else "整改中",
                "day": dates.day(day)
                if (day := one.row.days.get("closed_on" if one.row.is_closed else "due_on"))
                else "",
            }
            for one in plan.new[:_SHOWN]
        ],
    }


def carry_out(sent: SentWorkbook) -> Imported:
    plan = actions.import_ledger(source=sent.data, name=sent.name, by=sent.by, seen=sent.typed["seen"])
    return Imported(plan.summary)


LEDGER = ImportKind(
    name="ledger",
    label="问题台账",
    hint="原来的台账可以直接上传：前 10 行里有一行表头，至少有“单位”“问题描述”两列，列的次序不限，表头写法见模板。",
    right=require(Perm.FINDING_DISPATCH),
    place=lambda by, _: ImportPlace(queries.own_districts(by)[0].code),
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("rectification:list"),
    leads_label="查看问题台账",
    namespace="ledgers",
    templates="inspections/ledgers",
    audit_area="ledger",
)
