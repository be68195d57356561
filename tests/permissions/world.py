"""One of everything in district A, made through the actions, for the permission matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from indicators.collection.evidence import actions as evidence
from indicators.collection.relaxations import actions as relaxations
from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions as rounds
from indicators.collection.state_statistics import actions as statistics
from indicators.collection.state_statistics import queries as statistics_queries
from indicators.collection.state_statistics.work import STATISTICS
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Evidence, Revision, Round, Submission
from indicators.collection.workbooks.work import RETURNS
from indicators.results.evaluations import actions as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import actions as milestones
from indicators.results.milestones.models import Milestone
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from inspections.dossiers import actions as dossiers
from inspections.dossiers.models import Dossier
from inspections.rectification import actions as rectification
from inspections.rectification import raising_actions as raising
from inspections.rectification.models import EntryFile, Finding
from inspections.reports import actions as reports
from inspections.reports.models import Report
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files import uploads
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.notices import actions as notices
from portal.core.notices.models import Notice
from portal.core.spreadsheets import imports, mark
from portal.core.spreadsheets.imports import ImportKind, SentWorkbook
from schools.accounts import work as account_work
from schools.departments import workbook as department_book
from schools.departments.work import DEPARTMENTS
from schools.workbooks.work import REGISTER
from tests.cast import Cast, grant, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.state_statistics import books as statistics_books
from tests.inspections import making
from tests.workbooks import district, write_register, write_returns

QUESTION = "a1-degrees"


@dataclass(slots=True)
class World:
    """The cast and the objects that belong to 甲小学 and its district."""

    cast: Cast
    files: Path
    round: Round
    submission: Submission
    revision: Revision
    evidence: Evidence
    evaluation: Evaluation
    milestone: Milestone
    visit: Visit
    finding: Finding
    pictured: Finding
    file: EntryFile
    photographed: Visit
    report: Report
    dossier: Dossier
    job: Job
    notice: Notice
    register: Document
    departments: Document
    book: Document
    statistics: Document
    event: AuditEvent
    relaxation: Relaxation
    relaxation_proof: RelaxationProof
    marked: UUID


def colleague(cast: Cast) -> User:
    """Another admin of the bureau, so that the one of the cast may decide on what this one proposed."""
    other = make_user("colleague", "另一位局管理员")
    grant(other, "admin", district=cast.district)
    return other


def uploaded(kind: ImportKind, name: str, data: bytes, by: User, place: int | None = None) -> Document:
    """A workbook stored for its preview."""
    return imports.keep(kind, SentWorkbook(kind.place(by, place), data, name, by, {}))


def build(
    cast: Cast, files: Path, standard: Standard | None = None, others: Callable[[Cast, Round], None] | None = None
) -> World:
    """Run the whole year of 甲小学 once, by the national standard of 2017; `others` let more schools answer."""
    standard = standard or standards.current()
    round_ = rounds.open_round(
        code="2026",
        name="2026 年度",
        district=cast.district,
        standard=standard,
        due_at=timezone.now() + timedelta(days=30),
        school_year_start=making.today(),
        fiscal_year=2025,
        school_year="2025-2026",
        by=cast.admin,
    )
    submission = Submission.objects.get(round=round_, school=cast.school_a)
    answers = good_answers(standards.load_spec(standard), "小学")
    enter(submission, answers, by=cast.reporter_a, head=cast.principal_a)
    file = uploads.accept(making.photo("测绘图.jpg"))
    attached = evidence.attach(submission_id=submission.pk, item="teaching_area", file=file, by=cast.reporter_a)
    revision = submissions.submit(submission_id=submission.pk, by=cast.principal_a)
    reviews.approve(submission_id=submission.pk, by=cast.reviewer)
    if others:
        others(cast, round_)
    job = evaluations.start(round_id=round_.pk, by=cast.admin)
    visit, photographed = making.underway(cast), making.underway(cast)
    visits.save_answer(visit_id=photographed.pk, question=QUESTION, seen="yes", by=cast.inspector_a)
    visits.attach_photo(visit_id=photographed.pk, question=QUESTION, upload=making.photo(), by=cast.inspector_a)
    finding = making.dispatched(cast)
    pictured = raising.register(
        school_id=cast.school_a.pk, source="XF", content=making.content(), photo=making.photo(), by=cast.admin
    )
    rectification.measure(
        finding_id=finding.pk, version=finding.version, text="已采购设备", uploads=[making.photo()], by=cast.reporter_a
    )
    report = reports.compile_report(
        district=cast.district, starts_on=making.today(-90), ends_on=making.today(), by=cast.admin
    )
    while runner.run_one():
        pass
    milestone = milestones.freeze(
        round_id=round_.pk, kind="self", evaluation_id=Evaluation.objects.get().pk, note="乙校未填", by=cast.admin
    )
    dossier = dossiers.build(evaluation_id=Evaluation.objects.get().pk, by=cast.admin)
    while runner.run_one():
        pass
    relaxation = relaxations.propose(
        school_id=cast.school_a.pk,
        kind="relax_school_size",
        reason="建校早",
        by=colleague(cast),
        valid_from=making.today(),
        valid_until=making.today(300),
    )
    proven = relaxations.attach_proof(
        relaxation_id=relaxation.pk, file=uploads.accept(making.photo("批复.jpg")), by=cast.admin
    )
    with transaction.atomic():
        notices.notify([cast.reporter_a], text="请填报", url="/", key="world", by=None)
    for row in (submission, finding, report, dossier, job):
        row.refresh_from_db()
    write_register(files / "register.xlsx", district(1)[:1])
    answers = {"pupils_junior": 300}
    write_returns(
        files / "returns.xlsx", [{"code": cast.school_b.code, "name": cast.school_b.name, "answers": answers}]
    )
    register = uploaded(REGISTER, "名录.xlsx", (files / "register.xlsx").read_bytes(), cast.admin)
    listed = uploaded(DEPARTMENTS, "部门.xlsx", department_book.write([cast.department]), cast.admin)
    book = uploaded(RETURNS, "填报.xlsx", (files / "returns.xlsx").read_bytes(), cast.admin, round_.pk)
    year = statistics_queries.year_of(round_)
    counted = statistics_books.pupils([cast.school_a.code, "甲小学", 1], title=f"教基3112 {year}年")
    account_work.keep_slips(b"%PDF", job_id=job.pk, by=cast.admin)
    book_of_statistics = {"round_id": round_.pk, "name": "统计.xlsx", "data": statistics_books.book(a=counted)}
    statistics.import_statistics(**book_of_statistics, by=cast.admin)
    stored = uploaded(STATISTICS, "统计.xlsx", book_of_statistics["data"], cast.admin, round_.pk)
    return World(
        cast=cast,
        files=files,
        round=round_,
        submission=submission,
        revision=revision,
        evidence=attached.evidence,
        evaluation=Evaluation.objects.get(),
        milestone=milestone,
        visit=visit,
        finding=finding,
        pictured=pictured,
        file=EntryFile.objects.get(),
        photographed=photographed,
        report=report,
        dossier=dossier,
        job=job,
        notice=Notice.objects.get(user=cast.reporter_a, key="world"),
        register=register,
        departments=listed,
        book=book,
        statistics=stored,
        event=AuditEvent.objects.filter(district_code="410202").first(),
        relaxation=relaxation,
        relaxation_proof=proven,
        marked=mark.save(b"marked", by=cast.admin),
    )
