"""A county's self-assessment: its figures are those of the forms, its problems those of the evaluation."""

import io
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from docx import Document as read_docx
from pypdf import PdfReader

from indicators.collection.submissions.models import Round
from indicators.results.board import board
from indicators.results.evaluations.models import Evaluation, IndicatorResult
from indicators.results.official_forms import facts as forms_basis, queries as official_forms
from indicators.standard.engine import figure
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.reports import actions, document
from inspections.reports.models import Report
from inspections.self_assessments import document as assessed, queries
from inspections.self_assessments.document import Content, SectionText, sections
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.lib import dates
from portal.core.papers import docx, pdf, tree
from tests.cast import Cast
from tests.indicators.district import hand_in
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import BUREAU, whole
from tests.inspections.making import dispatched
from tests.portal.core.papers.measure import assert_in_layout

OFFICE = {"practice": "专题研究 4 次。", "problems": "师资不足。", "plan": "逐校落实。"}


@pytest.fixture
def content(evaluation: Evaluation) -> Content:
    return queries.build(evaluation)


def said(content: Content, code: str) -> str:
    (section,) = (one for one in content["sections"] if one["code"] == code)
    return "\n".join(text for part in section["parts"] for text in part["paragraphs"])


def section(content: Content, code: str) -> SectionText:
    return next(one for one in content["sections"] if one["code"] == code)


def rows(content: Content, code: str) -> list[list[str]]:
    (section,) = (one for one in content["sections"] if one["code"] == code)
    tables = [table for part in section["parts"] for table in part["tables"]]
    return [[cell["text"] for cell in row] for table in tables for row in table["rows"]]


def test_the_first_section_has_the_figures_of_the_first_form(evaluation: Evaluation, content: Content) -> None:
    (line,) = official_forms.forms(evaluation)["1"].rows
    printed = set(re.findall(r"\d+(?:\.\d+)?", said(content, "basics")))
    assert {box.text for box in line if re.fullmatch(r"\d+(\.\d+)?", box.text)} <= printed


def test_every_figure_below_the_standard_is_a_problem_and_no_other(evaluation: Evaluation, content: Content) -> None:
    failing = IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False)
    expected = sorted((one.code, one.part.school.name) for one in failing.select_related("part__school"))
    listed = sorted((row[0].split()[0], row[1].split("（")[0]) for row in rows(content, "problems"))
    assert listed == expected


def test_each_coefficient_stands_with_its_limit_and_the_lowest_school(evaluation: Evaluation, content: Content) -> None:
    found = [row[-8:] for row in rows(content, "standing")]
    assert len(found) == 14
    assert all(row[-2] in ("0.50", "0.45") for row in found)


@pytest.fixture
def lacking(cast: Cast, round_a: Round) -> Evaluation:
    """The district judged with too small a 甲小学, and with a proof of the bureau and one of that school."""
    whole(round_a, cast.school_a, teaching_area=Decimal(1000), proofs=("teaching_area",))
    hand_in(round_a, None, BUREAU, proofs=("layout_plan",))
    return Evaluation.objects.select_related("round__district", "standard").get(pk=evaluated(cast, round_a).pk)


def test_every_gap_of_every_school_has_its_line_in_the_plans(lacking: Evaluation, cast: Cast) -> None:
    failing = IndicatorResult.objects.filter(part__evaluation=lacking, reaches=False).select_related("part__school")
    expected = sorted((one.part.school.name, one.code) for one in failing)
    assert ("甲小学", "A4") in expected
    table = queries.build(lacking)["schools"]
    assert table
    listed = [[cell["text"] for cell in row] for row in table["rows"]]
    assert sorted((row[0].split("（")[0], row[1].split()[0]) for row in listed) == expected
    assert {row[-1] for row in listed} == {board.NONE}, "nothing is registered yet"
    rectification.raise_from_evaluation(evaluation_id=lacking.pk, by=cast.admin)
    finding = Finding.objects.get(school=cast.school_a, indicator="A4")
    rectification.measure(
        finding_id=finding.pk, version=finding.version, text="改建 2 间专用教室。", by=cast.reporter_a
    )
    table = queries.build(lacking)["schools"]
    assert table
    assert ("改建 2 间专用教室。", dates.day(finding.due_on)) in {
        (row[5]["text"], row[7]["text"]) for row in table["rows"]
    }


def test_the_index_names_each_file_of_the_bureau_by_indicator_and_counts_those_of_schools(lacking: Evaluation) -> None:
    table = queries.build(lacking)["evidence"]
    assert table
    listed = [[cell["text"] for cell in row] for row in table["rows"]]
    (file,) = {one["name"] for one in forms_basis.load(lacking).bureau["evidence"]}
    assert [row[0] for row in listed if row[2] == file] == ["B1-1"]
    assert len([row for row in listed if row[0] == "A4-1"]) == 1
    assert len({row[0] for row in listed}) == len(listed)


def test_money_and_conditions_stand_next_to_the_years_before(evaluation: Evaluation, content: Content) -> None:
    basis = forms_basis.load(evaluation)
    money, conditions = (table for part in section(content, "practice")["parts"] for table in part["tables"])
    assert len(money["rows"]) == sum(len(one.rising) for one in basis.spec.growths) + 1
    assert {row[1]["text"] for row in money["rows"]} == {"没有评估"}
    judged = {part.school_code for part in basis.result.parts}
    pupils = sum(
        figure(school.given, f"pupils_{stage}") or 0
        for school in basis.data.schools
        for stage in basis.spec.stages
        if school.code in judged
    )
    assert conditions["rows"][0][-1]["text"] == str(pupils)
    assert len(conditions["heads"][0]) == 2, "one round is judged"


