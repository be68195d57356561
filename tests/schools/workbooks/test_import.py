"""Importing the register: all or nothing, by code, within one's districts, as often as one likes."""

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from schools.directory.models import Group, School, SchoolChange
from schools.workbooks import actions, workbook
from schools.workbooks.workbook import COLUMNS, SHEET
from tests.cast import grant
from tests.schools.register import SOUND, register


def _import(by, *rows, **kwargs):
    return actions.import_register(source=register(*rows), name="名录.xlsx", by=by, **{"reason": "批文"} | kwargs)


def _refused(by, *rows) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _import(by, *rows)
    return [str(problem) for problem in caught.value.problems]


def test_new_schools_are_registered_with_group_history_and_audit(cast) -> None:
    plan = _import(cast.admin, {})
    school = School.objects.get(code="4102020009")
    assert plan.summary == "新增 1 所，变更 0 所，无变化 0 所"
    assert (school.name, school.group.name, school.version, school.created_by) == (
        "戊小学",
        "育才教育集团",
        1,
        cast.admin,
    )
    assert school.changes.get().facts["kind"] == "小学"
    event = AuditEvent.objects.get(action="school.import")
    assert (event.district_code, event.after["new"]) == ("410202", ["4102020009"])


def test_importing_again_changes_nothing(cast) -> None:
    _import(cast.admin, {})
    before = School.objects.get(code="4102020009")
    plan = _import(cast.admin, {})
    after = School.objects.get(code="4102020009")
    assert plan.summary == "新增 0 所，变更 0 所，无变化 1 所"
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert SchoolChange.objects.count() == 1


def test_a_changed_row_updates_by_code_and_records_what_changed(cast) -> None:
    _import(cast.admin, {})
    plan = _import(cast.admin, {"school_name": "戊实验小学", "group": None, "latitude": None, "longitude": None})
    school = School.objects.get(code="4102020009")
    assert (school.name, school.group, school.latitude, school.version) == ("戊实验小学", None, None, 2)
    assert plan.changed[0].words[0] == {"label": "学校名称", "before": "戊小学", "after": "戊实验小学"}
    assert school.changes.first().changed["name"] == ["戊小学", "戊实验小学"]
    event = AuditEvent.objects.filter(action="school.import").first()
    assert event.before["4102020009"]["group"] == "育才教育集团"
    assert event.after["changed"]["4102020009"]["group"] == ""


def test_schools_the_file_does_not_name_stay(cast) -> None:
    _import(cast.admin, {})
    assert School.objects.filter(code__in=["4102020001", "4102020002"], status="在办").count() == 2


def test_a_blank_status_or_boarding_leaves_what_is_registered(cast) -> None:
    _import(cast.admin, {"boarding": "是", "status": "停办"})
    _import(cast.admin, {"boarding": None, "status": None})
    school = School.objects.get(code="4102020009")
    assert (school.boarding, school.status) == (True, "停办")


def test_an_assumed_boarding_is_counted_not_hidden(cast) -> None:
    assert _import(cast.admin, {"boarding": None}, dry_run=True).assumed_boarding == 1


def test_one_error_and_nothing_is_written(cast) -> None:
    before = (School.objects.count(), Group.objects.count(), AuditEvent.objects.count())
    _refused(cast.admin, {}, {"school_code": "4102020010", "kind": "幼儿园"})
    assert (School.objects.count(), Group.objects.count(), AuditEvent.objects.count()) == before


def test_a_dry_run_writes_nothing(cast) -> None:
    before = (School.objects.count(), Group.objects.count(), AuditEvent.objects.count())
    plan = _import(cast.admin, {}, {"school_code": "4102020001"}, dry_run=True)
    assert (len(plan.new), len(plan.changed)) == (1, 1)
    assert (School.objects.count(), Group.objects.count(), AuditEvent.objects.count()) == before


def test_a_school_of_another_district_is_refused_with_its_row(cast) -> None:
    lines = _refused(cast.admin, {}, {"school_code": "4102030009", "district_code": "410203"})
    assert len(lines) == 1
    assert lines[0].startswith("工作表“学校名录”第 4 行 C 列（区划代码）：区划代码 410203 不在您管理的范围内")
    assert "410202 龙亭区" in lines[0]


