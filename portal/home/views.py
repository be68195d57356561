"""Pages of the workbench, help, permissions, backups, the audit trail and background jobs; health check."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from portal.core.accounts.rights import Request, public, signed_in
from portal.core.audit.models import AuditEvent
from portal.core.backups import queries as backup_queries
from portal.core.errors import Invalid
from portal.core.jobs import actions as job_actions
from portal.core.jobs.models import Job
from portal.core.lib import numbers
from portal.home import audit, queries, tasks
from portal.home.forms import AuditFilterForm, JobFilterForm, SampleForm
from schools.access.permissions import ROLE_CHOICES, Perm
from schools.access.scope import holds, memberships, require

_EVENTS_PER_PAGE = 50
_JOBS_PER_PAGE = 30


@signed_in
def home(request: Request) -> HttpResponse:
    context = {
        "tasks": tasks.for_user(request.user),
        "under_way": tasks.under_way(request.user),
        "rounds": queries.current_rounds(request.user),
        "ledger": queries.ledger(request.user),
        "next_step": queries.next_step(request.user),
        "roles": queries.roles_in_words(request.user),
        "backup_worry": backup_queries.worry() if holds(request.user, Perm.BACKUP_VIEW) else "",
    }
    return render(request, "portal/home/home.html", context)


@signed_in
def help_page(request: Request) -> HttpResponse:
    """The person's own roles first."""
    own = {row.role for row in memberships(request.user)}
    roles = sorted(ROLE_CHOICES, key=lambda choice: choice[0] not in own)
    return render(request, "portal/home/help.html", {"own": own, "roles": roles})


@require(Perm.PERMISSION_VIEW)
def permission_table(request: Request) -> HttpResponse:
    return render(request, "portal/home/permissions.html", {"table": queries.permission_table()})


@require(Perm.BACKUP_VIEW)
@require_GET
def backups(request: Request) -> HttpResponse:
    return render(request, "portal/home/backups.html", {"status": backup_queries.status()})


@require(Perm.AUDIT_VIEW)
def audit_list(request: Request) -> HttpResponse:
    """`before` continues with older ones without counting the whole trail."""
    form = AuditFilterForm(request.GET)
    before = numbers.whole(request.GET.get("before", ""))

    def narrow(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return form.narrow(events if before is None else events.filter(seq__lt=before))

    rows = queries.newest_audit_events(request.user, narrow, _EVENTS_PER_PAGE + 1)
    shown = [
        {"event": row, "action": audit.action(row.action), "kind": audit.object_type(row.object_type)}
        for row in rows[:_EVENTS_PER_PAGE]
    ]
    older = rows[_EVENTS_PER_PAGE - 1].seq if len(rows) > _EVENTS_PER_PAGE else None
    return render(
        request, "portal/audit/list.html", {"rows": shown, "form": form, "older": older, "newest": before is None}
    )


@require(Perm.AUDIT_VIEW)
def audit_event(request: Request, seq: int) -> HttpResponse:
    event = get_object_or_404(queries.audit_events(request.user), seq=seq)
    context = {
        "event": event,
        "action": audit.action(event.action),
        "kind": audit.object_type(event.object_type),
        "differences": audit.differences(event.object_type, event.before, event.after),
    }
    return render(request, "portal/audit/detail.html", context)


@signed_in
def jobs(request: Request) -> HttpResponse:
    form = JobFilterForm(request.GET)
    rows = form.narrow(queries.jobs(request.user))
    page = Paginator(rows, _JOBS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/jobs/list.html", {"page": page, "form": form})


@signed_in
def job(request: Request, job_id: int) -> HttpResponse:
    return render(request, "portal/jobs/detail.html", {"job": queries.get_job(request.user, job_id)})


@signed_in
def job_progress(request: Request, job_id: int) -> HttpResponse:
    """A finished job makes its page load anew."""
    row = queries.get_job(request.user, job_id)
    response = render(request, "_components/job.html", {"job": row})
    if not row.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


@signed_in
@require_POST
def cancel_job(request: Request, job_id: int) -> HttpResponse:
    row, reason = queries.get_job(request.user, job_id), request.POST.get("reason", "")
    try:
        row = job_actions.cancel(job_id=row.pk, reason=reason, by=request.user)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "任务已取消。" if not row.is_open else "已请求取消，当前步骤结束后停止。")
    return redirect("jobs:detail", job_id)


@signed_in
@require_POST
def retry_job(request: Request, job_id: int) -> HttpResponse:
    job_actions.retry(job_id=queries.get_job(request.user, job_id).pk, by=request.user)
    messages.success(request, "任务已重新排队。")
    return redirect("jobs:detail", job_id)


@signed_in
def gallery(request: Request) -> HttpResponse:
    """Only while developing."""
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    ended = [
        Job(pk=1, title="编制整改报告", state=Job.State.DONE, result={"url": "/"}),
        Job(pk=2, title="运行评估", state=Job.State.FAILED, error="甲小学的填报已被退回。"),
    ]
    context = {
        "tones": [("ok", "达标"), ("warn", "临界"), ("bad", "未达标"), ("info", "审核中"), ("muted", "未开始")],
        "entries": [
            {"at": now, "title": "提交", "by": "甲校校长", "text": "第 1 次提交", "tone": "info"},
            {"at": now, "title": "退回", "by": "业务审核员", "text": "班级名册与在校生数不符", "tone": "bad"},
        ],
        "steps": [
            {"label": "填报", "state": "done"},
            {"label": "签发", "state": "now", "note": "校长"},
            {"label": "审核", "state": "todo"},
        ],
        "jobs": ended,
        "page": Paginator(range(95), 20).get_page(2),
        "form": SampleForm(),
    }
    return render(request, "portal/home/gallery.html", context)


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For container health checks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
@require_GET
def offline_worker(request: HttpRequest) -> HttpResponse:
    """From the top: a browser lets it look after pages below its own address only."""
    script = (settings.BASE_DIR / "static" / "js" / "offline.js").read_text(encoding="utf-8")
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
