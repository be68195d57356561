"""A programme with its tasks as a workbook: another district's, changed tasks, every fault with its cell."""

import datetime as dt
from decimal import Decimal

import pytest

from inspections.duties import actions, intake_actions, queries, workbook
from inspections.duties.content_queries import YearTarget
from inspections.duties.models import Duty
from inspections.programmes.models import Programme
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.spreadsheets import write
from portal.core.spreadsheets.imports import Repeated
from tests.inspections.duties.giving import content, given
from tests.inspections.making import this_year

pytestmark = pytest.mark.django_db
ROWS = {
    workbook.HEAD: [["410203", "顺河区实施方案", "顺政办〔2024〕3号", "2029"]],
    workbook.STEPS: [["动员", dt.date(2024, 1, 1), "2024-12-31"], ["推进", "2025.1.1", "2029-12-31"]],
    workbook.AIMS: [["工作目标", "改善条件", "逐校改造", "A4、A5"], ["保障措施", "加强督导", "每年一次", ""]],
    workbook.TASKS: [
        ["1-1", "工作目标", 1, "校舍改造", "", "丙小学", "", "", "评估指标", "a4", "", "2026-01-01", "2028-12-31"],
        ["2-1", "保障措施", 1, "专项督导", "", "教育局", "", "", "数量", "", "次", "2026-01-01", "2029-12-31"],
    ],
    workbook.TARGETS: [["2-1", 2027, 2, ""], ["1-1", 2028, "", "通过验收"]],
}


def book(**changes) -> bytes:
    """A workbook of sheets with headers, codes and rows; a sheet given as None is left out, as are last cells."""
    made = [
        write.Sheet(
            name,
            [write.SheetColumn() for _ in columns],
            [list(columns.values()), list(columns)],
            [[*row, *[""] * (len(columns) - len(row))] for row in rows],
        )
        for name, columns in workbook.COLUMNS.items()
        if (rows := changes.get(name, ROWS[name])) is not None
    ]
    return write.render(write.Workbook("方案", "测试", dt.date(2026, 1, 1), made))


def test_another_district_takes_in_its_programme_and_again_changes_nothing(cast) -> None:
    asked = {"source": book(), "name": "方案.xlsx", "by": cast.foreign_admin}
    plan = intake_actions.import_programme(**asked, dry_run=True)
    assert plan.summary == "新方案，新任务 2 项，修改 0 项，无变化 0 项"
    assert not Programme.objects.exists()
    intake_actions.import_programme(**asked, seen=plan.digest)
    programme = Programme.objects.get()
    assert (programme.district, [one.ends_on.year for one in programme.phases.all()]) == (
        cast.other_district,
        [2024, 2029],
    )
    assert programme.goals[0]["indicators"] == ["A4", "A5"]
    school, bureau = Duty.objects.order_by("code")
    assert (school.school, school.indicator, bureau.school, bureau.department) == (cast.school_c, "A4", None, None)
    assert bureau.years.get(year=2027).target == 2
    assert school.years.get(year=2028).mark == "通过验收"
    with pytest.raises(Repeated):
        intake_actions.import_programme(**asked, seen=plan.digest)
    # What was exported is taken back without a change.
    exported = intake_actions.export_programme(programme_id=programme.pk, by=cast.foreign_admin)
    assert intake_actions.import_programme(**asked | {"source": exported}, dry_run=True).is_empty


def test_tasks_that_change_need_a_reason_and_keep_what_was(cast) -> None:
    duty = given(cast, department=cast.department)
    raised = content(
        department=cast.department, years={y: YearTarget(Decimal(20)) for y in (this_year(), this_year() + 1)}
    )
    duty = actions.edit(duty_id=duty.pk, version=1, content=raised, reason="加码", by=cast.admin)
    exported = intake_actions.export_programme(programme_id=duty.programme_id, by=cast.admin)
    actions.edit(duty_id=duty.pk, version=2, content=content(department=cast.department), reason="减回", by=cast.admin)
    asked = {"source": exported, "name": "方案.xlsx", "by": cast.admin}
    plan = intake_actions.import_programme(**asked, dry_run=True)
    assert (f"{this_year()} 年目标", "10", "20") in plan.tasks[0].words
    with pytest.raises(Invalid, match="原因"):
        intake_actions.import_programme(**asked, seen=plan.digest)
    with pytest.raises(Conflict, match="又有变动"):
        intake_actions.import_programme(**asked, seen="another", reason="按会议纪要")
    intake_actions.import_programme(**asked, seen=plan.digest, reason="按会议纪要")
    assert "原因：按会议纪要" in queries.conversation(duty)[0].text


