"""What a person may see: menu, workbench, background jobs, the audit trail with what an event changed, the table of rights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db.models import BigAutoField, Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Round
from indicators.standard.standards import queries as standards
from inspections.rectification import queries as findings
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from portal.core.lib.prepared import Prepared
from portal.core.lib.verdicts import VERDICTS
from portal.core.notices.models import Notice, Sending
from portal.core.saved_lists.models import SavedList
from portal.home import audit_pages as audit, manual_pages as manual
from schools.access import scope
from schools.access.permissions import PLACES, ROLES, RoleSpec
from schools.access.scope import Perm
from schools.accounts import queries
from schools.directory.facts import LABELS
from schools.directory.models import District, School

_OPEN_ROUNDS_SHOWN = 2
_JOB_RUNNERS = (Perm.EVALUATION_RUN, Perm.REPORT_COMPILE, Perm.DOSSIER_BUILD)


# For the workbench, and for every page.
_SAVED_LISTS = Prepared(lambda user: SavedList.objects.filter(user=user), user=BigAutoField())
_UNREAD = Prepared(
    lambda user: Notice.objects.filter(user=user, read_at=None).order_by().values("user").annotate(unread=Count("pk")),
    user=BigAutoField(),
)


def saved_lists(user: User) -> list[SavedList]:
    return _SAVED_LISTS(user=user.pk)


def roles_in_words(user: User) -> list[str]:
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
    """Open rounds due first, else the newest; none for people who do not follow rounds."""
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
    if not scope.holds(user, Perm.DISTRICT_RESULT_VIEW) or not scope.holds(user, Perm.FINDING_VIEW):
        return None
    counts = findings.counts(user)
    return LedgerSummary(counts.open, counts.overdue, counts.closed, reverse("rectification:list"))


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
    condition = Q(owner=user)
    for perm in _JOB_RUNNERS:
        if scope.holds(user, perm):
            codes = scope.visible(user, District.objects.all(), perm).values("code")
            condition |= Q(district_code__in=codes)
    return Job.objects.filter(condition).select_related("owner").defer("args")


def get_job(user: User, job_id: int) -> Job:
    """Raises Http404."""
    return get_object_or_404(jobs(user), pk=job_id)


def sendings(user: User) -> QuerySet[Sending]:
    """To accounts the person may see, and with `group` to the groups of districts."""
    codes = scope.visible(user, District.objects.all(), Perm.ACCOUNT_VIEW).values("code")
    seen = Q(user__in=queries.seen_by(user).values("pk")) | Q(district_code__in=codes)
    name = District.objects.filter(code=OuterRef("district_code")).values("name")
    return Sending.objects.filter(seen).select_related("user").annotate(group=Subquery(name))


def unconfirmed(user: User) -> QuerySet[User]:
    """Want e-mail and have not confirmed it, of the accounts the person may see."""
    wanted = {"digest": Sending.Channel.EMAIL, "email_confirmed_at": None, "is_active": True}
    return queries.seen_by(user).filter(**wanted).order_by("name", "pk")


def audit_events(user: User) -> QuerySet[AuditEvent]:
    """Those without a district (signing in) count to the districts of the account's roles."""
    placed, unplaced = _audit_conditions(user)
    return AuditEvent.objects.filter(placed | unplaced)


def newest_audit_events(
    user: User, narrow: Callable[[QuerySet[AuditEvent]], QuerySet[AuditEvent]], count: int
) -> list[AuditEvent]:
    """The two kinds are read apart, each by its own index."""
    found = [event for part in _audit_conditions(user) for event in narrow(AuditEvent.objects.filter(part))[:count]]
    return sorted(found, key=lambda event: -event.seq)[:count]


def _audit_conditions(user: User) -> tuple[Q, Q]:
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


# By heading, the person's own work first and without one.
MENU: dict[str, tuple[MenuLink, ...]] = {
    "": (
        MenuLink("工作台", "home", "home", None),
        MenuLink("我的填报", "submissions:mine", "edit", Perm.SUBMISSION_FILL),
        MenuLink("填报审核", "reviews:queue", "checklist", Perm.SUBMISSION_REVIEW),
    ),
    "评估": (
        MenuLink("全区态势", "standing:standing", "gauge", Perm.DISTRICT_RESULT_VIEW),
        MenuLink("全区看板", "board:board", "chart-bar", Perm.DISTRICT_RESULT_VIEW),
        MenuLink("学校结果", "board:schools", "chart-dots", Perm.EVALUATION_VIEW),
        MenuLink("评估年度", "rounds:list", "calendar", Perm.ROUND_VIEW),
        MenuLink("统计核对", "state_statistics:compare", "git-compare", Perm.SCHOOL_VIEW),
        MenuLink("数据疑点", "reviews:patterns", "zoom-question", Perm.PATTERN_VIEW),
        MenuLink("放宽口径", "relaxations:list", "scale", Perm.RELAXATION_VIEW),
        MenuLink("冻结节点", "milestones:list", "snowflake", Perm.MILESTONE_VIEW),
        MenuLink("月度动态", "monthly:district", "activity", Perm.MONTHLY_VIEW),
        MenuLink("生源预测", "forecast:list", "trending-up", Perm.FORECAST_VIEW),
        MenuLink("达标规划", "plans:list", "route", Perm.PLAN_VIEW),
        MenuLink("方案试算", "scenarios:list", "adjustments", Perm.PLAN_VIEW),
        MenuLink("实施方案", "programmes:programmes", "target", Perm.ROUND_VIEW),
        MenuLink("目标任务", "duties:list", "checkbox", Perm.DUTY_VIEW),
    ),
    "督导": (
        MenuLink("督导", "visits:list", "walk", Perm.VISIT_VIEW),
        MenuLink("专项督导", "campaigns:list", "flag", Perm.CAMPAIGN_VIEW),
        MenuLink("责任区", "zones:board", "users-group", Perm.ZONE_VIEW),
        MenuLink("满意度调查", "surveys:list", "message-2-question", Perm.SURVEY_VIEW),
        MenuLink("督导文书", "letters:list", "mail", Perm.LETTER_VIEW),
    ),
    "整改": (
        MenuLink("问题整改", "rectification:list", "list-check", Perm.FINDING_VIEW),
        MenuLink("督办", "escalation:list", "bell-ringing", Perm.FINDING_VIEW),
        MenuLink("群众反映", "publicity:complaints", "message-report", Perm.FINDING_DISPATCH),
        MenuLink("整改报告", "reports:list", "report", Perm.REPORT_VIEW),
        MenuLink("验收档案", "dossiers:list", "archive", Perm.DOSSIER_VIEW),
    ),
    "学校和账号": (
        MenuLink("学校名录", "directory:list", "school", Perm.SCHOOL_VIEW),
        MenuLink("工作台账", "registers:list", "notebook", Perm.REGISTER_VIEW),
        MenuLink("账号", "accounts:list", "users", Perm.ACCOUNT_VIEW),
    ),
    "标准": (
        MenuLink("评估标准", "standards:list", "book", None),
        MenuLink("差异系数怎么算", "teaching:coefficient", "chalkboard", None),
    ),
    "系统": (
        MenuLink("审计记录", "audit", "shield-lock", Perm.AUDIT_VIEW),
        MenuLink("消息送达", "notices:sendings", "send", Perm.ACCOUNT_VIEW),
        MenuLink("备份", "backups", "database", Perm.BACKUP_VIEW),
        MenuLink("权限表", "permissions", "key", Perm.PERMISSION_VIEW),
    ),
}
# So many links are all seen at once; of more, only those of the group one is in.
_ALL_OPEN = 18


