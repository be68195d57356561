"""Asking for an evaluation, and keeping what was judged."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.db import transaction

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import change_queries, judging, queries, stored
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.standard.engine import ENGINE_VERSION, Result, words
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import numbers
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure
from schools.directory.models import School

REASON_LENGTH = 300


def start(*, round_id: int, by: User, reason: str = "") -> Job:
    """One job for exactly these figures, standard and engine, however often it is asked for.

    Raises NotFound, NotAllowed; Invalid when nothing can be judged, or a closed round would change without a `reason`.
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


def _reasoned(round: Round, inputs: judging.Inputs, reason: str) -> str:
    """Raises Invalid, naming what would change, if a reason is needed and missing."""
    changes = change_queries.consequences(round, inputs)
    reason = reason.strip()
    if changes and not reason:
        raise Invalid(f"{round.name}已关闭，重新评估将改变 {len(changes)} 处。请核对后填写重新评估的原因。", changes)
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"重新评估的原因最多 {REASON_LENGTH} 个字。")
    return reason


@transaction.atomic
def record(*, judged: judging.Judged, by: User, notify: bool = False, reason: str = "") -> Evaluation:
    """Stores what was judged; the same inputs are the same evaluation.

    `notify` puts a notice in the actor's inbox.
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
        parts = PartResult.objects.bulk_create(_part_rows(evaluation, result, inputs.schools, inputs.sources))
        IndicatorResult.objects.bulk_create(_indicator_rows(parts, result), batch_size=500)
        _follow_up(evaluation, round, by)
    if notify and not by.is_system:
        words = queries.both_words(evaluation.verdict, stored.relaxed(evaluation))
        words += "" if made else f"。{queries.unchanged_words(evaluation)}"
        notices.notify(
            [by],
            text=f"{round.judged}已完成：{words}",
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


def _follow_up(evaluation: Evaluation, round: Round, by: User) -> None:
    for kind, title in settings.AFTER_EVALUATION.items():
        jobs.enqueue(
            kind=kind,
            title=f"{title}（{round.name}）",
            args={"evaluation": evaluation.pk},
            key=f"{kind}:{evaluation.pk}",
            by=by,
            district=round.district.code,
        )


PLACES = 15


def _part_rows(
    evaluation: Evaluation, result: Result, schools: Mapping[str, School], sources: judging.StoredInputs
) -> Iterator[PartResult]:
    # Verdicts with relaxations, only for schools that have one for A1–A7.
    relaxed: dict[tuple[str, str], bool | None] = {}
    if result.relaxed:
        resources = {indicator.code for indicator in result.spec.resources}
        granted = {one.grant.school_code for one in result.relaxed.granted if one.relaxation.indicator in resources}
        relaxed = {(p.school.code, p.stage): p.passes for p in result.relaxed.parts if p.school.code in granted}
    for part in result.parts:
        school = schools[part.school.code]
        yield PartResult(
            evaluation=evaluation,
            school=school,
            school_name=part.school.name,
            kind=part.school.kind,
            area=part.school.area,
            sponsor=school.sponsor,
            stage=part.stage,
            pupils=part.pupils,
            passes=part.passes,
            relaxed=relaxed.get((school.code, part.stage)),
            reached=part.reached,
            revision_id=sources[school.code]["revision"],
        )


def _indicator_rows(rows: list[PartResult], result: Result) -> Iterator[IndicatorResult]:
    for row, part in zip(rows, result.parts, strict=True):
        for judged in part.indicators:
            yield IndicatorResult(
                part=row,
                code=judged.indicator.code,
                numerator=_decimal(judged.numerator),
                value=_decimal(judged.value),
                threshold=numbers.half_up(judged.threshold, 4),
                floor=numbers.half_up(judged.floor, 4),
                reaches=judged.reaches,
                reaches_floor=judged.reaches_floor,
                gap=_decimal(judged.gap),
                near_limit=bool(judged.near_limit(result.spec.printing["near_value"])),
                formula=words.formula(result.spec, judged),
            )


def _decimal(value: Fraction | Decimal | None) -> Decimal | None:
    return None if value is None else numbers.half_up(Fraction(value), PLACES)
