"""What the office writes into a report, issuing it and taking it back."""

import datetime as dt
import io
from typing import Any

import pytest
import python_calamine
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from inspections.letters import actions as letters
from inspections.letters.models import Letter
from inspections.papers.models import NumberSeries
from inspections.programmes.models import Phase
from inspections.reports import actions, document, pages, queries, reminder_actions
from inspections.reports.models import Report
from inspections.reports.stored_facts import from_json
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import store
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice
from tests.cast import Cast, grant
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, at, raise_finding, step
from tests.shared import shared

Phases = tuple[Phase, Phase]
pytestmark = pytest.mark.usefixtures("book")
MEETING = "6月召开领导小组会议，投入 120 万元，已销号 {已销号} 项。"


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


@shared
def draft(cast: Cast, phases: Phases, book: Book) -> Report:
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    runner.run_one()
    report.refresh_from_db()
    return report


def section_address(draft: Report) -> str:
    return reverse("reports:write", args=[draft.pk, "work"])


def write(report: Report, cast: Cast, text: str = MEETING, section: str = "work", **changes: Any) -> Report:
    facts = {"report_id": report.pk, "section": section, "text": text, "revision": report.revision, "by": cast.admin}
    return actions.write_text(**(facts | changes))


def test_a_text_is_stored_with_what_it_replaces_and_the_files_are_made_again(draft: Report, cast: Cast) -> None:
    basis = {one.code: one.text for one in document.sections(from_json(draft.context))}["work"]
    first = draft.docx_id
    written = write(draft, cast)
    assert written.texts == {"work": {"text": MEETING, "basis": basis}}
    assert (written.state, written.docx_id, written.revision) == ("compiling", None, 1)
    assert runner.run_one()
    written.refresh_from_db()
    assert written.state == "ready"
    assert written.docx_id != first
    assert [event.after["section"] for event in AuditEvent.objects.filter(action="report.write")] == ["work"]


def test_the_portals_own_text_or_none_takes_the_offices_back(draft: Report, cast: Cast) -> None:
    basis = {one.code: one.text for one in document.sections(from_json(draft.context))}["work"]
    for text in (basis, "  \n"):
        written = write(write(draft, cast), cast, text)
        assert written.texts == {}
        draft.refresh_from_db()


def test_the_same_text_twice_makes_the_files_once(draft: Report, cast: Cast) -> None:
    written = write(draft, cast)
    assert write(written, cast).revision == 1
    assert Job.objects.count() == 2


def test_a_job_of_an_earlier_text_publishes_nothing(draft: Report, cast: Cast) -> None:
    write(draft, cast)
    rendered = document.Rendered(b"old word", b"old pdf")
    assert actions.publish(report_id=draft.pk, rendered=rendered, revision=0, by=cast.admin).docx is None


def test_what_somebody_wrote_meanwhile_is_not_overwritten(draft: Report, cast: Cast) -> None:
    write(draft, cast)
    with pytest.raises(Conflict):
        write(draft, cast, "另一个窗口")
    assert Report.objects.get(pk=draft.pk).texts["work"]["text"] == MEETING


