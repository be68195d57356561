"""Landing page and health check."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from portal.accounts.doors import public, signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Show what the person has to do next."""
    return render(request, "portal/home/home.html")


@signed_in
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain in plain words what each role does here."""
    return render(request, "portal/home/help.html")


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers; used by container health checks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
