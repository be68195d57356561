"""Everything known about one submission, loaded in a fixed number of queries."""

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
from indicators.standard.engine import Answer, Item, SchoolData, Spec
from indicators.standard.standards import queries as standards
from schools.directory import past
from schools.directory.models import Department, School


@dataclass(frozen=True, slots=True)
class Returned:
    """The last time the reviewer sent the submission back: what for, and what stood there then."""

    decision: Decision
    reasons: tuple[ReturnReason, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Facts:
    """One submission with its standard, answers, evidence, explanations and return reasons.

    `items` are the fields this respondent may answer; `schools` is what a district's figures are compared with.
    """

    submission: Submission
    spec: Spec
    stored: Mapping[str, "models.Answer"]
    evidence: tuple[Evidence, ...]
    waivers: Mapping[tuple[str, str], Waiver]
    last_year: Mapping[str, Answer]
    returned: Returned | None
    items: Mapping[str, Item]
    schools: tuple[SchoolData, ...] = ()

    @cached_property
    def kind(self) -> str:
        """The kind of school; "" for the bureau and departments."""
        return self.submission.school.kind if self.submission.school else ""

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The answered fields; blank ones are absent."""
        return answers.of_rows(self.items, self.stored.values())

    def version(self, field: str) -> int:
        """The row version of a field; 0 while nobody has touched it."""
        row = self.stored.get(field)
        return row.version if row else 0

    def evidence_of(self, base: str) -> list[Evidence]:
        """The files in force behind an item (base code)."""
        return [row for row in self.evidence if row.item == base]


def with_places(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Fetch what every page of a submission names; the standard's content only if it is needed."""
    return submissions.select_related(
        "round__standard", "round__district", "school__district", "department__district", "extension"
    ).defer("round__standard__content")


def as_then(rows: Iterable[Submission]) -> list[Submission]:
    """Return submissions whose schools carry the name and the facts of their round's day; no school here may be saved.

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


def load(submission: Submission) -> Facts:
    """Load a submission's facts: seven queries (eight for departments and the bureau), whatever is answered.

    One more where the school has changed since the round's day.
    """
    as_then([submission])
    returned, spec = last_return(submission), standards.load_spec(submission.round.standard)
    items = items_of(submission, spec)
    is_compared = any(check.schools for item in items.values() for check in item.checks)
    return Facts(
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
    """Return what the round's schools have answered so far of the fields a district's figures are compared with.

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
    """Return a school with its answers as the engine takes them."""
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
    """Return the fields a respondent may answer: a school's; a department's own; for the bureau what nobody owns.

    In a closed round nothing is answered any more, and today's owners say nothing of it: all district fields.
    `owners` are the district's, where they are read already.
    """
    items = answers.items_of(spec, is_school=bool(submission.school_id))
    if submission.school_id or submission.round.state != submission.round.State.OPEN:
        return items
    owners = owners_of(submission.round.district_id) if owners is None else owners
    return {code: item for code, item in items.items() if owners.get(item.base) == submission.department_id}


def owners_of(district_id: int) -> dict[str, int]:
    """Return which department in office answers which district item (base code → department's id)."""
    rows = ItemOwner.objects.filter(district=district_id, department__status=Department.Status.ACTIVE)
    return dict(rows.values_list("item", "department"))


def last_return(submission: Submission) -> Returned | None:
    """Return the newest decision if it sent the submission back."""
    decisions = Decision.objects.filter(revision__submission=submission).select_related("revision", "decided_by")
    newest = decisions.prefetch_related(Prefetch("reasons")).order_by("-revision__number", "-pk").first()
    if newest is None or newest.verdict != Decision.Verdict.RETURNED:
        return None
    return Returned(newest, tuple(newest.reasons.all()), newest.revision.content)


def last_year(submission: Submission) -> dict[str, Answer]:
    """Return what the same respondent handed in for the latest earlier round, by flat field code."""
    earlier = Revision.objects.filter(
        submission__round__district=submission.round.district_id,
        submission__round__school_year_start__lt=submission.round.school_year_start,
        submission__school=submission.school_id,
        submission__department=submission.department_id,
    ).order_by("-submission__round__school_year_start", "-number")
    row = earlier.first()
    return answers.of_content(standards.load_spec(submission.round.standard), row.content) if row else {}


def due_at(submission: Submission) -> datetime | None:
    """Return the due time of this respondent: the round's, or the later one granted to it; None when nothing is due."""
    extension, due = getattr(submission, "extension", None), submission.round.due_at
    return max(due, extension.due_at) if extension and due else due


def is_late(submission: Submission) -> bool:
    """Whether the server's clock is past the due time of this respondent."""
    due = due_at(submission)
    return due is not None and timezone.now() > due