def test_a_foreign_districts_row_is_named_together_with_its_other_faults(cast) -> None:
    lines = _refused(cast.admin, {"district_code": "410203", "kind": "幼儿园"})
    assert len(lines) == 2


def test_a_code_registered_in_another_district_cannot_be_taken_over(cast) -> None:
    lines = _refused(cast.admin, {"school_code": "4102030001"})
    assert "已登记在其他区县" in lines[0]
    assert School.objects.get(code="4102030001").district == cast.other_district


def test_a_city_admin_may_import_schools_of_its_districts(cast) -> None:
    grant(cast.leader, "admin", district=cast.district.parent)
    plan = _import(cast.leader, {}, {"school_code": "4102030009", "district_code": "410203"})
    assert len(plan.new) == 2
    assert AuditEvent.objects.filter(action="school.import").count() == 2
    assert Group.objects.filter(name="育才教育集团").count() == 2


@pytest.mark.parametrize("who", ["reviewer", "principal_a", "liaison", "disabled", "expired_expert"])
def test_only_those_who_keep_the_register_may_import(cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        _import(getattr(cast, who), {})
    assert not School.objects.filter(code="4102020009").exists()


def test_a_preview_that_no_longer_holds_is_not_carried_out(cast) -> None:
    seen = _import(cast.admin, {}, dry_run=True).digest
    _import(cast.admin, {"school_name": "己小学"})
    with pytest.raises(Conflict):
        _import(cast.admin, {}, seen=seen)
    assert School.objects.get(code="4102020009").name == "己小学"


def test_a_preview_that_still_holds_is_carried_out(cast) -> None:
    seen = _import(cast.admin, {}, dry_run=True).digest
    assert len(_import(cast.admin, {}, seen=seen).new) == 1


def test_the_number_of_queries_does_not_grow_with_the_schools(cast, django_assert_max_num_queries) -> None:
    def rows(count: int, **facts) -> list[dict]:
        return [{"school_code": f"41020210{n:02d}", **facts} for n in range(count)]

    with django_assert_max_num_queries(30):
        _import(cast.admin, *rows(90))
    with django_assert_max_num_queries(30):
        _import(cast.admin, *rows(90, area="城区"))


def test_the_command_imports_and_sums_up(cast, tmp_path, capsys) -> None:
    path = tmp_path / "名录.xlsx"
    path.write_bytes(register({}))
    call_command("import_schools", str(path), "--by", "admin")
    assert "导入完成：新增 1 所，变更 0 所，无变化 0 所。" in capsys.readouterr().out
    assert School.objects.filter(code="4102020009").exists()


def test_the_commands_dry_run_shows_the_plan_and_writes_nothing(cast, tmp_path, capsys) -> None:
    path = tmp_path / "名录.xlsx"
    path.write_bytes(register({}, {"school_code": "4102020001"}))
    call_command("import_schools", str(path), "--by", "admin", "--dry-run")
    out = capsys.readouterr().out
    assert "新增 4102020009 戊小学" in out
    assert "变更 4102020001 戊小学：学校名称 甲小学 → 戊小学" in out
    assert "没有写入" in out
    assert not School.objects.filter(code="4102020009").exists()


def test_what_nobody_sees_in_the_workbook_is_named_in_preview_and_command(cast, sign_in, tmp_path, capsys) -> None:
    path = tmp_path / "名录.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet(SHEET)
        for number, row in enumerate([list(COLUMNS.values()), list(COLUMNS), [SOUND.get(code) for code in COLUMNS]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, options={"hidden": True})
    words = "工作表“学校名录”第 3 行是隐藏的（1 行）"
    page = sign_in(cast.admin).post(
        "/schools/import/", {"file": SimpleUploadedFile("名录.xlsx", path.read_bytes())}, follow=True
    )
    assert words in page.content.decode()
    call_command("import_schools", str(path), "--by", "admin", "--dry-run")
    assert words in capsys.readouterr().out


def test_the_command_lists_every_error_and_writes_nothing(cast, tmp_path) -> None:
    path = tmp_path / "名录.xlsx"
    path.write_bytes(register({}, {"school_code": "1", "kind": "x"}))
    with pytest.raises(CommandError) as caught:
        call_command("import_schools", str(path), "--by", "admin")
    assert "有 2 处错误" in str(caught.value)
    assert "第 4 行 A 列" in str(caught.value)
    assert "第 4 行 D 列" in str(caught.value)
    assert caught.value.returncode == 1
    assert not School.objects.filter(code="4102020009").exists()


@pytest.mark.parametrize(("file", "by", "words"), [("没有.xlsx", "admin", "打不开文件"), ("", "nobody", "没有账号")])
def test_the_command_says_what_is_missing(cast, tmp_path, file: str, by: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_schools", str(tmp_path / file), "--by", by)


def _closed(cast, **changes) -> School:
    """甲小学 as it stands in the register after an import closed it."""
    _import(cast.admin, {"school_code": "4102020001", "status": "停办", **changes})
    return School.objects.get(code="4102020001")


def test_the_successor_is_imported_and_exported(cast) -> None:
    school = _closed(cast, successor="4102020002")
    assert (school.status, school.successor) == ("停办", cast.school_b)
    assert school.changes.first().changed["successor"] == ["", "4102020002"]
    exported = workbook.write(School.objects.filter(district=cast.district))
    plan = actions.import_register(source=exported, name="导出.xlsx", by=cast.admin)
    assert (len(plan.new), len(plan.changed)) == (0, 0)


def test_a_successor_may_be_new_in_the_same_file(cast) -> None:
    _import(cast.admin, {"school_code": "4102020001", "status": "停办", "successor": "4102020009"}, {})
    assert School.objects.get(code="4102020001").successor.name == "戊小学"


def test_a_blank_successor_leaves_what_is_registered(cast) -> None:
    _closed(cast, successor="4102020002")
    assert _closed(cast, area="镇区", successor=None).successor == cast.school_b


def test_an_older_export_that_would_reopen_a_school_is_stopped_and_says_so(cast) -> None:
    older = workbook.write(School.objects.filter(district=cast.district))
    before = _closed(cast, successor="4102020002")
    with pytest.raises(Invalid) as caught:
        actions.import_register(source=older, name="旧表.xlsx", by=cast.admin)
    [problem] = map(str, caught.value.problems)
    assert "I 列（办学状态）" in problem
    assert "停办，这一行却是“在办”，可能是停办以前导出的旧表" in problem
    assert School.objects.get(code="4102020001").version == before.version


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"successor": "4102020002"}, "在办的学校不能填并入学校"),
        ({"status": "停办", "successor": "4102020001"}, "并入学校就是这所学校自己"),
        ({"status": "停办", "successor": "9999999999"}, "不在名录中，或不在您管理的范围内"),
        ({"status": "停办", "successor": "4102030001"}, "不在名录中，或不在您管理的范围内"),
        ({"status": "停办", "successor": "41020"}, "并入学校应为 10 位数字"),
    ],
)
def test_a_wrong_successor_is_named_with_its_cell(cast, row, words: str) -> None:
    [line] = _refused(cast.admin, {"school_code": "4102020001", **row})
    assert "N 列（并入学校）" in line
    assert words in line


def test_a_school_that_has_ended_or_ends_in_the_same_file_takes_none_over(cast) -> None:
    row, ending = {"school_code": "4102020001", "status": "停办", "successor": "4102020002"}, {"status": "停办"}
    [line] = _refused(cast.admin, row, {"school_code": "4102020002"} | ending)
    assert "N 列（并入学校）" in line
    assert "已停办或在这份表中停办，不能并入" in line
    School.objects.filter(pk=cast.school_b.pk).update(**ending)
    [line] = _refused(cast.admin, row)
    assert "乙初级中学（4102020002）已停办" in line


def test_a_registered_successor_is_not_replaced_by_an_import(cast) -> None:
    _closed(cast, successor="4102020002")
    [line] = _refused(cast.admin, {}, {"school_code": "4102020001", "status": "停办", "successor": "4102020009"})
    assert "戊小学已并入乙初级中学（4102020002），这一行填的是 4102020009" in line
