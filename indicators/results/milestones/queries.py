"""Reads of milestones: which there are, the caveats of an evaluation before it is frozen."""

import dataclasses
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones.models import Milestone
from indicators.standard.standards import reader
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import visible

# The exact result and the sources are large; lists do without them.
_LARGE = ("evaluation__result", "evaluation__inputs", "evaluation__standard__content", "round__standard__content")
_NONE = "没有这个冻结节点，或不在您可以查看的范围内。"


def shown_to(user: User) -> QuerySet[Milestone]:
    """Return the milestones the person may see, newest first, each with `superseded` and the verdict with relaxations."""
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
    """Return a milestone the person may see. Raises NotFound otherwise."""
    found = shown_to(user).filter(pk=milestone_id).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def rounds(user: User, perm: Perm = Perm.MILESTONE_VIEW) -> QuerySet[Round]:
    """Return the rounds over which the person holds the right, newest first."""
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, perm).order_by("-school_year_start", "-id")


def judged(user: User, round_: Round | None = None) -> QuerySet[Evaluation]:
    """Return the evaluations (of one round) whose milestones the person may see, newest first, without large parts."""
    rows = visible(user, Evaluation.objects.all(), Perm.MILESTONE_VIEW)
    rows = rows.filter(round=round_) if round_ else rows
    return (
        rows.select_related("round__district")
        .annotate(**evaluations.with_relaxed())
        .defer("result", "inputs")
        .order_by("-pk")
    )


def caveats(evaluation: Evaluation) -> tuple[str, ...]:
    """Return what a person is warned of before freezing: missing figures, data or rules that changed since."""
    found = []
    if not evaluation.complete:
        result = stored.of(evaluation)
        lacking = f"数据不齐：{result.missing_schools} 所学校还缺 {len(result.missing)} 项数据"
        found.append(lacking if result.missing else "没有参加评估的学校")
    stale = evaluations.staleness(evaluation)
    if stale.respondents:
        found.append(f"这次评估之后，有 {len(stale.respondents)} 个单位的数据或名录又有变化")
    if stale.rules:
        found.append("这次评估之后，评估标准或计算程序已更新")
    return tuple(found)


def of_evaluation(evaluation: Evaluation) -> list[Milestone]:
    """Return the milestones that froze an evaluation, oldest first (unscoped: for who sees the evaluation)."""
    return list(Milestone.objects.filter(evaluation=evaluation).select_related("frozen_by").order_by("pk"))


def broken_seals(evaluation: Evaluation) -> list[str]:
    """Name the milestones of an evaluation whose fingerprint no longer fits (unscoped: for verification)."""
    return [
        f"冻结节点“{row.title}”的校验值不符：保存 {row.sha256}"
        for row in of_evaluation(evaluation)
        if row.sha256
        != seal(kind=row.kind, number=row.number, note=row.note, caveats=row.caveats, evaluation=evaluation)
    ]


def verify(milestone: Milestone) -> judging.Verified:
    """Judge a milestone's evaluation again from what was frozen, and check its fingerprint; writes nothing."""
    evaluation = evaluations.recorded().get(pk=milestone.evaluation_id)
    verified = judging.verify(evaluation)
    broken = tuple(broken_seals(evaluation))
    return dataclasses.replace(verified, differences=(*broken, *verified.differences))


FORMAT = 1


def seal(*, kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation) -> str:
    """Return the fingerprint of a milestone: canonical JSON, keys sorted, UTF-8; the same on every database."""
    return reader.content_sha256(_sealed(kind, number, note, caveats, evaluation))


def _sealed(kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation) -> dict[str, Any]:
    """Return everything the fingerprint covers: revisions, register, rules, result and what was said of them."""
    return {
        "format": FORMAT,
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
