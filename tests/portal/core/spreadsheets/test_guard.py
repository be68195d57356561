"""What nobody sees in a workbook is named before it is taken."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from portal.core.spreadsheets import guard, read
from portal.core.spreadsheets.read import Wanted

NAME = "学校名录"
WANT = Wanted(NAME, {"code": "学校标识码", "name": "学校名称"})
ROWS = [["学校标识码", "学校名称"], ["code", "name"], *([f"410202000{n}", f"{n} 小学"] for n in range(1, 6))]


def book(change: Callable[[Any, Any], None]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet("说明").activate()
        sheet = made.add_worksheet(NAME)
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        change(made, sheet)
    return out.getvalue()


def notes(data: bytes) -> list[str]:
    found: list[str] = []
    read.workbook(data, [WANT], notes=found)
    return found


def _filter(_: Any, sheet: Any) -> None:
    sheet.autofilter(1, 0, 6, 1)
    sheet.filter_column(0, "x == 4102020001")
    for row in (4, 5):
        sheet.set_row(row, options={"hidden": True})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _, sheet: sheet.set_row(3, options={"hidden": True}), "第 4 行是隐藏的（1 行）"),
        (lambda _, sheet: sheet.set_row(3, 0), "第 4 行是隐藏的（1 行）"),
        (lambda _, sheet: sheet.set_row(4, options={"hidden": True, "level": 1, "collapsed": True}), "第 5 行是隐藏的"),
        (_filter, "第 5、6 行被筛选隐藏（2 行）"),
        (lambda _, sheet: sheet.set_column(1, 3, None, None, {"hidden": True}), "B 列是隐藏的"),
        (lambda _, sheet: sheet.hide(), "是隐藏的工作表"),
        (lambda _, sheet: sheet.very_hidden(), "是隐藏的工作表"),
    ],
)
def test_what_is_hidden_is_named(change: Any, words: str) -> None:
    (note,) = notes(book(change))
    assert note.startswith(f"工作表“{NAME}”")
    assert words in note
    assert "请取消隐藏核对" in note


def test_what_holds_no_data_is_not_remarked_on() -> None:
    def change(_: Any, sheet: Any) -> None:
        sheet.set_row(1, options={"hidden": True})  # the codes
        sheet.set_row(40, options={"hidden": True})
        sheet.set_column(7, 9, None, None, {"hidden": True})

    assert notes(book(change)) == []
    assert notes(book(lambda *_: None)) == []


def test_rows_of_a_sheet_that_hides_rows_by_default_are_named_unless_shown() -> None:
    data = book(lambda _, sheet: sheet.set_default_row(hide_unused_rows=True))
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            text = old.read(member)
            if member.endswith("sheet2.xml"):
                text = text.replace(b'<row r="6"', b'<row r="6" hidden="true"')
            new.writestr(member, text)
    assert "第 6 行是隐藏的（1 行）" in notes(out.getvalue())[0]


def test_a_long_list_is_cut_and_counted() -> None:
    found = guard.Hidden(rows=frozenset(range(3, 40)))
    (note,) = found.notes("表", range(3, 40), [])
    assert "第 3、4、5、6、7、8、9、10、11、12 等 行" in note
    assert "（37 行）" in note


def test_grids_know_what_is_hidden() -> None:
    grid = read.grids(book(lambda _, sheet: sheet.set_row(3, options={"hidden": True})))[1]
    assert grid.hidden.hides_row(4)
    assert not grid.hidden.hides_row(5)
