"""Kinds of register as data (`data/registers.toml`): their fields, and how what people write becomes what is stored."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.core.lib import dates, numbers, written
from schools.directory.facts import Fault

Data = Mapping[str, str]
Where = Mapping[str, Sequence[str]]
# Names and codes of the schools somebody may mean → 学校标识码; None for what more than one is called.
SchoolNames = Mapping[str, str | None]
FIRST_YEAR = 2010
_LONGEST = {"text": 100, "person": 20, "lines": 1000}
_LARGEST, _PLACES = Decimal(10) ** 10, 4
# Months: who teaches from September to June was there for a year.
_SUMMER = 3
_NEVER = re.compile(r"[*＊\d]")


@dataclass(frozen=True, slots=True)
class RegisterField:
    """`type`: text, lines (long text), int, decimal, date, choice, person (restricted), school (of the same district)."""

    code: str
    label: str
    type: str
    unit: str = ""
    required: bool = True
    help: str = ""
    choices: tuple[str, ...] = ()
    min: int = 0
    max: int | None = None
    only_if: Where = field(default_factory=dict)

    @property
    def heading(self) -> str:
        return f"{self.label}（{self.unit}）" if self.unit else self.label

    def read(self, text: str, schools: SchoolNames) -> str:
        """As stored: days as 2026-09-01, schools by code, plain numbers. Raises Fault."""
        if self.type == "choice":
            if found := written.chosen(text, self.choices):
                return found
            raise Fault(f"“{text[:20]}”不能填在“{self.label}”", f"可填：{'、'.join(self.choices)}。")
        if self.type == "date":
            try:
                day = written.day(text)
            except ValueError as error:
                raise Fault(
                    f"“{self.label}”应为一个日期，填的是“{text[:20]}”", "请按 2026-09-01 的格式填写。"
                ) from error
            if not FIRST_YEAR - 10 <= day.year <= 2100:
                raise Fault(f"“{self.label}”的年份 {day.year} 不对", "请核对日期。")
            return day.isoformat()
        if self.type in ("int", "decimal"):
            return self._number(text)
        if self.type == "school":
            code = schools.get(written.folded(text))
            if code is None:
                do = "请填名录里学校的全称或 10 位标识码；区外的填在另一栏。"
                raise Fault(f"本区没有“{text[:40]}”这所学校，或不止一所", do)
            return code
        plain = written.prose(text).strip()
        if len(plain) > _LONGEST[self.type]:
            raise Fault(f"“{self.label}”有 {len(plain)} 个字", f"最多 {_LONGEST[self.type]} 个字，请缩短。")
        if self.type == "person" and _NEVER.search(plain):
            raise Fault(f"“{plain}”不是完整的姓名", "请只填姓名；遮盖过姓名的表不能导入，请用含完整姓名的。")
        if refusal := written.refusal(plain):
            raise Fault(refusal, "请删去号码。")
        return plain

    def _number(self, text: str) -> str:
        try:
            number = written.number(text)
        except ValueError as error:
            what, _, do = str(error).partition("；")
            raise Fault(what, do or "请只填数字。") from error
        most = _LARGEST if self.max is None else self.max
        if not self.min <= number <= most:
            limit = f"{self.min}—{self.max}" if self.max is not None else f"不小于 {self.min} 的数"
            raise Fault(f"“{self.label}”应为{limit}，填的是“{text[:20]}”", "请核对数字和单位。")
        places = _PLACES if self.type == "decimal" else 0
        if number != round(number, places):
            kind = f"最多 {places} 位小数" if places else "整数"
            raise Fault(f"“{self.label}”应为{kind}，填的是“{text[:20]}”", "请核对数字和单位。")
        return numbers.plain(number)

    def shown(self, value: str, names: Mapping[str, str]) -> str:
        """`names`: of schools, by code."""
        if self.type == "school":
            return names.get(value, value)
        return dates.day(date.fromisoformat(value)) if value and self.type == "date" else value


@dataclass(frozen=True, slots=True)
class Feed:
    """An item of the standards the register can be held against; of a table only the rows whose `year` is the register's."""

    item: str
    of: str = "own"
    sum: str = ""
    year: str = ""
    where: Where = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """How many years lie between two days, where the entry is one of `when`."""

    start: RegisterField
    end: RegisterField
    least: int
    most: int
    when: Where
    source: str


@dataclass(frozen=True, slots=True)
class RegisterTarget:
    """How many schools are to have an entry like `where`."""

    what: str
    where: Where
    least: int
    most: int
    source: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an entry is going to bring from a day on, until it is `there`."""

    amounts: tuple[RegisterField, ...]
    on: RegisterField
    there: Where


@dataclass(frozen=True, slots=True)
class Milestones:
    """Dated steps of an entry: the newest is its `state`; `done_on` is the day of the first step it may go with."""

    state: RegisterField
    done_on: RegisterField

    def facts(self, steps: Iterable[tuple[date, str]]) -> dict[str, str]:
        """The entry's own fields after these steps."""
        ordered = sorted(steps, key=lambda step: (step[0], self.state.choices.index(step[1])))
        done = self.done_on.only_if.get(self.state.code, ())
        newest = ordered[-1][1]
        first = next((day for day, state in ordered if state in done), None)
        return {self.state.code: newest, self.done_on.code: first.isoformat() if first and newest in done else ""}


