"""Reads of visits: the list, how long ago each school was visited, the checklist with its answers, what comes after a visit by when."""

import datetime as dt
from calendar import Calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import Truncator

from inspections import limits
from inspections.checklists.questions import Question, differs, thawed
from inspections.claims import figures
from inspections.claims.models import CheckedFigure
from inspections.deadlines import queries as deadlines
from inspections.deadlines.models import Deadline
from inspections.rectification.models import Finding
from inspections.visits.models import FULL, ChecklistAnswer, Visit, VisitPhoto
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.files.models import Document
from portal.core.lib import dates
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import School, Status

K = Deadline.Kind
_KINDS = (K.FEEDBACK, K.PLEA, K.OPINION, K.REPORT)
# What a finding about a question requires at first.
REQUIREMENT = "核实后更正填报数据，并整改到位"
# How many findings the notice names.
_NAMED = 3


def for_list(user: User) -> QuerySet[Visit]:
    visits = Visit.objects.select_related("school", "leader").annotate(
        found=Count("findings", filter=~Q(findings__state=Finding.State.VOID), distinct=True)
    )
    # Django drops a model's own ordering from a query that groups.
    return visible(user, visits, Perm.VISIT_VIEW).order_by("-planned_on", "-id")


def as_then(visits: Iterable[Visit]) -> list[Visit]:
    """Schools with the facts of the planned day; they must not be saved. One query, none if nothing changed."""
    rows = list(visits)
    directory.each_as_of((row.school, row.planned_on) for row in rows)
    return rows


def get(user: User, visit_id: int) -> Visit:
    """With school, leader and team. Raises Http404 out of scope."""
    visits = Visit.objects.select_related("school__district__parent", "leader", "moved_from", "campaign")
    visits = visits.prefetch_related("team")
    return get_object_or_404(visible(user, visits, Perm.VISIT_VIEW), pk=visit_id)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A school and how long ago it was last visited, in words with a tone."""

    school: School
    last: dt.date | None
    days: int | None

    @property
    def words(self) -> str:
        if self.days is None:
            return "还没有督导记录"
        if self.days == 0:
            return "今天已督导"
        passed = next((one for one in (limits.LONG_DAYS, limits.DUE_DAYS) if self.days > one.count), None)
        return f"距上次 {self.days} 天{f'，超过 {passed}' if passed else ''}"

    @property
    def tone(self) -> str:
        if self.days is None or self.days > limits.LONG_DAYS.count:
            return "bad"
        return "warn" if self.days > limits.DUE_DAYS.count else "ok"


def ended(path: str = "") -> Coalesce:
    """The day on its paper form, else the day it was finished."""
    return Coalesce(f"{path}seen_on", TruncDate(f"{path}finished_at"))


def ended_on(visit: Visit) -> dt.date:
    return visit.seen_on or timezone.localdate(visit.finished_at)


def coverage(user: User) -> QuerySet[School]:
    """Running schools with `last_visited`, the longest unvisited first."""
    schools = visible(user, School.objects.filter(status=Status.OPEN).select_related("district"), Perm.VISIT_VIEW)
    done = Q(visits__state=Visit.State.DONE)
    last = Max(ended("visits__"), filter=done)
    return schools.annotate(last_visited=last).order_by("last_visited", "code")


def with_days(schools: Iterable[School]) -> list[Coverage]:
    today = timezone.localdate()
    rows = []
    for school in schools:
        last = school.last_visited  # type: ignore[attr-defined]
        rows.append(Coverage(school, last, (today - last).days if last else None))
    return rows


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar with its visits; outside the month it stays empty."""

    on: dt.date
    is_inside: bool
    visits: tuple[Visit, ...]

    @property
    def rest(self) -> str:
        return dates.rest(self.on)


@dataclass(frozen=True, slots=True)
class Month:
    """The visits of a month, week by week from Monday."""

    first: dt.date
    weeks: tuple[tuple[CalendarDay, ...], ...]

    @property
    def words(self) -> str:
        return f"{self.first.year}年{self.first.month}月"

    @property
    def before(self) -> str:
        return f"{self.first - dt.timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.first + dt.timedelta(days=31):%Y-%m}"

    @property
    def count(self) -> int:
        return sum(len(day.visits) for week in self.weeks for day in week)


def first_of(asked: str) -> dt.date | None:
    """Of a month as 2026-11; None for anything else."""
    try:
        first = dt.datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        return None
    return min(max(first, dt.date(2000, 1, 1)), dt.date(2099, 12, 1))


def month(user: User, asked: str) -> Month:
    """This month for anything that is none."""
    first = first_of(asked) or timezone.localdate().replace(day=1)
    rows = for_list(user).filter(planned_on__year=first.year, planned_on__month=first.month)
    rows = rows.exclude(state=Visit.State.CANCELLED).order_by("planned_on", "school__code", "pk")
    return by_week(first, as_then(rows))


