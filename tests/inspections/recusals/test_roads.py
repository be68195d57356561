"""Every road that sends somebody to a school asks whether they step back from it: plan, move, another day, team, zones, record, verify."""

import pytest

from inspections.rectification import actions as rectification
from inspections.recusals import actions
from inspections.recusals.rights import Fitness
from inspections.visits import actions as visits, closures
from inspections.visits.models import Visit
from inspections.zones import actions as zones, queries as zone_queries
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from schools.directory.models import School
from schools.directory.workflow import Transition, Verb
from tests.cast import Cast, grant, make_school, make_user
from tests.inspections.making import close, dispatched, planned, to_verify, today, underway

pytestmark = pytest.mark.django_db


def leave(cast: Cast, school: School | None = None, days: int = 0) -> None:
    school = school or cast.school_a
    actions.register(inspector=cast.inspector_a, school_id=school.pk, kind="head", since=today(days), by=cast.admin)


@pytest.fixture
def other(cast: Cast):
    person = make_user("duxue", "新督学")
    grant(person, "inspector", district=cast.district)
    return person


def test_a_visit_is_not_planned_with_who_steps_back_that_day(cast: Cast) -> None:
    leave(cast, days=10)
    assert planned(cast, planned_on=today(9)).pk
    with pytest.raises(Invalid) as refusal:
        planned(cast, planned_on=today(10))
    assert [problem.where for problem in refusal.value.problems] == ["督导小组"]
    assert Visit.objects.count() == 1


def test_another_day_is_refused_when_the_team_steps_back_by_then(cast: Cast) -> None:
    visit = planned(cast)
    leave(cast, days=10)
    with pytest.raises(Invalid):
        visits.reschedule(visit_id=visit.pk, planned_on=today(12), reason="台风停课", by=cast.admin)
    visit.refresh_from_db()
    assert (visit.planned_on, visit.first_planned_on) == (today(), None)
    visits.reschedule(visit_id=visit.pk, planned_on=today(9), reason="台风停课", by=cast.admin)


def test_another_day_is_refused_when_a_right_has_ended(cast: Cast) -> None:
    visit = planned(cast)
    cast.inspector_a.memberships.update(valid_until=today(-1))
    with pytest.raises(Invalid):
        visits.reschedule(visit_id=visit.pk, planned_on=today(12), reason="台风停课", by=cast.admin)


def test_a_visit_is_not_moved_to_a_school_the_team_steps_back_from(cast: Cast) -> None:
    grant(cast.inspector_a, "inspector", school=cast.school_b)
    visit = planned(cast)
    change = Transition(
        Verb.MERGE, cast.school_a, today(), cast.school_b, "撤并", {"visits": "move"}, visited=cast.school_b
    )
    assert "应当回避" not in closures.foresee(change)[0].text
    leave(cast, cast.school_b)
    assert "应当回避" in closures.foresee(change)[0].text
    with pytest.raises(Invalid):
        visits.move(visit_id=visit.pk, school_id=cast.school_b.pk, reason="撤并", by=cast.admin)


def test_nobody_is_put_in_charge_of_a_school_they_step_back_from(cast: Cast) -> None:
    zone = zones.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)
    sent = {"zone_id": zone.pk, "inspector": cast.inspector_a, "school_ids": [cast.school_a.pk], "by": cast.admin}
    zones.assign(**sent)
    assert [charge.is_recused for charge in zone_queries.current(cast.admin)] == [False]
    leave(cast)
    assert [charge.is_recused for charge in zone_queries.current(cast.admin)] == [True]
    with pytest.raises(Invalid):
        zones.assign(**sent)


def test_who_steps_back_neither_starts_nor_records_nor_is_asked_to(cast: Cast) -> None:
    first, second = planned(cast), underway(cast)
    assert len(list(tasks.to_visit(cast.inspector_a))) == 2
    leave(cast)
    assert list(tasks.to_visit(cast.inspector_a)) == []
    with pytest.raises(NotAllowed, match="回避"):
        visits.start(visit_id=first.pk, by=cast.inspector_a)
    with pytest.raises(NotAllowed, match="回避"):
        visits.save_answer(visit_id=second.pk, question="a7-multimedia", seen="yes", by=cast.inspector_a)


def test_school_staff_do_not_record_and_are_not_asked_to(cast: Cast) -> None:
    visit = underway(cast)
    grant(cast.inspector_a, "principal", school=cast.school_a)
    # Rights are read once for each request.
    person = User.objects.get(pk=cast.inspector_a.pk)
    assert list(tasks.to_visit(person)) == []
    with pytest.raises(NotAllowed, match="回避"):
        visits.save_answer(visit_id=visit.pk, question="a7-multimedia", seen="yes", by=person)


def test_whoever_plans_is_asked_for_another_team(cast: Cast, sign_in) -> None:
    visit = planned(cast, planned_on=today(5))
    leave(cast, days=6)
    assert list(tasks.to_regroup(cast.admin)) == []
    leave(cast, days=5)
    assert [task.url for task in tasks.to_regroup(cast.admin)] == [f"/visits/{visit.pk}/"]
    assert list(tasks.to_regroup(cast.foreign_admin)) == list(tasks.to_regroup(cast.leader)) == []
    assert "甲区督学对甲小学应当回避" in sign_in(cast.admin).get(f"/visits/{visit.pk}/").text
    assert "应当回避" not in sign_in(cast.principal_a).get(f"/visits/{visit.pk}/").text


