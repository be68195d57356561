"""A school's own report: compiled by its head, or by the bureau for it, and signed by the head alone."""

from typing import Any

import pytest
from django.urls import reverse

from inspections.programmes.models import Phase
from inspections.reports import actions
from inspections.reports.models import Report
from portal.core.errors import NotAllowed, NotFound
from portal.core.jobs import runner
from portal.core.notices.models import Notice
from tests.cast import PASSWORD, Cast
from tests.inspections.reports.ledger import at
from tests.shared import shared

Phases = tuple[Phase, Phase]
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


@shared
def draft(cast: Cast, phases: Phases) -> Report:
    """Made by the bureau for 甲小学."""
    report = actions.compile_report(district=cast.district, school=cast.school_a, phase=phases[1], by=cast.admin)
    runner.run_one()
    report.refresh_from_db()
    return report


def test_a_head_compiles_for_the_own_school_alone(cast: Cast, phases: Phases, sign_in: Any) -> None:
    client, address = sign_in(cast.principal_a), reverse("reports:create")
    fields = client.get(address).context["form"].fields
    assert [row.code for row in fields["school"].queryset] == [cast.school_a.code]
    assert not {"township", "group", "each"} & fields.keys()
    for other in ({}, {"school": cast.school_b.pk}):
        assert client.post(address, {"phase": phases[1].pk} | other).status_code == 400
    answer = client.post(address, {"phase": phases[1].pk, "school": cast.school_a.pk})
    report = Report.objects.get()
    assert (answer["Location"], report.school, report.created_by) == (
        reverse("reports:detail", args=[report.pk]),
        cast.school_a,
        cast.principal_a,
    )
    for place in ({}, {"school": cast.school_b}):
        with pytest.raises((NotAllowed, NotFound)):
            actions.compile_report(district=cast.district, phase=phases[1], by=cast.principal_a, **place)


def test_the_head_is_asked_to_sign_what_the_bureau_made(draft: Report, cast: Cast) -> None:
    asked = Notice.objects.get(user=cast.principal_a, key=f"report:{draft.pk}:sign")
    assert asked.url == reverse("reports:detail", args=[draft.pk])
    assert not Notice.objects.filter(user=cast.reporter_a, key=asked.key).exists()


def test_the_head_signs_with_statement_and_password_and_nobody_else(draft: Report, cast: Cast, sign_in: Any) -> None:
    issue = reverse("reports:issue", args=[draft.pk])
    page = reverse("reports:detail", args=[draft.pk])
    signed = {"promise": "on", "password": PASSWORD}
    for who in (cast.admin, cast.leader):
        assert sign_in(who).post(issue, signed).status_code == 403
        assert "data-sign" not in sign_in(who).get(page).content.decode()
    client = sign_in(cast.principal_a)
    assert "data-sign" in client.get(page).content.decode()
    for wrong in ({}, {"promise": "on", "password": "wrong"}, {"password": PASSWORD}):
        answer = client.post(issue, wrong)
        assert (answer.status_code, bool(answer.context["form"].errors)) == (400, True)
    assert Report.objects.get().issued_at is None
    assert client.post(issue, signed).status_code == 302
    report = Report.objects.get()
    assert (report.state, report.issued_by) == ("issued", cast.principal_a)
    assert sign_in(cast.reporter_a).get(page).status_code == 200
    assert sign_in(cast.inspector_a).get(page).status_code == 200


def test_a_head_signs_no_other_words_than_were_read(draft: Report, cast: Cast, sign_in: Any) -> None:
    client, issue = sign_in(cast.principal_a), reverse("reports:issue", args=[draft.pk])
    read = client.get(reverse("reports:detail", args=[draft.pk])).context["report"].revision
    actions.write_text(report_id=draft.pk, section="work", text="教育局改过的文字。", revision=read, by=cast.admin)
    while runner.run_one():
        pass
    signed = {"promise": "on", "password": PASSWORD}
    assert client.post(issue, signed | {"revision": read}).status_code == 409
    assert Report.objects.get().issued_at is None
    assert client.post(issue, signed | {"revision": read + 1}).status_code == 302
    assert Report.objects.get().issued_at is not None


def test_a_head_is_offered_no_self_assessment_of_the_county(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.principal_a)
    assert reverse("reports:assess") not in client.get(reverse("reports:list")).content.decode()
    assert client.get(reverse("reports:assess")).status_code == 403
