"""The import of the register: what its pages and workers do with a workbook of schools."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Invalid
from portal.core.lib import written
from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require
from schools.directory.facts import NEWLY_FOUNDED, NEXT_STEPS
from schools.workbooks import actions, queries


def options_of(typed: Mapping[str, Any]) -> dict[str, str]:
    try:
        day = written.day(text) if (text := typed.get("valid_from", "")) else timezone.localdate()
    except ValueError as error:
        raise Invalid("变更生效日期不对，没有导入任何学校。请返回预览，按 2026-09-01 的格式填写。") from error
    return {"valid_from": day.isoformat()}


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    day = date.fromisoformat(sent.typed["valid_from"])
    plan = actions.import_register(source=sent.data, name=sent.name, by=sent.by, dry_run=True, valid_from=day)
    return queries.preview(plan)


def carry_out(sent: SentWorkbook) -> Imported:
    plan = actions.import_register(
        source=sent.data,
        name=sent.name,
        by=sent.by,
        seen=sent.typed["seen"],
        valid_from=date.fromisoformat(sent.typed["valid_from"]),
        reason=sent.typed["reason"],
    )
    return Imported(plan.summary, NEXT_STEPS if plan.opens else "")


def context_of(_: ImportPlace, options: Mapping[str, str]) -> dict[str, Any]:
    return {**options, "today": timezone.localdate().isoformat(), "newly_founded": NEWLY_FOUNDED}


REGISTER = ImportKind(
    name="register",
    label="学校名录",
    hint="工作表名为“学校名录”，第 1 行中文表头，第 2 行字段代码，第 3 行起每行一所学校。",
    right=require(Perm.SCHOOL_EDIT),
    place=lambda by, _: ImportPlace(queries.own_districts(by)[0].code),
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("directory:list"),
    leads_label="查看学校名录",
    namespace="register",
    templates="schools/workbooks",
    audit_area="school",
    audit_of="register",
    options=options_of,
    asks=("reason",),
    context=context_of,
)
