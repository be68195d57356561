"""The district's day for last month's changes: who is asked, reminded once, and listed until it is reported."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.planning.monthly import actions, queries
from indicators.planning.monthly.models import MonthlyDay, MonthlyUpdate
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed
from portal.core.jobs import actions as jobs, runner
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from schools.directory.models import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(cast, evaluated) -> MonthlyDay:
    """The first of each month, since half a year."""
    made = actions.set_day(district_id=cast.district.pk, day=1, by=cast.admin)
    MonthlyDay.objects.update(first_month=queries.months()[5])
    made.refresh_from_db()
    return made


def report_last(cast, school, by) -> None:
    actions.report(school_id=school.pk, month=queries.last_month(), changes={}, by=by)


def test_each_school_that_has_not_reported_is_reminded_once(cast, day) -> None:
    report_last(cast, cast.school_b, cast.reporter_b)
    remind = lambda: actions.remind(district_id=cast.district.pk, by=system_user())  # noqa: E731
    assert remind() == 1
    notices = Notice.objects.filter(key__startswith="monthly-")
    assert {notice.user for notice in notices} == {cast.reporter_a, cast.principal_a}
    month = f"{queries.last_month():%Y-%m}"
    assert notices[0].url == f"{reverse('monthly:school', args=[cast.school_a.code])}?month={month}"
    assert remind() == 0
    assert notices.count() == 2
    assert AuditEvent.objects.filter(action="monthly.remind").count() == 1


def test_the_bureau_reminds_once_a_day_who_still_has_not_reported(cast, day, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("monthly:remind_again", args=[cast.district.code])
    page = client.get(reverse("monthly:district"))
    assert "催报这 2 所学校" in page.content.decode()
    report_last(cast, cast.school_b, cast.reporter_b)
    assert "已催报 1 所学校" in client.post(url, follow=True).content.decode()
    sent = Notice.objects.filter(key__startswith="monthly-")
    assert {notice.user for notice in sent} == {cast.reporter_a, cast.principal_a}
    assert "今天都已提醒过" in client.post(url, follow=True).content.decode()
    assert sent.count() == 2
    Notice.objects.update(created_at=timezone.now() - dt.timedelta(days=1))
    assert actions.remind(district_id=cast.district.pk, by=system_user()) == 1, "the day's own reminder comes as well"
    assert actions.remind_again(district_id=cast.district.pk, by=cast.admin) == 0, "reminded today"
    report_last(cast, cast.school_a, cast.reporter_a)
    with pytest.raises(Invalid, match="都报了"):
        actions.remind_again(district_id=cast.district.pk, by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.remind_again(district_id=cast.district.pk, by=cast.leader)


def test_before_the_day_and_without_one_nobody_is_reminded(cast, day, monkeypatch) -> None:
    monkeypatch.setattr(queries, "due_on", lambda day: dt.date.max)
    assert actions.remind(district_id=cast.district.pk, by=system_user()) == 0
    monkeypatch.undo()
    actions.set_day(district_id=cast.district.pk, day=None, by=cast.admin)
    assert actions.remind(district_id=cast.district.pk, by=system_user()) == 0
    assert not Notice.objects.filter(key__startswith="monthly-").exists()


def test_the_nightly_job_finds_what_is_missing_whenever_it_runs(cast, day) -> None:
    with transaction.atomic():
        job = jobs.enqueue(kind="remind_monthly", title="提醒报送月度动态", args={}, key="night", by=system_user())
    runner.run_one(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"schools": 2})


def test_only_schools_at_work_with_approved_figures_and_months_since_the_day_was_set(cast, day) -> None:
    assert [school.pk for school in queries.unreported(day)] == [cast.school_a.pk, cast.school_b.pk]
    cast.school_b.status = Status.CLOSED
    cast.school_b.save()
    assert [school.pk for school in queries.unreported(day)] == [cast.school_a.pk]
    MonthlyDay.objects.update(first_month=queries.this_month())
    assert queries.unreported(MonthlyDay.objects.get()) == []


def test_the_school_has_a_task_until_it_reports(cast, day) -> None:
    mine = [task for task in tasks.for_user(cast.reporter_a) if "动态" in task.action]
    assert [(task.subject, task.due) for task in mine] == [("甲小学", queries.this_month())]
    report_last(cast, cast.school_a, cast.reporter_a)
    assert [task for task in tasks.for_user(cast.reporter_a) if "动态" in task.action] == []
    assert [task for task in tasks.for_user(cast.admin) if "动态" in task.action] == []


def test_the_bureau_sets_the_day_and_sees_who_has_not_reported(cast, evaluated, sign_in) -> None:
    client, page = sign_in(cast.admin), reverse("monthly:district")
    assert "还没有设报送日" in client.get(page).content.decode()
    save = reverse("monthly:set_day", args=[cast.district.code])
    assert client.post(save, {"day": "29"}).status_code == 400
    assert client.post(save, {"day": "5"}).status_code == 302
    MonthlyDay.objects.update(first_month=queries.months()[5])
    body = client.get(page).content.decode()
    assert "未报（2 所）" in body
    report_last(cast, cast.school_a, cast.reporter_a)
    body = client.get(page).content.decode()
    assert "未报（1 所）" in body
    assert sign_in(cast.leader).get(page).content.decode().count("保存") == 0
    event = AuditEvent.objects.get(action="monthly.set_day")
    assert (event.before, event.after) == ({"day": None}, {"day": 5})
    with pytest.raises(NotAllowed):
        actions.set_day(district_id=cast.district.pk, day=6, by=cast.leader)
    with pytest.raises(Invalid):
        actions.set_day(district_id=cast.district.pk, day=31, by=cast.admin)


def test_the_school_page_says_until_when(cast, day, sign_in) -> None:
    page = reverse("monthly:school", args=[cast.school_a.code])
    body = sign_in(cast.reporter_a).get(page).content.decode()
    assert "的动态还没有报" in body
    owed, now = (f"报 {one:%Y} 年 {one.month} 月的变化" for one in (queries.last_month(), queries.this_month()))
    assert owed in body, "what is owed is asked for first"
    assert now in sign_in(cast.reporter_a).get(f"{page}?month={queries.this_month():%Y-%m}").content.decode()
    report_last(cast, cast.school_a, cast.reporter_a)
    assert MonthlyUpdate.objects.count() == 1
    body = sign_in(cast.reporter_a).get(page).content.decode()
    assert "的动态还没有报" not in body
    assert now in body


def test_a_task_costs_the_same_however_many_schools(cast, day, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(5):
        queries.unreported(day)
