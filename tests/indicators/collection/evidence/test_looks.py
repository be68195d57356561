"""Pictures that look alike though their bytes differ: found over items, years and schools, and said without blame."""

import io
import random
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from PIL import Image, ImageDraw, ImageEnhance

from indicators.collection.evidence import copy_queries as copies
from indicators.collection.evidence.models import PictureLook
from indicators.collection.reviews import pattern_queries as patterns, points, queries
from indicators.collection.submissions import actions as answering, queries as submissions
from indicators.collection.submissions.models import Evidence, Submission
from indicators.standard.engine import Value
from portal.core.accounts.queries import system_user
from portal.core.files import store
from portal.core.files.inspection import pictures
from portal.core.jobs import actions as jobs, runner
from tests.indicators.collection.evidence.test_page import sheet
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_evidence import attach

pytestmark = pytest.mark.django_db


def photo(seed: int) -> Image.Image:
    """Areas of light and shade, as a photograph has them, with some noise of the sensor."""
    dice = random.Random(seed)
    rough = Image.new("RGB", (9, 7))
    rough.putdata([tuple(dice.randrange(256) for _ in range(3)) for _ in range(63)])
    return Image.blend(
        rough.resize((800, 600), Image.Resampling.BICUBIC), Image.effect_noise((800, 600), 40).convert("RGB"), 0.1
    )


def page(seed: int) -> Image.Image:
    """A scanned page of text."""
    dice, made = random.Random(seed), Image.new("RGB", (620, 877), "white")
    draw = ImageDraw.Draw(made)
    for line in range(28):
        words = "".join(dice.choice("abcdefghijklmnopqrst   ") for _ in range(dice.randrange(20, 80)))
        draw.text((50, 40 + 28 * line), words, fill="black", font_size=18)
    return made


