"""The workbook of a school's submission to take away; its upload is an import."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from indicators.collection.school_workbooks import actions
from portal.core.files import views as downloads
from schools.access.scope import Perm, Request, require


@require(Perm.SUBMISSION_FILL)
@require_GET
def template(request: Request, submission_id: int) -> HttpResponse:
    name, content = actions.export_workbook(submission_id=submission_id, by=request.user)
    return downloads.download(content, name)
