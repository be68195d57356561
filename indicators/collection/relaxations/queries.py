"""Reads of relaxations: the register, who fulfils which condition, what is in force on a day, what ends soon."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.collection.submissions import queries as submissions
from indicators.standard.engine import RelaxationRule as Rule, SchoolData, relaxations as judging
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import School

_NOT_FOUND = "没有找到这项放宽口径，或它不在您可以查看的范围内。"


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a school fulfils the condition of a relaxation, and why or why not.

    ``empty`` says that it has reported nothing yet that could count; approving is possible all the same.
    """

    fits: bool
    why: str
    empty: str = ""


def for_list(user: User) -> QuerySet[Relaxation]:
    return visible(user, Relaxation.objects.select_related("school"), Perm.RELAXATION_VIEW).order_by("-pk")


def as_then(relaxations: Iterable[Relaxation]) -> list[Relaxation]:
    """Schools with the facts of the term's first day, never to be saved; at most one query."""
    rows = list(relaxations)
    directory.each_as_of((row.school, row.valid_from) for row in rows)
    return rows


def get(user: User, relaxation_id: int) -> Relaxation:
    """Raises NotFound outside the person's scope."""
    rows = Relaxation.objects.select_related("school__district", "created_by", "decided_by", "withdrawn_by")
    found = visible(user, rows, Perm.RELAXATION_VIEW).filter(pk=relaxation_id).first()
    if found is None:
        raise NotFound(_NOT_FOUND)
    return found


def proofs(relaxation: Relaxation) -> list[RelaxationProof]:
    return list(relaxation.proofs.select_related("document", "created_by"))


def proof(user: User, proof_id: int) -> RelaxationProof:
    """Raises NotFound outside the person's scope."""
    rows = RelaxationProof.objects.select_related("document", "relaxation__school__district")
    found = visible(user, rows, Perm.RELAXATION_VIEW).filter(pk=proof_id).first()
    if found is None:
        raise NotFound(_NOT_FOUND)
    return found


def rules(standard: standards.Standard) -> list[Rule]:
    return [rule for rule in standards.load_spec(standard).relaxations.values() if rule.rule]


def fit(school: School, kind: str) -> Fit:
    counting = submissions.counting().filter(submission__school=school).select_related("submission__round__standard")
    newest = counting.order_by("-submission__round__school_year_start", "-submission__round").first()
    standard = newest.submission.round.standard if newest else standards.in_force([school.district_id])
    spec = standards.load_spec(standard)
    if kind not in spec.relaxations:
        return Fit(False, f"本区所用标准“{spec.name}”中没有这种放宽口径")
    answers = submissions.load_frozen(standard, [newest.pk])[newest.pk].answers if newest else {}
    data = SchoolData(school.code, school.name, school.kind, school.area, answers=answers)
    cases, why = judging.fitting(spec, spec.relaxations[kind], data, school.built_year)
    return Fit(bool(cases), why, judging.nothing_to_count(spec, spec.relaxations[kind], data.given))


def in_force(district_id: int, on: dt.date) -> list[Relaxation]:
    """Approved on that day, by kind and school; of two the newer. Unscoped: for evaluations."""
    rows = Relaxation.objects.filter(
        school__in=directory.ever_of(district_id),
        state=Relaxation.State.APPROVED,
        valid_from__lte=on,
        valid_until__gte=on,
    ).select_related("school")
    latest = {(row.kind, row.school.code): row for row in rows.order_by("pk")}
    return [latest[key] for key in sorted(latest)]


def overlapping(relaxation: Relaxation) -> Relaxation | None:
    """Approved, of the same school and kind, the terms overlapping."""
    others = Relaxation.objects.filter(
        school=relaxation.school_id,
        kind=relaxation.kind,
        state=Relaxation.State.APPROVED,
        valid_from__lte=relaxation.valid_until,
        valid_until__gte=relaxation.valid_from,
    )
    return others.exclude(pk=relaxation.pk).first()


def expiring(district_id: int | None = None) -> QuerySet[Relaxation]:
    """In force today and ending within RELAXATION_WARN_DAYS, soonest first (unscoped)."""
    today = timezone.localdate()
    rows = Relaxation.objects.filter(
        state=Relaxation.State.APPROVED,
        valid_from__lte=today,
        valid_until__range=(today, today + dt.timedelta(days=settings.RELAXATION_WARN_DAYS)),
    )
    if district_id is not None:
        rows = rows.filter(school__district_id=district_id)
    return rows.select_related("school__district").order_by("valid_until", "pk")
