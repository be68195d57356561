"""The import of departments: what its pages and workers do with a workbook of them."""

from typing import Any

from django.urls import reverse

from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require
from schools.departments import actions, queries


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    plan = actions.import_departments(source=sent.data, name=sent.name, by=sent.by, dry_run=True)
    return {
        "digest": plan.digest,
        "summary": plan.summary,
        "notes": list(plan.notes),
        "is_empty": plan.is_empty,
        "abolishes": plan.abolishes,
        "rows": [dict(one.facts) | {"words": one.words} for one in (*plan.changed, *plan.new)],
    }


def carry_out(sent: SentWorkbook) -> Imported:
    plan = actions.import_departments(
        source=sent.data, name=sent.name, reason=sent.typed["reason"], by=sent.by, seen=sent.typed["seen"]
    )
    return Imported(plan.summary)


DEPARTMENTS = ImportKind(
    name="departments",
    label="部门名录",
    hint="工作表名为“部门名录”，第 1 行中文表头，第 2 行字段代码，第 3 行起每行一个部门。",
    right=require(Perm.DISTRICT_EDIT),
    place=lambda by, _: ImportPlace(queries.own_districts(by)[0].code),
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("departments:list"),
    leads_label="查看部门名录",
    namespace="departments",
    templates="schools/departments",
    audit_area="department",
    audit_of="register",
    asks=("reason",),
)
