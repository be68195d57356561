"""Units of statistics workbooks: how they are written, and how one becomes another."""

import re
from decimal import Decimal

from portal.core.lib import written

_WRITTEN = {
    "人": "人",
    "名": "人",
    "个": "个",
    "间": "间",
    "元": "元",
    "万元": "万元",
    "㎡": "㎡",
    "m²": "㎡",
    "m2": "㎡",
    "平方米": "㎡",
    "亩": "亩",
}
KNOWN = frozenset(_WRITTEN.values())
_FACTORS = {("元", "万元"): Decimal("0.0001"), ("万元", "元"): Decimal(10000)}


def named(text: str) -> str:
    """Return the unit a text spells (平方米 → ㎡); "" when it spells none."""
    return _WRITTEN.get(written.bare(text).removeprefix("单位:").casefold(), "")


def of_sheet(lines: list[str]) -> list[str]:
    """Return the units the lines above a table name (计量单位：万元、人), in their order."""
    found = re.findall(r"(?<!填报)(?<!报送)单位[:：]([^:：]*)", " ".join(lines))
    return [unit for words in found for word in re.split(r"[\s,，;；、/]+", words) if (unit := named(word))]


def factor(given: str, wanted: str) -> Decimal | None:
    """Return by what a figure in `given` is multiplied to be in `wanted`; None when that cannot be."""
    return Decimal(1) if given == wanted else _FACTORS.get((given, wanted))
