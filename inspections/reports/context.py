"""Gathers what a report says about a district or a school in a period: the ledger, and where it is on A1–A7 by the newest evaluation."""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

from indicators.results.board.board import VERDICTS, gap, printed
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import StoredPart, StoredResult
from indicators.standard.engine import Spec, together
from indicators.standard.standards import queries as standards
from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import ledger
from inspections.reports.facts import (
    PartVerdict,
    RelaxedStanding,
    ReportCoefficient,
    ReportFacts,
    ReportGap,
    ReportPeriod,
    ReportStanding,
    SchoolRow,
)
from inspections.reports.ledger import Moment, Record, Window
from portal.core.lib import dates
from schools.directory import past
from schools.directory.models import District, School, Status


class Built(NamedTuple):
    """The facts and the evaluation they rest on, if there is one."""

    facts: ReportFacts
    evaluation: Evaluation | None


def period_of(phase: Phase) -> ReportPeriod:
    return ReportPeriod(phase.name, phase.starts_on, phase.ends_on)


def period_before(period: ReportPeriod, phase: Phase | None) -> ReportPeriod | None:
    if phase is not None:
        previous = planning.previous(phase)
        return period_of(previous) if previous else None
    end = period.starts_on - dt.timedelta(days=1)
    return ReportPeriod("", end - (period.ends_on - period.starts_on), end)


def build(
    *, district: District, school: School | None, period: ReportPeriod, previous: ReportPeriod | None, now: dt.datetime
) -> Built:
    """The number of queries is independent of schools and findings; what happened after the period's end is left out."""
    start, end = ledger.start_of(period), ledger.end_of(period, now)
    bounds = (ledger.start_of(previous), ledger.end_of(previous, now)) if previous else None
    window = Window(start, end, bounds)
    records = ledger.load(school or district, bounds[0] if bounds else start, end)
    evaluation = newest_evaluation(district, end)
    earlier = newest_evaluation(district, bounds[1]) if bounds else None
    names = _indicator_names(district, evaluation)
    totals = window.counts(records)
    if school:
        past.on([school], end.day)
    now_standing = standing_of(evaluation, school) if evaluation else None
    phase = period.name if period.name.endswith("阶段") or not period.name else f"{period.name}阶段"
    facts = ReportFacts(
        title=f"{school.name if school else district.name}义务教育优质均衡发展{phase or '阶段'}整改报告",
        subtitle=f"（{dates.day(period.starts_on)}至{dates.day(period.ends_on)}）",
        issuer=district.signature,
        district_code=district.code,
        district=district.name,
        school_code=school.code if school else "",
        school=str(school) if school else "",
        period=period,
        previous=previous,
        as_of=end.day,
        now=totals[0],
        before=totals[1],
        by_source=window.lines(records, lambda row: row.source, lambda code: Finding.Source(code).label),
        by_category=window.lines(records, lambda row: row.category, lambda code: Finding.Category(code).label),
        by_indicator=window.lines(records, lambda finding: _named(finding, names)),
        items=tuple(
            record.item(window.start, window.end, _named(record.finding, names))
            for record in records
            if record.belongs(window.start, window.end)
        ),
        standing=now_standing,
        standing_before=standing_of(earlier, school) if earlier and earlier != evaluation else None,
        schools=() if school else _schools(district, records, window, now_standing),
    )
    return Built(facts, evaluation)


def _indicator_names(district: District, evaluation: Evaluation | None) -> dict[str, str]:
    standard = evaluation.standard if evaluation else standards.in_force([district.pk])
    spec = standards.load_spec(standard)
    names = {indicator.code: f"{indicator.code} {indicator.short_name}" for indicator in spec.indicators}
    return names | {veto.code: f"{veto.code} {veto.name}" for veto in spec.vetoes}


def _named(finding: Finding, names: dict[str, str]) -> str:
    return names.get(finding.indicator, finding.indicator or "其他")


