"""Reads of the boards: which evaluation is shown, and everything its pages need, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Q
from django.http import Http404

from indicators.collection.submissions.models import Round
from indicators.results.board import board, influence
from indicators.results.board.board import BoardRow, RegisteredFacts, StageBoard
from indicators.results.board.influence import OwnInfluence, StageInfluence
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import stored
from indicators.results.evaluations.inputs import Kept
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import JudgedGrowth
from indicators.results.evaluations.stored import (
    Allowed,
    Cache,
    Relaxed,
    StoredCondition,
    StoredMissing,
    StoredResult,
)
from indicators.standard.engine import Spec
from indicators.standard.engine.coefficients import Analysis
from indicators.standard.engine.conditions import Tally, tally
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from schools.access.permissions import Perm
from schools.access.scope import visible

_BUREAU = {True: "教育局声明有", False: "教育局声明没有", None: "教育局还没有声明"}
_HAPPENED = {True: ("有", "bad"), False: ("无", "ok"), None: ("未全部确认", "muted")}
_CONDITION_VERDICTS = {True: ("达标", "ok"), False: ("未达标", "bad"), None: ("还不能判定", "muted")}


@dataclass(frozen=True, slots=True)
class Lacking:
    """A school with the items A1–A7 still need from it."""

    school_code: str
    school: str
    items: tuple[str, ...]
    has_return: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A school that takes no part in A1–A7, and why."""

    school_code: str
    school: str
    reason: str


@dataclass(frozen=True, slots=True)
class SchoolReason:
    """A school that does not meet a condition, or cannot be judged on it yet, and why."""

    school_code: str
    school: str
    why: str


@dataclass(frozen=True, slots=True)
class JudgedCondition:
    """One of B1–D1: its arithmetic, its verdict, the schools in the way; `relaxed` where a relaxation was granted."""

    code: str
    name: str
    lines: tuple[str, ...]
    verdict: str
    tone: str
    near: bool
    failing: tuple[SchoolReason, ...]
    unknown: tuple[SchoolReason, ...]
    relaxed: "JudgedCondition | None" = None


@dataclass(frozen=True, slots=True)
class VetoRow:
    """A veto: whether it happened, where, and who has not answered."""

    code: str
    name: str
    answer: str
    tone: str
    schools: tuple[str, ...]
    unanswered: tuple[str, ...]
    bureau: str = ""
    has_reports: bool = True

    @property
    def nobody(self) -> str:
        """What to say where no school stated it happened and none is waited for."""
        return "各校均确认没有" if self.has_reports else "没有学校填报"

    @property
    def words(self) -> str:
        """At which schools it happened and how many have not answered, in one line."""
        found = [f"发生：{'、'.join(self.schools)}"] if self.schools else []
        found += [f"{len(self.unanswered)} 校未确认"] if self.unanswered else []
        return "；".join(found or [self.nobody])


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person may choose from, and what is chosen; no round = nothing is open yet."""

    rounds: tuple[Round, ...]
    evaluations: tuple[Evaluation, ...]
    round: Round | None
    evaluation: Evaluation | None
    running: Job | None


@dataclass(frozen=True, slots=True)
class BoardHeading:
    """The answer at the top of every board page; `relaxed` with the relaxations granted, None without any."""

    verdict: str
    tone: str
    why: tuple[str, ...]
    parts: Tally
    coefficients: Tally
    missing_schools: int
    relaxed: "BoardHeading | None" = None


@dataclass(frozen=True, slots=True)
class BoardContent:
    """An evaluation made readable: heading, matrix per stage, what is missing, what was entered."""

    spec: Spec
    heading: BoardHeading
    stages: tuple[StageBoard, ...]
    lacking: tuple[Lacking, ...]
    left_out: tuple[LeftOut, ...]
    judged: tuple[JudgedCondition, ...]
    vetoes: tuple[VetoRow, ...]
    allowed: tuple[Allowed, ...] = ()
    growth: tuple[JudgedGrowth, ...] = ()

    @property
    def floor(self) -> str:
        """The floor's share of the threshold, e.g. 85%."""
        return self.spec.floor_text


