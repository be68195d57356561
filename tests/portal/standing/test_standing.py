"""全区态势: what it counts, compares and ranks, who sees it, as page and as paper."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from pypdf import PdfReader

from indicators.results.board import queries as boards
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from inspections.escalation import actions as escalation
from inspections.ledgers import actions as ledgers
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.home import task_queries as tasks
from portal.standing import actions as document, queries
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import NOW, evaluated
from tests.inspections import making
from tests.inspections.ledgers.books import closed, ledger, line
from tests.inspections.publicity.making import complained
from tests.shared import shared

pytestmark = pytest.mark.django_db
PAGE = reverse("standing:standing")


@shared
def years(cast: Cast) -> tuple[Evaluation, Evaluation]:
    """Judged whole in two years: 乙 loses a teacher and a room, 甲 gains what it lacked."""
    third = make_school("4102020004", "丁小学", cast.district)
    last = open_round(cast.district, "2025", name="2025 年度自评")
    hand_in(last, cast.school_a, figures(multimedia_rooms=12))
    hand_in(last, cast.school_b, figures("初级中学"))
    hand_in(last, third, figures())
    before = evaluated(cast, last)
    this = open_round(cast.district, "2026")
    hand_in(this, cast.school_a, figures())
    hand_in(this, cast.school_b, figures("初级中学", backbone_teachers_junior=5, multimedia_rooms=12))
    hand_in(this, third, figures())
    return before, evaluated(cast, this)


@shared
def half(cast: Cast) -> Evaluation:
    """乙 has handed in last year only, 丁 never."""
    make_school("4102020004", "丁小学", cast.district)
    last = open_round(cast.district, "2025", name="2025 年度自评")
    hand_in(last, cast.school_a, figures())
    hand_in(last, cast.school_b, figures("初级中学", multimedia_rooms=12))
    evaluated(cast, last)
    this = open_round(cast.district, "2026")
    hand_in(this, cast.school_a, figures(pupils=1100))
    return evaluated(cast, this)


def measures(found: queries.Standing) -> dict[str, queries.Measure]:
    return dict(zip(("verdict", "parts", "coefficients", "conditions", "vetoes"), found.measures, strict=True))


def test_nothing_judged_is_no_standing(cast) -> None:
    assert queries.standing(cast.leader) is None


def test_it_counts_as_the_board_does_and_compares_with_last_year(cast, years) -> None:
    found, heading = queries.standing(cast.leader), boards.district(years[1]).content.heading
    assert found is not None
    assert (found.evaluation, found.then, found.basis) == (years[1], years[0], "")
    parts = measures(found)["parts"]
    assert parts.value == f"{heading.parts.passing}/{heading.parts.total}"
    assert measures(found)["coefficients"].value == f"{heading.coefficients.passing}/{heading.coefficients.total}"
    # One gained, one lost.
    assert [(change.since, change.turn.way) for change in parts.changes] == [("上年", "same")]
    assert [(one.passing, one.total) for one in parts.trend] == [(2, 3), (2, 3)]
    assert len(parts.line.split()) == 2


def test_what_turned_is_named(cast, years) -> None:
    found = queries.standing(cast.leader)
    assert found is not None
    named = {(one.tone, one.names) for one in found.news if one.url.startswith(reverse("board:board"))}
    assert {("ok", "甲小学"), ("bad", "乙初级中学")} <= named


def test_who_holds_back_is_ranked_by_failed_indicators_then_distance(cast, years) -> None:
    found = queries.standing(cast.leader)
    assert found is not None
    assert [(one.name, one.failing) for one in found.holding_back] == [("乙初级中学", ("A2", "A7"))]
    assert found.holding_back[0].farthest.startswith("A2 还差 5 ")
    assert found.not_passing == 1


def test_last_month_is_a_month_and_not_an_earlier_run_of_this_one(cast, years) -> None:
    this = years[1].round

    def again(moment: datetime, rooms: int) -> queries.Standing:
        hand_in(this, cast.school_a, figures(multimedia_rooms=rooms))
        actions.record(judged=judging.judge(this, judging.read(this), moment), by=cast.admin)
        found = queries.standing(cast.leader)
        assert found is not None
        return found

    same = again(NOW + timedelta(hours=1), 40)
    assert [change.since for change in measures(same)["verdict"].changes] == ["上年"]
    # In May, after nothing in April.
    later = again(NOW + timedelta(days=40), 41)
    assert [change.since for change in measures(later)["verdict"].changes] == ["2026年3月31日", "上年"]
    assert later.then == same.evaluation
    next_month = again(NOW + timedelta(days=70), 42)
    assert [change.since for change in measures(next_month)["verdict"].changes] == ["上月", "上年"]


def test_years_and_months_are_lines_of_the_shares_that_pass(cast, years) -> None:
    by_year = queries.standing(cast.leader).trends
    assert [one.caption for one in by_year] == ["历年达标比例（%）"], "one month is no line"
    assert dict(by_year[0].figures)["2025"] == "学校达标（分学段） 2/3（66.7%）；差异系数达标 —"
    this = years[1].round
    hand_in(this, cast.school_b, figures("初级中学"))
    actions.record(judged=judging.judge(this, judging.read(this), NOW + timedelta(days=40)), by=cast.admin)
    by_month = queries.standing(cast.leader).trends[1]
    assert [name for name, _ in by_month.figures] == ["2026-03", "2026-05"]
    assert by_month.figures[1][1].startswith("学校达标（分学段） 3/3（100.0%）")


def test_a_year_not_judged_whole_is_a_gap_in_the_line(cast, half) -> None:
    assert queries.standing(cast.leader).trends == ()


def test_a_round_is_named_where_nothing_was_judged_last_year(cast, years) -> None:
    later = open_round(cast.district, "2028")
    hand_in(later, cast.school_a, figures())
    evaluated(cast, later)
    found = queries.standing(cast.leader)
    assert found is not None
    assert [change.since for change in measures(found)["verdict"].changes] == [years[1].round.name]


def test_what_is_missing_is_counted_provisionally_and_labelled(cast, half) -> None:
    found = queries.standing(cast.leader)
    assert found is not None
    assert "沿用上年" in found.basis
    parts = measures(found)["parts"]
    assert (parts.value, parts.label) == ("1/3", "学校达标（分学段）（试算）")
    # 丁 has no figures in either year: neither progress nor decline.
    assert [change.turn.way for change in parts.changes] == ["same"]
    assert measures(found)["verdict"].value == "无法判定"


def test_a_day_before_anything_was_judged_is_refused_at_its_field(cast, years, sign_in) -> None:
    answer = sign_in(cast.leader).get(PAGE, {"since": "2001-01-01"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["since"]
    assert answer.context["standing"].then == years[0]
    day = timezone.localdate(years[1].data_as_of)
    assert sign_in(cast.leader).get(PAGE, {"since": day.isoformat()}).context["standing"].then == years[1]


def test_problems_count_as_late_and_as_news(cast, years) -> None:
    finding = making.dispatched(cast)
    Finding.objects.filter(pk=finding.pk).update(due_on=timezone.localdate() - timedelta(days=1), severity="serious")
    found = queries.standing(cast.leader)
    assert found is not None
    (late,) = [one for one in found.late if "severity=serious" in one.url]
    assert (late.count, late.tone) == ("1 项", "bad")
    assert [one.count for one in found.news if one.url == reverse("rectification:list")] == ["1 项"]


def test_a_ledger_brought_along_is_no_news(cast, years) -> None:
    """Rows of an old ledger without a day of their own are not new, nor are those of a day before."""
    ledgers.import_ledger(source=ledger(line("甲小学"), closed("甲小学")), name="旧台账.xlsx", by=cast.admin)
    found = queries.standing(cast.leader)
    assert found is not None
    assert [one for one in found.news if one.url == reverse("rectification:list")] == []
    making.dispatched(cast)
    found = queries.standing(cast.leader)
    assert found is not None
    assert [one.count for one in found.news if one.url == reverse("rectification:list")] == ["1 项"]


@pytest.mark.parametrize("unit", ["school_id", "department_id", "bureau_id"])
def test_an_order_to_any_unit_that_is_not_answered_counts_as_late(cast, years, unit: str) -> None:
    where = {"school_id": cast.school_a, "department_id": cast.department, "bureau_id": cast.district}[unit]
    finding = rectification.register(source="SF", content=making.content(), by=cast.admin, **{unit: where.pk})
    day = timezone.localdate() - timedelta(days=1)
    Finding.objects.filter(pk=finding.pk).update(due_on=day)
    escalation.propose(district_id=cast.district.pk, by=cast.admin)
    row = finding.escalations.get()
    escalation.issue(
        escalation_id=row.pk, version=row.version, text="请抓紧", reply_due_on=timezone.localdate(), by=cast.admin
    )
    finding.escalations.update(reply_due_on=day)
    found = queries.standing(cast.leader)
    assert found is not None
    assert [one.count for one in found.late if one.url == reverse("escalation:list")] == ["1 件"]


def test_a_problem_of_no_severity_is_found_behind_its_count(cast, years, sign_in) -> None:
    graded, ungraded = making.dispatched(cast), making.dispatched(cast)
    Finding.objects.filter(pk=graded.pk).update(due_on=timezone.localdate() - timedelta(days=1), severity="serious")
    Finding.objects.filter(pk=ungraded.pk).update(due_on=timezone.localdate() - timedelta(days=1), severity="")
    found = queries.standing(cast.leader)
    assert found is not None
    (late,) = [one for one in found.late if "severity=none" in one.url]
    assert late.count == "1 项"
    page = sign_in(cast.leader).get(late.url).content.decode()
    assert [number in page for number in (graded.number, ungraded.number)] == [False, True]


def test_a_workbench_begins_with_it_for_who_decides(cast, years, sign_in) -> None:
    home = reverse("home")
    for user, shown in ((cast.leader, True), (cast.admin, True), (cast.reviewer, False), (cast.principal_a, False)):
        answer = sign_in(user).get(home)
        assert bool(answer.context["standing"]) is shown
        assert answer.status_code == 200
    assert sign_in(cast.foreign_admin).get(home).context["standing"] is None


def test_the_number_of_queries_does_not_grow_with_the_schools(cast, sign_in) -> None:
    counts, client = [], sign_in(cast.leader)
    for number, code in ((0, "2025"), (16, "2026")):
        this = open_round(cast.district, code)
        hand_in(this, cast.school_a, figures())
        hand_in(this, cast.school_b, figures("初级中学"))
        fill(this, number)
        evaluated(cast, this)
        client.get(PAGE, {"round": this.pk})
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(PAGE, {"round": this.pk}).status_code == 200
        counts.append(len(caught))
    # The second year has one to compare with, which is read before.
    assert counts[1] <= counts[0] + 1


def test_the_paper_says_what_the_page_says_on_one_page(cast, years, sign_in) -> None:
    client = sign_in(cast.leader)
    word = client.get(reverse("standing:export", args=["docx"])).content
    pages = PdfReader(BytesIO(client.get(reverse("standing:export", args=["pdf"])).content)).pages
    found = queries.standing(cast.leader)
    assert found is not None
    cells = [cell.text for table in Document(BytesIO(word)).tables for row in table.rows for cell in row.cells]
    for one in found.measures:
        assert {one.label, one.value} <= set(cells)
    assert len(pages) == 1
    assert "乙初级中学" in pages[0].extract_text()
    assert AuditEvent.objects.filter(action="standing.export", actor_id=cast.leader.pk).count() == 2
    assert client.get(reverse("standing:export", args=["xlsx"])).status_code == 404


def many_waiting(_: User) -> list[str]:
    return [f"受理群众反映（{'操场的跑道有几处破损，' * 20}）第 {number} 件" for number in range(12)]


def test_much_that_waits_is_set_smaller_and_still_on_one_page(cast, years, sign_in, settings) -> None:
    settings.WAITING = f"{__name__}.many_waiting"
    client = sign_in(cast.leader)
    pages = PdfReader(BytesIO(client.get(reverse("standing:export", args=["pdf"])).content)).pages
    assert len(pages) == 1
    assert "另有 7 件" in pages[0].extract_text()


def test_the_paper_says_what_waits_for_who_takes_it_along(cast, years) -> None:
    def waiting(by: User) -> str:
        found = queries.standing(by)
        assert found is not None
        word = Document(BytesIO(document.export(found=found, kind="docx", by=by)))
        rows = [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]
        return next(row[-1] for row in rows if row[0] == "等待办理")

    assert waiting(cast.leader) == "没有"
    complained(cast)
    task = tasks.for_user(cast.admin)[0]
    assert f"{task.action}（{task.subject}）" in waiting(cast.admin)


def test_equal_data_give_an_equal_paper(cast, years) -> None:
    first, second = queries.standing(cast.leader), queries.standing(cast.leader)
    assert first is not None
    assert second is not None
    assert document._paper(first, "教育局") == document._paper(second, "教育局")


def test_a_school_on_one_page_holds_what_the_reader_may_see(cast, years, sign_in) -> None:
    finding, client = making.dispatched(cast, cast.school_b), sign_in(cast.leader)
    address = reverse("standing:school", args=[cast.school_b.code])
    page = client.get(address).content.decode()
    assert page.count("2025 年度自评") == 2
    assert finding.number in page
    assert "未销号 1 个" in page
    # The school sees the same of itself, a foreign one nothing.
    own = sign_in(cast.reporter_b)
    assert finding.number in own.get(address).content.decode()
    assert own.get(reverse("standing:school", args=[cast.school_a.code])).status_code == 404


def test_a_schools_page_asks_no_more_of_more_findings(cast, years, sign_in) -> None:
    counts, client = [], sign_in(cast.leader)
    for indicator in ("A1", "A2", "A3", "A4"):
        making.dispatched(cast, cast.school_b, indicator=indicator)
        client.get(reverse("standing:school", args=[cast.school_b.code]))
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("standing:school", args=[cast.school_b.code]))
        counts.append(len(caught))
    assert counts[0] == counts[-1] <= 35
