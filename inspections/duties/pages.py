"""目标差距 of a programme: how its phases go, and what each goal lacks, with the ways to ledger and least-cost plan."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from indicators.planning.plans import pages as plan_pages
from indicators.planning.plans import queries as plans
from indicators.planning.plans.models import PlanRun
from indicators.planning.scenarios import measures
from inspections.duties import planning, queries
from inspections.duties.models import Duty
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


def of(user: User, programme: Programme) -> ProgrammeGaps:
    """A fixed number of queries."""
    rows = queries.duties(user).filter(programme=programme, withdrawn_at=None).prefetch_related("years")
    tasks = list(rows.order_by("part", "number", "code"))
    by_entry: dict[tuple[str, int], list[Duty]] = defaultdict(list)
    for duty in tasks:
        by_entry[duty.part, duty.number].append(duty)
    names = planning.indicators_of(programme)
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
    return ProgrammeGaps(programme, [_phase(one, tasks, today) for one in programme.phases.all()], goals, plan)


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


def of_duty(user: User, duty: Duty) -> WayOut | None:
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


def _phase(phase: Phase, tasks: Sequence[Duty], today: dt.date) -> PhaseNow:
    own = [duty for duty in tasks if duty.phase_id == phase.pk]
    years = {duty.pk: [row for row in duty.years.all() if not row.is_dropped] for duty in own}
    settled = sum(all(row.result for row in rows) for rows in years.values())
    late = sum(any(not row.result and row.due_on < today for row in rows) for rows in years.values())
    tone, word = PhaseDates(phase.name, phase.starts_on, phase.ends_on).state(today)
    nearest = min(max(today.year, phase.starts_on.year), phase.ends_on.year)
    url = f"{reverse('duties:list')}?phase={phase.pk}&year={nearest}"
    return PhaseNow(phase, tone, word, len(own), settled, late, url)