@dataclass(frozen=True, slots=True)
class DistrictResult:
    """An evaluation as a row, and its content."""

    evaluation: Evaluation
    content: BoardContent


def choose(user: User, round_id: str = "", evaluation_id: str = "") -> Choice:
    """Return what is shown: the evaluation asked for, else the newest of the newest round that has one.

    Raises Http404 for a round or evaluation that is foreign, gone or no number.
    """
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    rounds = tuple(visible(user, rows, Perm.DISTRICT_RESULT_VIEW))
    known = tuple(evaluations.shown_to(user).filter(round__in=rounds)) if rounds else ()
    round, chosen = _chosen(rounds, known, round_id, evaluation_id)
    own = tuple(e for e in known if round and e.round_id == round.pk)
    evaluation = chosen or (own[0] if own else None)
    if evaluation is not None:
        whole = Evaluation.objects.select_related("round__district", "standard", "created_by")
        evaluation = whole.defer("standard__content", "result").get(pk=evaluation.pk)
    running = evaluations.running_job(round) if round else None
    return Choice(rounds, own, round, evaluation, running)


def _chosen(
    rounds: tuple[Round, ...], known: tuple[Evaluation, ...], round_id: str, evaluation_id: str
) -> tuple[Round | None, Evaluation | None]:
    by_id = {str(round.pk): round for round in rounds}
    if round_id and round_id not in by_id:
        raise Http404
    if evaluation_id:
        chosen = {str(e.pk): e for e in known}.get(evaluation_id)
        if chosen is None:
            raise Http404
        # Another round was picked while the address still named the old evaluation.
        if round_id in ("", str(chosen.round_id)):
            return by_id[str(chosen.round_id)], chosen
    if round_id:
        return by_id[round_id], None
    judged = {e.round_id for e in known}
    return next((r for r in rounds if r.pk in judged), rounds[0] if rounds else None), None


_contents: Cache[BoardContent] = Cache(8)
# Two evaluations looked at in turn, each with its indicators.
_influences: Cache[tuple[StageInfluence, ...]] = Cache(14)
_analyses: Cache[Analysis | None] = Cache(28)


def district(evaluation: Evaluation) -> DistrictResult:
    """Return an evaluation made readable; built once per evaluation and process."""
    return DistrictResult(evaluation, _contents.get(evaluation, lambda: _content(evaluation)))


def influences(district: DistrictResult, code: str) -> tuple[StageInfluence, ...]:
    """Return what every school does to this indicator's coefficient, per stage; cached like `district`."""
    evaluation, content = district.evaluation, district.content

    def make() -> tuple[StageInfluence, ...]:
        result = stored.of(evaluation)
        return tuple(influence.of_stage(content.spec, result, stage, code) for stage in content.stages)

    return _influences.get(evaluation, make, code)


def own_influence(
    evaluation: Evaluation, result: StoredResult, spec: Spec, row: BoardRow, code: str
) -> OwnInfluence | None:
    """Return what a school part may see of this indicator's coefficient; the sums over all schools are cached."""
    found = _analyses.get(evaluation, lambda: influence.analysis(spec, result, row.stage, code), row.stage, code)
    return influence.own(spec, found, row.school_code)


def _content(evaluation: Evaluation) -> BoardContent:
    spec = standards.load_spec(evaluation.standard)
    result, inputs, granted = stored.of(evaluation), evaluation.inputs, stored.relaxed(evaluation)
    stages = board.stages(spec, result, facts(evaluation), granted)
    verdict, tone = board.VERDICTS[evaluation.verdict]
    heading = BoardHeading(
        verdict=verdict,
        tone=tone,
        why=tuple(evaluation.why),
        parts=tally(row.passes for stage in stages for row in stage.rows),
        coefficients=tally(summary.passes for stage in stages for summary in stage.summaries),
        missing_schools=result.missing_schools,
        relaxed=_relaxed_heading(granted, stages) if granted else None,
    )
    return BoardContent(
        spec=spec,
        heading=heading,
        stages=stages,
        lacking=lacking(spec, result.missing, inputs),
        left_out=tuple(LeftOut(one.school_code, one.school_name, one.reason) for one in result.excluded),
        judged=judged(spec, result, inputs, granted),
        vetoes=vetoes(result, inputs),
        allowed=granted.allowed if granted else (),
        growth=evaluations.growth(evaluation),
    )


