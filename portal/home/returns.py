"""Tasks about returns: fill, answer a return, sign, review, remind, evaluate."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds.models import Round
from indicators.collection.rounds.stages import EDITABLE, Stage, not_expected, with_stage
from indicators.collection.submissions.models import Decision, ReturnReason, Submission
from indicators.results.evaluations.models import Evaluation
from portal.core.accounts.models import User
from portal.home.tasks import Task
from schools.access import scope
from schools.access.permissions import ROLES, Perm

S = Submission.State


def own(user: User, perm: Perm) -> QuerySet[Any]:
    """Return the submissions a person answers for, with `stage` and `due`: of the own school, department or bureau.

    A bureau's administrator may fill for every school, but that is not what is on the own list.
    """
    granted = [row for row in scope.memberships(user) if perm in ROLES[row.role].grants]
    place = (
        Q(school__in=[row.school_id for row in granted if row.school_id])
        | Q(department__in=[row.department_id for row in granted if row.department_id])
        | Q(school=None, department=None, round__district__in=[row.district_id for row in granted if row.district_id])
    )
    rows = Submission.objects.filter(place, round__state=Round.State.OPEN)
    return with_stage(scope.visible(user, rows, perm)).select_related("round__district", "school", "department")


def to_fill(user: User) -> Iterator[Task]:
    """Yield what to fill, answer or sign."""
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return
    rows = list(own(user, Perm.SUBMISSION_FILL).filter(state__in=EDITABLE).exclude(not_expected()))
    signable = set(own(user, Perm.SUBMISSION_SIGN).filter(state__in=EDITABLE).values_list("pk", flat=True))
    reasons = _open_reasons([row.pk for row in rows if row.state == S.RETURNED])
    for row in rows:
        act = _act(row, reasons.get(row.pk, 0), row.pk in signable)
        if act:
            page = "sign" if row.stage == Stage.AWAITING_HEAD else "edit"
            url = reverse(f"submissions:{page}", args=[row.pk])
            yield Task(act, str(row), url, timezone.localtime(row.due).date() if row.due else None)


def _act(row: Any, reasons: int, signs: bool) -> str:
    if row.stage == Stage.AWAITING_HEAD:
        return "核对并签发提交" if signs else ""
    if row.state == S.RETURNED:
        return f"回复 {reasons} 处退回" if reasons else "修改退回的填报"
    return "开始填报" if row.stage == Stage.NOT_STARTED else "继续填报"


def _open_reasons(returned: list[int]) -> dict[int, int]:
    latest = (
        Decision.objects.filter(revision__submission=OuterRef("decision__revision__submission"))
        .order_by("-revision__number")
        .values("pk")[:1]
    )
    rows = ReturnReason.objects.filter(decision__revision__submission__in=returned, decision=Subquery(latest))
    return dict(rows.values_list("decision__revision__submission").annotate(n=Count("pk")).order_by())


def under_way(user: User) -> list[Submission]:
    """Return own submissions that wait for somebody else: the head, the bureau, or nobody any more."""
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return []
    rows = own(user, Perm.SUBMISSION_FILL)
    return list(rows.filter(Q(state__in=[S.SUBMITTED, S.IN_REVIEW, S.APPROVED]) | Q(stage=Stage.AWAITING_HEAD)))


def to_review(user: User) -> Iterator[Task]:
    """Yield one line per round with submissions that wait for review."""
    if not scope.holds(user, Perm.SUBMISSION_REVIEW):
        return
    waiting = Submission.objects.filter(state__in=[S.SUBMITTED, S.IN_REVIEW])
    rows = scope.visible(user, waiting, Perm.SUBMISSION_REVIEW).values("round__name", "round__district__name")
    for row in rows.annotate(n=Count("pk", distinct=True), oldest=Min("submitted_at")).order_by("oldest"):
        subject = f"{row['round__district__name']} · {row['round__name']}"
        yield Task(f"审核 {row['n']} 份填报", subject, reverse("reviews:queue"), note=_waited(row["oldest"]))


def _waited(since: object) -> str:
    days = (timezone.localdate() - timezone.localtime(since).date()).days if since else 0  # type: ignore[arg-type]
    return f"最早一份已等待 {days} 天" if days else "今天送达"


def to_manage(user: User) -> Iterator[Task]:
    """Yield, per open round: remind the late ones; evaluate when everything is approved."""
    if not scope.holds(user, Perm.ROUND_MANAGE):
        return
    rounds = scope.visible(user, Round.objects.filter(state=Round.State.OPEN), Perm.ROUND_MANAGE)
    due = Q(submissions__extension=None, due_at__lt=timezone.now()) | Q(
        submissions__extension__due_at__lt=timezone.now()
    )
    gone = not_expected("submissions__")
    rows = rounds.select_related("district").annotate(
        total=Count("submissions", filter=~gone),
        approved=Count("submissions", filter=Q(submissions__state=S.APPROVED)),
        late=Count("submissions", filter=Q(submissions__state__in=EDITABLE) & due & ~gone),
        decided=Max("submissions__decided_at"),
    )
    judged = dict(_latest_evaluations(rows.values("pk")))
    for row in rows:
        yield from _for_round(row, judged.get(row.pk))


def _latest_evaluations(rounds: QuerySet) -> QuerySet:
    latest = Evaluation.objects.filter(round__in=rounds).order_by().values("round")
    return latest.annotate(last=Max("created_at")).values_list("round", "last")


def _for_round(row: Any, judged: object) -> Iterator[Task]:
    subject = f"{row.district} · {row.name}"
    if row.late:
        url = reverse("rounds:detail", args=[row.pk])
        due: date = timezone.localtime(row.due_at).date()
        yield Task(f"催报 {row.late} 家", subject, f"{url}?late=on", min(due, timezone.localdate()))
    if row.total and row.approved == row.total and (judged is None or (row.decided and judged < row.decided)):
        yield Task("运行评估", subject, reverse("board:board"), note="全部填报已审核通过")
