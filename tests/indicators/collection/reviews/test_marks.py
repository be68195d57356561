"""Letting items of a submission pass one by one, and what of the review page is there before it is asked for."""

import re
from typing import Any

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions, queries
from indicators.collection.reviews.actions import Reason
from indicators.collection.submissions.models import Revision, Round, Submission
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from tests.figures import good_answers
from tests.indicators.collection.reviews.test_actions import hand_in
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.submissions.test_evidence import attach
from tests.indicators.district import hand_in as freeze, open_round
from tests.pages import flat
from tests.shared import shared

MARKED = ["pupils_primary", "multimedia_rooms"]


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@shared
def handed_in(cast: Any, round_: Round) -> Submission:
    """甲小学's, with two figures far from last year's."""
    freeze(open_round(cast.district, "2025"), cast.school_a, {"pupils_primary": 400, "multimedia_rooms": 40})
    return hand_in(cast, round_, pupils_primary=600, multimedia_rooms=15)


def newest(row: Submission) -> Revision:
    return row.revisions.order_by("-number")[0]


def mark(row: Submission, *items: str, by: Any, passed: bool = True) -> list[str]:
    return actions.mark_items(submission_id=row.pk, revision_id=newest(row).pk, items=items, passed=passed, by=by)


def in_force(row: Submission, cast: Any) -> set[str]:
    row.refresh_from_db()
    return set(queries.load(cast.reviewer, row).marks)


def again(row: Submission, cast: Any, round_: Round, item: str, **figures: int) -> None:
    """Sent back for an item and handed in again."""
    actions.send_back(submission_id=row.pk, reasons=[Reason(item, "请核对")], by=cast.reviewer)
    hand_in(cast, round_, **figures)


def test_an_item_let_pass_names_who_and_waits_no_longer(sign_in, cast, handed_in) -> None:
    client, url = sign_in(cast.reviewer), reverse("reviews:review", args=[handed_in.pk])
    before = queries.load(cast.reviewer, handed_in).waiting
    assert ("小学在校生数", "row-pupils_primary") in before
    sent = {"pass": "pupils_primary ", "revision": newest(handed_in).pk, "tab": "figures", "open": "basic"}
    answer = client.post(reverse("reviews:mark", args=[handed_in.pk]), sent)
    assert answer.url == f"{url}?tab=figures&open=basic#row-pupils_primary"
    text = client.get(url).content.decode()
    assert "业务审核员通过" in text
    assert f"还有 {len(before) - 1} 项待看" in text
    event = AuditEvent.objects.get(action="submission.mark_items")
    assert (event.after["passed"], event.after["items"]) == (True, ["小学在校生数"])
    assert mark(handed_in, "pupils_primary", by=cast.reviewer) == [], "twice is once"
    client.post(reverse("reviews:mark", args=[handed_in.pk]), sent | {"undo": "pupils_primary", "pass": ""})
    assert f"还有 {len(before)} 项待看" in client.get(url).content.decode()


def test_it_is_taken_back(cast, handed_in) -> None:
    mark(handed_in, *MARKED, by=cast.reviewer)
    assert mark(handed_in, "pupils_primary", by=cast.reviewer, passed=False) == ["pupils_primary"]
    assert in_force(handed_in, cast) == {"multimedia_rooms"}


def test_it_holds_for_later_revisions_until_its_item_changes_or_comes_back(cast, handed_in, round_) -> None:
    mark(handed_in, *MARKED, by=cast.reviewer)
    again(handed_in, cast, round_, "teaching_area", pupils_primary=620)
    assert in_force(handed_in, cast) == {"multimedia_rooms"}, "what changed lapsed, what did not holds"
    again(handed_in, cast, round_, "multimedia_rooms")
    assert in_force(handed_in, cast) == set(), "sent back since"


def test_it_lapses_with_another_file_and_can_be_taken_back_later(cast, handed_in, round_) -> None:
    mark(handed_in, "teaching_area", "multimedia_rooms", by=cast.reviewer)
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("charter", "请核对")], by=cast.reviewer)
    attach(handed_in, cast.reporter_a)
    hand_in(cast, round_)
    assert in_force(handed_in, cast) == {"multimedia_rooms"}
    mark(handed_in, "multimedia_rooms", by=cast.reviewer, passed=False)
    assert in_force(handed_in, cast) == set(), "of an earlier revision"


def test_a_point_about_no_single_row_is_let_pass_for_its_revision(cast, handed_in, round_) -> None:
    mark(handed_in, "unproven", by=cast.reviewer)
    assert in_force(handed_in, cast) == {"unproven"}
    again(handed_in, cast, round_, "charter")
    assert in_force(handed_in, cast) == set()


