"""The JSON a script sends: malformed, of the wrong type, absurd. Chinese 400, nothing stored, never a 5xx."""

import json

import pytest
from django.urls import reverse

from indicators.collection.submissions.models import Answer
from portal.core.lib import written
from tests.bad_input.asking import ask, faults

pytestmark = pytest.mark.django_db
FIELD, TEXT, TABLE = "pupils_primary", "remarks", "class_list"
JSON = {"content_type": "application/json", "headers": {"accept": "application/json"}}

BROKEN = {
    "empty": b"",
    "no json": b"fields=1",
    "cut off": b'{"fields": {"pupils_primary": {"val',
    "not utf-8": b'{"fields": {"pupils_primary": {"value": "\xff\xfe"}}}',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no fields": b"{}",
    "fields is a list": b'{"fields": []}',
    "fields is null": b'{"fields": null}',
    "an entry is a number": b'{"fields": {"pupils_primary": 7}}',
    "an entry is null": b'{"fields": {"pupils_primary": null}}',
    "version is a word": b'{"fields": {"pupils_primary": {"value": "1", "version": "x"}}}',
    "version is a list": b'{"fields": {"pupils_primary": {"value": "1", "version": []}}}',
    "version is infinite": b'{"fields": {"pupils_primary": {"value": "1", "version": 1e400}}}',
    "version is no number": b'{"fields": {"pupils_primary": {"value": "1", "version": NaN}}}',
    "nested too deeply": b'{"fields": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number of 5000 digits": b'{"fields": {"pupils_primary": {"value": ' + b"9" * 5000 + b"}}}",
}
VALUES = {
    "list": [1],
    "object": {"a": 1},
    "true": True,
    "negative": "-1",
    "negative number": -1,
    "fraction": "1.5",
    "fraction number": 1.5,
    "infinite": "Infinity",
    "infinite number": float("inf"),
    "no number": float("nan"),
    "1e400": "1e400",
    "10^30": "1" + "0" * 30,
    "10^30 number": 10**30,
    "a million digits": "9" * 1_000_000,
    "a million decimals": "0." + "1" * 1_000_000,
    "words": "三百",
    "nul": "3\0",
    "half an emoji": "\ud83d",
    "hex": "0x10",
    "superscript": "10²",
    "underscore": "1_000",
}


def _save(world, body: bytes, **extra):
    return ask(world.cast.reporter_a, "post", _address(world), body, **(JSON | extra))


def _address(world) -> str:
    return reverse("submissions:save", args=[world.submission.pk])


@pytest.fixture
def draft(world):
    """The world with 甲校's submission open again."""
    from indicators.collection.submissions.models import Submission

    Submission.objects.filter(pk=world.submission.pk).update(state=Submission.State.DRAFT)
    return world


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_body_is_400_in_chinese(draft, body: bytes) -> None:
    answer = _save(draft, body)
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "请刷新页面" in answer.json()["message"]


def test_an_ordinary_form_sent_to_a_script_address_is_400_in_chinese(draft) -> None:
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"):
        answer = _save(draft, b"fields=1", content_type=kind)
        assert (kind, answer.status_code, faults(answer)) == (kind, 400, [])


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_an_absurd_value_is_refused_at_its_field(draft, value) -> None:
    body = json.dumps({"fields": {FIELD: {"value": value, "version": 1}}}).encode()
    answer = _save(draft, body)
    assert (answer.status_code, faults(answer)) == (400, [])
    assert answer.json()["errors"][FIELD]
    assert len(answer.json()["errors"][FIELD]) < 120


@pytest.mark.parametrize("reason", ["", "文" * 201, "a" * 1_000_000, "a\0b", "\ud800", [], {}, 7])
def test_a_reason_for_not_applicable_is_words_of_bearable_length(draft, reason) -> None:
    answer = _save(draft, json.dumps({"fields": {FIELD: {"not_applicable": reason, "version": 1}}}).encode())
    assert faults(answer) == []
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("rows", [7, "x", {}, [7], [[]], [{"no_such": "1"}], [{}] * 1001, [{"class_name": "a\0b"}]])
def test_a_table_is_a_list_of_rows(draft, rows) -> None:
    tables = [code for code, item in _items(draft).items() if item.kind == "table"]
    for code in tables:
        answer = _save(draft, json.dumps({"fields": {code: {"rows": rows, "version": 1}}}).encode())
        assert (code, faults(answer)) == (code, [])
        assert answer.status_code in (200, 400)


def _items(world):
    from indicators.collection.submissions import queries

    return queries.items_of(world.submission)


def test_every_text_field_refuses_nul_and_a_million_characters(draft) -> None:
    texts = [code for code, item in _items(draft).items() if item.kind in ("text", "choice", "yes_no", "date")]
    assert texts
    for value in ("a\0b", "a" * 1_000_000, "\ud83d", "2026-02-30", "0000-00-00"):
        fields = {code: {"value": value, "version": 0} for code in texts}
        assert faults(_save(draft, json.dumps({"fields": fields}).encode())) == []


def test_a_field_of_another_form_is_refused_by_name(draft) -> None:
    for code in ("no_such", "a\0b", "\ud800", "文" * 1000):
        answer = _save(draft, json.dumps({"fields": {code: {"value": "1", "version": 0}}}).encode())
        assert (answer.status_code, faults(answer)) == (400, [])


def test_six_megabytes_are_413_with_the_limit(draft) -> None:
    answer = _save(draft, b'{"fields": {"x": "' + b"a" * 6_000_000 + b'"}}')
    assert (answer.status_code, faults(answer)) == (413, [])
    assert "5 MB" in answer.json()["message"]


def test_what_is_refused_leaves_no_trace(draft) -> None:
    before = list(Answer.objects.order_by("pk").values_list("field", "number", "text", "version"))
    for body in (*BROKEN.values(), json.dumps({"fields": {FIELD: {"value": "-1", "version": 1}}}).encode()):
        _save(draft, body)
    assert list(Answer.objects.order_by("pk").values_list("field", "number", "text", "version")) == before


def test_a_sound_body_is_read_as_it_stands() -> None:
    assert written.read_json('{"a": ["文", 1.5, null]}'.encode()) == {"a": ["文", 1.5, None]}
    assert written.read_json(rb'{"a\ud83d": "\ud83d\ude00\ud83d"}') == {"a?": "😀?"}
