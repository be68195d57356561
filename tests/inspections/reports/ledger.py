"""A ledger made row by row at chosen moments: for tests of what reads it, not of how it comes about."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.utils import timezone

from inspections.programmes.models import Phase
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.reports import facts, period_queries
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.stored_facts import ReportFacts
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.files.models import Document
from schools.directory.models import School

K, S = Entry.Kind, Finding.State
AFTER = {
    K.DISPATCH: S.RECTIFYING,
    K.REQUEST_CLOSE: S.CLOSE_REQUESTED,
    K.BEGIN_CHECK: S.VERIFYING,
    K.CLOSE: S.CLOSED,
    K.SEND_BACK: S.SENT_BACK,
    K.REOPEN: S.RECTIFYING,
}


def moment(day: str, hour: int = 10) -> dt.datetime:
    """A moment of a day in Shanghai."""
    return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour)))


@contextmanager
def at(day: str, hour: int = 10) -> Iterator[None]:
    """Let it be that day."""
    with mock.patch("django.utils.timezone.now", return_value=moment(day, hour)):
        yield


def facts_of(phase: Phase, school: School | None = None, now: str = "2026-08-01", **part: Any) -> ReportFacts:
    """The facts of a report on a phase, of the whole district unless said otherwise."""
    scope, period = ReportScope(phase.programme.district, school, **part), period_queries.period_of(phase)
    compared = period_queries.compared_with(scope, period, phase)
    return facts.build(scope=scope, period=period, compared=compared, now=moment(now)).facts


def raise_finding(school: School, number: str, on: str, due: str, **facts: Any) -> Finding:
    """Put a finding into the ledger on a day."""
    system = system_user()
    defaults: dict[str, Any] = {
        "source": number.split("-")[1],
        "indicator": "A4",
        "problem": f"{school.name}教学用房不足",
        "current_value": "3.90",
        "standard_value": "4.50",
        "category": Finding.Category.WITH_DEADLINE,
        "ledger": school.district.code,
    }
    with at(on):
        return Finding.objects.create(
            school=school,
            number=number,
            due_on=dt.date.fromisoformat(due),
            created_by=system,
            updated_by=system,
            **(defaults | facts),
        )


def step(
    finding: Finding,
    kind: Entry.Kind,
    on: str,
    text: str = "",
    *,
    by: User | None = None,
    due: str = "",
    file: str = "",
) -> Entry:
    """Take a step on a day, with what it does to the finding."""
    by = by or system_user()
    with at(on):
        entry = Entry.objects.create(
            finding=finding, kind=kind, text=text, by=by, due_on=dt.date.fromisoformat(due) if due else None
        )
        if file:
            document = Document.objects.create(name=file, sha256="0" * 64, size=1, media_type="x", created_by=by)
            EntryFile.objects.create(entry=entry, document=document)
        finding.state = AFTER.get(kind, finding.state)
        closed = finding.state == S.CLOSED
        finding.closed_at, finding.closed_by = (timezone.now(), by) if closed else (None, None)
        finding.due_on = entry.due_on or finding.due_on
        finding.save()
    return entry
