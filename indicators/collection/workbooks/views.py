"""The workbook of a round to take away, with what is answered so far."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from indicators.collection.rounds import queries as rounds
from indicators.collection.workbooks import actions
from portal.core.files import views as downloads
from schools.access.scope import Perm, Request, require


@require(Perm.ROUND_MANAGE)
@require_GET
def template(request: Request, round_id: int) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    content = actions.export_workbook(round_id=round_.pk, by=request.user)
    return downloads.download(content, f"填报数据-{round_.district.name}-{round_.code}.xlsx")
