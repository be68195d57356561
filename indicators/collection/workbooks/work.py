"""The import of submissions: what its pages and workers do with a workbook of a round."""

from typing import Any

from django.urls import reverse

from indicators.collection.rounds import rights as round_guards
from indicators.collection.workbooks import actions, queries, workbook
from indicators.collection.workbooks.forms import NextForm
from portal.core.accounts.models import User
from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.permissions import Perm
from schools.access.scope import require

UPLOADED = ".xlsx 最好；.xls、.ods 也能读，但隐藏的行列和百分比格式看不出来。WPS 的 .et 请另存为 .xlsx。"


def place_of(by: User, round_id: int | None) -> ImportPlace:
    """The open round an import is for, if the person manages it."""
    round_ = round_guards.managed(round_id or 0, by)
    return ImportPlace(round_.district.code, round_, round_.code)


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    return queries.preview(_import(sent, dry_run=True))


def carry_out(sent: SentWorkbook) -> Imported:
    outcome = _import(
        sent, accept_warnings=sent.typed["accept_warnings"], seen=sent.typed["seen"], progress=sent.progress
    )
    return Imported(f"导入完成：{outcome.summary}。")


def _import(sent: SentWorkbook, **more: Any) -> queries.WorkbookOutcome:
    return actions.import_workbook(
        round_id=sent.place.pk, data=sent.data, name=sent.name, by=sent.by, **NextForm(sent.typed).steps, **more
    )


RETURNS = ImportKind(
    name="returns",
    label="填报数据",
    hint=UPLOADED,
    right=require(Perm.ROUND_MANAGE),
    of="round",
    place=place_of,
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