def saved(picture: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def apart(one: Image.Image, other: Image.Image) -> int:
    return (int(pictures.look_of(one), 16) ^ int(pictures.look_of(other), 16)).bit_count()


CHANGES = {
    "saved again": lambda picture: Image.open(io.BytesIO(saved(picture, quality=40))),
    "smaller": lambda picture: picture.resize((picture.width // 3, picture.height // 3)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.05),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("make", [photo, page])
def test_a_changed_copy_looks_alike(make: Any, change: str) -> None:
    for seed in range(5):
        assert apart(make(seed), CHANGES[change](make(seed))) <= 24


@pytest.mark.parametrize("make", [photo, page])
def test_others_do_not(make: Any) -> None:
    looks = [make(seed) for seed in range(12)]
    assert min(apart(one, other) for at, one in enumerate(looks) for other in looks[:at]) > 40


def test_an_empty_picture_looks_like_nothing() -> None:
    assert pictures.look_of(Image.new("RGB", (800, 600), "white")) == ""


def add(
    submission: Submission, by: Any, picture: Image.Image, name: str, item: str = "teaching_area", **how: Any
) -> Evidence:
    return attach(submission, by, item=item, name=name, content=saved(picture, **how)).evidence


def notes(user: Any, submission: Submission) -> list[str]:
    places = sheet(user, submission).places
    return [note for slot in places for one in slot.files for note in one.notes if "图片" in note]


def test_the_school_learns_of_its_own_and_the_reviewer_of_all(cast, submission, round_) -> None:
    earlier = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    add(earlier, cast.reporter_a, photo(1), "操场.jpg", quality=60)
    other = make_submission(round_, school=cast.school_b)
    add(other, cast.reporter_b, photo(1).resize((400, 300)), "场地.jpg", item="sports_ground_area")
    add(submission, cast.reporter_a, photo(1), "运动场.jpg", item="sports_ground_area")
    add(submission, cast.reporter_a, photo(2), "教学楼.jpg")
    own = f"看起来相同的图片：{earlier.round}的“操场.jpg”"
    assert notes(cast.reporter_a, submission) == [own]
    every = notes(cast.reviewer, submission)
    assert len(every) == 1
    assert f"乙初级中学（{round_}）的“场地.jpg”" in every[0]
    assert "操场.jpg" in every[0]


def test_two_items_of_a_submission(cast, submission) -> None:
    add(submission, cast.reporter_a, photo(3), "一.jpg")
    add(submission, cast.reporter_a, photo(3), "二.jpg", item="sports_ground_area", quality=50)
    assert len(notes(cast.reporter_a, submission)) == 2
    assert "教学及辅助用房面积”的“一.jpg”" in "".join(notes(cast.reporter_a, submission))


def test_of_many_places_the_first_are_named_with_their_number() -> None:
    assert copies.named(["甲", "乙", "丙"]) == "甲、乙、丙"
    assert copies.named(["甲", "乙", "丙", "丁"]) == "甲、乙、丙 等 4 处"


def test_the_same_bytes_are_no_picture_that_looks_the_same(cast, submission) -> None:
    same = photo(3)
    for item in ("teaching_area", "sports_ground_area"):
        add(submission, cast.reporter_a, same, "一.jpg", item=item)
    assert notes(cast.reporter_a, submission) == []


def test_the_review_and_the_patterns_name_them(cast, sign_in, submission, round_) -> None:
    other = make_submission(round_, school=cast.school_b)
    add(submission, cast.reporter_a, photo(5), "运动场.jpg", item="sports_ground_area")
    add(other, cast.reporter_b, photo(5), "场地.jpg", item="sports_ground_area", quality=50)
    for row, who, stage in ((submission, cast.reporter_a, "primary"), (other, cast.reporter_b, "junior")):
        answering.save(submission_id=row.pk, values={f"pupils_{stage}": Value(300)}, by=who)
        answering.submit(submission_id=row.pk, by=cast.admin, partial=True)
        row.refresh_from_db()
    found = [point.text for point in queries.load(cast.reviewer, submission).points if point.kind == "alike"]
    assert found == [f"佐证“运动场.jpg”与乙初级中学（{round_}）的“场地.jpg”看起来相同"]
    assert not [point for point in queries.load(cast.principal_a, submission).points if point.kind == "alike"]
    shown = patterns.of_round(cast.reviewer, round_, points.limits())["alike"]
    assert [one.text for one in shown] == ["图片“运动场.jpg”：2 个单位的图片看起来相同"]
    text = sign_in(cast.leader).get(reverse("reviews:patterns")).content.decode()
    assert "看起来相同的图片" in text


def test_pictures_of_before_are_looked_at_once_by_night(cast, submission, settings) -> None:
    settings.REDIS_URL = ""
    first = add(submission, cast.reporter_a, photo(7), "一.jpg")
    add(submission, cast.reporter_a, photo(7), "二.jpg", item="sports_ground_area", quality=50)
    lost = add(submission, cast.reporter_a, photo(8), "三.jpg", item="equipment_value")
    attach(submission, cast.reporter_a, item="charter")
    PictureLook.objects.all()._raw_delete("default")
    store.path_of(lost.document.sha256).unlink()
    assert notes(cast.reporter_a, submission) == []
    for run in range(2):
        with transaction.atomic():
            job = jobs.enqueue(kind="look_at_pictures", title="比对", args={}, key=f"look-{run}", by=system_user())
        assert runner.run_one(job.pk)
        job.refresh_from_db()
        assert (job.state, job.result["pictures"]) == ("done", 0 if run else 3)
    assert len(notes(cast.reporter_a, submission)) == 2
    assert PictureLook.objects.get(sha256=lost.document.sha256).bits == ""
    assert PictureLook.objects.get(sha256=first.document.sha256).alike


def test_the_sheet_asks_as_often_whatever_looks_alike(cast, submission, django_assert_max_num_queries) -> None:
    for number, item in enumerate(("teaching_area", "sports_ground_area", "equipment_value")):
        add(submission, cast.reporter_a, photo(9), f"{number}.jpg", item=item, quality=40 + 10 * number)
    known = submissions.load(submission)
    assert len(known.evidence) == 3
    with django_assert_max_num_queries(24):
        sheet(cast.reporter_a, submission)
