"""What a person may see: in the menu, on the workbench, of background jobs, of the audit trail, of the table of rights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Round
from inspections.rectification import queries as findings
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice
from schools.access import scope
from schools.access.permissions import PLACES, ROLES, Perm, RoleSpec
from schools.accounts import queries
from schools.directory.models import District, School

_OPEN_ROUNDS_SHOWN = 2
_JOB_RUNNERS = (Perm.EVALUATION_RUN, Perm.REPORT_COMPILE, Perm.DOSSIER_BUILD)


def roles_in_words(user: User) -> list[str]:
    """One line each, with the first place and how many there are."""
    places: dict[str, list[str]] = {}
    for row in scope.memberships(user):
        places.setdefault(row.get_role_display(), []).append(str(row.place))
    return [
        f"{role} · {names[0]}" + (f"等 {len(names)} 个单位" if len(names) > 1 else "") for role, names in places.items()
    ]


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """How far a round of a district is."""

    round: Round
    steps: list[rounds.PipelineStep]
    url: str


def current_rounds(user: User) -> list[RoundSummary]:
    """The open rounds due first, else the newest one; none for people who do not follow rounds."""
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
    """For people who see the whole district."""
    if not scope.holds(user, Perm.DISTRICT_RESULT_VIEW) or not scope.holds(user, Perm.FINDING_VIEW):
        return None
    pending = ~Q(state=Finding.State.CLOSED)
    counts = findings.seen_by(user).aggregate(
        open=Count("pk", filter=pending),
        overdue=Count("pk", filter=findings.overdue()),
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
    """For a person with an empty list."""
    if scope.holds(user, Perm.SCHOOL_EDIT) and not scope.visible(user, School.objects.all(), Perm.SCHOOL_EDIT).exists():
        return NextStep(
            "还没有登记学校。请先导入学校名录，再建立账号、开启评估年度。", "导入学校名录", reverse("register:upload")
        )
    for perm, text, label, name in _NEXT:
        if scope.holds(user, perm):
            return NextStep(text, label, reverse(name))
    return NextStep(
        "您的账号目前没有有效的角色授权，或授权已到期。如需继续工作，请联系局管理员。", "查看使用帮助", reverse("help")
    )


def jobs(user: User) -> QuerySet[Job]:
    """The own ones and, for those who run such jobs, the district's."""
    condition = Q(owner=user)
    for perm in _JOB_RUNNERS:
        if scope.holds(user, perm):
            codes = scope.visible(user, District.objects.all(), perm).values("code")
            condition |= Q(district_code__in=codes)
    return Job.objects.filter(condition).select_related("owner")


def get_job(user: User, job_id: int) -> Job:
    """Raises Http404."""
    return get_object_or_404(jobs(user), pk=job_id)


def audit_events(user: User) -> QuerySet[AuditEvent]:
    """Those without a district (signing in) count to the districts of the account's roles."""
    placed, unplaced = _audit_conditions(user)
    return AuditEvent.objects.filter(placed | unplaced)


def newest_audit_events(
    user: User, narrow: Callable[[QuerySet[AuditEvent]], QuerySet[AuditEvent]], count: int
) -> list[AuditEvent]:
    """The two kinds are read apart, each by an index of its own."""
    found = [event for part in _audit_conditions(user) for event in narrow(AuditEvent.objects.filter(part))[:count]]
    return sorted(found, key=lambda event: -event.seq)[:count]


def _audit_conditions(user: User) -> tuple[Q, Q]:
    """In the person's districts; in none, but of their people."""
    districts = scope.visible(user, District.objects.all(), Perm.AUDIT_VIEW)
    codes = list(districts.values_list("code", flat=True))
    ids = list(queries.seen_by(user, Perm.AUDIT_VIEW).values_list("pk", flat=True))
    own = Q(actor_id__in=ids) | Q(object_type="portal.user", object_id__in=[str(pk) for pk in ids])
    return Q(district_code__in=codes), Q(district_code="") & own


@dataclass(frozen=True, slots=True)
class PermissionTable:
    """Roles across, rights down."""

    roles: tuple[RoleSpec, ...]
    rows: tuple[tuple[Perm, tuple[bool, ...]], ...]


