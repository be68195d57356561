"""Which due dates are proposed for a finding, and what the page says about how they were counted."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inspections.deadlines import actions as deadlines
from inspections.rectification import queries
from inspections.rectification.models import Finding
from inspections.visits import actions as visits
from portal.core.lib.dates import Period, Unit
from tests.cast import Cast, grant, make_user
from tests.inspections.making import close, content, dispatched, to_verify, today, underway

pytestmark = pytest.mark.django_db
# The last Friday before 国庆节 2025: 28 Sept (Sunday) is worked, 1–8 Oct are off, 11 Oct (Saturday) is worked.
FRIDAY = dt.date(2025, 9, 26)
WORDS = "限期整改：30 个工作日，已跳过周末、国庆节和中秋节，9月28日、10月11日调休上班，计算在内，到2025年11月13日"


@pytest.fixture
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: FRIDAY)


def _in_workdays(cast: Cast, code: str = "410202") -> None:
    by = cast.admin if code == "410202" else cast.foreign_admin
    deadlines.set_periods(code=code, periods={"with_deadline": Period(30, Unit.WORKDAYS)}, by=by)


@pytest.mark.parametrize(("category", "days"), [("at_once", 7), ("with_deadline", 30), ("long_term", 180)])
def test_the_customary_period_follows_the_category(cast, category: str, days: int) -> None:
    assert queries.due_dates(cast.district.pk)[category].due == today(days)


def test_trap_23_the_districts_setting_decides_between_days_and_working_days(cast, friday) -> None:
    assert queries.due_dates(cast.district.pk)["with_deadline"].due == dt.date(2025, 10, 26)
    _in_workdays(cast)
    assert queries.due_dates(cast.district.pk)["with_deadline"].due == dt.date(2025, 11, 13)
    assert queries.due_dates(cast.other_district.pk)["with_deadline"].due == dt.date(2025, 10, 26)


@pytest.mark.parametrize("page", ["visits:raise_finding", "rectification:register", "rectification:amend"])
def test_trap_23_the_form_proposes_the_districts_day_and_says_how_it_was_counted(cast, sign_in, friday, page) -> None:
    _in_workdays(cast)
    visit = underway(cast)
    finding = visits.raise_finding(visit_id=visit.pk, content=content(due_on=FRIDAY), by=cast.inspector_a)
    who, args = {
        "visits:raise_finding": (cast.inspector_a, [visit.pk]),
        "rectification:register": (cast.admin, []),
        "rectification:amend": (cast.inspector_a, [finding.pk]),
    }[page]
    answer = sign_in(who).get(reverse(page, args=args))
    html = answer.content.decode()
    assert answer.context["form"].initial["due_on"] == (
        FRIDAY if page == "rectification:amend" else dt.date(2025, 11, 13)
    )
    assert WORDS in html
    assert "立行立改：7 日，到2025年10月3日（国庆节，不是工作日）" in html
    assert f'data-district="{cast.district.pk}" data-category="with_deadline" data-due="2025-11-13"' in html


def test_another_day_may_be_chosen(cast, sign_in) -> None:
    _in_workdays(cast)
    chosen = today(3)
    sent = {
        "school": cast.school_a.pk,
        "source": "XF",
        "indicator": "A7",
        "problem": "断网",
        "requirement": "修好",
        "category": "with_deadline",
        "due_on": chosen.isoformat(),
    }
    assert sign_in(cast.admin).post(reverse("rectification:register"), sent).status_code == 302
    assert Finding.objects.get().due_on == chosen


def test_who_works_over_several_districts_is_shown_each_ones_and_no_day_is_guessed(cast, sign_in, friday) -> None:
    chief = make_user("chief", "市管理员")
    grant(chief, "admin", district=cast.district.parent)
    client, url = sign_in(chief), reverse("rectification:register")
    client.get(url)
    with CaptureQueriesContext(connection) as agreeing:
        answer = client.get(url)
    assert answer.context["form"].initial["due_on"] == dt.date(2025, 10, 26)
    _in_workdays(cast)
    with CaptureQueriesContext(connection) as differing:
        answer = client.get(url)
    assert len(differing) == len(agreeing)
    html = answer.content.decode()
    assert answer.context["form"].initial["due_on"] is None
    assert f"龙亭区，{WORDS}" in html
    assert "顺河回族区，限期整改：30 日，到2025年10月26日（周末，不是工作日）" in html
    assert f'<option value="{cast.school_c.pk}" data-district="{cast.other_district.pk}"' in html


def test_reopening_proposes_the_districts_day_for_its_category(cast, sign_in, monkeypatch) -> None:
    _in_workdays(cast)
    finding = to_verify(cast)
    close(finding, cast.inspector_a)
    monkeypatch.setattr(timezone, "localdate", lambda *_: FRIDAY)
    answer = sign_in(cast.reviewer).get(reverse("rectification:detail", args=[finding.pk]))
    form = next(offer.form for offer in answer.context["steps"] if offer.verb.code == "reopen")
    assert form.initial["due_on"] == dt.date(2025, 11, 13)
    assert "限期整改从今天起算 30 个工作日，已跳过周末" in answer.content.decode()


def test_a_due_day_off_is_remarked_on_the_finding(cast, sign_in) -> None:
    finding = dispatched(cast)
    for day, remark in (
        (dt.date(2025, 10, 3), "（国庆节）"),
        (dt.date(2025, 10, 11), ""),
        (dt.date(2025, 10, 12), "（周末）"),
    ):
        Finding.objects.update(due_on=day)
        page = sign_in(cast.reporter_a).get(reverse("rectification:detail", args=[finding.pk])).content.decode()
        assert f"<dd>2025年{day.month}月{day.day}日{remark}</dd>" in page
