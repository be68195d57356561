"""Reads of statistics: the figures in force, each compared with what the school reports."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from indicators.collection.state_statistics import kinds
from indicators.collection.state_statistics.models import (
    DifferenceReason,
    StatisticsFigure,
    StatisticsImport,
    StatisticsPrefill,
)
from indicators.collection.submissions import answers, queries as submissions
from indicators.collection.submissions.models import Answer as AnswerRow, Round, Submission
from indicators.standard.engine import Answer, Item, NotApplicable, Spec, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import numbers
from portal.core.lib.verdicts import NOT_APPLICABLE
from schools.access.scope import Perm, visible


class State(StrEnum):
    """How the two figures stand to each other; the value is the word in addresses."""

    SAME = "same"
    DIFFERENT = "different"
    WITHOUT_REASON = "unexplained"
    WITH_REASON = "explained"
    NO_STATISTICS = "no-statistics"
    NO_REPORT = "no-report"


LABELS = {
    State.WITHOUT_REASON: "待说明",
    State.DIFFERENT: "有差异",
    State.WITH_REASON: "已说明",
    State.NO_REPORT: "填报缺",
    State.NO_STATISTICS: "统计缺",
    State.SAME: "一致",
}
TONES = {
    State.WITHOUT_REASON: "bad",
    State.DIFFERENT: "warn",
    State.WITH_REASON: "info",
    State.NO_REPORT: "muted",
    State.NO_STATISTICS: "muted",
    State.SAME: "ok",
}


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """An item that is compared: its words, and whether small differences are within the tolerance."""

    code: str
    label: str
    unit: str
    exact: bool
    stage: str


def agree(item: ComparedItem, reported: Decimal, statistics: Decimal, tolerance: Decimal) -> bool:
    """Counts exactly; areas and values within `tolerance` percent of the statistics, the bound included."""
    room = Decimal(0) if item.exact else abs(statistics) * tolerance / 100
    return abs(reported - statistics) <= room


def reported_of(answer: Answer | None) -> Decimal | None:
    """不适用 counts as 0, which agrees with 0 in the statistics."""
    if answer is None:
        return None
    return Decimal(0) if isinstance(answer, NotApplicable) else Decimal(answer.value)  # type: ignore[arg-type]


def class_count(items: Mapping[str, Item], given: Mapping[str, Answer], stage_label: str) -> Decimal | None:
    answer = given.get("class_list")
    if not isinstance(answer, Value):
        return None
    return Decimal(sum(row.get("stage") == stage_label for row in answer.value))  # type: ignore[union-attr,misc]


def state_of(same: bool | None, *, has_report: bool, has_reason: bool, is_editable: bool) -> State:
    """How two figures stand; `same` is None when one of them is missing."""
    if same is None:
        return State.NO_STATISTICS if has_report else State.NO_REPORT
    if same:
        return State.SAME
    if has_reason:
        return State.WITH_REASON
    return State.DIFFERENT if is_editable else State.WITHOUT_REASON


Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class StatisticsDifference:
    """One school and item: what is reported, what the statistics say, who gave a reason for the difference."""

    submission: Submission
    item: ComparedItem
    reported: str
    is_reported: bool
    figure: StatisticsFigure | None
    given: DifferenceReason | None
    prefilled: bool
    state: State

    @property
    def label(self) -> str:
        return LABELS[self.state]

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def statistics(self) -> str:
        return numbers.plain(self.figure.value) if self.figure else ""

    @property
    def difference(self) -> str:
        """ "" unless both are numbers."""
        if self.figure is None or not self.is_reported or self.reported == NOT_APPLICABLE.words:
            return ""
        value = Decimal(self.reported) - self.figure.value
        return f"{'+' if value > 0 else ''}{numbers.plain(value)}"

    @property
    def takes_reason(self) -> bool:
        return self.state in (State.DIFFERENT, State.WITHOUT_REASON, State.WITH_REASON)


def year_of(round_: Round) -> int:
    """That of the round's 学年初."""
    return round_.school_year_start.year


