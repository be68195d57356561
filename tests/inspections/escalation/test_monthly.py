"""The report of a month: its columns, its lists, who sees which units."""

import datetime as dt
from io import BytesIO

import docx
import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from inspections.escalation import queries, views
from inspections.rectification import actions
from inspections.rectification.models import Entry, Finding
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotFound
from schools.directory.models import School
from tests.cast import grant, make_user
from tests.inspections.making import ask_for_closing, close, content, dispatched, to_verify, today
from tests.schools.register import make_township

pytestmark = pytest.mark.django_db


def _this_month() -> dt.date:
    return today().replace(day=1)


def _load(cast, user=None) -> queries.MonthReport:
    return queries.month_report(user or cast.admin, cast.district.pk, _this_month())


def test_every_column_counts_what_it_says(cast) -> None:
    close(to_verify(cast), cast.inspector_a)
    back = to_verify(cast)
    actions.send_back(finding_id=back.pk, version=back.version, text="203 教室不能联网", by=cast.inspector_a)
    ask_for_closing(back, cast.reporter_a)
    late = dispatched(cast)
    Finding.objects.filter(pk=late.pk).update(due_on=today(-3))
    # As if it had been dispatched with that day: entries themselves never change.
    QuerySet(Entry).filter(finding=late).update(due_on=today(-3))
    total = _load(cast).total
    counted = (total.count.total, total.count.raised, total.done, total.count.closed, total.sent_back)
    assert counted == (3, 3, 2, 1, 1)
    assert (total.count.overdue, total.done_rate, total.closed_rate) == (1, "66.7%", "33.3%")


def test_the_lists_name_what_moved_what_is_late_and_what_comes(cast) -> None:
    waiting = to_verify(cast)
    report = _load(cast)
    assert [line.finding for line in report.moved] == [waiting]
    assert "申请销号" in report.moved[0].text
    assert report.late == []
    following = (_this_month() + dt.timedelta(days=32)).replace(day=1)
    due = waiting.due_on
    inside = following <= due < (following + dt.timedelta(days=32)).replace(day=1)
    assert bool(report.next_due) is inside


def test_a_school_sees_its_own_row_and_a_stranger_nothing(cast) -> None:
    dispatched(cast)
    dispatched(cast, cast.school_b)
    assert [unit.name for unit in _load(cast, cast.reporter_b).units] == [cast.school_b.name]
    assert len(_load(cast).units) == 2
    with pytest.raises(NotFound):
        _load(cast, cast.foreign_admin)


