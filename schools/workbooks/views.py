"""The register as a workbook to take away: empty or with the schools of the list."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.core.files import views as downloads
from schools.access.scope import Perm, Request, require
from schools.directory import queries as directory
from schools.directory.forms import SchoolFilter
from schools.workbooks import actions, workbook


@require(Perm.SCHOOL_EDIT)
@require_GET
def template(request: Request) -> HttpResponse:
    return downloads.download(workbook.write(), "学校名录模板.xlsx")


@require(Perm.SCHOOL_EDIT)
@require_GET
def export(request: Request) -> HttpResponse:
    rows = directory.schools(request.user, Perm.SCHOOL_EDIT)
    schools = list(SchoolFilter(request.GET, request=request, queryset=rows).qs)
    content = workbook.write(schools)
    actions.note_export(count=len(schools), content=content, by=request.user)
    return downloads.download(content, f"学校名录-{timezone.localdate():%Y%m%d}.xlsx")
