"""What is expected after the known years: boundaries moved (划片调整) and homes built (新建住宅), as people write them, line by line."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.collection.submissions.models import Round
from indicators.planning.forecast.cohorts import MovedIntake, NewHomes
from indicators.planning.forecast.workbook import STAGES
from indicators.standard.engine import Spec
from indicators.standard.engine import numbers as exact
from indicators.standard.standards import queries as standards
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.lib.numbers import plain
from schools.directory.models import School, Status

MOVED, HOMES = "划片调整", "新建住宅"
HINTS = {
    MOVED: "每行：年份 学段 划出的学校 划入的学校 百分比。例：2028 小学 第一小学 第二小学 30",
    HOMES: "每行：入住年份 学段 学校 户数 每户学生数。例：2028 小学 第二小学 800 0.25",
}
_MOST_PER_HOME = 5
_MOST_HOMES = 10**6


@dataclass(frozen=True, slots=True)
class Expected:
    """As the cohorts take it."""

    moved: tuple[MovedIntake, ...] = ()
    homes: tuple[NewHomes, ...] = ()

    @property
    def schools(self) -> set[str]:
        """Codes of those that get pupils."""
        return {one.to for one in self.moved} | {one.school for one in self.homes}

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "moved": [
                {"year": one.year, "stage": one.stage, "school": one.school, "to": one.to, "share": str(one.share)}
                for one in self.moved
            ],
            "homes": [
                {"year": one.year, "stage": one.stage, "school": one.school, "pupils": plain(one.pupils)}
                for one in self.homes
            ],
        }

    def words(self, names: Mapping[str, str]) -> list[str]:
        """For the notes of a forecast."""
        return [
            f"划片调整：{one.year} 年 9 月起，{names[one.school]}{STAGES[one.stage]}起始年级的 "
            f"{exact.text(one.share * 100)}% 划到{names[one.to]}"
            for one in self.moved
        ] + [
            f"新建住宅：{one.year} 年 9 月起，{names[one.school]}增加{STAGES[one.stage]} {plain(one.pupils)} 人"
            for one in self.homes
        ]


def from_json(found: Mapping[str, Any]) -> Expected:
    """Of a job's arguments; those of older jobs have none."""
    return Expected(
        tuple(MovedIntake(**one | {"share": Fraction(one["share"])}) for one in found.get("moved", ())),
        tuple(NewHomes(**one | {"pupils": Decimal(one["pupils"])}) for one in found.get("homes", ())),
    )


def read(round_: Round, to: int, moved: str, homes: str) -> Expected:
    """Raises Invalid with every line that cannot be read."""
    lines = _Lines(round_, to)
    found = Expected(
        tuple(lines.read(moved, MOVED, 5, lines.moved)),
        tuple(lines.read(homes, HOMES, 5, lines.homes)),
    )
    if lines.problems:
        raise Invalid("划片调整或新建住宅里有看不懂的行，没有开始预测。", lines.problems)
    return found


class _Lines:
    """Reads lines against the register; what is wrong is collected."""

    def __init__(self, round_: Round, to: int) -> None:
        self.first, self.last = round_.school_year_start.year + 1, to
        self.spec: Spec = standards.load_spec(round_.standard)
        self.stages = {label: code for code, label in STAGES.items()}
        self.schools: dict[str, list[School]] = {}
        for school in School.objects.filter(district=round_.district_id).exclude(status=Status.CLOSED):
            for key in {school.code, school.name}:
                self.schools.setdefault(key, []).append(school)
        self.problems: list[Problem] = []

    def read(self, typed: str, what: str, cells: int, make: Callable[[Sequence[str]], Any]) -> list[Any]:
        found = []
        for number, line in enumerate(typed.splitlines(), 1):
            given = re.split(r"[\s,，;；]+", line.strip())
            if given == [""]:
                continue
            try:
                if len(given) != cells:
                    raise ValueError(f"有 {len(given)} 项，应为 {cells} 项")
                found.append(make(given))
            except ValueError as fault:
                self.problems.append(Problem(str(fault), f"{what}第 {number} 行", HINTS[what]))
        return found

    def moved(self, given: Sequence[str]) -> MovedIntake:
        year, stage = self._year(given[0]), self._stage(given[1])
        school, to = self._school(given[2], stage), self._school(given[3], stage)
        if school == to:
            raise ValueError("划出和划入是同一所学校")
        share = self._number(given[4].rstrip("%％"), "百分比", 100)
        return MovedIntake(year, stage, school, to, Fraction(share) / 100)

    def homes(self, given: Sequence[str]) -> NewHomes:
        year, stage = self._year(given[0]), self._stage(given[1])
        school = self._school(given[2], stage)
        count = self._number(given[3], "户数", _MOST_HOMES)
        return NewHomes(year, stage, school, count * self._number(given[4], "每户学生数", _MOST_PER_HOME))

    def _year(self, typed: str) -> int:
        year = int(typed) if typed.isdecimal() else 0
        if not self.first <= year <= self.last:
            raise ValueError(f"年份应在 {self.first} 至 {self.last} 之间，写的是“{typed[:20]}”")
        return year

    def _stage(self, typed: str) -> str:
        if typed not in self.stages:
            raise ValueError(f"学段应为{'或'.join(self.stages)}，写的是“{typed[:20]}”")
        return self.stages[typed]

    def _school(self, typed: str, stage: str) -> str:
        found = self.schools.get(typed, [])
        if len(found) != 1:
            raise ValueError(f"学校名录里{'没有' if not found else '不止一所'}“{typed[:40]}”，可以写学校标识码")
        kind = self.spec.kinds.get(found[0].kind)
        if kind is None or stage not in kind.stages:
            raise ValueError(f"{found[0].name}没有{STAGES[stage]}")
        return found[0].code

    @staticmethod
    def _number(typed: str, what: str, most: int) -> Decimal:
        try:
            found = written.number(typed)
        except ValueError:
            found = Decimal(0)
        if not 0 < found <= most:
            raise ValueError(f"{what}应大于 0、不超过 {most}，写的是“{typed[:20]}”")
        return found
