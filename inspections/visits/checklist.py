"""The checklist of a visit: questions from checklist.toml, with what the school claimed for each."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from indicators.standards import placeholders
from portal.lib import numbers, written

FILE = Path(__file__).parent / "checklist.toml"
NOT_CLAIMED = "未填报"


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
def _load() -> tuple[Mapping[str, Any], ...]:
    return tuple(tomllib.loads(FILE.read_text(encoding="utf-8"))["questions"])


def questions_for(kind: str, answers: Mapping[str, Mapping[str, Any]], standard: Mapping[str, Any]) -> list[Question]:
    """Return the questions for a kind of school about what the standard (its content) judges, with the claims found in a revision's answers."""
    fill, known = placeholders.filler(standard), {e["code"] for e in (*standard["indicators"], *standard["vetoes"])}
    return [
        Question(
            entry["key"], entry["indicator"], entry["text"], fill(entry["look"]), _claimed(entry["claims"], answers)
        )
        for entry in _load()
        if entry["indicator"] in known and kind not in entry.get("except_kinds", ())
    ]


def _claimed(claims: list[Mapping[str, Any]], answers: Mapping[str, Mapping[str, Any]]) -> str:
    if not claims:
        return ""
    pieces = [f"{claim['label']} {words}" for claim in claims if (words := _words(claim, answers))]
    return "；".join(pieces) or NOT_CLAIMED


def _words(claim: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> str:
    if "sum" in claim:
        return _sum_words(claim, answers)
    if "rows" in claim:
        return _rows_words(claim, answers)
    return str(_value(answers, claim["value"]) or "")


def _value(answers: Mapping[str, Mapping[str, Any]], field: str) -> Any:
    return answers.get(field, {}).get("value")


def _sum_words(claim: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> str:
    """The sum, or blank when any part of it is: a blank is not a zero."""
    values = [_value(answers, field) for field in claim["sum"]]
    if any(value is None for value in values):
        return ""
    return f"{numbers.plain(sum((Decimal(value) for value in values), Decimal(0)))} {claim['unit']}"


def _rows_words(claim: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> str:
    rows = _value(answers, claim["rows"])
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
