"""Relaxations in the official forms: every box stays strict, the note below says the rest."""

import io

import docx
from django.urls import reverse
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import actions, facts as reading, queries
from indicators.results.official_forms.facts import notes
from portal.core.lib import dates
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import approve_all, before_and_after, fresh, relaxed_round
from tests.indicators.collection.relaxations.making import day
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import text, whole
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Evaluation, Evaluation]:
    return before_and_after(cast)


def test_no_box_of_any_form_changes(pair) -> None:
    before, after = map(queries.forms, pair)
    for code in queries.MAKERS:
        assert text(before, code) == text(after, code)
        assert not any("放宽口径" in note for note in before[code].notes)


def test_form_two_two_names_school_indicator_basis_and_term_with_both_verdicts(pair) -> None:
    shown = queries.forms(pair[1])["2-2"].notes
    until = dates.day(day(364))
    assert (
        f"放宽口径：甲小学 A5 中心城区拥挤学校体育场馆（依据 国教督办函〔2019〕30号，有效期至{until}；已适用：中心城区学校）。"
        "小学A5 严格口径 5.56（否），放宽口径 9.72（是）；小学综合评估 严格口径 否，放宽口径 是。"
    ) in shown
    assert "表中按严格口径填写" in "".join(shown)
    assert any(
        "甲小学 A3" in note and "未适用" in note and "A3 严格口径 1.11（是），放宽口径 1.11（是）" in note
        for note in shown
    )
    assert not any("B4" in note for note in shown)


def test_form_two_one_shows_how_many_pass_with_relaxations(pair) -> None:
    form = queries.forms(pair[1])["2-1"]
    assert [box.text for box in form.rows[0]][-1] == "1"
    assert "按放宽口径：小学综合评估学校（所）达标 2，未达标 0，待定 0，占 100.0%。" in form.notes
    assert "按放宽口径：初中综合评估学校（所）达标 1，未达标 0，待定 0，占 100.0%。" in form.notes


def test_form_two_one_prints_no_share_while_a_school_cannot_be_judged(cast: Cast) -> None:
    round_ = relaxed_round(cast)
    whole(round_, cast.school_a, sports_ground_area=None)
    approve_all(cast)
    notes = queries.forms(fresh(evaluated(cast, round_)))["2-1"].notes
    assert "按放宽口径：小学综合评估学校（所）达标 1，未达标 0，待定 1，比例待填。" in notes


def test_form_three_shows_the_coefficients_of_what_was_granted(pair) -> None:
    shown = [note for note in queries.forms(pair[1])["3"].notes if "差异系数：" in note]
    assert [note.partition("差异系数")[0] for note in shown] == ["小学A3", "小学A5", "初中A3", "初中A5"]
    assert shown[1] == "小学A5差异系数：严格口径 0.367，放宽口径 0.105。"
    assert shown[3] == "初中A5差异系数：严格口径 不能判定，放宽口径 不能判定。"


def test_form_four_shows_the_school_and_the_district(pair) -> None:
    basis = reading.load(pair[1])
    (_, shown) = notes(basis, "4")
    assert shown.startswith("放宽口径：乙初级中学 B4 既有学校和随迁子女集中学校规模（依据 豫教督〔2026〕9号")
    assert shown.endswith("本校B4 严格口径 否，放宽口径 是；全县B4 严格口径 否，放宽口径 是。")
    assert notes(basis, "5") == notes(basis, "1") == []


def test_the_workbook_prints_the_notes(pair, cast: Cast) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(actions.export(evaluation=pair[1], by=cast.admin).content))
    printed = {name: str(book.get_sheet_by_name(name).to_python()) for name in ("表Ⅱ-1", "表Ⅱ-2", "表Ⅳ", "表Ⅴ")}
    assert "放宽口径：甲小学 A5" in printed["表Ⅱ-1"]
    assert "放宽口径：甲小学 A5" in printed["表Ⅱ-2"]
    assert "放宽口径：乙初级中学 B4" in printed["表Ⅳ"]
    assert "放宽口径" not in printed["表Ⅴ"]


def test_a_schools_self_rating_shows_its_own_and_nobody_elses(pair, cast: Cast) -> None:
    own, other = (queries.of_school(school, pair[1]) for school in (cast.school_a, cast.school_b))
    assert own.summary == "综合评估是否达标：小学 否。"
    assert "小学综合评估 严格口径 否，放宽口径 是" in "".join(own.notes)
    assert "乙初级中学" not in "".join(own.notes)
    assert "本校B4 严格口径 否，放宽口径 是。" in "".join(other.notes)
    assert "甲小学" not in "".join(other.notes)
    assert "全县" not in "".join(other.notes)


def test_the_self_rating_page_and_files_print_it(pair, cast: Cast, sign_in) -> None:
    client, address = sign_in(cast.principal_a), reverse("official_forms:self_rating", args=[cast.school_a.code])
    assert "放宽口径：甲小学 A5" in client.get(address).content.decode()
    filed = {
        kind: actions.export_self_rating(
            school=cast.school_a, evaluation=pair[1], kind=kind, by=cast.principal_a
        ).content
        for kind in ("pdf", "docx")
    }
    pages = PdfReader(io.BytesIO(filed["pdf"])).pages
    printed = "".join("".join(page.extract_text().split()) for page in pages)
    assert "放宽口径9.72（是）" in printed
    written = docx.Document(io.BytesIO(filed["docx"]))
    assert "放宽口径 9.72（是）" in "".join(paragraph.text for paragraph in written.paragraphs)
