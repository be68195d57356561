"""Self-reports of schools issued by every release are read and printed; a new one is written in the newest shape."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from inspections.self_reports import document
from inspections.self_reports.document import FORMAT
from portal.core.lib import digests
from portal.core.papers import tree
from tests.cast import Cast
from tests.inspections.self_reports.making import handed_in, issued, opened, practice, problem, typed
from tests.samples import shape

SAMPLES = Path(__file__).parent / "contents"
# By which they were issued: over the content as it is stored, whatever it is read as.
SIGNED = {1: "3ac14cabd9714d12483edb86c26824e9ef782ba2b3a8aea461649fe1c2b87311"}


def stored(number: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{number}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_report_of_every_format_prints_the_same_and_its_digest_holds(number: int) -> None:
    content, day = stored(number), dt.date(2026, 12, 1)
    made = document.paper(document.read(content), day, is_draft=False)
    assert made == document.paper(document.read(stored(FORMAT)), day, is_draft=False)
    assert {"每月研究一次教学。", "设备老旧。", "更换 2 套设备"} <= set(tree.texts(made))
    assert digests.fingerprint(content) == SIGNED[number]


@pytest.mark.django_db
def test_a_new_report_has_the_shape_of_the_sample(cast: Cast) -> None:
    opened(cast)
    submission = typed(cast)
    problem(cast, submission)
    practice(cast, submission)
    handed_in(cast, submission)
    assert shape(issued(cast, submission).content) == shape(stored(FORMAT))
