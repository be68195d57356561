"""计划与实际: each year's planned figures against those of the year's newest evaluation, or of what is handed in so far.

What a measure adds is linear in the figure while pupils stay, so a year's planned figure lies between the plan's first
and last by the share of what counts by then. A figure that is not there is still to come, never a decline.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.planning.engine import STAGES, PlannedMeasure, measures as scenario_measures, problem
from indicators.planning.plans import queries
from indicators.planning.plans.models import PlanRun
from indicators.results.evaluations import judging, queries as evaluations
from indicators.results.evaluations.models import PartResult
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib.numbers import text

DONE, PART, NOT_DONE, TO_COME = "完成", "部分", "未完成", "待填"
TONES = {DONE: "ok", PART: "warn", NOT_DONE: "bad", TO_COME: "muted"}
_PLACES = 2
# School code, stage, indicator.
Figure = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PlannedFact:
    """A figure that measures raise by a year: as it was, as planned, as it is."""

    school_code: str
    school: str
    stage: str
    indicator: str
    measures: str
    before: str
    planned: str
    actual: str
    state: str

    @property
    def tone(self) -> str:
        return TONES[self.state]


@dataclass(frozen=True)
class YearFacts:
    """A year of the plan; `evaluation` names what it is compared with, "" where there is none.

    `trial` says in words what a year rests on that is not judged yet, and is blank else.
    """

    year: int
    evaluation: str
    trial: str
    passing_planned: int
    passing_actual: int | None
    facts: tuple[PlannedFact, ...]

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(state, sum(one.state == state for one in self.facts)) for state in TONES]


@dataclass(frozen=True, slots=True)
class _Actual:
    """A year as it is: judged, or (`trial`) tried."""

    name: str
    trial: str
    passing: int
    values: Mapping[Figure, Decimal | None]


def of(user: User, plan: PlanRun, before: int | None = None) -> list[YearFacts]:
    """Every year, or those before one. Queries grow with rounds that are handed in and not judged yet, nothing else."""
    content = plan.stored
    rows = [row for row in content["years"] if before is None or row["year"] < before]
    years = [row["year"] for row in rows]
    parts = evaluations.parts_shown_to(user).filter(
        evaluation__round__district=plan.round.district_id, evaluation__round__school_year_start__year__in=years
    )
    by_year: dict[int, list[PartResult]] = {}
    for part in parts.select_related("evaluation__round", "school").prefetch_related("indicators"):
        by_year.setdefault(part.evaluation.round.school_year_start.year, []).append(part)
    actual: dict[int, _Actual] = {}
    for year, found in by_year.items():
        values = {
            (part.school.code, part.stage, one.code): one.value for part in found for one in part.indicators.all()
        }
        actual[year] = _Actual(found[0].evaluation.round.name, "", sum(part.passes is True for part in found), values)
    waiting = Round.objects.filter(
        district=plan.round.district_id, school_year_start__year__in=set(years) - set(actual), evaluations=None
    )
    for round_ in waiting.select_related("standard", "district").order_by("pk"):
        if tried := _tried(user, round_):
            actual[round_.school_year_start.year] = tried
    spec = standards.load_spec(plan.round.standard)
    # What one unit of each measure changes, and where; who gives a teacher loses as much.
    added = [
        (one, (school, one.stage), {code: -step if gives else step for code, step in steps.items()})
        for one in scenario_measures.read(content["measures"])
        for steps in [problem.effects(spec, one.kind, one.of, one.stage)]
        for school, gives in one.schools
    ]
    shown = []
    for row in rows:
        one, planned = actual.get(row["year"]), int(row["parts_passing"])
        facts = tuple(_facts(content, added, row["year"], one.values if one else {}))
        name, trial, passing = (one.name, one.trial, one.passing) if one else ("", "", None)
        shown.append(YearFacts(row["year"], name, trial, planned, passing, facts))
    return shown


def late(user: User, district_id: int) -> Iterator[tuple[PlanRun, int, int]]:
    """Of the newest plan of a district: itself, a year that is over and judged, and how many figures it missed in it."""
    this_year = timezone.localdate().year
    newest = queries.shown_to(user).filter(round__district=district_id).first()
    if newest is None or newest.first_year >= this_year:
        return
    for year in of(user, queries.get(user, newest.pk), before=this_year):
        missed = sum(one.state in (PART, NOT_DONE) for one in year.facts)
        if year.evaluation and not year.trial and missed:
            yield newest, year.year, missed


def _tried(user: User, round_: Round) -> _Actual | None:
    """What is handed in so far, judged as it stands; None while that is nothing, or nothing that can be judged."""
    states = dict(submissions.handed_in(user).filter(submission__round=round_).values_list("pk", "submission__state"))
    loaded = submissions.load_frozen(round_.standard, states)
    schools = [pk for pk, row in loaded.items() if row.school_code]
    if not schools:
        return None
    try:
        inputs = judging.read(round_, loaded.values())
        result = judging.judge(round_, inputs, timezone.now()).result
    except Invalid:
        return None
    approved = sum(states[pk] == Submission.State.APPROVED for pk in schools)
    values = {
        (part.school.code, part.stage, one.indicator.code): None if one.value is None else _decimal(one.value)
        for part in result.parts
        for one in part.indicators
    }
    words = f"已提交 {len(schools)} 所，其中审核通过 {approved} 所，还没有评估，不是评估结论"
    return _Actual(round_.name, words, sum(part.passes is True for part in result.parts), values)


def _facts(
    content: Mapping[str, Any],
    added: Sequence[tuple[PlannedMeasure, tuple[str, str], Mapping[str, int]]],
    year: int,
    values: Mapping[Figure, Decimal | None],
) -> Iterator[PlannedFact]:
    before = {(part["school_code"], part["stage"]): part["values"] for part in content["before"]}
    leads = content["base"]["lead_years"]
    for part in content["verdict_after"]["parts"]:
        school, stage = part["school_code"], part["stage"]
        for code, after in part["indicators"].items():
            own = [
                (one, step)
                for one, at, steps in added
                if at in ((school, stage), (school, ""))
                for step in [steps.get(code)]
                if step
            ]
            due = [(one, step) for one, step in own if (one.year or 0) + leads.get(one.kind.code, 0) <= year]
            total = sum((Fraction(one.quantity) * step for one, step in own), Fraction(0))
            was = before.get((school, stage), {}).get(code)
            if not due or total <= 0 or was is None:
                continue
            share = sum((Fraction(one.quantity) * step for one, step in due), Fraction(0)) / total
            planned = Fraction(was) + (Fraction(after["value"]) - Fraction(was)) * share
            value = values.get((school, stage, code))
            labels = dict.fromkeys(one.kind.label for one, step in due if step > 0)
            yield PlannedFact(
                school,
                part["school_name"],
                STAGES[stage],
                code,
                "、".join(labels),
                text(Decimal(was), _PLACES),
                text(_decimal(planned), _PLACES),
                "—" if value is None else text(value, _PLACES),
                _state(Fraction(was), planned, value),
            )


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / number.denominator


def _state(was: Fraction, planned: Fraction, value: Decimal | None) -> str:
    """Compared as printed: a figure that looks the same is the same."""
    if value is None:
        return TO_COME
    actual = round(Fraction(value), _PLACES)
    if actual >= round(planned, _PLACES):
        return DONE
    return PART if actual > round(was, _PLACES) else NOT_DONE
