"""Cells of every unwelcome kind, in both workbooks: each is named with sheet, row and column, nothing is written."""

import io
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from indicators.collection.submissions.models import Answer
from schools.directory.models import School
from tests.bad_input.asking import ask, faults, text_of
from tests.workbooks import REGISTER

pytestmark = pytest.mark.django_db

CELLS: dict[str, Callable] = {
    "words": lambda sheet, *at: sheet.write_string(*at, "约三百"),
    "negative": lambda sheet, *at: sheet.write_number(*at, -3),
    "fraction": lambda sheet, *at: sheet.write_number(*at, 300.5),
    "1e300": lambda sheet, *at: sheet.write_number(*at, 1e300),
    "scientific words": lambda sheet, *at: sheet.write_string(*at, "1e400"),
    "superscript": lambda sheet, *at: sheet.write_string(*at, "10²"),
    "underscore": lambda sheet, *at: sheet.write_string(*at, "1_000"),
    "other digits": lambda sheet, *at: sheet.write_string(*at, "١٩٩٨"),
    "not a number": lambda sheet, *at: sheet.write_string(*at, "NaN"),
    "a day": lambda sheet, *at: sheet.write_datetime(*at, datetime(2026, 9, 1), _FORMATS["day"]),
    "a time": lambda sheet, *at: sheet.write_datetime(*at, time(12, 30), _FORMATS["time"]),
    "true": lambda sheet, *at: sheet.write_boolean(*at, True),
    "division by zero": lambda sheet, *at: sheet.write_formula(*at, "=1/0", None, "#DIV/0!"),
    "lost reference": lambda sheet, *at: sheet.write_formula(*at, "=#REF!", None, "#REF!"),
    "uncalculated formula": lambda sheet, *at: sheet.write_formula(*at, "=1+1", None, ""),
    "formula of words": lambda sheet, *at: sheet.write_formula(*at, '="三百"', None, "三百"),
    "merged": lambda sheet, row, column: sheet.merge_range(row, column, row + 1, column, 7),
}
_FORMATS: dict[str, object] = {}


def _book(name: str, codes: list[str], values: list, at: str, write: Callable) -> bytes:
    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        _FORMATS.update(
            day=made.add_format({"num_format": "yyyy-mm-dd"}), time=made.add_format({"num_format": "hh:mm"})
        )
        sheet = made.add_worksheet(name)
        sheet.write_row(0, 0, [f"表头{code}" for code in codes])
        sheet.write_row(1, 0, codes)
        sheet.write_row(2, 0, values)
        write(sheet, 2, codes.index(at))
    return package.getvalue()


def _upload(world, name: str, address: str, content: bytes):
    return ask(world.cast.admin, "post", address, {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_of_the_register_that_is_no_number_is_named(world, kind: str) -> None:
    facts = {
        "school_code": "4102020009",
        "school_name": "戊小学",
        "district_code": "410202",
        "kind": "小学",
        "area": "乡村",
        "sponsor": 7,
        "boarding": "否",
        "built_year": 1998,
        "status": "在办",
    }
    codes = [code for code in REGISTER if code in facts]
    content = _book("学校名录", codes, [facts[code] for code in codes], "built_year", CELLS[kind])
    schools = School.objects.count()
    answer = _upload(world, "名录.xlsx", reverse("register:upload"), content)
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "学校名录" in text_of(answer)
    assert School.objects.count() == schools


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_of_the_figures_that_is_no_count_is_named(world, kind: str) -> None:
    values = [world.cast.school_b.code, world.cast.school_b.name, 300]
    content = _book("学校数据", ["school_code", "school_name", "pupils_junior"], values, "pupils_junior", CELLS[kind])
    answers = Answer.objects.count()
    answer = _upload(world, "填报.xlsx", reverse("workbooks:upload", args=[world.round.pk]), content)
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "学校数据" in text_of(answer)
    assert Answer.objects.count() == answers


def test_every_day_a_form_takes_is_a_real_one(world) -> None:
    for day in ("2026-02-30", "0000-01-01", "20260101", "明天", date.max.isoformat() + "0"):
        answer = ask(world.cast.admin, "post", reverse("rounds:open"), {"due_on": day, "school_year_start": day})
        assert (day, answer.status_code, faults(answer)) == (day, 400, [])
