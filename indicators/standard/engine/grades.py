"""Grades as schools write them: 三年级, 初一, 高中二年级, 7."""

import re

NUMERALS = "一二三四五六七八九"
# 六 or 12, as a grade's number is written.
NUMBER = f"十[一二]|[{NUMERALS}十]|1[0-2]|[1-9]"
_GRADE = re.compile(f"(小学|小|初中|初|高中|高)?({NUMBER})(?:年级)?")


def number(written: str) -> int:
    """Of what NUMBER matches."""
    return int(written) if written.isdigit() else 10 * (written[0] == "十") + NUMERALS.find(written[-1]) + 1


def read(grade: str) -> tuple[str, int] | None:
    """The first sign of its stage's name, "" where it has none, and its number; None for any other word (混龄, 2023级)."""
    found = _GRADE.fullmatch("".join(grade.split()))
    return ((found[1] or "")[:1], number(found[2])) if found else None


def fits(label: str, years: range, grade: str) -> bool:
    """Whether a grade is of the stage so named, counted in its own years or, as its `years` are, from the first of 小学.

    What is no plain grade fits everywhere.
    """
    found = read(grade)
    if found is None:
        return True
    named, year = found
    return named in ("", label[0]) and (year in years or 1 <= year <= len(years))
