"""Fills the blanks of a form's sentences: {rate:1} is a figure of the evaluation with one decimal."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators.results.official_forms.boxes import NOT_APPLICABLE, WAITING
from portal.core.lib import numbers

Told = Mapping[str, Any]
_BLANK = re.compile(r"\{(\w+):(\d)\}(%?)")
_WHOLE = Decimal(100)
DISTRICT = "district"


def filled(sentence: str, told: Told) -> str:
    """Return the sentence with the figures one of B1–D1 was judged by, each rounded half up once.

    What is missing reads 待填, what is not demanded 不适用; more than 100 % is printed as
    100 with the figure behind it.
    """
    whole = {f["respondent"] for f in told.get("missing", ())} <= {DISTRICT}
    # While a school has reported nothing, what was added up over schools is a part and no sum.
    known = told.get("figures", {}) if whole else {}
    over = [str(known[name]) for name, _, unit in _BLANK.findall(sentence) if unit and _over(known.get(name))]
    words = _BLANK.sub(lambda blank: _blank(blank, told, known), sentence)
    return words + "".join(f"（计算值 {numbers.text(Decimal(value), 1)}%，超过 100%，请核对）" for value in over)


def _blank(blank: re.Match[str], told: Told, known: Mapping[str, str]) -> str:
    name, places, unit = blank.groups()
    if name not in known:
        return NOT_APPLICABLE if _waived(name, told) else WAITING + unit
    value = min(Decimal(known[name]), _WHOLE) if unit else Decimal(known[name])
    return numbers.text(value, int(places)) + unit


def _over(value: str | None) -> bool:
    return value is not None and Decimal(value) > _WHOLE


def _waived(name: str, told: Told) -> bool:
    """Whether the figure belongs to a condition the standard does not demand here."""
    own = [c for c in told.get("conditions", ()) if name == c["code"] or name.startswith(f"{c['code']}_")]
    return any(not condition["applicable"] for condition in own)
