"""Actions on rounds: who may do them, what they leave behind."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions, queries
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Extension, ItemOwner, Round, Submission
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from schools.directory.models import Department
from tests.cast import grant, make_school, make_user
from tests.shared import shared

S = Submission.State


def in_days(count: int) -> datetime:
    return timezone.now() + timedelta(days=count)


def opened(cast: Any, **changes: Any) -> Round:
    facts = {
        "code": "2026",
        "name": "2026 年度优质均衡自评",
        "district": cast.district,
        "standard": standards.current(),
        "due_at": in_days(20),
        "school_year_start": date(2026, 9, 1),
        "fiscal_year": 2026,
        "school_year": "2026-2027",
        "by": cast.admin,
    }
    return actions.open_round(**(facts | changes))


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


def of(round_: Round, school: Any) -> Submission:
    return Submission.objects.get(round=round_, school=school)


def test_opening_gives_every_running_school_department_and_the_bureau_one_submission(cast) -> None:
    make_school("4102020009", "停办小学", cast.district, status="停办")
    round_ = opened(cast)
    respondents = sorted(row.respondent for row in round_.submissions.all())
    assert respondents == sorted(["甲小学", "乙初级中学", "区财政局", "龙亭区"])
    assert {row.state for row in round_.submissions.all()} == {S.DRAFT}


def test_opening_notifies_those_who_fill_in_and_nobody_else(round_, cast) -> None:
    shown = {notice.user for notice in Notice.objects.all()}
    assert shown == {cast.reporter_a, cast.principal_a, cast.reporter_b, cast.liaison}


def test_opening_leaves_an_audit_row_with_dates_and_count(round_) -> None:
    event = AuditEvent.objects.get(action="round.open")
    assert event.after["respondents"] == 4
    assert event.after["school_year_start"] == "2026-09-01"
    assert event.district_code == "410202"


def past(cast: Any) -> Round:
    clocks = {"school_year_start": date(2023, 9, 1), "fiscal_year": 2023, "school_year": "2023-2024"}
    return opened(cast, code="2023", due_at=None, **clocks)


def test_a_past_year_is_filled_in_without_deadline_and_notices(cast) -> None:
    round_ = past(cast)
    assert round_.is_backfill
    row = of(round_, cast.school_a)
    submissions.save(submission_id=row.pk, values={"pupils_primary": Value(500)}, by=cast.reporter_a)
    submissions.submit(submission_id=row.pk, by=cast.admin, partial=True)
    reviews.approve(submission_id=row.pk, by=cast.reviewer)
    assert not Notice.objects.exists()
    everybody = [row.pk for row in round_.submissions.all()]
    with pytest.raises(Conflict, match="没有截止日期"):
        actions.remind(round_id=round_.pk, submission_ids=everybody, by=cast.admin)
    with pytest.raises(Conflict, match="没有截止日期"):
        actions.extend(round_id=round_.pk, submission_ids=everybody, due_at=in_days(3), reason="补录", by=cast.admin)


def test_a_year_that_is_not_past_has_a_deadline(cast) -> None:
    with pytest.raises(Invalid, match="补录只用于往年"):
        opened(cast, due_at=None, school_year_start=date(2098, 9, 1))


@pytest.mark.parametrize(
    ("code", "today", "fiscal_year"),
    [
        ("2026", date(2026, 11, 28), 2025),
        ("2026", date(2027, 1, 1), 2026),
        ("2025", date(2026, 3, 1), 2025),
        ("2023", date(2026, 11, 28), 2023),
        ("2027", date(2026, 11, 28), 2026),
        ("", date(2026, 3, 1), 2025),
    ],
)
def test_money_is_of_the_last_closed_fiscal_year(code, today, fiscal_year) -> None:
    assert queries.clocks(code, today).fiscal_year == fiscal_year


def test_the_same_code_is_opened_once_per_district(round_, cast) -> None:
    with pytest.raises(Conflict, match="已经开启"):
        opened(cast)
    assert opened(cast, district=cast.other_district, by=cast.foreign_admin).pk != round_.pk


def test_a_district_without_running_schools_opens_nothing(cast) -> None:
    for school in (cast.school_a, cast.school_b):
        school.status = "停办"
        school.save()
    with pytest.raises(Invalid, match="先导入学校名录"):
        opened(cast)
    assert not Round.objects.exists()
    assert not Submission.objects.exists()


@pytest.mark.parametrize("code", ["", "2026 上", "x" * 21, "2026/1"])
def test_a_malformed_code_is_refused(cast, code) -> None:
    with pytest.raises(Invalid, match="年度代号"):
        opened(cast, code=code)


def test_only_the_districts_administrator_opens(cast) -> None:
    with pytest.raises(NotAllowed):
        opened(cast, by=cast.reviewer)
    with pytest.raises(NotFound):
        opened(cast, by=cast.foreign_admin)


def test_newly_registered_schools_are_taken_in_once(round_, cast) -> None:
    make_school("4102020003", "新建小学", cast.district)
    stamp = {"created_by": cast.admin, "updated_by": cast.admin}
    posts = Department.objects.create(district=cast.district, code="BB", name="区编办", **stamp)
    Department.objects.create(district=cast.district, code="TW", name="团区委", **stamp)
    ItemOwner.objects.create(district=cast.district, item="posts_allotted", department=posts, **stamp)
    assert sorted(queries.newcomers(round_)) == sorted(["区编办", "新建小学"])
    made = actions.add_respondents(round_id=round_.pk, by=cast.admin)
    assert {row.respondent for row in made} == {"区编办", "新建小学"}
    assert actions.add_respondents(round_id=round_.pk, by=cast.admin) == []
    assert round_.submissions.count() == 6


def test_an_extension_reaches_the_chosen_only_and_says_why(round_, cast) -> None:
    later = in_days(40)
    actions.extend(
        round_id=round_.pk,
        submission_ids=[of(round_, cast.school_a).pk],
        due_at=later,
        reason="校舍搬迁",
        by=cast.admin,
    )
    dues = {row.respondent: row.due for row in queries.not_handed_in(round_)}
    assert dues["甲小学"] == later
    assert dues["乙初级中学"] == round_.due_at
    notice = Notice.objects.get(user=cast.reporter_a, text__contains="校舍搬迁")
    assert "延至" in notice.text
    assert not Notice.objects.filter(user=cast.reporter_b, text__contains="延至").exists()


def test_an_extension_is_replaced_by_a_later_one_and_never_shortened(round_, cast) -> None:
    chosen = [of(round_, cast.school_a).pk]
    for days in (30, 40):
        actions.extend(round_id=round_.pk, submission_ids=chosen, due_at=in_days(days), reason="停电", by=cast.admin)
    assert Extension.objects.count() == 1
    with pytest.raises(Invalid, match="须晚于现在的截止时间") as refusal:
        actions.extend(round_id=round_.pk, submission_ids=chosen, due_at=in_days(35), reason="停电", by=cast.admin)
    assert [problem.where for problem in refusal.value.problems] == ["甲小学"]


@pytest.mark.parametrize(("reason", "days", "message"), [("  ", 30, "理由"), ("停电", -1, "晚于现在")])
def test_an_extension_needs_a_reason_and_a_future_day(round_, cast, reason, days, message) -> None:
    with pytest.raises(Invalid, match=message):
        actions.extend(
            round_id=round_.pk,
            submission_ids=[of(round_, cast.school_a).pk],
            due_at=in_days(days),
            reason=reason,
            by=cast.admin,
        )


def test_who_has_handed_in_meanwhile_gets_no_extension(round_, cast) -> None:
    Submission.objects.filter(school=cast.school_a).update(state=S.SUBMITTED)
    chosen = [of(round_, cast.school_a).pk, of(round_, cast.school_b).pk]
    with pytest.raises(Conflict, match="已经提交"):
        actions.extend(round_id=round_.pk, submission_ids=chosen, due_at=in_days(40), reason="停电", by=cast.admin)
    assert not Extension.objects.exists()


def test_a_reminder_is_one_message_per_person_for_all_their_schools(round_, cast) -> None:
    both = make_user("both", "两校填报员")
    grant(both, "reporter", school=cast.school_a)
    grant(both, "reporter", school=cast.school_b)
    shown = actions.remind(round_id=round_.pk, submission_ids=[s.pk for s in round_.submissions.all()], by=cast.admin)
    assert {person.username for person in shown} == {"both", "reporter_a", "principal_a", "reporter_b", "liaison"}
    notice = Notice.objects.get(user=both, text__contains="尚未提交")
    assert "甲小学" in notice.text
    assert "乙初级中学" in notice.text


def test_nobody_is_reminded_twice_a_day_and_nobody_that_handed_in(round_, cast) -> None:
    Submission.objects.filter(school=cast.school_b).update(state=S.SUBMITTED)
    everybody = [s.pk for s in round_.submissions.exclude(school=None)]
    assert {p.username for p in actions.remind(round_id=round_.pk, submission_ids=everybody, by=cast.admin)} == {
        "reporter_a",
        "principal_a",
    }
    assert actions.remind(round_id=round_.pk, submission_ids=everybody, by=cast.admin) == []
    with pytest.raises(Invalid, match="没有需要提醒"):
        actions.remind(round_id=round_.pk, submission_ids=[of(round_, cast.school_b).pk], by=cast.admin)


def test_a_closed_round_stands_still_until_it_is_reopened(round_, cast) -> None:
    actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    for action in (
        lambda: actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin),
        lambda: actions.add_respondents(round_id=round_.pk, by=cast.admin),
        lambda: actions.remind(round_id=round_.pk, submission_ids=[1], by=cast.admin),
        lambda: actions.extend(round_id=round_.pk, submission_ids=[1], due_at=in_days(9), reason="停电", by=cast.admin),
    ):
        with pytest.raises(Conflict, match=r"已关闭.*先重新开放"):
            action()
    assert actions.reopen(round_id=round_.pk, reason="数据已定稿", by=cast.admin).state == Round.State.OPEN
    with pytest.raises(Conflict, match="目前是“填报中”，不能重新开放"):
        actions.reopen(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    trail = AuditEvent.objects.order_by("seq").filter(action__in=["round.close", "round.reopen"])
    assert [(event.action, event.after) for event in trail] == [
        ("round.close", {"state": "closed", "reason": "数据已定稿"}),
        ("round.reopen", {"state": "open", "reason": "数据已定稿"}),
    ]


@pytest.mark.parametrize("action", ["close", "reopen", "add_respondents"])
def test_management_is_the_administrators(round_, cast, action) -> None:
    more = {} if action == "add_respondents" else {"reason": "数据已定稿"}
    with pytest.raises(NotAllowed):
        getattr(actions, action)(round_id=round_.pk, by=cast.reviewer, **more)
    with pytest.raises(NotFound):
        getattr(actions, action)(round_id=round_.pk, by=cast.foreign_admin, **more)


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_closing_and_reopening_want_a_reason(round_, cast, verb) -> None:
    if verb == "reopen":
        actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    state = Round.objects.get(pk=round_.pk).state
    with pytest.raises(Invalid, match="理由"):
        getattr(actions, verb)(round_id=round_.pk, reason="  ", by=cast.admin)
    assert Round.objects.get(pk=round_.pk).state == state


def test_who_has_not_handed_in_is_informed_of_closing_and_why(round_, cast) -> None:
    Submission.objects.filter(school=cast.school_b).update(state=S.SUBMITTED)
    Notice.objects.all().delete()
    actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    shown = {notice.user for notice in Notice.objects.filter(text__contains="已关闭填报。理由：数据已定稿")}
    assert {cast.reporter_a, cast.principal_a} <= shown
    assert cast.reporter_b not in shown
