"""Background jobs: list, detail with live progress, cancel, retry."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from portal.core.accounts.doors import Request, signed_in
from portal.core.errors import Invalid
from portal.core.jobs import actions
from portal.home import job_queries
from portal.home.forms import JobFilterForm

_PER_PAGE = 30


@signed_in
def index(request: Request) -> HttpResponse:
    """List the jobs one may see."""
    form = JobFilterForm(request.GET)
    jobs = form.narrow(job_queries.for_user(request.user))
    page = Paginator(jobs, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/jobs/list.html", {"page": page, "form": form})


@signed_in
def detail(request: Request, job_id: int) -> HttpResponse:
    """Show one job: who asked, when, how far, how it ended."""
    return render(request, "portal/jobs/detail.html", {"job": job_queries.load(request.user, job_id)})


@signed_in
def progress(request: Request, job_id: int) -> HttpResponse:
    """Answer the progress component alone; a finished job makes its page load anew."""
    job = job_queries.load(request.user, job_id)
    response = render(request, "_components/job.html", {"job": job})
    if not job.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


@signed_in
@require_POST
def cancel(request: Request, job_id: int) -> HttpResponse:
    """Stop a job of one's own."""
    job, reason = job_queries.load(request.user, job_id), request.POST.get("reason", "")
    try:
        job = actions.cancel(job_id=job.pk, reason=reason, by=request.user)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "任务已取消。" if not job.is_open else "已请求取消，当前步骤结束后停止。")
    return redirect("jobs:detail", job_id)


@signed_in
@require_POST
def retry(request: Request, job_id: int) -> HttpResponse:
    """Queue a failed or cancelled job of one's own again."""
    actions.retry(job_id=job_queries.load(request.user, job_id).pk, by=request.user)
    messages.success(request, "任务已重新排队。")
    return redirect("jobs:detail", job_id)
