"""待办: what a person has to do, each with its due day."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from indicators.collection.rounds.queries import EDITABLE, PipelineStage, not_expected, with_stage
from indicators.collection.submissions.models import Decision, ReturnReason, Round, Submission
from indicators.results.evaluations.models import Evaluation
from inspections.rectification import queries as ledger
from inspections.rectification import workflow as rectification
from inspections.rectification.models import Finding
from inspections.visits import workflow as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from schools.access import scope
from schools.access.permissions import Perm
from schools.access.workflow import Right

_SOON_DAYS = 3
_FAILED_JOBS_SHOWN_DAYS = 7
# Up to this many findings are listed one by one; more become one line.
_ONE_BY_ONE = 8


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do: the next action, what it is about, where, until when."""

    action: str
    subject: str
    url: str
    due: dt.date | None = None
    note: str = ""

    @property
    def days(self) -> int | None:
        """Negative when overdue."""
        return None if self.due is None else (self.due - timezone.localdate()).days

    @property
    def tone(self) -> str:
        if self.days is None:
            return "muted"
        if self.days < 0:
            return "bad"
        return "warn" if self.days <= _SOON_DAYS else "info"

    @property
    def remaining(self) -> str:
        if self.days is None:
            return "无期限"
        if self.days < 0:
            return f"已逾期 {-self.days} 天"
        return "今天截止" if self.days == 0 else f"还剩 {self.days} 天"


def for_user(user: User) -> list[Task]:
    """By due day, those without one last; the number of queries is fixed."""
    sources = (
        to_fill,
        to_review,
        to_manage_rounds,
        to_rectify,
        to_verify,
        to_dispatch,
        to_visit,
        failed_jobs,
    )
    found = chain.from_iterable(source(user) for source in sources)
    return sorted(found, key=lambda task: (task.due is None, task.due or dt.date.max, task.subject))


def under_way(user: User) -> list[Submission]:
    """Own submissions that wait for somebody else."""
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return []
    rows = own_submissions(user, Perm.SUBMISSION_FILL)
    return list(
        rows.filter(
            Q(state__in=[Submission.State.SUBMITTED, Submission.State.IN_REVIEW, Submission.State.APPROVED])
            | Q(stage=PipelineStage.AWAITING_HEAD)
        )
    )


def own_submissions(user: User, perm: Perm) -> QuerySet[Any]:
    """The submissions a person answers for, with `stage` and `due`: of the own school, department or bureau.

    A bureau's administrator may fill for every school, but that is not what is on the own list.
    """
    rows = Submission.objects.filter(scope.own(user, perm, Submission), round__state=Round.State.OPEN)
    return with_stage(scope.visible(user, rows, perm)).select_related("round__district", "school", "department")


