"""Checks a standard's content before anything is judged by it; messages name file and key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from indicators.standard.engine.check_rules import RULES
from indicators.standard.standards import conditions, references
from indicators.standard.standards.references import file_of

Content = Mapping[str, Any]
Shape = Mapping[str, str]

# Key → type; a type ending in ? may be absent.
SHAPES: Mapping[str, Shape] = {
    "documents": {"number": "text", "title": "text", "issuer": "text", "year": "int"},
    "stages": {
        "code": "text",
        "label": "text",
        "part_label": "text",
        "judged": "bool",
        "cv_limit": "decimal?",
    },
    "kinds": {
        "code": "text",
        "stages": "texts",
        "scope": "text",
        "min_pupils": "int?",
        "reason": "text?",
        "sections": "texts?",
        "attached_sections": "texts?",
    },
    "parameters": {
        "code": "text",
        "label": "text",
        "value": "decimal",
        "unit": "text",
        "clause": "text",
        "note": "text?",
    },
    "relaxations": {
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
    },
    "sections": {"code": "text", "respondent": "text", "label": "text", "help": "text"},
    "indicators": {
        "code": "text",
        "name": "text",
        "short_name": "text",
        "group": "text",
        "clause": "text",
        "level": "text",
        "unit": "text?",
        "thresholds": "table?",
        "formula": "table?",
        "items": "texts?",
        "conditions": "tables?",
        "form": "table?",
        "parameter": "text?",
        "definition": "text",
        "evidence": "texts",
        "errors": "texts",
    },
    "vetoes": {
        "code": "text",
        "name": "text",
        "item": "text",
        "clause": "text",
        "definition": "text",
        "evidence": "texts",
        "note": "text?",
    },
    "items": {
        "code": "text",
        "label": "text",
        "kind": "text",
        "unit": "text?",
        "places": "int?",
        "stages": "texts?",
        "clock": "text",
        "respondent": "text",
        "section": "text",
        "reference": "text?",
        "help": "text",
        "evidence": "text?",
        "required": "bool?",
        "relaxation": "text?",
        "signed": "bool?",
        "asked_if": "table?",
        "choices": "texts?",
        "columns": "tables?",
        "checks": "tables?",
        "sheet": "text?",
        "sheet_code": "text?",
        "sheet_kind": "text?",
        "min": "decimal?",
        "max": "decimal?",
        "max_length": "int?",
        "yes_label": "text?",
        "no_label": "text?",
    },
}
# Which office answers which district items unless a district says otherwise; a standard may have no such table.
OFFICES: Shape = {"code": "text", "label": "text", "match": "texts", "items": "texts"}
# What has to rise from year to year (三个增长); a standard may name nothing.
GROWTH: Shape = {"code": "text", "label": "text", "clause": "text", "figures": "tables", "faster_than": "table?"}
FORMULA: Shape = {
    "numerator": "text",
    "denominator": "text",
    "factor": "decimal",
    "shared": "bool",
    "numerator_unit": "text",
    "gap_step": "decimal",
    "gap_unit": "text",
    "terms": "tables",
    "trial_step": "decimal?",
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
FORM: Shape = {"name": "text?", "words": "text?", "school": "text?", "school_words": "text?"}
COLUMN: Shape = {
    "code": "text",
    "label": "text",
    "kind": "text",
    "unit": "text?",
    "places": "int?",
    "choices": "texts?",
    "min": "decimal?",
    "max": "decimal?",
    "blank_if": "table?",
}
# What each rule needs besides its name.
CHECKS: Mapping[str, Shape] = {
    "le": {"other": "text"},
    "sum_equals": {"items": "texts"},
    "sum_le": {"items": "texts", "other": "text"},
    "table_sum": {"table": "text", "column": "text"},
    "unique_rows": {"columns": "texts"},
    "min_length": {"length": "int"},
    "change_warning": {"percent": "decimal"},
    "per_unit_range": {
        "denominator": "text",
        "factor": "decimal",
        "min": "decimal",
        "max": "decimal",
        "unit": "text",
    },
    "rows_multiple": {"table": "text", "times": "decimal"},
    "reaches_limit": {"other": "text", "limit": "text"},
    "schools_sum": {
        "schools": "texts",
        "who": "text?",
        "kinds": "texts?",
        "factor": "decimal?",
        "at_most": "bool?",
        "percent": "decimal?",
        "stage": "text?",
        "grades": "texts?",
        "column": "text?",
    },
    "schools_share": {"schools": "texts", "who": "text?", "kinds": "texts?", "min": "decimal", "max": "decimal"},
}


class StandardError(ValueError):
    """The standard's files are not sound; ``problems`` lists everything found, in Chinese."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def problems(content: Content) -> list[str]:
    """In Chinese; empty when it is sound."""
    found = list(_shapes(content))
    # References into entries of the wrong shape would only raise.
    return found or list(references.problems(content))