@cache
def _address(url_name: str, prefix: str) -> str:
    """Cached: every page asks for all of them; they change with `prefix` alone."""
    return reverse(url_name)


@lru_cache(maxsize=1024)
def _menu(seen: tuple[str, ...], at: str, prefix: str) -> tuple[list[dict[str, Any]], SafeString]:
    """Groups of links and how they look. Cached: people of one role see the same on every page of a part of the portal."""
    groups: list[dict[str, Any]] = []
    for label, links in MENU.items():
        entries = [
            {"label": one.label, "url": url, "icon": one.icon, "here": url == at}
            for one, url in ((one, _address(one.url_name, prefix)) for one in links if one.url_name in seen)
        ]
        if entries:
            is_open = len(seen) <= _ALL_OPEN or any(entry["here"] for entry in entries)
            groups.append({"label": label, "entries": entries, "open": is_open})
    return groups, render_to_string("_components/side.html", {"menu": groups})


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The links the person may follow, the current one marked, and where the manual explains the page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": [], "side": "", "unread": 0, "help_url": ""}
    links = [one for group in MENU.values() for one in group]
    seen = tuple(one.url_name for one in links if one.perm is None or scope.holds(user, one.perm))
    prefix = get_script_prefix()
    urls = [_address(name, prefix) for name in seen]
    # The most particular entry is where one is: 学校结果 lies below 全区看板.
    around = [url for url in urls if request.path == url or (url != "/" and request.path.startswith(url))]
    menu, side = _menu(seen, max(around, key=len, default=""), prefix)
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "menu": menu,
        "side": side,
        "unread": sum(row["unread"] for row in _UNREAD(user=user.pk)),
        "help_url": manual.address(here, scope.role_codes(user)),
    }


_NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after."""

    field: str
    before: str
    after: str


def differences(label: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    # An object's own data has names: facts of a school, items of a submission by the fields of every standard.
    words = dict(audit.FIELDS)
    if label.startswith("schools."):
        words |= LABELS
    elif label == "indicators.submission":
        for row in standards.known():
            spec = standards.load_spec(row)
            words |= {code: item.label for items in (spec.district_items, spec.items) for code, item in items.items()}

    def side(key: str, values: Mapping[str, Any]) -> str:
        return _value(label, key, values[key], words) if key in values else _NOTHING

    keys = [*before, *(key for key in after if key not in before)]
    return [Difference(_field(label, key, words), side(key, before), side(key, after)) for key in keys]


def _field(label: str, key: str, words: Mapping[str, str]) -> str:
    model = audit.model_of(label)
    names = (
        {field.name: str(getattr(field, "verbose_name", key)) for field in model._meta.get_fields()} if model else {}
    )
    found = names.get(key, key)
    # A field without a name of its own prints as its identifier: then the common words are better.
    return found if found not in (key, key.replace("_", " ")) else words.get(key, key)


def _value(label: str, key: str, value: Any, words: Mapping[str, str]) -> str:
    if key == "verdict" and (value is None or isinstance(value, bool)):
        # The conclusion of an evaluation: none is a conclusion too.
        return VERDICTS[value].words
    if value is None or value == "" or value == {} or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "\n".join(
            f"{_field(label, str(name), words)}：{_value(label, str(name), item, words)}"
            for name, item in value.items()
        )
    if isinstance(value, list):
        return "、".join(_value(label, key, item, words) for item in value)
    return _choices(label, key).get(str(value), str(value))


@cache
def _choices(label: str, key: str) -> Mapping[str, str]:
    model = audit.model_of(label)
    for field in model._meta.get_fields() if model else ():
        if field.name == key and getattr(field, "choices", None):
            return {str(stored): str(shown) for stored, shown in field.flatchoices}  # type: ignore[union-attr]
    return {}
