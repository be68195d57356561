"""Registers for tests: rows of the sheet 学校名录."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from portal.core.accounts.queries import system_user
from schools.directory import actions, workflow
from schools.directory.models import Department, District, School
from schools.directory.workflow import Transition, Verb
from schools.workbooks.workbook import COLUMNS, SHEET
from tests.portal.core.spreadsheets.books import workbook

SOUND = {
    "school_code": "4102020009",
    "school_name": "戊小学",
    "district_code": "410202",
    "kind": "小学",
    "area": "乡村",
    "sponsor": 7,
    "boarding": "否",
    "built_year": 1999,
    "status": "在办",
    "latitude": 34.79,
    "longitude": 114.34,
    "group": "育才教育集团",
}


def register(*rows: Mapping[str, Any], columns: tuple[str, ...] = tuple(COLUMNS)) -> bytes:
    """Return a register with these rows, each over a sound one."""
    lines = [[{**SOUND, **row}.get(code) for code in columns] for row in rows]
    return workbook({SHEET: [[COLUMNS.get(code, code) for code in columns], list(columns), *lines]})


def make_township(district: District, name: str) -> Department:
    """Register a township and return it."""
    by = system_user()
    return Department.objects.create(district=district, code=name, name=name, kind="乡镇", created_by=by, updated_by=by)


def end(
    school: School,
    day: date,
    by: Any,
    successor: School | None = None,
    receivers: Sequence[School] = (),
    visited: School | None = None,
    **decisions: str,
) -> School:
    """Close a school, or merge it into another, as a person does who has seen what follows."""
    verb = Verb.MERGE if successor else Verb.CLOSE
    return _through(verb, school, day, by, successor, decisions, receivers, visited)


def reopen(school: School, day: date, by: Any, receivers: Sequence[School] = (), **decisions: str) -> School:
    """Let a closed school run again, as a person does who has seen what follows."""
    school.refresh_from_db()
    return _through(Verb.REOPEN, school, day, by, school.successor, decisions, receivers)


def _through(
    verb: Verb,
    school: School,
    day: date,
    by: Any,
    successor: School | None,
    decisions: Mapping[str, str],
    receivers: Sequence[School] = (),
    visited: School | None = None,
) -> School:
    school = School.objects.select_related("district", "group", "successor").get(pk=school.pk)
    wanted = (workflow.usual(verb) if verb != Verb.REOPEN or successor else {}) | decisions
    if verb == Verb.MERGE and wanted["visits"] == "move":
        visited = successor
    change = Transition(verb, school, day, successor, "龙政〔2026〕12号", wanted, tuple(receivers), visited=visited)
    if change.scatters and not receivers:
        change = replace(change, elsewhere="转到外区县")
    seen = workflow.digest(change, workflow.foresee(change))
    asked: dict[str, Any] = {
        "code": school.code,
        "day": day,
        "reason": change.reason,
        "decisions": wanted,
        "by": by,
        "receivers": [row.code for row in receivers],
    }
    if verb != Verb.REOPEN:
        asked["elsewhere"] = change.elsewhere
    if verb == Verb.CLOSE:
        asked["visited"] = visited.code if visited else ""
    if verb == Verb.MERGE:
        assert successor is not None
        return actions.merge_school(**asked, successor=successor.code, seen=seen)
    action = actions.close_school if verb == Verb.CLOSE else actions.reopen_school
    return action(**asked, seen=seen)