def permission_table() -> PermissionTable:
    roles = tuple(ROLES.values())
    return PermissionTable(roles, tuple((perm, tuple(perm in role.grants for role in roles)) for perm in Perm))


def permissions_markdown() -> str:
    """docs/permissions.md."""
    table = permission_table()
    lines = [
        "# 权限表",
        "",
        "本文件由 `python manage.py write_permissions` 从 `schools/access/permissions.py` 生成，请勿手工修改。",
        "",
        "| 角色 | 职责 | 授权范围 |",
        "|---|---|---|",
        *(
            f"| {role.name} | {role.description} | {'、'.join(label for place, label in PLACES.items() if place in role.reach)} |"
            for role in table.roles
        ),
        "",
        "授权范围外的对象一律显示“没有找到”（404）；范围内但无权办理的显示“没有权限”（403）。",
        "",
        "| 权限 | " + " | ".join(role.name for role in table.roles) + " |",
        "|---|" + ":-:|" * len(table.roles),
        *(f"| {perm.value} | " + " | ".join("✓" if held else "" for held in row) + " |" for perm, row in table.rows),
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A link of the navigation; without `perm` it is for everybody."""

    label: str
    url_name: str
    icon: str
    perm: Perm | None


MENU = (
    MenuLink("工作台", "home", "home", None),
    MenuLink("我的填报", "submissions:mine", "edit", Perm.SUBMISSION_FILL),
    MenuLink("填报审核", "reviews:queue", "checklist", Perm.SUBMISSION_REVIEW),
    MenuLink("统计核对", "state_statistics:compare", "git-compare", Perm.SCHOOL_VIEW),
    MenuLink("评估年度", "rounds:list", "calendar", Perm.ROUND_VIEW),
    MenuLink("实施方案", "programmes:programmes", "target", Perm.ROUND_VIEW),
    MenuLink("全区看板", "board:board", "chart-bar", Perm.DISTRICT_RESULT_VIEW),
    MenuLink("学校结果", "board:schools", "chart-dots", Perm.EVALUATION_VIEW),
    MenuLink("冻结节点", "milestones:list", "snowflake", Perm.MILESTONE_VIEW),
    MenuLink("放宽口径", "relaxations:list", "scale", Perm.RELAXATION_VIEW),
    MenuLink("督导", "visits:list", "walk", Perm.VISIT_VIEW),
    MenuLink("问题整改", "rectification:list", "list-check", Perm.FINDING_VIEW),
    MenuLink("整改报告", "reports:list", "report", Perm.REPORT_VIEW),
    MenuLink("验收档案", "dossiers:list", "archive", Perm.DOSSIER_VIEW),
    MenuLink("学校名录", "directory:list", "school", Perm.SCHOOL_VIEW),
    MenuLink("账号", "accounts:list", "users", Perm.ACCOUNT_VIEW),
    MenuLink("评估标准", "standards:list", "book", None),
    MenuLink("差异系数怎么算", "teaching:coefficient", "chalkboard", None),
    MenuLink("审计记录", "audit", "shield-lock", Perm.AUDIT_VIEW),
    MenuLink("备份", "backups", "database", Perm.BACKUP_VIEW),
    MenuLink("权限表", "permissions", "key", Perm.PERMISSION_VIEW),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """For every page: the links the person may follow, the current one marked."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": [], "unread": 0}
    menu: list[dict[str, Any]] = []
    for link in MENU:
        if link.perm is not None and not scope.holds(user, link.perm):
            continue
        url = reverse(link.url_name)
        menu.append({"label": link.label, "url": url, "icon": link.icon, "here": False})
    # The most particular entry is where one is: 学校结果 lies below 全区看板.
    at = [e for e in menu if request.path == e["url"] or (e["url"] != "/" and request.path.startswith(e["url"]))]
    if at:
        max(at, key=lambda e: len(e["url"]))["here"] = True
    return {"menu": menu, "unread": Notice.objects.filter(user=user, read_at=None).count()}
