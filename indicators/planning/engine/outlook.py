"""What the standard says of each year to come with today's resources: the engine on projected pupils, and early warnings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.planning.engine.cohorts import Projected
from indicators.planning.engine.editing import CLASS_LIST, class_rows
from indicators.planning.engine.known import JUNIOR, PRIMARY, Cell, Counts
from indicators.standard.engine import (
    ClassSize,
    DistrictData,
    Result,
    Size,
    SmallSchoolFunds,
    Spec,
    Value,
    evaluate,
    numbers,
)
from portal.core.lib.numbers import half_up, plain, text as printed

# What is watched, once it fails first: kind, school, stage, indicator.
Watch = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The standard's limits on pupils: class sizes by stage, who is small, from how many a school takes part."""

    class_size: Mapping[str, int]
    small: int


def limits(spec: Spec) -> Limits:
    conditions = [one for indicator in spec.indicators for one in indicator.conditions]
    by_label = next((one.limits for one in conditions if isinstance(one, ClassSize)), {})
    sizes = {spec.stage_by_label[label]: limit for label, limit in by_label.items()}
    return Limits(sizes, next((one.under for one in conditions if isinstance(one, SmallSchoolFunds)), 0))


def classes_needed(spec: Spec, cells: Mapping[Cell, Decimal], school: str, stage: str) -> int:
    """Of whole pupils by grade, at the standard's class size."""
    size = limits(spec).class_size[stage]
    return sum(-(-_whole(n) // size) for (code, its, _), n in cells.items() if (code, its) == (school, stage))


def _whole(count: Decimal | Fraction) -> int:
    return int(half_up(count, 0))


def in_year(spec: Spec, data: DistrictData, pupils: Counts) -> DistrictData:
    """The district with these pupils, in classes of the standard's size, and all else as it is.

    Pupils are whole (half up); stages without a class list stay as they are.
    """
    counts: dict[str, dict[str, dict[int, Decimal]]] = {}
    for (code, stage, grade), count in pupils.items():
        counts.setdefault(code, {}).setdefault(stage, {})[grade] = count
    schools = []
    for school in data.schools:
        answers = dict(school.answers)
        listed = answers.get(CLASS_LIST)
        rows = list(listed.value) if isinstance(listed, Value) else []
        for stage, grades in counts.get(school.code, {}).items():
            label, size = spec.stages[stage].label, limits(spec).class_size[stage]
            answers[f"pupils_{stage}"] = Value(_whole(sum(grades.values(), Decimal(0))))
            rows = [row for row in rows if row["stage"] != label]
            for grade, count in sorted(grades.items()):
                rows += class_rows(label, str(grade), _whole(count), -(-_whole(count) // size))
        answers[CLASS_LIST] = Value(tuple(rows))
        schools.append(replace(school, answers=answers) if school.code in counts else school)
    return replace(data, schools=tuple(schools))


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """What fails in a year for the first time, having held before."""

    kind: str
    school_code: str
    stage: str
    code: str
    text: str

    def as_json(self) -> dict[str, str | None]:
        return {
            "kind": self.kind,
            "school_code": self.school_code or None,
            "stage": self.stage or None,
            "code": self.code or None,
            "text": self.text,
        }


class Outlook:
    """Judges the years of one scenario in order and says what fails first in which."""

    def __init__(self, spec: Spec, data: DistrictData, base: Mapping[Cell, int], judged: Result) -> None:
        self.spec, self.data = spec, data
        self.names = {school.code: school.name for school in data.schools}
        self.kinds = {school.code: spec.kinds[school.kind] for school in data.schools}
        self.has = {
            (school.code, stage): sum(row["stage"] == spec.stages[stage].label for row in given.value)
            for school in data.schools
            for stage in (PRIMARY, JUNIOR)
            if isinstance(given := school.given.get(CLASS_LIST), Value)
        }
        counted: dict[Cell, Decimal] = {cell: Decimal(n) for cell, n in base.items()}
        self.failed = {watch for watch, _ in self._failing(judged, counted)}

    def seats(self, school: str, stage: str) -> int:
        """Of the classes there are, at the standard's size."""
        return self.has.get((school, stage), 0) * limits(self.spec).class_size[stage]

    def judge(self, year: Projected) -> tuple[Result, list[EarlyWarning]]:
        """Raises UnusableData as `evaluate` does."""
        result = evaluate(self.spec, in_year(self.spec, self.data, year.pupils))
        found = []
        for watch, text in self._failing(result, year.pupils):
            if watch not in self.failed:
                self.failed.add(watch)
                found.append(EarlyWarning(*watch, text))
        return result, found

    def as_json(self, year: Projected) -> dict[str, Any]:
        """A year with what is said of it. Raises UnusableData as `evaluate` does."""
        grades: dict[tuple[str, str], dict[str, Decimal]] = {}
        for school, stage, grade in sorted(year.pupils, key=lambda cell: (cell[0], cell[1] != PRIMARY, cell[2])):
            grades.setdefault((school, stage), {})[str(grade)] = year.pupils[school, stage, grade]
        schools = []
        for (school, stage), counts in grades.items():
            pupils = sum(counts.values(), Decimal(0))
            # What a new school will have nobody has handed in yet.
            seats = None if school not in self.kinds else self.seats(school, stage)
            schools.append(
                {
                    "school_code": school,
                    "stage": stage,
                    "grades": {grade: plain(count) for grade, count in counts.items()},
                    "pupils": plain(pupils),
                    "classes_needed": str(classes_needed(self.spec, year.pupils, school, stage)),
                    "seats": None if seats is None else str(seats),
                    "seat_gap": None if seats is None else plain(max(pupils - seats, Decimal(0))),
                }
            )
        result, warnings = self.judge(year)
        return {
            "year": year.year,
            "scenario": year.scenario,
            "schools": schools,
            "totals": {name: plain(count) for name, count in year.totals.items()},
            "coefficients": coefficients(result),
            "warnings": [one.as_json() for one in warnings],
        }

    def _failing(self, result: Result, pupils: Counts) -> Iterator[tuple[Watch, str]]:
        places = self.spec.printing["value"]
        for part in result.parts:
            where = f"{part.school.name}（{self.spec.stages[part.stage].label}）"
            if part.passes is False:
                yield ("part", part.school.code, part.stage, ""), f"{where}不再达标"
            for one in part.indicators:
                code, name, unit = one.indicator.code, one.indicator.short_name, one.indicator.unit
                bounds = (
                    ("threshold", one.reaches, one.threshold, "标准"),
                    ("floor", one.reaches_floor, one.floor, "底线"),
                )
                for kind, reaches, bound, word in bounds:
                    if reaches is False:
                        shown = f"{numbers.printed(one.value, places)} {unit}"
                        near = "（临界）" if one.near_limit(self.spec.printing["near_value"]) else ""
                        text = f"{where}{code} {name} {shown}{near}，低于{word} {numbers.text(bound)} {unit}"
                        yield (kind, part.school.code, part.stage, code), text
        for stage, by_code in result.coefficients.items():
            for code, coefficient in by_code.items():
                if coefficient.passes is False and coefficient.cv is not None:
                    cv = printed(coefficient.cv, self.spec.printing["cv"])
                    text = (
                        f"{self.spec.stages[stage].label} {code} 差异系数 {cv}，超过 {numbers.text(coefficient.limit)}"
                    )
                    yield ("coefficient", "", stage, code), text
        for indicator in result.district_indicators:
            for outcome in indicator.outcomes:
                if isinstance(outcome.condition, Size):
                    for school in outcome.schools:
                        if school.passes is False:
                            text = f"{school.school_name} {indicator.indicator.code}：{school.why}"
                            yield ("size", school.school_code, "", indicator.indicator.code), text
        yield from self._counts(pupils)

    def _counts(self, pupils: Counts) -> Iterator[tuple[Watch, str]]:
        """Few pupils, none left, and more classes than there are."""
        sums: dict[str, Decimal] = {}
        for (school, _, _), count in pupils.items():
            sums[school] = sums.get(school, Decimal(0)) + count
        small = limits(self.spec).small
        for school, total in sorted(sums.items()):
            # A new school is not judged yet.
            if school not in self.kinds:
                continue
            name, least, whole = self.names[school], self.kinds[school].min_pupils, _whole(total)
            if whole < least:
                yield ("left_out", school, "", ""), f"{name}在校生 {whole} 人，少于 {least} 人，不再参加评估"
            if whole < small:
                yield ("small", school, "", ""), f"{name}在校生 {whole} 人，不足 {small} 人"
        for school, stage in sorted({(school, stage) for school, stage, _ in pupils if school in self.kinds}):
            needed, has = classes_needed(self.spec, pupils, school, stage), self.has.get((school, stage), 0)
            if needed > has:
                label = self.spec.stages[stage].label
                text = f"{self.names[school]}（{label}）需要 {needed} 个班，现有 {has} 个班，学位不足"
                yield ("seats", school, stage, ""), text


def coefficients(result: Result) -> dict[str, dict[str, Any]]:
    return {
        stage: {code: {"cv": numbers.text(one.cv), "passes": one.passes} for code, one in by_code.items()}
        for stage, by_code in result.coefficients.items()
    }
