"""A difference asks the school: correct the submission or say why not; reviews and the board show it, the submission stays."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from indicators.collection.reviews import actions as reviews
from indicators.collection.submissions.models import Revision
from inspections.claims import actions, queries
from inspections.claims.models import CheckedFigure
from inspections.visits import actions as visits
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.inspections import making
from tests.shared import shared

pytestmark = pytest.mark.django_db

ROOMS, FIGURE = "a7-multimedia", "multimedia_rooms"
CORRECT, REASON = CheckedFigure.Answer.CORRECT, CheckedFigure.Answer.REASON


@shared
def revision(cast):
    """甲小学 claims 24 multimedia rooms, which was approved."""
    round_ = making.make_round(cast.district, cast.admin)
    return making.approved_revision(round_, cast.school_a, {FIGURE: {"value": "24"}}, cast.admin)


@shared
def figure(cast, revision):
    return checked(cast, 22)


def checked(cast, found: int) -> CheckedFigure:
    """A visit to 甲小学 that found so many."""
    visit = making.underway(cast)
    said = {"visit_id": visit.pk, "question": ROOMS, "by": cast.inspector_a}
    visits.save_answer(**said, seen="no", figures={FIGURE: Decimal(found)})
    given = {"summary": "良好", "accept_unanswered": True, "reasons": {ROOMS: "正在维修"}}
    visits.finish(visit_id=visit.pk, by=cast.inspector_a, **given)
    return visit.figures.get()


def of_submission(user, revision) -> list:
    return queries.of_revisions(user, Revision.objects.filter(pk=revision.pk))


def later(cast, revision, value: str) -> Revision:
    """The same submission handed in again."""
    content = revision.content | {"answers": {FIGURE: {"value": value}}}
    return Revision.objects.create(
        submission=revision.submission,
        number=revision.number + 1,
        content=content,
        sha256="0" * 64,
        receipt=f"{revision.receipt}-2",
        submitted_at=revision.submitted_at,
        submitted_by=cast.principal_a,
    )


def test_finishing_asks_the_school_alone_and_leaves_the_submission_as_it_is(cast, revision, figure) -> None:
    page = reverse("claims:visit", args=[figure.visit_id])
    assert set(Notice.objects.filter(url=page).values_list("user", flat=True)) == {
        cast.reporter_a.pk,
        cast.principal_a.pk,
    }
    assert [task.url for task in tasks.to_answer(cast.reporter_a)] == [page]
    assert not list(tasks.to_answer(cast.admin))
    assert not list(tasks.to_answer(cast.reporter_b))
    again = Revision.objects.select_related("submission").get(pk=revision.pk)
    assert (again.content, again.submission.state) == (revision.content, revision.submission.state)


def test_a_school_that_wants_to_correct_is_sent_back_by_a_reviewer(cast, revision, figure) -> None:
    assert not list(tasks.to_send_back(cast.reviewer))
    actions.answer(figure_id=figure.pk, answer=CORRECT, text="", by=cast.principal_a)
    assert not list(tasks.to_answer(cast.reporter_a))
    (task,) = tasks.to_send_back(cast.reviewer)
    review = reverse("reviews:review", args=[revision.submission_id])
    assert task.url.startswith(review)
    assert Notice.objects.filter(user=cast.reviewer, url=review).exists()
    assert Notice.objects.filter(user=cast.inspector_a, key=f"claims:{figure.pk}:answered").exists()
    reasons = [reviews.Reason(FIGURE, "现场核查不符")]
    reviews.send_back(submission_id=revision.submission_id, reasons=reasons, by=cast.reviewer)
    assert not list(tasks.to_send_back(cast.reviewer))


def test_an_answer_is_given_once_and_is_in_the_trail(cast, figure) -> None:
    said = {"figure_id": figure.pk, "answer": REASON, "text": "两间正在维修", "by": cast.reporter_a}
    first, again = (actions.answer(**said) for _ in range(2))
    assert (first.answered_at, first.answer_text) == (again.answered_at, "两间正在维修")
    assert AuditEvent.objects.filter(action="claims.answer").count() == 1
    with pytest.raises(Conflict):
        actions.answer(**said | {"answer": CORRECT})


@pytest.mark.parametrize(("answer", "text"), [("", "x"), ("other", "x"), (REASON, " "), (REASON, "长" * 301)])
def test_an_answer_without_a_reason_is_none(cast, figure, answer, text) -> None:
    with pytest.raises(Invalid):
        actions.answer(figure_id=figure.pk, answer=answer, text=text, by=cast.reporter_a)
    figure.refresh_from_db()
    assert figure.answer == ""


def test_only_the_school_answers_and_only_a_difference(cast, revision, figure) -> None:
    said = {"figure_id": figure.pk, "answer": CORRECT, "text": ""}
    for user, error in ((cast.admin, NotAllowed), (cast.inspector_a, NotAllowed), (cast.reporter_b, NotFound)):
        with pytest.raises(error):
            actions.answer(**said, by=user)
    agreeing = checked(cast, 24)
    with pytest.raises(NotFound):
        actions.answer(figure_id=agreeing.pk, answer=CORRECT, text="", by=cast.reporter_a)


def test_a_claim_changed_since_is_marked_as_changed(cast, revision, figure) -> None:
    (found,) = of_submission(cast.reviewer, revision)
    assert (found.items, found.indicator, found.is_changed) == ((FIGURE,), "A7", False)
    assert not of_submission(cast.inspector_b, revision)
    assert [one.is_changed for one in of_submission(cast.reviewer, later(cast, revision, "24"))] == [False]


def test_a_corrected_claim_is_no_longer_a_difference(cast, revision, figure) -> None:
    assert [one.is_changed for one in of_submission(cast.reviewer, later(cast, revision, "22"))] == [True]


def test_the_last_visit_that_looked_counts(cast, revision, figure) -> None:
    checked(cast, 24)
    assert of_submission(cast.reviewer, revision) == []


def test_the_page_shows_both_and_keeps_what_was_typed(cast, figure, sign_in) -> None:
    address = reverse("claims:visit", args=[figure.visit_id])
    client, post = sign_in(cast.reporter_a), reverse("claims:answer", args=[figure.pk])
    page = client.get(address).content.decode()
    assert all(words in page for words in ("24 间", "22 间", "多报 2 间"))
    refused = client.post(post, {"answer": REASON, "text": ""})
    assert refused.status_code == 400
    assert client.post(post, {"answer": REASON, "text": "两间正在维修"}).url == address
    assert post not in client.get(address).content.decode()
    assert post not in sign_in(cast.admin).get(address).content.decode()


def test_review_and_board_mark_the_item_with_a_link(world, sign_in) -> None:
    link = reverse("claims:visit", args=[world.checked.visit_id])
    client, review = sign_in(world.cast.reviewer), reverse("reviews:review", args=[world.submission.pk])
    read = client.get(review, {"tab": "figures"}).context["read"]
    lines = [line for block in read.blocks for line in block.lines]
    marked = [(line.item.code, line.typed) for line in lines if any(one.url == link for one in line.points)]
    assert marked == [(FIGURE, None)]
    assert link in client.get(reverse("board:board")).content.decode()
    school = world.checked.visit.school
    own = sign_in(world.cast.principal_a).get(reverse("board:school", args=[school.code]))
    assert [(one.indicator, one.url) for one in own.context["different"]] == [("A7", link)]
    file = CalamineWorkbook.from_filelike(io.BytesIO(client.get(reverse("board:export")).content))
    assert [row[:3] for row in file.get_sheet_by_name("现场核查不符").to_python() if row[0] == school.code] == [
        [school.code, school.name, "A7"]
    ]
    first = [row for row in file.get_sheet_by_index(0).to_python() if row[0] == school.code]
    assert any("现场核查不符" in str(cell) for row in first for cell in row)
    actions.answer(figure_id=world.checked.pk, answer=CORRECT, text="", by=world.cast.reporter_a)
    read = client.get(review, {"tab": "figures"}).context["read"]
    assert [line.item.code for block in read.blocks for line in block.lines if line.typed] == [FIGURE]
