"""Navigation by role, for the layout."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.core.notices.models import Notice
from schools.access import scope
from schools.access.permissions import Perm


@dataclass(frozen=True, slots=True)
class Entry:
    """One navigation link."""

    label: str
    url_name: str
    icon: str
    perm: Perm | None


MENU = (
    Entry("工作台", "home", "home", None),
    Entry("我的填报", "submissions:mine", "edit", Perm.SUBMISSION_FILL),
    Entry("填报审核", "reviews:queue", "checklist", Perm.SUBMISSION_REVIEW),
    Entry("统计核对", "state_statistics:compare", "git-compare", Perm.SCHOOL_VIEW),
    Entry("评估年度", "rounds:list", "calendar", Perm.ROUND_VIEW),
    Entry("实施方案", "programmes:programmes", "target", Perm.ROUND_VIEW),
    Entry("全区看板", "board:board", "chart-bar", Perm.DISTRICT_RESULT_VIEW),
    Entry("学校结果", "board:schools", "chart-dots", Perm.EVALUATION_VIEW),
    Entry("冻结节点", "milestones:list", "snowflake", Perm.MILESTONE_VIEW),
    Entry("放宽口径", "relaxations:list", "scale", Perm.RELAXATION_VIEW),
    Entry("督导", "visits:list", "walk", Perm.VISIT_VIEW),
    Entry("问题整改", "rectification:list", "list-check", Perm.FINDING_VIEW),
    Entry("整改报告", "reports:list", "report", Perm.REPORT_VIEW),
    Entry("验收档案", "dossiers:list", "archive", Perm.DOSSIER_VIEW),
    Entry("学校名录", "directory:list", "school", Perm.SCHOOL_VIEW),
    Entry("账号", "accounts:list", "users", Perm.ACCOUNT_VIEW),
    Entry("评估标准", "standards:list", "book", None),
    Entry("差异系数怎么算", "teaching:coefficient", "chalkboard", None),
    Entry("审计记录", "audit", "shield-lock", Perm.AUDIT_VIEW),
    Entry("备份", "backups", "database", Perm.BACKUP_VIEW),
    Entry("权限表", "permissions", "key", Perm.PERMISSION_VIEW),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the links the person may follow, with the current one marked, and unread notices."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": [], "unread": 0}
    menu: list[dict[str, Any]] = []
    for entry in MENU:
        if entry.perm is not None and not scope.holds(user, entry.perm):
            continue
        url = reverse(entry.url_name)
        menu.append({"label": entry.label, "url": url, "icon": entry.icon, "here": False})
    # The most particular entry is where one is: 学校结果 lies below 全区看板.
    at = [e for e in menu if request.path == e["url"] or (e["url"] != "/" and request.path.startswith(e["url"]))]
    if at:
        max(at, key=lambda e: len(e["url"]))["here"] = True
    return {"menu": menu, "unread": Notice.objects.filter(user=user, read_at=None).count()}
