"""Rules every school must fulfil by itself: attested conclusions, rooms, sizes, classes, funds of small schools."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from indicators.standard.engine import relaxations, scope, words
from indicators.standard.engine.conditions import (
    ClassSize,
    Condition,
    Holds,
    Need,
    Outcome,
    Rooms,
    SchoolOutcome,
    Size,
    SmallSchoolFunds,
    together,
)
from indicators.standard.engine.data import NOT_SUBMITTED, Value
from indicators.standard.engine.numbers import text
from indicators.standard.engine.respondents import Respondent, Respondents
from indicators.standard.engine.spec import COMPULSORY, Spec

Answered = tuple[SchoolOutcome, Sequence[Need]]


def _ask(respondents: Iterable[Respondent], one: Callable[[Respondent], Answered]) -> list[Answered]:
    """A school without a submission lacks everything."""
    found: list[Answered] = []
    for who in respondents:
        if who.school is not None and not who.school.has_submission:
            silent = SchoolOutcome(who.code, who.name, None, why=NOT_SUBMITTED)
            found.append((silent, [Need(who.code, "", NOT_SUBMITTED)]))
        else:
            found.append(one(who))
    return found


def _unknown(spec: Spec, who: Respondent, needs: Sequence[Need]) -> Answered:
    """Not judged without these fields."""
    return SchoolOutcome(who.code, who.name, None, why=words.needed_of_school(spec, needs)), needs


def _rolled_up(
    rule: Condition, answered: Sequence[Answered], figures: Mapping[str, Fraction], demand: str = ""
) -> Outcome:
    """Without anybody to ask nothing is demanded."""
    if not answered:
        return Outcome(rule, None, f"不适用：没有{rule.label}所指的学校", applicable=False, figures=figures)
    outcomes = tuple(outcome for outcome, _ in answered)
    head = f"{rule.label}：{demand}{words.schools_tally(outcomes)}"
    return Outcome(
        rule,
        together(o.passes for o in outcomes),
        "；".join(filter(None, (head, words.failing_schools(outcomes)))),
        shown=words.schools_tally(outcomes),
        schools=outcomes,
        missing=tuple(need for _, needs in answered for need in needs),
        figures=figures,
    )


def holds(rule: Holds, everyone: Respondents) -> Outcome:
    """Attested by every school or the district; who signed is in the submission."""
    if rule.who:
        return _rolled_up(rule, _ask(everyone.schools[rule.who], partial(_holds, rule, everyone.spec)), {})
    outcome, missing = _holds(rule, everyone.spec, everyone.district)
    why = outcome.why or f"{rule.label}：{words.VERDICT[outcome.passes]}"
    shown = "、".join(attested(everyone.district, code) for source in rule.sources for code in source.codes)
    return Outcome(rule, outcome.passes, why, shown=shown, missing=tuple(missing))


def _holds(rule: Holds, spec: Spec, who: Respondent) -> Answered:
    against, needs = [], []
    for source in rule.sources:
        for code in who.asked(source):
            answer = who.answer(code)
            if not isinstance(answer, Value):
                needs.append(who.need(code))
            elif answer.value not in rule.accepted if rule.accepted else answer.value is not True:
                against.append(f"{source.label}：{attested(who, code)}")
    if against:
        wanted = "或".join(f"“{choice}”" for choice in rule.accepted) or "“是”"
        return SchoolOutcome(who.code, who.name, False, why=f"{'；'.join(against)}，应为{wanted}"), needs
    if needs:
        return _unknown(spec, who, needs)
    return SchoolOutcome(who.code, who.name, True), needs


def attested(who: Respondent, code: str) -> str:
    answer, item = who.answer(code), who.items[code]
    if not isinstance(answer, Value):
        return "未填"
    if isinstance(answer.value, bool):
        return item.yes_label if answer.value else item.no_label
    return str(answer.value)


def rooms(rule: Rooms, everyone: Respondents) -> Outcome:
    """⌈班级数 ÷ 12⌉ rooms of each kind, each large enough by itself (教督〔2017〕6号“政府保障程度”第3项)."""

    def one(who: Respondent) -> Answered:
        own = relaxations.rooms_for(rule, who.code, everyone.granted)
        needs = [
            who.need(table) for table in (own.classes, *(k.item for k in own.kinds)) if who.whole_rows(table) is None
        ]
        if needs:
            return _unknown(everyone.spec, who, needs)
        classes = sum(row["stage"] in own.stages for row in who.whole_rows(own.classes) or ())
        wanted = -(-classes // own.every)
        lacking = []
        for kind in own.kinds:
            rows = who.whole_rows(kind.item) or ()
            enough = sum(kind.is_enough(Fraction(row["area"]), row["built_year"]) for row in rows)
            if enough < wanted:
                small = f"，另有 {len(rows) - enough} 间面积不足" if len(rows) > enough else ""
                demand = f"应有不小于 {text(kind.min_area)} ㎡的{kind.label}教室 {wanted} 间"
                lacking.append(f"{demand}，现有 {enough} 间{small}")
        why = f"{classes} 个班，{'；'.join(lacking)}" if lacking else ""
        return SchoolOutcome(who.code, who.name, not lacking, Fraction(wanted), why), ()

    return _rolled_up(rule, _ask(everyone.schools[rule.who], one), {})


def size(rule: Size, everyone: Respondents) -> Outcome:
    """Compulsory pupils of whole institutions (教督〔2017〕6号“政府保障程度”第4项)."""
    spec = everyone.spec

    def one(who: Respondent) -> Answered:
        own = relaxations.size_for(rule, who.code, everyone.granted)
        pupils = {stage: count for stage, count in who.pupils.items() if stage in COMPULSORY}
        needs = [who.need(f"pupils_{stage}") for stage, count in pupils.items() if count is None]
        if needs:
            return _unknown(spec, who, needs)
        total = sum(count for count in pupils.values() if count)
        limit = own.combined if _form(spec, who) == "combined" else own.single
        passes = total <= limit
        why = "" if passes else f"义务教育阶段在校生 {total} 人，超过 {limit} 人，多 {total - limit} 人"
        return SchoolOutcome(who.code, who.name, passes, Fraction(total), why), ()

    answered = _ask(everyone.schools[rule.who], one)
    over: Counter[str] = Counter({f"over_{name}": 0 for name in (*COMPULSORY, "combined")})
    for who, (outcome, _) in zip(everyone.schools[rule.who], answered, strict=True):
        if outcome.passes is False:
            over[f"over_{_form(spec, who)}"] += 1
    return _rolled_up(rule, answered, {name: Fraction(count) for name, count in over.items()})


def _form(spec: Spec, who: Respondent) -> str:
    """combined for a kind of school with both stages."""
    kind = who.school.kind if who.school else ""
    own = [stage for stage in scope.kind_of(spec, kind).stages if stage in COMPULSORY]
    return own[0] if len(own) == 1 else "combined"


def class_size(rule: ClassSize, everyone: Respondents) -> Outcome:
    """Every class by itself, from the class list (教督〔2017〕6号“政府保障程度”第5项)."""

    def one(who: Respondent) -> Answered:
        rows = who.whole_rows(rule.classes)
        if rows is None:
            return _unknown(everyone.spec, who, [who.need(rule.classes)])
        judged = [row for row in rows if row["stage"] in rule.limits]
        over = [
            f"{row['stage']}{row['grade']}（{row['number']}）班 {row['pupils']} 人"
            for row in judged
            if row["pupils"] > rule.limits[row["stage"]]
        ]
        largest = Fraction(max((row["pupils"] for row in judged), default=0))
        why = f"超额班级 {len(over)} 个：{'、'.join(over)}" if over else ""
        return SchoolOutcome(who.code, who.name, not over, largest, why), ()

    asked = everyone.schools[rule.who]
    answered = _ask(asked, one)
    classes = [row for who in asked for row in who.whole_rows(rule.classes) or () if row["stage"] in rule.limits]
    codes = everyone.spec.stage_by_label
    figures = {
        f"over_{codes[stage]}": Fraction(sum(row["stage"] == stage and row["pupils"] > limit for row in classes))
        for stage, limit in rule.limits.items()
    }
    figures["largest"] = Fraction(max((row["pupils"] for row in classes), default=0))
    counts = {
        band: sum(band.least <= row["pupils"] and (band.most is None or row["pupils"] <= band.most) for row in classes)
        for band in rule.scale
    }
    figures |= {f"from_{band.least}": Fraction(count) for band, count in counts.items()}
    outcome = _rolled_up(rule, answered, figures)
    if not (counts and classes):
        return outcome
    spread = "、".join(f"{band.words} {count} 个班" for band, count in counts.items())
    return replace(outcome, why=f"{outcome.why}；班额分布：{spread}")


def small_school_funds(rule: SmallSchoolFunds, everyone: Respondents) -> Outcome:
    """Funded in total as for 100 pupils (教督〔2017〕6号“政府保障程度”第6项)."""
    # Blank pupils may still turn out to be few: such a school is asked rather than passed over.
    pupils = {who.code: scope.compulsory_pupils(who.pupils) for who in everyone.schools["compulsory"]}
    few = [
        who for who in everyone.schools["compulsory"] if (count := pupils[who.code]) is None or 0 < count < rule.under
    ]
    small = []
    for who in few:
        kind, area = (who.school.kind, who.school.area) if who.school else ("", "")
        if kind in rule.kinds or (kind in rule.rural_kinds and area in rule.areas):
            small.append(who)
    known, lacking = everyone.district.figures(rule.standard)
    wanted = {code for who in small for code in _standards(rule, everyone.spec, who).values()}
    missing = tuple(need for need in lacking if need.item in wanted)
    if missing:
        return Outcome(rule, None, words.needed(everyone.spec, missing), missing=missing)
    answered = _ask(small, partial(_small_school_funds, rule, everyone.spec, known))
    needed, demand = _demand(rule, everyone.spec, known)
    figures = {
        "pupils": Fraction(sum(pupils[who.code] or 0 for who in small)),
        "funds": sum((o.value for o, _ in answered if o.value is not None), Fraction(0)),
        **needed,
    }
    outcome = _rolled_up(rule, answered, figures, demand)
    others = [who.name for who in few if pupils[who.code] and who not in small]
    if not rule.reminds or not others:
        return outcome
    reminder = (
        f"；另有不足 {rule.under} 人的学校 {len(others)} 所（{words.names(others)}）不在{'、'.join(rule.areas)}，"
        "不参与本项判定，请核对公用经费是否按规定核定"
    )
    return replace(outcome, why=outcome.why + reminder)


def _standards(rule: SmallSchoolFunds, spec: Spec, who: Respondent) -> dict[str, str]:
    """The field of each stage of the school: the stage's own, or the only one."""
    own = {spec.district_items[code].stage: code for code in rule.standard.codes}
    only = rule.standard.codes[0] if len(rule.standard.codes) == 1 else ""
    return {stage: only or own[stage] for stage in who.pupils if stage in COMPULSORY}


