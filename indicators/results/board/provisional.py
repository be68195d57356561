"""A provisional view while returns are missing: this year's approved figures, last year's for the rest; no verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.results.board import board
from indicators.results.board.board import StageBoard
from indicators.results.board.queries import facts
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.standard.engine import UnusableData, evaluate
from indicators.standard.engine.conditions import Tally, tally
from indicators.standard.standards import queries as standards
from portal.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class ProvisionalBasis:
    """What a provisional view rests on: schools judged by this year's return, by last year's, and by none."""

    last_year: Round
    approved: tuple[str, ...]
    carried: tuple[str, ...]
    lacking: tuple[str, ...]
    revisions: Mapping[str, int]

    @property
    def words(self) -> str:
        """已审核 n 所, 其余 n 所沿用上年, and who has neither."""
        words = f"已审核 {len(self.approved)} 所，其余 {len(self.carried)} 所沿用上年（{self.last_year.name}）"
        return f"{words}，{len(self.lacking)} 所没有上年数据、不计入" if self.lacking else words


@dataclass(frozen=True, slots=True)
class View:
    """The stages as they would be, counted; `carried` names the schools with last year's figures."""

    stages: tuple[StageBoard, ...]
    parts: Tally
    coefficients: Tally
    carried: frozenset[str]


_views: Cache[View] = Cache(8)


def basis(evaluation: Evaluation) -> ProvisionalBasis | None:
    """Return what could stand in for missing returns; None while nothing is missing or there is no last year."""
    schools = reading.schools(evaluation.inputs)
    waiting = [code for code, entry in schools.items() if not entry["revision"] and not reading.is_closed_silent(entry)]
    if not waiting:
        return None
    earlier = Evaluation.objects.filter(
        round__district=evaluation.round.district_id, round__school_year_start__lt=evaluation.round.school_year_start
    )
    rows = earlier.select_related("round").defer("result").order_by("-round__school_year_start", "-pk")
    before = rows.first()
    if before is None:
        return None
    # The judged standard decides what is read of last year's return, as it does of this year's.
    last = {key: entry["revision"] for key, entry in reading.respondents(before.inputs).items() if entry["revision"]}
    own = {key: entry["revision"] for key, entry in reading.respondents(evaluation.inputs).items() if entry["revision"]}
    usable = {key: revision for key, revision in last.items() if key in waiting or key not in schools}
    return ProvisionalBasis(
        last_year=before.round,
        approved=tuple(code for code in schools if code in own),
        carried=tuple(code for code in waiting if code in last),
        lacking=tuple(code for code in waiting if code not in last),
        revisions=usable | own,
    )


def view(evaluation: Evaluation, found: ProvisionalBasis) -> View:
    """Return the board with last year's figures for missing returns; nothing of it is stored in the database.

    Raises Invalid, in Chinese, when a figure of last year cannot be judged by this year's standard.
    """
    return _views.get(evaluation, lambda: _view(evaluation, found), tuple(sorted(found.revisions.items())))


def _view(evaluation: Evaluation, found: ProvisionalBasis) -> View:
    spec = standards.load_spec(evaluation.standard)
    frozen = submissions.load_frozen(evaluation.standard, found.revisions.values())
    loaded = {key: frozen[revision] for key, revision in found.revisions.items()}
    registers = {key: entry["register"] for key, entry in reading.schools(evaluation.inputs).items()}
    grants = reading.grants(evaluation.inputs)
    try:
        result = evaluate(spec, reading.district_data(evaluation.result["district"], registers, loaded, grants))
    except UnusableData as error:
        raise Invalid(f"上年数据不能按今年的标准试算：{error}") from error
    judged = stored.read(result.as_json(round=evaluation.round.code, district=evaluation.result["district"]))
    stages = board.stages(spec, judged, facts(evaluation))
    return View(
        stages=stages,
        parts=tally(row.passes for stage in stages for row in stage.rows),
        coefficients=tally(summary.passes for stage in stages for summary in stage.summaries),
        carried=frozenset(found.carried),
    )
