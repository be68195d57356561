"""The life of a school's self-report: written, issued by the head, withdrawn with a reason."""

from inspections.self_reports import rights
from inspections.self_reports.models import SelfReport
from schools.access.scope import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = SelfReport.State
WRITE = Right((Perm.SUBMISSION_FILL,), rights.ensure_write)
ISSUE = Right((Perm.REPORT_ISSUE,), rights.ensure_issue)

TABLE = Workflow(
    "这份自评报告",
    S,
    {
        S.DRAFT: StateRow("warn"),
        S.ISSUED: StateRow("ok", way_out="要修改的，请校长先撤回。"),
        S.WITHDRAWN: StateRow("muted", way_out="请在新的一版里办理。"),
    },
    (
        VerbRow(code="write", name="修改", at=(S.DRAFT,), right=WRITE, audit="修改学校自评报告"),
        VerbRow(code="accept", name="列入问题", at=(S.DRAFT,), right=WRITE, audit="列入自评报告的问题"),
        VerbRow(code="write_problem", name="修改问题", at=(S.DRAFT,), right=WRITE, audit="修改自评报告的问题"),
        VerbRow(code="drop_problem", name="删去问题", at=(S.DRAFT,), right=WRITE, audit="删去自评报告的问题"),
        VerbRow(
            code="issue",
            name="签发",
            at=(S.DRAFT,),
            to=S.ISSUED,
            right=ISSUE,
            own_hand=True,
            audit="签发学校自评报告",
            done="已签发，教育局和督学可以查看、下载。",
        ),
        VerbRow(
            code="withdraw",
            name="撤回",
            at=(S.ISSUED,),
            to=S.WITHDRAWN,
            right=ISSUE,
            own_hand=True,
            audit="撤回学校自评报告",
            asks="撤回原因",
            done="已撤回，文字和问题留在新的一版，可以修改。",
        ),
    ),
)
