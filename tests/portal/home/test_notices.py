"""The inbox: one's own messages, read one by one or all at once."""

import pytest
from django.db import transaction
from django.urls import reverse

from portal.core.notices.actions import notify
from portal.core.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def notices(cast) -> None:
    with transaction.atomic():
        notify([cast.reporter_a, cast.admin], text="填报被退回。", url="/help/", key="returned:1", by=None)
        notify([cast.reporter_a], text="整改已派发。", url="/jobs/", key="finding:1", by=None)


def _of(user, text: str) -> Notice:
    return Notice.objects.get(user=user, text=text)


def test_a_notice_ends_as_a_sentence_and_says_where_it_goes_on(cast) -> None:
    with transaction.atomic():
        notify([cast.admin], text="原定的督导已取消：另行安排。", url="/", key="one", by=None)
        notify([cast.admin], text="已核查销号", url="/", key="two", by=None)
        notify([cast.admin], text="尚未提交：" + "甲小学、" * 100, url="/", key="three", by=None)
    one, two, three = Notice.objects.filter(user=cast.admin).order_by("id").values_list("text", flat=True)
    assert (one, two) == ("原定的督导已取消：另行安排。", "已核查销号。")
    assert len(three) == 300
    assert three.endswith("…")


def test_the_bell_counts_what_is_unread(cast, sign_in, notices) -> None:
    assert "2 条未读" in sign_in(cast.reporter_a).get("/").content.decode()
    assert "条未读" not in sign_in(cast.reporter_b).get("/").content.decode()


def test_only_ones_own_notices_are_listed(cast, sign_in, notices) -> None:
    page = sign_in(cast.admin).get(reverse("notices:list")).content.decode()
    assert "填报被退回" in page
    assert "整改已派发" not in page


def test_opening_a_notice_marks_it_and_leads_to_its_page(cast, sign_in, notices) -> None:
    notice = _of(cast.reporter_a, "填报被退回。")
    client = sign_in(cast.reporter_a)
    assert client.post(reverse("notices:read", args=[notice.pk])).headers["Location"] == "/help/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "填报被退回" not in client.get("/notices/?show=unread").content.decode()


def test_a_notice_never_leads_to_another_site(cast, sign_in, notices) -> None:
    notice = _of(cast.reporter_a, "填报被退回。")
    Notice.objects.filter(pk=notice.pk).update(url="https://evil.example/")
    answer = sign_in(cast.reporter_a).post(reverse("notices:read", args=[notice.pk]))
    assert answer.headers["Location"] == reverse("notices:list")


def test_somebody_elses_notice_is_not_found(cast, sign_in, notices) -> None:
    notice = _of(cast.admin, "填报被退回。")
    assert sign_in(cast.reporter_a).post(reverse("notices:read", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_reading_all_leaves_other_peoples_inboxes_alone(cast, sign_in, notices) -> None:
    sign_in(cast.reporter_a).post(reverse("notices:read_all"))
    assert not Notice.objects.filter(user=cast.reporter_a, read_at=None).exists()
    assert Notice.objects.filter(user=cast.admin, read_at=None).count() == 1


def test_a_link_cannot_mark_anything_as_read(cast, sign_in, notices) -> None:
    client = sign_in(cast.reporter_a)
    assert client.get(reverse("notices:read_all")).status_code == 405
    assert Notice.objects.filter(user=cast.reporter_a, read_at=None).count() == 2


def test_an_empty_inbox_says_what_will_come(cast, sign_in) -> None:
    assert "还没有消息" in sign_in(cast.reporter_b).get(reverse("notices:list")).content.decode()


def test_nobody_is_informed_of_what_they_did_themselves(cast) -> None:
    with transaction.atomic():
        notify([cast.admin, cast.reporter_a], text="已审核通过", url="/", key="approved:1", by=cast.admin)
    assert [notice.user for notice in Notice.objects.filter(key="approved:1")] == [cast.reporter_a]


def test_who_asked_is_informed_when_what_they_wait_for_is_done(cast) -> None:
    with transaction.atomic():
        notify([cast.admin], text="评估已完成", url="/", key="evaluation:1", by=None)
    assert Notice.objects.filter(user=cast.admin, key="evaluation:1").exists()
