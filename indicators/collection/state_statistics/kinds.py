"""Where the figures of the state's statistics forms stand, as data: one file a form and generation; and their units."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from portal.core.errors import Invalid, Problem
from portal.core.lib import written

_UNIT_WORDS = {
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
UNITS = frozenset(_UNIT_WORDS.values())
_FACTORS = {("元", "万元"): Decimal("0.0001"), ("万元", "元"): Decimal(10000)}


def unit_named(text: str) -> str:
    """平方米 → ㎡; "" for none."""
    return _UNIT_WORDS.get(written.bare(text).removeprefix("单位:").casefold(), "")


def units_of_sheet(lines: list[str]) -> list[str]:
    """From the lines above a table (计量单位：万元、人), in order."""
    found = re.findall(r"(?<!填报)(?<!报送)单位[:：]([^:：]*)", " ".join(lines))
    return [unit for words in found for word in re.split(r"[\s,，;；、/]+", words) if (unit := unit_named(word))]


def unit_factor(given: str, wanted: str) -> Decimal | None:
    """From `given` to `wanted`; None if they do not fit."""
    return Decimal(1) if given == wanted else _FACTORS.get((given, wanted))


DATA = Path(__file__).parent / "data"
CLASSES = "classes"
_FORM_KEYS = {"form": str, "title": str, "from_year": int, "key": list, "figures": list}
_FORM_MORE = {"to_year": int, "note": str}
_FIGURE_KEYS = {"item": str, "unit": str, "columns": list}
_FIGURE_MORE = {"measure": str, "optional": bool}
_COLUMN_KEYS = {"headers": list}
_COLUMN_MORE = {"sign": int}
_WORDS = {str: "文字", int: "整数", list: "列表", bool: "true 或 false"}


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """One column a figure is added up from: the ways its header is written, `sign` -1 to subtract it."""

    headers: tuple[str, ...]
    sign: int


@dataclass(frozen=True, slots=True)
class FormFigure:
    """One figure of a form: the item it is compared with, its unit in the sheet, its columns.

    `measure` "classes" counts rows of the class list instead of reading an item;
    an `optional` figure may be absent from the sheet.
    """

    item: str
    unit: str
    columns: tuple[ColumnSource, ...]
    measure: str
    optional: bool

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "FormFigure":
        columns = tuple(ColumnSource(tuple(one["headers"]), one.get("sign", 1)) for one in data["columns"])
        return cls(data["item"], data["unit"], columns, data.get("measure", ""), data.get("optional", False))


@dataclass(frozen=True, slots=True)
class StatisticsForm:
    """A statistics form in one generation: its number, the years it was in use, where its figures stand."""

    form: str
    title: str
    from_year: int
    to_year: int | None
    key: tuple[str, ...]
    note: str
    figures: tuple[FormFigure, ...]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "StatisticsForm":
        return cls(
            form=content["form"],
            title=content["title"],
            from_year=content["from_year"],
            to_year=content.get("to_year"),
            key=tuple(content["key"]),
            note=content.get("note", ""),
            figures=tuple(map(FormFigure.of, content["figures"])),
        )

    def covers(self, year: int) -> bool:
        return self.from_year <= year and (self.to_year is None or year <= self.to_year)

    @property
    def name(self) -> str:
        """Number and title: 教基3112 小学学生数."""
        return f"{self.form} {self.title}"


@dataclass(frozen=True, slots=True)
class FormCatalogue:
    """All forms of all years, with a digest that names this version."""

    forms: tuple[StatisticsForm, ...]
    version: str

    def of_year(self, year: int) -> list[StatisticsForm]:
        return [form for form in self.forms if form.covers(year)]


@cache
def shipped() -> FormCatalogue:
    """Read once a process."""
    return load(DATA)


def load(folder: Path) -> FormCatalogue:
    """Raises Invalid naming file and key of every fault, and when two files claim the same form for the same year."""
    digest = sha256()
    problems: list[Problem] = []
    forms: list[tuple[str, StatisticsForm]] = []
    for path in sorted(folder.rglob("*.toml")):
        name = f"{path.parent.name}/{path.name}"
        data = path.read_bytes()
        digest.update(name.encode() + b"\0" + data)
        try:
            content = tomllib.loads(data.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(Problem(f"读不出来（{error}）", name, "请检查格式：TOML，UTF-8 编码"))
            continue
        if content and (faults := form_faults(content, name)):
            problems += faults
        elif content:
            forms.append((name, StatisticsForm.of(content)))
    for index, (name, form) in enumerate(forms):
        for other, earlier in forms[:index]:
            if form.form == earlier.form and (form.covers(earlier.from_year) or earlier.covers(form.from_year)):
                what = f"{form.form} 与 {other} 的年份重叠"
                problems.append(Problem(what, name, "请用 from_year、to_year 分开"))
    if problems:
        raise Invalid(f"统计报表对照文件有 {len(problems)} 处错误，请改正后重试。", problems)
    return FormCatalogue(tuple(form for _, form in forms), digest.hexdigest()[:12])


def form_faults(content: Mapping[str, Any], name: str) -> list[Problem]:
    found = _shape(content, _FORM_KEYS, _FORM_MORE, name, "")
    if found:
        return found
    found += _texts(content["key"], name, "key")
    if "to_year" in content and content["to_year"] < content["from_year"]:
        found.append(Problem("to_year 早于 from_year", name, "请核对起止年份"))
    for number, figure in enumerate(content["figures"]):
        found += figure_faults(figure, name, f"figures[{number}]")
    return found


def figure_faults(figure: Any, name: str, at: str) -> list[Problem]:
    found = _shape(figure, _FIGURE_KEYS, _FIGURE_MORE, name, at)
    if found:
        return found
    if figure["unit"] not in UNITS:
        known = "、".join(sorted(UNITS))
        found.append(Problem(f"{at}.unit 不认识“{figure['unit']}”", name, f"可用的单位有 {known}"))
    if figure.get("measure", "") not in ("", CLASSES):
        found.append(Problem(f"{at}.measure 不认识“{figure['measure']}”", name, f"只能写 {CLASSES} 或删去"))
    if not figure["columns"]:
        found.append(Problem(f"{at}.columns 是空的", name, "至少写一列"))
    for number, column in enumerate(figure["columns"]):
        here = f"{at}.columns[{number}]"
        wrong = _shape(column, _COLUMN_KEYS, _COLUMN_MORE, name, here)
        found += wrong or _texts(column["headers"], name, f"{here}.headers")
        if not wrong and column.get("sign", 1) not in (1, -1):
            found.append(Problem(f"{here}.sign 只能是 1 或 -1", name, "1 为加，-1 为减"))
    return found


def _shape(data: Any, keys: Mapping[str, type], more: Mapping[str, type], name: str, at: str) -> list[Problem]:
    dot = f"{at}." if at else ""
    if not isinstance(data, dict):
        return [Problem(f"{at} 应为一组键值", name, "请照现有文件的写法改正")]
    found = [Problem(f"缺少 {dot}{key}", name, "请补上") for key in keys if key not in data]
    for key, value in data.items():
        kind = keys.get(key) or more.get(key)
        if kind is None:
            found.append(Problem(f"不认识的键 {dot}{key}", name, "请核对拼写，或删除"))
        elif type(value) is not kind:
            found.append(Problem(f"{dot}{key} 应为{_WORDS[kind]}", name, "请改正"))
    return found


def _texts(values: list[Any], name: str, at: str) -> list[Problem]:
    if values and all(isinstance(value, str) and value.strip() for value in values):
        return []
    return [Problem(f"{at} 应为不空的文字列表", name, "至少写一种表头文字")]
