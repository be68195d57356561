"""What stands in the files: every finding with its statements, in Word and PDF."""

import io
import re
from types import SimpleNamespace

import pytest
from docx import Document as read_docx
from pypdf import PdfReader

from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import context, document, words, work
from inspections.reports.facts import ReportFacts
from portal.core.lib import dates
from portal.core.papers import docx, pdf, tree
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, moment, raise_finding, step

Phases = tuple[Phase, Phase]
RARE = "堃喆玥䶮"


def facts_of(cast: Cast, phase: Phase, school: School | None = None) -> ReportFacts:
    period = context.period_of(phase)
    previous = context.period_before(period, phase)
    return context.build(
        district=cast.district, school=school, period=period, previous=previous, now=moment("2026-08-01")
    ).facts


def in_word(made: tree.Paper) -> str:
    word = read_docx(io.BytesIO(docx.render(made)))
    return "".join(node.text or "" for node in word.element.body.iter() if node.tag.endswith("}t"))


def in_pdf(made: tree.Paper) -> str:
    pages = PdfReader(io.BytesIO(pdf.render(made))).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize("alone", [True, False])
def test_word_and_pdf_hold_every_number_and_every_character(
    cast: Cast, phases: Phases, book: Book, alone: bool
) -> None:
    step(book.two, K.MEASURE, "2026-03-03", f"由{RARE}负责，新增 3 间 <教室> & #走廊 $x$ @甲 *乙* 反斜\\杠")
    facts = facts_of(cast, phases[1], cast.school_a if alone else None)
    made = document.of(facts)
    for text in (in_word(made), in_pdf(made)):
        for item in facts.items:
            assert item.number in text.replace(" ", "")
        assert RARE in text
        assert "<教室>&#走廊$x$@甲*乙*反斜\\杠" in text.replace(" ", "")
        assert "再次核实" in text
        assert "缺字" not in text


def test_sections_follow_the_order_of_the_trade(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(cast, phases[1]))
    heads = [block.text for block in made.blocks if isinstance(block, tree.Heading) and block.level == 1]
    assert heads == ["总体情况", "逐项整改情况", "未完成问题的原因和下一步安排", "长效机制"]
    assert [annex.title for annex in made.annexes] == ["问题台账"]


def test_the_only_date_is_the_datas(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(cast, phases[1]))
    assert dates.day(made.date) == "2026年6月30日"


def test_unfinished_findings_tell_reason_and_next_step(cast: Cast, phases: Phases, book: Book) -> None:
    rows = document.unfinished_table(facts_of(cast, phases[1])).rows
    stated = {str(row[0]).split("\n")[0]: row for row in rows}
    assert set(stated) == {"2025-DD-002", "2026-XF-001"}
    assert stated["2025-DD-002"][1] == "2025.12.31\n已逾期 181 天"
    assert "正在选址" in str(stated["2025-DD-002"][2])
    assert "土地手续未完成" in str(stated["2025-DD-002"][3])
    assert "重点督办" in str(stated["2025-DD-002"][4])
    assert stated["2026-XF-001"][3] == "尚未填写原因"
    assert "派发到责任单位" in str(stated["2026-XF-001"][4])


def test_the_lasting_part_states_facts_of_the_ledger(cast: Cast, phases: Phases, book: Book) -> None:
    text = "\n".join(tree.texts(document.of(facts_of(cast, phases[1]))))
    assert "长期坚持类问题：1 项，其中已销号 0 项（2025-DD-002）。" in text
    assert "本阶段重新打开的问题：1 项" in text


def test_an_empty_period_still_makes_a_report(cast: Cast, phases: Phases) -> None:
    made = document.of(facts_of(cast, phases[0]))
    assert made.annexes == []
    text = in_pdf(made)
    assert "本阶段没有需要整改的问题" in text
    assert "还没有评估结果" in text


def test_the_annex_counts_its_rows(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(cast, phases[1]))
    *notes, pages = made.annexes[0].blocks
    assert isinstance(notes[0], tree.Paragraph)
    assert notes[0].text == "本台账共 5 项，按学校和编号排列，数据截至2026年6月30日。"
    assert isinstance(pages, tree.Landscape)
    (table,) = pages.blocks
    assert isinstance(table, tree.Table)
    assert len(table.rows) == 5


def test_a_very_long_statement_is_whole_in_the_body_and_shortened_in_the_annex(
    cast: Cast, phases: Phases, book: Book
) -> None:
    step(book.five, K.MEASURE, "2026-06-30", "逐间核对，" * 600 + "㊣")
    made = document.of(facts_of(cast, phases[1]))
    for text in (in_pdf(made), in_word(made)):
        assert text.count("㊣") == 1
        assert text.count("（全文见正文）") == 1


def test_characters_no_font_can_draw_are_warned_about() -> None:
    made = tree.Paper("报告", "局", moment("2026-03-05").date(), [tree.Paragraph("教师\U000323af")])
    (warning,) = work.glyph_warnings(made)
    assert "U+323AF" in warning
    assert work.glyph_warnings(tree.Paper("报告", "局", made.date, [])) == ()


def test_many_schools_with_one_problem_are_named_as_such(cast: Cast, phases: Phases) -> None:
    for number in range(3):
        school = make_school(f"410202100{number}", f"第{number}小学", cast.district)
        raise_finding(school, f"2026-DD-01{number}", "2026-03-01", "2026-05-01", category=Finding.Category.AT_ONCE)
    text = "".join(tree.texts(document.of(facts_of(cast, phases[1]))))
    assert "A4" in text
    assert "（3 所学校）" in text


@pytest.mark.parametrize(
    ("problem", "current", "standard", "shown"),
    [
        ("生均面积为 4.2 ㎡，标准 4.5 ㎡，还差 300 ㎡", "4.2 ㎡", "4.5 ㎡", ""),
        ("音乐教室不足", "73 ㎡", "96 ㎡", "现状值 73 ㎡，标准值 96 ㎡"),
        ("有 21 间不能联网", "1 间", "", "现状值 1 间"),
    ],
)
def test_a_value_that_the_problem_says_is_not_said_twice(problem: str, current: str, standard: str, shown: str) -> None:
    assert words.values(SimpleNamespace(problem=problem, current=current, standard=standard)) == shown
