"""Pages for making the accounts of all schools at once."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from portal.core.accounts.doors import Request
from portal.core.forms.once import once
from portal.core.jobs.models import Job
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.accounts import issue_actions, queries, slips
from schools.directory import queries as directory_queries


@require(Perm.ACCOUNT_EDIT)
@require_GET
def overview(request: Request) -> HttpResponse:
    """Show per district which schools lack accounts, and how many accounts were never used."""
    districts = directory_queries.districts(request.user, Perm.ACCOUNT_EDIT).filter(schools__isnull=False).distinct()
    rows = [
        {
            "district": district,
            "missing": queries.missing_accounts(district),
            "never_used": queries.never_used(district).count(),
        }
        for district in districts
    ]
    return render(request, "schools/accounts/issue.html", {"rows": rows})


@require(Perm.ACCOUNT_EDIT)
@require_POST
@once
def issue(request: Request, code: str) -> HttpResponse:
    """Ask for a district's missing accounts, or for new slips of those never used."""
    district = get_object_or_404(directory_queries.districts(request.user, Perm.ACCOUNT_EDIT), code=code)
    job = issue_actions.start(
        district=district,
        reissue="reissue" in request.POST,
        reason=request.POST.get("reason", ""),
        site=request.build_absolute_uri("/"),
        by=request.user,
    )
    return redirect("jobs:detail", job.pk)


@require(Perm.ACCOUNT_EDIT)
@require_GET
def download(request: Request, pk: int) -> HttpResponse:
    """Hand the slips out to who asked for them."""
    job = get_object_or_404(Job, pk=pk, owner=request.user)
    content = slips.fetch(job.pk, by=request.user)
    issue_actions.note_slips(job=job, content=content, by=request.user)
    name = content_disposition_header(True, f"账号领取单-{job.pk}.pdf") or ""
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
