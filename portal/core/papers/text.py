"""Text inside a document: runs with emphasis, free of characters no file format can hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# XML 1.0 §2.2 allows no control characters but tab and line feed, no lone surrogates, no U+FFFE/FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; `bold` is set in 黑体, the emphasis of official documents."""

    text: str
    bold: bool = False


Text = str | Sequence[Run]


def runs(text: Text) -> tuple[Run, ...]:
    """The text as runs, whichever way it was given."""
    return (Run(text),) if isinstance(text, str) else tuple(text)


def plain(text: Text) -> str:
    """The text without emphasis."""
    return "".join(run.text for run in runs(text))


def clean(text: str) -> str:
    """The text without characters no Word, Excel or PDF file can hold; every line break as one line feed."""
    return _FORBIDDEN.sub("", _LINE_BREAKS.sub("\n", text))
