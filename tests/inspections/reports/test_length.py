"""A report on sixty schools is short enough to be read."""

import io

import pytest
from pypdf import PdfReader

from inspections.programmes.models import Phase
from inspections.reports import document
from inspections.reports.stored_facts import ReportFacts
from portal.core.papers import pdf
from tests.cast import Cast, make_school
from tests.inspections.reports.ledger import K, facts_of, raise_finding, step

SCHOOLS, MOST_PAGES = 60, 20
REASONS = ("施工许可办理较慢", "设备到货推迟", "编制没有下达", "资金没有到位")


@pytest.fixture
def facts(cast: Cast, phases: tuple[Phase, Phase]) -> ReportFacts:
    """Four findings a school, as many as the demonstration has at most; every second one closed, the others each with a reason."""
    for number in range(SCHOOLS):
        school = make_school(f"41020230{number:02d}", f"龙亭区第{number}实验小学", cast.district)
        for turn, indicator in enumerate(("A1", "A4", "A7", "B5")):
            code = f"2026-DD-{number * 4 + turn + 100:03d}"
            due = "2026-05-01" if number % 3 else "2026-08-01"
            finding = raise_finding(school, code, "2026-03-01", due, indicator=indicator)
            step(finding, K.DISPATCH, "2026-03-02", "请整改")
            step(finding, K.MEASURE, "2026-03-05", "腾退被占用的功能室，列入暑期改造计划，商请编制部门补充教师。")
            if turn % 2:
                step(finding, K.CLOSE, "2026-05-05", "现场核查属实，同意销号。")
            else:
                reason = REASONS[number % 4] + (f"，预计{number}日内完成" if number % 5 == 0 else "")
                step(finding, K.ASK_EXTENSION, "2026-05-05", reason)
    return facts_of(phases[1])


def test_the_text_for_sixty_schools_has_at_most_twenty_pages(facts: ReportFacts) -> None:
    pages = PdfReader(io.BytesIO(pdf.render(document.of(facts)))).pages
    starts = [number for number, page in enumerate(pages) if page.extract_text().lstrip().startswith("附件")]
    assert facts.now.total == SCHOOLS * 4
    assert starts[0] <= MOST_PAGES
