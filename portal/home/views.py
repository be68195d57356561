"""Landing page, help and health check."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.core.accounts.doors import Request, public, signed_in
from portal.core.backups import queries as backup_queries
from portal.home import gallery as samples
from portal.home import permissions, queries, returns
from schools.access.permissions import ROLE_CHOICES, Perm
from schools.access.scope import holds, memberships, require


@signed_in
def home(request: Request) -> HttpResponse:
    """Show what the person has to do next, by due day."""
    context = {
        "tasks": queries.tasks(request.user),
        "under_way": returns.under_way(request.user),
        "rounds": queries.current_rounds(request.user),
        "ledger": queries.ledger(request.user),
        "next_step": queries.next_step(request.user),
        "roles": queries.roles_in_words(request.user),
        "backup_worry": backup_queries.worry() if holds(request.user, Perm.BACKUP_VIEW) else "",
    }
    return render(request, "portal/home/home.html", context)


@signed_in
def help_page(request: Request) -> HttpResponse:
    """Explain in plain words what each role does here, the person's own roles first."""
    own = {row.role for row in memberships(request.user)}
    roles = sorted(ROLE_CHOICES, key=lambda choice: choice[0] not in own)
    return render(request, "portal/home/help.html", {"own": own, "roles": roles})


@require(Perm.PERMISSION_VIEW)
def permission_table(request: Request) -> HttpResponse:
    """Show which role may do what."""
    return render(request, "portal/home/permissions.html", {"table": permissions.table()})


@require(Perm.BACKUP_VIEW)
@require_GET
def backups(request: Request) -> HttpResponse:
    """Show when the last backups were taken, and what is to be worried about."""
    return render(request, "portal/home/backups.html", {"standing": backup_queries.standing()})


@signed_in
def gallery(request: Request) -> HttpResponse:
    """Show every component with sample data; only while developing."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "portal/home/gallery.html", samples.context())


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers; used by container health checks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
@require_GET
def offline_worker(request: HttpRequest) -> HttpResponse:
    """Hand out the service worker; from the top, for a browser lets it look after pages below its own address only."""
    script = (settings.BASE_DIR / "static" / "js" / "offline.js").read_text(encoding="utf-8")
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
