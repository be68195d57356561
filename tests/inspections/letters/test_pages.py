"""Pages of papers through the real addresses: who sees what, forms that keep what was typed, files, budgets."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.letters import actions, kinds
from inspections.letters.models import Letter
from tests.cast import Cast, make_school
from tests.inspections import making
from tests.inspections.letters import papers

pytestmark = pytest.mark.django_db


def _url(name: str, letter: Letter, *more: str) -> str:
    return reverse(f"letters:{name}", args=[letter.pk, *more])


def test_a_school_reads_what_is_addressed_to_it_and_no_draft(cast: Cast, sign_in) -> None:
    letter = papers.ready(cast)
    for name in ("detail", "preview"):
        assert sign_in(cast.principal_a).get(_url(name, letter)).status_code == 404
    letter = actions.issue(letter_id=letter.pk, signer="张", by=cast.admin)
    assert sign_in(cast.principal_a).get(_url("detail", letter)).status_code == 200
    taken = sign_in(cast.principal_a).get(_url("download", letter, "pdf"))
    assert b"".join(taken).startswith(b"%PDF")
    assert sign_in(cast.reporter_b).get(_url("detail", letter)).status_code == 404
    assert sign_in(cast.reporter_b).get(_url("download", letter, "pdf")).status_code == 404
    assert list(sign_in(cast.principal_a).get(reverse("letters:list")).context["page"]) == [letter]
    assert not list(sign_in(cast.reporter_b).get(reverse("letters:list")).context["page"])


def test_a_schools_own_draft_is_not_shown_to_the_bureau(cast: Cast, sign_in) -> None:
    making.dispatched(cast)
    own = next((code for code, kind in kinds.load().items() if kind.author == "school" and kind.about == "school"), "")
    if own:
        letter = actions.draft(kind=own, subject_id=cast.school_a.pk, by=cast.reporter_a)
        assert sign_in(cast.admin).get(_url("detail", letter)).status_code == 404
        assert sign_in(cast.principal_a).get(_url("detail", letter)).status_code == 200


@pytest.mark.parametrize("code", list(kinds.load()))
def test_every_kind_is_drafted_edited_and_previewed_in_the_browser(cast: Cast, sign_in, code: str) -> None:
    kind = kinds.load()[code]
    visit, finding = papers.done_visit(cast), making.dispatched(cast, category="at_once")
    if kind.needs == "feedback_served":
        actions.receive(letter_id=papers.issued(cast, "feedback", visit.pk).pk, by=cast.principal_a)
    subjects = {"visit": visit, "finding": finding, "school": cast.school_a, "district": cast.district}
    who = cast.principal_a if kind.author == "school" else cast.admin
    client = sign_in(who)
    page = client.post(reverse("letters:draft", args=[code]), {"subject": subjects[kind.about].pk})
    letter = Letter.objects.get(kind=code)
    assert page.url == _url("edit", letter)
    form = client.get(_url("edit", letter))
    assert form.status_code == 200
    typed = {one.field.code: "2026-03-01" if one.field.type == "d" else "3" for one in form.context["asked"]}
    typed |= {one.field.code: one.field.choices[0] for one in form.context["asked"] if one.field.type == "c"}
    data = {f"f-{name}": value for name, value in typed.items()} | {"title": letter.title, "version": letter.version}
    tables = (one for one in form.context["asked"] if one.field.type == "T")
    cells = (cell for one in tables for _, row in one.rows for cell in row)
    data |= {one.name: (one.column.choices or ("已填",))[0] for one in cells if one.is_typed}
    assert client.post(_url("edit", letter), data).status_code == 302
    shown = client.get(_url("detail", letter))
    assert shown.status_code == 200
    # Only an answer has nothing to print where nobody pleaded.
    assert (shown.context["missing"] == []) == (code != "answer")
    assert b"{" not in "".join(block.text for block in shown.context["blocks"]).encode()
    assert b"".join(client.get(_url("preview", letter))).startswith(b"%PDF")


def test_what_was_typed_stays_when_something_is_wrong(cast: Cast, sign_in) -> None:
    letter = actions.draft(kind="notice", subject_id=papers.done_visit(cast).pk, by=cast.admin)
    data = {"title": letter.title, "version": letter.version, "f-self_due": "下周", "f-contact": "王科长"}
    page = sign_in(cast.admin).post(_url("edit", letter), data)
    assert page.status_code == 400
    assert {one.field.code: one.value for one in page.context["asked"]}["contact"] == "王科长"
    letter.refresh_from_db()
    assert "contact" not in letter.typed


def test_issuing_from_the_page_says_what_is_missing(cast: Cast, sign_in) -> None:
    letter = actions.draft(kind="notice", subject_id=papers.done_visit(cast).pk, by=cast.admin)
    data = {"signer": "张局长", "issued_on": making.today().isoformat()}
    client = sign_in(cast.leader)
    page = client.post(_url("issue", letter), data)
    assert page.status_code == 400
    papers.write(letter, cast.admin, contact="王科长")
    assert client.post(_url("issue", letter), data).status_code == 302
    letter.refresh_from_db()
    assert letter.state == Letter.State.ISSUED
    assert client.post(_url("withdraw", letter), {"reason": ""}).status_code == 400


def test_wording_and_words_are_edited_in_the_browser(cast: Cast, sign_in) -> None:
    client = sign_in(cast.leader)
    address = reverse("letters:wording", args=[cast.district.code, "opinion"])
    sections = kinds.load()["opinion"].sections
    data = {f"text_{number}": one.text for number, one in enumerate(sections)} | {"reason": "统一口径"}
    data |= {f"heading_{number}": one.heading for number, one in enumerate(sections)}
    assert client.post(address, data | {"text_0": "{unknown}"}).status_code == 400
    assert client.post(address, data | {"text_0": sections[0].text + "特此。"}).status_code == 302
    assert client.get(address).context["versions"][0].version == 1
    words = reverse("letters:words", args=[cast.district.code])
    assert client.get(words).status_code == 200


def test_the_list_asks_as_much_for_many_papers_as_for_one(cast: Cast, sign_in) -> None:
    papers.issued(cast)
    client = sign_in(cast.admin)
    client.get(reverse("letters:list"))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(reverse("letters:list"))
    for number in range(3):
        school = make_school(f"410202010{number}", f"第{number}小学", cast.district)
        actions.draft(kind="rectification", subject_id=school.pk, by=cast.admin)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("letters:list"))
    assert len(many) == len(one)


def test_an_empty_list_speaks_to_a_school_of_the_papers_of_a_school(cast: Cast, sign_in) -> None:
    address = reverse("letters:list")
    assert "由校长签发" in sign_in(cast.principal_a).get(address).text
    assert "由校长签发" not in sign_in(cast.admin).get(address).text
