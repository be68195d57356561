"""The township of a school is a dated fact of the register: page, workbook, history, and whose liaison sees it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.core.errors import Invalid
from schools.accounts import queries as accounts
from schools.directory import actions, queries
from schools.directory.facts import SchoolFacts
from schools.directory.models import Department, School
from schools.workbooks import actions as imports, workbook
from tests.cast import Cast, grant
from tests.schools.register import register

DAY = date(2026, 9, 1)


@pytest.fixture
def township(cast: Cast) -> Department:
    return _department(cast, "BJ", "北郊乡")


def _department(cast: Cast, code: str, name: str, **facts: Any) -> Department:
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    return Department.objects.create(
        **({"district": cast.district, "code": code, "name": name, "kind": "乡镇"} | facts), **by
    )


def _edit(cast: Cast, **facts: Any) -> School:
    school = School.objects.get(pk=cast.school_a.pk)
    return actions.edit_school(
        school_id=school.pk,
        version=school.version,
        facts=replace(SchoolFacts.of(school), **facts),
        valid_from=DAY,
        by=cast.admin,
    )


def _import(cast: Cast, *rows: dict[str, Any]) -> Any:
    return imports.import_register(source=register(*rows), name="名录.xlsx", by=cast.admin)


def test_the_township_is_dated_like_other_facts(cast: Cast, township: Department) -> None:
    other = _department(cast, "LC", "柳园口乡")
    assert _edit(cast, township="BJ").township == township
    actions.edit_school(
        school_id=cast.school_a.pk,
        version=2,
        by=cast.admin,
        valid_from=date(2026, 10, 1),
        facts=replace(SchoolFacts.of(School.objects.get(pk=cast.school_a.pk)), township="LC"),
    )
    for day, shown in ((date(2026, 8, 31), None), (DAY, township), (date(2026, 10, 1), other)):
        school = next(row for row in queries.of_district(cast.district, day) if row.code == "4102020001")
        assert school.township == shown, day


@pytest.mark.parametrize("code", ["XX", "CZ"], ids=["unknown", "a bureau"])
def test_a_township_is_one_of_the_districts(cast: Cast, code: str) -> None:
    with pytest.raises(Invalid, match="不在所选区县的部门名录中"):
        _edit(cast, township=code)


@pytest.mark.parametrize("shown", ["北郊乡", "BJ"])
def test_a_workbook_names_the_township_by_name_or_number(cast: Cast, township: Department, shown: str) -> None:
    _import(cast, {"township": shown})
    assert School.objects.get(code="4102020009").township == township
    _import(cast, {"township": None, "area": "镇区"})
    assert School.objects.get(code="4102020009").township == township, "a blank leaves it"
    exported = workbook.write(queries.schools(cast.admin))
    assert not imports.import_register(source=exported, name="导出.xlsx", by=cast.admin).changed


def test_an_unknown_township_is_named_with_its_cell(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        _import(cast, {"township": "南郊乡"})
    assert "O 列（所在乡镇、街道）：“南郊乡”不是这个区县登记的乡镇、街道" in str(caught.value.problems[0])


def test_the_page_offers_townships_alone_and_the_list_finds_by_them(
    cast: Cast, township: Department, sign_in: Any
) -> None:
    client = sign_in(cast.admin)
    page = client.get("/schools/4102020001/edit/")
    assert list(page.context["form"].fields["township"].queryset) == [township]
    typed = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    typed = {name: value for name, value in typed.items() if value is not None}
    done = client.post("/schools/4102020001/edit/", typed | {"township": township.pk, "valid_from": "2026-09-01"})
    assert done.status_code == 302
    assert "所在乡镇、街道：（空） → 北郊乡" in client.get("/schools/4102020001/").content.decode()
    listed = client.get(f"/schools/?township={township.pk}").content.decode()
    assert "甲小学" in listed
    assert "乙初级中学" not in listed


def test_a_townships_liaison_sees_its_schools_and_no_others(cast: Cast, township: Department, sign_in: Any) -> None:
    _edit(cast, township="BJ")
    grant(cast.liaison, "liaison", department=township)
    assert [row.code for row in queries.schools(cast.liaison)] == ["4102020001"]
    client = sign_in(cast.liaison)
    assert client.get("/schools/4102020001/").status_code == 200
    assert client.get("/schools/4102020002/").status_code == 404
    assert client.get("/schools/4102020001/edit/").status_code == 403
    assert cast.liaison in [row.membership.user for row in accounts.who_sees(School.objects.get(pk=cast.school_a.pk))]
