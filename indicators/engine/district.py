"""B, C and D as entered, and the vetoes: collected here, not judged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from indicators.engine import numbers, scope
from indicators.engine.returns import DistrictReturn, SchoolReturn, Value, figure
from indicators.engine.spec import Indicator, Item, Spec, Veto

NOT_JUDGED = "已汇总填报数据，结论由人工评定"
NOTHING_ENTERED = "尚未填报"


@dataclass(frozen=True, slots=True)
class DistrictIndicator:
    """What was entered for one of B1–D1; ``value`` is None when nothing was."""

    indicator: Indicator
    value: str | None
    passes: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class VetoResult:
    """Whether a veto happened, and at which schools; None while someone has not answered."""

    veto: Veto
    happened: bool | None
    schools: tuple[str, ...]
    unanswered: tuple[str, ...]


def reporting(spec: Spec, schools: Sequence[SchoolReturn]) -> list[SchoolReturn]:
    """Schools that must send a return: in business and of a kind that is asked anything."""
    return [school for school in schools if school.status != "停办" and scope.kind_of(spec, school.kind).sections != ()]


def indicators(spec: Spec, district: DistrictReturn) -> list[DistrictIndicator]:
    """B1–B15, C1–C9 and D1 with the entered figures in words."""
    schools = reporting(spec, district.schools)
    return [_entered(spec, i, district, schools) for i in spec.indicators if i.formula is None]


def _entered(
    spec: Spec, indicator: Indicator, district: DistrictReturn, schools: Sequence[SchoolReturn]
) -> DistrictIndicator:
    found = []
    for reference in indicator.items:
        respondent, base = reference.split(".")
        for item in _fields(spec, respondent, base):
            words = _of_district(item, district) if respondent == "district" else (_of_schools(item, schools))
            if words:
                found.append(f"{item.label} {words}")
    value = "；".join(found) or None
    return DistrictIndicator(indicator, value, None, NOT_JUDGED if value else NOTHING_ENTERED)


def _fields(spec: Spec, respondent: str, base: str) -> list[Item]:
    items = spec.district_items if respondent == "district" else spec.items
    return [item for item in items.values() if item.base == base]


def _of_district(item: Item, district: DistrictReturn) -> str:
    answer = district.answers.get(item.code)
    if answer is None:
        return ""
    if not isinstance(answer, Value):
        return f"不适用（{answer.reason}）"
    return describe(item, answer)


def describe(item: Item, answer: Value) -> str:
    """One answer in words, with its unit."""
    value = answer.value
    if item.kind == "table":
        return f"{len(value)} 行"
    if item.kind == "yes_no":
        return item.yes_label if value else item.no_label
    if item.kind in ("number", "decimal"):
        return f"{numbers.text(Fraction(value))} {item.unit}".strip()
    return str(value)


def _of_schools(item: Item, schools: Sequence[SchoolReturn]) -> str:
    """Sum, count or distribution over the schools that answered, and how many did."""
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


def vetoes(spec: Spec, schools: Sequence[SchoolReturn]) -> list[VetoResult]:
    """Every veto over all reporting schools; one 有 is enough, silence is not 无."""
    asked = reporting(spec, schools)
    return [_veto(veto, asked) for veto in spec.vetoes]


def _veto(veto: Veto, schools: Sequence[SchoolReturn]) -> VetoResult:
    yes, silent = [], []
    for school in schools:
        answer = school.given.get(veto.item)
        if not isinstance(answer, Value):
            silent.append(school.code)
        elif answer.value is True:
            yes.append(school.code)
    happened = True if yes else None if silent or not schools else False
    return VetoResult(veto, happened, tuple(yes), tuple(silent))
