"""Which milestones there are, the caveats before one is frozen, and the two sides of a comparison."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils import timezone

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import change_queries as changes, judging, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import pages, school_pages as schools
from indicators.results.milestones.models import Milestone
from indicators.results.milestones.pages import CoefficientLine, DistrictLine, Side
from indicators.standard.standards import files
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound
from portal.core.lib import dates, numbers
from schools.access.scope import Perm, visible

# The exact result and the sources are large; lists do without them.
_LARGE = ("evaluation__result", "evaluation__inputs", "evaluation__standard__content", "round__standard__content")
_NONE = "没有这个冻结节点，或不在您可以查看的范围内。"


def shown_to(user: User) -> QuerySet[Milestone]:
    """Newest first, each with `superseded` and the verdict with relaxations."""
    later = Milestone.objects.filter(round=OuterRef("round"), kind=OuterRef("kind"), number__gt=OuterRef("number"))
    rows = Milestone.objects.select_related(
        "round__district", "round__standard", "evaluation__standard", "evaluation__created_by", "frozen_by"
    )
    return (
        visible(user, rows, Perm.MILESTONE_VIEW)
        .annotate(superseded=Exists(later), **evaluations.with_relaxed("evaluation__"))
        .defer(*_LARGE)
    )


def get(user: User, milestone_id: int) -> Milestone:
    """Raises NotFound unless the person may see it."""
    found = shown_to(user).filter(pk=milestone_id).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def rounds(user: User, perm: Perm = Perm.MILESTONE_VIEW) -> QuerySet[Round]:
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, perm).order_by("-school_year_start", "-id")


def judged(user: User, round_: Round | None = None) -> QuerySet[Evaluation]:
    rows = visible(user, Evaluation.objects.all(), Perm.MILESTONE_VIEW)
    rows = rows.filter(round=round_) if round_ else rows
    return (
        rows.select_related("round__district")
        .annotate(**evaluations.with_relaxed())
        .defer("result", "inputs")
        .order_by("-pk")
    )


def caveats(evaluation: Evaluation) -> tuple[str, ...]:
    found = []
    if not evaluation.complete:
        result = stored.of(evaluation)
        lacking = f"数据不齐：{result.missing_schools} 所学校还缺 {len(result.missing)} 项数据"
        found.append(lacking if result.missing else "没有参加评估的学校")
    stale = changes.staleness(evaluation)
    if stale.respondents:
        found.append(f"这次评估之后，有 {len(stale.respondents)} 个单位的数据或名录又有变化")
    if stale.rules:
        found.append("这次评估之后，评估标准或计算程序已更新")
    return tuple(found)


def of_evaluation(evaluation: Evaluation) -> list[Milestone]:
    """Unscoped, for who sees the evaluation; oldest first."""
    return list(Milestone.objects.filter(evaluation=evaluation).select_related("frozen_by").order_by("pk"))


def broken_seals(evaluation: Evaluation) -> list[str]:
    """Unscoped: milestones whose fingerprint no longer fits."""
    found = []
    for row in of_evaluation(evaluation):
        said = {"kind": row.kind, "number": row.number, "note": row.note, "caveats": row.caveats}
        if all(row.sha256 != seal(**said, evaluation=evaluation, format=known) for known in SEALED):
            found.append(f"冻结节点“{row.title}”的校验值不符：保存 {row.sha256}")
    return found


def verify(milestone: Milestone) -> judging.Verified:
    """Judges the frozen evaluation again and checks the fingerprint; writes nothing."""
    evaluation = evaluations.recorded().get(pk=milestone.evaluation_id)
    verified = judging.verify(evaluation)
    broken = tuple(broken_seals(evaluation))
    return replace(verified, differences=(*broken, *verified.differences))


# A new shape of what is sealed is a new FORMAT and a function of its own, with a sample in
# tests/indicators/results/milestones/seals. The older ones stay: only the fingerprint that fits shows a seal's format.
FORMAT = 1


def _sealed_1(kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": kind,
        "number": number,
        "note": note,
        "caveats": caveats,
        "standard": {"version": evaluation.standard.version, "sha256": evaluation.standard.sha256},
        "engine": evaluation.engine,
        "inputs_sha256": evaluation.inputs_sha256,
        "inputs": evaluation.inputs,
        "result": evaluation.result,
        "why": evaluation.why,
        "verdict": evaluation.verdict,
        "data_as_of": timezone.localtime(evaluation.data_as_of).isoformat(),
    }


SEALED = {1: _sealed_1}


def seal(*, kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation, format: int = FORMAT) -> str:
    """Canonical JSON of revisions, register, rules, result and notes; the same on every database."""
    return files.content_sha256(SEALED[format](kind, number, note, caveats, evaluation))


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose in the address: a milestone (`m12`) or a round's newest evaluation (`e33`)."""

    key: str
    label: str
    district_id: int


