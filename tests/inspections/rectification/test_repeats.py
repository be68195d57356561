"""The same problem again: open already, closed before, seen by a visit before an evaluation; and what is void."""

from fractions import Fraction

import pytest
from django.urls import reverse

from inspections.rectification import actions, queries, raising
from inspections.rectification.models import Entry, Finding
from inspections.rectification.raising import AlreadyOpen
from inspections.reports import ledger_queries
from inspections.visits import actions as visits
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from tests.inspections.making import close, content, dispatched, to_verify, underway
from tests.inspections.rectification.test_raising import evaluated

pytestmark = pytest.mark.django_db


def register(cast, **changes) -> Finding:
    said = {"school_id": cast.school_a.pk, "source": "XF", "content": content(), "by": cast.admin} | changes
    return actions.register(**said)


def void(cast, finding: Finding, **changes):
    said = {"finding_id": finding.pk, "version": finding.version, "text": "登记错了学校", "by": cast.admin} | changes
    return actions.void(**said)


def closed(cast) -> Finding:
    finding = to_verify(cast)
    close(finding, cast.inspector_a)
    finding.refresh_from_db()
    return finding


def test_the_same_problem_is_registered_twice_only_for_a_reason(cast) -> None:
    first = register(cast)
    with pytest.raises(AlreadyOpen) as refusal:
        register(cast, source="SF")
    assert refusal.value.findings == (first,)
    register(cast, school_id=cast.school_b.pk)
    register(cast, content=content(indicator="A1"))
    again = register(cast, source="SF", despite="另一栋楼")
    assert (again.despite, again.number.split("-")[1], again.repeats) == ("另一栋楼", "SF", None)
    assert AuditEvent.objects.get(action="finding.register", object_id=again.pk).after["despite"] == "另一栋楼"
    assert register(cast, content=content(indicator="A2"), despite="没有同类").despite == ""


def test_a_visit_finds_what_is_open_except_at_its_own_other_questions(cast) -> None:
    dispatched(cast)
    visit = underway(cast)
    said = {"visit_id": visit.pk, "content": content(), "by": cast.inspector_a}
    with pytest.raises(AlreadyOpen):
        visits.raise_finding(**said)
    visits.raise_finding(**said | {"content": content(indicator="A1")}, question="a1-degrees")
    visits.raise_finding(**said | {"content": content(indicator="A1")}, question="a7-multimedia")
    with pytest.raises(AlreadyOpen):
        visits.raise_finding(**said | {"content": content(indicator="A1")}, question="a7-multimedia")


def test_the_form_shows_what_is_open_and_goes_on_with_a_reason(cast, sign_in) -> None:
    first, client, url = dispatched(cast), sign_in(cast.admin), reverse("rectification:register")
    fields = ("indicator", "problem", "requirement", "category", "due_on")
    typed = {name: getattr(content(), name) for name in fields}
    typed |= {"school": cast.school_a.pk, "source": "XF", "severity": "grave", "leader": "王局长"}
    page = client.get(url)
    assert page.context["form"]["despite"].is_hidden
    refused = client.post(url, typed)
    assert refused.status_code == 400
    assert reverse("rectification:detail", args=[first.pk]) in refused.content.decode()
    assert not refused.context["form"]["despite"].is_hidden
    assert client.post(url, typed | {"despite": "另一间教室"}).status_code == 302
    made = Finding.objects.exclude(pk=first.pk).get()
    assert (made.despite, made.severity, made.leader) == ("另一间教室", "grave", "王局长")


def test_what_was_closed_and_is_there_again_is_counted(cast, sign_in) -> None:
    first = closed(cast)
    second = register(cast)
    assert (second.repeats, second.repeat_count, second.repeat_words) == (first, 1, "屡查屡犯 1 次")
    void(cast, second)
    third = register(cast)
    assert (third.repeats, third.repeat_count) == (first, 1)
    listed = sign_in(cast.admin).get(reverse("rectification:list"), {"repeated": "true"})
    assert set(listed.context["page"]) == {second, third}
    page = sign_in(cast.reporter_a).get(reverse("rectification:detail", args=[third.pk])).content.decode()
    assert first.number in page


def test_an_evaluation_learns_what_a_visit_saw_and_notifies_nobody_twice(cast) -> None:
    seen, notices = dispatched(cast), Notice.objects.count()
    evaluation = evaluated(cast, {"A7": "2"})
    done = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert (done.created, done.linked, done.already_there) == (0, 1, 0)
    assert "为 2.00 间" in seen.entries.get(kind=Entry.Kind.ALSO_MISSED).text
    assert Notice.objects.count() == notices
    again = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert (again.created, again.linked, again.already_there) == (0, 0, 1)
    assert Finding.objects.count() == 1


