"""A stored plan as people read it: by year, by school, what decides; for pages, workbook and papers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.planning.engine import (
    PUPILS,
    RESPONSIBLE,
    SECTIONS,
    STAGES,
    PlannedMeasure,
    measures,
    problem,
    unit_costs,
)
from indicators.planning.plans import queries
from indicators.planning.plans.models import PlanRun
from indicators.standard.standards import queries as standards
from portal.core.lib import dates
from portal.core.lib.numbers import text
from portal.core.lib.verdicts import VERDICTS

MONEY = 2
EARLIER = ["年度", "这份规划（万元）", "提前一年（万元）", "多要（万元）"]
# A coefficient this near its limit (relative) decides what the plan costs.
_NEAR = Decimal("0.99")
# How the price of a year earlier stands to the yearly budgets.
_WITHIN = {
    "none": "",
    "kept": "，在各年经费以内",
    "impossible": "，在各年经费以内做不到；不限各年经费",
    "unknown": "，在各年经费以内能不能做到还不知道（求解的步数不够）；不限各年经费",
}


@dataclass(frozen=True, slots=True)
class YearShown:
    """A year of a plan: what it costs, in all and by lever, and which parts pass for the first time."""

    year: int
    cost: str
    levers: tuple[tuple[str, str], ...]
    passing: str
    parts: str
    newly: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """One measure in words, with the money of all years of the plan."""

    year: int | None
    school_code: str
    school: str
    stage: str
    lever: str
    label: str
    giver: str
    quantity: str
    cost: str
    responsible: str

    @property
    def is_of_stage(self) -> bool:
        """Not of the whole school."""
        return self.stage in STAGES.values()


@dataclass(frozen=True, slots=True)
class FigureShown:
    """An indicator of a part without and with the plan; `was` is None where nothing was there before."""

    code: str
    threshold: str
    was: str | None
    now: str

    @property
    def before(self) -> str:
        return text(None if self.was is None else Decimal(self.was), 2)

    @property
    def after(self) -> str:
        return text(Decimal(self.now), 2)

    @property
    def gap(self) -> str:
        return text(None if self.was is None else max(Decimal(self.threshold) - Decimal(self.was), Decimal(0)), 2)

    @property
    def turn(self) -> str:
        reached = [value is not None and Decimal(value) >= Decimal(self.threshold) for value in (self.was, self.now)]
        return "" if reached[0] == reached[1] else "better" if reached[1] else "worse"


@dataclass(frozen=True, slots=True)
class SchoolShown:
    """一校一案: the figures of a school's parts, its measures and their money."""

    code: str
    name: str
    passes: bool
    passes_from: str
    parts: tuple[tuple[str, str, tuple[FigureShown, ...]], ...]
    measures: tuple[MeasureShown, ...]
    cost: str


