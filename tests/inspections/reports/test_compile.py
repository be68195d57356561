"""Asking for a report: once per data, versioned, within one's reach, made whole or not at all."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.papers import workflow as papers
from inspections.programmes.models import Phase
from inspections.reports import actions, document, queries, work
from inspections.reports.models import Report
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext, LostLease
from portal.core.notices.models import Notice
from schools.directory import actions as directory
from tests.cast import Cast
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, at, step

Phases = tuple[Phase, Phase]
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


def compile_one(cast: Cast, phases: Phases, **changes: Any) -> Report:
    return actions.compile_report(**({"district": cast.district, "phase": phases[1], "by": cast.admin} | changes))


def test_the_same_request_twice_is_one_report_and_one_job(cast: Cast, phases: Phases) -> None:
    first = compile_one(cast, phases)
    assert compile_one(cast, phases) == first
    runner.run_one()
    again = compile_one(cast, phases)
    assert (again, again.state, again.version) == (first, "ready", 1)
    assert (Report.objects.count(), Job.objects.count(), Document.objects.filter(size__gt=1).count()) == (1, 1, 2)


def test_changed_data_make_the_next_version_and_leave_the_first_alone(cast: Cast, phases: Phases, book: Book) -> None:
    first = compile_one(cast, phases)
    runner.run_one()
    step(book.five, K.DISPATCH, "2026-06-30", "补录的派发")
    second = compile_one(cast, phases)
    assert (second.version, second.state) == (2, "compiling")
    first.refresh_from_db()
    assert (first.version, first.state) == (1, "ready")
    assert first.context != second.context


def test_another_day_without_changes_is_the_same_report(cast: Cast, phases: Phases) -> None:
    first = compile_one(cast, phases)
    with at("2027-01-05"):
        assert compile_one(cast, phases) == first


def test_versions_are_counted_per_scope_and_period(cast: Cast, phases: Phases) -> None:
    made = [
        compile_one(cast, phases),
        compile_one(cast, phases, phase=phases[0]),
        compile_one(cast, phases, school=cast.school_a),
        compile_one(cast, phases, phase=None, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 3, 31)),
    ]
    assert [report.version for report in made] == [1, 1, 1, 1]
    assert len({report.pk for report in made}) == 4


def test_the_same_data_stored_in_an_older_format_are_the_same_report(cast: Cast, phases: Phases) -> None:
    first = compile_one(cast, phases)
    Report.objects.filter(pk=first.pk).update(context=first.context | {"format": 3}, data_sha256="of format 3")
    assert compile_one(cast, phases) == first


def test_the_database_itself_refuses_the_same_report_twice(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    report.pk = None
    report._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        report.save()


@pytest.mark.parametrize(
    ("asked", "stated"),
    [
        ({"phase": None}, "请选择阶段或填写起止日期"),
        ({"phase": None, "starts_on": dt.date(2026, 3, 2), "ends_on": dt.date(2026, 3, 1)}, "结束日期早于开始日期"),
        ({"phase": None, "starts_on": dt.date(2026, 8, 1), "ends_on": dt.date(2026, 9, 1)}, "还没有开始"),
        ({"phase": None, "starts_on": dt.date.min, "ends_on": dt.date.max}, "2000 年至 2100 年之间"),
    ],
)
def test_a_wrong_period_is_refused_in_words(cast: Cast, phases: Phases, asked: dict[str, Any], stated: str) -> None:
    with pytest.raises(Invalid) as refusal:
        compile_one(cast, phases, **asked)
    assert stated in "".join(map(str, refusal.value.problems))
    assert not Report.objects.exists()


def test_school_and_phase_must_be_the_districts_own(cast: Cast, phases: Phases) -> None:
    with pytest.raises(Invalid, match="没有编制") as refusal:
        compile_one(cast, phases, district=cast.other_district, by=cast.foreign_admin)
    assert "不是顺河回族区实施方案的阶段" in str(refusal.value.problems[0])
    with pytest.raises(NotFound):
        compile_one(cast, phases, school=cast.school_c)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("reviewer", NotAllowed),
        ("leader", NotAllowed),
        ("inspector_a", NotFound),
        ("principal_a", NotFound),
        ("foreign_admin", NotFound),
        ("expired_expert", NotFound),
        ("disabled", NotFound),
    ],
)
def test_only_those_who_compile_in_the_district_may_ask(
    cast: Cast, phases: Phases, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        compile_one(cast, phases, by=getattr(cast, who))
    assert not Report.objects.exists()


def test_a_ready_report_has_both_files_a_notice_and_a_trail(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    runner.run_one()
    report.refresh_from_db()
    assert report.docx is not None
    assert report.pdf is not None
    assert report.docx.name == "龙亭区义务教育优质均衡发展整体推进阶段整改报告第1版.docx"
    job = Job.objects.get()
    assert (job.state, job.result) == ("done", {"report": report.pk, "url": f"/reports/{report.pk}/"})
    assert Notice.objects.get(user=cast.admin).url == f"/reports/{report.pk}/"
    trail = list(
        AuditEvent.objects.filter(action__startswith="report.").order_by("seq").values_list("action", "district_code")
    )
    assert trail == [("report.compile", "410202"), ("report.publish", "410202")]


def test_equal_facts_give_equal_bytes(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    first = document.render(report)
    with at("2026-09-09"):
        assert document.render(Report.objects.get()) == first


def test_killed_before_its_files_are_stored_nothing_is_written_then_it_is_done_once(
    cast: Cast, phases: Phases, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = compile_one(cast, phases)
    stored = papers.store.save

    def killed(chunks: Any, **facts: Any) -> Document:
        if facts["name"].endswith(".pdf"):
            raise SystemExit("killed between the two files")
        return stored(chunks, **facts)

    monkeypatch.setattr(papers.store, "save", killed)
    with pytest.raises(SystemExit):
        runner.run_one()
    report.refresh_from_db()
    assert (report.state, report.docx_id, report.pdf_id) == ("compiling", None, None)
    assert not Document.objects.filter(size__gt=1).exists()
    monkeypatch.undo()
    with at("2026-07-15", 12):  # the dead worker's lease has run out
        assert runner.run_one()
    report.refresh_from_db()
    assert report.state == "ready"
    assert Document.objects.filter(size__gt=1).count() == 2


def test_a_worker_that_slept_past_its_lease_writes_nothing(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    stale = runner.claim()
    assert stale is not None
    with at("2026-07-15", 12):
        assert runner.run_one()
        report.refresh_from_db()
        stored = (report.docx_id, report.pdf_id)
        Report.objects.update(state="compiling")
        with pytest.raises(LostLease):
            work.run(stale)
    report.refresh_from_db()
    assert (report.docx_id, report.pdf_id) == stored


def test_run_again_it_finds_the_files_it_made(cast: Cast, phases: Phases) -> None:
    compile_one(cast, phases)
    runner.run_one()
    Job.objects.update(state="queued")
    assert runner.run_one()
    assert Document.objects.filter(size__gt=1).count() == 2
    assert Notice.objects.count() == 1
    assert AuditEvent.objects.filter(action="report.publish").count() == 1


def test_a_job_whose_report_vanished_says_so(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    Report.objects.filter(pk=report.pk).delete()
    runner.run_one()
    job = Job.objects.get()
    assert (job.state, job.error) == ("failed", "要编制的报告已不存在，没有写入任何文件。请重新编制。")


def test_a_failed_report_is_shown_as_failed_and_queued_again_by_the_same_request(
    cast: Cast, phases: Phases, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = compile_one(cast, phases)
    monkeypatch.setattr(document.pdf, "render", lambda made: 1 / 0)
    runner.run_one()
    assert queries.get(cast.admin, report.pk).shown == "failed"
    monkeypatch.undo()
    assert compile_one(cast, phases) == report
    assert queries.get(cast.admin, report.pk).shown == "compiling"
    runner.run_one()
    assert queries.get(cast.admin, report.pk).shown == "ready"


def test_making_again_is_refused_while_made_or_making(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    with pytest.raises(Conflict):
        actions.compile_again(report_id=report.pk, by=cast.admin)
    Job.objects.update(state="cancelled")
    actions.compile_again(report_id=report.pk, by=cast.admin)
    assert Job.objects.get().state == "queued"
    with pytest.raises(NotAllowed):
        actions.compile_again(report_id=report.pk, by=cast.leader)


def test_files_are_published_once_whoever_comes_first(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    rendered = document.Rendered(b"word", b"pdf")
    actions.publish(report_id=report.pk, rendered=rendered, by=cast.admin)
    actions.publish(report_id=report.pk, rendered=document.Rendered(b"other", b"other"), by=cast.admin)
    assert Document.objects.filter(size__gt=1).count() == 2
    with pytest.raises(NotFound):
        actions.publish(report_id=0, rendered=rendered, by=cast.admin)


def test_facts_of_another_version_are_refused_in_words(cast: Cast, phases: Phases) -> None:
    report = compile_one(cast, phases)
    Report.objects.filter(pk=report.pk).update(context={"format": 99})
    runner.run_one()
    assert "由其他版本的系统保存" in Job.objects.get().error


def test_progress_is_reported_in_chinese(cast: Cast, phases: Phases, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_one(cast, phases)
    stated: list[str] = []
    seen = JobContext.progress
    monkeypatch.setattr(
        JobContext, "progress", lambda self, done, total, note="": (stated.append(note), seen(self, done, total, note))
    )
    runner.run_one()
    assert stated == ["正在整理报告内容", "正在生成 Word 文件", "正在生成 PDF 文件", "正在保存文件", "已完成"]


def test_the_report_is_signed_as_the_district_has_set_and_older_ones_stay(cast: Cast, phases: Phases) -> None:
    first = compile_one(cast, phases)
    assert first.context["issuer"] == "龙亭区人民政府教育督导委员会办公室"
    district = directory.edit_district(code=cast.district.code, issuer="开封市龙亭区教育体育局", by=cast.admin)
    second = compile_one(cast, phases, district=district)
    assert (second.version, second.context["issuer"]) == (2, "开封市龙亭区教育体育局")
    first.refresh_from_db()
    assert first.context["issuer"] == "龙亭区人民政府教育督导委员会办公室"
