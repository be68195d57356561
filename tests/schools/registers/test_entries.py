"""Entries of the registers: who makes them for which unit, their history, their pages, their workbooks and what they add up to."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from schools.access.restricted import Persons
from schools.directory.models import Department
from schools.registers import actions, milestone_actions, queries, rights, workbook
from schools.registers.kinds import KINDS
from schools.registers.models import RegisterEntry
from tests.attacks import corpus
from tests.cast import Cast, grant, make_school, make_user
from tests.inspections import making
from tests.portal.core.spreadsheets.books import workbook as book

pytestmark = pytest.mark.django_db
PROJECT = {"name": "教学楼", "nature": "改扩建", "planned_on": "2026-08-31", "milestone": "立项", "money_city": "120.5"}


def exchange(cast: Cast, **more: str) -> dict[str, str]:
    """甲小学 sends 张小明 to 乙初级中学."""
    return {
        "person": "张小明",
        "direction": "交流出校",
        "partner": cast.school_b.code,
        "form": "支教",
        "backbone": "是",
        "stage": "小学",
        "subject": "数学",
        "from_on": "2025-09-01",
        "until_on": "2026-08-31",
    } | more


def sent(cast: Cast, by: Any = None, **more: str) -> RegisterEntry:
    typed = exchange(cast, **more)
    return actions.create(kind="exchange", unit=cast.school_a, year=2025, typed=typed, by=by or cast.reporter_a)


def drill(unit: Any, by: Any, persons: str = "300") -> RegisterEntry:
    typed = {"held_on": "2025-09-10", "kind": "疏散演练", "theme": "消防", "persons": persons}
    return actions.create(kind="drill", unit=unit, year=2025, typed=typed, by=by)


def township(cast: Cast) -> tuple[Department, Any]:
    """北郊乡, in which 甲小学 lies, and its liaison."""
    system = system_user()
    place = Department.objects.create(
        district=cast.district, code="BJ", name="北郊乡", kind="乡镇", created_by=system, updated_by=system
    )
    type(cast.school_a).objects.filter(pk=cast.school_a.pk).update(township=place)
    person = make_user("beijiao", "北郊联络员")
    grant(person, "liaison", department=place)
    return place, person


def test_a_school_registers_on_the_page_and_what_is_missing_is_said_at_its_field(cast, sign_in):
    client, address = sign_in(cast.reporter_a), reverse("registers:create", args=["exchange"])
    typed = exchange(cast) | {"unit": f"school-{cast.school_a.pk}", "year": 2025}
    refused = client.post(address, typed | {"person": "", "subject": "美术"})
    assertContains(refused, "“教师姓名”未填写", status_code=400)
    assertContains(refused, 'value="美术"', status_code=400)
    entry_page = client.post(address, typed)
    entry = RegisterEntry.objects.get()
    assertRedirects(entry_page, reverse("registers:detail", args=[entry.pk]))
    assert (entry.school, entry.data["partner"], entry.created_by) == (cast.school_a, "4102020002", cast.reporter_a)
    assertContains(client.get(reverse("registers:entries", args=["exchange"])), "张小明")
    assertContains(client.get(reverse("registers:list")), "1 条")
    assert AuditEvent.objects.get(action="register_entry.create").after["person"] == "张*", "the trail names nobody"


def test_a_unit_keeps_its_own_and_the_bureau_all(cast):
    assert rights.units(cast.reporter_a, KINDS["exchange"]) == [cast.school_a]
    assert rights.units(cast.admin, KINDS["exchange"]) == [cast.school_a, cast.school_b]
    assert rights.units(cast.leader, KINDS["exchange"]) == []
    assert rights.units(cast.liaison, KINDS["placement"]) == [cast.department]
    assert rights.units(cast.liaison, KINDS["dropout"]) == []
    with pytest.raises(NotAllowed):
        sent(cast, by=cast.reporter_b)
    with pytest.raises(NotAllowed):
        sent(cast, by=cast.foreign_admin)
    assert sent(cast, by=cast.admin).created_by == cast.admin


def test_what_a_township_keeps_is_its_own_not_its_schools(cast):
    place, person = township(cast)
    assert [rights.units(person, KINDS[code]) for code in ("dropout", "drill", "placement")] == [[place], [], []]
    entry = drill(cast.school_a, cast.reporter_a)
    with pytest.raises(NotFound):
        queries.get(person, entry.pk)
    assert [kind.code for kind in queries.kinds_for(person)] == ["dropout"]


def test_a_project_is_the_bureaus_to_change_and_the_schools_to_see(cast, sign_in):
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT, by=cast.admin)
    client = sign_in(cast.principal_a)
    page = client.get(reverse("registers:detail", args=[entry.pk]))
    assertContains(page, "120.5 万元")
    assertNotContains(page, reverse("registers:change", args=[entry.pk]))
    with pytest.raises(NotAllowed):
        actions.change(entry_id=entry.pk, version=1, year=2026, typed=PROJECT | {"seats": "90"}, by=cast.principal_a)
    assert client.get(reverse("registers:create", args=["project"])).status_code == 403


def test_a_change_is_shown_step_by_step_and_the_same_again_is_none(cast, sign_in):
    entry = sent(cast)
    for _ in range(2):
        typed = exchange(cast, person="李红", partner=cast.school_a.code)
        actions.change(entry_id=entry.pk, version=1, year=2026, typed=typed, reason="登记错了", by=cast.principal_a)
    assert [step.what for step in queries.changes(entry)] == ["修改", "登记"]
    event = AuditEvent.objects.get(action="register_entry.change")
    assert (event.before["person"], event.after["person"], event.after["reason"]) == ("张*", "李*", "登记错了")
    page = sign_in(cast.reporter_a).get(reverse("registers:detail", args=[entry.pk]))
    assertContains(page, "教师姓名：张小明 → 李红")
    assertContains(page, "到本区哪所学校：乙初级中学 → 甲小学")
    seen = sign_in(cast.leader).get(reverse("registers:detail", args=[entry.pk]))
    assertContains(seen, "教师姓名：张* → 李*")
    assertNotContains(seen, "李红")


def test_who_was_second_sees_it_keeps_what_was_typed_and_may_press_again(cast, sign_in):
    entry = sent(cast)
    actions.change(entry_id=entry.pk, version=1, year=2025, typed=exchange(cast, subject="英语"), by=cast.admin)
    client, address = sign_in(cast.reporter_a), reverse("registers:change", args=[entry.pk])
    typed = exchange(cast, subject="科学") | {"year": 2025, "version": 1}
    second = client.post(address, typed)
    assertContains(second, "局管理员刚刚改过这条记录", status_code=409)
    assertContains(second, 'value="科学"', status_code=409)
    assertContains(second, '<input type="hidden" name="version" value="2"', status_code=409)
    client.post(address, typed | {"version": 2})
    assert RegisterEntry.objects.get().data["subject"] == "科学"


def test_a_withdrawn_entry_stays_on_record_and_counts_nowhere(cast, sign_in):
    entry, client = sent(cast), sign_in(cast.reporter_a)
    client.post(reverse("registers:withdraw", args=[entry.pk]), {"reason": "登记重了"})
    assert queries.sums({"exchanged_out": 2025}, school=cast.school_a) == []
    listed = reverse("registers:entries", args=["exchange"])
    assertNotContains(client.get(listed), "张小明")
    assertContains(client.get(f"{listed}?state=withdrawn"), "已撤销")
    with pytest.raises(Conflict):
        actions.change(entry_id=entry.pk, version=1, year=2025, typed=exchange(cast), by=cast.reporter_a)


def test_the_list_is_narrowed_and_never_finds_a_person_by_name(cast, sign_in):
    sent(cast)
    client, listed = sign_in(cast.admin), reverse("registers:entries", args=["exchange"])
    for query, is_found in (
        ("year=2025", 1),
        ("year=2024", 0),
        ("q=数学", 1),
        ("q=张小明", 0),
        ("unit=甲小", 1),
        ("q=乙初级", 1),
    ):
        assert client.get(f"{listed}?{query}&order=unit").context["page"].paginator.count == is_found, query


def test_what_is_added_up_is_shown_and_the_target_to_the_bureau(cast, sign_in):
    for persons in ("300", "20"):
        drill(cast.school_a, cast.reporter_a, persons)
    typed = {"name": "市足球特色学校", "kind": "特色学校", "level": "市级"}
    actions.create(kind="honour", unit=cast.school_a, year=2026, typed=typed, by=cast.reporter_a)
    assertContains(sign_in(cast.reporter_a).get(reverse("registers:entries", args=["drill"])), "<strong>320</strong>")
    target = "目标 2—3 所（龙政办〔2021〕8号 二（五）），已登记 1 所"
    assertContains(sign_in(cast.leader).get(reverse("registers:entries", args=["honour"])), target)
    assertNotContains(sign_in(cast.reporter_a).get(reverse("registers:entries", args=["honour"])), "目标 2—3 所")


def test_a_list_asks_no_more_for_more_schools(cast, sign_in, django_assert_num_queries):
    client, listed = sign_in(cast.admin), reverse("registers:entries", args=["exchange"])
    sent(cast)
    client.get(listed)
    with django_assert_num_queries(14):
        client.get(listed)
    for number in range(3):
        other = make_school(f"410202001{number}", f"第{number}小学", cast.district)
        actions.create(kind="exchange", unit=other, year=2025, typed=exchange(cast), by=cast.admin)
    with django_assert_num_queries(14):
        client.get(listed)


def rows_of(kind: str, *rows: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """A sheet as a school would fill it in."""
    columns = workbook.columns_of(KINDS[kind])
    return {KINDS[kind].name: [list(columns.values()), list(columns), *([row.get(c) for c in columns] for row in rows)]}


def test_a_workbook_of_several_registers_is_previewed_and_taken_once(cast, sign_in):
    client = sign_in(cast.reporter_a)
    one = exchange(cast) | {"unit": "甲小学", "year": 2025, "partner": "乙初级中学"}
    held = {
        "unit": "甲小学",
        "year": "2025-2026",
        "held_on": "2025-09-10",
        "kind": "疏散演练",
        "theme": "消防",
        "persons": 300,
    }
    file = corpus.upload("台账.xlsx", book(rows_of("exchange", one, one) | rows_of("drill", held)))
    preview = client.post(reverse("registers:upload"), {"file": file}, follow=True)
    assertContains(preview, "登记 2 条，另有 1 条已经登记过")
    assert not RegisterEntry.objects.exists(), "nothing before it is confirmed"
    confirm = reverse("registers:confirm", args=[preview.context["document"].public_id])
    for said in ("导入完成：登记 2 条", "没有重复导入"):
        done = client.post(confirm, {"seen": preview.context["plan"]["digest"]}, follow=True)
        assertContains(done, said)
    entry = RegisterEntry.objects.get(kind="exchange")
    assert (entry.data, entry.year) == (sent(cast).data, 2025), "as typed on the page"
    assert RegisterEntry.objects.get(kind="drill").data["persons"] == "300"
    assert AuditEvent.objects.filter(action="register_entry.import").count() == 1


def test_every_fault_of_a_workbook_is_named_and_nothing_is_taken(cast):
    sound = exchange(cast) | {"unit": "甲小学", "year": 2025}
    sheet = rows_of(
        "exchange", sound, sound | {"unit": "乙初级中学"}, sound | {"year": 1999}, sound | {"person": "张*"}
    )
    with pytest.raises(Invalid) as refused:
        actions.import_entries(source=book(sheet), name="台账.xlsx", by=cast.reporter_a)
    words = "\n".join(map(str, refused.value.problems))
    for part in ("第 4 行", "不能为“乙初级中学”登记", "第 5 行", "学年不对", "第 6 行", "遮盖过姓名的表不能导入"):
        assert part in words
    assert not RegisterEntry.objects.exists()


def test_an_export_with_full_names_comes_back_as_known(cast):
    entries = [sent(cast), drill(cast.school_a, cast.reporter_a)]
    for entry in entries:
        rows = RegisterEntry.objects.filter(pk=entry.pk)
        content = actions.export(kind=entry.kind, rows=rows, by=cast.reporter_a, purpose="核对")
        plan = actions.import_entries(source=content, name="导出.xlsx", by=cast.reporter_a, dry_run=True)
        assert (plan.new, plan.already_there) == ([], 1)


def test_registers_add_up_to_what_schools_report(cast):
    sent(cast)
    sent(cast, person="李红", backbone="否", until_on="2027-08-31")
    sent(cast, person="王芳", direction="区外交流到校", partner="", outside="兰考县一小")
    drill(cast.school_a, cast.reporter_a)
    wanted = dict.fromkeys(("exchanged_out", "exchanged_in", "exchanged_backbone", "drills", "exchanged"), 2025)
    own = queries.sums(wanted, school=cast.school_a)
    expected = {"exchanged_out": 2, "exchanged_in": 1, "exchanged_backbone": 1, "drills": 1}
    assert {one.item: int(one.value) for one in own} == expected
    other = queries.sums(wanted, school=cast.school_b)
    # Of the out-going none was registered, those who came were, by the other school.
    assert {one.item: int(one.value) for one in other} == {
        "exchanged_out": 0,
        "exchanged_in": 2,
        "exchanged_backbone": 0,
    }
    assert queries.sums(dict.fromkeys(wanted, 2024), school=cast.school_a) == [], "another year is not this one"
    total = queries.sums(wanted, district=cast.district)
    assert {one.item: one.value for one in total} == {
        "exchanged": Decimal(2),
        "exchanged_backbone": Decimal(1),
    }


def test_children_registered_by_schools_and_by_the_bureau_are_two_sums(cast):
    group = {"group": "随班就读", "stage": "小学", "persons": "3"}
    actions.create(kind="special", unit=cast.school_a, year=2025, typed=group, by=cast.reporter_a)
    setting = {"setting": "随班就读", "persons": "5"}
    actions.create(kind="placement", unit=cast.district, year=2025, typed=setting, by=cast.admin)
    found = queries.sums({"disabled_inclusive": 2025}, district=cast.district)
    assert [(one.kind.code, one.value) for one in found] == [("special", Decimal(3)), ("placement", Decimal(5))]


def test_every_feed_names_an_item_of_the_standard() -> None:
    spec = standards.load_spec(standards.current())
    for kind in KINDS.values():
        for feed in kind.feeds:
            items = spec.district_items if feed.of == "district" else spec.items
            assert feed.item in items, (kind.code, feed.item)


def exported(entry: RegisterEntry, times: int = 1, /, **more: Any) -> bytes:
    """The workbook of one entry with full names, its row changed by hand."""
    cells = [str(one or "") for one in workbook._cells(entry, {}, Persons("核对"))]
    row = dict(zip(workbook.columns_of(entry.register), cells, strict=True)) | more
    return book(rows_of(entry.kind, *[row] * times))


def test_an_exported_row_changes_its_entry_or_ends_it(cast, sign_in):
    entry, ended = drill(cast.school_a, cast.reporter_a), drill(cast.school_a, cast.reporter_a, "5")
    client = sign_in(cast.reporter_a)
    for one, more, said in (
        (entry, {"persons": 280}, "修改 1 条"),
        (ended, {"ending": "重复登记"}, "撤销 1 条"),
    ):
        file = corpus.upload("台账.xlsx", exported(one, **more))
        preview = client.post(reverse("registers:upload"), {"file": file}, follow=True)
        assertContains(preview, said)
        assertContains(preview, "300 → 280" if one is entry else "原因：重复登记")
        assertContains(preview, "主题 消防", msg_prefix="which entry it is")
        one.refresh_from_db()
        assert (one.version, one.withdrawn_at) == (1, None), "nothing before it is confirmed"
        confirm = reverse("registers:confirm", args=[preview.context["document"].public_id])
        for done in (f"导入完成：{said}", "没有重复导入"):
            assertContains(client.post(confirm, {"seen": preview.context["plan"]["digest"]}, follow=True), done)
    entry.refresh_from_db()
    ended.refresh_from_db()
    assert (entry.data["persons"], entry.version, entry.words.split()[-1]) == ("280", 2, "280")
    assert (ended.withdrawn_reason, ended.withdrawn_by) == ("重复登记", cast.reporter_a)
    assert [step.what for step in queries.changes(entry)] == ["修改", "登记"]
    change = AuditEvent.objects.get(action="register_entry.change")
    assert (change.before["persons"], change.after["persons"]) == ("300", "280")
    assert AuditEvent.objects.filter(action="register_entry.withdraw").count() == 1
    # What it was before comes from a workbook exported before somebody changed it.
    old = exported(entry, entry=f"{entry.pk}-1", persons=300)
    with pytest.raises(Invalid) as refused:
        actions.import_entries(source=old, name="旧.xlsx", by=cast.reporter_a)
    assert "导出以后这条记录又有人改过" in str(refused.value.problems[0])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"entry": "abc"}, "不是记录编号"),
        ({"entry": "999999-1"}, "里没有编号 999999-1 这条记录"),
        ({"entry": "", "ending": "多了"}, "不知道撤销哪一条"),
        ({"unit": "乙初级中学"}, "不能为“乙初级中学”登记"),
    ],
)
def test_a_number_that_leads_nowhere_is_named_and_nothing_is_taken(cast, more: dict[str, str], words: str):
    entry = drill(cast.school_a, cast.reporter_a)
    source = exported(entry, **{"persons": 1, **more})
    with pytest.raises(Invalid) as refused:
        actions.import_entries(source=source, name="台账.xlsx", by=cast.reporter_a)
    assert words in "\n".join(map(str, refused.value.problems))
    entry.refresh_from_db()
    assert (entry.version, RegisterEntry.objects.count()) == (1, 1)


def test_a_school_never_changes_an_entry_of_another_by_its_number(cast):
    other = drill(cast.school_b, cast.reporter_b)
    source = exported(other, unit="甲小学", persons=1)
    with pytest.raises(Invalid) as refused:
        actions.import_entries(source=source, name="台账.xlsx", by=cast.reporter_a)
    assert "甲小学的校园安全演练里没有编号" in str(refused.value.problems[0])
    with pytest.raises(Invalid, match="1 处错误"):
        actions.import_entries(source=exported(other, 2), name="台账.xlsx", by=cast.reporter_b)


@pytest.mark.parametrize(
    ("more", "year", "brings"),
    [
        ({"seats": "360", "planned_on": "2027-08-31"}, 2027, "新增学位 360 个"),
        (
            {"seats": "360", "area": "1200.5", "planned_on": "2027-09-01"},
            2028,
            "新增学位 360 个，新增校舍面积 1200.5 ㎡",
        ),
        ({"seats": "0"}, None, ""),
        ({}, None, ""),
        ({"seats": "360", "milestone": "投入使用"}, None, ""),
    ],
)
def test_a_project_brings_its_capacity_in_the_september_after_it_is_done(cast, more, year, brings):
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT | more, by=cast.admin)
    found = [(one.year, one.brings) for one in queries.coming(cast.admin, cast.district)]
    assert found == ([(year, brings)] if year else [])
    assert [one.entry for one in queries.coming(cast.reporter_a, cast.district, cast.school_a)] == [entry] * len(found)
    assert queries.coming(cast.reporter_b, cast.district) == queries.coming(cast.foreign_admin, cast.district) == []
    actions.withdraw(entry_id=entry.pk, reason="停建", by=cast.admin)
    assert queries.coming(cast.admin, cast.district) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_the_workbook_of_every_register_has_its_own_columns_and_those_of_the_entry(kind):
    assert not set(kind.fields) & set(workbook._ABOUT_ENTRY)
    assert workbook.write([kind])[:2] == b"PK"


def test_milestones_are_dated_rows_and_the_entry_follows_the_newest(cast, sign_in):
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT, by=cast.admin)
    client, url = sign_in(cast.admin), reverse("registers:add_milestone", args=[entry.pk])

    def reached(state: str, day: str, **more: Any) -> RegisterEntry:
        client.post(url, {"state": state, "day": day, **more})
        entry.refresh_from_db()
        return entry

    assert reached("竣工验收", "2026-06-30", file=making.photo("竣工.jpg")).data["done_on"] == "2026-06-30"
    # An earlier step written later does not turn the project back, the same again is one row.
    for _ in range(2):
        assert reached("开工", "2026-03-01").data["milestone"] == "竣工验收"
    assert reached("投入使用", "2026-09-01").data["done_on"] == "2026-06-30"
    rows = list(entry.milestones.all())
    assert [(f"{row.day}", row.state) for row in rows] == [
        ("2026-03-01", "开工"),
        ("2026-06-30", "竣工验收"),
        ("2026-09-01", "投入使用"),
    ]
    page = client.get(reverse("registers:detail", args=[entry.pk]))
    assertContains(page, reverse("registers:file", args=[rows[1].file_id]))
    assertContains(page, "进度节点：竣工验收（2026-06-30）")
    ids = re.findall(r' id="([^"]+)"', page.content.decode())
    assert len(ids) == len(set(ids)), "two forms share a page"
    for row in rows[1:]:
        client.post(reverse("registers:withdraw_milestone", args=[row.pk]), {"reason": "登记错了"})
    entry.refresh_from_db()
    assert (entry.data["milestone"], "done_on" in entry.data) == ("开工", False)
    events = AuditEvent.objects.filter(action__endswith="milestone").order_by("seq").values_list("action", flat=True)
    assert [event.partition(".")[2] for event in events] == ["add_milestone"] * 3 + ["withdraw_milestone"] * 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"state": "完工大吉", "day": "2026-03-01"}, "节点"),
        ({"state": "开工", "day": "2099-01-01"}, "还没有到"),
        ({"state": "开工", "day": ""}, "日期"),
        ({"state": "开工", "day": "2026-03-01", "note": "联系 13900001234"}, "手机号"),
    ],
)
def test_a_milestone_that_cannot_be_is_refused_in_words(cast, sign_in, typed: dict[str, str], words: str):
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT, by=cast.admin)
    answer = sign_in(cast.admin).post(reverse("registers:add_milestone", args=[entry.pk]), typed)
    assertContains(answer, words, status_code=400)
    assert not entry.milestones.exists()


def test_a_school_sees_milestones_of_its_project_and_other_registers_have_none(cast, sign_in):
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT, by=cast.admin)
    client = sign_in(cast.reporter_a)
    assertContains(client.get(reverse("registers:detail", args=[entry.pk])), "还没有登记节点")
    typed = {"state": "开工", "day": "2026-03-01"}
    assert client.post(reverse("registers:add_milestone", args=[entry.pk]), typed).status_code == 403
    other = drill(cast.school_a, cast.reporter_a)
    assertNotContains(client.get(reverse("registers:detail", args=[other.pk])), "进度节点")
    with pytest.raises(NotFound, match="没有进度节点"):
        milestone_actions.add_milestone(entry_id=other.pk, state="开工", day=date(2026, 3, 1), by=cast.reporter_a)
