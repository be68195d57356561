"""Reads of a district's programme: the files that come with the portal, what was adopted, how a page shows either, what a change is."""

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from django.db.models import QuerySet

from inspections.programmes.models import Phase, Programme
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound
from portal.core.lib import dates, digests
from schools.access import scope
from schools.access.scope import Perm
from schools.directory.models import District

# As data/longting-2021-8.toml.
Content: TypeAlias = dict[str, Any]
LONGTING = Path(__file__).parent / "data" / "longting-2021-8.toml"


# The plans that come with the portal, each for the district that issued it.
SHIPPED = (LONGTING,)


def read_file(path: Path) -> dict[str, Any]:
    """Raises Invalid, naming the file, for invalid TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"方案文件 {path.name} 读不出来：{error}。请检查文件格式（TOML,UTF-8 编码）。") from error


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """One phase: name and dates."""

    name: str
    starts_on: dt.date
    ends_on: dt.date

    def state(self, today: dt.date) -> tuple[str, str]:
        """Tone and word."""
        if today < self.starts_on:
            return "muted", "未开始"
        return ("info", "进行中") if today <= self.ends_on else ("ok", "已结束")


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """What a programme says; equal plans say the same."""

    title: str
    document_no: str
    goal_year: int
    steps: tuple[PhaseDates, ...]
    goals: Sequence[Mapping[str, Any]]
    safeguards: Sequence[Mapping[str, Any]]

    @classmethod
    def of_file(cls, content: Mapping[str, Any]) -> "ProgrammePlan":
        steps = tuple(PhaseDates(row["name"], row["starts_on"], row["ends_on"]) for row in content["phases"])
        return cls(
            content["title"],
            content["document_no"],
            content["goal_year"],
            steps,
            content.get("goals", []),
            content.get("safeguards", []),
        )

    @classmethod
    def of_row(cls, row: Programme) -> "ProgrammePlan":
        steps = tuple(PhaseDates(phase.name, phase.starts_on, phase.ends_on) for phase in row.phases.all())
        return cls(row.title, row.document_no, row.goal_year, steps, row.goals, row.safeguards)

    def phases(self, today: dt.date) -> list[dict[str, Any]]:
        return [
            {"number": number, "step": step, "tone": tone, "word": word}
            for number, step in enumerate(self.steps, 1)
            for tone, word in [step.state(today)]
        ]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A district's plan on the page: the row if adopted, `offered` if the button may (again) adopt what came with it."""

    district: District
    plan: ProgrammePlan
    phases: list[dict[str, Any]]
    row: Programme | None = None
    offered: bool = False


def phases(user: User, perm: Perm = Perm.REPORT_VIEW) -> QuerySet[Phase]:
    return scope.visible(user, Phase.objects.select_related("programme__district"), perm)


def previous(phase: Phase) -> Phase | None:
    return Phase.objects.filter(programme=phase.programme_id, number__lt=phase.number).order_by("-number").first()


def phase_on(district_id: int, day: date) -> Phase | None:
    return Phase.objects.filter(programme__district=district_id, starts_on__lte=day, ends_on__gte=day).first()


def adopted(user: User) -> QuerySet[Programme]:
    rows = Programme.objects.select_related("district", "updated_by").prefetch_related("phases")
    return scope.visible(user, rows, Perm.ROUND_VIEW).order_by("district__code", "document_no")


def own_districts(user: User) -> QuerySet[District]:
    """Whose programme the person maintains."""
    return scope.visible(user, District.objects.all(), Perm.ROUND_MANAGE).order_by("code")


def get(user: User, programme_id: int) -> Programme:
    """Raises NotFound for one the person does not maintain."""
    rows = Programme.objects.select_related("district").prefetch_related("phases")
    programme = scope.visible(user, rows, Perm.ROUND_MANAGE).filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("没有这份方案，或不在您管理的范围内。")
    return programme


def is_known(district: District, document_no: str) -> bool:
    return Programme.objects.filter(district=district, document_no=document_no).exists()


def shipped(user: User, code: str) -> tuple[District, dict[str, Any]]:
    """The district and the plan shipped for it. Raises NotFound without one."""
    district = scope.visible(user, District.objects.all(), Perm.ROUND_VIEW).filter(code=code).first()
    content = next((content for content in _files() if content["district_code"] == code), None)
    if district is None or content is None:
        raise NotFound("系统没有随附这个区县的实施方案，或它不在您可以查看的范围内。")
    return district, content


def shown(user: User, rows: Sequence[Programme], today: date) -> list[PlanRow]:
    """The button comes back where the shipped plan differs."""
    plans = {(content["district_code"], content["document_no"]): ProgrammePlan.of_file(content) for content in _files()}
    managed = set(_managed(user, [code for code, _ in plans]).values_list("code", flat=True))
    found = []
    for row in rows:
        plan, code = ProgrammePlan.of_row(row), row.district.code
        other = plans.get((code, row.document_no), plan) != plan
        found.append(PlanRow(row.district, plan, plan.phases(today), row, offered=other and code in managed))
    return found


def waiting(user: User, today: date) -> list[PlanRow]:
    contents = {content["district_code"]: content for content in _files()}
    adopted_already = set(
        Programme.objects.filter(district__code__in=contents).values_list("district__code", "document_no")
    )
    found = []
    for district in _managed(user, list(contents)):
        plan = ProgrammePlan.of_file(contents[district.code])
        if (district.code, plan.document_no) not in adopted_already:
            found.append(PlanRow(district, plan, plan.phases(today), offered=True))
    return found


def _managed(user: User, codes: list[str]) -> QuerySet[District]:
    return scope.visible(user, District.objects.filter(code__in=codes), Perm.ROUND_MANAGE).order_by("code")


@cache
def _files() -> tuple[dict[str, Any], ...]:
    return tuple(read_file(path) for path in SHIPPED)


def said(programme: Programme) -> Content:
    """As `workflow.write` takes it."""
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
