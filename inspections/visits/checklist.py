"""The checklist of a visit: asked is what the standard judges of a school, with what the school claimed for each.

checklist.toml says how the indicators of the national standard are asked; what else a standard has (an A8 that only an
overlay adds) is asked in the standard's own words.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from indicators.standard.engine import Indicator, Spec
from indicators.standard.engine import numbers as exact
from indicators.standard.engine.conditions import Rooms
from indicators.standard.engine.spec import Veto
from portal.core.lib import numbers, written

FILE = Path(__file__).parent / "checklist.toml"
NOT_CLAIMED = "未填报"
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as put to the inspector; `claimed` is the school's own figure in words, or blank."""

    key: str
    indicator: str
    text: str
    look: str
    claimed: str = ""

    def as_dict(self) -> dict[str, str]:
        """The question as it is frozen in a visit."""
        return asdict(self)


@cache
def _load() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def questions_for(
    kind: str, answers: Mapping[str, Mapping[str, Any]], spec: Spec, fill: Callable[[str], str]
) -> list[Question]:
    """In the order of the standard, with the claims found in a revision's answers; `fill` puts in its figures and names."""
    judged: list[Indicator | Veto] = [*spec.indicators, *spec.vetoes]
    questions = []
    for about in judged:
        for entry in _entries(about, spec) if _is_asked(about, spec, kind) else ():
            claims: Sequence[Entry] = entry["claims"]
            pieces = [f"{claim['label']} {words}" for claim in claims if (words := _words(claim, answers))]
            claimed = "；".join(pieces) or NOT_CLAIMED if claims else ""
            questions.append(Question(entry["key"], about.code, fill(entry["text"]), fill(entry["look"]), claimed))
    return questions


def _is_asked(about: Indicator | Veto, spec: Spec, kind: str) -> bool:
    if about.code in _load()["left_out"]:
        return False
    if isinstance(about, Veto):
        return about.item in spec.items or any(entry["indicator"] == about.code for entry in _load()["questions"])
    return about.level == "school" or (about.level == "part" and spec.kinds[kind].judged)


def _entries(about: Indicator | Veto, spec: Spec) -> list[Entry]:
    """As the list says while the standard has the fields it names, else in the standard's words."""
    rooms = [room for one in getattr(about, "conditions", ()) if isinstance(one, Rooms) for room in one.kinds]
    if rooms:
        return [
            {
                "key": f"{about.code.lower()}-{room.item.removesuffix('_rooms').replace('_', '-')}",
                "text": f"{room.label}专用教室间数、面积与填报相符，正常上课",
                "look": f"逐间量面积，看使用记录。每间不小于 {exact.text(room.min_area)} ㎡。",
                "claims": [
                    {"label": f"{room.label}教室", "rows": room.item, "smallest": "area", "unit": "间", "of": "㎡"}
                ],
            }
            for room in rooms
        ]
    claims = list(_claims(about, spec))
    listed = [entry for entry in _load()["questions"] if entry["indicator"] == about.code]
    named = {
        field
        for entry in listed
        for claim in entry.get("claims", ())
        for field in claim.get("sum") or [claim.get("rows") or claim["value"]]
    }
    if listed and named <= spec.items.keys():
        return [{"claims": claims, **entry} for entry in listed]
    look = f"查看{'、'.join(about.evidence)}。" if about.evidence else ""
    if isinstance(about, Veto):
        text = f"没有发现“{about.name}”"
    else:
        text = f"{about.formula.numerator if about.formula else f'{about.name}，'}与填报相符"
        look += f"容易出错的：{'；'.join(about.errors)}。" if about.errors else ""
    return [{"key": about.code.lower(), "text": text, "look": look, "claims": claims}]


def _claims(about: Indicator | Veto, spec: Spec) -> Iterator[Entry]:
    """What a school reports of it by the standard: the figures of its formula, else its items."""
    if isinstance(about, Veto):
        yield {"label": about.name, "value": about.item}
    elif (formula := about.formula) and formula.shared:
        shared = {term.code: term.label for terms in formula.terms.values() for term in terms}
        for code, label in shared.items():
            yield {"label": label, "sum": [code], "unit": spec.items[code].unit}
    elif formula:
        for stage, terms in formula.terms.items():
            fields = [term.code for term in terms]
            yield {"label": spec.stages[stage].label, "sum": fields, "unit": formula.numerator_unit}
    else:
        own = {reference.removeprefix("school.") for reference in about.items if reference.startswith("school.")}
        for item in spec.items.values():
            if item.base in own and item.kind != "text":
                if item.kind == "number":
                    yield {"label": item.label, "sum": [item.code], "unit": item.unit}
                elif item.kind == "table":
                    yield {"label": item.label, "rows": item.code, "unit": "行"}
                else:
                    yield {"label": item.label, "value": item.code}


def _words(claim: Entry, answers: Mapping[str, Mapping[str, Any]]) -> str:
    """What a school claimed; a sum is blank when any part of it is: a blank is not a zero."""

    def value(field: str) -> Any:
        return answers.get(field, {}).get("value")

    if "sum" in claim:
        values = [value(field) for field in claim["sum"]]
        if any(one is None for one in values):
            return ""
        return f"{numbers.plain(sum((Decimal(one) for one in values), Decimal(0)))} {claim['unit']}"
    if "rows" not in claim:
        return str(value(claim["value"]) or "")
    rows = value(claim["rows"])
    if rows is None:
        return ""
    words = f"{len(rows)} {claim['unit']}"
    for extreme, name, pick in (("smallest", "最小", min), ("largest", "最大", max)):
        cells = [Decimal(row[claim[extreme]]) for row in rows if row.get(claim[extreme])] if extreme in claim else []
        if cells:
            words += f"，{name} {numbers.plain(pick(cells))} {claim['of']}"
    return words


def differs(claimed: str, found: str) -> bool:
    """Whether a figure found on site is none of the claimed ones; words without figures say nothing of it."""
    claims, seen = _figures(claimed), _figures(found)
    return bool(claims and seen) and not seen <= claims


def _figures(text: str) -> set[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", written.folded(text))
    return {Decimal(digits) for digits in re.findall(r"\d+(?:\.\d+)?", plain, re.ASCII)}
