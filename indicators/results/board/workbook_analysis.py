"""The sheet of contributions: what every school does to every coefficient, as the page prints it."""

from collections.abc import Iterable

from indicators.results.board import figures
from indicators.results.board.influence import CHANGE_PLACES, Change, Influence, Outcome, StageInfluence
from portal.core.lib.numbers import half_up
from portal.core.spreadsheets.write import Cell, Column, Sheet, Style, Value

_STYLES: dict[str, Style] = {"ok": "good", "bad": "bad"}
_HEADS = {
    "学段": (8, "General"),
    "指标": (8, "General"),
    "名称": (14, "General"),
    "名次": (6, "0"),
    "学校标识码": (13, "@"),
    "学校名称": (26, "General"),
    "在校生数": (9, "0"),
    "指标值": (12, "0.00"),
    "与均值差": (12, "+0.00;-0.00;0.00"),
    "贡献（%）": (10, "0.0"),
    "去掉本校后的差异系数": (12, "0.000"),
    "去掉本校后的判定": (16, "General"),
    "若达到均值后的差异系数": (14, "0.000"),
    "若达到均值后的判定": (16, "General"),
    "增加的一单位": (24, "General"),
    "增加后的变化": (14, "+0.00000;-0.00000;0.00000"),
    "增加后的差异系数": (12, "0.000"),
    "增加后的判定": (16, "General"),
}


def sheet(found: Iterable[StageInfluence]) -> Sheet:
    """Return a row per school, indicator and stage; coefficients that cannot be analysed get one row with the reason."""
    return Sheet(
        name="差异系数分析",
        columns=[Column(width, form) for width, form in _HEADS.values()],
        header=[list(_HEADS)],
        rows=[row for one in found for row in _stage(one)],
        notes=[
            "贡献为本校占全区方差的比例；若达到均值只对低于均值的学校计算；不受筛选影响",
            "判定一栏只写结论会改变或四舍五入后会看错（临界）的；各数按未四舍五入的数值计算，打印时才四舍五入",
        ],
        frozen_columns=6,
        count=True,
        filter=True,
    )


def _stage(one: StageInfluence) -> list[list[Value | Cell]]:
    head: list[Value | Cell] = [one.board.label, one.indicator.code, one.indicator.short_name]
    if not one.rows:
        told: list[Value | Cell] = [*head, None, None, Cell(one.why, "muted")]
        return [told + [None] * (len(_HEADS) - len(told))]
    return [[*head, rank, *_school(one, row)] for rank, row in enumerate(one.rows, 1)]


def _school(one: StageInfluence, row: Influence) -> list[Value | Cell]:
    return [
        row.row.school_code,
        row.row.school,
        figures.number(row.row.pupils),
        figures.number(row.value),
        figures.number(row.from_mean),
        figures.number(row.share.rstrip("%")),
        *_outcome(row.without),
        *_outcome(row.at_mean),
        one.step,
        _change(row.one_more),
        *_outcome(row.one_more.outcome),
    ]


def _outcome(one: Outcome) -> list[Value | Cell]:
    text: Value = one.text if one.number is None else figures.number(one.text)
    return [text, Cell(one.words, _STYLES.get(one.tone, "muted"))]


def _change(one: Change) -> Value:
    return figures.NONE if one.amount is None else half_up(one.amount, CHANGE_PLACES)
