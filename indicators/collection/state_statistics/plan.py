"""What taking a statistics workbook over would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.state_statistics.models import StatisticsFigure, StatisticsImport
from indicators.collection.state_statistics.queries import Key, compared_items
from indicators.collection.state_statistics.workbook import ReadFigure, ReadStatistics
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.engine import Spec
from portal.core.errors import Problem
from portal.core.lib import dates, digests
from schools.directory import past
from schools.directory.models import School, Status
from schools.workbooks import workbook as register_workbook


@dataclass(frozen=True, slots=True)
class StatisticsPlan:
    """The figures to keep, each with its school, and how they stand to those in force."""

    figures: tuple[tuple[School, ReadFigure], ...]
    new: int
    changed: int
    same: int
    notes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A fingerprint of the figures, to notice when they are no longer read as a person was shown."""
        return digests.fingerprint(
            [[school.code, found.item, found.shown, found.where] for school, found in self.figures]
        )

    @property
    def schools(self) -> int:
        return len({school.pk for school, _ in self.figures})


@dataclass(frozen=True, slots=True)
class StatisticsOutcome:
    """What an import did, or would do; `earlier` is the import this very file was taken over by before."""

    plan: StatisticsPlan
    forms: tuple[str, ...]
    earlier: StatisticsImport | None

    @property
    def summary(self) -> str:
        made = self.plan
        return (
            f"{len(self.forms)} 张报表，{made.schools} 所学校 {len(made.figures)} 个统计数"
            f"（新增 {made.new}，变动 {made.changed}，不变 {made.same}）"
        )


def make(
    read: ReadStatistics, round_: Round, spec: Spec, current: Mapping[Key, StatisticsFigure], year: int
) -> StatisticsPlan:
    """Match a workbook with the round's schools; what does not fit is added to `read.problems`."""
    rows = Submission.objects.filter(round=round_).exclude(school=None).select_related("school")
    schools = {row.school.code: row.school for row in rows if row.school}
    names = {code: school.name for code, school in schools.items()}
    past.on(schools.values(), round_.school_year_start)
    notes = [*read.notes, *_strangers(read, schools, round_)]
    stored = [(schools[found.code], found) for found in read.figures.values() if found.code in schools]
    notes += _other_stages(stored, spec, year)
    named = (register_workbook.NamedRow(code, name, where) for (code, name), where in read.names.items())
    others = register_workbook.compare_names(named, names)
    read.problems += others.problems
    notes += others.notes
    before = [current.get((school.pk, found.item)) for school, found in stored]
    same = sum(old is not None and old.value == found.value for old, (_, found) in zip(before, stored, strict=True))
    new = before.count(None)
    return StatisticsPlan(tuple(stored), new, len(stored) - new - same, same, tuple(notes))


def _strangers(read: ReadStatistics, schools: Mapping[str, School], round_: Round) -> list[str]:
    """Say why a school of the workbook is none of the round; a closed one is left out with a note."""
    unknown = [code for code in read.rows if code not in schools]
    known = {row.code: row for row in School.objects.filter(code__in=unknown).select_related("district")}
    notes = []
    for code in unknown:
        school, where = known.get(code), read.rows[code]
        if school is None:
            do = "请核对代码，或先在学校名录中登记该校；不属于本区县的行请删除"
            read.problems.append(Problem(f"学校标识码 {code} 不在学校名录中", where, do))
        elif school.district_id != round_.district_id:
            what = f"{school.name}（{code}）属于{school.district.name}，不属于{round_.district.name}"
            read.problems.append(Problem(what, where, "请删除该行，或在该区县的评估年度中导入"))
        elif school.status == Status.CLOSED:
            notes.append(f"{where}：{school.name}已停办，不参加填报，该行没有导入。")
        else:
            what = f"{school.name}（{code}）不在本评估年度的填报单位中"
            read.problems.append(Problem(what, where, "请先在评估年度页面加入新登记的学校，再导入"))
    return notes


def _other_stages(stored: list[tuple[School, ReadFigure]], spec: Spec, year: int) -> list[str]:
    """Remark on pupils of a stage the school's kind does not run: an attached class, or a wrong row."""
    items = compared_items(spec, year)
    return [
        f"{found.where}：{school.name}是{school.kind}，统计里有“{items[found.item].label}”，附设班请在填报中添加，否则请核对学校类型。"
        for school, found in stored
        if found.item.startswith("pupils_")
        and found.value
        and items[found.item].stage not in spec.kinds[school.kind].stages
    ]


MOST_FIGURES, MOST_NOTES = 100, 30


def preview(outcome: StatisticsOutcome) -> dict[str, Any]:
    plan, earlier = outcome.plan, outcome.earlier
    return {
        "digest": plan.digest,
        "summary": outcome.summary,
        "forms": list(outcome.forms),
        "notes": list(plan.notes[:MOST_NOTES]),
        "note_count": len(plan.notes),
        "figure_count": len(plan.figures),
        "earlier": f"{earlier.created_by.name}于 {dates.moment(earlier.created_at)} " if earlier else "",
        "figures": [
            {
                "school": str(school),
                "form": found.form,
                "cells": found.cells,
                "header": found.header,
                "raw": f"{found.raw} {found.unit}",
                "shown": str(found.shown),
            }
            for school, found in plan.figures[:MOST_FIGURES]
        ],
    }
