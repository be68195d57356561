"""What comes after a 专项 or 综合督导 and by when."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.deadlines import actions as deadlines
from inspections.visits import actions, queries
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.lib.dates import Period, Unit
from portal.core.notices.models import Notice
from tests.cast import grant, make_user
from tests.inspections.making import planned

pytestmark = pytest.mark.django_db


def _finished(cast, kind: str, day: dt.date = dt.date(2025, 9, 26)) -> Visit:
    """A visit of a kind, finished as if on a day."""
    team = [make_user(f"inspector_{n}", f"{n}号督学") for n in (8, 9)]
    for member in team:
        grant(member, "inspector", district=cast.district)
    visit = planned(cast, kind=kind, team=team)
    actions.start(visit_id=visit.pk, by=cast.inspector_a)
    visit = actions.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, by=cast.inspector_a)
    moment = dt.datetime.combine(day, dt.time(9), tzinfo=timezone.get_current_timezone())
    Visit.objects.filter(pk=visit.pk).update(finished_at=moment)
    visit.refresh_from_db()
    return visit


def _page(client, visit: Visit) -> str:
    return client.get(reverse("visits:detail", args=[visit.pk])).content.decode()


def test_a_special_visit_shows_the_three_days_in_days(cast, sign_in) -> None:
    page = _page(sign_in(cast.principal_a), _finished(cast, "special"))
    for words in (
        "2025年10月1日（完成督导之日起 5 日；当天是国庆节）",
        "2025年10月26日前出具（完成督导之日起 30 日；当天是周末）",
        "最迟 2025年11月25日前报送（督导意见书出具之日起 30 日）",
    ):
        assert words in page


def test_trap_23_working_days_move_the_days_after_a_visit(cast, sign_in) -> None:
    workdays = {kind: Period(count, Unit.WORKDAYS) for kind, count in (("plea", 5), ("opinion", 30))}
    deadlines.set_periods(code="410202", periods=workdays, by=cast.admin)
    page = _page(sign_in(cast.inspector_a), _finished(cast, "comprehensive"))
    assert "2025年10月10日（完成督导之日起 5 个工作日，已跳过周末、国庆节和中秋节，9月28日调休上班，计算在内）" in page
    assert "2025年11月13日前出具（完成督导之日起 30 个工作日" in page


def test_a_later_setting_moves_no_day_of_an_old_visit(cast, sign_in) -> None:
    visit = _finished(cast, "special")
    deadlines.set_periods(code="410202", periods={"plea": Period(20)}, by=cast.admin)
    assert "完成督导之日起 5 日" in _page(sign_in(cast.inspector_a), visit)


def test_a_regular_visit_and_one_from_before_show_none(cast, sign_in) -> None:
    visit = _finished(cast, "regular")
    assert visit.periods == {}
    assert queries.steps_after(visit) == ()
    assert "申辩" not in _page(sign_in(cast.inspector_a), visit)


def test_the_school_and_the_trail_are_informed_when_it_is_finished(cast) -> None:
    _finished(cast, "special")
    until = timezone.localdate() + dt.timedelta(days=5)
    said = f"没有发现问题；如有异议，可在{until.year}年{until.month}月{until.day}日前申辩。"
    assert Notice.objects.filter(user=cast.principal_a, text__endswith=said).exists()
    stored = AuditEvent.objects.get(action="visit.finish").after["periods"]
    assert stored == {"feedback": "5 日", "plea": "5 日", "opinion": "30 日", "report": "30 日"}


def test_nothing_is_reported_while_the_visit_runs(cast, sign_in) -> None:
    assert "申辩截止" not in _page(sign_in(cast.inspector_a), planned(cast))
