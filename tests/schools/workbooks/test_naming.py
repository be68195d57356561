"""Names of schools in workbooks against the register: spellings, former names, shifted rows."""

import datetime as dt

import pytest

from schools.directory.models import SchoolChange
from schools.workbooks import workbook
from schools.workbooks.workbook import NamedRow

A, B, C = "4102020001", "4102020002", "4102020003"
NAMES = {A: "实验小学", B: "第二实验小学", C: "龙亭区城关小学（东校区）"}


def compared(code: str, name: str) -> workbook.NameRemarks:
    return workbook.compare_names([NamedRow(code, name, "第 3 行")], NAMES)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (A, "实验小学"),
        (A, "实验 小学"),
        (A, "开封市龙亭区实验小学"),
        (B, "龙亭区第二实验小学"),
        (C, "城关小学东校区"),
        (C, "城关小学(东校区)"),
        (C, "开封市龙亭区城关小学（东校区）"),
        ("4102029999", "别处小学"),
        (A, ""),
    ],
)
def test_spellings_of_the_same_name_are_nothing_to_remark_on(db, code: str, name: str) -> None:
    found = compared(code, name)
    assert (found.problems, found.notes) == ([], [])


@pytest.mark.parametrize(
    ("code", "name", "other"),
    [
        (A, "第二实验小学", "第二实验小学"),
        (B, "实验小学", "实验小学"),
        (A, "开封市龙亭区第二实验小学", "第二实验小学"),
        (B, "龙亭区城关小学（东校区）", "龙亭区城关小学（东校区）"),
    ],
)
def test_the_name_of_another_school_is_a_fault_with_both_names_and_the_row(db, code, name, other) -> None:
    (problem,) = compared(code, name).problems
    assert str(problem).startswith(f"第 3 行：学校标识码 {code} 是“{NAMES[code]}”，这一行的学校名称却是“{other}”")


@pytest.mark.parametrize("name", ["第三实验小学", "二实小", "东校区小学"])
def test_a_name_that_is_nobodys_is_remarked_on(db, name: str) -> None:
    found = compared(B, name)
    assert found.problems == []
    assert f"学校名称“{name}”与名录中的“第二实验小学”不同" in found.notes[0]


def test_the_former_name_of_a_school_is_accepted_even_where_another_has_taken_it(cast) -> None:
    """甲小学 was called 城关小学 until 乙 took the name; the official workbook still calls it so."""
    SchoolChange.objects.create(
        school=cast.school_a, valid_from=dt.date(2020, 9, 1), facts={"name": "城关小学"}, by=cast.admin
    )
    names = {cast.school_a.code: "甲小学", cast.school_b.code: "城关小学"}
    found = workbook.compare_names([NamedRow(cast.school_a.code, "龙亭区城关小学", "第 3 行")], names)
    assert found.problems == []
    assert "“龙亭区城关小学”是“甲小学”的曾用名" in found.notes[0]


def test_names_are_read_from_the_history_once_for_all_rows(cast, django_assert_num_queries) -> None:
    rows = [NamedRow(cast.school_a.code, f"某某{number}小学", "第 3 行") for number in range(40)]
    with django_assert_num_queries(1):
        workbook.compare_names(rows, {cast.school_a.code: "甲小学"})
    with django_assert_num_queries(0):
        workbook.compare_names([NamedRow(cast.school_a.code, "甲小学", "第 3 行")], {cast.school_a.code: "甲小学"})
