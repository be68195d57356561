"""Registering and editing schools: rights, stale pages, history."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from schools.directory import actions
from schools.directory.facts import SchoolFacts
from schools.directory.models import School


def _edit(cast, by=None, version=1, **changes) -> School:
    facts = replace(SchoolFacts.of(cast.school_a), **changes)
    return actions.edit_school(
        school_id=cast.school_a.pk, version=version, facts=facts, valid_from=date(2026, 9, 1), by=by or cast.admin
    )


def test_an_edit_records_before_after_and_the_day(cast) -> None:
    school = _edit(cast, name="甲实验小学", group="育才教育集团")
    change = school.changes.get()
    event = AuditEvent.objects.get(action="school.edit")
    assert (school.version, school.group.name, change.valid_from) == (2, "育才教育集团", date(2026, 9, 1))
    assert change.changed == {"name": ["甲小学", "甲实验小学"], "group": ["", "育才教育集团"]}
    assert (event.before["name"], event.after["name"], event.school_code) == ("甲小学", "甲实验小学", "4102020001")


def test_an_edit_without_a_difference_writes_nothing(cast) -> None:
    assert _edit(cast).version == 1
    assert not AuditEvent.objects.filter(action="school.edit").exists()


def test_a_stale_edit_is_refused_with_both_values(cast) -> None:
    _edit(cast, name="甲实验小学")
    with pytest.raises(Conflict) as caught:
        _edit(cast, name="甲中心小学")
    assert str(caught.value.problems[0]) == "学校名称：现为“甲实验小学”，您填写的是“甲中心小学”"
    assert School.objects.get(pk=cast.school_a.pk).name == "甲实验小学"


@pytest.mark.parametrize(
    ("who", "error"),
    [("reviewer", NotAllowed), ("principal_a", NotAllowed), ("foreign_admin", NotFound), ("disabled", NotFound)],
)
def test_only_the_districts_admin_may_edit(cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _edit(cast, by=getattr(cast, who), name="x")
    assert School.objects.get(pk=cast.school_a.pk).name == "甲小学"


def test_a_school_cannot_be_moved_into_a_district_one_does_not_keep(cast) -> None:
    with pytest.raises(NotFound):
        _edit(cast, district="410203")
    assert School.objects.get(pk=cast.school_a.pk).district == cast.district


@pytest.mark.parametrize("changes", [{"status": "停办"}, {"status": "停办", "successor": "4102020002"}])
def test_ending_a_school_is_no_edit(cast, changes) -> None:
    with pytest.raises(Invalid, match="单独的办理页面"):
        _edit(cast, **changes)
    assert School.objects.get(pk=cast.school_a.pk).status == "在办"


def test_registering_needs_the_district(cast) -> None:
    facts = replace(SchoolFacts.of(cast.school_a), name="戊小学")
    with pytest.raises(NotFound):
        actions.create_school(code="4102020009", facts=replace(facts, district="410203"), by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.create_school(code="4102020009", facts=facts, by=cast.reviewer)
    school = actions.create_school(code="4102020009", facts=facts, by=cast.admin)
    assert school.changes.get().changed == {}


def test_a_code_is_registered_once(cast) -> None:
    with pytest.raises(Invalid, match="已经登记"):
        actions.create_school(code="4102020001", facts=SchoolFacts.of(cast.school_a), by=cast.admin)


def test_the_day_of_a_change_is_not_in_the_future(cast, sign_in) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = sign_in(cast.admin).post(
        "/schools/4102020001/edit/",
        {
            "name": "新",
            "district": "410202",
            "kind": "小学",
            "area": "城区",
            "sponsor": "7",
            "boarding": "否",
            "status": "在办",
            "valid_from": tomorrow.isoformat(),
            "version": "1",
        },
    )
    assert answer.status_code == 400
    assert "不能晚于今天" in answer.content.decode()
