"""The transfer desk: a scenario's proposed rotations, checked at both schools and in the district before anybody signs."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from indicators.planning.engine import editing, measures
from indicators.planning.scenarios.models import Scenario
from indicators.planning.scenarios.queries import BeforeAfter, PartChange, Trial
from indicators.results.evaluations import queries as evaluations
from portal.core.lib import dates
from portal.core.papers.tree import BulletList, Heading, Paper, Paragraph, Row, Table, TableColumn

MOVE = "move"
TITLE = "教师交流轮岗调配方案附件"
_SIZE = 10


@dataclass(frozen=True, slots=True)
class Transfer:
    """One proposed rotation with what the recorded indicators of both schools become when all are carried out."""

    measure: measures.PlannedMeasure
    stage: str
    giver: PartChange | None
    receiver: PartChange | None


@dataclass(frozen=True, slots=True)
class TransferDesk:
    """All rotations of a scenario; `problems` is what gets worse by them, in words."""

    transfers: tuple[Transfer, ...]
    codes: tuple[str, ...]
    coefficients: tuple[tuple[str, tuple[BeforeAfter, ...]], ...]
    exchange: tuple[BeforeAfter, ...]
    problems: tuple[str, ...]
    names: dict[str, str]

    @property
    def people(self) -> int:
        return sum(int(one.measure.quantity) for one in self.transfers)


def desk(scenario: Scenario) -> TransferDesk:
    """Of the rotations alone, whatever else the scenario does. Raises Invalid when one cannot be carried out."""
    case = evaluations.case_of(scenario.evaluation)
    spec = case.result.spec
    wanted = [one for one in measures.read(scenario.measures) if one.kind.code == MOVE]
    after = editing.judge(spec, case.data, wanted) if wanted else case.result
    trial = Trial(tuple(wanted), case.result, after, measures.cost(wanted), 0)
    # Of people recorded by stage: no rotation changes what a school shares.
    codes = tuple(one.code for one in spec.resources if not one.rule.shared)
    parts = {(part.school_code, part.stage): part for part in trial.parts}
    labels = {code: spec.stages[code].label for code in spec.judged_stages}
    transfers = tuple(
        Transfer(
            one,
            labels[one.stage],
            parts.get((one.from_school_code, labels[one.stage])),
            parts.get((one.school_code, labels[one.stage])),
        )
        for one in wanted
    )
    coefficients = tuple(
        (stage, tuple(row for row in rows if row.label.partition(" ")[0] in codes))
        for stage, rows in trial.coefficients
    )
    judged = [i.indicator for i in case.result.district_indicators]
    counted = {one.code for one in judged if f"district.{measures.EXCHANGE['district']}" in one.items}
    exchange = tuple(one for one in trial.conditions if one.label.partition(" ")[0] in counted)
    names = {school.code: school.name for school in case.data.schools}
    found = tuple(_worse(parts, coefficients, exchange, codes))
    return TransferDesk(transfers, codes, coefficients, exchange, found, names)


def _worse(
    parts: dict[tuple[str, str], PartChange],
    coefficients: tuple[tuple[str, tuple[BeforeAfter, ...]], ...],
    exchange: tuple[BeforeAfter, ...],
    codes: tuple[str, ...],
) -> Iterator[str]:
    for part in parts.values():
        where = f"{part.school}（{part.stage}）"
        for one in part.figures:
            if one.label in codes and one.turn == "worse":
                yield f"{where}{one.label} 由 {one.before} 降到 {one.after}，低于标准 {one.limit}"
        if part.verdict.turn == "worse":
            yield f"{where}由达标变为{part.verdict.after}"
    for stage, rows in coefficients:
        for one in rows:
            if one.turn == "worse":
                yield f"{stage} {one.label}差异系数由 {one.before} 升到 {one.after}，超过 {one.limit}"
    for one in exchange:
        if one.turn == "worse":
            yield f"{one.label}由“{one.before}”变为“{one.after}”"


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
    checked = [Paragraph("按全部调配完成后计算，没有学校的指标、结论或差异系数由达标变为未达标。")]
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
            *([BulletList(list(found.problems))] if found.problems else checked),
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
