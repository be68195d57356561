"""Recognises which statistics form a sheet is, and for which year."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indicators.collection.state_statistics.headers import plain
from indicators.collection.state_statistics.mapping import Catalogue, Form
from portal.core.errors import Problem
from portal.core.spreadsheets import read
from portal.core.spreadsheets.read import Grid

_TITLE_ROWS = 8
_NUMBERED = re.compile(r"(?:教基|基础基)\d{3,4}续?")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|学年|[/—–-]\s*(?:20)?\d\d)")
_OTHER_YEARS = re.compile(r"有效期|文号|批准")


@dataclass(slots=True)
class Sorted:
    """The sheets of a workbook by form, with what is wrong and what was left aside."""

    forms: list[tuple[Grid, Form]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def sort(grids: Sequence[Grid], catalogue: Catalogue, year: int) -> Sorted:
    """Find the form of every sheet; sheets that are no form we read are named in `unused`."""
    found = Sorted()
    for grid in grids:
        forms = _named(grid, catalogue, year)
        where = f"工作表“{grid.name}”"
        if not forms:
            found.unused.append(grid.name)
        elif len(forms) > 1:
            names = "、".join(form.form for form in forms)
            found.problems.append(Problem(f"表名和标题写着不同的表号（{names}）", where, "请核对是哪一张表，改成一致"))
        elif forms[0].covers(year):
            found.forms.append((grid, forms[0]))
        else:
            found.problems.append(_other_generation(forms[0], catalogue, year, where))
    if not found.forms and not found.problems:
        known = "、".join(form.form for form in catalogue.of_year(year))
        what = f"没有认出 {year} 年的统计报表"
        found.problems.append(Problem(what, "工作簿", f"工作表名或标题须写明表号；可以导入的有 {known}"))
    return found


def _named(grid: Grid, catalogue: Catalogue, year: int) -> list[Form]:
    """The forms a sheet names by number; without a number the one named by title."""
    texts = [plain(grid.name), *_top(grid)]
    numbers = {number for text in texts for number in _NUMBERED.findall(text)}
    if numbers:
        known = {form.form: form for form in catalogue.forms if form.form in numbers}
        return [next((f for f in catalogue.forms if f.form == n and f.covers(year)), known[n]) for n in sorted(known)]
    titled = [form for form in catalogue.of_year(year) if any(plain(form.title) in text for text in texts)]
    return sorted(titled, key=lambda form: -len(form.title))[:1]


def _top(grid: Grid) -> list[str]:
    return [plain(read.shown(value)) for row in grid.rows[:_TITLE_ROWS] for value in row if isinstance(value, str)]


def _other_generation(form: Form, catalogue: Catalogue, year: int, where: str) -> Problem:
    until = f"{form.from_year}—{form.to_year} 年" if form.to_year else f"{form.from_year} 年起"
    now = next((other.name for other in catalogue.of_year(year) if other.title == form.title), "")
    do = f"本评估年度的学年初在 {year} 年，请换成{now or '该年的报表'}"
    return Problem(f"{form.name}是{until}使用的报表", where, do)


def stated_year(lines: Sequence[str]) -> int | None:
    """Return the year the lines above a table name (2026/2027学年初 → 2026); None when they name none."""
    for line in lines:
        text = plain(line)
        if not _OTHER_YEARS.search(text) and (named := _YEAR.search(text)):
            return int(named[1])
    return None
