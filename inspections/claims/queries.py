"""Reads of checked figures: differences of a visit, what they say of revisions, what waits for an answer, over-claiming."""

from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from indicators.collection.submissions.difference_queries import SiteDifference
from indicators.collection.submissions.models import Revision, Submission
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.claims.models import CheckedFigure, Direction
from portal.core.accounts.models import User
from portal.core.lib import numbers
from schools.access import scope
from schools.access.scope import Perm, visible


def seen_by(user: User) -> QuerySet[CheckedFigure]:
    return visible(user, CheckedFigure.objects.all(), Perm.VISIT_VIEW)


def different(rows: QuerySet[CheckedFigure]) -> QuerySet[CheckedFigure]:
    return rows.exclude(direction=Direction.SAME)


def spec(user: User) -> Spec:
    return standards.load_spec(standards.for_reader(user))


def of_visit(user: User, visit_id: int) -> list[CheckedFigure]:
    """Raises Http404 where there are none."""
    rows = different(seen_by(user)).filter(visit=visit_id)
    found = list(
        rows.select_related("visit__school__district", "revision__submission__round", "finding", "answered_by")
    )
    return found or [get_object_or_404(rows)]


def get(user: User, figure_id: int) -> CheckedFigure:
    """Raises Http404 out of scope."""
    return get_object_or_404(different(seen_by(user)), pk=figure_id)


def to_answer(user: User) -> QuerySet[CheckedFigure]:
    rows = different(CheckedFigure.objects.filter(answer=""))
    return visible(user, rows.filter(scope.own(user, Perm.FINDING_RECTIFY, CheckedFigure)), Perm.FINDING_RECTIFY)


def to_send_back(user: User) -> QuerySet[CheckedFigure]:
    """The school wants to correct them in what was approved and not sent back since."""
    newer = Revision.objects.filter(
        submission=OuterRef("revision__submission"), number__gt=OuterRef("revision__number")
    )
    asked = CheckedFigure.objects.filter(answer=CheckedFigure.Answer.CORRECT).exclude(Exists(newer))
    approved = asked.filter(revision__submission__state=Submission.State.APPROVED)
    return visible(user, approved, Perm.SUBMISSION_REVIEW)


def of_revisions(user: User, revisions: QuerySet[Revision]) -> list[SiteDifference]:
    """Where the last visit found other figures than these submissions claim; three queries."""
    if not scope.holds(user, Perm.VISIT_VIEW):
        return []
    rows = seen_by(user).filter(revision__submission__in=revisions.values("submission"))
    rows = rows.select_related("visit__school", "revision").defer("revision__content")
    last = {
        (row.revision.submission_id, row.question, row.code): row for row in rows.order_by("visit__finished_at", "pk")
    }
    found = [row for row in last.values() if row.direction != Direction.SAME]
    if not found:
        return []
    asked = dict(revisions.order_by().values_list("submission", "pk"))
    now = {row.pk: asked[row.revision.submission_id] for row in found}
    moved = {pk for row in found if now[row.pk] != row.revision_id for pk in (now[row.pk], row.revision_id)}
    # Of later or earlier revisions than the visit used.
    answers = {row.pk: row.signed["answers"] for row in Revision.objects.filter(pk__in=moved)} if moved else {}

    def given(row: CheckedFigure, revision: int) -> list[Any]:
        held = [answers[revision].get(item, {}) for item in row.items]
        return [(one.get("value"), one.get("not_applicable")) for one in held]

    return [
        SiteDifference(
            school_code=row.visit.school.code,
            indicator=row.indicator,
            stage=row.stage,
            items=tuple(row.items),
            words=row.sentence,
            answer=row.answer_words,
            url=reverse("claims:visit", args=[row.visit_id]),
            is_changed=now[row.pk] != row.revision_id and given(row, now[row.pk]) != given(row, row.revision_id),
            asks_correction=row.answer == CheckedFigure.Answer.CORRECT,
        )
        for row in found
    ]


@dataclass(slots=True)
class ClaimTally:
    """Figures checked of an indicator, a school or both; `over` are claims better than what was found.

    `of` is the indicator's or the school's code. `shares` are the differences in percent of the claims, of those that
    differ, negative where the claim is better.
    """

    of: str
    label: str
    checked: int = 0
    different: int = 0
    over: int = 0
    shares: list[Fraction] = field(default_factory=list)

    def add(self, row: CheckedFigure) -> None:
        self.checked += 1
        if row.direction != Direction.SAME:
            self.different += 1
            self.over += row.is_flattering
            if row.claimed and row.difference is not None:
                share = Fraction(row.difference) / Fraction(row.claimed) * 100
                self.shares.append(-share if row.less_is_better else share)

    @property
    def median(self) -> Fraction | None:
        """In percent; None without a relative difference."""
        return median(self.shares) if self.shares else None

    @property
    def median_words(self) -> str:
        if self.median is None:
            return "算不出" if self.different else "没有差异"
        return f"{numbers.half_up(self.median, 1):+f}%"


@dataclass(frozen=True, slots=True)
class ClaimStatistics:
    """Over-claiming by indicator, by school and by both, the most over-claimed first, and in all.

    `pairs` are the indicators that a school claims better than was found.
    """

    total: ClaimTally
    indicators: list[ClaimTally]
    schools: list[ClaimTally]
    pairs: list[ClaimTally]


def statistics(rows: QuerySet[CheckedFigure], spec: Spec) -> ClaimStatistics:
    """One query; schools with today's names."""
    total, indicators, schools = ClaimTally("", "合计"), dict[str, ClaimTally](), dict[str, ClaimTally]()
    pairs: dict[str, ClaimTally] = {}
    names = {one.code: one.short_name for one in spec.indicators} | {one.code: one.name for one in spec.vetoes}
    fields = (
        "indicator",
        "direction",
        "less_is_better",
        "claimed",
        "found",
        "visit__school__code",
        "visit__school__name",
    )
    for row in rows.select_related("visit__school").only(*fields).order_by("pk"):
        code, school = row.indicator, row.visit.school
        total.add(row)
        indicators.setdefault(code, ClaimTally(code, names.get(code, ""))).add(row)
        schools.setdefault(school.code, ClaimTally(school.code, school.name)).add(row)
        both = ClaimTally(code, f"{school.name} · {code} {names.get(code, '')}".rstrip())
        pairs.setdefault(f"{school.code} {code}", both).add(row)

    def ordered(tallies: dict[str, ClaimTally]) -> list[ClaimTally]:
        return sorted(tallies.values(), key=lambda one: (-one.over, -one.different, one.of))

    over = [one for one in ordered(pairs) if one.over]
    return ClaimStatistics(total, ordered(indicators), ordered(schools), over)
