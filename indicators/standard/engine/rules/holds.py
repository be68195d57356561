"""Attested conclusions of B–D, and figures that only have to be there."""

from functools import partial

from indicators.standard.engine.conditions import Holds, Some
from indicators.standard.engine.data import Value
from indicators.standard.engine.facts import Facts, Respondent
from indicators.standard.engine.outcomes import Outcome, SchoolOutcome
from indicators.standard.engine.rules import phrases, schoolwise
from indicators.standard.engine.rules.schoolwise import Answered
from indicators.standard.engine.spec import Spec


def judge(rule: Holds, facts: Facts) -> Outcome:
    """Every school, or the district itself, must have attested it; who signed is in the submission."""
    one = partial(_attested, rule, facts.spec)
    if rule.who:
        return schoolwise.rolled_up(rule, schoolwise.ask(facts.schools(rule.who), one), {})
    outcome, missing = one(facts.district)
    told = outcome.why or f"{rule.label}：{phrases.VERDICT[outcome.passes]}"
    codes = [code for source in rule.sources for code in source.codes]
    shown = "、".join(_words(facts.district, code) for code in codes)
    return Outcome(rule, outcome.passes, told, shown=shown, missing=tuple(missing))


def _attested(rule: Holds, spec: Spec, who: Respondent) -> Answered:
    against, needs = [], []
    for source in rule.sources:
        for code in who.asked(source):
            answer = who.answer(code)
            if not isinstance(answer, Value):
                needs.append(who.need(code))
            elif not _accepted(rule, answer.value):
                against.append(f"{source.label}：{_words(who, code)}")
    if against:
        wanted = "或".join(f"“{choice}”" for choice in rule.accepted) or "“是”"
        return SchoolOutcome(who.code, who.name, False, why=f"{'；'.join(against)}，应为{wanted}"), needs
    if needs:
        return schoolwise.unknown(spec, who, needs)
    return SchoolOutcome(who.code, who.name, True), needs


def _accepted(rule: Holds, value: object) -> bool:
    return value in rule.accepted if rule.accepted else value is True


def _words(who: Respondent, code: str) -> str:
    answer, item = who.answer(code), who.items[code]
    if not isinstance(answer, Value):
        return "未填"
    if isinstance(answer.value, bool):
        return item.yes_label if answer.value else item.no_label
    return str(answer.value)


def judge_some(rule: Some, facts: Facts) -> Outcome:
    """Above zero where there is such a school; demanded of nobody where there is none."""
    compulsory = (r for r in facts.schools("compulsory") if r.school is not None and r.school.area in rule.areas)
    if not any(rule.stage in respondent.pupils for respondent in compulsory):
        stage = facts.spec.stages[rule.stage].label
        return Outcome(rule, None, f"不适用：没有{rule.area}{stage}", applicable=False)
    amount, missing = facts.district.amount(rule.source)
    if amount is None:
        return Outcome(rule, None, phrases.needed(facts.spec, missing), missing=tuple(missing))
    figure = f"{rule.source.label} {phrases.amount(amount, rule.source.unit)}"
    passes = amount > 0
    told = f"{rule.label}：{figure}，{phrases.VERDICT[passes]}"
    return Outcome(rule, passes, told, value=amount, figures={rule.source.code: amount})
