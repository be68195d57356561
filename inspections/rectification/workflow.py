"""The life of a finding: its states and verbs as one table, and what every step on it shares."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import rights
from inspections.rectification.models import Entry, EntryFile, Finding
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.files import uploads as files
from portal.core.files.models import Document
from portal.core.notices.actions import notify
from schools.access.scope import Perm, people_at, users_with
from schools.access.workflow import Right, StateRow, VerbRow, Workflow
from schools.directory.models import School

S = Finding.State
MAX_FILES = 10

RECTIFY = Right((Perm.FINDING_RECTIFY, Perm.FINDING_ANSWER), rights.ensure_rectify)
DISPATCH = Right((Perm.FINDING_DISPATCH,))
AMEND = Right((Perm.FINDING_DISPATCH, Perm.VISIT_RECORD), rights.ensure_amend)
VERIFY = Right((Perm.FINDING_VERIFY,), rights.ensure_verify)
VOID = Right((Perm.FINDING_DISPATCH,), rights.ensure_void)
DECIDE = Right((Perm.FINDING_DISPATCH, Perm.FINDING_VERIFY), rights.ensure_decide)

_OPEN = (S.RECTIFYING, S.SENT_BACK)

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
        S.VOID: StateRow("muted"),
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
            label="派发",
            tone="primary",
            form="bare",
            done="已派发，已通知责任单位。",
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
            at=Finding.ASKED,
            to=S.CLOSED,
            right=VERIFY,
            own_hand=True,
            audit="同意销号",
            label="同意销号",
            tone="success",
            form="close",
            asks="核查意见",
            done="已销号，已通知责任单位。",
            mark="ok",
        ),
        VerbRow(
            code="send_back",
            name="退回",
            at=Finding.ASKED,
            to=S.SENT_BACK,
            right=VERIFY,
            audit="退回整改",
            label="退回整改",
            tone="danger",
            form="files",
            asks="退回原因",
            done="已退回，已通知责任单位。",
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
            done="期限已延长，已通知责任单位。",
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
            done="已答复整改单位。",
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
            done="已重新打开，已通知责任单位。",
            mark="bad",
        ),
        VerbRow(
            code="void",
            name="作废",
            at=(S.TO_DISPATCH, *_OPEN, *Finding.ASKED),
            to=S.VOID,
            right=VOID,
            own_hand=True,
            audit="作废问题",
            label="作废",
            tone="danger",
            form="text",
            asks="作废的原因",
            done="已作废：台账里划去保留，不再整改，不计入销号率。",
            mark="muted",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class FindingContent:
    """What a finding says."""

    indicator: str
    problem: str
    requirement: str
    category: str
    due_on: date
    current_value: str = ""
    standard_value: str = ""
    severity: str = ""
    leader: str = ""


def begin(code: str, finding_id: int, version: int, by: User) -> Finding:
    """As `Workflow.begin`; Conflict also for a stale tab."""
    finding = TABLE.begin(code, locked(finding_id), by)
    if finding.version != version:
        raise Conflict("这个问题刚有新的进展，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    return finding


def lockable() -> "QuerySet[Finding]":
    return Finding.objects.select_for_update(of=("self",), no_key=True).select_related(
        "school__district", "department__district", "bureau", "responsible_department"
    )


def locked(finding_id: int) -> Finding:
    """Raises NotFound."""
    finding = lockable().filter(pk=finding_id).first()
    if finding is None:
        raise NotFound("没有这个问题，或不在您可以查看的范围内。")
    return finding


class Basis(TypedDict, total=False):
    """What a closing or a reopening rests on."""

    method: str
    evaluation: Evaluation | None
    figure: str


def open_again(finding: Finding, due_on: date) -> None:
    """All but the state."""
    finding.closed_at, finding.closed_by, finding.closed_despite = None, None, ""
    finding.due_on = due_on
    finding.waiting_since = finding.shifted_due_on = None
    finding.reopened += 1


def hand_to_verifier(finding: Finding) -> None:
    """Stops the school's clock, if it is not stopped already."""
    finding.waiting_since = finding.waiting_since or timezone.localdate()


def hand_back(finding: Finding) -> None:
    """Restarts the school's clock: its due day moves by the days past it that the verifier had the finding."""
    if finding.waiting_since is not None:
        due = finding.shifted_due_on or finding.due_on
        held = timezone.localdate() - max(finding.waiting_since, due)
        if held.days > 0:
            finding.shifted_due_on = due + held
    finding.waiting_since = None


def write(
    finding: Finding,
    kind: str,
    text: str,
    *,
    by: User,
    due_on: date | None = None,
    basis: Basis | None = None,
    uploads: Iterable[UploadedFile] = (),
    public_reason: str = "",
) -> Entry:
    """Raises Invalid for a blank text."""
    text, uploads = text.strip(), list(uploads)
    if not text:
        raise Invalid(f"请填写“{Entry.Kind(kind).label}”的内容。")
    if len(uploads) > MAX_FILES:
        raise Invalid(f"一次最多上传 {MAX_FILES} 个文件，现有 {len(uploads)} 个。请分几次上传。")
    finding.version += 1
    finding.updated_by = by
    finding.save()
    entry = Entry.objects.create(finding=finding, kind=kind, text=text, due_on=due_on, by=by, **(basis or {}))
    for upload in uploads:
        EntryFile.objects.create(entry=entry, document=save_file(upload, by=by, public_reason=public_reason))
    return entry


def send_out(findings: Iterable[Finding], *, by: User, under: str = "") -> list[str]:
    """`under` names the paper that demands it. Returns their numbers."""
    numbers = []
    for finding in findings:
        finding.state = TABLE.move(finding.state, "dispatch")
        text = f"{under}：{finding.requirement}" if under else finding.requirement
        write(finding, Entry.Kind.DISPATCH, text, by=by, due_on=finding.due_on)
        numbers.append(finding.number)
    return numbers


def save_file(
    upload: UploadedFile, *, by: User, allowed: Collection[str] = files.EVIDENCE, public_reason: str = ""
) -> Document:
    """Raises Invalid."""
    do = "这里的材料学校和教育局都可以下载，请删去或遮盖后再传。"
    return files.save(files.accept(upload, allowed=allowed, public_reason=public_reason), do=do, by=by)


def save_photo(upload: UploadedFile, *, by: User) -> Document:
    """Removes metadata, so also the place."""
    return save_file(upload, by=by, allowed=files.PHOTOS)


def answerers(unit: Model) -> "QuerySet[User]":
    return people_at(Perm.FINDING_RECTIFY if isinstance(unit, School) else Perm.FINDING_ANSWER, unit)


def notify_holders(perm: Perm, finding: Finding, text: str, *, by: User) -> None:
    audience = "school" if perm == Perm.FINDING_RECTIFY else "verifier"
    notify(
        answerers(finding.answering) if perm == Perm.FINDING_RECTIFY else users_with(perm, finding),
        text=f"{finding.number} {text}",
        url=reverse("rectification:detail", args=[finding.pk]),
        key=f"finding:{finding.pk}:{finding.version}:{audience}",
        by=by,
    )
