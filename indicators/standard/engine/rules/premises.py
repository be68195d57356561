"""B3 to B5: special rooms, the size of schools and of classes, school by school."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import partial

from indicators.standard.engine import relaxing, scope
from indicators.standard.engine.conditions import ClassSize, RoomKind, Rooms, Size
from indicators.standard.engine.data import TableRow
from indicators.standard.engine.facts import Facts, Respondent
from indicators.standard.engine.numbers import text
from indicators.standard.engine.outcomes import Outcome, SchoolOutcome
from indicators.standard.engine.rules import schoolwise
from indicators.standard.engine.rules.schoolwise import Answered
from indicators.standard.engine.spec import COMPULSORY, Spec


def rooms(rule: Rooms, facts: Facts) -> Outcome:
    """⌈班级数 ÷ 12⌉ rooms of each kind, each by itself large enough (教督〔2017〕6号“政府保障程度”第3项)."""
    return schoolwise.rolled_up(rule, schoolwise.ask(facts.schools(rule.who), partial(_rooms, rule, facts)), {})


def _rooms(strict: Rooms, facts: Facts, who: Respondent) -> Answered:
    rule = relaxing.rooms_for(strict, who.code, facts.granted)
    needs = [who.need(table) for table in (rule.classes, *(k.item for k in rule.kinds)) if who.rows(table) is None]
    if needs:
        return schoolwise.unknown(facts.spec, who, needs)
    classes = sum(row["stage"] in rule.stages for row in who.rows(rule.classes) or ())
    wanted = -(-classes // rule.every)
    lacking = [words for kind in rule.kinds if (words := _short(kind, who.rows(kind.item) or (), wanted))]
    why = f"{classes} 个班，{'；'.join(lacking)}" if lacking else ""
    return SchoolOutcome(who.code, who.name, not lacking, Fraction(wanted), why), ()


def _short(kind: RoomKind, rows: tuple[TableRow, ...], wanted: int) -> str:
    """What this kind of room is short of; empty when there are enough that are large enough."""
    enough = sum(kind.is_enough(Fraction(row["area"]), row["built_year"]) for row in rows)
    if enough >= wanted:
        return ""
    small = f"，另有 {len(rows) - enough} 间面积不足" if len(rows) > enough else ""
    return f"应有不小于 {text(kind.min_area)} ㎡的{kind.label}教室 {wanted} 间，现有 {enough} 间{small}"


def size(rule: Size, facts: Facts) -> Outcome:
    """Compulsory pupils of whole institutions (教督〔2017〕6号“政府保障程度”第4项)."""
    answered = schoolwise.ask(facts.schools(rule.who), partial(_size, rule, facts))
    over: Counter[str] = Counter({f"over_{name}": 0 for name in (*COMPULSORY, "combined")})
    for who, (outcome, _) in zip(facts.schools(rule.who), answered, strict=True):
        if outcome.passes is False:
            over[f"over_{_form(facts.spec, who)}"] += 1
    return schoolwise.rolled_up(rule, answered, {name: Fraction(count) for name, count in over.items()})


def _form(spec: Spec, who: Respondent) -> str:
    """primary, junior, or combined for a kind of school that runs both."""
    kind = who.school.kind if who.school else ""
    own = [stage for stage in scope.kind_of(spec, kind).stages if stage in COMPULSORY]
    match own:
        case [stage]:
            return stage
    return "combined"


def _size(strict: Size, facts: Facts, who: Respondent) -> Answered:
    rule, spec = relaxing.size_for(strict, who.code, facts.granted), facts.spec
    pupils = {stage: count for stage, count in who.pupils.items() if stage in COMPULSORY}
    needs = [who.need(f"pupils_{stage}") for stage, count in pupils.items() if count is None]
    if needs:
        return schoolwise.unknown(spec, who, needs)
    total = sum(count for count in pupils.values() if count)
    limit = rule.combined if _form(spec, who) == "combined" else rule.single
    passes = total <= limit
    why = "" if passes else f"义务教育阶段在校生 {total} 人，超过 {limit} 人，多 {total - limit} 人"
    return SchoolOutcome(who.code, who.name, passes, Fraction(total), why), ()


def class_size(rule: ClassSize, facts: Facts) -> Outcome:
    """Every class by itself, from the class list (教督〔2017〕6号“政府保障程度”第5项)."""
    asked = facts.schools(rule.who)
    answered = schoolwise.ask(asked, partial(_class_size, rule, facts.spec))
    classes = [row for who in asked for row in who.rows(rule.classes) or () if row["stage"] in rule.limits]
    codes = facts.spec.stage_by_label
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
    outcome = schoolwise.rolled_up(rule, answered, figures)
    if not (counts and classes):
        return outcome
    told = "、".join(f"{band.words} {count} 个班" for band, count in counts.items())
    return replace(outcome, why=f"{outcome.why}；班额分布：{told}")


def _class_size(rule: ClassSize, spec: Spec, who: Respondent) -> Answered:
    rows = who.rows(rule.classes)
    if rows is None:
        return schoolwise.unknown(spec, who, [who.need(rule.classes)])
    judged = [row for row in rows if row["stage"] in rule.limits]
    over = [row for row in judged if row["pupils"] > rule.limits[row["stage"]]]
    largest = Fraction(max((row["pupils"] for row in judged), default=0))
    why = f"超额班级 {len(over)} 个：{'、'.join(_class(row) for row in over)}" if over else ""
    return SchoolOutcome(who.code, who.name, not over, largest, why), ()


def _class(row: TableRow) -> str:
    return f"{row['stage']}{row['grade']}（{row['number']}）班 {row['pupils']} 人"
