"""全区态势: where a district stands, what changed, which schools hold it back, what is late; and one school on one page."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Submission
from indicators.planning.plans import pages as plan_pages, queries as plans
from indicators.planning.plans.models import PlanRun
from indicators.results.board import board, queries as boards, school_queries as results
from indicators.results.evaluations import change_queries as evaluation_changes, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import pages
from indicators.standard.engine import tally
from indicators.standard.standards import queries as standards
from inspections.letters import queries as letters
from inspections.letters.models import Letter
from inspections.rectification import queries as ledger
from inspections.rectification.models import Finding
from inspections.self_reports import queries as self_reports
from inspections.self_reports.models import SelfReport
from inspections.visits import queries as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib import dates, numbers
from portal.core.lib.verdicts import VERDICTS
from portal.core.papers.tree import Figure
from portal.standing import news_queries as news, trend_queries as trends
from portal.standing.news_queries import News, PartNames
from portal.standing.trend_queries import TrendPoint
from schools.access import scope
from schools.access.scope import Perm, may, visible
from schools.directory import queries as directory
from schools.directory.models import District, School

# Of these one sees at a glance; the pages behind the links have all.
_HOLDING_BACK = 5


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a measure since an earlier evaluation."""

    since: str
    turn: pages.VerdictTurn


@dataclass(frozen=True, slots=True)
class Measure:
    """One answer to 我们在哪里; `trend` is empty where there is nothing to draw."""

    label: str
    value: str
    note: str
    tone: str
    url: str
    changes: tuple[Change, ...]
    trend: tuple[TrendPoint, ...] = ()

    @property
    def line(self) -> str:
        """The points of the small line, 100 wide and 24 high, from 0 to all."""
        if len(self.trend) < 2:
            return ""
        step = Decimal(96) / (len(self.trend) - 1)
        heights = [Decimal(22) - Decimal(20) * one.passing / one.total for one in self.trend]
        return " ".join(f"{2 + step * at:.1f},{height:.1f}" for at, height in enumerate(heights))

    @property
    def trend_words(self) -> str:
        return "；".join(f"{one.name} {one.passing}/{one.total}" for one in self.trend)


@dataclass(frozen=True, slots=True)
class HoldingBack:
    """A stage part that does not pass: what it lacks and its largest share of a coefficient over its limit."""

    school_code: str
    name: str
    failing: tuple[str, ...]
    farthest: str
    share: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All a leader asks of a district, in a number of queries that does not grow with its schools.

    `basis` says in words what a provisional count rests on, blank where everything is judged; `since` is when changes are
    counted from, `then` the evaluation they are counted against.
    """

    evaluation: Evaluation
    basis: str
    is_stale: bool
    measures: tuple[Measure, ...]
    since: dt.datetime | None
    then: Evaluation | None
    news: tuple[News, ...]
    holding_back: tuple[HoldingBack, ...]
    not_passing: int
    late: tuple[News, ...]
    trends: tuple[Figure, ...]

    @property
    def district(self) -> District:
        return self.evaluation.round.district

    @property
    def since_words(self) -> str:
        return f"{dates.day(self.since)}以来" if self.since else "没有更早的评估可比"


def leads(user: User) -> bool:
    """Whose workbench begins with the standing: who decides for a district."""
    decides = scope.holds(user, scope.Perm.ESCALATION_LEAD) or scope.holds(user, scope.Perm.ESCALATION_DECIDE)
    return decides and scope.holds(user, scope.Perm.DISTRICT_RESULT_VIEW)


def standing(user: User, since: dt.date | None = None, round_id: str = "") -> Standing | None:
    """Of the newest round that is judged, or the one asked for; None while nothing is judged.

    Raises Http404 for a round of another district or gone, Invalid where nothing was judged by the day asked for.
    """
    evaluation = boards.choose(user, round_id).evaluation
    if evaluation is None:
        return None
    content, basis = boards.district(evaluation).content, boards.provisional_basis(evaluation)
    view = boards.provisional(evaluation, basis) if basis else None
    stages = view.stages if view else content.stages
    now = trends.verdicts(evaluation)
    if view:
        now = now | {
            "parts": {(row.school_code, row.stage): row.passes for stage in stages for row in stage.rows},
            "coefficients": {(stage.stage, one.code): one.passes for stage in stages for one in stage.summaries},
        }
    earlier = _earlier(user, evaluation)
    month = next((one for one in earlier if one.round_id == evaluation.round_id and _months(one, evaluation) > 0), None)
    year = next((one for one in earlier if one.round.school_year_start < evaluation.round.school_year_start), None)
    then = _of_day(earlier, evaluation, since) if since else month or year
    at = timezone.make_aware(dt.datetime.combine(since, dt.time())) if since else then.data_as_of if then else None
    rows = [row for stage in stages for row in stage.rows]
    names = _part_names(rows)
    # Where nothing was judged in the last month or year, the day or the round that is compared.
    pasts = [("上月" if _months(month, evaluation) == 1 else dates.day(month.data_as_of), month)] if month else []
    is_last = year and year.round.school_year_start.year + 1 == evaluation.round.school_year_start.year
    pasts += [("上年" if is_last else year.round.name, year)] if year else []
    return Standing(
        evaluation=evaluation,
        basis=basis.words if basis else "",
        is_stale=bool(evaluation_changes.staleness(evaluation)),
        measures=tuple(
            _measures(evaluation, now, pasts, trends.by_year((evaluation, *earlier)), provisional=bool(view))
        ),
        since=at,
        then=then,
        news=tuple(
            chain(
                news.turned(now, trends.verdicts(then), names, evaluation) if then else (),
                news.happened(user, evaluation, at),
            )
        ),
        holding_back=tuple(_holding_back(stages, names)),
        not_passing=sum(row.passes is False for row in rows),
        late=tuple(news.late(user, evaluation.round.district)),
        trends=tuple(trends.figures((evaluation, *earlier))),
    )


def _earlier(user: User, evaluation: Evaluation) -> list[Evaluation]:
    rows = evaluations.shown_to(user).filter(round__district=evaluation.round.district_id, pk__lt=evaluation.pk)
    rows = rows.filter(round__school_year_start__lte=evaluation.round.school_year_start)
    return list(rows.select_related("round").order_by("-round__school_year_start", "-pk"))


def _months(one: Evaluation, evaluation: Evaluation) -> int:
    then, now = (timezone.localdate(row.data_as_of) for row in (one, evaluation))
    return (now.year - then.year) * 12 + now.month - then.month


def _of_day(earlier: Iterable[Evaluation], evaluation: Evaluation, day: dt.date) -> Evaluation:
    for one in (evaluation, *earlier):
        if timezone.localdate(one.data_as_of) <= day:
            return one
    raise Invalid(f"{dates.day(day)}和以前没有评估，没有可比的结果。请选一个更晚的日期。")


def _part_names(rows: Sequence[board.BoardRow]) -> PartNames:
    """The school's, with its stage where it has more than one part."""
    parts_of = Counter(row.school_code for row in rows)
    return {
        (row.school_code, row.stage): row.school + (f"（{row.stage_label}）" if parts_of[row.school_code] > 1 else "")
        for row in rows
    }


