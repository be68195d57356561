"""The district between two moments: verdict, coefficients, B–D, vetoes."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.stored import StoredCoefficient, StoredCondition, StoredResult
from indicators.results.milestones import schools, sides
from indicators.results.milestones.schools import ComparedSubmission, Moved, PartRow
from indicators.results.milestones.sides import ComparedFigure, Side, VerdictTurn, Way
from indicators.standard.engine.conditions import tally

# What is counted on one side: each by what it is compared by.
Verdicts = Mapping[Hashable, bool | None]
# Rates are printed with one decimal.
_PLACES = 1
_HAPPENED = {True: "有", False: "无", None: "未全部确认"}


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """One fact of the district then and now, in words; B–D with the change and the arithmetic of both."""

    label: str
    then: str
    now: str
    turn: VerdictTurn
    change: str = ""
    then_why: tuple[str, ...] = ()
    now_why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoefficientLine:
    """One coefficient of a stage then and now, with the mean it stands on."""

    stage: str
    stage_label: str
    code: str
    name: str
    mean: ComparedFigure
    cv: ComparedFigure
    limit: str
    turn: VerdictTurn


@dataclass(frozen=True, slots=True)
class Overview:
    """The district then and now, and what became of its schools."""

    headings: tuple[DistrictLine, ...]
    coefficients: tuple[CoefficientLine, ...]
    entered: tuple[DistrictLine, ...]
    vetoes: tuple[DistrictLine, ...]
    moved: tuple[Moved, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All there is to say of two sides, with the rows of schools and returns that were asked for."""

    then: Side
    now: Side
    overview: Overview
    rows: tuple[PartRow, ...]
    returns: tuple[ComparedSubmission, ...]


