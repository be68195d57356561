"""常用筛选: a list's address under a name, its owner's alone."""

import pytest
from django.urls import reverse

from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.saved_lists import actions
from portal.core.saved_lists.models import SavedList

pytestmark = pytest.mark.django_db


def test_a_filtered_list_is_saved_from_its_page_and_opened_from_the_workbench(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    address = "/findings/?overdue=true&page=3&q=a%26b"
    assert reverse("saved_lists:save") in client.get("/findings/?overdue=true").content.decode()
    answer = client.post(reverse("saved_lists:save"), {"name": "逾期", "address": address})
    assert answer.headers["Location"] == "/findings/?overdue=true&q=a%26b"
    assert "/findings/?overdue=true&amp;q=a%26b" in client.get("/").content.decode()
    assert "逾期" not in sign_in(cast.foreign_admin).get("/").content.decode()


def test_a_name_in_use_gets_the_new_address_and_the_same_sent_again_is_nothing(cast) -> None:
    first = actions.save(name="我的", address="/findings/?overdue=true", by=cast.admin)
    again = actions.save(name=" 我的 ", address="/findings/?state=closed", by=cast.admin)
    events = AuditEvent.objects.filter(action="saved_list.saved")
    assert (again.pk, again.address, events.count()) == (first.pk, "/findings/?state=closed", 2)
    actions.save(name="我的", address="/findings/?state=closed", by=cast.admin)
    assert events.count() == 2


@pytest.mark.parametrize(
    "address",
    ["https://example.com/findings/", "//example.com/", "/nowhere/", "javascript:alert(1)", "", "/" + "x" * 999],
)
def test_only_an_address_of_the_portal_is_saved(cast, address) -> None:
    with pytest.raises(Invalid, match="不能存为常用筛选"):
        actions.save(name="别处", address=address, by=cast.admin)
    assert not SavedList.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "长" * 31])
def test_it_needs_a_name_of_a_sane_length(cast, name) -> None:
    with pytest.raises(Invalid, match="1 至 30 个字"):
        actions.save(name=name, address="/findings/", by=cast.admin)


def test_there_is_an_end_to_them(cast) -> None:
    for number in range(30):
        actions.save(name=f"第{number}个", address="/findings/", by=cast.admin)
    with pytest.raises(Invalid, match="最多 30 个"):
        actions.save(name="多出来的", address="/findings/", by=cast.admin)
    assert SavedList.objects.count() == 30
