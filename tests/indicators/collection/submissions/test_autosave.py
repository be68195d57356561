"""The JSON contract of autosave: what goes in, what comes out, and every refusal in Chinese."""

import datetime as dt
import json
from functools import partial

import pytest
from django.urls import reverse

from indicators.collection.submissions import actions, content_queries, queries, workflow
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import queries as standards
from portal.core.lib.bounded import Bounded
from schools.directory.models import School
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_submit import send_back, set_values

F = "pupils_primary"
# Session, account, roles, submission, its answers, the write, its time once a minute, three of the trail, relaxations with
# last year, and explanations where there is a warning; two more open and close the transaction.
_AT_MOST = 12 + 2
YEARS = ("2023", "2024", "2025")
_TYPED_ON = _AT_MOST - 2  # within the minute, without a warning


@pytest.fixture
def post(cast, submission, sign_in):
    """Send fields as school 甲's clerk, or as `who`; `section` is the one that is open."""
    clerk = sign_in(cast.reporter_a)

    def send(fields, section="pupils", body=None, who=None):
        client = sign_in(who) if who else clerk
        url = reverse("submissions:save", args=[submission.pk]) + f"?section={section}"
        content = body if body is not None else json.dumps({"fields": fields})
        return client.post(url, content, content_type="application/json", headers={"accept": "application/json"})

    return send


def answers_of(cast, submission):
    return queries.load(queries.get(cast.reporter_a, submission.pk)).answers


def test_a_saved_field_comes_back_with_version_time_and_clean_text(cast, submission, post):
    response = post({F: {"value": " １,203 ", "version": 0}})
    saved = response.json()["saved"][F]
    assert response.status_code == 200
    assert (saved["version"], saved["text"]) == (1, "1203")
    assert len(saved["at"]) == 8
    assert answers_of(cast, submission) == {F: Value(1203)}


def test_the_answer_holds_what_the_page_shows(post):
    content = post({F: {"value": "360", "version": 0}}).json()
    assert set(content) == {
        "saved",
        "errors",
        "cells",
        "stale",
        "notes",
        "asked",
        "parts",
        "totals",
        "live",
        "sent_back",
        "corrected",
    }
    assert "还缺" in content["live"]
    assert content["parts"]["pupils"]["state"] == "进行中"
    assert content["parts"]["teachers"]["state"] == "未开始"
    assert content["totals"]["errors"] == 0


def test_correcting_what_was_sent_back_shows_at_once(cast, complete, post):
    send_back(actions.submit(submission_id=complete.pk, by=cast.principal_a), "teaching_area")
    before = post({F: {"value": "360", "version": 0}}).json()
    assert (before["corrected"], before["totals"]["sent_back"]) == ([], 1)
    assert "未改" in before["sent_back"]
    assert before["parts"]["premises"] == {"state": "退回待改", "tone": "bad", "detail": "1 处退回待改"}
    after = post({"teaching_area": {"value": "3000", "version": 1}}, "premises").json()
    assert (after["corrected"], after["totals"]["sent_back"]) == (["teaching_area"], 0)
    assert "已改" in after["sent_back"]


def test_the_live_result_speaks_of_people_and_floors(post):
    fields = {
        F: "500",
        "teachers_doctor_primary": "0",
        "teachers_master_primary": "0",
        "teachers_bachelor_primary": "14",
        "teachers_associate_primary": "5",
        "backbone_teachers_primary": "4",
    }
    live = post({code: {"value": value, "version": 0} for code, value in fields.items()}).json()["live"]
    assert "标准 4.2，还差 2 名高于规定学历教师；85% 底线 3.57 已过" in live
    assert "还差 1 名骨干教师；85% 底线 0.85 未过" in live


