"""Both verdicts wherever the boards show one: strict first, the relaxed one named as such, and nothing without grants."""

import io
from pathlib import Path

from django.core.management import call_command
from python_calamine import CalamineWorkbook

from indicators.results.board import actions, document, queries, school_queries as schools
from indicators.results.evaluations import actions as evaluations, judging
from indicators.results.evaluations.models import Evaluation
from portal.core.notices.models import Notice
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import before_and_after
from tests.indicators.results.board.conftest import NOW
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Evaluation, Evaluation]:
    return before_and_after(cast)


def page(client, address: str, **query: object) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return "".join(answer.content.decode().split())


def test_the_heading_counts_both_ways(pair) -> None:
    before, after = (queries.district(one).content for one in pair)
    assert before.heading.relaxed is None
    assert after.heading.relaxed is not None
    assert (after.heading.parts.passing, after.heading.relaxed.parts.passing) == (2, 3)
    assert (after.heading.verdict, after.heading.relaxed.verdict) == ("未达标", "未达标")
    strict, relaxed = "".join(after.heading.why), "".join(after.heading.relaxed.why)
    assert "甲小学" in strict
    assert "甲小学" not in relaxed


def test_the_board_shows_both_and_lists_what_was_granted(pair, cast: Cast, sign_in) -> None:
    client, words = (
        sign_in(cast.leader),
        ("放宽口径：<b>9.72</b>", "已批准3项放宽口径", "甲小学A5中心城区", "豫教督〔2026〕9号"),
    )
    shown = page(client, "/board/", evaluation=pair[1].pk)
    for word in words:
        assert word in shown
    assert '放宽口径：<spanclass="tonetone-ok">✓达标' in shown
    assert "<b>5.56</b>" in shown
    assert "放宽口径" not in page(client, "/board/", evaluation=pair[0].pk).partition("<main")[2]


def test_the_coefficients_page_shows_both(pair, cast: Cast, sign_in) -> None:
    shown = page(sign_in(cast.leader), "/board/coefficients/", evaluation=pair[1].pk, indicator="A5")
    assert "放宽口径：<b>0.105</b>" in shown
    assert "放宽口径差异系数</dt><dd><b>0.105</b>" in shown
    assert "差异系数</dt><dd><b>0.367</b>" in shown


def test_b4_shows_both_with_the_arithmetic_of_both(pair, cast: Cast, sign_in) -> None:
    shown = page(sign_in(cast.leader), "/board/conditions/", evaluation=pair[1].pk)
    row = shown.partition('<trid="B4">')[2].partition("</tr>")[0]
    assert "未达标" in row
    assert "放宽口径：" in row
    assert "1所学校未达到" in row
    assert "放宽口径：学校规模：学校3所，达标3，未达标0，待定0" in row
    assert "放宽口径" not in shown.partition('<trid="B5">')[2].partition("</tr>")[0]


def test_a_schools_page_shows_its_own_both_ways_and_nobody_elses(pair, cast: Cast, sign_in) -> None:
    shown = page(sign_in(cast.principal_a), f"/board/schools/{cast.school_a.code}/")
    assert "放宽口径：<b>9.72</b>" in shown
    assert "乙初级中学" not in shown
    own = schools.view(cast.principal_a, cast.school_a, pair[1])
    (part,) = own.parts
    assert part.row.relaxed is not None
    assert (part.row.verdict, part.row.relaxed.verdict) == ("未达标", "达标")
    assert [one.cell.code for one in part.indicators if one.cell.relaxed] == ["A3", "A5"]
    assert own.history[0].relaxed == "达标"


def test_the_list_of_schools_shows_both(pair, cast: Cast, sign_in) -> None:
    rows = schools.latest_verdicts(cast.admin, schools.judged_schools(cast.admin))
    stated = {row.school.name: [(p.verdict, p.relaxed) for p in row.parts] for row in rows}
    assert stated["甲小学"] == [("未达标", "达标")]
    assert stated["丁小学"] == [("达标", "")]
    assert "（放宽口径：达标）" in page(sign_in(cast.admin), "/board/schools/")


def test_the_workbook_shows_both_side_by_side(pair, cast: Cast) -> None:
    before, after = (queries.district(one) for one in pair)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(actions.export(district=after, stages=after.content.stages, by=cast.admin))
    )
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert "放宽口径结论：未达标；学校（分学段）3 所（部）：达标 3，未达标 0，待定 0" in str(rows["小学资源配置指标"])
    assert "放宽口径 9.72 达标，高 29.6%" in str(rows["小学资源配置指标"])
    (own,) = [row for row in rows["小学资源配置指标"] if row[1] == "甲小学"]
    assert own[-3:-1] == ["未达标", "达标"]
    assert "放宽口径 0.105，不超过限值" in str(rows["差异系数"])
    assert "未达标；放宽口径：达标" in str(rows["保障质量和否决事项"])
    listed = [row for row in rows["放宽口径"] if row[0] == cast.school_a.code]
    assert [(row[2], row[6], *row[8:]) for row in listed] == [
        ("A3", "未适用", "小学 A3", "达标，高 23.5%", "达标，高 23.5%"),
        ("A3", "未适用", "小学综合", "未达标", "达标"),
        ("A5", "已适用", "小学 A5", "还差 700 ㎡体育运动场馆，未过底线", "达标，高 29.6%"),
        ("A5", "已适用", "小学综合", "未达标", "达标"),
    ]
    plainly = CalamineWorkbook.from_filelike(
        io.BytesIO(actions.export(district=before, stages=before.content.stages, by=cast.admin))
    )
    assert "放宽口径" not in plainly.sheet_names


def test_the_table_of_the_command_shows_both(pair, cast: Cast, tmp_path: Path) -> None:
    call_command("evaluate", "2026", district="410202", format="table", output=str(tmp_path / "table.txt"))
    stated = (tmp_path / "table.txt").read_text()
    assert stated == document.as_text(queries.district(pair[1]))
    for words in (
        "【放宽口径】",
        "甲小学 A5 中心城区",
        "未达标（放宽口径：达标）",
        "（放宽口径 9.72 ▲）",
        "【放宽口径结论】未达标",
        "未达标；放宽口径：达标",
    ):
        assert words in stated
    assert "放宽口径" not in document.as_text(queries.district(pair[0]))


def test_the_notice_of_a_finished_evaluation_shows_both(pair, cast: Cast) -> None:
    round_ = pair[1].round
    evaluations.record(judged=judging.judge(round_, judging.read(round_), NOW), by=cast.admin, notify=True)
    stated = Notice.objects.get(user=cast.admin, key=f"evaluation:{pair[1].pk}").text
    assert "已完成：未达标（放宽口径：未达标）" in stated