def tolerance() -> Decimal:
    """In percent of the statistics."""
    return Decimal(settings.STATISTICS_TOLERANCE_PERCENT)


def compared_items(spec: Spec, year: int) -> dict[str, ComparedItem]:
    """By code, in the order of the standard; class counts come last."""
    found: dict[str, ComparedItem] = {}
    figures = [figure for form in kinds.shipped().of_year(year) for figure in form.figures]
    named = {figure.item for figure in figures if not figure.measure}
    for code, item in spec.items.items():
        if code in named:
            found[code] = ComparedItem(code, item.label, item.unit, item.kind == "number", item.stage)
    for figure in figures:
        stage = figure.item.rpartition("_")[2]
        if figure.measure == kinds.CLASSES and stage in spec.stages:
            label = f"{spec.stages[stage].label}班级数"
            found[figure.item] = ComparedItem(figure.item, label, figure.unit, True, stage)
    return found


def rounds(user: User) -> list[Round]:
    seen = school_submissions(user).values("round")
    return list(Round.objects.filter(pk__in=seen).select_related("district", "standard").defer("standard__content"))


def choose(user: User, asked: str) -> Round | None:
    """The round asked for by id, else the newest with statistics, else the newest. Raises NotFound for others."""
    held = rounds(user)
    if not asked:
        with_figures = set(StatisticsImport.objects.filter(round__in=held).values_list("round_id", flat=True))
        return next((row for row in held if row.pk in with_figures), held[0] if held else None)
    found = next((row for row in held if row.pk == numbers.whole(asked)), None)
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    return found


def school_submissions(user: User) -> QuerySet[Submission]:
    rows = Submission.objects.exclude(school=None).select_related("round__district", "round__standard", "school")
    # A standard is large, and would be read and parsed for every school.
    rows = rows.defer("round__standard__content")
    return visible(user, rows, Perm.SUBMISSION_VIEW).order_by("school__code", "pk")


def fills(user: User, round_: Round) -> set[int]:
    rows = visible(user, Submission.objects.filter(round=round_), Perm.SUBMISSION_FILL)
    return set(rows.values_list("pk", flat=True)) if round_.state == Round.State.OPEN else set()


def forms(round_: Round) -> list[kinds.StatisticsForm]:
    return kinds.shipped().of_year(year_of(round_))


def imports(round_: Round) -> list[StatisticsImport]:
    return list(round_.statistics.select_related("document", "created_by"))


def figures(round_: Round, submission: Submission | None = None) -> dict[Key, StatisticsFigure]:
    """By school id and item: of several imports the newest that holds it."""
    rows = StatisticsFigure.objects.filter(statistics__round=round_).order_by("statistics_id", "pk")
    if submission is not None:
        rows = rows.filter(school=submission.school_id)
    return {(row.school_id, row.item): row for row in rows}


def lines(round_: Round, rows: Sequence[Submission]) -> list[StatisticsDifference]:
    """A fixed number of queries; none without an import.

    Without what neither side has; for a stage the school does not run, 0 and 不适用 count as nothing.
    """
    spec, rows = standards.load_spec(round_.standard), submissions.as_then(rows)
    one = rows[0] if len(rows) == 1 else None
    held = figures(round_, one)
    if not held and not round_.statistics.exists():
        return []
    items = compared_items(spec, year_of(round_))
    entered: dict[int, list[AnswerRow]] = defaultdict(list)
    # By round, not by a list of ids: a province's round has more ids than SQLite takes parameters.
    stored = AnswerRow.objects.filter(submission__round=round_, field__in=[*items, "class_list"])
    for answer in stored if one is None else stored.filter(submission=one):
        entered[answer.submission_id].append(answer)
    given = {pk: answers.of_rows(spec.items, own) for pk, own in entered.items()}
    reasons = _newest(DifferenceReason.objects.filter(submission__round=round_).select_related("created_by"), one)
    prefilled = _newest(StatisticsPrefill.objects.filter(submission__round=round_).select_related("figure"), one)
    made = (
        _line(
            spec,
            row,
            item,
            given.get(row.pk, {}),
            held.get((row.school_id or 0, item.code)),
            reasons.get((row.pk, item.code)),
            prefilled.get((row.pk, item.code)),
        )
        for row in rows
        for item in items.values()
    )
    return [line for line in made if line is not None]


