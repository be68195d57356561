"""What whoever fills in a form has to do, most of all at schools."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds.queries import EDITABLE, PipelineStage, not_expected, with_stage
from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions.models import Decision, Round, SendBackReason, Submission
from indicators.collection.submissions.workflow import TABLE as REVIEW
from indicators.planning.monthly import queries as monthly
from indicators.planning.monthly.models import MonthlyDay
from inspections.self_reports import queries as self_reports
from portal.core.accounts.models import User
from portal.home.task import Task
from schools.access import scope
from schools.access.scope import Perm


def under_way(user: User) -> list[Submission]:
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return []
    rows = own_submissions(user, Perm.SUBMISSION_FILL)
    return list(rows.filter(Q(state__in=REVIEW["send_back"].at) | Q(stage=PipelineStage.AWAITING_HEAD)))


def own_submissions(user: User, perm: Perm) -> QuerySet[Any]:
    """Of the own school, department or bureau, with `stage` and `due`.

    Not those a bureau's administrator may fill in for schools.
    """
    rows = Submission.objects.filter(scope.own(user, perm, Submission), round__state=Round.State.OPEN)
    return with_stage(scope.visible(user, rows, perm)).select_related("round__district", "school", "department")


def to_fill(user: User) -> Iterator[Task]:
    if not scope.holds(user, Perm.SUBMISSION_FILL):
        return
    rows = list(own_submissions(user, Perm.SUBMISSION_FILL).filter(state__in=EDITABLE).exclude(not_expected()))
    if not rows:
        return
    signable = _signable(user) if scope.holds(user, Perm.SUBMISSION_SIGN) else set()
    sent_back = [row.pk for row in rows if row.state == Submission.State.SENT_BACK]
    reasons = _open_reasons(sent_back) if sent_back else {}
    given = SectionShare.objects.filter(user=user, submission__in=[row.pk for row in rows])
    for row in rows:
        due, page = timezone.localtime(row.due).date() if row.due else None, "edit"
        own = [share for share in given if share.submission_id == row.pk]
        for share in own if row.stage != PipelineStage.AWAITING_HEAD else ():
            if share.done_at is None:
                url = reverse("submissions:section", args=[row.pk, share.section])
                yield Task(f"填写“{share.label}”", str(row), url, due, note="交给您的栏目")
        if row.stage == PipelineStage.AWAITING_HEAD:
            if row.pk not in signable:
                continue
            page, action = "sign", "核对并签发提交"
        elif own and row.lead_id not in (None, user.pk) and row.pk not in signable:
            # The rest is for the others and for who is in charge.
            continue
        elif row.state == Submission.State.SENT_BACK:
            count = reasons.get(row.pk, 0)
            action = f"回复 {count} 处退回" if count else "修改退回的填报"
        else:
            action = "开始填报" if row.stage == PipelineStage.NOT_STARTED else "继续填报"
        url = reverse(f"submissions:{page}", args=[row.pk])
        yield Task(action, str(row), url, due)


def _signable(user: User) -> set[int]:
    rows = own_submissions(user, Perm.SUBMISSION_SIGN).filter(state__in=EDITABLE)
    return set(rows.values_list("pk", flat=True))


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


def to_update(user: User) -> Iterator[Task]:
    """Last month's changes, until they are reported."""
    own = scope.granted(user, Perm.SUBMISSION_FILL)["school"]
    days = MonthlyDay.objects.filter(day__isnull=False, district__schools__in=own).distinct() if own else ()
    for day in days:
        month = monthly.last_month()
        for school in monthly.unreported(day, own):
            url = f"{reverse('monthly:school', args=[school.code])}?month={month:%Y-%m}"
            yield Task(f"报 {month.month} 月动态", school.name, url, monthly.due_on(day), note="没有变化也要报")


def to_write_report(user: User) -> Iterator[Task]:
    if scope.granted(user, Perm.SUBMISSION_FILL)["school"]:
        for row in self_reports.to_write(user)[:3]:
            yield Task("写学校自评报告", str(row), reverse("self_reports:detail", args=[row.pk]), note="数已填好")


def to_sign_report(user: User) -> Iterator[Task]:
    if scope.granted(user, Perm.REPORT_ISSUE)["school"]:
        for row in self_reports.to_issue(user)[:3]:
            url = reverse("self_reports:detail", args=[row.submission_id])
            yield Task("核对并签发自评报告", str(row.submission), url, note="已经写好，等您签发")
