"""Ratios of B–D: the district's own figures, or its schools' added up and each by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import Ratio, Source
from indicators.standard.engine.facts import NOT_SUBMITTED, Facts, Respondent
from indicators.standard.engine.outcomes import Need, Outcome, SchoolOutcome, near
from indicators.standard.engine.rules import phrases
from indicators.standard.engine.spec import Spec

ZERO = Fraction(0)


@dataclass(slots=True)
class _Sums:
    """Both sides of a ratio field by field, and what is lacking."""

    figures: dict[str, Fraction] = field(default_factory=dict)
    lacking: list[Need] = field(default_factory=list)

    def add(self, other: "_Sums") -> None:
        self.lacking += other.lacking
        for code, figure in other.figures.items():
            self.figures[code] = self.figures.get(code, ZERO) + figure

    def side(self, sources: tuple[Source, ...]) -> Fraction:
        return sum((source.sign * self.of(source) for source in sources), ZERO)

    def of(self, source: Source) -> Fraction:
        return sum((self.figures.get(code, ZERO) for code in source.codes), ZERO)


def judge(rule: Ratio, facts: Facts) -> Outcome:
    """Judge the ratio unrounded; ``figures`` keep both sides and every field they were added from."""
    if not rule.who:
        return _outcome(rule, facts.spec, _read(rule, facts.district), ())
    total, schools = _Sums(), []
    for respondent in facts.schools(rule.who):
        own = _read(rule, respondent)
        total.add(own)
        if rule.each:
            schools.append(_school(rule, facts.spec, respondent, own))
    return _outcome(rule, facts.spec, total, tuple(schools))


def _read(rule: Ratio, respondent: Respondent) -> _Sums:
    own = _Sums()
    if respondent.school is not None and not respondent.school.has_submission:
        own.lacking.append(Need(respondent.code, "", NOT_SUBMITTED))
        return own
    for source in (*rule.numerator, *rule.denominator):
        found, lacking = respondent.figures(source)
        # A field on both sides (骨干 among those exchanged) is read once.
        own.figures |= found
        own.lacking += [need for need in lacking if need not in own.lacking]
    return own


def _school(rule: Ratio, spec: Spec, respondent: Respondent, own: _Sums) -> SchoolOutcome:
    """One school by itself; nothing to divide by demands nothing of it."""
    if own.lacking:
        return SchoolOutcome(respondent.code, respondent.name, None, why=phrases.lacking(spec, own.lacking))
    bottom = own.side(rule.denominator)
    if not bottom:
        return SchoolOutcome(respondent.code, respondent.name, True)
    value = own.side(rule.numerator) * rule.factor / bottom
    passes = value >= rule.limit
    why = "" if passes else f"{_arithmetic(rule, spec, own, value)}，应不低于 {_limit(rule)}"
    return SchoolOutcome(respondent.code, respondent.name, passes, value, why)


def _outcome(rule: Ratio, spec: Spec, total: _Sums, schools: tuple[SchoolOutcome, ...]) -> Outcome:
    if rule.optional and (reason := _waived(rule, total)):
        return Outcome(rule, None, f"不适用：{reason}", applicable=False, missing=())
    figures = dict(total.figures)
    if total.lacking:
        return _lacking(rule, spec, total, schools)
    top, bottom = total.side(rule.numerator), total.side(rule.denominator)
    figures |= {f"{rule.code}_numerator": top, f"{rule.code}_denominator": bottom}
    if bottom <= 0:
        none = f"{phrases.side(_terms(rule.denominator, total))}，无法计算{rule.label}"
        if rule.optional:
            return Outcome(rule, None, f"不适用：{none}", applicable=False, figures=figures)
        return Outcome(rule, None, none, limit=rule.limit, schools=schools, figures=figures)
    value = top * rule.factor / bottom
    passes = value >= rule.limit and all(s.passes for s in schools)
    return Outcome(
        rule,
        passes if rule.judged else None,
        _why(rule, spec, total, value, schools),
        value=value,
        limit=rule.limit if rule.judged else None,
        shown=numbers.text(value) or "",
        near_limit=rule.judged and near(value, rule.limit, _places(rule, spec)),
        schools=schools,
        figures=figures | {rule.code: value},
    )


def _lacking(rule: Ratio, spec: Spec, total: _Sums, schools: tuple[SchoolOutcome, ...]) -> Outcome:
    """A ratio with figures missing: failing all the same where a school fails by itself."""
    failing = [school for school in schools if school.passes is False]
    told = f"{rule.label}：{phrases.needed(spec, total.lacking)}"
    return Outcome(
        rule,
        False if failing else None,
        "；".join(filter(None, (told, phrases.schools(failing)))) if rule.judged else "",
        limit=rule.limit if rule.judged else None,
        schools=schools,
        missing=tuple(total.lacking),
        figures=total.figures,
    )


def _waived(rule: Ratio, total: _Sums) -> str:
    """The reasons when every missing field was marked 不适用, else nothing.

    Beside figures above zero 不适用 waives no demand: those children, or those schools, are there.
    """
    if rule.judged and any(total.figures.values()):
        return ""
    reasons = [need.reason if need.item else "" for need in total.lacking]
    return "；".join(dict.fromkeys(reason.removesuffix("。") for reason in reasons)) if all(reasons) else ""


def _why(rule: Ratio, spec: Spec, total: _Sums, value: Fraction, schools: tuple[SchoolOutcome, ...]) -> str:
    told = _arithmetic(rule, spec, total, value)
    if rule.judged:
        told += f"，标准 {_limit(rule)}，{phrases.VERDICT[value >= rule.limit]}"
    extra = [phrases.schools(schools)]
    if rule.whole and value > rule.factor:
        extra.append("超过 100%，数据可能有误，请核对")
    return "；".join([told, *filter(None, extra)])


def _arithmetic(rule: Ratio, spec: Spec, sums: _Sums, value: Fraction) -> str:
    top, bottom = phrases.side(_terms(rule.numerator, sums)), phrases.side(_terms(rule.denominator, sums))
    scale = "" if rule.factor in (1, 100) else f" × {numbers.text(rule.factor)}"
    capped = min(value, rule.factor) if rule.whole else value
    return f"{rule.label}：{top} ÷ {bottom}{scale} ＝ {numbers.printed(capped, _places(rule, spec))}{_unit(rule)}"


def _terms(sources: tuple[Source, ...], sums: _Sums) -> Iterator[tuple[Source, Fraction]]:
    return ((source, sums.of(source)) for source in sources)


def _places(rule: Ratio, spec: Spec) -> int:
    return spec.printing["percent"] if rule.unit == "%" else spec.printing["value"]


def _unit(rule: Ratio) -> str:
    return rule.unit if rule.unit == "%" else f" {rule.unit}"


def _limit(rule: Ratio) -> str:
    return f"{numbers.text(rule.limit)}{_unit(rule)}"
