"""Changing a campaign as a whole: its facts, schools and teams, and its end."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from inspections.campaigns import actions
from inspections.campaigns.models import Campaign
from inspections.recusals import actions as recusals
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.cast import Cast, grant, make_school
from tests.inspections.campaigns.test_actions import started
from tests.inspections.campaigns.test_planning import draft, inspectors, schools
from tests.inspections.making import today
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def campaign(cast: Cast) -> Campaign:
    """Three schools, the first with a head of its own, made by the leader with three inspectors."""
    places = schools(cast, 3)
    grant(cast.principal_a, "principal", school=places[0])
    return started(cast, draft(cast, places, [(cast.leader, inspectors(cast, 3))], per_day=3))


def facts(campaign: Campaign, **changes) -> dict:
    campaign.refresh_from_db()
    names = ("theme", "starts_on", "ends_on", "indicators", "matters", "notice_no")
    return {name: getattr(campaign, name) for name in names} | changes


def edit(cast: Cast, campaign: Campaign, **changes) -> Campaign:
    said = {"facts": facts(campaign, **changes), "seen": campaign.updated_at.isoformat(), "reason": "改主题"}
    return actions.edit(campaign_id=campaign.pk, by=cast.admin, **said)


def of(campaign: Campaign) -> list[Visit]:
    return list(campaign.visits.order_by("planned_on", "pk"))


def begun(campaign: Campaign) -> Visit:
    visit = of(campaign)[0]
    return visits.start(visit_id=visit.pk, by=visit.team.get(username="duxue1"))


def notified(text: str) -> list[str]:
    return sorted(Notice.objects.filter(text__contains=text).values_list("user__username", flat=True))


def test_visits_not_begun_follow_what_is_edited(cast: Cast, campaign: Campaign) -> None:
    first = begun(campaign)
    edit(cast, campaign, theme="校园安全", notice_no="龙教督〔2026〕21号")
    assert [(visit.subject, visit.notice_no) for visit in of(campaign)] == [
        (first.subject, first.notice_no),
        *[("校园安全", "龙教督〔2026〕21号")] * 2,
    ]
    assert notified("改主题") == ["duxue1", "duxue2", "duxue3", "leader"]
    event = AuditEvent.objects.get(action="campaign.edit")
    assert (event.before["theme"], event.after["theme"], event.after["reason"]) == ("资源配置", "校园安全", "改主题")


def test_the_school_of_a_visit_not_begun_is_notified(cast: Cast, campaign: Campaign) -> None:
    edit(cast, campaign, theme="校园安全")
    assert notified("有修改：校园安全") == notified("原因：改主题") == ["principal_a"]


def test_the_same_facts_again_change_nothing_and_a_stale_page_is_refused(cast: Cast, campaign: Campaign) -> None:
    seen = campaign.updated_at.isoformat()
    edit(cast, campaign, theme="校园安全")
    said = {"campaign_id": campaign.pk, "seen": seen, "reason": "改主题", "by": cast.admin}
    actions.edit(**said, facts=facts(campaign))
    with pytest.raises(Conflict):
        actions.edit(**said, facts=facts(campaign, theme="另一个"))
    assert AuditEvent.objects.filter(action="campaign.edit").count() == 1


def test_a_period_that_leaves_a_visit_outside_is_refused_by_school(cast: Cast, campaign: Campaign) -> None:
    last = of(campaign)[-1]
    with pytest.raises(Invalid) as refusal:
        edit(cast, campaign, ends_on=campaign.starts_on)
    assert last.school.name in {problem.where for problem in refusal.value.problems}
    with pytest.raises(Invalid):
        edit(cast, campaign, ends_on=today(-1))


def add(cast: Cast, campaign: Campaign, *places, **more) -> Campaign:
    said = {"visit_id": of(campaign)[0].pk, "planned_on": today(5), "reason": "漏了", "by": cast.admin} | more
    return actions.add(campaign_id=campaign.pk, school_ids=[school.pk for school in places], **said)


def test_schools_are_added_for_a_team_and_once(cast: Cast, campaign: Campaign) -> None:
    more = [make_school(f"41020207{n:02d}", f"新{n}小学", cast.district) for n in range(2)]
    add(cast, campaign, *more)
    add(cast, campaign, *more)
    made = campaign.visits.filter(school__in=more)
    assert {(visit.kind, visit.subject, visit.leader, visit.planned_on) for visit in made} == {
        ("special", "资源配置", cast.leader, today(5))
    }
    assert (made.count(), {visit.team.count() for visit in made}) == (2, {4})
    assert notified("增加 2 所") == ["duxue1", "duxue2", "duxue3", "leader"]


@pytest.mark.parametrize(
    "more", [lambda: {"planned_on": today(60)}, lambda: {"planned_on": today(-1)}, lambda: {"visit_id": 0}]
)
def test_a_day_or_team_that_cannot_be_adds_nothing(
    cast: Cast, campaign: Campaign, more: Callable[[], dict[str, Any]]
) -> None:
    with pytest.raises(Invalid):
        add(cast, campaign, make_school("4102020700", "新小学", cast.district), **more())
    assert campaign.visits.count() == 3


def test_no_more_schools_a_day_than_the_campaign_says_and_none_somebody_steps_back_from(
    cast: Cast, campaign: Campaign
) -> None:
    more = [make_school(f"41020207{n:02d}", f"新{n}小学", cast.district) for n in range(4)]
    with pytest.raises(Invalid):
        add(cast, campaign, *more)
    member = of(campaign)[0].team.get(username="duxue1")
    recusals.register(inspector=member, school_id=more[0].pk, kind="head", since=today(), by=cast.admin)
    with pytest.raises(Invalid):
        add(cast, campaign, more[0])
    assert campaign.visits.count() == 3


def test_a_school_of_another_district_is_not_added(cast: Cast, campaign: Campaign) -> None:
    elsewhere = cast.foreign_admin.memberships.get().district
    add(cast, campaign, make_school("4102110001", "外区小学", elsewhere))
    assert campaign.visits.count() == 3


def test_schools_are_dropped_unless_they_have_begun(cast: Cast, campaign: Campaign) -> None:
    one, two, _ = of(campaign)
    said = {"campaign_id": campaign.pk, "reason": "停课", "by": cast.admin}
    actions.drop(**said, visit_ids=[one.pk])
    actions.drop(**said, visit_ids=[one.pk])
    assert [visit.state for visit in of(campaign)] == ["cancelled", "planned", "planned"]
    assert notified("停课") == ["duxue1", "duxue2", "duxue3", "leader", "principal_a"]
    visits.start(visit_id=two.pk, by=two.team.get(username="duxue1"))
    with pytest.raises(Invalid):
        actions.drop(**said, visit_ids=[visit.pk for visit in of(campaign)])
    assert [visit.state for visit in of(campaign)] == ["cancelled", "underway", "planned"]


def test_all_visits_of_a_team_not_begun_get_another_one(cast: Cast, campaign: Campaign) -> None:
    first, new = begun(campaign), inspectors(cast, 3, 7)
    visit = of(campaign)[1]
    said = {"campaign_id": campaign.pk, "visit_id": visit.pk, "leader": cast.leader, "reason": "换组", "by": cast.admin}
    actions.change_team(**said, team=new)
    actions.change_team(**said, team=new)
    teams = [{person.username for person in visit.team.all()} for visit in of(campaign)]
    assert teams[1:] == [{"leader", "duxue7", "duxue8", "duxue9"}] * 2
    assert {person.pk for person in first.team.all()} == {person.pk for person in of(campaign)[0].team.all()}
    assert notified("共 2 所学校") == ["duxue1", "duxue2", "duxue3", "duxue7", "duxue8", "duxue9"]


def test_a_team_too_small_changes_no_visit(cast: Cast, campaign: Campaign) -> None:
    visit = of(campaign)[0]
    said = {"campaign_id": campaign.pk, "visit_id": visit.pk, "leader": cast.leader, "reason": "换组", "by": cast.admin}
    with pytest.raises(Invalid) as refusal:
        actions.change_team(**said, team=inspectors(cast, 2, 7))
    assert len(refusal.value.problems) == 1
    assert {visit.team.count() for visit in of(campaign)} == {4}


def test_cancelled_once_and_what_has_begun_stays(cast: Cast, campaign: Campaign) -> None:
    begun(campaign)
    for _ in range(2):
        actions.cancel(campaign_id=campaign.pk, reason="政策调整", by=cast.admin)
    campaign.refresh_from_db()
    assert (campaign.cancelled_by, campaign.cancel_reason) == (cast.admin, "政策调整")
    assert [visit.state for visit in of(campaign)] == ["underway", "cancelled", "cancelled"]
    assert {visit.cancel_reason for visit in of(campaign)} == {"", "政策调整"}
    assert notified("政策调整") == ["duxue1", "duxue2", "duxue3", "leader"]
    event = AuditEvent.objects.get(action="campaign.cancel")
    assert (event.after["cancelled"], event.after["going_on"]) == (2, 1)


def test_nothing_of_a_cancelled_one_changes_and_the_same_plan_may_be_made_again(cast: Cast, campaign: Campaign) -> None:
    what = draft(
        cast,
        [visit.school for visit in of(campaign)],
        [(cast.leader, list(of(campaign)[0].team.exclude(pk=cast.leader.pk).order_by("username")))],
        per_day=3,
    )
    actions.cancel(campaign_id=campaign.pk, reason="政策调整", by=cast.admin)
    with pytest.raises(Conflict):
        edit(cast, campaign, theme="另一个")
    assert started(cast, what).pk != campaign.pk


def test_one_whose_visits_are_all_done_is_not_cancelled(cast: Cast, campaign: Campaign) -> None:
    campaign.visits.update(state=Visit.State.DONE)
    with pytest.raises(Conflict):
        actions.cancel(campaign_id=campaign.pk, reason="政策调整", by=cast.admin)


def test_the_bureau_leader_has_one_task_a_campaign_until_it_is_cancelled(cast: Cast, campaign: Campaign) -> None:
    (task,) = tasks.to_lead(cast.leader)
    assert (task.url, task.due) == (f"/campaigns/{campaign.pk}/", of(campaign)[0].planned_on)
    assert list(tasks.to_lead(of(campaign)[0].team.get(username="duxue1"))) == []
    actions.cancel(campaign_id=campaign.pk, reason="政策调整", by=cast.admin)
    assert list(tasks.to_lead(cast.leader)) == []


@pytest.mark.parametrize(
    ("who", "error"), [("leader", NotAllowed), ("reviewer", NotAllowed), ("foreign_admin", NotFound)]
)
def test_only_the_bureau_cancels(cast: Cast, campaign: Campaign, who: str, error: type) -> None:
    with pytest.raises(error):
        actions.cancel(campaign_id=campaign.pk, reason="政策调整", by=getattr(cast, who))


def test_the_page_changes_each_thing_and_gives_back_what_was_refused(cast: Cast, campaign: Campaign, sign_in) -> None:
    client, address = sign_in(cast.admin), f"/campaigns/{campaign.pk}/"
    page = client.get(f"{address}change/")
    assert set(page.context["forms"]) == {"edit", "add", "drop", "change_team", "cancel"}
    sent = sent_edit(page.context["forms"]["edit"])
    refused = client.post(f"{address}edit/", sent | {"ends_on": campaign.starts_on.isoformat(), "reason": "缩短时间"})
    assert (refused.status_code, refused.context["sent"], "缩短时间" in refused.text) == (400, ["edit"], True)
    new = make_school("4102020700", "新小学", cast.district)
    posts: list[tuple[str, dict]] = [
        ("edit", sent | {"theme": "校园安全", "reason": "改主题"}),
        ("add", {"schools": [new.pk], "visit": of(campaign)[0].pk, "planned_on": today(3), "reason": "漏了"}),
        ("drop", {"visits": [of(campaign)[0].pk], "reason": "停课"}),
        ("cancel", {"reason": "政策调整"}),
    ]
    for verb, said in posts:
        assert _posted(client, f"{address}{verb}/", said) == address
    assert "data-cancelled" in client.get(address).text
    assert client.get(f"{address}change/").status_code == 409


def _posted(client: Client, url: str, said: dict) -> str:
    return client.post(url, said).headers.get("Location", "")


def sent_edit(form) -> dict:
    first = {name: form[name].value() for name in form.fields if form[name].value()}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in first.items()}