@pytest.mark.parametrize(("changes", "linked"), [({"leader": "王局长"}, 1), ({"state": "void"}, 0)])
def test_what_is_written_while_gaps_are_compared_is_not_lost(cast, monkeypatch, changes: dict, linked: int) -> None:
    seen, evaluation, compare = dispatched(cast), evaluated(cast, {"A7": "2"}), raising.plan_gaps

    def meanwhile(*said) -> raising.GapPlan:
        plan = compare(*said)
        Finding.objects.filter(pk=seen.pk).update(**changes)
        return plan

    monkeypatch.setattr(raising, "plan_gaps", meanwhile)
    assert actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin).linked == linked
    assert Finding.objects.filter(pk=seen.pk, **changes).exists()


def test_a_gap_of_what_somebody_closed_before_repeats_it(cast) -> None:
    first = closed(cast)
    actions.raise_from_evaluation(evaluation_id=evaluated(cast, {"A7": "2"}).pk, by=cast.admin)
    gap = Finding.objects.get(source="PG")
    assert (gap.repeats, gap.repeat_count) == (first, 1)


def judged_by_conditions(cast, passes: bool, **more):
    school = {"school_code": cast.school_a.code, "passes": passes, "why": "2 个班超过 45 人"}
    return evaluated(cast, {}, result={"district_indicators": {"B5": {"passes": passes, "schools": [school]}}}, **more)


def test_what_a_school_misses_of_b_and_c_is_a_gap_too(cast) -> None:
    evaluation = judged_by_conditions(cast, passes=False)
    (gap,) = raising.plan_gaps(evaluation).new
    assert (gap.school, gap.indicator, gap.stage) == (cast.school_a, "B5", "")
    assert "2 个班超过 45 人" in gap.problem
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    finding = Finding.objects.get()
    assert queries.current([finding])[finding.pk].meets is False
    judged_by_conditions(cast, passes=True, inputs="b", round_=evaluation.round)
    assert queries.current([finding])[finding.pk].meets is True


def test_what_is_void_stays_listed_and_counts_nowhere(cast, sign_in) -> None:
    finding, other = dispatched(cast), closed(cast)
    void(cast, finding)
    finding.refresh_from_db()
    assert (finding.state, finding.is_settled, finding.is_closed) == ("void", True, False)
    assert finding.entries.get(kind="void").text == "登记错了学校"
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="已作废").exists()
    counts = queries.counts(cast.admin)
    assert (counts.open, counts.closed, counts.rate) == (0, 1, Fraction(1))
    listed = sign_in(cast.reporter_a).get(reverse("rectification:list"))
    assert list(listed.context["page"]) == [other, finding]
    assert 'class="is-void"' in listed.content.decode()
    scope = ledger_queries.ReportScope(cast.district, school=cast.school_a)
    since, until = ledger_queries.Moment(finding.created_at), ledger_queries.Moment(other.closed_at)
    assert [record.finding for record in ledger_queries.load(scope, since.at, until)] == [other]


def test_what_a_school_never_got_stays_unseen_when_void(cast) -> None:
    finding = visits.raise_finding(visit_id=underway(cast).pk, content=content(), by=cast.inspector_a)
    void(cast, finding)
    assert not queries.seen_by(cast.reporter_a).exists()
    assert queries.seen_by(cast.inspector_a).get() == finding
    assert not Notice.objects.filter(user=cast.reporter_a, text__contains="已作废").exists()


def test_only_the_bureau_declares_void_and_says_why(cast) -> None:
    finding = dispatched(cast)
    for who, error in (("reporter_a", NotAllowed), ("inspector_a", NotAllowed), ("foreign_admin", NotFound)):
        with pytest.raises(error):
            void(cast, finding, by=getattr(cast, who))
    with pytest.raises(Invalid):
        void(cast, finding, text=" ")
    Finding.objects.filter(pk=finding.pk).update(rectified_by=cast.admin)
    with pytest.raises(NotAllowed):
        void(cast, finding)
    finding.refresh_from_db()
    assert finding.state == "rectifying"


def test_a_gap_declared_void_comes_back_only_with_another_evaluation(cast) -> None:
    evaluation = evaluated(cast, {"A7": "2"})
    actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    void(cast, Finding.objects.get())
    assert actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin).already_there == 1
    later = evaluated(cast, {"A7": "2"}, inputs="b", round_=evaluation.round)
    assert actions.raise_from_evaluation(evaluation_id=later.pk, by=cast.admin).created == 1