def test_a_bad_value_is_400_with_its_message_and_the_good_one_next_to_it_is_saved(cast, submission, post):
    assert post({F: {"value": "三百", "version": 0}}).status_code == 400
    response = post({F: {"value": "-5", "version": 0}, "boarders_primary": {"value": "7", "version": 0}})
    content = response.json()
    assert response.status_code == 200
    assert "不能是负数" in content["errors"][F]
    assert answers_of(cast, submission) == {"boarders_primary": Value(7)}


@pytest.mark.parametrize("raw", ["12.5", "1.2E+17", "abc", "-1", "=1+1", "1,23", "9" * 30, "∞", "NaN"])
def test_what_is_not_a_count_is_refused(post, raw):
    response = post({F: {"value": raw, "version": 0}})
    assert response.status_code == 400
    assert response.json()["errors"][F]


def test_a_stale_version_is_409_with_both_sides(cast, submission, post):
    post({F: {"value": "10", "version": 0}})
    actions.save(submission_id=submission.pk, values={F: Value(11)}, by=cast.principal_a)
    response = post({F: {"value": "12", "version": 1}, "boarders_primary": {"value": "3", "version": 0}})
    stale = response.json()["stale"][F]
    assert response.status_code == 409
    assert (stale["text"], stale["version"], stale["by"]) == ("11", 2, "甲校校长")
    assert answers_of(cast, submission) == {F: Value(11), "boarders_primary": Value(3)}
    assert post({F: {"value": "12", "version": 2}}).status_code == 200


def test_one_field_and_a_new_one_next_to_it_are_read_and_written_once(
    cast, submission, post, django_assert_max_num_queries
):
    """What it is worth in time: `python -m benchmarks.bench_autosave`."""
    post({F: {"value": "10", "version": 0}})
    with django_assert_max_num_queries(_AT_MOST):
        response = post({F: {"value": "12", "version": 1}, "boarders_primary": {"value": "30", "version": 0}})
    assert {code: saved["version"] for code, saved in response.json()["saved"].items()} == {F: 2, "boarders_primary": 1}
    assert "多于" in response.json()["notes"]["boarders_primary"]
    rows = submission.answers.order_by("field").values_list("field", "version", "updated_by")
    assert list(rows) == [("boarders_primary", 1, cast.reporter_a.pk), (F, 2, cast.reporter_a.pk)]


def test_the_next_figure_typed_takes_no_more_queries_than_promised(post, django_assert_max_num_queries):
    post({F: {"value": "10", "version": 0}})
    with django_assert_max_num_queries(_TYPED_ON):
        post({F: {"value": "12", "version": 1}})


def test_what_is_recalled_of_the_save_before_is_never_older_than_the_rows(cast, complete, post):
    """Rows change behind the back of this process, as other processes change them."""

    def typed(area):
        version = complete.answers.get(field="teaching_area").version
        return post({"teaching_area": {"value": area, "version": version}}, "premises").json()

    def judged(area):
        """By what is recalled and, with the same figures, by nothing."""
        known, afresh = typed(area), (content_queries._recalled.clear(), typed(area))[1]
        assert known["saved"]["teaching_area"] == afresh["saved"]["teaching_area"]
        assert known == afresh
        return known

    assert "离达标还差" not in judged("3001")["live"]
    complete.answers.filter(field="backbone_teachers_primary").update(number=0)
    assert "A2 还差" in judged("3002")["live"]
    complete.answers.filter(field="charter_note").update(text="短")
    assert judged("3003")["totals"]["errors"] == 1
    School.objects.filter(pk=complete.school_id).update(kind="九年一贯制学校")
    assert "初中部" in judged("3004")["live"]
    Round.objects.filter(pk=complete.round_id).update(standard=standards.current("national-2021"))
    judged("3005")
    other = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    set_values(other, cast.admin, teaching_area=Value(10))
    actions.submit(submission_id=other.pk, by=cast.admin, partial=True)
    assert "比上年" in judged("3006")["notes"]["teaching_area"]


