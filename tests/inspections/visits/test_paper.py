"""A visit recorded on paper: the form to fill in by hand, and typing it in afterwards."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from inspections.visits import actions, queries
from inspections.visits.models import Visit, VisitPhoto
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.files.models import Document
from tests.inspections.making import photo, planned, today, underway

pytestmark = pytest.mark.django_db


def _squeezed(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_form_asks_what_the_checklist_would_ask(cast, sign_in) -> None:
    visit = planned(cast)
    answer = sign_in(cast.inspector_a).get(reverse("visits:paper", args=[visit.pk]))
    assert answer["Content-Type"] == "application/pdf"
    printed = _squeezed(answer.content)
    actions.start(visit_id=visit.pk, by=cast.inspector_a)
    asked = queries.frozen_questions(Visit.objects.get(pk=visit.pk))
    assert asked
    assert all("".join(question.text.split()) in printed for question in asked)


def test_printing_stores_nothing(cast, sign_in) -> None:
    visit = planned(cast)
    sign_in(cast.inspector_a).get(reverse("visits:paper", args=[visit.pk]))
    assert not Visit.objects.get(pk=visit.pk).checklist


def test_what_was_on_paper_is_typed_in_with_its_pages(cast, sign_in) -> None:
    visit = planned(cast)
    sent = {"seen_on": today().isoformat(), "pages": [photo("一.jpg"), photo("二.jpg")]}
    answer = sign_in(cast.inspector_a).post(reverse("visits:type_in", args=[visit.pk]), sent)
    assert answer.url == reverse("visits:checklist", args=[visit.pk])
    visit.refresh_from_db()
    assert (visit.state, visit.seen_on, visit.photos.count()) == (Visit.State.UNDERWAY, today(), 2)
    page = sign_in(cast.inspector_a).get(reverse("visits:detail", args=[visit.pk]))
    assert len(page.context["pages"]) == 2
    assert AuditEvent.objects.get(action="visit.start").after["pages"] == 2


@pytest.mark.parametrize(("days", "pages"), [(1, 1), (-1, 1), (0, 0)])
def test_a_day_out_of_range_or_no_page_starts_nothing(cast, days: int, pages: int) -> None:
    visit = planned(cast)
    with pytest.raises(Invalid):
        actions.start(
            visit_id=visit.pk, by=cast.inspector_a, seen_on=today(days), pages=[photo() for _ in range(pages)]
        )
    visit.refresh_from_db()
    assert visit.state == Visit.State.PLANNED
    assert not VisitPhoto.objects.exists()
    assert not Document.objects.exists()


def test_a_refused_form_comes_back_with_the_day(cast, sign_in) -> None:
    visit = planned(cast)
    answer = sign_in(cast.inspector_a).post(
        reverse("visits:type_in", args=[visit.pk]), {"seen_on": today().isoformat()}
    )
    assert answer.status_code == 400
    assert answer.context["paper_form"]["seen_on"].value() == today().isoformat()


def test_days_since_the_last_visit_count_from_the_day_on_the_paper(cast) -> None:
    done = {"state": Visit.State.DONE, "started_at": timezone.now(), "finished_at": timezone.now()}
    visit = planned(cast)
    Visit.objects.filter(pk=visit.pk).update(seen_on=today(-40), **done)
    row = queries.with_days(queries.coverage(cast.inspector_a))[0]
    assert (row.last, row.days, row.tone) == (today(-40), 40, "warn")
    Visit.objects.filter(pk=visit.pk).update(seen_on=None)
    assert queries.with_days(queries.coverage(cast.inspector_a))[0].days == 0


def test_a_visit_under_way_is_not_started_from_paper(cast, sign_in) -> None:
    visit = underway(cast)
    page = sign_in(cast.inspector_a).get(reverse("visits:detail", args=[visit.pk]))
    assert page.context["paper_form"] is None
