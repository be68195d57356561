"""A stored revision is read today as it was written, and a new one is written in the same shape."""

import json
from pathlib import Path

import pytest
from django.db.models import QuerySet

from indicators.collection.submissions import actions, queries, workflow
from indicators.collection.submissions.models import FORMAT, Revision
from indicators.standard.engine import Value
from indicators.standard.standards import files
from portal.core.files.models import Document
from tests.figures import good_answers
from tests.indicators.collection.submissions.test_evidence import attach
from tests.samples import shape

SAMPLES = Path(__file__).parent / "revisions"
SIGNED = {1: "bbf34129058279e4a873d918d6c1618482539e2a73327fdf8c5305bbc4d3d8b0"}
REASON = "新建教学楼全部配备，含备用教室"


def read(number=FORMAT):
    return json.loads((SAMPLES / f"{number}.json").read_text(encoding="utf-8"))


def test_a_new_revision_with_everything_in_it_has_the_shape_of_the_sample(cast, complete):
    actions.save(
        submission_id=complete.pk, values={"multimedia_rooms": Value(60), "equipment_value": None}, by=cast.reporter_a
    )
    attach(complete, cast.reporter_a, caption="2020年测绘")
    actions.waive(
        submission_id=complete.pk, check="rows_multiple", field="multimedia_rooms", reason=REASON, by=cast.reporter_a
    )
    revision = actions.submit(submission_id=complete.pk, by=cast.admin, partial=True)
    assert shape(revision.content, named="/answers") == shape(read(), named="/answers")


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_the_sample_of_every_format_is_read_as_it_was_signed(cast, submission, spec, number):
    content = read(number)
    assert files.content_sha256(content) == SIGNED[number]
    document = attach(submission, cast.reporter_a).evidence.document
    QuerySet(Document).filter(pk=document.pk).update(public_id=content["evidence"][0]["document"])
    signed = workflow.as_signed(queries.load(submission), Revision(submission=submission, content=content))
    assert signed.answers == {
        code: Value(60) if code == "multimedia_rooms" else good_answers(spec, "小学")[code]
        for code in content["answers"]
    }
    assert [row.item for row in signed.evidence] == ["teaching_area"]
    assert [waiver.reason for waiver in signed.waivers.values()] == [REASON]


def test_a_revision_of_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        _ = Revision(content=read() | {"format": 99}).signed
