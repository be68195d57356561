"""The audit trail: list with filters, one event in full."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from portal.core.accounts.doors import Request
from portal.core.audit.models import AuditEvent
from portal.core.lib import numbers
from portal.home import audit_queries, audit_words
from portal.home.forms import AuditFilterForm
from schools.access.permissions import Perm
from schools.access.scope import require

_PER_PAGE = 50


@require(Perm.AUDIT_VIEW)
def index(request: Request) -> HttpResponse:
    """List events, newest first; `before` continues with older ones without counting the whole trail."""
    form = AuditFilterForm(request.GET)
    before = numbers.whole(request.GET.get("before", ""))

    def narrow(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return form.narrow(events if before is None else events.filter(seq__lt=before))

    rows = audit_queries.newest(request.user, narrow, _PER_PAGE + 1)
    shown = [
        {"event": row, "action": audit_words.action(row.action), "kind": audit_words.object_type(row.object_type)}
        for row in rows[:_PER_PAGE]
    ]
    older = rows[_PER_PAGE - 1].seq if len(rows) > _PER_PAGE else None
    return render(
        request, "portal/audit/list.html", {"rows": shown, "form": form, "older": older, "newest": before is None}
    )


@require(Perm.AUDIT_VIEW)
def detail(request: Request, seq: int) -> HttpResponse:
    """Show one event with what changed."""
    event = get_object_or_404(audit_queries.for_user(request.user), seq=seq)
    context = {
        "event": event,
        "action": audit_words.action(event.action),
        "kind": audit_words.object_type(event.object_type),
        "differences": audit_words.differences(event.object_type, event.before, event.after),
    }
    return render(request, "portal/audit/detail.html", context)
