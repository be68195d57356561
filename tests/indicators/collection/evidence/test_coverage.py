"""What counts as proof of a slot: 有, 往年, 重复, 缺, and which slot a file's name speaks of."""

import re
import subprocess
import sys

import pytest

from indicators.collection.evidence import copy_queries, queries
from indicators.collection.evidence.queries import Cover, ProofFile
from indicators.standard.standards import files, reader
from scripts import keystrokes
from tests.processes import ROOT

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("proofs", "stale", "others", "cover"),
    [
        ([], [], [], Cover.LACKING),
        ([("teachers", A, "")], [], [], Cover.THERE),
        ([("teachers", A, "")], [A], [], Cover.STALE),
        ([("teachers", A, "")], [], [A], Cover.SAME),
        ([("teachers", A, "")], [A], [A], Cover.SAME),
        ([("teachers", A, ""), ("teachers", B, "")], [A], [], Cover.THERE),
        ([("teachers", A, ""), ("class_list", A, "")], [], [], Cover.SAME),
        ([("teachers", A, "第 3–5 页"), ("class_list", A, "第 1 页")], [], [], Cover.THERE),
        ([("teachers", A, ""), ("teachers", A, "")], [], [], Cover.THERE),
    ],
)
def test_a_slot_is_judged_by_its_best_file(proofs, stale, others, cover) -> None:
    held = [ProofFile(*proof) for proof in proofs]
    found = queries.proof_of(["teachers"], held, stale, others)
    assert found == {"teachers": cover}


@pytest.mark.parametrize(
    ("name", "year"),
    [("2020年测绘图.pdf", "2020"), ("2024-2025学年名册.xlsx", ""), ("名册.xlsx", ""), ("IMG_20201130.jpg", "")],
)
def test_a_year_in_the_name_before_that_of_the_figures_is_named(name: str, year: str) -> None:
    assert copy_queries.year_before(name, 2025) == year


def test_a_file_is_proposed_for_the_slot_its_name_speaks_of() -> None:
    spec = reader.spec_from_content(files.read_folder(files.shipped()[-1]))
    slots = queries.asked_for(spec.items.values())

    def proposed(name: str) -> str:
        return queries.proposed(name, slots.values())

    assert proposed("附件3 班级名册.xlsx") == "class_list"
    assert proposed("体育专任教师 任课表.pdf") == "pe_teachers"
    assert proposed("任课表.pdf") == "", "several ask for it"
    assert proposed("IMG_2034.jpg") == ""


def test_every_slot_stands_once() -> None:
    spec = reader.spec_from_content(files.read_folder(files.shipped()[-1]))
    slots = queries.asked_for(spec.items.values())
    listed = [item.base for group in queries.by_indicator(spec, slots, "school") for item in group.slots]
    assert sorted(listed) == sorted(slots)


@pytest.mark.parametrize("kind", ["小学", "初级中学", "特殊教育学校"])
def test_a_return_costs_at_most_75_clicks_and_36_slots_40(kind: str) -> None:
    cost = keystrokes.of_kind(reader.spec_from_content(files.read_folder(files.shipped()[-1])), kind)
    assert cost.slots >= 36
    assert cost.clicks <= 75
    assert cost.evidence_clicks - cost.slots + 36 <= 40
    assert cost.left_to_type <= 30
    assert keystrokes.PAGES <= 15


@pytest.mark.parametrize("kind", ["小学", "教学点", "初级中学"])
def test_a_return_of_one_stage_costs_at_most_61_fields(kind: str) -> None:
    cost = keystrokes.of_kind(reader.spec_from_content(files.read_folder(files.shipped()[-1])), kind)
    assert cost.fields <= 61


def test_the_script_prints_what_a_return_costs() -> None:
    ran = subprocess.run([sys.executable, ROOT / "scripts/keystrokes.py", "小学"], capture_output=True, check=True)
    assert re.fullmatch(
        r"小学: \d+ fields, \d+ clicks \(.+\), 10 pages; \d+ figures with files and last year\'s submission\n",
        ran.stdout.decode(),
    )
