"""Starting a campaign: all visits at once, once, by the bureau alone."""

import pytest

from inspections.campaigns import actions, queries
from inspections.campaigns.models import Campaign
from inspections.recusals import actions as recusals
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from tests.cast import Cast, grant
from tests.inspections.campaigns.test_planning import draft, inspectors, schools
from tests.inspections.making import today

pytestmark = pytest.mark.django_db


def asked(cast: Cast, count: int = 3) -> queries.Brief:
    return draft(cast, schools(cast, count), [(cast.leader, inspectors(cast, 3))])


def started(cast: Cast, what: queries.Brief | None = None) -> Campaign:
    what = what or asked(cast)
    return actions.create(draft=what, seen=queries.make_plan(what).digest, by=cast.admin)


def test_all_visits_are_made_and_everybody_knows_once(cast: Cast) -> None:
    what = asked(cast)
    grant(cast.principal_a, "principal", school=what.schools[0])
    campaign = started(cast, what)
    made = Visit.objects.filter(campaign=campaign)
    assert {visit.school for visit in made} == set(what.schools)
    assert {(visit.kind, visit.state, visit.leader, visit.subject, visit.notice_no) for visit in made} == {
        ("special", "planned", cast.leader, "资源配置", "龙教督〔2026〕20号")
    }
    assert all(visit.team.count() == 4 for visit in made)
    assert [stop.on for stop in queries.make_plan(what).stops] == list(
        made.order_by("planned_on").values_list("planned_on", flat=True)
    )
    notified = sorted(Notice.objects.values_list("user__username", flat=True))
    assert notified == ["duxue1", "duxue2", "duxue3", "leader", "principal_a"]
    assert AuditEvent.objects.filter(action="visit.plan").count() == 3
    assert AuditEvent.objects.get(action="campaign.create").after["schools"] == 3


def test_the_same_plan_of_two_tabs_is_one_campaign(cast: Cast) -> None:
    what = asked(cast)
    first, second = started(cast, what), started(cast, what)
    assert (first.pk, Visit.objects.count()) == (second.pk, 3)


def test_what_changed_since_it_was_shown_is_shown_again(cast: Cast) -> None:
    one, two, places = inspectors(cast, 3), inspectors(cast, 3, 4), schools(cast, 4)
    what = draft(cast, places, [(cast.leader, one), (two[0], two)])
    seen = queries.make_plan(what).digest
    recusals.register(inspector=one[0], school_id=places[0].pk, kind="head", since=today(), by=cast.admin)
    with pytest.raises(Conflict):
        actions.create(draft=what, seen=seen, by=cast.admin)
    assert not Campaign.objects.exists()
    assert not Visit.objects.exists()


def test_a_plan_with_problems_makes_nothing(cast: Cast) -> None:
    what = draft(cast, schools(cast, 2), [(cast.leader, inspectors(cast, 2))])
    with pytest.raises(Invalid):
        started(cast, what)
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("who", "error"),
    [("inspector_a", NotFound), ("leader", NotAllowed), ("reviewer", NotAllowed), ("foreign_admin", NotFound)],
)
def test_only_the_bureau_starts_one(cast: Cast, who: str, error: type) -> None:
    what = asked(cast)
    with pytest.raises(error):
        actions.create(draft=what, seen=queries.make_plan(what).digest, by=getattr(cast, who))
    assert not Visit.objects.exists()


def test_progress_counts_what_is_overdue_and_leaves_out_what_is_cancelled(cast: Cast) -> None:
    campaign = started(cast, asked(cast, 5))
    late, cancelled, begun, done, _ = Visit.objects.order_by("pk")
    Visit.objects.filter(pk=late.pk).update(planned_on=today(-2))
    visits.cancel(visit_id=cancelled.pk, reason="停课", by=cast.admin)
    inspector = begun.team.get(username="duxue1")
    for visit in (begun, done):
        visits.start(visit_id=visit.pk, by=inspector)
    visits.finish(visit_id=done.pk, summary="正常", accept_unanswered=True, by=inspector)
    found = queries.progress(cast.admin, [campaign])[campaign.pk]
    assert (found.total, found.planned, found.underway, found.done, found.overdue) == (4, 2, 1, 1, 1)


def test_who_leads_for_the_bureau_records_nothing(cast: Cast) -> None:
    visit = Visit.objects.filter(campaign=started(cast)).first()
    with pytest.raises(NotAllowed):
        visits.start(visit_id=visit.pk, by=cast.leader)


def test_a_visit_of_it_is_put_to_another_day_under_its_leader(cast: Cast) -> None:
    visit = Visit.objects.filter(campaign=started(cast)).first()
    visits.reschedule(visit_id=visit.pk, planned_on=today(40), reason="台风停课", by=cast.admin)
    before = visit.planned_on
    visit.refresh_from_db()
    assert (visit.planned_on, visit.first_planned_on) == (today(40), before)


def test_a_leader_of_the_bureau_leads_no_regular_visit_and_is_no_member(cast: Cast) -> None:
    people = inspectors(cast, 3)
    said = {"school_id": cast.school_a.pk, "subject": "安全", "planned_on": today(), "by": cast.admin}
    with pytest.raises(Invalid):
        visits.plan(**said, kind=Visit.Kind.REGULAR, leader=cast.leader, team=people)
    with pytest.raises(Invalid):
        visits.plan(**said, kind=Visit.Kind.SPECIAL, leader=people[0], team=[*people, cast.leader])
    with pytest.raises(Invalid):
        visits.plan(**said, kind=Visit.Kind.SPECIAL, leader=cast.leader, team=people[:2])
    assert visits.plan(**said, kind=Visit.Kind.SPECIAL, leader=cast.leader, team=people).team.count() == 4


def test_those_of_the_district_and_those_who_take_part_read_it(cast: Cast) -> None:
    what = draft(cast, [*schools(cast, 1), cast.school_a], [(cast.leader, inspectors(cast, 3))])
    campaign = started(cast, what)
    readers = {
        name
        for name in ("admin", "leader", "reviewer", "inspector_a", "inspector_b", "foreign_admin")
        if queries.for_list(getattr(cast, name)).filter(pk=campaign.pk).exists()
    }
    assert readers == {"admin", "leader", "reviewer"}
    member = Visit.objects.filter(campaign=campaign).first().team.get(username="duxue1")
    assert len(queries.visits_of(member, queries.get(member, campaign.pk))) == 2
