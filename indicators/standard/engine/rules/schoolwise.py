"""Conditions every school must hold by itself: asked one by one, rolled up with a list of those that don't."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from indicators.standard.engine.conditions import Condition
from indicators.standard.engine.facts import NOT_SUBMITTED, Respondent
from indicators.standard.engine.outcomes import Need, Outcome, SchoolOutcome, together
from indicators.standard.engine.rules import phrases
from indicators.standard.engine.spec import Spec

Answered = tuple[SchoolOutcome, Sequence[Need]]
One = Callable[[Respondent], Answered]


def ask(respondents: Iterable[Respondent], one: One) -> list[Answered]:
    """Ask every respondent; a school without a return holds nothing and lacks everything."""
    return [_without_return(r) if r.school is not None and not r.school.has_submission else one(r) for r in respondents]


def _without_return(who: Respondent) -> Answered:
    return SchoolOutcome(who.code, who.name, None, why=NOT_SUBMITTED), [Need(who.code, "", NOT_SUBMITTED)]


def unknown(spec: Spec, who: Respondent, needs: Sequence[Need]) -> Answered:
    """A school that cannot be judged for want of these fields."""
    return SchoolOutcome(who.code, who.name, None, why=phrases.lacking(spec, needs)), needs


def rolled_up(
    rule: Condition, answered: Sequence[Answered], figures: Mapping[str, Fraction], told: str = ""
) -> Outcome:
    """Every school must hold; nobody to ask means nothing is demanded."""
    if not answered:
        return Outcome(rule, None, f"不适用：没有{rule.label}所指的学校", applicable=False, figures=figures)
    outcomes = tuple(outcome for outcome, _ in answered)
    head = f"{rule.label}：{told}{phrases.held(outcomes)}"
    return Outcome(
        rule,
        together(o.passes for o in outcomes),
        "；".join(filter(None, (head, phrases.schools(outcomes)))),
        shown=phrases.held(outcomes),
        schools=outcomes,
        missing=tuple(need for _, needs in answered for need in needs),
        figures=figures,
    )
