"""What a programme says, from a file or a workbook: checked and stored; the same 文号 again updates it."""

from datetime import date
from typing import Any, TypeAlias

from inspections.programmes.models import Phase, Programme
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import digests
from schools.directory.models import District

# As data/longting-2021-8.toml.
Content: TypeAlias = dict[str, Any]


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


def said(programme: Programme) -> Content:
    """As `write` takes it."""
    phases = [{"name": one.name, "starts_on": one.starts_on, "ends_on": one.ends_on} for one in programme.phases.all()]
    return {
        "district_code": programme.district.code,
        "title": programme.title,
        "document_no": programme.document_no,
        "goal_year": programme.goal_year,
        "phases": phases,
        "goals": programme.goals,
        "safeguards": programme.safeguards,
    }


def fingerprint(programme: Programme) -> str:
    content = said(programme)
    phases = [[one["name"], f"{one['starts_on']}", f"{one['ends_on']}"] for one in content["phases"]]
    return digests.fingerprint(content | {"phases": phases})


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
