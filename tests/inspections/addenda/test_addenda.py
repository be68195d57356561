"""What is added to a finished visit: by its team, dated, with files; the record stays, the school sees it."""

import pytest
from django.urls import reverse

from inspections.addenda import actions
from inspections.addenda.models import Addendum, AddendumFile
from inspections.dossiers import facts
from inspections.recusals import actions as recusals
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.lib.models import ImmutableError
from portal.core.notices.models import Notice
from tests.cast import grant, make_user
from tests.inspections import making
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def visit(cast):
    """A finished visit of 甲小学."""
    visit = making.underway(cast)
    visits.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, by=cast.inspector_a)
    return visit


def add(cast, visit, text="当天漏记：二楼东侧教室已停用", **more) -> Addendum:
    return actions.add(**{"visit_id": visit.pk, "text": text, "by": cast.inspector_a} | more)


def test_an_addendum_is_dated_and_the_record_stays(cast, visit) -> None:
    before = Visit.objects.filter(pk=visit.pk).values().get()
    made = add(cast, visit, uploads=[making.photo()])
    assert Visit.objects.filter(pk=visit.pk).values().get() == before
    assert (made.created_by, made.files.count()) == (cast.inspector_a, 1)
    assert Notice.objects.filter(user=cast.principal_a, key=f"visit:{visit.pk}:addendum-{made.pk}").exists()
    assert AuditEvent.objects.get(action="visit.supplement").after["text"] == made.text
    with pytest.raises(ImmutableError):
        made.save()


def test_the_same_sent_again_is_the_same(cast, visit) -> None:
    assert add(cast, visit) == add(cast, visit)
    assert add(cast, visit, uploads=[making.photo()]) != add(cast, visit)
    assert Addendum.objects.count() == 2


def test_only_the_team_adds_and_only_once_it_is_done(cast, visit) -> None:
    chief = make_user("chief", "总督学")
    grant(chief, "inspector", district=cast.district)
    for user in (chief, cast.admin, cast.principal_a):
        with pytest.raises(NotAllowed):
            add(cast, visit, by=user)
    with pytest.raises(Conflict):
        add(cast, making.underway(cast))


def test_who_steps_back_from_the_school_adds_nothing(cast, visit) -> None:
    recusals.declare(school_id=cast.school_a.pk, kind="family", since=making.today(), by=cast.inspector_a)
    with pytest.raises(NotAllowed):
        add(cast, visit)
    assert not Addendum.objects.exists()


@pytest.mark.parametrize("text", ["", " ", "长" * 5001, "校长电话 13800138000"])
def test_an_addendum_without_a_text_that_may_be_read_is_none(cast, visit, text) -> None:
    with pytest.raises(Invalid):
        add(cast, visit, text)
    assert not Addendum.objects.exists()


def test_the_school_reads_it_with_its_files_and_others_do_not(cast, visit, sign_in) -> None:
    client, address = sign_in(cast.inspector_a), reverse("addenda:add", args=[visit.pk])
    detail = reverse("visits:detail", args=[visit.pk])
    assert address in client.get(detail).content.decode()
    refused = client.post(address, {"text": ""})
    assert refused.status_code == 400
    assert client.post(address, {"text": "二楼东侧教室已停用", "uploads": making.photo()}).url == detail
    file = reverse("addenda:file", args=[AddendumFile.objects.get().pk])
    school = sign_in(cast.principal_a)
    page = school.get(detail).content.decode()
    assert "二楼东侧教室已停用" in page
    assert file in page
    assert address not in page
    assert school.get(file).getvalue()
    assert sign_in(cast.reporter_b).get(file).status_code == 404


def test_the_paper_has_it_and_its_files(cast, visit) -> None:
    (without,) = facts._visits(cast.district)
    assert without["addenda"] == []
    add(cast, visit, uploads=[making.photo()])
    (found,) = facts._visits(cast.district)
    (one,) = found["addenda"]
    assert (one["by"], [file["name"] for file in one["files"]]) == (cast.inspector_a.name, ["教室.jpg"])
