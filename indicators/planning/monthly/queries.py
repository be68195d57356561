"""What schools reported of each month, and A1–A7 with the coefficients as they would be with it (动态测算)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.core.cache import cache
from django.utils import timezone

from indicators.planning.engine import measures
from indicators.planning.monthly.models import MonthlyDay, MonthlyUpdate
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import case_of
from indicators.standard.engine import Answer, DistrictData, Item, SchoolData, Spec, Value, asked, evaluate
from portal.core.errors import Invalid
from portal.core.lib import digests
from schools.directory.models import District, School, Status

MONTHS = 12
_STORED = 60 * 60 * 24 * 35
# None where it is missing or not judged; the second says whether it reaches the standard.
MonthlyFigure = tuple[Fraction | Decimal | None, bool | None]


@dataclass(frozen=True, slots=True)
class MonthlySnapshot:
    """What the engine says of a month: coefficients by (stage, indicator), the seven figures by (school, stage)."""

    coefficients: Mapping[tuple[str, str], MonthlyFigure]
    parts: Mapping[tuple[str, str], Mapping[str, MonthlyFigure]]
    passes: Mapping[tuple[str, str], bool | None]

    @property
    def passing(self) -> int:
        return sum(one is True for one in self.passes.values())

    def coefficient(self, stage: str, code: str) -> MonthlyFigure:
        return self.coefficients.get((stage, code), (None, None))

    def figure(self, school: str, stage: str, code: str) -> MonthlyFigure:
        return self.parts.get((school, stage), {}).get(code, (None, None))


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """A month with its snapshot; None before the first evaluation, which is no decline."""

    month: dt.date
    snapshot: MonthlySnapshot | None


def this_month() -> dt.date:
    return timezone.localdate().replace(day=1)


def months() -> list[dt.date]:
    """The last twelve, this one last."""
    last = this_month()
    count = last.year * 12 + last.month - 1
    return [dt.date(at // 12, at % 12 + 1, 1) for at in range(count - MONTHS + 1, count + 1)]


def last_month() -> dt.date:
    return months()[-2]


def day_of(district: District) -> MonthlyDay | None:
    """By which day the district wants the month before; None where it asks for none."""
    return MonthlyDay.objects.filter(district=district, day__isnull=False).select_related("district").first()


def due_on(day: MonthlyDay) -> dt.date:
    """Of last month's reports."""
    return this_month().replace(day=day.day or 1)


def unreported(day: MonthlyDay, within: Collection[int] | None = None) -> list[School]:
    """The schools at work whose approved figures last month's changes are asked of, and that have not said.

    `within` are ids of schools; a fixed number of queries.
    """
    month = last_month()
    said = MonthlyUpdate.objects.filter(school__district=day.district_id, month=month)
    rows = School.objects.filter(district=day.district_id, status=Status.OPEN).exclude(pk__in=said.values("school"))
    if within is not None:
        rows = rows.filter(pk__in=within)
    if month < day.first_month or not rows.exists():
        return []
    found = evaluations(day.district, "inputs")
    evaluation = base_of_today(found) if found else None
    if evaluation is None or month < first_month(evaluation):
        return []
    judged = evaluation.parts.filter(revision__isnull=False).values("school")
    return list(rows.filter(pk__in=judged).order_by("code"))


def evaluations(district: District, *left_out: str) -> list[Evaluation]:
    """The newest complete one of each round, newest round first; incomplete ones only where there is no other.

    `left_out` are columns the caller does not read.
    """
    rows = Evaluation.objects.filter(round__district=district).select_related("round__district", "standard")
    newest: dict[int, Evaluation] = {}
    for row in rows.defer("result", *left_out).order_by("-round__school_year_start", "-complete", "-pk"):
        newest.setdefault(row.round_id, row)
    complete = [row for row in newest.values() if row.complete]
    return complete or list(newest.values())


def base(found: Iterable[Evaluation], month: dt.date) -> Evaluation | None:
    """The approved figures a month starts from: of the newest round whose day (统计时点) is not after the month."""
    return next((one for one in found if first_month(one) <= month), None)


def base_of_today(found: Sequence[Evaluation]) -> Evaluation:
    """Where every round is of a day to come, the newest."""
    return base(found, this_month()) or found[0]


