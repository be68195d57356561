"""Reads of tasks: who sees which, what is late, what an evaluation says of them, and the road of a programme."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from indicators.results.board import queries as boards
from indicators.results.evaluations.models import Evaluation, IndicatorResult, JudgedStage
from indicators.standard.engine import numbers as printing, together
from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport, DutyYear
from inspections.duties.workflow import S
from inspections.limits import DUTY_DAYS
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.lib import numbers
from portal.core.lib.verdicts import TARGETS
from schools.access.scope import Perm, own, visible
from schools.directory.models import Department, Status


@dataclass(frozen=True, slots=True)
class DutyFigure:
    """A task's indicator in an evaluation, in words; `reaches` is None while something is missing."""

    evaluation: Evaluation
    words: str
    reaches: bool | None

    @property
    def tone(self) -> str:
        return TARGETS[self.reaches].tone

    @property
    def verdict(self) -> str:
        return TARGETS[self.reaches].words


def newest(district_id: int) -> Evaluation | None:
    rows = Evaluation.objects.filter(round__district=district_id).select_related("round__district", "standard")
    rows = rows.defer("result", "inputs", "standard__content")
    return rows.order_by("-round__school_year_start", "-round_id", "-pk").first()


def measured(duties: Iterable[Duty], targets: Mapping[int, Decimal | None]) -> dict[int, DutyFigure]:
    """By task; a fixed number of queries per district."""
    by_district: dict[int, list[Duty]] = defaultdict(list)
    for duty in duties:
        if duty.measure == Duty.Measure.INDICATOR:
            by_district[duty.programme.district_id].append(duty)
    found: dict[int, DutyFigure] = {}
    for district_id, measured_duties in by_district.items():
        if evaluation := newest(district_id):
            judged = _judged(evaluation, {duty.indicator for duty in measured_duties})
            content = boards.district(evaluation).content
            for duty in measured_duties:
                words, reaches = _figure(duty, targets.get(duty.pk), judged[duty.indicator], content)
                if words:
                    found[duty.pk] = DutyFigure(evaluation, words, reaches)
    return found


def figures(district_id: int, codes: Collection[str]) -> dict[str, DutyFigure]:
    """By indicator, for the whole district."""
    if (evaluation := newest(district_id)) is None:
        return {}
    judged, content = _judged(evaluation, codes), boards.district(evaluation).content
    found = {}
    for code in codes:
        words, reaches = _figure(Duty(indicator=code), None, judged[code], content)
        if words:
            found[code] = DutyFigure(evaluation, words, reaches)
    return found


def _judged(evaluation: Evaluation, codes: Collection[str]) -> dict[str, list[IndicatorResult]]:
    found: dict[str, list[IndicatorResult]] = defaultdict(list)
    rows = IndicatorResult.objects.filter(part__evaluation=evaluation, code__in=codes)
    for row in rows.select_related("part").order_by("part__school__code", "-part__stage"):
        found[row.code].append(row)
    return found


def _figure(
    duty: Duty, target: Decimal | None, parts: list[IndicatorResult], content: boards.BoardContent
) -> tuple[str, bool | None]:
    if parts:
        return _of_school(duty, parts, content) if duty.school_id else _of_district(target, parts)
    condition = next((one for one in content.judged if one.code == duty.indicator), None)
    if condition is None:
        return "", None
    if duty.school is None:
        verdict = {"ok": True, "bad": False}.get(condition.tone)
        return f"{condition.verdict}。{'；'.join(condition.lines)}"[:300], verdict
    for reasons, verdict in ((condition.failing, False), (condition.unknown, None)):
        own = [one.why for one in reasons if one.school_code == duty.school.code]
        if own:
            return f"{'未达到' if verdict is False else '还不能判定'}。{'；'.join(filter(None, own))}"[:300], verdict
    return "本校没有未达到的情况", True


