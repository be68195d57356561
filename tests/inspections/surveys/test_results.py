"""Making a survey and its results: sample sizes, wording, estimates with their interval, who sees what."""

import io
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from inspections.surveys import actions, queries
from inspections.surveys.models import CURRENT_QUESTIONNAIRE, Questionnaire
from inspections.surveys.queries import estimate
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from tests.cast import grant
from tests.inspections.surveys.making import answer, codes, draft, handed_out
from tests.printed import pages_of

pytestmark = pytest.mark.django_db


def test_the_sample_follows_people_and_pupils() -> None:
    form = Questionnaire(CURRENT_QUESTIONNAIRE)
    small, large = (form.portions(Decimal(people), {1: 300, 2: 100}) for people in ("39", "80"))
    # 39 万 × 1.5‰ = 585, so 600; six in ten are parents, 360 ÷ 70 % = 515 codes, three quarters at the larger school.
    assert (small["parents", 1], small["parents", 2]) == (387, 129)
    assert (large["parents", 1], large["parents", 2]) == (772, 258)
    assert (small["students", 2], small["teachers", 2]) == (43, 22)
    assert (small["heads", None], small["deputies", None]) == (2, 43)
    least = form.portions(Decimal("39"), {1: 5000, 2: 0})
    assert (least["teachers", 2], least["heads", None]) == (8, 2)
    assert set(form.portions(Decimal("39"), {1: 0}).values()) >= {8}


def test_the_interval_is_wilsons() -> None:
    """43 of 50: Wilson's interval by an independent calculation."""
    found = estimate([Fraction(1)] * 43 + [Fraction(0)] * 7, [Fraction(0)] * 50)
    assert (found.share, found.wholly) == (Fraction(43, 50), 0)
    assert (round(found.low, 4), round(found.high, 4)) == (Decimal("0.7381"), Decimal("0.9305"))
    everybody = estimate([Fraction(1)] * 5, [Fraction(1)] * 5)
    assert (round(everybody.low, 4), everybody.high) == (Decimal("0.5655"), 1)


def test_questions_are_worded_until_codes_are_out(cast) -> None:
    survey = draft(cast)
    actions.word(survey_id=survey.pk, texts={"overall": "总之，您对义务教育"}, by=cast.admin)
    survey.refresh_from_db()
    texts = {question.code: question.text for question in survey.questionnaire.questions}
    assert texts["overall"] == "总之，您对义务教育"
    assert texts["nearby"] == Questionnaire(CURRENT_QUESTIONNAIRE).questions[0].text
    with pytest.raises(Invalid):
        actions.word(survey_id=survey.pk, texts={"overall": " "}, by=cast.admin)
    actions.hand_out(survey_id=survey.pk, by=cast.admin)
    with pytest.raises(Conflict):
        actions.word(survey_id=survey.pk, texts={"overall": "另一句"}, by=cast.admin)


def shares(rows) -> dict[str, Fraction | None]:
    """Of the first dimension, by label."""
    return {row.label: row.by_dimension[0][1].share if row.by_dimension[0][1] else None for row in rows}


def test_results_wait_for_the_end_and_hide_small_groups(cast) -> None:
    survey = handed_out(cast)
    answer(survey, "parents", cast.school_a, "yyyymn")
    answer(survey, "students", cast.school_a, "yyyyyyyy")
    answer(survey, "parents", cast.school_b, "yyyyyyyn")
    answer(survey, "teachers", cast.school_b, "nnn")
    answer(survey, "students", cast.school_b, "yyyyyyyy")
    running = queries.results(cast.admin, survey)
    assert set(shares(running.groups).values()) == {None}
    assert {row.label: row.answered for row in running.schools} == {"甲小学": 14, "乙初级中学": 19}
    survey = actions.end(survey_id=survey.pk, by=cast.admin)
    found = queries.results(cast.leader, survey)
    assert shares(found.groups)["合计"] == Fraction(28, 33)
    # Three teachers, so their total and the smallest group next to each.
    assert shares(found.groups)["教师"] is None
    assert shares(found.groups)["家长"] is None
    assert shares(found.groups)["学生"] == 1
    at_b = shares(found.at_schools[cast.school_b.pk])
    assert at_b == {"学生": Fraction(1), "家长": None, "教师": None}
    assert [row.is_hidden for row in found.groups if not row.answered] == [False] * 3


def test_a_return_is_low_only_once_nobody_can_answer_any_more(cast, sign_in) -> None:
    survey, client = handed_out(cast), sign_in(cast.admin)
    url = reverse("surveys:detail", args=[survey.pk])
    assert "偏低" not in client.get(url).text
    actions.end(survey_id=survey.pk, by=cast.admin)
    assert "偏低" in client.get(url).text


