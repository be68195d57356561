"""A visit that begins with what was found before."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections import limits
from inspections.followups import actions, queries
from inspections.followups.models import FollowUp
from inspections.rectification.models import Finding
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.inspections.making import content, dispatched, photo, planned

pytestmark = pytest.mark.django_db


def begun(cast, *, is_follow_up: bool = True) -> Visit:
    return visits.start(visit_id=planned(cast, is_follow_up=is_follow_up).pk, by=cast.inspector_a)


def judge(cast, visit: Visit, finding: Finding, **more) -> FollowUp:
    given = {"outcome": "done", "now": "24 间都能联网", "by": cast.inspector_a} | more
    return actions.judge(visit_id=visit.pk, finding_id=finding.pk, **given)


def finish(cast, visit: Visit) -> Visit:
    return visits.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, by=cast.inspector_a)


def closed(cast, days: int) -> Finding:
    finding = dispatched(cast)
    moment = timezone.now() - dt.timedelta(days=days)
    Finding.objects.filter(pk=finding.pk).update(state="closed", closed_at=moment, closed_by=cast.reviewer)
    return finding


def followed(visit: Visit) -> list[Finding]:
    return [one.finding for one in queries.of_visit(visit)]


def test_a_follow_up_looks_at_what_is_open_and_what_was_closed_lately(cast) -> None:
    lately, _long_ago = closed(cast, 20), closed(cast, limits.FOLLOW_UP_DAYS.count + 1)
    open_, void = dispatched(cast), dispatched(cast, indicator="C7")
    Finding.objects.filter(pk=void.pk).update(state="void")
    dispatched(cast, school=cast.school_b)
    assert followed(begun(cast)) == [open_, lately]
    assert followed(begun(cast, is_follow_up=False)) == [open_]


def test_what_the_visit_finds_itself_is_not_followed(cast) -> None:
    visit = begun(cast)
    visits.raise_finding(visit_id=visit.pk, content=content(), by=cast.inspector_a)
    assert followed(visit) == []


def test_a_follow_up_ends_once_everything_is_said_a_regular_visit_at_any_time(cast) -> None:
    finding = dispatched(cast)
    regular, visit = begun(cast, is_follow_up=False), begun(cast)
    assert finish(cast, regular).state == Visit.State.DONE
    with pytest.raises(Invalid) as refusal:
        finish(cast, visit)
    assert [problem.where for problem in refusal.value.problems] == [finding.number]
    judge(cast, visit, finding)
    assert finish(cast, visit).state == Visit.State.DONE
    finding.refresh_from_db()
    assert finding.state == Finding.State.RECTIFYING


@pytest.mark.parametrize("wrong", [{"now": "  "}, {"outcome": "mostly"}, {"outcome": "not", "requirement": " "}])
def test_what_is_left_to_do_has_to_be_said(cast, wrong: dict) -> None:
    visit, finding = begun(cast), dispatched(cast)
    with pytest.raises(Invalid):
        judge(cast, visit, finding, **wrong)
    assert not FollowUp.objects.exists()


def test_the_same_again_changes_nothing_and_a_stale_page_is_refused(cast) -> None:
    visit, finding = begun(cast), dispatched(cast)
    judge(cast, visit, finding, photos=[photo()])
    judge(cast, visit, finding)
    assert (FollowUp.objects.get().version, visit.photos.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="visit.follow_up").count() == 1
    with pytest.raises(Conflict):
        judge(cast, visit, finding, outcome="not", requirement="再修")
    judge(cast, visit, finding, outcome="not", requirement="再修", version=1)
    row = FollowUp.objects.get()
    assert (row.outcome, row.requirement, row.version) == ("not", "再修", 2)


@pytest.mark.parametrize(
    ("who", "error"), [("reporter_a", NotAllowed), ("admin", NotAllowed), ("inspector_b", NotFound)]
)
def test_only_the_team_judges(cast, who: str, error: type) -> None:
    visit, finding = begun(cast), dispatched(cast)
    with pytest.raises(error):
        judge(cast, visit, finding, by=getattr(cast, who))


def test_another_schools_finding_is_not_found(cast) -> None:
    visit = begun(cast)
    with pytest.raises(NotFound):
        judge(cast, visit, dispatched(cast, school=cast.school_b))


def test_the_visit_opens_with_the_findings_and_the_photos_stand_alongside(cast, sign_in) -> None:
    finding, phone = dispatched(cast), sign_in(cast.inspector_a)
    visit = planned(cast, is_follow_up=True)
    page = reverse("followups:page", args=[visit.pk])
    assert phone.post(reverse("visits:start", args=[visit.pk])).url == page
    address = reverse("followups:judge", args=[visit.pk, finding.pk])
    said = {"outcome": "mostly", "now": "还有 1 间断网", "version": "0"}
    refused = phone.post(address, said)
    assert refused.status_code == 400
    assert "还有 1 间断网" in refused.content.decode()
    assert phone.post(address, {"now": "x"}).status_code == 400
    sent = said | {"requirement": "月底前接通", "photo": [photo("现在.jpg")]}
    assert phone.post(address, sent).status_code == 302
    (one,) = phone.get(page).context["rows"]
    assert [stored.document.name for stored in one.photos] == ["现在.jpg"]
    assert b"".join(phone.get(reverse("visits:photo", args=[visit.pk, one.photos[0].pk])).streaming_content)


def test_the_school_reads_the_outcome_once_the_visit_is_done(cast, sign_in) -> None:
    finding = dispatched(cast)
    visit = begun(cast)
    judge(cast, visit, finding, outcome="mostly", requirement="月底前接通")
    school, detail = sign_in(cast.reporter_a), reverse("rectification:detail", args=[finding.pk])
    assert list(school.get(detail).context["follow_ups"]) == []
    assert "followed" not in school.get(reverse("visits:detail", args=[visit.pk])).context
    finish(cast, visit)
    assert [row.outcome for row in school.get(detail).context["follow_ups"]] == ["mostly"]
    assert [row.finding for row in school.get(reverse("visits:detail", args=[visit.pk])).context["followed"]] == [
        finding
    ]
