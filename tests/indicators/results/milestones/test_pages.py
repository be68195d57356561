"""Pages of milestones: list, freezing, one with its proof."""

from typing import Any

import pytest
from django.db import models

from indicators.collection.submissions.models import Round
from indicators.results.milestones import actions
from indicators.results.milestones.models import Milestone
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.milestones.conftest import Judge, judged
from tests.pages import flat
from tests.shared import shared


@shared
def milestone(cast: Cast, round_a: Round) -> Milestone:
    return actions.freeze(
        round_id=round_a.pk, kind="self", evaluation_id=judged(cast, round_a).pk, note="党组会定稿", by=cast.admin
    )


def page(client: Any, url: str, **query: Any) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return flat(answer.content.decode())


def test_the_list_says_step_person_time_and_fingerprint(cast: Cast, milestone: Milestone, sign_in: Any) -> None:
    text = page(sign_in(cast.leader), "/milestones/")
    for words in ("县级自评", "2026 年度自评", "局管理员", milestone.sha256, f"?evaluation={milestone.evaluation_id}"):
        assert words in text
    assert "冻结 2026" not in text, "only who may freeze gets the button"


def test_an_auditor_reads_the_list_without_links_that_refuse_him(
    cast: Cast, milestone: Milestone, sign_in: Any
) -> None:
    client = sign_in(cast.auditor)
    assert "/board/" not in page(client, "/milestones/")
    assert "/board/" not in page(client, f"/milestones/{milestone.pk}/")


def test_filters_stay_in_the_address_and_narrow_the_list(cast: Cast, milestone: Milestone, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    assert "党组会" not in page(client, "/milestones/", kind="city")
    assert "没有符合条件的冻结节点" in page(client, "/milestones/", kind="city")
    assert f"/milestones/{milestone.pk}/" in page(client, "/milestones/", kind="self", round=milestone.round_id)
    assert f"/milestones/{milestone.pk}/" in page(client, "/milestones/", kind="nonsense", round="x")


def test_an_empty_list_says_what_to_do(cast: Cast, round_a: Round, judge: Judge, sign_in: Any) -> None:
    assert "局管理员在自评或复核定稿时冻结" in page(sign_in(cast.leader), "/milestones/")
    judge(round_a)
    assert f"/milestones/rounds/{round_a.pk}/freeze/" in page(sign_in(cast.admin), "/milestones/")


def test_the_form_freezes_and_leads_to_the_milestone(cast: Cast, round_a: Round, judge: Judge, sign_in: Any) -> None:
    evaluation, client = judge(round_a), sign_in(cast.admin)
    url = f"/milestones/rounds/{round_a.pk}/freeze/"
    assert f'<option value="{evaluation.pk}" selected>' in page(client, url, evaluation=evaluation.pk)
    answer = client.post(url, {"kind": "city", "evaluation": evaluation.pk, "note": ""}, follow=True)
    made = Milestone.objects.get()
    assert answer.redirect_chain == [(f"/milestones/{made.pk}/", 302)]
    assert "已冻结2026 年度自评 市级复核" in answer.content.decode()


def test_a_refusal_shows_the_form_again_with_what_was_typed(
    cast: Cast, round_a: Round, judge: Judge, sign_in: Any
) -> None:
    evaluation = judge(round_a)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    answer = sign_in(cast.admin).post(
        f"/milestones/rounds/{round_a.pk}/freeze/", {"kind": "province", "evaluation": evaluation.pk, "note": " "}
    )
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "有 1 个单位的数据或名录又有变化" in text
    assert '<option value="province" selected>' in text
    assert not Milestone.objects.exists()


@pytest.mark.parametrize("evaluation", ["", "x", "999999"])
def test_an_evaluation_that_is_none_is_refused_next_to_its_field(
    cast: Cast, round_a: Round, judge: Judge, sign_in: Any, evaluation: str
) -> None:
    judge(round_a)
    answer = sign_in(cast.admin).post(
        f"/milestones/rounds/{round_a.pk}/freeze/", {"kind": "self", "evaluation": evaluation}
    )
    assert answer.status_code == 400
    assert not Milestone.objects.exists()


def test_the_board_names_the_milestones_of_its_evaluation(cast: Cast, milestone: Milestone, sign_in: Any) -> None:
    text = page(sign_in(cast.leader), "/board/", evaluation=milestone.evaluation_id)
    assert f'<a href="/milestones/{milestone.pk}/">县级自评</a>（局管理员' in text
    assert "冻结这次评估" not in text, "only who may freeze gets the link"
    freeze = f"/milestones/rounds/{milestone.round_id}/freeze/?evaluation={milestone.evaluation_id}"
    assert freeze in page(sign_in(cast.admin), "/board/")


def test_a_round_without_an_evaluation_leads_to_the_board(cast: Cast, sign_in: Any) -> None:
    round_ = open_round(cast.district)
    assert "这个年度还没有评估" in page(sign_in(cast.admin), f"/milestones/rounds/{round_.pk}/freeze/")


def test_the_page_proves_that_the_milestone_holds(cast: Cast, milestone: Milestone, sign_in: Any) -> None:
    client = sign_in(cast.expert)
    assert "党组会定稿" in page(client, f"/milestones/{milestone.pk}/")
    assert "输入校验值和全部结果一致" in page(client, f"/milestones/{milestone.pk}/verify/")
    models.QuerySet(Milestone).update(note="改")
    assert "校验值不符" in page(client, f"/milestones/{milestone.pk}/verify/")


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_the_same_number_of_queries_for_any_number(
    cast: Cast, round_a: Round, judge: Judge, sign_in: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    for number in range(count):
        hand_in(round_a, cast.school_a, figures(multimedia_rooms=30 + number))
        actions.freeze(round_id=round_a.pk, kind="self", evaluation_id=judge(round_a).pk, note="", by=cast.admin)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(13):
        client.get("/milestones/")