def test_the_team_is_changed_with_a_reason_and_everybody_knows(cast: Cast, other) -> None:
    visit = planned(cast)
    Notice.objects.all().delete()
    for leader, reason in ((other, " "), (cast.inspector_b, "生病")):
        with pytest.raises(Invalid):
            visits.change_team(visit_id=visit.pk, leader=leader, reason=reason, by=cast.admin)
    for _ in range(2):
        visits.change_team(visit_id=visit.pk, leader=other, reason="生病", by=cast.admin)
    visit.refresh_from_db()
    assert (visit.leader, list(visit.team.all()), visit.team_reason) == (other, [other], "生病")
    notified = Notice.objects.values_list("user__username", flat=True)
    assert sorted(notified) == ["duxue", "inspector_a", "principal_a", "reporter_a"]
    event = AuditEvent.objects.get(action="visit.change_team")
    assert (event.before["team"], event.after["team"]) == (["甲区督学"], ["新督学"])


def test_a_visit_under_way_gets_another_team_a_finished_one_does_not(cast: Cast, other) -> None:
    visit = underway(cast)
    visits.change_team(visit_id=visit.pk, leader=other, reason="生病", by=cast.admin)
    Visit.objects.filter(pk=visit.pk).update(state="done", finished_at=visit.started_at)
    with pytest.raises(Conflict):
        visits.change_team(visit_id=visit.pk, leader=cast.inspector_a, reason="生病", by=cast.admin)


def test_a_special_visit_stays_with_three(cast: Cast, other) -> None:
    third = make_user("third", "第三督学")
    grant(third, "inspector", district=cast.district)
    visit = planned(cast, kind=Visit.Kind.SPECIAL, team=[other, third])
    with pytest.raises(Invalid):
        visits.change_team(visit_id=visit.pk, leader=other, team=[third], reason="生病", by=cast.admin)
    assert visit.team.count() == 3


def test_the_page_changes_the_team_and_offers_only_who_may_go(cast: Cast, other, sign_in) -> None:
    visit = planned(cast)
    leave(cast)
    client = sign_in(cast.admin)
    form = client.get(f"/visits/{visit.pk}/").context["team_form"]
    assert list(form.fields["team"].queryset) == [other]
    assert client.post(f"/visits/{visit.pk}/team/", {"leader": other.pk, "reason": " "}).status_code == 400
    assert client.post(f"/visits/{visit.pk}/team/", {"leader": other.pk, "reason": "回避"}).status_code == 302
    visit.refresh_from_db()
    assert visit.leader == other


def test_many_schools_take_two_queries(cast: Cast, other, django_assert_num_queries) -> None:
    schools = [make_school(f"41020201{n:02d}", f"第{n}小学", cast.district) for n in range(20)]
    leave(cast, schools[0])
    grant(cast.inspector_a, "inspector", district=cast.district)
    with django_assert_num_queries(2):
        fitness = Fitness([cast.inspector_a, other])
        found = {school.name: len(fitness.problems(school, today())) for school in schools}
    assert [name for name, count in found.items() if count] == ["第0小学"]


def test_an_objection_waits_for_whoever_decides_but_not_on_themselves(cast: Cast) -> None:
    grant(cast.admin, "inspector", district=cast.district)
    said = {"school_id": cast.school_a.pk, "kind": "other", "since": today(), "is_objection": True}
    mine, other = (
        actions.register(**said, inspector=person, by=cast.admin) for person in (cast.admin, cast.inspector_a)
    )
    assert [task.subject for task in tasks.to_decide(cast.admin)] == [str(other)]
    assert list(tasks.to_decide(cast.foreign_admin)) == list(tasks.to_decide(cast.leader)) == []
    actions.decide(recusal_id=other.pk, decision="recused", reason="属实", by=cast.admin)
    assert list(tasks.to_decide(cast.admin)) == []
    assert mine.is_undecided


@pytest.mark.parametrize("verb", ["begin_check", "send_back", "close"])
def test_who_steps_back_from_the_school_verifies_nothing_there(cast: Cast, verb: str) -> None:
    finding = to_verify(cast)
    leave(cast)
    with pytest.raises(NotAllowed):
        rectification.workflow.begin(verb, finding.pk, finding.version, cast.inspector_a)
    assert list(tasks.to_verify(cast.inspector_a)) == []
    assert not {"begin_check", "send_back", "close"} & {
        offer.code for offer in rectification.workflow.TABLE.offers(cast.inspector_a, finding)
    }
    close(finding, cast.reviewer)


def test_who_steps_back_decides_no_extension_until_it_ends(cast: Cast) -> None:
    finding = dispatched(cast)
    leave(cast)
    more = {"finding_id": finding.pk, "version": finding.version, "text": "设备未到", "due_on": today(60)}
    with pytest.raises(NotAllowed):
        rectification.extend(**more, by=cast.inspector_a)
    actions.end(recusal_id=cast.inspector_a.recusals.get().pk, reason="亲属已调离", by=cast.admin)
    rectification.extend(**more, by=cast.inspector_a)
