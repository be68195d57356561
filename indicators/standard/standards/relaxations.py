"""Checks a standard's relaxations and reads them into the engine's form; those without a rule are only described."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from indicators.standard.engine.spec import COMPULSORY, Case, Relaxation
from indicators.standard.standards.condition_reader import areas_meant, areas_problems

Content = Mapping[str, Any]
Shape = Mapping[str, str]

SHAPE: Shape = {
    "code": "text",
    "indicator": "text",
    "label": "text",
    "clause": "text",
    "enabled": "bool",
    "text": "text",
    "rule": "text?",
    "items": "texts?",
    "classes": "text?",
    "migrants": "text?",
    "cases": "tables?",
}
CASE: Shape = {
    "label": "text",
    "areas": "texts?",
    "min_pupils": "int?",
    "max_pupils": "int?",
    "single_stage": "bool?",
    "only_stage": "text?",
    "built_until": "int?",
    "room_built_until": "int?",
    "max_class": "int?",
    "migrants_over": "decimal?",
    "limits": "table?",
}
# Rule → the conditions of its indicator it changes; count adds to a formula instead.
RULES = ("count", "rooms", "size")
SIZES = ("single", "combined")


def read(entry: Content, rural_areas: Sequence[str]) -> Relaxation:
    """Return the relaxation an entry describes that was checked already."""
    plain = ("code", "indicator", "label", "clause", "text", "rule", "classes", "migrants")
    return Relaxation(
        **{key: entry[key] for key in plain if key in entry},
        items=tuple(entry.get("items", ())),
        cases=tuple(_case(case, rural_areas) for case in entry.get("cases", ())),
    )


def _case(entry: Content, rural_areas: Sequence[str]) -> Case:
    over = entry.get("migrants_over")
    plain = (
        "label",
        "min_pupils",
        "max_pupils",
        "single_stage",
        "only_stage",
        "built_until",
        "room_built_until",
        "max_class",
    )
    return Case(
        **{key: entry[key] for key in plain if key in entry},
        areas=areas_meant(entry.get("areas", ()), rural_areas),
        migrants_over=None if over is None else Fraction(over),
        limits={name: Fraction(limit) for name, limit in entry.get("limits", {}).items()},
    )


def problems(content: Content) -> Iterator[str]:
    """Everything a relaxation points at that is not there; the shapes must be sound already."""
    indicators = {indicator["code"]: indicator for indicator in content["indicators"]}
    for entry in content["relaxations"]:
        where = f"standard.toml 放宽口径 {entry['code']}"
        if entry["indicator"] not in indicators:
            yield f"{where}：没有指标“{entry['indicator']}”"
        elif "rule" in entry:
            yield from _rule(content, entry, indicators[entry["indicator"]], where)


def _rule(content: Content, entry: Content, indicator: Content, where: str) -> Iterator[str]:
    rule = entry["rule"]
    if rule not in RULES:
        yield f"{where}：没有放宽规则“{rule}”，可用：{'、'.join(RULES)}"
        return
    conditions = [c for c in indicator.get("conditions", ()) if c["rule"] == rule]
    if ("formula" not in indicator) if rule == "count" else not conditions:
        yield f"{where}：指标 {entry['indicator']} 不能用规则“{rule}”放宽"
        return
    if not entry.get("cases"):
        yield f"{where}：须写 cases"
    if rule == "count" and not entry.get("items"):
        yield f"{where}：须写 items"
    yield from _items(content, entry, where)
    allowed = SIZES if rule == "size" else [kind["item"] for c in conditions for kind in c.get("kinds", ())]
    for case in entry.get("cases", ()):
        yield from _of_case(content, entry, case, allowed, f"{where} cases“{case['label']}”")


def _items(content: Content, entry: Content, where: str) -> Iterator[str]:
    kinds = {item["code"]: item["kind"] for item in content["items"] if item["respondent"] == "school"}
    for code in (*entry.get("items", ()), *filter(None, [entry.get("migrants")])):
        if kinds.get(code) not in ("number", "decimal"):
            yield f"{where}：没有数字类填报项“{code}”"
    if entry.get("classes") and kinds.get(entry["classes"]) != "table":
        yield f"{where}：没有表格类填报项“{entry['classes']}”"


def _of_case(content: Content, entry: Content, case: Content, allowed: Any, where: str) -> Iterator[str]:
    for name, limit in case.get("limits", {}).items():
        if name not in allowed:
            yield f"{where}：limits 不认识“{name}”，可用：{'、'.join(allowed)}"
        if isinstance(limit, bool) or not str(limit).replace(".", "", 1).isdigit():
            yield f"{where}：limits“{name}”的值 {limit!r} 应为数字"
    if entry["rule"] != "count" and not case.get("limits"):
        yield f"{where}：须写 limits"
    yield from areas_problems(content, case.get("areas", ()), where)
    if case.get("only_stage", COMPULSORY[0]) not in COMPULSORY:
        yield f"{where}：only_stage“{case['only_stage']}”不对，应为 {'、'.join(COMPULSORY)} 之一"
    for key, needs in (("max_class", "classes"), ("migrants_over", "migrants")):
        if key in case and not entry.get(needs):
            yield f"{where}：写了 {key}，须在放宽口径里写明 {needs}"
