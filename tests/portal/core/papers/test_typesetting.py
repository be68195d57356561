"""A large paper is set by a process of its own: the same bytes, and whatever ends it is said in words."""

import datetime as dt
import sys
from pathlib import Path

import pytest

from portal.core.errors import Refused
from portal.core.papers import pdf, tree, typesetting

PAPER = tree.Paper(
    "整改报告", "龙亭区教育局", dt.date(2026, 3, 5), [tree.Heading("基本情况"), tree.Paragraph("堃喆玥" * 40)]
)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every paper counts as large."""
    monkeypatch.setattr(typesetting, "LARGE", 0)


def test_a_process_of_its_own_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = pdf.render(PAPER)
    monkeypatch.setattr(typesetting, "LARGE", 0)
    monkeypatch.setattr(typesetting, "as_pdf", None)
    assert pdf.render(PAPER) == here


def instead(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str) -> None:
    """A program that ends as said, in place of the one that sets."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{words}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


@pytest.mark.usefixtures("large")
def test_a_process_ended_by_the_machine_is_a_refusal_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, "kill -9 $$")
    with pytest.raises(Refused, match="内存不够"):
        pdf.render(PAPER)


@pytest.mark.usefixtures("large")
def test_a_copy_of_it_ended_by_the_machine_is_the_same_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, f"exit {typesetting.NO_MEMORY}")
    with pytest.raises(Refused, match="内存不够"):
        pdf.render(PAPER)


@pytest.mark.usefixtures("large")
def test_a_fault_of_the_process_is_a_fault_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, "echo no such template >&2; exit 3")
    with pytest.raises(RuntimeError, match="no such template"):
        pdf.render(PAPER)
