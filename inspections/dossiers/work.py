"""What a worker does for a dossier: write the package beside the store, check it, move it in, publish it once."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from inspections.dossiers import actions, making, packing, pieces, queries, verification
from inspections.dossiers.models import Dossier
from portal.core.errors import Refused
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs.context import JobContext

_NO_ROOM = "档案包没有写成（服务器存储空间不足或不可写），没有留下半成品。请联系管理员处理后点“重新编制”。"


def run(context: JobContext) -> dict[str, Any]:
    """Make the package of this job's dossier; run twice, it finds the one it made.

    Raises NotFound when the dossier vanished, Refused naming file and school when stored bytes
    vanished or changed.
    """
    dossier = queries.to_build(context.args["dossier"])
    if dossier.state != Dossier.State.READY or dossier.lacks_open_package:
        package = _package(dossier, context)
        holds_restricted = pieces.from_json(dossier.catalogue).is_restricted()
        without = _package(dossier, context, is_open=True) if holds_restricted else None
        with context.fenced():
            actions.publish(dossier_id=dossier.pk, package=package, open_package=without, by=context.by, tell=True)
    return {"dossier": dossier.pk, "url": queries.address(dossier)}


def _package(dossier: Dossier, context: JobContext, *, is_open: bool = False) -> actions.Package:
    """Write and check a package; its bytes are in the store before any row points to them."""
    root = Path(settings.FILES_ROOT)
    # What an attempt left that was killed; a worker that only slept writes on into nothing and loses its lease.
    for leftover in root.glob(f"incoming-dossier-{dossier.pk}-*"):
        leftover.unlink(missing_ok=True)
    unfinished = root / f"incoming-dossier-{dossier.pk}-{context.attempt}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        packed = _pack(dossier, unfinished, context, is_open)
        _check(unfinished)
        # A last look whether the job is still ours, outside the transaction that follows.
        context.heartbeat()
        return actions.Package(*store.adopt(unfinished), packed)
    except OSError as error:
        raise Refused(_NO_ROOM) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _pack(dossier: Dossier, path: Path, context: JobContext, is_open: bool) -> packing.Packed:
    catalogue = pieces.from_json(dossier.catalogue)
    maker = making.maker(catalogue, dossier.evaluation)
    frozen = {
        "frozen_on": dossier.catalogue["frozen_on"],
        "audit_checkpoint": dossier.catalogue.get("audit_checkpoint", ""),
    }
    with path.open("wb") as target:
        return packing.pack(catalogue, target, **frozen, make=maker.make, told=context.progress, is_open=is_open)


def _check(path: Path) -> None:
    report = verification.check(path)
    if not report.holds:
        first = "；".join(report.problems[:3])
        raise Refused(f"写好的档案包没有通过核验（{first}），已丢弃。请联系管理员检查磁盘后点“重新编制”。")


def check(context: JobContext) -> dict[str, Any]:
    """Check the package in the store against its manifests and keep what was found."""
    dossier = queries.to_build(context.args["dossier"])
    context.progress(0, 1, "正在逐个核对文件")
    report = stored(dossier)
    with context.fenced():
        actions.record_check(dossier_id=dossier.pk, report=report, by=context.by)
    return {"dossier": dossier.pk, "problems": len(report.problems), "url": queries.address(dossier)}


def stored(dossier: Dossier) -> verification.Report:
    """Check the bytes of a dossier's packages; a package that cannot be read at all is one problem."""
    if dossier.package is None:
        return verification.Report(problems=["档案包还没有编制完成"])
    report = _checked(dossier.package)
    if dossier.open_package:
        report.problems += [f"{problem}（不含个人信息的档案包）" for problem in _checked(dossier.open_package).problems]
    return report


def _checked(package: Document) -> verification.Report:
    path = store.path_of(package.sha256)
    if not path.exists():
        return verification.Report(problems=["档案包文件在服务器上找不到了，请从备份恢复"])
    try:
        report = verification.check(path)
    except Refused as error:
        return verification.Report(problems=[error.message])
    if path.stat().st_size != package.size:
        report.problems.append("档案包的大小与登记的不一致")
    return report