def _schools(
    district: District, records: list[Record], window: Window, judged: ReportStanding | None
) -> tuple[SchoolRow, ...]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.finding.school.code, []).append(record)
    verdicts: dict[str, list[str]] = {}
    relaxed = judged.relaxed.parts if judged and judged.relaxed else ()
    alongside = {(part.school_code, part.stage): f"（放宽口径{part.verdict}）" for part in relaxed}
    for part in judged.parts if judged else ():
        words = f"{part.stage}{part.verdict}{alongside.get((part.school_code, part.stage), '')}"
        verdicts.setdefault(part.school_code, []).append(words)
    silent = "不参加判定" if judged else "尚未评估"
    return tuple(
        SchoolRow(
            row.code,
            str(row),
            *window.counts(groups.get(row.code, [])),
            "；".join(verdicts.get(row.code, [])) or silent,
        )
        for row in past.of_district(district, window.end.day)
        if row.status == Status.OPEN or row.code in groups
    )


def newest_evaluation(district: District, moment: Moment) -> Evaluation | None:
    return (
        Evaluation.objects.filter(round__district=district, created_at__lte=moment.at)
        .select_related("round", "standard")
        .order_by("-round__school_year_start", "-pk")
        .first()
    )


def standing_of(evaluation: Evaluation, school: School | None) -> ReportStanding:
    spec = standards.load_spec(evaluation.standard)
    result = stored.of(evaluation)
    parts = [part for part in result.parts if school is None or part.school_code == school.code]
    missing = {entry.school_code for entry in result.missing}
    verdict = evaluation.verdict if school is None else together(part.passes for part in parts)
    stages = {part.stage for part in result.parts}
    undecided = (
        0 if school else sum(one.passes is None for stage in stages for one in result.coefficients[stage].values())
    )
    return ReportStanding(
        round=evaluation.round.name,
        judged_on=timezone.localtime(evaluation.created_at).date(),
        standard=spec.name,
        engine=evaluation.engine,
        inputs_sha256=evaluation.inputs_sha256,
        verdict=VERDICTS[verdict][0],
        missing_schools=tuple(sorted({part.school_name for part in parts if part.school_code in missing})),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), VERDICTS[p.passes][0]) for p in parts),
        gaps=tuple(gap for part in parts for gap in _gaps(spec, part)),
        spreads=() if school else _spreads(spec, result),
        relaxed=_relaxed(spec, evaluation, school, parts),
        undecided_spreads=undecided,
        growth=() if school else tuple(f"{one.label}：{one.words}" for one in evaluations.growth(evaluation)),
        undecided_figures=sum(figure.reaches is None for part in parts for figure in part.indicators.values()),
    )


def _relaxed(
    spec: Spec, evaluation: Evaluation, school: School | None, parts: list[StoredPart]
) -> RelaxedStanding | None:
    """What relaxations make of it; None where none was granted (to the school)."""
    granted = stored.relaxed(evaluation)
    allowed = (granted.of_school(school.code) if school else granted.allowed) if granted else ()
    if granted is None or not allowed:
        return None
    pairs = [(part, granted.part(part)) for part in parts]
    verdicts = [(other or part).passes for part, other in pairs]
    verdict = granted.verdict if school is None else together(verdicts)
    touched = (other for _, other in pairs if other)
    return RelaxedStanding(
        verdict=VERDICTS[verdict][0],
        passing=sum(passes is True for passes in verdicts),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), VERDICTS[p.passes][0]) for p in touched),
        grants=tuple(one.words for one in allowed),
    )


def _stage(spec: Spec, code: str) -> str:
    return spec.stages[code].label


def _gaps(spec: Spec, part: StoredPart) -> list[ReportGap]:
    rows = []
    for code, figure in part.indicators.items():
        if figure.reaches is not False:
            continue
        indicator = spec.indicator(code)
        rows.append(
            ReportGap(
                school_code=part.school_code,
                school=part.school_name,
                stage=_stage(spec, part.stage),
                indicator=f"{code} {indicator.short_name}",
                value=printed(figure.value, spec.printing["value"]),
                threshold=figure.threshold,
                lacking=gap(indicator, figure),
                below_floor=not figure.reaches_floor,
                near_limit=bool(figure.near_limit),
            )
        )
    return rows


def _spreads(spec: Spec, result: StoredResult) -> tuple[ReportCoefficient, ...]:
    return tuple(
        ReportCoefficient(
            stage=_stage(spec, stage),
            indicator=f"{code} {spec.indicator(code).short_name}",
            cv=printed(row.cv, spec.printing["cv"]),
            limit=spec.stages[stage].limit_text,
            near_limit=bool(row.near_limit),
        )
        for stage, by_code in result.coefficients.items()
        for code, row in by_code.items()
        if row.passes is False
    )
