"""The coefficients page, its file and what a school sees of it: the engine's figures, printed once."""

import io
import itertools
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Round
from indicators.results.board import document, influence_pages as influence, queries
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from portal.core.lib.numbers import half_up
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.standard.engine import naive
from tests.pages import flat

CODES = ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
CELL = re.compile(r'<td data-label="[^"]*"[^>]*>(.*?)</td>')


def page_of(client: Client, query: str = "") -> str:
    answer = client.get(f"/board/coefficients/?{query}")
    assert answer.status_code == 200
    return flat(answer.content.decode())


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def table(page: str, stage: str) -> list[list[str]]:
    """The rows of a stage's contributions as people read them."""
    body = re.search(rf'id="table-{stage}">.*?<tbody>(.*?)</tbody>', page).group(1)
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    return [[plain(row.split("</th>")[0]), *map(plain, CELL.findall(row))] for row in rows]


def file_rows(client: Client) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/board/export").content))
    rows = book.get_sheet_by_name("差异系数分析").to_python()
    return [row for row in rows if re.fullmatch(r"A\d", str(row[1]))]


@pytest.mark.parametrize("code", ["A1", "A4", "A6", "A7"])
def test_every_line_is_what_recalculating_the_district_gives(
    cast: Cast, evaluation: Evaluation, sign_in: object, code: str
) -> None:
    page = page_of(sign_in(cast.admin), f"indicator={code}")
    parts = [p for p in evaluation.result["parts"] if p["stage"] == "primary"]
    rows = {p["school_name"]: (int(p["pupils"]), Fraction(p["indicators"][code]["value"])) for p in parts}
    mean = sum(pupils * value for pupils, value in rows.values()) / sum(pupils for pupils, _ in rows.values())
    shown = table(page, "primary")
    assert sorted(row[0] for row in shown) == sorted(rows)
    for name, _, _, from_mean, _, without, at_mean, _ in shown:
        others = [row for other, row in rows.items() if other != name]
        assert without.split()[0] == printed_cv(others)
        pupils, value = rows[name]
        assert Decimal(from_mean) == half_up(value - mean, 2)
        expected = "已不低于均值" if value >= mean else printed_cv([*others, (pupils, mean)])
        assert at_mean.split()[0] == expected


def printed_cv(rows: list[tuple[int, Fraction]]) -> str:
    square = naive.cv_squared(rows)
    root = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
    return f"{half_up(root, 3):f}"


