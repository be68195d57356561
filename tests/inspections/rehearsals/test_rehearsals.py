"""A school that rehearses a planned visit."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inspections.rehearsals import actions, queries
from inspections.rehearsals.models import Rehearsal, RehearsalAnswer
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.inspections.making import approved_revision, make_round, planned

pytestmark = pytest.mark.django_db
ROOMS = "a7-multimedia"


def answer(cast, visit: Visit, **more) -> RehearsalAnswer:
    given = {"question": ROOMS, "seen": "yes", "found": "22 间", "by": cast.reporter_a} | more
    return actions.answer(visit_id=visit.pk, **given)


def row(visit: Visit) -> queries.Rehearsed:
    return next(one for one in queries.of_visit(visit)[1] if one.question.key == ROOMS)


def test_the_answer_is_compared_with_claim_and_inspector(cast) -> None:
    round_ = make_round(cast.district, cast.admin)
    approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    visit = planned(cast)
    answer(cast, visit)
    actions.submit(visit_id=visit.pk, by=cast.reporter_a)
    assert row(visit).differences == ["自查值与填报值不同"]
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    visits.save_answer(visit_id=visit.pk, question=ROOMS, seen="no", by=cast.inspector_a)
    assert row(visit).differences == ["自查值与填报值不同", "自查结果与督学所见不同"]


def test_figures_are_compared_one_by_one_within_the_tolerance(cast) -> None:
    round_ = make_round(cast.district, cast.admin)
    claimed = {"multimedia_rooms": {"value": "24"}, "teaching_area": {"value": "1000"}}
    approved_revision(round_, cast.school_a, claimed, cast.admin)
    visit = planned(cast)
    answer(cast, visit, found="", figures={"multimedia_rooms": Decimal(22)})
    answer(cast, visit, question="a4-rooms", found="", figures={"teaching_area": Decimal(990)})
    actions.submit(visit_id=visit.pk, by=cast.reporter_a)
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    seen = {"visit_id": visit.pk, "seen": "yes", "by": cast.inspector_a}
    visits.save_answer(**seen, question=ROOMS, figures={"multimedia_rooms": Decimal(20)})
    visits.save_answer(**seen, question="a4-rooms", figures={"teaching_area": Decimal(1000)})
    assert row(visit).differences == ["自查值与填报值不同", "自查值与现场值不同"]
    (figure,) = row(visit).figures
    assert (figure.claim.words, figure.found.words) == ("22 间", "20 间")
    rooms = next(one for one in queries.of_visit(visit)[1] if one.question.key == "a4-rooms")
    assert rooms.differences == []


def test_a_figure_that_cannot_be_is_refused_and_stays_in_its_box(cast, sign_in) -> None:
    visit = planned(cast)
    address = reverse("rehearsals:answer", args=[visit.pk, ROOMS])
    client = sign_in(cast.reporter_a)
    sent = {"seen": "yes", "note": "留着", "version": "0"}
    for wrong in ("很多", "-3", "2.5"):
        page = client.post(address, sent | {"figure-multimedia_rooms": wrong})
        assert page.status_code == 400
        assert f'value="{wrong}"' in page.text
        assert "留着" in page.text
    assert not Rehearsal.objects.exists()
    assert (
        client.post(address, sent | {"figure-multimedia_rooms": "", "none-multimedia_rooms": "on"}).status_code == 302
    )
    assert RehearsalAnswer.objects.get().figures == {"multimedia_rooms": {"not_applicable": ""}}


def test_the_same_again_changes_nothing_and_a_stale_page_is_refused(cast) -> None:
    visit = planned(cast)
    answer(cast, visit)
    answer(cast, visit)
    assert RehearsalAnswer.objects.get().version == 1
    with pytest.raises(Conflict):
        answer(cast, visit, seen="no")
    assert answer(cast, visit, seen="no", version=1).version == 2


def test_nothing_changes_once_it_is_handed_in_or_the_visit_began(cast) -> None:
    visit, begun = planned(cast), planned(cast)
    with pytest.raises(Invalid):
        actions.submit(visit_id=visit.pk, by=cast.reporter_a)
    answer(cast, visit)
    actions.submit(visit_id=visit.pk, by=cast.principal_a)
    actions.submit(visit_id=visit.pk, by=cast.reporter_a)
    assert Rehearsal.objects.get().submitted_by == cast.principal_a
    visits.start(visit_id=begun.pk, by=cast.inspector_a)
    for one in (visit, begun):
        with pytest.raises(Conflict):
            answer(cast, one, seen="no", version=1)


@pytest.mark.parametrize(
    ("who", "error"), [("inspector_a", NotAllowed), ("admin", NotAllowed), ("reporter_b", NotFound)]
)
def test_only_the_school_answers(cast, who: str, error: type) -> None:
    with pytest.raises(error):
        answer(cast, planned(cast), by=getattr(cast, who))
    assert not Rehearsal.objects.exists()


@pytest.mark.parametrize(("wrong", "error"), [({"seen": ""}, Invalid), ({"question": "nothing"}, NotFound)])
def test_what_is_no_answer_is_refused(cast, wrong: dict, error: type) -> None:
    with pytest.raises(error):
        answer(cast, planned(cast), **wrong)
    assert not Rehearsal.objects.exists()


def test_the_inspector_reads_it_once_it_is_handed_in(cast, sign_in) -> None:
    visit = planned(cast)
    page, school, inspector = (
        reverse("rehearsals:page", args=[visit.pk]),
        sign_in(cast.reporter_a),
        sign_in(cast.inspector_a),
    )
    assert school.get(page).context["may_answer"]
    sent = {"seen": "yes", "found": "22 间", "version": "0"}
    address = reverse("rehearsals:answer", args=[visit.pk, ROOMS])
    refused = school.post(address, sent | {"seen": "", "note": "留着"})
    assert refused.status_code == 400
    assert "留着" in refused.content.decode()
    assert school.post(address, sent).status_code == 302
    assert inspector.get(page).status_code == 404
    assert school.post(reverse("rehearsals:submit", args=[visit.pk])).status_code == 302
    assert inspector.get(page).context["answered"] == 1
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    visits.save_answer(visit_id=visit.pk, question=ROOMS, seen="no", note="断网", by=cast.inspector_a)
    mine = next(one for one, _ in school.get(page).context["rows"] if one.question.key == ROOMS)
    assert mine.seen is None
