"""The board as a workbook with the printed and the exact figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from indicators.collection.submissions.difference_queries import SiteDifference
from indicators.results.board import board, queries
from indicators.results.board.board import BoardColumn, BoardRow, JudgedCondition, StageBoard, Summary
from indicators.results.board.influence_pages import CHANGE_PLACES, ChangedCoefficient, StageInfluence
from indicators.results.evaluations.stored import LABEL
from indicators.standard.engine import Spec
from portal.core.lib.numbers import half_up
from portal.core.spreadsheets.write import Head, Sheet, SheetCell, SheetColumn, Style, Value, Workbook

_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "muted": "muted"}
_TEXT, _ANY = "@", "General"
# Head of a column → its width in characters and its number format.
Columns = Mapping[str, tuple[float, str]]
Row = list[Value | SheetCell]


def build(
    district: queries.DistrictResult,
    stages: tuple[StageBoard, ...],
    filtered: str = "",
    *,
    author: str,
    since: str = "",
    found: Sequence[SiteDifference] = (),
) -> Workbook:
    """`stages` may be filtered as on the page; `filtered` says how.

    `since`: which schools have another name today (`evaluations.change_queries.renamed_note`); `found`: claims that inspectors
    found otherwise, of any school.
    """
    evaluation, content = district.evaluation, district.content
    notes = notes_of(district) + ([f"仅列出：{filtered}"] if filtered else []) + ([since] if since else [])
    influences = [one for i in content.spec.resources for one in queries.influences(district, i.code)]
    sheets = [
        *(_matrix(district, stage, notes, found) for stage in stages),
        _sheet("差异系数", _COEFFICIENTS, _coefficients(stages), _WEIGHTED),
        _sheet("差异系数分析", _ANALYSIS, _analysis(influences), *_ANALYSIS_NOTES, frozen_columns=6, filter=True),
        _details(content.spec, stages),
        _sheet("缺项和不参评", _LACKING, _lacking(content)),
        _sheet("保障质量和否决事项", _JUDGED, _judged(content)),
    ]
    if content.allowed:
        sheets.append(_sheet(LABEL, _RELAXED, _relaxations(content), _STRICT_COUNTS, frozen_columns=2))
    if found:
        note = "督导现场核对的数与填报不符；结果仍按填报计算"
        sheets.append(_sheet("现场核查不符", _DIFFERENT, _different(stages, found), note))
    return Workbook(
        title=f"{evaluation.round.name} 评估结果",
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
        sheets=sheets,
    )


def _sheet(name: str, columns: Columns, rows: Iterable[Row], *notes: str, **more: Any) -> Sheet:
    return Sheet(
        name=name,
        columns=[SheetColumn(width, form) for width, form in columns.values()],
        header=[list(columns)],
        rows=list(rows),
        notes=list(notes),
        count=True,
        **more,
    )


def notes_of(district: queries.DistrictResult) -> list[str]:
    evaluation, heading = district.evaluation, district.content.heading
    as_of = f"{timezone.localtime(evaluation.data_as_of):%Y-%m-%d %H:%M}"
    versions = (
        f"规则版本 {district.content.spec.rule_version}（{evaluation.standard.version}），计算程序 {evaluation.engine}"
    )
    relaxed = [f"放宽口径{_counted(heading.relaxed)}，严格口径不变"] if heading.relaxed else []
    return [
        f"{_counted(heading)}，缺数据 {heading.missing_schools} 校",
        *relaxed,
        f"数据截至 {as_of}，{versions}",
        f"输入校验值 {evaluation.inputs_sha256}",
    ]


def _counted(heading: queries.BoardHeading) -> str:
    return (
        f"结论：{heading.verdict}；学校（分学段）{heading.parts.total} 所（部）：{heading.parts.words}；"
        f"差异系数 {heading.coefficients.total} 项：{heading.coefficients.words}"
    )


def _number(shown: str) -> Decimal | str:
    """A printed figure as a number, so that a sheet can add it; — stays."""
    return shown if shown == board.NONE else Decimal(shown)


def _matrix(
    district: queries.DistrictResult, stage: StageBoard, notes: list[str], found: Sequence[SiteDifference]
) -> Sheet:
    resources, relaxed = district.content.spec.resources, bool(district.content.allowed)
    before = [column for column in board.COLUMNS if column.before_indicators]
    after = [column for column in board.COLUMNS if not column.before_indicators]
    left = [("学校标识码", 13, _TEXT), ("学校名称", 26, _ANY), *((c.label, c.width, c.number_format) for c in before)]
    right = [*((c.label, c.width, c.number_format) for c in after), ("结论", 9, _ANY)]
    right += [*([(f"{LABEL}结论", 14, _ANY)] if relaxed else []), ("说明", 36, _ANY)]
    ends = [[Head(name, rowspan=2) for name, _, _ in columns] for columns in (left, right)]
    heads = [Head(f"{i.code} {i.short_name}（{i.unit}）", colspan=2) for i in resources]
    pairs = [("数值", 10, "0.00"), ("与标准的距离", 24, _ANY)] * len(resources)
    differing = {(one.school_code, one.indicator) for one in found if one.stage in ("", stage.stage)}
    rows: list[Row] = []
    for row in stage.rows:
        values: Row = [row.school_code, row.school, *(_value(column, row) for column in before)]
        for cell in row.cells:
            words = f"{cell.sign} {cell.words}" + ("，临界" if cell.near else "")
            words += f"；{LABEL} {cell.relaxed.value} {cell.relaxed.words}" if cell.relaxed else ""
            words += "；现场核查不符" if (row.school_code, cell.code) in differing else ""
            values += [_number(cell.value), SheetCell(words, _STYLES[cell.tone])]
        values += [*(_value(column, row) for column in after), SheetCell(row.verdict, _STYLES[row.tone])]
        if relaxed:
            values.append(SheetCell(row.relaxed.verdict, _STYLES[row.relaxed.tone]) if row.relaxed else None)
        rows.append([*values, row.reason])
    return Sheet(
        name=f"{stage.label}资源配置指标",
        title=f"{district.evaluation.round.name} {stage.label}资源配置指标",
        notes=notes,
        columns=[SheetColumn(width, form) for _, width, form in (*left, *pairs, *right)],
        header=[[*ends[0], *heads, *ends[1]], [name for name, _, _ in pairs]],
        rows=rows,
        frozen_columns=2,
        count=True,
    )


def _value(column: BoardColumn, row: BoardRow) -> Value:
    shown = column.value(row)
    return shown if isinstance(shown, int) or column.number_format == _ANY else _number(shown)


_WEIGHTED = "均值和差异系数按全区全部参评学校（分学段）、以在校生数加权计算，不受筛选影响"
_COEFFICIENTS: Columns = {
    "学段": (8, _ANY),
    "指标": (8, _ANY),
    "名称": (18, _ANY),
    "全区均值": (12, "0.00"),
    "标准差": (12, "0.00"),
    "差异系数": (12, "0.000"),
    "限值": (8, "0.00####"),
    "结论": (24, _ANY),
    "影响最大的 3 校": (60, _ANY),
}


def _coefficients(stages: Iterable[StageBoard]) -> Iterator[Row]:
    for stage in stages:
        for s in stage.summaries:
            figures = map(_number, (s.mean, board.printed(s.coefficient.sd, 2), s.cv, s.limit))
            yield [stage.label, s.code, s.name, *figures, SheetCell(summary_words(s), _STYLES[s.tone]), s.top_words]


def summary_words(summary: Summary) -> str:
    other = summary.relaxed
    return summary.words + (f"；{LABEL} {other.cv}，{other.words}" if other else "")


def _details(spec: Spec, stages: tuple[StageBoard, ...]) -> Sheet:
    columns = {"学校标识码": 13, "学校名称": 26, "学段": 8, "指标": 8, "分子（未四舍五入）": 24, "在校生数": 10}
    columns |= {"指标值（未四舍五入）": 34, "标准": 8, f"{spec.floor_text}底线": 10, "达标": 8, "过底线": 8}
    columns |= {"差距（未四舍五入）": 34, "算式": 90}
    rows: Iterator[Row] = (
        [
            row.school_code,
            row.school,
            stage.label,
            cell.code,
            cell.figure.numerator,
            cell.figure.denominator,
            cell.figure.value,
            cell.figure.threshold,
            cell.figure.floor,
            cell.figure.reaches,
            cell.figure.reaches_floor,
            cell.figure.gap,
            cell.figure.formula,
        ]
        for stage in stages
        for row in stage.rows
        for cell in row.cells
    )
    texts = {name: (width, _TEXT) for name, width in columns.items()}
    note = "判定使用未四舍五入的数值；长小数保留 28 位有效数字，以文本存放"
    return _sheet("逐项明细", texts, rows, note, frozen_columns=2, filter=True)


_LACKING: Columns = {
    "学校标识码": (13, _TEXT),
    "学校名称": (26, _ANY),
    "情况": (20, _ANY),
    "缺少的项目或原因": (90, _ANY),
}


def _lacking(content: queries.BoardContent) -> Iterator[Row]:
    for e in content.lacking:
        yield [e.school_code, e.school, "缺数据" if e.has_submission else "未报送或未通过审核", "、".join(e.items)]
    for one in content.left_out:
        yield [one.school_code, one.school_name, "不参评", one.reason]


_DIFFERENT: Columns = {
    "学校标识码": (13, _TEXT),
    "学校名称": (26, _ANY),
    "指标": (8, _ANY),
    "现场核查": (60, _ANY),
    "学校答复": (48, _ANY),
}


def _different(stages: Iterable[StageBoard], found: Sequence[SiteDifference]) -> Iterator[Row]:
    """Of the schools shown."""
    shown = {row.school_code: row.school for stage in stages for row in stage.rows}
    for one in found:
        if one.school_code in shown:
            yield [one.school_code, shown[one.school_code], one.indicator, one.words, one.answer]


_JUDGED: Columns = {
    "编号": (8, _ANY),
    "指标": (48, _ANY),
    "算式和依据": (60, _ANY),
    "结论": (14, _ANY),
    "学校": (48, _ANY),
}


def _judged(content: queries.BoardContent) -> Iterator[Row]:
    for j in content.judged:
        # The schools that do not hold the indicator, or cannot be judged on it yet, by name.
        words = (("未达到", j.failing), ("还不能判定", j.unknown))
        schools = "；".join(f"{word}：{'、'.join(s.school for s in schools)}" for word, schools in words if schools)
        yield [j.code, j.name, "\n".join(j.lines), SheetCell(judged_words(j), _STYLES[j.tone]), schools]
    for v in content.vetoes:
        yield [v.code, v.name, v.bureau, SheetCell(v.answer, _STYLES[v.tone]), v.words]
    for g in content.growth:
        why = "\n".join(line.why for line in g.lines)
        yield [g.code, g.label, why, SheetCell(g.words, _STYLES[g.tone]), "不参加认定结论"]


def judged_words(judged: JudgedCondition) -> str:
    near = "（临界）" if judged.near else ""
    return f"{judged.verdict}{near}" + (f"；{LABEL}：{judged.relaxed.verdict}" if judged.relaxed else "")


_OUTCOME_STYLES: dict[str, Style] = {"ok": "good", "bad": "bad"}
_ANALYSIS_NOTES = (
    "贡献为本校占全区方差的比例；若达到均值只对低于均值的学校计算；不受筛选影响",
    "判定一栏只写结论会改变或四舍五入后会看错（临界）的；各数按未四舍五入的数值计算，打印时才四舍五入",
)
_ANALYSIS: Columns = {
    "学段": (8, _ANY),
    "指标": (8, _ANY),
    "名称": (14, _ANY),
    "名次": (6, "0"),
    "学校标识码": (13, _TEXT),
    "学校名称": (26, _ANY),
    "在校生数": (9, "0"),
    "指标值": (12, "0.00"),
    "与均值差": (12, "+0.00;-0.00;0.00"),
    "贡献（%）": (10, "0.0"),
    "去掉本校后的差异系数": (12, "0.000"),
    "去掉本校后的判定": (16, _ANY),
    "若达到均值后的差异系数": (14, "0.000"),
    "若达到均值后的判定": (16, _ANY),
    "增加的一单位": (24, _ANY),
    "增加后的变化": (14, "+0.00000;-0.00000;0.00000"),
    "增加后的差异系数": (12, "0.000"),
    "增加后的判定": (16, _ANY),
}


def _analysis(found: Iterable[StageInfluence]) -> Iterator[Row]:
    """A row per school, indicator and stage; a coefficient that cannot be analysed has one row with the reason."""
    for one in found:
        head: Row = [one.board.label, one.indicator.code, one.indicator.short_name]
        if not one.rows:
            cells: Row = [*head, None, None, SheetCell(one.why, "muted")]
            yield cells + [None] * (len(_ANALYSIS) - len(cells))
        for rank, row in enumerate(one.rows, 1):
            amount = row.one_more.amount
            yield [
                *head,
                rank,
                row.row.school_code,
                row.row.school,
                *map(_number, (row.row.pupils, row.value, row.from_mean, row.share.rstrip("%"))),
                *_outcome(row.without),
                *_outcome(row.at_mean),
                one.step,
                board.NONE if amount is None else half_up(amount, CHANGE_PLACES),
                *_outcome(row.one_more.outcome),
            ]


def _outcome(one: ChangedCoefficient) -> Row:
    text: Value = one.text if one.number is None else _number(one.text)
    return [text, SheetCell(one.words, _OUTCOME_STYLES.get(one.tone, "muted"))]


_STRICT_COUNTS = "全区和各校的结论以严格口径为准；放宽口径只并列说明，到期后不再适用"
_RELAXED: Columns = {
    "学校标识码": (13, _TEXT),
    "学校名称": (26, _TEXT),
    "指标": (8, _TEXT),
    "放宽口径": (34, _TEXT),
    "依据": (24, _TEXT),
    "有效期至": (12, _TEXT),
    "是否适用": (10, _TEXT),
    "条件": (44, _TEXT),
    "判定对象": (16, _TEXT),
    "严格口径": (30, _TEXT),
    "放宽口径结论": (30, _TEXT),
}


def _relaxations(content: queries.BoardContent) -> Iterator[Row]:
    """A row for each verdict it is about: of the school's parts, or of the district under B1–D1."""
    for one in content.allowed:
        until = f"{one.until:%Y-%m-%d}" if one.until else None
        applied = "已适用" if one.applied else "未适用"
        head = [one.school_code, one.school, one.indicator, one.label, one.basis, until, applied, one.why]
        found = [
            (f"全区 {judged.code}", judged.verdict, judged.relaxed.verdict)
            for judged in content.judged
            if judged.code == one.indicator and judged.relaxed
        ]
        for stage in content.stages:
            for row in stage.rows:
                for cell in row.cells:
                    if (
                        row.relaxed
                        and cell.relaxed
                        and (row.school_code, cell.code) == (one.school_code, one.indicator)
                    ):
                        found.append((f"{stage.label} {cell.code}", cell.words, cell.relaxed.words))
                        found.append((f"{stage.label}综合", row.verdict, row.relaxed.verdict))
        for verdicts in found or [("不参评", "", "")]:
            yield [*head, *verdicts]
