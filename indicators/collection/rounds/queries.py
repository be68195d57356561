"""Reads of rounds: the dates a year starts from, the list, the pipeline of one, how far each respondent is, who can be notified."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Count, DateTimeField, F, Max, Q, QuerySet, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string

from indicators.collection.submissions import answers, queries as submission_queries, workflow
from indicators.collection.submissions.models import Answer, Evidence, Round, Submission, Waiver
from indicators.collection.submissions.queries import as_then
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Item, asked, is_triggered
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound, Problem
from portal.core.notices.models import Notice
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import Department, School, Status


@dataclass(frozen=True, slots=True)
class FillProgress:
    """Of the compulsory fields how many are answered; `unproven` are items whose proof is asked and not there."""

    filled: int = 0
    compulsory: int = 0
    touched_at: datetime | None = None
    waivers: int = 0
    unproven: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        """Rounded down: 100 only when nothing is open."""
        return self.filled * 100 // self.compulsory if self.compulsory else 0


NO_PROGRESS = FillProgress()


def progress_of(round_: Round, rows: Iterable[Submission]) -> dict[int, FillProgress]:
    """By submission id; a fixed number of queries."""
    rows = list(rows)
    asked_fields, held = asked_of(round_, rows), _answered(round_)
    answered = defaultdict(set)
    for pk, field in held.values_list("submission", "field"):
        answered[pk].add(field)
    touched = dict(held.values_list("submission").annotate(Max("updated_at")).order_by())
    proven: dict[int, set[str]] = defaultdict(set)
    files = Evidence.objects.filter(submission__round=round_, withdrawn_at=None)
    for pk, item, at in files.values_list("submission", "item", "updated_at"):
        proven[pk].add(item)
        touched[pk] = max(at, touched.get(pk, at))
    waived = Waiver.objects.filter(submission__round=round_).values("submission").annotate(number=Count("pk"))
    waivers = dict(waived.values_list("submission", "number"))
    found = {}
    for submission in rows:
        pk = submission.pk
        fields = asked_fields[pk]
        compulsory = [item.code for item in fields if item.required]
        found[pk] = FillProgress(
            filled=sum(code in answered[pk] for code in compulsory),
            compulsory=len(compulsory),
            touched_at=max(filter(None, (touched.get(pk), submission.submitted_at)), default=None),
            waivers=waivers.get(pk, 0),
            unproven=tuple(item.base_label for item in workflow.unproven(fields, answered[pk], proven[pk])),
        )
    return found


def asked_of(round_: Round, rows: Iterable[Submission]) -> dict[int, list[Item]]:
    """By submission id; two queries."""
    spec, owners = standards.load_spec(round_.standard), submission_queries.owners_of(round_.district_id)
    triggers = {item.asked_if[0] for item in (*spec.items.values(), *spec.district_items.values()) if item.asked_if}
    triggers |= {f"pupils_{stage}" for stage in spec.stages}
    given: dict[int, list[Answer]] = defaultdict(list)
    for row in _answered(round_).filter(field__in=triggers):
        given[row.submission_id].append(row)
    found = {}
    for submission in rows:
        own = given[submission.pk]
        if submission.school:
            found[submission.pk] = asked(spec, submission.school.kind, answers.of_rows(spec.items, own))
        else:
            items = submission_queries.items_of(submission, spec, owners)
            answered = answers.of_rows(items, own)
            found[submission.pk] = [item for item in items.values() if is_triggered(item, answered)]
    return found


def _answered(round_: Round) -> QuerySet[Answer]:
    blank = Q(number=None, text="", rows=None, not_applicable=False)
    return Answer.objects.filter(submission__round=round_).exclude(blank)


S = Submission.State
DAYS_TO_FILL = 30


class PipelineStage(TextChoices):
    """Steps of the pipeline in their order; the labels are what people see."""

    NOT_STARTED = "not_started", "未开始"
    FILLING = "filling", "填报中"
    AWAITING_HEAD = "awaiting_head", "待校长签发"
    SUBMITTED = S.SUBMITTED.value, S.SUBMITTED.label
    IN_REVIEW = S.IN_REVIEW.value, S.IN_REVIEW.label
    CHECKED = S.CHECKED.value, S.CHECKED.label
    SENT_BACK = S.SENT_BACK.value, S.SENT_BACK.label
    APPROVED = S.APPROVED.value, S.APPROVED.label
    SCHOOL_CLOSED = "school_closed", "学校已停办"


TONES: dict[str, str] = {
    PipelineStage.NOT_STARTED: "muted",
    PipelineStage.FILLING: "info",
    PipelineStage.AWAITING_HEAD: "info",
    PipelineStage.SCHOOL_CLOSED: "muted",
    **{state: row.tone for state, row in TABLE.states.items() if state != S.DRAFT},
}
# Not handed in yet, or sent back.
EDITABLE = TABLE["submit"].at


def not_expected(submissions: str = "") -> Q:
    """School closed by the round's day, not handed in or sent back; one closed later is still judged and asked.

    `submissions` is the path to them, such as "submissions__" from a round.
    """
    closed = Q(**{f"{submissions}state__in": EDITABLE, f"{submissions}school__status": Status.CLOSED})
    by_then = Q(**{f"{submissions}school__closed_on__lte": F(f"{submissions}round__school_year_start")})
    return closed & (by_then | Q(**{f"{submissions}school__closed_on": None}))


def with_stage(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Annotate `stage` and `due` (with an extension; None when nothing is due)."""
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
class Clocks:
    """The three clocks of the figures: 学年初 (1 Sept), 财政 (calendar year), 学年."""

    school_year_start: date
    fiscal_year: int
    school_year: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def clocks(code: str, today: date) -> Clocks:
    """Of the year in a round's code, else of the running one; money: the last fiscal year closed by then."""
    found = re.search(r"20\d\d", code)
    year = int(found.group()) if found else today.year - (today.month < 9)
    start = date(year, 9, 1)
    return Clocks(start, min(year, max(today, start).year - 1), f"{year}-{year + 1}")


