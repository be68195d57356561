"""What a plan is asked: years, budgets, costs, kinds of measures. Reads them as people write them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from indicators.planning.engine.measures import KINDS, PlannedMeasure, number
from portal.core.errors import Invalid, Problem
from portal.core.lib.numbers import plain

_DATA = tomllib.loads((Path(__file__).parent / "data" / "plans.toml").read_text())
PLANNED: tuple[str, ...] = tuple(_DATA["kinds"])
PLACES: int = _DATA["places"]
TIME_LIMIT: int = _DATA["time_limit"]
GAP = Decimal(_DATA["gap"])
PUPILS = {"base": "评估年度的在校生", "low": "生源预测低方案", "mid": "生源预测中方案", "high": "生源预测高方案"}
RESPONSIBLE: Mapping[str, str] = _DATA["responsible"]
SECTIONS = ("unit_costs", "lead_years", "yearly_caps")
_LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """万元 per unit by kind; years until it counts; most units begun in one year."""

    unit: Mapping[str, Decimal]
    lead: Mapping[str, int] = field(default_factory=dict)
    caps: Mapping[str, Decimal] = field(default_factory=dict)

    def counts_from(self, kind: str, year: int) -> int:
        return year + self.lead.get(kind, 0)

    def times_paid(self, kind: str, begun: int, year: int) -> int:
        """1 where something begun in a year is paid for in another, else 0."""
        return int(begun == year or (kind in _DATA["paid_yearly"] and begun < year))

    def as_json(self) -> dict[str, dict[str, Any]]:
        return {
            "unit_costs": {kind: plain(cost) for kind, cost in sorted(self.unit.items())},
            "lead_years": dict(sorted(self.lead.items())),
            "yearly_caps": {kind: plain(cap) for kind, cap in sorted(self.caps.items())},
        }


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """`pupils` "" is the middle forecast where there is one, else the round's. A year without a budget has no limit."""

    years: tuple[int, ...]
    costs: UnitCosts
    kinds: tuple[str, ...]
    budgets: Mapping[int, Decimal] = field(default_factory=dict)
    pupils: str = ""
    gap: Decimal = GAP
    time_limit: int = TIME_LIMIT

    def cost(self, kind: str, quantity: Decimal, begun: int) -> Decimal:
        """万元 over all years of the plan."""
        paid = sum(self.costs.times_paid(kind, begun, year) for year in self.years)
        return quantity * self.costs.unit[kind] * paid

    def counting(self, measures: Iterable[PlannedMeasure], year: int) -> list[PlannedMeasure]:
        """Those begun early enough to count in a year."""
        return [one for one in measures if self.costs.counts_from(one.kind.code, one.year or 0) <= year]


def unit_costs(content: Mapping[str, Any]) -> UnitCosts:
    """Of a costs file, which stands for itself: a kind without a price is not planned. Raises Invalid with every fault."""
    problems: list[Problem] = []
    found: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    for name in content.keys() - set(SECTIONS):
        problems.append(Problem(f"没有“{name}”这一节", do=f"只写 {'、'.join(SECTIONS)}"))
    for name in SECTIONS:
        section = content.get(name, {})
        if not isinstance(section, Mapping):
            problems.append(Problem("应是一节", name, f"写成 [{name}]"))
            continue
        for kind, written in section.items():
            try:
                if kind not in PLANNED:
                    raise Invalid(f"没有这种措施，可选 {'、'.join(PLANNED)}")
                found[name][kind] = _read(name, written)
            except Invalid as error:
                problems.append(Problem(error.message, f"[{name}] {kind}", "请改正后再规划"))
    if not problems and not found["unit_costs"]:
        problems.append(Problem("没有一种措施的单价", "[unit_costs]", '至少写一种，如 hire = "8"'))
    if problems:
        raise Invalid("单价文件有误，请按下列说明修改。", problems)
    return UnitCosts(*(found[name] for name in SECTIONS))


