"""Measures as data: what kinds there are, and reading those of a file or a stored scenario."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from portal.core.errors import Invalid, Problem
from portal.core.lib.numbers import plain

MOST = 5000
_LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """See data/measures.toml."""

    code: str
    label: str
    lever: str
    unit: str
    by_stage: bool = False
    from_school: bool = False
    whole: bool = True
    adds: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    of_labels: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    needs_relaxation: bool = False


_DATA = tomllib.loads((Path(__file__).parent / "data" / "measures.toml").read_text())
FIELDS: Mapping[str, Sequence[str]] = _DATA["fields"]
COUNTED: Mapping[str, str] = _DATA["counted"]
EXCHANGE: Mapping[str, Any] = _DATA["exchange"]


def _kind(code: str, found: Mapping[str, Any]) -> MeasureKind:
    given: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in found.items()}
    return MeasureKind(code, **given)


KINDS = {code: _kind(code, found) for code, found in _DATA["kinds"].items()}


@dataclass(frozen=True, slots=True)
class PlannedMeasure:
    """One measure at a school. `cost` is of the whole measure, in 万元; None where nobody said.

    `stage` is "" for what the whole school shares; `extra` holds what a new school is and has.
    """

    kind: MeasureKind
    school_code: str
    quantity: Decimal
    stage: str = ""
    of: str = ""
    from_school_code: str = ""
    year: int | None = None
    cost: Decimal | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def schools(self) -> list[tuple[str, bool]]:
        """Who takes, and of a move who gives (True)."""
        return [(self.school_code, False), *([(self.from_school_code, True)] if self.from_school_code else [])]

    def as_json(self) -> dict[str, Any]:
        return {
            "school_code": self.school_code,
            "stage": self.stage or None,
            "kind": self.kind.code,
            "of": self.of or None,
            "from_school_code": self.from_school_code or None,
            "quantity": plain(self.quantity),
            "unit": self.kind.unit,
            "year": self.year,
            "cost": None if self.cost is None else plain(self.cost),
            **({"extra": dict(self.extra)} if self.extra else {}),
        }


def cost(measures: Sequence[PlannedMeasure]) -> Decimal:
    """Of those that say theirs, in 万元."""
    return sum((one.cost for one in measures if one.cost is not None), Decimal(0))


def read(rows: Any) -> list[PlannedMeasure]:
    """From JSON, a list or {"measures": list}. Raises Invalid with every fault."""
    if isinstance(rows, Mapping):
        rows = rows.get("measures")
    if not isinstance(rows, list) or len(rows) > MOST:
        raise Invalid(f"措施应是一个列表，最多 {MOST} 项。")
    problems: list[Problem] = []
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(one(row))
        except Invalid as error:
            problems.append(Problem(error.message, f"第 {number} 项措施", "请改正后再试算"))
    if problems:
        raise Invalid("措施的内容有误，请按下列说明修改。", problems)
    return found


def one(row: Any) -> PlannedMeasure:
    """Raises Invalid in Chinese."""
    if not isinstance(row, Mapping):
        raise Invalid("每项措施应写明学校、种类和数量")
    kind = KINDS.get(str(row.get("kind")))
    if kind is None:
        known = "、".join(f"{one.label}（{code}）" for code, one in KINDS.items())
        raise Invalid(f"没有“{row.get('kind')}”这种措施，可选：{known}")
    stage, of = str(row.get("stage") or ""), str(row.get("of") or "")
    if stage not in (("primary", "junior") if kind.by_stage else ("",)):
        raise Invalid(
            f"{kind.label}{'应选学段：小学（primary）或初中（junior）' if kind.by_stage else '由学校各学段共用，不选学段'}"
        )
    if of not in (kind.of or ("",)):
        choices = "、".join(f"{kind.of_labels.get(code, code)}（{code}）" for code in kind.of)
        raise Invalid(
            f"{kind.label}应选哪一类（of）：{choices}" if kind.of else f"{kind.label}不分类，不写哪一类（of）"
        )
    school, giver = str(row.get("school_code") or ""), str(row.get("from_school_code") or "")
    if not school:
        raise Invalid(f"{kind.label}没有选学校（学校标识码，school_code）")
    if bool(giver) != kind.from_school or giver == school:
        raise Invalid(
            f"{kind.label}{'应选另一所学校作调出学校' if kind.from_school else '没有调出学校，请不要选'}（from_school_code）"
        )
    quantity = number(row.get("quantity", 1), "数量")
    if quantity <= 0 or quantity > _LARGEST or (kind.whole and quantity != int(quantity)):
        raise Invalid(f"{kind.label}的数量应是{'整数并且' if kind.whole else ''}大于 0，写的是 {row.get('quantity')}")
    money = None if row.get("cost") is None else number(row["cost"], "费用")
    if money is not None and not 0 <= money <= _LARGEST:
        raise Invalid("费用应不小于 0，单位万元")
    year, extra = row.get("year"), row.get("extra") or {}
    if year is not None and not (isinstance(year, int) and 2000 <= year <= 2100):
        raise Invalid("年度应是四位年份")
    if not isinstance(extra, Mapping):
        raise Invalid("新学校的数据（extra）应写成 {项目: 值}")
    return PlannedMeasure(kind, school, quantity, stage, of, giver, year, money, extra)


def number(value: Any, what: str) -> Decimal:
    """A decimal string or a whole number; floats are not exact."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value)) > 30:
        raise Invalid(f'{what}应写成数字文本，如 "12.5"')
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    # 1e-99999 is thirty characters here and a hundred thousand where it is printed.
    if not number.is_finite() or (number and not -30 < number.adjusted() < 30):
        raise Invalid(f"{what}应是数字，写的是“{value}”")
    return number
