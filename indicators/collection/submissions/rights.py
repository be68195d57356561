"""What actions check first and pages before they offer them, who may answer what; `workflow` names the right of every verb."""

from collections.abc import Callable, Iterable, Mapping

from django.db.models import BigAutoField, Exists, OuterRef, Q, QuerySet

from indicators.collection.submissions import queries
from indicators.collection.submissions.models import ReviewSteps, Revision, Submission
from indicators.standard.engine import Item
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound, Problem
from portal.core.lib import dates
from portal.core.lib.prepared import Prepared
from schools.access import scope
from schools.access.scope import Perm, ensure, ensure_own_hand, passes, users_with
from schools.access.workflow import Right, VerbRow
from schools.directory.models import School

FILL = Right((Perm.SUBMISSION_FILL,))
SIGN = Right((Perm.SUBMISSION_SIGN,))
# Taking over what the bureau collected, as an import does.
TAKE_OVER = Right((Perm.ROUND_MANAGE,))
HEAD_ONLY = "一票否决事项由签发人（校长）本人确认，他人不能代填。"


def locked(submission_id: int, by: User, asked: Right | VerbRow, read: Prepared | None = None) -> Submission:
    """The submission's row is the one lock of everything in it: answers, files, waivers, revisions."""
    submission: Submission | None = next(iter((read or _WHOLE)(pk=submission_id)), None)
    if submission is None:
        raise NotFound("没有找到这份填报，或不在您可以查看的范围内。")
    asked.ensure(by, submission)
    return submission


def to_lock(fetch: Callable[[QuerySet[Submission]], QuerySet[Submission]]) -> Prepared:
    """A submission with what `fetch` asks of it, locked, by its `pk`."""
    return Prepared(
        lambda pk: fetch(Submission.objects.filter(pk=pk)).order_by().select_for_update(of=("self",), no_key=True),
        pk=BigAutoField(),
    )


_WHOLE = to_lock(queries.with_places)


def ensure_open(submission: Submission) -> None:
    if submission.round.state != submission.round.State.OPEN:
        raise Conflict(f"{submission.round.name}已关闭，不能再填报。如确需修改，请联系{contact(submission)}。")


def ensure_editable(submission: Submission) -> None:
    ensure_open(submission)
    if not submission.is_editable:
        state = submission.get_state_display()
        raise Conflict(f"这份填报{state}，现在只能查看。需要修改时，可在开始审核前撤回，或请审核人退回。")


def school_form(user: User, submission_id: int) -> tuple[Submission, School]:
    """A school's submission somebody may fill in. Raises NotFound, NotAllowed."""
    submission = queries.get(user, submission_id)
    FILL.ensure(user, submission)
    if submission.school is None:
        raise NotFound("只有学校的填报可以这样填。")
    return submission, submission.school


def may_fill(user: User, submission: Submission) -> bool:
    return FILL.may(user, submission) and passes(ensure_editable, submission)


def ensure_divide(by: User, submission: Submission) -> None:
    """Who gives the sections of a school's form to colleagues: its head and who is in charge; until then each of them."""
    ensure(by, Perm.SUBMISSION_FILL, submission)
    if submission.school_id is None:
        raise NotFound("只有学校的填报可以分工。")
    if submission.school_id not in scope.granted(by, Perm.SUBMISSION_FILL)["school"]:
        raise NotAllowed("栏目分工由本校的填报负责人或校长安排。")
    is_head = submission.school_id in scope.granted(by, Perm.SUBMISSION_SIGN)["school"]
    if is_head or submission.lead_id in (None, by.pk):
        return
    if lead := queries.fillers(submission).filter(pk=submission.lead_id).first():
        raise NotAllowed(f"栏目分工由填报负责人（{lead.name}）或校长安排。")


DIVIDE = Right((Perm.SUBMISSION_FILL,), ensure_divide)


def ensure_withdrawable(_: User, submission: Submission) -> None:
    """Withdrawn after the due time it could not be handed in again, unless it had been sent back."""
    ensure_open(submission)
    if queries.is_late(submission) and queries.last_sent_back(submission) is None:
        raise Conflict(f"填报已过截止时间，撤回后将无法再次提交。如确需修改，请联系{contact(submission)}退回或延期。")


