"""While submissions are missing: three numbers everywhere, and a labelled view with last year's figures."""

from io import BytesIO

from python_calamine import CalamineWorkbook

from indicators.results.board import queries
from indicators.results.board.document import as_text
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Tally
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.board.test_board_pages import body
from tests.shared import shared


@shared
def half(cast: Cast) -> Evaluation:
    """甲 handed in both years, 乙 last year only, 丁 never."""
    make_school("4102020004", "丁小学", cast.district)
    last = open_round(cast.district, "2025", name="2025 年度自评")
    hand_in(last, cast.school_a, figures())
    hand_in(last, cast.school_b, figures("初级中学", multimedia_rooms=12))
    evaluated(cast, last)
    this = open_round(cast.district, "2026")
    hand_in(this, cast.school_a, figures(pupils=1100))
    return evaluated(cast, this)


def test_three_numbers_keep_what_is_missing_apart_from_failures(half: Evaluation) -> None:
    heading = queries.district(half).content.heading
    assert heading.parts == Tally(passing=1, failing=0, open=2)
    assert heading.coefficients == Tally(passing=0, failing=0, open=14)


def test_tiles_file_and_terminal_say_the_three_numbers(cast: Cast, half: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.leader), "/board/")
    assert '未达标 0</span> · <span class="tone-text-muted">待定 14</span>' in page
    words = "学校（分学段）3 所（部）：达标 1，未达标 0，待定 2；差异系数 14 项：达标 0，未达标 0，待定 14"
    assert words in as_text(queries.district(half))
    book = CalamineWorkbook.from_filelike(BytesIO(sign_in(cast.leader).get("/board/export").content))
    rows = book.get_sheet_by_name("初中资源配置指标").to_python()
    head = next(row for row in rows if "待定项数" in row)
    line = next(row for row in rows if "乙初级中学" in row)
    assert [line[head.index(name)] for name in ("达标项数", "未达标项数", "待定项数")] == [0, 0, 7]


def test_the_provisional_view_says_whose_figures_it_uses(half: Evaluation) -> None:
    basis = queries.provisional_basis(half)
    assert basis is not None
    assert basis.words == "已审核 1 所，其余 1 所沿用上年（2025 年度自评），1 所没有上年数据、不计入"
    view = queries.provisional(half, basis)
    rows = {row.school: row for stage in view.stages for row in stage.rows}
    assert rows["甲小学"].pupils == "1100", "this year's figure where there is one"
    assert rows["乙初级中学"].verdict == "未达标", "12 rooms for 1000 pupils, as last year"
    assert rows["丁小学"].passes is None
    assert view.parts == Tally(passing=1, failing=1, open=1)


def test_the_board_offers_it_next_to_the_verdict_and_never_as_one(
    cast: Cast, half: Evaluation, sign_in: object
) -> None:
    board = body(sign_in(cast.admin), "/board/")
    assert 'board-figure tone-text-muted">无法判定' in board
    assert "看试算（不是结论）</a>：已审核 1 所" in board
    page = body(sign_in(cast.admin), f"/board/provisional/?evaluation={half.pk}")
    assert "试算，不是评估结论" in page
    assert 'board-figure tone-text-muted">无法判定' in page, "the verdict stays what it is"
    assert Evaluation.objects.count() == 2, "nothing of it is stored"


def test_without_last_year_or_without_gaps_there_is_nothing_to_try(
    cast: Cast, half: Evaluation, sign_in: object
) -> None:
    earlier = Evaluation.objects.exclude(pk=half.pk).get()
    assert queries.provisional_basis(earlier) is None
    page = body(sign_in(cast.admin), f"/board/provisional/?evaluation={earlier.pk}")
    assert "现在没有可以试算的" in page
    School.objects.filter(name="丁小学").update(status="停办")
    hand_in(half.round, cast.school_b, figures("初级中学"))
    assert queries.provisional_basis(evaluated(cast, half.round)) is None
    assert "看试算" not in body(sign_in(cast.admin), "/board/")
