"""Reads of submissions, scoped by who asks: lists, everything known about one, what counts in evaluations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import BigAutoField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from indicators.collection.submissions import answers, content_queries, models
from indicators.collection.submissions.models import (
    Decision,
    Evidence,
    ItemOwner,
    ReviewSteps,
    Revision,
    Round,
    SendBackReason,
    Submission,
    Waiver,
)
from indicators.standard.engine import Answer, Item, Recall, SchoolData, Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib.prepared import Prepared
from schools.access import scope
from schools.access.scope import Perm
from schools.directory import queries as directory
from schools.directory.models import Department, School


@dataclass(frozen=True, slots=True)
class SentBack:
    """The last time the reviewer sent the submission back: why, and its content then."""

    decision: Decision
    reasons: tuple[SendBackReason, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class SubmissionFacts:
    """One submission with its standard, answers, evidence, waivers and what it was sent back for.

    `items` are the fields this respondent may answer; `relaxations` those asked or granted for this year;
    `schools` is what a district's figures are compared with; `given` are the answers where they are at hand.
    """

    submission: Submission
    spec: Spec
    stored: Mapping[str, "models.Answer"]
    evidence: tuple[Evidence, ...]
    waivers: Mapping[tuple[str, str], Waiver]
    last_year: Mapping[str, Answer]
    sent_back: SentBack | None
    items: Mapping[str, Item]
    relaxations: frozenset[str] = frozenset()
    schools: tuple[SchoolData, ...] = ()
    given: Mapping[str, Answer] | None = None

    @cached_property
    def kind(self) -> str:
        """Of the school; "" for the bureau and departments."""
        return self.submission.school.kind if self.submission.school else ""

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        return answers.of_rows(self.items, self.stored.values()) if self.given is None else self.given

    @cached_property
    def recall(self) -> Recall | None:
        """Of a school's answers while they are written: each time few of them are new."""
        if not (self.submission.school_id and self.submission.is_editable):
            return None
        return content_queries.recall(self.submission, self.kind, self.answers, self.last_year)

    def version(self, field: str) -> int:
        row = self.stored.get(field)
        return row.version if row else 0

    def evidence_of(self, base: str) -> list[Evidence]:
        return [row for row in self.evidence if row.item == base]


