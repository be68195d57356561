"""How results read: one place that prints figures and says distances, for page, file and command line."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import Indicator, Spec
from indicators.standard.engine import numbers as exact
from indicators.standard.engine.conditions import tally
from portal.core.lib import numbers

UP, DOWN, NONE = "▲", "▼", "—"
VERDICTS = {True: ("达标", "ok"), False: ("未达标", "bad"), None: ("无法判定", "muted")}


def printed(value: str | None, places: int) -> str:
    """Print an exact decimal string rounded half up; None prints as —."""
    return NONE if value is None else numbers.text(Decimal(value), places)


def number(shown: str) -> Decimal | str:
    """A printed figure as a number, so that people can add it up in a file; a dash stays a dash."""
    return shown if shown == NONE else Decimal(shown)


def distance(indicator: Indicator, figure: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return tone, sign and words of one indicator: 高于标准 12.3%, or 还差 3 名骨干教师 and how the floor stands."""
    if figure["value"] is None:
        return "muted", NONE, "缺数据"
    if figure["reaches"]:
        above = numbers.half_up((Decimal(figure["value"]) / Decimal(figure["threshold"]) - 1) * 100, 1)
        return "ok", UP, f"达标，高 {above:f}%" if above else "达标"
    floor = "底线已过" if figure["reaches_floor"] else "未过底线"
    return "warn" if figure["reaches_floor"] else "bad", DOWN, f"{lacking(indicator, figure)}，{floor}"


def lacking(indicator: Indicator, figure: Mapping[str, Any]) -> str:
    """Say what a part lacks, rounded up to what can be added: 还差 3 名骨干教师, 全校还需 5 间网络多媒体教室."""
    told: str | None = figure.get("lacking")
    if told is not None:
        return told
    # Evaluations from before engine 2.4 kept the part's own gap alone, and do not say what the whole school needs.
    rule, whose = indicator.rule, "还差" if figure.get("share") in (None, "1") else "本学段还差"
    return f"{whose} {exact.text(exact.ceil_to(Fraction(figure['gap']), rule.gap_step))} {rule.gap_unit}"


def gap(indicator: Indicator, figure: Mapping[str, Any]) -> str:
    """Say the same where 差距 stands above it: 3 名骨干教师, 全校还需 5 间网络多媒体教室."""
    return lacking(indicator, figure).removeprefix("还差 ")


def part_reason(spec: Spec, part: Mapping[str, Any]) -> str:
    """Say in words why a part passes or not: how many indicators, which cannot be judged, which miss the floor."""
    figures = part["indicators"]
    lacking = [code for code, figure in figures.items() if figure["value"] is None]
    if lacking:
        counted = tally(figure["reaches"] for figure in figures.values())
        return f"{counted.words}：{'、'.join(sorted(lacking))} 缺数据" if len(lacking) < len(figures) else "缺数据"
    reached = sum(figure["reaches"] for figure in figures.values())
    below = sorted(code for code, figure in figures.items() if not figure["reaches_floor"])
    words = [f"{reached} 项达标"]
    if reached < spec.min_reached:
        words.append(f"少于 {spec.min_reached} 项")
    if below:
        words.append(f"{'、'.join(below)} 未过 {spec.floor_text} 底线")
    elif reached < len(figures):
        words.append(f"其余已过 {spec.floor_text} 底线")
    return "，".join(words)


def coefficient_words(coefficient: Mapping[str, Any]) -> tuple[str, str]:
    """Return tone and words of a coefficient against its limit."""
    if coefficient["passes"] is None:
        return "muted", coefficient["why"] or "无法判定"
    near = "，临界" if coefficient["near_limit"] else ""
    return ("ok", f"不超过限值{near}") if coefficient["passes"] else ("bad", f"超过限值{near}")
