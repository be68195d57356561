"""From notice to publication: what waits for what, the plea item by item, the line of steps on the visit's page."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.deadlines.actions import set_periods
from inspections.deadlines.queries import DEFAULTS
from inspections.letters import actions, pages, workflow
from inspections.letters.models import Letter
from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, Finding
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid
from portal.core.lib.dates import Period
from tests.cast import Cast
from tests.inspections import making
from tests.inspections.letters import papers

pytestmark = pytest.mark.django_db


def _fed_back(cast: Cast, visit: Visit) -> Letter:
    """The first opinion, received by the school."""
    letter = papers.issued(cast, "feedback", visit.pk)
    return actions.receive(letter_id=letter.pk, by=cast.principal_a)


def _plea(cast: Cast, visit: Visit, **row: str) -> Letter:
    letter = actions.draft(kind="plea", subject_id=visit.pk, by=cast.reporter_a)
    points = {str(visit.findings.get().pk): row} if row else {}
    return papers.write(letter, cast.reporter_a, points=points)


def _sign(cast: Cast, letter: Letter) -> Letter:
    by = cast.principal_a if letter.spec.author == "school" else cast.leader
    return actions.issue(letter_id=letter.pk, signer=by.name, by=by)


def _states(visit: Visit, cast: Cast) -> dict[str, str]:
    visit = Visit.objects.select_related("school__district", "leader").get(pk=visit.pk)
    return {step.label: step.state for step in pages.visit_chain(visit, cast.admin)}


def test_the_opinion_waits_for_the_plea_and_its_answer_and_says_what_came_of_it(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    opinion = papers.ready(cast, "opinion", visit.pk)
    with pytest.raises(Conflict):
        _sign(cast, opinion)
    _fed_back(cast, visit)
    with pytest.raises(Conflict):
        _sign(cast, opinion)
    plea = _plea(cast, visit, reason="设备已报修", wish="")
    with pytest.raises(Invalid):
        _sign(cast, plea)
    plea = papers.write(
        plea, cast.reporter_a, points={str(visit.findings.get().pk): {"reason": "误记", "wish": "撤销"}}
    )
    _sign(cast, plea)
    with pytest.raises(Conflict):
        _sign(cast, opinion)
    assert actions.receive(letter_id=plea.pk, by=cast.admin).state == Letter.State.DELIVERED
    answer = actions.draft(kind="answer", subject_id=visit.pk, by=cast.inspector_a)
    assert [row["reason"] for row in answer.facts["pleas"]] == ["误记"]
    with pytest.raises(Invalid):
        _sign(cast, answer)
    key = str(visit.findings.get().pk)
    papers.write(answer, cast.inspector_a, answers={key: {"verdict": "采纳", "why": "复核属实"}})
    _sign(cast, answer)
    finding = visit.findings.get()
    assert finding.state == Finding.State.VOID
    assert "复核属实" in finding.entries.get(kind=Entry.Kind.VOID).text
    assert AuditEvent.objects.get(action="letter.issue", object_id=str(answer.pk)).after["void"] == [finding.number]
    assert AuditEvent.objects.filter(action="finding.void").count() == 1
    opinion = actions.refresh(letter_id=opinion.pk, by=cast.admin)
    assert (opinion.facts["problems"], opinion.facts["plea_adopted"]) == ([], "1")
    assert _sign(cast, opinion).number
    assert _states(visit, cast)["督导意见书"] == "done"


def test_a_partly_adopted_point_is_said_in_the_words_of_the_answer(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    _fed_back(cast, visit)
    key = str(visit.findings.get().pk)
    _sign(cast, _plea(cast, visit, reason="有两间在修", wish="更正"))
    answer = actions.draft(kind="answer", subject_id=visit.pk, by=cast.admin)
    row = {"verdict": "部分采纳", "why": "属实", "revised": "两间多媒体教室在修"}
    papers.write(answer, cast.admin, answers={key: row})
    before = visit.findings.get().problem
    _sign(cast, answer)
    finding = visit.findings.get()
    assert (finding.state, finding.problem) == (Finding.State.RECTIFYING, "两间多媒体教室在修")
    assert finding.entries.get(kind=Entry.Kind.REWORD).text.endswith(before)
    assert AuditEvent.objects.get(action="finding.reword").before == {"problem": before}
    opinion = actions.draft(kind="opinion", subject_id=visit.pk, by=cast.admin)
    assert [row["problem"] for row in opinion.facts["problems"]] == ["两间多媒体教室在修"]


def test_a_refused_point_stays_as_it_was_said(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    _fed_back(cast, visit)
    finding = visit.findings.get()
    _sign(cast, _plea(cast, visit, reason="有两间在修", wish="改表述"))
    answer = actions.draft(kind="answer", subject_id=visit.pk, by=cast.admin)
    row = {"verdict": "不采纳", "why": "现场核对过", "revised": "两间多媒体教室在修"}
    papers.write(answer, cast.admin, answers={str(finding.pk): row})
    _sign(cast, answer)
    opinion = actions.draft(kind="opinion", subject_id=visit.pk, by=cast.admin)
    assert [row["problem"] for row in opinion.facts["problems"]] == [finding.problem] == [visit.findings.get().problem]


def test_silence_until_the_last_day_or_no_objection_opens_the_way(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    feedback = _fed_back(cast, visit)
    opinion = actions.draft(kind="opinion", subject_id=visit.pk, by=cast.admin)
    assert workflow.waits_for(opinion)
    plea = _plea(cast, visit)
    Letter.objects.filter(pk=feedback.pk).update(reply_due_on=making.today(-1))
    assert workflow.waits_for(opinion) == ""
    with pytest.raises(Conflict):
        _sign(cast, plea)
    Letter.objects.filter(pk=feedback.pk).update(reply_due_on=making.today())
    _sign(cast, plea)
    assert workflow.waits_for(opinion) == ""
    assert _states(visit, cast)["申辩答复"] == "done"


def test_what_must_be_put_right_at_once_does_not_wait(cast: Cast) -> None:
    visit = papers.done_visit(cast, category="at_once", due_on=making.today(7))
    opinion = actions.draft(kind="opinion", subject_id=visit.pk, by=cast.admin)
    assert workflow.waits_for(opinion) == ""


def test_the_steps_say_what_is_late(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    assert _states(visit, cast)["初步意见"] == "todo"
    Visit.objects.filter(pk=visit.pk).update(finished_at=visit.finished_at - dt.timedelta(days=40))
    states = _states(visit, cast)
    assert (states["初步意见"], states["督导意见书"], states["现场督导"]) == ("bad", "bad", "done")


def test_a_visit_on_paper_counts_from_the_day_on_the_paper_and_by_the_districts_period(cast: Cast) -> None:
    set_periods(code=cast.district.code, periods={"feedback": Period(9)}, by=cast.admin)
    visit = papers.done_visit(cast)
    Visit.objects.filter(pk=visit.pk).update(seen_on=making.today(-9))
    assert _states(visit, cast)["初步意见"] == "todo"
    Visit.objects.filter(pk=visit.pk).update(seen_on=making.today(-10))
    assert _states(visit, cast)["初步意见"] == "bad"


def test_a_visit_finished_before_districts_set_it_has_the_days_of_then(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    periods = {kind: period for kind, period in visit.periods.items() if kind != "feedback"}
    days = DEFAULTS["feedback"].count
    for seen, state in ((-days, "todo"), (-days - 1, "bad")):
        Visit.objects.filter(pk=visit.pk).update(seen_on=making.today(seen), periods=periods)
        assert _states(visit, cast)["初步意见"] == state


def test_findings_go_out_at_the_end_of_the_visit_unless_held_for_the_opinion(cast: Cast) -> None:
    assert papers.done_visit(cast).findings.get().state == Finding.State.RECTIFYING


def test_what_was_held_goes_out_with_the_opinion_but_what_is_urgent_at_the_end(cast: Cast) -> None:
    visit = making.planned(cast, kind=Visit.Kind.COMPREHENSIVE, subject="优质均衡专题", team=papers.inspectors(cast))
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    for category in (Finding.Category.WITH_DEADLINE, Finding.Category.AT_ONCE):
        content = making.content(category=category, due_on=making.today(20))
        visits.raise_finding(visit_id=visit.pk, content=content, despite="另一处", by=cast.inspector_a)
    visits.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, hold=True, by=cast.inspector_a)
    held, urgent = (visit.findings.get(category=name) for name in ("with_deadline", "at_once"))
    assert (held.state, urgent.state) == (Finding.State.TO_DISPATCH, Finding.State.RECTIFYING)
    assert AuditEvent.objects.get(action="visit.finish").after["held"] == [held.number]
    assert list(rectification.seen_by(cast.principal_a)) == [urgent]
    _fed_back(cast, visit)
    _sign(cast, papers.write(actions.draft(kind="plea", subject_id=visit.pk, by=cast.reporter_a), cast.reporter_a))
    opinion = papers.ready(cast, "opinion", visit.pk)
    Finding.objects.filter(pk=held.pk).update(due_on=making.today())
    with pytest.raises(Invalid) as refusal:
        _sign(cast, actions.refresh(letter_id=opinion.pk, by=cast.admin))
    assert [problem.where for problem in refusal.value.problems] == [f"问题 {held.number}"]
    Finding.objects.filter(pk=held.pk).update(due_on=making.today(30))
    signed = _sign(cast, actions.refresh(letter_id=opinion.pk, by=cast.admin))
    assert _sign(cast, signed) == signed
    held.refresh_from_db()
    assert held.state == Finding.State.RECTIFYING
    entry = held.entries.get(kind=Entry.Kind.DISPATCH)
    assert (entry.due_on, signed.number in entry.text) == (making.today(30), True)
    after = AuditEvent.objects.get(action="letter.issue", object_id=str(signed.pk)).after
    assert after["dispatched"] == [held.number]


def test_a_regular_visit_holds_nothing(cast: Cast, sign_in) -> None:
    visit = making.underway(cast)
    page = sign_in(cast.inspector_a).get(reverse("visits:finish", args=[visit.pk]))
    assert "hold" not in page.context["form"].fields
    with pytest.raises(Invalid):
        visits.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, hold=True, by=cast.inspector_a)


def test_the_visits_page_shows_the_steps_in_a_fixed_number_of_queries(cast: Cast, sign_in) -> None:
    visit = papers.done_visit(cast)
    client, address = sign_in(cast.admin), reverse("visits:detail", args=[visit.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        assert len(client.get(address).context["chain"]) == len(pages.steps())
    _fed_back(cast, visit)
    papers.ready(cast, "opinion", visit.pk)
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) <= len(before) + 1
    assert sign_in(cast.principal_a).get(address).status_code == 200


def test_a_school_drafts_no_plea_before_it_has_the_first_opinion(cast: Cast) -> None:
    visit = making.planned(cast, kind=Visit.Kind.COMPREHENSIVE, team=papers.inspectors(cast))
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    visits.raise_finding(visit_id=visit.pk, content=making.content(), by=cast.inspector_a)
    with pytest.raises(Conflict):
        actions.draft(kind="plea", subject_id=visit.pk, by=cast.reporter_a)
    assert not Letter.objects.exists()
    visit.refresh_from_db()
    assert not _plea_url(cast, visit)
    visit = visits.finish(visit_id=visit.pk, summary="总体良好", accept_unanswered=True, by=cast.inspector_a)
    assert _plea_url(cast, visit)
    _fed_back(cast, visit)
    assert _plea(cast, visit).state == Letter.State.DRAFT


def _plea_url(cast: Cast, visit: Visit) -> str:
    return next(step.url for step in pages.visit_chain(visit, cast.reporter_a) if step.label == "申辩")


def test_a_regular_visit_has_no_such_steps(cast: Cast) -> None:
    assert pages.visit_chain(making.planned(cast), cast.admin) == []


def test_the_register_holds_withdrawn_numbers_too(cast: Cast, sign_in) -> None:
    letter = papers.issued(cast)
    actions.withdraw(letter_id=letter.pk, reason="写错", by=cast.admin)
    answer = sign_in(cast.leader).get(reverse("letters:register"))
    assert answer.content.startswith(b"PK")
