"""The life of a quarter's report: who reports and who checks, its states and verbs as one table, how every step on it begins and ends."""

from collections.abc import Iterable

from django.urls import reverse

from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.files.models import Document
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, own, people_at, users_with
from schools.access.workflow import Right, StateRow, VerbRow, Workflow


def is_owner(user: User, duty: Duty) -> bool:
    return Duty.objects.filter(own(user, Perm.DUTY_REPORT, Duty), pk=duty.pk).exists()


def ensure_report(by: User, report: DutyReport) -> None:
    """Only of the unit whose task it is. Raises NotFound or NotAllowed."""
    duty = report.year.duty
    if not is_owner(by, duty):
        ensure(by, Perm.DUTY_VIEW, duty)
        raise NotAllowed(f"这项任务由{duty.owner}报送，您只能查看。")


def ensure_check(by: User, report: DutyReport) -> None:
    """Never who reported it, also before it was sent back. Raises NotFound or NotAllowed."""
    ensure(by, Perm.DUTY_CHECK, report.year.duty)
    if report.entries.filter(kind=DutyEntry.Kind.REPORT, by=by).exists():
        raise NotAllowed("这份季报是您报送的，须由教育局另一人核对。")


S = DutyReport.State
WHOSE = ("school", "department", "programme__district")

REPORT = Right((Perm.DUTY_REPORT,), ensure_report)
CHECK = Right((Perm.DUTY_CHECK,), ensure_check)

# `form` names one of forms.FORMS.
TABLE = Workflow(
    "这份季报",
    S,
    {
        S.DUE: StateRow("warn", "报送任务进展"),
        S.REPORTED: StateRow("info", "核对任务进展"),
        S.SENT_BACK: StateRow("bad", "重新报送任务进展"),
        S.CHECKED: StateRow("ok"),
        S.DROPPED: StateRow("muted"),
    },
    (
        VerbRow(
            code="report",
            name="报送",
            at=(S.DUE, S.SENT_BACK),
            to=S.REPORTED,
            right=REPORT,
            audit="报送目标任务进展",
            label="报送进展",
            form="report",
            done="已报送，已通知教育局核对。",
        ),
        VerbRow(
            code="check",
            name="核对",
            at=(S.REPORTED,),
            to=S.CHECKED,
            right=CHECK,
            own_hand=True,
            audit="核对目标任务进展",
            label="核对通过",
            tone="success",
            form="check",
            done="已核对，已通知报送单位。",
            mark="ok",
        ),
        VerbRow(
            code="send_back",
            name="退回",
            at=(S.REPORTED, S.CHECKED),
            to=S.SENT_BACK,
            right=CHECK,
            audit="退回目标任务进展",
            label="退回重报",
            tone="danger",
            form="reason",
            done="已退回，已通知报送单位。",
            mark="bad",
        ),
    ),
)

# How the audit trail calls what is done to a task.
AUDIT_WORDS = {
    "duty.create": "下达目标任务",
    "duty.edit": "修改目标任务",
    "duty.withdraw": "取消目标任务",
    "duty.pass_on": "转交目标任务",
    **TABLE.audit_words("duty"),
    "duty.upload_programme": "上传实施方案和目标任务",
    "duty.mark_programme": "退回标注错误的实施方案",
    "duty.download_marked": "下载标注错误的实施方案",
    "duty.ask_check": "安排检查实施方案",
    "duty.ask_import": "安排导入实施方案",
    "duty.import": "导入实施方案和目标任务",
    "duty.export": "导出实施方案和目标任务",
    "duty.set_score": "记录年度考核得分",
    "duty.export_sheet": "导出年度考核表",
}


def locked(duty_id: int) -> Duty:
    """Raises NotFound."""
    rows = Duty.objects.select_for_update(of=("self",), no_key=True).select_related(*WHOSE)
    duty = rows.filter(pk=duty_id).first()
    if duty is None:
        raise NotFound("没有这项任务，或不在您可以查看的范围内。")
    return duty


def begin(code: str, report_id: int, version: int, by: User) -> DutyReport:
    """The report in the state after the verb, its task locked; nothing is written yet."""
    row = DutyReport.objects.filter(pk=report_id).values_list("year__duty").first()
    duty = locked(row[0] if row else 0)
    report = DutyReport.objects.select_related("year").get(pk=report_id)
    report.year.duty = duty
    TABLE[code].ensure(by, report)
    if duty.withdrawn_at:
        raise Conflict("这项任务已经取消，不需要再办理。请刷新页面查看。")
    report.state = TABLE.move(report.state, code)
    if report.version != version:
        raise Conflict("这份季报刚有新的办理，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    report.version += 1
    report.updated_by = by
    return report


def write(
    duty: Duty, kind: str, text: str, *, by: User, report: DutyReport | None = None, files: Iterable[Document] = ()
) -> DutyEntry:
    entry = DutyEntry.objects.create(duty=duty, report=report, kind=kind, text=text, by=by)
    for document in files:
        DutyFile.objects.create(entry=entry, document=document)
    return entry


def notify(duty: Duty, text: str, *, key: str, by: User, checkers: bool = False) -> None:
    """Who reports on the task, or who checks."""
    notices.notify(
        users_with(Perm.DUTY_CHECK, duty) if checkers else people_at(Perm.DUTY_REPORT, duty),
        text=f"目标任务 {duty}：{text}",
        url=reverse("duties:detail", args=[duty.pk]),
        key=f"duty:{duty.pk}:{key}",
        by=by,
    )
