"""The life of a report: what the office does with a draft, an issued and a withdrawn one; who is shown a report and who issues it."""

from django.db.models import Q, QuerySet

from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.scope import Perm, ensure, own, visible
from schools.access.workflow import Right, StateRow, VerbRow, Workflow


def shown_to(user: User) -> QuerySet[Report]:
    """Issued ones, and drafts the person may write or issue."""
    reports = Report.objects.all()
    within = visible(user, reports, Perm.REPORT_VIEW)
    if user.is_system:
        return within
    drafts = visible(user, reports, Perm.REPORT_COMPILE) | visible(user, reports, Perm.REPORT_ISSUE)
    return within.filter(Q(issued_at__isnull=False) | Q(pk__in=drafts.values("pk")))


def ensure_issue(by: User, report: Report) -> None:
    """Raises NotFound for a draft that is not shown, NotAllowed for anybody but the head of a school's."""
    if not shown_to(by).filter(pk=report.pk).exists():
        raise NotFound("没有找到，或不在您可以查看的范围内。")
    ensure(by, Perm.REPORT_ISSUE, report)
    if report.school_id and not Report.objects.filter(own(by, Perm.REPORT_ISSUE, Report), pk=report.pk).exists():
        raise NotAllowed("学校整改报告由校长核对后签发，教育局不代签。请提醒学校办理。")


S = Report.State
COMPILE = Right((Perm.REPORT_COMPILE,))
ISSUE = Right((Perm.REPORT_ISSUE,), ensure_issue)

TABLE = Workflow(
    "这份报告",
    S,
    {
        S.COMPILING: StateRow("info", way_out="请等文件生成以后再办。"),
        S.READY: StateRow("warn", "印发"),
        S.ISSUED: StateRow("ok", way_out="要改内容，请先撤回，再重新编制。"),
        S.WITHDRAWN: StateRow("muted", way_out="请重新编制，得到新的一版。"),
        S.FAILED: StateRow("bad"),
    },
    (
        VerbRow(
            code="write",
            name="修改文字",
            at=(S.COMPILING, S.READY),
            right=COMPILE,
            own_hand=True,
            audit="修改报告文字",
        ),
        VerbRow(
            code="issue",
            name="印发",
            at=(S.READY,),
            to=S.ISSUED,
            right=ISSUE,
            own_hand=True,
            audit="印发报告",
            label="印发",
            tone="primary",
            done="已印发。要修改时请先撤回。",
        ),
        VerbRow(
            code="withdraw",
            name="撤回",
            at=(S.ISSUED,),
            to=S.WITHDRAWN,
            right=ISSUE,
            own_hand=True,
            audit="撤回报告",
            label="撤回",
            tone="danger",
            asks="撤回原因",
            done="已撤回。重新编制会得到新的一版。",
        ),
    ),
)