def test_the_page_and_the_file_say_the_same(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    client = sign_in(cast.admin)
    stated = file_rows(client)
    for code in CODES:
        page = page_of(client, f"indicator={code}")
        for stage, label in (("primary", "小学"), ("junior", "初中")):
            own = [row for row in stated if row[:2] == [label, code]]
            shown = table(page, stage)
            assert [row[5] for row in own] == [row[0] for row in shown]
            assert len(own) > 2
            for row, line in zip(own, shown, strict=True):
                same_figures(row, line)


def same_figures(row: list[object], line: list[str]) -> None:
    """One line of the file against the page's."""
    assert f"{Decimal(str(row[7])):.2f}" == line[2].split()[0]
    assert f"{Decimal(str(row[8])):+.2f}" == line[3]
    assert f"{Decimal(str(row[9])):.1f}%" == line[4]
    for value, words, text in ((row[10], row[11], line[5]), (row[12], row[13], line[6])):
        shown = value if isinstance(value, str) else f"{Decimal(str(value)):.3f}"
        assert f"{shown} {words}".strip() == text
    if row[15]:
        amount = Decimal(str(row[15]))
        assert ("▼ 降低" if amount < 0 else "▲ 升高") in line[7]
        assert f"{abs(amount):.5f}" in line[7]
        assert f"→ {Decimal(str(row[16])):.3f}" in line[7]


def test_the_shares_are_those_the_evaluation_stored(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    saved = evaluation.result["coefficients"]["primary"]["A5"]["contributions"]
    names = {code: entry["register"][0] for code, entry in evaluation.inputs.items() if entry["register"]}
    expected = {names[c["school_code"]]: f"{half_up(Decimal(c['share']) * 100, 1):f}%" for c in saved}
    shown = table(page_of(sign_in(cast.admin), "indicator=A5"), "primary")
    assert {row[0]: row[4] for row in shown} == expected


def test_the_page_names_the_three_schools_that_weigh_most(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = page_of(sign_in(cast.admin), "indicator=A4")
    largest = plain(re.search(r'<ol class="line-largest">(.*?)</ol>', page).group(1))
    for row in table(page, "primary")[:3]:
        assert f"{row[0]} {row[2]} ㎡，占方差 {row[4]}" in largest


@pytest.mark.parametrize(
    ("order", "column"), [("code", None), ("-pupils", 1), ("value", 2), ("-value", 2), ("without", 5), ("", 4)]
)
def test_the_order_stays_in_the_address(
    cast: Cast, evaluation: Evaluation, sign_in: object, order: str, column: int | None
) -> None:
    shown = table(page_of(sign_in(cast.admin), f"indicator=A6&sort={order}"), "primary")
    if column is None:
        names = {row.school: row.school_code for row in queries.district(evaluation).content.stages[0].rows}
        codes = [names[row[0]] for row in shown]
        assert codes == sorted(codes)
        return
    values = [Decimal(row[column].split()[0].rstrip("%")) for row in shown]
    assert values == sorted(values, reverse=order in ("", "-pupils", "-value"))


def test_what_has_no_figure_comes_last(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    shown = [row[6] for row in table(page_of(sign_in(cast.admin), "indicator=A6&sort=at_mean"), "primary")]
    above = [text == "已不低于均值" for text in shown]
    assert True in above
    assert above == sorted(above)


@pytest.mark.parametrize("query", ["indicator=B1", "indicator=%3Cscript%3E", "sort=DROP", "indicator=A4&sort="])
def test_an_unknown_choice_is_reported_at_its_field(
    cast: Cast, evaluation: Evaluation, sign_in: object, query: str
) -> None:
    page = page_of(sign_in(cast.admin), query)
    assert ("is-invalid" in page) is (query != "indicator=A4&sort=")
    assert table(page, "primary")


def test_every_school_on_the_line_is_a_link_with_its_figures_in_words(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    page = page_of(sign_in(cast.admin), "indicator=A2")
    drawing = re.search(r'<svg class="number-line".*?aria-labelledby="line-junior-title.*?</svg>', page).group()
    drawing = drawing[drawing.rindex('<svg class="number-line"') :]
    links = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)">', drawing)
    assert len(links) == len(table(page, "junior"))
    assert ("/board/schools/4102020002/", "乙初级中学：0.90，还差 1 名骨干教师，底线已过，在校生 1000 人") in [
        (address.split("?")[0], words) for address, words in links
    ]
    assert re.search(r'<desc id="line-junior-text">\d+ 所（部）按指标值排列，标准 1 人，均值 [\d.]+ 人，差异系数', page)
    assert "style=" not in drawing


@pytest.mark.parametrize("canvas", [influence.WIDE, influence.PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("code", [f"A{number}" for number in range(1, 8)])
def test_circles_and_ranks_keep_clear_of_each_other(
    cast: Cast, evaluation: Evaluation, canvas: influence.Canvas, code: str
) -> None:
    content = queries.district(evaluation).content
    for stage in content.stages:
        found = influence.of_stage(content.spec, stored.of(evaluation), stage, code)
        line = influence.line_of_stage(found, canvas)
        for one, other in itertools.combinations(line.dots, 2):
            apart = abs(one.x - other.x) * canvas.width / 100
            assert one.lane != other.lane or apart >= one.radius + other.radius
        ranks = [(dot.x, dot.lane * canvas.lane + (13 if dot.under else 0)) for dot in line.dots if dot.rank]
        assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize(("lanes", "under"), [((0, 0), [False, True]), ((0, -1), [True, False])])
def test_a_rank_steps_under_its_circle_when_something_stands_above(
    cast: Cast, evaluation: Evaluation, lanes: tuple[int, int], under: list[bool]
) -> None:
    content = queries.district(evaluation).content
    found = influence.of_stage(content.spec, stored.of(evaluation), content.stages[0], "A1")
    dots = influence.line_of_stage(found).dots
    first, second = (
        replace(dot, lane=lane, rank=rank, x=Decimal(50), under=False)
        for rank, (dot, lane) in enumerate(zip(dots, lanes, strict=False), 1)
    )
    assert [dot.under for dot in influence._ranked((first, second), influence.WIDE)] == under


def test_a_missing_submission_leaves_the_reason_and_the_way_to_the_list(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    make_school("4102020077", "丙小学", cast.district)
    evaluated(cast, round)
    page = page_of(sign_in(cast.admin))
    assert "有学校尚未填齐，暂不能计算差异系数。<a href=" in page
    assert "#lacking" in page
    assert 'id="table-primary"' not in page
    stated = file_rows(sign_in(cast.admin))
    assert {row[5] for row in stated} == {"有学校尚未填齐，暂不能计算差异系数"}


def test_a_single_school_of_a_stage_has_no_coefficient_and_says_so(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    hand_in(round, cast.school_b, figures("初级中学"))
    evaluated(cast, round)
    page = page_of(sign_in(cast.admin))
    assert page.count('<p class="card-body mb-0">本学段只有一所学校，不计算差异系数。') == 2
    assert 'id="table-primary"' not in page
    assert "甲小学：" in page, "the school still stands on the line"


def test_leaving_a_school_out_that_turns_the_verdict_is_said_in_words(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    hand_in(round, cast.school_b, figures("初级中学"))
    for number, rooms in enumerate((30, 30, 31, 160)):
        school = make_school(f"410202008{number}", f"戊{number}小学", cast.district)
        hand_in(round, school, figures(multimedia_rooms=rooms))
    evaluated(cast, round)
    first = table(page_of(sign_in(cast.admin), "indicator=A7"), "primary")[0]
    assert first[0] == "戊3小学"
    assert first[5].endswith("变为不超限")


def test_one_room_for_a_nine_year_school_counts_with_its_split_share(cast: Cast, round_a: Round) -> None:
    evaluation = evaluated(cast, round_a)
    district = queries.district(evaluation)
    primary, junior = queries.influences(district, "A7")
    added = {
        stage.board.stage: {row.row.school_code: row.effect.part.added for row in stage.rows}
        for stage in (primary, junior)
    }
    both = set(added["primary"]) & set(added["junior"])
    assert both
    kinds = {row.school_code: row.facts.kind for row in primary.board.rows}
    for code in both:
        whole = added["primary"][code] + added["junior"][code]
        assert (abs(whole - 1) < Fraction(1, 10**26)) is (kinds[code] == "九年一贯制学校")
    teachers = queries.influences(district, "A1")
    assert all(row.effect.part.added == 1 for stage in teachers for row in stage.rows)
    areas = queries.influences(district, "A4")
    assert all(row.effect.part.added == 100 for row in areas[0].rows if kinds[row.row.school_code] == "小学")
    assert areas[0].step == "100 ㎡教学及辅助用房"


def test_an_evaluation_without_stored_shares_says_so_instead_of_guessing(cast: Cast, evaluation: Evaluation) -> None:
    district = queries.district(evaluation)
    result = evaluation.result
    for part in result["parts"]:
        for figure in part["indicators"].values():
            figure.pop("share", None)
    judged = stored.StoredResult(result)
    found = influence.of_stage(district.content.spec, judged, district.content.stages[0], "A7")
    assert found.lacks_shares
    assert {row.one_more.text for row in found.rows} == {"—"}
    teachers = influence.of_stage(district.content.spec, judged, district.content.stages[0], "A1")
    assert not teachers.lacks_shares


def test_a_school_sees_its_own_share_and_no_other_schools_figure(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    shown = table(page_of(sign_in(cast.admin), "indicator=A1"), "primary")
    own = next(row for row in shown if row[0] == "甲小学")
    page = re.sub(r"\s+", " ", sign_in(cast.principal_a).get("/board/schools/4102020001/").content.decode())
    assert f"本校占全区方差的 {own[4]}；去掉本校后全区差异系数为 {own[5]}" in page
    for name in (row[0] for row in shown if row[0] != "甲小学"):
        assert name not in page


def test_with_fewer_than_five_schools_a_school_is_shown_nothing_of_the_coefficient(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    hand_in(round, cast.school_b, figures("初级中学"))
    for number in range(3):
        school = make_school(f"410202008{number}", f"戊{number}小学", cast.district)
        hand_in(round, school, figures(multimedia_rooms=30 + number))
    evaluated(cast, round)
    page = sign_in(cast.principal_a).get("/board/schools/4102020001/").content.decode()
    assert "本校占全区方差" not in page
    fifth = make_school("4102020089", "己小学", cast.district)
    hand_in(round, fifth, figures())
    evaluated(cast, round)
    page = sign_in(cast.principal_a).get("/board/schools/4102020001/").content.decode()
    assert page.count("本校占全区方差") == 7


def test_the_table_command_names_the_three_largest(cast: Cast, evaluation: Evaluation) -> None:
    district = queries.district(evaluation)
    lines = document.as_text(district).splitlines()
    first = lines[lines.index("影响最大的 3 校：") + 1]
    top = district.content.stages[0].summaries[0].top
    assert first == "  A1 高学历教师：" + "、".join(f"{share.school} {share.percent}" for share in top)


def test_the_queries_stay_few_for_many_schools(
    cast: Cast, sign_in: object, django_assert_max_num_queries: object
) -> None:
    round = open_round(cast.district)
    fill(round, 40)
    for school in (cast.school_a, cast.school_b):
        hand_in(round, school, figures(school.kind))
    evaluated(cast, round)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(19):
        client.get("/board/coefficients/?indicator=A3&sort=one_more")
