"""The import of a programme with its tasks: what its pages and workers do with a workbook of them."""

from typing import Any

from django.urls import reverse

from inspections.duties import intake_actions
from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require
from schools.directory import queries as directory

_SHOWN = 100


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    plan = intake_actions.import_programme(source=sent.data, name=sent.name, by=sent.by, dry_run=True)
    return {
        "digest": plan.digest,
        "summary": plan.summary,
        "notes": list(plan.notes),
        "is_empty": plan.is_empty,
        "needs_reason": plan.needs_reason,
        "words": [list(words) for words in plan.words],
        "more": max(len(plan.tasks) - _SHOWN, 0),
        "rows": [
            {
                "code": one.content.code,
                "title": one.content.title,
                "owner": str(one.content.school or one.content.department or "教育局（本级）"),
                "words": [list(words) for words in one.words] if one.duty else [],
            }
            for one in plan.tasks[:_SHOWN]
        ],
    }


def carry_out(sent: SentWorkbook) -> Imported:
    plan = intake_actions.import_programme(
        source=sent.data, name=sent.name, reason=sent.typed["reason"], by=sent.by, seen=sent.typed["seen"]
    )
    return Imported(plan.summary)


PROGRAMMES = ImportKind(
    name="programmes",
    label="实施方案和目标任务",
    hint="工作表“实施方案”必填，另有“实施步骤”“目标和措施”“目标任务”“年度目标”，写法见模板的填写说明。",
    right=require(Perm.DUTY_MANAGE),
    place=lambda by, _: ImportPlace(directory.maintained_districts(by, Perm.DUTY_MANAGE, "目标任务")[0].code),
    dry_run=dry_run,
    apply=carry_out,
    leads_to=lambda place: reverse("duties:list"),
    leads_label="查看目标任务",
    namespace="duty_intake",
    templates="inspections/duty_intake",
    audit_area="duty",
    audit_of="programme",
    asks=("reason",),
)
