"""待办: what a person has to do, each with its due day."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import chain
from typing import Any

from django.db.models import (
    BigAutoField,
    Case,
    Count,
    DateField,
    DateTimeField,
    Exists,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from indicators.collection.reviews import queue_queries as queue
from indicators.collection.rounds.queries import EDITABLE, not_expected
from indicators.collection.submissions.models import Round, Submission
from indicators.results.evaluations.models import Evaluation
from inspections.claims import queries as claims
from inspections.duties import queries as duties, workflow as duty
from inspections.escalation import queries as escalations, workflow as escalation
from inspections.escalation.models import LEVELS, Escalation
from inspections.letters import rights as letters
from inspections.letters.models import Letter
from inspections.publicity import queries as publicity, workflow as complaints
from inspections.rectification import queries as ledger, rights as finding_rights, workflow as rectification
from inspections.rectification.models import Finding
from inspections.recusals import queries as recusals, rights as recusal_rights
from inspections.recusals.models import Recusal
from inspections.visits import rights as visit_rights, workflow as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from portal.core.lib.prepared import Prepared
from portal.core.notices.models import Sending
from portal.home import school_task_queries as school_tasks
from portal.home.school_task_queries import Task
from schools.access import scope
from schools.access.scope import Perm

_FAILED_JOBS_SHOWN_DAYS = 7
# Up to this many findings are listed one by one; more become one line.
_ONE_BY_ONE = 8
# What a letter says; a line names it only.
_TEXTS = ("sections", "facts", "typed", "frozen")


def _letters(user: User) -> QuerySet[Letter]:
    sent = Letter.objects.filter(letters.receivable_by(user), state=Letter.State.ISSUED)
    return sent.defer(*_TEXTS).order_by("pk")


_LETTERS = scope.OneSchoolRead(_letters)
_ORDERS = scope.OneSchoolRead(
    lambda user: (
        escalations.answered_by(user)
        .filter(state__in=escalation.TABLE.waiting_for(escalation.ANSWER))
        .order_by("reply_due_on", "pk")[:_ONE_BY_ONE]
    )
)
_FIGURES_TO_ANSWER = scope.OneSchoolRead(
    lambda user: (
        claims.to_answer(user)
        .order_by("visit__finished_at")
        .values("visit", "visit__school__name", "visit__subject")
        .annotate(n=Count("pk"))
    )
)
_DUTY_REPORTS = scope.OneSchoolRead(
    lambda user, soon: duties.to_report(user, soon)[: _ONE_BY_ONE + 1], soon=DateField()
)
_FAILED = Prepared(
    lambda user, since: Job.objects.filter(owner=user, state=Job.State.FAILED, finished_at__gte=since).defer(
        "args", "result"
    )[:5],
    user=BigAutoField(),
    since=DateTimeField(),
)


def in_words(user: User) -> list[str]:
    return [f"{one.action}（{one.subject}）{one.remaining if one.days is not None else ''}" for one in for_user(user)]


def for_user(user: User, own: Collection[Any] | None = None) -> list[Task]:
    """By due day, those without one last; `own` are the `own_submissions` if they are at hand."""
    own = school_tasks.own_submissions(user) if own is None else own
    sources = (
        partial(school_tasks.to_fill, own=own),
        school_tasks.to_update,
        partial(school_tasks.to_write_report, own=own),
        school_tasks.to_sign_report,
        to_review,
        to_manage_rounds,
        to_receive,
        to_rectify,
        to_verify,
        to_dispatch,
        to_escalate,
        to_answer_orders,
        to_reply,
        to_report,
        to_check,
        to_visit,
        to_lead,
        to_regroup,
        to_decide,
        to_answer,
        to_send_back,
        failed_jobs,
        to_confirm,
    )
    found = chain.from_iterable(source(user) for source in sources)
    return sorted(found, key=lambda task: (task.due is None, task.due or dt.date.max, task.subject))


def to_confirm(user: User) -> Iterator[Task]:
    """For addresses given before links were sent."""
    if user.digest == Sending.Channel.EMAIL and user.email_confirmed_at is None:
        yield Task("确认邮箱", user.email, reverse("notices:digest"), note="确认以后才发每日汇总")


def to_receive(user: User) -> Iterator[Task]:
    if not any(scope.holds(user, perm) for perm in (Perm.FINDING_RECTIFY, Perm.FINDING_ANSWER)):
        return
    for row in _LETTERS(user):
        yield Task("签收文书", str(row), reverse("letters:detail", args=[row.pk]))


def to_review(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.SUBMISSION_REVIEW):
        return
    last_step = Case(When(state=Submission.State.CHECKED, then=True), default=False)
    waiting = queue.to_decide(user).order_by().annotate(last_step=last_step)
    rows = waiting.values("round__name", "round__district__name", "last_step")
    for row in rows.annotate(n=Count("pk", distinct=True), oldest=Min("submitted_at")).order_by("oldest"):
        subject = f"{row['round__district__name']} · {row['round__name']}"
        since = row["oldest"]
        days = (timezone.localdate() - timezone.localtime(since).date()).days if since else 0
        waited = f"最早一份已等待 {days} 天" if days else "今天送达"
        verb = "审定" if row["last_step"] else "审核"
        yield Task(f"{verb} {row['n']} 份填报", subject, reverse("reviews:queue"), note=waited)


def to_manage_rounds(user: User) -> Iterator[Task]:
    """Per open round: remind the late ones; evaluate when everything is approved."""
    if not scope.holds(user, Perm.ROUND_MANAGE):
        return
    rounds = scope.visible(user, Round.objects.filter(state=Round.State.OPEN), Perm.ROUND_MANAGE)
    now = timezone.now()
    due = Q(submissions__extension=None, due_at__lt=now) | Q(submissions__extension__due_at__lt=now)
    gone = not_expected("submissions__")
    rows = rounds.select_related("district").annotate(
        total=Count("submissions", filter=~gone),
        approved=Count("submissions", filter=Q(submissions__state=Submission.State.APPROVED)),
        late=Count("submissions", filter=Q(submissions__state__in=EDITABLE) & due & ~gone),
        decided=Max("submissions__decided_at"),
    )
    evaluations = Evaluation.objects.filter(round__in=rows.values("pk")).order_by().values("round")
    judged = dict(evaluations.annotate(last=Max("created_at")).values_list("round", "last"))
    for row in rows:
        subject, last = f"{row.district} · {row.name}", judged.get(row.pk)
        if row.late:
            url = reverse("rounds:detail", args=[row.pk])
            due_on = min(timezone.localtime(row.due_at).date(), timezone.localdate())
            yield Task(f"催报 {row.late} 家", subject, f"{url}?late=on", due_on)
        if row.total and row.approved == row.total and (last is None or (row.decided and last < row.decided)):
            yield Task("运行评估", subject, reverse("board:board"), note="全部填报已审核通过")


def _answered(user: User) -> QuerySet[Finding]:
    states = rectification.TABLE.waiting_for(rectification.RECTIFY)
    return Finding.objects.filter(finding_rights.answered_by(user), state__in=states)


_TO_RECTIFY = scope.OneSchoolRead(lambda user: _first(_answered(user)))


def to_rectify(user: User) -> Iterator[Task]:
    yield from _for_findings(_TO_RECTIFY(user), partial(_answered, user))


def to_verify(user: User) -> Iterator[Task]:
    if not scope.holds(user, rectification.VERIFY.perms[0]):
        return
    rows = finding_rights.verifiable_by(user).filter(state__in=rectification.TABLE.waiting_for(rectification.VERIFY))
    yield from _for_findings(list(_first(rows)), lambda: rows)


def to_dispatch(user: User) -> Iterator[Task]:
    if not scope.holds(user, rectification.DISPATCH.perms[0]):
        return
    rows = Finding.objects.filter(state__in=rectification.TABLE.waiting_for(rectification.DISPATCH))
    found = scope.visible(user, rows, Perm.FINDING_DISPATCH).aggregate(n=Count("pk"), due=Min("due_on"))
    if found["n"]:
        url = reverse("rectification:list")
        yield Task(f"派发 {found['n']} 项问题", "问题台账", f"{url}?state=to_dispatch", found["due"])


def _first(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    return rows.select_related("school", "department", "bureau").order_by("due_on", "pk")[: _ONE_BY_ONE + 1]


def _for_findings(first: list[Finding], rows: Callable[[], QuerySet[Finding]]) -> Iterator[Task]:
    states = rectification.TABLE.states
    if len(first) > _ONE_BY_ONE:
        for state, count, due in rows().order_by().values_list("state").annotate(Count("pk"), Min("due_on")):
            url = f"{reverse('rectification:list')}?state={state}"
            yield Task(f"{states[state].task} {count} 项", "问题台账", url, due)
        return
    now = ledger.current(first) if first else {}
    for row in first:
        url = reverse("rectification:detail", args=[row.pk])
        subject = f"{row.respondent} · {row.indicator} · {Truncator(now[row.pk].problem).chars(60)}"
        yield Task(states[row.state].task, subject, url, row.due_on, note=row.number)


def to_escalate(user: User) -> Iterator[Task]:
    """What the office or the leader has to decide, by level; and the replies to check."""
    if not any(scope.holds(user, perm) for perm in escalation.DECIDE.perms):
        return
    url = reverse("escalation:list")
    for row in escalations.to_decide(user).order_by().values("level").annotate(n=Count("pk"), due=Min("due_on")):
        name = LEVELS[row["level"]].name
        yield Task(f"决定 {row['n']} 项{name}", "督办", f"{url}?state=proposed&level={row['level']}", note="待您决定")
    for answered in escalations.to_finish(user).select_related(*escalation.WHOSE)[:_ONE_BY_ONE]:
        yield _for_escalation(answered, None)


def to_answer_orders(user: User) -> Iterator[Task]:
    if not any(scope.holds(user, perm) for perm in escalation.ANSWER.perms):
        return
    for row in _ORDERS(user):
        yield _for_escalation(row, row.reply_due_on)


def to_reply(user: User) -> Iterator[Task]:
    """Complaints of people without an account: each was promised an answer by a day."""
    if not scope.holds(user, Perm.FINDING_DISPATCH):
        return
    rows = publicity.unanswered(user).order_by("due_on", "pk")
    for row in rows[:_ONE_BY_ONE]:
        url, about = reverse("publicity:complaint", args=[row.pk]), Truncator(row.text).chars(30)
        yield Task(complaints.TABLE.states[row.state].task, about, url, row.due_on)


def to_report(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.DUTY_REPORT):
        return
    soon = duties.soon()
    first = _DUTY_REPORTS(user, soon=soon)
    if len(first) > _ONE_BY_ONE:
        count = duties.to_report(user, soon).count()
        yield Task(f"报送 {count} 份任务进展", "目标任务", reverse("duties:list"), first[0].due_on)
        return
    for row in first:
        url, what = reverse("duties:detail", args=[row.year.duty_id]), duty.TABLE.states[row.state].task
        yield Task(what, f"{row.year.duty}（{row}）", url, row.due_on)


def to_check(user: User) -> Iterator[Task]:
    """Never one's own reports."""
    if not scope.holds(user, Perm.DUTY_CHECK):
        return
    rows = duties.to_check(user).order_by().values_list("year__year")
    for year, count in rows.annotate(Count("pk")).order_by("year__year"):
        yield Task(f"核对 {count} 份任务进展", "目标任务", f"{reverse('duties:list')}?year={year}&state=reported")


