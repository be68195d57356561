"""The page of a district's deadlines."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from inspections.deadlines import actions, queries
from inspections.deadlines.forms import PeriodsForm
from portal.core.accounts.rights import Request
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.directory import queries as directory


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, code: str) -> HttpResponse:
    """Set how long rectification and the steps after a visit may take in a district."""
    district = directory.get_district(request.user, code)
    form = PeriodsForm(request.POST or None, periods=queries.periods(district.pk))
    if request.method == "POST" and form.is_valid():
        changed = actions.set_periods(code=code, periods=form.periods(), by=request.user)
        messages.success(
            request, "办理期限已保存，从现在起登记的问题、完成的督导按新期限计算。" if changed else "办理期限没有变化。"
        )
        return redirect("deadlines:edit", code)
    context = {"district": district, "form": form}
    return render(request, "inspections/deadlines/edit.html", context, status=400 if form.errors else 200)
