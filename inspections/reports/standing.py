"""Where a district or school stands on A1–A7 by the newest evaluation of a period."""

from typing import Any

from django.utils import timezone

from indicators.results.board.figures import VERDICTS, gap, printed
from indicators.results.evaluations import growth, relaxed
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec, together
from indicators.standard.standards import queries as standards
from inspections.reports.facts import Gap, Part, RelaxedStanding, Spread, Standing
from inspections.reports.ledger import Moment
from schools.directory.models import District, School

Json = dict[str, Any]


def newest(district: District, moment: Moment) -> Evaluation | None:
    """Return the evaluation that counts at a moment: of the latest year judged by then, the newest."""
    return (
        Evaluation.objects.filter(round__district=district, created_at__lte=moment.at)
        .select_related("round", "standard")
        .order_by("-round__school_year_start", "-pk")
        .first()
    )


def of(evaluation: Evaluation, school: School | None) -> Standing:
    """Return the standing of the whole district, or of one school (whose report says nothing of the others)."""
    spec = standards.load_spec(evaluation.standard)
    parts = [part for part in evaluation.result["parts"] if school is None or part["school_code"] == school.code]
    codes = {part["school_code"] for part in parts}
    missing = {entry["school_code"] for entry in evaluation.result["missing"]} & codes
    verdict = evaluation.verdict if school is None else together(part["passes"] for part in parts)
    return Standing(
        round=evaluation.round.name,
        judged_on=timezone.localtime(evaluation.created_at).date(),
        standard=spec.name,
        engine=evaluation.engine,
        inputs_sha256=evaluation.inputs_sha256,
        verdict=VERDICTS[verdict][0],
        missing_schools=tuple(sorted({part["school_name"] for part in parts if part["school_code"] in missing})),
        parts=tuple(Part(p["school_code"], _stage(spec, p["stage"]), VERDICTS[p["passes"]][0]) for p in parts),
        gaps=tuple(gap for part in parts for gap in _gaps(spec, part)),
        spreads=() if school else _spreads(spec, evaluation.result),
        relaxed=_relaxed(spec, evaluation, school, parts),
        undecided_spreads=0 if school else _undecided(evaluation.result),
        growth=() if school else tuple(f"{one.label}：{one.words}" for one in growth.of(evaluation)),
        undecided_figures=sum(figure["reaches"] is None for part in parts for figure in part["indicators"].values()),
    )


def _undecided(result: Json) -> int:
    """How many coefficients of the stages that are judged cannot be."""
    stages = {part["stage"] for part in result["parts"]}
    return sum(one["passes"] is None for stage in stages for one in result["coefficients"][stage].values())


def _relaxed(spec: Spec, evaluation: Evaluation, school: School | None, parts: list[Json]) -> RelaxedStanding | None:
    """What relaxations make of it; None where none was granted (to the school)."""
    granted = relaxed.of(evaluation)
    allowed = (granted.of_school(school.code) if school else granted.allowed) if granted else ()
    if granted is None or not allowed:
        return None
    pairs = [(part, granted.part(part)) for part in parts]
    verdicts = [(other or part)["passes"] for part, other in pairs]
    verdict = granted.verdict if school is None else together(verdicts)
    touched = (other for _, other in pairs if other)
    return RelaxedStanding(
        verdict=VERDICTS[verdict][0],
        passing=sum(passes is True for passes in verdicts),
        parts=tuple(Part(p["school_code"], _stage(spec, p["stage"]), VERDICTS[p["passes"]][0]) for p in touched),
        grants=tuple(one.words for one in allowed),
    )


def _stage(spec: Spec, code: str) -> str:
    return spec.stages[code].label


def _gaps(spec: Spec, part: Json) -> list[Gap]:
    rows = []
    for code, figure in part["indicators"].items():
        if figure["reaches"] is not False:
            continue
        indicator = spec.indicator(code)
        rows.append(
            Gap(
                school_code=part["school_code"],
                school=part["school_name"],
                stage=_stage(spec, part["stage"]),
                indicator=f"{code} {indicator.short_name}",
                value=printed(figure["value"], spec.printing["value"]),
                threshold=figure["threshold"],
                lacking=gap(indicator, figure),
                below_floor=not figure["reaches_floor"],
                near_limit=bool(figure["near_limit"]),
            )
        )
    return rows


def _spreads(spec: Spec, result: Json) -> tuple[Spread, ...]:
    return tuple(
        Spread(
            stage=_stage(spec, stage),
            indicator=f"{code} {spec.indicator(code).short_name}",
            cv=printed(row["cv"], spec.printing["cv"]),
            limit=spec.stages[stage].limit_text,
            near_limit=bool(row["near_limit"]),
        )
        for stage, by_code in result["coefficients"].items()
        for code, row in by_code.items()
        if row["passes"] is False
    )
