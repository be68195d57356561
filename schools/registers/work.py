"""The import of registers: what its pages and workers do with a workbook of entries."""

from typing import Any

from django.urls import reverse

from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require
from schools.registers import actions, queries

_SHOWN = 100


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    plan = actions.import_entries(source=sent.data, name=sent.name, by=sent.by, dry_run=True)
    shown = plan.new[:_SHOWN]
    names = queries.names_in(shown)
    return {
        "digest": plan.digest,
        "summary": plan.summary,
        "notes": list(plan.notes),
        "is_empty": plan.is_empty,
        "more": len(plan.new) - len(shown),
        "rows": [
            {
                "register": one.register.name,
                "unit": one.unit_name,
                "year": one.year_words,
                "words": "；".join(
                    f"{column.label} {column.shown(one.data[column.code], names)}{column.unit}"
                    for column in one.register.columns
                    if column.code in one.data
                ),
            }
            for one in shown
        ],
    }


def carry_out(sent: SentWorkbook) -> Imported:
    plan = actions.import_entries(source=sent.data, name=sent.name, by=sent.by, seen=sent.typed["seen"])
    return Imported(plan.summary)


REGISTERS = ImportKind(
    name="registers",
    label="工作台账",
    hint="一本台账一张工作表，工作表以台账命名；第 1 行中文表头，第 2 行字段代码，第 3 行起每行一条。",
    right=require(Perm.REGISTER_KEEP),
    place=lambda by, _: ImportPlace(queries.keeper_district(by).code),
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("registers:list"),
    leads_label="查看工作台账",
    namespace="registers",
    templates="schools/registers",
    audit_area="register_entry",
)
