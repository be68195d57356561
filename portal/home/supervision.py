"""Tasks about supervision: rectify, dispatch, verify, visit."""

from collections.abc import Iterator

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.text import Truncator

from inspections.rectification import current
from inspections.rectification.models import Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.home.tasks import Task
from schools.access import scope
from schools.access.permissions import Perm

S = Finding.State
# Up to this many findings are listed one by one; more become one line.
_ONE_BY_ONE = 8


def to_rectify(user: User) -> Iterator[Task]:
    """Yield the findings one's school has to rectify."""
    rows = _findings(user, Perm.FINDING_RECTIFY, [S.RECTIFYING, S.SENT_BACK])
    yield from _lines(rows, {S.RECTIFYING: "落实整改", S.SENT_BACK: "重新整改（核查退回）"})


def to_verify(user: User) -> Iterator[Task]:
    """Yield the findings whose rectification waits for this person's check, never the own rectification."""
    rows = _findings(user, Perm.FINDING_VERIFY, [S.CLOSE_REQUESTED, S.VERIFYING]).filter(
        Q(rectified_by=None) | ~Q(rectified_by=user)
    )
    yield from _lines(rows, {S.CLOSE_REQUESTED: "核查销号申请", S.VERIFYING: "完成核查"})


def to_dispatch(user: User) -> Iterator[Task]:
    """Yield one line for findings not yet dispatched."""
    rows = _findings(user, Perm.FINDING_DISPATCH, [S.TO_DISPATCH])
    found = rows.aggregate(n=Count("pk"), due=Min("due_on"))
    if found["n"]:
        url = reverse("rectification:list")
        yield Task(f"派发 {found['n']} 项问题", "问题台账", f"{url}?state=to_dispatch", found["due"])


def _findings(user: User, perm: Perm, states: list[str]) -> QuerySet[Finding]:
    if not scope.holds(user, perm):
        return Finding.objects.none()
    return scope.visible(user, Finding.objects.filter(state__in=states), perm)


def _lines(rows: QuerySet[Finding], acts: dict[S, str]) -> Iterator[Task]:
    first = list(rows.select_related("school").order_by("due_on", "pk")[: _ONE_BY_ONE + 1])
    if len(first) > _ONE_BY_ONE:
        for state, count, due in rows.order_by().values_list("state").annotate(Count("pk"), Min("due_on")):
            url = f"{reverse('rectification:list')}?state={state}"
            yield Task(f"{acts[S(state)]} {count} 项", "问题台账", url, due)
        return
    now = current.of(first)
    for row in first:
        url = reverse("rectification:detail", args=[row.pk])
        subject = f"{row.school} · {row.indicator} · {Truncator(now[row.pk].problem).chars(60)}"
        yield Task(acts[S(row.state)], subject, url, row.due_on, note=row.number)


def to_visit(user: User) -> Iterator[Task]:
    """Yield the visits this person leads or takes part in."""
    if not scope.holds(user, Perm.VISIT_RECORD):
        return
    rows = Visit.objects.filter(state__in=[Visit.State.PLANNED, Visit.State.UNDERWAY])
    mine = scope.visible(user, rows, Perm.VISIT_RECORD).filter(Q(leader=user) | Q(team=user)).distinct()
    for row in mine.select_related("school").order_by("planned_on", "pk")[:20]:
        act = "完成督导记录" if row.state == Visit.State.UNDERWAY else "入校督导"
        url = reverse("visits:detail", args=[row.pk])
        yield Task(act, f"{row.school} · {row.subject}", url, row.planned_on, note=row.get_kind_display())
