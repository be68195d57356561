"""The road of a programme: phases and tasks as bars over the years, drawn wide and, for telephones, narrow."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.urls import reverse
from django.utils import timezone

from inspections.duties import queries
from inspections.duties.models import Duty, DutyYear
from inspections.programmes.models import Phase, Programme
from portal.core.accounts.models import User


@dataclass(frozen=True, slots=True)
class RoadShape:
    """Of a drawing of the road: room for labels left of the bars, or above them; its width; of one line and of the years on top.

    A letter takes `letter`, so that words stand in a bar only where they fit.
    """

    labels: int
    width: int
    line: int
    above: int
    every: int
    top: int = 34
    letter: int = 14


# For paper and screens, and for telephones, as wide as these are.
WIDE, NARROW = RoadShape(330, 1200, 28, 0, 1), RoadShape(0, 340, 46, 20, 3)
_LONGEST_LABEL = 21


@dataclass(frozen=True, slots=True)
class RoadLine:
    """A heading, a phase or a task; a heading has no bar (`width` 0)."""

    label: str
    y: int
    shape: RoadShape
    x: int = 0
    width: int = 0
    tone: str = "muted"
    words: str = ""
    url: str = ""
    owner: str = ""
    span: tuple[dt.date, dt.date] | None = None

    @property
    def short(self) -> str:
        return self.label if len(self.label) <= _LONGEST_LABEL else f"{self.label[: _LONGEST_LABEL - 1]}…"

    @property
    def text_y(self) -> int:
        return self.y + 19

    @property
    def bar_y(self) -> int:
        return self.y + self.shape.above + 4

    @property
    def words_y(self) -> int:
        return self.bar_y + 15

    @property
    def words_x(self) -> int:
        """In the bar; behind it where that is too short, in front of it where there is no room behind."""
        length = self.shape.letter * len(self.words) + 6
        if length + 6 <= self.width:
            return self.x + 6
        behind = self.x + self.width + 6
        return behind if behind + length <= self.shape.width else max(self.x - length, 0)


@dataclass(frozen=True, slots=True)
class Road:
    """Years as (x, year); `today` is where the day is, None outside the programme."""

    programme: Programme
    shape: RoadShape
    years: Sequence[tuple[int, int]]
    lines: Sequence[RoadLine]
    today: int | None

    @property
    def height(self) -> int:
        return self.lines[-1].y + self.shape.line + 8


# What a line says, its days or None for a heading, and what a bar of it carries.
_Entry: TypeAlias = tuple[str, tuple[dt.date, dt.date] | None, dict[str, str]]


def of(user: User, programme: Programme) -> tuple[Road, Road]:
    """Wide and narrow, with the tasks the person may see."""
    phases, today = list(programme.phases.all()), timezone.localdate()
    first = phases[0].starts_on.year if phases else today.year
    start, end = dt.date(first, 1, 1), dt.date(programme.goal_year, 12, 31)
    entries = list(_entries(user, programme, phases, today))
    wide, narrow = (_draw(programme, shape, entries, start, end, today) for shape in (WIDE, NARROW))
    return wide, narrow


def _entries(user: User, programme: Programme, phases: Sequence[Phase], today: dt.date) -> Iterator[_Entry]:
    yield "实施步骤", None, {}
    for phase in phases:
        over = "已结束" if phase.ends_on < today else "未开始" if phase.starts_on > today else "进行中"
        yield f"{phase.number}. {phase.name}", (phase.starts_on, phase.ends_on), {"words": over, "tone": "phase"}
    standing = _now(user, programme, today)
    for part, entries in ((Duty.Part.GOAL, programme.goals), (Duty.Part.SAFEGUARD, programme.safeguards)):
        for number, entry in enumerate(entries, 1):
            yield f"{part.label} {number}. {entry['title']}", None, {}
            for row, tone, words in standing.get((part.value, number), ()):
                duty = row.duty
                url, owner = reverse("duties:detail", args=[duty.pk]), duty.owner
                more = {"words": words, "tone": tone, "url": url, "owner": owner}
                yield str(duty), (duty.starts_on, duty.due_on), more


def _draw(
    programme: Programme, shape: RoadShape, entries: Iterable[_Entry], start: dt.date, end: dt.date, today: dt.date
) -> Road:
    days, room = (end - start).days + 1, shape.width - shape.labels

    def x(day: dt.date) -> int:
        return shape.labels + room * min(max((day - start).days, 0), days) // days

    lines: list[RoadLine] = []
    y = shape.top
    for label, span, more in entries:
        if span is None:
            lines.append(RoadLine(label, y, shape))
            # A heading has nothing below its label.
            y += shape.line - shape.above
            continue
        left = x(span[0])
        width = max(x(span[1] + dt.timedelta(days=1)) - left, 4)
        lines.append(RoadLine(label, y, shape, left, width, span=span, **more))
        y += shape.line
    years = [(x(dt.date(year, 1, 1)), year) for year in range(start.year, end.year + 1, shape.every)]
    return Road(programme, shape, years, lines, x(today) if start <= today <= end else None)


def _now(user: User, programme: Programme, today: dt.date) -> dict[tuple[str, int], list[tuple[DutyYear, str, str]]]:
    """By goal or safeguard: each task in its year nearest to this one."""
    nearest: dict[int, DutyYear] = {}
    for row in queries.years(user).filter(duty__programme=programme, duty__withdrawn_at=None):
        known = nearest.get(row.duty_id)
        if known is None or abs(row.year - today.year) < abs(known.year - today.year):
            nearest[row.duty_id] = row
    found: dict[tuple[str, int], list[tuple[DutyYear, str, str]]] = {}
    for row in nearest.values():
        tone, words = queries.standing(row, row.asked, today)  # type: ignore[attr-defined]
        found.setdefault((row.duty.part, row.duty.number), []).append((row, tone, words))
    return found
