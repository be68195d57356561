"""The lists of one district look up their rows by index, whatever stands in the database next to them.

What it is worth in time: `python -m benchmarks.bench_lists`.
"""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import QuerySet

from indicators.results.evaluations import queries as evaluations
from inspections.rectification import queries as findings
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.home import queries as home_queries
from schools.accounts import queries as accounts

LARGE = (
    "portal_auditevent",
    "portal_user",
    "schools_membership",
    "schools_school",
    "inspections_finding",
    "indicators_partresult",
    "indicators_evaluation",
)
LISTS: dict[str, Callable[[User], list[QuerySet]]] = {
    "账号": lambda user: [accounts.accounts(user), accounts.seen_by(user).filter(accounts.unused())],
    "审计记录": lambda user: [AuditEvent.objects.filter(part)[:51] for part in home_queries._audit_conditions(user)],
    "问题台账": lambda user: [findings.for_list(user), findings.seen_by(user).order_by()],
    "学校结果": lambda user: [evaluations.parts_shown_to(user)],
}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite combines the indexes of either form")
def test_a_districts_findings_are_found_before_the_rows_are_looked_at(cast) -> None:
    plan = findings.seen_by(cast.admin).order_by().explain()
    assert "InitPlan" in plan
    assert "SubPlan" not in plan


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="on tables as small as a test's PostgreSQL reads them whole")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_reads_its_own_district_only(cast, name: str) -> None:
    for rows in LISTS[name](cast.auditor if name == "审计记录" else cast.admin):
        plan = rows.explain()
        aliases = dict(re.findall(r'"(\w+)" (\w+)\b', str(rows.query)))
        names = {alias: table for table, alias in aliases.items()} | {table: table for table in LARGE}
        read_whole = [names.get(table, table) for table in re.findall(r"SCAN (\w+)", plan)]
        assert [table for table in read_whole if table in LARGE] == [], plan
