"""A standard that says otherwise than the national one, walked through every page, form, report, file and export."""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import Client
from django.urls import reverse

from indicators.collection.submissions.models import Round
from indicators.results.official_forms.queries import MAKERS
from indicators.standard.engine import Value
from indicators.standard.standards import actions, queries
from inspections.rectification import actions as rectification
from portal.core.accounts.queries import system_user
from tests.cast import Cast, make_school
from tests.figures import good_answers
from tests.indicators.district import hand_in
from tests.indicators.results.official_forms.conftest import BUREAU
from tests.indicators.standard.standards import overlays
from tests.permissions.table import TABLE
from tests.permissions.world import World, build
from tests.printed import pages_of
from tests.shared import shared

pytestmark = pytest.mark.django_db

# What only the base says; the overlay says 82.5 %, 0.425, 40/45, 98.25/91.75 ㎡, 40 pupils, 5 of 8, 16 coefficients.
OF_THE_BASE = re.compile(
    r"85 ?[%％]|83 ?[%％]|82 ?[%％]|0\.45(?!\d)|0\.43(?!\d)|50 ?人(?=的初中|、|，初中)|每班不超过 50|45人、50人|超过50人"
    r"|9[06] ?(?:㎡|平方米)|(?<!需要 )12 ?个班|2000 ?人|2500 ?人|8000 ?元|50 ?人及以上|不足 50 人"
    r"|B13|划片入学|3[23] ?项指标|(?<![\d.])14 ?个|/ ?14(?!\d)|[七六]项|7 ?项[指系]|至少 ?6 ?项|少于 ?6 ?项|A1[–-]A7|每百名学生拥有县级|存在“有编不补"
    r"|1\.13(?!\d)|[34]0\.13(?!\d)"
)
# Pages that set one standard next to another, or show a programme's own words.
BESIDE_ANOTHER = {
    "standard_change:compare",
    "standard_change:adopt",
    "programmes:programmes",
    "duties:gaps",
    "duty_intake:export",
}


@shared
def world(cast: Cast) -> World:
    """A district of every kind of school that adopted the overlay, judged, reported, filed, its gaps in the ledger."""
    with TemporaryDirectory() as folder:
        overlay = overlays.write(Path(folder), overlays.HOSTILE, "hostile-constructed")
        actions.load(by=system_user(), folders=[overlay])
    world = build(cast, queries.current("hostile-constructed"), _others)
    rectification.raise_from_evaluation(evaluation_id=world.evaluation.pk, by=cast.admin)
    return world


def _others(cast: Cast, round_: Round) -> None:
    """Let schools of every kind and the bureau answer; 乙 alone has not."""
    nine = make_school("4102020003", "丁学校", cast.district, kind="九年一贯制学校")
    junior = make_school("4102020006", "己初级中学", cast.district, kind="初级中学")
    points = [make_school(f"410202000{n}", f"{n}教学点", cast.district, kind="教学点", area="乡村") for n in (4, 5)]
    for school, changes in (
        (junior, {"backbone_teachers_junior": 1, "teachers_bachelor_junior": 2}),
        (nine, {"multimedia_rooms": 2}),
        (points[0], {"pupils_primary": 45}),
        (points[1], {"pupils_primary": 39}),
    ):
        good = good_answers(queries.load_spec(round_.standard), school.kind)
        given = {code: answer.value for code, answer in good.items() if isinstance(answer, Value)}
        hand_in(round_, school, given | changes)
    hand_in(round_, None, BUREAU | {"special_funds": Decimal("40")})


def _asked(world: World) -> Iterator[str]:
    """Every address of the table, and those that one of each does not show."""
    for row in TABLE:
        if row.method == "get" and row.allowed and row.name not in BESIDE_ANOTHER | {"gallery"}:
            yield reverse(row.name, kwargs=row.args(world))
    spec, pk = queries.load_spec(world.round.standard), world.evaluation.pk
    for indicator in spec.indicators:
        yield reverse("standards:indicator", args=[indicator.code])
        if indicator.formula is None:
            yield reverse("explanations:condition", args=[pk, indicator.code])
            continue
        yield reverse("teaching:coefficient") + f"?stage=junior&indicator={indicator.code}"
        yield reverse("explanations:coefficient", args=[pk, "junior", indicator.code])
        yield reverse("explanations:indicator", args=[pk, "4102020003", "junior", indicator.code])
    for stage in spec.judged_stages:
        for name in ("board:board", "board:coefficients"):
            yield reverse(name) + f"?stage={stage}"
    for part in MAKERS:
        yield reverse("official_forms:forms") + f"?form={part}"
    for code in ("4102020001", "4102020003", "4102020005", "4102020006"):
        yield reverse("board:school", args=[code])
        yield reverse("official_forms:self_rating", args=[code])
    for kind in ("docx", "pdf"):
        yield reverse("official_forms:download", args=["4102020003", kind])
        yield reverse("reports:download", args=[world.report.pk, kind])
    for section in spec.sections:
        yield reverse("submissions:section", args=[world.submission.pk, section.code])


def _texts(name: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The words of a page, a Word or Excel file, a PDF, and of each file in a package."""
    # What the world's people uploaded only begins as a PDF.
    if body.startswith(b"%PDF") and b"%%EOF" not in body:
        return
    if body.startswith(b"%PDF"):
        yield name, "".join(pages_of(body)).replace("\n", "")
    elif body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            for member in package.namelist():
                yield from _texts(f"{name} {member}", package.read(member))
    elif not body.startswith((b"\xff\xd8", b"\x89PNG")):
        text = re.sub(r"(?s)<(script|style).*?</\1>", "", body.decode())
        yield name, re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def _walked(world: World) -> Iterator[tuple[str, str]]:
    """The words of each address, as somebody who may open it reads them."""
    readers = {
        reverse(row.name, kwargs=row.args(world)): min(row.allowed)
        for row in TABLE
        if row.method == "get" and "admin" not in row.allowed and row.allowed
    }
    clients = {who: Client() for who in {"admin", *readers.values()}}
    for who, client in clients.items():
        client.force_login(getattr(world.cast, who), backend="django.contrib.auth.backends.ModelBackend")
    for address in dict.fromkeys(_asked(world)):
        if address.startswith("/manual/"):
            # It names the national standard by name, to everybody.
            continue
        answer = clients[readers.get(address, "admin")].get(address)
        assert answer.status_code in (200, 302), (address, answer.status_code)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield from _texts(address, body)


def test_nothing_speaks_as_the_base_does(world: World) -> None:
    shown = [
        f"{name}: …{text[max(found.start() - 25, 0) : found.end() + 15]}…"
        for name, text in _walked(world)
        for found in OF_THE_BASE.finditer(text)
    ]
    assert shown == []


def test_the_checklist_asks_what_the_overlay_adds_and_nothing_it_took_away(world: World) -> None:
    client = Client()
    client.force_login(world.cast.inspector_a, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("visits:checklist", args=[world.photographed.pk])
    [(_, text)] = _texts(address, client.get(address).content)
    assert "指标 A8 图书册数与填报相符" in text
    assert re.search(r"图书册数：填报 \d+ 册", text)
    assert "学科带头教师人数与填报相符" in text
    # Items and evidence keep the names of the form; the question is asked in the words of the overlay.
    assert "骨干教师人数与填报相符" not in text
