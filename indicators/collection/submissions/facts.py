"""Everything known about one submission, and what is still open in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from indicators.standard.engine import Answer, DataProblem, Item, SchoolData, Spec, Value
from indicators.standard.engine.checks import check_district, check_school
from indicators.standard.engine.scope import Required, asked, required, required_of_district, unanswered
from indicators.standard.standards import queries as standards
from schools.directory import past
from schools.directory.models import Department, School


@dataclass(frozen=True, slots=True)
class SentBack:
    """The last time the reviewer sent the submission back: what for, and what stood there then."""

    decision: Decision
    reasons: tuple[ReturnReason, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class SubmissionFacts:
    """One submission with its standard, answers, evidence, explanations and return reasons.

    `items` are the fields this respondent may answer; `schools` is what a district's figures are compared with.
    """

    submission: Submission
    spec: Spec
    stored: Mapping[str, "models.Answer"]
    evidence: tuple[Evidence, ...]
    waivers: Mapping[tuple[str, str], Waiver]
    last_year: Mapping[str, Answer]
    returned: SentBack | None
    items: Mapping[str, Item]
    schools: tuple[SchoolData, ...] = ()

    @cached_property
    def kind(self) -> str:
        """The kind of school; "" for the bureau and departments."""
        return self.submission.school.kind if self.submission.school else ""

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return answers.of_rows(self.items, self.stored.values())

    def version(self, field: str) -> int:
        """The row version of a field; 0 while nobody has touched it."""
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
    """Submissions whose schools carry the name and the facts of their round's day; no school here may be saved.

    One query for each round in which a school has changed since.
    """
    found = list(rows)
    by_day: dict[date, list[School]] = defaultdict(list)
    for row in found:
        if row.school and row.school.today is None:
            by_day[row.round.school_year_start].append(row.school)
    for day, schools in by_day.items():
        past.on(schools, day)
    return found


def load(submission: Submission) -> SubmissionFacts:
    """Load a submission's facts: seven queries (eight for departments and the bureau), whatever is answered.

    One more where the school has changed since the round's day.
    """
    as_then([submission])
    returned, spec = last_sent_back(submission), standards.load_spec(submission.round.standard)
    items = items_of(submission, spec)
    is_compared = any(check.schools for item in items.values() for check in item.checks)
    return SubmissionFacts(
        submission=submission,
        spec=spec,
        stored={row.field: row for row in submission.answers.select_related("updated_by")},
        evidence=tuple(submission.evidence.filter(withdrawn_at=None).select_related("document", "created_by")),
        waivers={(row.check_code, row.field): row for row in submission.waivers.select_related("updated_by")},
        last_year=last_year(submission),
        returned=returned,
        items=items,
        schools=schools_of(submission, spec) if is_compared else (),
    )


def schools_of(submission: Submission, spec: Spec) -> tuple[SchoolData, ...]:
    """What the round's schools have answered so far of the fields a district's figures are compared with.

    The schools are those of the round's day. Two queries, one more where a school has changed since.
    """
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
    """The fields a respondent may answer: a school's; a department's own; for the bureau what nobody owns.

    In a closed round nothing is answered any more, and today's owners say nothing of it: all district fields.
    `owners` are the district's, where they are read already.
    """
    items = answers.items_of(spec, is_school=bool(submission.school_id))
    if submission.school_id or submission.round.state != submission.round.State.OPEN:
        return items
    owners = owners_of(submission.round.district_id) if owners is None else owners
    return {code: item for code, item in items.items() if owners.get(item.base) == submission.department_id}


def owners_of(district_id: int) -> dict[str, int]:
    rows = ItemOwner.objects.filter(district=district_id, department__status=Department.Status.ACTIVE)
    return dict(rows.values_list("item", "department"))


def last_sent_back(submission: Submission) -> SentBack | None:
    """The newest decision if it sent the submission back."""
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
    """The due time of this respondent: the round's, or the later one granted to it; None when nothing is due."""
    extension, due = getattr(submission, "extension", None), submission.round.due_at
    return max(due, extension.due_at) if extension and due else due


def is_late(submission: Submission) -> bool:
    """Whether the server's clock is past the due time of this respondent."""
    due = due_at(submission)
    return due is not None and timezone.now() > due


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning with the explanation that covers it, if any."""

    problem: DataProblem
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The state of a submission, field by field; all empty lists mean it can be handed in."""

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
    """Assess a submission. Reads nothing beyond the facts."""
    is_school, spec, given = bool(facts.submission.school_id), facts.spec, facts.answers
    if is_school:
        fields = asked(spec, facts.kind, given)
        problems = check_school(spec, facts.kind, given, facts.last_year)
    else:
        # Departments and the bureau each answer their own part of the district's items.
        fields = [item for item in facts.items.values() if _is_asked(item, given)]
        found = check_district(spec, given, facts.last_year, facts.schools)
        problems = [problem for problem in found if problem.item in facts.items]
    return Assessment(
        asked=tuple(fields),
        missing=tuple(missing_fields(facts)),
        errors=tuple(problem for problem in problems if problem.level == "error"),
        warnings=tuple(Warned(p, _waiver(facts, p)) for p in problems if p.level == "warning"),
        unchanged=tuple(unchanged_reasons(facts)),
    )


def missing_fields(facts: SubmissionFacts) -> list[Required]:
    """The compulsory fields that are blank by the standard of the round. Reads nothing beyond the facts."""
    spec, given = facts.spec, facts.answers
    if facts.submission.school_id:
        return unanswered(required(spec, facts.kind, given), given)
    return unanswered((field for field in required_of_district(spec, given) if field.code in facts.items), given)


def _is_asked(item: Item, given: Mapping[str, Any]) -> bool:
    if item.asked_if is None:
        return True
    other, wanted = item.asked_if
    answer = given.get(other)
    return isinstance(answer, Value) and answer.value is wanted


def _waiver(facts: SubmissionFacts, problem: DataProblem) -> Waiver | None:
    waiver = facts.waivers.get((problem.code, problem.item))
    return waiver if waiver and waiver.message == problem.message[:300] else None


def unchanged_reasons(facts: SubmissionFacts) -> list[ReturnReason]:
    """The reasons of the last time it was sent back whose item is exactly as it was then.

    A changed value, file or explanation at the item counts as an answer.
    """
    if facts.returned is None:
        return []
    return [reason for reason in facts.returned.reasons if not _is_answered(facts, reason.item)]


def _is_answered(facts: SubmissionFacts, code: str) -> bool:
    then = facts.returned.content  # type: ignore[union-attr]
    fields = [item for item in facts.items.values() if code in (item.code, item.base)]
    if not fields:
        return True
    for item in fields:
        answer = facts.answers.get(item.code)
        now = answers.frozen(item, answer) if answer is not None else None
        if now != _bare(then["answers"].get(item.code)):
            return True
    bases, codes = {item.base for item in fields}, {item.code for item in fields}
    files_now = sorted(row.document.sha256 for row in facts.evidence if row.item in bases)
    files_then = sorted(row["sha256"] for row in then["evidence"] if row["item"] in bases)
    said_now = sorted(row.reason for row in facts.waivers.values() if row.field in codes)
    said_then = sorted(row["reason"] for row in then["waivers"] if row["field"] in codes)
    return files_now != files_then or said_now != said_then


def _bare(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if data is None else {key: data[key] for key in ("value", "not_applicable") if key in data}
