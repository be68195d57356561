"""Reads of schools' self-reports: the desk of one, what was issued, who has delivered."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from indicators.collection.rounds.queries import EDITABLE
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Answer, Revision, Round, Submission
from indicators.collection.submissions.workflow import as_signed
from inspections.rectification import queries as ledger
from inspections.reports import words
from inspections.self_reports import document, workflow
from inspections.self_reports.facts import Proposal, ReportedFacts, sections
from inspections.self_reports.models import SelfReport, SelfReportProblem, SelfReportText
from portal.core.accounts.models import User
from portal.core.errors import NotFound, Problem
from portal.core.lib import digests
from schools.access.scope import Perm, own, visible

MISSING = "没有找到这份填报，或不在您可以查看的范围内。"


@dataclass(frozen=True, eq=False)
class Desk:
    """A self-report being written, with what it rests on; `user` is who asks, for findings are shown by right."""

    user: User
    report: SelfReport
    facts: ReportedFacts
    texts: dict[str, SelfReportText]
    problems: list[SelfReportProblem]

    @cached_property
    def own(self) -> dict[str, str]:
        return {code: row.text for code, row in self.texts.items() if row.text}

    @cached_property
    def proposals(self) -> list[Proposal]:
        rows = ledger.for_list(self.user).filter(ledger.pending(), school=self.report.submission.school_id)
        return self.facts.proposals(list(rows))

    @property
    def printed(self) -> list[tuple[SelfReportProblem, str]]:
        return [(one, words.fill(one.text, self.facts.figures)) for one in self.problems]

    @property
    def left(self) -> list[tuple[Proposal, str]]:
        """Not accepted yet, each as it would be printed."""
        named = {one.source for one in self.problems}
        return [(one, words.fill(one.text, self.facts.figures)) for one in self.proposals if one.key not in named]

    @cached_property
    def content(self) -> document.SelfReportContent:
        return document.build(self.facts, self.own, self.problems)

    @property
    def digest(self) -> str:
        return digests.fingerprint(self.content)

    @property
    def unfinished(self) -> list[Problem]:
        return document.unfinished(self.facts, self.own, self.problems)

    @property
    def remarks(self) -> list[Problem]:
        return document.remarks(self.facts, self.own, self.problems, self.proposals)


def submission(user: User, submission_id: int) -> Submission:
    """Raises NotFound out of scope."""
    rows = visible(user, Submission.objects.filter(pk=submission_id, school__isnull=False), Perm.REPORT_VIEW)
    found = next(iter(submissions.with_places(rows).order_by()), None)
    if found is None:
        raise NotFound(MISSING)
    return submissions.as_then([found])[0]


def current(of: Submission) -> SelfReport:
    """The draft or the issued one; an unsaved draft at first."""
    rows = SelfReport.objects.filter(submission=of).exclude(state=SelfReport.State.WITHDRAWN)
    found = rows.select_related("issued_by", "revision", "docx", "pdf").first()
    if found is None:
        return SelfReport(submission=of)
    found.submission = of
    return found


def facts_of(of: Submission) -> ReportedFacts:
    """As signed while handed in, else as typed so far."""
    known = submissions.load(of)
    revision = None if of.is_editable else of.revisions.order_by("-number").first()
    return ReportedFacts(as_signed(known, revision) if revision else known, revision)


def desk(user: User, report: SelfReport) -> Desk:
    texts, problems = dict[str, SelfReportText](), list[SelfReportProblem]()
    if report.pk:
        texts = {row.section: row for row in report.texts.select_related("updated_by")}
        problems = list(report.problems.filter(dropped=False))
    return Desk(user, report, facts_of(report.submission), texts, problems)


def issued(user: User, of: Submission) -> list[SelfReport]:
    """Newest first, withdrawn ones included."""
    rows = workflow.shown_to(user).filter(submission=of, issued_at__isnull=False)
    return list(rows.select_related("issued_by", "withdrawn_by", "revision"))


def of_school(user: User, school_id: int) -> QuerySet[SelfReport]:
    """In force, by year."""
    rows = workflow.shown_to(user).filter(submission__school=school_id, state=SelfReport.State.ISSUED)
    return rows.select_related("submission__round").order_by("-submission__round__school_year_start")


def get(user: User, report_id: int) -> SelfReport:
    """Raises NotFound."""
    related = ("submission__school", "submission__round__district", "docx", "pdf")
    found = workflow.shown_to(user).select_related(*related).filter(pk=report_id).first()
    if found is None:
        raise NotFound("没有找到这份自评报告，或不在您可以查看的范围内。")
    return found


def delivered(user: User, round_id: int) -> dict[int, SelfReport]:
    """By submission: the report in force, or that a draft is begun, which only its school may read; one query.

    `is_outdated` once something was handed in after what it quotes.
    """
    later = Revision.objects.filter(submission=OuterRef("submission"), number__gt=OuterRef("revision__number"))
    rows = visible(user, SelfReport.objects.exclude(state=SelfReport.State.WITHDRAWN), Perm.REPORT_VIEW)
    rows = rows.filter(submission__round=round_id).defer("content").annotate(is_outdated=Exists(later))
    return {row.submission_id: row for row in rows}


def to_issue(user: User) -> QuerySet[SelfReport]:
    """Written drafts of the own schools, with a handed-in submission: only the head has to act."""
    rows = _written().filter(own(user, Perm.REPORT_ISSUE, SelfReport)).exclude(submission__state__in=EDITABLE)
    related = ("submission__round__district", "submission__school", "submission__department")
    within = visible(user, rows, Perm.REPORT_VIEW).select_related(*related).defer("content")
    return within.order_by("-submission__round__school_year_start")


def to_write(user: User) -> QuerySet[Submission]:
    """Handed in by the own schools in open rounds, their report neither issued nor a written draft."""
    rows = Submission.objects.filter(own(user, Perm.SUBMISSION_FILL, Submission), school__isnull=False)
    rows = rows.filter(round__state=Round.State.OPEN).exclude(state__in=EDITABLE)
    issued = SelfReport.objects.filter(submission=OuterRef("pk"), state=SelfReport.State.ISSUED)
    rows = rows.exclude(Exists(issued)).exclude(Exists(_written().filter(submission=OuterRef("pk"))))
    return visible(user, rows, Perm.SUBMISSION_FILL).select_related("round__district", "school", "department")


def _written() -> QuerySet[SelfReport]:
    """Drafts, as `Desk.unfinished`, but for figures that are gone since; does not read the submissions."""
    rows = SelfReport.objects.filter(state=SelfReport.State.DRAFT)
    named = SelfReportProblem.objects.filter(report=OuterRef("pk"), dropped=False)
    unplanned = named.filter(Q(measure="") | Q(responsible="") | Q(due_on=None))
    texts = SelfReportText.objects.filter(report=OuterRef("pk")).exclude(text="")
    written = Exists(named) | Exists(texts.filter(section="problems"))
    rows = rows.filter(~Exists(unplanned), written)
    for rule in sections():
        if rule.required:
            answered = Answer.objects.filter(submission=OuterRef("submission"), field=rule.answer).exclude(text="")
            rows = rows.filter(Exists(texts.filter(section=rule.code)) | Exists(answered))
    return rows


def address(report: SelfReport) -> str:
    return reverse("self_reports:detail", args=[report.submission_id])
