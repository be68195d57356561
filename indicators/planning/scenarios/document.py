"""The annex of a 调配方案: the rotations of a scenario on paper."""

from django.utils import timezone

from indicators.planning.scenarios.models import Scenario
from indicators.planning.scenarios.pages import Transfer, TransferDesk
from indicators.planning.scenarios.queries import PartChange
from portal.core.lib import dates
from portal.core.papers.tree import BulletList, Heading, Paper, Paragraph, Row, Table, TableColumn

TITLE = "教师交流轮岗调配方案附件"
_SIZE = 10


def paper(scenario: Scenario, found: TransferDesk) -> Paper:
    """The annex of the 调配方案: who goes where in numbers, and the check. Equal data give equal bytes."""
    evaluation = scenario.evaluation
    rows = [
        _row(number, one, found.codes, found.names[one.measure.from_school_code], found.names[one.measure.school_code])
        for number, one in enumerate(found.transfers, 1)
    ]
    header: Row = ["序号", "学段", "从 → 到", "对象和人数", "调出校", "调入校"]
    widths = [0.5, 0.6, 2.4, 1.5, 2, 2]
    district = [
        f"{stage} {one.label}差异系数：{one.before} → {one.after}（限值 {one.limit}）"
        for stage, ones in found.coefficients
        for one in ones
    ]
    district += [f"{one.label}：{one.before} → {one.after}" for one in found.exchange]
    checked = Paragraph("按全部调配完成后计算，没有学校的指标、结论或差异系数由达标变为未达标。")
    problems = found.problems
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
            Table([TableColumn(width) for width in widths], [header], rows, size=_SIZE),
            Heading("全区差异系数和交流轮岗"),
            BulletList(district),
            Heading("签发前核对"),
            BulletList(problems) if problems else checked,
            Paragraph(f"评估的填报校验值 {evaluation.inputs_sha256[:12]}"),
        ],
    )


def _row(number: int, one: Transfer, codes: tuple[str, ...], giver: str, receiver: str) -> Row:
    measure = one.measure
    return [
        str(number),
        one.stage,
        f"{giver} → {receiver}",
        f"{measure.kind.of_labels[measure.of]} {measure.quantity} 人",
        _figures(one.giver, codes),
        _figures(one.receiver, codes),
    ]


def _figures(part: PartChange | None, codes: tuple[str, ...]) -> str:
    if part is None:
        return "不变"
    own = [figure for figure in part.figures if figure.label in codes]
    return "；".join(
        f"{one.label}\xa0{one.before}" + (f"\xa0→\xa0{one.after}" if one.after != one.before else "") for one in own
    )