def test_a_township_sees_nothing_of_the_schools_in_it(cast) -> None:
    place = make_township(cast.district, "北郊乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=place)
    person = make_user("north", "北郊联络员")
    grant(person, "liaison", department=place)
    dispatched(cast)
    assert not _load(cast, person).units


def test_every_unit_that_rectifies_has_its_line_and_sees_its_own(cast) -> None:
    said = {"source": "SF", "content": content(), "by": cast.admin}
    actions.register(department_id=cast.department.pk, **said)
    actions.register(bureau_id=cast.district.pk, **said)
    actions.register(school_id=cast.school_a.pk, responsible_department_id=cast.department.pk, **said)
    dispatched(cast, cast.school_b)
    lines = {unit.name: unit.count.total for unit in _load(cast).units}
    assert lines == {"区财政局": 2, "龙亭区教育局（本级）": 1, cast.school_b.name: 1}
    assert {unit.name: unit.count.total for unit in _load(cast, cast.liaison).units} == {"区财政局": 2}


def test_what_was_open_in_the_ledger_of_old_is_new_in_the_month_it_was_found(cast) -> None:
    finding = dispatched(cast)
    before = timezone.now() - dt.timedelta(days=70)
    Finding.objects.filter(pk=finding.pk).update(source="DR", created_at=before)
    finding.refresh_from_db()
    assert finding.found_on == timezone.localdate(before)
    assert (_load(cast).total.count.raised, _load(cast).total.count.carried) == (0, 1)
    then = queries.month_report(cast.admin, cast.district.pk, finding.found_on.replace(day=1))
    assert then.total.count.raised == 1


def test_the_rate_of_each_month_is_that_of_its_own_report(cast, sign_in) -> None:
    old = dispatched(cast)
    Finding.objects.filter(pk=old.pk).update(source="DR", created_at=timezone.now() - dt.timedelta(days=70))
    close(to_verify(cast), cast.inspector_a)
    months = _load(cast).months
    assert len(months) == 12
    assert (months[-1].month, months[-1].closed, months[-1].open) == (f"{_this_month():%Y-%m}", 1, 1)
    before = queries.month_report(cast.admin, cast.district.pk, (_this_month() - dt.timedelta(days=1)).replace(day=1))
    assert (months[-2].closed, months[-2].open) == (0, before.total.count.total) == (0, 1)
    figure = sign_in(cast.leader).get(reverse("escalation:month")).context["rates"]
    assert figure.figures[-1] == (months[-1].month, "销号率 1/2（50.0%）")
    assert figure.figures[0] == (months[0].month, "销号率 —")


def test_the_lists_are_shown_one_at_a_time_page_by_page(cast, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(views, "_MONTH_PAGE", 1)
    for school in (cast.school_a, cast.school_b):
        finding = dispatched(cast, school)
        # The due day is that of the step that sent it out.
        QuerySet(model=Entry).filter(finding=finding).update(due_on=timezone.localdate() - dt.timedelta(days=2))
    client, url = sign_in(cast.admin), reverse("escalation:month")
    for name in queries.MONTH_LISTS:
        page = client.get(url, {"list": name}).context
        assert page["chosen"] == name
        assert page["page"].paginator.count == len(getattr(page["report"], name))
    seen = {client.get(url, {"list": "late", "page": n}).context["page"][0].finding.school_id for n in (1, 2)}
    assert seen == {cast.school_a.pk, cast.school_b.pk}
    assert client.get(url, {"list": "none"}).context["chosen"] == "units"


def test_page_and_file_say_the_same(cast, sign_in) -> None:
    close(to_verify(cast), cast.inspector_a)
    client = sign_in(cast.leader)
    page = client.get(reverse("escalation:month"))
    assert page.context["report"].total.count.closed == 1
    answer = client.get(reverse("escalation:export_month", args=["xlsx"]), {"month": f"{_this_month():%Y-%m}"})
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_name("月报")
    rows = [row for row in sheet.to_python() if row and row[0] == "合计"]
    assert [rows[0][1], rows[0][4]] == [1, 1]
    assert AuditEvent.objects.filter(action="escalation.export_month").exists()
    word = client.get(reverse("escalation:export_month", args=["docx"])).content
    table = docx.Document(BytesIO(word)).tables[0]
    assert [cell.text for cell in table.rows[-1].cells][:2] == ["合计", "1"]
    paper = client.get(reverse("escalation:export_month", args=["pdf"])).content
    text = "".join(one.extract_text() for one in PdfReader(BytesIO(paper)).pages)
    assert all(word in text.replace("\n", "") for word in ("合计", "需协调事项", cast.school_a.name))
    assert client.get(reverse("escalation:export_month", args=["txt"])).status_code == 404


def test_a_month_that_cannot_be_is_refused_next_to_its_field(cast, sign_in) -> None:
    page = sign_in(cast.admin).get(reverse("escalation:month"), {"month": "1999-13"})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert queries.months()[0] == timezone.localdate().replace(day=1)


def test_the_report_asks_no_more_for_more_schools(cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            _load(cast)
        return len(found)

    dispatched(cast)
    _load(cast)
    few = asked()
    dispatched(cast, cast.school_b)
    dispatched(cast, cast.school_b)
    assert asked() <= few