def test_no_process_recalls_more_than_it_has_room_for(cast, submission, monkeypatch):
    monkeypatch.setattr(content_queries, "_recalled", Bounded(2))
    for row in [
        submission,
        *(make_submission(make_round(cast.district, year), school=cast.school_a) for year in YEARS),
    ]:
        workflow.assess(queries.load(queries.get(cast.reporter_a, row.pk)))
        assert 0 < len(content_queries._recalled) <= 2


def test_only_fields_with_something_to_say_are_in_the_notes(post):
    post({F: {"value": "10", "version": 0}})
    assert set(post({"boarders_primary": {"value": "11", "version": 0}}).json()["notes"]) == {"boarders_primary"}
    assert post({"boarders_primary": {"value": "9", "version": 1}}).json()["notes"] == {}


def test_forty_fields_typed_without_network_arrive_in_one_request(
    cast, submission, spec, post, django_assert_max_num_queries
):
    codes = [
        item.code
        for item in spec.items.values()
        if item.kind in ("number", "decimal") and item.stage in ("", "primary")
    ]
    assert len(codes) >= 40 - 5
    post({F: {"value": "1", "version": 0}})
    with django_assert_max_num_queries(_AT_MOST):
        response = post({code: {"value": str(n), "version": int(code == F)} for n, code in enumerate(codes)})
    assert len(response.json()["saved"]) == len(codes)
    assert len(answers_of(cast, submission)) == len(codes)


def test_blank_zero_and_not_applicable(cast, submission, post):
    post({F: {"value": "0", "version": 0}, "boarders_primary": {"not_applicable": "无寄宿", "version": 0}})
    assert answers_of(cast, submission) == {F: Value(0), "boarders_primary": NotApplicable("无寄宿")}
    post({F: {"value": "", "version": 1}})
    assert F not in answers_of(cast, submission)
    assert post({F: {"not_applicable": " ", "version": 2}}).status_code == 400


def test_tables_null_is_blank_and_an_empty_list_means_none(cast, submission, post):
    row = {"name": "音乐一", "area": "96.5", "built_year": "2016", "extra": "x"}
    post({"music_rooms": {"rows": [row, {"name": ""}], "version": 0}, "art_rooms": {"rows": [], "version": 0}})
    found = answers_of(cast, submission)
    assert [entry["name"] for entry in found["music_rooms"].value] == ["音乐一"]
    assert found["art_rooms"] == Value(())
    post({"art_rooms": {"rows": None, "version": 1}})
    assert "art_rooms" not in answers_of(cast, submission)
    response = post({"art_rooms": {"rows": [row | {"area": "很大"}], "version": 2}})
    assert "第 1 行“面积”" in response.json()["errors"]["art_rooms"]


def test_a_row_half_typed_is_saved_among_whole_answers(cast, complete, post):
    whole = answers_of(cast, complete)["art_rooms"].value
    version = complete.answers.get(field="art_rooms").version
    half = [{"name": row["name"], "area": None, "built_year": None} for row in whole]
    response = post({"art_rooms": {"rows": half, "version": version}}, section="equipment")
    assert response.status_code == 200
    assert response.json()["saved"]["art_rooms"]["version"] == version + 1
    assert "美术专用教室" in response.json()["live"]


def test_every_bad_cell_of_a_table_is_named_and_good_ones_come_back_as_stored(post):
    rows = [
        {"date": "2026年3月21日", "kind": "疏散演练", "participants": "1,160"},
        {"date": "下周五", "kind": "演习", "participants": "3"},
    ]
    answer = post({"drills": {"rows": rows, "version": 0}}).json()
    assert {(cell["row"], cell["column"]) for cell in answer["cells"]["drills"]} == {(1, "date"), (1, "kind")}
    assert "下周五" in answer["cells"]["drills"][0]["error"]
    assert "第 2 行“日期”" in answer["errors"]["drills"]
    saved = post({"drills": {"rows": rows[:1], "version": 0}}).json()["saved"]["drills"]
    assert saved["rows"] == [{"date": "2026-03-21", "kind": "疏散演练", "participants": "1160"}]


