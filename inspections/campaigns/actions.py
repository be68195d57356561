"""Actions of campaigns: start one with all its visits; change its facts, schools and teams; cancel it.

What is changed or cancelled of a visit goes through the visit's own action.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from inspections.campaigns import queries, rights
from inspections.campaigns.models import Campaign
from inspections.visits import actions as visits, rights as visit_rights, workflow
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure
from schools.directory.models import District, School

_FACTS = ("theme", "starts_on", "ends_on", "indicators", "matters", "notice_no")
_PLANNED = Visit.State.PLANNED


@transaction.atomic
def create(*, draft: queries.Brief, seen: str, by: User) -> Campaign:
    """Make the visits of a plan whose digest the person has `seen`; schools and teams are notified.

    The same plan again is the same campaign. Raises Invalid for a plan with problems, Conflict when it has changed
    since.
    """
    # The lock of its campaigns: of two tabs the second finds what the first made.
    district = District.objects.select_for_update(no_key=True).filter(pk=draft.district.pk).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.CAMPAIGN_MANAGE, district)
    if known := Campaign.objects.filter(district=district, digest=seen, cancelled_at=None).first():
        return known
    plan = _plan_as_seen(draft, seen)
    campaign = Campaign.objects.create(
        district=district,
        theme=draft.theme,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        indicators=list(draft.indicators),
        matters=draft.matters,
        notice_no=draft.notice_no,
        per_day=draft.per_day,
        digest=plan.digest,
        created_by=by,
        updated_by=by,
    )
    with audit.gathered():
        for stop in plan.stops:
            if stop.team is None or stop.on is None:
                raise RuntimeError(f"{stop.school.code} has no team or day, though the plan has no problems")
            _plan(campaign, stop.school, stop.team.leader, stop.team.people, stop.on, draft.template, by)
        after = {
            "theme": draft.theme,
            "indicators": draft.indicators,
            "matters": draft.matters,
            "schools": len(plan.stops),
            "teams": [f"{team}：{'、'.join(person.name for person in team.people)}" for team in draft.teams],
        }
        audit.record("campaign.create", by=by, obj=campaign, after=after)
    # One notice a person, however many schools.
    when = f"{dates.day(campaign.starts_on)}至{dates.day(campaign.ends_on)}"
    for share in plan.shares:
        text = f"您参加专项督导“{campaign.theme}”（{share.team}，{when}），共 {share.stops} 所学校"
        _notify(campaign, [share.person], "team", text, by)
    return campaign


def _plan_as_seen(draft: queries.Brief, seen: str) -> queries.Plan:
    """Locks its schools until the visits are made. Raises Invalid or Conflict."""
    ids = [school.pk for school in draft.schools]
    list(School.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))
    plan = queries.make_plan(draft)
    if plan.problems:
        raise Invalid("专项督导没有安排成功，请按下面的提示修改。", plan.problems)
    if plan.digest != seen:
        raise Conflict("预览之后情况有变化（授权、回避或日期），没有安排。请核对新的预览，再确认。")
    return plan


def _plan(
    campaign: Campaign, school: School, leader: User, people: Collection[User], on: dt.date, template: str, by: User
) -> None:
    facts = {"kind": Visit.Kind.SPECIAL, "template": template, "subject": campaign.theme, "planned_on": on}
    visit = workflow.new(school, leader, people, by, campaign=campaign, notice_no=campaign.notice_no, **facts)
    names = [person.name for person in people]
    audit.record("visit.plan", by=by, obj=visit, after=facts | {"leader": leader.name, "team": names})


@transaction.atomic
def edit(*, campaign_id: int, seen: str, facts: dict[str, Any], reason: str, by: User) -> Campaign:
    """Theme, period, indicators, matters, number of the notice.

    Visits not begun follow; schools and teams are notified. The same facts change nothing. `seen`: when the campaign
    last changed, as the person saw it. Raises Invalid for a period that leaves a planned visit outside.
    """
    campaign = _open(campaign_id, by)
    before = {name: getattr(campaign, name) for name in _FACTS}
    if before == facts:
        return campaign
    if campaign.updated_at.isoformat() != seen:
        raise Conflict("这项专项督导刚有人修改过，您的修改还没有保存。请刷新页面，核对后再改。")
    reason = written.reason(reason, "修改专项督导")
    if facts["ends_on"] < facts["starts_on"]:
        raise Invalid("专项督导没有修改。", [Problem("结束日期早于开始日期", "起止日期", "请重新填写")])
    planned = list(_planned(campaign))
    problems = [
        Problem(f"{visit.planned_on:%Y-%m-%d} 不在新的起止日期内", visit.school.name, "请先给这所学校改期")
        for visit in planned
        if not facts["starts_on"] <= visit.planned_on <= facts["ends_on"]
    ]
    if problems:
        raise Invalid("专项督导没有修改，有督导不在新的起止日期内。", problems)
    for name, value in facts.items():
        setattr(campaign, name, value)
    campaign.change_reason, campaign.updated_by = reason, by
    campaign.save()
    said = {"subject": campaign.theme, "notice_no": campaign.notice_no}
    _planned(campaign).update(**said, updated_at=timezone.now(), updated_by=by)
    what = f"changed-{timezone.now():%Y%m%d%H%M%S%f}"
    number = f"（通知文号 {campaign.notice_no}）" if campaign.notice_no else ""
    for visit in planned:
        workflow.notify_school(
            visit, what, f"将到校的专项督导有修改：{campaign.theme}{number}，原因：{reason}。请看督导事项", by
        )
    _notify(campaign, _people(planned), what, f"专项督导“{campaign.theme}”有修改：{reason}", by)
    audit.record("campaign.edit", by=by, obj=campaign, before=before, after=facts | {"reason": reason})
    return campaign


@transaction.atomic
def add(
    *, campaign_id: int, school_ids: Collection[int], visit_id: int, planned_on: dt.date, reason: str, by: User
) -> Campaign:
    """Visits of further schools by the team of `visit_id`; schools and team are notified.

    Schools already in stay as they are. Raises Invalid naming each school that cannot be added.
    """
    campaign = _open(campaign_id, by)
    like = _visit(campaign, visit_id)
    known = set(campaign.visits.exclude(state=Visit.State.CANCELLED).values_list("school", flat=True))
    rows = School.objects.filter(pk__in=[pk for pk in school_ids if pk not in known], district=campaign.district)
    schools = list(rows.select_related("district__parent").select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not schools:
        return campaign
    reason = written.reason(reason, "增加学校")
    problems = []
    if not campaign.starts_on <= planned_on <= campaign.ends_on:
        problems.append(Problem("不在起止日期内", "计划日期", "请改日期，或先修改起止日期"))
    same = campaign.visits.filter(leader=like.leader, planned_on=planned_on).exclude(state=Visit.State.CANCELLED)
    if (count := same.count() + len(schools)) > campaign.per_day:
        what = f"{dates.day(planned_on)}这个组要去 {count} 所，每天最多 {campaign.per_day} 所"
        problems.append(Problem(what, "计划日期", "请分几天增加"))
    members = list(like.team.all())
    for school in schools:
        found = visit_rights.problems_of_plan(school, Visit.Kind.SPECIAL, planned_on, like.leader, members)
        problems += [problem for problem in found if problem not in problems]
    if problems:
        raise Invalid("没有增加学校，请按下面的提示修改。", problems)
    with audit.gathered():
        for school in schools:
            _plan(campaign, school, like.leader, members, planned_on, like.template, by)
        after = {"schools": [school.name for school in schools], "planned_on": planned_on, "reason": reason}
        audit.record("campaign.add", by=by, obj=campaign, after=after)
    text = f"专项督导“{campaign.theme}”增加 {len(schools)} 所学校（{dates.day(planned_on)}）：{reason}"
    _notify(campaign, members, f"added-{timezone.now():%Y%m%d%H%M%S%f}", text, by)
    return campaign


@transaction.atomic
def drop(*, campaign_id: int, visit_ids: Collection[int], reason: str, by: User) -> Campaign:
    """Raises Invalid naming those begun."""
    campaign = _open(campaign_id, by)
    chosen = list(_visits(campaign).filter(pk__in=visit_ids).exclude(state=Visit.State.CANCELLED))
    begun = [visit for visit in chosen if visit.state != _PLANNED]
    if begun:
        problems = [Problem(f"督导{visit.get_state_display()}", visit.school.name, "请不要勾选它") for visit in begun]
        raise Invalid("没有取消，已经开始的督导照常完成。", problems)
    if chosen:
        reason = written.reason(reason, "取消学校")
        with audit.gathered():
            _cancel(campaign, chosen, f"取消对 {len(chosen)} 所学校的督导", reason, by)
            after = {"schools": [visit.school.name for visit in chosen], "reason": reason}
            audit.record("campaign.drop", by=by, obj=campaign, after=after)
    return campaign


@transaction.atomic
def change_team(
    *, campaign_id: int, visit_id: int, leader: User, team: Iterable[User] = (), reason: str, by: User
) -> Campaign:
    """For all visits not begun with the team of `visit_id`; the same team changes nothing.

    Raises Invalid as the visit's own action does, for all schools at once.
    """
    campaign = _open(campaign_id, by)
    group = queries.group_of(_visit(campaign, visit_id))
    mine = [visit for visit in _planned(campaign) if queries.group_of(visit) == group]
    before, members = _people(mine), {person.pk: person for person in (leader, *team)}
    if group == (leader.pk, frozenset(members)):
        return campaign
    reason, problems = written.reason(reason, "调整督导小组"), dict[Problem, None]()
    with audit.gathered():
        for visit in mine:
            try:
                visits.change_team(
                    visit_id=visit.pk, leader=leader, team=members.values(), reason=reason, by=by, notify_team=False
                )
            except Invalid as refusal:
                problems |= dict.fromkeys(refusal.problems)
        if problems:
            raise Invalid("督导小组没有调整，请按下面的提示修改。", list(problems))
        after = {
            "schools": [visit.school.name for visit in mine],
            "leader": leader.name,
            "team": [person.name for person in members.values()],
            "reason": reason,
        }
        audit.record("campaign.change_team", by=by, obj=campaign, after=after)
    what, about = f"team-{timezone.now():%Y%m%d%H%M%S%f}", f"专项督导“{campaign.theme}”，共 {len(mine)} 所学校"
    known = {person.pk for person in before}
    _notify(campaign, [one for pk, one in members.items() if pk not in known], what, f"您参加{about}", by)
    gone = [person for person in before if person.pk not in members]
    _notify(campaign, gone, what, f"您不再参加{about}：{reason}", by)
    return campaign


@transaction.atomic
def cancel(*, campaign_id: int, reason: str, by: User) -> Campaign:
    """Visits begun stay. A second time changes nothing.

    Raises Conflict when all its visits are done.
    """
    campaign = _locked(campaign_id, by)
    if campaign.cancelled_at is not None:
        return campaign
    reason, planned = written.reason(reason, "取消专项督导"), list(_planned(campaign))
    going_on = campaign.visits.filter(state__in=(Visit.State.UNDERWAY, Visit.State.DONE)).count()
    if not planned and going_on:
        raise Conflict("这项专项督导的学校都已经开始或完成督导，不能取消。")
    campaign.cancel_reason, campaign.cancelled_at, campaign.cancelled_by = reason, timezone.now(), by
    campaign.updated_by = by
    campaign.save()
    with audit.gathered():
        _cancel(campaign, planned, "取消", reason, by)
        after = {"reason": reason, "cancelled": len(planned), "going_on": going_on}
        audit.record("campaign.cancel", by=by, obj=campaign, after=after)
    return campaign


def _cancel(campaign: Campaign, planned: Sequence[Visit], what: str, reason: str, by: User) -> None:
    """The visit's own action notifies the school; each person of the teams gets one notice."""
    for visit in planned:
        visits.cancel(visit_id=visit.pk, reason=reason, by=by, notify_team=False)
    key = f"cancelled-{timezone.now():%Y%m%d%H%M%S%f}"
    _notify(campaign, _people(planned), key, f"专项督导“{campaign.theme}”{what}：{reason}", by)


