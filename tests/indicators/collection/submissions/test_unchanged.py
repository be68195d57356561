"""与上年相同，仍属实: stated by a person, only for what is blank and may stay, and on record."""

import pytest
from django.urls import reverse

from indicators.collection.submissions import actions, queries
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from tests.figures import good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.shared import shared


@shared
def last_year(cast, submission):
    """School 甲's figures of the year before, handed in."""
    last = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    values = good_answers(queries.spec_of(last), "小学", primary=355)
    actions.save(submission_id=last.pk, values=values, taken_over=True, by=cast.admin)
    return actions.submit(submission_id=last.pk, by=cast.admin, partial=True)


def state(submission, *fields, by):
    return actions.state_unchanged(submission_id=submission.pk, fields=fields, by=by)


def test_a_statement_fills_in_what_is_blank_and_says_whose_it_is(cast, submission, last_year):
    actions.save(submission_id=submission.pk, values={"teaching_area": Value(9000)}, by=cast.principal_a)
    state(submission, "teaching_area", "music_rooms", "charter_note", by=cast.reporter_a)
    known = queries.load(queries.get(cast.reporter_a, submission.pk))
    assert known.answers["teaching_area"] == Value(9000), "what is filled in stays"
    assert known.answers["music_rooms"] == known.last_year["music_rooms"]
    assert {code for code, row in known.stored.items() if row.same_as == last_year} == {"music_rooms", "charter_note"}
    assert known.stored["music_rooms"].updated_by == cast.reporter_a
    event = AuditEvent.objects.get(action="submission.state_unchanged")
    assert event.after["same_as"] == last_year.receipt
    assert set(event.after) == {"music_rooms", "charter_note", "same_as"}
    state(submission, "music_rooms", by=cast.reporter_a)
    assert AuditEvent.objects.filter(action="submission.state_unchanged").count() == 1, "sent twice is done once"


def test_whoever_changes_it_later_states_nothing_any_more(cast, submission, last_year):
    state(submission, "teaching_area", by=cast.reporter_a)
    actions.save(submission_id=submission.pk, values={"teaching_area": Value(1)}, by=cast.principal_a)
    assert submission.answers.get(field="teaching_area").same_as is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("pupils_primary", "每年都要重新填写"),
        ("public_funds_budget", "每年都要重新填写"),
        ("drills", "每年都要重新填写"),
        ("veto_fraud", "每年都要重新填写"),
        ("leased_sports_area", "上年没有填报"),
        ("nonsense", "不是本单位的填报项"),
    ],
)
def test_what_is_new_every_year_or_was_not_answered_is_refused_whole(cast, submission, last_year, code, why):
    with pytest.raises(Invalid, match="不能沿用上年") as refusal:
        state(submission, "teaching_area", code, by=cast.reporter_a)
    assert why in str(refusal.value.problems[0])
    assert not submission.answers.exists()


def test_on_the_page_it_is_offered_for_blank_fields_and_pressed_without_scripts_too(
    cast, submission, last_year, sign_in
):
    client, address = sign_in(cast.reporter_a), reverse("submissions:save_section", args=[submission.pk, "equipment"])
    page = reverse("submissions:section", args=[submission.pk, "equipment"])
    html = client.get(page).content.decode()
    same = "equipment_value multimedia_rooms music_rooms art_rooms"
    assert f'name="same" value="{same}"' in html
    assert html.count("（今年没有）") == 2, "last year's rooms next to the empty tables"
    sent = client.post(address, {"same": "art_rooms"}, headers={"accept": "application/json"}).json()
    assert sent["saved"]["art_rooms"]["same"] is True
    assert client.post(address, {"same": same, "v-multimedia_rooms": "0", "f-multimedia_rooms": "9"}).url == page
    rows = {row.field: row for row in submission.answers.all()}
    assert rows["multimedia_rooms"].number == 9, "what was typed on the page counts first"
    assert [code for code, row in rows.items() if row.same_as_id] == ["art_rooms", "equipment_value", "music_rooms"]
    html = client.get(page).content.decode()
    assert "甲校填报员" in html
    assert "声明与上年相同，仍属实" in html
    assert 'name="same"' not in html
