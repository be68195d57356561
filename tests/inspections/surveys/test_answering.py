"""Answering: by anybody with a code, once, leaving nothing that leads back to them."""

from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from inspections.surveys import actions, queries
from inspections.surveys.models import SurveyAnswer, SurveyCode, UnusedCode
from portal.core.audit.models import AuditEvent
from tests.cast import assemble
from tests.inspections.making import today
from tests.inspections.surveys.making import all_alike, answer, codes, draft, handed_out

pytestmark = pytest.mark.django_db


def test_an_answer_is_counted_once_and_leads_nowhere(cast, django_assert_max_num_queries) -> None:
    survey = handed_out(cast)
    code = codes(survey, "parents", cast.school_a)[0]
    address, given = reverse("surveys:answer", args=[code]), all_alike(survey, "parents", "mostly")
    events, client = AuditEvent.objects.count(), Client(enforce_csrf_checks=True)
    with django_assert_max_num_queries(1):
        page = client.get(address)
    assert "甲小学" in page.text
    assert "<script" not in page.text
    with django_assert_max_num_queries(6):
        sent = client.post(address, given)
    again = client.post(address, all_alike(survey, "parents", "no"))
    assert sent.headers["Location"] == address
    assert "已经答过" in again.text
    row = SurveyAnswer.objects.get()
    assert (row.group, row.school, row.answers) == ("parents", cast.school_a, given)
    fields = {field.name for field in SurveyAnswer._meta.fields}
    assert fields == {"id", "survey", "group", "school", "answers"}
    assert {field.name for field in SurveyCode._meta.fields} == {"id", "portion", "digest"}
    assert not SurveyCode.objects.filter(digest__contains=code).exists()
    assert AuditEvent.objects.count() == events
    assert not client.cookies


def test_two_at_once_are_one(cast) -> None:
    survey = handed_out(cast)
    code = codes(survey, "teachers", cast.school_a)[0]
    first, second = queries.by_code(code), queries.by_code(code)
    assert first
    assert second
    given = all_alike(survey, "teachers", "yes")
    assert actions.answer(code=first, given=given)
    assert not actions.answer(code=second, given=given)
    assert SurveyAnswer.objects.count() == 1


def in_order(model: type[Model], *fields: str) -> list[tuple[object, ...]]:
    """The rows as they stand in the table."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        names = ", ".join(f'"{field}"' for field in fields)
        cursor.execute(f"SELECT {names} FROM {model._meta.db_table} ORDER BY {place}")
        return list(cursor.fetchall())


def test_who_compares_two_backups_without_the_key_does_not_learn_which_papers_answered(cast) -> None:
    """Codes stand by their digests, in the table and by number, so the place of one that went says nothing about its paper."""
    survey = handed_out(cast)
    rows = [digest for _, digest in in_order(SurveyCode, "id", "digest")]
    assert rows == sorted(rows)
    assert rows == list(SurveyCode.objects.order_by("pk").values_list("digest", flat=True))
    papers = [queries.digest(code) for one in survey.portions.all() for code in queries.codes(survey, one)]
    assert sorted(papers) == rows
    assert papers != rows
    with override_settings(SECRET_KEY="another"):
        assert not {queries.digest(code) for code in codes(survey, "parents", cast.school_a)} & set(rows)


@pytest.mark.django_db(transaction=True)
def test_answering_leaves_no_row_by_which_answer_and_code_meet() -> None:
    """On PostgreSQL every row names the transaction that wrote it; of an answer's there is no other row anywhere."""
    survey = handed_out(cast := assemble())
    codes_before, unused = in_order(SurveyCode, "id", "digest"), in_order(UnusedCode, "code_id")
    answer(survey, "parents", cast.school_a, "ynm")
    assert in_order(SurveyCode, "id", "digest") == codes_before
    left = in_order(UnusedCode, "code_id")
    assert len(left) == len(unused) - 3
    assert left == [row for row in unused if row in left]
    if connection.vendor != "postgresql":
        return
    found = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT xmin::text FROM {SurveyAnswer._meta.db_table}")
        transactions = [row[0] for row in cursor.fetchall()]
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE xmin::text = ANY(%s)', [transactions])
            found += [table] * cursor.fetchone()[0]
    assert len(set(transactions)) == 3
    assert found == [SurveyAnswer._meta.db_table] * 3


def test_after_the_end_answers_do_not_stand_in_the_order_they_came(cast) -> None:
    survey = handed_out(cast)
    answer(survey, "parents", cast.school_a, "ynmynmynmynm")
    numbers = {row.pk for row in survey.answers.all()}
    given = Counter(row.answers["overall"] for row in survey.answers.all())
    actions.end(survey_id=survey.pk, by=cast.admin)
    assert not UnusedCode.objects.exists()
    after = in_order(SurveyAnswer, "id")
    assert after == sorted(after)
    assert not numbers & {row.pk for row in survey.answers.all()}
    assert Counter(row.answers["overall"] for row in survey.answers.all()) == given


def test_a_person_signed_in_is_not_known_and_stays_signed_in(cast, sign_in) -> None:
    survey, client = handed_out(cast), sign_in(cast.reporter_a)
    address = reverse("surveys:answer", args=[codes(survey, "teachers", cast.school_a)[0]])
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    # A browser's own write, which the page of a person would have to name.
    sent = client.post(address, all_alike(survey, "teachers", "yes"), headers={"origin": "http://testserver"})
    assert sent.status_code == 302
    assert not sent.cookies
    assert sent.headers["Cache-Control"] == "no-store"
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == before
    assert client.get(reverse("home")).status_code == 200


def test_an_open_question_keeps_what_was_chosen(cast) -> None:
    survey = handed_out(cast)
    code = codes(survey, "parents", cast.school_a)[0]
    given = dict(all_alike(survey, "parents", "no"))
    del given["overall"]
    page = Client().post(reverse("surveys:answer", args=[code]), given)
    assert page.status_code == 400
    assert "还有 1 道题没有选" in page.text
    assert page.text.count("checked") == len(given)
    assert not SurveyAnswer.objects.exists()


def test_codes_not_known_not_open_yet_or_of_an_ended_survey_take_no_answer(cast) -> None:
    assert Client().get("/s/nosuchcode/").status_code == 404
    survey = handed_out(cast)
    code = codes(survey, "students", cast.school_a)[0]
    address, given = reverse("surveys:answer", args=[code.upper()]), all_alike(survey, "students", "yes")
    assert Client().get(address).context["state"] == "open"
    type(survey).objects.filter(pk=survey.pk).update(opens_on=today(1))
    assert "请到时再扫码" in Client().post(address, given).text
    type(survey).objects.filter(pk=survey.pk).update(opens_on=today())
    waiting = queries.by_code(code)
    assert waiting
    actions.end(survey_id=survey.pk, by=cast.admin)
    assert "调查已经结束" in Client().post(address, given).text
    assert not actions.answer(code=waiting, given=given)
    assert not SurveyAnswer.objects.exists()


def test_codes_are_long_different_and_come_out_the_same_again(cast) -> None:
    survey = handed_out(cast)
    found = [code for portion in survey.portions.all() for code in queries.codes(survey, portion)]
    assert len(set(found)) == len(found) == SurveyCode.objects.count()
    assert {len(code) for code in found} == {16}
    survey.seed = "other"
    assert not {code for one in survey.portions.all() for code in queries.codes(survey, one)} & set(found)


def test_who_made_no_codes_yet_prints_none(cast, sign_in) -> None:
    survey = draft(cast)
    assert sign_in(cast.admin).get(reverse("surveys:district_codes", args=[survey.pk])).status_code == 404
