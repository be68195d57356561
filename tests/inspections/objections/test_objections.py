"""A school asks that somebody of a team steps back; the bureau decides, and the team is asked to be changed."""

import pytest

from inspections.objections import actions as objections, queries
from inspections.recusals import actions
from inspections.recusals.models import Recusal
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.cast import Cast
from tests.inspections.making import planned, today

pytestmark = pytest.mark.django_db
PAGE = "/objections/"


def objected(cast: Cast, **more) -> Recusal:
    said = {"inspector_id": cast.inspector_a.pk, "school_id": cast.school_a.pk, "kind": "family", "since": today()}
    return objections.object_to(**{**said, "note": "其子女在本校就读", "by": cast.principal_a, **more})


def sent(cast: Cast, **more) -> dict:
    member = f"{cast.school_a.pk}-{cast.inspector_a.pk}"
    return {"member": member, "kind": "family", "since": today().isoformat(), "note": "其子女在本校就读", **more}


def test_the_school_names_a_member_on_the_page_and_reads_the_decision(cast: Cast, sign_in) -> None:
    visit = planned(cast)
    school, bureau = sign_in(cast.principal_a), sign_in(cast.admin)
    assert f"{PAGE}?visit={visit.pk}" in school.get(f"/visits/{visit.pk}/").text
    assert school.post(PAGE, sent(cast)).status_code == 302
    row = Recusal.objects.get()
    assert (row.inspector, row.school, row.is_undecided) == (cast.inspector_a, cast.school_a, True)
    assert bureau.post(f"/recusals/{row.pk}/decide/", {"decision": "recused", "reason": "情况属实"}).status_code == 302
    page = school.get(PAGE)
    assert [(one.decision, one.decision_reason) for one in page.context["raised"]] == [("recused", "情况属实")]
    assert 'data-state="recused"' in page.text


def test_what_is_refused_stays_in_the_form(cast: Cast, sign_in) -> None:
    planned(cast)
    client = sign_in(cast.principal_a)
    for wrong in (
        {"note": " "},
        {"kind": "former_staff", "since": "1999-01-01"},
        {"kind": "former_staff", "since": "9999-12-31"},
        {"member": ""},
    ):
        page = client.post(PAGE, sent(cast, **wrong))
        assert page.status_code == 400
        assert f'value="{today().isoformat() if "since" not in wrong else wrong["since"]}"' in page.text
    assert not Recusal.objects.exists()


def test_it_holds_until_it_is_decided_and_bureau_and_person_are_notified_without_the_relation(cast: Cast) -> None:
    visit = planned(cast)
    objected(cast)
    objected(cast)
    with pytest.raises(NotAllowed):
        visits.start(visit_id=visit.pk, by=cast.inspector_a)
    notices = Notice.objects.filter(text__contains="暂按回避")
    assert set(notices.values_list("user__username", flat=True)) == {"admin", cast.inspector_a.username}
    assert not notices.filter(text__contains="子女").exists()
    assert AuditEvent.objects.filter(action="recusal.object").count() == 1
    assert [task.action for task in tasks.to_decide(cast.admin)] == ["决定学校提出的异议"]


def test_a_granted_one_asks_for_another_team_and_a_refused_one_lets_the_visit_go_on(cast: Cast) -> None:
    visit, row = planned(cast), objected(cast)
    actions.decide(recusal_id=row.pk, decision="recused", reason="情况属实", by=cast.admin)
    assert [task.url for task in tasks.to_regroup(cast.admin)] == [f"/visits/{visit.pk}/"]
    assert Notice.objects.filter(user=cast.principal_a, url=PAGE).count() == 1
    actions.end(recusal_id=row.pk, reason="已毕业", by=cast.admin)
    row = objected(cast)
    actions.decide(recusal_id=row.pk, decision="not_recused", reason="不属实", by=cast.admin)
    assert visits.start(visit_id=visit.pk, by=cast.inspector_a).state == Visit.State.UNDERWAY


def test_only_the_school_objects_to_those_who_inspect_here_and_with_a_reason(cast: Cast) -> None:
    planned(cast)
    for by, error in ((cast.admin, NotAllowed), (cast.inspector_a, NotAllowed), (cast.reporter_b, NotFound)):
        with pytest.raises(error):
            objected(cast, by=by)
    for wrong in ({"note": " "}, {"inspector_id": cast.foreign_admin.pk}, {"kind": "none"}):
        with pytest.raises(Invalid):
            objected(cast, **wrong)
    assert not Recusal.objects.exists()


def test_nobody_is_objected_to_who_does_not_come(cast: Cast) -> None:
    with pytest.raises(Invalid):
        objected(cast)
    visit = planned(cast)
    visits.cancel(visit_id=visit.pk, reason="学校停课", by=cast.admin)
    with pytest.raises(Invalid):
        objected(cast)
    assert not Recusal.objects.exists()
    planned(cast)
    assert objected(cast).is_undecided


def test_what_others_declared_or_registered_stays_hidden_from_the_school(cast: Cast) -> None:
    planned(cast)
    said = {"school_id": cast.school_a.pk, "since": today()}
    actions.declare(**said, kind="family", by=cast.inspector_a)
    actions.register(**said, kind="head", inspector=cast.inspector_a, is_objection=True, by=cast.admin)
    assert not queries.raised(cast.principal_a).exists()
    objected(cast, kind="other")
    assert queries.raised(cast.reporter_a).count() == 1
    assert not queries.raised(cast.reporter_b).exists()


def test_an_own_objection_stands_next_to_an_equal_declaration_that_stays_hidden(cast: Cast, sign_in) -> None:
    planned(cast)
    actions.declare(school_id=cast.school_a.pk, since=today(), kind="family", by=cast.inspector_a)
    school = sign_in(cast.principal_a)
    assert school.post(PAGE, sent(cast)).status_code == 302
    (row,) = school.get(PAGE).context["raised"]
    assert (row.state[0], row.created_by) == ("待决定，暂按回避", cast.principal_a)
    actions.decide(recusal_id=row.pk, decision="not_recused", reason="另有声明", by=cast.admin)
    assert [one.decision for one in queries.raised(cast.principal_a)] == ["not_recused"]
    assert Recusal.objects.filter(Recusal.in_force(today())).get().origin == Recusal.Origin.DECLARED
