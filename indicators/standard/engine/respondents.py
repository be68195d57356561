"""Who answered, as the conditions of B1–D1 see it: the district, and its schools by the group that is meant."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from indicators.standard.engine import scope
from indicators.standard.engine.conditions import DISTRICT, FigureSource, Need
from indicators.standard.engine.data import (
    Answer,
    Answers,
    DistrictData,
    NotApplicable,
    SchoolData,
    TableRow,
    Value,
    figure,
    in_order,
)
from indicators.standard.engine.relaxations import Granted
from indicators.standard.engine.spec import Item, Spec

PRIVATE = "10"
# 城乡类型 of the register, and the word of the rules for what each standard says is 农村.
AREAS = ("城区", "镇区", "乡村")
RURAL = "农村"


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who answered: a school with the stages it runs, or the district itself."""

    code: str
    name: str
    answers: Answers
    items: Mapping[str, Item]
    pupils: scope.StagePupils
    school: SchoolData | None = None
    # Several conditions ask for the same table.
    _sorted: dict[str, tuple[TableRow, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def answer(self, code: str) -> Answer | None:
        return self.answers.get(code)

    def need(self, code: str) -> Need:
        """With the reason when it was marked 不适用."""
        answer = self.answers.get(code)
        return Need(self.code, code, answer.reason if isinstance(answer, NotApplicable) else "")

    def asked(self, source: FigureSource) -> list[str]:
        """In the stages of this respondent; the district is asked all."""
        if self.school is None:
            return list(source.codes)
        return [code for code in source.codes if self.items[code].stage in ("", *self.pupils)]

    def figures(self, source: FigureSource) -> tuple[dict[str, Fraction], list[Need]]:
        """By field, and the fields that are blank or 不适用."""
        found, lacking = {}, []
        for code in self.asked(source):
            number = figure(self.answers, code)
            if number is None:
                lacking.append(self.need(code))
            else:
                found[code] = number
        return found, lacking

    def amount(self, source: FigureSource) -> tuple[Fraction | None, list[Need]]:
        """None while one figure is missing."""
        found, lacking = self.figures(source)
        return (None if lacking else sum(found.values(), Fraction(0))), lacking

    def rows(self, table: str) -> tuple[TableRow, ...] | None:
        """In an order that does not depend on entry; None while blank or 不适用."""
        answer = self.answers.get(table)
        if not isinstance(answer, Value):
            return None
        if table not in self._sorted:
            self._sorted[table] = in_order(answer.value)
        return self._sorted[table]

    def whole_rows(self, table: str) -> tuple[TableRow, ...] | None:
        """Also None while a row is only half typed."""
        rows = self.rows(table)
        columns = self.items[table].columns if rows else ()
        return None if any(column.is_lacking(row) for row in rows or () for column in columns) else rows


@dataclass(frozen=True, eq=False)
class Respondents:
    """All of a district; ``judged`` are the codes of the schools that take part in A1–A7.

    ``granted`` are the relaxations to judge with; none for the strict verdict.
    """

    spec: Spec
    data: DistrictData
    judged: frozenset[str]
    granted: tuple[Granted, ...] = ()

    @cached_property
    def district(self) -> Respondent:
        return Respondent(DISTRICT, "", self.data.answers, self.spec.district_items, {})

    @cached_property
    def schools(self) -> Mapping[str, tuple[Respondent, ...]]:
        asked = []
        for school in reporting(self.spec, sorted(self.data.schools, key=lambda school: school.code)):
            pupils = scope.stage_pupils(self.spec, school.kind, school.given)
            asked.append((school, Respondent(school.code, school.name, school.given, self.spec.items, pupils, school)))
        return {who: tuple(r for s, r in asked if belongs(self, s)) for who, belongs in WHO.items()}


def reporting(spec: Spec, schools: Iterable[SchoolData]) -> list[SchoolData]:
    """Not 停办, and of a kind that is asked anything."""
    return [school for school in schools if school.status != "停办" and scope.kind_of(spec, school.kind).sections != ()]


def _compulsory(everyone: Respondents, school: SchoolData) -> bool:
    return scope.kind_of(everyone.spec, school.kind).judged


def _zoned(everyone: Respondents, school: SchoolData) -> bool:
    """城区和镇区公办、非寄宿 (教督〔2017〕6号“政府保障程度”第13项)."""
    public = school.sponsor != PRIVATE and not school.boarding
    return _compulsory(everyone, school) and public and school.area in ("城区", "镇区")


# Who may be asked by a condition, as named in a standard's files.
WHO: Mapping[str, Callable[[Respondents, SchoolData], bool]] = {
    "all": lambda everyone, school: True,
    "compulsory": _compulsory,
    "judged": lambda everyone, school: school.code in everyone.judged,
    "public": lambda everyone, school: school.sponsor != PRIVATE,
    "private": lambda everyone, school: school.sponsor == PRIVATE,
    "zoned": _zoned,
}