def _demand(rule: SmallSchoolFunds, spec: Spec, known: Mapping[str, Fraction]) -> tuple[dict[str, Fraction], str]:
    """By stage where the standard is, and in words."""
    codes = rule.standard.codes
    if len(codes) == 1:
        amount = known.get(codes[0], Fraction(0))
        needed, amounts = {"needed": rule.under * amount}, words.amount(amount, "元")
    else:
        stages = {code: spec.district_items[code].stage for code in codes}
        needed = {f"needed_{stages[code]}": rule.under * known.get(code, Fraction(0)) for code in codes}
        by_stage = "、".join(f"{spec.stages[stages[c]].label} {words.amount(known[c], '元')}" for c in known)
        amounts = f"基准定额（{by_stage}；跨学段的按在校生数加权）"
    return needed, f"每所应不低于 {rule.under} 人 × {amounts}，"


def _small_school_funds(rule: SmallSchoolFunds, spec: Spec, known: Mapping[str, Fraction], who: Respondent) -> Answered:
    pupils = scope.compulsory_pupils(who.pupils)
    if pupils is None:
        return _unknown(spec, who, [who.need(f"pupils_{s}") for s, count in who.pupils.items() if count is None])
    funds, lacking = who.amount(rule.funds)
    if funds is None:
        return _unknown(spec, who, lacking)
    weighted = ((who.pupils[s] or 0) * known[code] for s, code in _standards(rule, spec, who).items())
    needed = rule.under * sum(weighted, Fraction(0)) / pupils
    paid, least, short = (words.amount(amount, "元") for amount in (funds, needed, needed - funds))
    passes = funds >= needed
    why = "" if passes else f"拨付公用经费 {paid}，应不低于 {least}，少 {short}"
    return SchoolOutcome(who.code, who.name, passes, funds, why), ()
