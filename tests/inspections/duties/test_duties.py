"""Tasks of the programme: who gives out, reports and checks, what a year comes to, and that nothing typed is lost."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from inspections.duties import actions, queries, workflow
from inspections.duties.content_queries import YearTarget
from inspections.duties.models import Duty, DutyReport
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.cast import grant, make_user
from tests.inspections.duties.giving import content, do, given, programme, quarter
from tests.inspections.making import photo, this_year, today

pytestmark = pytest.mark.django_db
S = DutyReport.State


def owned(cast, owner: str, **changes) -> tuple[Duty, object]:
    """A task of a department, a school or the bureau, and who reports there."""
    places = {"department": {"department": cast.department}, "school": {"school": cast.school_a}, "bureau": {}}
    people = {"department": cast.liaison, "school": cast.reporter_a, "bureau": cast.admin}
    return given(cast, **places[owner], **changes), people[owner]


@pytest.mark.parametrize("owner", ["department", "school", "bureau"])
def test_each_unit_reports_its_own_and_somebody_else_of_the_bureau_checks(cast, owner: str) -> None:
    duty, person = owned(cast, owner)
    assert Notice.objects.filter(user=person, url=reverse("duties:detail", args=[duty.pk])).exists() is (
        person != cast.admin
    )
    row = quarter(duty, due_on=today())
    assert [task.subject for task in tasks.to_report(person)] == [f"{row.year.duty}（{row}）"]
    outsider = cast.reporter_b if owner != "school" else cast.liaison
    with pytest.raises(NotFound):
        do("report", row, outsider)
    if owner != "bureau":
        with pytest.raises(NotAllowed, match="报送，您只能查看"):
            do("report", row, cast.admin)
    row = do("report", row, person, uploads=[photo("名单.jpg")])
    assert (row.state, row.value) == (S.REPORTED, 4)
    assert list(tasks.to_report(person)) == []
    # The bureau's administrator may check, but never what he reported himself.
    assert [task.action for task in tasks.to_check(cast.admin)] == ([] if owner == "bureau" else ["核对 1 份任务进展"])
    assert [task.action for task in tasks.to_check(cast.reviewer)] == ["核对 1 份任务进展"]
    if owner == "bureau":
        with pytest.raises(NotAllowed, match="另一人"):
            do("check", row, cast.admin)
    row = do("check", row, cast.reviewer, result="mostly", text="还差 6 人")
    assert (row.state, row.year.result, row.year.done_on) == (S.CHECKED, "mostly", today())
    assert list(tasks.to_check(cast.reviewer)) == []
    events = AuditEvent.objects.filter(action__startswith="duty.").order_by("seq")
    assert [event.action for event in events] == ["duty.create", "duty.report", "duty.check"]
    assert {event.district_code for event in events} == {"410202"}


def test_what_is_sent_back_is_reported_again_and_the_first_words_stay(cast) -> None:
    duty, _ = owned(cast, "department")
    row = do("report", quarter(duty), cast.liaison, text="第一次说的", uploads=[photo("一.jpg")])
    with pytest.raises(Invalid, match="原因"):
        do("send_back", row, cast.reviewer, reason=" ")
    row = do("send_back", row, cast.reviewer, reason="人数对不上")
    assert (row.state, row.opinion) == (S.SENT_BACK, "人数对不上")
    row = do("report", row, cast.liaison, text="第二次说的")
    said = " ".join(entry.text for entry in queries.conversation(duty))
    assert all(words in said for words in ("第一次说的", "人数对不上", "第二次说的"))
    names = [file.document.name for entry in queries.conversation(duty) for file in entry.files.all()]
    assert names == ["一.jpg"]
    # Who reported before it was sent back may not check either, though another has reported since.
    colleague = make_user("colleague", "另一位联络员")
    grant(colleague, "liaison", department=cast.department)
    grant(cast.liaison, "reviewer", district=cast.district)
    row = do("send_back", row, cast.reviewer, reason="再核一次")
    row = do("report", row, colleague)
    with pytest.raises(NotAllowed):
        do("check", row, cast.liaison)


def test_a_stale_page_and_a_wrong_state_write_nothing(cast) -> None:
    duty, _ = owned(cast, "department")
    row = quarter(duty)
    with pytest.raises(Conflict, match="不能核对"):
        do("check", row, cast.reviewer)
    do("report", row, cast.liaison)
    with pytest.raises(Conflict, match="不能报送"):
        actions.report(
            report_id=row.pk, version=row.version, claim="done", text="再来", value=Decimal(9), by=cast.liaison
        )
    row.refresh_from_db()
    assert row.value == 4
    later = DutyReport.objects.filter(year__duty=duty, year__year=this_year() + 1).first()
    with pytest.raises(Conflict, match="还没有开始"):
        do("report", later, cast.liaison)


@pytest.mark.parametrize(("value", "refused"), [("9.99", "低于目标值 10"), ("10", "")])
def test_a_count_is_done_at_its_target_and_not_below(cast, value: str, refused: str) -> None:
    duty, _ = owned(cast, "department")
    row = do("report", quarter(duty), cast.liaison, claim="done", value=Decimal(value))
    if refused:
        with pytest.raises(Invalid, match=refused):
            do("check", row, cast.reviewer, result="done")
        row.refresh_from_db()
        assert (row.state, row.year.result) == (S.REPORTED, "")
        return
    do("check", row, cast.reviewer, result="done")
    # What is done asks for no more reports this year; taken back it does again.
    reports = row.year.reports.exclude(pk=row.pk)
    assert {one.state for one in reports} <= {S.DROPPED}
    do("send_back", row, cast.reviewer, reason="名单有重复")
    row.year.refresh_from_db()
    assert row.year.result == ""
    assert {one.state for one in reports.all()} <= {S.DUE}


def test_blank_is_no_number_and_zero_is(cast) -> None:
    duty, _ = owned(cast, "department")
    with pytest.raises(Invalid, match="没有完成的填 0"):
        do("report", quarter(duty), cast.liaison, value=None)
    assert do("report", quarter(duty), cast.liaison, value=Decimal(0)).value == 0


def test_a_document_is_done_only_with_a_file(cast) -> None:
    duty, _ = owned(cast, "department", measure="document", unit="", years={this_year(): YearTarget(mark="印发规划")})
    row = do("report", quarter(duty), cast.liaison, claim="done", value=None)
    with pytest.raises(Invalid, match="还没有上传文件材料"):
        do("check", row, cast.reviewer, result="done")
    row = do("send_back", row, cast.reviewer, reason="请传文件")
    row = do("report", row, cast.liaison, claim="done", value=None, uploads=[photo("规划.jpg")])
    assert do("check", row, cast.reviewer, result="done").year.result == "done"


def test_the_last_report_of_a_year_says_what_the_year_came_to(cast) -> None:
    duty, _ = owned(cast, "department")
    row = do("report", quarter(duty, last=True), cast.liaison)
    with pytest.raises(Invalid, match="最后一份季报"):
        do("check", row, cast.reviewer)
    with pytest.raises(Invalid, match="写明情况"):
        do("check", row, cast.reviewer, result="missed")
    do("check", row, cast.reviewer, result="missed", text="没有名额")


def test_an_indicator_is_never_typed_and_without_an_evaluation_not_done(cast) -> None:
    duty, _ = owned(cast, "department", measure="indicator", indicator="B11", unit="", years={})
    row = do("report", quarter(duty), cast.liaison, claim="done", value=Decimal(99))
    assert (row.value, row.figure, row.evaluation) == (None, "", None)
    with pytest.raises(Invalid, match="还没有 B11 的评估结果"):
        do("check", row, cast.reviewer, result="done")


def test_changing_a_task_keeps_what_was_and_what_was_reported(cast) -> None:
    duty, _ = owned(cast, "department")
    row = do("report", quarter(duty), cast.liaison)
    said = content(department=cast.department)
    with pytest.raises(Invalid, match="没有变化"):
        actions.edit(duty_id=duty.pk, version=1, content=said, reason="试", by=cast.admin)
    shorter = replace(said, due_on=dt.date(this_year(), 12, 31), years={this_year(): YearTarget(Decimal(8))})
    with pytest.raises(Invalid, match="原因"):
        actions.edit(duty_id=duty.pk, version=1, content=shorter, reason="", by=cast.admin)
    actions.edit(duty_id=duty.pk, version=1, content=shorter, reason="名额调整", by=cast.admin)
    with pytest.raises(Conflict, match="他人修改"):
        actions.edit(duty_id=duty.pk, version=1, content=said, reason="名额调整", by=cast.admin)
    text = queries.conversation(duty)[0].text
    assert "原因：名额调整" in text
    assert f"{this_year()} 年目标：10 → 8" in text
    assert f"{this_year() + 1} 年目标：12 → 空" in text
    row.refresh_from_db()
    assert row.state == S.REPORTED
    assert set(
        DutyReport.objects.filter(year__duty=duty, year__year=this_year() + 1).values_list("state", flat=True)
    ) == {S.DROPPED}
    with pytest.raises(NotAllowed):
        actions.withdraw(duty_id=duty.pk, version=2, reason="撤", by=cast.reviewer)
    actions.withdraw(duty_id=duty.pk, version=2, reason="并入另一项", by=cast.admin)
    with pytest.raises(Conflict, match="已经取消"):
        do("check", row, cast.reviewer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (lambda: {"number": 8}, "方案没有第 8 条"),
        (lambda: {"measure": "indicator", "indicator": "E1", "unit": ""}, "没有代号为“E1”的指标"),
        (lambda: {"unit": " "}, "计量单位"),
        (lambda: {"due_on": dt.date(2031, 1, 1)}, "超出方案的起止"),
        (lambda: {"years": {this_year() + 2: YearTarget(Decimal(1))}}, "不含这一年"),
        (lambda: {"title": "联系 13900001234"}, "手机号"),
    ],
)
def test_what_a_task_lacks_is_named_with_the_field(cast, changes: Callable[[], dict], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        given(cast, **changes())
    assert words in " ".join(map(str, refused.value.problems))
    assert not Duty.objects.exists()


def test_a_task_of_another_district_or_without_the_right_is_refused(cast) -> None:
    own = programme(cast)
    for by, error in ((cast.reviewer, NotAllowed), (cast.foreign_admin, NotFound)):
        with pytest.raises(error):
            actions.create(programme_id=own.pk, content=content(), by=by)
    with pytest.raises(Invalid) as refused:
        actions.create(programme_id=own.pk, content=content(school=cast.school_c), by=cast.admin)
    assert "不属于龙亭区" in str(refused.value.problems[0])
    actions.create(programme_id=own.pk, content=content(), by=cast.admin)
    with pytest.raises(Invalid, match="已经用过"):
        actions.create(programme_id=own.pk, content=content(), by=cast.admin)


@pytest.mark.parametrize(
    ("year", "number", "end"), [(2026, 1, (3, 31)), (2026, 2, (6, 30)), (2026, 4, (12, 31)), (2028, 1, (3, 31))]
)
def test_a_quarter_ends_with_its_third_month_and_is_reported_ten_days_later(year, number, end) -> None:
    assert workflow.quarter_end(year, number) == dt.date(year, *end)
    assert workflow.report_due(year, number) == dt.date(year, *end) + dt.timedelta(days=10)


def test_late_is_counted_until_it_is_reported_and_not_while_the_bureau_looks(cast) -> None:
    duty, _ = owned(cast, "department")
    row = quarter(duty, due_on=today(-1))
    duty.years.filter(year=this_year()).update(due_on=today(-1))
    found = [(label, count) for label, count, _ in queries.late(cast.leader, cast.district.pk)]
    assert found == [("目标任务没有按期完成", "1 项"), ("任务季报没有按期报送", "1 份")]
    assert list(queries.late(cast.reporter_b, cast.district.pk)) == []
    do("report", row, cast.liaison)
    assert list(queries.late(cast.leader, cast.district.pk)) == []
