"""Pages that issue accounts to the schools of a district."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from portal.core.files import temporary, views as downloads
from portal.core.forms.once import once
from portal.core.jobs.models import Job
from schools.access.scope import Perm, Request, require
from schools.accounts import queries
from schools.directory import queries as directory
from schools.issuing import actions


@require(Perm.ACCOUNT_EDIT)
@require_GET
def overview(request: Request) -> HttpResponse:
    districts = directory.districts(request.user, Perm.ACCOUNT_EDIT).filter(schools__isnull=False).distinct()
    rows = [
        {
            "district": district,
            "missing": queries.missing_accounts(district),
            "never_used": queries.never_used(district).count(),
        }
        for district in districts
    ]
    return render(request, "schools/issuing/overview.html", {"rows": rows})


@require(Perm.ACCOUNT_EDIT)
@require_POST
@once
def issue(request: Request, code: str) -> HttpResponse:
    district = get_object_or_404(directory.districts(request.user, Perm.ACCOUNT_EDIT), code=code)
    job = actions.start(
        district=district,
        reissue="reissue" in request.POST,
        reason=request.POST.get("reason", ""),
        site=request.build_absolute_uri("/"),
        by=request.user,
    )
    return redirect("jobs:detail", job.pk)


@require(Perm.ACCOUNT_EDIT)
@require_GET
def download_slips(request: Request, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk, owner=request.user)
    content = temporary.fetch(folder="slips", name=f"{job.pk}.pdf", what="账号领取单", by=request.user)
    actions.note_slips(job=job, content=content, by=request.user)
    return downloads.download(content, f"账号领取单-{job.pk}.pdf", "application/pdf")
