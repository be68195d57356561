"""What people expect after the known years, or set in place of what was observed; read as they write it, line by line.

Boundaries moved (划片调整), homes built (新建住宅), shares of schools and ratios the bureau sets (局定份额, 局定比例).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import Spec, numbers as exact
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.lib.numbers import plain

SCENARIOS = ("low", "mid", "high")
STAGES = {"primary": "小学", "junior": "初中"}
# Ratios that lead into the first grade of a stage; the others are named by `step`.
ENTRIES = {"入学": ("primary", 0), "小升初": ("junior", 0)}
MOVED, HOMES, SHARES, RATIOS = "划片调整", "新建住宅", "局定份额", "局定比例"
# By the name of the field, of the option and in the forecast's JSON.
NAMES = {"moved": MOVED, "homes": HOMES, "shares": SHARES, "ratios": RATIOS}
HINTS = {
    MOVED: "每行：年份 学段 划出的学校 划入的学校 百分比。例：2028 小学 第一小学 第二小学 30",
    HOMES: "每行：入住年份 学段 学校 户数 每户学生数。例：2028 小学 第二小学 800 0.25",
    SHARES: "每行：学段 学校 百分比 理由。例：小学 第一小学 12.5 新教学楼启用，多招两个班",
    RATIOS: "每行：比例 低 中 高 理由。例：入学 0.95 1 1.08 新区入住；比例写入学、小升初，或小学1升2、初中2升3",
}
_MOST_PER_HOME = 5
_MOST_HOMES = 10**6
_MOST_RATIO = 5
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class MovedIntake:
    """From a September on, `share` of what a school would take into the first grade of a stage goes to another (划片调整).

    The other may be new: it grows up from its first grade, at the ratios of the district.
    """

    year: int
    stage: str
    school: str
    to: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class NewHomes:
    """Homes lived in from a September on with so many pupils of a stage, who go to `school` (新建住宅)."""

    year: int
    stage: str
    school: str
    pupils: Decimal


@dataclass(frozen=True, slots=True)
class OwnShare:
    """What a school takes of the district's intake of a stage, as the bureau sets it in place of the mean, and why."""

    stage: str
    school: str
    share: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class OwnRatio:
    """Of all schools of the district, as the bureau sets it in place of the observed one, and why.

    From `grade` of a stage to the next; 0 is the entry, from births and from the last primary grade.
    """

    stage: str
    grade: int
    low: Fraction
    mid: Fraction
    high: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class Expected:
    """As the cohorts take it."""

    moved: tuple[MovedIntake, ...] = ()
    homes: tuple[NewHomes, ...] = ()
    shares: tuple[OwnShare, ...] = ()
    ratios: tuple[OwnRatio, ...] = ()

    @property
    def schools(self) -> set[str]:
        """Codes of those that pupils are moved to."""
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
            "shares": [
                {"stage": one.stage, "school": one.school, "share": str(one.share), "reason": one.reason}
                for one in self.shares
            ],
            "ratios": [
                {"stage": one.stage, "grade": one.grade}
                | {name: exact.text(getattr(one, name)) for name in SCENARIOS}
                | {"reason": one.reason}
                for one in self.ratios
            ],
        }

    def words(self, names: Mapping[str, str]) -> list[str]:
        """For the notes of a forecast."""
        own = [f"{STAGES[one.stage]} {names[one.school]} {percent(one.share)}（{one.reason}）" for one in self.shares]
        ratios = [
            f"{step(one.stage, one.grade)}：低 {exact.text(one.low)}、中 {exact.text(one.mid)}、"
            f"高 {exact.text(one.high)}（{one.reason}）"
            for one in self.ratios
        ]
        return (
            [
                f"划片调整：{one.year} 年 9 月起，{names[one.school]}{STAGES[one.stage]}起始年级的 "
                f"{percent(one.share)} 划到{names[one.to]}"
                for one in self.moved
            ]
            + [
                f"新建住宅：{one.year} 年 9 月起，{names[one.school]}增加{STAGES[one.stage]} {plain(one.pupils)} 人"
                for one in self.homes
            ]
            + ([f"{SHARES}，代替历年平均：{'；'.join(own)}"] if own else [])
            + ([f"{RATIOS}，代替历年的：{'；'.join(ratios)}"] if ratios else [])
        )


def step(stage: str, grade: int) -> str:
    """What a ratio leads from and to, as written."""
    entries = {where: label for label, where in ENTRIES.items()}
    return entries.get((stage, grade)) or f"{STAGES[stage]}{grade}升{grade + 1}"


def percent(share: Fraction) -> str:
    """As written."""
    return f"{exact.text(share * 100)}%"


def from_json(found: Mapping[str, Any]) -> Expected:
    """Of a job's arguments; those of older jobs have none."""
    return Expected(
        tuple(MovedIntake(**one | {"share": Fraction(one["share"])}) for one in found.get("moved", ())),
        tuple(NewHomes(**one | {"pupils": Decimal(one["pupils"])}) for one in found.get("homes", ())),
        tuple(OwnShare(**one | {"share": Fraction(one["share"])}) for one in found.get("shares", ())),
        tuple(OwnRatio(**one | {name: Fraction(one[name]) for name in SCENARIOS}) for one in found.get("ratios", ())),
    )