def _of_school(duty: Duty, parts: list[IndicatorResult], content: boards.BoardContent) -> tuple[str, bool | None]:
    own = [row for row in parts if row.part.school_id == duty.school_id]
    if not own:
        return "", None
    indicator, said = content.spec.indicator(duty.indicator), []
    for row in own:
        value = "还没有数" if row.value is None else printing.printed(row.value, content.spec.printing["value"])
        limit = printing.text(row.threshold)
        said.append(f"{JudgedStage(row.part.stage).label} {value}，标准 {limit} {indicator.unit}")
    return "；".join(said)[:300], together(row.reaches for row in own)


def _of_district(target: Decimal | None, parts: list[IndicatorResult]) -> tuple[str, bool | None]:
    """By the share of school parts that reach the standard; without a target all have to."""
    reaching, open_, total = (
        sum(row.reaches is True for row in parts),
        sum(row.reaches is None for row in parts),
        len(parts),
    )
    needed = Decimal(100) if target is None else target
    verdict = (
        True if reaching * 100 >= needed * total else None if (reaching + open_) * 100 >= needed * total else False
    )
    share = numbers.text(Decimal(reaching) * 100 / total, 1)
    waiting = f"，{open_} 所（部）待定" if open_ else ""
    return f"达标 {reaching}/{total} 所（部），占 {share}%{waiting}", verdict


_WHOSE = ("school", "department", "programme__district")


def programmes(user: User, perm: Perm = Perm.DUTY_MANAGE) -> QuerySet[Programme]:
    return visible(user, Programme.objects.select_related("district"), perm).order_by("district__code", "pk")


def duties(user: User) -> QuerySet[Duty]:
    return visible(user, Duty.objects.select_related("phase", *_WHOSE), Perm.DUTY_VIEW)


def get(user: User, duty_id: int) -> Duty:
    """Raises Http404 out of scope."""
    return get_object_or_404(duties(user), pk=duty_id)


def get_report(user: User, report_id: int) -> DutyReport:
    """Raises Http404 out of scope."""
    rows = DutyReport.objects.select_related("year", *(f"year__duty__{path}" for path in _WHOSE))
    return get_object_or_404(visible(user, rows, Perm.DUTY_VIEW), pk=report_id)


def file_of(user: User, duty_id: int, file_id: int) -> DutyFile:
    """Raises Http404 out of scope."""
    rows = DutyFile.objects.filter(entry__duty=get(user, duty_id)).select_related("document")
    return get_object_or_404(rows, pk=file_id)


def late_reports() -> Q:
    return Q(state__in=(S.DUE, S.SENT_BACK), due_on__lt=timezone.localdate(), year__duty__withdrawn_at=None)


def late_years() -> Q:
    """Past their day without a result, and without a report to check."""
    waiting = DutyReport.objects.filter(year=OuterRef("pk"), state=S.REPORTED)
    open_ = Q(result="", is_dropped=False, due_on__lt=timezone.localdate(), duty__withdrawn_at=None)
    return open_ & ~Q(Exists(waiting))


def ownerless() -> Q:
    """Open, but its unit is closed: to be passed on or withdrawn."""
    ended = Q(duty__school__status=Status.CLOSED) | Q(duty__department__status=Department.Status.ABOLISHED)
    return ended & Q(result="", is_dropped=False, duty__withdrawn_at=None)


def years(user: User) -> QuerySet[DutyYear]:
    """One row per task and year, with its reports."""
    reports = DutyReport.objects.exclude(state=S.DROPPED).order_by("quarter")
    rows = DutyYear.objects.filter(is_dropped=False).select_related(*(f"duty__{path}" for path in _WHOSE))
    rows = rows.prefetch_related(Prefetch("reports", queryset=reports, to_attr="asked"))
    return visible(user, rows, Perm.DUTY_VIEW).order_by("duty__part", "duty__number", "duty__code", "year")


