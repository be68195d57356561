"""What granted relaxations make of the verdicts in a form, as notes below it: the boxes stay strict."""

from collections.abc import Iterator
from decimal import Decimal

from indicators.results.evaluations import relaxed as reading
from indicators.results.evaluations.relaxed import LABEL, Allowed, Relaxed
from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import Basis, Json
from indicators.standard.engine.conditions import tally
from portal.core.lib import numbers

_STRICT = "严格口径"
# Forms whose verdicts a relaxation may touch, by the letter of its indicator.
_TOUCHED = {"A": ("2-1", "2-2", "3"), "B": ("4",)}


def notes(basis: Basis, form: str) -> list[str]:
    """Return the notes below one of 表Ⅰ–Ⅵ: each relaxation with basis, term and both verdicts; none without any."""
    relaxed = reading.of(basis.evaluation)
    if relaxed is None:
        return []
    own = [one for one in relaxed.allowed if form in _TOUCHED.get(one.indicator[0], ())]
    if not own:
        return []
    whole = {"2-1": _passing, "3": _coefficients}.get(form)
    told = [*(whole(basis, relaxed) if whole else ()), *(_note(basis, relaxed, one, whole=True) for one in own)]
    return [f"{LABEL}说明：表中按{_STRICT}填写，以下另行说明。", *told]


def of_school(basis: Basis, code: str) -> tuple[str, ...]:
    """Return the notes below one school's self-rating, with nothing of any other school."""
    relaxed = reading.of(basis.evaluation)
    own = relaxed.of_school(code) if relaxed else ()
    return tuple(_note(basis, relaxed, one, whole=False) for one in own if relaxed)


def _note(basis: Basis, relaxed: Relaxed, one: Allowed, *, whole: bool) -> str:
    if any(indicator.code == one.indicator for indicator in basis.spec.resources):
        told = list(_parts(basis, relaxed, one))
    else:
        told = list(_condition(basis, relaxed, one, whole=whole))
    return f"{LABEL}：{one.words}。{'；'.join(told)}。" if told else f"{LABEL}：{one.words}。"


def _parts(basis: Basis, relaxed: Relaxed, one: Allowed) -> Iterator[str]:
    """A relaxation of A1–A7: the figure and the whole verdict of every part, both ways."""
    for part in basis.result["parts"]:
        other, figure = relaxed.part(part), relaxed.figure(part, one.indicator)
        if part["school_code"] != one.school_code or other is None or figure is None:
            continue
        stage = basis.spec.stages[part["stage"]].label
        yield f"{stage}{one.indicator} {_both(_figure(basis, part['indicators'][one.indicator]), _figure(basis, figure))}"
        yield f"{stage}综合评估 {_both(boxes.yes_no(part['passes']), boxes.yes_no(other['passes']))}"


def _condition(basis: Basis, relaxed: Relaxed, one: Allowed, *, whole: bool) -> Iterator[str]:
    """A relaxation of one of B1–B15: the school's own verdict, and the district's where it may be shown."""
    strict, other = basis.indicator(one.indicator), relaxed.condition(one.indicator)
    if not strict or other is None:
        return
    own = (boxes.yes_no(reading.of_schools(told, one.school_code)) for told in (strict, other))
    yield f"本校{one.indicator} {_both(*own)}"
    if whole:
        yield f"全县{one.indicator} {_both(boxes.yes_no(strict['passes']), boxes.yes_no(other['passes']))}"


def _passing(basis: Basis, relaxed: Relaxed) -> Iterator[str]:
    for stage in basis.spec.judged_stages:
        parts = [relaxed.part(part) or part for part in basis.parts(stage)]
        if not parts:
            continue
        told = tally(part["passes"] for part in parts)
        # As in the form: while one cannot be judged there is no share.
        share = f"比例{boxes.WAITING}" if told.open else f"占 {boxes.percent(told.passing, told.total).text}%"
        yield f"按{LABEL}：{basis.spec.stages[stage].label}综合评估学校（所）{told.words}，{share}。"


def _coefficients(basis: Basis, relaxed: Relaxed) -> Iterator[str]:
    places = basis.spec.printing["cv"]
    for stage in basis.spec.judged_stages:
        for indicator in basis.spec.resources:
            strict, other = (
                basis.result["coefficients"][stage][indicator.code],
                relaxed.coefficient(stage, indicator.code),
            )
            if other is not None and strict["reason"] != "no_parts":
                cvs = (_printed(told["cv"], places) for told in (strict, other))
                yield f"{basis.spec.stages[stage].label}{indicator.code}差异系数：{_both(*cvs)}。"


def _figure(basis: Basis, figure: Json) -> str:
    return f"{_printed(figure['value'], basis.spec.printing['value'])}（{boxes.yes_no(figure['reaches'])}）"


def _printed(value: str | None, places: int) -> str:
    return numbers.text(Decimal(value) if value else None, places, blank="不能判定")


def _both(strict: str, other: str) -> str:
    return f"{_STRICT} {strict}，{LABEL} {other}"
