"""Pictures are known by what they hold, whatever they are called, and stored as ones every browser shows."""

import io

import pytest
from django.urls import reverse
from PIL import Image, ImageChops

from indicators.collection.submissions.models import Evidence
from inspections.rectification.models import EntryFile, Finding
from inspections.visits.models import VisitPhoto
from portal.core.files import uploads
from portal.core.files.inspection import pictures
from tests.attacks import corpus
from tests.attacks.samples import picture
from tests.attacks.test_public_inputs import draft as draft
from tests.permissions.world import QUESTION

# What the phone, the scanner or the chat program calls it, what it is, what it is stored as.
NAMED = [
    ("IMG_0012.HEIC", "HEIF", "IMG_0012.jpg"),
    ("IMG_0012.jpg", "HEIF", "IMG_0012.jpg"),
    ("照片.heif", "JPEG", "照片.jpg"),
    ("照片.jfif", "JPEG", "照片.jpg"),
    ("照片.pjpeg", "JPEG", "照片.jpg"),
    ("照片.jpe", "WEBP", "照片.jpg"),
    ("照片.JPG", "PNG", "照片.png"),
    ("照片.png", "JPEG", "照片.jpg"),
    ("照片.gif", "PNG", "照片.png"),
    ("照片.webp", "WEBP", "照片.jpg"),
    ("照片.bmp", "BMP", "照片.jpg"),
    ("照片.tif", "JPEG", "照片.jpg"),
    ("照片.avif", "PNG", "照片.png"),
]


@pytest.mark.parametrize(("name", "kind", "stored"), NAMED)
def test_a_picture_is_taken_by_its_content_whatever_it_is_called(name, kind, stored):
    accepted = uploads.accept(corpus.upload(name, picture(kind)))
    assert accepted.name == stored
    shown = Image.open(io.BytesIO(b"".join(accepted.chunks())), formats=["PNG" if stored.endswith("png") else "JPEG"])
    assert (shown.size, shown.format) == ((256, 256), "PNG" if stored.endswith("png") else "JPEG")


@pytest.mark.django_db
def test_every_road_takes_the_photo_of_a_phone(draft, sign_in):
    heic, finding = picture("HEIF"), Finding.objects.get(pk=draft.finding.pk)
    roads = [
        (draft.cast.reporter_a, reverse("evidence:attach", args=[draft.submission.pk, "teaching_area"]), "file", {}),
        (draft.cast.inspector_a, reverse("visits:attach_photo", args=[draft.visit.pk, QUESTION]), "photo", {}),
        (
            draft.cast.reporter_a,
            reverse("rectification:progress", args=[finding.pk]),
            "uploads",
            {"version": finding.version, "text": "说明"},
        ),
    ]
    for person, address, field, more in roads:
        sign_in(person).post(address, more | {field: corpus.upload("IMG_0012.HEIC", heic)})
    newest = [model.objects.latest("pk").document for model in (Evidence, VisitPhoto, EntryFile)]
    assert [(one.name, one.media_type) for one in newest] == [("IMG_0012.jpg", "image/jpeg")] * 3


def test_a_very_large_photo_of_a_phone_is_made_smaller_strip_by_strip(monkeypatch):
    out = io.BytesIO()
    made = Image.radial_gradient("L").resize((803, 605)).convert("RGB")
    made.save(out, "HEIF", quality=90)
    wanted = made.reduce(2)
    for limit, value in {"HEIF_TWICE": 100_000, "KEPT_PIXELS": 200_000, "_STRIP": 64}.items():
        monkeypatch.setattr(pictures, limit, value)
    facts, content = pictures.inspect(out, "a.heic", "picture")
    stored = Image.open(io.BytesIO(content))
    assert (facts["format"], stored.size) == ("JPEG", (402, 303))
    differences = ImageChops.difference(stored, wanted).getextrema()
    assert max(most for _, most in differences) < 24
