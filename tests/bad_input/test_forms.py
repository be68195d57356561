"""Every form of every page, with nonsense in all fields at once and in one field at a time: Chinese, never a 5xx."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import product
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve, reverse

from tests.bad_input.asking import ask, faults, session_of
from tests.known import Known
from tests.permissions.table import TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.fuzz]
PEOPLE = ["admin", "inspector_a", "reporter_a"]
EVERYWHERE = [
    "",
    "a\0b",
    "9" * 40,
    "9" * 5000,
    "-1",
    "1.5",
    "1e400",
    "NaN",
    "１２",
    "10²",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "文" * 6000,
    "no-such",
    "'\"<b>%00",
]
ONE_BY_ONE = ["9" * 40, "10²", "文" * 6000]
_MOST_FIELDS = 8


@dataclass
class Form:
    """A form as a browser holds it: where it goes and what its fields say."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "form":
            self.form = Form(attributes.get("action", ""), attributes.get("method", "get").lower())
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "select":
            self.select = name
            self.form.fields.setdefault(name, "")
        elif tag == "option" and self.select and ("selected" in attributes or not self.form.fields[self.select]):
            self.form.fields[self.select] = value
        elif tag in ("input", "textarea", "button") and name:
            ticked = attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes
            if ticked or name not in self.form.fields:
                self.form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def _forms(world, known: dict[str, Known]) -> list[tuple[str, Form]]:
    """Return the forms on all pages people may open, each once with who sees it first; none signs out.

    Filters are not among them: test_addresses asks every page with nonsense in its query.
    """
    found: dict[tuple, tuple[str, Form]] = {}
    for person, row in product(PEOPLE, TABLE):
        if row.method != "get" or person not in row.allowed:
            continue
        page = reverse(row.name, kwargs=row.args(world))
        answer = ask(known[person], "get", page)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        reader = _Reader()
        reader.feed(answer.content.decode())
        for form in reader.forms:
            form.action = urljoin(page, form.action)
            for name in ("csrfmiddlewaretoken", "page_person"):
                form.fields.pop(name, None)
            view = resolve(urlsplit(form.action).path).view_name
            if form.method == "post" and view != "logout":
                found.setdefault((form.method, view, *form.fields), (person, form))
    return list(found.values())


def _nonsense(form: Form):
    for value in EVERYWHERE:
        yield "all fields", value, dict.fromkeys(form.fields, value)
    for name in list(form.fields)[:_MOST_FIELDS]:
        # Of the key `once` reads whether it is one, and nobody else anything: tests/portal/core/forms/test_once.py.
        for value in ONE_BY_ONE[:1] if name == "form_key" else ONE_BY_ONE:
            yield name, value, form.fields | {name: value}


def test_nonsense_in_a_form_is_answered_in_chinese(world) -> None:
    known = {person: Known(session_of(getattr(world.cast, person))) for person in PEOPLE}
    forms = _forms(world, known)
    assert {person for person, _ in forms} == set(PEOPLE)
    wrong = []
    for person, form in forms:
        for name, value, data in _nonsense(form):
            answer = ask(known[person], form.method, form.action, data)
            if found := faults(answer):
                wrong.append((person, form.method, form.action, name, value[:20], found))
    assert wrong == []
