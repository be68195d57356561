"""The life of a school's self-report: written, issued by the head, withdrawn with a reason.

Drafts are the school's own, what it issued is for its reviewers too.
"""

from django.db.models import Q, QuerySet

from indicators.collection.submissions.models import Submission
from inspections.self_reports.models import SelfReport
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.scope import Perm, own, visible
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = SelfReport.State


def shown_to(user: User) -> QuerySet[SelfReport]:
    within = visible(user, SelfReport.objects.all(), Perm.REPORT_VIEW)
    if user.is_system:
        return within
    return within.filter(Q(issued_at__isnull=False) | own(user, Perm.SUBMISSION_FILL, SelfReport))


def ensure_write(by: User, report: SelfReport) -> None:
    _ensure_own(by, Perm.SUBMISSION_FILL, report, "学校自评报告由学校自己写，教育局不代写。请联系学校办理。")


def ensure_issue(by: User, report: SelfReport) -> None:
    _ensure_own(by, Perm.REPORT_ISSUE, report, "学校自评报告由校长核对后签发，他人不代签。请校长登录办理。")


def _ensure_own(by: User, perm: Perm, report: SelfReport, words: str) -> None:
    """By the submission, for the report may not be stored yet. Raises NotFound out of scope."""
    within = visible(by, Submission.objects.filter(pk=report.submission_id), Perm.REPORT_VIEW).order_by()
    if not within.exists():
        raise NotFound("没有找到，或不在您可以查看的范围内。")
    if not within.filter(own(by, perm, Submission)).exists():
        raise NotAllowed(words)


WRITE = Right((Perm.SUBMISSION_FILL,), ensure_write)
ISSUE = Right((Perm.REPORT_ISSUE,), ensure_issue)

TABLE = Workflow(
    "这份自评报告",
    S,
    {
        S.DRAFT: StateRow("info"),
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
