"""What stands in the files: every finding with its statements, in Word and PDF."""

import io
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from docx import Document as read_docx
from pypdf import PdfReader

from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import document, table_document, words
from inspections.reports.document import ReportSection
from portal.core.lib import dates
from portal.core.papers import docx, pdf, tree
from tests.cast import Cast, make_school
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, facts_of, moment, raise_finding, step
from tests.portal.core.papers.measure import assert_in_layout, assert_same_words

Phases = tuple[Phase, Phase]
RARE = "堃喆玥䶮"


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
    facts = facts_of(phases[1], cast.school_a if alone else None)
    made = document.of(facts)
    for text in (in_word(made), in_pdf(made)):
        for item in facts.items:
            assert item.number in text.replace(" ", "")
        assert RARE in text
        assert "<教室>&#走廊$x$@甲*乙*反斜\\杠" in text.replace(" ", "")
        assert "再次核实" in text
        assert "缺字" not in text


def test_a_section_is_a_row(cast: Cast, phases: Phases, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = document.sections
    added = ReportSection("safety", "安全整改情况", "本期应整改 {应整改} 项。", asks="请补充安全检查情况。")
    monkeypatch.setattr(document, "sections", lambda facts: [*usual(facts), added])
    facts = facts_of(phases[1])
    found = in_word(document.of(facts))
    assert found.count("安全整改情况") == 2, "a heading and a line of the contents"
    assert "安全整改情况本期应整改 4 项。" in found
    assert "另行报送，共 4 项。" in in_word(document.of(facts, {"safety": "另行报送，共 {应整改} 项。"}))


def test_sections_follow_the_order_of_the_trade(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(phases[1]))
    heads = [block.text for block in made.blocks if isinstance(block, tree.Heading) and block.level == 1]
    assert heads == [
        "基本情况",
        "组织领导与主要做法",
        "整改完成情况",
        "典型做法",
        "未完成原因与分析",
        "下一步打算",
        "长效机制",
    ]
    assert [annex.title for annex in made.annexes] == ["问题整改台账"]
    assert made.addressed_to == "开封市人民政府教育督导委员会办公室："


def test_the_only_date_is_the_datas(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(phases[1]))
    assert dates.day(made.date) == "2026年6月30日"


def test_unfinished_findings_show_reason_and_next_step(cast: Cast, phases: Phases, book: Book) -> None:
    ((name, schools, reason, step_),) = table_document.unfinished(facts_of(phases[1])).rows
    assert str(name).startswith("A4")
    assert schools == "乙初级中学（逾期 181 天）"
    assert reason == "土地手续未完成"
    assert step_ == "重点督办，限期完成"


def test_problems_with_the_same_reason_stand_in_one_row(cast: Cast, phases: Phases, book: Book) -> None:
    for number in range(3):
        finding = raise_finding(cast.school_a, f"2026-DD-02{number}", "2026-03-01", "2026-08-01")
        step(finding, K.DISPATCH, "2026-03-02")
        step(finding, K.ASK_EXTENSION, "2026-04-01", "土地手续未完成")
    rows = table_document.unfinished(facts_of(phases[1])).rows
    assert [str(row[1]).count("（") for row in rows] == [1, 3]


def test_a_finding_stands_once_in_text_and_once_in_the_annex(cast: Cast, phases: Phases, book: Book) -> None:
    step(book.two, K.MEASURE, "2026-03-03", "腾退两间仓库")
    made = document.of(facts_of(phases[1]))
    body = "".join(tree.texts(replace(made, annexes=[])))
    annex = "".join(tree.texts(replace(made, blocks=[])))
    for item in facts_of(phases[1]).items:
        assert (body.count(item.number), annex.count(item.number)) == (0, 1)
    assert annex.count("腾退两间仓库") == 1


def test_no_report_names_who_wrote_what_or_speaks_like_a_program(cast: Cast, phases: Phases, book: Book) -> None:
    for school in (None, cast.school_a):
        text = "".join(tree.texts(document.of(facts_of(phases[1], school))))
        for word in (cast.inspector_a.name, cast.reporter_b.name, "项次", "学校学段", "规则版本", "{", "}"):
            assert word not in text


def test_a_schools_own_report_shows_each_finding_in_full_and_is_signed_by_its_head(
    cast: Cast, phases: Phases, book: Book
) -> None:
    made = document.of(facts_of(phases[1], cast.school_a))
    heads = [block.text for block in made.blocks if isinstance(block, tree.Heading) and block.level == 1]
    assert heads == ["收到督导意见情况", "整改组织情况", "逐条整改情况", "未完成原因与分析", "下一步打算", "长效机制"]
    assert (made.issuer, made.annexes) == ("甲小学", [])
    assert made.addressed_to == "龙亭区人民政府教育督导委员会办公室："
    text = "".join(tree.texts(made))
    assert "我校" in text
    assert text.count("2025-DD-001") == 1
    assert "任命文件.pdf" in text
    assert "校长（签名）" in text


def test_the_lasting_part_states_facts_of_the_ledger(cast: Cast, phases: Phases, book: Book) -> None:
    text = "\n".join(tree.texts(document.of(facts_of(phases[1]))))
    assert "对 1 项长期坚持的问题持续跟踪，已销号 0 项。" in text
    assert "重新打开 1 次" in text


def test_what_the_office_writes_replaces_the_text_and_keeps_its_figures(cast: Cast, phases: Phases, book: Book) -> None:
    facts = facts_of(phases[1])
    written = {"work": "召开专题会议 3 次，已销号 {已销号} 项。\n投入 120 万元，{没有的}。", "addressed_to": "市政府"}
    made = document.of(facts, written, "龙政教督〔2026〕3号")
    lines = [tree.plain(block.text) for block in made.blocks if isinstance(block, tree.Paragraph)]
    assert "召开专题会议 3 次，已销号 3 项。" in lines
    assert "投入 120 万元，{没有的}。" in lines
    assert (made.addressed_to, made.number) == ("市政府：", "龙政教督〔2026〕3号")
    assert not any("严格核查销号" in line for line in lines)
    assert words.unknown_figures(written["work"], words.figures(facts)) == ["没有的"]


def test_charts_are_drawn_from_the_figures_and_described_in_words(cast: Cast, phases: Phases, book: Book) -> None:
    facts = facts_of(phases[1])
    figures = [block for block in document.of(facts).blocks if isinstance(block, tree.Figure)]
    assert [figure.caption for figure in figures] == ["各月末销号率", "各指标销号率", "未完成问题从派发到现在的天数"]
    assert figures[1].alt == "各指标销号率：A1 高学历教师 1/1，100.0%，A4 教学用房 2/3，66.7%。"
    for figure in figures:
        assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
    assert table_document.ages(facts)[-1] == ("180 天以上", 1)


def test_the_labels_of_a_chart_stand_whole_within_it(cast: Cast, phases: Phases, book: Book) -> None:
    facts = facts_of(phases[1])
    keys = ["A6 每百名学生拥有县级以上骨干教师数", "B3 音乐、美术专用教室", ""]
    rows = [replace(facts.by_indicator[0], key=key) for key in keys]
    (figure,) = document.indicators(replace(facts, by_indicator=tuple(rows)))
    texts = [one for one in ElementTree.fromstring(figure.svg).iter() if one.tag.endswith("text")]
    labels = [one for one in texts if one.get("text-anchor") == "end"]
    said = "".join(one.text or "" for one in labels)
    assert all(key in said for key in keys)
    assert all(10 * len(one.text or "") <= float(one.get("x", 0)) for one in labels)
    heights = [float(one.get("y", 0)) for one in labels]
    assert min(after - before for before, after in pairwise(heights)) >= 12


def test_an_empty_period_still_makes_a_report(cast: Cast, phases: Phases) -> None:
    made = document.of(facts_of(phases[0]))
    assert made.annexes == []
    text = in_pdf(made)
    assert "本阶段没有需要整改的问题" in text
    assert "还没有评估结果" in text


@pytest.mark.parametrize("of_school", [False, True])
def test_word_and_pdf_say_the_same_within_the_type_area(
    cast: Cast, phases: Phases, book: Book, of_school: bool
) -> None:
    made = document.of(facts_of(phases[1], cast.school_a if of_school else None))
    assert_same_words(made)
    assert_in_layout(made)


def test_without_result_or_proof_it_is_a_plan_and_no_report(cast: Cast, phases: Phases) -> None:
    finding = raise_finding(cast.school_a, "2026-DD-090", "2026-03-01", "2026-05-31")
    step(finding, K.DISPATCH, "2026-03-01")
    step(finding, K.MEASURE, "2026-03-05", "计划暑期改造")
    assert facts_of(phases[1], cast.school_a).title.endswith("整改方案")
    step(finding, K.PROGRESS, "2026-04-05", "已经招标")
    assert facts_of(phases[1], cast.school_a).title.endswith("整改报告")


def test_the_annex_counts_its_rows(cast: Cast, phases: Phases, book: Book) -> None:
    made = document.of(facts_of(phases[1]))
    assert made.annexes[0].is_landscape
    (pages,) = made.annexes[0].blocks
    assert isinstance(pages, tree.Landscape)
    note, _, table = pages.blocks
    assert isinstance(note, tree.Paragraph)
    assert note.text == "本台账共 4 项，按学校和编号排列，数据截至2026年6月30日。"
    assert isinstance(table, tree.Table)
    assert len(table.rows) == 4


def test_a_very_long_statement_is_whole_in_the_annex(cast: Cast, phases: Phases, book: Book) -> None:
    step(book.four, K.MEASURE, "2026-06-30", "逐间核对，" * 600 + "㊣")
    made = document.of(facts_of(phases[1]))
    for text in (in_pdf(made), in_word(made)):
        assert text.count("㊣") == 1


def test_characters_no_font_can_draw_are_warned_about() -> None:
    made = tree.Paper("报告", "局", moment("2026-03-05").date(), [tree.Paragraph("教师\U000323af")])
    (warning,) = document.glyph_warnings(made)
    assert "U+323AF" in warning
    assert document.glyph_warnings(tree.Paper("报告", "局", made.date, [])) == ()


def test_many_schools_with_one_problem_are_named_as_such(cast: Cast, phases: Phases) -> None:
    for number in range(3):
        school = make_school(f"410202100{number}", f"第{number}小学", cast.district)
        number_ = f"2026-DD-01{number}"
        finding = raise_finding(school, number_, "2026-03-01", "2026-05-01", category=Finding.Category.AT_ONCE)
        step(finding, K.DISPATCH, "2026-03-02")
    text = "".join(tree.texts(document.of(facts_of(phases[1]))))
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