def _for_escalation(row: Escalation, due: dt.date | None) -> Task:
    url = reverse("escalation:detail", args=[row.pk])
    subject = f"{row} · {row.finding.answering_name} · 问题 {row.finding.number}"
    return Task(escalation.TABLE.states[row.state].task, subject, url, due, note=row.get_level_display())


def to_visit(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.VISIT_RECORD):
        return
    states = visits.TABLE.states
    mine = visit_rights.own_to_record(user).filter(state__in=visits.TABLE.waiting_for(visits.RECORD))
    for row in mine.select_related("school").defer("checklist").order_by("planned_on", "pk")[:20]:
        url = reverse("visits:detail", args=[row.pk])
        yield Task(
            states[row.state].task, f"{row.school} · {row.subject}", url, row.planned_on, note=row.get_kind_display()
        )


def to_lead(user: User) -> Iterator[Task]:
    """What a 局领导 who is no 督学 leads: one line a campaign, with the next school."""
    if not scope.holds(user, Perm.VISIT_LEAD) or scope.holds(user, Perm.VISIT_RECORD):
        return
    rows = Visit.objects.filter(leader=user, state__in=visits.TABLE.waiting_for(visits.RECORD))
    rows = rows.exclude(school__in=recusals.schools_left_by(user, timezone.localdate())).defer("checklist")
    mine = list(scope.visible(user, rows, Perm.VISIT_VIEW).select_related("school").order_by("planned_on", "pk"))
    for first in {(row.campaign_id or -row.pk): row for row in reversed(mine)}.values():
        own = [row for row in mine if row.campaign_id and row.campaign_id == first.campaign_id] or [first]
        if first.campaign_id:
            url, note = reverse("campaigns:detail", args=[first.campaign_id]), f"还有 {len(own)} 所学校"
        else:
            url, note = reverse("visits:detail", args=[first.pk]), first.get_kind_display()
        yield Task("带队督导", f"{first.subject} · {first.school}", url, first.planned_on, note=note)


