"""The audit chain finds every change, deletion and insertion."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from portal.core.audit import actions as audit, chain, queries
from portal.core.audit.models import AuditEvent, AuditHead
from portal.core.lib.models import ImmutableError

pytestmark = pytest.mark.django_db


def _three_events(by) -> None:
    for number in range(3):
        with transaction.atomic():
            audit.record("test.act", by=by, obj=by, after={"n": number})


def _around_the_guard(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE portal_auditevent DISABLE TRIGGER portal_audit_insert_only")
        else:
            cursor.execute("DROP TRIGGER portal_audit_insert_only")
        cursor.execute(sql, values)


def test_an_untouched_chain_verifies(cast) -> None:
    _three_events(cast.admin)
    assert queries.verify() == (3, [])


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE portal_auditevent SET actor_name = '别人' WHERE seq = 2", "第 2 条内容被改动"),
        ("DELETE FROM portal_auditevent WHERE seq = 2", "第 2 至 2 条缺失"),
        ("DELETE FROM portal_auditevent WHERE seq = 3", "末尾第 3 至 3 条缺失"),
    ],
)
def test_tampering_is_found_and_located(cast, sql: str, found: str) -> None:
    _three_events(cast.admin)
    _around_the_guard(sql)
    assert found in [item.what for item in queries.verify()[1]]


def test_an_inserted_event_is_found(cast) -> None:
    _three_events(cast.admin)
    last = AuditEvent.objects.get(seq=3)
    forged = AuditEvent(**{f.attname: getattr(last, f.attname) for f in AuditEvent._meta.fields if f.name != "id"})
    forged.seq = 4
    forged.hash = chain.digest(forged)
    forged.save()
    assert any(item.seq == 4 for item in queries.verify()[1])


def test_the_database_refuses_to_change_an_event(cast) -> None:
    _three_events(cast.admin)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET actor_name = '别人'")


def test_the_model_refuses_to_change_an_event(cast) -> None:
    _three_events(cast.admin)
    with pytest.raises(ImmutableError):
        AuditEvent.objects.get(seq=1).save()
    with pytest.raises(ImmutableError):
        AuditEvent.objects.filter(seq=1).delete()


@pytest.mark.django_db(transaction=True)
def test_a_record_needs_a_transaction(cast) -> None:
    with pytest.raises(RuntimeError):
        audit.record("test.act", by=cast.admin)


def test_a_rolled_back_action_leaves_no_event(cast) -> None:
    with transaction.atomic():
        audit.record("test.act", by=cast.admin)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    assert not AuditHead.objects.filter(seq__gt=0).exists()
