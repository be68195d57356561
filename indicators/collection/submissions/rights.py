"""What is still open in a submission, what actions check first and pages before they offer them, who may answer what.

The verbs' rights are in `workflow`.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigAutoField, QuerySet

from indicators.collection.submissions import answers, queries
from indicators.collection.submissions.models import ItemOwner, Revision, SendBackReason, Submission, Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import (
    DataProblem,
    Item,
    Required,
    asked,
    check_district,
    check_school,
    is_triggered,
    required,
    required_of_district,
    unanswered,
)
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from portal.core.lib import dates
from portal.core.lib.prepared import Prepared
from schools.access import scope
from schools.access.scope import Perm, ensure, ensure_own_hand, passes, users_with
from schools.access.workflow import Right, VerbRow
from schools.directory.models import Department, District, School

FILL = Right((Perm.SUBMISSION_FILL,))
SIGN = Right((Perm.SUBMISSION_SIGN,))
# Taking over what the bureau collected, as an import does.
TAKE_OVER = Right((Perm.ROUND_MANAGE,))
HEAD_ONLY = "一票否决事项由签发人（校长）本人确认，他人不能代填。"


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning with the explanation that covers it, if any."""

    problem: DataProblem
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is open in a submission; all empty means it can be handed in."""

    asked: tuple[Item, ...]
    missing: tuple[Required, ...]
    errors: tuple[DataProblem, ...]
    warnings: tuple[Warned, ...]
    unchanged: tuple[SendBackReason, ...]

    @property
    def unexplained(self) -> tuple[Warned, ...]:
        return tuple(warned for warned in self.warnings if warned.waiver is None)

    @property
    def missing_before_signing(self) -> tuple[Required, ...]:
        """What the clerk still has to fill in; the rest is the head's to confirm."""
        return tuple(field for field in self.missing if not field.item.signed)

    @property
    def open_words(self) -> str:
        return self._words(self.missing)

    @property
    def open_words_before_signing(self) -> str:
        return self._words(self.missing_before_signing)

    def _words(self, missing: tuple[Required, ...]) -> str:
        """2 处退回没有改、3 项未填; only what there is."""
        found = (
            (self.unchanged, "处退回没有改"),
            (missing, "项未填"),
            (self.errors, "处错误"),
            (self.unexplained, "条提示待说明"),
        )
        return "、".join(f"{len(rows)} {words}" for rows, words in found if rows)

    @property
    def is_ready_for_head(self) -> bool:
        """Whether only what the head confirms is left, if anything."""
        signed = {code for item in self.asked if item.signed for code in (item.code, item.base)}
        unchanged = [reason for reason in self.unchanged if reason.item not in signed]
        return not (self.missing_before_signing or self.errors or self.unexplained or unchanged)

    @property
    def is_ready(self) -> bool:
        return not (self.missing or self.errors or self.unexplained or self.unchanged)


def assess(known: SubmissionFacts) -> Assessment:
    spec, given = known.spec, known.answers
    if known.submission.school_id:
        fields = asked(spec, known.kind, given)
        problems = check_school(spec, known.kind, given, known.last_year, known.recall)
    else:
        # Departments and the bureau each answer their own part of the district's items.
        fields = [item for item in known.items.values() if is_triggered(item, given)]
        found = check_district(spec, given, known.last_year, known.schools)
        problems = [problem for problem in found if problem.item in known.items]
    warnings = []
    for problem in (problem for problem in problems if problem.level == "warning"):
        waiver = known.waivers.get((problem.code, problem.item))
        warnings.append(Warned(problem, waiver if waiver and waiver.message == problem.message[:300] else None))
    reasons = known.sent_back.reasons if known.sent_back else ()
    return Assessment(
        asked=tuple(fields),
        missing=tuple(missing_fields(known)),
        errors=tuple(problem for problem in problems if problem.level == "error"),
        warnings=tuple(warnings),
        unchanged=tuple(reason for reason in reasons if not _is_changed(known, reason.item)),
    )


def missing_fields(known: SubmissionFacts) -> list[Required]:
    """The compulsory fields that are blank by the standard of the round."""
    spec, given = known.spec, known.answers
    if known.submission.school_id:
        return unanswered(required(spec, known.kind, given), given)
    return unanswered((field for field in required_of_district(spec, given) if field.code in known.items), given)


