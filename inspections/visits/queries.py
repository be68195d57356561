"""Reads of visits: the list, how long ago each school was visited, the checklist with its answers, what comes after a visit by when."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from indicators.collection.submissions.models import Decision, Revision, Submission
from indicators.standard.standards import placeholders
from indicators.standard.standards import queries as standards
from inspections.deadlines import queries as deadlines
from inspections.deadlines.models import Deadline
from inspections.visits.checklist import Question, differs, questions_for
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.files.models import Document
from portal.core.lib import dates
from portal.core.lib.dates import Counted, Period, Unit
from schools.access.models import Membership
from schools.access.permissions import Perm, roles_with
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import School, Status

# 责任督学 customarily visit at least monthly; beyond a quarter the school is called long unvisited.
DUE_DAYS, LONG_DAYS = 30, 90
K = Deadline.Kind
# 经常性督导 ends without a 督导意见书, so without these steps; the two others also need a full team (§16).
FULL = (Visit.Kind.SPECIAL, Visit.Kind.COMPREHENSIVE)
_KINDS = (K.PLEA, K.OPINION, K.REPORT)


def for_list(user: User) -> QuerySet[Visit]:
    visits = Visit.objects.select_related("school", "leader").annotate(found=Count("findings", distinct=True))
    # Django drops a model's own ordering from a query that groups.
    return visible(user, visits, Perm.VISIT_VIEW).order_by("-planned_on", "-id")


def as_then(visits: Iterable[Visit]) -> list[Visit]:
    """Give the schools the facts of the planned day; they must not be saved. One query, none if nothing changed."""
    rows = list(visits)
    past.each_on((row.school, row.planned_on) for row in rows)
    return rows


def get(user: User, visit_id: int) -> Visit:
    """One visit with school, leader and team. Raises Http404 outside the person's reach."""
    visits = Visit.objects.select_related("school__district__parent", "leader", "moved_from").prefetch_related("team")
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
        late = "，已超过一个季度" if self.days > LONG_DAYS else "，超过一个月" if self.days > DUE_DAYS else ""
        return f"距上次 {self.days} 天{late}"

    @property
    def tone(self) -> str:
        if self.days is None or self.days > LONG_DAYS:
            return "bad"
        return "warn" if self.days > DUE_DAYS else "ok"


def coverage(user: User) -> QuerySet[School]:
    """Running schools in reach with `last_visited`, the longest unvisited first."""
    schools = visible(user, School.objects.filter(status=Status.OPEN).select_related("district"), Perm.VISIT_VIEW)
    done = Q(visits__state=Visit.State.DONE)
    last = Max("visits__finished_at", filter=done)
    return schools.annotate(last_visited=last).order_by("last_visited", "code")


def with_days(schools: Iterable[School]) -> list[Coverage]:
    today = timezone.localdate()
    rows = []
    for school in schools:
        moment = school.last_visited  # type: ignore[attr-defined]
        last = timezone.localtime(moment).date() if moment else None
        rows.append(Coverage(school, last, (today - last).days if last else None))
    return rows


def inspectors(user: User, perm: Perm) -> QuerySet[User]:
    schools = visible(user, School.objects.all(), perm)
    place = Q(memberships__school__in=schools) | Q(memberships__district__in=schools.values("district"))
    roles = Q(memberships__role__in=roles_with(Perm.VISIT_RECORD))
    in_force = Membership.in_force("memberships__")
    return User.objects.filter(place, in_force, roles, is_active=True).distinct().order_by("name")


def frozen_checklist(school: School) -> dict[str, Any]:
    """Questions for a school with its claims, and the receipt the claims come from."""
    revision = (
        Revision.objects.filter(
            submission__school=school,
            submission__state=Submission.State.APPROVED,
            decision__verdict=Decision.Verdict.APPROVED,
        )
        .order_by("-submitted_at")
        .first()
    )
    answers = revision.content["answers"] if revision else {}
    standard = standards.in_force([school.district_id])
    fill = placeholders.filler(standard.content)
    asked = questions_for(school.kind, answers, standards.load_spec(standard), fill)
    questions = [question.as_dict() for question in asked]
    return {"receipt": revision.receipt if revision else "", "questions": questions}


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
    def is_different(self) -> bool:
        return self.answer is not None and differs(self.question.claimed, self.answer.found)

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


def first_photo(visit: Visit, question: str) -> Document | None:
    found = visit.photos.filter(question=question, withdrawn_at=None).select_related("document").first()
    return found.document if found else None


def frozen_questions(visit: Visit) -> list[Question]:
    frozen: list[Mapping[str, str]] = (visit.checklist or {}).get("questions", [])
    return [Question(**entry) for entry in frozen]


def question_of(visit: Visit, key: str) -> Question:
    """One frozen question of the visit. Raises NotFound for an unknown key."""
    for question in frozen_questions(visit):
        if question.key == key:
            return question
    raise NotFound("这次督导的检查清单里没有这一题。请刷新页面。")


@dataclass(frozen=True, slots=True)
class StepAfter:
    """One step after a visit, in words with its date."""

    label: str
    words: str


def frozen_periods(visit: Visit) -> dict[str, list[Any]]:
    """District's periods as a visit stores them when it is finished; none for 经常性督导."""
    if visit.kind not in FULL:
        return {}
    set_ = deadlines.periods(visit.school.district_id)
    return {kind.value: [set_[kind].count, set_[kind].unit.value] for kind in _KINDS}


def periods_in_words(visit: Visit) -> dict[str, str]:
    return {kind: str(period) for kind, period in periods_of(visit).items()}


def plea_words(visit: Visit) -> str:
    """Say to the school until when it may contradict; blank where there is nothing to contradict."""
    period = periods_of(visit).get(K.PLEA)
    return f"；如有异议，可在{dates.day(dates.add_days(_day(visit), period))}前申辩" if period else ""


def steps_after(visit: Visit) -> Sequence[StepAfter]:
    """None for 经常性督导 and for visits finished before periods were stored.

    申辩 and 督导意见书 count from the day the visit is finished; 整改情况 from the 督导意见书, which leaves the portal on
    paper: the latest possible day is given.
    """
    periods = periods_of(visit)
    if not periods:
        return ()
    until_plea, opinion = (dates.count(_day(visit), periods[kind]) for kind in (K.PLEA, K.OPINION))
    report = dates.count(opinion.due, periods[K.REPORT])
    return (
        StepAfter("申辩截止", _dated(until_plea, "完成督导之日起")),
        StepAfter("督导意见书", _dated(opinion, "完成督导之日起", "前出具")),
        StepAfter("整改情况", "最迟 " + _dated(report, "督导意见书出具之日起", "前报送")),
    )


def periods_of(visit: Visit) -> dict[str, Period]:
    return {kind: Period(count, Unit(unit)) for kind, (count, unit) in visit.periods.items()}


def _day(visit: Visit) -> dt.date:
    return timezone.localtime(visit.finished_at).date()


def _dated(counted: Counted, since: str, until: str = "") -> str:
    off = dates.rest(counted.due)
    day = dates.day(counted.due)
    return f"{day}{until}（{since} {counted.how}{f'；当天是{off}' if off else ''}{counted.caution}）"
