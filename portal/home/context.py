"""Navigation by role, for the layout."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.core.notices.models import Notice
from schools.access import scope
from schools.access.permissions import Perm


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
    """The links the person may follow, with the current one marked, and unread notices."""
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
