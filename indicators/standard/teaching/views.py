"""HTTP for the page that teaches how a coefficient of variation is worked out."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from indicators.standard.standards import queries as standards
from indicators.standard.teaching import forms, queries
from portal.core.accounts.authentication import Request, signed_in


@signed_in
@require_GET
def lesson(request: Request) -> HttpResponse:
    """For the schools in the address, else the published example."""
    standard = standards.for_reader(request.user)
    spec = standards.load_spec(standard)
    form = forms.FiveSchools(spec, request.GET if forms.FiveSchools.asked(request.GET) else forms.PUBLISHED.values)
    context = {"standard": standard, "form": form, "examples": forms.EXAMPLES}
    if form.is_valid():
        context["lesson"] = queries.lesson(spec, form.chosen_stage, form.chosen_indicator, form.schools)
    return render(request, "indicators/teaching/coefficient.html", context)
