"""What the workbench shows a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.rounds.models import Round
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from portal.home import returns, supervision
from portal.home.tasks import Task, ordered
from schools.access import scope
from schools.access.permissions import Perm
from schools.directory.models import School

_FAILED_JOBS_SHOWN_DAYS = 7
_OPEN_ROUNDS_SHOWN = 2


def tasks(user: User) -> list[Task]:
    """Return everything the person has to do, by due day; the number of queries is fixed."""
    sources = (
        returns.to_fill,
        returns.to_review,
        returns.to_manage,
        supervision.to_rectify,
        supervision.to_verify,
        supervision.to_dispatch,
        supervision.to_visit,
        _failed_jobs,
    )
    return ordered(chain.from_iterable(source(user) for source in sources))


def roles_in_words(user: User) -> list[str]:
    """Return the person's roles, one line each, with the first place and how many there are."""
    places: dict[str, list[str]] = {}
    for row in scope.memberships(user):
        places.setdefault(row.get_role_display(), []).append(row.place)
    return [
        f"{role} · {names[0]}" + (f"等 {len(names)} 个单位" if len(names) > 1 else "") for role, names in places.items()
    ]


def _failed_jobs(user: User) -> Iterator[Task]:
    since = timezone.now() - timedelta(days=_FAILED_JOBS_SHOWN_DAYS)
    for job in Job.objects.filter(owner=user, state=Job.State.FAILED, finished_at__gte=since)[:5]:
        yield Task("查看失败原因并重试", job.title, reverse("jobs:detail", args=[job.pk]), note="后台任务失败")


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """Where a round of a district stands."""

    round: Round
    steps: list[rounds.Step]
    url: str


def current_rounds(user: User) -> list[RoundSummary]:
    """Return the open rounds due first, else the newest one, for people who follow rounds; none for others."""
    if not scope.holds(user, Perm.ROUND_VIEW):
        return []
    seen = rounds.for_list(user)
    # Next year's round may be opened early: it must not push aside the one being filled in.
    found = list(
        seen.filter(state=Round.State.OPEN).order_by(F("due_at").asc(nulls_last=True), "pk")[:_OPEN_ROUNDS_SHOWN]
    ) or list(seen[:1])
    return [
        RoundSummary(
            row, rounds.pipeline(rounds.submissions(user, row), names=4), reverse("rounds:detail", args=[row.pk])
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """How many findings are open and how many of them are overdue."""

    open: int
    overdue: int
    closed: int
    url: str


def ledger(user: User) -> LedgerSummary | None:
    """Return the district's ledger in numbers, for people who see the whole district."""
    if not scope.holds(user, Perm.DISTRICT_RESULT_VIEW) or not scope.holds(user, Perm.FINDING_VIEW):
        return None
    pending = ~Q(state=Finding.State.CLOSED)
    counts = scope.visible(user, Finding.objects.all(), Perm.FINDING_VIEW).aggregate(
        open=Count("pk", filter=pending),
        overdue=Count("pk", filter=pending & Q(due_on__lt=timezone.localdate())),
        closed=Count("pk", filter=~pending),
    )
    return LedgerSummary(url=reverse("rectification:list"), **counts)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to open when nothing is to be done."""

    text: str
    label: str
    url: str


_NEXT = (
    (Perm.ROUND_MANAGE, "可以查看各校填报进度，或开启新的评估年度。", "查看评估年度", "rounds:list"),
    (Perm.VISIT_PLAN, "可以安排下一次督导。", "查看督导安排", "visits:list"),
    (Perm.DISTRICT_RESULT_VIEW, "可以查看全区各校指标和差异系数。", "查看全区看板", "board:board"),
    (Perm.AUDIT_VIEW, "可以查看谁在何时做了什么。", "查看审计记录", "audit"),
    (Perm.SUBMISSION_FILL, "新的填报、退回和整改任务会出现在这里。", "查看我的填报", "submissions:mine"),
)


def next_step(user: User) -> NextStep:
    """Return the most useful page for a person with an empty list; an empty register comes first."""
    if scope.holds(user, Perm.SCHOOL_EDIT) and not scope.visible(user, School.objects.all(), Perm.SCHOOL_EDIT).exists():
        return NextStep(
            "还没有登记学校。请先导入学校名录，再建立账号、开启评估年度。", "导入学校名录", reverse("directory:import")
        )
    for perm, text, label, name in _NEXT:
        if scope.holds(user, perm):
            return NextStep(text, label, reverse(name))
    return NextStep(
        "您的账号目前没有有效的角色授权，或授权已到期。如需继续工作，请联系局管理员。", "查看使用帮助", reverse("help")
    )
