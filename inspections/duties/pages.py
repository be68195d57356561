"""What the pages of a programme show of its tasks: 目标差距, what each goal lacks with the ways to ledger and plan; its road, drawn."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from indicators.planning.engine import measures
from indicators.planning.plans import pages as plan_pages, queries as plans
from indicators.planning.plans.models import PlanRun
from inspections.duties import content_queries, queries
from inspections.duties.models import Duty, DutyYear
from inspections.programmes.models import Phase, Programme
from inspections.programmes.queries import PhaseDates
from inspections.rectification import queries as rectification
from portal.core.accounts.models import User
from portal.core.lib import numbers
from schools.access.scope import Perm, holds


@dataclass(frozen=True, slots=True)
class PhaseNow:
    """A phase today with its tasks: how many, with all results, late."""

    phase: Phase
    tone: str
    word: str
    tasks: int
    settled: int
    late: int
    url: str

    @classmethod
    def of(cls, phase: Phase, tasks: Sequence[Duty], today: dt.date) -> "PhaseNow":
        own = [duty for duty in tasks if duty.phase_id == phase.pk]
        years = {duty.pk: [row for row in duty.years.all() if not row.is_dropped] for duty in own}
        settled = sum(all(row.result for row in rows) for rows in years.values())
        late = sum(any(not row.result and row.due_on < today for row in rows) for rows in years.values())
        tone, word = PhaseDates(phase.name, phase.starts_on, phase.ends_on).state(today)
        nearest = min(max(today.year, phase.starts_on.year), phase.ends_on.year)
        url = f"{reverse('duties:list')}?phase={phase.pk}&year={nearest}"
        return cls(phase, tone, word, len(own), settled, late, url)


@dataclass(frozen=True, slots=True)
class WayOut:
    """What the newest plan does about an indicator; `url` is where that is listed."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class IndicatorGap:
    """An indicator of a goal: its newest figure, its open problems and the plan, of those the person may see.

    `name` is "" where today's standard has no such indicator.
    """

    code: str
    name: str
    figure: queries.DutyFigure | None
    lacking: tuple[int, int] | None
    ledger: str
    plan: WayOut | None


@dataclass(frozen=True, slots=True)
class GoalGap:
    """A goal or safeguard with its indicators and tasks."""

    label: str
    title: str
    indicators: Sequence[IndicatorGap]
    tasks: Sequence[Duty]


@dataclass(frozen=True, slots=True)
class ProgrammeGaps:
    """All of a programme, with the newest plan of its district."""

    programme: Programme
    phases: Sequence[PhaseNow]
    goals: Sequence[GoalGap]
    plan: PlanRun | None


def gaps(user: User, programme: Programme) -> ProgrammeGaps:
    """A fixed number of queries."""
    rows = queries.duties(user).filter(programme=programme, withdrawn_at=None).prefetch_related("years")
    tasks = list(rows.order_by("part", "number", "code"))
    by_entry: dict[tuple[str, int], list[Duty]] = defaultdict(list)
    for duty in tasks:
        by_entry[duty.part, duty.number].append(duty)
    names = content_queries.indicators_of(programme)
    codes = {code for goal in programme.goals for code in goal.get("indicators", ())}
    figures, problems = queries.figures(programme.district_id, codes), _open_problems(user, programme)
    plan = plans.newest_of(user, programme.district_id) if holds(user, Perm.PLAN_VIEW) else None
    ways = ways_out(plan, codes)

    def gap(code: str) -> IndicatorGap:
        lacking = None if problems is None else problems.get(code, (0, 0))
        ledger = f"{reverse('rectification:list')}?indicator={code}"
        name = names.get(code, "").removeprefix(f"{code} ")
        return IndicatorGap(code, name, figures.get(code), lacking, ledger, ways.get(code))

    parts = ((Duty.Part.GOAL, programme.goals), (Duty.Part.SAFEGUARD, programme.safeguards))
    goals = [
        GoalGap(
            f"{part.label} {number}",
            entry["title"],
            [gap(code) for code in entry.get("indicators", ())],
            by_entry[part.value, number],
        )
        for part, entries in parts
        for number, entry in enumerate(entries, 1)
    ]
    today = timezone.localdate()
    return ProgrammeGaps(programme, [PhaseNow.of(one, tasks, today) for one in programme.phases.all()], goals, plan)


def ways_out(plan: PlanRun | None, codes: Collection[str], school: str = "") -> dict[str, WayOut]:
    """By indicator that the plan improves, overall or at one school."""
    if plan is None:
        return {}
    found = {}
    for code, raising in plan_pages.by_indicator(plan).items():
        own = [one for one in raising if school in ("", one.school_code)]
        if code in codes and own:
            cost = numbers.text(measures.cost(own), 2)
            years = sorted({one.year for one in own if one.year})
            when = f"{years[0]} 年" if len(years) == 1 else f"{years[0]}—{years[-1]} 年"
            url = reverse("plans:school", args=[plan.pk, school]) if school else reverse("plans:detail", args=[plan.pk])
            url += "" if school else f"?indicator={code}#measures"
            found[code] = WayOut(f"{len(own)} 项措施，{when}，{cost} 万元", url)
    return found


def way_out(user: User, duty: Duty) -> WayOut | None:
    """What the newest plan does about the task's indicator, in the district or at its school."""
    if not duty.indicator or not holds(user, Perm.PLAN_VIEW):
        return None
    plan = plans.newest_of(user, duty.programme.district_id)
    return ways_out(plan, [duty.indicator], duty.school.code if duty.school else "").get(duty.indicator)


def _open_problems(user: User, programme: Programme) -> Mapping[str, tuple[int, int]] | None:
    """By indicator: open and overdue; None for who sees no ledger."""
    if not holds(user, Perm.FINDING_VIEW):
        return None
    rows = rectification.seen_by(user).filter(rectification.pending())
    rows = rows.filter(pk__in=rectification.of_district(programme.district_id).values("pk")).order_by()
    late = Count("pk", filter=Q(rectification.overdue()))
    counted = rows.values("indicator").annotate(open=Count("pk"), overdue=late)
    return {row["indicator"]: (row["open"], row["overdue"]) for row in counted}


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


def road(user: User, programme: Programme) -> tuple[Road, Road]:
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
    # Each task in its year nearest to this one, by goal or safeguard.
    nearest: dict[int, DutyYear] = {}
    for row in queries.years(user).filter(duty__programme=programme, duty__withdrawn_at=None):
        known = nearest.get(row.duty_id)
        if known is None or abs(row.year - today.year) < abs(known.year - today.year):
            nearest[row.duty_id] = row
    under: dict[tuple[str, int], list[DutyYear]] = defaultdict(list)
    for row in nearest.values():
        under[row.duty.part, row.duty.number].append(row)
    for part, entries in ((Duty.Part.GOAL, programme.goals), (Duty.Part.SAFEGUARD, programme.safeguards)):
        for number, entry in enumerate(entries, 1):
            yield f"{part.label} {number}. {entry['title']}", None, {}
            for row in under[part.value, number]:
                duty = row.duty
                tone, words = queries.standing(row, row.asked, today)  # type: ignore[attr-defined]
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
