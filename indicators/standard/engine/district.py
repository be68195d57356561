"""B, C and D judged by their conditions, the vetoes, and 三个增长 (教育法 §56), which is no part of the verdict."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indicators.standard.engine import conditions, district_rules, numbers, school_rules
from indicators.standard.engine.conditions import Condition, Need, Outcome, together
from indicators.standard.engine.data import Answers, DistrictData, SchoolData, Value, figure
from indicators.standard.engine.respondents import Respondents, reporting
from indicators.standard.engine.spec import Growth, Indicator, Item, Rising, Spec, Veto

NOT_JUDGED = "本版标准没有计算规则，由人工评定"
NOTHING_ENTERED = "尚未填报"
# Each function takes its own type of condition.
RULES: Mapping[type[Condition], Callable[[Any, Respondents], Outcome]] = {
    conditions.Ratio: district_rules.ratio,
    conditions.Some: district_rules.some,
    conditions.Retention: district_rules.retention,
    conditions.Monitoring: district_rules.monitoring,
    conditions.Agrees: district_rules.agrees,
    conditions.Holds: school_rules.holds,
    conditions.Rooms: school_rules.rooms,
    conditions.Size: school_rules.size,
    conditions.ClassSize: school_rules.class_size,
    conditions.SmallSchoolFunds: school_rules.small_school_funds,
}


@dataclass(frozen=True, slots=True)
class DistrictIndicator:
    """One of B1–D1: its conditions all have to hold; ``entered`` only where the standard has none."""

    indicator: Indicator
    outcomes: tuple[Outcome, ...]
    entered: str | None = None

    @property
    def _counted(self) -> list[Outcome]:
        return [o for o in self.outcomes if o.condition.judged and o.applicable]

    @property
    def applicable(self) -> bool:
        """False when the standard demands nothing here."""
        return bool(self._counted) or not self.outcomes

    @property
    def passes(self) -> bool | None:
        """None while a condition cannot be judged or none applies."""
        return together(o.passes for o in self._counted)

    @property
    def near_limit(self) -> bool:
        """临界: a condition would read otherwise with its figure as printed."""
        return any(o.near_limit for o in self._counted)

    @property
    def value(self) -> str | None:
        """The first condition's figure as an exact decimal, or in words."""
        if not self.outcomes:
            return self.entered
        return self.outcomes[0].shown or None

    @property
    def why(self) -> str:
        if not self.outcomes:
            return NOT_JUDGED if self.entered else NOTHING_ENTERED
        return "；".join(o.why for o in self.outcomes if o.why)

    @property
    def missing(self) -> tuple[Need, ...]:
        """Of its judged conditions, each once."""
        return tuple(dict.fromkeys(need for o in self.outcomes if o.condition.judged for need in o.missing))

    @property
    def figures(self) -> Mapping[str, Fraction]:
        return {name: figure for o in self.outcomes for name, figure in o.figures.items()}

    def as_json(self) -> dict[str, Any]:
        conditions = [
            {
                "code": outcome.condition.code,
                "label": outcome.condition.label,
                "judged": outcome.condition.judged,
                "value": numbers.text(outcome.value),
                "limit": numbers.text(outcome.limit),
                "passes": outcome.passes,
                "applicable": outcome.applicable,
                "near_limit": outcome.near_limit,
                "why": outcome.why,
            }
            for outcome in self.outcomes
        ]
        schools = [
            {
                "school_code": school.school_code,
                "condition": outcome.condition.code,
                "value": numbers.text(school.value),
                "passes": school.passes,
                **({"why": school.why} if school.why else {}),
            }
            for outcome in self.outcomes
            for school in outcome.schools
        ]
        return {
            "value": self.value,
            "passes": self.passes,
            "why": self.why,
            "applicable": self.applicable,
            "near_limit": self.near_limit,
            "figures": {name: numbers.text(figure) for name, figure in self.figures.items()},
            "conditions": conditions,
            "schools": schools,
            "missing": [{"respondent": need.respondent, "item": need.item} for need in self.missing],
        }


@dataclass(frozen=True, slots=True)
class VetoResult:
    """Whether a veto happened, and at which schools; None while someone has not answered.

    ``bureau`` is what the bureau stated for the whole district, which no school's 无 replaces;
    ``is_asked`` is False where the standard asks it for no such statement.
    """

    veto: Veto
    happened: bool | None
    schools: tuple[str, ...]
    unanswered: tuple[str, ...]
    bureau: bool | None = None
    is_asked: bool = False

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.veto.code, "name": self.veto.name, "happened": self.happened}
        found |= {"schools": list(self.schools), "unanswered": list(self.unanswered)}
        # Where nobody asks the bureau nothing is stored: its silence would read as an open statement.
        return found | ({"bureau": self.bureau} if self.is_asked else {})


def indicators(everyone: Respondents) -> list[DistrictIndicator]:
    found = []
    for indicator in everyone.spec.indicators:
        if indicator.conditions:
            outcomes = tuple(RULES[type(c)](c, everyone) for c in indicator.conditions)
            found.append(DistrictIndicator(indicator, outcomes))
        elif indicator.formula is None:
            found.append(DistrictIndicator(indicator, (), _entered(indicator, everyone)))
    return found


