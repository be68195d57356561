"""The life of a finding: its states and verbs as one table, and what every step on it shares."""

from collections.abc import Iterable
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse

from inspections.rectification import rights
from inspections.rectification.models import Entry, EntryFile, Finding, LedgerCount
from inspections.visits import workflow as visits
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.notices.actions import notify
from schools.access.permissions import Perm
from schools.access.scope import users_with
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Finding.State
MAX_FILES = 10

RECTIFY = Right((Perm.FINDING_RECTIFY,))
DISPATCH = Right((Perm.FINDING_DISPATCH,))
AMEND = Right((Perm.FINDING_DISPATCH, Perm.VISIT_RECORD), rights.ensure_amend)
VERIFY = Right((Perm.FINDING_VERIFY,), rights.ensure_verify)
DECIDE = Right((Perm.FINDING_DISPATCH, Perm.FINDING_VERIFY), rights.ensure_decide)

_OPEN = (S.RECTIFYING, S.SENT_BACK)
_ASKED = (S.CLOSE_REQUESTED, S.VERIFYING)

# `form` names one of forms.FORMS. A verb with a form has its address, its page and its button, and leads to the action
# of its name; a step is stored as the entry of its name.
TABLE = Workflow(
    "这个问题",
    S,
    {
        S.TO_DISPATCH: StateRow("muted", "派发", "派发到责任单位，明确责任人和时限"),
        S.RECTIFYING: StateRow("info", "落实整改"),
        S.CLOSE_REQUESTED: StateRow("warn", "核查销号申请", "组织核查，作出销号或退回的结论"),
        S.VERIFYING: StateRow("warn", "完成核查", "完成核查，作出销号或退回的结论"),
        S.CLOSED: StateRow("ok"),
        S.SENT_BACK: StateRow("bad", "重新整改（核查退回）", "按退回意见继续整改，完成后重新申请销号"),
    },
    (
        VerbRow(code="amend", name="修改", at=(S.TO_DISPATCH,), right=AMEND, audit="修改问题"),
        VerbRow(
            code="dispatch",
            name="派发",
            at=(S.TO_DISPATCH,),
            to=S.RECTIFYING,
            right=DISPATCH,
            audit="派发整改",
            label="派发给学校",
            tone="primary",
            form="bare",
            done="已派发，已通知学校。",
        ),
        VerbRow(
            code="measure",
            name="填写整改措施",
            at=_OPEN,
            right=RECTIFY,
            audit="填写整改措施",
            label="填写整改措施",
            form="measure",
            asks="整改措施",
            done="整改措施已保存。",
        ),
        VerbRow(
            code="progress",
            name="填写进展",
            at=_OPEN,
            right=RECTIFY,
            audit="填写整改进展",
            label="填写整改进展",
            form="files",
            asks="整改进展",
            done="整改进展已保存。",
        ),
        VerbRow(
            code="request_close",
            name="申请销号",
            at=_OPEN,
            to=S.CLOSE_REQUESTED,
            right=RECTIFY,
            audit="申请销号",
            label="申请销号",
            tone="primary",
            form="files",
            asks="整改成效",
            done="已申请销号，已通知核查人员。",
            mark="warn",
        ),
        VerbRow(
            code="begin_check",
            name="开始核查",
            at=(S.CLOSE_REQUESTED,),
            to=S.VERIFYING,
            right=VERIFY,
            audit="开始核查",
            label="开始核查",
            form="bare",
            done="已开始核查。",
        ),
        VerbRow(
            code="close",
            name="销号",
            at=_ASKED,
            to=S.CLOSED,
            right=VERIFY,
            own_hand=True,
            audit="同意销号",
            label="同意销号",
            tone="success",
            form="files",
            asks="核查意见",
            done="已销号，已通知学校。",
            mark="ok",
        ),
        VerbRow(
            code="send_back",
            name="退回",
            at=_ASKED,
            to=S.SENT_BACK,
            right=VERIFY,
            audit="退回整改",
            label="退回整改",
            tone="danger",
            form="files",
            asks="退回原因",
            done="已退回，已通知学校。",
            mark="bad",
        ),
        VerbRow(
            code="ask_extension",
            name="申请延期",
            at=_OPEN,
            right=RECTIFY,
            audit="申请延期整改",
            label="申请延期",
            form="dated",
            asks="申请理由",
            done="延期申请已提交，答复前原期限不变。",
        ),
        VerbRow(
            code="extend",
            name="同意延期",
            at=_OPEN,
            right=DECIDE,
            own_hand=True,
            audit="同意延期整改",
            label="延长期限",
            form="dated",
            asks="延期理由",
            done="期限已延长，已通知学校。",
        ),
        VerbRow(
            code="decline_extension",
            name="不同意延期",
            at=_OPEN,
            right=DECIDE,
            own_hand=True,
            audit="不同意延期整改",
            label="不同意延期",
            form="text",
            asks="理由",
            done="已答复学校。",
            mark="warn",
        ),
        VerbRow(
            code="reopen",
            name="重新打开",
            at=(S.CLOSED,),
            to=S.RECTIFYING,
            right=DECIDE,
            own_hand=True,
            audit="重新打开问题",
            label="重新打开",
            form="dated",
            asks="重新打开的原因",
            done="已重新打开，已通知学校。",
            mark="bad",
        ),
    ),
)