def with_places(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Fetch what every page of a submission names; the standard's content only if it is needed."""
    return submissions.select_related("round__standard", "round__district", "school", "department", "extension").defer(
        "round__standard__content"
    )


_WHOLE = Prepared(lambda pk: with_places(Submission.objects.filter(pk=pk)).order_by(), pk=BigAutoField())


def as_then(rows: Iterable[Submission]) -> list[Submission]:
    """With the schools' facts of the round's day, never to be saved; a query for each round with changes since."""
    found = list(rows)
    by_day: dict[date, list[School]] = defaultdict(list)
    for row in found:
        if row.school and row.school.today is None:
            by_day[row.round.school_year_start].append(row.school)
    for day, schools in by_day.items():
        directory.as_of(schools, day)
    return found


def load(submission: Submission, given: Mapping[str, Answer] | None = None) -> SubmissionFacts:
    """At most eight queries, whatever is answered; files and waivers are read when they are asked for.

    `given` are the answers if they are at hand; their rows then wait until they are asked for.
    """
    as_then([submission])
    spec = standards.load_spec(submission.round.standard)
    items = items_of(submission, spec)
    relaxations, last_year = content_queries.background(submission)
    is_compared = any(check.schools for item in items.values() for check in item.checks)
    return SubmissionFacts(
        submission=submission,
        spec=spec,
        stored=content_queries.answered(submission)
        if given is None
        else SimpleLazyObject(lambda: content_queries.answered(submission)),  # type: ignore[arg-type]
        evidence=SimpleLazyObject(lambda: content_queries.evidence(submission)),  # type: ignore[arg-type]
        waivers=SimpleLazyObject(lambda: content_queries.waivers(submission)),  # type: ignore[arg-type]
        last_year=last_year,
        sent_back=last_sent_back(submission),
        items=items,
        relaxations=relaxations,
        schools=schools_of(submission, spec) if is_compared else (),
        given=given,
    )


def schools_of(submission: Submission, spec: Spec) -> tuple[SchoolData, ...]:
    rows = list(Submission.objects.filter(round=submission.round_id).exclude(school=None).select_related("school"))
    directory.as_of([row.school for row in rows if row.school], submission.round.school_year_start)
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


def all_items(submission: Submission, spec: Spec | None = None) -> Mapping[str, Item]:
    """Of its sort, whoever answers them."""
    return answers.items_of(spec or spec_of(submission), is_school=bool(submission.school_id))


def items_of(
    submission: Submission, spec: Spec | None = None, owners: Mapping[str, int] | None = None
) -> Mapping[str, Item]:
    """The fields a respondent may answer: a school's; a department's own; for the bureau what nobody owns."""
    items = all_items(submission, spec)
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
    if submission.decided_at is None:
        return None
    decisions = Decision.objects.filter(revision__submission=submission).select_related("revision", "decided_by")
    newest = decisions.prefetch_related(Prefetch("reasons")).order_by("-revision__number", "-pk").first()
    if newest is None or newest.verdict != Decision.Verdict.SENT_BACK:
        return None
    return SentBack(newest, tuple(newest.reasons.all()), newest.revision.signed)


def in_words(known: SubmissionFacts, reason: SendBackReason) -> Waiver | None:
    """What was answered in words to why an item was sent back."""
    waiver = known.waivers.get((Waiver.SENT_BACK, reason.item))
    return waiver if waiver and waiver.message == reason.text else None


def in_two_steps(district_id: int) -> bool:
    """Whether the district's reviews need a second person's approval."""
    return ReviewSteps.objects.filter(district=district_id, two=True).exists()


def due_at(submission: Submission) -> datetime | None:
    """With the respondent's extension; None when nothing is due."""
    extension, due = getattr(submission, "extension", None), submission.round.due_at
    return max(due, extension.due_at) if extension and due else due


def is_late(submission: Submission) -> bool:
    due = due_at(submission)
    return due is not None and timezone.now() > due


@dataclass(frozen=True, slots=True)
class LoadedRevision:
    """An approved revision, ready for the engine. `school_code` is "" for the bureau and departments."""

    submission_id: int
    school_code: str
    department_code: str
    revision_id: int
    number: int
    receipt: str
    sha256: str
    submitted_at: str
    answers: Mapping[str, Answer]


def newest(rows: QuerySet[Revision]) -> QuerySet[Revision]:
    """Those that are the last of their submission."""
    last = Revision.objects.filter(submission=OuterRef("submission")).order_by("-number").values("pk")[:1]
    return rows.filter(pk=Subquery(last))


def counting() -> QuerySet[Revision]:
    """Of each respondent the newest, if it is approved and was not sent back since."""
    approved = Q(submission__state=Submission.State.APPROVED, decision__verdict=Decision.Verdict.APPROVED)
    return newest(Revision.objects.filter(approved))


def handed_in(user: User) -> QuerySet[Revision]:
    """Of each respondent the newest that waits for review or is approved, of those the person may see."""
    open_ = (Submission.State.DRAFT, Submission.State.SENT_BACK)
    rows = scope.visible(user, Revision.objects.all(), Perm.SUBMISSION_VIEW)
    return newest(rows).exclude(submission__state__in=open_)


def load_revisions(round: Round) -> list[LoadedRevision]:
    """What counts, by school code, departments and the bureau last; two queries."""
    spec = standards.load_spec(round.standard)
    loaded = [_loaded(spec, row) for row in counting().filter(submission__round=round.pk)]
    return sorted(loaded, key=lambda row: (not row.school_code, row.school_code, row.department_code))


def load_frozen(standard: standards.Standard, revision_ids: Collection[int]) -> dict[int, LoadedRevision]:
    """As this standard reads them, whatever became of them since. One query; unscoped: for evaluations."""
    spec = standards.load_spec(standard)
    return {row.pk: _loaded(spec, row) for row in Revision.objects.filter(pk__in=revision_ids)}


def contents_of(revision_ids: Iterable[int]) -> list[Mapping[str, Any]]:
    """Unscoped: for evaluations."""
    rows = Revision.objects.filter(pk__in=list(revision_ids)).order_by("pk").only("content")
    return [row.signed for row in rows]


def _loaded(spec: Spec, row: Revision) -> LoadedRevision:
    return LoadedRevision(
        submission_id=row.submission_id,
        school_code=(row.signed["school"] or {}).get("code", ""),
        department_code=row.signed["department"] or "",
        revision_id=row.pk,
        number=row.number,
        receipt=row.receipt,
        sha256=row.sha256,
        submitted_at=row.submitted_at.isoformat(),
        answers=answers.of_content(spec, row.signed),
    )


def spec_of(submission: Submission) -> Spec:
    return standards.load_spec(submission.round.standard)


def get(user: User, submission_id: int) -> Submission:
    """Raises NotFound outside the person's scope."""
    found = next(iter(_WHOLE(pk=submission_id)), None)
    if found is None or not scope.may(user, Perm.SUBMISSION_VIEW, found):
        raise NotFound("没有找到这份填报，或不在您可以查看的范围内。")
    return as_then([found])[0]


def own(user: User) -> list[Submission]:
    """Newest round first."""
    rows = with_places(Submission.objects.filter(scope.own(user, Perm.SUBMISSION_FILL, Submission)))
    return as_then(rows.order_by("-round__school_year_start", "school__code", "department__code", "pk"))


def fillers(submission: Submission) -> QuerySet[User]:
    return scope.people_at(Perm.SUBMISSION_FILL, submission)


def signers(submission: Submission) -> QuerySet[User]:
    """The school's head; for departments and the bureau its admins."""
    if submission.school_id:
        heads = scope.people_at(Perm.SUBMISSION_SIGN, submission)
        if heads.exists():
            return heads
    return scope.users_with(Perm.SUBMISSION_SIGN, submission.round.district)


def statements(items: Mapping[str, Item]) -> frozenset[str]:
    """What only who signs may state: the confirmed fields, and what is asked because of them."""
    confirmed = {code for code, item in items.items() if item.signed}
    following = {code for code, item in items.items() if item.asked_if and item.asked_if[0] in confirmed}
    return frozenset(confirmed | following)


def is_signed(submission: Submission, number: int, by: User) -> bool:
    return submission.revisions.filter(number=number, submitted_by=by).exists()


def revisions(submission: Submission) -> list[Revision]:
    return list(
        submission.revisions.select_related("submitted_by", "withdrawal__withdrawn_by").prefetch_related(
            "decisions__decided_by", "decisions__reasons"
        )
    )


def evidence(user: User, evidence_id: int) -> Evidence:
    """Raises NotFound outside the person's scope."""
    seen = scope.visible(
        user,
        Evidence.objects.select_related(
            "document", "submission__round__district", "submission__school", "submission__department"
        ),
        Perm.SUBMISSION_VIEW,
    )
    found = seen.filter(pk=evidence_id).first()
    if found is None:
        raise NotFound("没有找到这份材料，或不在您可以查看的范围内。")
    return found


def revision(user: User, revision_id: int) -> Revision:
    """Raises NotFound outside the person's scope."""
    seen = scope.visible(
        user,
        Revision.objects.select_related(
            "submitted_by",
            "submission__round__standard",
            "submission__round__district",
            "submission__school",
            "submission__department",
        ),
        Perm.SUBMISSION_VIEW,
    )
    found = seen.filter(pk=revision_id).first()
    if found is None:
        raise NotFound("没有找到这次提交，或不在您可以查看的范围内。")
    return found