@dataclass(frozen=True, slots=True)
class RegisterKind:
    """`units` may hold entries: school, department (委办局), township, district (the bureau itself)."""

    code: str
    name: str
    short: str
    clause: str
    clock: str
    units: tuple[str, ...]
    help: str
    fields: Mapping[str, RegisterField]
    columns: tuple[RegisterField, ...]
    indicators: tuple[str, ...] = ()
    bureau_only: bool = False
    one_of: Sequence[Sequence[str]] = ()
    not_over: Sequence[Sequence[str]] = ()
    spans: tuple[Span, ...] = ()
    totals: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    target: RegisterTarget | None = None
    capacity: Capacity | None = None
    milestones: Milestones | None = None

    @property
    def year_label(self) -> str:
        return self.clock if self.clock == "学年" else "年度"

    @property
    def has_persons(self) -> bool:
        return any(one.type == "person" for one in self.fields.values())

    def year_words(self, year: int) -> str:
        return f"{year}—{year + 1} 学年" if self.clock == "学年" else f"{year} 年"

    def year_on(self, day: date) -> int:
        """A school year begins on 1 September."""
        return day.year - 1 if self.clock == "学年" and day.month < 9 else day.year

    def years(self, today: date) -> range:
        return range(self.year_on(today) + 1, FIRST_YEAR - 1, -1)

    def check(self, typed: Mapping[str, str], schools: SchoolNames) -> tuple[dict[str, str], dict[str, Fault]]:
        """What is stored, without blanks, and what is wrong by field."""
        data: dict[str, str] = {}
        faults: dict[str, Fault] = {}
        for code, one in self.fields.items():
            text = written.bare(typed.get(code, ""))
            if not text:
                if one.required:
                    faults[code] = Fault(f"“{one.label}”未填写", "请填写。")
                continue
            try:
                data[code] = one.read(text, schools)
            except Fault as fault:
                faults[code] = fault
        for code, why in self._clashes(data, faults):
            faults.setdefault(code, why)
        return data, faults

    def _clashes(self, data: Data, faults: Mapping[str, Fault]) -> Iterable[tuple[str, Fault]]:
        for code, one in self.fields.items():
            if code in data and not fits(data, one.only_if) and not faults.keys() & one.only_if.keys():
                when = "，".join(f"“{self.fields[name].label}”是{'、'.join(v)}" for name, v in one.only_if.items())
                yield code, Fault(f"“{one.label}”不应填写", f"只有{when}时才填，请清空或改选。")
        for codes in self.one_of:
            labels = "”“".join(self.fields[code].label for code in codes)
            if sum(code in data or code in faults for code in codes) != 1:
                yield codes[0], Fault(f"“{labels}”要填一个，只填一个", "请核对。")
        for low, high in self.not_over:
            if {low, high} <= data.keys() and self._value(data, low) > self._value(data, high):
                first, second = self.fields[low], self.fields[high]
                than = "早于" if second.type == "date" else "小于"
                yield high, Fault(f"“{second.label}”{than}“{first.label}”", "请核对。")
        for span in self.spans:
            if {span.start.code, span.end.code} <= data.keys() and fits(data, span.when):
                start, end = (date.fromisoformat(data[one.code]) for one in (span.start, span.end))
                months = 12 * (end.year - start.year) + end.month - start.month
                if not 12 * span.least - _SUMMER <= months <= 12 * span.most:
                    what = f"{'、'.join(*span.when.values())}的期限应为 {span.least}—{span.most} 年"
                    yield span.end.code, Fault(what, f"依据{span.source}，请核对起止日期。")

    def _value(self, data: Data, code: str) -> Any:
        return data[code] if self.fields[code].type == "date" else Decimal(data[code])


def fits(data: Data, where: Where) -> bool:
    return all(data.get(code) in allowed for code, allowed in where.items())


def _kind(code: str, found: dict[str, Any]) -> RegisterKind:
    fields = {one["code"]: RegisterField(**one | {"choices": tuple(one.get("choices", ()))}) for one in found["fields"]}
    spans = tuple(
        Span(fields[one["from"]], fields[one["until"]], one["least"], one["most"], one["when"], one["source"])
        for one in found.get("spans", ())
    )
    made = {
        "fields": fields,
        "columns": tuple(fields[name] for name in found["columns"]),
        "units": tuple(found["units"]),
        "indicators": tuple(found.get("indicators", ())),
        "spans": spans,
        "totals": tuple(found.get("totals", ())),
        "feeds": tuple(Feed(**one) for one in found.get("feeds", ())),
        "target": RegisterTarget(**found["target"]) if "target" in found else None,
        "milestones": Milestones(**{name: fields[code] for name, code in found["milestones"].items()})
        if "milestones" in found
        else None,
        "capacity": Capacity(tuple(fields[code] for code in room["amounts"]), fields[room["on"]], room["there"])
        if (room := found.get("capacity"))
        else None,
    }
    return RegisterKind(code, **found | made)


KINDS: Mapping[str, RegisterKind] = {
    code: _kind(code, found)
    for code, found in tomllib.loads(
        (Path(__file__).parent / "data" / "registers.toml").read_text(encoding="utf-8")
    ).items()
}
