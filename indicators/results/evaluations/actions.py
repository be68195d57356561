"""Actions of evaluation: asking for it, and keeping what was judged."""

from django.db import transaction

from indicators.collection.rounds.models import Round
from indicators.results.evaluations import again, judging, queries, relaxed, rows
from indicators.results.evaluations.inputs import Inputs
from indicators.results.evaluations.judging import Judged
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.standard.engine import ENGINE_VERSION
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import ensure

REASON_LENGTH = 300


def start(*, round_id: int, by: User, reason: str = "") -> Job:
    """Ask for a round to be judged in the background.

    After: one job for exactly these figures, this standard and this engine, however
    often it is asked for. Raises NotFound, NotAllowed, or Invalid when nothing can be judged, or
    when a closed round would be judged otherwise than before and no `reason` is given.
    """
    round = queries.round_to_judge(round_id)
    ensure(by, Perm.EVALUATION_RUN, round)
    inputs = judging.read(round)
    reason = _reasoned(round, inputs, reason)
    sha256 = inputs.sha256
    with transaction.atomic():
        job = jobs.enqueue(
            kind="evaluate",
            title=f"评估 {round.name}",
            args={"round": round.pk, "inputs_sha256": sha256, "reason": reason},
            key=f"{queries.job_key(round)}{round.standard_id}:{ENGINE_VERSION}:{sha256}",
            by=by,
            district=round.district.code,
        )
        audit.record(
            "evaluation.start",
            by=by,
            obj=round,
            district=round.district.code,
            after={"job": job.pk, "inputs_sha256": sha256, "reason": reason},
        )
    return job


def _reasoned(round: Round, inputs: Inputs, reason: str) -> str:
    """Return the reason, tidied; raises Invalid naming what would change when there must be one and is none."""
    changes = again.consequences(round, inputs)
    reason = reason.strip()
    if changes and not reason:
        raise Invalid(f"{round.name}已关闭，重新评估将改变 {len(changes)} 处。请核对后填写重新评估的原因。", changes)
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"重新评估的原因最多 {REASON_LENGTH} 个字。")
    return reason


@transaction.atomic
def record(*, judged: Judged, by: User, tell: bool = False, reason: str = "") -> Evaluation:
    """Keep what was judged, whole or not at all.

    After: one evaluation with its parts and indicators; judged again from
    the same inputs it is the same evaluation. `tell` puts a notice in the actor's inbox.
    """
    round, inputs, result = judged.round, judged.inputs, judged.result
    ensure(by, Perm.EVALUATION_RUN, round)
    reason = _reasoned(round, inputs, reason)
    evaluation, made = Evaluation.objects.get_or_create(
        round=round,
        standard_id=round.standard_id,
        engine=result.engine,
        inputs_sha256=result.inputs_sha256,
        defaults={
            "inputs": dict(inputs.sources),
            "result": result.as_json(round=round.code, district=round.district.code),
            "why": list(result.why),
            "complete": result.complete,
            "verdict": result.verdict,
            "reason": reason,
            "data_as_of": judged.data_as_of,
            "created_by": by,
        },
    )
    if made:
        parts = PartResult.objects.bulk_create(rows.parts(evaluation, result, inputs.schools, inputs.sources))
        IndicatorResult.objects.bulk_create(rows.indicators(parts, result), batch_size=500)
    if tell and not by.is_system:
        words = queries.both_words(evaluation.verdict, relaxed.of(evaluation))
        words += "" if made else f"。{queries.unchanged_words(evaluation)}"
        notices.notify(
            [by],
            text=f"{round.name}评估已完成：{words}",
            url=queries.address(evaluation),
            key=f"evaluation:{evaluation.pk}",
            by=None,
        )
    audit.record(
        "evaluation.record",
        by=by,
        obj=evaluation,
        district=round.district.code,
        after={"inputs_sha256": result.inputs_sha256, "verdict": result.verdict, "made": made, "reason": reason},
    )
    return evaluation
