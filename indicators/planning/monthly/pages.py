"""What the pages of monthly updates show: figures approved and with what was reported since, months as a line."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import methodcaller

from indicators.planning.monthly import queries
from indicators.planning.monthly.models import MonthlyUpdate
from indicators.planning.monthly.queries import MonthlyFigure, MonthlySnapshot, MonthPoint
from indicators.planning.scenarios.queries import BeforeAfter, turn_of
from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import case_of
from indicators.standard.engine import Spec, numbers as exact
from portal.core.lib.numbers import half_up, plain
from portal.core.lib.verdicts import VERDICTS
from portal.core.papers import charts
from portal.core.papers.tree import Figure
from schools.directory.models import District, School


@dataclass(frozen=True, slots=True)
class MonthlyLine:
    """A figure approved and today, with its months, oldest first; `points` draws them 100 wide and 24 high.

    `limit` is the height of the line for what the standard asks, `shares` the values in per cent of that.
    """

    figure: BeforeAfter
    months: tuple[tuple[dt.date, str], ...]
    points: str
    limit: str
    shares: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class MonthlySchool:
    """A part on the district's page: what its school reported this month, its verdict approved and today."""

    school_code: str
    name: str
    stage: str
    said: str
    tone: str
    verdict: BeforeAfter
    reached: BeforeAfter

    @property
    def is_unchanged(self) -> bool:
        return self.verdict.before == self.verdict.after and self.reached.before == self.reached.after


@dataclass(frozen=True, slots=True)
class MonthlyDistrict:
    """`unfit`: schools whose reports contradict figures that were approved later, and are left out."""

    evaluation: Evaluation
    headings: tuple[BeforeAfter, ...]
    stages: tuple[tuple[str, tuple[MonthlyLine, ...], Figure | None], ...]
    schools: tuple[MonthlySchool, ...]
    unfit: tuple[str, ...]
    reported: int


@dataclass(frozen=True, slots=True)
class MonthWords:
    """A month's report in words."""

    update: MonthlyUpdate
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthlySchoolPage:
    """One school; `stages` is empty where the newest evaluation has no approved submission of it."""

    evaluation: Evaluation
    stages: tuple[tuple[str, BeforeAfter, tuple[MonthlyLine, ...], Figure | None], ...]
    reports: tuple[MonthWords, ...]
    is_unfit: bool


def _line(
    label: str,
    limit: Fraction,
    points: Sequence[MonthPoint],
    approved: MonthlySnapshot,
    read: Callable[[MonthlySnapshot], MonthlyFigure],
    places: int,
) -> MonthlyLine:
    """Of the figure that `read` finds in a snapshot."""
    (was, reached), (now, reaches) = read(approved), read(points[-1].snapshot or approved)
    turn = turn_of(reached, reaches)
    figure = BeforeAfter(label, exact.printed(was, places), exact.printed(now, places), exact.text(limit) or "", turn)
    values = [(one.month, read(one.snapshot)[0] if one.snapshot else None) for one in points]
    known = [(at, half_up(value, 4)) for at, (_, value) in enumerate(values) if value is not None]
    heights = [half_up(limit, 4), *(value for _, value in known)]
    low, high = min(heights), max(heights)
    reach, step = (high - low) or Decimal(1), Decimal(96) / (queries.MONTHS - 1)

    def height(value: Decimal) -> str:
        return f"{22 - 20 * (value - low) / reach:.1f}"

    drawn = [f"{2 + step * at:.1f},{height(value)}" for at, value in known]
    months = tuple((month, exact.printed(value, places)) for month, value in values)
    shares = tuple(None if value is None else half_up(Fraction(value) / limit * 100, 2) for _, value in values)
    return MonthlyLine(figure, months, " ".join(drawn) if len(drawn) > 1 else "", height(heights[0]), shares)


# Colours of the lines in the order of the indicators.
_TOKENS = ("accent", "warn-dot", "ok", "bad-dark", "muted", "sheet-warning", "ink")


def curves(caption: str, limit: str, lines: Sequence[MonthlyLine]) -> Figure | None:
    """The months of a stage in one drawing, each line in per cent of what the standard asks, printed as it is."""
    if not lines:
        return None
    found = [
        charts.ChartLine(one.figure.label, _TOKENS[at % len(_TOKENS)], one.shares, [shown for _, shown in one.months])
        for at, one in enumerate(lines)
    ]
    months = [f"{month:%Y-%m}" for month, _ in lines[0].months]
    return next(charts.lines(caption, months, found, (limit, Decimal(100))), None)


def _verdict(was: bool | None, now: bool | None) -> BeforeAfter:
    return BeforeAfter("结论", VERDICTS[was].words, VERDICTS[now].words, turn=turn_of(was, now))