def first_month(evaluation: Evaluation) -> dt.date:
    """What happened before the round's day is in its figures already."""
    return evaluation.round.school_year_start.replace(day=1)


def reported(district: District) -> list[MonthlyUpdate]:
    rows = MonthlyUpdate.objects.filter(school__district=district).select_related("school", "updated_by")
    return list(rows.order_by("month", "school__code"))


def fields(spec: Spec, school: SchoolData) -> list[Item]:
    """What a school reports changes of: its pupils, and what its A1–A7 and measures rest on, in the form's order."""
    stages = [stage for stage in spec.kinds[school.kind].stages if stage in spec.judged_stages]
    templates = ["pupils_{stage}", *(code for group in measures.FIELDS.values() for code in group)]
    wanted = {template.format(stage=stage) for template in templates for stage in stages}
    items = [item for item in asked(spec, school.kind, school.given) if item.code in wanted]
    # Who has no relaxation leaves its items blank.
    return [item for item in items if not item.relaxation or item.code in school.given]


def number(answer: Answer | None) -> Decimal | None:
    """None where it was left blank or does not apply: that is not 0."""
    return Decimal(answer.value) if isinstance(answer, Value) else None


def changed(answers: Mapping[str, Answer], updates: Iterable[MonthlyUpdate]) -> dict[str, Answer]:
    """Answers after the updates, in their order. Raises Invalid where less than nothing would be left."""
    result = dict(answers)
    for update in updates:
        for code, change in update.changes.items():
            before = number(result.get(code))
            after = before + Decimal(change["plus"]) - Decimal(change["minus"]) if before is not None else None
            if after is None or after < 0:
                raise Invalid(f"{update}与核定数据对不上")
            result[code] = Value(int(after) if after == int(after) else after)
    return result


def applied(data: DistrictData, updates: Sequence[MonthlyUpdate]) -> tuple[DistrictData, list[str]]:
    """Also which schools' updates do not fit the approved figures any more (these were corrected since), left out whole."""
    of: dict[str, list[MonthlyUpdate]] = {}
    for update in updates:
        of.setdefault(update.school.code, []).append(update)
    schools, unfit = [], []
    for school in data.schools:
        try:
            after = changed(school.given, of.get(school.code, ()) if school.has_submission else ())
        except Invalid:
            unfit.append(school.code)
            after = dict(school.given)
        schools.append(school if after == dict(school.given) else replace(school, answers=after))
    return replace(data, schools=tuple(schools)), unfit


def counted(updates: Iterable[MonthlyUpdate], evaluation: Evaluation, month: dt.date) -> list[MonthlyUpdate]:
    """Those on top of an evaluation, up to a month."""
    return [one for one in updates if first_month(evaluation) <= one.month <= month]


def snapshot(evaluation: Evaluation, updates: Sequence[MonthlyUpdate]) -> MonthlySnapshot:
    """Judged once for the same figures and changes, whoever asks."""
    changes = [[one.school.code, one.month.isoformat(), one.changes] for one in updates if one.changes]
    key = f"monthly:{evaluation.inputs_sha256}:{digests.fingerprint(changes)}"
    stored: MonthlySnapshot | None = cache.get(key)
    if stored is None:
        case = case_of(evaluation)
        data, _ = applied(case.data, updates)
        result = case.result if data == case.data else evaluate(case.result.spec, data)
        stored = MonthlySnapshot(
            coefficients={
                (stage, code): (one.cv, one.passes)
                for stage, by_code in result.coefficients.items()
                for code, one in by_code.items()
                if one.reason != "no_parts"
            },
            parts={
                (part.school.code, part.stage): {
                    one.indicator.code: (one.value, one.reaches) for one in part.indicators
                }
                for part in result.parts
            },
            passes={(part.school.code, part.stage): part.passes for part in result.parts},
        )
        cache.set(key, stored, _STORED)
    return stored


def line(found: Sequence[Evaluation], updates: Sequence[MonthlyUpdate]) -> list[MonthPoint]:
    """Twelve months; each from the figures approved for its time and what was reported up to its end."""
    points = []
    for month in months():
        evaluation = base(found, month)
        own = counted(updates, evaluation, month) if evaluation else []
        points.append(MonthPoint(month, snapshot(evaluation, own) if evaluation else None))
    return points
