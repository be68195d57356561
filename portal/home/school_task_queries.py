"""One thing a person has to do, as the 待办 list shows it; and what whoever fills in a form has to do, most of all at schools."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BigAutoField, Count, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds.queries import EDITABLE, PipelineStage, with_stage
from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions.models import Decision, Round, SendBackReason, Submission
from indicators.collection.submissions.workflow import TABLE as REVIEW
from indicators.planning.monthly import queries as monthly
from indicators.planning.monthly.models import MonthlyDay
from inspections.self_reports import queries as self_reports
from portal.core.accounts.models import User
from portal.core.lib.prepared import Prepared
from schools.access import scope
from schools.access.scope import Perm

_SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do: the next action, what it is about, where, until when."""

    action: str
    subject: str
    url: str
    due: dt.date | None = None
    note: str = ""

    @property
    def days(self) -> int | None:
        """Negative when overdue."""
        return None if self.due is None else (self.due - timezone.localdate()).days

    @property
    def tone(self) -> str:
        if self.days is None:
            return "muted"
        if self.days < 0:
            return "bad"
        return "warn" if self.days <= _SOON_DAYS else "info"

    @property
    def is_urgent(self) -> bool:
        return self.tone in ("bad", "warn")

    @property
    def remaining(self) -> str:
        if self.days is None:
            return "无期限"
        if self.days < 0:
            return f"已逾期 {-self.days} 天"
        return "今天截止" if self.days == 0 else f"还剩 {self.days} 天"


def _own(user: User) -> QuerySet[Any]:
    rows = Submission.objects.filter(
        scope.own(user, Perm.SUBMISSION_FILL, Submission), round__state=Round.State.OPEN
    ).select_related("round__district", "school", "department")
    return with_stage(scope.visible(user, rows, Perm.SUBMISSION_FILL))


_OWN = scope.OneSchoolRead(_own)
_SHARES = Prepared(
    lambda user: SectionShare.objects.filter(user=user, submission__round__state=Round.State.OPEN), user=BigAutoField()
)
_REPORTS_TO_WRITE = scope.OneSchoolRead(lambda user: self_reports.to_write(user)[:3])
_REPORTS_TO_SIGN = scope.OneSchoolRead(lambda user: self_reports.to_issue(user)[:3])


def own_submissions(user: User) -> list[Any]:
    """In open rounds, of the own school, department or bureau, with `stage` and `due`.

    Not those a bureau's administrator may fill in for schools.
    """
    return _OWN(user) if scope.holds(user, Perm.SUBMISSION_FILL) else []


def under_way(own: Collection[Any]) -> list[Any]:
    """Of `own_submissions`."""
    states = REVIEW["send_back"].at
    return [row for row in own if row.state in states or row.stage == PipelineStage.AWAITING_HEAD]


def to_fill(user: User, own: Collection[Any]) -> Iterator[Task]:
    rows = [row for row in own if row.state in EDITABLE and row.stage != PipelineStage.SCHOOL_CLOSED]
    if not rows:
        return
    signable = {row.pk for row in rows if scope.is_own(user, Perm.SUBMISSION_SIGN, row)}
    sent_back = [row.pk for row in rows if row.state == Submission.State.SENT_BACK]
    reasons = _open_reasons(sent_back) if sent_back else {}
    given = _SHARES(user=user.pk)
    for row in rows:
        due, page = timezone.localtime(row.due).date() if row.due else None, "edit"
        mine = [share for share in given if share.submission_id == row.pk]
        for share in mine if row.stage != PipelineStage.AWAITING_HEAD else ():
            if share.done_at is None:
                url = reverse("submissions:section", args=[row.pk, share.section])
                yield Task(f"填写“{share.label}”", str(row), url, due, note="交给您的栏目")
        if row.stage == PipelineStage.AWAITING_HEAD:
            if row.pk not in signable:
                continue
            page, action = "sign", "核对并签发提交"
        elif mine and row.lead_id not in (None, user.pk) and row.pk not in signable:
            # The rest is for the others and for who is in charge.
            continue
        elif row.state == Submission.State.SENT_BACK:
            count = reasons.get(row.pk, 0)
            action = f"回复 {count} 处退回" if count else "修改退回的填报"
        else:
            action = "开始填报" if row.stage == PipelineStage.NOT_STARTED else "继续填报"
        url = reverse(f"submissions:{page}", args=[row.pk])
        yield Task(action, str(row), url, due)


def _open_reasons(sent_back: list[int]) -> dict[int, int]:
    """Of the latest decision on each submission."""
    latest = (
        Decision.objects.filter(revision__submission=OuterRef("decision__revision__submission"))
        .order_by("-revision__number")
        .values("pk")[:1]
    )
    reasons = SendBackReason.objects.filter(decision__revision__submission__in=sent_back, decision=Subquery(latest))
    counted = reasons.values_list("decision__revision__submission").annotate(n=Count("pk")).order_by()
    return dict(counted)


_MONTHLY_DAYS = scope.OneSchoolRead(
    lambda user: MonthlyDay.objects.filter(
        scope.among("district__schools", scope.granted(user, Perm.SUBMISSION_FILL)["school"]), day__isnull=False
    ).distinct()
)


def to_update(user: User) -> Iterator[Task]:
    """Last month's changes, until they are reported."""
    own = scope.granted(user, Perm.SUBMISSION_FILL)["school"]
    for day in _MONTHLY_DAYS(user) if own else ():
        month = monthly.last_month()
        for school in monthly.unreported(day, own):
            url = f"{reverse('monthly:school', args=[school.code])}?month={month:%Y-%m}"
            yield Task(f"报 {month.month} 月动态", school.name, url, monthly.due_on(day), note="没有变化也要报")


def to_write_report(user: User, own: Collection[Any]) -> Iterator[Task]:
    if any(row.school_id and row.state not in EDITABLE for row in own):
        for row in _REPORTS_TO_WRITE(user):
            yield Task("写学校自评报告", str(row), reverse("self_reports:detail", args=[row.pk]), note="数已填好")


def to_sign_report(user: User) -> Iterator[Task]:
    if scope.granted(user, Perm.REPORT_ISSUE)["school"]:
        for row in _REPORTS_TO_SIGN(user):
            url = reverse("self_reports:detail", args=[row.submission_id])
            yield Task("核对并签发自评报告", str(row.submission), url, note="已经写好，等您签发")
