"""What findings say now: derived from the newest evaluation, their own words unchanged."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Round
from inspections.rectification import actions, queries
from inspections.rectification.models import Finding
from inspections.reports import ledger_queries
from portal.core.errors import Invalid
from tests.inspections.making import dispatched
from tests.inspections.rectification.test_raising import evaluated
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def finding(cast):
    """A gap in A1 an evaluation found: 3.9 of 4.2."""
    actions.raise_from_evaluation(evaluation_id=evaluated(cast, {"A1": "3.9"}).pk, by=cast.admin)
    return Finding.objects.select_related("evaluation__round").get()


def later(cast, finding, **values):
    return evaluated(cast, values, inputs="b", round_=finding.evaluation.round)


def test_figure_gap_and_words_come_from_one_evaluation(cast, finding, sign_in) -> None:
    later(cast, finding, A1="4.1")
    said = queries.current([finding])[finding.pk]
    assert (said.current_value, said.meets) == ("4.10 人", False)
    assert "为 4.10 人，标准 4.2 人，还差 3 名" in said.problem
    page = sign_in(cast.reporter_a).get(reverse("rectification:detail", args=[finding.pk])).content.decode()
    assert "<dd>4.10 人</dd>" in page
    assert "<dd>3.90 人</dd>" not in page
    assert "登记时" in page
    assert "为 3.90 人" in page
    finding.refresh_from_db()
    assert finding.current_value == "3.90 人"


def test_a_met_standard_is_said_and_closing_is_offered(cast, finding, sign_in) -> None:
    later(cast, finding)
    client = sign_in(cast.reporter_a)
    answer = client.get(reverse("rectification:detail", args=[finding.pk]))
    page = answer.content.decode()
    assert "这项指标已达到标准" in page
    assert "已达到标准 4.2 人" in page
    assert "还差" not in page.split("登记时")[0]
    (opened,) = (offer for offer in answer.context["steps"] if offer.is_open)
    assert opened.verb.code == "request_close"
    assert "已达到标准" in opened.form["text"].value()
    assert "最新评估已达标" in client.get(reverse("rectification:list")).content.decode()
    # Nothing was to be done about it any more, so no measure is asked for.
    actions.request_close(
        finding_id=finding.pk,
        version=finding.version,
        text="在校生减少两个班，按最新评估每百名学生拥有的教师已达标",
        by=cast.reporter_a,
    )


def test_without_the_evaluation_closing_still_needs_a_measure(cast, finding) -> None:
    with pytest.raises(Invalid, match="整改措施"):
        actions.request_close(finding_id=finding.pk, version=finding.version, text="好了", by=cast.reporter_a)


def test_what_an_evaluation_does_not_judge_keeps_its_own_words(cast, finding) -> None:
    later(cast, finding, A1="4.1")
    finding.stage = "junior"
    said = queries.current([finding])[finding.pk]
    assert (said.current_value, said.evaluation, said.meets) == ("3.90 人", None, False)


def test_what_somebody_saw_keeps_its_words_and_learns_that_the_figure_is_in_order(cast) -> None:
    seen = dispatched(cast)
    assert queries.current([seen])[seen.pk].meets is False
    evaluated(cast, {})
    said = queries.current([seen])[seen.pk]
    assert said.problem == seen.problem
    assert said.meets is (seen.indicator in {f"A{n}" for n in range(1, 8)})


def test_a_closed_finding_keeps_what_it_said(cast, finding) -> None:
    newer = later(cast, finding)
    Finding.objects.filter(pk=finding.pk).update(state="closed", closed_at=newer.created_at, closed_by=cast.inspector_a)
    finding.refresh_from_db()
    assert queries.current([finding])[finding.pk].current_value == "3.90 人"


def test_workbook_and_report_say_the_same(cast, finding, sign_in) -> None:
    later(cast, finding, A1="4.1")
    content = sign_in(cast.admin).get(reverse("rectification:export")).content
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("问题清单")
    cells = [cell for row in sheet.to_python() for cell in row]
    assert "4.10 人" in cells
    assert "3.90 人" not in cells
    since, until = ledger_queries.Moment(finding.created_at), ledger_queries.Moment(timezone.now())
    scope = ledger_queries.ReportScope(cast.district)
    (record,) = ledger_queries.load(scope, since.at, until)
    assert record.item(since, until, "A1").current == "4.10 人"
    before = ledger_queries.Moment(finding.evaluation.created_at)
    assert ledger_queries.load(scope, since.at, before) == []


def test_the_number_of_queries_does_not_grow(cast, finding, django_assert_max_num_queries) -> None:
    later(cast, finding, A1="4.1")
    with django_assert_max_num_queries(5):
        queries.current([finding] * 20)


def test_the_result_of_a_whole_district_is_not_read_again_for_each_page(cast, finding) -> None:
    later(cast, finding, A1="4.1")
    said = queries.current([finding])
    with CaptureQueriesContext(connection) as asked:
        assert queries.current([finding]) == said
    assert not [query["sql"] for query in asked if '"indicators_evaluation"."result"' in query["sql"]]
    evaluated(cast, {}, inputs="c", round_=finding.evaluation.round)
    assert queries.current([finding])[finding.pk].meets is True


@pytest.mark.parametrize(
    ("name", "judged"), [("2026 年度", "2026 年度评估"), ("2026 年度自评", "2026 年度自评"), ("市级评估", "市级评估")]
)
def test_a_year_called_an_evaluation_is_not_called_one_twice(name: str, judged: str) -> None:
    assert Round(name=name).judged == judged
