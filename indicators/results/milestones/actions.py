"""Actions on milestones: freezing one, exporting a comparison."""

from django.db import transaction

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import queries, workbook
from indicators.results.milestones.models import Milestone, MilestoneKind
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib import digests
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure, ensure_own_hand


@transaction.atomic
def freeze(*, round_id: int, kind: str, evaluation_id: int, note: str, by: User) -> Milestone:
    """One more milestone of a step; earlier ones stay, superseded.

    Raises NotFound, NotAllowed, Conflict when frozen already; Invalid for another round's evaluation, for missing
    figures at any step after the self-assessment and for caveats without a note.
    """
    # The round is the lock: two people freezing at once get two numbers, or one of them a refusal.
    round_ = Round.objects.select_for_update(no_key=True).filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，可能已被移除。请回到“冻结节点”重新选择。")
    ensure(by, Perm.MILESTONE_FREEZE, round_)
    ensure_own_hand(by)
    rows = Evaluation.objects.select_related("round__district", "round__standard", "standard")
    evaluation = rows.filter(pk=evaluation_id, round=round_).first()
    if evaluation is None:
        raise Invalid(f"所选的评估不属于{round_.name}。请从列表中选择这个年度的一次评估。")
    caveats = queries.caveats(evaluation)
    note = note.strip()
    _refuse_what_must_not_be_frozen(kind, evaluation, caveats, note)
    last = Milestone.objects.filter(round=round_, kind=kind).order_by("-number").first()
    if last and last.evaluation_id == evaluation.pk:
        raise Conflict(f"{round_.name}的{last.title}已经冻结了这次评估，无需重复冻结。")
    number = last.number + 1 if last else 1
    milestone = Milestone.objects.create(
        round=round_,
        kind=kind,
        number=number,
        evaluation=evaluation,
        note=note,
        caveats=list(caveats),
        frozen_by=by,
        sha256=queries.seal(kind=kind, number=number, note=note, caveats=list(caveats), evaluation=evaluation),
    )
    audit.record(
        "milestone.freeze",
        by=by,
        obj=milestone,
        district=round_.district.code,
        after={
            "kind": kind,
            "number": number,
            "evaluation": evaluation.pk,
            "note": note,
            "caveats": list(caveats),
            "inputs_sha256": evaluation.inputs_sha256,
            "sha256": milestone.sha256,
        },
    )
    return milestone


def _refuse_what_must_not_be_frozen(kind: str, evaluation: Evaluation, caveats: tuple[str, ...], note: str) -> None:
    if kind not in MilestoneKind.values:
        raise Invalid("没有这个环节。请选择县级自评、市级复核、省级督导评估或国家认定。")
    if kind != MilestoneKind.SELF and not evaluation.complete:
        raise Invalid(
            f"{MilestoneKind(kind).label}要用数据齐全的评估冻结，所选评估还缺数据。请补齐并重新评估后再冻结；"
            "数据不齐的评估只能冻结为县级自评，并写明理由。"
        )
    if caveats and not note:
        problems = [Problem(words, do="请在“说明”中写明仍要冻结的理由，或重新评估后再冻结") for words in caveats]
        raise Invalid("冻结这次评估要写明理由。", problems)


@transaction.atomic
def export(*, comparison: queries.Comparison, by: User, filtered: str = "") -> bytes:
    """.xlsx with the rows shown on the pages."""
    now = comparison.now.evaluation
    for side in (comparison.then, comparison.now):
        ensure(by, Perm.MILESTONE_VIEW, side.evaluation)
    content = write.render(workbook.build(comparison, filtered))
    audit.record(
        "milestone.export",
        by=by,
        obj=now,
        district=now.round.district.code,
        after={
            "then": comparison.then.title,
            "now": comparison.now.title,
            "rows": len(comparison.rows),
            "filter": filtered,
        }
        | digests.of(content),
    )
    return content