def by_week(first: dt.date, visits: Iterable[Visit]) -> Month:
    by_day: dict[dt.date, list[Visit]] = {}
    for visit in visits:
        by_day.setdefault(visit.planned_on, []).append(visit)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return Month(
        first,
        tuple(
            tuple(CalendarDay(day, day.month == first.month, tuple(by_day.get(day, ()))) for day in week)
            for week in weeks
        ),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A frozen question with what was seen, if anything yet."""

    question: Question
    answer: ChecklistAnswer | None
    photos: tuple[VisitPhoto, ...] = ()

    @property
    def is_answered(self) -> bool:
        return self.answer is not None and self.answer.seen != ""

    @property
    def is_mismatch(self) -> bool:
        return self.answer is not None and self.answer.seen == ChecklistAnswer.Seen.NO

    @property
    def figures(self) -> tuple[figures.FoundFigure, ...]:
        found = self.answer.figures if self.answer else {}
        return tuple(figures.FoundFigure(one, figures.thawed(found.get(one.code))) for one in self.question.figures)

    @property
    def is_different(self) -> bool:
        """By the figures; if found in words alone, by the numbers in these."""
        if self.answer is None:
            return False
        if self.answer.figures:
            return any(one.is_different for one in self.figures)
        return differs(self.question.claimed, self.answer.found)

    @property
    def is_contradictory(self) -> bool:
        return self.is_different and self.answer is not None and self.answer.seen == ChecklistAnswer.Seen.YES

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0


def asked(visit: Visit) -> list[Asked]:
    answers = {answer.question: answer for answer in visit.answers.select_related("updated_by")}
    photos: dict[str, list[VisitPhoto]] = {}
    for photo in visit.photos.filter(withdrawn_at=None):
        photos.setdefault(photo.question, []).append(photo)
    return [
        Asked(question, answers.get(question.key), tuple(photos.get(question.key, ())))
        for question in frozen_questions(visit)
    ]


def checked_figures(visit: Visit, by: User) -> list[CheckedFigure]:
    """Every figure claimed and found, with the finding about its question or indicator; not saved."""
    findings = list(visit.findings.exclude(state=Finding.State.VOID).order_by("id"))
    rows = []
    for entry in asked(visit):
        about = [one for one in findings if one.question == entry.question.key]
        about += [one for one in findings if not one.question and one.indicator == entry.question.indicator]
        for one in entry.figures:
            if one.direction is not None:
                row = one.as_checked()
                row.visit, row.revision_id, row.created_by, row.updated_by = visit, visit.checklist["revision"], by, by
                row.question, row.indicator = entry.question.key, entry.question.indicator
                row.finding = about[0] if about and one.is_different else None
                rows.append(row)
    return rows


def without_finding(visit: Visit) -> list[Asked]:
    """Questions answered 否, or with another figure than claimed, without a finding of the visit.

    A finding without a question is about every question of its indicator.
    """
    rows = visit.findings.exclude(state=Finding.State.VOID).values_list("question", "indicator")
    questions, indicators = {key for key, _ in rows}, {indicator for key, indicator in rows if not key}
    return [
        entry
        for entry in asked(visit)
        if (entry.is_mismatch or entry.is_different)
        and entry.question.key not in questions
        and entry.question.indicator not in indicators
    ]


def first_photo(visit: Visit, question: str) -> Document | None:
    found = visit.photos.filter(question=question, withdrawn_at=None).select_related("document").first()
    return found.document if found else None


def frozen_questions(visit: Visit) -> list[Question]:
    return thawed(visit.checklist or {})


def question_of(visit: Visit, key: str) -> Question:
    """As frozen. Raises NotFound for an unknown key."""
    for question in frozen_questions(visit):
        if question.key == key:
            return question
    raise NotFound("这次督导的检查清单里没有这一题。请刷新页面。")


def photo_key(finding: Finding) -> str:
    """Replaces a question's key for a photo of an earlier finding."""
    return f"finding-{finding.pk}"


def to_follow(visit: Visit) -> QuerySet[Finding]:
    """Earlier findings not settled; on a follow-up also those closed lately."""
    earlier = visit.school.findings.exclude(visit=visit)
    rows = earlier.exclude(state__in=(Finding.State.TO_DISPATCH, Finding.State.VOID))
    since = timezone.now() - dt.timedelta(days=limits.FOLLOW_UP_DAYS.count)
    late = Q(closed_at__gte=since) if visit.is_follow_up else Q(pk=None)
    return rows.filter(~Q(state=Finding.State.CLOSED) | late).order_by(
        F("closed_at").desc(nulls_first=True), "due_on", "pk"
    )


def ensure_followed(visit: Visit) -> None:
    """A follow-up needs a result for every earlier finding. Raises Invalid, naming the others."""
    left = to_follow(visit).exclude(follow_ups__visit=visit) if visit.is_follow_up else ()
    problems = [Problem("还没有回访结论", one.number, "请到“以前的问题”写结论") for one in left]
    if problems:
        raise Invalid(f"还有 {len(problems)} 个问题没有回访结论，督导没有完成。", problems)


def finding_of(visit: Visit, key: str) -> dict[str, str]:
    """Prefilled with what was claimed, seen and noted."""
    question = question_of(visit, key)
    answer = visit.answers.filter(question=key).first()
    found, note = (answer.found, answer.note) if answer else ("", "")
    claimed = f"填报值：{question.dated}" if question.claimed else ""
    seen = f"现场值：{found}" if found else ""
    different = [one for one in Asked(question, answer).figures if one.is_different]
    by = "；".join(f"{one.figure.label}{one.difference}" for one in different)
    words = [piece for piece in (f"“{question.text}”一项，现场检查不符合", claimed, seen, by, note) if piece]
    standard = different[0].figure.standard if different else ""
    return {
        "indicator": question.indicator,
        "problem": "\n".join(words),
        "current_value": Truncator(found).chars(60),
        "standard_value": Truncator(standard).chars(60),
        "requirement": REQUIREMENT,
    }


@dataclass(frozen=True, slots=True)
class StepAfter:
    """One step after a visit, in words with its date."""

    label: str
    words: str


def frozen_periods(visit: Visit) -> dict[str, list[Any]]:
    """As a visit stores them when finished; none for 经常性督导."""
    if visit.kind not in FULL:
        return {}
    set_ = deadlines.periods(visit.school.district_id)
    return {kind.value: [set_[kind].count, set_[kind].unit.value] for kind in _KINDS}


def periods_in_words(visit: Visit) -> dict[str, str]:
    return {kind: str(period) for kind, period in periods_of(visit).items()}


def outcome(findings: Sequence[Finding], reasons: Mapping[str, str], held: int = 0) -> str:
    """For the notice of the end; `held` ones come with the 督导意见书."""
    problems = [Truncator(finding.problem.splitlines()[0].rstrip("。；")).chars(30) for finding in findings]
    named = [f"{finding.indicator} {problem}" for finding, problem in zip(findings, problems, strict=True)]
    more = "等" if len(named) > _NAMED else ""
    words = f"发现 {len(findings)} 个问题（{'；'.join(named[:_NAMED])}{more}），请按期整改" if findings else ""
    if reasons:
        words += f"{'；另有' if words else '有'} {len(reasons)} 处与要求或填报不符，已写明原因，没有登记问题"
    if held:
        words += f"{'；另有' if words else '有'} {held} 个问题，先反馈初步督导意见、听取申辩，随督导意见书派发"
    return words or "没有发现问题"


def plea_words(visit: Visit) -> str:
    """Until when the school may contradict; "" where there is nothing to contradict."""
    period = periods_of(visit).get(K.PLEA)
    return (
        f"；如有异议，可在{dates.day(dates.add_days(timezone.localdate(visit.finished_at), period))}前申辩"
        if period
        else ""
    )


def steps_after(visit: Visit) -> Sequence[StepAfter]:
    """None for 经常性督导 and for visits finished before periods were stored.

    申辩 counts from the day the visit is finished, 督导意见书 from the day it was made, 整改情况 from the 督导意见书, which
    leaves the portal on paper: the latest possible day is given.
    """
    periods = periods_of(visit)
    if not periods:
        return ()
    until_plea = dates.count(timezone.localdate(visit.finished_at), periods[K.PLEA])
    opinion = dates.count(ended_on(visit), periods[K.OPINION])
    report = dates.count(opinion.due, periods[K.REPORT])
    return (
        StepAfter("申辩截止", _dated(until_plea, "完成督导之日起")),
        StepAfter("督导意见书", _dated(opinion, "现场督导之日起" if visit.seen_on else "完成督导之日起", "前出具")),
        StepAfter("整改情况", "最迟 " + _dated(report, "督导意见书出具之日起", "前报送")),
    )


def periods_of(visit: Visit) -> dict[str, dates.Period]:
    return {kind: dates.Period(count, dates.Unit(unit)) for kind, (count, unit) in visit.periods.items()}


def _dated(counted: dates.Counted, since: str, until: str = "") -> str:
    off = dates.rest(counted.due)
    day = dates.day(counted.due)
    return f"{day}{until}（{since} {counted.how}{f'；当天是{off}' if off else ''}{counted.caution}）"