def test_a_figure_that_is_none_is_refused_by_its_name(draft: Report, cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        write(draft, cast, "完成 {消号} 项")
    assert "消号" in str(refusal.value.problems[0])
    with pytest.raises(NotFound):
        write(draft, cast, section="nothing")


def test_the_next_version_keeps_the_text_and_shows_what_changed_beneath_it(
    draft: Report, cast: Cast, phases: Phases, book: Book
) -> None:
    write(draft, cast)
    write(Report.objects.get(pk=draft.pk), cast, "未完成的主要原因是资金。", "unfinished")
    step(book.five, K.DISPATCH, "2026-06-30")
    second = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    assert second.version == 2
    page = queries.editing(second, "unfinished")
    assert (page.own, page.text) == ("未完成的主要原因是资金。", "未完成的主要原因是资金。")
    assert {sign for sign, _ in page.changes} == {"-", "+"}
    assert queries.editing(second, "work").changes == []
    shown = {one.code: one for one in pages.shown(second, document.draft(second))}
    assert (shown["unfinished"].is_own, shown["unfinished"].is_stale, shown["work"].is_stale) == (True, True, False)
    assert shown["work"].lines == [MEETING.replace("{已销号}", "3")]


def test_the_number_is_the_next_of_the_series_of_papers_and_stands_in_the_files(
    draft: Report, cast: Cast, phases: Phases, book: Book, sign_in: Any
) -> None:
    with pytest.raises(NotFound):
        write(draft, cast, "龙教督〔2026〕3号", "number")
    assert sign_in(cast.admin).get(reverse("reports:write", args=[draft.pk, "number"])).status_code == 404
    NumberSeries.objects.create(district=cast.district, word="教督", year=2026, last=6)
    issued = actions.issue(report_id=draft.pk, by=cast.admin)
    assert (draft.number, issued.number) == ("", "教督〔2026〕7号")
    pages = PdfReader(io.BytesIO(b"".join(store.read(issued.pdf)))).pages  # type: ignore[arg-type]
    assert "教督〔2026〕7号" in "".join(page.extract_text().replace(" ", "") for page in pages)
    actions.withdraw(report_id=draft.pk, reason="数据有误", by=cast.admin)
    second = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    runner.run_one()
    assert actions.issue(report_id=second.pk, by=cast.admin).number == "教督〔2026〕8号"
    assert Report.objects.get(pk=draft.pk).number == "教督〔2026〕7号", "a number withdrawn is not given again"
    assert [line.number for line in queries.numbered(cast.leader)] == ["教督〔2026〕7号", "教督〔2026〕8号"]
    assert queries.numbered(cast.foreign_admin) == []
    whole = letters.export(letters=Letter.objects.all(), with_others=True, by=cast.admin)
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(whole)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in sheet if str(row[3]).startswith("教督")] == ["教督〔2026〕7号", "教督〔2026〕8号"]


def test_a_school_gives_its_report_its_own_number(cast: Cast, phases: Phases) -> None:
    report = actions.compile_report(district=cast.district, school=cast.school_a, phase=phases[1], by=cast.principal_a)
    typed = write(report, cast, "甲小字〔2026〕3号", "number", by=cast.principal_a)
    assert typed.number == "甲小字〔2026〕3号"
    while runner.run_one():
        pass
    assert actions.issue(report_id=report.pk, by=cast.principal_a).number == "甲小字〔2026〕3号"
    assert not NumberSeries.objects.exists()


def test_what_was_typed_into_a_stale_page_is_shown_and_overwrites_nothing(
    draft: Report, cast: Cast, sign_in: Any
) -> None:
    client, address = sign_in(cast.admin), section_address(draft)
    write(draft, cast)
    for _ in range(2):
        answer = client.post(address, {"text": "另一个窗口", "revision": 0})
        assert (answer.status_code, answer.context["page"].text) == (400, "另一个窗口")
        assert answer.context["page"].errors
        assert answer.context["report"].revision == 0
    assert Report.objects.get(pk=draft.pk).texts["work"]["text"] == MEETING


def test_an_issued_report_changes_no_more_and_the_next_is_compared_with_it(
    draft: Report, cast: Cast, phases: Phases
) -> None:
    first = actions.compile_report(district=cast.district, phase=phases[0], by=cast.admin)
    runner.run_one()
    issued = actions.issue(report_id=first.pk, by=cast.admin)
    assert (issued.state, issued.issued_by) == ("issued", cast.admin)
    with pytest.raises(Conflict):
        write(issued, cast)
    with pytest.raises(Conflict):
        actions.issue(report_id=first.pk, by=cast.admin)
    with at("2026-09-02"):
        other = {"phase": None, "starts_on": phases[1].starts_on, "ends_on": phases[1].ends_on}
        later = actions.compile_report(district=cast.district, by=cast.admin, **other)
    assert later.context["compared"] == "issued"
    assert later.context["previous"]["name"] == "自查自评阶段"
    with at("2026-10-02"):
        month = {"phase": None, "starts_on": dt.date(2026, 9, 1), "ends_on": dt.date(2026, 9, 30)}
        later = actions.compile_report(district=cast.district, by=cast.admin, **month)
    assert (later.context["compared"], later.context["previous"]["name"]) == ("days", "2026年8月")


