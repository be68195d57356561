"""What actions on a submission check first, and pages before they offer them."""

from collections.abc import Iterable, Mapping

from indicators.collection.submissions import facts as fact_loader
from indicators.collection.submissions import queries
from indicators.collection.submissions.facts import Assessment
from indicators.collection.submissions.models import Revision, Submission
from indicators.collection.submissions.workflow import move
from indicators.standard.engine import Item
from indicators.standard.engine.scope import Required
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from portal.core.lib import dates
from schools.access.permissions import Perm
from schools.access.scope import ensure, ensure_own_hand, may, users_with

HEAD_ONLY = "一票否决事项由签发人（校长）本人确认，他人不能代填。"


def locked(submission_id: int, by: User, perm: Perm) -> Submission:
    """The submission's row is the one lock of everything in it: answers, files, waivers, revisions."""
    rows = fact_loader.with_places(Submission.objects.all()).select_for_update(of=("self",), no_key=True)
    submission = rows.filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("没有找到这份填报，或不在您可以查看的范围内。")
    ensure(by, perm, submission)
    return submission


def ensure_open(submission: Submission) -> None:
    if submission.round.state != submission.round.State.OPEN:
        raise Conflict(f"{submission.round.name}已关闭，不能再填报。如确需修改，请联系{contact(submission)}。")


def ensure_editable(submission: Submission) -> None:
    ensure_open(submission)
    if not submission.is_editable:
        state = submission.get_state_display()
        raise Conflict(f"这份填报{state}，现在只能查看。需要修改时，可在开始审核前撤回，或请审核人退回。")


def may_fill(user: User, submission: Submission) -> bool:
    """Whether `ensure_editable` and the right of who saves let the person through."""
    is_open = submission.round.state == submission.round.State.OPEN
    return is_open and submission.is_editable and may(user, Perm.SUBMISSION_FILL, submission)


def ensure_withdrawable(submission: Submission) -> None:
    """Withdrawn after the due time it could not be handed in again, unless it had been sent back."""
    ensure_open(submission)
    if fact_loader.is_late(submission) and fact_loader.last_sent_back(submission) is None:
        raise Conflict(f"填报已过截止时间，撤回后将无法再次提交。如确需修改，请联系{contact(submission)}退回或延期。")


def may_withdraw(user: User, submission: Submission) -> bool:
    try:
        move(submission.state, "withdraw")
        ensure_withdrawable(submission)
    except Conflict:
        return False
    return may(user, Perm.SUBMISSION_SIGN, submission)


def ensure_in_time(submission: Submission, *, is_sent_back: bool) -> None:
    """What was sent back may always be handed in again."""
    due = fact_loader.due_at(submission)
    if is_sent_back or due is None or not fact_loader.is_late(submission):
        return
    raise Conflict(
        f"填报已于{dates.moment(due)}截止，现在不能提交。已填写的内容都已保存；请联系{contact(submission)}申请延期。"
    )


def ensure_own_statements(codes: Iterable[str], items: Mapping[str, Item], submission: Submission, by: User) -> None:
    """Only who signs may state 一票否决事项."""
    foreign = queries.statements(items) & set(codes)
    if foreign:
        ensure_own_hand(by)
    if foreign and not queries.may_state(by, submission):
        raise NotAllowed(
            f"{HEAD_ONLY}没有保存任何改动。",
            [Problem(where=items[code].label, what="不是您可以确认的事项") for code in sorted(foreign)],
        )


def ensure_not_own(revision: Revision, by: User) -> None:
    """Nobody reviews what they signed themselves."""
    if revision.submitted_by_id == by.pk:
        raise NotAllowed("这份填报由您本人提交，须由另一人审核。")


def contact(submission: Submission) -> str:
    """Who in the bureau can extend, reopen or send back."""
    names = [user.name for user in users_with(Perm.ROUND_MANAGE, submission.round.district)[:3]]
    return f"局管理员（{'、'.join(names)}）" if names else "局管理员"


def problems_of(assessment: Assessment, *, missing: bool = True) -> list[Problem]:
    labels = {item.code: item.label for item in assessment.asked}
    found = [
        Problem(
            where=reason_label(labels, r.item), what=f"审核退回后没有修改（{r.text}）", do="请修改数据、补充佐证或说明"
        )
        for r in assessment.unchanged
    ]
    if missing:
        found += missing_problems(assessment.missing)
    found += [Problem(what=problem.message) for problem in assessment.errors]
    found += [Problem(what=w.problem.message, do="属实的请写明原因") for w in assessment.unexplained]
    return found


def missing_problems(fields: Iterable[Required]) -> list[Problem]:
    return [Problem(where=one.item.label, what="没有填写", do="请填写，或选“不适用”并写明原因") for one in fields]


def reason_label(labels: dict[str, str], item: str) -> str:
    """A base code covers all its stages."""
    if item in labels:
        return labels[item]
    return next((label for code, label in labels.items() if code.startswith(f"{item}_")), item)


def refuse_if_any(problems: Iterable[Problem], message: str) -> None:
    found = list(problems)
    if found:
        raise Invalid(message.format(count=len(found)), found)
