"""B6, C1, C9 and cross-checks: small schools' funds, retention, monitoring, the schools' own totals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import Agrees, Monitoring, Retention, SmallSchoolFunds
from indicators.standard.engine.data import TableRow
from indicators.standard.engine.facts import Facts, Respondent
from indicators.standard.engine.outcomes import Outcome, SchoolOutcome, near, tally, together
from indicators.standard.engine.rules import phrases, schoolwise
from indicators.standard.engine.rules.schoolwise import Answered
from indicators.standard.engine.spec import COMPULSORY, Spec


def small_school_funds(rule: SmallSchoolFunds, facts: Facts) -> Outcome:
    """Funded in total as for 100 pupils (教督〔2017〕6号“政府保障程度”第6项)."""
    # Blank pupils may still turn out to be few: such a school is asked rather than passed over.
    few = [who for who in facts.schools("compulsory") if _pupils(who) is None or 0 < (_pupils(who) or 0) < rule.under]
    small = [who for who in few if _is_meant(rule, who)]
    known, lacking = facts.district.figures(rule.standard)
    wanted = {code for who in small for code in _standards(rule, facts.spec, who).values()}
    missing = tuple(need for need in lacking if need.item in wanted)
    if missing:
        return Outcome(rule, None, phrases.needed(facts.spec, missing), missing=missing)
    answered = schoolwise.ask(small, partial(_funded, rule, facts.spec, known))
    funds = [outcome.value for outcome, _ in answered if outcome.value is not None]
    figures = {
        "pupils": Fraction(sum(count for who in small if (count := _pupils(who)))),
        "funds": sum(funds, Fraction(0)),
        **_each_needed(rule, facts.spec, known),
    }
    outcome = schoolwise.rolled_up(rule, answered, figures, _each_told(rule, facts.spec, known))
    others = [who.name for who in few if _pupils(who) and who not in small] if rule.reminds else []
    return replace(outcome, why=outcome.why + _reminder(rule, others)) if others else outcome


def _is_meant(rule: SmallSchoolFunds, who: Respondent) -> bool:
    school = who.school
    return school is not None and (
        school.kind in rule.kinds or (school.kind in rule.rural_kinds and school.area in rule.areas)
    )


def _standards(rule: SmallSchoolFunds, spec: Spec, who: Respondent) -> dict[str, str]:
    """The field with the standard of each stage the school runs: its stage's own, or the only one there is."""
    own = {spec.district_items[code].stage: code for code in rule.standard.codes}
    only = rule.standard.codes[0] if len(rule.standard.codes) == 1 else ""
    return {stage: only or own[stage] for stage in who.pupils if stage in COMPULSORY}