def _entered(indicator: Indicator, everyone: Respondents) -> str | None:
    """In words, for an indicator without a rule."""
    spec, district = everyone.spec, everyone.data.answers
    schools = [r.school for r in everyone.schools["all"] if r.school is not None]
    found = []
    for reference in indicator.items:
        respondent, base = reference.split(".")
        items = spec.district_items if respondent == "district" else spec.items
        for item in (item for item in items.values() if item.base == base):
            if respondent == "school":
                words = _of_schools(item, schools)
            elif (answer := district.get(item.code)) is None:
                words = ""
            else:
                words = describe(item, answer) if isinstance(answer, Value) else f"不适用（{answer.reason}）"
            if words:
                found.append(f"{item.label} {words}")
    return "；".join(found) or None


def describe(item: Item, answer: Value) -> str:
    value = answer.value
    if item.kind == "table":
        return f"{len(value)} 行"
    if item.kind == "yes_no":
        return item.yes_label if value else item.no_label
    if item.kind in ("number", "decimal"):
        return f"{numbers.text(Fraction(value))} {item.unit}".strip()
    return str(value)


def _of_schools(item: Item, schools: Sequence[SchoolData]) -> str:
    """Sum, count or distribution, and how many answered."""
    given = [school.given.get(item.code) for school in schools]
    values = [answer.value for answer in given if isinstance(answer, Value)]
    if not values:
        return ""
    answered = f"（{len(values)} 校已填）"
    if item.kind in ("number", "decimal"):
        figures = (figure(s.given, item.code) for s in schools)
        total = numbers.exact_sum(f for f in figures if f is not None)
        return f"合计 {numbers.text(total)} {item.unit}{answered}"
    if item.kind == "table":
        return f"合计 {sum(len(rows) for rows in values)} 行{answered}"
    if item.kind == "text":
        return f"{len(values)} 校已填"
    named = Counter(describe(item, Value(value)) for value in values)
    return "、".join(f"{name} {count} 校" for name, count in sorted(named.items()))


def vetoes(spec: Spec, data: DistrictData) -> list[VetoResult]:
    """Over all reporting schools and the bureau; one 有 is enough, silence is not 无."""
    schools = reporting(spec, sorted(data.schools, key=lambda school: school.code))
    found = []
    for veto in spec.vetoes:
        yes, silent = [], []
        for school in schools:
            answer = school.given.get(veto.item)
            if not isinstance(answer, Value):
                silent.append(school.code)
            elif answer.value is True:
                yes.append(school.code)
        is_asked, statement = veto.item in spec.district_items, data.answers.get(veto.item)
        bureau = statement.value if is_asked and isinstance(statement, Value) else None
        is_open = silent or not schools or (is_asked and bureau is None)
        happened = True if yes or bureau else None if is_open else False
        found.append(VetoResult(veto, happened, tuple(yes), tuple(silent), bureau, is_asked))
    return found


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One figure of two years; ``against`` is the growth it has to exceed, in per cent, None where it only has to rise."""

    rising: Rising
    now: Fraction | None
    before: Fraction | None
    rate: Fraction | None
    against: Fraction | None
    passes: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class GrowthResult:
    """One of the three conditions: all its figures have to rise."""

    growth: Growth
    lines: tuple[GrowthLine, ...]

    @property
    def passes(self) -> bool | None:
        """None while a figure of either year is missing."""
        return together(line.passes for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        lines = [
            {
                "item": line.rising.item,
                "stage": line.rising.stage,
                "now": numbers.text(line.now),
                "before": numbers.text(line.before),
                "rate": numbers.text(line.rate),
                "against": numbers.text(line.against),
                "passes": line.passes,
                "why": line.why,
            }
            for line in self.lines
        ]
        return {"code": self.growth.code, "label": self.growth.label, "passes": self.passes, "lines": lines}


def growth(spec: Spec, answers: Answers) -> tuple[GrowthResult, ...]:
    places = spec.printing["percent"]
    found = []
    for growth in spec.growths:
        other, lines = _rate(growth.faster_than, answers) if growth.faster_than else None, []
        for rising in growth.rising:
            now, before = figure(answers, rising.now), figure(answers, rising.before)
            rate = _rate(rising, answers)
            why = _figures(spec, rising, answers, rate)
            if growth.faster_than:
                passes = None if rate is None or other is None else rate > other
                why += f"；{_figures(spec, growth.faster_than, answers, other)}"
                alike = numbers.printed(rate, places) == numbers.printed(other, places)
                if passes is not None and rate != other and alike:
                    why += "（临界，以未四舍五入的数为准）"
            else:
                passes = None if now is None or before is None else now > before
            lines.append(GrowthLine(rising, now, before, rate, other, passes, why))
        found.append(GrowthResult(growth, tuple(lines)))
    return tuple(found)


def _rate(rising: Rising, answers: Answers) -> Fraction | None:
    """In per cent; None while a year is missing or the earlier figure is 0."""
    now, before = figure(answers, rising.now), figure(answers, rising.before)
    return None if now is None or not before else (now - before) * 100 / before


def _figures(spec: Spec, rising: Rising, answers: Answers, rate: Fraction | None) -> str:
    """生均教育经费 上年 13850 元，本年 14270 元，增长 3.0%."""
    years = []
    for year, code in (("上年", rising.before), ("本年", rising.now)):
        value = numbers.text(figure(answers, code))
        years.append(f"{year} {f'{value} {rising.unit}' if value else '待填'}")
    shown = "，".join(years)
    if rate is not None:
        shown += f"，{'下降' if rate < 0 else '增长'} {numbers.printed(abs(rate), spec.printing['percent'])}%"
    elif figure(answers, rising.before) == 0 and figure(answers, rising.now) is not None:
        shown += "，上年为 0，算不出增长率"
    return f"{rising.label} {shown}"
