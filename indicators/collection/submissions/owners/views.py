"""The page on which a district says who answers what."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from indicators.collection.submissions.owners import actions
from indicators.collection.submissions.owners.forms import OwnersForm
from portal.core.accounts.doors import Request
from portal.core.errors import Invalid
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.directory import queries as directory


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    """Choose the owner of every district item; `?propose` fills in the standard's default table, unsaved."""
    district = directory.get_district(request.user, code)
    propose = "propose" in request.GET
    form = OwnersForm(request.POST or None, district=district, propose=propose)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            changed = actions.assign(district_id=district.pk, owners=form.owners(), reason=reason, by=request.user)
        except Invalid as error:
            refusal = error
        else:
            messages.success(request, f"已保存，{len(changed)} 项改了填报单位。" if changed else "分工没有变化。")
            return redirect("submissions:owners", code)
    context = {"district": district, "form": form, "propose": propose, "refusal": refusal}
    status = 400 if form.errors or refusal else 200
    return render(request, "indicators/submissions/owners.html", context, status=status)