def ensure_in_time(submission: Submission, *, is_sent_back: bool) -> None:
    """What was sent back may always be handed in again."""
    due = queries.due_at(submission)
    if is_sent_back or due is None or not queries.is_late(submission):
        return
    raise Conflict(
        f"填报已于{dates.moment(due)}截止，现在不能提交。已填写的内容都已保存；请联系{contact(submission)}申请延期。"
    )


def ensure_own_statements(codes: Iterable[str], items: Mapping[str, Item], submission: Submission, by: User) -> None:
    """Only who signs may state 一票否决事项."""
    foreign = queries.statements(items) & set(codes)
    if foreign:
        ensure_own_hand(by)
    if foreign and not may_state(by, submission):
        raise NotAllowed(
            f"{HEAD_ONLY}没有保存任何改动。",
            [Problem(where=items[code].label, what="不是您可以确认的事项") for code in sorted(foreign)],
        )


def may_stay(item: Item) -> bool:
    """Whether last year's answer may be stated to be still true: people, money and days are new every year."""
    is_new = (
        item.signed or item.unit.endswith("人") or item.clock == "财政" or any(c.kind == "date" for c in item.columns)
    )
    return not is_new and item.asked_if is None


def ensure_not_own(revision: Revision, by: User) -> None:
    """Nobody reviews what they signed themselves."""
    if revision.submitted_by_id == by.pk:
        raise NotAllowed("这份填报由您本人提交，须由另一人审核。")


def ensure_review(by: User, submission: Submission) -> None:
    ensure(by, Perm.SUBMISSION_REVIEW, submission)
    newest = submission.revisions.order_by("-number").first()
    if newest is not None:
        ensure_not_own(newest, by)


REVIEW = Right((Perm.SUBMISSION_REVIEW,), ensure_review)


def in_two_steps(submission: Submission) -> bool:
    return queries.in_two_steps(submission.round.district_id)


def ensure_two_steps(_: User, submission: Submission) -> None:
    if not in_two_steps(submission):
        raise Conflict("本区县一步审核，请直接点“通过”。")


def ensure_last_step(by: User, submission: Submission) -> None:
    """Where a district reviews in two steps the second is an administrator's, and another person's than the first."""
    if not in_two_steps(submission):
        return
    if submission.state != submission.State.CHECKED:
        raise Conflict("本区县两级审核，请先由业务审核通过，再由局管理员审定。")
    ensure(by, Perm.ROUND_MANAGE, submission)
    if submission.reviewer_id == by.pk:
        raise NotAllowed("这份填报的业务审核由您办理，须由另一位局管理员审定。")


def decidable_by(user: User) -> Q:
    """Of what waits for review, that which the person may check or approve."""
    S = Submission.State
    signed = queries.newest(Revision.objects.filter(submission=OuterRef("pk"))).filter(submitted_by=user.pk)
    managed = scope.visible(user, Submission.objects.filter(state=S.CHECKED), Perm.ROUND_MANAGE)
    second = Q(pk__in=managed.exclude(reviewer=user.pk).order_by().values("pk"))
    return ~Q(Exists(signed)) & (~of_second_step() | second)


def of_second_step() -> Q:
    """Those that wait for the second of two steps."""
    in_two_steps = Q(round__district__in=ReviewSteps.objects.filter(two=True).values("district"))
    return Q(state=Submission.State.CHECKED) & in_two_steps


def contact(submission: Submission) -> str:
    """Who in the bureau can extend, reopen or send back."""
    names = [user.name for user in users_with(Perm.ROUND_MANAGE, submission.round.district)[:3]]
    return f"局管理员（{'、'.join(names)}）" if names else "局管理员"


def may_state(user: User, submission: Submission) -> bool:
    """Not who fills in the figures, but the school's head."""
    if user.is_system or not scope.holds(user, Perm.SUBMISSION_SIGN):
        return user.is_system
    own = scope.people_at(Perm.SUBMISSION_SIGN, submission)
    return (own if own.exists() else queries.signers(submission)).filter(pk=user.pk).exists()
