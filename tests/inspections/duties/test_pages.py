"""Pages of tasks: the list and its filters, one task with its forms, giving out and changing in the browser."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.duties import actions
from inspections.duties.models import Duty, DutyReport, DutyYear
from tests.inspections.duties.giving import content, do, given, programme, quarter
from tests.inspections.making import photo, this_year, today

pytestmark = pytest.mark.django_db
LIST = reverse("duties:list")


def text(client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_each_sees_the_own_and_the_bureau_all(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    url = reverse("duties:detail", args=[duty.pk])
    for person, status in ((cast.liaison, 200), (cast.leader, 200), (cast.reporter_a, 404), (cast.foreign_admin, 404)):
        client = sign_in(person)
        assert (duty.title in text(client, LIST)) is (status == 200)
        text(client, url, status)
    assert 'href="/programmes/tasks/"' in sign_in(cast.reporter_a).get("/").content.decode()


def test_a_unit_reports_and_the_bureau_checks_on_the_page(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    row, url = quarter(duty, last=True), reverse("duties:detail", args=[duty.pk])
    client, report = sign_in(cast.liaison), reverse("duties:report", args=[row.pk])
    assert f'action="{report}"' in text(client, url)
    said = {"version": row.version, "claim": "done", "value": "", "text": "选派了 10 人"}
    refused = client.post(report, said)
    assert refused.status_code == 400
    assert "选派了 10 人" in refused.content.decode()
    done = client.post(report, said | {"value": "10", "uploads": photo("名单.jpg")}, follow=True)
    assert "已报送" in done.content.decode()
    file = reverse("duties:file", args=[duty.pk, 1])
    assert file.rsplit("/", 2)[0] in done.content.decode()
    reviewer, check = sign_in(cast.reviewer), reverse("duties:check", args=[row.pk])
    row.refresh_from_db()
    answer = reviewer.post(check, {"version": row.version, "result": ""})
    assert "最后一份季报" in answer.content.decode()
    page = reviewer.post(check, {"version": row.version, "result": "done", "text": "属实"}, follow=True)
    assert "年度结果：完成" in page.content.decode()


def test_the_quarter_that_waits_comes_first_open_and_a_late_one_is_not_hidden_by_it(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    made = {"due_on": today(-1), "created_by": cast.admin, "updated_by": cast.admin}
    year = DutyYear.objects.create(duty=duty, year=this_year() - 1, target=10, **made)
    first, second, _ = (DutyReport.objects.create(year=year, quarter=number, **made) for number in (1, 2, 3))
    do("check", do("report", first, cast.liaison), cast.reviewer)
    do("report", second, cast.liaison)
    page = sign_in(cast.reviewer).get(reverse("duties:detail", args=[duty.pk]))
    steps = [(one.report.pk, one.verb.code, one.is_open) for one in page.context["steps"]]
    assert steps[0] == (second.pk, "check", True)
    assert [pk for pk, _, is_open in steps if is_open] == [second.pk]
    assert steps[-1][0] == first.pk
    assert page.context["years"][0].standing == "第 3 季度逾期未报，另有待核"


def test_a_task_that_is_hindered_says_so_once_it_is_checked(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    row = quarter(duty)
    do("report", row, cast.liaison, claim="hindered")
    DutyReport.objects.filter(pk=row.pk).update(state="checked", checked_at=timezone.now(), checked_by=cast.reviewer)
    rows = sign_in(cast.leader).get(LIST).context["rows"]
    assert [(one.tone, one.standing) for one in rows] == [("warn", "推进有困难")]


def test_filters_find_what_is_late_waiting_or_of_a_kind(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    other = actions.create(
        programme_id=duty.programme_id, content=content(code="4-2", title="另一项", school=cast.school_a), by=cast.admin
    )
    quarter(duty, due_on=today(-1))
    do("report", quarter(other), cast.reporter_a)
    client = sign_in(cast.admin)

    def found(query: str) -> set[str]:
        return {row.duty.code for row in client.get(f"{LIST}?{query}").context["rows"]}

    assert found("") == {"4-1", "4-2"}
    assert found("state=late_report") == {"4-1"}
    assert found("state=reported") == {"4-2"}
    assert found("kind=school") == {"4-2"}
    assert found("owner=财政") == {"4-1"}
    assert found(f"year={this_year() + 1}&kind=department") == {"4-1"}
    assert found("state=withdrawn") == set()


def test_a_task_is_given_out_and_changed_in_the_browser(cast, sign_in) -> None:
    own, client = programme(cast), sign_in(cast.admin)
    url = reverse("duties:create", args=[own.pk])
    typed = {
        "code": "1-1",
        "entry": "goal:1",
        "title": "编制学校布局规划",
        "owner": f"department:{cast.department.pk}",
        "measure": "document",
        "starts_on": f"{this_year()}-01-01",
        "due_on": "2030-12-31",
        f"mark_{this_year()}": "规划印发",
    }
    assert "编制学校布局规划" in client.post(url, typed | {"due_on": "2031-01-01"}).content.decode()
    assert not Duty.objects.exists()
    assert client.post(url, typed).status_code == 302
    duty = Duty.objects.get()
    assert (duty.department, duty.due_on, duty.years.count()) == (
        cast.department,
        dt.date(2030, 12, 31),
        2031 - this_year(),
    )
    assert duty.phase.name == "接受评估验收阶段"
    edit = reverse("duties:edit", args=[duty.pk])
    assert "规划印发" in text(client, edit)
    phase = own.phases.get(number=3)
    typed |= {"phase": str(phase.pk), f"due_{this_year() + 1}": f"{this_year() + 1}-06-30"}
    changed = typed | {"title": "编制并公示规划", "version": duty.version, "reason": ""}
    assert "编制并公示规划" in client.post(edit, changed).content.decode()
    page = client.post(edit, changed | {"reason": "按条例要公示"}, follow=True).content.decode()
    assert "编制学校布局规划 → 编制并公示规划" in page
    assert "阶段：接受评估验收阶段 → 整体推进阶段" in page
    year = duty.years.get(year=this_year() + 1)
    assert year.due_on == dt.date(this_year() + 1, 6, 30)
    # Nobody is asked for the quarters after it.
    assert [one.quarter for one in year.reports.exclude(state="dropped").order_by("quarter")] == [1, 2]
    assert [row.duty_id for row in client.get(f"{LIST}?phase={phase.pk}").context["rows"]] == [duty.pk]
    withdraw = reverse("duties:withdraw", args=[duty.pk])
    assert "已取消" in client.post(withdraw, {"version": 2, "reason": "合并"}, follow=True).content.decode()


def test_the_list_takes_as_many_queries_for_twelve_tasks_as_for_two(
    cast, sign_in, django_assert_max_num_queries
) -> None:
    duty = given(cast, department=cast.department)
    for number in range(2, 13):
        actions.create(
            programme_id=duty.programme_id,
            content=content(code=f"4-{number:02}", school=cast.school_a if number % 2 else None),
            by=cast.admin,
        )
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(16):
        assert "4-12" in text(client, LIST)


def test_the_sheet_of_a_unit_counts_what_is_done_late_and_proven_and_sums_no_points(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    done = actions.create(
        programme_id=duty.programme_id, content=content(code="4-2", department=cast.department), by=cast.admin
    )
    quarter(duty, due_on=today(-1))
    row = do("report", quarter(done), cast.liaison, claim="done", value=10, uploads=[photo("名单.jpg")])
    do("check", row, cast.reviewer, result="done")
    url = f"{reverse('duties:sheet')}?year={this_year()}"
    page = text(sign_in(cast.liaison), url)
    assert (
        "任务 2，完成 1，基本完成 0，未完成 0，没有认定 1，任务逾期 0，季报逾期 1，季报退回未补 0，佐证（件） 1" in page
    )
    assert "考核得分" not in page
    client = sign_in(cast.admin)
    score = reverse("duties:set_score", args=[cast.department.pk, this_year()])
    assert client.post(score, {"points": "92.5", "reason": ""}).status_code == 400
    assert (
        "92.5 分（按区目标办评分办法）"
        in client.post(score, {"points": "92.5", "reason": "按区目标办评分办法"}, follow=True).content.decode()
    )
    for kind, start in (("xlsx", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(reverse("duties:export_sheet", args=[cast.department.pk, this_year(), kind]))
        assert answer.getvalue().startswith(start)
    assert sign_in(cast.reporter_a).get(url).status_code == 200
    assert sign_in(cast.foreign_admin).get(f"{url}&unit={cast.department.pk}").context["found"] is None


def test_the_road_shows_phases_and_tasks_with_a_table_next_to_the_picture(cast, sign_in) -> None:
    duty = given(cast, department=cast.department, due_on=dt.date(2030, 12, 31), years={})
    url = reverse("duties:road", args=[duty.programme_id])
    answer = sign_in(cast.leader).get(url)
    road, narrow = answer.context["roads"]
    assert [year for _, year in road.years] == list(range(2021, 2031))
    named = {line.label: line for line in road.lines}
    phase, task = named["3. 整体推进阶段"], named[str(duty)]
    # A year of ten is a tenth of the way; both ends of a task are drawn to the day.
    assert task.x + task.width == road.shape.width
    assert abs(phase.width - 7 * (road.shape.width - road.years[0][0]) // 10) <= 2
    assert [line.label for line in narrow.lines] == [line.label for line in road.lines]
    for drawn in (road, narrow):
        for line in drawn.lines:
            length = drawn.shape.letter * len(line.words)
            is_inside = line.words_x + length <= line.x + line.width
            # Words that are longer than their bar stand next to it, and all on the drawing.
            assert is_inside or line.words_x >= line.x + line.width or line.words_x + length <= line.x
            assert line.words_x >= 0
            assert not line.words or line.words_x + length <= drawn.shape.width
    page = answer.content.decode()
    assert page.count(duty.title) >= 2
    assert "区财政局" in page
    text(sign_in(cast.liaison), url, 404)
