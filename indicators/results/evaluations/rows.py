"""Turns the engine's exact result into rows: decimals to 15 places, rounded half up, for lists and history."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from indicators.results.evaluations.inputs import Kept, Source
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.standard.engine import Result, words
from indicators.standard.engine.parts import IndicatorResult as JudgedIndicator
from indicators.standard.engine.parts import PartResult as JudgedPart
from portal.core.lib import numbers
from schools.directory.models import School

PLACES = 15


def parts(evaluation: Evaluation, result: Result, schools: Mapping[str, School], sources: Kept) -> list[PartResult]:
    """Return one unsaved row per stage part, in the order of the result."""
    relaxed = _relaxed(result)
    return [
        _part(
            evaluation,
            part,
            schools[part.school.code],
            sources[part.school.code],
            relaxed.get((part.school.code, part.stage)),
        )
        for part in result.parts
    ]


def _relaxed(result: Result) -> dict[tuple[str, str], bool | None]:
    """The parts' verdicts with relaxations, only for schools that have one for A1–A7."""
    if result.relaxed is None:
        return {}
    resources = {indicator.code for indicator in result.spec.resources}
    schools = {one.grant.school_code for one in result.relaxed.granted if one.relaxation.indicator in resources}
    return {(p.school.code, p.stage): p.passes for p in result.relaxed.parts if p.school.code in schools}


def _part(evaluation: Evaluation, part: JudgedPart, school: School, source: Source, relaxed: bool | None) -> PartResult:
    return PartResult(
        evaluation=evaluation,
        school=school,
        school_name=part.school.name,
        kind=part.school.kind,
        area=part.school.area,
        sponsor=school.sponsor,
        stage=part.stage,
        pupils=part.pupils,
        passes=part.passes,
        relaxed=relaxed,
        reached=part.reached,
        revision_id=source["revision"],
    )


def indicators(rows: list[PartResult], result: Result) -> Iterator[IndicatorResult]:
    """Yield the unsaved rows of each saved part, one an indicator."""
    for row, part in zip(rows, result.parts, strict=True):
        for judged in part.indicators:
            yield _indicator(row, judged, result)


def _indicator(row: PartResult, judged: JudgedIndicator, result: Result) -> IndicatorResult:
    return IndicatorResult(
        part=row,
        code=judged.indicator.code,
        numerator=_stored(judged.numerator),
        value=_stored(judged.value),
        threshold=numbers.half_up(judged.threshold, 4),
        floor=numbers.half_up(judged.floor, 4),
        reaches=judged.reaches,
        reaches_floor=judged.reaches_floor,
        gap=_stored(judged.gap),
        near_limit=bool(judged.near_limit(result.spec.printing["near_value"])),
        formula=words.formula(result.spec, judged),
    )


def _stored(value: Fraction | Decimal | None) -> Decimal | None:
    return None if value is None else numbers.half_up(Fraction(value), PLACES)