def to_fill(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return
    rows = list(own_submissions(user, Perm.SUBMISSION_FILL).filter(state__in=EDITABLE).exclude(not_expected()))
    signable = set(own_submissions(user, Perm.SUBMISSION_SIGN).filter(state__in=EDITABLE).values_list("pk", flat=True))
    reasons = _open_reasons([row.pk for row in rows if row.state == Submission.State.RETURNED])
    for row in rows:
        page = "edit"
        if row.stage == PipelineStage.AWAITING_HEAD:
            if row.pk not in signable:
                continue
            page, action = "sign", "核对并签发提交"
        elif row.state == Submission.State.RETURNED:
            count = reasons.get(row.pk, 0)
            action = f"回复 {count} 处退回" if count else "修改退回的填报"
        else:
            action = "开始填报" if row.stage == PipelineStage.NOT_STARTED else "继续填报"
        url = reverse(f"submissions:{page}", args=[row.pk])
        yield Task(action, str(row), url, timezone.localtime(row.due).date() if row.due else None)


def _open_reasons(sent_back: list[int]) -> dict[int, int]:
    """Of the latest decision on each submission."""
    latest = (
        Decision.objects.filter(revision__submission=OuterRef("decision__revision__submission"))
        .order_by("-revision__number")
        .values("pk")[:1]
    )
    rows = ReturnReason.objects.filter(decision__revision__submission__in=sent_back, decision=Subquery(latest))
    return dict(rows.values_list("decision__revision__submission").annotate(n=Count("pk")).order_by())


def to_review(user: User) -> Iterator[Task]:
    """One per round."""
    if not scope.holds(user, Perm.SUBMISSION_REVIEW):
        return
    waiting = Submission.objects.filter(state__in=[Submission.State.SUBMITTED, Submission.State.IN_REVIEW])
    rows = scope.visible(user, waiting, Perm.SUBMISSION_REVIEW).values("round__name", "round__district__name")
    for row in rows.annotate(n=Count("pk", distinct=True), oldest=Min("submitted_at")).order_by("oldest"):
        subject = f"{row['round__district__name']} · {row['round__name']}"
        since = row["oldest"]
        days = (timezone.localdate() - timezone.localtime(since).date()).days if since else 0
        waited = f"最早一份已等待 {days} 天" if days else "今天送达"
        yield Task(f"审核 {row['n']} 份填报", subject, reverse("reviews:queue"), note=waited)


def to_manage_rounds(user: User) -> Iterator[Task]:
    """Per open round: remind the late ones; evaluate when everything is approved."""
    if not scope.holds(user, Perm.ROUND_MANAGE):
        return
    rounds = scope.visible(user, Round.objects.filter(state=Round.State.OPEN), Perm.ROUND_MANAGE)
    now = timezone.now()
    due = Q(submissions__extension=None, due_at__lt=now) | Q(submissions__extension__due_at__lt=now)
    gone = not_expected("submissions__")
    rows = rounds.select_related("district").annotate(
        total=Count("submissions", filter=~gone),
        approved=Count("submissions", filter=Q(submissions__state=Submission.State.APPROVED)),
        late=Count("submissions", filter=Q(submissions__state__in=EDITABLE) & due & ~gone),
        decided=Max("submissions__decided_at"),
    )
    evaluations = Evaluation.objects.filter(round__in=rows.values("pk")).order_by().values("round")
    judged = dict(evaluations.annotate(last=Max("created_at")).values_list("round", "last"))
    for row in rows:
        subject, last = f"{row.district} · {row.name}", judged.get(row.pk)
        if row.late:
            url = reverse("rounds:detail", args=[row.pk])
            due_on = min(timezone.localtime(row.due_at).date(), timezone.localdate())
            yield Task(f"催报 {row.late} 家", subject, f"{url}?late=on", due_on)
        if row.total and row.approved == row.total and (last is None or (row.decided and last < row.decided)):
            yield Task("运行评估", subject, reverse("board:board"), note="全部填报已审核通过")


def to_rectify(user: User) -> Iterator[Task]:
    yield from _for_findings(_findings(user, rectification.RECTIFY))


def to_verify(user: User) -> Iterator[Task]:
    """Never the own rectification."""
    rows = _findings(user, rectification.VERIFY)
    yield from _for_findings(rows.filter(Q(rectified_by=None) | ~Q(rectified_by=user)))


def to_dispatch(user: User) -> Iterator[Task]:
    rows = _findings(user, rectification.DISPATCH)
    found = rows.aggregate(n=Count("pk"), due=Min("due_on"))
    if found["n"]:
        url = reverse("rectification:list")
        yield Task(f"派发 {found['n']} 项问题", "问题台账", f"{url}?state=to_dispatch", found["due"])


def _findings(user: User, right: Right) -> QuerySet[Finding]:
    """The findings within reach whose state somebody with the right moves on."""
    perm = right.perms[0]
    if not scope.holds(user, perm):
        return Finding.objects.none()
    return scope.visible(user, Finding.objects.filter(state__in=rectification.TABLE.waiting_for(right)), perm)


def _for_findings(rows: QuerySet[Finding]) -> Iterator[Task]:
    states = rectification.TABLE.states
    first = list(rows.select_related("school").order_by("due_on", "pk")[: _ONE_BY_ONE + 1])
    if len(first) > _ONE_BY_ONE:
        for state, count, due in rows.order_by().values_list("state").annotate(Count("pk"), Min("due_on")):
            url = f"{reverse('rectification:list')}?state={state}"
            yield Task(f"{states[state].task} {count} 项", "问题台账", url, due)
        return
    now = ledger.current(first)
    for row in first:
        url = reverse("rectification:detail", args=[row.pk])
        subject = f"{row.school} · {row.indicator} · {Truncator(now[row.pk].problem).chars(60)}"
        yield Task(states[row.state].task, subject, url, row.due_on, note=row.number)


def to_visit(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.VISIT_RECORD):
        return
    states = visits.TABLE.states
    rows = Visit.objects.filter(state__in=visits.TABLE.waiting_for(visits.RECORD))
    mine = scope.visible(user, rows, Perm.VISIT_RECORD).filter(Q(leader=user) | Q(team=user)).distinct()
    for row in mine.select_related("school").order_by("planned_on", "pk")[:20]:
        url = reverse("visits:detail", args=[row.pk])
        yield Task(
            states[row.state].task, f"{row.school} · {row.subject}", url, row.planned_on, note=row.get_kind_display()
        )


def failed_jobs(user: User) -> Iterator[Task]:
    since = timezone.now() - dt.timedelta(days=_FAILED_JOBS_SHOWN_DAYS)
    for job in Job.objects.filter(owner=user, state=Job.State.FAILED, finished_at__gte=since)[:5]:
        yield Task("查看失败原因并重试", job.title, reverse("jobs:detail", args=[job.pk]), note="后台任务失败")