def headings(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    """Return the verdict, how many parts, coefficients and indicators pass, schools that lack figures, and the rules.

    What was not judged on both sides is counted on neither: missing figures are no decline and no progress.
    """
    words = evaluations.verdict_words
    old, new = then.evaluation.verdict, now.evaluation.verdict
    lines = [DistrictLine("全区结论", words(old), words(new), sides.turn_of(old, new))]
    if then.relaxed or now.relaxed:
        # As soon as one side has relaxations; the other side's verdict is its strict one.
        old, new = (side.relaxed.verdict if side.relaxed else side.evaluation.verdict for side in (then, now))
        lines.append(DistrictLine(f"全区结论{sides.RELAXED}", words(old), words(new), sides.turn_of(old, new)))
    for label, verdicts, unit in (
        ("学校达标（分学段）", _parts, "所（部）"),
        ("差异系数达标", _coefficients, "项"),
        ("B、C、D 类指标达标", _conditions, "项"),
    ):
        before, after = verdicts(then.result), verdicts(now.result)
        counts = [f"{tally(side.values()).words} {unit}" for side in (before, after)]
        lines.append(DistrictLine(label, counts[0], counts[1], _change(before, after, unit)))
    # Fewer schools that lack figures are no progress yet, more of them no decline.
    lacked, lack = then.result.missing_schools, now.result.missing_schools
    turn = sides.SAME if lacked == lack else VerdictTurn(f"{lack - lacked:+d}", "other")
    lines.append(DistrictLine("缺数据的学校", f"{lacked} 校", f"{lack} 校", turn))
    for label, one, other in (
        ("标准版本", then.evaluation.standard.version, now.evaluation.standard.version),
        ("计算程序", then.evaluation.engine, now.evaluation.engine),
        ("数据截至", then.as_of, now.as_of),
    ):
        lines.append(DistrictLine(label, one, other, sides.SAME if one == other else VerdictTurn("不同", "other")))
    return tuple(lines)


def _parts(result: StoredResult) -> Verdicts:
    return {part.key: part.passes for part in result.parts}


def _coefficients(result: StoredResult) -> Verdicts:
    return {
        (stage, code): one.passes for stage, by_code in result.coefficients.items() for code, one in by_code.items()
    }


def _conditions(result: StoredResult) -> Verdicts:
    return {code: one.passes for code, one in result.conditions.items() if one.applicable}


def _change(then: Verdicts, now: Verdicts, unit: str) -> VerdictTurn:
    both = [key for key in then if then[key] is not None and now.get(key) is not None]
    apart = len(then.keys() | now.keys()) - len(both)
    compared = f"（{len(both)} {unit}可比，{apart} {unit}不可比）" if apart else ""
    if not both:
        return VerdictTurn("不可比", "other") if apart else sides.SAME
    difference = sum(bool(now[key]) - bool(then[key]) for key in both)
    if not difference:
        return VerdictTurn(f"不变{compared}", "same")
    return VerdictTurn(f"{difference:+d}{compared}", "better" if difference > 0 else "worse")


def coefficient_lines(then: Side, now: Side) -> tuple[CoefficientLine, ...]:
    """Return the coefficients of every stage that is judged now, in the standard's order.

    Where a relaxation was granted on either side, the one with it follows the strict one.
    """
    lines = []
    for stage in now.spec.judged_stages:
        for indicator in now.spec.resources:
            code, name = indicator.code, indicator.short_name
            old = then.result.coefficient(stage, code) or StoredCoefficient()
            new = now.result.coefficients[stage][code]
            lines.append(_coefficient_line(now, stage, code, name, old, new))
            before, after = (side.relaxed.coefficient(stage, code) if side.relaxed else None for side in (then, now))
            if before or after:
                relaxed = name + sides.RELAXED
                lines.append(_coefficient_line(now, stage, code, relaxed, before or old, after or new))
    return tuple(lines)


def _coefficient_line(
    now: Side, stage: str, code: str, name: str, old: StoredCoefficient, new: StoredCoefficient
) -> CoefficientLine:
    places = now.spec.printing
    return CoefficientLine(
        stage=stage,
        stage_label=now.spec.stages[stage].label,
        code=code,
        name=name,
        mean=sides.figure(old.mean, new.mean, places["mean"]),
        cv=sides.judged_figure(old, new, places["cv"]),
        limit=now.spec.stages[stage].limit_text,
        turn=sides.turn_of(old.passes, new.passes),
    )


def condition_lines(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    """Return B1–D1 in the standard's order: what was found then and now, and how the conclusion turned."""
    old, new = then.result.conditions, now.result.conditions
    lines = []
    for indicator in now.spec.indicators:
        if (code := indicator.code) in new:
            label = f"{code} {indicator.name}"
            lines.append(_condition_line(label, old.get(code), new[code]))
            before, after = (side.relaxed.condition(code) if side.relaxed else None for side in (then, now))
            if before or after:
                lines.append(_condition_line(f"{label}{sides.RELAXED}", before or old.get(code), after or new[code]))
    return tuple(lines)


def _condition_line(label: str, old: StoredCondition | None, new: StoredCondition) -> DistrictLine:
    before, after = _number(old), _number(new)
    numbers = sides.figure(before, after, _PLACES)
    if new.applicable and (old is None or old.applicable):
        turn = sides.turn_of(old.passes if old else None, new.passes)
    else:
        turn = sides.turn_in_words(_conclusion(old), _conclusion(new))
    return DistrictLine(
        label=label,
        then=numbers.then if before else (old.value if old else None) or sides.NONE,
        now=numbers.now if after else new.value or sides.NONE,
        turn=turn,
        change=numbers.change if before and after else "",
        then_why=tuple(one.why for one in old.conditions if one.why) if old else (),
        now_why=tuple(one.why for one in new.conditions if one.why),
    )


def _number(condition: StoredCondition | None) -> str | None:
    """The value where it is a figure (exact, as text), not words."""
    value = (condition.value if condition else None) or ""
    return value if value.lstrip("-").replace(".", "", 1).isdecimal() else None


def _conclusion(condition: StoredCondition | None) -> str:
    if condition is None:
        return sides.NONE
    return evaluations.verdict_words(condition.passes) if condition.applicable else "不适用"


def veto_lines(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    """Return every veto then and now; one that newly happened is worse, one that no longer applies is better."""
    old = {veto.code: veto.happened for veto in then.result.vetoes}
    lines = []
    for veto in now.result.vetoes:
        was, happened = old.get(veto.code), veto.happened
        words = sides.turn_in_words(_HAPPENED[was], _HAPPENED[happened]).words
        way: Way = "worse" if happened else "better"
        if was is happened:
            way = "same"
        elif was is None or happened is None:
            way = "other"
        lines.append(
            DistrictLine(f"{veto.code} {veto.name}", _HAPPENED[was], _HAPPENED[happened], VerdictTurn(words, way))
        )
    return tuple(lines)


def overview(then: Side, now: Side) -> Overview:
    """Return the district's part of a comparison; `same` = both judged exactly the same inputs."""
    return Overview(
        headings=headings(then, now),
        coefficients=coefficient_lines(then, now),
        entered=condition_lines(then, now),
        vetoes=veto_lines(then, now),
        moved=schools.moved(then, now, schools.register(then, now)),
        same=then.evaluation.inputs_sha256 == now.evaluation.inputs_sha256,
    )


def parts(then: Side, now: Side) -> tuple[PartRow, ...]:
    """Return every stage part of either side."""
    return schools.part_rows(then, now, schools.register(then, now))


def handed_in(then: Side, now: Side) -> tuple[ComparedSubmission, ...]:
    """Return every respondent of either side."""
    return schools.return_rows(then, now)
