"""Names in the package survive every system's rules."""

import pytest
from hypothesis import given, strategies as st

from inspections.dossiers import pieces


@pytest.mark.parametrize(
    ("stem", "extension", "expected"),
    [
        ("A1-03 教师学历名册", "PDF", "A1-03 教师学历名册.pdf"),
        ("CON", "pdf", "_CON.pdf"),
        ("lpt1.备份", "txt", "_lpt1.备份.txt"),
        ("COM¹", "", "_COM¹"),
        ("完成率 100%", "pdf", "完成率 100％.pdf"),
        ('校舍<新>:"一"|二?*', "pdf", "校舍_新___一__二__.pdf"),
        ("../../etc/passwd", "pdf", "_.._etc_passwd.pdf"),
        ("尾部的点和空格. . ", "", "尾部的点和空格"),
        ("照片\u202egpj.exe", "", "照片gpj.exe"),
        ("两\n行\t名", "pdf", "两 行 名.pdf"),
        ("\u200b", "pdf", "文件.pdf"),
        ("Cafe\u0301", "", "Caf\u00e9"),
    ],
)
def test_a_name_becomes_one_every_system_can_unpack(stem: str, extension: str, expected: str) -> None:
    assert pieces.component(stem, extension) == expected


@given(st.text(max_size=400), st.sampled_from(["", "pdf", "docx"]))
def test_no_name_breaks_a_rule_of_windows(stem: str, extension: str) -> None:
    name = pieces.component(stem, extension)
    assert name
    assert len(name.encode()) <= pieces.MAX_BYTES
    assert not set(name) & set('<>:"/\\|?*%\r\n\0')
    assert name == name.strip(" ")
    assert not name.endswith(".")
    assert name.split(".")[0].strip().lower() not in pieces._RESERVED


def test_a_long_chinese_name_is_cut_at_a_whole_character_and_keeps_its_extension() -> None:
    name = pieces.component("𠮷" * 300, "xlsx")
    assert name.endswith("𠮷.xlsx")
    assert len(name.encode()) <= 200


def test_a_stem_of_dots_and_a_long_tail_is_no_extension() -> None:
    assert pieces.split("报告.pdf") == ("报告", "pdf")
    assert pieces.split("2026.上学期教学计划") == ("2026.上学期教学计划", "")
    assert pieces.split(".hidden") == (".hidden", "")