def _measures(
    evaluation: Evaluation,
    now: Mapping[str, pages.Verdicts],
    pasts: Sequence[tuple[str, Evaluation]],
    years: Sequence[tuple[str, Evaluation]],
    *,
    provisional: bool,
) -> Iterator[Measure]:
    link = f"?evaluation={evaluation.pk}"
    trial, before = "（试算）" if provisional else "", [(name, one, trends.verdicts(one)) for name, one in pasts]
    words, tone = VERDICTS[evaluation.verdict]
    turns = (
        Change(
            name,
            pages.SAME if one.verdict is evaluation.verdict else pages.turn_of(one.verdict, evaluation.verdict),
        )
        for name, one in pasts
    )
    yield Measure("全区结论", words, "", tone, reverse("board:board") + link, tuple(turns))
    for name, label, page in (
        ("parts", f"学校达标（分学段）{trial}", "provisional" if provisional else "board"),
        ("coefficients", f"差异系数达标{trial}", "provisional" if provisional else "coefficients"),
        ("conditions", "B、C、D 类指标", "conditions"),
        ("vetoes", "一票否决", "conditions"),
    ):
        counted, unit = tally(now[name].values()), "所（部）" if name == "parts" else "项"
        note = "，".join(
            f"{count} {unit}{word}"
            for count, word in ((counted.failing, VERDICTS[False].words), (counted.open, "待定"))
            if count
        )
        value = f"{counted.passing}/{counted.total}"
        if name == "vetoes":
            value = (
                f"发生 {counted.failing} 项" if counted.failing else "没有发生" if not counted.open else "未全部确认"
            )
            note = f"{counted.open} 项还没有全部确认" if counted.open else ""
        yield Measure(
            label=label,
            value=value,
            note=note,
            tone="bad" if counted.failing else "muted" if counted.open else "ok",
            url=reverse(f"board:{page}") + link,
            changes=tuple(Change(since, pages.change(then[name], now[name], unit)) for since, _, then in before),
            trend=tuple(found for year, one in years if (found := trends.point(year, one, name)))
            if name != "vetoes"
            else (),
        )