def with_figures(rows: Iterable[DutyYear]) -> list[DutyYear]:
    """Each with `figure` of the newest evaluation, `newest` report with words, and its status."""
    found, today = list(rows), timezone.localdate()
    figures = measured([row.duty for row in found], {row.duty_id: row.target for row in found})
    for row in found:
        row.figure = figures.get(row.duty_id)  # type: ignore[attr-defined]
        said = [one for one in row.asked if one.reported_at]  # type: ignore[attr-defined]
        row.newest = said[-1] if said else None  # type: ignore[attr-defined]
        row.tone, row.standing = standing(row, row.asked, today)  # type: ignore[attr-defined]
    return found


def standing(row: DutyYear, reports: Sequence[DutyReport], today: dt.date) -> tuple[str, str]:
    if row.duty.withdrawn_at:
        return "muted", "已取消"
    if row.result:
        late = "，逾期" if row.done_on and row.done_on > row.due_on else ""
        done = "warn" if late else "ok"
        tone = done if row.result == DutyYear.Result.DONE else "warn" if row.result == DutyYear.Result.MOSTLY else "bad"
        return tone, f"{row.get_result_display()}{late}"
    if row.duty.is_ownerless:
        return "bad", "责任单位已停办或撤销"
    if any(one.state == S.SENT_BACK for one in reports):
        return "bad", "退回重报"
    to_check = any(one.state == S.REPORTED for one in reports)
    late_quarters = [str(one.quarter) for one in reports if one.state == S.DUE and one.due_on < today]
    if late_quarters:
        return "bad", f"第 {'、'.join(late_quarters)} 季度逾期未报{'，另有待核' if to_check else ''}"
    if to_check:
        return "info", "待核"
    if row.due_on < today:
        return "bad", "逾期未完成"
    said = [one for one in reports if one.reported_at]
    if said and said[-1].claim == DutyReport.Claim.HINDERED:
        return "warn", said[-1].get_claim_display()
    return ("muted", "未到时间") if row.year > today.year else ("info", "进行中")


def conversation(duty: Duty) -> list[DutyEntry]:
    rows = duty.entries.select_related("by", "report").prefetch_related("files__document")
    return list(rows.order_by("-id"))


def soon() -> dt.date:
    """Until when the end of a quarter is near enough to report on it."""
    return timezone.localdate() + dt.timedelta(days=DUTY_DAYS.count)


def to_report(user: User, soon: dt.date) -> QuerySet[DutyReport]:
    """Of the own unit: quarters that are over by then or sent back."""
    mine = Duty.objects.filter(own(user, Perm.DUTY_REPORT, Duty), withdrawn_at=None)
    rows = DutyReport.objects.filter(year__duty__in=mine).filter(
        Q(state=S.SENT_BACK) | Q(state=S.DUE, due_on__lte=soon)
    )
    return rows.select_related("year__duty").order_by("due_on", "pk")


def to_check(user: User) -> QuerySet[DutyReport]:
    rows = DutyReport.objects.filter(state=S.REPORTED, year__duty__withdrawn_at=None)
    said = DutyEntry.objects.filter(report=OuterRef("pk"), kind=DutyEntry.Kind.REPORT, by=user)
    return visible(user, rows.exclude(Exists(said)), Perm.DUTY_CHECK)


def late(user: User, district_id: int) -> Iterator[tuple[str, str, str]]:
    """What is late, how many, and where it is listed."""
    years_ = visible(user, DutyYear.objects.filter(duty__programme__district=district_id), Perm.DUTY_VIEW)
    reports = visible(user, DutyReport.objects.filter(year__duty__programme__district=district_id), Perm.DUTY_VIEW)
    url = reverse("duties:list")
    if count := years_.filter(late_years()).count():
        yield "目标任务没有按期完成", f"{count} 项", f"{url}?state=late"
    if count := reports.filter(late_reports()).count():
        yield "任务季报没有按期报送", f"{count} 份", f"{url}?state=late_report"
