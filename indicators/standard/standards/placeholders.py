"""Figures inside a standard's texts: {B5.class_size.primary} is filled from the limit itself, so both always agree."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

Content = Mapping[str, Any]

# What may be named, and the keys that only group what is below them.
_GROUPS = ("stages", "kinds", "parameters", "indicators", "relaxations")
_ELIDED = ("conditions", "limits", "thresholds", "kinds", "cases")
# Printed for the limit of a condition that an overlay took away without rewriting the text.
ABSENT = "规定数"
_PLACEHOLDER = re.compile(r"\{([^\s{}:]+)\}")
# What the official forms say, unless a standard says it otherwise under `sentences`.
SENTENCES: Mapping[str, str] = tomllib.loads((Path(__file__).parent / "data/sentences.toml").read_text("utf-8"))
_NAME = re.compile(r"\{(\w+)\}")
# Stands between the boxes of a head of a table.
BOX = "｜"


def figures(content: Content) -> dict[str, str]:
    """Every figure and choice by its name, exactly as written.

    {A1.primary}, {B3.rooms.music_rooms.min_area}, {B7.per_pupil.limit}, {junior.cv_limit}; of the standard {floor} (in
    per cent), {min_reached} and {resources}, the number of indicators with a formula.
    """
    found = {
        "floor": f"{(Decimal(content['floor_ratio']) * 100).normalize():f}",
        "min_reached": str(content["min_reached"]),
        "resources": str(sum("formula" in indicator for indicator in content["indicators"])),
    }
    parameters = {entry["code"]: str(entry["value"]) for entry in content["parameters"]}
    for group in _GROUPS:
        for entry in content[group]:
            found.update(_below(entry["code"], entry, parameters))
    return found


def _below(path: str, entry: Content, parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in entry.items():
        own = path if key in _ELIDED else f"{path}.{key}"
        if key == "limit_parameter":
            yield f"{path}.limit", parameters.get(value, "")
        elif isinstance(value, Mapping):
            yield from _below(own, value, parameters)
        elif isinstance(value, list):
            for number, each in enumerate(value, 1):
                if isinstance(each, Mapping):
                    yield from _below(f"{own}.{each.get('code') or each.get('item') or number}", each, parameters)
        elif not isinstance(value, bool):
            yield own, str(value)


def filler(content: Content) -> Callable[[str], str]:
    """Blanks of a form ({rate:1}, {pupils}) stay as they are."""
    known = figures(content)

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: known.get(found[1], ABSENT if "." in found[1] else found[0]), text)

    return fill


def filled(content: Content) -> dict[str, Any]:
    words = filler(content)

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return words(value)
        if isinstance(value, Mapping):
            return {key: fill(each) for key, each in value.items()}
        return [fill(each) for each in value] if isinstance(value, list) else value

    return {key: fill(value) for key, value in content.items()}


def unknown(content: Content) -> Iterator[tuple[str, str]]:
    """Dotted placeholders that name no figure, with their entry."""
    known = figures(content)
    # An overlay may take conditions away and leave the text: only what looks misspelt is a fault.
    own = {f"{i['code']}.{c['code']}" for i in content["indicators"] for c in i.get("conditions", ())}
    codes = {i["code"] for i in content["indicators"]}

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (Mapping, list)):
            for each in value.values() if isinstance(value, Mapping) else value:
                yield from texts(each)

    for group in (*_GROUPS, "items", "sections", "vetoes"):
        for entry in content[group]:
            for text in texts(entry):
                for name in _PLACEHOLDER.findall(text):
                    head, _, rest = name.partition(".")
                    absent = head in codes and f"{head}.{rest.partition('.')[0]}" not in own
                    if rest and name not in known and not absent:
                        yield f"{group} {entry['code']}", name


def sentence_problems(content: Content) -> Iterator[str]:
    """Own sentences of the official forms may have the same blanks as the usual ones, no others."""
    for key, text in content.get("sentences", {}).items():
        where = f"sentences {key}"
        if key not in SENTENCES:
            yield f"{where}：申报表里没有这一句，可用：{'、'.join(SENTENCES)}"
        elif not isinstance(text, str):
            yield f"{where}：应为文字"
        else:
            lines, usual = ([len(line.split(BOX)) for line in one.splitlines()] for one in (text, SENTENCES[key]))
            if key.startswith(("heads_", "rows_")) and lines != usual:
                yield f"{where}：应有 {len(usual)} 行，每行用“{BOX}”隔开的格数依次为：{'、'.join(map(str, usual))}"
            known = set(_NAME.findall(SENTENCES[key]))
            if set(_NAME.findall(text)) - known or set("{}") & set(_NAME.sub("", text)):
                allowed = "、".join(sorted(f"{{{name}}}" for name in known)) or "不能有"
                yield f"{where}：空格写法不对，可用的空格：{allowed}"
