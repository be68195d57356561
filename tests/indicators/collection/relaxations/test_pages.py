"""Pages of relaxations through the real addresses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from indicators.collection.relaxations.models import Relaxation
from portal.core.files import uploads
from portal.core.forms.models import SentForm
from tests.cast import make_school
from tests.indicators.collection.relaxations.making import (
    SIZE,
    SPORTS,
    approved,
    colleague,
    day,
    lapsed,
    proposed,
    proven,
)
from tests.inspections.making import photo

pytestmark = pytest.mark.django_db


def _url(name: str, made: Relaxation) -> str:
    return reverse(f"relaxations:{name}", args=[made.pk])


def test_an_empty_register_says_what_that_means_and_the_next_step(cast, sign_in) -> None:
    page = sign_in(cast.admin).get(reverse("relaxations:list")).content.decode()
    assert "所有学校都只按严格口径判定" in page
    assert reverse("relaxations:propose") in page
    assert (
        reverse("relaxations:propose") not in sign_in(cast.reporter_a).get(reverse("relaxations:list")).content.decode()
    )


def test_a_school_sees_its_own_only(cast, sign_in) -> None:
    approved(cast)
    other = approved(cast, school_id=cast.school_b.pk)
    page = sign_in(cast.reporter_b).get(reverse("relaxations:list"))
    assert [row.pk for row in page.context["page"]] == [other.pk]
    assert sign_in(cast.inspector_b).get(_url("detail", other)).status_code == 404


def test_the_whole_way_from_proposal_to_approval(cast, sign_in) -> None:
    admin, reviewer = sign_in(cast.admin), sign_in(cast.reviewer)
    said = {"school": cast.school_a.pk, "kind": SIZE, "reason": "建校早", "valid_from": day(), "valid_until": day(100)}
    answer = admin.post(reverse("relaxations:propose"), said)
    made = Relaxation.objects.get()
    assert answer.url == _url("detail", made)
    page = admin.get(answer.url).content.decode()
    assert "还没有证明材料，不能批准" in page
    assert "须由另一位有权限的人员批准" in page
    assert _url("approve", made) not in page
    assert admin.post(_url("attach_proof", made), {"file": photo("批复.jpg")}).status_code == 302
    page = reviewer.get(_url("detail", made)).content.decode()
    assert "符合适用条件：2010 年及以前建成的学校" in page
    assert reviewer.post(_url("approve", made), {"opinion": "同意"}, follow=True).status_code == 200
    made.refresh_from_db()
    assert (made.state, made.opinion) == ("approved", "同意")
    proof = reverse("relaxations:proof", args=[made.proofs.get().pk])
    download = sign_in(cast.reporter_a).get(proof)
    assert download["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(download.streaming_content).startswith(b"\xff\xd8\xff")


def test_the_approver_is_informed_that_nothing_was_reported_yet_that_could_count(cast, sign_in) -> None:
    made = proven(cast, kind=SPORTS)
    page = sign_in(cast.reviewer).get(_url("detail", made)).content.decode()
    assert "符合适用条件：中心城区学校。但可以计入的“改造体育空间面积”“租借校外场馆面积”没有填或都是 0" in page
    assert _url("approve", made) in page


def test_the_same_proposal_again_is_reported_on_the_form(cast, sign_in) -> None:
    admin, address = sign_in(cast.admin), reverse("relaxations:propose")
    said = {"school": cast.school_a.pk, "kind": SIZE, "reason": "建校早", "valid_from": day(), "valid_until": day(100)}
    assert admin.post(address, said).status_code == 302
    again = admin.post(address, said)
    assert again.status_code == 400
    assert "正在等待批准" in again.content.decode()


def test_a_wrong_proposal_is_shown_again_with_what_was_typed(cast, sign_in) -> None:
    said = {"school": cast.school_c.pk, "kind": "x", "reason": "建校早", "valid_from": "2026-13-01"}
    answer = sign_in(cast.admin).post(reverse("relaxations:propose"), said)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"school", "kind", "valid_from", "valid_until"}
    said = {"school": cast.school_a.pk, "kind": SIZE, "reason": "建校早", "valid_from": day(), "valid_until": day(9999)}
    answer = sign_in(cast.admin).post(reverse("relaxations:propose"), said)
    assert "每次最长 3 年" in answer.content.decode()
    assert not Relaxation.objects.exists()


def test_a_file_that_may_not_come_in_is_refused_in_words(cast, sign_in) -> None:
    made = proposed(cast)
    admin = sign_in(cast.admin)
    assert "没有收到文件" in admin.post(_url("attach_proof", made)).content.decode()
    svg = photo("图.svg")
    assert "不能接收" in admin.post(_url("attach_proof", made), {"file": svg}).content.decode()
    assert not made.proofs.exists()


def test_refusing_and_withdrawing_need_a_reason(cast, sign_in) -> None:
    made = proven(cast)
    reviewer = sign_in(cast.reviewer)
    assert reviewer.post(_url("refuse", made), {"opinion": ""}).status_code == 400
    assert reviewer.post(_url("withdraw", made), {"reason": "x" * 501}).status_code == 400
    assert reviewer.post(_url("withdraw", made), {"reason": "撤回重报"}).status_code == 302
    assert "撤回重报" in reviewer.get(_url("detail", made)).content.decode()


def test_what_was_relaxed_can_be_found_whatever_the_newest_standard_relaxes(cast, sign_in) -> None:
    made = approved(cast)
    Relaxation.objects.filter(pk=made.pk).update(indicator="A8")
    page = sign_in(cast.admin).get(reverse("relaxations:list"), {"indicator": "A8"})
    assert [row.pk for row in page.context["page"]] == [made.pk]
    assert not page.context["filter"].form.errors


def test_the_list_shows_what_ends_soon_and_keeps_filters(cast, sign_in) -> None:
    soon = lapsed(approved(cast), until=day(20))
    approved(cast, school_id=cast.school_b.pk)
    admin = sign_in(cast.admin)
    assert "还有 20 天到期" in admin.get(reverse("relaxations:list")).content.decode()
    for query in ({"expiring": "true"}, {"school": "甲"}, {"school": "甲", "state": "approved", "indicator": "B4"}):
        assert [row.pk for row in admin.get(reverse("relaxations:list"), query).context["page"]] == [soon.pk]
    assert admin.get(reverse("relaxations:list"), {"state": "x", "page": "y", "indicator": "Z"}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_register(cast, sign_in) -> None:
    admin, other = sign_in(cast.admin), colleague(cast)
    approved(cast)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            admin.get(reverse("relaxations:list"))
        return len(seen)

    queries()
    few = queries()
    for n in range(12):
        proposed(cast, school_id=make_school(f"41020207{n:02}", f"第{n}小学", cast.district).pk, by=other)
    assert queries() == few


def test_a_proof_is_looked_into_before_its_form_is_remembered_and_stored_once(cast, sign_in, monkeypatch) -> None:
    made, client, seen = proposed(cast), sign_in(cast.admin), []
    accept = uploads.accept

    def look(*args, **kwargs):
        seen.append(SentForm.objects.exists())
        return accept(*args, **kwargs)

    monkeypatch.setattr(uploads, "accept", look)
    key = "6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f111"
    first, second = (
        client.post(_url("attach_proof", made), {"form_key": key, "file": photo("批复.jpg")}) for _ in range(2)
    )
    assert seen[0] is False
    assert first.url == second.url
    assert made.proofs.count() == 1
