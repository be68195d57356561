"""The annex of a 调配方案: the rotations of a scenario on paper."""

from django.utils import timezone

from indicators.planning.scenarios.models import Scenario
from indicators.planning.scenarios.pages import TransferDesk
from indicators.planning.scenarios.queries import PartChange
from portal.core.lib import dates
from portal.core.papers.tree import BulletList, Heading, Paper, Paragraph, Row, Table, TableColumn

TITLE = "教师交流轮岗调配方案附件"
_SIZE = 10
_COLUMNS = {"序号": 0.5, "学段": 0.6, "从 → 到": 2.4, "对象和人数": 1.5, "调出校": 2, "调入校": 2}


def paper(scenario: Scenario, found: TransferDesk) -> Paper:
    """The annex of the 调配方案: who goes where in numbers, and the check. Equal data give equal bytes."""
    evaluation = scenario.evaluation
    rows: list[Row] = [
        [
            str(number),
            one.stage,
            f"{found.names[one.measure.from_school_code]} → {found.names[one.measure.school_code]}",
            f"{one.measure.kind.of_labels[one.measure.of]} {one.measure.quantity} 人",
            _figures(one.giver, found.codes),
            _figures(one.receiver, found.codes),
        ]
        for number, one in enumerate(found.transfers, 1)
    ]
    district = [
        f"{stage} {one.label}差异系数：{one.before} → {one.after}（限值 {one.limit}）"
        for stage, ones in found.coefficients
        for one in ones
    ]
    district += [f"{one.label}：{one.before} → {one.after}" for one in found.exchange]
    checked = Paragraph("按全部调配完成后计算，没有学校的指标、结论或差异系数由达标变为未达标。")
    return Paper(
        title=TITLE,
        subtitle=scenario.name,
        issuer=evaluation.round.district.signature,
        date=timezone.localtime(scenario.updated_at).date(),
        blocks=[
            Paragraph(
                f"共 {len(found.transfers)} 项、{found.people} 人次。测算依据{evaluation.round.name}"
                f"{dates.moment(evaluation.data_as_of)}的评估，不是核定数据。"
            ),
            Heading("调配和两校指标"),
            Table([TableColumn(width) for width in _COLUMNS.values()], [list(_COLUMNS)], rows, size=_SIZE),
            Heading("全区差异系数和交流轮岗"),
            BulletList(district),
            Heading("签发前核对"),
            BulletList(found.problems) if found.problems else checked,
            Paragraph(f"评估的填报校验值 {evaluation.inputs_sha256[:12]}"),
        ],
    )


def _figures(part: PartChange | None, codes: tuple[str, ...]) -> str:
    if part is None:
        return "不变"
    own = [figure for figure in part.figures if figure.label in codes]
    return "；".join(
        f"{one.label}\xa0{one.before}" + (f"\xa0→\xa0{one.after}" if one.after != one.before else "") for one in own
    )
