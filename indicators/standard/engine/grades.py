"""Whether a grade, as schools write it, is one of its stage."""

import re

# 小学 five or six years, 初中 three or four (五四学制); later ones also counted on from the first of 小学.
_YEARS = {"primary": {*range(1, 7)}, "junior": {*range(1, 5), *range(6, 10)}, "senior": {1, 2, 3, 10, 11, 12}}
_STAGES = {"小": "primary", "初": "junior", "高": "senior"}
_NUMERALS = "一二三四五六七八九"
_GRADE = re.compile(f"(?:(小|初|高)[学中]?)?(十[一二]?|[{_NUMERALS}]|1[0-2]|[1-9])(?:年级)?")


def fits(stage: str, grade: str) -> bool:
    """What is no plain grade (混龄, 2023级) fits everywhere."""
    found = _GRADE.fullmatch("".join(grade.split()))
    if stage not in _YEARS or found is None:
        return True
    named, number = found.groups()
    if named and _STAGES[named] != stage:
        return False
    year = int(number) if number.isdigit() else 10 * (number[0] == "十") + _NUMERALS.find(number[-1]) + 1
    return year in _YEARS[stage]
