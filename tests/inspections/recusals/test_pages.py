"""Pages of recusals: the list, a new one, what is offered to which person."""

import pytest

from inspections.recusals import actions
from inspections.recusals.models import Recusal
from tests.cast import Cast, grant, make_user
from tests.inspections.making import today

pytestmark = pytest.mark.django_db
LIST = "/recusals/"


def test_an_inspector_declares_on_the_page(cast: Cast, sign_in) -> None:
    client = sign_in(cast.inspector_a)
    form = client.get(f"{LIST}declare/").context["form"]
    assert list(form.fields["school"].queryset) == [cast.school_a]
    sent = {"school": cast.school_a.pk, "kind": "former_staff", "since": "1999-01-01", "note": "曾任教"}
    refused = client.post(f"{LIST}declare/", sent)
    assert refused.status_code == 400
    assert "曾任教" in refused.text
    assert client.post(f"{LIST}declare/", sent | {"since": today().isoformat()}).status_code == 302
    assert Recusal.objects.get().inspector == cast.inspector_a


def test_the_bureau_registers_an_objection_and_its_decision(cast: Cast, sign_in) -> None:
    client = sign_in(cast.admin)
    sent = {"inspector": cast.inspector_a.pk, "school": cast.school_a.pk, "kind": "other", "since": today().isoformat()}
    assert client.post(f"{LIST}register/", sent | {"is_objection": "on"}).status_code == 302
    row = Recusal.objects.get()
    page = client.get(LIST)
    assert (page.context["endable"], page.context["decidable"]) == ({row.pk}, {row.pk})
    sent = {"decision": "not_recused", "reason": "情况不属实"}
    assert client.post(f"{LIST}{row.pk}/decide/", sent).status_code == 302
    assert client.get(LIST).context["decidable"] == set()


def test_a_leader_reads_and_does_nothing(cast: Cast, sign_in) -> None:
    actions.declare(school_id=cast.school_a.pk, kind="head", since=today(), by=cast.inspector_a)
    page = sign_in(cast.leader).get(LIST)
    assert len(page.context["page"].object_list) == 1
    assert (page.context["endable"], page.context["decidable"]) == (set(), set())


def test_the_list_takes_the_same_number_of_queries_however_long(
    cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(30) as few:
        client.get(LIST)
    for number in range(12):
        person = make_user(f"duxue{number}", f"督学{number}")
        grant(person, "inspector", district=cast.district)
        said = {"school_id": cast.school_a.pk, "kind": "head", "since": today()}
        actions.register(**said, inspector=person, is_objection=True, by=cast.admin)
    with django_assert_max_num_queries(len(few) + 2):
        assert client.get(LIST).text.count("登记决定") == 12


def test_filters_narrow(cast: Cast, sign_in) -> None:
    row = actions.declare(school_id=cast.school_a.pk, kind="head", since=today(5), by=cast.inspector_a)
    client = sign_in(cast.admin)
    assert row in client.get(f"{LIST}?school=甲小学&inspector=督学&origin=declared").context["page"].object_list
    assert row not in client.get(f"{LIST}?in_force=true").context["page"].object_list
