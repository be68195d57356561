"""Reads of rounds: the list, the pipeline of one, who can be notified."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Count, DateTimeField, F, Q, QuerySet, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from indicators.collection.submissions import facts
from indicators.collection.submissions.models import Round, Submission
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.notices.models import Notice
from schools.access.models import Membership
from schools.access.permissions import Perm, roles_with
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import Department, School, Status

S = Submission.State


class PipelineStage(TextChoices):
    """Steps of the pipeline in their order; the labels are what people see."""

    NOT_STARTED = "not_started", "未开始"
    FILLING = "filling", "填报中"
    AWAITING_HEAD = "awaiting_head", "待校长签发"
    SUBMITTED = "submitted", "已提交"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已通过"
    SCHOOL_CLOSED = "school_closed", "学校已停办"


TONES = {
    PipelineStage.NOT_STARTED: "bad",
    PipelineStage.FILLING: "info",
    PipelineStage.AWAITING_HEAD: "info",
    PipelineStage.SUBMITTED: "warn",
    PipelineStage.IN_REVIEW: "warn",
    PipelineStage.RETURNED: "bad",
    PipelineStage.APPROVED: "ok",
    PipelineStage.SCHOOL_CLOSED: "muted",
}
# Not handed in yet, or sent back.
EDITABLE = (S.DRAFT, S.RETURNED)


def not_expected(submissions: str = "") -> Q:
    """The condition for a school closed on the round's day with nothing handed in that still stands.

    Nobody waits for it or reminds it; should the school run again, it stands where it stood. One closed after
    that day is still judged in this round, and so still asked.
    `submissions` is the path that leads to them, such as "submissions__" from a round.
    """
    closed = Q(**{f"{submissions}state__in": EDITABLE, f"{submissions}school__status": Status.CLOSED})
    by_then = Q(**{f"{submissions}school__closed_on__lte": F(f"{submissions}round__school_year_start")})
    return closed & (by_then | Q(**{f"{submissions}school__closed_on": None}))


def with_stage(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Annotate `stage` and `due` (the extended due time where there is one; None when nothing is due)."""
    stage = Case(
        When(not_expected(), then=Value(PipelineStage.SCHOOL_CLOSED.value)),
        When(Q(state__in=EDITABLE, handed_over_at__isnull=False), then=Value(PipelineStage.AWAITING_HEAD.value)),
        When(Q(state=S.DRAFT, started_at__isnull=True), then=Value(PipelineStage.NOT_STARTED.value)),
        When(Q(state=S.DRAFT), then=Value(PipelineStage.FILLING.value)),
        default=F("state"),
        output_field=CharField(),
    )
    due = Coalesce("extension__due_at", "round__due_at", output_field=DateTimeField())
    return submissions.annotate(stage=stage, due=due)


@dataclass(frozen=True, slots=True)
class PipelineStep:
    """One step of the pipeline with its count and some of its names."""

    stage: PipelineStage
    count: int
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(self.stage.label)

    @property
    def tone(self) -> str:
        return TONES[self.stage]


def for_list(user: User) -> QuerySet[Round]:
    rounds = visible(user, Round.objects.select_related("district", "standard"), Perm.ROUND_VIEW)
    return rounds.annotate(
        respondents=Count("submissions", distinct=True, filter=~not_expected("submissions__")),
        approved=Count("submissions", distinct=True, filter=Q(submissions__state=Submission.State.APPROVED)),
        waiting=Count("submissions", distinct=True, filter=Q(submissions__state__in=["submitted", "in_review"])),
    ).order_by("-school_year_start", "-id")


