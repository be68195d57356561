"""Workbooks that once failed, made after public bug reports of this trade: read, or named cell by cell."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from python_calamine import CalamineWorkbook

from indicators.collection.state_statistics.models import StatisticsFigure
from indicators.collection.submissions.models import Answer
from indicators.collection.workbooks import actions as workbooks
from portal.core.errors import Invalid
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.collection.rounds.test_actions import opened

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "public"


def content(name: str) -> bytes:
    return (FILES / name).read_bytes()


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, "--by", "admin", stdout=out)
    return out.getvalue()


def register_schools_of(name: str, cast: Cast) -> list[str]:
    """Register the schools that a submissions workbook names; their codes."""
    rows = CalamineWorkbook.from_path(str(FILES / name)).get_sheet_by_index(0).to_python()[2:]
    for code, title, *_ in rows:
        if School.objects.filter(code=code).update(name=title, kind="小学") == 0:
            make_school(code, title, cast.district)
    return [row[0] for row in rows]


def test_a_register_in_full_width_is_read(cast) -> None:
    run("import_schools", str(FILES / "register-fullwidth.xlsx"))
    school = School.objects.get(code="4102020099")
    assert (school.latitude, school.longitude, school.built_year) == (Decimal("34.797"), Decimal("114.348"), 1998)


def test_statistics_in_full_width_are_read(cast) -> None:
    opened(cast)
    School.objects.filter(code="4102020001").update(name="龙亭区青禾小学")
    run("import_statistics", "2026", str(FILES / "stat-fullwidth-decimal.xlsx"))
    figures = dict(StatisticsFigure.objects.values_list("item", "value"))
    assert figures == {
        "sports_ground_area": Decimal("6000.5"),
        "multimedia_rooms": 12,
        "equipment_value": Decimal("450.5"),
    }


def test_a_hidden_row_is_named(cast) -> None:
    codes = register_schools_of("31-hidden-row.xlsx", cast)
    opened(cast)
    assert "工作表“学校数据”第 4 行被筛选隐藏（1 行），照样读取" in run(
        "import_returns", "2026", str(FILES / "31-hidden-row.xlsx")
    )
    assert Answer.objects.filter(submission__school__code__in=codes).count() == 2


# What is no number in the trade's own writing is named with its cell, never guessed at.
NOT_A_NUMBER = (
    "1184人",
    "'1184",
    "一千一百八十四",
    "O",
    "—",
    "/",
    "无",
    "1.184E3",
    "1184。",
    "11 84",
    "⑴",
    "¹²",
    "1184/",
    "1‚184",
    "1'184",
)


def test_dressed_numbers_are_read_or_named_cell_by_cell(cast) -> None:
    register_schools_of("16-dressed-numbers.xlsx", cast)
    with pytest.raises(Invalid) as refusal:
        workbooks.import_workbook(
            round_id=opened(cast).pk, data=content("16-dressed-numbers.xlsx"), name="填报.xlsx", by=cast.admin
        )
    problems = refusal.value.problems
    assert len(problems) == 2 * len(NOT_A_NUMBER)
    assert all(any(f"“{one}”" in problem.what for problem in problems) for one in NOT_A_NUMBER)
    assert all("列（" in problem.where for problem in problems)