def _relaxed_heading(granted: Relaxed, stages: tuple[StageBoard, ...]) -> BoardHeading:
    verdict, tone = board.VERDICTS[granted.verdict]
    rows = [row.relaxed or row for stage in stages for row in stage.rows]
    summaries = [summary.relaxed or summary for stage in stages for summary in stage.summaries]
    return BoardHeading(
        verdict=verdict,
        tone=tone,
        why=granted.why,
        parts=tally(row.passes for row in rows),
        coefficients=tally(summary.passes for summary in summaries),
        missing_schools=granted.result.missing_schools,
    )


def facts(evaluation: Evaluation) -> dict[str, RegisteredFacts]:
    """Return name, kind and 城乡 of each school as the register had them when it was judged."""
    return {code: RegisteredFacts(*entry["register"][:3]) for code, entry in reading.schools(evaluation.inputs).items()}


def round_named(code: str, district_code: str = "") -> list[Round]:
    """Return the rounds with this code (unscoped: for the command line)."""
    place = Q(district__code=district_code) if district_code else Q()
    return list(Round.objects.filter(place, code=code).select_related("district", "standard"))


def lacking(spec: Spec, missing: Iterable[StoredMissing], inputs: Kept) -> tuple[Lacking, ...]:
    """Return the schools with missing items, in words; 不适用 is shown with its reason."""
    found: dict[str, list[str]] = {}
    for entry in missing:
        label = spec.items[entry.item].label
        words = f"{label}（填了不适用：{entry.reason}）" if entry.reason else label
        found.setdefault(entry.school_code, []).append(words)
    names = reading.school_names(inputs)
    return tuple(
        Lacking(code, names[code], tuple(items), inputs[code]["revision"] is not None) for code, items in found.items()
    )


def judged(
    spec: Spec, result: StoredResult, inputs: Kept, relaxed: Relaxed | None = None
) -> tuple[JudgedCondition, ...]:
    """Return B1–D1 in the standard's order (教督〔2017〕6号 二至四)."""
    names = reading.school_names(inputs)
    found = []
    for indicator in spec.indicators:
        code = indicator.code
        if code in result.conditions:
            strict = _condition(code, indicator.name, result.conditions[code], names)
            other = relaxed.condition(code) if relaxed else None
            found.append(replace(strict, relaxed=_condition(code, indicator.name, other, names)) if other else strict)
    return tuple(found)


def _condition(code: str, name: str, condition: StoredCondition, names: Mapping[str, str]) -> JudgedCondition:
    lines = [one.why for one in condition.conditions if one.why] or [condition.value or "", condition.why]
    verdict, tone = _CONDITION_VERDICTS[condition.passes] if condition.applicable else ("不适用", "muted")
    failing, unknown = (
        tuple(
            SchoolReason(one.school_code, names[one.school_code], one.why)
            for one in condition.schools
            if one.passes is passes
        )
        for passes in (False, None)
    )
    return JudgedCondition(
        code, name, tuple(filter(None, lines)), verdict, tone, condition.near_limit, failing, unknown
    )


def vetoes(result: StoredResult, inputs: Kept) -> tuple[VetoRow, ...]:
    """Return every veto with the schools by name."""
    names = reading.school_names(inputs)
    has_reports = any(entry["revision"] for entry in reading.schools(inputs).values())
    return tuple(
        VetoRow(
            veto.code,
            veto.name,
            *_HAPPENED[veto.happened],
            tuple(names[code] for code in veto.schools),
            tuple(names[code] for code in veto.unanswered),
            _BUREAU[veto.bureau] if veto.asks_bureau else "",
            has_reports,
        )
        for veto in result.vetoes
    )
