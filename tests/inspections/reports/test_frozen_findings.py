"""Every figure of a report's page leads to the findings it counts, as they were when it was made."""

import re
from typing import Any

import pytest
from django.urls import reverse

from inspections.programmes.models import Phase
from inspections.reports import actions, document
from inspections.reports.models import Report
from inspections.reports.stored_facts import from_json
from portal.core.papers import tree
from tests.cast import Cast
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, at, step
from tests.shared import shared

Phases = tuple[Phase, Phase]
_COUNT = re.compile(r'<td data-label="([^"]+)"[^>]*>\s*<a href="(/reports/\d+/findings/[^"]*)">(\d+)</a>')


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


@shared
def report(cast: Cast, phases: Phases, book: Book) -> Report:
    return actions.compile_report(district=cast.district, phase=phases[1], by=cast.admin)


def test_each_count_leads_to_as_many_findings(report: Report, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    page = client.get(reverse("reports:detail", args=[report.pk])).content.decode()
    found = _COUNT.findall(page)
    assert {label for label, _, _ in found} >= {"本期", "应整改", "已销号", "未完成", "逾期"}
    for label, address, number in found:
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.context["page"].paginator.count == int(number), (label, address)


def test_what_happens_later_does_not_change_the_list(report: Report, cast: Cast, book: Book, sign_in: Any) -> None:
    client, address = sign_in(cast.admin), reverse("reports:findings", args=[report.pk])

    def listed(**asked: str) -> list[str]:
        page = client.get(address, asked).content.decode()
        return re.findall(r'data-number="([^"]+)"', page)

    before = listed(which="overdue")
    assert before == [book.three.number]
    step(book.three, K.CLOSE, "2026-07-10", "完成", by=cast.reviewer)
    assert listed(which="overdue") == before
    assert listed(unit=cast.school_a.code, which="closed") == ["2025-DD-001", "2025-PG-001"]
    assert listed(indicator="没有的") == listed()
    assert reverse("rectification:detail", args=[book.three.pk]) in client.get(address).content.decode()


def test_charts_are_drawn_with_their_figures_next_to_them(report: Report, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.admin).get(reverse("reports:detail", args=[report.pk])).content.decode()
    drawn = [one for one in document.of(from_json(report.context)).blocks if isinstance(one, tree.Figure)]
    assert drawn
    for figure in drawn:
        assert figure.source in page
        assert f'alt="{figure.alt}"' in page
        for name, value in figure.figures:
            assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_sub_headings_and_contents_stand_on_the_page(report: Report, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.admin).get(reverse("reports:detail", args=[report.pk])).content.decode()
    for block in document.of(from_json(report.context)).blocks:
        if isinstance(block, tree.Heading) and block.level > 1:
            assert f"{block.text}</h3>" in page
    for section in document.draft(report).sections:
        assert f'href="#{section.code}"' in page
        assert f'id="{section.code}"' in page
