"""Ready examples for the page: the published one, one where both ways agree, one the other way round."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Example:
    """Values as the address carries them, and what they show."""

    title: str
    note: str
    values: Mapping[str, str]

    @property
    def query(self) -> str:
        """The values as the query of an address."""
        return urlencode(self.values)


def _values(stage: str, indicator: str, *rows: tuple[str, int, str]) -> Mapping[str, str]:
    values = {"stage": stage, "indicator": indicator}
    for number, (name, pupils, amount) in enumerate(rows, 1):
        values |= {f"name{number}": name, f"pupils{number}": str(pupils), f"amount{number}": amount}
    return values


PUBLISHED = Example(
    "公布的算例：简单算法误判为达标",
    "五所小学的生均图书册数。按规定是 0.515，超过 0.50；不加权得 0.489，看起来达标。",
    _values(
        "primary",
        "books",
        ("小学1", 45, "279"),
        ("小学2", 37, "137"),
        ("小学3", 89, "935"),
        ("小学4", 76, "160"),
        ("小学5", 55, "402"),
    ),
)
SAME_SIZE = Example(
    "两种算法一致：各校一样大",
    "各校在校生相同，加权与不加权（总体标准差）没有区别。",
    _values(
        "primary",
        "A4",
        ("小学1", 400, "1900"),
        ("小学2", 400, "2200"),
        ("小学3", 400, "2600"),
        ("小学4", 400, "2000"),
        ("小学5", 400, "3000"),
    ),
)
SMALL_OUTLIER = Example(
    "反过来：简单算法误判为超标",
    "一所很小的学校数值特别高。按规定它只占很小的分量，不加权却和大校一样算。",
    _values(
        "junior",
        "A4",
        ("初中1", 1200, "7400"),
        ("初中2", 1100, "6900"),
        ("初中3", 900, "5200"),
        ("初中4", 800, "5100"),
        ("初中5", 40, "1000"),
    ),
)
ALL = (PUBLISHED, SAME_SIZE, SMALL_OUTLIER)