def test_what_cannot_be_marked(cast, handed_in, round_) -> None:
    with pytest.raises(Invalid, match="没有“nothing”"):
        mark(handed_in, "pupils_primary", "nothing", by=cast.reviewer)
    with pytest.raises(NotAllowed):
        mark(handed_in, "pupils_primary", by=cast.admin)
    old = newest(handed_in).pk
    again(handed_in, cast, round_, "pupils_primary", pupils_primary=620)
    with pytest.raises(Conflict, match="重新提交过"):
        actions.mark_items(
            submission_id=handed_in.pk, revision_id=old, items=["pupils_primary"], passed=True, by=cast.reviewer
        )
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils_primary", "请核对")], by=cast.reviewer)
    with pytest.raises(Conflict, match="已退回"):
        mark(handed_in, "pupils_primary", by=cast.reviewer)


@pytest.mark.parametrize("sent", [{}, {"pass": "  "}, {"pass": "pupils_primary"}, {"pass": "x", "revision": "9" * 30}])
def test_bad_input_is_refused_in_words(sign_in, cast, handed_in, sent) -> None:
    answer = sign_in(cast.reviewer).post(reverse("reviews:mark", args=[handed_in.pk]), sent)
    assert answer.status_code in (400, 409)
    assert "请" in answer.content.decode()


def test_reasons_typed_without_a_script_stay(sign_in, cast, handed_in) -> None:
    sent = {"pass": "pupils_primary", "revision": newest(handed_in).pk, "reason-charter": "请补章程"}
    answer = sign_in(cast.reviewer).post(reverse("reviews:mark", args=[handed_in.pk]), sent)
    assert answer.status_code == 200
    assert "请补章程" in answer.content.decode()
    assert "业务审核员通过" in answer.content.decode()


def test_the_school_does_not_see_who_looked_at_what(sign_in, cast, handed_in) -> None:
    mark(handed_in, "pupils_primary", by=cast.reviewer)
    text = sign_in(cast.principal_a).get(reverse("reviews:review", args=[handed_in.pk])).content.decode()
    assert "业务审核员通过" not in text


def test_the_history_has_one_line_for_what_a_person_let_pass_on_a_day(sign_in, cast, handed_in, round_) -> None:
    mark(handed_in, *MARKED, "unproven", by=cast.reviewer)
    mark(handed_in, "unproven", by=cast.reviewer, passed=False)
    again(handed_in, cast, round_, "charter")
    mark(handed_in, "charter", by=cast.reviewer)
    url = reverse("reviews:review", args=[handed_in.pk])
    text = flat(sign_in(cast.reviewer).get(url, {"tab": "history"}).content.decode())
    lines = re.findall(
        r"第 \d 次提交(?:取消)?逐项通过 \d 项|审核退回|第 \d 次提交", text[text.index("timeline-list") :]
    )
    assert "第 2 次提交逐项通过 1 项" in lines[:2]
    assert lines.count("第 1 次提交逐项通过 2 项") == lines.count("第 1 次提交取消逐项通过 1 项") == 1
    assert lines.index("审核退回") < lines.index("第 1 次提交逐项通过 2 项"), "in the order of time"
    assert "小学在校生数、" in text
    assert "逐项通过" not in sign_in(cast.principal_a).get(url, {"tab": "history"}).content.decode()


def nodes(text: str) -> int:
    return len(re.findall(r"<[a-z]", text))


def test_a_full_return_is_a_small_page_and_what_is_folded_comes_when_asked_for(sign_in, cast, round_) -> None:
    figures = {code: one.value for code, one in good_answers(standards.load_spec(round_.standard), "小学").items()}
    row = freeze(round_, cast.school_a, figures, verdict=None).submission
    client, url = sign_in(cast.reviewer), reverse("reviews:review", args=[row.pk])
    text = client.get(url).content.decode()
    assert nodes(text) <= 1200
    assert 'id="row-charter"' not in text
    said, lacking = (
        re.search(r"没有上传佐证的有 (\d+) 项：([^<]+)等 ", flat(text)),
        re.search(r"<summary>全部 (\d+) 项</summary>([^<]+)</details>", text),
    )
    assert said, "many are folded"
    assert lacking
    assert said[1] == lacking[1]
    assert len(said[2].split("、")) == 5 < int(lacking[1])
    assert lacking[2].startswith(f"{said[2]}、")
    section = standards.load_spec(round_.standard).items["charter"].section
    for place in (section, "charter"):
        whole = client.get(url, {"tab": "figures", "open": place}).content.decode()
        assert 'id="row-charter"' in whole
        assert f'name="open" value="{section}"' in whole
