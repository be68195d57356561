"""The queue of the reviewer: in what order, whose turn, what can be approved together after a sample was looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from indicators.collection.reviews import points, queries, surroundings_queries as surroundings
from indicators.collection.reviews.models import ReviewBatch
from indicators.collection.reviews.points import ReviewPoint
from indicators.collection.submissions import queries as submissions, rights
from indicators.collection.submissions.models import Decision, Revision, Round, Submission
from indicators.collection.submissions.workflow import TABLE
from portal.core.accounts.models import User
from schools.access.scope import Perm, visible

S = Submission.State
# Beyond this many a queue is not ranked: it is a province's, and whoever works in it narrows it to a district first.
MOST = 400


def to_decide(user: User) -> QuerySet[Submission]:
    return queries.waiting(user).filter(rights.decidable_by(user))


def ranked(rows: Iterable[Submission], found: Mapping[int, Sequence[ReviewPoint]]) -> list[Submission]:
    """By the weightiest kind of point, their number, then the longest waiting; without points last."""
    order = list(points.kinds())

    def key(row: Submission) -> tuple[int, int]:
        own = found.get(row.pk, ())
        return min((order.index(point.kind) for point in own), default=len(order)), -len(own)

    return sorted(rows, key=key)


def with_points(
    user: User, rows: QuerySet[Submission], *, oldest: bool = False
) -> tuple[QuerySet[Submission] | list[Submission], dict[int, list[ReviewPoint]] | None]:
    """Ranked, with points; beyond MOST by waiting time, without points."""
    if rows.count() > MOST:
        return rows, None
    listed = list(surroundings.with_standard(rows))
    found = surroundings.of(user, [row for row in listed if row.state in queries.WAITING])
    return listed if oldest else ranked(listed, found), found


def to_approve_together(user: User) -> QuerySet[Submission]:
    """Not what somebody else has begun, nor what waits for a second step, which is taken one by one."""
    begun = Q(state=S.IN_REVIEW) & ~Q(reviewer=user.pk)
    return to_decide(user).exclude(begun | rights.of_second_step())


def clean(user: User, round_: Round) -> list[Revision]:
    """Newest revisions without a point that this person may approve together."""
    rows = list(surroundings.with_standard(to_approve_together(user)).filter(round=round_))
    found = surroundings.of(user, rows)
    pks = [row.pk for row in rows if found.get(row.pk) == []]
    held = submissions.newest(Revision.objects.filter(submission__in=pks)).defer("content")
    return list(held.select_related("submission__round__district", "submission__school", "submission__department"))


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One of the sample of a batch: a revision and what was decided on it."""

    revision: Revision

    @property
    def submission(self) -> Submission:
        return self.revision.submission

    @property
    def is_sent_back(self) -> bool:
        return any(row.verdict == Decision.Verdict.SENT_BACK for row in self.revision.decisions.all())

    @property
    def is_passed(self) -> bool:
        return bool(self.revision.decisions.all()) and not self.is_sent_back


def sample_of(batch: ReviewBatch) -> list[SampleRow]:
    rows = Revision.objects.filter(pk__in=batch.sample).defer("content").prefetch_related("decisions")
    rows = rows.select_related("submission__round__district", "submission__school", "submission__department")
    return [SampleRow(row) for row in rows.order_by("submission__school__code", "pk")]


def batch(user: User, round_: Round) -> ReviewBatch | None:
    """The newest that is not done."""
    rows = visible(user, ReviewBatch.objects.filter(round=round_, done_at=None), Perm.SUBMISSION_REVIEW)
    return rows.first()


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A submission in the queue, from `handed_in`, with its points; None where nothing is decided any more."""

    submission: Submission
    points: Sequence[ReviewPoint] | None = None

    @property
    def kinds(self) -> list[tuple[str, str, int]]:
        held = Counter(point.kind for point in self.points or ())
        return [(kind["label"], kind["tone"], held[code]) for code, kind in points.kinds().items() if held[code]]

    @property
    def tone(self) -> str:
        return TABLE.states[self.submission.state].tone

    @property
    def days_waiting(self) -> int | None:
        """In calendar days; None when it waits for no review."""
        since = self.submission.submitted_at
        if since is None or self.submission.state not in queries.WAITING:
            return None
        return (timezone.localdate() - timezone.localdate(since)).days


def next_waiting(user: User, after: Submission) -> Submission | None:
    rows, _ = with_points(user, to_decide(user).exclude(pk=after.pk))
    return next(iter(rows), None)
