"""What the transfer desk shows: a scenario's rotations, checked at both schools and in the district before anybody signs."""

from dataclasses import dataclass

from indicators.planning.engine import editing, measures
from indicators.planning.scenarios.models import Scenario
from indicators.planning.scenarios.queries import BeforeAfter, PartChange, Trial
from indicators.results.evaluations import queries as evaluations

MOVE = "move"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One proposed rotation with what the recorded indicators of both schools become when all are carried out."""

    measure: measures.PlannedMeasure
    stage: str
    giver: PartChange | None
    receiver: PartChange | None


@dataclass(frozen=True, slots=True)
class TransferDesk:
    """All rotations of a scenario with the parts and figures of the district that they change."""

    transfers: tuple[Transfer, ...]
    codes: tuple[str, ...]
    coefficients: tuple[tuple[str, tuple[BeforeAfter, ...]], ...]
    exchange: tuple[BeforeAfter, ...]
    parts: tuple[PartChange, ...]
    names: dict[str, str]

    @property
    def people(self) -> int:
        return sum(int(one.measure.quantity) for one in self.transfers)

    @property
    def problems(self) -> list[str]:
        """What gets worse by them, in words."""
        found = []
        for part in self.parts:
            where = f"{part.school}（{part.stage}）"
            for one in part.figures:
                if one.label in self.codes and one.turn == "worse":
                    found.append(f"{where}{one.label} 由 {one.before} 降到 {one.after}，低于标准 {one.limit}")
            if part.verdict.turn == "worse":
                found.append(f"{where}由达标变为{part.verdict.after}")
        for stage, rows in self.coefficients:
            for one in rows:
                if one.turn == "worse":
                    found.append(f"{stage} {one.label}差异系数由 {one.before} 升到 {one.after}，超过 {one.limit}")
        for one in self.exchange:
            if one.turn == "worse":
                found.append(f"{one.label}由“{one.before}”变为“{one.after}”")
        return found


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
    return TransferDesk(transfers, codes, coefficients, exchange, tuple(parts.values()), names)
