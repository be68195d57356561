"""Zones: who may draw them, who is in charge of which school, within which limits."""

import pytest
from django.urls import reverse

from inspections import limits
from inspections.zones import actions, queries
from inspections.zones.models import Charge, Zone
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from schools.access.models import Membership
from schools.directory.workflow import Transition, Verb, foresee
from tests.cast import Cast, grant, make_school, make_user
from tests.schools.register import end

pytestmark = pytest.mark.django_db


def drawn(cast: Cast, name: str = "第一责任区") -> Zone:
    return actions.create(district_id=cast.district.pk, name=name, by=cast.admin)


def charged(cast: Cast, zone: Zone | None = None) -> Charge:
    zone = zone or drawn(cast)
    ids = [cast.school_a.pk]
    return actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=ids, by=cast.admin)[0]


@pytest.mark.parametrize("who", ["leader", "reviewer"])
def test_only_the_bureau_draws_zones(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        actions.create(district_id=cast.district.pk, name="第一责任区", by=getattr(cast, who))


def test_the_neighbour_knows_of_no_zone(cast: Cast) -> None:
    zone = drawn(cast)
    with pytest.raises(NotFound):
        actions.rename(zone_id=zone.pk, name="他区", by=cast.foreign_admin)


@pytest.mark.parametrize("name", ["第一责任区", " ", ""])
def test_a_district_has_a_name_once(cast: Cast, name: str) -> None:
    drawn(cast)
    other = drawn(cast, "第二责任区")
    with pytest.raises(Invalid):
        drawn(cast, name)
    with pytest.raises(Invalid):
        actions.rename(zone_id=other.pk, name=name, by=cast.admin)


def test_being_in_charge_is_notified_and_recorded(cast: Cast) -> None:
    charge = charged(cast)
    assert (charge.inspector, charge.school, charge.until) == (cast.inspector_a, cast.school_a, None)
    assert Notice.objects.get(user=cast.inspector_a).text == "您是甲小学的责任督学（第一责任区）。"
    event = AuditEvent.objects.get(action="zone.assign")
    assert event.after == {"inspector": "甲区督学", "charges": "甲小学"}


def test_the_same_again_changes_nothing(cast: Cast) -> None:
    charge = charged(cast)
    ids = [cast.school_a.pk]
    assert actions.assign(zone_id=charge.zone_id, inspector=cast.inspector_a, school_ids=ids, by=cast.admin) == []
    assert AuditEvent.objects.filter(action="zone.assign").count() == 1


def test_who_comes_after_relieves_who_was_before(cast: Cast) -> None:
    before = charged(cast)
    other = make_user("duxue", "新督学")
    grant(other, "inspector", district=cast.district)
    ids = [cast.school_a.pk, cast.school_b.pk]
    made = actions.assign(zone_id=before.zone_id, inspector=other, school_ids=ids, by=cast.admin)
    before.refresh_from_db()
    assert (before.until is not None, before.end_reason) == (True, "改由新督学负责")
    assert {charge.school for charge in made} == {cast.school_a, cast.school_b}
    relieved = Notice.objects.get(user=cast.inspector_a, text__contains="改为")
    assert relieved.text == "甲小学的责任督学改为新督学。", "乙 was nobody's"


def test_a_charge_whose_inspector_may_inspect_no_more_is_marked(cast: Cast, sign_in) -> None:
    charged(cast)
    assert queries.current(cast.admin).get().is_authorised
    Membership.objects.filter(user=cast.inspector_a).delete()
    assert not queries.current(cast.admin).get().is_authorised
    assert cast.inspector_a in [row.person for row in queries.burdens(cast.admin)]
    assert "已无督学授权" in sign_in(cast.admin).get(reverse("zones:list")).content.decode()


@pytest.mark.parametrize("who", ["inspector_b", "reviewer"])
def test_nobody_is_in_charge_of_what_they_may_not_inspect(cast: Cast, who: str) -> None:
    zone, ids = drawn(cast), [cast.school_a.pk]
    with pytest.raises(Invalid) as refusal:
        actions.assign(zone_id=zone.pk, inspector=getattr(cast, who), school_ids=ids, by=cast.admin)
    assert "责任范围不含甲小学" in str(refusal.value.problems[0])


def test_a_school_of_another_district_is_not_assigned(cast: Cast) -> None:
    zone, ids = drawn(cast), [cast.school_a.pk, cast.school_c.pk]
    with pytest.raises(Invalid):
        actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=ids, by=cast.admin)
    assert not Charge.objects.exists()


def test_a_charge_ends_with_a_reason_once(cast: Cast) -> None:
    charge = charged(cast)
    with pytest.raises(Invalid):
        actions.end(charge_id=charge.pk, reason=" ", by=cast.admin)
    for reason in ("退休", "再来一次"):
        assert actions.end(charge_id=charge.pk, reason=reason, by=cast.admin).end_reason == "退休"
    assert AuditEvent.objects.filter(action="zone.end_charge").count() == 1
    assert list(queries.without_charge(cast.admin)) == [cast.school_a, cast.school_b]


def test_a_school_that_closes_needs_nobody_in_charge(cast: Cast) -> None:
    charge = charged(cast)
    change = Transition(Verb.CLOSE, cast.school_a, charge.since, None, "撤并", {})
    said = [row.text for row in foresee(change) if row.where == "责任区"]
    assert said == ["甲区督学不再是甲小学的责任督学（第一责任区）。"]
    end(cast.school_a, charge.since, cast.admin)
    charge.refresh_from_db()
    assert charge.until is not None


def test_the_register_says_who_has_more_than_the_limit(cast: Cast) -> None:
    zone = drawn(cast)
    schools = [
        make_school(f"41020201{n:02d}", f"第{n}小学", cast.district) for n in range(limits.ZONE_SCHOOLS.count + 1)
    ]
    Membership.objects.filter(user=cast.inspector_a).update(school=None, district=cast.district)
    ids = [school.pk for school in schools]
    actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=ids, by=cast.admin)
    (row,) = queries.register(cast.admin)
    ((person, own, charges),) = row.people
    assert (row.schools.words, row.schools.tone) == ("21 所，超过 20 所", "warn")
    assert (person, own.words, len(charges)) == (cast.inspector_a, "21 所，超过 5 所", 21)


def test_an_inspector_sees_the_zone_of_the_own_schools_only(cast: Cast) -> None:
    zone = charged(cast).zone
    other = make_user("duxue", "新督学")
    grant(other, "inspector", district=cast.district)
    actions.assign(zone_id=zone.pk, inspector=other, school_ids=[cast.school_b.pk], by=cast.admin)
    drawn(cast, "第二责任区")
    (row,) = queries.register(cast.inspector_a)
    assert [charge.school for charge in row.charges] == [cast.school_a]
    assert queries.register(cast.inspector_b) == []
