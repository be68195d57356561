"""The board as a workbook: the same rows and the same printed figures as the page, and the exact ones beside."""

from collections.abc import Iterable, Iterator

from django.utils import timezone

from indicators.results.board import board, queries
from indicators.results.board.board import BoardRow, StageBoard, Summary
from indicators.results.board.influence import CHANGE_PLACES, ChangedCoefficient, Influence, StageInfluence
from indicators.results.board.queries import BoardHeading, DistrictResult, JudgedCondition
from indicators.results.evaluations.stored import LABEL, Allowed
from indicators.standard.engine import Spec
from indicators.standard.engine.conditions import tally
from portal.core.lib.numbers import half_up
from portal.core.spreadsheets.write import Head, Sheet, SheetCell, SheetColumn, Style, Value, Workbook

_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "muted": "muted"}
_TEXT = "@"


def build(
    district: DistrictResult, stages: tuple[StageBoard, ...], filtered: str = "", *, author: str, since: str = ""
) -> Workbook:
    """Return the workbook of an evaluation; `stages` may be filtered as on the page, `filtered` says how.

    `since` says which schools are called otherwise today (`evaluations.queries.renamed_note`).
    """
    evaluation = district.evaluation
    notes = notes_of(district) + ([f"仅列出：{filtered}"] if filtered else []) + ([since] if since else [])
    sheets = [_matrix(district, stage, notes) for stage in stages]
    found = [one for i in district.content.spec.resources for one in queries.influences(district, i.code)]
    sheets += [_coefficients(district, stages), _analysis(found)]
    sheets += [
        _details(district.content.spec, stages),
        _lacking(district),
        _judged(district),
        *_relaxations(district),
    ]
    return Workbook(
        title=f"{evaluation.round.name} 评估结果",
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
        sheets=sheets,
    )


def notes_of(district: DistrictResult) -> list[str]:
    """Return the lines that date the figures: verdict, data as of, rule and engine version, inputs."""
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


def _counted(heading: BoardHeading) -> str:
    return (
        f"结论：{heading.verdict}；学校（分学段）{heading.parts.total} 所（部）：{heading.parts.words}；"
        f"差异系数 {heading.coefficients.total} 项：{heading.coefficients.words}"
    )


def _matrix(district: DistrictResult, stage: StageBoard, notes: list[str]) -> Sheet:
    spec = district.content.spec
    left = ["学校标识码", "学校名称", "学校类型", "城乡类型", "在校生数"]
    beside = [f"{LABEL}结论"] if district.content.allowed else []
    right = ["达标项数", "未达标项数", "待定项数", "结论", *beside, "说明"]
    heads = [Head(f"{i.code} {i.short_name}（{i.unit}）", colspan=2) for i in spec.resources]
    top = [*(Head(text, rowspan=2) for text in left), *heads, *(Head(text, rowspan=2) for text in right)]
    columns = [SheetColumn(13, _TEXT), SheetColumn(26), SheetColumn(14), SheetColumn(8), SheetColumn(9, "0")]
    columns += [column for _ in spec.resources for column in (SheetColumn(10, "0.00"), SheetColumn(24))]
    columns += [
        *(SheetColumn(8, "0") for _ in range(3)),
        SheetColumn(9),
        *(SheetColumn(14) for _ in beside),
        SheetColumn(36),
    ]
    return Sheet(
        name=f"{stage.label}资源配置指标",
        title=f"{district.evaluation.round.name} {stage.label}资源配置指标",
        notes=notes,
        columns=columns,
        header=[top, ["数值", "与标准的距离"] * len(spec.resources)],
        rows=[_matrix_row(row, beside=bool(beside)) for row in stage.rows],
        frozen_columns=2,
        count=True,
    )


def _matrix_row(row: BoardRow, *, beside: bool) -> list[Value | SheetCell]:
    values: list[Value | SheetCell] = [row.school_code, row.school, row.kind, row.area, board.number(row.pupils)]
    for cell in row.cells:
        words = f"{cell.sign} {cell.words}" + ("，临界" if cell.near else "")
        words += f"；{LABEL} {cell.relaxed.value} {cell.relaxed.words}" if cell.relaxed else ""
        values += [board.number(cell.value), SheetCell(words, _STYLES[cell.tone])]
    reached = tally(cell.reaches for cell in row.cells)
    values += [reached.passing, reached.failing, reached.open, SheetCell(row.verdict, _STYLES[row.tone])]
    if beside:
        values.append(SheetCell(row.relaxed.verdict, _STYLES[row.relaxed.tone]) if row.relaxed else None)
    return [*values, row.reason]


