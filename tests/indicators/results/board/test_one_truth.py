"""Page, file, command line and engine say the same: nothing is judged or rounded twice."""

import io
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Round
from indicators.results.board import board, queries, views
from indicators.results.board.board import BoardColumn
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.standard.engine import NotApplicable, evaluate
from indicators.standard.standards import queries as standards
from inspections.rectification import raising
from inspections.reports import facts
from portal.core.lib.numbers import half_up
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.pages import flat

NAMED = [
    "round",
    "district",
    "standard",
    "engine",
    "inputs_sha256",
    "complete",
    "parts",
    "coefficients",
    "district_indicators",
    "vetoes",
    "missing",
    "excluded",
    "verdict",
]
SEVEN = ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]


def printed(*arguments: str, **options: object) -> str:
    out = io.StringIO()
    call_command("evaluate", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_commands_json_is_the_engines_own(cast: Cast, round_a: Round) -> None:
    inputs = judging.of_round(round_a)
    exact = evaluate(inputs.spec, inputs.data).as_json(round="2026", district="410202")
    shown = json.loads(printed("2026", "--format", "json"))
    assert _within(shown, exact)
    assert _counts(shown) == _counts(exact)


def _within(shown: object, exact: object) -> bool:
    """Whether everything shown stands so in the engine's result; lists are shown whole."""
    if isinstance(shown, dict):
        return all(key in exact and _within(value, exact[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(exact) and all(map(_within, shown, exact))
    return shown == exact


def _counts(result: dict) -> list[int]:
    return [len(result["district_indicators"]), *(len(stage) for stage in result["coefficients"].values())]


def test_the_json_has_the_published_keys_and_no_others(cast: Cast) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures(equipment_value=NotApplicable("账册未建")))
    shown = json.loads(printed("2026", "--format", "json"))
    assert list(shown) == NAMED
    for part in shown["parts"]:
        assert set(part) == {"school_code", "school_name", "stage", "pupils", "passes", "indicators"}
        assert list(part["indicators"]) == SEVEN
        for one in part["indicators"].values():
            assert set(one) == {"numerator", "value", "threshold", "reaches", "reaches_floor", "gap"}
    assert set(shown["coefficients"]) == {"primary", "junior"}, "both stages, also where nobody teaches one"
    for stage in shown["coefficients"].values():
        assert list(stage) == SEVEN
        assert all(set(one) == {"mean", "sd", "cv", "limit", "passes"} for one in stage.values())
    assert all(set(one) == {"value", "passes", "why"} for one in shown["district_indicators"].values())
    assert shown["missing"]
    assert all(set(one) == {"school_code", "item"} for one in shown["missing"])
    assert all(set(one) == {"school_code", "reason"} for one in shown["excluded"])


def test_the_json_is_the_same_bytes_each_time_and_one_evaluation(cast: Cast, round_a: Round) -> None:
    assert printed("2026", "--format", "json") == printed("2026", "--format", "json", "--district", "410202")
    assert Evaluation.objects.count() == 1


def test_values_in_the_json_are_exact_to_twenty_eight_digits(cast: Cast) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures(pupils=701, multimedia_rooms=17))
    shown = json.loads(printed("2026", "--format", "json"))
    value = next(p for p in shown["parts"] if p["school_code"] == "4102020001")["indicators"]["A7"]["value"]
    assert abs(Fraction(value) - Fraction(1700, 701)) < Fraction(1, 10**26)


def test_page_file_and_engine_show_the_same_rows(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    inputs = judging.of_round(evaluation.round)
    exact = {
        (part.school.code, part.stage): [
            "—" if r.value is None else f"{half_up(r.value, 2):f}" for r in part.indicators
        ]
        for part in evaluate(inputs.spec, inputs.data).parts
    }
    assert _page_rows(sign_in(cast.admin)) == exact
    assert _file_rows(sign_in(cast.admin)) == exact


def _page_rows(client: object) -> dict[tuple[str, str], list[str]]:
    page = flat(client.get("/board/").content.decode())
    found = {}
    for stage, section in re.findall(r'id="stage-(\w+)".*?(<tbody>.*?</tbody>)', page, re.S):
        for code, row in re.findall(
            r"<tr><th scope=\"row\"><a href=\"/board/schools/(\d+)/.*?</th>(.*?)</tr>", section
        ):
            found[code, stage] = re.findall(r"<b>(.*?)</b>", row)
    return found


def _file_rows(client: object) -> dict[tuple[str, str], list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/board/export").content))
    found = {}
    for stage, name in (("primary", "小学资源配置指标"), ("junior", "初中资源配置指标")):
        rows = book.get_sheet_by_name(name).to_python()
        first = next(i for i, row in enumerate(rows) if "数值" in row) + 1
        at = rows[first - 1].index("数值")
        body = [row for row in rows[first:] if re.fullmatch(r"\d{10}", str(row[0]))]
        assert rows[first + len(body)][0] == f"共 {len(body)} 行"
        for row in body:
            found[row[0], stage] = [v if v == "—" else f"{Decimal(str(v)):.2f}" for v in row[at : at + 14 : 2]]
    return found


def test_the_file_says_its_date_version_and_verdict(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sign_in(cast.admin).get("/board/export").content))
    notes = "\n".join(str(row[0]) for row in book.get_sheet_by_name("小学资源配置指标").to_python()[:5])
    rules = standards.load_spec(evaluation.standard).rule_version
    assert f"数据截至 2026-03-31 18:02，规则版本 {rules}（national-2017·1）" in notes
    assert evaluation.inputs_sha256 in notes
    assert "结论：未达标" in notes or "结论：无法判定" in notes
    assert {"差异系数", "逐项明细", "缺项和不参评", "保障质量和否决事项"} <= set(book.sheet_names)


def test_a_filtered_page_gives_a_filtered_file_that_says_so(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    content = sign_in(cast.admin).get("/board/export?q=甲小学&stage=primary").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("小学资源配置指标").to_python()
    assert [row[1] for row in rows if re.fullmatch(r"\d{10}", str(row[0]))] == ["甲小学"]
    assert any("仅列出：学校名称“甲小学”、学段“小学”" in str(row[0]) for row in rows)


def test_the_commands_file_is_the_pages_file(cast: Cast, evaluation: Evaluation, sign_in: object, tmp_path) -> None:
    target = tmp_path / "结果.xlsx"
    assert printed("2026", "--format", "xlsx", "--output", str(target)) == ""
    assert target.read_bytes() == sign_in(cast.admin).get("/board/export").content


def test_a_value_that_rounds_up_to_the_threshold_still_fails_and_is_marked(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    # 41.96 teachers per 1000 pupils are impossible; 4.4996 ㎡ per pupil prints as 4.50.
    hand_in(round, cast.school_a, figures(teaching_area=Decimal("5499.6")))
    evaluated(cast, round)
    page = sign_in(cast.admin).get("/board/").content.decode()
    row = re.search(r"甲小学.*?</tr>", page, re.S).group()
    assert '<b>4.50</b> <span class="board-near">临界</span>' in row
    assert "▼ 还差 0.4 ㎡教学及辅助用房，底线已过" in row


def test_what_a_school_shares_among_its_parts_is_reported_for_the_whole_school(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    nine = make_school("4102020077", "己学校", cast.district, kind="九年一贯制学校")
    hand_in(round, nine, figures("九年一贯制学校", pupils=500, multimedia_rooms=20))
    evaluation = evaluated(cast, round)
    shown = "全校还需 5 间网络多媒体教室（小学部、初中部都达标）"
    client = sign_in(cast.admin)
    for address in ("/board/", "/board/schools/4102020077/"):
        page = client.get(address).content.decode()
        assert (page.count(f"{shown}，底线已过"), page.count(f"{shown}，未过底线")) == (1, 1)
    assert {gap.problem.rpartition("，")[2] for gap in raising.plan_gaps(evaluation).new} == {shown}
    assert [gap.lacking for gap in facts.evaluation_of(evaluation, None).gaps] == [shown, shown]


def test_coefficients_on_the_board_are_the_engines_rounded_once(cast: Cast) -> None:
    round = open_round(cast.district)
    fill(round, 8)
    evaluation = evaluated(cast, round)
    district = queries.district(evaluation)
    for stage in district.content.stages:
        for summary in stage.summaries:
            shown = evaluation.result["coefficients"][stage.stage][summary.code]
            if shown["cv"] is not None:
                assert shown["passes"] is (Fraction(shown["cv"]) <= Fraction(shown["limit"]))
                assert summary.cv == f"{half_up(Fraction(shown['cv']), 3):f}"


def test_the_table_names_every_part_with_its_verdict(cast: Cast, round_a: Round) -> None:
    table = printed("2026")
    assert "【小学】" in table
    assert "甲小学" in table
    assert "全区均值" in table
    assert "【结论】" in table
    assert "数据截至" in table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2030",), "没有评估年度“2030”。现有：2026（410202）"),
        (("2026", "--district", "999999"), "区县 999999 没有评估年度"),
        (("2026", "--by", "nobody"), "没有账号“nobody”"),
        (("2026", "--by", "reviewer"), "您的角色不能进行这项操作"),
        (("2026", "--by", "foreign_admin"), "没有找到"),
        (("2026", "--format", "xlsx"), "请用 --output 指定文件"),
        (("2026", "--output", "/nowhere/at/all.json"), "不能写入文件"),
    ],
)
def test_the_command_refuses_in_chinese(cast: Cast, round_a: Round, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=re.escape(said)):
        printed(*arguments)


def test_a_round_two_districts_have_needs_the_district(cast: Cast, round_a: Round) -> None:
    make_school("4102030009", "辛小学", cast.other_district)
    open_round(cast.other_district)
    with pytest.raises(CommandError, match="请加 --district"):
        printed("2026")
    assert json.loads(printed("2026", "--district", "410203", "--format", "json"))["district"] == "410203"


def test_command_and_job_make_the_same_evaluation(cast: Cast, round_a: Round) -> None:
    printed("2026", "--format", "json")
    now = datetime(2026, 4, 1, tzinfo=UTC)
    by_job = actions.record(judged=judging.judge(round_a, judging.read(round_a), now), by=cast.admin)
    assert by_job == Evaluation.objects.get()


def test_a_column_declared_once_is_on_the_page_and_in_the_file(
    cast: Cast, evaluation: Evaluation, sign_in: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = BoardColumn("举办者", lambda row: row.facts.sponsor, 8, "0", on_page=True)
    monkeypatch.setattr(board, "COLUMNS", (*board.COLUMNS, column))
    # Rows of this evaluation may have been drawn before, without the column.
    monkeypatch.setattr(views, "_rows", Cache(16))
    client = sign_in(cast.admin)
    page = flat(client.get("/board/?q=甲小学").content.decode())
    assert page.count('<th scope="col">举办者</th><th scope="col">结论</th>') == 2
    assert page.count('<td data-label="举办者">7</td><td data-label="结论">') == 1
    width = 9 + sum(one.on_page for one in board.COLUMNS)
    assert f'<td colspan="{width}">' in page
    assert {len(re.findall("<t[dh]", row)) for row in re.findall("<tfoot>.*?</tr>", page)} == {width}
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/board/export").content))
    rows = book.get_sheet_by_name("小学资源配置指标").to_python()
    head = next(row for row in rows if row[0] == "学校标识码")
    assert {row[head.index("举办者")] for row in rows if re.fullmatch(r"\d{10}", str(row[0]))} == {7}
