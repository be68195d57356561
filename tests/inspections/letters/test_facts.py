"""What papers say: no void finding, the day a visit was made, percentages rounded half-up; rows and subjects offered."""

import datetime as dt
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.letters import actions, document, facts, forms, kinds, queries, workflow
from inspections.letters.models import Letter
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.visits.models import Visit
from portal.core.errors import Conflict
from tests.cast import Cast
from tests.inspections import making
from tests.inspections.letters import papers

pytestmark = pytest.mark.django_db


def _void(finding: Finding, cast: Cast) -> None:
    finding.refresh_from_db()
    rectification.void(finding_id=finding.pk, version=finding.version, text="登记错了，不是这所学校", by=cast.admin)


def test_a_void_finding_is_in_no_paper_and_holds_up_none(cast: Cast) -> None:
    visit = papers.done_visit(cast, category="at_once", due_on=making.today(7))
    opinion = actions.draft(kind="opinion", subject_id=visit.pk, by=cast.admin)
    assert (opinion.facts["found_count"], opinion.facts["problem_count"]) == ("1", "1")
    _void(visit.findings.get(), cast)
    said = facts.of(opinion)
    assert (said["found"], said["problems"], said["nothing_found"], said["nothing_wrong"]) == ([], [], "1", "1")
    assert workflow.waits_for(opinion)


def test_a_paper_is_not_signed_on_data_that_changed(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    feedback = papers.ready(cast, "feedback", visit.pk)
    _void(visit.findings.get(), cast)
    with pytest.raises(Conflict):
        actions.issue(letter_id=feedback.pk, signer="张局长", by=cast.admin)
    actions.refresh(letter_id=feedback.pk, by=cast.admin)
    assert actions.issue(letter_id=feedback.pk, signer="张局长", by=cast.admin).state == Letter.State.ISSUED


def test_data_a_paper_does_not_print_may_change_and_so_may_the_day(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    feedback = papers.ready(cast, "feedback", visit.pk)
    Letter.objects.filter(pk=feedback.pk).update(facts=feedback.facts | {"today": "1 日", "photo_count": "99"})
    assert actions.issue(letter_id=feedback.pk, signer="张局长", by=cast.admin).state == Letter.State.ISSUED


def test_the_day_of_a_visit_on_paper_is_the_day_it_was_made(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    today = actions.draft(kind="feedback", subject_id=visit.pk, by=cast.admin).facts["visit_on"]
    Visit.objects.filter(pk=visit.pk).update(seen_on=making.today(-5))
    made = facts.of(Letter.objects.get(kind="feedback"))["visit_on"]
    day = making.today(-5)
    assert made != today
    assert made == f"{day.year}年{day.month}月{day.day}日"


def test_the_share_of_closed_findings_is_rounded_half_up(cast: Cast) -> None:
    first, *_ = [making.dispatched(cast) for _ in range(16)]
    making.ask_for_closing(first, cast.reporter_a)
    making.close(first, cast.reviewer)
    assert facts.of(Letter(kind="bulletin", district=cast.district))["closed_rate"] == "6.3%"


def test_spare_rows_have_keys_of_their_own(cast: Cast) -> None:
    code, field = next(
        (kind.code, one) for kind in kinds.load().values() for one in kind.typed() if one.columns and not one.rows
    )
    typed = {field.code: {key: {field.columns[0].code: "一"} for key in ("new2", "new3")}}
    asked = queries.asked(Letter(kind=code, facts={}, typed=typed))
    keys = [key for one in asked if one.field == field for key, _ in one.rows]
    assert keys == ["new2", "new3", "new4", "new5", "new6"]


def test_only_findings_of_schools_that_stand_are_offered(cast: Cast, sign_in) -> None:
    stands, gone = making.dispatched(cast), making.dispatched(cast)
    _void(gone, cast)
    rectification.register(bureau_id=cast.district.pk, source="XF", content=making.content(), by=cast.admin)
    answer = sign_in(cast.admin).get(reverse("letters:draft", args=["supervision"]))
    assert answer.status_code == 200
    field = forms.SubjectForm(kind=kinds.load()["supervision"], user=cast.admin).fields["subject"]
    assert list(field.queryset) == [stands]


def test_the_schools_report_also_names_what_was_closed_in_the_last_year(cast: Cast) -> None:
    waiting, lately, before = (making.dispatched(cast) for _ in range(3))
    for finding, days in ((lately, 364), (before, 366)):
        at = timezone.now() - dt.timedelta(days=days)
        row = Finding.objects.filter(pk=finding.pk)
        row.update(state=Finding.State.CLOSED, closed_at=at, closed_by=cast.inspector_a)
    draft = partial(actions.draft, subject_id=cast.school_a.pk, by=cast.reporter_a)
    assert {row["number"] for row in draft(kind="school_report").facts["problems"]} == {waiting.number, lately.number}
    assert [row["number"] for row in draft(kind="plan").facts["problems"]] == [waiting.number]


def test_a_school_prints_no_red_head_of_the_bureau(cast: Cast, sign_in) -> None:
    subjects = {"opinion": papers.done_visit(cast).pk, "school_report": cast.school_a.pk}
    for by, kind, offered in ((cast.admin, "opinion", True), (cast.reporter_a, "school_report", False)):
        letter = actions.draft(kind=kind, subject_id=subjects[kind], by=by)
        page = sign_in(by).get(f"/letters/{letter.pk}/edit/")
        assert ("版头" in page.content.decode()) is offered
        letter.red_head = True
        assert document.of(queries.text_of(letter)).red_head is offered
