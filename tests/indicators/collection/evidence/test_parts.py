"""Large files in parts: they go on where they stopped, and the whole is held to the rules of any upload."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from indicators.collection.submissions import actions as answering
from indicators.collection.submissions.models import Evidence
from portal.core.files import temporary
from tests.attacks import corpus
from tests.indicators.collection.submissions.test_evidence import attach

pytestmark = pytest.mark.django_db
CONTENT = corpus.pdf()
HALF = len(CONTENT) // 2


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Sender:
    """A browser that sends a file in parts."""

    def __init__(self, client: Any, submission: Any, content: bytes = CONTENT) -> None:
        self.client, self.content, self.sha256 = client, content, digest(content)
        self.url = reverse("evidence:part", args=[submission.pk])
        self.whole = reverse("evidence:attach", args=[submission.pk, "teaching_area"])

    def there(self) -> int:
        return self.client.get(self.url, {"sha256": self.sha256}).json()["received"]

    def part(self, start: int, end: int, **more: Any) -> Any:
        file = SimpleUploadedFile("blob", self.content[start:end])
        sent = {"sha256": self.sha256, "size": len(self.content), "offset": start, "part": file}
        return self.client.post(self.url, sent | more)

    def take(self, name: str = "房产测绘图.pdf", **more: Any) -> Any:
        return self.client.post(self.whole, {"stored": self.sha256, "name": name} | more)


@pytest.fixture
def sender(cast: Any, sign_in: Any, submission: Any) -> Sender:
    return Sender(sign_in(cast.reporter_a), submission)


def left() -> list[Path]:
    return list(temporary._folder().glob("*"))


def test_a_file_goes_on_where_it_stopped_and_is_taken_whole(sender, submission) -> None:
    assert sender.there() == 0
    assert sender.part(0, HALF).json() == {"received": HALF}
    assert sender.part(0, HALF).json() == {"received": HALF}, "a part sent twice is there once"
    assert sender.there() == HALF
    assert sender.part(HALF, len(CONTENT)).json() == {"received": len(CONTENT)}
    assert sender.take(caption="第二次").status_code == 302
    found = Evidence.objects.get()
    assert (found.document.sha256, found.document.name, found.caption) == (sender.sha256, "房产测绘图.pdf", "第二次")
    assert left() == []


def test_what_does_not_follow_on_is_not_taken(sender) -> None:
    assert sender.part(HALF, len(CONTENT)).json() == {"received": 0}
    assert sender.there() == 0


def test_an_unfinished_file_is_no_file(sender) -> None:
    assert sender.take().status_code == 409
    sender.part(0, HALF)
    answer = sender.take()
    assert answer.status_code == 400
    assert "与原文件不一致" in answer.content.decode()
    assert not Evidence.objects.exists()
    assert left() == [], "a damaged one starts over"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (corpus.pdf_with_script(), "图.pdf", "脚本"),
        (b"MZ" + b"\0" * 5000, "图.pdf", "可执行程序"),
        (CONTENT, "图.exe", "不能接收"),
    ],
)
def test_the_whole_is_held_to_the_rules_of_any_upload(cast, sign_in, submission, content, name, words) -> None:
    sender = Sender(sign_in(cast.reporter_a), submission, content)
    sender.part(0, len(content))
    answer = sender.take(name)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Evidence.objects.exists()
    assert left() == []


@pytest.mark.parametrize(
    "more",
    [
        {"sha256": "../../etc/passwd"},
        {"sha256": ""},
        {"size": ""},
        {"offset": "x"},
        {"offset": "9" * 30},
        {"size": 10**9},
        {"size": HALF - 1},
        {"part": ""},
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_stored(sender, more) -> None:
    answer = sender.part(0, HALF, **more)
    assert answer.status_code == 400
    assert "请" in answer.content.decode()
    assert left() == []


def test_a_part_may_not_be_larger_than_said(sender, monkeypatch) -> None:
    monkeypatch.setattr(temporary, "PART", 10)
    assert sender.part(0, 11).status_code == 400
    assert sender.part(0, 10).status_code == 200


def test_the_file_of_another_person_is_not_there(cast, sign_in, submission, sender) -> None:
    sender.part(0, len(CONTENT))
    other = Sender(sign_in(cast.principal_a), submission)
    assert other.there() == 0
    assert other.take().status_code == 409


def test_nothing_is_taken_for_a_submission_that_is_handed_in(cast, sign_in, complete) -> None:
    sender = Sender(sign_in(cast.reporter_a), complete)
    answering.submit(submission_id=complete.pk, by=cast.admin, partial=True)
    assert sender.part(0, HALF).status_code == 409


def test_one_person_holds_few_unfinished_files(cast, sign_in, submission, monkeypatch) -> None:
    monkeypatch.setattr(temporary, "_MOST", 1)
    client = sign_in(cast.reporter_a)
    assert Sender(client, submission).part(0, HALF).status_code == 200
    answer = Sender(client, submission, b"another").part(0, 3)
    assert answer.status_code == 409
    assert "没有传完" in answer.content.decode()


def test_the_quota_counts_before_the_first_part(sender, settings, cast, submission) -> None:
    settings.UPLOAD_QUOTA_BYTES = 10
    attach(submission, cast.reporter_a, content=corpus.pdf() + b"\n% more")
    assert sender.part(0, HALF).status_code == 400


def test_what_nobody_went_on_with_is_cleared(sender) -> None:
    sender.part(0, HALF)
    assert temporary.clear_parts() == 0
    old = time.time() - 3 * 24 * 3600
    os.utime(left()[0], (old, old))
    assert temporary.clear_parts() == 1
    assert left() == []


def test_attaching_without_any_file_says_so(sender) -> None:
    answer = sender.client.post(sender.whole, {})
    assert answer.status_code == 400
    assert "请先选择文件" in answer.content.decode()