def _newest(rows: QuerySet[Any], one: Submission | None) -> dict[Key, Any]:
    chosen = rows if one is None else rows.filter(submission=one)
    return {(row.submission_id, row.item): row for row in chosen.order_by("pk")}


def _line(
    spec: Spec,
    submission: Submission,
    item: ComparedItem,
    given: Mapping[str, Answer],
    figure: StatisticsFigure | None,
    said: DifferenceReason | None,
    prefill: StatisticsPrefill | None,
) -> StatisticsDifference | None:
    waived = isinstance(given.get(item.code), NotApplicable)
    number = (
        reported_of(given.get(item.code))
        if item.code in spec.items
        else class_count(spec.items, given, spec.stages[item.stage].label)
    )
    if number is None and figure is None:
        return None
    if not number and (figure is None or not figure.value) and not _runs(spec, submission, item):
        return None
    words = NOT_APPLICABLE.words if waived else "" if number is None else numbers.plain(number)
    same = None
    if number is not None and figure is not None:
        same = agree(item, number, figure.value, tolerance())
    holds = said is not None and figure is not None and ((said.reported, said.statistics) == (words, figure.value))
    return StatisticsDifference(
        submission=submission,
        item=item,
        reported=words,
        is_reported=number is not None,
        figure=figure,
        given=said if holds else None,
        prefilled=prefill is not None and prefill.figure.value == number and not waived,
        state=state_of(same, has_report=number is not None, has_reason=holds, is_editable=submission.is_editable),
    )


def _runs(spec: Spec, submission: Submission, item: ComparedItem) -> bool:
    school = submission.school
    return not item.stage or (school is not None and item.stage in spec.kinds[school.kind].stages)


def line(submission: Submission, item: str) -> StatisticsDifference:
    """Raises NotFound when nothing is compared there."""
    found = next((one for one in lines(submission.round, [submission]) if one.item.code == item), None)
    if found is None:
        raise NotFound("这一项没有可以核对的数据，请从统计核对页面重新进入。")
    return found


def counts(found: Iterable[StatisticsDifference]) -> dict[State, int]:
    held = [line.state for line in found]
    return {state: held.count(state) for state in LABELS}


_SHOWN = 8


def standing(submission: Submission) -> dict[str, Any]:
    """For the page it is reviewed on: no lines without statistics."""
    found = lines(submission.round, [submission]) if submission.school_id else []
    count = counts(found)
    differing = sorted((line for line in found if line.takes_reason), key=lambda line: line.state == State.WITH_REASON)
    return {
        "lines": found,
        "open": differing[:_SHOWN],
        "more": len(differing[_SHOWN:]),
        "same": count[State.SAME],
        "rest": [(LABELS[s], TONES[s], number) for s, number in count.items() if number and s != State.SAME],
    }


def submissions_of(lines: Iterable[StatisticsDifference]) -> QuerySet[Submission]:
    return Submission.objects.filter(pk__in={line.submission.pk for line in lines})


def to_prefill(round_: Round, rows: Sequence[Submission]) -> dict[Submission, list[StatisticsDifference]]:
    spec = standards.load_spec(round_.standard)
    editable = [row for row in rows if row.is_editable]
    found: dict[Submission, list[StatisticsDifference]] = defaultdict(list)
    for one in lines(round_, editable) if editable else []:
        if one.state == State.NO_REPORT and one.item.code in spec.items and _runs(spec, one.submission, one.item):
            found[one.submission].append(one)
    return found
