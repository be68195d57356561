"""Small makers for the tests of tasks: the programme of 8号, a task this year, a quarter that may be reported."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from inspections.duties import actions
from inspections.duties.content_queries import DutyContent, YearTarget
from inspections.duties.models import Duty, DutyReport
from inspections.programmes import actions as programmes, queries
from inspections.programmes.models import Programme
from tests.cast import Cast


def programme(cast: Cast) -> Programme:
    content = queries.read_file(queries.LONGTING)
    return programmes.adopt_programme(district=cast.district, content=content, by=cast.admin)


def content(**changes: Any) -> DutyContent:
    """Ten pairs of teachers a year for the whole of two years, this one and the next."""
    year = timezone.localdate().year
    said: dict[str, Any] = {
        "code": "4-1",
        "part": "goal",
        "number": 4,
        "title": "每年选派教师支教",
        "measure": "count",
        "unit": "人",
        "starts_on": dt.date(year, 1, 1),
        "due_on": dt.date(year + 1, 12, 31),
        "years": {year: YearTarget(Decimal(10)), year + 1: YearTarget(Decimal(12))},
    }
    return DutyContent(**(said | changes))


def given(cast: Cast, **changes: Any) -> Duty:
    own = programme(cast)
    return actions.create(programme_id=own.pk, content=content(**changes), by=cast.admin)


def quarter(duty: Duty, **values: Any) -> DutyReport:
    """The quarter that runs today; with `last` the only one of its year."""
    year = duty.years.get(year=timezone.localdate().year)
    row = year.reports.order_by("quarter").first()
    if values.pop("last", False):
        year.reports.exclude(pk=row.pk).update(state="dropped")
    DutyReport.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def do(verb: str, row: DutyReport, by: Any, **said: Any) -> DutyReport:
    if verb == "report":
        said = {"claim": "under_way", "text": "已选派", "value": Decimal(4)} | said
    row.refresh_from_db()
    return getattr(actions, verb)(report_id=row.pk, version=row.version, by=by, **said)
