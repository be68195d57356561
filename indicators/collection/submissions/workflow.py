"""The life of a submission: its states and verbs as one table."""

from indicators.collection.submissions.models import Submission
from schools.access.workflow import StateRow, VerbRow, Workflow

S = Submission.State

TABLE = Workflow(
    "这份填报",
    S,
    {
        S.DRAFT: StateRow("info", "继续填报"),
        S.SUBMITTED: StateRow("warn", "查看回执"),
        S.IN_REVIEW: StateRow("warn", "查看"),
        S.RETURNED: StateRow("bad", "按退回原因修改"),
        S.APPROVED: StateRow("ok", "查看"),
    },
    (
        VerbRow(code="submit", name="提交", at=(S.DRAFT, S.RETURNED), to=S.SUBMITTED, audit="签发提交填报"),
        VerbRow(code="withdraw", name="撤回", at=(S.SUBMITTED,), to=S.DRAFT, audit="撤回填报"),
        VerbRow(code="begin_review", name="开始审核", at=(S.SUBMITTED,), to=S.IN_REVIEW, audit="开始审核"),
        VerbRow(
            code="return",
            name="退回",
            at=(S.SUBMITTED, S.IN_REVIEW, S.APPROVED),
            to=S.RETURNED,
            audit="退回填报",
        ),
        VerbRow(code="approve", name="通过", at=(S.SUBMITTED, S.IN_REVIEW), to=S.APPROVED, audit="审核通过"),
    ),
)
move = TABLE.move
