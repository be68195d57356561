"""Pages of a district's settings."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.accounts.doors import Request
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.directory import actions, queries
from schools.directory.forms import DistrictForm

PAGE = 50


@require(Perm.DISTRICT_EDIT)
@require_GET
def index(request: Request) -> HttpResponse:
    """List the districts whose settings the person keeps."""
    rows = queries.districts(request.user, Perm.DISTRICT_EDIT)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "schools/directory/districts.html", {"page": page})


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    """Set in whose name the district's documents go out."""
    district = queries.get_district(request.user, code)
    form = DistrictForm(request.POST or None, initial={"issuer": district.issuer})
    if request.method == "POST" and form.is_valid():
        saved = actions.edit_district(code=code, by=request.user, **form.cleaned_data)
        messages.success(request, f"已保存。以后编制的报告和档案，落款为“{saved.signature}”。")
        return redirect("directory:districts")
    context = {"district": district, "form": form}
    return render(request, "schools/directory/district.html", context, status=400 if form.errors else 200)
