"""The limits of what to look at: the defaults until a district sets its own, for itself alone."""

from typing import Any

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions, points, queries, surroundings_queries as surroundings
from indicators.collection.submissions.models import Submission
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed
from tests.cast import make_school
from tests.indicators.collection.reviews.test_actions import hand_in
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.district import hand_in as freeze, open_round
from tests.shared import shared


@shared
def handed_in(cast: Any) -> Submission:
    """甲小学's, with a fifth more pupils than last year, which is no large change by default."""
    freeze(open_round(cast.district, "2025"), cast.school_a, {"pupils_primary": 500})
    return hand_in(cast, opened(cast), pupils_primary=600)


def changed(cast: Any, row: Submission) -> list[str]:
    return [point.items[0] for point in queries.load(cast.reviewer, row).points if point.kind == "changed"]


def test_every_setting_is_a_limit_whose_default_lies_within_its_range() -> None:
    for name, about in points.settings().items():
        assert about["least"] <= points.limits()[name] <= about["most"], name
    assert set(points.limits()) - set(points.settings()) == {"moving_units"}


def test_a_district_sets_its_own_and_no_other_districts(cast: Any, handed_in: Submission) -> None:
    assert changed(cast, handed_in) == []
    assert actions.set_limits(code=cast.district.code, values={"change_percent": 19}, by=cast.admin) == {
        "change_percent": 19
    }
    assert changed(cast, handed_in) == ["pupils_primary"]
    assert surroundings.of(cast.reviewer, [handed_in])[handed_in.pk][0].kind == "changed", "the queue ranks by it too"
    assert surroundings.limits_of(cast.other_district.pk) == points.limits()


def test_only_the_administrator_sets_limits_within_their_range(cast: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.set_limits(code=cast.district.code, values={"change_percent": 19}, by=cast.reviewer)
    with pytest.raises(Invalid) as refused:
        actions.set_limits(code=cast.district.code, values={"change_percent": 0, "many": 5}, by=cast.admin)
    assert [str(problem) for problem in refused.value.problems] == [
        "变化大：比上年增减超过：须为 1 至 1000；请重新填写"
    ]


def test_the_page_shows_the_defaults_and_the_trail_what_changed(sign_in: Any, cast: Any, handed_in: Submission) -> None:
    client, url = sign_in(cast.admin), reverse("reviews:limits", args=[cast.district.code])
    assert "刚过限值：高出标准不到" in client.get(url).content.decode()
    sent = {name: points.limits()[name] for name in points.settings()}
    assert client.post(url, sent).status_code == 302
    assert not AuditEvent.objects.filter(action="district.set_review_limits").exists(), "nothing changed"
    client.post(url, sent | {"change_percent": "１９", "near_percent": 5})
    event = AuditEvent.objects.get(action="district.set_review_limits")
    assert event.before == {"变化大：比上年增减超过": 20, "刚过限值：高出标准不到": 2}
    assert event.after == {"变化大：比上年增减超过": 19, "刚过限值：高出标准不到": 5}
    queue = sign_in(cast.reviewer).get(reverse("reviews:queue")).content.decode()
    assert "比上年增减超过 19%" in queue, "the rules a reader sees are those in force"


@pytest.mark.parametrize("typed", ["", "0", "-3", "二十", "1001", "9" * 40, "1.5"])
def test_what_is_no_limit_is_refused_with_its_range(sign_in: Any, cast: Any, typed: str) -> None:
    url = reverse("reviews:limits", args=[cast.district.code])
    sent = {name: points.limits()[name] for name in points.settings()}
    answer = sign_in(cast.admin).post(url, sent | {"change_percent": typed})
    assert answer.status_code == 400
    assert "请填写 1 至 1000 的整数。" in answer.content.decode()
    assert surroundings.limits_of(cast.district.pk) == points.limits()


def test_the_sample_of_a_batch_is_as_large_as_the_district_wants(cast: Any, monkeypatch: Any) -> None:
    round_ = opened(cast)
    for number in range(5):
        school = make_school(f"410202{5000 + number}", f"第{number}小学", cast.district)
        freeze(round_, school, {"pupils_primary": 300 + number}, verdict=None)
    monkeypatch.setattr(surroundings, "of", lambda user, rows: {row.pk: [] for row in rows})
    assert len(actions.draw(round_id=round_.pk, by=cast.reviewer).sample) == 1
    actions.set_limits(code=cast.district.code, values={"sample_percent": 60}, by=cast.admin)
    assert len(actions.draw(round_id=round_.pk, by=cast.reviewer).sample) == 3