def test_a_figure_written_as_not_applicable_comes_back_with_its_reason(post):
    saved = post({F: {"value": "不适用:本校没有小学", "version": 0}}).json()["saved"][F]
    assert saved["reason"] == "本校没有小学"


@pytest.mark.parametrize(
    "rows", ["x", [1], [["小学"]], [{"name": {"a": 1}, "area": ["9"], "built_year": None}], [{}] * 1001], ids=str
)
def test_strange_tables_break_nothing(post, rows):
    assert post({"music_rooms": {"rows": rows, "version": 0}}).status_code in (200, 400)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '{"fields": []}',
        '{"fields": {"a": 1}}',
        '{"fields": {"a": {"version": "x"}}}',
        b"\xff\xfe\x00",
    ],
    ids=repr,
)
def test_a_broken_request_is_400_in_chinese(post, body):
    response = post(None, body=body)
    assert response.status_code == 400
    assert "刷新页面" in response.json()["message"]


@pytest.mark.parametrize("value", [{"a": 1}, [1], {"value": 1}])
def test_a_value_of_a_strange_type_is_refused(post, value):
    assert post({F: {"value": value, "version": 0}}).status_code == 400


def test_an_unknown_field_is_refused_next_to_the_good_ones(cast, submission, post):
    response = post({"nonsense": {"value": "1", "version": 0}, F: {"value": "1", "version": 0}})
    assert "刷新页面" in response.json()["errors"]["nonsense"]
    assert answers_of(cast, submission) == {F: Value(1)}


def test_contradictions_are_saved_and_said(cast, submission, post):
    post({F: {"value": "10", "version": 0}})
    content = post({"boarders_primary": {"value": "11", "version": 0}}).json()
    assert "多于" in content["notes"]["boarders_primary"]
    assert content["parts"]["pupils"]["state"] == "有错误"
    assert answers_of(cast, submission)["boarders_primary"] == Value(11)


def test_follow_up_fields_are_asked_when_their_trigger_is_chosen(cast, post):
    post = partial(post, who=cast.principal_a)
    content = post({"veto_fraud": {"value": "无", "version": 0}}, section="vetoes").json()
    assert "veto_fraud_note" not in content["asked"]
    content = post({"veto_fraud": {"value": "有", "version": 1}}, section="vetoes").json()
    assert "veto_fraud_note" in content["asked"]


def test_markup_in_a_value_stays_text(cast, submission, post):
    evil = "<script>alert(1)</script>" + "说明" * 30
    content = post({"charter_note": {"value": evil, "version": 0}}, section="management").json()
    assert content["saved"]["charter_note"]["text"] == evil
    response = post({F: {"value": "<img src=x>", "version": 0}})
    assert "<img" not in response.json()["live"]
    assert answers_of(cast, submission)["charter_note"] == Value(evil)


@pytest.mark.parametrize("state", ["submitted", "in_review", "approved"])
def test_a_handed_in_submission_answers_409_with_a_message(post, state):
    Submission.objects.update(state=state)
    response = post({F: {"value": "1", "version": 0}})
    assert response.status_code == 409
    assert "saved" not in response.json()
    assert "只能查看" in response.json()["message"]


def test_typing_on_changes_the_submission_itself_once_a_minute(cast, submission) -> None:
    def saved(number, by):
        actions.save(submission_id=submission.pk, values={"teaching_area": Value(number)}, by=by)
        return type(submission).objects.values_list("updated_at", flat=True).get(pk=submission.pk)

    first = saved(1, cast.reporter_a)
    assert saved(2, cast.reporter_a) == first
    other = saved(3, cast.principal_a)
    assert other > first, "somebody else"
    type(submission).objects.update(updated_at=first - dt.timedelta(minutes=2))
    assert saved(4, cast.principal_a) > other
