"""Pages of the programme: what was adopted, what came with the portal, adopting it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.programmes import actions, queries
from portal.core.accounts.rights import Request
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import require

PAGE = 10


@require(Perm.ROUND_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    """Show the programmes within reach, and what could be adopted."""
    today = timezone.localdate()
    page = Paginator(queries.adopted(request.user), PAGE).get_page(request.GET.get("page"))
    plans = queries.waiting(request.user, today) if page.number == 1 else []
    plans += queries.shown(request.user, list(page.object_list), today)
    return render(request, "inspections/programmes/index.html", {"page": page, "plans": plans})


@require(Perm.ROUND_MANAGE)
@require_POST
@once
def adopt(request: Request, code: str) -> HttpResponse:
    """Adopt the programme that came with the portal for a district."""
    district, content = queries.shipped(request.user, code)
    programme = actions.adopt_programme(district=district, content=content, by=request.user)
    messages.success(request, f"已登记{district.name}的实施方案（{programme.document_no}），整改报告可以按阶段编制。")
    return redirect("programmes:programmes")