def begin(code: str, finding_id: int, version: int, by: User) -> Finding:
    """The finding, locked, checked for person and state, in the state after the verb; nothing is written yet.

    Raises NotFound, NotAllowed, or Conflict for a stale tab or a state the verb does not fit.
    """
    finding = locked(finding_id)
    TABLE[code].ensure(by, finding)
    finding.state = TABLE.move(finding.state, code)
    if finding.version != version:
        raise Conflict("这个问题刚有新的进展，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    return finding


def locked(finding_id: int) -> Finding:
    """The finding, locked for the rest of the transaction. Raises NotFound."""
    findings = Finding.objects.select_for_update(of=("self",), no_key=True).select_related("school__district")
    finding = findings.filter(pk=finding_id).first()
    if finding is None:
        raise NotFound("没有这个问题，或不在您可以查看的范围内。")
    return finding


def write(
    finding: Finding,
    kind: str,
    text: str,
    *,
    by: User,
    due_on: date | None = None,
    uploads: Iterable[UploadedFile] = (),
    public_reason: str = "",
) -> Entry:
    """Save the finding with a new version and add the dated step with its files. Raises Invalid for a blank text."""
    text, uploads = text.strip(), list(uploads)
    if not text:
        raise Invalid(f"请填写“{Entry.Kind(kind).label}”的内容。")
    if len(uploads) > MAX_FILES:
        raise Invalid(f"一次最多上传 {MAX_FILES} 个文件，现有 {len(uploads)} 个。请分几次上传。")
    finding.version += 1
    finding.updated_by = by
    finding.save()
    entry = Entry.objects.create(finding=finding, kind=kind, text=text, due_on=due_on, by=by)
    for upload in uploads:
        EntryFile.objects.create(entry=entry, document=visits.keep(upload, by=by, public_reason=public_reason))
    return entry


def notify_holders(perm: Perm, finding: Finding, text: str, *, by: User) -> None:
    """Notify who holds a right over the finding: the school to rectify, others to verify; once per version of it."""
    audience = "school" if perm == Perm.FINDING_RECTIFY else "verifier"
    notify(
        users_with(perm, finding.school),
        text=f"{finding.number} {text}",
        url=reverse("rectification:detail", args=[finding.pk]),
        key=f"finding:{finding.pk}:{finding.version}:{audience}",
        by=by,
    )


def take_numbers(*, ledger: str, year: int, source: str, count: int = 1) -> list[str]:
    """The next `count` numbers; the counter stays locked until the caller commits, and a rollback gives them back."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_numbers needs the transaction of the action that uses the numbers")
    LedgerCount.objects.get_or_create(ledger=ledger, year=year, source=source)
    counter = LedgerCount.objects.select_for_update(no_key=True).get(ledger=ledger, year=year, source=source)
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return [f"{year}-{source}-{number:03d}" for number in range(first, first + count)]