@dataclass(frozen=True, slots=True)
class EarlierShown:
    """What it costs to reach everything a year earlier: in words, and by year this plan's money, that one's, how much more."""

    words: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class PlanShown:
    """All of a plan in words; each part is put together when it is asked for."""

    plan: PlanRun

    @property
    def content(self) -> Mapping[str, Any]:
        return self.plan.stored

    @cached_property
    def names(self) -> Mapping[str, str]:
        return {part["school_code"]: part["school_name"] for part in self.content["verdict_after"]["parts"]}

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        content = self.content
        last = content["years"][-1]
        found = [
            ("总费用", f"{_money(content['total_cost'])} 万元"),
            ("不会低于", f"{_money(content['lower_bound'])} 万元"),
            ("差距", f"{text(Decimal(content['gap']) * 100, 2)}%"),
            (f"{last['year']} 年达标", f"{last['parts_passing']} / {last['parts']}"),
        ]
        if content["least_needed"] is not None and not content["reaches"]:
            bound = content["needed_bound"] or content["least_needed"]
            cost = f"{_money(content['least_needed'])} 万元（不会低于 {_money(bound)} 万元）"
            found.append(("不限各年经费，全部达标需要", cost))
        if needed := content["budgets_needed"]:
            amounts = "，".join(f"{year} 年 {amount} 万元" for year, amount in needed.items())
            bound, total = content["budgets_bound"], sum(map(Decimal, needed.values()), Decimal(0))
            cost = f"{amounts}；合计 {_money(total)} 万元（不会低于 {_money(bound)} 万元）"
            found.append(("年度经费要加到", cost))
        return found

    @cached_property
    def notes(self) -> list[str]:
        content, base = self.content, self.content["base"]
        last = base["years"][-1]
        if content["reaches"]:
            found = [f"到 {last} 年全部学校达标，各项差异系数不超过限值"]
        elif content["can_reach"]:
            found = [f"按这些年度经费，到 {last} 年不能全部达标；下面是达标学校最多的安排"]
        elif content["can_reach"] is None:
            found = ["求解时间到了，还没有求出全部达标的安排，也不能说做不到；请延长求解时间再规划"]
        else:
            found = ["只用这些措施做不到全部达标，与经费多少无关；下面是达标学校最多的安排"]
        if content["proven"]:
            found.append("费用下界由求解程序证明：任何满足同样条件的安排都不会比它更省")
        ended_by = content["ended_by"]
        if ended_by == "time":
            found.append("求解时间到了，这是找到的最好的安排；延长时间可能更省。再规划一次，结果可能略有不同")
        elif ended_by == "steps":
            found.append("求满规定的步数就停，这是找到的最好的安排，不一定最省；同样的数据再规划一次，结果一样")
        if base["budgets"]:
            amounts = "，".join(f"{year} 年 {amount} 万元" for year, amount in base["budgets"].items())
            found.append(f"年度经费：{amounts}")
        return found

    @cached_property
    def wanted(self) -> list[PlannedMeasure]:
        return measures.read(self.content["measures"])

    @cached_property
    def levers(self) -> list[str]:
        return list(dict.fromkeys(one.kind.lever for one in self.wanted))

    @cached_property
    def measures(self) -> tuple[MeasureShown, ...]:
        return _in_words(self.wanted, self.names)

    @cached_property
    def years(self) -> list[YearShown]:
        priced = unit_costs({name: self.content["base"][name] for name in SECTIONS})
        before = {(part["school_code"], part["stage"]) for part in self.content["before"] if part["passes"]}
        found = []
        for row in self.content["years"]:
            spent = dict.fromkeys(self.levers, Decimal(0))
            for one in self.wanted:
                times = priced.times_paid(one.kind.code, one.year or 0, row["year"])
                spent[one.kind.lever] += one.quantity * priced.unit[one.kind.code] * times
            passing = {(part["school_code"], part["stage"]): part for part in row["passing"]}
            found.append(
                YearShown(
                    row["year"],
                    _money(row["cost"]),
                    tuple((lever, _money(amount)) for lever, amount in spent.items()),
                    row["parts_passing"],
                    row["parts"],
                    tuple(_part(part, self.names) for key, part in passing.items() if key not in before),
                )
            )
            before |= passing.keys()
        return found

    @cached_property
    def schools(self) -> list[SchoolShown]:
        content = self.content
        before = {(part["school_code"], part["stage"]): part for part in content["before"]}
        parts: dict[str, list[Mapping[str, Any]]] = {}
        for part in content["verdict_after"]["parts"]:
            parts.setdefault(part["school_code"], []).append(part)
        found = []
        for code, own in parts.items():
            figures = []
            for part in own:
                was = before.get((code, part["stage"]), {"values": {}, "passes": None})
                turn = " → ".join(
                    "—" if passes is None else VERDICTS[passes].words for passes in (was["passes"], part["passes"])
                )
                rows = (
                    FigureShown(key, one["threshold"], was["values"].get(key), one["value"])
                    for key, one in part["indicators"].items()
                )
                figures.append((STAGES[part["stage"]], turn, tuple(rows)))
            mine = tuple(one for one in self.measures if one.school_code == code)
            total = sum((Decimal(one["cost"]) for one in content["measures"] if one["school_code"] == code), Decimal(0))
            # The first year from which all parts of a school pass.
            keys = {(part["school_code"], part["stage"]) for part in own}
            first = ""
            for row in reversed(content["years"]):
                if not keys <= {(part["school_code"], part["stage"]) for part in row["passing"]}:
                    break
                first = f"{row['year']} 年"
            found.append(
                SchoolShown(
                    code,
                    self.names[code],
                    bool(first),
                    first or VERDICTS[False].words,
                    tuple(figures),
                    mine,
                    _money(total),
                )
            )
        return found

    @cached_property
    def binding(self) -> list[str]:
        """What a cheaper plan would have to break."""
        after = self.content["verdict_after"]
        # One over its limit stands with what is still below.
        found = [
            f"{STAGES[stage]} {code} 差异系数 {text(Decimal(one['cv']), 3)}，限值 {one['limit']}"
            for stage, by_code in after["coefficients"].items()
            for code, one in by_code.items()
            if one["passes"] and Decimal(one["cv"]) >= Decimal(one["limit"]) * _NEAR
        ]
        before = {(part["school_code"], part["stage"]): part["values"] for part in self.content["before"]}
        raised: dict[str, int] = {}
        for part in after["parts"]:
            for code, one in part["indicators"].items():
                was = before.get((part["school_code"], part["stage"]), {}).get(code)
                if was is not None and Fraction(was) < Fraction(one["threshold"]) <= Fraction(one["value"]):
                    raised[code] = raised.get(code, 0) + 1
        found += [f"{code}：{count} 所学校（分学段）由不够补到标准" for code, count in sorted(raised.items())]
        missed = sum(any(not one["reaches"] for one in part["indicators"].values()) for part in after["parts"])
        if missed:
            found.append(f"{missed} 所学校（分学段）用足标准允许没到的项数，没到的不低于底线")
        return found

    @cached_property
    def below(self) -> list[str]:
        return [
            f"{_part(row, self.names)}：{'、'.join(row['indicators'])} 低于标准"
            if row["school_code"]
            else f"{STAGES[row['stage']]} {'、'.join(row['indicators'])} 差异系数超过限值"
            for row in self.content["below"]
        ]

    @cached_property
    def steps(self) -> list[tuple[str, str]]:
        """Each next step and its price in 万元."""
        start, found = "从现状起" if self.content["reaches"] else "在这份安排之上", []
        for one in self.content["next_steps"]:
            if one["school_code"]:
                words = f"{start}，再达标一所，最省的是{_part(one, self.names)}"
            elif one["lower"] is None:
                words = f"{start}，{STAGES[one['stage']]} {one['indicator']} 差异系数降到限值以内"
            else:
                words = f"全部达标以后，{STAGES[one['stage']]} {one['indicator']} 差异系数再降 {one['lower']}"
            found.append((words, _money(one["cost"])))
        return found

    @cached_property
    def earlier(self) -> EarlierShown | None:
        """None for what is reached in its first year."""
        found = self.content["one_year_earlier"]
        if found is None:
            return None
        turn = f"全部达标由 {found['instead_of']} 年提前到 {found['year']} 年"
        if found["can_reach"] is None:
            return EarlierShown(f"{turn}：求解时间或步数不够，还不知道要多少", ())
        if not found["can_reach"]:
            return EarlierShown(f"{turn}：只用这些措施做不到，与经费多少无关（有的措施要几年才见效，或有每年上限）", ())
        extra = Decimal(found["extra"])
        more = f"比这份规划{'多' if extra > 0 else '少'} {_money(abs(extra))} 万元"
        if not round(extra, MONEY):
            more = "总数和这份规划一样，只是早些花"
        words = f"{turn}{_WITHIN[found['budgets']]}，最省共要 {_money(found['total_cost'])} 万元，{more}"
        if found["ended_by"] != "gap":
            words += f"（不一定最省，不会低于 {_money(found['lower_bound'])} 万元）"
        planned = {row["year"]: row["cost"] for row in self.content["years"]}
        rows = [
            (str(one["year"]), _money(planned[one["year"]]), _money(one["cost"]), _money(one["extra"]))
            for one in found["years"]
        ]
        total = ("合计", _money(self.content["total_cost"]), _money(found["total_cost"]), _money(extra))
        return EarlierShown(words, (*rows, total))


