"""One of everything in district A, made through the actions, for the permission matrix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from indicators.collection.evidence import actions as evidence
from indicators.collection.relaxations import actions as relaxations
from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions as rounds
from indicators.collection.school_workbooks import actions as school_workbooks
from indicators.collection.school_workbooks.work import SCHOOL_WORKBOOK
from indicators.collection.shares import actions as shares, queries as share_queries
from indicators.collection.state_statistics import actions as statistics, queries as statistics_queries
from indicators.collection.state_statistics.work import STATISTICS
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Evidence, Revision, Round, Submission
from indicators.collection.workbooks.work import SUBMISSIONS
from indicators.planning.forecast import actions as forecasts
from indicators.planning.forecast.models import Forecast
from indicators.planning.plans.models import PlanRun
from indicators.planning.scenarios import actions as scenarios
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations import actions as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import actions as milestones
from indicators.results.milestones.models import Milestone
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from inspections.addenda import actions as addenda
from inspections.addenda.models import AddendumFile
from inspections.campaigns import actions as campaigns, queries
from inspections.campaigns.models import Campaign
from inspections.claims.models import CheckedFigure
from inspections.dossiers import actions as dossiers
from inspections.dossiers.models import Dossier
from inspections.duties import actions as duties, workbook
from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport
from inspections.duties.work import PROGRAMMES
from inspections.escalation.models import Escalation, EscalationFile
from inspections.ledgers.work import LEDGER
from inspections.letters.models import Letter
from inspections.publicity.models import Complaint, PublicNotice
from inspections.rectification import actions as rectification, workflow as rectification_workflow
from inspections.rectification.models import EntryFile, Finding
from inspections.recusals import actions as recusals
from inspections.recusals.models import Recusal
from inspections.reports import actions as reports
from inspections.reports.models import Report
from inspections.self_reports import actions as self_reports
from inspections.self_reports.models import SelfReport, SelfReportProblem
from inspections.surveys import actions as surveys
from inspections.surveys.models import Survey
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from inspections.zones import actions as zones
from inspections.zones.models import Charge
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files import temporary, uploads
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.notices import actions as notices
from portal.core.notices.models import Notice
from portal.core.saved_lists import actions as saved_lists
from portal.core.saved_lists.models import SavedList
from portal.core.spreadsheets import imports, mark
from portal.core.spreadsheets.imports import ImportKind, SentWorkbook
from schools.access.restricted import Persons
from schools.departments import workbook as department_book
from schools.departments.work import DEPARTMENTS
from schools.registers import actions as registers, milestone_actions, workbook as registers_book
from schools.registers.kinds import KINDS
from schools.registers.models import RegisterEntry, RegisterFile, RegisterMilestone
from schools.registers.work import REGISTERS
from schools.workbooks.work import REGISTER
from tests.cast import Cast, grant, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.state_statistics import books as statistics_books
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.planning.plans import making as plan_making
from tests.inspections import making
from tests.inspections.duties import giving
from tests.inspections.ledgers import books as ledgers
from tests.inspections.letters import papers
from tests.inspections.publicity.making import complained, published
from tests.inspections.self_reports import making as self_reporting
from tests.inspections.surveys.making import handed_out
from tests.workbooks import district, write_register, write_submissions

QUESTION = "a1-degrees"


@dataclass(slots=True)
class World:
    """The cast and the objects that belong to 甲小学 and its district."""

    cast: Cast
    round: Round
    submission: Submission
    # Of another year, still open.
    draft: Submission
    revision: Revision
    evidence: Evidence
    evaluation: Evaluation
    milestone: Milestone
    forecast: Forecast
    plan: PlanRun
    scenario: Scenario
    visit: Visit
    finding: Finding
    pictured: Finding
    file: EntryFile
    photographed: Visit
    checked: CheckedFigure
    addendum: AddendumFile
    charge: Charge
    letter: Letter
    unsigned: Letter
    campaign: Campaign
    recusal: Recusal
    objection: Recusal
    own_letter: Letter
    escalations: dict[str, Escalation]
    survey: Survey
    sheets_job: Job
    duty: Duty
    duty_due: DutyReport
    duty_reported: DutyReport
    public_notice: PublicNotice
    complaint: Complaint
    report: Report
    self_report: SelfReport
    own_problem: SelfReportProblem
    dossier: Dossier
    job: Job
    notice: Notice
    saved_list: SavedList
    register: Document
    departments: Document
    intake: Document
    entry: RegisterEntry
    entry_file: RegisterFile
    project: RegisterEntry
    project_step: RegisterMilestone
    entries: Document
    ledger: Document
    book: Document
    school_book: Document
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
    return imports.store_upload(kind, SentWorkbook(kind.place(by, place), data, name, by, {}))


def build(cast: Cast, standard: Standard | None = None, others: Callable[[Cast, Round], None] | None = None) -> World:
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
    looked = making.underway(cast)
    figures, rooms = {"multimedia_rooms": Decimal(1)}, "a7-multimedia"
    visits.save_answer(visit_id=looked.pk, question=rooms, seen="no", figures=figures, by=cast.inspector_a)
    given = {"summary": "良好", "accept_unanswered": True, "reasons": {rooms: "正在维修"}}
    visits.finish(visit_id=looked.pk, by=cast.inspector_a, **given)
    addenda.add(visit_id=looked.pk, text="当天漏记一处", uploads=[making.photo()], by=cast.inspector_a)
    zone = zones.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)
    ids = [cast.school_a.pk]
    (charge,) = zones.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=ids, by=cast.admin)
    teamed = [make_user(f"teamed{n}", f"小组督学{n}") for n in range(3)]
    for person in teamed:
        grant(person, "inspector", district=cast.district)
    draft = queries.Brief(
        district=cast.district,
        theme="资源配置",
        starts_on=making.today(),
        ends_on=making.today(13),
        indicators=(),
        matters="教学用房",
        notice_no="",
        template="",
        per_day=2,
        schools=(cast.school_a,),
        teams=(queries.Team(1, cast.leader, tuple(teamed)),),
    )
    campaign = campaigns.create(draft=draft, seen=queries.make_plan(draft).digest, by=cast.admin)
    # From a day on which nobody of the tests visits.
    later = {"school_id": cast.school_a.pk, "kind": "other", "since": making.today(300)}
    recusal = recusals.declare(**later, by=cast.inspector_a)
    later["kind"] = "family"
    objection = recusals.register(**later, inspector=cast.inspector_a, is_objection=True, by=cast.admin)
    finding = making.dispatched(cast)
    pictured = rectification.register(
        school_id=cast.school_a.pk,
        source="XF",
        content=making.content(),
        photo=making.photo(),
        despite="另一间教室",
        by=cast.admin,
    )
    rectification.measure(
        finding_id=finding.pk, version=finding.version, text="已采购设备", uploads=[making.photo()], by=cast.reporter_a
    )
    self_reporting.practice(cast, submission)
    self_reporting.problem(cast, submission)
    self_report = self_reporting.issued(cast, submission)
    self_reports.withdraw(submission_id=submission.pk, reason="数据写错", by=cast.principal_a)
    letter = papers.issued(cast, subject=cast.school_a.pk)
    report = reports.compile_report(
        district=cast.district, starts_on=making.today(-90), ends_on=making.today(), by=cast.admin
    )
    while runner.run_one():
        pass
    milestone = milestones.freeze(
        round_id=round_.pk, kind="self", evaluation_id=Evaluation.objects.get().pk, note="乙校未填", by=cast.admin
    )
    forecasts.start(round_id=round_.pk, to=round_.school_year_start.year + 2, births={}, trend=False, by=cast.admin)
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
    duty = giving.given(cast, school=cast.school_a)
    duties.create(
        programme_id=duty.programme_id, content=giving.content(code="4-2", department=cast.department), by=cast.admin
    )
    due, reported = DutyReport.objects.filter(year__duty=duty).order_by("pk")[:2]
    said = {"state": "reported", "reported_at": timezone.now(), "reported_by": cast.reporter_a}
    DutyReport.objects.filter(pk=reported.pk).update(**said)
    entry = DutyEntry.objects.create(duty=duty, report=reported, kind="report", text="已办", by=cast.reporter_a)
    document = rectification_workflow.save_file(making.photo("任务.jpg"), by=cast.reporter_a)
    DutyFile.objects.create(entry=entry, document=document)
    for row in (submission, finding, report, dossier, job):
        row.refresh_from_db()
    with TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsx")
        write_register(path, district(1)[:1])
        register = uploaded(REGISTER, "名录.xlsx", path.read_bytes(), cast.admin)
        answers = {"pupils_junior": 300}
        write_submissions(path, [{"code": cast.school_b.code, "name": cast.school_b.name, "answers": answers}])
        book = uploaded(SUBMISSIONS, "填报.xlsx", path.read_bytes(), cast.admin, round_.pk)
    draft = make_submission(make_round(cast.district, "2025", standard=standard), school=cast.school_a)
    given, shown = {"pupils": cast.reporter_a.pk}, share_queries.fingerprint(None, {})
    shares.divide(submission_id=draft.pk, lead=None, given=given, shown=shown, by=cast.principal_a)
    _, own = school_workbooks.export_workbook(submission_id=draft.pk, by=cast.admin)
    school_book = uploaded(SCHOOL_WORKBOOK, "本校.xlsx", own, cast.admin, draft.pk)
    listed = uploaded(DEPARTMENTS, "部门.xlsx", department_book.write([cast.department]), cast.admin)
    entry = registers.create(
        kind="exchange",
        unit=cast.school_a,
        year=2025,
        typed={
            "person": "张小明",
            "direction": "交流出校",
            "partner": cast.school_b.code,
            "form": "支教",
            "backbone": "是",
            "stage": "小学",
            "subject": "数学",
            "from_on": "2025-09-01",
            "until_on": "2026-08-31",
        },
        by=cast.reporter_a,
    )
    typed = {"name": "教学楼", "nature": "改扩建", "planned_on": "2027-08-31", "milestone": "立项"}
    project = registers.create(kind="project", unit=cast.school_a, year=2026, typed=typed, by=cast.admin)
    order = uploads.accept(making.photo("调令.jpg"))
    entries_book = registers_book.write(
        KINDS.values(), [entry], names={cast.school_b.code: cast.school_b.name}, persons=Persons("核对")
    )
    year = statistics_queries.year_of(round_)
    counted = statistics_books.pupils([cast.school_a.code, "甲小学", 1], title=f"教基3112 {year}年")
    survey = handed_out(cast)
    sheets_job = surveys.ask_codes(survey_id=survey.pk, suffix="pdf", site="http://testserver", by=cast.admin)
    for folder, owner in (("slips", job), ("codes", sheets_job)):
        temporary.save(b"%PDF", folder=folder, name=f"{owner.pk}.pdf", by=cast.admin)
    book_of_statistics = {"round_id": round_.pk, "name": "统计.xlsx", "data": statistics_books.book(a=counted)}
    statistics.import_statistics(**book_of_statistics, by=cast.admin)
    stored = uploaded(STATISTICS, "统计.xlsx", book_of_statistics["data"], cast.admin, round_.pk)
    return World(
        cast=cast,
        round=round_,
        submission=submission,
        draft=draft,
        revision=revision,
        evidence=attached.evidence,
        evaluation=Evaluation.objects.get(),
        milestone=milestone,
        forecast=Forecast.objects.get(),
        plan=plan_making.stored(round_, cast.school_a, cast.admin, Evaluation.objects.get().inputs_sha256),
        scenario=scenarios.add_measure(
            scenario_id=scenarios.create(
                evaluation_id=Evaluation.objects.get().pk, name="方案一", note="", by=cast.admin
            ).pk,
            measure={"kind": "equip", "school_code": cast.school_a.code, "quantity": "5"},
            by=cast.admin,
        ),
        visit=visit,
        finding=finding,
        pictured=pictured,
        file=EntryFile.objects.get(),
        photographed=photographed,
        checked=CheckedFigure.objects.get(),
        addendum=AddendumFile.objects.get(),
        charge=charge,
        letter=letter,
        own_letter=papers.with_file(cast),
        unsigned=papers.ready(cast, subject=cast.school_a.pk),
        campaign=campaign,
        recusal=recusal,
        objection=objection,
        escalations=dict(_escalations(cast, finding)),
        survey=survey,
        sheets_job=sheets_job,
        duty=duty,
        duty_due=due,
        duty_reported=reported,
        public_notice=published(cast),
        complaint=complained(cast),
        report=report,
        self_report=self_report,
        own_problem=SelfReportProblem.objects.get(report__state="draft"),
        dossier=dossier,
        job=job,
        notice=Notice.objects.get(user=cast.reporter_a, key="world"),
        saved_list=saved_lists.save(name="逾期", address="/findings/?overdue=true", by=cast.reporter_a),
        register=register,
        departments=listed,
        intake=uploaded(PROGRAMMES, "方案.xlsx", workbook.write(duty.programme), cast.admin),
        entry=entry,
        entry_file=registers.attach(entry_id=entry.pk, file=order, by=cast.reporter_a),
        project=project,
        project_step=milestone_actions.add_milestone(
            entry_id=project.pk, state="开工", day=making.today(-9), by=cast.admin
        ),
        entries=uploaded(REGISTERS, "台账.xlsx", entries_book, cast.admin),
        ledger=uploaded(LEDGER, "台账.xlsx", ledgers.ledger(ledgers.line(cast.school_a.name)), cast.admin),
        book=book,
        school_book=school_book,
        statistics=stored,
        event=AuditEvent.objects.filter(district_code="410202").first(),
        relaxation=relaxation,
        relaxation_proof=proven,
        marked=mark.save(b"marked", by=cast.admin),
    )


def _escalations(cast: Cast, finding: Finding) -> Iterator[tuple[str, Escalation]]:
    """An order in each state somebody moves it on from, by state."""
    now, more = timezone.now(), dict[str, Any]()
    for number, state in enumerate(("proposed", "issued", "acknowledged", "replied")):
        if state == "issued":
            more |= {"decided_at": now, "decided_by": cast.admin, "number": "督办〔2026〕1号", "requirement": "请整改"}
        elif state == "acknowledged":
            more |= {"acknowledged_at": now, "acknowledged_by": cast.principal_a}
        elif state == "replied":
            more |= {"replied_at": now, "replied_by": cast.principal_a, "reply": "已完成"}
        row = Escalation.objects.create(
            finding=finding,
            level="order",
            due_on=finding.due_on if state == "proposed" else making.today(-number - 1),
            days_late=number + 1,
            state=state,
            created_by=cast.admin,
            updated_by=cast.admin,
            **more,
        )
        if state == "replied":
            document = rectification_workflow.save_file(making.photo("回复.jpg"), by=cast.principal_a)
            EscalationFile.objects.create(escalation=row, document=document)
        yield state, row
