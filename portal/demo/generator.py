"""The returns of the demonstration district: pure, seeded, and the same every time."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import (
    Answer,
    DistrictData,
    Item,
    SchoolData,
    Spec,
    Value,
    evaluate,
    required,
)
from portal.demo import figures, texts
from portal.demo.figures import CURRENT, Draw
from portal.demo.names import DISTRICT, WELL_EQUIPPED, Sketch

# Printed with two decimals the coefficient reads 0.45, which is the limit; judged exactly it is above.
_NEAR = Fraction(4520, 10000)
_MOST_PER_PUPIL = Decimal("1.9")
Answers = dict[str, Answer]


def returns(spec: Spec, sketches: Iterable[Sketch], seed: int, year: int) -> dict[str, Answers]:
    """Return what every school answers in a year, by school code: complete and without errors.

    In the current year one coefficient (初中 A6) is 临界: one school has so much equipment.
    """
    sketches = list(sketches)
    found = {sketch.code: _answers(Draw(spec, sketch, seed, year)) for sketch in sketches}
    if year == CURRENT and len(sketches) > WELL_EQUIPPED:
        code = sketches[WELL_EQUIPPED].code
        value = _tipping_value(spec, sketches, found, code)
        if value is not None:
            found[code]["equipment_value"] = Value(value)
    return found


def district_data(sketches: Iterable[Sketch], answers: Mapping[str, Answers]) -> DistrictData:
    """Return the district as the engine judges it."""
    schools = [
        SchoolData(
            code=s.code,
            name=s.name,
            kind=s.kind,
            area=s.area,
            sponsor=str(s.sponsor),
            boarding=s.boarding,
            answers=answers[s.code],
        )
        for s in sketches
    ]
    return DistrictData(DISTRICT, tuple(schools))


def _answers(draw: Draw) -> Answers:
    plain = figures.figures(draw)
    given: Answers = {code: Value(value) for code, value in plain.items() if code in draw.spec.items}
    # A special school is not asked for rooms and equipment, and nobody for attached classes it has not.
    fields = {field.code: field.item for field in required(draw.spec, draw.sketch.kind, given)}
    found = {code: given[code] if code in given else Value(_words(draw, item)) for code, item in fields.items()}
    if plain["honours"]:
        found["honours"] = given["honours"]
    # Nobody must report these, but this district does: 表Ⅰ of its declaration needs them.
    return found | {code: answer for code, answer in given.items() if draw.spec.items[code].base == "staff"}


def _words(draw: Draw, item: Item) -> Any:
    """Return a choice or an account; vetoes did not happen."""
    if item.kind == "yes_no":
        return not item.signed
    if item.kind == "choice":
        return draw.dice(item.code).one(item.choices[:2] + item.choices[:1])
    return texts.note(draw.sketch, draw.seed, draw.year, item.base)


def _tipping_value(spec: Spec, sketches: list[Sketch], found: Mapping[str, Answers], code: str) -> Decimal | None:
    """Return the equipment (万元) of one school that brings the coefficient just over the limit, None if out of reach."""
    others, own = _junior_equipment(spec, sketches, found, code)
    mean = sum(value for value, _ in others) / sum(count for _, count in others)
    low, high = int(mean * own * 100), int(_MOST_PER_PUPIL * own * 100)
    if _cv_squared(others, Fraction(high, 100), own) < _NEAR**2:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        above = _cv_squared(others, Fraction(middle, 100), own) >= _NEAR**2
        low, high = (low, middle) if above else (middle, high)
    return Decimal(high) / 100


def _junior_equipment(
    spec: Spec, sketches: list[Sketch], found: Mapping[str, Answers], code: str
) -> tuple[list[tuple[Fraction, int]], int]:
    """Return numerator and pupils of every other junior part, and the pupils of the one school."""
    position = [indicator.code for indicator in spec.resources].index("A6")
    others, own = [], 0
    for part in evaluate(spec, district_data(sketches, found)).parts:
        figure = part.indicators[position]
        if part.stage != "junior" or figure.numerator is None or not figure.pupils:
            continue
        if part.school.code == code:
            own = figure.pupils
        else:
            others.append((Fraction(figure.numerator), figure.pupils))
    return others, own


def _cv_squared(others: list[tuple[Fraction, int]], value: Fraction, own: int) -> Fraction:
    """CV² = Q·P/T² − 1 with one school's total put in (教督〔2017〕6号)."""
    rows = [*others, (value, own)]
    total = sum((x for x, _ in rows), Fraction(0))
    squares = sum((x * x / count for x, count in rows), Fraction(0))
    return squares * sum(count for _, count in rows) / (total * total) - 1
