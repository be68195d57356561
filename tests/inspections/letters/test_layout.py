"""Every template of a paper, rendered: Word and PDF say the same, and lie on the page as GB/T 9704-2012 asks."""

import datetime as dt
from typing import Any

import pytest

from inspections.letters import document, kinds, queries
from inspections.letters.kinds import LetterField, LetterKind
from portal.core.papers import pdf, tree
from tests.portal.core.papers.measure import assert_in_layout, assert_same_words

KINDS = list(kinds.load().values())
LONG = "对照标准逐条核查，生均教学及辅助用房面积 3.91 ㎡，低于 4.50 ㎡的规定，还差 412 ㎡。" * 6


def _typed(field: LetterField) -> Any:
    if field.type == "T":
        cells = {column.code: "已填" for column in field.columns}
        return {f"new{number}": cells for number in range(1, 31)}
    plain = {"d": "2026-03-05", "n": "12", "c": field.choices[0] if field.choices else ""}
    return plain.get(field.type, LONG if field.most > 200 else "已填写")


def _paper(kind: LetterKind) -> tree.Paper:
    content = {
        "title": "关于龙亭区义务教育优质均衡发展专项督导情况的通知",
        "sections": queries.sections(kind, None),
        "facts": dict.fromkeys(kind.blanks - kind.by_code.keys(), "张三"),
        "typed": {one.code: _typed(one) for one in kind.typed()},
        "number": "督意〔2026〕3号",
        "signer": "李主任",
        "red_head": kind.takes_red_head,
        "issuer": "龙亭区人民政府教育督导委员会办公室",
        "files": ["现场照片.jpg"],
    }
    return document.of(document.restored(kind, content, date=dt.date(2026, 3, 5), is_draft=False))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_word_and_pdf_of_a_template_say_the_same(kind: LetterKind) -> None:
    assert_same_words(_paper(kind))


@pytest.mark.parametrize(("name", "value"), [("left", 20), ("top", 30), ("pitch", 25)])
def test_what_leaves_the_layout_is_seen(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    monkeypatch.setitem(pdf._LAYOUT, name, value)
    with pytest.raises(AssertionError):
        assert_in_layout(_paper(kinds.load()["report"]))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_template_keeps_the_type_area_and_the_lines_to_a_page(kind: LetterKind) -> None:
    assert_in_layout(_paper(kind))
