"""What each kind of condition demands, in words, and which fields it looks at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from indicators.standard.engine import conditions as c
from indicators.standard.engine import numbers
from indicators.standard.engine.facts import Respondent
from indicators.standard.engine.spec import COMPULSORY


def rule(condition: c.Condition) -> str:
    """The demand as one Chinese sentence."""
    return _RULES[type(condition)](condition)


def who(condition: c.Condition) -> str:
    """The group of schools a condition asks one by one; empty when it asks the district."""
    return "compulsory" if isinstance(condition, c.SmallSchoolFunds) else getattr(condition, "who", "")


def of_school(condition: c.Condition, asked: Respondent) -> list[str]:
    """The fields a condition looks at in one school, each once."""
    return list(dict.fromkeys(_school_fields(condition, asked)))


def of_district(condition: c.Condition) -> list[str]:
    """The fields of the district a condition looks at, each once."""
    return list(dict.fromkeys(code for source in _district_sources(condition) for code in _codes(source)))


def _codes(source: c.Source | str) -> Sequence[str]:
    return (source,) if isinstance(source, str) else source.codes


def _school_fields(condition: c.Condition, asked: Respondent) -> Iterator[str]:
    match condition:
        case c.Ratio():
            for source in (*condition.numerator, *condition.denominator):
                yield from asked.asked(source)
        case c.Holds():
            for source in condition.sources:
                yield from asked.asked(source)
        case c.Rooms():
            yield from (condition.classes, *(kind.item for kind in condition.kinds))
        case c.ClassSize():
            yield condition.classes
        case c.Size():
            yield from _pupils(asked)
        case c.SmallSchoolFunds():
            yield from (*_pupils(asked), *asked.asked(condition.funds))
        case c.Agrees():
            for _, theirs in condition.pairs:
                yield from asked.asked(theirs)


def _pupils(asked: Respondent) -> Iterator[str]:
    return (f"pupils_{stage}" for stage in asked.pupils if stage in COMPULSORY)


def _district_sources(condition: c.Condition) -> Sequence[c.Source | str]:
    match condition:
        case c.Ratio() if not condition.who:
            return (*condition.numerator, *condition.denominator)
        case c.Holds() if not condition.who:
            return condition.sources
        case c.Some():
            return (condition.source,)
        case c.SmallSchoolFunds():
            return (condition.standard,)
        case c.Retention():
            return (condition.graduated, condition.entered, condition.arrived, condition.left, condition.died)
        case c.Monitoring():
            return (condition.table,)
        case c.Agrees():
            return tuple(own for own, _ in condition.pairs)
    return ()


def _ratio(rule: c.Ratio) -> str:
    top, bottom = (numbers.signed_sum([(s.sign, s.label) for s in side]) for side in (rule.numerator, rule.denominator))
    scale = "" if rule.factor in (1, 100) else f" × {numbers.text(rule.factor)}"
    unit = rule.unit if rule.unit == "%" else f" {rule.unit}"
    limit = f"，不低于 {numbers.text(rule.limit)}{unit}" if rule.judged else "（只列出，不判定）"
    each = "；每所学校都须达到" if rule.each else ""
    return f"{top} ÷ {bottom}{scale}{limit}{each}"


# Quotation marks inside quotation marks.
_INNER = str.maketrans("“”", "‘’")


def _holds(rule: c.Holds) -> str:
    wanted = "或".join(f"“{choice}”" for choice in rule.accepted) or "“是”"
    named = "、".join(dict.fromkeys(source.label for source in rule.sources)).translate(_INNER)
    return f"{'各校' if rule.who else ''}对“{named}”作出书面结论，结论应为{wanted}"


def _rooms(rule: c.Rooms) -> str:
    kinds = "，".join(f"{kind.label}教室每间不小于 {numbers.text(kind.min_area)} ㎡" for kind in rule.kinds)
    return f"每 {rule.every} 个班各配 1 间，不足 {rule.every} 个班按 1 间：{kinds}；两类不相加，面积不合并"


def _size(rule: c.Size) -> str:
    return f"义务教育阶段在校生不超过 {rule.single} 人，一贯制学校不超过 {rule.combined} 人，按学校判定"


def _class_size(rule: c.ClassSize) -> str:
    limits = "，".join(f"{stage}每班不超过 {limit} 人" for stage, limit in rule.limits.items())
    return f"{limits}，按班级名册逐班判定"


def _small(rule: c.SmallSchoolFunds) -> str:
    return f"{rule.label}，拨付的公用经费总额不低于 {rule.under} 人 × 基准定额"


_FORMULAS = {
    "a": "（毕业 － 转入 ＋ 转出）÷（初一 － 死亡）",
    "b": "毕业 ÷（初一 ＋ 转入 － 转出 － 死亡）",
    "c": "毕业 ÷（初一 ＋ 转入 － 转出）",
}


def _monitoring(rule: c.Monitoring) -> str:
    needed = "、".join(f"{s.name}（{s.since}年起）" for s in rule.subjects)
    told = f"每个学科取最近一次监测：学业水平{rule.level}级以上，校际差异率低于 {numbers.text(rule.limit)}（不含）"
    return f"{told}；应有的学科：{needed}" if needed else told


# Each function takes its own type of condition.
_RULES: Mapping[type[c.Condition], Callable[[Any], str]] = {
    c.Ratio: _ratio,
    c.Holds: _holds,
    c.Some: lambda rule: f"有{rule.area}学校时，{rule.source.label}应大于 0",
    c.Rooms: _rooms,
    c.Size: _size,
    c.ClassSize: _class_size,
    c.SmallSchoolFunds: _small,
    c.Retention: lambda rule: f"{_FORMULAS[rule.formula]}，不低于 {numbers.text(rule.limit)}%",
    c.Monitoring: _monitoring,
    c.Agrees: lambda rule: "区县填报数与各校合计核对，不一致时提醒，不参与判定",
}