def test_a_withdrawn_report_is_read_on_and_the_same_data_make_a_new_version(
    draft: Report, cast: Cast, phases: Phases
) -> None:
    actions.issue(report_id=draft.pk, by=cast.admin)
    with pytest.raises(Invalid):
        actions.withdraw(report_id=draft.pk, reason=" ", by=cast.admin)
    actions.withdraw(report_id=draft.pk, reason="数据有误", by=cast.admin)
    again = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    assert (again.version, again.data_sha256) == (2, draft.data_sha256)
    assert queries.get(cast.leader, draft.pk).shown == "withdrawn"


def test_readers_write_and_issue_nothing(draft: Report, cast: Cast) -> None:
    for who, refusal in ((cast.leader, NotAllowed), (cast.reviewer, NotAllowed), (cast.foreign_admin, NotFound)):
        with pytest.raises(refusal):
            write(draft, cast, by=who)
    for who in (cast.reviewer, cast.principal_a, cast.foreign_admin):
        with pytest.raises(NotFound):
            actions.issue(report_id=draft.pk, by=who)
    assert actions.issue(report_id=draft.pk, by=cast.leader).state == "issued"


def test_the_page_of_a_section_keeps_what_was_typed_wrongly(draft: Report, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    address = section_address(draft)
    page = client.get(address).content.decode()
    assert "{已销号}" in page
    answer = client.post(address, {"text": "完成 {消号} 项", "revision": 0})
    assert answer.status_code == 400
    assert "完成 {消号} 项" in answer.content.decode()
    assert client.post(address, {"text": MEETING, "revision": 0}).status_code == 302
    runner.run_one()
    assert client.post(f"/reports/{draft.pk}/issue/").status_code == 302
    page = client.get(f"/reports/{draft.pk}/").content.decode()
    assert "120 万元，已销号 3 项" in strip_tags(page)
    assert section_address(draft) not in page
    assert client.post(f"/reports/{draft.pk}/withdraw/", {"reason": "数据有误"}).status_code == 302
    assert Report.objects.get(pk=draft.pk).state == "withdrawn"


def test_schools_are_asked_for_the_reasons_and_proofs_the_report_lacks(
    draft: Report, cast: Cast, phases: Phases, book: Book
) -> None:
    finding = raise_finding(cast.school_b, "2026-DD-050", "2026-03-01", "2026-04-01")
    step(finding, K.DISPATCH, "2026-03-02")
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    rows = {row.code: row for row in queries.missing(report)}
    assert [item.number for item in rows[cast.school_b.code].without_reason] == ["2026-DD-050"]
    assert [item.number for item in rows[cast.school_a.code].unproven] == ["2025-PG-001"]
    assert reminder_actions.remind(report_id=report.pk, code=cast.school_b.code, by=cast.admin) == 1
    assert reminder_actions.remind(report_id=report.pk, by=cast.admin) == 2
    assert Notice.objects.filter(user=cast.reporter_b, text__contains="2026-DD-050").count() == 1
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="2025-PG-001").count() == 1
    step(finding, K.PROGRESS, "2026-06-01", "等待施工许可")
    newest = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    left = {row.code: row.numbers for row in queries.missing(newest)}
    assert "2026-DD-050" not in left[cast.school_b.code]
    with pytest.raises(NotAllowed):
        reminder_actions.remind(report_id=report.pk, by=cast.leader)


def test_who_answers_for_two_schools_is_asked_for_both(draft: Report, cast: Cast, phases: Phases, book: Book) -> None:
    grant(cast.reporter_a, "reporter", school=cast.school_b)
    step(raise_finding(cast.school_b, "2026-DD-050", "2026-03-01", "2026-04-01"), K.DISPATCH, "2026-03-02")
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    before = Notice.objects.filter(user=cast.reporter_a).count()
    for _ in range(2):
        reminder_actions.remind(report_id=report.pk, by=cast.admin)
    assert Notice.objects.filter(user=cast.reporter_a).count() == before + 2


def test_the_page_updates_the_data_and_reminds(draft: Report, cast: Cast, book: Book, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    assert "2025-PG-001" in client.get(f"/reports/{draft.pk}/missing/").content.decode()
    assert client.post(f"/reports/{draft.pk}/remind/").status_code == 302
    assert client.post(f"/reports/{draft.pk}/refresh/")["Location"] == f"/reports/{draft.pk}/"
    step(book.five, K.DISPATCH, "2026-06-30")
    answer = client.post(f"/reports/{draft.pk}/refresh/")
    assert answer["Location"] == f"/reports/{Report.objects.get(version=2).pk}/"