def district(place: District) -> MonthlyDistrict | None:
    """None while nothing is evaluated. In a number of queries that does not grow with the schools."""
    found, updates = queries.evaluations(place), queries.reported(place)
    if not found:
        return None
    evaluation, points = queries.base_of_today(found), queries.line(found, updates)
    spec, approved = case_of(evaluation).result.spec, queries.snapshot(evaluation, [])
    now = points[-1].snapshot or approved
    own = queries.counted(updates, evaluation, queries.this_month())
    _, unfit = queries.applied(case_of(evaluation).data, own)
    names = judging.school_names(evaluation.inputs)
    this = {one.school.code: one for one in updates if one.month == queries.this_month()}
    over = [sum(passes is False for _, passes in side.coefficients.values()) for side in (approved, now)]
    total, stages = len(now.passes), []
    for stage in spec.judged_stages:
        label, limit, places = spec.stages[stage].label, spec.stages[stage].limit, spec.printing["cv"]
        lines = [
            _line(f"{code} {name}", limit, points, approved, methodcaller("coefficient", stage, code), places)
            for code, name in ((one.code, one.short_name) for one in spec.resources)
            if (stage, code) in now.coefficients
        ]
        if lines:
            stages.append((label, tuple(lines), curves(f"{label}各月差异系数与限值比（%）", "限值", lines)))
    return MonthlyDistrict(
        evaluation=evaluation,
        headings=(
            _counted("达标学校（分学段）", approved.passing, now.passing, f" / {total}", more_is_better=True),
            _counted("差异系数超限", over[0], over[1], " 项", more_is_better=False),
        ),
        stages=tuple(stages),
        # What changed comes first.
        schools=tuple(sorted(_schools(spec, names, this, approved, now), key=lambda one: one.is_unchanged)),
        unfit=tuple(names[code] for code in unfit),
        reported=len(this),
    )


def _counted(label: str, was: int, now: int, unit: str, *, more_is_better: bool) -> BeforeAfter:
    turn = "" if was == now else "better" if (now > was) is more_is_better else "worse"
    return BeforeAfter(label, f"{was}{unit}", f"{now}{unit}", turn=turn)


def _schools(
    spec: Spec,
    names: Mapping[str, str],
    this: Mapping[str, MonthlyUpdate],
    approved: MonthlySnapshot,
    now: MonthlySnapshot,
) -> Iterator[MonthlySchool]:
    for key, passes in now.passes.items():
        code, stage = key
        update = this.get(code)
        counts = [sum(reaches is True for _, reaches in side.parts.get(key, {}).values()) for side in (approved, now)]
        yield MonthlySchool(
            school_code=code,
            name=names.get(code, code),
            stage=spec.stages[stage].label,
            said=(f"{len(update.changes)} 项变化" if update.changes else "无变化") if update else "未报",
            tone=("info" if update.changes else "ok") if update else "muted",
            verdict=_verdict(approved.passes.get(key), passes),
            reached=_counted("达标项数", counts[0], counts[1], f" / {len(now.parts[key])}", more_is_better=True),
        )


def school(place: School) -> MonthlySchoolPage | None:
    """None while nothing is evaluated."""
    found, updates = queries.evaluations(place.district), queries.reported(place.district)
    if not found:
        return None
    evaluation, points = queries.base_of_today(found), queries.line(found, updates)
    case = case_of(evaluation)
    spec, approved = case.result.spec, queries.snapshot(evaluation, [])
    now = points[-1].snapshot or approved
    own = [one for one in updates if one.school_id == place.pk]
    _, unfit = queries.applied(case.data, queries.counted(own, evaluation, queries.this_month()))
    stages = []
    for stage in spec.judged_stages:
        key = (place.code, stage)
        if key not in now.parts:
            continue
        lines = [
            _line(
                f"{one.code} {one.short_name}（{one.unit}）",
                one.thresholds[stage],
                points,
                approved,
                methodcaller("figure", place.code, stage, one.code),
                spec.printing["value"],
            )
            for one in spec.resources
        ]
        verdict = _verdict(approved.passes.get(key), now.passes[key])
        label = spec.stages[stage].label
        drawn = curves(f"{label}各月指标值与标准比（%）", "标准", lines)
        stages.append((label, verdict, tuple(lines), drawn))
    return MonthlySchoolPage(evaluation, tuple(stages), tuple(in_words(spec, reversed(own))), bool(unfit))


def in_words(spec: Spec, updates: Iterable[MonthlyUpdate]) -> Iterator[MonthWords]:
    for update in updates:
        words = []
        for code, change in update.changes.items():
            item = spec.items.get(code)
            parts = [f"{word} {plain(Decimal(change[side]))}" for side, word in _SIDES if Decimal(change[side])]
            words.append(f"{item.label if item else code}{'，'.join(parts)}{f' {item.unit}' if item else ''}")
        yield MonthWords(update, tuple(words))


_SIDES = (("plus", "增加"), ("minus", "减少"))
