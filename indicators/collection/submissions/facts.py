"""Everything known about one submission, what is still open in it, and the document a revision freezes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from indicators.collection.submissions import answers, models
from indicators.collection.submissions.models import (
    Decision,
    Evidence,
    ItemOwner,
    ReturnReason,
    Revision,
    Submission,
    Waiver,
)
from indicators.standard.engine import Answer, DataProblem, Item, SchoolData, Spec
from indicators.standard.engine.checks import check_district, check_school
from indicators.standard.engine.scope import Required, asked, is_triggered, required, required_of_district, unanswered
from indicators.standard.standards import queries as standards
from schools.directory import past
from schools.directory.models import Department, School


@dataclass(frozen=True, slots=True)
class SentBack:
    """The last time the reviewer sent the submission back: why, and its content then."""

    decision: Decision
    reasons: tuple[ReturnReason, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class SubmissionFacts:
    """One submission with its standard, answers, evidence, waivers and what it was sent back for.

    `items` are the fields this respondent may answer; `schools` is what a district's figures are compared with.
    """

    submission: Submission
    spec: Spec
    stored: Mapping[str, "models.Answer"]
    evidence: tuple[Evidence, ...]
    waivers: Mapping[tuple[str, str], Waiver]
    last_year: Mapping[str, Answer]
    sent_back: SentBack | None
    items: Mapping[str, Item]
    schools: tuple[SchoolData, ...] = ()

    @cached_property
    def kind(self) -> str:
        """Of the school; "" for the bureau and departments."""
        return self.submission.school.kind if self.submission.school else ""

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return answers.of_rows(self.items, self.stored.values())

    def version(self, field: str) -> int:
        row = self.stored.get(field)
        return row.version if row else 0

    def evidence_of(self, base: str) -> list[Evidence]:
        return [row for row in self.evidence if row.item == base]


def with_places(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Fetch what every page of a submission names; the standard's content only if it is needed."""
    return submissions.select_related(
        "round__standard", "round__district", "school__district", "department__district", "extension"
    ).defer("round__standard__content")


def as_then(rows: Iterable[Submission]) -> list[Submission]:
    """With the schools' facts of the round's day, never to be saved; a query for each round with changes since."""
    found = list(rows)
    by_day: dict[date, list[School]] = defaultdict(list)
    for row in found:
        if row.school and row.school.today is None:
            by_day[row.round.school_year_start].append(row.school)
    for day, schools in by_day.items():
        past.on(schools, day)
    return found


def load(submission: Submission) -> SubmissionFacts:
    """Seven to nine queries, whatever is answered."""
    as_then([submission])
    spec = standards.load_spec(submission.round.standard)
    items = items_of(submission, spec)
    is_compared = any(check.schools for item in items.values() for check in item.checks)
    return SubmissionFacts(
        submission=submission,
        spec=spec,
        stored={row.field: row for row in submission.answers.select_related("updated_by")},
        evidence=tuple(submission.evidence.filter(withdrawn_at=None).select_related("document", "created_by")),
        waivers={(row.check_code, row.field): row for row in submission.waivers.select_related("updated_by")},
        last_year=last_year(submission),
        sent_back=last_sent_back(submission),
        items=items,
        schools=schools_of(submission, spec) if is_compared else (),
    )


def schools_of(submission: Submission, spec: Spec) -> tuple[SchoolData, ...]:
    rows = list(Submission.objects.filter(round=submission.round_id).exclude(school=None).select_related("school"))
    past.on([row.school for row in rows if row.school], submission.round.school_year_start)
    given: dict[int, list[models.Answer]] = defaultdict(list)
    answered = models.Answer.objects.filter(submission__round=submission.round_id, field__in=spec.summed_fields)
    for row in answered.exclude(submission__school=None):
        given[row.submission_id].append(row)
    items = answers.items_of(spec, is_school=True)
    return tuple(school_data(row.school, answers.of_rows(items, given[row.pk])) for row in rows if row.school)


def school_data(school: School, given: Mapping[str, Answer]) -> SchoolData:
    return SchoolData(
        code=school.code,
        name=school.name,
        kind=school.kind,
        area=school.area,
        sponsor=str(school.sponsor),
        boarding=school.boarding,
        status=school.status,
        answers=given,
    )


