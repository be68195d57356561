"""Who reads, writes and issues a school's self-report: drafts are the school's own, what it issued is for its reviewers too."""

from django.db.models import Q, QuerySet

from indicators.collection.submissions.models import Submission
from inspections.self_reports.models import SelfReport
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.scope import Perm, own, visible


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
    """Of the submission, for the report may not be stored yet. Raises NotFound outside the person's reach."""
    within = visible(by, Submission.objects.filter(pk=report.submission_id), Perm.REPORT_VIEW).order_by()
    if not within.exists():
        raise NotFound("没有找到，或不在您可以查看的范围内。")
    if not within.filter(own(by, perm, Submission)).exists():
        raise NotAllowed(words)
