"""Taking a statistics workbook over: all or nothing, once, newest first, never touching an answer."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from indicators.collection.rounds import actions as rounds
from indicators.collection.state_statistics import actions, queries
from indicators.collection.state_statistics.models import StatisticsFigure, StatisticsImport
from indicators.collection.submissions.models import Answer, Round
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import store
from portal.core.lib.models import ImmutableError
from tests.cast import make_school
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A, B
from tests.shared import shared


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


def take(round_: Round, by: Any, data: bytes, **more: Any) -> actions.StatisticsOutcome:
    return actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=by, **more)


def current(round_: Round) -> dict[str, Any]:
    return {f"{row.school.code} {row.item}": row.value for row in queries.figures(round_).values()}


def test_figures_are_stored_with_their_cell_and_the_file(cast, round_) -> None:
    data = books.book(
        a=books.pupils([A, "甲小学", "1,200"]), b=books.grounds(3000000, header="教学仪器设备资产值（元）")
    )
    outcome = take(round_, cast.admin, data)
    assert outcome.summary == "2 张报表，1 所学校 4 个统计数（新增 4，变动 0，不变 0）"
    figure = StatisticsFigure.objects.get(item="equipment_value")
    assert (figure.value, figure.raw, figure.unit, figure.cells) == (300, "3000000", "元", "E3")
    made = StatisticsImport.objects.get()
    assert (made.year, made.created_by) == (2026, cast.admin)
    assert b"".join(store.read(made.document)) == data
    assert not Answer.objects.exists()
    event = AuditEvent.objects.get(action="statistics.import")
    assert (event.after["figures"], event.district_code) == (4, "410202")


def test_one_fault_keeps_everything_out(cast, round_) -> None:
    with pytest.raises(Invalid, match="没有写入任何数据") as caught:
        take(round_, cast.admin, books.book(a=books.pupils([A, "甲小学", 600], [B, "乙初级中学", "多"])))
    assert len(caught.value.problems) == 1
    assert not StatisticsImport.objects.exists()


def test_a_dry_run_takes_itself_back(cast, round_) -> None:
    outcome = take(round_, cast.admin, books.book(a=books.pupils([A, "甲小学", 600])), dry_run=True)
    assert outcome.plan.new == 1
    assert not StatisticsImport.objects.exists()
    assert not AuditEvent.objects.filter(action="statistics.import").exists()


def test_the_same_file_again_is_the_same_import(cast, round_) -> None:
    data = books.book(a=books.pupils([A, "甲小学", 600]))
    take(round_, cast.admin, data)
    assert take(round_, cast.admin, data).earlier == StatisticsImport.objects.get()
    assert StatisticsFigure.objects.count() == 1


def test_a_newer_file_supersedes_and_the_older_stays(cast, round_) -> None:
    take(round_, cast.admin, books.book(a=books.pupils([A, "甲小学", 600], [B, "乙初级中学", 7])))
    outcome = take(round_, cast.admin, books.book(a=books.pupils([A, "甲小学", 610])))
    assert (outcome.plan.new, outcome.plan.changed, outcome.plan.same) == (0, 1, 0)
    assert current(round_) == {f"{A} pupils_primary": 610, f"{B} pupils_primary": 7}
    assert StatisticsFigure.objects.count() == 3
    with pytest.raises(ImmutableError):
        StatisticsFigure.objects.all().delete()


def test_an_earlier_file_taken_over_again_counts_again(cast, round_) -> None:
    """Otherwise the page would say 变动 1 while the wrong file's figure stayed in force."""
    right, wrong = (books.book(a=books.pupils([A, "甲小学", pupils])) for pupils in (600, 590))
    for data in (right, wrong):
        take(round_, cast.admin, data)
    outcome = take(round_, cast.admin, right)
    assert (outcome.plan.changed, outcome.earlier) == (1, None)
    assert current(round_) == {f"{A} pupils_primary": 600}
    assert [row.figures.get().value for row in StatisticsImport.objects.order_by("pk")] == [600, 590, 600]
    assert take(round_, cast.admin, right).earlier is not None


