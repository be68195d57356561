"""The life of a visit: its states and verbs as one table, and how what is handed in on one is stored."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile

from inspections.visits import rights
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.core.files.models import Document
from schools.access.permissions import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Visit.State
PLAN = Right((Perm.VISIT_PLAN,))
RECORD = Right((Perm.VISIT_RECORD,), rights.ensure_record)

TABLE = Workflow(
    "这次督导",
    S,
    {
        S.PLANNED: StateRow("info", "入校督导"),
        S.UNDERWAY: StateRow("warn", "完成督导记录"),
        S.DONE: StateRow("ok"),
        S.CANCELLED: StateRow("muted"),
    },
    (
        VerbRow(code="start", name="开始", at=(S.PLANNED,), to=S.UNDERWAY, right=RECORD, audit="开始督导"),
        VerbRow(code="record", name="记录", at=(S.UNDERWAY,), right=RECORD),
        VerbRow(code="finish", name="完成", at=(S.UNDERWAY,), to=S.DONE, right=RECORD, audit="完成督导"),
        VerbRow(code="cancel", name="取消", at=(S.PLANNED,), to=S.CANCELLED, right=PLAN, audit="取消督导"),
        VerbRow(code="reschedule", name="改期", at=(S.PLANNED,), right=PLAN, audit="督导改期"),
        VerbRow(code="move", name="改到另一所学校", at=(S.PLANNED,), right=PLAN, audit="督导改到另一所学校"),
    ),
)

_DO = "这里的材料学校和教育局都可以下载，请删去或遮盖后再传。"


def keep(
    upload: UploadedFile, *, by: User, allowed: Collection[str] = uploads.EVIDENCE, public_reason: str = ""
) -> Document:
    """Check a file and store it, in the caller's transaction. Raises Invalid when it is refused."""
    return uploads.keep(uploads.accept(upload, allowed=allowed, public_reason=public_reason), do=_DO, by=by)


def keep_photo(upload: UploadedFile, *, by: User) -> Document:
    """Like `keep`, for photos only; they lose their metadata, so also where they were taken."""
    return keep(upload, by=by, allowed=uploads.PHOTOS)