def _shapes(content: Content) -> Iterator[str]:
    top = {
        "code": "text",
        "name": "text",
        "short_name": "text",
        "rule_version": "text",
        "min_reached": "int",
        "floor_ratio": "decimal",
        "clause": "text",
        "split_weights": "tables",
        "printing": "table",
        "overlay": "table?",
        "offices": "tables?",
        "growths": "tables?",
        "rural_areas": "texts?",
        "sentences": "table?",
    } | dict.fromkeys(SHAPES, "tables")
    found = list(entry_problems("standard.toml", content, top))
    yield from found
    if found:
        return
    for group, shape in SHAPES.items():
        for entry in content[group]:
            where = f"{file_of(group, entry)} {group} {entry.get('code', entry.get('number', '?'))}"
            yield from entry_problems(where, entry, shape)
            yield from _nested(where, entry)
    for entry in content.get("growths", ()):
        where = f"standard.toml growths {entry.get('code', '?')}"
        yield from entry_problems(where, entry, GROWTH)
        for figure in (*entry.get("figures", ()), *filter(None, [entry.get("faster_than")])):
            yield from entry_problems(where, figure, {"now": "text", "before": "text"})
    for entry in content.get("offices", ()):
        yield from entry_problems(f"offices.toml {entry.get('code', '?')}", entry, OFFICES)


def _nested(where: str, entry: Content) -> Iterator[str]:
    if isinstance(entry.get("formula"), dict):
        yield from entry_problems(f"{where} formula", entry["formula"], FORMULA)
    if isinstance(entry.get("form"), dict):
        yield from entry_problems(f"{where} form", entry["form"], FORM)
    for condition in _tables(entry, "conditions"):
        yield from _condition(f"{where} conditions {condition.get('code', '?')}", condition)
    for case in _tables(entry, "cases"):
        yield from entry_problems(f"{where} cases {case.get('label', '?')}", case, CASE)
    for column in _tables(entry, "columns"):
        yield from entry_problems(f"{where} columns {column.get('code')}", column, COLUMN)
    for check in _tables(entry, "checks"):
        rule = str(check.get("rule"))
        if rule not in RULES:
            yield f"{where} checks：没有校验规则“{rule}”，可用：{'、'.join(RULES)}"
        else:
            yield from entry_problems(f"{where} checks {rule}", check, {"rule": "text", **CHECKS[rule]})


def _condition(where: str, entry: Content) -> Iterator[str]:
    rule = str(entry.get("rule"))
    if rule not in conditions.SHAPES:
        yield f"{where}：没有判定规则“{rule}”，可用：{'、'.join(conditions.SHAPES)}"
        return
    yield from entry_problems(where, entry, {**conditions.HEAD, **conditions.SHAPES[rule]})
    nested = {"scale": conditions.BAND, "subjects": conditions.SUBJECT, "pairs": conditions.PAIR}
    if rule == "rooms":
        nested = {"kinds": conditions.ROOM, **nested}
    for key, shape in nested.items():
        for table in _tables(entry, key):
            yield from entry_problems(f"{where} {key}", table, shape)


def _tables(entry: Content, key: str) -> Sequence[Content]:
    """None where the key holds anything else, which is reported elsewhere."""
    found = entry.get(key, ())
    return found if is_kind("tables", found) else ()


def entry_problems(where: str, entry: Content, shape: Shape) -> Iterator[str]:
    """Unknown, missing and mistyped keys; `where` names the table."""
    for key in entry:
        if key not in shape:
            yield f"{where}：不认识的键“{key}”，请检查拼写"
    for key, kind in shape.items():
        if key not in entry:
            if not kind.endswith("?"):
                yield f"{where}：缺少“{key}”"
        elif not is_kind(kind.rstrip("?"), entry[key]):
            yield f"{where}：“{key}”的值 {entry[key]!r} 类型不对，应为{_NAMES[kind.rstrip('?')]}"


def is_kind(kind: str, value: Any) -> bool:
    """`kind` as the shapes name it, e.g. `texts`."""
    return _TYPES[kind](value)


_NAMES = {
    "text": "文字",
    "int": "整数",
    "bool": "true 或 false",
    "decimal": "数字",
    "texts": "文字列表",
    "table": "表",
    "tables": "表的列表",
}


def _is_decimal(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and Decimal(value).is_finite()
    except (InvalidOperation, TypeError, ValueError):
        return False


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "decimal": _is_decimal,
    "texts": lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
    "table": lambda value: isinstance(value, dict),
    "tables": lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value),
}
