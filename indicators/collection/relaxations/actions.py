"""Actions on relaxations: propose, prove, approve or refuse, withdraw, warn before they end."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.relaxations import queries, workflow
from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import uploads
from portal.core.lib import dates
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, users_with
from schools.directory.models import School

MAX_YEARS = 3
MAX_PROOFS = 20


@transaction.atomic
def propose(
    *,
    school_id: int,
    kind: str,
    reason: str,
    valid_from: dt.date,
    valid_until: dt.date,
    by: User,
    basis: str = "",
    alternative: Decimal | None = None,
) -> Relaxation:
    """The standard's clause is its basis unless another is given. It waits for approval."""
    # The school is the lock: two people asking for the same meet here.
    rows = School.objects.select_related("district").select_for_update(of=("self",), no_key=True)
    school = rows.filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    ensure(by, Perm.RELAXATION_PROPOSE, school)
    rule = next((rule for rule in queries.rules(standards.in_force([school.district_id])) if rule.code == kind), None)
    if rule is None:
        raise Invalid(f"现行标准中没有代码为“{kind[:40]}”的放宽口径。请重新选择。")
    _ensure_term(valid_from, valid_until)
    # One whose term is over can no longer be approved and hinders nobody.
    pending = Relaxation.objects.filter(school=school, kind=kind, state=Relaxation.State.PENDING)
    found = pending.filter(valid_until__gte=timezone.localdate()).select_related("created_by").first()
    if found is not None:
        raise Conflict(
            f"{found.created_by.name}已在{dates.day(found.created_at)}为{school.name}提出“{found.label}”，正在等待批准。"
            "请等批准结果，或在那一项里补充证明材料；填错了的，请先撤销那一项再提出。"
        )
    relaxation = Relaxation.objects.create(
        school=school,
        kind=kind,
        label=rule.label[:60],
        indicator=rule.indicator,
        basis=basis.strip() or rule.clause,
        reason=reason.strip(),
        alternative=alternative,
        valid_from=valid_from,
        valid_until=valid_until,
        created_by=by,
        updated_by=by,
    )
    after = {name: getattr(relaxation, name) for name in _PROPOSED}
    audit.record("relaxation.propose", by=by, obj=relaxation, after=after)
    return relaxation


_PROPOSED = ("kind", "label", "indicator", "basis", "reason", "alternative", "valid_from", "valid_until", "state")


def _ensure_term(valid_from: dt.date, valid_until: dt.date) -> None:
    if valid_until < valid_from:
        raise Invalid("有效期止不能早于有效期起。请重新选择日期。")
    if valid_until < timezone.localdate():
        raise Invalid("有效期止已经过去。请重新选择日期。")
    # 29 February ends a term of three years on the last day of its month.
    last = dt.date(valid_from.year + MAX_YEARS, valid_from.month, min(valid_from.day, 28))
    if valid_until > last:
        raise Invalid(f"放宽口径每次最长 {MAX_YEARS} 年，有效期止不能晚于{dates.day(last)}。到期前可以重新提出。")


@transaction.atomic
def attach_proof(*, relaxation_id: int, file: uploads.Accepted, by: User) -> RelaxationProof:
    """While it waits for approval."""
    relaxation = _moved(relaxation_id, "attach", by)
    if relaxation.proofs.count() >= MAX_PROOFS:
        raise Invalid(f"这项放宽口径已有 {MAX_PROOFS} 个证明文件。请把多页材料合成一个 PDF。")
    document = uploads.save(file, do="批准放宽口径的材料各级都可以查看，请删去或遮盖后再传。", by=by)
    known = relaxation.proofs.filter(document__sha256=document.sha256).first()
    if known is not None:
        raise Invalid(f"“{document.name}”已经上传过，不必重复上传。")
    proof = RelaxationProof.objects.create(relaxation=relaxation, document=document, created_by=by)
    after = {"name": document.name, "sha256": document.sha256, "size": document.size}
    audit.record("relaxation.attach_proof", by=by, obj=relaxation, after=after)
    return proof


