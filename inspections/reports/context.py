"""Gathers what a report says about a district or a school in a period."""

import datetime as dt
from typing import NamedTuple

from indicators.results.evaluations.models import Evaluation
from indicators.standard.standards import queries as standards
from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.rectification.models import Finding
from inspections.reports import ledger, standing
from inspections.reports.facts import Facts, Item, Period, SchoolLine, Standing
from inspections.reports.ledger import Record, Window
from portal.core.lib import dates
from schools.directory import past
from schools.directory.models import District, School, Status


class Built(NamedTuple):
    """The facts and the evaluation they rest on, if there is one."""

    facts: Facts
    evaluation: Evaluation | None


def period_of(phase: Phase) -> Period:
    """Return a phase of the programme as a period."""
    return Period(phase.name, phase.starts_on, phase.ends_on)


def period_before(period: Period, phase: Phase | None) -> Period | None:
    """Return what a period is compared with: the phase before, or as many days just before a plain range."""
    if phase is not None:
        previous = planning.previous(phase)
        return period_of(previous) if previous else None
    end = period.starts_on - dt.timedelta(days=1)
    return Period("", end - (period.ends_on - period.starts_on), end)


def build(
    *, district: District, school: School | None, period: Period, previous: Period | None, now: dt.datetime
) -> Built:
    """Gather the facts of a report, the number of queries independent of schools and findings.

    What happened after the period's end (or after `now`, while it runs) is left out.
    """
    start, end = ledger.start_of(period), ledger.end_of(period, now)
    bounds = (ledger.start_of(previous), ledger.end_of(previous, now)) if previous else None
    window = Window(start, end, bounds)
    records = ledger.load(school or district, bounds[0] if bounds else start, end)
    evaluation = standing.newest(district, end)
    earlier = standing.newest(district, bounds[1]) if bounds else None
    names = _indicator_names(district, evaluation)
    totals = window.counts(records)
    if school:
        past.on([school], end.day)
    now_standing = standing.of(evaluation, school) if evaluation else None
    facts = Facts(
        title=_title(district, school, period),
        subtitle=_subtitle(period),
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
        by_source=window.lines(records, lambda finding: finding.get_source_display()),
        by_category=window.lines(records, lambda finding: finding.get_category_display()),
        by_indicator=window.lines(records, lambda finding: _named(finding, names)),
        items=_items(records, window, names),
        standing=now_standing,
        standing_before=standing.of(earlier, school) if earlier and earlier != evaluation else None,
        schools=() if school else _schools(district, records, window, now_standing),
    )
    return Built(facts, evaluation)


def _title(district: District, school: School | None, period: Period) -> str:
    phase = period.name if period.name.endswith("阶段") or not period.name else f"{period.name}阶段"
    return f"{school.name if school else district.name}义务教育优质均衡发展{phase or '阶段'}整改报告"


def _subtitle(period: Period) -> str:
    return f"（{dates.day(period.starts_on)}至{dates.day(period.ends_on)}）"


def _indicator_names(district: District, evaluation: Evaluation | None) -> dict[str, str]:
    standard = evaluation.standard if evaluation else standards.in_force([district.pk])
    spec = standards.load_spec(standard)
    names = {indicator.code: f"{indicator.code} {indicator.short_name}" for indicator in spec.indicators}
    return names | {veto.code: f"{veto.code} {veto.name}" for veto in spec.vetoes}


def _named(finding: Finding, names: dict[str, str]) -> str:
    return names.get(finding.indicator, finding.indicator or "其他")


def _items(records: list[Record], window: Window, names: dict[str, str]) -> tuple[Item, ...]:
    own = (record for record in records if record.belongs(window.start, window.end))
    return tuple(record.item(window.start, window.end, _named(record.finding, names)) for record in own)


def _schools(
    district: District, records: list[Record], window: Window, judged: Standing | None
) -> tuple[SchoolLine, ...]:
    """One line per school that runs or has findings: a school without any is listed too, not left out."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.finding.school.code, []).append(record)
    verdicts: dict[str, list[str]] = {}
    relaxed = judged.relaxed.parts if judged and judged.relaxed else ()
    beside = {(part.school_code, part.stage): f"（放宽口径{part.verdict}）" for part in relaxed}
    for part in judged.parts if judged else ():
        words = f"{part.stage}{part.verdict}{beside.get((part.school_code, part.stage), '')}"
        verdicts.setdefault(part.school_code, []).append(words)
    silent = "不参加判定" if judged else "尚未评估"
    return tuple(
        SchoolLine(
            row.code,
            str(row),
            *window.counts(groups.get(row.code, [])),
            "；".join(verdicts.get(row.code, [])) or silent,
        )
        for row in past.of_district(district, window.end.day)
        if row.status == Status.OPEN or row.code in groups
    )