def items_of(submission: Submission, spec: Spec, owners: Mapping[str, int] | None = None) -> Mapping[str, Item]:
    """The fields a respondent may answer: a school's; a department's own; for the bureau what nobody owns."""
    items = answers.items_of(spec, is_school=bool(submission.school_id))
    # Today's owners say nothing of a closed round.
    if submission.school_id or submission.round.state != submission.round.State.OPEN:
        return items
    owners = owners_of(submission.round.district_id) if owners is None else owners
    return {code: item for code, item in items.items() if owners.get(item.base) == submission.department_id}


def owners_of(district_id: int) -> dict[str, int]:
    rows = ItemOwner.objects.filter(district=district_id, department__status=Department.Status.ACTIVE)
    return dict(rows.values_list("item", "department"))


def last_sent_back(submission: Submission) -> SentBack | None:
    """Unless it was decided otherwise since."""
    decisions = Decision.objects.filter(revision__submission=submission).select_related("revision", "decided_by")
    newest = decisions.prefetch_related(Prefetch("reasons")).order_by("-revision__number", "-pk").first()
    if newest is None or newest.verdict != Decision.Verdict.RETURNED:
        return None
    return SentBack(newest, tuple(newest.reasons.all()), newest.revision.content)


def last_year(submission: Submission) -> dict[str, Answer]:
    earlier = Revision.objects.filter(
        submission__round__district=submission.round.district_id,
        submission__round__school_year_start__lt=submission.round.school_year_start,
        submission__school=submission.school_id,
        submission__department=submission.department_id,
    ).order_by("-submission__round__school_year_start", "-number")
    row = earlier.first()
    return answers.of_content(standards.load_spec(submission.round.standard), row.content) if row else {}


def due_at(submission: Submission) -> datetime | None:
    """With the respondent's extension; None when nothing is due."""
    extension, due = getattr(submission, "extension", None), submission.round.due_at
    return max(due, extension.due_at) if extension and due else due


def is_late(submission: Submission) -> bool:
    due = due_at(submission)
    return due is not None and timezone.now() > due


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning with the explanation that covers it, if any."""

    problem: DataProblem
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is open in a submission; all empty means it can be handed in."""

    asked: tuple[Item, ...]
    missing: tuple[Required, ...]
    errors: tuple[DataProblem, ...]
    warnings: tuple[Warned, ...]
    unchanged: tuple[ReturnReason, ...]

    @property
    def unexplained(self) -> tuple[Warned, ...]:
        return tuple(warned for warned in self.warnings if warned.waiver is None)

    @property
    def missing_before_signing(self) -> tuple[Required, ...]:
        """What the clerk still has to fill in; the rest is the head's to confirm."""
        return tuple(field for field in self.missing if not field.item.signed)

    @property
    def is_ready_for_head(self) -> bool:
        """Whether only what the head confirms is left, if anything."""
        signed = {code for item in self.asked if item.signed for code in (item.code, item.base)}
        unchanged = [reason for reason in self.unchanged if reason.item not in signed]
        return not (self.missing_before_signing or self.errors or self.unexplained or unchanged)

    @property
    def is_ready(self) -> bool:
        return not (self.missing or self.errors or self.unexplained or self.unchanged)


def assess(facts: SubmissionFacts) -> Assessment:
    spec, given = facts.spec, facts.answers
    if facts.submission.school_id:
        fields = asked(spec, facts.kind, given)
        problems = check_school(spec, facts.kind, given, facts.last_year)
    else:
        # Departments and the bureau each answer their own part of the district's items.
        fields = [item for item in facts.items.values() if is_triggered(item, given)]
        found = check_district(spec, given, facts.last_year, facts.schools)
        problems = [problem for problem in found if problem.item in facts.items]
    warnings = []
    for problem in (problem for problem in problems if problem.level == "warning"):
        waiver = facts.waivers.get((problem.code, problem.item))
        warnings.append(Warned(problem, waiver if waiver and waiver.message == problem.message[:300] else None))
    reasons = facts.sent_back.reasons if facts.sent_back else ()
    return Assessment(
        asked=tuple(fields),
        missing=tuple(missing_fields(facts)),
        errors=tuple(problem for problem in problems if problem.level == "error"),
        warnings=tuple(warnings),
        unchanged=tuple(reason for reason in reasons if not _is_changed(facts, reason.item)),
    )