def by_indicator(plan: PlanRun) -> dict[str, list[PlannedMeasure]]:
    """The measures that raise each indicator; one that raises two is with both."""
    spec, found = standards.load_spec(plan.round.standard), dict[str, list[PlannedMeasure]]()
    for one in measures.read(plan.stored["measures"]):
        for code in problem.effects(spec, one.kind, one.of, one.stage):
            found.setdefault(code, []).append(one)
    return found


def narrowed(plan: PlanRun, code: str) -> tuple[MeasureShown, ...]:
    """Those that raise an indicator, in words."""
    names = {part["school_code"]: part["school_name"] for part in plan.stored["verdict_after"]["parts"]}
    return _in_words(by_indicator(plan).get(code, []), names)


def _money(amount: Decimal | str) -> str:
    return text(Decimal(amount), MONEY)


def _part(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"{names.get(row['school_code'], row['school_code'])}（{STAGES[row['stage']]}）"


def pupils_of(plan: PlanRun, persons: Callable[[str], str] = str) -> str:
    """Which pupils the plan takes, and whose forecast of when that is; `persons` writes a name."""
    base, forecast = plan.stored["base"], queries.forecast_of(plan)
    said = PUPILS[base["pupils"]]
    if forecast:
        said += f"（{persons(forecast.created_by.name)}{dates.moment(forecast.created_at)}预测）"
    elif base["forecast_sha256"]:
        said += "（规划时推算，没有另存）"
    return f"在校生按{said}，其他资源按现状"


def checksums(plan: PlanRun, signs: int | None = None) -> Iterator[str]:
    """By which the plan and what it was made from are proven the same; the first `signs` of each."""
    base = plan.stored["base"]
    yield f"规划校验值 {plan.sha256[:signs]}"
    yield f"填报校验值 {base['inputs_sha256'][:signs]}"
    if base["forecast_sha256"]:
        yield f"生源预测校验值 {base['forecast_sha256'][:signs]}"


def _in_words(wanted: Iterable[PlannedMeasure], names: Mapping[str, str]) -> tuple[MeasureShown, ...]:
    """By year, then by school."""
    return tuple(
        MeasureShown(
            one.year,
            one.school_code,
            names.get(one.school_code, one.school_code),
            STAGES.get(one.stage, "全校"),
            one.kind.lever,
            one.kind.label + (f"（{one.kind.of_labels[one.of]}）" if one.of else ""),
            names.get(one.from_school_code, one.from_school_code),
            f"{text(one.quantity, 0 if one.kind.whole else MONEY)} {one.kind.unit}",
            _money(one.cost or Decimal(0)),
            RESPONSIBLE.get(one.kind.lever, ""),
        )
        for one in sorted(wanted, key=lambda one: (one.year or 0, one.school_code))
    )
