"""Recusals: who declares, registers, decides and ends them, and what is said of them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inspections.recusals import actions, queries
from inspections.recusals.models import KINDS, Recusal
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from tests.cast import Cast, grant
from tests.inspections.making import today

pytestmark = pytest.mark.django_db


def declared(cast: Cast, **changes) -> Recusal:
    said = {"school_id": cast.school_a.pk, "kind": "family", "since": today(), "by": cast.inspector_a}
    return actions.declare(**said | changes)


def objected(cast: Cast, **changes) -> Recusal:
    said = {"inspector": cast.inspector_a, "school_id": cast.school_a.pk, "kind": "other", "since": today()}
    return actions.register(**said | {"is_objection": True, "by": cast.admin} | changes)


def test_every_relation_says_its_words_and_source() -> None:
    assert list(KINDS) == ["head", "family", "staff", "former_staff", "other"]
    assert all(one.label and one.since and one.source for one in KINDS.values())
    assert [code for code, one in KINDS.items() if one.years] == ["former_staff"]


def test_an_inspector_declares_the_own_once_and_the_bureau_knows(cast: Cast) -> None:
    first, again = declared(cast, note="亲属"), declared(cast)
    assert (first.pk, first.origin, first.until) == (again.pk, "declared", None)
    assert AuditEvent.objects.filter(action="recusal.declare").count() == 1
    assert set(Notice.objects.values_list("user", flat=True)) == {cast.admin.pk}


def test_notices_and_trail_name_no_relation(cast: Cast) -> None:
    row = objected(cast, note="亲属在校任职")
    actions.decide(recusal_id=row.pk, decision="recused", reason="亲属在校任职", by=cast.admin)
    actions.end(recusal_id=row.pk, reason="亲属已调离", by=cast.admin)
    said = [str((event.object_name, event.after)) for event in AuditEvent.objects.filter(action__startswith="recusal.")]
    said += Notice.objects.values_list("text", flat=True)
    assert len(said) == 6
    assert [text for text in said if "亲属" in text or row.kind in text or row.relation.label in text] == []


@pytest.mark.parametrize(
    ("who", "error"), [("reviewer", NotAllowed), ("principal_a", NotAllowed), ("inspector_b", NotFound)]
)
def test_only_who_inspects_the_school_declares(cast: Cast, who: str, error: type) -> None:
    with pytest.raises(error):
        declared(cast, by=getattr(cast, who))


@pytest.mark.parametrize(
    ("who", "error"), [("leader", NotAllowed), ("inspector_a", NotAllowed), ("foreign_admin", NotFound)]
)
def test_only_the_bureau_registers_for_others(cast: Cast, who: str, error: type) -> None:
    with pytest.raises(error):
        objected(cast, by=getattr(cast, who))


@pytest.mark.parametrize("who", ["inspector_b", "reviewer"])
def test_only_inspectors_of_the_district_are_registered(cast: Cast, who: str) -> None:
    with pytest.raises(Invalid):
        objected(cast, inspector=getattr(cast, who))


@pytest.mark.parametrize("changes", [{"kind": "friend"}, {"note": "身份证号 11010519491231002X"}])
def test_what_cannot_be_stored_is_refused(cast: Cast, changes: dict) -> None:
    with pytest.raises(Invalid):
        declared(cast, **changes)
    assert not Recusal.objects.exists()


def test_who_left_steps_back_three_years_to_the_day(cast: Cast) -> None:
    left = today(-100)
    row = declared(cast, kind="former_staff", since=left)
    assert row.until == left.replace(year=left.year + 3)
    assert KINDS["former_staff"].until(dt.date(2024, 2, 29)) == dt.date(2027, 2, 28)
    assert [row.is_in_force(day) for day in (left, row.until, row.until + dt.timedelta(days=1))] == [True, True, False]


@pytest.mark.parametrize("days", [1, -3 * 366 - 1])
def test_who_left_longer_ago_or_not_yet_sees_why(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid):
        declared(cast, kind="former_staff", since=today(days))


def in_force(user: User, day: dt.date) -> bool:
    rows = Recusal.objects.filter(Recusal.in_force(day), inspector=user)
    assert rows.exists() == any(row.is_in_force(day) for row in Recusal.objects.filter(inspector=user))
    return rows.exists()


def test_it_holds_from_its_day_until_it_is_ended(cast: Cast) -> None:
    row = declared(cast, since=today(5))
    assert [in_force(cast.inspector_a, today(days)) for days in (4, 5, 500)] == [False, True, True]
    with pytest.raises(Invalid):
        actions.end(recusal_id=row.pk, reason=" ", by=cast.inspector_a)
    for reason in ("已离婚", "再来一次"):
        ended = actions.end(recusal_id=row.pk, reason=reason, by=cast.inspector_a)
    assert (ended.end_reason, ended.ended_by) == ("已离婚", cast.inspector_a)
    assert AuditEvent.objects.filter(action="recusal.end").count() == 1
    assert not in_force(cast.inspector_a, today(500))
    assert declared(cast, since=today(5)).pk != row.pk


def test_an_objection_holds_until_it_is_decided_once(cast: Cast) -> None:
    row = objected(cast)
    assert row.is_undecided
    assert in_force(cast.inspector_a, today())
    for decision, reason in (("maybe", "情况不属实"), ("not_recused", "  ")):
        with pytest.raises(Invalid):
            actions.decide(recusal_id=row.pk, decision=decision, reason=reason, by=cast.admin)
    for _ in range(2):
        actions.decide(recusal_id=row.pk, decision="not_recused", reason="情况不属实", by=cast.admin)
    with pytest.raises(Conflict):
        actions.decide(recusal_id=row.pk, decision="recused", reason="改主意", by=cast.admin)
    row.refresh_from_db()
    assert (row.decision, row.decided_by) == ("not_recused", cast.admin)
    assert not in_force(cast.inspector_a, today())
    assert AuditEvent.objects.filter(action="recusal.decide").count() == 1


def test_what_is_no_open_objection_is_not_decided(cast: Cast) -> None:
    ended = actions.end(recusal_id=objected(cast).pk, reason="学校撤回", by=cast.admin)
    for row in (declared(cast), ended):
        with pytest.raises(Conflict):
            actions.decide(recusal_id=row.pk, decision="recused", reason="属实", by=cast.admin)


def test_nobody_decides_or_ends_what_others_say_of_oneself(cast: Cast) -> None:
    for person, role in ((cast.admin, "inspector"), (cast.inspector_a, "admin")):
        grant(person, role, district=cast.district)
    own = objected(cast, inspector=cast.admin)
    with pytest.raises(NotAllowed):
        actions.decide(recusal_id=own.pk, decision="not_recused", reason="不属实", by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.end(recusal_id=own.pk, reason="不属实", by=cast.admin)
    assert actions.end(recusal_id=own.pk, reason="学校撤回", by=cast.inspector_a).ended_by == cast.inspector_a


@pytest.mark.parametrize(
    ("who", "error"), [("leader", NotAllowed), ("reviewer", NotAllowed), ("foreign_admin", NotFound)]
)
def test_others_neither_decide_nor_end(cast: Cast, who: str, error: type) -> None:
    row = objected(cast)
    with pytest.raises(error):
        actions.decide(recusal_id=row.pk, decision="recused", reason="属实", by=getattr(cast, who))
    with pytest.raises(error):
        actions.end(recusal_id=row.pk, reason="登记有误", by=getattr(cast, who))


def test_the_own_and_those_of_the_own_district_are_read(cast: Cast) -> None:
    row = declared(cast)
    grant(cast.inspector_b, "inspector", district=cast.district)
    readers = {
        name
        for name in ("admin", "leader", "reviewer", "inspector_a", "inspector_b", "principal_a", "foreign_admin")
        if queries.for_list(getattr(cast, name)).filter(pk=row.pk).exists()
    }
    assert readers == {"admin", "leader", "inspector_a"}


def test_the_database_knows_each_once_and_who_decided(cast: Cast) -> None:
    row = declared(cast)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    row.kind, row.decision, row.decided_at, row.decided_by = "other", "recused", timezone.now(), cast.admin
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