def test_word_and_pdf_say_the_same_in_the_order_of_the_trade(evaluation: Evaluation, cast: Cast) -> None:
    report = actions.assess(evaluation=evaluation, by=cast.admin, queue=False)
    made = document.draft(report).paper({"practice": "专题研究 4 次。"}, "")
    heads = [block.text for block in made.blocks if isinstance(block, tree.Heading) and block.level == 1]
    assert heads == [rule.title for rule in sections()]
    word = read_docx(io.BytesIO(docx.render(made)))
    in_word = "".join(node.text or "" for node in word.element.body.iter() if node.tag.endswith("}t"))
    pages = PdfReader(io.BytesIO(pdf.render(made))).pages
    in_pdf = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    for text in ("专题研究4次。", *(re.sub(r"\s", "", rule.title) for rule in sections())):
        assert text in re.sub(r"\s", "", in_word)
        assert text in in_pdf


def test_the_self_assessment_keeps_the_type_area(lacking: Evaluation, cast: Cast) -> None:
    report = actions.assess(evaluation=lacking, by=cast.admin, queue=False)
    assert_in_layout(document.draft(report).paper({}, ""))


def test_the_same_data_are_one_report_and_changed_ones_keep_the_offices_words(
    evaluation: Evaluation, cast: Cast
) -> None:
    first = actions.assess(evaluation=evaluation, by=cast.admin)
    assert actions.assess(evaluation=evaluation, by=cast.admin).pk == first.pk
    actions.write_text(report_id=first.pk, section="practice", text="专题研究 4 次。", revision=0, by=cast.admin)
    dispatched(cast)
    second = actions.assess(evaluation=evaluation, by=cast.admin)
    assert (second.version, second.texts["practice"]["text"]) == (2, "专题研究 4 次。")
    assert Report.objects.filter(kind=Report.Kind.SELF_ASSESSMENT).count() == 2


@pytest.mark.parametrize(
    ("who", "refusal"), [("foreign_admin", NotFound), ("reporter_a", NotFound), ("reviewer", NotAllowed)]
)
def test_only_who_compiles_reports_of_the_district_may(
    evaluation: Evaluation, cast: Cast, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        actions.assess(evaluation=evaluation, by=getattr(cast, who))
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("practice", "本科以上教师占 93%。"),
        ("practice", "各校全部达到标准。"),
        ("plan", "新增教师 98765 人。"),
        ("problems", ""),
        ("practice", "成绩显著，群众满意。" * 10),
    ],
)
def test_what_a_reviewer_objects_to_is_named(content: Content, section: str, text: str) -> None:
    before = assessed.checks(content, OFFICE)
    assert len(assessed.checks(content, OFFICE | {section: text})) == len(before) + 1


def test_the_mean_of_the_coefficients_is_not_to_be_quoted(content: Content) -> None:
    content["composites"] = ["0.237"]
    found = assessed.checks(content, OFFICE | {"practice": "差异系数为 0.237。"})
    assert len(found) == len(assessed.checks(content, OFFICE)) + 1


def test_figures_of_the_forms_are_no_objection(evaluation: Evaluation, content: Content) -> None:
    teachers = official_forms.forms(evaluation)["1"].rows[0][21].text
    found = assessed.checks(content, OFFICE | {"practice": f"专任教师 {teachers} 人。"})
    assert found == assessed.checks(content, OFFICE)


def test_the_pages_lead_from_the_evaluation_to_a_draft_with_its_remarks(
    evaluation: Evaluation, cast: Cast, sign_in
) -> None:
    client = sign_in(cast.admin)
    assert client.get(reverse("reports:assess")).context["form"].initial["evaluation"] == evaluation
    answer = client.post(reverse("reports:assess"), {"evaluation": evaluation.pk})
    report = Report.objects.get()
    assert answer.url == reverse("reports:detail", args=[report.pk])
    page = client.get(answer.url)
    assert {problem.where for problem in page.context["remarks"]} >= {"主要做法与成效", "存在的问题"}
    assert client.get(reverse("reports:write", args=[report.pk, "practice"])).status_code == 200
    assert client.get(reverse("reports:list"), {"kind": "self_assessment"}).context["page"].object_list == [report]


def test_an_evaluation_of_elsewhere_is_no_choice(evaluation: Evaluation, cast: Cast, sign_in) -> None:
    answer = sign_in(cast.foreign_admin).post(reverse("reports:assess"), {"evaluation": evaluation.pk})
    assert answer.status_code == 400
    assert not Report.objects.exists()


def test_it_is_not_issued_without_what_the_office_has_to_write(evaluation: Evaluation, cast: Cast, sign_in) -> None:
    report = actions.assess(evaluation=evaluation, by=cast.admin, queue=False)
    texts = {code: {"text": text, "basis": ""} for code, text in OFFICE.items()}
    actions.publish(report_id=report.pk, rendered=document.Rendered(b"word", b"pdf"), by=cast.admin)
    Report.objects.filter(pk=report.pk).update(texts={"practice": texts["practice"]})
    with pytest.raises(Invalid) as refusal:
        actions.issue(report_id=report.pk, by=cast.admin)
    assert [problem.where for problem in refusal.value.problems] == ["存在的问题", "下一步打算"]
    page = sign_in(cast.admin).post(reverse("reports:issue", args=[report.pk]), follow=True)
    assert "下一步打算" in str(next(iter(page.context["messages"])))
    report.refresh_from_db()
    assert report.state == "ready"
    Report.objects.filter(pk=report.pk).update(texts=texts)
    assert actions.issue(report_id=report.pk, by=cast.admin).state == "issued"
