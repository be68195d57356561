"""Reads of the review: the queue, and one submission with everything a reviewer weighs."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from indicators.collection.reviews.forms import WAITING, QueueFilter
from indicators.collection.rounds.models import Round
from indicators.collection.submissions import facts
from indicators.collection.submissions.models import Submission
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.access.scope import visible

S = Submission.State
HANDED_IN = (S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.APPROVED)


def rounds(user: User) -> QuerySet[Round]:
    """Return the rounds whose submissions the person may review."""
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, Perm.SUBMISSION_REVIEW)


def round_of(user: User, round_id: int) -> Round:
    """Return a round whose submissions the person may review. Raises NotFound otherwise."""
    found = rounds(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以审核的范围内。")
    return found


def waiting(user: User) -> QuerySet[Submission]:
    """Return what waits for a decision of this person, oldest first."""
    return _all(user).filter(state__in=(S.SUBMITTED, S.IN_REVIEW))


def queue(user: User, form: QueueFilter) -> QuerySet[Submission]:
    """Return the submissions a filter lets through, oldest handed in first; unknown filter values do not filter."""
    form.is_valid()
    wanted: dict[str, Any] = form.cleaned_data
    rows, state = _all(user), wanted.get("state") or WAITING
    if state == WAITING:
        rows = rows.filter(state__in=(S.SUBMITTED, S.IN_REVIEW))
    elif state != "all":
        rows = rows.filter(state=state)
    if wanted.get("round"):
        rows = rows.filter(round=wanted["round"])
    if wanted.get("kind"):
        rows = rows.filter(school__kind=wanted["kind"])
    if wanted.get("township"):
        rows = rows.filter(school__township=wanted["township"])
    if wanted.get("days"):
        rows = rows.filter(submitted_at__lte=timezone.now() - timedelta(days=int(wanted["days"])))
    if text := (wanted.get("q") or "").strip():
        names = ["school__name__contains", "department__name__contains"]
        rows = rows.filter(fields.matching(text, names=names, codes=["school__code__contains"]))
    return rows


def _all(user: User) -> QuerySet[Submission]:
    rows = visible(user, Submission.objects.filter(state__in=HANDED_IN), Perm.SUBMISSION_REVIEW)
    rows = rows.select_related("round__district", "school", "department").annotate(times=Count("revisions"))
    return rows.order_by("submitted_at", "pk")


def get(user: User, submission_id: int) -> Submission:
    """Return a submission the person may look at, handed in at least once. Raises NotFound otherwise.

    Who may see it but not review it finds no buttons on the page, and the actions refuse.
    """
    rows = facts.with_places(visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW))
    found = rows.filter(pk=submission_id, revisions__isnull=False).first()
    if found is None:
        raise NotFound("没有找到这份填报，或它还没有提交过，或不在您可以查看的范围内。")
    return facts.as_then([found])[0]


def next_waiting(user: User, after: Submission) -> Submission | None:
    """Return the one that has waited longest besides this one."""
    return waiting(user).exclude(pk=after.pk).first()
