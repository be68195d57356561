"""Small inputs that once failed, made after public bug reports of this trade: each is taken, or refused in words."""

from pathlib import Path

import pytest
from django.urls import reverse

from indicators.collection.submissions.models import Evidence, Submission
from inspections.rectification.models import EntryFile
from inspections.visits.models import VisitPhoto
from tests.attacks import corpus
from tests.permissions.world import QUESTION

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "public"
# The last two as LibreOffice writes them: a PDF that opens at a place of its page, a workbook with a chart and notes.
TAKEN = (
    "只限打印.pdf",
    "leading-newline.pdf",
    "自评报告-插入柱形图.docx",
    "自评报告-LibreOffice.pdf",
    "台账-LibreOffice.xlsx",
)


def content(name: str) -> bytes:
    return (FILES / name).read_bytes()


def sound(name: str) -> object:
    return corpus.upload(name, corpus.pdf())


@pytest.fixture
def draft(world):
    """The world with 甲校's submission open again."""
    Submission.objects.filter(pk=world.submission.pk).update(state=Submission.State.DRAFT)
    return world


@pytest.mark.parametrize("name", TAKEN)
def test_an_ordinary_file_is_taken_as_evidence(draft, sign_in, name: str) -> None:
    address = reverse("evidence:attach", args=[draft.submission.pk, "teaching_area"])
    before = Evidence.objects.count()
    answer = sign_in(draft.cast.reporter_a).post(address, {"file": corpus.upload(name, content(name))})
    assert answer.status_code == 302
    assert Evidence.objects.count() == before + 1
    assert Evidence.objects.latest("pk").document.name == name


def test_a_damaged_file_is_named_and_the_rest_of_the_batch_taken(draft, sign_in) -> None:
    address = reverse("evidence:attach", args=[draft.submission.pk, "teaching_area"])
    batch = [corpus.upload("传输损坏.docx", content("传输损坏.docx")), sound("测绘图.pdf")]
    answer = sign_in(draft.cast.reporter_a).post(address, {"file": batch})
    assert answer.status_code == 302
    assert Evidence.objects.latest("pk").document.name == "测绘图.pdf"
    alone = sign_in(draft.cast.reporter_a).post(
        address, {"file": corpus.upload("传输损坏.docx", content("传输损坏.docx"))}
    )
    assert alone.status_code == 400
    assert "“传输损坏.docx”文件已损坏，无法打开。请重新保存后再上传。" in alone.content.decode()


@pytest.mark.parametrize("name", TAKEN)
def test_an_ordinary_file_is_taken_with_an_answer_to_a_finding(draft, sign_in, name: str) -> None:
    address = reverse("rectification:progress", args=[draft.finding.pk])
    more = {"version": draft.finding.version, "text": "说明"}
    answer = sign_in(draft.cast.reporter_a).post(
        address,
        more | {"uploads": [corpus.upload(name, content(name)), sound("二.pdf")]},
    )
    assert answer.status_code == 302
    assert [row.document.name for row in EntryFile.objects.order_by("-pk")[:2]] == ["二.pdf", name]


def test_a_picture_saved_by_a_browser_is_a_photo(draft, sign_in) -> None:
    address = reverse("visits:attach_photo", args=[draft.visit.pk, QUESTION])
    sign_in(draft.cast.inspector_a).post(
        address, {"photo": corpus.upload("浏览器另存.jfif", content("浏览器另存.jfif"))}
    )
    document = VisitPhoto.objects.latest("pk").document
    assert (document.name, document.media_type) == ("浏览器另存.jpg", "image/jpeg")
