"""Gathers what a report says about a district or a school in a period: the ledger, and where it is on A1–A7 by the newest evaluation."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from indicators.results.board.board import VERDICTS, gap, printed
from indicators.results.evaluations import queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec, together
from indicators.standard.standards import queries as standards
from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import ledger_queries, period_queries
from inspections.reports.ledger_queries import Moment, Record, ReportScope, Window
from inspections.reports.models import PARTS, Report
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
    UnitRow,
)
from inspections.visits.models import Visit
from portal.core.lib import dates
from schools.directory import queries as directory
from schools.directory.models import District, InstitutionKind, School, Status


class Built(NamedTuple):
    """The facts and the evaluation they rest on, if there is one."""

    facts: ReportFacts
    evaluation: Evaluation | None


class Compared(NamedTuple):
    """What a period is compared with, and how it was chosen: issued, phase, term, days, or "" for nothing."""

    period: ReportPeriod | None
    how: str


def period_of(phase: Phase) -> ReportPeriod:
    return ReportPeriod(phase.name, phase.starts_on, phase.ends_on)


def compared_with(scope: ReportScope, period: ReportPeriod, phase: Phase | None) -> Compared:
    """The last report issued on the same schools and a period of the same kind that ended before this one begins.

    Else the phase, term or days before: never a month with a term. Its figures are counted again by today's rules, so
    that both are comparable.
    """
    issued = Report.objects.filter(
        kind=Report.Kind.PHASED,
        district=scope.district,
        **{name: getattr(scope, name) for name in PARTS},
        state=Report.State.ISSUED,
        ends_on__lt=period.starts_on,
    )
    kind = None if phase else period_queries.kind(period)
    days = ("starts_on", "ends_on", "phase__name", "phase__starts_on", "phase__ends_on")
    for last in issued.select_related("phase").only(*days).order_by("-ends_on", "-pk"):
        own = period_of(last.phase) if last.phase else period_queries.named(last.starts_on, last.ends_on)
        if (None if last.phase else period_queries.kind(own)) is kind:
            return Compared(own, "issued")
    if phase is not None:
        previous = planning.previous(phase)
        return Compared(period_of(previous), "phase") if previous else Compared(None, "")
    is_term = period == period_queries.term(period.starts_on)
    return Compared(period_queries.before(period), "term" if is_term else "days")


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
    names = standards.load_spec(evaluation.standard if evaluation else standards.in_force([district.pk])).names
    totals = window.counts(records)
    if school:
        directory.as_of([school], end.day)
    rows = [row for row in directory.of_district(district, end.day) if scope.holds(row)]
    codes = None if scope.kind == "district" else {school.code} if school else {row.code for row in rows}
    judged = evaluation_of(evaluation, codes) if evaluation else None
    items = tuple(
        record.item(window.start, window.end, _named(record.finding, names))
        for record in records
        if record.belongs(window.start, window.end)
    )
    facts = ReportFacts(
        title=_title(scope, period, items),
        subtitle=f"（{dates.day(period.starts_on)}至{dates.day(period.ends_on)}）",
        issuer=school.name if school else district.signature,
        district_code=district.code,
        district=district.name,
        school_code=school.code if school else "",
        school=str(school) if school else "",
        period=period,
        previous=compared.period,
        as_of=end.day,
        now=totals[0],
        before=totals[1],
        by_source=window.lines(records, lambda row: row.source, lambda code: Finding.Source(code).label),
        by_category=window.lines(records, lambda row: row.category, lambda code: Finding.Category(code).label),
        by_indicator=window.lines(records, lambda finding: _named(finding, names)),
        items=items,
        standing=judged,
        standing_before=evaluation_of(earlier, codes) if earlier and earlier != evaluation else None,
        schools=() if school else _schools(rows, records, window, judged),
        scope=scope.kind,
        place=str(school) if school else scope.name,
        compared=compared.how,
        addressed_to=_addressed_to(scope),
        programme=programme,
        kinds=() if school else _kinds(rows),
        work=_work(scope, rows, records, window),
        months=window.months(records),
        units=_units(records, window),
    )
    return Built(facts, evaluation)


def _title(scope: ReportScope, period: ReportPeriod, items: tuple[ReportFinding, ...]) -> str:
    """自查自评 becomes 自查自评阶段; 2026年11月 and a term stay as they are.

    Without any result or proof it is a plan, and not called a report.
    """
    about = scope.name if scope.campaign else f"{scope.name}义务教育优质均衡发展"
    own = not period.name or period == period_queries.named(period.starts_on, period.ends_on)
    phase = (period.name or "阶段") if own else f"{period.name.removesuffix('阶段')}阶段"
    is_report = not items or any(item.is_closed or item.progress or item.files for item in items)
    return f"{about}{phase}{'整改报告' if is_report else '整改方案'}"


def _addressed_to(scope: ReportScope) -> str:
    """A school's: who supervises it; a district's: the office of the level above."""
    if scope.school:
        return scope.district.signature
    above = scope.district.parent
    return f"{above.name}人民政府教育督导委员会办公室" if above and scope.kind == "district" else ""


def _kinds(rows: list[School]) -> tuple[SchoolsOfKind, ...]:
    """Open schools, in the order of the register of types."""
    found = Counter(row.kind for row in rows if row.status == Status.OPEN)
    return tuple(SchoolsOfKind(kind, found[kind]) for kind in InstitutionKind.values if found[kind])


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


def _named(finding: Finding, names: Mapping[str, str]) -> str:
    return names.get(finding.indicator, finding.indicator or "其他")


def _schools(
    rows: list[School], records: list[Record], window: Window, judged: ReportEvaluation | None
) -> tuple[SchoolRow, ...]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record.finding.school:
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
        for row in rows
        if row.status == Status.OPEN or row.code in groups
    )


def _units(records: list[Record], window: Window) -> tuple[UnitRow, ...]:
    """Departments and townships by name, the bureau last."""
    groups: dict[tuple[bool, str, str], list[Record]] = {}
    for record in records:
        row = record.finding
        if row.school is None:
            groups.setdefault((bool(row.bureau_id), row.respondent, row.respondent_kind), []).append(record)
    return tuple(UnitRow(name, kind, *window.counts(own)) for (_, name, kind), own in sorted(groups.items()))


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
    verdict = evaluation.verdict if codes is None else together(part.passes for part in parts)
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
        verdict=VERDICTS[verdict][0],
        missing_schools=tuple(sorted({part.school_name for part in parts if part.school_code in missing})),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), VERDICTS[p.passes][0]) for p in parts),
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
    verdict = granted.verdict if codes is None else together(verdicts)
    touched = (other for _, other in pairs if other)
    return RelaxedEvaluation(
        verdict=VERDICTS[verdict][0],
        passing=sum(passes is True for passes in verdicts),
        parts=tuple(PartVerdict(p.school_code, _stage(spec, p.stage), VERDICTS[p.passes][0]) for p in touched),
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