def end_of(day: date) -> datetime:
    """A due date includes its day."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def default_due(today: date, school_year_start: date) -> date:
    """Never before the day the figures describe."""
    return max(today, school_year_start) + timedelta(days=DAYS_TO_FILL)


def default_name(code: str) -> str:
    return f"{code} 年度优质均衡自评" if re.fullmatch(r"20\d\d", code) else f"{code} 优质均衡自评"


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
    return (
        rounds.defer("standard__content")
        .annotate(
            respondents=Count("submissions", distinct=True, filter=~not_expected("submissions__")),
            approved=Count("submissions", distinct=True, filter=Q(submissions__state=Submission.State.APPROVED)),
            waiting=Count("submissions", distinct=True, filter=Q(submissions__state__in=TABLE["approve"].at)),
        )
        .order_by("-school_year_start", "-id")
    )


def get(user: User, round_id: int) -> Round:
    """Raises NotFound outside the person's scope."""
    found = for_list(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    return found


def by_code(code: str, *, district_code: str = "", by: User | None = None) -> Round:
    """Without a district the only one `by` may manage. Raises NotFound if none or several are left."""
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
    """With stage, due time and today's `township` (not that of the round's day)."""
    rows = Submission.objects.filter(round=round_).select_related("round__district", "school", "department", "reviewer")
    rows = rows.annotate(township=F("school__township"), township_name=F("school__township__name"))
    return with_stage(visible(user, rows, Perm.ROUND_VIEW)).order_by("school__code", "department__code", "id")


def pipeline(rows: Iterable[Submission], names: int = 4) -> list[PipelineStep]:
    """Counts and first names of each step; `rows` come from `submissions`."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.stage].append(row.respondent)  # type: ignore[attr-defined]
    return [
        PipelineStep(stage, len(found[stage]), tuple(found[stage][:names]))
        for stage in PipelineStage
        if stage not in (PipelineStage.CHECKED, PipelineStage.SCHOOL_CLOSED) or found[stage]
    ]


def unopened_schools(round_: Round) -> QuerySet[School]:
    """On the round's day."""
    schools = directory.of_district(round_.district, round_.school_year_start)
    running = [school.pk for school in schools if school.status == Status.OPEN]
    return School.objects.filter(pk__in=running).exclude(submissions__round=round_)


def unopened_departments(round_: Round) -> QuerySet[Department]:
    active = Department.objects.filter(district=round_.district, status=Department.Status.ACTIVE)
    return active.filter(item_owners__isnull=False).exclude(submission__round=round_).distinct()


def newcomers(round_: Round) -> list[str]:
    return [str(row) for rows in (unopened_departments(round_), unopened_schools(round_)) for row in rows]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Schools of a workbook that are no respondents: what has to be put right, and rows that were only left out."""

    problems: list[Problem]
    notes: list[str]


def strangers(
    round_: Round, rows: Mapping[str, str], register: Mapping[str, School] | None = None, *, unknown: str, unopened: str
) -> Strangers:
    """`rows`: code → place in the workbook. `unknown` and `unopened` say what to do about such a school."""
    if register is None:
        register = {row.code: row for row in School.objects.filter(code__in=rows).select_related("district")}
    found = Strangers([], [])
    for code, where in rows.items():
        school = register.get(code)
        if school is None:
            found.problems.append(Problem(f"学校标识码 {code} 不在学校名录中", where, unknown))
        elif school.district_id != round_.district_id:
            what = f"{school.name}（{code}）属于{school.district.name}，不属于{round_.district.name}"
            found.problems.append(Problem(what, where, "请删除该行，或在该区县的评估年度中导入"))
        elif school.status == Status.CLOSED:
            found.notes.append(f"{where}：{school.name}已停办，不参加填报，该行没有导入。")
        else:
            found.problems.append(Problem(f"{school.name}（{code}）不在本评估年度的填报单位中", where, unopened))
    return found


def not_handed_in(round_: Round, chosen: Collection[int] = ()) -> list[Submission]:
    """Narrowed to `chosen` ids if any; the earliest due first."""
    rows = with_stage(Submission.objects.filter(round=round_, state__in=EDITABLE).exclude(not_expected()))
    if chosen:
        rows = rows.filter(pk__in=chosen)
    then = as_then(rows.select_related("round__district", "school", "department", "extension"))
    # All of a round have a due time, or none has.
    return sorted(then, key=lambda row: (row.due, row.school.code if row.school else "", row.pk))  # type: ignore[attr-defined]


def late(rows: Collection[Submission], now: datetime | None = None) -> list[Submission]:
    now = now or timezone.now()
    return [row for row in rows if row.due is not None and row.due < now]  # type: ignore[attr-defined]


def reminder_key(round_: Round) -> str:
    return f"round-{round_.pk}-remind-{timezone.localdate():%Y%m%d}"


def reminded_today(round_: Round) -> set[int]:
    return set(Notice.objects.filter(key=reminder_key(round_)).values_list("user_id", flat=True))


def self_reports(user: User, round_: Round) -> Mapping[int, Any]:
    """By submission, issued or begun; read by settings.SELF_REPORTS. One query."""
    read: Callable[[User, int], Mapping[int, Any]] = import_string(settings.SELF_REPORTS)
    return read(user, round_.pk)


class ReportStage(TextChoices):
    """How far a school's self-report is; the last two as its slice stores them."""

    NONE = "none", "未交"
    DRAFT = "draft", "草稿"
    ISSUED = "issued", "已签发"


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """One respondent of the pipeline; `row` carries `stage` and `due`, see `with_stage`."""

    row: Submission
    people: Sequence[User] = ()
    progress: FillProgress = NO_PROGRESS
    # The school's self-report in force or begun, as its slice reads it.
    report: Any = None

    @property
    def report_stage(self) -> ReportStage | None:
        """None for who writes none."""
        if not self.row.school_id:
            return None
        return ReportStage(self.report.state) if self.report else ReportStage.NONE

    @property
    def kind(self) -> str:
        school = self.row.school
        return school.kind if school else "部门" if self.row.department_id else "教育局"

    @property
    def stage(self) -> PipelineStage:
        return PipelineStage(self.row.stage)  # type: ignore[attr-defined]

    @property
    def tone(self) -> str:
        return TONES[self.stage]

    @property
    def due(self) -> datetime | None:
        due: datetime | None = self.row.due  # type: ignore[attr-defined]
        return due

    @property
    def days_left(self) -> int | None:
        """In calendar days, negative when overdue; None when nothing is waited for."""
        if self.row.round.state != Round.State.OPEN or self.row.state not in EDITABLE or self.due is None:
            return None
        if self.stage == PipelineStage.SCHOOL_CLOSED:
            return None
        return (timezone.localdate(self.due) - timezone.localdate()).days

    @property
    def late(self) -> str:
        """How long overdue it is; "" if it is not."""
        now, due = timezone.now(), self.due
        # Nothing can be handed in to a closed round, so nothing in it is late either.
        if self.row.round.state != Round.State.OPEN or self.stage == PipelineStage.SCHOOL_CLOSED:
            return ""
        if self.row.state not in EDITABLE or due is None or due >= now:
            return ""
        days = (timezone.localdate(now) - timezone.localdate(due)).days
        return f"已逾期 {days} 天" if days else "今天已截止"
