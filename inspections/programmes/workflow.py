"""What taking in and importing a programme share: its content checked and stored, and who is asked before it changes.

The slices above say what they have under a programme themselves: each module named in settings.PROGRAMME_TIES has
`problems(change)`, which only reads, and `carry_along(change, reason, by)`, called in the transaction of the action.
"""

from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings

from inspections.programmes.models import Phase, Programme
from inspections.programmes.queries import Content, ProgrammeChange
from portal.core.accounts.models import User
from portal.core.errors import Problem
from schools.directory.models import District


def problems_of(content: Content, district: District) -> list[Problem]:
    wanted = {"title": str, "document_no": str, "goal_year": int, "phases": list}
    problems = [
        Problem(f"缺少 {name} 或写法不对", "方案", "请补上后重试")
        for name, kind in wanted.items()
        if not isinstance(content.get(name), kind)
    ]
    if content.get("district_code", district.code) != district.code:
        what = f"这是区划代码 {content['district_code']} 的方案，不是{district.name}的"
        problems.append(Problem(what, "方案", "请换用本区的方案"))
    for part, name in (("goals", "工作目标"), ("safeguards", "保障措施")):
        for number, entry in enumerate(content.get(part) or [], start=1):
            fields = entry if isinstance(entry, dict) else {}
            if not isinstance(fields.get("title"), str) or not isinstance(fields.get("text"), str):
                problems.append(Problem("缺少标题 title 或内容 text", f"{name}第 {number} 条", "请补上后重试"))
    previous_end: date | None = None
    for number, phase in enumerate(content.get("phases") or [], start=1):
        where = f"第 {number} 个阶段"
        start, end = phase.get("starts_on"), phase.get("ends_on")
        if not phase.get("name") or not isinstance(start, date) or not isinstance(end, date):
            problems.append(Problem("缺少名称、起止日期或日期写法不对", where, "日期写成 2021-07-01"))
        elif end < start or (previous_end and start <= previous_end):
            problems.append(Problem("起止日期前后颠倒，或与上一阶段重叠", where, "请核对日期"))
        previous_end = end if isinstance(end, date) else previous_end
    return problems


def write(district: District, content: Content, *, by: User) -> Programme:
    """Phases the content does not name stay."""
    stamp = {"updated_by": by}
    facts: dict[str, Any] = {
        "title": content["title"],
        "goal_year": content["goal_year"],
        "goals": content.get("goals", []),
        "safeguards": content.get("safeguards", []),
    } | stamp
    programme, _ = Programme.objects.update_or_create(
        district=district,
        document_no=content["document_no"],
        defaults=facts,
        create_defaults=facts | {"created_by": by},
    )
    for number, phase in enumerate(content["phases"], start=1):
        facts = {"name": phase["name"], "starts_on": phase["starts_on"], "ends_on": phase["ends_on"]} | stamp
        Phase.objects.update_or_create(
            programme=programme, number=number, defaults=facts, create_defaults=facts | {"created_by": by}
        )
    return programme


def problems(change: ProgrammeChange) -> list[Problem]:
    """Phases must stay: reports and tasks name them."""
    gone = change.before["phases"][len(change.after["phases"]) :]
    do = "已登记的阶段请保留，可以改名称和日期"
    found = [Problem("新的内容里没有这个阶段", f"实施步骤“{phase['name']}”", do) for phase in gone]
    return found + [problem for tie in _ties() for problem in tie.problems(change)]


def settle(change: ProgrammeChange, reason: str, *, by: User) -> None:
    """After the programme's own rows changed."""
    for tie in _ties():
        tie.carry_along(change, reason, by=by)


def _ties() -> list[ModuleType]:
    return [import_module(name) for name in settings.PROGRAMME_TIES]
