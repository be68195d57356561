"""Rules over the district's figures: ratios, figures that must be there, retention, monitoring, the schools' totals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from indicators.standard.engine import numbers, words
from indicators.standard.engine.conditions import (
    Agrees,
    FigureSource,
    Monitoring,
    Need,
    Outcome,
    Ratio,
    Retention,
    SchoolOutcome,
    Some,
    near,
    tally,
    together,
)
from indicators.standard.engine.data import NOT_SUBMITTED, TableRow
from indicators.standard.engine.respondents import Respondent, Respondents
from indicators.standard.engine.spec import Spec

ZERO = Fraction(0)


@dataclass(slots=True)
class _Sums:
    """Both sides of a ratio field by field, and what is lacking."""

    figures: dict[str, Fraction] = field(default_factory=dict)
    lacking: list[Need] = field(default_factory=list)

    def side(self, sources: tuple[FigureSource, ...]) -> Fraction:
        return sum((source.sign * self.of(source) for source in sources), ZERO)

    def of(self, source: FigureSource) -> Fraction:
        return sum((self.figures.get(code, ZERO) for code in source.codes), ZERO)


def ratio(rule: Ratio, everyone: Respondents) -> Outcome:
    """Unrounded; ``figures`` hold every field that was added up."""
    if not rule.who:
        return _ratio(rule, everyone.spec, _read(rule, everyone.district), ())
    total, schools = _Sums(), []
    for respondent in everyone.schools[rule.who]:
        own = _read(rule, respondent)
        total.lacking += own.lacking
        for code, figure in own.figures.items():
            total.figures[code] = total.figures.get(code, ZERO) + figure
        if not rule.each:
            continue
        bottom = own.side(rule.denominator)
        value, why = None, ""
        if own.lacking:
            passes, why = None, words.needed_of_school(everyone.spec, own.lacking)
        elif not bottom:
            # Nothing to divide by demands nothing.
            passes = True
        else:
            value = own.side(rule.numerator) * rule.factor / bottom
            passes = value >= rule.limit
            if not passes:
                why = f"{_arithmetic(rule, everyone.spec, own, value)}，应不低于 {_limit(rule)}"
        schools.append(SchoolOutcome(respondent.code, respondent.name, passes, value, why))
    return _ratio(rule, everyone.spec, total, tuple(schools))


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


def _ratio(rule: Ratio, spec: Spec, total: _Sums, schools: tuple[SchoolOutcome, ...]) -> Outcome:
    if rule.optional and (reason := _not_applicable(rule, total)):
        return Outcome(rule, None, f"不适用：{reason}", applicable=False, missing=())
    limit = rule.limit if rule.judged else None
    if total.lacking:
        # Failing all the same where a school fails by itself.
        failing = [school for school in schools if school.passes is False]
        why = [f"{rule.label}：{words.needed(spec, total.lacking)}", words.failing_schools(failing)]
        return Outcome(
            rule,
            False if failing else None,
            "；".join(filter(None, why)) if rule.judged else "",
            limit=limit,
            schools=schools,
            missing=tuple(total.lacking),
            figures=total.figures,
        )
    top, bottom = total.side(rule.numerator), total.side(rule.denominator)
    figures = total.figures | {f"{rule.code}_numerator": top, f"{rule.code}_denominator": bottom}
    if bottom <= 0:
        none = f"{_side(rule.denominator, total)}，无法计算{rule.label}"
        if rule.optional:
            return Outcome(rule, None, f"不适用：{none}", applicable=False, figures=figures)
        return Outcome(rule, None, none, limit=rule.limit, schools=schools, figures=figures)
    value = top * rule.factor / bottom
    passes = value >= rule.limit and all(s.passes for s in schools)
    why = [_arithmetic(rule, spec, total, value)]
    if rule.judged:
        why[0] += f"，标准 {_limit(rule)}，{words.VERDICT[value >= rule.limit]}"
    why.append(words.failing_schools(schools))
    if rule.whole and value > rule.factor:
        why.append("超过 100%，数据可能有误，请核对")
    return Outcome(
        rule,
        passes if rule.judged else None,
        "；".join(filter(None, why)),
        value=value,
        limit=limit,
        shown=numbers.text(value) or "",
        near_limit=rule.judged and near(value, rule.limit, _places(rule, spec)),
        schools=schools,
        figures=figures | {rule.code: value},
    )


def _not_applicable(rule: Ratio, total: _Sums) -> str:
    """The reasons when every missing field was marked 不适用, else nothing.

    Figures above zero show that those children or schools are there: 不适用 then lifts no demand.
    """
    if rule.judged and any(total.figures.values()):
        return ""
    reasons = [need.reason if need.item else "" for need in total.lacking]
    return "；".join(dict.fromkeys(reason.removesuffix("。") for reason in reasons)) if all(reasons) else ""


def _arithmetic(rule: Ratio, spec: Spec, sums: _Sums, value: Fraction) -> str:
    top, bottom = _side(rule.numerator, sums), _side(rule.denominator, sums)
    scale = "" if rule.factor in (1, 100) else f" × {numbers.text(rule.factor)}"
    return f"{rule.label}：{top} ÷ {bottom}{scale} ＝ {printed(rule, spec, value)}"


def printed(rule: Ratio, spec: Spec, value: Fraction) -> str:
    """Rounded, with its unit; a part of a whole is never more than all."""
    capped = min(value, rule.factor) if rule.whole else value
    return f"{numbers.printed(capped, _places(rule, spec))}{_unit(rule)}"


def _side(sources: tuple[FigureSource, ...], sums: _Sums) -> str:
    return words.ratio_side((source, sums.of(source)) for source in sources)


def _places(rule: Ratio, spec: Spec) -> int:
    return spec.printing["percent"] if rule.unit == "%" else spec.printing["value"]


def _unit(rule: Ratio) -> str:
    return rule.unit if rule.unit == "%" else f" {rule.unit}"


def _limit(rule: Ratio) -> str:
    return f"{numbers.text(rule.limit)}{_unit(rule)}"


def some(rule: Some, everyone: Respondents) -> Outcome:
    meant = (r for r in everyone.schools["compulsory"] if r.school is not None and r.school.area in rule.areas)
    if not any(rule.stage in respondent.pupils for respondent in meant):
        stage = everyone.spec.stages[rule.stage].label
        return Outcome(rule, None, f"不适用：没有{rule.area}{stage}", applicable=False)
    amount, missing = everyone.district.amount(rule.source)
    if amount is None:
        return Outcome(rule, None, words.needed(everyone.spec, missing), missing=tuple(missing))
    figure = f"{rule.source.label} {words.amount(amount, rule.source.unit)}"
    passes = amount > 0
    why = f"{rule.label}：{figure}，{words.VERDICT[passes]}"
    return Outcome(rule, passes, why, value=amount, figures={rule.source.code: amount})


_FORMULAS = {
    "a": "（毕业 {0} － 转入 {2} ＋ 转出 {3}）÷（初一 {1} － 死亡 {4}）",
    "b": "毕业 {0} ÷（初一 {1} ＋ 转入 {2} － 转出 {3} － 死亡 {4}）",
    "c": "毕业 {0} ÷（初一 {1} ＋ 转入 {2} － 转出 {3}）",
}


def retention(rule: Retention, everyone: Respondents) -> Outcome:
    """初中三年巩固率 in percent (教督〔2017〕6号“教育质量”第1项)."""
    sources = (rule.graduated, rule.entered, rule.arrived, rule.left, rule.died)
    amounts = {source.code: everyone.district.amount(source) for source in sources}
    missing = tuple(need for _, lacking in amounts.values() for need in lacking)
    figures = {code: amount for code, (amount, _) in amounts.items() if amount is not None}
    if missing:
        why = words.needed(everyone.spec, missing)
        return Outcome(rule, None, why, limit=rule.limit, missing=missing, figures=figures)
    graduated, entered, arrived, left, died = (figures[source.code] for source in sources)
    top, bottom = {
        "a": (graduated - arrived + left, entered - died),
        "b": (graduated, entered + arrived - left - died),
        "c": (graduated, entered + arrived - left),
    }[rule.formula]
    written = _FORMULAS[rule.formula].format(*(numbers.text(n) for n in (graduated, entered, arrived, left, died)))
    if bottom <= 0:
        why = f"{rule.label}：{written}，分母不大于 0，无法计算"
        return Outcome(rule, None, why, limit=rule.limit, figures=figures)
    value = top * 100 / bottom
    places = everyone.spec.printing["percent"]
    why = (
        f"{rule.label}：{written} ＝ {numbers.printed(min(value, Fraction(100)), places)}%，"
        f"标准 {numbers.text(rule.limit)}%，{words.VERDICT[value >= rule.limit]}"
    )
    if value > 100:
        why += f"；计算值 {numbers.printed(value, places)}%，超过 100%，数据可能有误，请核对"
    return Outcome(
        rule,
        value >= rule.limit,
        why,
        value=value,
        limit=rule.limit,
        shown=numbers.text(value) or "",
        near_limit=near(value, rule.limit, places),
        figures=figures | {f"{rule.code}_numerator": top, f"{rule.code}_denominator": bottom, rule.code: value},
    )


def monitoring(rule: Monitoring, everyone: Respondents) -> Outcome:
    """Each subject's newest result; the variation must be strictly below its limit (“教育质量”第9项).

    Reached only when every subject demanded that year is there, or stated not to have been monitored.
    """
    rows = everyone.district.rows(rule.table)
    need = everyone.district.need(rule.table)
    if not rows:
        return Outcome(rule, None, words.needed(everyone.spec, [need]), limit=rule.limit, missing=(need,))
    newest = _newest(rows)
    monitored = [row for row in newest if row.get("level") not in rule.skipped]
    verdicts, found = [], []
    for row in monitored:
        level, variation = row.get("level"), row.get("variation")
        reached = None if level not in rule.levels else rule.levels.index(level) >= rule.levels.index(rule.level)
        verdict = together((reached, None if variation is None else Fraction(variation) < rule.limit))
        shown = "未填" if variation is None else numbers.text(Fraction(variation))
        verdicts.append(verdict)
        found.append(f"{row['subject']} {level or '未填'}级、{shown}，{words.VERDICT[verdict]}")
    found += [
        f"{row['subject']} {row['level']}（依据：{row.get('report') or '未写'}）"
        for row in newest
        if row not in monitored
    ]
    years = [row["year"] for row in newest if row.get("year") is not None]
    present = {row["subject"] for row in newest}
    absent = [name for name in rule.demanded(max(years, default=None)) if name not in present]
    if absent:
        found.append(f"还缺 {'、'.join(absent)}的结果，没有监测的也要填一行并写明依据")
    variations = [Fraction(row["variation"]) for row in monitored if row.get("variation") is not None]
    places = everyone.spec.printing["near_value"]
    return Outcome(
        rule,
        together([*verdicts, None] if absent else verdicts),
        f"{rule.label}（须{rule.level}级以上且校际差异率低于 {numbers.text(rule.limit)}）：{'；'.join(found)}",
        value=max(variations, default=None),
        limit=rule.limit,
        shown=f"学科 {len(monitored)} 个，{tally(verdicts).words}",
        near_limit=any(near(v, rule.limit, places) for v in variations),
        missing=(need,) if absent else (),
    )


def _newest(rows: Sequence[TableRow]) -> list[TableRow]:
    """One row a subject (blank years come before all), in the order entered."""

    def year(row: TableRow) -> tuple[bool, Any]:
        return row.get("year") is not None, row.get("year")

    newest: dict[str, TableRow] = {}
    for row in rows:
        before = newest.setdefault(row["subject"], row)
        if year(row) > year(before):
            newest[row["subject"]] = row
    return list(newest.values())


def agrees(rule: Agrees, everyone: Respondents) -> Outcome:
    """Never judged; silent while either side is incomplete."""
    found = []
    for own, theirs in rule.pairs:
        total, _ = everyone.district.amount(own)
        parts = [who.amount(theirs)[0] for who in everyone.schools[rule.who]]
        known = [part for part in parts if part is not None]
        if total is None or len(known) < len(parts) or sum(known) == total:
            continue
        summed = words.amount(sum(known, ZERO), own.unit)
        stated = words.amount(total, own.unit)
        found.append(f"{own.label}：区县填报 {stated}，各校合计 {summed}，不一致，请核对")
    return Outcome(rule, None, "；".join(found))
