"""Pages: two versions side by side, the trial, the change of a round's standard."""

import pytest
from django.urls import reverse

from indicators.collection.rounds import actions as rounds
from indicators.standard.standards import queries as standards
from tests.shared import shared

pytestmark = pytest.mark.django_db
COMPARE = reverse("standard_change:compare")


@shared
def pair(world):
    return standards.current(), standards.current("national-2021")


def test_the_usual_pair_is_offered_with_its_differences(world, pair, sign_in):
    html = sign_in(world.cast.liaison).get(COMPARE).content.decode()
    assert "新增的必填项：劳动教育自评等次、劳动教育说明、校外培训治理与减负不力" in html
    for words in ("6000", "8000", "E7 校外培训治理与减负不力", "劳动教育", "national-2017·1", "national-2021·1"):
        assert words in html


def test_who_sees_no_district_results_gets_no_trial(world, pair, sign_in):
    asked = {"old": pair[0].pk, "new": pair[1].pk, "round": world.round.pk}
    html = sign_in(world.cast.reporter_a).get(COMPARE, asked).content.decode()
    assert "试算" not in html


def test_a_foreign_round_cannot_be_tried(world, pair, sign_in):
    asked = {"old": pair[0].pk, "new": pair[1].pk, "round": world.round.pk}
    response = sign_in(world.cast.foreign_admin).get(COMPARE, asked)
    assert world.cast.school_a.name not in response.content.decode()


def test_the_trial_lists_what_turns_and_offers_the_change(world, pair, sign_in):
    asked = {"old": pair[0].pk, "new": pair[1].pk, "round": world.round.pk}
    html = sign_in(world.cast.admin).get(COMPARE, asked).content.decode()
    assert "按两个版本试算" in html
    assert "E7 校外培训治理与减负不力" in html
    assert "没有学校的结论会改变" in html
    assert f"换用{pair[1].name}" in html
    assert f"换用{pair[1].name}" not in sign_in(world.cast.leader).get(COMPARE, asked).content.decode()


def test_the_same_version_twice_says_so(world, pair, sign_in):
    html = sign_in(world.cast.admin).get(COMPARE, {"old": pair[0].pk, "new": pair[0].pk}).content.decode()
    assert "两个版本的内容相同" in html


@pytest.mark.parametrize("value", ["", "0", "-1", "no-such", "9" * 40])
def test_an_unknown_version_is_reported(world, pair, sign_in, value):
    response = sign_in(world.cast.admin).get(COMPARE, {"old": value, "new": pair[1].pk})
    assert response.status_code == 400


def test_the_admin_changes_the_standard_and_sees_what_must_be_filled_in_again(world, pair, sign_in):
    url = reverse("standard_change:adopt", args=[world.round.pk])
    client = sign_in(world.cast.admin)
    assert "换用" in client.get(url, {"standard": pair[1].pk}).content.decode()
    response = client.post(url, {"standard": pair[1].pk, "reason": "按上级要求"}, follow=True)
    assert response.redirect_chain == [(reverse("reviews:blanks", args=[world.round.pk]), 302)]
    assert "national-2021·1" in response.content.decode()


def test_a_missing_reason_shows_the_form_again(world, pair, sign_in):
    url = reverse("standard_change:adopt", args=[world.round.pk])
    response = sign_in(world.cast.admin).post(url, {"standard": pair[1].pk})
    assert response.status_code == 400
    world.round.refresh_from_db()
    assert world.round.standard == pair[0]


def test_a_closed_round_offers_no_form(world, pair, sign_in):
    rounds.close(round_id=world.round.pk, reason="数据已定稿", by=world.cast.admin)
    html = sign_in(world.cast.admin).get(reverse("standard_change:adopt", args=[world.round.pk])).content.decode()
    assert "这个年度已关闭" in html
    assert '<form class="card"' not in html


def test_the_trial_is_offered_against_another_standard_before_one_is_chosen(world, pair, sign_in):
    html = sign_in(world.cast.admin).get(reverse("standard_change:adopt", args=[world.round.pk])).content.decode()
    other = standards.known().exclude(pk=world.round.standard_id).first()
    assert f"{COMPARE}?old={world.round.standard_id}&amp;new={other.pk}&amp;round={world.round.pk}" in html
