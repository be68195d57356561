"""What somebody did passes to a successor in one act: what can, by the actions there are; what cannot stays."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.rectification.models import Entry, Finding
from inspections.recusals.models import Recusal
from inspections.zones.models import Charge, Zone
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.notices.models import Notice
from portal.home import actions
from schools.access.models import Membership
from tests.cast import grant, make_school, make_user
from tests.portal.home.conftest import make_finding, make_visit, stamped

pytestmark = pytest.mark.django_db


@pytest.fixture
def successor(cast):
    """Known to the bureau by a role elsewhere in the district."""
    person = make_user("successor", "继任督学")
    grant(person, "expert", district=cast.district, valid_until=date(2099, 1, 1))
    return person


@pytest.fixture
def work(cast):
    """甲区督学: in charge of 甲小学, with a visit there."""
    zone = Zone.objects.create(district=cast.district, name="一区", **stamped(cast.admin))
    charge = Charge.objects.create(
        zone=zone, school=cast.school_a, inspector=cast.inspector_a, since=date(2026, 9, 1), **stamped(cast.admin)
    )
    visit = make_visit(cast, cast.inspector_a)
    visit.team.add(cast.inspector_a)
    return charge, visit


def facts(cast, successor, **more):
    return {
        "person_id": cast.inspector_a.pk,
        "successor_id": successor.pk,
        "reason": "工作调动",
        "by": cast.admin,
    } | more


def shown(cast, successor) -> str:
    return actions.preview_hand_over(**facts(cast, successor)).fingerprint


def test_roles_schools_and_visits_pass_once_and_both_are_notified(cast, successor, work) -> None:
    charge, visit = work
    seen = shown(cast, successor)
    assert not Membership.objects.filter(user=successor, role="inspector").exists(), "the preview changes nothing"
    found = actions.hand_over(**facts(cast, successor, shown=seen))
    assert [(one.kind, one.passes) for one in found.lines] == [("授权", True), ("责任学校", True), ("督导", True)]
    assert Membership.objects.in_force().filter(user=successor, role="inspector", school=cast.school_a).exists()
    assert not Membership.objects.in_force().filter(user=cast.inspector_a).exists()
    charge.refresh_from_db()
    visit.refresh_from_db()
    assert charge.until is not None
    assert Charge.objects.get(school=cast.school_a, until=None).inspector == successor
    assert (visit.leader, list(visit.team.all())) == (successor, [successor])
    notified = Notice.objects.filter(text__contains="工作交接给继任督学，共 3 项")
    assert {notice.user for notice in notified} == {cast.inspector_a, successor}
    again = actions.hand_over(**facts(cast, successor, shown=seen))
    assert again.lines == []
    assert AuditEvent.objects.filter(action="account.hand_over").count() == 1


def test_what_the_successor_may_not_inspect_stays_and_says_why(cast, successor, work) -> None:
    Recusal.objects.create(
        inspector=successor,
        school=cast.school_a,
        kind="relative",
        origin="declared",
        since=date(2026, 1, 1),
        **stamped(successor),
    )
    found = actions.hand_over(**facts(cast, successor, shown=shown(cast, successor)))
    assert [(one.kind, one.passes) for one in found.lines] == [("授权", True), ("责任学校", False), ("督导", False)]
    assert all("应当回避" in one.note for one in found.lines[1:])
    assert Charge.objects.get(school=cast.school_a, until=None).inspector == cast.inspector_a


def test_open_findings_that_go_along_are_listed(cast, successor, work, sign_in) -> None:
    make_finding(cast, 1)
    make_finding(cast, 2, state="close_requested", rectified_by=successor)
    make_finding(cast, 3, state="closed", closed_by=cast.inspector_a, closed_at=timezone.now())
    make_finding(cast, 4, school=cast.school_b)
    found = actions.hand_over(**facts(cast, successor, shown=shown(cast, successor)))
    assert [(one.place, one.passes) for one in found.findings] == [
        ("2026-DD-001 甲小学 · A4（整改中）", True),
        ("2026-DD-002 甲小学 · A4（申请销号）", False),
    ]
    assert found.findings[1].note == "继任者办理过整改，由别人核查"
    assert Notice.objects.filter(text__contains="共 3 项，1 个没有销号的问题随授权转过去").count() == 2


def test_findings_rectified_in_the_successors_office_are_for_others_to_verify(cast, successor) -> None:
    User.objects.filter(pk__in=[cast.admin.pk, successor.pk]).update(office="督导室")
    for number in (1, 2):
        make_finding(cast, number, school=None, bureau=cast.district, state="close_requested")
    Entry.objects.create(finding=Finding.objects.get(number="2026-DD-002"), kind="measure", text="补齐", by=cast.admin)
    found = actions.preview_hand_over(**facts(cast, successor, person_id=cast.reviewer.pk))
    assert [one.note for one in found.findings] == ["", "继任者和整改人同科室，由别人核查"]


def test_findings_go_along_with_who_rectifies_though_the_successor_inspects_elsewhere(cast, successor) -> None:
    grant(successor, "inspector", school=cast.school_b)
    make_finding(cast, 1)
    found = actions.preview_hand_over(**facts(cast, successor, person_id=cast.reporter_a.pk))
    assert [(one.passes, one.note) for one in found.findings] == [(True, "")]


def test_findings_stay_with_a_role_that_stays_and_out_of_sight_of_another_bureau(cast, successor, work) -> None:
    make_finding(cast, 1)
    grant(cast.inspector_a, "inspector", school=cast.school_c)
    make_finding(cast, 2, school=cast.school_c)
    Membership.objects.filter(user=cast.inspector_a, school=cast.school_a).update(is_pending=True)
    assert actions.preview_hand_over(**facts(cast, successor)).findings == []
    Membership.objects.filter(user=cast.inspector_a).update(is_pending=False)
    found = actions.preview_hand_over(**facts(cast, successor))
    assert [one.place for one in found.findings] == ["2026-DD-001 甲小学 · A4（整改中）"]


def test_findings_stay_where_the_role_waits_for_a_second_person(cast, successor, work, settings) -> None:
    settings.SEPARATION_OF_POWERS = True
    make_finding(cast, 1)
    (stays,) = actions.preview_hand_over(**facts(cast, successor)).findings
    assert (stays.passes, stays.note) == (False, "所随的授权没有交接")


def test_one_role_at_many_schools_is_one_line_with_its_schools(cast, successor, work, sign_in) -> None:
    names = [f"第{number}小学" for number in "二三四五"]
    schools = [make_school(f"410202009{number}", name, cast.district) for number, name in enumerate(names)]
    for school in schools:
        grant(cast.inspector_a, "inspector", school=school)
    found = actions.preview_hand_over(**facts(cast, successor))
    assert found.passed == 7
    first = found.groups[0]
    assert (first.first.kind, first.first.what, len(found.groups)) == ("授权", "责任督学", 3)
    assert first.places == ("甲小学", *names)
    page = sign_in(cast.admin).post(
        reverse("hand_over", args=[cast.inspector_a.pk]), {"successor": "successor", "reason": "工作调动"}
    )
    assert "责任督学 · 5 处" in page.content.decode()
    assert page.content.decode().count("<tr>") == 4, "its head and three groups"


def test_schools_the_successor_is_not_responsible_for_are_one_line(cast, successor, work, settings) -> None:
    settings.SEPARATION_OF_POWERS = True
    charge, _ = work
    other = make_school("4102020990", "第九小学", cast.district)
    grant(cast.inspector_a, "inspector", school=other)
    Charge.objects.create(
        zone=charge.zone, school=other, inspector=cast.inspector_a, since=date(2026, 9, 1), **stamped(cast.admin)
    )
    groups = actions.preview_hand_over(**facts(cast, successor)).groups
    (schools,) = (one for one in groups if one.first.kind == "责任学校")
    assert schools.places == ("甲小学", "第九小学")
    assert "责任范围不含该校" in schools.first.note


def test_a_role_that_needs_a_second_person_waits_and_the_former_one_holds_until_then(
    cast, successor, work, settings
) -> None:
    settings.SEPARATION_OF_POWERS = True
    first = actions.hand_over(**facts(cast, successor, shown=shown(cast, successor)))
    assert [one.passes for one in first.lines] == [True, False, False]
    assert "另一位局管理员确认" in first.lines[0].note
    assert Membership.objects.get(user=successor, role="inspector").is_pending
    assert Membership.objects.in_force().filter(user=cast.inspector_a).exists()
    again = actions.hand_over(**facts(cast, successor, shown=""))
    assert [one.passes for one in again.lines] == [False, False, False]
    Membership.objects.filter(user=successor).update(is_pending=False)
    last = actions.hand_over(**facts(cast, successor, shown=shown(cast, successor)))
    assert [one.passes for one in last.lines] == [True, True, True]


def test_nothing_is_done_that_was_not_shown_or_lies_out_of_reach(cast, successor, work) -> None:
    with pytest.raises(Conflict, match="有变化"):
        actions.hand_over(**facts(cast, successor, shown="0"))
    with pytest.raises(NotFound):
        actions.preview_hand_over(**facts(cast, successor, by=cast.foreign_admin))
    with pytest.raises(NotFound):
        actions.preview_hand_over(**facts(cast, cast.inspector_b))
    with pytest.raises(Invalid, match="本人"):
        actions.preview_hand_over(**facts(cast, cast.inspector_a))
    with pytest.raises(Invalid, match="停用"):
        actions.preview_hand_over(**facts(cast, cast.disabled))
    own = actions.preview_hand_over(**facts(cast, successor, person_id=cast.admin.pk))
    assert [(one.passes, one.note) for one in own.lines] == [
        (False, "不能结束自己的管理员授权。请由另一位管理员办理。")
    ]
    assert Membership.objects.in_force().filter(user=cast.inspector_a).exists()


def test_the_page_shows_before_it_acts(cast, successor, work, sign_in) -> None:
    client, page = sign_in(cast.admin), reverse("hand_over", args=[cast.inspector_a.pk])
    assert page in client.get(reverse("accounts:detail", args=[cast.inspector_a.pk])).content.decode()
    typed = {"successor": "Successor", "reason": "工作调动"}
    assert "没有这个人" in client.post(page, typed | {"successor": "nobody"}).content.decode()
    assert "责任督学 · 甲小学" in client.post(page, typed | {"successor": "继任督学"}).content.decode()
    grant(make_user("successor2", "继任督学"), "expert", district=cast.district)
    twice = client.post(page, typed | {"successor": "继任督学"}).content.decode()
    assert "工作账号是 successor、successor2" in twice
    grant(make_user("far", "外区的人"), "expert", district=cast.other_district)
    assert "没有这个人" in client.post(page, typed | {"successor": "外区的人"}).content.decode()
    answer = client.post(page, typed)
    assert "责任督学 · 甲小学" in answer.content.decode()
    assert Membership.objects.in_force().filter(user=cast.inspector_a).exists()
    done = client.post(page, typed | {"shown": answer.context["found"].fingerprint})
    assert done.headers["Location"] == reverse("accounts:detail", args=[successor.pk])
    assert not Membership.objects.in_force().filter(user=cast.inspector_a).exists()
