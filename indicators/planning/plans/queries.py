"""Reads of plans: making one from a round and its terms, as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from indicators.collection.submissions.models import Round
from indicators.planning.engine import (
    DEFAULTS,
    SECTIONS,
    Cell,
    PlannedMeasure,
    PlanTerms,
    UnitCosts,
    by_year,
    editing,
    outlook,
    problem,
    steps,
    unit_costs,
)
from indicators.planning.engine.search import FoundPlan, OnProgress, Search
from indicators.planning.forecast import queries as forecasts
from indicators.planning.forecast.models import Forecast
from indicators.planning.plans.models import FORMAT, PlanRun
from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import published
from indicators.standard.engine import DistrictData, Result, numbers as exact
from indicators.standard.engine.parts import JudgedPart
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import digests
from portal.core.lib.numbers import plain
from schools.access.scope import Perm, visible

# Part of every base: raise it whenever the same inputs could be planned otherwise.
VERSION = "1.7"
_NAMED = 10


def shown_to(user: User) -> QuerySet[PlanRun]:
    """Newest first, without their content."""
    rows = visible(user, PlanRun.objects.all(), Perm.PLAN_VIEW)
    return rows.select_related("round__district", "created_by").defer("content").order_by("-pk")


def get(user: User, plan_id: int) -> PlanRun:
    """Raises NotFound outside the person's scope."""
    rows = visible(user, PlanRun.objects.all(), Perm.PLAN_VIEW)
    rows = rows.select_related("round__district", "round__standard", "created_by").defer("round__standard__content")
    found = rows.filter(pk=plan_id).first()
    if found is None:
        raise NotFound("没有这份达标规划，或不在您可以查看的范围内。")
    return found


def newest_of(user: User, district_id: int) -> PlanRun | None:
    """The newest plan of a district that the person may see, with its content."""
    return shown_to(user).defer(None).defer("round__standard__content").filter(round__district=district_id).first()


def costs_of(user: User) -> UnitCosts:
    """Those of the newest plan the person may see, else the defaults: what a bureau edited once stays."""
    newest = visible(user, PlanRun.objects.all(), Perm.PLAN_MANAGE).order_by("-pk").first()
    return unit_costs({name: newest.stored["base"][name] for name in SECTIONS}) if newest else DEFAULTS


def newest_forecast(round_: Round) -> int | None:
    return Forecast.objects.filter(round=round_).order_by("-pk").values_list("pk", flat=True).first()


def evaluation_of(plan: PlanRun) -> Evaluation | None:
    """The one that judged exactly the figures the plan starts from."""
    inputs = plan.stored["base"]["inputs_sha256"]
    return Evaluation.objects.filter(round=plan.round_id, inputs_sha256=inputs).order_by("-pk").first()


def forecast_of(plan: PlanRun) -> Forecast | None:
    """Whose pupils the plan takes; None where it takes the round's, or counted them itself."""
    sha256 = plan.stored["base"]["forecast_sha256"] or ""
    rows = Forecast.objects.filter(round=plan.round_id, sha256=sha256, created_at__lte=plan.created_at)
    return rows.select_related("created_by").defer("content").order_by("-pk").first()


@dataclass(frozen=True)
class PlanBase:
    """What a plan starts from: the round's inputs, the district of each year with all else as it is, whose pupils."""

    round: Round
    inputs: judging.Inputs
    years: Mapping[int, DistrictData]
    pupils: str
    forecast_sha256: str

    def judge(self, year: int, measures: Sequence[PlannedMeasure] = ()) -> Result:
        """Raises Invalid when one cannot be carried out or judged."""
        return editing.judge(self.inputs.spec, self.years[year], measures)

    def as_json(self, terms: PlanTerms, engine: str) -> dict[str, Any]:
        """What a plan was made from."""
        return {
            "round": self.round.code,
            "district": self.round.district.code,
            "standard": self.inputs.spec.code,
            "engine": engine,
            "plan": VERSION,
            "inputs_sha256": self.inputs.sha256,
            "pupils": self.pupils,
            "forecast_sha256": self.forecast_sha256 or None,
            "years": list(terms.years),
            "budgets": by_year(terms.budgets),
            "kinds": list(terms.kinds),
            "gap": plain(terms.gap),
            **terms.costs.as_json(),
        }


def base(round_: Round, years: Sequence[int], pupils: str) -> PlanBase:
    """`pupils` "" is the middle forecast where one is stored, else the round's. Raises Invalid."""
    inputs = judging.read(round_)
    forecast = Forecast.objects.filter(round=round_, to_year__gte=years[-1]).order_by("-pk").first()
    wanted = pupils or ("mid" if forecast else "base")
    if wanted == "base":
        return PlanBase(round_, inputs, dict.fromkeys(years, inputs.data), wanted, "")
    if forecast:
        content = forecast.stored
    else:
        forecasts.ensure_year(round_, years[-1])
        content = forecasts.make(forecasts.history(round_, {}, trend=False), round_, years[-1])
    counts: dict[int, dict[Cell, Decimal]] = {}
    for row in content["years"]:
        if row["scenario"] == wanted:
            counts[row["year"]] = {
                (school["school_code"], school["stage"], int(grade)): Decimal(count)
                for school in row["schools"]
                for grade, count in school["grades"].items()
            }
    data = {
        year: outlook.in_year(inputs.spec, inputs.data, counts[year]) if year in counts else inputs.data
        for year in years
    }
    return PlanBase(round_, inputs, data, wanted, forecast.sha256 if forecast else digests.fingerprint(content))


