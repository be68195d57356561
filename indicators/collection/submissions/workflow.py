"""The life of a submission as a table: state × verb → state."""

from indicators.collection.submissions.models import Submission
from portal.core.errors import Conflict

S = Submission.State

MOVES: dict[tuple[str, str], str] = {
    (S.DRAFT, "submit"): S.SUBMITTED,
    (S.RETURNED, "submit"): S.SUBMITTED,
    (S.SUBMITTED, "withdraw"): S.DRAFT,
    (S.SUBMITTED, "begin_review"): S.IN_REVIEW,
    (S.SUBMITTED, "return"): S.RETURNED,
    (S.SUBMITTED, "approve"): S.APPROVED,
    (S.IN_REVIEW, "return"): S.RETURNED,
    (S.IN_REVIEW, "approve"): S.APPROVED,
    (S.APPROVED, "return"): S.RETURNED,
}
_WORDS = {"submit": "提交", "withdraw": "撤回", "begin_review": "开始审核", "return": "退回", "approve": "通过"}


def move(state: str, verb: str) -> str:
    """The state after `verb`. Raises Conflict if the verb does not fit the state."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise Conflict(
            f"这份填报目前是“{S(state).label}”，不能{_WORDS[verb]}。可能他人刚处理过，请刷新页面查看最新状态。"
        ) from None
