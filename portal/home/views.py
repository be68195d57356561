"""Pages of the workbench, help, permissions, backups, the audit trail and background jobs with their filters; health check."""

from contextlib import suppress
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.accounts.authentication import Request, public, signed_in
from portal.core.accounts.forms import LoginNameField
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.backups import queries as backup_queries
from portal.core.errors import Invalid, NotFound
from portal.core.forms.once import once
from portal.core.jobs import actions as job_actions
from portal.core.jobs.models import Job
from portal.core.lib import numbers, written
from portal.core.lib.forms import Day, FilterForm, ListFilter, TickFilter, WordsFilter
from portal.core.lib.verdicts import VERDICTS
from portal.core.notices import channels
from portal.core.notices.models import Sending
from portal.home import (
    actions,
    audit_pages as audit,
    manual_pages as manual,
    queries,
    school_task_queries as school_tasks,
    task_queries as tasks,
)
from portal.standing import memory, queries as standing
from schools.access.permissions import ROLE_CHOICES
from schools.access.scope import Perm, holds, require, role_codes
from schools.accounts import queries as accounts


class JobFilter(ListFilter):
    """Which jobs to list."""

    state = django_filters.ChoiceFilter(label="状态", choices=Job.State.choices)


class DayFilter(django_filters.Filter):
    """One end of a span of days."""

    field_class = Day