@transaction.atomic
def approve(*, relaxation_id: int, by: User, opinion: str = "") -> Relaxation:
    """Judged from its first day, alongside the strict verdict. Never by whoever proposed it."""
    relaxation = _decided(relaxation_id, "approve", opinion, by)
    if not relaxation.proofs.exists():
        raise Invalid("还没有上传证明材料，不能批准。请先由提出人上传依据和证明。")
    _ensure_term(relaxation.valid_from, relaxation.valid_until)
    other = queries.overlapping(relaxation)
    if other is not None:
        raise Invalid(
            f"这所学校已有同一放宽口径在{dates.day(other.valid_from)}至{dates.day(other.valid_until)}有效。"
            "请先撤销那一项，或调整有效期后重新提出。"
        )
    fit = queries.fit(relaxation.school, relaxation.kind)
    if not fit.fits:
        raise Invalid(f"{relaxation.school.name}不符合“{relaxation.label}”的适用条件，不能批准：{fit.why}。")
    return _recorded(relaxation, "approve", {"opinion": relaxation.opinion, "condition": fit.why}, "已批准", by=by)


@transaction.atomic
def refuse(*, relaxation_id: int, opinion: str, by: User) -> Relaxation:
    """Never by whoever proposed it."""
    relaxation = _decided(relaxation_id, "refuse", opinion, by)
    if not relaxation.opinion:
        raise Invalid("请写明不予批准的原因。")
    return _recorded(relaxation, "refuse", {"opinion": relaxation.opinion}, "未批准", by=by)


@transaction.atomic
def withdraw(*, relaxation_id: int, reason: str, by: User) -> Relaxation:
    """From now on nothing is judged by it; row and proofs stay on record."""
    relaxation = _moved(relaxation_id, "withdraw", by)
    if not reason.strip():
        raise Invalid("请写明撤销原因。")
    relaxation.withdrawn_at, relaxation.withdrawn_by = timezone.now(), by
    relaxation.withdrawn_because = reason.strip()
    return _recorded(relaxation, "withdraw", {"reason": relaxation.withdrawn_because}, "已撤销", by=by)


@transaction.atomic
def hand_out(*, proof_id: int, by: User) -> RelaxationProof:
    proof = queries.proof(by, proof_id)
    ensure(by, Perm.RELAXATION_VIEW, proof)
    after = {"name": proof.document.name, "sha256": proof.document.sha256}
    audit.record("relaxation.download_proof", by=by, obj=proof.relaxation, after=after)
    return proof


@transaction.atomic
def warn_expiring(*, by: User) -> int:
    """Each bureau once; returns how many end soon."""
    if not by.is_system:
        raise NotAllowed("到期提醒由系统命令 warn_relaxations 发出。")
    count = 0
    for row in queries.expiring():
        text = (
            f"{row.school.name} {row.indicator} {row.label}将于{dates.day(row.valid_until)}到期（还有 {row.days_left} 天），"
            "到期后恢复严格口径"
        )
        people = users_with(Perm.RELAXATION_PROPOSE, row.school)
        notices.notify(people, text=text, url=_address(row), key=f"relaxation:{row.pk}:expiring", by=None)
        count += 1
    audit.record("relaxation.warn", by=by, after={"count": count})
    return count


def _moved(relaxation_id: int, verb: str, by: User) -> Relaxation:
    """Locked after its school, its state moved on; nothing is written yet."""
    found = Relaxation.objects.filter(pk=relaxation_id).first()
    if found is None:
        raise NotFound("没有找到这项放宽口径，或它不在您可以查看的范围内。")
    workflow.TABLE[verb].ensure(by, found)
    # The parent first: two approvals for one school must not both find nothing in force.
    School.objects.select_for_update(no_key=True).get(pk=found.school_id)
    locked = Relaxation.objects.select_for_update(no_key=True, of=("self",)).select_related("school__district")
    relaxation = locked.get(pk=relaxation_id)
    relaxation.state = workflow.TABLE.move(relaxation.state, verb)
    return relaxation


def _decided(relaxation_id: int, verb: str, opinion: str, by: User) -> Relaxation:
    relaxation = _moved(relaxation_id, verb, by)
    relaxation.decided_at, relaxation.decided_by, relaxation.opinion = timezone.now(), by, opinion.strip()
    return relaxation


def _recorded(relaxation: Relaxation, verb: str, after: dict[str, Any], words: str, *, by: User) -> Relaxation:
    relaxation.updated_by = by
    relaxation.save()
    people = users_with(Perm.RELAXATION_VIEW, relaxation.school)
    text = f"{relaxation.school.name} {relaxation.indicator} {relaxation.label}：{words}"
    key = f"relaxation:{relaxation.pk}:{relaxation.state}"
    notices.notify(people, text=text, url=_address(relaxation), key=key, by=by)
    audit.record(f"relaxation.{verb}", by=by, obj=relaxation, after={"state": relaxation.state} | after)
    return relaxation


def _address(relaxation: Relaxation) -> str:
    return reverse("relaxations:detail", args=[relaxation.pk])