def _holding_back(stages: Iterable[board.StageBoard], names: PartNames) -> list[HoldingBack]:
    """By indicators that fail, then by the sum of the distances, then by the largest share of a failing coefficient."""
    ranked = []
    for stage in stages:
        shares: dict[str, tuple[Decimal, str]] = {}
        for summary in stage.summaries:
            if summary.passes is False:
                for part in summary.coefficient.contributions:
                    known = shares.get(part.school_code, (Decimal(0), ""))
                    shares[part.school_code] = max(known, (Decimal(part.share), summary.code))
        for row in stage.rows:
            # How far below the threshold, as a share of it.
            lacking = [
                (1 - Decimal(cell.figure.value or 0) / Decimal(cell.figure.threshold), cell)
                for cell in row.cells
                if cell.reaches is False
            ]
            if row.passes is False and lacking:
                share, code = shares.get(row.school_code, (Decimal(0), ""))
                words = f"占 {code} 差异 {numbers.text(share * 100, 1)}%" if share else ""
                far = max(lacking, key=lambda pair: pair[0])[1]
                codes = tuple(cell.code for _, cell in lacking)
                name = names[row.school_code, row.stage]
                one = HoldingBack(row.school_code, name, codes, f"{far.code} {far.words}", words)
                ranked.append((-len(lacking), -sum(pair[0] for pair in lacking), -share, row.school_code, one))
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])[:_HOLDING_BACK]]


# The lists behind the links have all.
_FIRST = 5


@dataclass(frozen=True, slots=True)
class SchoolCondition:
    """What the school makes of an indicator that asks every school; its verdict in words, with tone and reason."""

    code: str
    name: str
    verdict: str
    tone: str
    why: str


@dataclass(frozen=True, slots=True)
class SchoolOverview:
    """Each list holds what the person may see of it: None where that is nothing by right, empty where there is nothing."""

    school: School
    result: results.SchoolView | None
    conditions: tuple[SchoolCondition, ...]
    findings: QuerySet[Finding] | None
    open: int
    overdue: int
    closed: int
    visits: QuerySet[Visit] | None
    submissions: QuerySet[Submission] | None
    letters: QuerySet[Letter] | None
    self_reports: QuerySet[SelfReport] | None
    plan: PlanRun | None
    planned: plan_pages.SchoolShown | None

    @property
    def not_reached(self) -> list[SchoolCondition]:
        return [one for one in self.conditions if one.tone != "ok"]

    @property
    def reached(self) -> list[str]:
        return [f"{one.code} {one.name}" for one in self.conditions if one.tone == "ok"]


def school_overview(user: User, code: str) -> SchoolOverview:
    """In a number of queries that does not grow with the years. Raises Http404 outside the person's reach."""
    school = directory.get_school(user, code)
    result, conditions = None, tuple[SchoolCondition, ...]()
    if may(user, Perm.EVALUATION_VIEW, school):
        _, evaluation = evaluations.lightly_of_school(user, code)
        if evaluation is not None and (result := results.view(user, school, evaluation)) is not None:
            conditions = _conditions(evaluation, code)
    plan = plans.newest_of(user, school.district_id)
    planned = next((one for one in plan_pages.PlanShown(plan).schools if one.code == code), None) if plan else None
    own = ledger.for_list(user).filter(school=school)
    counts = ledger.counted(own.order_by().prefetch_related(None))
    handed = visible(user, Submission.objects.filter(school=school), Perm.SUBMISSION_VIEW)
    handed = rounds.with_stage(handed.select_related("round__district", "school"))
    return SchoolOverview(
        school=school,
        result=result,
        conditions=conditions,
        findings=own.filter(ledger.pending())[:_FIRST] if may(user, Perm.FINDING_VIEW, school) else None,
        open=counts.open,
        overdue=counts.overdue,
        closed=counts.closed,
        visits=visits.for_list(user).filter(school=school)[:_FIRST] if may(user, Perm.VISIT_VIEW, school) else None,
        submissions=handed.order_by("-round__school_year_start", "-pk")
        if may(user, Perm.SUBMISSION_VIEW, school)
        else None,
        letters=letters.for_list(user).filter(school=school)[:_FIRST] if may(user, Perm.LETTER_VIEW, school) else None,
        self_reports=self_reports.of_school(user, school.pk) if may(user, Perm.REPORT_VIEW, school) else None,
        plan=plan,
        planned=planned,
    )


def _conditions(evaluation: Evaluation, code: str) -> tuple[SchoolCondition, ...]:
    whole = Evaluation.objects.select_related("standard").get(pk=evaluation.pk)
    spec = standards.load_spec(whole.standard)
    return tuple(
        SchoolCondition(number, spec.indicator(number).short_name, *VERDICTS[one.passes], one.why)
        for number, condition in stored.of(whole).conditions.items()
        for one in condition.schools
        if one.school_code == code
    )