class AuditFilter(ListFilter):
    """Which part of the trail to show."""

    actor = WordsFilter(label="操作人", max_length=50, names=["actor_name__contains"])
    action = django_filters.ChoiceFilter(label="操作", choices=list(audit.ACTIONS.items()))
    object = WordsFilter(label="对象", max_length=50, names=["object_name__contains"])
    school = django_filters.CharFilter(label="学校标识码", max_length=10, method="of_school")
    since = DayFilter(label="从", field_name="at__date", lookup_expr="gte")
    until = DayFilter(label="到", field_name="at__date", lookup_expr="lte")
    failed = TickFilter(label="只看未成功", field_name="success", exclude=True)

    def of_school(self, events: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        digits = written.digits(value)
        return events.filter(school_code=digits) if digits else events


class HandOverForm(forms.Form):
    """Who takes over, and why."""

    successor = LoginNameField(
        label="继任者的姓名或工作账号", max_length=50, help_text="还没有账号的，先在“账号”页建立；重名的填工作账号"
    )
    reason = forms.CharField(label="原因", max_length=written.LONGEST_REASON, help_text="如“工作调动”，通知两人时写明")

    def __init__(self, *args: Any, by: User) -> None:
        super().__init__(*args)
        self.by = by

    def clean_successor(self) -> User:
        typed = self.cleaned_data["successor"]
        with suppress(User.DoesNotExist):
            return User.objects.get_by_natural_key(typed)
        named = list(accounts.seen_by(self.by).filter(name=typed, is_active=True).order_by("username")[:6])
        if len(named) > 1:
            found_names = "、".join(one.username for one in named)
            raise forms.ValidationError(f"有几个人叫“{typed}”，工作账号是 {found_names}。请填其中一个工作账号。")
        if not named:
            raise forms.ValidationError("没有这个人。请在“账号”页查到姓名或工作账号后填写。")
        return named[0]


class SampleForm(FilterForm):
    """One field of each kind, for the gallery of components."""

    name = forms.CharField(label="学校名称", help_text="按批文上的全称填写")
    kind = forms.ChoiceField(label="学校类型", choices=[("小学", "小学"), ("初级中学", "初级中学")])
    boarding = forms.BooleanField(label="寄宿制", required=False)


_EVENTS_PER_PAGE = 50
_JOBS_PER_PAGE = 30


@signed_in
def home(request: Request) -> HttpResponse:
    own = school_tasks.own_submissions(request.user)
    context = {
        "standing": memory.standing(request.user) if standing.leads(request.user) else None,
        "tasks": tasks.for_user(request.user, own),
        "under_way": school_tasks.under_way(own),
        "rounds": queries.current_rounds(request.user),
        "ledger": queries.ledger(request.user),
        "next_step": queries.next_step(request.user),
        "roles": queries.roles_in_words(request.user),
        "saved_lists": queries.saved_lists(request.user),
        "backup_worry": backup_queries.worry() if holds(request.user, Perm.BACKUP_VIEW) else "",
    }
    return render(request, "portal/home/home.html", context)


@signed_in
def help_page(request: Request) -> HttpResponse:
    own = role_codes(request.user)
    roles = sorted(ROLE_CHOICES, key=lambda choice: choice[0] not in own)
    return render(request, "portal/home/help.html", {"own": own, "roles": roles})


@signed_in
@require_GET
def manual_chapter(request: Request, chapter: str = manual.INDEX) -> HttpResponse:
    context = {"chapter": manual.get_chapter(chapter), "is_index": chapter == manual.INDEX}
    return render(request, "portal/home/manual.html", context)


@require(Perm.PERMISSION_VIEW)
def permission_table(request: Request) -> HttpResponse:
    return render(request, "portal/home/permissions.html", {"table": queries.permission_table()})


@require(Perm.BACKUP_VIEW)
@require_GET
def backups(request: Request) -> HttpResponse:
    return render(request, "portal/home/backups.html", {"status": backup_queries.status()})


@require(Perm.ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def hand_over(request: Request, pk: int) -> HttpResponse:
    """Shows what would pass, then does what was shown."""
    person = accounts.get_account_for_edit(request.user, pk)
    form = HandOverForm(request.POST or None, by=request.user)
    context: dict[str, Any] = {"person": person, "form": form, "found": None}
    if request.method == "POST" and form.is_valid():
        successor, shown = form.cleaned_data["successor"], request.POST.get("shown", "")
        facts = {"person_id": pk, "successor_id": successor.pk, "reason": form.cleaned_data["reason"]}
        try:
            if shown:
                found = actions.hand_over(**facts, shown=shown, by=request.user)
                left = len(found.lines) - found.passed
                messages.success(request, f"已交接 {found.passed} 项给{successor.name}，{left} 项没有交接。")
                return redirect("accounts:detail", successor.pk)
            found = actions.preview_hand_over(**facts, by=request.user)
            context |= {"successor": successor, "found": found, "tasks": len(tasks.for_user(person))}
        except (Invalid, NotFound) as error:
            form.add_error(None, error.lines)
    return render(request, "portal/home/hand_over.html", context, status=400 if form.errors else 200)


@require(Perm.ACCOUNT_VIEW)
@require_GET
def sendings(request: Request) -> HttpResponse:
    rows, failed_only = queries.sendings(request.user), request.GET.get("show") == "failed"
    if failed_only:
        rows = rows.filter(state__in=[Sending.State.FAILED, Sending.State.UNSURE])
    context = {
        "page": Paginator(rows, _EVENTS_PER_PAGE).get_page(request.GET.get("page")),
        "failed_only": failed_only,
        "channels": [one.label for one in channels.installed()],
        "unconfirmed": queries.unconfirmed(request.user),
    }
    return render(request, "portal/notices/sendings.html", context)


@require(Perm.AUDIT_VIEW)
def audit_list(request: Request) -> HttpResponse:
    found = AuditFilter(request.GET, queryset=AuditEvent.objects.all())
    before = numbers.whole(request.GET.get("before", ""))

    def narrow(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return found.filter_queryset(events if before is None else events.filter(seq__lt=before))

    rows = queries.newest_audit_events(request.user, narrow, _EVENTS_PER_PAGE + 1)
    shown = [
        {"event": row, "action": audit.action(row.action), "kind": audit.object_type(row.object_type)}
        for row in rows[:_EVENTS_PER_PAGE]
    ]
    older = rows[_EVENTS_PER_PAGE - 1].seq if len(rows) > _EVENTS_PER_PAGE else None
    return render(
        request, "portal/audit/list.html", {"rows": shown, "form": found.form, "older": older, "newest": before is None}
    )


@require(Perm.AUDIT_VIEW)
def audit_event(request: Request, seq: int) -> HttpResponse:
    event = get_object_or_404(queries.audit_events(request.user), seq=seq)
    context = {
        "event": event,
        "action": audit.action(event.action),
        "kind": audit.object_type(event.object_type),
        "differences": queries.differences(event.object_type, event.before, event.after),
    }
    return render(request, "portal/audit/detail.html", context)


@signed_in
def jobs(request: Request) -> HttpResponse:
    found = JobFilter(request.GET, queryset=queries.jobs(request.user))
    page = Paginator(found.qs, _JOBS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/jobs/list.html", {"page": page, "form": found.form})


@signed_in
def job(request: Request, job_id: int) -> HttpResponse:
    return render(request, "portal/jobs/detail.html", {"job": queries.get_job(request.user, job_id)})


@signed_in
def job_progress(request: Request, job_id: int) -> HttpResponse:
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
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    ended = [
        Job(pk=1, title="编制整改报告", state=Job.State.DONE, result={"url": "/"}),
        Job(pk=2, title="运行评估", state=Job.State.FAILED, error="甲小学的填报已被退回。"),
    ]
    context = {
        "tones": [
            ("ok", VERDICTS[True].words),
            ("warn", "临界"),
            ("bad", VERDICTS[False].words),
            ("info", "审核中"),
            ("muted", "未开始"),
        ],
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
@require_GET
def offline_worker(request: HttpRequest) -> HttpResponse:
    """At the top: a service worker covers only pages below its own address."""
    script = (settings.BASE_DIR / "static" / "js" / "offline.js").read_text(encoding="utf-8")
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