def make(found: PlanBase, terms: PlanTerms, on_progress: OnProgress = lambda _: None) -> dict[str, Any]:
    """The whole plan as JSON; the same base and terms give the same bytes. Raises Invalid."""
    challenge = challenge_of(found, terms)

    def judge(year: int, measures: Sequence[PlannedMeasure]) -> Result:
        return found.judge(year, terms.counting(measures, year))

    plan = Search(challenge, terms, judge, on_progress).run()
    on_progress("正在逐年判定")
    results = {year: judge(year, plan.measures) for year in terms.years}
    last, today = results[terms.years[-1]], found.judge(terms.years[-1])
    missed = [year for year, result in results.items() if not problem.is_there(result)]
    # The first year from which everything holds to the last.
    first = max(missed, default=terms.years[0] - 1) + 1
    earlier = None
    if plan.reaches and terms.years[0] < first <= terms.years[-1]:
        on_progress("正在求提前一年达标的价格")
        earlier = _earlier(terms, plan, first, lambda goals: Search(challenge, terms, judge, goals=goals))
    on_progress("正在求下一步的价格")
    if plan.reaches:
        next_ = steps.steps(challenge, terms, today, ()) + steps.lower_limits(challenge, terms, last)
    else:
        next_ = steps.steps(challenge, terms, last, plan.measures)
    return {
        "format": FORMAT,
        "base": found.as_json(terms, last.engine),
        "measures": [one.as_json() for one in plan.measures],
        "years": [_year(terms, plan.measures, year, result) for year, result in results.items()],
        **plan.as_json(),
        "one_year_earlier": earlier,
        "below": _below(last),
        "before": [_figures(part) for part in today.parts],
        "next_steps": [one.as_json() for one in next_],
        "verdict_after": published(last.as_json(round=found.round.code, district=found.round.district.code)),
    }


def challenge_of(found: PlanBase, terms: PlanTerms) -> problem.Challenge:
    """Raises Invalid where figures are missing."""
    spec, last = found.inputs.spec, terms.years[-1]
    judged = {year: found.judge(year) for year in terms.years}
    missing = dict.fromkeys(one.school_code for result in judged.values() for one in result.missing)
    if missing or not all(result.parts for result in judged.values()):
        names = {school.code: school.name for school in found.inputs.data.schools}
        said = [Problem("A1–A7 的数据还没有填齐", names[code], "请先完成填报和审核") for code in list(missing)[:_NAMED]]
        raise Invalid(f"还有 {len(missing)} 所学校的数据不全，不能规划。", said)
    return problem.of(spec, found.years[last], judged, terms.kinds)


def _year(terms: PlanTerms, measures: Sequence[PlannedMeasure], year: int, result: Result) -> dict[str, Any]:
    passing = [part for part in result.parts if part.passes]
    return {
        "year": year,
        "cost": plain(_spent(terms, measures, year)),
        "parts_passing": str(len(passing)),
        "parts": str(len(result.parts)),
        "passing": [{"school_code": part.school.code, "stage": part.stage} for part in passing],
        "coefficients": outlook.coefficients(result),
    }


def _spent(terms: PlanTerms, measures: Sequence[PlannedMeasure], year: int) -> Decimal:
    """万元 paid in a year."""
    unit, times = terms.costs.unit, terms.costs.times_paid
    paid = (one.quantity * unit[one.kind.code] * times(one.kind.code, one.year or 0, year) for one in measures)
    return sum(paid, Decimal(0))


def _earlier(
    terms: PlanTerms, plan: FoundPlan, first: int, search: Callable[[Sequence[int]], Search]
) -> dict[str, Any]:
    """What everything a year earlier costs, within the budgets or, where that cannot be or is not known, whatever they are.

    Without costs where it cannot be at all, or is not known.
    """
    goals = [year for year in terms.years if year >= first - 1]
    earlier, budgets = search(goals).cheapest(terms.budgets), "kept" if terms.budgets else "none"
    if terms.budgets and not earlier.reaches:
        budgets = "impossible" if earlier.can_reach is False else "unknown"
        earlier = search(goals).cheapest()
    found = {"year": first - 1, "instead_of": first, "can_reach": earlier.can_reach, "budgets": budgets}
    if not earlier.reaches:
        return found
    costs = [(year, _spent(terms, earlier.measures, year)) for year in terms.years]
    return found | {
        "total_cost": plain(earlier.cost),
        "lower_bound": plain(min(earlier.bound, earlier.cost)),
        "extra": plain(earlier.cost - plan.cost),
        "ended_by": earlier.ended_by,
        "years": [
            {"year": year, "cost": plain(cost), "extra": plain(cost - _spent(terms, plan.measures, year))}
            for year, cost in costs
        ],
    }


def _figures(part: JudgedPart) -> dict[str, Any]:
    """A part of the last year without the measures."""
    values = {one.indicator.code: exact.text(one.value) for one in part.indicators}
    return {"school_code": part.school.code, "stage": part.stage, "passes": part.passes, "values": values}


def _below(result: Result) -> list[dict[str, Any]]:
    """What still fails of parts and coefficients."""
    parts = [
        {
            "school_code": part.school.code,
            "stage": part.stage,
            "indicators": [one.indicator.code for one in part.indicators if not one.reaches],
        }
        for part in result.parts
        if not part.passes
    ]
    coefficients = [
        {"school_code": None, "stage": one.stage, "indicators": [one.indicator.code]}
        for one in result.all_coefficients()
        if one.passes is False
    ]
    return [*parts, *coefficients]
