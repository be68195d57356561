"""What a programme says, from a file or a workbook: checked and stored; the same 文号 again updates it. What changing it means.

The slices above say what they have under a programme themselves: each module named in settings.PROGRAMME_TIES has
`problems(change)`, which only reads, and `carry_along(change, reason, by)`, called in the transaction of the action.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from django.conf import settings

from inspections.programmes.models import Phase, Programme
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates, digests
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


# Of the content, of a task, for people.
PARTS = (("goals", "goal", "工作目标"), ("safeguards", "safeguard", "保障措施"))
_FACTS = {"title": "方案名称", "goal_year": "目标年份"}
_ENTRY = {"title": "标题", "text": "内容", "indicators": "看哪些指标"}


@dataclass(frozen=True, slots=True)
class ProgrammeChange:
    """A stored programme and what it is to say."""

    programme: Programme
    before: Content
    after: Content

    @property
    def moved(self) -> dict[tuple[str, int], int]:
        """New number of each goal and safeguard, by part and number; removed ones are left out."""
        return {
            (part, old): new
            for key, part, _ in PARTS
            for old, new in _destinations(self.before.get(key) or [], self.after.get(key) or []).items()
        }

    @property
    def starts_on(self) -> date | None:
        phases = self.after["phases"]
        return phases[0]["starts_on"] if phases else None

    @property
    def words(self) -> list[tuple[str, str, str]]:
        """Label, before, after."""
        found = [
            (label, str(self.before[name]), str(self.after[name]))
            for name, label in _FACTS.items()
            if self.before[name] != self.after[name]
        ]
        old, new = (
            [f"{one['name']}（{dates.day(one['starts_on'])}至{dates.day(one['ends_on'])}）" for one in said["phases"]]
            for said in (self.before, self.after)
        )
        for number in range(max(len(old), len(new))):
            was, now = (part[number] if number < len(part) else "" for part in (old, new))
            if was != now:
                found.append((f"第 {number + 1} 个阶段", was, now))
        for key, _, label in PARTS:
            found += _entry_words(label, self.before.get(key) or [], self.after.get(key) or [])
        return found


def _destinations(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Numbers from 1: to the entry of the same title, in its own place if there; the rest were renamed in place."""
    old, new = ([one["title"] for one in entries] for entries in (before, after))
    found = {n: n for n in range(min(len(old), len(new))) if old[n] == new[n]}
    for n, title in enumerate(old):
        free = (m for m in range(len(new)) if m not in found.values() and new[m] == title)
        if n not in found and (place := next(free, None)) is not None:
            found[n] = place
    for n in range(min(len(old), len(new))):
        if n not in found and n not in found.values():
            found[n] = n
    return {n + 1: m + 1 for n, m in found.items()}


def _entry_words(
    label: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    moved = _destinations(before, after)
    for number, entry in enumerate(before, 1):
        if number not in moved:
            yield f"{label}“{entry['title']}”", f"第 {number} 条", "删去"
            continue
        place = moved[number]
        if place != number:
            yield f"{label}“{entry['title']}”", f"第 {number} 条", f"第 {place} 条"
        for name, what in _ENTRY.items():
            values = (one.get(name, "") for one in (entry, after[place - 1]))
            was, now = (value if isinstance(value, str) else "、".join(value) for value in values)
            if was != now:
                yield f"{label}第 {place} 条{what}", was, now
    for number, entry in enumerate(after, 1):
        if number not in moved.values():
            yield f"{label}第 {number} 条", "", f"{entry['title']}：{entry['text']}"


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