def _coefficients(district: DistrictResult, stages: tuple[StageBoard, ...]) -> Sheet:
    heads = ["学段", "指标", "名称", "全区均值", "标准差", "差异系数", "限值", "结论", "影响最大的 3 校"]
    widths = [8, 8, 18, 12, 12, 12, 8, 24, 60]
    formats = ["", "", "", "0.00", "0.00", "0.000", "0.00####", "", ""]
    return Sheet(
        name="差异系数",
        columns=[SheetColumn(width, form or "General") for width, form in zip(widths, formats, strict=True)],
        header=[heads],
        rows=[
            [
                stage.label,
                s.code,
                s.name,
                board.number(s.mean),
                board.number(board.printed(s.coefficient.sd, 2)),
                board.number(s.cv),
                board.number(s.limit),
                SheetCell(summary_words(s), _STYLES[s.tone]),
                "、".join(f"{share.school} {share.percent}" for share in s.top),
            ]
            for stage in stages
            for s in stage.summaries
        ],
        notes=["均值和差异系数按全区全部参评学校（分学段）、以在校生数加权计算，不受筛选影响"],
        count=True,
    )


def summary_words(summary: Summary) -> str:
    """Return a coefficient's verdict in words, and the one with the relaxations granted."""
    other = summary.relaxed
    return summary.words + (f"；{LABEL} {other.cv}，{other.words}" if other else "")


def _details(spec: Spec, stages: tuple[StageBoard, ...]) -> Sheet:
    heads = [
        "学校标识码",
        "学校名称",
        "学段",
        "指标",
        "分子（未四舍五入）",
        "在校生数",
        "指标值（未四舍五入）",
        "标准",
        f"{spec.floor_text}底线",
        "达标",
        "过底线",
        "差距（未四舍五入）",
        "算式",
    ]
    widths = [13, 26, 8, 8, 24, 10, 34, 8, 10, 8, 8, 34, 90]
    return Sheet(
        name="逐项明细",
        columns=[SheetColumn(width, _TEXT) for width in widths],
        header=[heads],
        rows=list(_detail_rows(stages)),
        notes=["判定使用未四舍五入的数值；长小数保留 28 位有效数字，以文本存放"],
        frozen_columns=2,
        count=True,
        filter=True,
    )


def _detail_rows(stages: tuple[StageBoard, ...]) -> Iterator[list[Value | SheetCell]]:
    for stage in stages:
        for row in stage.rows:
            for cell in row.cells:
                f = cell.figure
                yield [
                    row.school_code,
                    row.school,
                    stage.label,
                    cell.code,
                    f.numerator,
                    f.denominator,
                    f.value,
                    f.threshold,
                    f.floor,
                    f.reaches,
                    f.reaches_floor,
                    f.gap,
                    f.formula,
                ]


def _lacking(district: DistrictResult) -> Sheet:
    rows: list[list[Value | SheetCell]] = [
        [e.school_code, e.school, "缺数据" if e.has_return else "未报送或未通过审核", "、".join(e.items)]
        for e in district.content.lacking
    ]
    rows += [[e.school_code, e.school, "不参评", e.reason] for e in district.content.left_out]
    return Sheet(
        name="缺项和不参评",
        columns=[SheetColumn(13, _TEXT), SheetColumn(26), SheetColumn(20), SheetColumn(90)],
        header=[["学校标识码", "学校名称", "情况", "缺少的项目或原因"]],
        rows=rows,
        count=True,
    )


def _judged(district: DistrictResult) -> Sheet:
    rows: list[list[Value | SheetCell]] = [
        [
            j.code,
            j.name,
            "\n".join(j.lines),
            SheetCell(judged_words(j), _STYLES[j.tone]),
            _in_the_way(j),
        ]
        for j in district.content.judged
    ]
    for v in district.content.vetoes:
        rows.append([v.code, v.name, v.bureau, SheetCell(v.answer, _STYLES[v.tone]), v.words])
    for g in district.content.growth:
        rows.append(
            [
                g.code,
                g.label,
                "\n".join(line.why for line in g.lines),
                SheetCell(g.words, _STYLES[g.tone]),
                "不参加认定结论",
            ]
        )
    return Sheet(
        name="保障质量和否决事项",
        columns=[SheetColumn(8), SheetColumn(48), SheetColumn(60), SheetColumn(14), SheetColumn(48)],
        header=[["编号", "指标", "算式和依据", "结论", "学校"]],
        rows=rows,
        count=True,
    )


def judged_words(judged: JudgedCondition) -> str:
    """Return the verdict on one of B1–D1, and the one with the relaxations granted."""
    near = "（临界）" if judged.near else ""
    return f"{judged.verdict}{near}" + (f"；{LABEL}：{judged.relaxed.verdict}" if judged.relaxed else "")