def missing_fields(facts: SubmissionFacts) -> list[Required]:
    """The compulsory fields that are blank by the standard of the round."""
    spec, given = facts.spec, facts.answers
    if facts.submission.school_id:
        return unanswered(required(spec, facts.kind, given), given)
    return unanswered((field for field in required_of_district(spec, given) if field.code in facts.items), given)


def _is_changed(facts: SubmissionFacts, code: str) -> bool:
    """Whether value, files or waivers at an item differ from those that were sent back."""
    then = facts.sent_back.content  # type: ignore[union-attr]
    fields = [item for item in facts.items.values() if code in (item.code, item.base)]
    if not fields:
        return True
    for item in fields:
        answer, before = facts.answers.get(item.code), then["answers"].get(item.code)
        now = answers.frozen(item, answer) if answer is not None else None
        if now != (before and {key: before[key] for key in ("value", "not_applicable") if key in before}):
            return True
    bases, codes = {item.base for item in fields}, {item.code for item in fields}
    files_now = sorted(row.document.sha256 for row in facts.evidence if row.item in bases)
    files_then = sorted(row["sha256"] for row in then["evidence"] if row["item"] in bases)
    waived_now = sorted(row.reason for row in facts.waivers.values() if row.field in codes)
    waived_then = sorted(row["reason"] for row in then["waivers"] if row["field"] in codes)
    return files_now != files_then or waived_now != waived_then


FORMAT = 1


def freeze(facts: SubmissionFacts, assessment: Assessment, *, partial: bool) -> dict[str, Any]:
    """A revision's content as plain JSON; `partial`: taken over unfinished, with what was open then."""
    submission, school = facts.submission, facts.submission.school
    frozen = {
        "format": FORMAT,
        "round": submission.round.code,
        "district": submission.round.district.code,
        "school": {name: getattr(school, name) for name in _OF_SCHOOL} if school else None,
        "department": submission.department.code if submission.department else None,
        "standard": {"code": facts.spec.code, "sha256": facts.spec.content_sha256},
        "answers": {
            code: answers.frozen(facts.items[code], facts.answers[code])
            | {"by": str(facts.stored[code].updated_by), "at": facts.stored[code].updated_at.isoformat()}
            for code in sorted(facts.answers)
        },
        "evidence": [
            {
                "item": row.item,
                "document": str(row.document.public_id),
                "name": row.document.name,
                "sha256": row.document.sha256,
                "size": row.document.size,
                "caption": row.caption,
                "restricted": row.restricted,
            }
            for row in facts.evidence
        ],
        "waivers": [
            {
                "check": waiver.check_code,
                "field": waiver.field,
                "reason": waiver.reason,
                "message": waiver.message,
                "by": str(waiver.updated_by),
            }
            for warned in assessment.warnings
            if (waiver := warned.waiver)
        ],
    }
    if partial:
        frozen["partial"] = {
            "missing": [field.code for field in assessment.missing],
            "unexplained": [[warned.problem.code, warned.problem.item] for warned in assessment.unexplained],
        }
    return frozen


_OF_SCHOOL = ("code", "name", "kind", "area", "sponsor", "boarding", "status")


def as_signed(known: SubmissionFacts, revision: Revision) -> SubmissionFacts:
    """The facts with answers, files and waivers as they were signed. One query."""
    content, submission = revision.content, known.submission
    # A file withdrawn since keeps its row, so every frozen file can still be opened.
    files = {(row["item"], row["document"]) for row in content["evidence"]}
    rows = submission.evidence.filter(document__public_id__in=[document for _, document in files])
    waivers = {
        (row["check"], row["field"]): Waiver(
            submission=submission,
            check_code=row["check"],
            field=row["field"],
            message=row["message"],
            reason=row["reason"],
        )
        for row in content["waivers"]
    }
    signed = replace(
        known,
        evidence=tuple(
            row
            for row in rows.select_related("document", "created_by")
            if (row.item, str(row.document.public_id)) in files
        ),
        waivers=waivers,
        sent_back=None,
    )
    # `answers` is a cached property of the stored rows; here it is what was signed.
    signed.__dict__["answers"] = answers.of_content(known.spec, content)
    return signed
