"""What each school does to a coefficient, read from the stored result: page, file and school page print these."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from indicators.results.board import board
from indicators.results.board.board import BoardRow, StageBoard, Summary
from indicators.results.evaluations.stored import StoredResult
from indicators.standard.engine import Indicator, Spec, numbers
from indicators.standard.engine.coefficients import AnalysedPart, Analysis, Effect, Spread, largest
from portal.core.lib.numbers import half_up

# With fewer, a school could work out another's figures from its own share (as survey groups under 5 are withheld).
FEWEST_TOLD = 5
# Moves of one teacher show in the fourth or fifth decimal.
CHANGE_PLACES = 5


@dataclass(frozen=True, slots=True)
class ChangedCoefficient:
    """A coefficient as it would be: printed, whether rounding hides the verdict, and whether the verdict turns.

    `number` is unrounded; None when there would be no coefficient.
    """

    text: str
    words: str
    tone: str
    number: Decimal | None


@dataclass(frozen=True, slots=True)
class StepEffect:
    """What one step more at the school does: 降低 or 升高, by how much, and the new coefficient."""

    words: str
    text: str
    amount: Decimal | None
    outcome: ChangedCoefficient


@dataclass(frozen=True, slots=True)
class OwnInfluence:
    """All a school sees of a coefficient: its own share and the coefficient without it."""

    share: str
    without: ChangedCoefficient


@dataclass(frozen=True, slots=True)
class Influence:
    """One school part's line in the table of contributions; figures printed, `effect` holds the exact ones."""

    row: BoardRow
    value: str
    near: bool
    from_mean: str
    share: str
    without: ChangedCoefficient
    at_mean: ChangedCoefficient
    one_more: StepEffect
    effect: Effect


@dataclass(frozen=True, slots=True)
class StageInfluence:
    """One indicator of one stage; without rows `why` says why nothing can be worked out."""

    board: StageBoard
    summary: Summary
    indicator: Indicator
    rows: tuple[Influence, ...]
    largest: tuple[Influence, ...]
    why: str

    @property
    def step(self) -> str:
        """The step of the last column in words: 1 名骨干教师, 100 ㎡教学及辅助用房."""
        rule = self.indicator.rule
        return f"{numbers.text(rule.trial_step)} {rule.gap_unit}"

    @property
    def lacks_shares(self) -> bool:
        """Whether the evaluation is too old to say how figures were split."""
        return any(row.effect.part.added is None for row in self.rows)


def of_stage(spec: Spec, result: StoredResult, board: StageBoard, code: str) -> StageInfluence:
    """Return what every school does to this coefficient, largest share first, ties by code."""
    indicator, summary = spec.indicator(code), next(s for s in board.summaries if s.code == code)
    found = analysis(spec, result, board.stage, code)
    if found is None:
        return StageInfluence(board, summary, indicator, (), (), summary.coefficient.why)
    by_code = {row.school_code: row for row in board.rows}
    ranked = sorted(found.effects, key=lambda e: (-(e.share or 0), e.part.school_code))
    rows = tuple(_influence(spec, indicator, by_code[e.part.school_code], found.now, e) for e in ranked)
    top = {effect.part.school_code for effect in largest(ranked)}
    return StageInfluence(board, summary, indicator, rows, tuple(r for r in rows if r.row.school_code in top), "")


def analysis(spec: Spec, result: StoredResult, stage: str, code: str) -> Analysis | None:
    """Return the exact analysis of a stored coefficient; None when there was none.

    Split numerators are stored to 28 significant digits, so alternatives are exact to those.
    """
    if result.coefficients[stage][code].cv is None:
        return None
    rule = spec.indicator(code).rule
    parts = []
    for part in result.parts:
        if part.stage == stage:
            figure = part.indicators[code]
            # One step at the school adds all of a teacher to the part, but only the split share of a room.
            share = figure.share if rule.shared else "1"
            added = None if share is None else Fraction(share) * rule.trial_step
            parts.append(
                AnalysedPart(part.school_code, int(figure.denominator or 0), Fraction(figure.numerator or 0), added)
            )
    return Analysis(
        parts=tuple(parts),
        factor=rule.factor,
        limit=spec.stages[stage].limit,
        near_places=spec.printing["near_cv"],
    )


def own(spec: Spec, found: Analysis | None, school_code: str) -> OwnInfluence | None:
    """Return what one school may see of a coefficient; None without one, or where so few schools took part
    that the others' figures could be worked out."""
    if found is None or len(found.parts) < FEWEST_TOLD:
        return None
    effect = found.effect(next(part for part in found.parts if part.school_code == school_code))
    return OwnInfluence(percent(spec, effect), outcome(spec, found.now, effect.without))


def outcome(spec: Spec, now: Spread, then: Spread | None, otherwise: str = board.NONE) -> ChangedCoefficient:
    """Print a coefficient as it would be; `otherwise` when there is nothing to change."""
    if then is None:
        return ChangedCoefficient(otherwise, "", "muted", None)
    if then.cv is None:
        return ChangedCoefficient("不能计算", "", "muted", None)
    words = [] if then.passes == now.passes else ["变为不超限" if then.passes else "变为超限"]
    tone = "" if not words else "ok" if then.passes else "bad"
    if then.near_limit:
        words.append("临界")
    return ChangedCoefficient(board.printed(str(then.cv), spec.printing["cv"]), "，".join(words), tone, then.cv)


def _influence(spec: Spec, indicator: Indicator, row: BoardRow, now: Spread, effect: Effect) -> Influence:
    cell = next(cell for cell in row.cells if cell.code == indicator.code)
    return Influence(
        row=row,
        value=cell.value,
        near=cell.near,
        from_mean=f"{half_up(effect.from_mean, spec.printing['value']):+f}",
        share=percent(spec, effect),
        without=outcome(spec, now, effect.without),
        at_mean=outcome(spec, now, effect.at_mean, "已不低于均值"),
        one_more=_change(spec, now, effect.with_one_more),
        effect=effect,
    )


def percent(spec: Spec, effect: Effect) -> str:
    """Print a share of the variance; all alike prints as 0."""
    return f"{half_up((effect.share or Fraction(0)) * 100, spec.printing['percent']):f}%"


def _change(spec: Spec, now: Spread, then: Spread | None) -> StepEffect:
    new = outcome(spec, now, then)
    if then is None or then.squared is None or now.squared is None or now.cv is None or then.cv is None:
        return StepEffect("", board.NONE, None, new)
    if then.squared == now.squared:
        return StepEffect("不变", "", Decimal(0), new)
    words = "降低" if then.squared < now.squared else "升高"
    amount = then.cv - now.cv
    shown = half_up(abs(amount), CHANGE_PLACES)
    least = Decimal(1).scaleb(-CHANGE_PLACES)
    return StepEffect(words, f"{shown:f}" if shown else f"不足 {least:f}", amount, new)
