"""Pages for making the accounts of all schools at once."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.doors import Request
from portal.documents.xlsx import Column, Sheet, Workbook
from portal.documents.xlsx import render as render_workbook
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.accounts import issue_actions, queries
from schools.directory import queries as directory_queries

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADER = ["学校标识码", "学校", "角色", "工作账号", "初始密码"]


@require(Perm.ACCOUNT_EDIT)
@require_GET
def overview(request: Request) -> HttpResponse:
    """Show per district which schools lack accounts."""
    districts = directory_queries.districts(request.user, Perm.ACCOUNT_EDIT).filter(schools__isnull=False).distinct()
    rows = [{"district": district, "missing": queries.missing_accounts(district)} for district in districts]
    context = {"rows": rows, "most": issue_actions.MOST_AT_ONCE}
    return render(request, "schools/accounts/issue.html", context)


@require(Perm.ACCOUNT_EDIT)
@require_POST
def issue(request: Request, code: str) -> HttpResponse:
    """Make a district's missing accounts and hand out the list with the first passwords, this once."""
    district = get_object_or_404(directory_queries.districts(request.user, Perm.ACCOUNT_EDIT), code=code)
    issued = issue_actions.issue_school_accounts(district=district, by=request.user)
    rows = [[item.school.code, item.school.name, item.role_name, item.username, item.password] for item in issued]
    widths = [Column(14, "@"), Column(30), Column(14), Column(18, "@"), Column(18, "@")]
    notes = ["初始密码只在这份表里出现一次，系统不保存。请分别交给本人，首次登录须改密码；发完请删除本文件。"]
    sheet = Sheet("学校账号", widths, [_HEADER], rows, title=f"{district.name}学校账号", notes=notes)
    today = timezone.localdate()
    content = render_workbook(Workbook("学校账号", "优衡", today, [sheet]))
    name = content_disposition_header(True, f"{district.name}学校账号-{today:%Y%m%d}.xlsx") or ""
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=_XLSX, headers=headers)
