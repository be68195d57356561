"""Results of a survey as a workbook: what the page shows, with intervals as figures; small groups stay hidden."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from inspections.surveys.models import Survey
from inspections.surveys.queries import SurveyResults, SurveyRow
from portal.core.lib import dates
from portal.core.lib.numbers import half_up
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Value, Workbook

ESTIMATE_ONLY = "自查估计，不是国家满意度调查结果"
_PERCENT = "0.0%"


def build(survey: Survey, found: SurveyResults) -> Workbook:
    form = found.questionnaire
    notes = [
        f"{ESTIMATE_ONLY}。{dates.day(survey.opens_on)}至{dates.day(survey.closes_on)}答题，问卷版本 {form.version}。",
        f"满意率＝（满意＋基本满意）÷ 有效答卷；区间的置信水平为 95%。不足 {form.least_shown} 份的不显示，"
        "用别的数加减能算出它的，另有几个数也不显示。",
    ]
    dimensions = list(form.dimensions.values())
    schools = []
    for row in found.schools:
        groups = found.at_schools[row.school.pk] if row.school else ()
        schools += [([row.label, line.label], line) for line in (*groups, replace(row, label="合计"))]
    sheets = [_sheet("分学校", ["学校", "对象"], schools, dimensions, notes)]
    if found.groups:
        sheets.insert(0, _sheet("分对象", ["对象"], [([row.label], row) for row in found.groups], dimensions, notes))
    created = timezone.localtime(survey.updated_at).date()
    return Workbook(f"{survey.title}（{ESTIMATE_ONLY}）", survey.district.signature, created, sheets)


def _sheet(
    name: str,
    heads: list[str],
    rows: Sequence[tuple[list[str], SurveyRow]],
    dimensions: list[str],
    notes: list[str],
) -> Sheet:
    header = [*heads, "发放", "答卷", "回收率"]
    for dimension in dimensions:
        header += [f"{dimension}满意率", "区间下限", "区间上限", "其中满意"]
    columns = [SheetColumn(26 if head == "学校" else 14) for head in header]
    body: list[list[SheetCell | Value]] = []
    for labels, row in rows:
        line: list[SheetCell | Value] = [*labels, row.sent, row.answered, _share(row.return_rate)]
        for _, one in row.by_dimension:
            if one is None:
                line += ["不显示" if row.is_hidden else "—", "", "", ""]
            else:
                line += [_share(part) for part in (one.share, one.low, one.high, one.wholly)]
        body.append(line)
    return Sheet(name, columns, [header], body, notes=notes, frozen_columns=len(heads), count=True)


def _share(value: Decimal | Fraction) -> SheetCell:
    """Three decimals are one of the percentage."""
    return SheetCell(half_up(value, 3), number_format=_PERCENT)