def to_regroup(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.VISIT_PLAN):
        return
    today = timezone.localdate()
    rows = Visit.objects.filter(state__in=visits.TABLE["change_team"].at).annotate(day=Greatest("planned_on", today))
    recused = Recusal.objects.filter(Recusal.in_force(OuterRef("day")), school=OuterRef("school"))
    rows = rows.filter(Exists(recused.filter(inspector__visits=OuterRef("pk"))))
    rows = scope.visible(user, rows, Perm.VISIT_PLAN).select_related("school").defer("checklist")
    for row in rows.order_by("planned_on", "pk")[:20]:
        url = reverse("visits:detail", args=[row.pk])
        yield Task("调整督导小组", f"{row.school} · {row.subject}", url, row.planned_on, note="小组里有人应当回避")


def to_decide(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.RECUSAL_MANAGE):
        return
    rows = recusal_rights.managed_by(user).filter(Recusal.undecided()).select_related("school", "inspector")
    for row in rows.order_by("pk")[:20]:
        url = f"{reverse('recusals:list')}?origin={row.origin}"
        yield Task("决定学校提出的异议", str(row), url, note="决定前暂按回避")


def to_answer(user: User) -> Iterator[Task]:
    """One per visit whose figures differ from the school's."""
    if not scope.holds(user, Perm.FINDING_RECTIFY):
        return
    for row in _FIGURES_TO_ANSWER(user):
        url = reverse("claims:visit", args=[row["visit"]])
        yield Task(f"答复 {row['n']} 处现场核查不符", f"{row['visit__school__name']} · {row['visit__subject']}", url)


def to_send_back(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.SUBMISSION_REVIEW):
        return
    asked = claims.to_send_back(user).order_by("revision__submission")
    rows = asked.values("revision__submission", "revision__submission__round__name", "visit__school__name")
    for row in rows.annotate(n=Count("pk")):
        subject = f"{row['visit__school__name']} · {row['revision__submission__round__name']}"
        url = reverse("reviews:review", args=[row["revision__submission"]])
        yield Task(f"退回 {row['n']} 处请学校更正", subject, f"{url}?tab=figures", note="现场核查不符，学校要求更正")


def failed_jobs(user: User) -> Iterator[Task]:
    for job in _FAILED(user=user.pk, since=timezone.now() - dt.timedelta(days=_FAILED_JOBS_SHOWN_DAYS)):
        yield Task("查看失败原因并重试", job.title, reverse("jobs:detail", args=[job.pk]), note="后台任务失败")
