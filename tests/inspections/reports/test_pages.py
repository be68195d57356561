"""Pages of reports: the list, the form, one report, the downloads, and who sees what."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from inspections.campaigns.models import Campaign
from inspections.programmes.models import Phase
from inspections.reports import actions
from inspections.reports.models import Report
from inspections.reports.stored_facts import from_json
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files import store
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from schools.directory.models import Department, School
from tests.cast import Cast, grant, make_school, make_user
from tests.inspections.making import planned
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, at, raise_finding, step
from tests.shared import shared

Phases = tuple[Phase, Phase]
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


@shared
def district_report(cast: Cast, phases: Phases, book: Book) -> Report:
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    runner.run_one()
    return report


@shared
def school_report(cast: Cast, phases: Phases, book: Book) -> Report:
    report = actions.compile_report(district=cast.district, school=cast.school_a, phase=phases[1], by=cast.admin)
    runner.run_one()
    return report


def test_an_empty_list_leads_to_compiling(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.admin).get("/reports/").content.decode()
    assert "还没有整改报告" in page
    assert 'href="/reports/new/"' in page
    assert 'href="/reports/new/"' not in sign_in(cast.leader).get("/reports/").content.decode()


def test_the_form_compiles_and_leads_to_the_report(
    cast: Cast, phases: Phases, book: Book, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    client = sign_in(cast.admin)
    for _ in range(2):
        answer = client.post("/reports/new/", {"district": "410202", "phase": phases[1].pk})
        report = Report.objects.get()
        assert answer.status_code == 302
        assert answer["Location"] == f"/reports/{report.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "编制中" in page
    assert "排队中" in page
    assert "销号率 75.0%" in strip_tags(page)


@pytest.mark.parametrize(
    ("typed", "stated"),
    [
        ({}, "请选择阶段，或把起止日期都填上。"),
        ({"starts_on": "2026-03-01"}, "请选择阶段，或把起止日期都填上。"),
        ({"starts_on": "三月", "ends_on": "2026-03-31"}, "请按 2026-03-31 的格式填写日期。"),
        ({"starts_on": "2026-04-01", "ends_on": "2026-03-31"}, "结束日期早于开始日期"),
        ({"phase": "999"}, "选择一个有效的选项"),
    ],
)
def test_a_wrong_form_is_shown_again_with_what_was_typed(
    cast: Cast, phases: Phases, sign_in: SignIn, typed: dict[str, str], stated: str
) -> None:
    answer = sign_in(cast.admin).post("/reports/new/", {"district": "410202"} | typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert stated in page
    assert typed.get("starts_on", "") in page
    assert not Report.objects.exists()


def test_phase_and_days_at_once_are_refused(cast: Cast, phases: Phases, sign_in: SignIn) -> None:
    typed = {"phase": phases[1].pk, "starts_on": "2026-03-01", "ends_on": "2026-03-31"}
    answer = sign_in(cast.admin).post("/reports/new/", typed)
    assert "只能选一种" in answer.content.decode()


@pytest.mark.parametrize("field", ["school", "phase"])
def test_the_form_offers_nothing_of_other_districts(cast: Cast, phases: Phases, sign_in: SignIn, field: str) -> None:
    typed = {"school": cast.school_c.pk, "phase": phases[1].pk}
    client = sign_in(cast.admin if field == "school" else cast.foreign_admin)
    assert "丙小学" not in sign_in(cast.admin).get("/reports/new/").content.decode()
    answer = client.post("/reports/new/", typed)
    assert answer.status_code == 400
    assert not Report.objects.exists()
    assert sign_in(cast.foreign_admin).get("/reports/new/?district=410202").status_code == 404


def test_a_city_chooses_the_district_first(cast: Cast, phases: Phases, sign_in: SignIn) -> None:
    person = make_user("city", "市管理员")
    grant(person, "admin", district=cast.district.parent)
    client = sign_in(person)
    assert "丙小学" in client.get("/reports/new/?district=410203").content.decode()
    page = client.get("/reports/new/?district=410202").content.decode()
    assert "丙小学" not in page
    assert "切换" in page


def test_downloads_are_attachments_no_browser_runs(cast: Cast, district_report: Report, sign_in: SignIn) -> None:
    client = sign_in(cast.leader)
    for kind, start in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(f"/reports/{district_report.pk}/files/{kind}/")
        content = answer.getvalue()
        assert content.startswith(start)
        name = f"龙亭区义务教育优质均衡发展整体推进阶段整改报告第1版.{kind}"
        assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    taken = AuditEvent.objects.filter(action="report.download", actor_name=str(cast.leader))
    assert [event.after["file"] for event in taken.order_by("seq")] == ["docx", "pdf"]


def test_a_file_not_made_yet_or_unknown_is_not_found(cast: Cast, phases: Phases, book: Book, sign_in: SignIn) -> None:
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    answer = sign_in(cast.admin).get(f"/reports/{report.pk}/files/pdf/")
    assert answer.status_code == 404
    assert "可能还在生成" in answer.content.decode()
    runner.run_one()
    assert sign_in(cast.admin).get(f"/reports/{report.pk}/files/exe/").status_code == 404


def test_lost_bytes_are_reported_in_words(cast: Cast, district_report: Report, sign_in: SignIn) -> None:
    district_report.refresh_from_db()
    assert district_report.pdf is not None
    store.path_of(district_report.pdf.sha256).unlink()
    answer = sign_in(cast.admin).get(f"/reports/{district_report.pk}/files/pdf/")
    assert answer.status_code == 404
    assert "从备份恢复" in answer.content.decode()


# Drafts of the district and of 甲小学, then the same when they are out.
ROLES = {
    "admin": (200, 200, 200, 200),
    "leader": (200, 200, 200, 200),
    "reviewer": (404, 404, 200, 200),
    "expert": (404, 404, 200, 200),
    "inspector_a": (404, 404, 404, 200),
    "inspector_b": (404, 404, 404, 404),
    "foreign_admin": (404, 404, 404, 404),
    "reporter_a": (404, 404, 404, 200),
    "reporter_b": (404, 404, 404, 404),
    "principal_a": (404, 200, 404, 200),
    "liaison": (403, 403, 403, 403),
    "auditor": (403, 403, 403, 403),
    "expired_expert": (403, 403, 403, 403),
}


@pytest.mark.parametrize("who", ROLES)
def test_drafts_are_for_those_who_write_and_issue_what_is_out_for_all_of_its_scope(
    cast: Cast, district_report: Report, school_report: Report, sign_in: SignIn, who: str
) -> None:
    client, both = sign_in(getattr(cast, who)), (district_report, school_report)
    for expected in (ROLES[who][:2], ROLES[who][2:]):
        for report, status in zip(both, expected, strict=True):
            for path in ("", "files/docx/"):
                answer = client.get(f"/reports/{report.pk}/{path}")
                answer.getvalue()  # a streamed file is closed by being read to its end
                assert answer.status_code == status, path
        listed = client.get("/reports/")
        if listed.status_code == 200:
            page = listed.content.decode()
            shown = [f'href="/reports/{report.pk}/"' in page for report in both]
            assert shown == [status == 200 for status in expected]
        for report, by in zip(both, (cast.leader, cast.principal_a), strict=True):
            report.refresh_from_db()
            if report.state == "ready":
                actions.issue(report_id=report.pk, by=by)


def test_readers_may_not_compile(cast: Cast, district_report: Report, sign_in: SignIn) -> None:
    for who in ("leader", "reviewer", "inspector_a", "reporter_a"):
        client = sign_in(getattr(cast, who))
        assert client.get("/reports/new/").status_code == 403
        assert client.post(f"/reports/{district_report.pk}/again/").status_code == 403
    assert sign_in(cast.foreign_admin).post(f"/reports/{district_report.pk}/again/").status_code == 404
    assert sign_in(cast.admin).get(f"/reports/{district_report.pk}/again/").status_code == 405
    assert sign_in(cast.admin).post(f"/reports/{district_report.pk}/again/").status_code == 409


def test_a_failed_report_offers_to_be_made_again(cast: Cast, phases: Phases, book: Book, sign_in: SignIn) -> None:
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    Job.objects.update(state="failed", error="磁盘已满")
    client = sign_in(cast.admin)
    page = client.get(f"/reports/{report.pk}/").content.decode()
    assert "磁盘已满" in page
    assert "重新生成" in page
    assert "重新生成" not in sign_in(cast.leader).get(f"/reports/{report.pk}/").content.decode()
    assert client.post(f"/reports/{report.pk}/again/").status_code == 302
    assert Job.objects.get().state == "queued"


def test_the_list_is_filtered_by_the_address(
    cast: Cast, phases: Phases, district_report: Report, school_report: Report, sign_in: SignIn
) -> None:
    client = sign_in(cast.admin)

    def listed(query: str) -> list[bool]:
        page = client.get(f"/reports/?{query}").content.decode()
        return [f'href="/reports/{report.pk}/"' in page for report in (district_report, school_report)]

    assert listed("") == [True, True]
    assert listed("scope=district") == [True, False]
    assert listed("scope=school") == [False, True]
    assert listed("q=甲小") == [False, True]
    assert listed(f"phase={phases[0].pk}") == [False, False]
    assert listed(f"phase={phases[1].pk}&state=ready") == [True, True]
    assert listed("state=failed") == [False, False]
    assert listed("state=nonsense&phase=x&page=99") == [True, True]
    assert "没有符合条件的报告" in client.get("/reports/?state=failed").content.decode()


def test_the_page_shows_the_figures_and_versions_of_the_file(
    cast: Cast, district_report: Report, phases: Phases, book: Book, sign_in: SignIn
) -> None:
    step(book.five, K.DISPATCH, "2026-06-30", "补录")
    second = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    Report.objects.filter(pk=second.pk).update(warnings=["PDF 中有字体不支持的字"])
    page = sign_in(cast.admin).get(f"/reports/{second.pk}/").content.decode()
    for text in ("销号率提高", "按指标整改情况", "土地手续未完成", "第 2 版（本页）", "字体不支持"):
        assert text in page
    assert f'href="/reports/{district_report.pk}/"' in page


def test_pages_ask_no_more_questions_for_more_schools(
    cast: Cast, phases: Phases, district_report: Report, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    client = sign_in(cast.admin)
    client.get("/reports/")
    counts = {}
    for path in ("/reports/", f"/reports/{district_report.pk}/"):
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        counts[path] = len(few)
        assert len(few) <= 14
    for number in range(20):
        school = make_school(f"41020210{number:02d}", f"第{number}小学", cast.district)
        raise_finding(school, f"2026-ZP-{number:03d}", "2026-03-01", "2026-05-01")
        actions.compile_report(district=cast.district, school=school, phase=phases[1], by=cast.admin)
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    assert runner.run_one(report.job_id)
    for path, number in {"/reports/": counts["/reports/"], f"/reports/{report.pk}/": [*counts.values()][1]}.items():
        with django_assert_num_queries(number):
            client.get(path)


def test_one_campaign_has_its_schools_and_what_was_found_there(
    cast: Cast, phases: Phases, book: Book, sign_in: SignIn
) -> None:
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    days = {"starts_on": dt.date(2026, 6, 1), "ends_on": dt.date(2026, 6, 30)}
    campaign = Campaign.objects.create(
        district=cast.district, theme="校园安全", matters="消防", per_day=2, digest="0" * 64, **days, **by
    )
    visit = planned(cast)
    Visit.objects.filter(pk=visit.pk).update(campaign=campaign)
    step(raise_finding(cast.school_a, "2026-DD-040", "2026-06-10", "2026-07-31", visit=visit), K.DISPATCH, "2026-06-10")
    client = sign_in(cast.admin)
    chosen = {"district": "410202", "phase": "2026-06-01/2026-06-30", "campaign": campaign.pk}
    assert client.post("/reports/new/", chosen | {"school": cast.school_a.pk}).status_code == 400
    assert client.post("/reports/new/", chosen).status_code == 302
    report = Report.objects.get()
    assert (report.scope, report.title) == ("campaign", "龙亭区“校园安全”专项督导2026年6月整改方案")
    facts = from_json(report.context)
    assert [item.number for item in facts.items] == ["2026-DD-040"]
    assert [row.code for row in facts.schools] == [cast.school_a.code]
    assert f'href="/reports/{report.pk}/"' in client.get("/reports/?scope=campaign").content.decode()
    assert f'href="/reports/{report.pk}/"' not in client.get("/reports/?scope=district").content.decode()
    assert client.post(f"/reports/{report.pk}/refresh/")["Location"] == f"/reports/{report.pk}/"


def test_a_month_and_a_township_are_compiled_from_the_form(
    cast: Cast, phases: Phases, book: Book, sign_in: SignIn
) -> None:
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    town = Department.objects.create(district=cast.district, code="X01", name="北郊乡", kind="乡镇", **by)
    School.objects.filter(pk=cast.school_a.pk).update(township=town)
    client = sign_in(cast.admin)
    chosen = {"district": "410202", "phase": "2026-06-01/2026-06-30", "township": town.pk}
    assert client.post("/reports/new/", chosen | {"school": cast.school_b.pk}).status_code == 400
    assert client.post("/reports/new/", chosen).status_code == 302
    report = Report.objects.get()
    assert (report.township, report.title) == (town, "北郊乡义务教育优质均衡发展2026年6月整改报告")
    assert f'href="/reports/{report.pk}/"' in client.get("/reports/?scope=township").content.decode()
    assert f'href="/reports/{report.pk}/"' not in client.get("/reports/?scope=district").content.decode()
