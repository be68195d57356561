"""Which evaluation a board shows, and everything its pages need, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q
from django.http import Http404

from indicators.collection.submissions import difference_queries as differences, queries as submissions
from indicators.collection.submissions.models import Revision, Round
from indicators.results.board import board, influence_pages as influence
from indicators.results.board.board import (
    BoardRow,
    JudgedCondition,
    RegisteredFacts,
    StageBoard,
    Summary,
)
from indicators.results.evaluations import judging, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import JudgedGrowth
from indicators.results.evaluations.stored import Allowed, Cache, StoredExcluded, StoredMissing, StoredResult
from indicators.standard.engine import Analysis, Spec, Tally, UnusableData, evaluate, reporting, tally
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.jobs.models import Job
from portal.core.lib.verdicts import HAPPENED, VERDICTS
from schools.access.scope import Perm, visible
from schools.directory.models import School


@dataclass(frozen=True)
class Choice:
    """What the person may choose from, and what is chosen."""

    rounds: tuple[Round, ...]
    evaluations: tuple[Evaluation, ...]
    round: Round | None
    evaluation: Evaluation | None

    @cached_property
    def running(self) -> Job | None:
        return evaluations.running_job(self.round) if self.round else None


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
class Lacking:
    """A school with the items A1–A7 still need from it."""

    school_code: str
    school: str
    items: tuple[str, ...]
    has_submission: bool


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
        """Where no school reported it and none is waited for."""
        return "各校均确认没有" if self.has_reports else "没有学校填报"

    @property
    def words(self) -> str:
        found = [f"发生：{'、'.join(self.schools)}"] if self.schools else []
        found += [f"{len(self.unanswered)} 校未确认"] if self.unanswered else []
        return "；".join(found or [self.nobody])


@dataclass(frozen=True, slots=True)
class BoardContent:
    """An evaluation made readable."""

    spec: Spec
    heading: BoardHeading
    stages: tuple[StageBoard, ...]
    lacking: tuple[Lacking, ...]
    left_out: tuple[StoredExcluded, ...]
    judged: tuple[JudgedCondition, ...]
    vetoes: tuple[VetoRow, ...]
    allowed: tuple[Allowed, ...] = ()
    growth: tuple[JudgedGrowth, ...] = ()

    @property
    def floor(self) -> str:
        return self.spec.floor_text


@dataclass(frozen=True, slots=True)
class DistrictResult:
    """An evaluation and its content."""

    evaluation: Evaluation
    content: BoardContent


def choose(user: User, round_id: str = "", evaluation_id: str = "") -> Choice:
    """The evaluation asked for, else the newest of the newest round that has one.

    Raises Http404 for a round or evaluation out of scope, gone or no number.
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
    return Choice(rounds, own, round, evaluation)


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


@dataclass(frozen=True, slots=True)
class ProvisionalBasis:
    """What a provisional view rests on: schools with this year's submission, with last year's, with none."""

    last_year: Round
    approved: tuple[str, ...]
    carried: tuple[str, ...]
    lacking: tuple[str, ...]
    revisions: Mapping[str, int]

    @property
    def words(self) -> str:
        words = f"已审核 {len(self.approved)} 所，其余 {len(self.carried)} 所沿用上年（{self.last_year.name}）"
        return f"{words}，{len(self.lacking)} 所没有上年数据、不计入" if self.lacking else words


@dataclass(frozen=True, slots=True)
class ProvisionalView:
    """The stages as they would be, counted; `carried` names the schools with last year's figures."""

    stages: tuple[StageBoard, ...]
    parts: Tally
    coefficients: Tally
    carried: frozenset[str]


_contents: Cache[BoardContent] = Cache(8)
# Two evaluations looked at in turn, each with its indicators.
_influences: Cache[tuple[influence.StageInfluence, ...]] = Cache(14)
_analyses: Cache[Analysis | None] = Cache(28)
_provisional: Cache[ProvisionalView] = Cache(8)


def district(evaluation: Evaluation) -> DistrictResult:
    """Built once per evaluation and process."""

    def make() -> BoardContent:
        spec = standards.load_spec(evaluation.standard)
        result, inputs, granted = stored.of(evaluation), evaluation.inputs, stored.relaxed(evaluation)
        stages = board.stages(spec, result, facts(evaluation), granted)
        rows = [row for stage in stages for row in stage.rows]
        summaries = [summary for stage in stages for summary in stage.summaries]
        heading = _heading(evaluation.verdict, tuple(evaluation.why), rows, summaries, result)
        if granted:
            rows, summaries = [one.relaxed or one for one in rows], [one.relaxed or one for one in summaries]
            relaxed = _heading(granted.verdict, granted.why, rows, summaries, granted.result)
            heading = replace(heading, relaxed=relaxed)
        return BoardContent(
            spec=spec,
            heading=heading,
            stages=stages,
            lacking=missing_items(spec, result.missing, inputs),
            left_out=result.excluded,
            judged=board.judged(spec, result, inputs, granted),
            vetoes=vetoes(spec, result, inputs),
            allowed=granted.allowed if granted else (),
            growth=evaluations.growth(evaluation),
        )

    return DistrictResult(evaluation, _contents.get(evaluation, make))


def influences(district: DistrictResult, code: str) -> tuple[influence.StageInfluence, ...]:
    evaluation, content = district.evaluation, district.content

    def make() -> tuple[influence.StageInfluence, ...]:
        result = stored.of(evaluation)
        return tuple(influence.of_stage(content.spec, result, stage, code) for stage in content.stages)

    return _influences.get(evaluation, make, code)