def unproven(fields: Iterable[Item], answered: Container[str], proven: Container[str]) -> list[Item]:
    """Answered, with proof asked and none there; each item once. `answered` are field codes, `proven` base codes."""
    found = {item.base: item for item in fields if item.evidence and item.base not in proven and item.code in answered}
    return list(found.values())


def _is_changed(known: SubmissionFacts, code: str) -> bool:
    """Whether value, files or waivers at an item differ from those that were sent back."""
    then = known.sent_back.content  # type: ignore[union-attr]
    fields = [item for item in known.items.values() if code in (item.code, item.base)]
    if not fields:
        return True
    for item in fields:
        answer, before = known.answers.get(item.code), then["answers"].get(item.code)
        now = answers.frozen(item, answer) if answer is not None else None
        if now != (before and {key: before[key] for key in ("value", "not_applicable") if key in before}):
            return True
    bases, codes = {item.base for item in fields}, {code, *(item.code for item in fields)}
    files_now = sorted(row.document.sha256 for row in known.evidence if row.item in bases)
    files_then = sorted(row["sha256"] for row in then["evidence"] if row["item"] in bases)
    waived_now = sorted(row.reason for row in known.waivers.values() if row.field in codes)
    waived_then = sorted(row["reason"] for row in then["waivers"] if row["field"] in codes)
    return files_now != files_then or waived_now != waived_then


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


def contact(submission: Submission) -> str:
    """Who in the bureau can extend, reopen or send back."""
    names = [user.name for user in users_with(Perm.ROUND_MANAGE, submission.round.district)[:3]]
    return f"局管理员（{'、'.join(names)}）" if names else "局管理员"


def problems_of(assessment: Assessment, *, missing: bool = True) -> list[Problem]:
    labels = {item.code: item.label for item in assessment.asked}
    found = [
        Problem(
            where=reason_label(labels, r.item),
            what=f"审核退回后没有修改（{r.text}）",
            do="请修改数据、补充佐证，或在这一项写明数没有错的理由",
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


def may_state(user: User, submission: Submission) -> bool:
    """Not who fills in the figures, but the school's head."""
    if user.is_system or not scope.holds(user, Perm.SUBMISSION_SIGN):
        return user.is_system
    own = scope.people_at(Perm.SUBMISSION_SIGN, submission)
    return (own if own.exists() else queries.signers(submission)).filter(pk=user.pk).exists()


def not_its_own(codes: Iterable[str], submission: Submission) -> list[Problem]:
    codes = list(codes)
    if not codes:
        return []
    known = queries.all_items(submission)
    rows = ItemOwner.objects.filter(district=submission.round.district_id).select_related("department")
    owners = {row.item: row.department.name for row in rows if row.department}
    bureau = f"{submission.round.district}（教育局）"
    found = []
    for code in codes:
        item = known.get(code)
        if item is None or submission.school_id:
            found.append(Problem(where=code, what="不是本单位的填报项", do="请刷新页面后重试"))
        else:
            do = "同一项只由一个单位填报；要改由本单位填报，请局管理员先修改“数据分工”"
            found.append(Problem(where=item.label, what=f"由{owners.get(item.base, bureau)}填报", do=do))
    return found


def standard_of(district: District) -> standards.Standard:
    """Of the district's newest open round, else the current one."""
    newest = (
        Submission.objects.filter(round__district=district, round__state="open")
        .select_related("round__standard")
        .order_by("-round__school_year_start")
        .first()
    )
    return newest.round.standard if newest else standards.current()


def assignable_items(district: District) -> dict[str, Item]:
    """By base code, in form order, without what the bureau alone may state (一票否决)."""
    found: dict[str, Item] = {}
    every = standards.load_spec(standard_of(district)).district_items
    stated = queries.statements(every)
    for code in (code for code in every if code not in stated):
        found.setdefault(every[code].base, every[code])
    return found


def assignable_departments(district: District) -> list[Department]:
    return list(district.departments.filter(status=Department.Status.ACTIVE).order_by("kind", "code"))


def proposed_owners(offices: Sequence[Mapping[str, Any]], departments: Sequence[Department]) -> dict[str, Department]:
    """By a word of its name; where two would fit, nobody is proposed."""
    found: dict[str, Department] = {}
    for office in offices:
        fitting = [row for row in departments if any(word in row.name for word in office["match"])]
        if len(fitting) == 1:
            found |= dict.fromkeys(office["items"], fitting[0])
    return found