def _locked(campaign_id: int, by: User) -> Campaign:
    """Lock for changes to several of its visits."""
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    campaign = rows.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("没有这项专项督导，或不在您可以查看的范围内。")
    ensure(by, Perm.CAMPAIGN_MANAGE, campaign)
    return campaign


def _open(campaign_id: int, by: User) -> Campaign:
    campaign = _locked(campaign_id, by)
    rights.ensure_change(by, campaign)
    return campaign


def _visits(campaign: Campaign) -> QuerySet[Visit]:
    rows = campaign.visits.select_related("school__district__parent", "leader").prefetch_related("team")
    return rows.order_by("planned_on", "pk")


def _planned(campaign: Campaign) -> QuerySet[Visit]:
    return _visits(campaign).filter(state=_PLANNED)


def _visit(campaign: Campaign, visit_id: int) -> Visit:
    visit = _visits(campaign).filter(pk=visit_id).first()
    if visit is None:
        raise Invalid("没有办理：请选择督导小组。")
    return visit


def _people(planned: Iterable[Visit]) -> list[User]:
    return list({person.pk: person for visit in planned for person in visit.team.all()}.values())


def _notify(campaign: Campaign, people: Iterable[User], what: str, text: str, by: User) -> None:
    url = reverse("campaigns:detail", args=[campaign.pk])
    notify(people, text=text, url=url, key=f"campaign:{campaign.pk}:{what}", by=by)
