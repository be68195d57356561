"""Checks the conditions of B1–D1 in a standard's content: keys by rule, then what they point at."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from indicators.standard.engine.conditions import DISTRICT
from indicators.standard.engine.respondents import WHO
from indicators.standard.standards.condition_reader import areas_problems

Content = Mapping[str, Any]
Shape = Mapping[str, str]

# Key → type, beside code, label, rule and judged; a type ending in ? may be absent.
SHAPES: Mapping[str, Shape] = {
    "ratio": {
        "numerator": "texts",
        "denominator": "texts",
        "factor": "decimal?",
        "unit": "text?",
        "limit": "decimal?",
        "limit_parameter": "text?",
        "who": "text?",
        "each": "bool?",
        "optional": "bool?",
        "whole": "bool?",
    },
    "holds": {"items": "texts", "accepted": "texts?", "who": "text?"},
    "some": {"item": "text", "area": "text", "stage": "text"},
    "rooms": {"classes": "text", "stages": "texts", "every": "int", "kinds": "tables", "who": "text"},
    "size": {"single": "int", "combined": "int", "who": "text"},
    "class_size": {"classes": "text", "limits": "table", "who": "text", "scale": "tables?"},
    "small_school_funds": {
        "under": "int",
        "kinds": "texts",
        "rural_kinds": "texts",
        "area": "text",
        "funds": "text",
        "standard": "text",
        "reminds": "bool?",
    },
    "retention": {
        "formula": "text",
        "limit": "decimal",
        "entered": "text",
        "arrived": "text",
        "left": "text",
        "died": "text",
        "graduated": "text",
    },
    "agrees": {"pairs": "tables", "who": "text"},
    "monitoring": {
        "table": "text",
        "levels": "texts",
        "level": "text",
        "limit": "decimal",
        "subjects": "tables?",
        "skipped": "texts?",
    },
}
HEAD: Shape = {"code": "text", "rule": "text", "label": "text", "judged": "bool?"}
PAIR: Shape = {"district": "text", "school": "text"}
BAND: Shape = {"label": "text", "least": "int", "most": "int?"}
SUBJECT: Shape = {"name": "text", "since": "int", "source": "text"}
ROOM: Shape = {"item": "text", "label": "text", "min_area": "decimal"}
FORMULAS = ("a", "b", "c")
# Keys of a condition that point at items, and the kinds of item a figure may come from.
REFERENCES = (
    "numerator",
    "denominator",
    "items",
    "item",
    "funds",
    "standard",
    "entered",
    "arrived",
    "left",
    "died",
    "graduated",
)
NUMBER_KINDS = ("number", "decimal")


def problems(content: Content) -> Iterator[str]:
    """Every dangling reference of every condition; the shapes must be sound already."""
    for indicator in content["indicators"]:
        where = f"indicators.toml 指标 {indicator['code']} conditions"
        entries = indicator.get("conditions", ())
        if entries and "formula" in indicator:
            yield f"{where}：有 formula 的指标不能再写 conditions"
        for code, count in Counter(entry["code"] for entry in entries).items():
            if count > 1:
                yield f"{where}：代码“{code}”重复"
        for entry in entries:
            yield from _condition(content, entry, f"{where} {entry['code']}")


def _condition(content: Content, entry: Content, where: str) -> Iterator[str]:
    if entry.get("who", "all") not in WHO:
        yield f"{where}：who“{entry['who']}”不对，应为 {'、'.join(WHO)} 之一"
    for key, reference, respondent in _references(entry):
        kinds = NUMBER_KINDS if entry["rule"] != "holds" else ("choice",) if entry.get("accepted") else ("yes_no",)
        yield from _reference(content, reference, respondent, kinds, f"{where} {key}")
    for key in ("classes", "table"):
        if key in entry:
            yield from _table(content, entry[key], f"{where} {key}")
    for kind in entry.get("kinds", ()) if entry["rule"] == "rooms" else ():
        yield from _table(content, kind["item"], f"{where} kinds")
    yield from _values(content, entry, where)


def _references(entry: Content) -> Iterator[tuple[str, str, str]]:
    """Every item a condition points at: under which key, and who must be asked it."""
    asked = "school" if entry.get("who") else DISTRICT
    for key in REFERENCES:
        if key in entry:
            own = "school" if key == "funds" else asked
            for reference in [entry[key]] if isinstance(entry[key], str) else entry[key]:
                yield key, reference, own
    for pair in entry.get("pairs", ()):
        yield from (("pairs", reference, respondent) for respondent, reference in pair.items())


def _reference(content: Content, reference: str, asked: str, kinds: tuple[str, ...], where: str) -> Iterator[str]:
    respondent, _, code = reference.lstrip("-").partition(".")
    found = [item for item in content["items"] if item["respondent"] == respondent and means(item, code)]
    if not found:
        yield f"{where}：没有填报项“{reference}”"
    elif respondent != asked:
        yield f"{where}：填报项“{reference}”不对，这里应为{'学校' if asked == 'school' else '区县'}填报的项（看 who）"
    elif found[0]["kind"] not in kinds:
        yield f"{where}：填报项“{reference}”的类型是 {found[0]['kind']}，应为 {'或'.join(kinds)}"


def means(item: Content, code: str) -> bool:
    """Whether a code names this item: its own, or that of its field in one stage."""
    return code in (item["code"], *(f"{item['code']}_{stage}" for stage in item.get("stages", ())))


def _table(content: Content, code: str, where: str) -> Iterator[str]:
    if not any(item["code"] == code and item["kind"] == "table" for item in content["items"]):
        yield f"{where}：没有表格类填报项“{code}”"


def _values(content: Content, entry: Content, where: str) -> Iterator[str]:
    rule = entry["rule"]
    stages = {stage["code"] for stage in content["stages"]}
    named = [entry["stage"]] if rule == "some" else entry["stages"] if rule == "rooms" else entry.get("limits", ())
    for stage in named:
        if stage not in stages:
            yield f"{where}：没有学段“{stage}”"
    if "area" in entry:
        yield from areas_problems(content, [entry["area"]], where)
    if rule == "ratio" and ("limit" in entry) == ("limit_parameter" in entry):
        yield f"{where}：limit 和 limit_parameter 须写且只写一个"
    parameters = {parameter["code"] for parameter in content["parameters"]}
    if entry.get("limit_parameter", "") not in {"", *parameters}:
        yield f"{where}：没有参数“{entry['limit_parameter']}”"
    if rule == "retention" and entry["formula"] not in FORMULAS:
        yield f"{where}：formula“{entry['formula']}”不对，应为 {'、'.join(FORMULAS)} 之一"
    if rule == "rooms" and entry["every"] < 1:
        yield f"{where}：every 应为正整数"
    if rule == "monitoring" and entry["level"] not in entry["levels"]:
        yield f"{where}：level“{entry['level']}”不在 levels 里"
    kinds = {kind["code"] for kind in content["kinds"]}
    for kind in [*entry["kinds"], *entry["rural_kinds"]] if rule == "small_school_funds" else ():
        if kind not in kinds:
            yield f"{where}：没有学校类别“{kind}”"