def _in_the_way(judged: JudgedCondition) -> str:
    """The schools that do not hold the indicator, or cannot be judged on it yet, by name."""
    words = (("未达到", judged.failing), ("还不能判定", judged.unknown))
    return "；".join(f"{word}：{'、'.join(s.school for s in schools)}" for word, schools in words if schools)


_OUTCOME_STYLES: dict[str, Style] = {"ok": "good", "bad": "bad"}
_ANALYSIS_HEADS = {
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


def _analysis(found: Iterable[StageInfluence]) -> Sheet:
    """Return a row per school, indicator and stage; coefficients that cannot be analysed get one row with the reason."""
    return Sheet(
        name="差异系数分析",
        columns=[SheetColumn(width, form) for width, form in _ANALYSIS_HEADS.values()],
        header=[list(_ANALYSIS_HEADS)],
        rows=[row for one in found for row in _stage_rows(one)],
        notes=[
            "贡献为本校占全区方差的比例；若达到均值只对低于均值的学校计算；不受筛选影响",
            "判定一栏只写结论会改变或四舍五入后会看错（临界）的；各数按未四舍五入的数值计算，打印时才四舍五入",
        ],
        frozen_columns=6,
        count=True,
        filter=True,
    )


def _stage_rows(one: StageInfluence) -> list[list[Value | SheetCell]]:
    head: list[Value | SheetCell] = [one.board.label, one.indicator.code, one.indicator.short_name]
    if not one.rows:
        cells: list[Value | SheetCell] = [*head, None, None, SheetCell(one.why, "muted")]
        return [cells + [None] * (len(_ANALYSIS_HEADS) - len(cells))]
    return [[*head, rank, *_school_row(one, row)] for rank, row in enumerate(one.rows, 1)]


def _school_row(one: StageInfluence, row: Influence) -> list[Value | SheetCell]:
    return [
        row.row.school_code,
        row.row.school,
        board.number(row.row.pupils),
        board.number(row.value),
        board.number(row.from_mean),
        board.number(row.share.rstrip("%")),
        *_outcome(row.without),
        *_outcome(row.at_mean),
        one.step,
        (board.NONE if row.one_more.amount is None else half_up(row.one_more.amount, CHANGE_PLACES)),
        *_outcome(row.one_more.outcome),
    ]


def _outcome(one: ChangedCoefficient) -> list[Value | SheetCell]:
    text: Value = one.text if one.number is None else board.number(one.text)
    return [text, SheetCell(one.words, _OUTCOME_STYLES.get(one.tone, "muted"))]


_RELAXED_HEADS = {
    "学校标识码": 13,
    "学校名称": 26,
    "指标": 8,
    "放宽口径": 34,
    "依据": 24,
    "有效期至": 12,
    "是否适用": 10,
    "条件": 44,
    "判定对象": 16,
    "严格口径": 30,
    "放宽口径结论": 30,
}


def _relaxations(district: DistrictResult) -> list[Sheet]:
    """Return the sheet, or none where no relaxation was granted."""
    allowed = district.content.allowed
    if not allowed:
        return []
    return [
        Sheet(
            name=LABEL,
            columns=[SheetColumn(width, "@") for width in _RELAXED_HEADS.values()],
            header=[list(_RELAXED_HEADS)],
            rows=[row for one in allowed for row in _relaxation_rows(district, one)],
            notes=["全区和各校的结论以严格口径为准；放宽口径只并列说明，到期后不再适用"],
            frozen_columns=2,
            count=True,
        )
    ]


def _relaxation_rows(district: DistrictResult, one: Allowed) -> Iterator[list[Value]]:
    until = f"{one.until:%Y-%m-%d}" if one.until else None
    head: list[Value] = [
        one.school_code,
        one.school,
        one.indicator,
        one.label,
        one.basis,
        until,
        "已适用" if one.applied else "未适用",
        one.why,
    ]
    verdicts = list(_verdicts(district, one)) or [("不参评", "", "")]
    for what, strict, relaxed in verdicts:
        yield [*head, what, strict, relaxed]


def _verdicts(district: DistrictResult, one: Allowed) -> Iterator[tuple[str, str, str]]:
    """What the relaxation is about: the school's parts, or the whole district under one of B1–D1."""
    for stage in district.content.stages:
        for row in stage.rows:
            if row.school_code != one.school_code or row.relaxed is None:
                continue
            for cell in row.cells:
                if cell.code == one.indicator and cell.relaxed:
                    yield f"{stage.label} {cell.code}", cell.words, cell.relaxed.words
                    yield f"{stage.label}综合", row.verdict, row.relaxed.verdict
    for judged in district.content.judged:
        if judged.code == one.indicator and judged.relaxed:
            yield f"全区 {judged.code}", judged.verdict, judged.relaxed.verdict
