"""Actions of dossiers: freeze and ask for the package, publish it, hand it out, check it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from inspections.dossiers import catalogue_facts, packing, pieces, queries
from inspections.dossiers.models import Dossier
from inspections.dossiers.verification import VerificationReport
from portal.core.accounts.models import User
from portal.core.audit import actions as audit, chain, queries as trail
from portal.core.errors import Conflict, NotFound
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import written
from portal.core.notices import actions as notices
from schools.access import restricted
from schools.access.scope import Perm, ensure
from schools.directory.models import District

KIND, CHECK = "build_dossier", "check_dossier"
_STORED_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class DossierPackage:
    """A finished zip in the store, and what it holds."""

    sha256: str
    size: int
    packed: packing.Packed


def build(*, evaluation_id: int, by: User) -> Dossier:
    """One dossier for exactly these data; changed data make the next version; a failed one is queued again.

    Raises Invalid for a wrong 保管期限 in the settings.
    """
    evaluation = queries.evaluation(evaluation_id)
    ensure(by, Perm.DOSSIER_BUILD, evaluation)
    frozen = catalogue_facts.freeze(evaluation)
    district = evaluation.round.district
    with transaction.atomic():
        # One at a time per district: equal requests meet the same row, versions have no gaps.
        District.objects.select_for_update(no_key=True).get(pk=district.pk)
        series = Dossier.objects.filter(evaluation__round=evaluation.round_id)
        dossier = queries.of_same_data(evaluation, frozen.sha256)
        made = dossier is None
        if dossier is None:
            today = f"{timezone.localdate():%Y-%m-%d}"
            mark = chain.sign(*trail.end()).line
            dossier = Dossier.objects.create(
                district=district,
                evaluation=evaluation,
                version=(series.aggregate(m=Max("version"))["m"] or 0) + 1,
                data_sha256=frozen.sha256,
                catalogue=frozen.catalogue.as_json() | {"frozen_on": today, "audit_checkpoint": mark},
                created_by=by,
                updated_by=by,
            )
        if dossier.state != Dossier.State.READY or dossier.lacks_open_package:
            _enqueue(dossier, by)
        audit.record(
            "dossier.build",
            by=by,
            obj=dossier,
            district=district.code,
            after={"version": dossier.version, "data_sha256": frozen.sha256, "made": made},
        )
    return dossier


@transaction.atomic
def build_again(*, dossier_id: int, by: User) -> Dossier:
    """After a failed job; the data stay as frozen.

    Raises Conflict when the package exists or is being made.
    """
    dossier = _locked(dossier_id)
    ensure(by, Perm.DOSSIER_BUILD, dossier)
    is_whole = dossier.state == Dossier.State.READY and not dossier.lacks_open_package
    if is_whole or (dossier.job and dossier.job.is_open):
        raise Conflict("档案已经完成或正在编制，不用重新编制。请刷新页面查看。")
    _enqueue(dossier, by)
    audit.record(
        "dossier.build_again", by=by, obj=dossier, district=dossier.district.code, after={"job": dossier.job_id}
    )
    return dossier


def _enqueue(dossier: Dossier, by: User) -> None:
    dossier.job = jobs.enqueue(
        kind=KIND,
        title=f"编制{dossier}",
        args={"dossier": dossier.pk},
        key=f"dossier:{dossier.pk}",
        by=by,
        district=dossier.district.code,
    )
    dossier.updated_by = by
    dossier.save(update_fields=["job", "updated_by", "updated_at"])


@transaction.atomic
def publish(
    *,
    dossier_id: int,
    package: DossierPackage,
    open_package: DossierPackage | None = None,
    by: User,
    notify: bool = False,
) -> Dossier:
    """Point a dossier to its finished, checked packages; once, however often it is called.

    `open_package` has no personal data; `notify` puts a notice in the actor's inbox.
    """
    dossier = _locked(dossier_id)
    ensure(by, Perm.DOSSIER_BUILD, dossier)
    if dossier.state == Dossier.State.READY and not (open_package and dossier.open_package_id is None):
        return dossier
    packed = package.packed
    if dossier.package is None:
        dossier.package = _point_to(package, dossier, by)
        dossier.built = {"count": packed.count, "size": packed.size, "files": packed.files}
    if open_package:
        dossier.open_package = _point_to(open_package, dossier, by, is_open=True)
        held = open_package.packed
        dossier.built |= {"open": {"count": held.count, "size": held.size, "left_out": packed.count - held.count}}
    dossier.state, dossier.checked_at, dossier.updated_by = Dossier.State.READY, timezone.now(), by
    dossier.save()
    if notify and not by.is_system:
        notices.notify(
            [by],
            text=f"{dossier}已编制完成，可以下载。",
            url=queries.address(dossier),
            key=f"dossier:{dossier.pk}",
            by=None,
        )
    audit.record(
        "dossier.publish",
        by=by,
        obj=dossier,
        district=dossier.district.code,
        before={"state": Dossier.State.BUILDING.value},
        after={"state": dossier.state.value, "sha256": package.sha256, "size": package.size, "count": packed.count},
    )
    return dossier


def _point_to(package: DossierPackage, dossier: Dossier, by: User, *, is_open: bool = False) -> Document:
    name = packing.file_name(pieces.from_json(dossier.catalogue), dossier.version, is_open=is_open)
    return store.point_to(package.sha256, package.size, name=name, media_type="application/zip", by=by)


@transaction.atomic
def take(*, dossier_id: int, by: User, purpose: str | None = None) -> Document:
    """Hand out the package and record who took which bytes.

    The whole one only to who may open personal data and states a purpose. Raises NotFound while there is none.
    """
    dossier = queries.get(by, dossier_id)
    ensure(by, Perm.DOSSIER_VIEW, dossier)
    package = queries.package_for(by, dossier)
    if package is None:
        raise NotFound("这份档案还没有编制完成，暂时不能下载。请回到档案页面查看进度，或请局管理员重新编制。")
    stated = {}
    if purpose is None:
        package = queries.without_purpose(dossier, package) or package
    elif package == dossier.package:
        stated = {"purpose": written.reason(purpose, "下载含个人信息的档案包")}
    after = {"sha256": package.sha256, "size": package.size} | stated
    audit.record("dossier.download", by=by, obj=dossier, district=dossier.district.code, after=after)
    return package


@transaction.atomic
def take_piece(*, dossier_id: int, code: str, by: User) -> tuple[Dossier, pieces.Piece]:
    """Hand out and record one piece of a finished dossier; a reference leads to the piece with the bytes."""
    dossier = queries.get(by, dossier_id)
    ensure(by, Perm.DOSSIER_VIEW, dossier)
    listed = {piece.code: piece for piece in pieces.from_json(dossier.catalogue).pieces()}
    asked = listed.get(code)
    if asked is None or dossier.package is None:
        raise NotFound(f"这份档案里没有编号为“{code[:40]}”的材料，或者档案还没有编制完成。")
    held = listed[asked.see] if asked.see else asked
    digest = dossier.built["files"][held.path]["sha256"]
    if held.is_restricted:
        restricted.refuse(by, dossier)
    restricted.ensure(by, dossier, digest)
    audit.record(
        "dossier.download_piece",
        by=by,
        obj=dossier,
        district=dossier.district.code,
        school=held.school,
        after={"code": held.code, "title": held.title, "sha256": digest},
    )
    return dossier, held


@transaction.atomic
def check(*, dossier_id: int, by: User) -> Job:
    dossier = _locked(dossier_id)
    ensure(by, Perm.DOSSIER_BUILD, dossier)
    if dossier.package is None:
        raise Conflict("这份档案还没有编制完成，不能核验。")
    since = f"{dossier.checked_at:%Y%m%d%H%M%S%f}" if dossier.checked_at else "new"
    job = jobs.enqueue(
        kind=CHECK,
        title=f"核验{dossier}",
        args={"dossier": dossier.pk},
        key=f"dossier:{dossier.pk}:check:{since}",
        by=by,
        district=dossier.district.code,
    )
    audit.record("dossier.check", by=by, obj=dossier, district=dossier.district.code, after={"job": job.pk})
    return job


@transaction.atomic
def record_check(*, dossier_id: int, report: VerificationReport, by: User) -> Dossier:
    """When, and the problems (the first 200 in words, then how many more)."""
    dossier = _locked(dossier_id)
    ensure(by, Perm.DOSSIER_BUILD, dossier)
    more = len(report.problems) - _STORED_PROBLEMS
    dossier.problems = report.problems[:_STORED_PROBLEMS] + ([f"另有 {more} 处问题未列出"] if more > 0 else [])
    dossier.checked_at, dossier.updated_by = timezone.now(), by
    dossier.save(update_fields=["problems", "checked_at", "updated_by", "updated_at"])
    audit.record(
        "dossier.record_check",
        by=by,
        obj=dossier,
        district=dossier.district.code,
        success=report.holds,
        after={"files": report.files, "problems": len(report.problems)},
    )
    return dossier


def _locked(dossier_id: int) -> Dossier:
    rows: Any = Dossier.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "district", "job", "package", "open_package"
    )
    dossier = rows.filter(pk=dossier_id).first()
    if dossier is None:
        raise NotFound("这份验收档案已不存在，没有写入任何内容。请回到列表重新选择。")
    return dossier