def test_schools_that_are_none_of_the_round_are_named(cast, round_) -> None:
    make_school("4102020008", "晚登记小学", cast.district)
    rows = [["9999999999", "谁", 1], [cast.school_c.code, "丙小学", 2], ["4102020008", "晚登记小学", 3]]
    with pytest.raises(Invalid) as caught:
        take(round_, cast.admin, books.book(表=books.pupils(*rows)))
    text = "\n".join(map(str, caught.value.problems))
    assert "工作表“表”第 3 行：学校标识码 9999999999 不在学校名录中" in text
    assert "属于顺河回族区" in text
    assert "不在本评估年度的填报单位中" in text


def test_a_closed_school_is_left_out_with_a_remark(cast, round_) -> None:
    make_school("4102020009", "停办小学", cast.district, status="停办")
    outcome = take(round_, cast.admin, books.book(a=books.pupils(["4102020009", "停办小学", 5], [A, "甲小学", 600])))
    assert any("停办小学已停办" in note for note in outcome.plan.notes)
    assert outcome.plan.schools == 1


def test_pupils_of_a_stage_the_school_does_not_run_are_remarked_on(cast, round_) -> None:
    outcome = take(round_, cast.admin, books.book(a=books.pupils([B, "乙初级中学", 30])))
    assert any("乙初级中学是初级中学" in note for note in outcome.plan.notes)


def test_rows_with_the_name_of_another_school_are_refused(cast, round_) -> None:
    """A column sorted by itself gives every school the figures of another: nothing may be taken over."""
    shifted = books.pupils([A, "乙初级中学", 30], [B, "甲 小学", 600])
    with pytest.raises(Invalid) as caught:
        take(round_, cast.admin, books.book(表=shifted))
    text = "\n".join(map(str, caught.value.problems))
    assert f"工作表“表”第 3 行：学校标识码 {A} 是“甲小学”，这一行的学校名称却是“乙初级中学”" in text
    assert f"工作表“表”第 4 行：学校标识码 {B} 是“乙初级中学”，这一行的学校名称却是“甲小学”" in text
    assert not StatisticsFigure.objects.exists()


def test_a_name_that_is_nobodys_is_remarked_on_and_a_fuller_name_is_not(cast, round_) -> None:
    book = books.book(a=books.pupils([A, "开封市龙亭区 甲小学", 600], [B, "乙中", 30]))
    notes = take(round_, cast.admin, book).plan.notes
    assert [note for note in notes if "学校名称" in note] == [
        f"工作表“a”第 4 行：学校名称“乙中”与名录中的“乙初级中学”不同，已按学校标识码 {B} 对应，请核对有没有错行。"
    ]


def test_only_who_manages_the_round_may_import(cast, round_) -> None:
    data = books.book(a=books.pupils([A, "甲小学", 600]))
    for person in (cast.reviewer, cast.reporter_a):
        with pytest.raises(NotAllowed):
            take(round_, person, data)
    with pytest.raises(NotFound):
        take(round_, cast.foreign_admin, data)


def test_a_closed_round_takes_nothing(cast, round_) -> None:
    rounds.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    with pytest.raises(Conflict):
        take(round_, cast.admin, books.book(a=books.pupils([A, "甲小学", 600])))


def test_the_command_checks_and_imports(cast, round_, tmp_path: Path) -> None:
    path, out = tmp_path / "统计.xlsx", StringIO()
    path.write_bytes(books.book(a=books.pupils([A, "甲小学", 600])))
    call_command("import_statistics", "2026", str(path), by="admin", dry_run=True, stdout=out)
    assert "检查通过，没有写入" in out.getvalue()
    call_command("import_statistics", "2026", str(path), by="admin", stdout=out)
    call_command("import_statistics", "2026", str(path), by="admin", stdout=out)
    assert "导入完成：1 张报表" in out.getvalue()
    assert "以前已经导入过" in out.getvalue()


def test_the_command_says_in_chinese_what_it_cannot_do(cast, round_, tmp_path: Path) -> None:
    path, err = tmp_path / "统计.xlsx", StringIO()
    path.write_bytes(books.book(a=books.pupils([A, "甲小学", "多"])))
    with pytest.raises(CommandError, match="没有写入任何数据"):
        call_command("import_statistics", "2026", str(path), by="admin", stderr=err)
    assert "第 3 行 C 列" in err.getvalue()
    with pytest.raises(CommandError, match="没有工作账号"):
        call_command("import_statistics", "2026", str(path), by="nobody")
    with pytest.raises(CommandError, match="打不开文件"):
        call_command("import_statistics", "2026", str(tmp_path / "没有.xlsx"), by="admin")
