"""Actions on the files behind a submission: attach, assign to items, withdraw, hand out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from indicators.collection.evidence import work, workbook
from indicators.collection.evidence.queries import EvidenceMatrix, source
from indicators.collection.submissions import queries, rights
from indicators.collection.submissions.models import Evidence, Round, Submission
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.lib import digests, written
from schools.access import restricted as rule
from schools.access.scope import Perm, ensure

MAX_FILES = 300
MAX_CAPTION, MAX_PAGES = 200, 40
_DO = "确需上传的，请勾选“含个人信息”后再传（只有本单位和审核人员可以下载）；否则请删去后再传。"


@dataclass(frozen=True, slots=True)
class Attached:
    """The file now in force, and where in the submission the same bytes already are (in words)."""

    evidence: Evidence
    also_used: tuple[str, ...]


@transaction.atomic
def attach(
    *, submission_id: int, item: str, file: uploads.Accepted, by: User, caption: str = "", restricted: bool = False
) -> Attached:
    """At an item (its base code), or "" if that is chosen later.

    The same file there again is the same row, with a new caption or 含个人信息; one that serves an item waits for none.
    """
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    labels = _labels(submission)
    label = labels.get(item, "") if item else "未归项"
    if not label:
        raise Invalid(f"没有代码为“{item}”的填报项。请刷新页面后重新上传。")
    _ensure_short(caption)
    _ensure_room(submission)
    document = uploads.save(file, do=_DO, by=by, restricted=restricted)
    # A file may be at an item that another unit answers now.
    named = {one.base: f"“{one.base_label}”" for one in queries.all_items(submission).values()}
    others = list(submission.evidence.filter(document__sha256=document.sha256, withdrawn_at=None))
    known = next((row for row in others if row.item == item), others[0] if others and not item else None)
    if known is not None:
        _describe(known, caption=caption.strip(), restricted=restricted, by=by)
        where = "未归项" if not known.item else "本项" if known.item == item else named.get(known.item, known.item)
        return Attached(known, (f"已经传过的“{known.document.name}”（{where}）",))
    evidence = Evidence.objects.create(
        submission=submission,
        item=item,
        document=document,
        caption=caption.strip(),
        restricted=restricted,
        created_by=by,
        updated_by=by,
    )
    if file.look:
        work.remember(submission.round.district_id, document.sha256, file.look)
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
    used = (f"{named.get(row.item, row.item)}的佐证" if row.item else "未归项的文件" for row in others)
    return Attached(evidence, tuple(used))


@transaction.atomic
def assign(
    *, submission_id: int, chosen: Sequence[tuple[int, str]], by: User, pages: str = "", caption: str = ""
) -> list[Evidence]:
    """Stored files, each for an item (key, base code); all of them or none.

    A file is one of this submission or of the respondent's earlier years. `pages` and `caption` say which part is
    meant; if the file is at the item already, they replace its words. Raises Invalid, NotFound.
    """
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_editable(submission)
    labels, pages, caption = _labels(submission), pages.strip(), caption.strip()
    _ensure_short(caption)
    if len(pages) > MAX_PAGES:
        raise Invalid(f"页码最多 {MAX_PAGES} 字，如“3–5”。请缩短后重试。")
    if not chosen:
        raise Invalid("没有选择项目。请选择这个文件用于哪一项。")
    if unknown := [item for _, item in chosen if item not in labels]:
        raise Invalid(f"没有代码为“{unknown[0]}”的填报项。请刷新页面后重试。")
    found = []
    for evidence_id, item in dict.fromkeys(chosen):
        given = source(by, evidence_id, submission)
        row, is_new = _placed(submission, given, item, by=by, pages=pages, caption=caption)
        found.append(row)
        if is_new:
            words = {"label": labels[item], "name": given.document.name, "sha256": given.document.sha256}
            audit.record("evidence.assign", by=by, obj=row, after=words | {"pages": pages, "caption": caption})
    return found


def _placed(
    submission: Submission, given: Evidence, item: str, *, by: User, pages: str, caption: str
) -> tuple[Evidence, bool]:
    """The row already at the item, the one without an item, or a new one; and whether it is new there."""
    same = submission.evidence.filter(document__sha256=given.document.sha256, withdrawn_at=None, item__in=("", item))
    rows = {row.item: row for row in same}
    if known := rows.get(item):
        _describe(known, pages=pages, caption=caption, by=by)
        return known, False
    if waiting := rows.get(""):
        waiting.item, waiting.pages, waiting.updated_by = item, pages, by
        waiting.caption = caption or waiting.caption
        waiting.save(update_fields=["item", "pages", "caption", "updated_at", "updated_by"])
        return waiting, True
    _ensure_room(submission)
    made = Evidence.objects.create(
        submission=submission,
        item=item,
        document=given.document,
        pages=pages,
        caption=caption,
        restricted=given.restricted,
        created_by=by,
        updated_by=by,
    )
    return made, True


def _labels(submission: Submission) -> Mapping[str, str]:
    return {entry.base: entry.base_label for entry in queries.items_of(submission).values()}


def _ensure_short(caption: str) -> None:
    if len(caption.strip()) > MAX_CAPTION:
        raise Invalid(f"材料说明最多 {MAX_CAPTION} 字，现在有 {len(caption.strip())} 字。请缩短后重试。")


def _ensure_room(submission: Submission) -> None:
    if submission.evidence.filter(withdrawn_at=None).count() >= MAX_FILES:
        raise Invalid(f"这份填报已有 {MAX_FILES} 个佐证文件。请先撤下不用的，或把多页材料合成一个 PDF。")


def _describe(known: Evidence, *, by: User, caption: str = "", pages: str = "", restricted: bool = False) -> None:
    """Replace the words that are given."""
    given = {"caption": caption or known.caption, "pages": pages or known.pages}
    after = given | {"restricted": restricted or known.restricted}
    changed = {name: value for name, value in after.items() if getattr(known, name) != value}
    if not changed:
        return
    before = {name: getattr(known, name) for name in changed}
    for name, value in changed.items():
        setattr(known, name, value)
    known.updated_by = by
    known.save(update_fields=[*changed, "updated_at", "updated_by"])
    audit.record("evidence.describe", by=by, obj=known, before=before, after=changed)


@transaction.atomic
def withdraw(*, evidence_id: int, reason: str, by: User) -> Evidence:
    """Row and bytes stay on record; twice is once."""
    evidence = queries.evidence(by, evidence_id)
    submission = rights.locked(evidence.submission_id, by, rights.FILL)
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
def export_coverage(*, round_: Round, shown: EvidenceMatrix, by: User, filtered: str = "") -> bytes:
    """Schools by required proof as .xlsx."""
    ensure(by, Perm.ROUND_VIEW, round_)
    content = workbook.render(round_, shown, filtered)
    audit.record(
        "evidence.export_coverage",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"rows": len(shown.rows), "filter": filtered} | digests.of(content),
    )
    return content


@transaction.atomic
def hand_out(*, evidence_id: int, by: User) -> Evidence:
    """Recorded; files with personal data go only to the respondent's staff and reviewers."""
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
