"""The import of registers: what its pages and workers do with a workbook of entries."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.restricted import Persons
from schools.access.scope import Perm, require
from schools.registers import actions, queries
from schools.registers.models import RegisterChange, RegisterEntry, Step

_SHOWN = 100


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    plan = actions.import_entries(source=sent.data, name=sent.name, by=sent.by, dry_run=True)
    updates, new = plan.updates[:_SHOWN], plan.new[: max(_SHOWN - len(plan.updates), 0)]
    there = [one.entry for one in updates]
    steps = [RegisterChange(entry=one.entry, changed=one.changed) for one in updates]
    names, persons = queries.names_in([*there, *new], steps), queries.persons_in(sent.by, there)
    rows = []
    for one in updates:
        seen = persons[one.entry.pk]
        words = [f"原因：{one.ending}"] if one.ending else queries.changed_words(one.entry, one.changed, names, seen)
        done = (Step.WITHDRAWN, "bad") if one.ending else (Step.CHANGED, "warn")
        rows.append(_shown(one.entry, *done, [_content(one.entry, names, seen), *words]))
    rows += [_shown(entry, Step.ENTERED, "ok", [_content(entry, names)]) for entry in new]
    return {
        "digest": plan.digest,
        "summary": plan.summary,
        "notes": list(plan.notes),
        "is_empty": plan.is_empty,
        "more": len(plan.new) + len(plan.updates) - len(rows),
        "rows": rows,
    }


def _shown(entry: RegisterEntry, what: Step, tone: str, words: list[str]) -> dict[str, Any]:
    return {
        "what": what,
        "tone": tone,
        "register": entry.register.name,
        "unit": entry.unit_name,
        "year": entry.year_words,
        "words": words,
    }


def _content(entry: RegisterEntry, names: Mapping[str, str], persons: Persons | None = None) -> str:
    """As in its list; `persons`: names as the viewer may see them."""
    said = []
    for one in entry.register.columns:
        if one.code in entry.data:
            shown = one.shown(entry.data[one.code], names)
            said.append(f"{one.label} {persons.name(shown) if persons and one.type == 'person' else shown}{one.unit}")
    return "；".join(said)


def carry_out(sent: SentWorkbook) -> Imported:
    plan = actions.import_entries(source=sent.data, name=sent.name, by=sent.by, seen=sent.typed["seen"])
    return Imported(plan.summary)


REGISTERS = ImportKind(
    name="registers",
    label="工作台账",
    hint="一本台账一张工作表，工作表以台账命名；第 1 行中文表头，第 2 行字段代码，第 3 行起每行一条。导出的表改好也可以导入：按记录编号修改或撤销。",
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