def test_a_task_names_its_phase_and_the_day_of_a_year(cast) -> None:
    task = [*ROWS[workbook.TASKS][0], "动员"]
    across = [*task[:11], "2024-06-01", *task[12:]]
    sheets = {workbook.TASKS: [across], workbook.TARGETS: [["1-1", 2028, "", "通过验收", "2028-06-30"]]}
    intake_actions.import_programme(source=book(**sheets), name="方案.xlsx", by=cast.foreign_admin)
    duty = Duty.objects.get()
    assert duty.phase.name == "动员"
    assert [f"{row.due_on}" for row in duty.years.order_by("year")][-2:] == ["2027-12-31", "2028-06-30"]
    exported = intake_actions.export_programme(programme_id=duty.programme_id, by=cast.foreign_admin)
    asked = {"source": exported, "name": "方案.xlsx", "by": cast.foreign_admin, "dry_run": True}
    assert intake_actions.import_programme(**asked).is_empty
    # Without a word it is the phase the task is due in, and the last day.
    plain = book(**{workbook.TASKS: [across[:-1]], workbook.TARGETS: [["1-1", 2028, "", "通过验收"]]})
    words = intake_actions.import_programme(**asked | {"source": plain}).tasks[0].words
    assert words == [("阶段", "动员", "推进"), ("2028 年目标", "通过验收，2028年6月30日前", "通过验收")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({workbook.TASKS: [[*ROWS[workbook.TASKS][0], "动员"]], workbook.TARGETS: None}, "不在“动员”"),
        ({workbook.TASKS: [[*ROWS[workbook.TASKS][0], "收官"]], workbook.TARGETS: None}, "没有“收官”这个阶段"),
        ({workbook.TARGETS: [["2-1", 2027, 2, "", "2028-01-31"]]}, "请填 2027 年内"),
        ({workbook.HEAD: [["410202", "龙亭", "龙〔1〕1号", "2030"]]}, "410202 不在您管理的范围内"),
        ({workbook.STEPS: None}, "方案须有阶段和目标"),
        ({workbook.STEPS: [["动员", "去年", "2024-12-31"]]}, "看不懂日期“去年”"),
        (
            {workbook.TASKS: [[*ROWS[workbook.TASKS][0][:5], "丁小学", *ROWS[workbook.TASKS][0][6:]]]},
            "目标任务表里没有这个编号",
        ),
        (
            {
                workbook.TASKS: [[*ROWS[workbook.TASKS][0][:5], "丁小学", *ROWS[workbook.TASKS][0][6:]]],
                workbook.TARGETS: None,
            },
            "没有“丁小学”这个责任单位",
        ),
        ({workbook.TARGETS: [["2-1", 2027, -2, ""]]}, "不在可填的范围内"),
        ({workbook.TARGETS: [["2-1", 2030, 2, ""]]}, "任务的起止日期不含这一年"),
    ],
)
def test_every_fault_is_named_with_its_cell_and_nothing_is_stored(cast, changes: dict, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        intake_actions.import_programme(source=book(**changes), name="方案.xlsx", by=cast.foreign_admin)
    assert words in " ".join(map(str, refused.value.problems))
    assert not Programme.objects.exists()


def test_only_who_gives_out_tasks_imports(cast) -> None:
    with pytest.raises(NotAllowed):
        intake_actions.import_programme(source=book(), name="方案.xlsx", by=cast.reviewer)


def aims(*titles: str) -> list[list[str]]:
    return [["工作目标", title, "逐校改造", ""] for title in titles] + [["保障措施", "加强督导", "每年一次", ""]]


def test_a_goal_with_tasks_does_not_vanish_and_its_tasks_follow_it(cast) -> None:
    asked = {"name": "方案.xlsx", "by": cast.foreign_admin}
    first = book(**{workbook.AIMS: aims("改善条件", "配齐教师")})
    intake_actions.import_programme(source=first, **asked)
    only = {workbook.TASKS: None, workbook.TARGETS: None}
    with pytest.raises(Invalid) as refused:
        intake_actions.import_programme(source=book(**only | {workbook.AIMS: aims("配齐教师")}), **asked)
    said = str(refused.value.problems[0])
    assert "工作目标第 1 条“改善条件”" in said
    assert "还有 1 项任务（1-1）" in said
    turned = {"source": book(**only | {workbook.AIMS: aims("配齐教师", "改善条件")}), **asked}
    plan = intake_actions.import_programme(**turned, dry_run=True)
    assert ("工作目标“改善条件”", "第 1 条", "第 2 条") in plan.words
    assert Duty.objects.get(code="1-1").number == 1
    with pytest.raises(Invalid, match="原因"):
        intake_actions.import_programme(**turned, seen=plan.digest)
    intake_actions.import_programme(**turned, seen=plan.digest, reason="按会议纪要")
    duty = Duty.objects.get(code="1-1")
    assert duty.number == 2
    assert "按会议纪要" in queries.conversation(duty)[0].text
    # Nothing of the safeguard moved.
    assert Duty.objects.get(code="2-1").version == 1
