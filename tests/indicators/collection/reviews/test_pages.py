"""The queue and the review page through real addresses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from indicators.collection.evidence.actions import withdraw
from indicators.collection.reviews import actions, queries
from indicators.collection.reviews.actions import Reason
from indicators.collection.submissions import actions as submissions, queries as submission_queries, workflow
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.engine import Value
from schools.directory.models import School
from tests.attacks import corpus
from tests.cast import make_school
from tests.indicators.collection.reviews.test_actions import hand_in
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.submissions.test_evidence import attach
from tests.indicators.district import hand_in as freeze, open_round
from tests.schools.register import make_township
from tests.shared import shared

S = Submission.State
CHECK = "per_unit_range"
UNLIKELY = {"pupils_primary": Value(600), "equipment_value": Value(Decimal(1))}


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@shared
def handed_in(cast: Any, round_: Round) -> Submission:
    return hand_in(cast, round_, pupils_primary=600, multimedia_rooms=15)


def page(client: Any, row: Submission, tab: str = "", **more: str) -> str:
    response = client.get(reverse("reviews:review", args=[row.pk]), more | ({"tab": tab} if tab else {}))
    assert response.status_code == 200
    return response.content.decode()


def test_the_queue_shows_what_waits_oldest_first(sign_in, cast, round_, handed_in) -> None:
    Submission.objects.filter(pk=handed_in.pk).update(submitted_at=timezone.now() - timedelta(days=5))
    other = Submission.objects.get(round=round_, school=cast.school_b)
    submissions.save(submission_id=other.pk, values={"pupils_junior": Value(700)}, by=cast.reporter_b)
    submissions.submit(submission_id=other.pk, by=cast.admin, partial=True)
    text = sign_in(cast.reviewer).get(reverse("reviews:queue")).content.decode()
    assert text.index("甲小学") < text.index("乙初级中学")
    assert "5 天" in text


def test_the_submissions_of_a_township_are_listed_by_themselves(sign_in, cast, handed_in) -> None:
    client, url = sign_in(cast.reviewer), reverse("reviews:queue")
    assert "乡镇、街道" not in client.get(url).content.decode()
    place, other = make_township(cast.district, "北郊乡"), make_township(cast.district, "柳园口乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=place)
    listed = [client.get(url, {"township": one.pk}).context["page"].object_list for one in (place, other)]
    assert [[row.pk for row in rows] for rows in listed] == [[handed_in.pk], []]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, True),
        ({"state": "submitted"}, True),
        ({"state": "approved"}, False),
        ({"kind": "初级中学"}, False),
        ({"days": "7"}, False),
        ({"days": "3"}, True),
        ({"q": "甲小"}, True),
        ({"q": "丁"}, False),
        ({"state": "nonsense", "round": "99999", "days": "x"}, True),
    ],
)
def test_filters_live_in_the_address(sign_in, cast, handed_in, query, shown) -> None:
    Submission.objects.filter(pk=handed_in.pk).update(submitted_at=timezone.now() - timedelta(days=5))
    response = sign_in(cast.reviewer).get(reverse("reviews:queue"), query)
    assert response.status_code == 200
    assert ("甲小学" in response.content.decode().split("card-table")[-1]) is shown


def test_figures_stand_next_to_last_years_with_the_change(sign_in, cast, round_, handed_in) -> None:
    freeze(open_round(cast.district, "2025"), cast.school_a, {"pupils_primary": 500, "multimedia_rooms": 15})
    text = page(sign_in(cast.reviewer), handed_in)
    assert "+20.0%" in text
    assert "持平" in text
    assert "<strong>A7</strong>" in text


def test_not_applicable_shows_its_reason_and_a_missing_figure_says_so(sign_in, cast, round_, handed_in) -> None:
    text = page(sign_in(cast.reviewer), handed_in)
    assert "未填" in text


def test_the_page_shows_what_was_signed_even_while_the_school_corrects_it(cast, round_, handed_in) -> None:
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils_primary", "请核对")], by=cast.reviewer)
    submissions.save(submission_id=handed_in.pk, values={"pupils_primary": Value(650)}, by=cast.reporter_a)
    handed_in.refresh_from_db()
    lines = {line.item.code: line for block in queries.load(cast.reviewer, handed_in).blocks for line in block.lines}
    assert lines["pupils_primary"].now == "600"


def test_the_page_lists_the_files_and_explanations_that_were_signed(sign_in, cast, round_) -> None:
    row = Submission.objects.get(round=round_, school=cast.school_a)
    signed = attach(row, cast.reporter_a).evidence
    submissions.save(submission_id=row.pk, values=UNLIKELY, by=cast.reporter_a)
    submissions.waive(
        submission_id=row.pk, check=CHECK, field="equipment_value", reason="账面原值含捐赠", by=cast.reporter_a
    )
    hand_in(cast, round_)
    actions.send_back(submission_id=row.pk, reasons=[Reason("teaching_area", "请更换图纸")], by=cast.reviewer)
    withdraw(evidence_id=signed.pk, reason="传错了", by=cast.reporter_a)
    attach(
        row, cast.reporter_a, name="新测绘图.pdf", content=corpus.pdf(lambda writer: writer.add_blank_page(100, 100))
    )
    submissions.waive(
        submission_id=row.pk, check=CHECK, field="equipment_value", reason="单位确为万元", by=cast.reporter_a
    )
    row.refresh_from_db()
    text = page(sign_in(cast.reviewer), row, "figures", open="teaching_area")
    assert "房产测绘图.pdf" in text
    assert "提交后已撤下" in text
    assert "新测绘图.pdf" not in text, "what the school added since is not under review"
    assert "说明：账面原值含捐赠" in text


@pytest.mark.parametrize(("who", "is_link"), [("reviewer", True), ("reporter_a", True), ("inspector_a", False)])
def test_files_with_personal_data_are_links_only_for_who_may_open_them(sign_in, cast, round_, who, is_link) -> None:
    row = Submission.objects.get(round=round_, school=cast.school_a)
    evidence = attach(row, cast.reporter_a, restricted=True).evidence
    hand_in(cast, round_, pupils_primary=600)
    row.refresh_from_db()
    text = page(sign_in(getattr(cast, who)), row, open="teaching_area")
    assert "房产测绘图.pdf" in text
    assert (reverse("evidence:download", args=[evidence.pk]) in text) is is_link


def test_a_resubmission_opens_on_what_changed_with_the_reasons_alongside(sign_in, cast, round_, handed_in) -> None:
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils_primary", "与学籍不一致")], by=cast.reviewer)
    hand_in(cast, round_, pupils_primary=620)
    text = page(sign_in(cast.reviewer), handed_in)
    changes = text.split("card-table")[1].split("</table>")[0]
    for part in ("与学籍不一致", "600", "620", "已改"):
        assert part in changes
    assert "网络多媒体教室" not in changes, "what did not change is not in this tab"


def unchanged(row: Submission) -> list[str]:
    known = submission_queries.load(Submission.objects.get(pk=row.pk))
    return [reason.item for reason in workflow.assess(known).unchanged]


def test_a_figure_that_is_right_comes_back_with_words_the_reviewer_reads_where_it_was_sent_back(
    sign_in, cast, round_, handed_in
) -> None:
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils_primary", "与学籍不一致")], by=cast.reviewer)
    head, name = sign_in(cast.principal_a), "reason:sent_back:pupils_primary"
    row = Submission.objects.get(pk=handed_in.pk)
    assert unchanged(row) == ["pupils_primary"]
    waive = reverse("submissions:waive", args=[row.pk])
    answer = head.post(waive, {"warning": "sent_back:pupils_primary", name: "与学籍系统 9 月 1 日的人数一致"})
    assert answer.url == reverse("submissions:section", args=[row.pk, "pupils"]) + "#row-pupils"
    form = head.get(answer.url).content.decode()
    assert "已说明：<span>与学籍系统 9 月 1 日的人数一致" in form
    assert "已说明" in form.split("entry-sent-back")[1].split("</section>")[0]
    assert unchanged(row) == []
    again = submissions.submit(submission_id=row.pk, by=cast.admin, partial=True)
    assert [one["message"] for one in again.content["waivers"] if one["check"] == "sent_back"] == ["与学籍不一致"]
    text = page(sign_in(cast.reviewer), row)
    changes = text.split("card-table")[1].split("</table>")[0]
    assert "未改，只作说明" in changes
    assert "说明：与学籍系统 9 月 1 日的人数一致" in changes
    assert "退回时写的是“与学籍不一致”" in text.split('id="points"')[1].split("</ol>")[0]
    # Sent back for it once more the same words do not do.
    actions.send_back(submission_id=row.pk, reasons=[Reason("pupils_primary", "与学籍不一致")], by=cast.reviewer)
    assert unchanged(row) == ["pupils_primary"]
    other = {"warning": "sent_back:teachers", "reason:sent_back:teachers": "没有退回这一项"}
    assert head.post(waive, other).status_code == 409


def test_sending_back_without_a_reason_shows_the_page_again_with_what_was_typed(sign_in, cast, handed_in) -> None:
    url = reverse("reviews:send_back", args=[handed_in.pk])
    response = sign_in(cast.reviewer).post(url, {"comment": "再看看", "reason-pupils_primary": "  "})
    assert response.status_code == 400
    assert "再看看" in response.content.decode()
    handed_in.refresh_from_db()
    assert handed_in.state == S.SUBMITTED


def test_phrase_and_text_become_one_reason(sign_in, cast, handed_in) -> None:
    url = reverse("reviews:send_back", args=[handed_in.pk])
    data = {"phrase-pupils_primary": "缺少佐证材料，请补充", "reason-pupils_primary": "见附件二", "phrase-charter": ""}
    assert sign_in(cast.reviewer).post(url, data).status_code == 302
    decision = handed_in.revisions.get().decision
    assert [reason.text for reason in decision.reasons.all()] == ["缺少佐证材料，请补充；见附件二"]


def test_approving_leads_on_to_the_next_that_waits(sign_in, cast, round_, handed_in) -> None:
    other = Submission.objects.get(round=round_, school=cast.school_b)
    submissions.save(submission_id=other.pk, values={"pupils_junior": Value(700)}, by=cast.reporter_b)
    submissions.submit(submission_id=other.pk, by=cast.admin, partial=True)
    response = sign_in(cast.reviewer).post(reverse("reviews:approve", args=[handed_in.pk]))
    assert response.url == reverse("reviews:review", args=[other.pk])


def test_the_own_signature_brings_no_buttons_and_a_refusal(sign_in, cast, handed_in) -> None:
    client = sign_in(cast.admin)
    text = page(client, handed_in)
    assert "须由另一人审核" in text
    assert reverse("reviews:approve", args=[handed_in.pk]) not in text
    assert client.post(reverse("reviews:approve", args=[handed_in.pk])).status_code == 403


@pytest.mark.parametrize(
    ("state", "may"), [(S.SUBMITTED, True), (S.IN_REVIEW, True), (S.APPROVED, True), (S.SENT_BACK, False)]
)
def test_reasons_can_be_written_only_where_a_decision_can_be_made(sign_in, cast, handed_in, state, may) -> None:
    Submission.objects.filter(pk=handed_in.pk).update(state=state)
    text = page(sign_in(cast.reviewer), handed_in)
    assert ("退回此项" in text) is may
    assert ("data-review=" in text) is may


def test_begin_is_a_button_and_a_second_press_is_a_conflict(sign_in, cast, handed_in) -> None:
    client = sign_in(cast.reviewer)
    url = reverse("reviews:begin", args=[handed_in.pk])
    assert url in page(client, handed_in)
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 409


def test_the_history_names_every_step(sign_in, cast, round_, handed_in) -> None:
    actions.send_back(submission_id=handed_in.pk, reasons=[Reason("pupils_primary", "请核对")], by=cast.reviewer)
    text = page(sign_in(cast.reviewer), handed_in, "history")
    for part in ("审核退回", "小学在校生数：请核对", "第 1 次提交", "业务审核员"):
        assert part in text


@pytest.mark.parametrize(
    ("who", "queue", "review"),
    [
        ("reviewer", 200, 200),
        ("admin", 200, 200),
        ("leader", 403, 200),
        ("reporter_a", 403, 200),
        ("inspector_a", 403, 200),
        ("reporter_b", 403, 404),
        ("foreign_admin", 200, 404),
        ("auditor", 403, 403),
    ],
)
def test_doors(sign_in, cast, handed_in, who, queue, review) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("reviews:queue")).status_code == queue
    assert client.get(reverse("reviews:review", args=[handed_in.pk])).status_code == review


@pytest.mark.parametrize("verb", ["begin", "send_back", "approve"])
def test_actions_are_posts_and_foreign_ones_are_not_found(sign_in, cast, handed_in, verb) -> None:
    url = reverse(f"reviews:{verb}", args=[handed_in.pk])
    assert sign_in(cast.reviewer).get(url).status_code == 405
    assert sign_in(cast.foreign_admin).post(url).status_code == 404
    assert sign_in(cast.leader).post(url).status_code == 403


def test_the_queue_asks_as_often_for_100_schools_as_for_10(sign_in, cast, round_) -> None:
    client = sign_in(cast.reviewer)
    client.get("/")  # the first request of a session also writes the session
    counts = []
    for first, last in ((0, 10), (10, 100)):
        for number in range(first, last):
            school = make_school(f"410202{5000 + number}", f"第{number}小学", cast.district)
            freeze(round_, school, {"pupils_primary": 300}, verdict=None)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("reviews:queue")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 24


def test_the_review_page_has_a_fixed_number_of_queries(sign_in, cast, handed_in, django_assert_max_num_queries) -> None:
    client = sign_in(cast.reviewer)
    page(client, handed_in)
    with django_assert_max_num_queries(29):
        page(client, handed_in)


def test_approving_with_reasons_to_send_back_typed_is_refused_and_keeps_them(sign_in, cast, handed_in) -> None:
    url = reverse("reviews:approve", args=[handed_in.pk])
    answer = sign_in(cast.reviewer).post(url, {"reason-teaching_area": "与测绘图不符"})
    assert answer.status_code == 400
    assert "与测绘图不符" in answer.content.decode()
    handed_in.refresh_from_db()
    assert handed_in.state == Submission.State.SUBMITTED


@pytest.mark.parametrize(("who", "leads"), [("reviewer", True), ("leader", False), ("principal_a", False)])
def test_only_who_reviews_is_led_to_the_queue(cast: Any, sign_in: Any, handed_in: Submission, who, leads) -> None:
    assert (f'href="{reverse("reviews:queue")}"' in page(sign_in(getattr(cast, who)), handed_in)) is leads