def test_a_school_sees_its_own_and_no_totals(cast, sign_in) -> None:
    survey = handed_out(cast)
    answer(survey, "parents", cast.school_a, "yyyyyy")
    answer(survey, "parents", cast.school_b, "nnnnnn")
    survey = actions.end(survey_id=survey.pk, by=cast.admin)
    found = queries.results(cast.principal_a, survey)
    assert (found.groups, [row.label for row in found.schools]) == ((), ["甲小学"])
    client = sign_in(cast.principal_a)
    assert client.get(reverse("surveys:school", args=[survey.pk, cast.school_b.code])).status_code == 404
    page = client.get(reverse("surveys:detail", args=[survey.pk]))
    assert "自查估计" in page.text
    assert "乙初级中学" not in page.text
    sent = client.get(reverse("surveys:export", args=[survey.pk])).getvalue()
    book = CalamineWorkbook.from_filelike(io.BytesIO(sent))
    assert book.sheet_names == ["分学校"]
    text = str(book.get_sheet_by_name("分学校").to_python())
    assert "甲小学" in text
    assert "乙初级中学" not in text


def test_a_draft_is_for_who_makes_it(cast) -> None:
    survey = draft(cast)
    assert list(queries.for_list(cast.admin)) == [survey]
    assert not queries.for_list(cast.principal_a).exists()
    assert not queries.for_list(cast.foreign_admin).exists()


def test_who_works_at_several_schools_has_a_survey_once(cast) -> None:
    survey = handed_out(cast)
    grant(cast.inspector_a, "inspector", school=cast.school_b)
    assert list(queries.for_list(cast.inspector_a)) == [survey]
    assert queries.get(cast.inspector_a, survey.pk) == survey


def test_pages_ask_as_often_for_many_answers_as_for_few(cast, sign_in, django_assert_max_num_queries) -> None:
    survey = handed_out(cast)
    answer(survey, "parents", cast.school_a, "ymynyy")
    actions.end(survey_id=survey.pk, by=cast.admin)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(16):
        client.get(reverse("surveys:detail", args=[survey.pk]))


def test_codes_are_printed_for_each_school(cast, sign_in) -> None:
    survey, client = handed_out(cast), sign_in(cast.admin)
    sheet = client.get(reverse("surveys:codes", args=[survey.pk, cast.school_a.code]))
    assert sheet.getvalue().startswith(b"%PDF")
    assert client.get(reverse("surveys:codes", args=[survey.pk, cast.school_c.code])).status_code == 404


@pytest.mark.parametrize(("suffix", "begins"), [("pdf", b"%PDF"), ("docx", b"PK")])
def test_all_codes_are_one_job_and_only_who_asked_gets_the_file(cast, sign_in, suffix: str, begins: bytes) -> None:
    survey, client = handed_out(cast), sign_in(cast.admin)
    ask = reverse("surveys:all_codes", args=[survey.pk, suffix])
    assert client.post(ask).url == client.post(ask).url
    while runner.run_one():
        pass
    job = Job.objects.get(kind="survey_sheets")
    assert job.state == Job.State.DONE
    sent = client.get(job.result["url"])
    assert sent.getvalue().startswith(begins)
    assert AuditEvent.objects.filter(action="survey.export_codes", after__place="龙亭区各校").count() == 1
    if suffix == "pdf":
        pages = pages_of(sent.getvalue())
        printed = "".join(pages).replace(" ", "").replace("\n", "")
        groups = survey.portions.values_list("group", "school")
        assert all(code in printed for group, at in groups for code in codes(survey, group, at))
        assert len(pages) == sum(-(-portion.sent // 12) for portion in survey.portions.all()), "no heading stands alone"
        assert not [page for page in pages if "甲小学" in page and "乙初级中学" in page]
    grant(cast.leader, "admin", district=cast.district)
    assert sign_in(cast.leader).get(job.result["url"]).status_code == 404


def test_all_codes_are_printed_while_they_are_good(cast) -> None:
    survey = draft(cast)
    asked = {"survey_id": survey.pk, "suffix": "pdf", "site": "http://testserver", "by": cast.admin}
    with pytest.raises(Conflict):
        actions.ask_codes(**asked)
    actions.hand_out(survey_id=survey.pk, by=cast.admin)
    actions.end(survey_id=survey.pk, by=cast.admin)
    with pytest.raises(Conflict):
        actions.ask_codes(**asked)