def own_influence(
    evaluation: Evaluation, result: StoredResult, spec: Spec, row: BoardRow, code: str
) -> influence.OwnInfluence | None:
    """What a school part may see; the sums over all schools are cached."""
    found = _analyses.get(evaluation, lambda: influence.analysis(spec, result, row.stage, code), row.stage, code)
    return influence.own(spec, found, row.school_code)


def missing_items(spec: Spec, missing: Iterable[StoredMissing], inputs: judging.StoredInputs) -> tuple[Lacking, ...]:
    """In words; 不适用 with its reason."""
    found: dict[str, list[str]] = {}
    for entry in missing:
        label = spec.items[entry.item].label
        words = f"{label}（填了不适用：{entry.reason}）" if entry.reason else label
        found.setdefault(entry.school_code, []).append(words)
    names = judging.school_names(inputs)
    return tuple(
        Lacking(code, names[code], tuple(items), inputs[code]["revision"] is not None) for code, items in found.items()
    )


_BUREAU = {True: "教育局声明有", False: "教育局声明没有", None: "教育局还没有声明"}


def vetoes(spec: Spec, result: StoredResult, inputs: judging.StoredInputs) -> tuple[VetoRow, ...]:
    names = judging.school_names(inputs)
    registers = {code: entry["register"] for code, entry in judging.schools(inputs).items()}
    has_reports = bool(reporting(spec, judging.district_data("", registers, {}).schools))
    return tuple(
        VetoRow(
            veto.code,
            veto.name,
            *HAPPENED[veto.happened],
            tuple(names[code] for code in veto.schools),
            tuple(names[code] for code in veto.unanswered),
            _BUREAU[veto.bureau] if veto.asks_bureau else "",
            has_reports,
        )
        for veto in result.vetoes
    )


def _heading(
    verdict: bool | None,
    why: tuple[str, ...],
    rows: Iterable[BoardRow],
    summaries: Iterable[Summary],
    result: StoredResult,
) -> BoardHeading:
    parts, coefficients = tally(row.passes for row in rows), tally(summary.passes for summary in summaries)
    return BoardHeading(*VERDICTS[verdict], why, parts, coefficients, result.missing_schools)


def facts(evaluation: Evaluation) -> dict[str, RegisteredFacts]:
    return {code: RegisteredFacts(**one) for code, one in judging.registers(evaluation.inputs).items()}


def round_named(code: str, district_code: str = "") -> list[Round]:
    """Unscoped: for the command line."""
    place = Q(district__code=district_code) if district_code else Q()
    return list(Round.objects.filter(place, code=code).select_related("district", "standard"))


def provisional_basis(evaluation: Evaluation) -> ProvisionalBasis | None:
    """None while nothing is missing or there is no last year."""
    schools = judging.schools(evaluation.inputs)
    waiting = [code for code, entry in schools.items() if not entry["revision"] and not judging.is_closed_silent(entry)]
    if not waiting:
        return None
    earlier = Evaluation.objects.filter(
        round__district=evaluation.round.district_id, round__school_year_start__lt=evaluation.round.school_year_start
    )
    rows = earlier.select_related("round").defer("result").order_by("-round__school_year_start", "-pk")
    before = rows.first()
    if before is None:
        return None
    # The judged standard decides what is read of last year's submission, as it does of this year's.
    last = {key: entry["revision"] for key, entry in judging.respondents(before.inputs).items() if entry["revision"]}
    own = {key: entry["revision"] for key, entry in judging.respondents(evaluation.inputs).items() if entry["revision"]}
    usable = {key: revision for key, revision in last.items() if key in waiting or key not in schools}
    return ProvisionalBasis(
        last_year=before.round,
        approved=tuple(code for code in schools if code in own),
        carried=tuple(code for code in waiting if code in last),
        lacking=tuple(code for code in waiting if code not in last),
        revisions=usable | own,
    )


def provisional(evaluation: Evaluation, found: ProvisionalBasis) -> ProvisionalView:
    """Last year's figures for missing submissions; never stored.

    Raises Invalid when this year's standard cannot judge a figure of last year.
    """

    def make() -> ProvisionalView:
        spec = standards.load_spec(evaluation.standard)
        frozen = submissions.load_frozen(evaluation.standard, found.revisions.values())
        loaded = {key: frozen[revision] for key, revision in found.revisions.items()}
        registers = {key: entry["register"] for key, entry in judging.schools(evaluation.inputs).items()}
        grants = judging.grants(evaluation.inputs)
        try:
            result = evaluate(spec, judging.district_data(evaluation.result["district"], registers, loaded, grants))
        except UnusableData as error:
            raise Invalid(f"上年数据不能按今年的标准试算：{error}") from error
        judged = stored.StoredResult(
            result.as_json(round=evaluation.round.code, district=evaluation.result["district"])
        )
        stages = board.stages(spec, judged, facts(evaluation))
        return ProvisionalView(
            stages=stages,
            parts=tally(row.passes for stage in stages for row in stage.rows),
            coefficients=tally(summary.passes for stage in stages for summary in stage.summaries),
            carried=frozenset(found.carried),
        )

    return _provisional.get(evaluation, make, tuple(sorted(found.revisions.items())))


def site_differences(
    user: User, evaluation: Evaluation, school: School | None = None
) -> tuple[differences.SiteDifference, ...]:
    """Where inspectors found other figures than these submissions claim, as far as the person may see."""
    parts = evaluation.parts.filter(school=school) if school else evaluation.parts.all()
    judged = Revision.objects.filter(pk__in=parts.order_by().values("revision"))
    return tuple(one for one in differences.on_site(user, judged) if not one.is_changed)