def lines_of(base: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Of a stored forecast's base, as they would be written: what the bureau set stays until somebody takes it out."""
    found = from_json({name: base[name] for name in ("shares", "ratios")})
    return {
        "ratios": "\n".join(
            f"{step(one.stage, one.grade)} {exact.text(one.low)} {exact.text(one.mid)} {exact.text(one.high)} {one.reason}"
            for one in found.ratios
        ),
        "shares": "\n".join(
            f"{STAGES[one.stage]} {names.get(one.school, one.school)} {exact.text(one.share * 100)} {one.reason}"
            for one in found.shares
        ),
    }


def read(
    typed: Mapping[str, str],
    births: Collection[int],
    *,
    years: Sequence[int],
    spec: Spec,
    schools: Iterable[tuple[str, str, str]],
) -> Expected:
    """`typed` by the names of Expected; `births` are known of these years; `schools` by code, name and kind.

    Raises Invalid with every line that cannot be read.
    """
    lines = _Lines(years, spec, schools)
    found = Expected(
        tuple(lines.read(typed.get("moved", ""), MOVED, 5, lines.moved)),
        tuple(lines.read(typed.get("homes", ""), HOMES, 5, lines.homes)),
        tuple(lines.read(typed.get("shares", ""), SHARES, 4, lines.shares, reasoned=True)),
        tuple(lines.read(typed.get("ratios", ""), RATIOS, 5, lines.ratios, reasoned=True)),
    )
    # One for a school and stage, and no more than the whole in all.
    parts = [(one.stage, one.school) for one in found.shares]
    if len(set(parts)) < len(parts):
        lines.problems.append(Problem("同一所学校的同一学段写了两行，请只留一行", SHARES))
    for stage, label in STAGES.items():
        total = sum((one.share for one in found.shares if one.stage == stage), Fraction(0))
        if total > 1:
            what = f"{label}各校合计 {percent(total)}，不能超过 100%"
            lines.problems.append(Problem(what, SHARES, "请改小；没有写的学校按历年平均分余下的。"))
    steps = [(one.stage, one.grade) for one in found.ratios]
    if len(set(steps)) < len(steps):
        lines.problems.append(Problem("同一个比例写了两行，请只留一行", RATIOS))
    if ENTRIES["入学"] in steps and not births:
        lines.problems.append(Problem("写了入学比例，没有出生人口", RATIOS, "请填出生人口，或删去这一行。"))
    if lines.problems:
        raise Invalid("写明的变化和设定里有不能采用的行，没有开始预测。", lines.problems)
    return found


class _Lines:
    """Reads lines against the register; what is wrong is collected."""

    def __init__(self, years: Sequence[int], spec: Spec, schools: Iterable[tuple[str, str, str]]) -> None:
        self.first, self.last, self.spec = years[0], years[-1], spec
        self.stages = {label: code for code, label in STAGES.items()}
        # Code, name and kind by either of the first two.
        self.schools: dict[str, list[tuple[str, str, str]]] = {}
        for school in schools:
            for key in set(school[:2]):
                self.schools.setdefault(key, []).append(school)
        self.problems: list[Problem] = []

    def read(
        self, typed: str, what: str, cells: int, make: Callable[[Sequence[str]], Any], *, reasoned: bool = False
    ) -> list[Any]:
        """So many `cells` a line; of a `reasoned` one the last is prose."""
        found = []
        for number, line in enumerate(typed.splitlines(), 1):
            given = re.split(r"[\s,，;；]+", line.strip(), maxsplit=cells - 1 if reasoned else 0)
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

    def shares(self, given: Sequence[str]) -> OwnShare:
        stage = self._stage(given[0])
        school = self._school(given[1], stage)
        share = self._number(given[2].rstrip("%％"), "百分比", 100, zero=True)
        return OwnShare(stage, school, Fraction(share) / 100, self._reason(given[3]))

    def ratios(self, given: Sequence[str]) -> OwnRatio:
        stepped = re.fullmatch(rf"({'|'.join(self.stages)})([1-8])升([2-9])", given[0])
        if given[0] in ENTRIES:
            stage, grade = ENTRIES[given[0]]
        elif stepped and int(stepped[3]) == int(stepped[2]) + 1:
            stage, grade = self.stages[stepped[1]], int(stepped[2])
        else:
            raise ValueError(f"没有“{given[0][:20]}”这个比例")
        low, mid, high = (Fraction(self._number(cell, "比例", _MOST_RATIO)) for cell in given[1:4])
        if not low <= mid <= high:
            raise ValueError("低、中、高应从小到大")
        return OwnRatio(stage, grade, low, mid, high, self._reason(given[4]))

    def _year(self, typed: str) -> int:
        year = int(typed) if typed.isdecimal() and len(typed) == 4 else 0
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
        [(code, name, kind)] = found
        if kind not in self.spec.kinds or stage not in self.spec.kinds[kind].stages:
            raise ValueError(f"{name}没有{STAGES[stage]}")
        return code

    @staticmethod
    def _number(typed: str, what: str, most: int, *, zero: bool = False) -> Decimal:
        try:
            found = written.number(typed)
        except ValueError:
            found = Decimal(-1)
        if not 0 <= found <= most or (not found and not zero):
            raise ValueError(f"{what}应{'不小于' if zero else '大于'} 0、不超过 {most}，写的是“{typed[:20]}”")
        if found != round(found, _DIGITS):
            raise ValueError(f"{what}最多写 {_DIGITS} 位小数")
        return found

    @staticmethod
    def _reason(typed: str) -> str:
        found = written.bare(typed)
        if not 0 < len(found) <= written.LONGEST_REASON:
            raise ValueError(f"请写明理由，{written.LONGEST_REASON} 字以内")
        return found