def _read(section: str, written: Any) -> Decimal | int:
    """One value of a section."""
    if section == "lead_years":
        if not isinstance(written, int) or isinstance(written, bool) or not 0 <= written <= _DATA["most_years"]:
            raise Invalid(f"见效年数应是 0 至 {_DATA['most_years']} 的整数，写的是 {written}")
        return written
    # Nothing is free: a rotation costs at least the disruption the bureau puts on it.
    what, least = ("单价", "大于 0（万元）") if section == "unit_costs" else ("每年上限", "不小于 0")
    found = number(written, what)
    if not 0 <= found <= _LARGEST or (section == "unit_costs" and not found):
        raise Invalid(f"{what}应{least}，写的是 {written}")
    return found


DEFAULTS = unit_costs({name: _DATA[name] for name in SECTIONS})


def read_costs(text: str) -> UnitCosts:
    """From TOML. Raises Invalid."""
    try:
        return unit_costs(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"单价文件不是 TOML 文件：{error}。请核对写法。") from error


def years(text: str, *, after: int) -> tuple[int, ...]:
    """ "2027-2029" or "2027"; "" is the three years after the round's. Raises Invalid."""
    if not text:
        return tuple(range(after + 1, after + 4))
    found = re.fullmatch(r"(\d{4})(?:[-—–](\d{4}))?", text.strip())
    if found is None:
        raise Invalid(f"年度应写成“2027-2029”或“2027”，写的是“{text}”。")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last or first < after or last >= first + _DATA["most_years"]:
        raise Invalid(f"年度应从 {after} 年或以后开始，先写早的，最多 {_DATA['most_years']} 年，写的是“{text}”。")
    return tuple(range(first, last + 1))


def budgets(text: str, within: Iterable[int]) -> dict[int, Decimal]:
    """ "2027=800,2028=800" in 万元. Raises Invalid."""
    found: dict[int, Decimal] = {}
    for one in filter(None, (part.strip() for part in re.split("[,，]", text))):
        year, _, amount = (part.strip() for part in one.partition("="))
        if not re.fullmatch(r"\d{4}", year) or int(year) not in within:
            raise Invalid(f"经费应写成“年度=万元”，年度在规划的年度以内，写的是“{one}”。")
        if int(year) in found:
            raise Invalid(f"{year} 年的经费写了两次，请只写一次。")
        found[int(year)] = number(amount, f"{year} 年的经费")
        if not 0 <= found[int(year)] <= _LARGEST:
            raise Invalid(f"{year} 年的经费应不小于 0（万元），写的是 {amount}。")
        found[int(year)] = found[int(year)].quantize(Decimal("0.0001"))
    return found


def kinds(wanted: Iterable[str], priced: UnitCosts) -> tuple[str, ...]:
    """In the order of the data; none wanted means all that have a price. Raises Invalid."""
    chosen = [one for one in wanted if one]
    for one in chosen:
        if one not in PLANNED:
            raise Invalid(f"规划没有“{one}”这种措施，可选：{'、'.join(f'{KINDS[k].label}（{k}）' for k in PLANNED)}。")
        if one not in priced.unit:
            raise Invalid(f"{KINDS[one].label}（{one}）没有单价，请在 [unit_costs] 里写明。")
    return tuple(kind for kind in PLANNED if kind in priced.unit and (not chosen or kind in chosen))


def by_year(amounts: Mapping[int, Decimal]) -> dict[str, str]:
    return {str(year): plain(amount) for year, amount in sorted(amounts.items())}


def as_json(wanted: PlanTerms) -> dict[str, Any]:
    return {
        "years": list(wanted.years),
        "kinds": list(wanted.kinds),
        "budgets": by_year(wanted.budgets),
        "pupils": wanted.pupils,
        "gap": plain(wanted.gap),
        "time_limit": wanted.time_limit,
        "costs": wanted.costs.as_json(),
    }


def from_json(stored: Mapping[str, Any]) -> PlanTerms:
    """The inverse of `as_json`."""
    return PlanTerms(
        years=tuple(stored["years"]),
        costs=unit_costs(stored["costs"]),
        kinds=tuple(stored["kinds"]),
        budgets={int(year): Decimal(amount) for year, amount in stored["budgets"].items()},
        pupils=stored["pupils"],
        gap=Decimal(stored["gap"]),
        time_limit=stored["time_limit"],
    )