def get(user: User, round_id: int) -> Round:
    """A round within the person's reach. Raises NotFound otherwise."""
    found = for_list(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    return found


def by_code(code: str, *, district_code: str = "", by: User | None = None) -> Round:
    """The round with this code; of several, without a district, the only one `by` may manage.

    Raises NotFound if there is none, or more than one is left.
    """
    rounds = Round.objects.select_related("district", "standard").filter(code=code)
    found = list((rounds.filter(district__code=district_code) if district_code else rounds)[:2])
    if len(found) > 1 and by is not None:
        found = list(visible(by, rounds, Perm.ROUND_MANAGE)[:2]) or found
    if not found:
        raise NotFound(f"没有代号为 {code} 的评估年度。请先用 open_round {code} --district 区划代码 开启。")
    if len(found) > 1:
        raise NotFound(f"有多个区县开启了代号为 {code} 的评估年度，请用 --district 指定区划代码。")
    return found[0]


def submissions(user: User, round_: Round) -> QuerySet[Submission]:
    """The submissions of a round the person may follow, with stage, due time and today's `township`.

    Whose schools they are to look after is a matter of today, whatever the register said on the round's day.
    """
    rows = Submission.objects.filter(round=round_).select_related("round__district", "school", "department")
    rows = rows.annotate(township=F("school__township"), township_name=F("school__township__name"))
    return with_stage(visible(user, rows, Perm.ROUND_VIEW)).order_by("school__code", "department__code", "id")


def pipeline(rows: Iterable[Submission], names: int = 4) -> list[PipelineStep]:
    """Count the respondents of each step and name the first few; `rows` come from `submissions`.

    Schools closed since the opening are a step only where there are any.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.stage].append(row.respondent)  # type: ignore[attr-defined]
    return [
        PipelineStep(stage, len(found[stage]), tuple(found[stage][:names]))
        for stage in PipelineStage
        if stage != PipelineStage.SCHOOL_CLOSED or found[stage]
    ]


def unopened_schools(round_: Round) -> QuerySet[School]:
    """The schools the district ran on the round's day that have no submission in this round."""
    schools = past.of_district(round_.district, round_.school_year_start)
    running = [school.pk for school in schools if school.status == Status.OPEN]
    return School.objects.filter(pk__in=running).exclude(submissions__round=round_)


def unopened_departments(round_: Round) -> QuerySet[Department]:
    """Departments in office that own items of the district and have no submission in this round."""
    active = Department.objects.filter(district=round_.district, status=Department.Status.ACTIVE)
    return active.filter(item_owners__isnull=False).exclude(submission__round=round_).distinct()


def newcomers(round_: Round) -> list[str]:
    return [str(row) for rows in (unopened_departments(round_), unopened_schools(round_)) for row in rows]


def manages(user: User, round_: Round) -> bool:
    return visible(user, Round.objects.filter(pk=round_.pk), Perm.ROUND_MANAGE).exists()


def not_handed_in(round_: Round, chosen: Collection[int] = ()) -> list[Submission]:
    """Who still has to hand in, narrowed to `chosen` ids if any are given; the earliest due first."""
    rows = with_stage(Submission.objects.filter(round=round_, state__in=EDITABLE).exclude(not_expected()))
    if chosen:
        rows = rows.filter(pk__in=chosen)
    then = facts.as_then(rows.select_related("round__district", "school", "department", "extension"))
    # All of a round have a due time, or none has.
    return sorted(then, key=lambda row: (row.due, row.school.code if row.school else "", row.pk))  # type: ignore[attr-defined]


def late(rows: Collection[Submission], now: datetime | None = None) -> list[Submission]:
    now = now or timezone.now()
    return [row for row in rows if row.due is not None and row.due < now]  # type: ignore[attr-defined]


def reminder_key(round_: Round) -> str:
    return f"round-{round_.pk}-remind-{timezone.localdate():%Y%m%d}"


def reminded_today(round_: Round) -> set[int]:
    return set(Notice.objects.filter(key=reminder_key(round_)).values_list("user_id", flat=True))


def people_of(rows: Collection[Submission]) -> dict[int, list[User]]:
    """Return, per submission id, the active people who fill it in today, in two queries."""
    members = (
        Membership.objects.in_force()
        .filter(role__in=roles_with(Perm.SUBMISSION_FILL), user__is_active=True)
        .select_related("user")
    )
    places = members.filter(
        Q(school__in={r.school_id for r in rows} - {None})
        | Q(department__in={r.department_id for r in rows} - {None})
        | Q(district__in={r.round.district_id for r in rows if r.school_id is None and r.department_id is None})
    )
    found: dict[tuple[str, int], list[User]] = defaultdict(list)
    for row in places:
        for name in ("school", "department", "district"):
            if getattr(row, f"{name}_id"):
                found[name, getattr(row, f"{name}_id")].append(row.user)
    return {row.pk: _own(found, row) for row in rows}


def _own(found: dict[tuple[str, int], list[User]], row: Submission) -> list[User]:
    if row.school_id:
        return found["school", row.school_id]
    if row.department_id:
        return found["department", row.department_id]
    return found["district", row.round.district_id]


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """One respondent of the pipeline; `late` says how long overdue it is, "" if it is not."""

    row: Submission
    stage: PipelineStage
    due: datetime | None
    late: str
    people: tuple[User, ...] = ()

    @property
    def tone(self) -> str:
        return TONES[self.stage]


def pipeline_rows(rows: Iterable[Submission], people: dict[int, list[User]] | None = None) -> list[PipelineRow]:
    """Put rows of `queries.submissions` (they carry `stage` and `due`) into words."""
    now, people = timezone.now(), people or {}
    return [
        PipelineRow(row, PipelineStage(row.stage), row.due, _late_words(row, now), tuple(people.get(row.pk, ())))  # type: ignore[attr-defined]
        for row in rows
    ]


def _late_words(row: Submission, now: datetime) -> str:
    due = row.due  # type: ignore[attr-defined]
    # Nothing can be handed in to a closed round, so nothing in it is late either.
    if row.round.state != Round.State.OPEN:
        return ""
    if row.state not in EDITABLE or row.stage == PipelineStage.SCHOOL_CLOSED or due is None or due >= now:  # type: ignore[attr-defined]
        return ""
    days = (timezone.localdate(now) - timezone.localdate(due)).days
    return f"已逾期 {days} 天" if days else "今天已截止"
