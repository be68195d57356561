"""Letters signed by every release are read and printed alike; a new one is written in the shape of the newest sample."""

import datetime as dt
import json
from pathlib import Path

import pytest

from inspections.letters import actions, document, queries
from inspections.letters.models import FORMAT, Letter
from portal.core.lib import digests
from portal.core.papers import tree
from tests.cast import Cast
from tests.inspections.letters import papers
from tests.samples import shape

SAMPLES = Path(__file__).parent / "frozen"
# By which they were signed: over the content as it is stored, whatever it is read as.
SIGNED = {
    None: "21cd5c5e082ca0a43b368d7455ffec9cf87e3023cfa674b6e63bb95e938f5a33",
    1: "bf275f8e584520e0f02b89b44a13b6b82a979694f5ed1e3946994daeeee9f852",
}
NUMBERS = [None, *range(1, FORMAT + 1)]


def signed(number: int | None) -> Letter:
    """A letter as the release of the format left it; `None` had no format."""
    frozen = json.loads((SAMPLES / f"{'none' if number is None else number}.json").read_text(encoding="utf-8"))
    letter = Letter(kind="plan", state=Letter.State.ISSUED, issued_on=dt.date(2026, 12, 1), frozen=frozen)
    letter.sha256 = SIGNED[number]
    return letter


@pytest.mark.parametrize("number", NUMBERS)
def test_a_letter_of_every_format_prints_the_same_and_its_digest_holds(number: int | None) -> None:
    letter = signed(number)
    paper = document.of(queries.text_of(letter))
    assert paper == document.of(queries.text_of(signed(FORMAT)))
    assert {"甲小学", "二〇二六年六月前完成。", "现场.jpg"} <= {paper.issuer, *tree.texts(paper)}
    assert digests.fingerprint(letter.frozen) == letter.sha256
    assert letter.frozen.get("format") == number


def test_a_letter_of_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        _ = Letter(frozen=signed(FORMAT).frozen | {"format": 99}).signed


@pytest.mark.django_db
def test_a_new_letter_has_the_shape_of_the_sample(cast: Cast) -> None:
    letter = papers.write(papers.with_file(cast), cast.principal_a, aim="一", lead="二", steps="三")
    letter = actions.issue(letter_id=letter.pk, signer="校长", by=cast.principal_a)
    assert shape(letter.frozen) == shape(signed(FORMAT).frozen)
