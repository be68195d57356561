"""Gathers what a report says about a district or a school in a period: the ledger, and where it is on A1–A7 by the newest evaluation."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from indicators.results.board.board import gap, printed
from indicators.results.evaluations import queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec, together
from indicators.standard.standards import queries as standards
from inspections.rectification.models import Finding
from inspections.reports import ledger_queries, period_queries
from inspections.reports.ledger_queries import Moment, Record, ReportScope, Window
from inspections.reports.period_queries import Compared
from inspections.reports.stored_facts import (
    PartVerdict,
    RelaxedEvaluation,
    ReportCoefficient,
    ReportEvaluation,
    ReportFacts,
    ReportFinding,
    ReportGap,
    ReportPeriod,
    ReportWork,
    SchoolRow,
    SchoolsOfKind,
)
from inspections.visits.models import Visit
from portal.core.lib import dates
from portal.core.lib.verdicts import VERDICTS
from schools.directory import queries as directory
from schools.directory.models import District, InstitutionKind, School, Status


class Built(NamedTuple):
    """The facts and the evaluation they rest on, if there is one."""

    facts: ReportFacts
    evaluation: Evaluation | None


def build(
    *, scope: ReportScope, period: ReportPeriod, compared: Compared, now: dt.datetime, programme: str = ""
) -> Built:
    """The number of queries does not grow with schools or findings; what happened after the period is left out."""
    district, school = scope.district, scope.school
    window = Window.of(period, compared.period, now)
    end = window.end
    records = ledger_queries.load(scope, window.since, end)
    evaluation = newest_evaluation(district, end)
    earlier = newest_evaluation(district, window.before[1]) if window.before else None
    if school:
        directory.as_of([school], end.day)
    rows = [row for row in directory.of_district(district, end.day) if scope.holds(row)]
    codes = None if scope.kind == "district" else {school.code} if school else {row.code for row in rows}
    judged = evaluation_of(evaluation, codes) if evaluation else None
    kinds = Counter(row.kind for row in rows if row.status == Status.OPEN)
    facts = replace(
        _of_ledger(scope, period, compared, window, records, evaluation),
        programme=programme,
        standing=judged,
        standing_before=evaluation_of(earlier, codes) if earlier and earlier != evaluation else None,
        work=_work(scope, rows, records, window),
    )
    if not school:
        in_order = tuple(SchoolsOfKind(kind, kinds[kind]) for kind in InstitutionKind.values if kinds[kind])
        facts = replace(facts, schools=_schools(rows, records, window, judged), kinds=in_order)
    return Built(facts, evaluation)


def _of_ledger(
    scope: ReportScope,
    period: ReportPeriod,
    compared: Compared,
    window: Window,
    records: list[Record],
    evaluation: Evaluation | None,
) -> ReportFacts:
    """What is known without evaluations and visits."""
    district, school = scope.district, scope.school
    names = standards.load_spec(evaluation.standard if evaluation else standards.in_force([district.pk])).names

    def named(finding: Finding) -> str:
        return names.get(finding.indicator, finding.indicator or "其他")

    own = [record for record in records if record.belongs(window.start, window.end)]
    items = tuple(record.item(window.start, window.end, named(record.finding)) for record in own)
    now, before = window.counts(records)
    return ReportFacts(
        title=_title(scope, period, items),
        subtitle=f"（{dates.day(period.starts_on)}至{dates.day(period.ends_on)}）",
        issuer=school.name if school else district.signature,
        district_code=district.code,
        district=district.name,
        school_code=school.code if school else "",
        school=scope.place if school else "",
        scope=scope.kind,
        place=scope.place,
        addressed_to=scope.addressed_to,
        period=period,
        previous=compared.period,
        compared=compared.how,
        as_of=window.end.day,
        now=now,
        before=before,
        by_source=window.lines(records, lambda row: row.source, lambda code: Finding.Source(code).label),
        by_category=window.lines(records, lambda row: row.category, lambda code: Finding.Category(code).label),
        by_indicator=window.lines(records, named),
        items=items,
        months=window.months(records),
        units=window.units(records),
    )


def _title(scope: ReportScope, period: ReportPeriod, items: tuple[ReportFinding, ...]) -> str:
    """自查自评 becomes 自查自评阶段; 2026年11月 and a term stay as they are.

    Without any result or proof it is a plan, and not called a report.
    """
    about = scope.name if scope.campaign else f"{scope.name}义务教育优质均衡发展"
    own = not period.name or period == period_queries.named(period.starts_on, period.ends_on)
    phase = (period.name or "阶段") if own else f"{period.name.removesuffix('阶段')}阶段"
    is_report = not items or any(item.is_closed or item.progress or item.files for item in items)
    return f"{about}{phase}{'整改报告' if is_report else '整改方案'}"


def _work(scope: ReportScope, rows: list[School], records: list[Record], window: Window) -> ReportWork:
    schools = [scope.school] if scope.school else rows
    visits = Visit.objects.filter(
        school__in=[row.pk for row in schools], started_at__range=(window.start.at, window.end.at)
    ).exclude(state=Visit.State.CANCELLED)
    if scope.campaign:
        visits = visits.filter(campaign=scope.campaign)
    found = visits.aggregate(
        visits=Count("pk"), special=Count("pk", ~Q(kind=Visit.Kind.REGULAR)), visited=Count("school", distinct=True)
    )
    of_visits = sum(
        record.finding.visit_id is not None and record.raised_in(window.start, window.end) for record in records
    )
    return replace(window.steps(records), **found, found=of_visits)


def _schools(
    rows: list[School], records: list[Record], window: Window, judged: ReportEvaluation | None
) -> tuple[SchoolRow, ...]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record.finding.school:
            groups.setdefault(record.finding.school.code, []).append(record)
    verdicts: dict[str, list[str]] = {}
    relaxed = judged.relaxed.parts if judged and judged.relaxed else ()
    alongside = {(part.school_code, part.stage): f"（放宽口径{VERDICTS[part.passes].words}）" for part in relaxed}
    for part in judged.parts if judged else ():
        words = f"{part.stage}{VERDICTS[part.passes].words}{alongside.get((part.school_code, part.stage), '')}"
        verdicts.setdefault(part.school_code, []).append(words)
    silent = "不参加判定" if judged else "尚未评估"
    return tuple(
        SchoolRow(
            row.code,
            str(row),
            *window.counts(groups.get(row.code, [])),
            "；".join(verdicts.get(row.code, [])) or silent,
        )
        for row in rows
        if row.status == Status.OPEN or row.code in groups
    )


def newest_evaluation(district: District, moment: Moment) -> Evaluation | None:
    return (
        Evaluation.objects.filter(round__district=district, created_at__lte=moment.at)
        .select_related("round", "standard")
        .order_by("-round__school_year_start", "-pk")
        .first()
    )


def evaluation_of(evaluation: Evaluation, codes: Collection[str] | None) -> ReportEvaluation:
    """For schools with these codes; None: the whole district with its coefficients."""
    spec = standards.load_spec(evaluation.standard)
    result = stored.of(evaluation)
    parts = [part for part in result.parts if codes is None or part.school_code in codes]
    missing = {entry.school_code for entry in result.missing}
    passes = evaluation.verdict if codes is None else together(part.passes for part in parts)
    stages = {part.stage for part in result.parts}
    undecided = (
        0
        if codes is not None
        else sum(one.passes is None for stage in stages for one in result.coefficients[stage].values())
    )
    return ReportEvaluation(
        round=evaluation.round.name,
        judged_on=timezone.localtime(evaluation.created_at).date(),
        standard=spec.name,
        engine=evaluation.engine,
        inputs_sha256=evaluation.inputs_sha256,
        passes=passes,
        missing_schools=tuple(sorted({part.school_name for part in parts if part.school_code in missing})),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), p.passes) for p in parts),
        gaps=tuple(gap for part in parts for gap in _gaps(spec, part)),
        spreads=()
        if codes is not None
        else tuple(
            ReportCoefficient(
                stage=_stage(spec, stage),
                indicator=spec.names[code],
                cv=printed(row.cv, spec.printing["cv"]),
                limit=spec.stages[stage].limit_text,
                near_limit=bool(row.near_limit),
            )
            for stage, by_code in result.coefficients.items()
            for code, row in by_code.items()
            if row.passes is False
        ),
        relaxed=_relaxed(spec, evaluation, codes, parts),
        undecided_spreads=undecided,
        growth=()
        if codes is not None
        else tuple(f"{one.label}：{one.words}" for one in evaluations.growth(evaluation)),
        undecided_figures=sum(figure.reaches is None for part in parts for figure in part.indicators.values()),
    )


def _relaxed(
    spec: Spec, evaluation: Evaluation, codes: Collection[str] | None, parts: list[stored.StoredPart]
) -> RelaxedEvaluation | None:
    """None where none was granted (to the schools)."""
    granted = stored.relaxed(evaluation)
    if granted is None:
        return None
    allowed = granted.allowed if codes is None else [one for code in sorted(codes) for one in granted.of_school(code)]
    if not allowed:
        return None
    pairs = [(part, granted.part(part)) for part in parts]
    verdicts = [(other or part).passes for part, other in pairs]
    passes = granted.verdict if codes is None else together(verdicts)
    touched = (other for _, other in pairs if other)
    return RelaxedEvaluation(
        passes=passes,
        passing=sum(verdict is True for verdict in verdicts),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), p.passes) for p in touched),
        grants=tuple(one.words for one in allowed),
    )


def _stage(spec: Spec, code: str) -> str:
    return spec.stages[code].label


def _gaps(spec: Spec, part: stored.StoredPart) -> list[ReportGap]:
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
                indicator=spec.names[code],
                value=printed(figure.value, spec.printing["value"]),
                threshold=figure.threshold,
                lacking=gap(indicator, figure),
                below_floor=not figure.reaches_floor,
                near_limit=bool(figure.near_limit),
            )
        )
    return rows
