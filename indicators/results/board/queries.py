"""Reads of the boards: which evaluation is shown, and everything its pages need, in a fixed number of queries."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404

from indicators.collection.rounds.models import Round
from indicators.results.board import board, figures, gaps, influence
from indicators.results.board.board import Row, SchoolFacts, StageBoard
from indicators.results.board.influence import OwnInfluence, StageInfluence
from indicators.results.board.keeping import Kept
from indicators.results.evaluations import growth, relaxed
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.growth import Growth
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.relaxed import Allowed, Relaxed
from indicators.standard.engine import Spec
from indicators.standard.engine.coefficients import Analysis
from indicators.standard.engine.conditions import Tally, tally
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from schools.access.permissions import Perm
from schools.access.scope import visible


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person may choose from, and what is chosen; no round = nothing is open yet."""

    rounds: tuple[Round, ...]
    evaluations: tuple[Evaluation, ...]
    round: Round | None
    evaluation: Evaluation | None
    running: Job | None


@dataclass(frozen=True, slots=True)
class Heading:
    """The answer at the top of every board page; ``relaxed`` with the relaxations granted, None without any."""

    verdict: str
    tone: str
    why: tuple[str, ...]
    parts: Tally
    coefficients: Tally
    missing_schools: int
    relaxed: "Heading | None" = None


@dataclass(frozen=True, slots=True)
class Content:
    """An evaluation made readable: heading, matrix per stage, what is missing, what was entered."""

    spec: Spec
    heading: Heading
    stages: tuple[StageBoard, ...]
    lacking: tuple[gaps.Lacking, ...]
    left_out: tuple[gaps.Left, ...]
    judged: tuple[gaps.Judged, ...]
    vetoes: tuple[gaps.VetoRow, ...]
    allowed: tuple[Allowed, ...] = ()
    growth: tuple[Growth, ...] = ()

    @property
    def floor(self) -> str:
        """The floor's share of the threshold, e.g. 85%."""
        return self.spec.floor_text


@dataclass(frozen=True, slots=True)
class District:
    """An evaluation as a row, and what it says."""

    evaluation: Evaluation
    content: Content


def choose(user: User, round_id: str = "", evaluation_id: str = "") -> Choice:
    """Return what is shown: the evaluation asked for, else the newest of the newest round that has one.

    Raises Http404 for a round or evaluation that is foreign, gone or no number.
    """
    rounds = tuple(
        visible(
            user,
            Round.objects.select_related("district", "standard").defer("standard__content"),
            Perm.DISTRICT_RESULT_VIEW,
        )
    )
    all_evaluations = tuple(evaluations.shown_to(user).filter(round__in=rounds)) if rounds else ()
    round, chosen = _chosen(rounds, all_evaluations, round_id, evaluation_id)
    own = tuple(e for e in all_evaluations if round and e.round_id == round.pk)
    evaluation = _whole(chosen or (own[0] if own else None))
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
        # Another round was picked while the old evaluation still stood in the address.
        if round_id in ("", str(chosen.round_id)):
            return by_id[str(chosen.round_id)], chosen
    if round_id:
        return by_id[round_id], None
    judged = {e.round_id for e in known}
    return next((r for r in rounds if r.pk in judged), rounds[0] if rounds else None), None


def _whole(evaluation: Evaluation | None) -> Evaluation | None:
    if evaluation is None:
        return None
    rows = Evaluation.objects.select_related("round__district", "standard", "created_by")
    return rows.defer("standard__content", "result").get(pk=evaluation.pk)


_contents: Kept[Content] = Kept(8)
# Two evaluations looked at in turn, each with its indicators.
_influences: Kept[tuple[StageInfluence, ...]] = Kept(14)
_analyses: Kept[Analysis | None] = Kept(28)


def district(evaluation: Evaluation) -> District:
    """Return an evaluation made readable; built once per evaluation and process, for it never changes."""
    return District(evaluation, _contents.get(evaluation, lambda: _content(evaluation)))


def influences(district: District, code: str) -> tuple[StageInfluence, ...]:
    """Return what every school does to this indicator's coefficient, per stage; kept like `district`."""
    evaluation, content = district.evaluation, district.content

    def make() -> tuple[StageInfluence, ...]:
        return tuple(influence.of_stage(content.spec, evaluation.result, stage, code) for stage in content.stages)

    return _influences.get(evaluation, make, code)


def own_influence(evaluation: Evaluation, spec: Spec, row: Row, code: str) -> OwnInfluence | None:
    """Return what a school part may see of this indicator's coefficient; the sums over all schools are kept."""
    kept = _analyses.get(
        evaluation, lambda: influence.analysis(spec, evaluation.result, row.stage, code), row.stage, code
    )
    return influence.own(spec, kept, row.school_code)


def _content(evaluation: Evaluation) -> Content:
    spec = standards.load_spec(evaluation.standard)
    result, inputs, granted = evaluation.result, evaluation.inputs, relaxed.of(evaluation)
    stages = board.stages(spec, result, facts(evaluation), granted)
    return Content(
        spec=spec,
        heading=_heading(evaluation, stages, granted),
        stages=stages,
        lacking=gaps.lacking(spec, result, inputs),
        left_out=gaps.left_out(result),
        judged=gaps.judged(spec, result, inputs, granted),
        vetoes=gaps.vetoes(result, inputs),
        allowed=granted.allowed if granted else (),
        growth=growth.of(evaluation),
    )


def facts(evaluation: Evaluation) -> dict[str, SchoolFacts]:
    """Return what the register said of each school when it was judged: name, kind, 城乡."""
    kept = reading.schools(evaluation.inputs)
    return {code: SchoolFacts(*entry["register"][:3]) for code, entry in kept.items()}


def _heading(evaluation: Evaluation, stages: tuple[StageBoard, ...], granted: Relaxed | None) -> Heading:
    verdict, tone = figures.VERDICTS[evaluation.verdict]
    return Heading(
        verdict=verdict,
        tone=tone,
        why=tuple(evaluation.why),
        parts=tally(row.passes for stage in stages for row in stage.rows),
        coefficients=tally(summary.passes for stage in stages for summary in stage.summaries),
        missing_schools=len({entry["school_code"] for entry in evaluation.result["missing"]}),
        relaxed=_relaxed_heading(granted, stages) if granted else None,
    )


def _relaxed_heading(granted: Relaxed, stages: tuple[StageBoard, ...]) -> Heading:
    verdict, tone = figures.VERDICTS[granted.verdict]
    rows = [row.relaxed or row for stage in stages for row in stage.rows]
    summaries = [summary.relaxed or summary for stage in stages for summary in stage.summaries]
    return Heading(
        verdict=verdict,
        tone=tone,
        why=granted.why,
        parts=tally(row.passes for row in rows),
        coefficients=tally(summary.passes for summary in summaries),
        missing_schools=len({entry["school_code"] for entry in granted.told["missing"]}),
    )


def round_named(code: str, district_code: str = "") -> list[Round]:
    """Return the rounds with this code (unscoped: for the command line)."""
    place = Q(district__code=district_code) if district_code else Q()
    return list(Round.objects.filter(place, code=code).select_related("district", "standard"))
