"""Pages of campaigns: the plan with its preview, schools ticked at once, one campaign."""

import pytest
from django.test import Client

from inspections.campaigns import actions, queries
from inspections.campaigns.models import Campaign
from inspections.recusals import actions as recusals
from inspections.visits.models import Visit
from inspections.zones import actions as zones
from schools.departments import actions as departments
from schools.directory.models import School
from tests.cast import Cast
from tests.inspections.campaigns.test_planning import draft, inspectors, schools
from tests.inspections.making import dispatched, planned, today

pytestmark = pytest.mark.django_db
PLAN, PICK, NEW = "/campaigns/plan/", "/campaigns/plan/schools/", "/campaigns/new/"


def typed(cast: Cast, places: list[School], **changes) -> dict:
    people = inspectors(cast, 3)
    said = {
        "theme": "资源配置",
        "starts_on": today().isoformat(),
        "ends_on": today(27).isoformat(),
        "matters": "教学用房",
        "indicators": ["A4"],
        "per_day": "2",
        "schools": [school.pk for school in places],
        "leader_1": cast.leader.pk,
        **{f"team_{person.pk}": "1" for person in people},
    }
    return said | changes


def confirmed(client: Client, sent: dict) -> dict:
    """What the preview's form sends."""
    page = client.post(PLAN, sent)
    assert page.status_code == 200
    return {**sent, "seen": page.context["plan"].digest}


def test_planned_previewed_confirmed_and_in_a_second_tab_done_once(cast: Cast, sign_in) -> None:
    client, places = sign_in(cast.admin), schools(cast, 3)
    sent = typed(cast, places)
    page = client.post(PLAN, sent)
    assert not Campaign.objects.exists()
    hidden = dict.fromkeys(name for name, _ in page.context["sent"])
    assert set(hidden) == set(sent)
    again = {**sent, "seen": page.context["plan"].digest}
    answers = [client.post(NEW, again | {"form_key": key}) for key in ("", "")]
    campaign = Campaign.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/campaigns/{campaign.pk}/"}
    assert Visit.objects.filter(campaign=campaign).count() == 3


def test_a_plan_that_changed_is_shown_again_with_what_was_typed(cast: Cast, sign_in) -> None:
    client, places = sign_in(cast.admin), schools(cast, 3)
    sent = confirmed(client, typed(cast, places))
    recusals.register(
        inspector=Visit._meta.get_field("leader").related_model.objects.get(username="duxue1"),
        school_id=places[0].pk,
        kind="head",
        since=today(),
        by=cast.admin,
    )
    page = client.post(NEW, sent)
    assert page.status_code == 400
    assert "应当回避" in page.text
    assert not Campaign.objects.exists()
    back = client.post(PICK, sent)
    assert back.context["ticked"] == {school.pk for school in places}
    assert 'value="资源配置"' in back.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"theme": ""}, "theme"),
        ({"schools": []}, "schools"),
        ({"leader_1": ""}, "leader_1"),
        ({"per_day": "0"}, "per_day"),
    ],
)
def test_what_is_missing_is_said_at_its_place(cast: Cast, sign_in, changes: dict, field: str) -> None:
    page = sign_in(cast.admin).post(PLAN, typed(cast, schools(cast, 1), **changes))
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]


def test_schools_are_ticked_by_area_and_weakness_and_those_ticked_stay(cast: Cast, sign_in) -> None:
    places = schools(cast, 4)
    facts = {"code": "XZ", "name": "某镇", "kind": "乡镇", "status": "在用"}
    town = departments.create_department(district_id=cast.district.pk, facts=facts, by=cast.admin)
    School.objects.filter(pk=places[1].pk).update(township=town)
    zone = zones.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)
    (person,) = inspectors(cast, 1)
    zones.assign(zone_id=zone.pk, inspector=person, school_ids=[places[2].pk], by=cast.admin)
    dispatched(cast, places[3])
    client, every = sign_in(cast.admin), {school.pk for school in School.objects.filter(district=cast.district)}
    for chosen, keys in (
        ({"township": town.pk}, {places[1].pk}),
        ({"zone": zone.pk}, {places[2].pk}),
        ({"weakness": "open"}, {places[3].pk}),
        ({"weakness": "overdue"}, set()),
        ({"zone": zone.pk, "township": town.pk}, set()),
        ({}, every),
    ):
        page = client.post(f"{PICK}?tick=on", {"theme": "题", "schools": [places[0].pk], **chosen})
        assert page.context["ticked"] == keys | {places[0].pk}
        assert page.context["form"]["theme"].value() == "题"


def test_the_page_of_a_campaign_shows_where_each_school_stands(cast: Cast, sign_in) -> None:
    what = draft(cast, [cast.school_a, *schools(cast, 2)], [(cast.leader, inspectors(cast, 3))])
    campaign = actions.create(draft=what, seen=queries.make_plan(what).digest, by=cast.admin)
    Visit.objects.filter(campaign=campaign, school=cast.school_a).update(
        planned_on=today(-1), first_planned_on=today(-5)
    )
    page = sign_in(cast.leader).get(f"/campaigns/{campaign.pk}/")
    assert len(page.context["visits"]) == 3
    assert page.context["progress"].overdue == 1
    assert page.text.count("原定") >= 1
    months = [page.context["month"].count]
    first = min(visit.planned_on for visit in page.context["visits"])
    months.append(sign_in(cast.leader).get(f"/campaigns/{campaign.pk}/?month={first:%Y-%m}").context["month"].count)
    assert sum(months) >= 1
    visit = Visit.objects.get(campaign=campaign, school=cast.school_a)
    assert f"/campaigns/{campaign.pk}/" in sign_in(cast.admin).get(f"/visits/{visit.pk}/").text
    assert f"/campaigns/{campaign.pk}/" not in sign_in(cast.principal_a).get(f"/visits/{visit.pk}/").text


def test_pages_take_the_same_number_of_queries_however_many_schools(
    cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    client, people = sign_in(cast.admin), inspectors(cast, 3)
    places = schools(cast, 20)
    pages = []
    for part in (places[:2], places[2:]):
        what = draft(cast, part, [(cast.leader, people)], per_day=5)
        pages.append(f"/campaigns/{actions.create(draft=what, seen=queries.make_plan(what).digest, by=cast.admin).pk}/")
    with django_assert_max_num_queries(60) as few:
        client.get(pages[0])
    with django_assert_max_num_queries(len(few)):
        client.get(pages[1])
    with django_assert_max_num_queries(60) as few:
        client.get(PLAN)
    for school in schools_more(cast, 20):
        planned(cast, leader=people[0], school_id=school.pk, by=cast.admin)
    with django_assert_max_num_queries(len(few)):
        client.get(PLAN)
    with django_assert_max_num_queries(60):
        client.get("/campaigns/")


def schools_more(cast: Cast, count: int) -> list[School]:
    from tests.cast import make_school

    return [make_school(f"41020204{n:02d}", f"又{n}小学", cast.district) for n in range(count)]
