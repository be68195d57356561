"""Three years of a small district with class lists."""

from typing import Any

from indicators.collection.submissions.models import Round
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round
from tests.shared import shared

GRADES = {"小学": "一二三四五六", "初中": "七八九"}


def classes(stage: str, pupils: list[int]) -> tuple[dict[str, Any], ...]:
    """One class a grade and 40 pupils, from the first grade on."""
    return tuple(
        {"stage": stage, "grade": f"{GRADES[stage][at]}年级", "number": f"{number + 1}班", "pupils": size}
        for at, count in enumerate(pupils)
        for number, size in enumerate([40] * (count // 40) + ([count % 40] if count % 40 else []))
    )


def answer(round_: Round, school: Any, stage: str, pupils: list[int], **changes: Any) -> None:
    """Comfortable figures for the pupils of the class list."""
    given = figures(school.kind, sum(pupils), **changes)
    hand_in(round_, school, given | {"class_list": classes(stage, pupils)})


@shared
def rounds(cast: Cast) -> list[Round]:
    """2024 to 2026: 甲小学 grows by a tenth of its intake a year, 乙初级中学 stays."""
    made = []
    for year in (2024, 2025, 2026):
        round_ = open_round(cast.district, str(year))
        first = 60 + 10 * (year - 2024)
        answer(round_, cast.school_a, "小学", [first, 60, 60, 60, 60, 60])
        answer(round_, cast.school_b, "初中", [60, 60, 60])
        made.append(round_)
    return made