@dataclass(frozen=True, slots=True)
class Pair:
    """What may be chosen, and what is; `then` is None while there are not two sides."""

    options: tuple[Option, ...]
    then: Side | None
    now: Side | None

    @property
    def reset(self) -> str:
        return f"?then={self.then.key}&now={self.now.key}" if self.then and self.now else "?"


def options(user: User) -> tuple[Option, ...]:
    newest: dict[int, Evaluation] = {}
    for evaluation in judged(user):
        newest.setdefault(evaluation.round_id, evaluation)
    found = []
    for latest in newest.values():
        as_of = f"截至{dates.moment(latest.data_as_of)}"
        label = f"{latest.round.name} 最新评估（{latest.round.district}，{as_of}）"
        found.append(Option(f"e{latest.pk}", label, latest.round.district_id))
    for row in shown_to(user):
        label = f"{row.round.name} {row.title}（{row.round.district}，{dates.day(row.frozen_at)}冻结）"
        found.append(Option(f"m{row.pk}", label, row.round.district_id))
    return tuple(found)


def choose(user: User, then: str = "", now: str = "") -> Pair:
    """By default the newest milestone and its district's newest evaluation.

    Raises Http404 for a side out of scope, gone or no key, Invalid for two districts.
    """
    known = options(user)
    by_key = {option.key: option for option in known}
    if not {then, now} - {""} <= by_key.keys():
        raise Http404
    then = then or next((o.key for o in known if o.key[0] == "m" and o.key != now), "")
    if not then:
        return Pair(known, None, None)
    district = by_key[then].district_id
    now = now or next((o.key for o in known if o.district_id == district and o.key != then), then)
    if by_key[now].district_id != district:
        raise Invalid("只能对比同一个区县的两个节点。请重新选择。")
    rows = Evaluation.objects.select_related("round__district", "standard")

    def side(key: str) -> Side:
        number = numbers.whole(key[1:]) or 0
        chosen = {"milestones": number} if key[0] == "m" else {"pk": number}
        return Side(key, by_key[key].label, rows.get(**chosen))

    return Pair(known, side(then), side(now))


@dataclass(frozen=True, slots=True)
class Overview:
    """The district then and now, and what became of its schools."""

    headings: tuple[DistrictLine, ...]
    coefficients: tuple[CoefficientLine, ...]
    conditions: tuple[DistrictLine, ...]
    vetoes: tuple[DistrictLine, ...]
    moved: tuple[schools.Moved, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All there is to say of two sides, with the rows of schools and submissions that were asked for."""

    then: Side
    now: Side
    overview: Overview
    rows: tuple[schools.PartRow, ...]
    submissions: tuple[schools.ComparedSubmission, ...]


def overview(then: Side, now: Side) -> Overview:
    """`same` = both judged exactly the same inputs."""
    return Overview(
        headings=pages.headings(then, now),
        coefficients=pages.coefficient_lines(then, now),
        conditions=pages.condition_lines(then, now),
        vetoes=pages.veto_lines(then, now),
        moved=schools.moved(then, now),
        same=then.evaluation.inputs_sha256 == now.evaluation.inputs_sha256,
    )
