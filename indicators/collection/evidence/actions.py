"""Actions on the files behind a submission: attach, withdraw, hand out."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from indicators.collection.submissions import answers, queries, rights
from indicators.collection.submissions.models import Evidence
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.files.uploads import Accepted
from portal.core.lib import written
from schools.access import restricted as rule
from schools.access.permissions import Perm
from schools.access.scope import ensure

MAX_FILES = 300
MAX_CAPTION = 200
_DO = "确需上传的，请勾选“含个人信息”后再传（只有本单位和审核人员可以下载）；否则请删去后再传。"


@dataclass(frozen=True, slots=True)
class Attached:
    """The file now in force, and where the same bytes already serve as proof (in words)."""

    evidence: Evidence
    also_used: tuple[str, ...]


@transaction.atomic
def attach(
    *, submission_id: int, item: str, file: Accepted, by: User, caption: str = "", restricted: bool = False
) -> Attached:
    """Behind an item (its base code); the same file there again is the same row, with a new caption or 含个人信息."""
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    items = queries.items_of(submission).values()
    label = next((entry.base_label for entry in items if entry.base == item), None)
    if label is None:
        raise Invalid(f"没有代码为“{item}”的填报项。请刷新页面后重新上传。")
    if len(caption.strip()) > MAX_CAPTION:
        raise Invalid(f"材料说明最多 {MAX_CAPTION} 字，现在有 {len(caption.strip())} 字。请缩短后重新上传。")
    if submission.evidence.filter(withdrawn_at=None).count() >= MAX_FILES:
        raise Invalid(f"这份填报已有 {MAX_FILES} 个佐证文件。请先撤下不用的，或把多页材料合成一个 PDF。")
    document = uploads.keep(file, do=_DO, by=by, restricted=restricted)
    others = list(queries.same_bytes(submission, document.sha256))
    known = next((row for row in others if row.submission_id == submission.pk and row.item == item), None)
    if known is not None:
        _describe(known, caption.strip(), restricted, by=by)
        return Attached(known, ("本项（同一文件已上传过）",))
    evidence = Evidence.objects.create(
        submission=submission,
        item=item,
        document=document,
        caption=caption.strip(),
        restricted=restricted,
        created_by=by,
        updated_by=by,
    )
    audit.record(
        "evidence.attach",
        by=by,
        obj=evidence,
        after={
            "item": item,
            "label": label,
            "name": document.name,
            "sha256": document.sha256,
            "size": document.size,
            "restricted": restricted,
        },
    )
    return Attached(evidence, tuple(_used(row, submission.pk) for row in others))


def _describe(known: Evidence, caption: str, restricted: bool, *, by: User) -> None:
    before = {"caption": known.caption, "restricted": known.restricted}
    known.caption, known.restricted = caption or known.caption, restricted or known.restricted
    after = {"caption": known.caption, "restricted": known.restricted}
    if before == after:
        return
    known.updated_by = by
    known.save(update_fields=["caption", "restricted", "updated_at", "updated_by"])
    audit.record("evidence.describe", by=by, obj=known, before=before, after=after)


def _used(row: Evidence, submission_id: int) -> str:
    # Another school's file is only counted: its name and item are not this school's to know.
    if row.submission_id != submission_id:
        return "其他单位的填报"
    items = answers.items_of(queries.spec_of(row.submission), is_school=bool(row.submission.school_id)).values()
    return next((f"“{entry.base_label}”" for entry in items if entry.base == row.item), row.item)


@transaction.atomic
def withdraw(*, evidence_id: int, reason: str, by: User) -> Evidence:
    """Row and bytes stay on record; twice is once."""
    evidence = queries.evidence(by, evidence_id)
    submission = rights.locked(evidence.submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_editable(submission)
    evidence.refresh_from_db(fields=["withdrawn_at"])
    if evidence.withdrawn_at is None:
        reason = written.reason(reason, "撤下佐证")
        evidence.withdrawn_at, evidence.withdrawn_by, evidence.updated_by = timezone.now(), by, by
        evidence.save(update_fields=["withdrawn_at", "withdrawn_by", "updated_at", "updated_by"])
        audit.record(
            "evidence.withdraw",
            by=by,
            obj=evidence,
            before={"item": evidence.item, "name": evidence.document.name, "sha256": evidence.document.sha256},
            after={"reason": reason},
        )
    return evidence


@transaction.atomic
def hand_out(*, evidence_id: int, by: User) -> Evidence:
    """Record that a person takes a copy; files with personal data go only to the respondent's staff and reviewers."""
    evidence = queries.evidence(by, evidence_id)
    ensure(by, Perm.SUBMISSION_VIEW, evidence)
    rule.ensure(by, evidence, evidence.document.sha256)
    audit.record(
        "evidence.download",
        by=by,
        obj=evidence,
        after={"name": evidence.document.name, "sha256": evidence.document.sha256, "restricted": evidence.restricted},
    )
    return evidence
