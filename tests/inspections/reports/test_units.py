"""Findings against departments, townships and the bureau itself, and those of a ledger taken over, in a report."""

import datetime as dt
from typing import Any

import pytest

from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import actions, document, queries, reminder_actions, table_document
from inspections.reports.stored_facts import from_json
from portal.core.notices.models import Notice
from portal.core.papers import tree
from schools.directory.models import Department
from tests.cast import Cast
from tests.inspections.reports.ledger import K, at, facts_of, moment, raise_finding, step
from tests.shared import shared

Phases = tuple[Phase, Phase]
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


@shared
def offices(cast: Cast) -> tuple[Finding, Finding, Finding]:
    """One of 区财政局, closed; one of the bureau; one of a township."""
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    town = Department.objects.create(district=cast.district, code="X01", name="北郊乡", kind="乡镇", **by)
    places = ({"department": cast.department}, {"bureau": cast.district}, {"department": town})
    found = []
    for number, place in enumerate(places, 1):
        finding = raise_finding(cast.school_a, f"2026-SF-00{number}", "2026-03-01", "2026-05-31", source="SF")
        for name, value in ({"school": None} | place).items():
            setattr(finding, name, value)
        finding.save()
        step(finding, K.DISPATCH, "2026-03-02", "请整改")
        found.append(finding)
    step(found[0], K.CLOSE, "2026-04-01", "经费已经拨付", by=cast.reviewer)
    return found[0], found[1], found[2]


def test_they_are_counted_and_stand_in_a_table_of_their_own(
    cast: Cast, phases: Phases, offices: tuple[Finding, ...]
) -> None:
    facts = facts_of(phases[1])
    rows = {row.name: (row.kind, row.now.total, row.now.closed, row.now.overdue) for row in facts.units}
    assert rows == {
        "区财政局": (cast.department.kind, 1, 1, 0),
        "北郊乡": ("乡镇", 1, 0, 1),
        "龙亭区教育局（本级）": ("教育局本级", 1, 0, 1),
    }
    assert facts.now.total == 7
    assert [item.number for item in facts.items][-3:] == [one.number for one in offices]
    assert sum(row.now.total for row in facts.schools) == 4
    assert len(table_document.units(facts).rows) == 3
    headings = [block.text for block in document.of(facts).blocks if isinstance(block, tree.Heading)]
    assert "部门、乡镇街道和教育局本级整改情况" in headings
    assert from_json(facts.as_json()) == facts


def test_a_township_answers_for_its_own_and_a_school_for_none_of_them(
    cast: Cast, phases: Phases, offices: tuple[Finding, ...]
) -> None:
    town = offices[2].department
    assert [row.name for row in facts_of(phases[1], township=town).units] == ["北郊乡"]
    assert facts_of(phases[1], cast.school_a).units == ()
    headings = [one.text for one in document.of(facts_of(phases[0])).blocks if isinstance(one, tree.Heading)]
    assert "部门、乡镇街道和教育局本级整改情况" not in headings


def test_offices_are_asked_for_the_reasons_the_report_lacks(
    cast: Cast, phases: Phases, offices: tuple[Finding, ...]
) -> None:
    report = actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)
    lacking = {row.code: row.numbers for row in queries.missing(report)}
    assert lacking["区财政局"] == [offices[0].number]
    assert reminder_actions.remind(report_id=report.pk, code="区财政局", by=cast.admin) == 1
    assert Notice.objects.filter(user=cast.liaison, text__contains=offices[0].number).count() == 1


def test_a_problem_of_a_ledger_taken_over_counts_from_the_day_it_was_found(cast: Cast, phases: Phases) -> None:
    before = [facts_of(phase).now for phase in phases]
    finding = raise_finding(cast.school_b, "2026-DR-001", "2026-07-01", "2026-05-31", source="DR")
    step(finding, K.DISPATCH, "2026-07-01", "按原台账继续整改")
    Finding.objects.filter(pk=finding.pk).update(created_at=moment("2025-10-10"))
    first, second = (facts_of(phase).now for phase in phases)
    assert (first.raised - before[0].raised, second.carried - before[1].carried) == (1, 1)
    item = next(one for one in facts_of(phases[1]).items if one.number == "2026-DR-001")
    assert (item.begun_on, item.state, item.carried) == (dt.date(2025, 10, 10), "rectifying", True)
