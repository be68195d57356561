"""What schools have become since an evaluation judged them, for the pages and papers that name many of them."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from indicators.collection.rounds.models import Round
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.models import Evaluation
from schools.directory import past
from schools.directory.models import School

# By 学校标识码: the name it was judged under and, in words, what it is called or of what kind today.
Renamed: TypeAlias = Mapping[str, tuple[str, str]]


def of(evaluation: Evaluation, schools: Iterable[School] | None = None) -> Renamed:
    """Return the schools that are called otherwise or are of another kind today.

    `schools` are those of the round's day, where they are read already.
    """
    round_ = evaluation.round
    if schools is None:
        schools = past.of_district(round_.district, round_.school_year_start)
    kept = reading.schools(evaluation.inputs)
    judged = [(school, kept[school.code]["register"]) for school in schools if school.code in kept]
    told = {school.code: (register[0], school.since(*register[:2])) for school, register in judged}
    return {code: pair for code, pair in told.items() if pair[1]}


def of_day(round_: Round) -> Renamed:
    """Return the same for all schools of a round's day, where nothing is judged yet."""
    schools = past.of_district(round_.district, round_.school_year_start)
    told = {school.code: (school.name, school.since(school.name, school.kind)) for school in schools}
    return {code: pair for code, pair in told.items() if pair[1]}


def note(renamed: Renamed) -> str:
    """Say it in one sentence for a table that lists the names of then; "" where nothing changed."""
    told = "、".join(f"{name}（{since}）" for name, since in renamed.values())
    return f"按评估时的名称和类型列出；此后有变化的学校：{told}" if told else ""
