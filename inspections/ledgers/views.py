"""The template of a ledger to import; its other pages are those of every import."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from inspections.ledgers import workbook
from portal.core.files import views as downloads
from schools.access.scope import Perm, Request, require


@require(Perm.FINDING_DISPATCH)
@require_GET
def template(request: Request) -> HttpResponse:
    return downloads.download(workbook.template(), "问题台账模板.xlsx")