def _each_needed(rule: SmallSchoolFunds, spec: Spec, known: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What a small school needs at least, by stage where the standard is given by stage."""
    codes = rule.standard.codes
    names = [f"needed_{spec.district_items[code].stage}" for code in codes] if len(codes) > 1 else ["needed"]
    return {name: rule.under * known.get(code, Fraction(0)) for name, code in zip(names, codes, strict=True)}


def _each_told(rule: SmallSchoolFunds, spec: Spec, known: Mapping[str, Fraction]) -> str:
    if len(rule.standard.codes) == 1:
        amounts = phrases.amount(known.get(rule.standard.code, Fraction(0)), "元")
    else:
        stages = {code: spec.stages[spec.district_items[code].stage].label for code in known}
        by_stage = "、".join(f"{label} {phrases.amount(known[code], '元')}" for code, label in stages.items())
        amounts = f"基准定额（{by_stage}；跨学段的按在校生数加权）"
    return f"每所应不低于 {rule.under} 人 × {amounts}，"


def _reminder(rule: SmallSchoolFunds, names: Sequence[str]) -> str:
    return (
        f"；另有不足 {rule.under} 人的学校 {len(names)} 所（{phrases.names(names)}）不在{'、'.join(rule.areas)}，"
        "不参与本项判定，请核对公用经费是否按规定核定"
    )


def _pupils(who: Respondent) -> int | None:
    """Compulsory pupils; None while a stage is blank."""
    counts = [count for stage, count in who.pupils.items() if stage in COMPULSORY]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _funded(rule: SmallSchoolFunds, spec: Spec, known: Mapping[str, Fraction], who: Respondent) -> Answered:
    pupils = _pupils(who)
    if pupils is None:
        blank = [f"pupils_{stage}" for stage, count in who.pupils.items() if count is None]
        return schoolwise.unknown(spec, who, [who.need(code) for code in blank])
    funds, lacking = who.amount(rule.funds)
    if funds is None:
        return schoolwise.unknown(spec, who, lacking)
    standards = _standards(rule, spec, who)
    needed = (
        rule.under * sum(((who.pupils[s] or 0) * known[code] for s, code in standards.items()), Fraction(0)) / pupils
    )
    short = f"拨付公用经费 {phrases.amount(funds, '元')}，应不低于 {phrases.amount(needed, '元')}，少 {phrases.amount(needed - funds, '元')}"
    passes = funds >= needed
    return SchoolOutcome(who.code, who.name, passes, funds, "" if passes else short), ()


def retention(rule: Retention, facts: Facts) -> Outcome:
    """初中三年巩固率 in percent by the formula the standard sets (教督〔2017〕6号“教育质量”第1项)."""
    sources = (rule.graduated, rule.entered, rule.arrived, rule.left, rule.died)
    amounts = {source.code: facts.district.amount(source) for source in sources}
    missing = tuple(need for _, lacking in amounts.values() for need in lacking)
    figures = {code: amount for code, (amount, _) in amounts.items() if amount is not None}
    if missing:
        return Outcome(
            rule, None, phrases.needed(facts.spec, missing), limit=rule.limit, missing=missing, figures=figures
        )
    graduated, entered, arrived, left, died = (figures[source.code] for source in sources)
    top, bottom = {
        "a": (graduated - arrived + left, entered - died),
        "b": (graduated, entered + arrived - left - died),
        "c": (graduated, entered + arrived - left),
    }[rule.formula]
    written = _FORMULAS[rule.formula].format(*(numbers.text(n) for n in (graduated, entered, arrived, left, died)))
    if bottom <= 0:
        return Outcome(
            rule, None, f"{rule.label}：{written}，分母不大于 0，无法计算", limit=rule.limit, figures=figures
        )
    value = top * 100 / bottom
    places = facts.spec.printing["percent"]
    told = (
        f"{rule.label}：{written} ＝ {numbers.printed(min(value, Fraction(100)), places)}%，"
        f"标准 {numbers.text(rule.limit)}%，{phrases.VERDICT[value >= rule.limit]}"
    )
    if value > 100:
        told += f"；计算值 {numbers.printed(value, places)}%，超过 100%，数据可能有误，请核对"
    figures |= {f"{rule.code}_numerator": top, f"{rule.code}_denominator": bottom, rule.code: value}
    return Outcome(
        rule,
        value >= rule.limit,
        told,
        value=value,
        limit=rule.limit,
        shown=numbers.text(value) or "",
        near_limit=near(value, rule.limit, places),
        figures=figures,
    )


_FORMULAS = {
    "a": "（毕业 {0} － 转入 {2} ＋ 转出 {3}）÷（初一 {1} － 死亡 {4}）",
    "b": "毕业 {0} ÷（初一 {1} ＋ 转入 {2} － 转出 {3} － 死亡 {4}）",
    "c": "毕业 {0} ÷（初一 {1} ＋ 转入 {2} － 转出 {3}）",
}


def monitoring(rule: Monitoring, facts: Facts) -> Outcome:
    """Each subject's newest result; the variation must be strictly below its limit (“教育质量”第9项).

    Reached only when every subject demanded that year is there, or stated not to have been monitored.
    """
    rows = facts.district.rows(rule.table)
    if not rows:
        missing = (facts.district.need(rule.table),)
        return Outcome(rule, None, phrases.needed(facts.spec, missing), limit=rule.limit, missing=missing)
    newest = _newest(rows)
    places = facts.spec.printing["near_value"]
    monitored = [row for row in newest if row.get("level") not in rule.skipped]
    verdicts = [_subject(rule, row) for row in monitored]
    told = [_told(rule, row, verdict) for row, verdict in zip(monitored, verdicts, strict=True)]
    told += [
        f"{row['subject']} {row['level']}（依据：{row.get('report') or '未写'}）"
        for row in newest
        if row not in monitored
    ]
    absent = _absent(rule, newest)
    if absent:
        told.append(f"还缺 {'、'.join(absent)}的结果，没有监测的也要填一行并写明依据")
    variations = [Fraction(row["variation"]) for row in monitored if row.get("variation") is not None]
    return Outcome(
        rule,
        together([*verdicts, None] if absent else verdicts),
        f"{rule.label}（须{rule.level}级以上且校际差异率低于 {numbers.text(rule.limit)}）：{'；'.join(told)}",
        value=max(variations, default=None),
        limit=rule.limit,
        shown=f"学科 {len(monitored)} 个，{tally(verdicts).words}",
        near_limit=any(near(v, rule.limit, places) for v in variations),
        missing=(facts.district.need(rule.table),) if absent else (),
    )


def _absent(rule: Monitoring, newest: Sequence[TableRow]) -> list[str]:
    """The subjects that are demanded in the year of the newest result and have no row."""
    years = [row["year"] for row in newest if row.get("year") is not None]
    found = {row["subject"] for row in newest}
    return [name for name in rule.demanded(max(years, default=None)) if name not in found]


def _newest(rows: Sequence[TableRow]) -> list[TableRow]:
    """One row a subject, that of its newest year, in the order the subjects were entered."""
    of_subject: dict[str, list[TableRow]] = defaultdict(list)
    for row in rows:
        of_subject[row["subject"]].append(row)
    return [max(own, key=_year) for own in of_subject.values()]


def _year(row: TableRow) -> tuple[bool, Any]:
    """Orders rows by year; a blank year comes before all."""
    year = row.get("year")
    return year is not None, year


def _subject(rule: Monitoring, row: TableRow) -> bool | None:
    level, variation = row.get("level"), row.get("variation")
    reached = None if level not in rule.levels else rule.levels.index(level) >= rule.levels.index(rule.level)
    even = None if variation is None else Fraction(variation) < rule.limit
    return together((reached, even))


def _told(rule: Monitoring, row: TableRow, verdict: bool | None) -> str:
    variation = row.get("variation")
    shown = "未填" if variation is None else numbers.text(Fraction(variation))
    return f"{row['subject']} {row.get('level') or '未填'}级、{shown}，{phrases.VERDICT[verdict]}"


def agrees(rule: Agrees, facts: Facts) -> Outcome:
    """Say where the district's figure is not the sum of its schools'; silent while either is incomplete."""
    told = []
    for own, theirs in rule.pairs:
        total, _ = facts.district.amount(own)
        parts = [who.amount(theirs)[0] for who in facts.schools(rule.who)]
        known = [part for part in parts if part is not None]
        if total is None or len(known) < len(parts) or sum(known) == total:
            continue
        unit = own.unit
        summed = phrases.amount(sum(known, Fraction(0)), unit)
        told.append(f"{own.label}：区县填报 {phrases.amount(total, unit)}，各校合计 {summed}，不一致，请核对")
    return Outcome(rule, None, "；".join(told))
