"""The action of saying on a visit how far an earlier finding was put right."""

from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from inspections.followups.models import FollowUp
from inspections.rectification import workflow as rectification
from inspections.visits import queries as visits, workflow
from inspections.visits.actions import MAX_PHOTOS
from inspections.visits.models import VisitPhoto
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound


@transaction.atomic
def judge(
    *,
    visit_id: int,
    finding_id: int,
    outcome: str,
    now: str,
    requirement: str = "",
    photos: Iterable[UploadedFile] = (),
    version: int = 0,
    by: User,
) -> FollowUp:
    """`version` is the one the person looked at (0 = none yet).

    The same words change nothing. Raises Invalid without a requirement where more is to be done.
    """
    visit = workflow.begin("record", visit_id, by)
    finding = visits.to_follow(visit).filter(pk=finding_id).first()
    if finding is None:
        raise NotFound("这个问题不在这次督导要回访的问题里。请刷新页面。")
    content = {"outcome": outcome, "now": now.strip(), "requirement": requirement.strip()}
    if not content["now"]:
        raise Invalid("请写明现场看到的现状。")
    if outcome != FollowUp.Outcome.DONE and not content["requirement"]:
        raise Invalid("没有全部整改的，请写明后续要求。")
    row = visit.follow_ups.filter(finding=finding).first()
    row = row or FollowUp(visit=visit, finding=finding, version=0, created_by=by)
    stale = "这个问题的结论刚被他人修改，您的内容还没有保存。请刷新页面，核对后再填。"
    before = workflow.write(row, content, version=version, stale=stale, by=by)
    key, hashes = visits.photo_key(finding), []
    there = visit.photos.filter(question=key, withdrawn_at=None).count()
    for upload in photos:
        if (there := there + 1) > MAX_PHOTOS:
            raise Invalid(f"这个问题最多 {MAX_PHOTOS} 张照片。请少传几张，或先撤下不用的。")
        document = rectification.save_photo(upload, by=by)
        VisitPhoto.objects.create(visit=visit, question=key, document=document, created_by=by, updated_by=by)
        hashes.append(document.sha256)
    if before is not None or hashes:
        after = {"finding": finding.number, **content, "photos": hashes}
        audit.record("visit.follow_up", by=by, obj=visit, before=content if before is None else before, after=after)
    return row
