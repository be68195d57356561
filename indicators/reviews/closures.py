"""What becomes of the returns of a round when a school ends, is merged into another, or runs again."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from indicators.reviews import actions, blanks, phrases
from indicators.reviews.actions import Reason
from indicators.rounds.models import Round
from indicators.standards import queries as standards
from indicators.submissions import queries as submissions
from indicators.submissions.models import Submission
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.lib import dates
from portal.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import ensure
from schools.directory import past
from schools.directory.models import School
from schools.directory.transitions import Consequence, Transition, Verb


@dataclass(frozen=True, slots=True)
class Touched:
    """A round, whether the change holds on its day, and the returns of the school and of the other school in it."""

    round: Round
    reached: bool
    own: Submission | None
    other: Submission | None

    @property
    def is_open(self) -> bool:
        """Whether it is still filled in."""
        return self.round.state == Round.State.OPEN


def foresee(change: Transition) -> list[Consequence]:
    """Tell round by round what follows for the returns; closed rounds only where they would be judged otherwise."""
    return [
        Consequence(row.round.name, text)
        for row in _touched(change)
        if row.is_open or row.reached
        for text in (_open_words(row, change) if row.is_open else [_CLOSED])
    ]


def settle(change: Transition, *, by: User) -> None:
    """Send back the other school's handed-in returns that no longer hold, and open returns that are missing."""
    for row in _touched(change):
        if not (row.is_open and row.reached):
            continue
        for school in _missing(row, change):
            _open(row.round, school, change, by)
        if row.other is not None and change.moves and row.other.state in blanks.HANDED_IN:
            actions.send_back_overtaken(submission_id=row.other.pk, reasons=_reasons(row.round, change), by=by)
        elif row.other is not None and change.moves:
            _tell(row.other, f"{change.told}，{_fill_words(change)}。", change, by)


_CLOSED = "填报已关闭，原来的评估结果不变；以后重新评估时，按变动后的名录计算，须写明原因。"


def _touched(change: Transition) -> Iterator[Touched]:
    districts = {change.school.district_id} | ({change.successor.district_id} if change.successor else set())
    schools = [change.school.pk, *([change.successor.pk] if change.successor else [])]
    rounds = Round.objects.filter(Q(district__in=districts) | Q(submissions__school__in=schools)).distinct()
    rows = Submission.objects.filter(school__in=schools).select_related("school", "round__district")
    held = {(row.round_id, row.school_id): row for row in rows}
    for round_ in rounds.select_related("district", "standard").order_by("-school_year_start", "pk"):
        own = held.get((round_.pk, change.school.pk))
        other = held.get((round_.pk, change.successor.pk)) if change.successor else None
        yield Touched(round_, change.day <= round_.school_year_start, own, other)


def _open_words(row: Touched, change: Transition) -> list[str]:
    name, day = change.school.name, dates.day(row.round.school_year_start)
    if not row.reached:
        if row.own is None:
            return [f"{day}（学年初基准日）时{name}的情况不变，本年度不受影响。"]
        asked = "" if row.own.state in blanks.HANDED_IN else "，还要填报"
        state = row.own.get_state_display()
        return [f"{day}（学年初基准日）时{name}的情况不变，仍按当时的情况计入{asked}（现在{state}）。"]
    words = [f"将为{school.name}新开一份填报任务。" for school in _missing(row, change)]
    if row.own is not None and change.verb != Verb.REOPEN:
        kept = "已交的填报留存备查，不再采用" if row.own.state in blanks.HANDED_IN else "不用再填报"
        words.append(f"{name}在{day}（学年初基准日）已{change.verb}，不再计入；{kept}。")
    elif row.own is not None:
        words.append(
            f"{name}在{day}（学年初基准日）已恢复办学，重新计入；填报接着原来的进度（{row.own.get_state_display()}）。"
        )
    if row.other is not None and change.moves:
        words.append(_other_words(row.other, change))
    if change.decisions.get("pupils") == "elsewhere" and change.verb != Verb.REOPEN:
        words.append("接收学生的学校如果已经交了填报，请核对是否含这些学生；不含的请审核人退回补填。")
    return words


def _other_words(other: Submission, change: Transition) -> str:
    what = "、".join(change.moves)
    lacks = "仍含" if change.verb == Verb.REOPEN else "不含"
    if other.state in blanks.HANDED_IN:
        return f"{other.respondent}{other.get_state_display()}的填报{lacks}{change.school.name}的{what}，将退回重填。"
    return f"{other.respondent}的填报还没有交（{other.get_state_display()}），将通知：{_fill_words(change)}。"


def _fill_words(change: Transition) -> str:
    what = "、".join(change.moves)
    if change.verb == Verb.REOPEN:
        return f"请不再把{change.school.name}的{what}填在内"
    return f"请把{change.school.name}的{what}一并填在内"


def _missing(row: Touched, change: Transition) -> list[School]:
    """The schools that answer for themselves on the round's day and have no return in it yet."""
    running = [change.successor] if change.verb == Verb.MERGE else [change.school] if change.verb == Verb.REOPEN else []
    held = {row.own.school_id} if row.own else set()
    held |= {row.other.school_id} if row.other else set()
    day = row.round.school_year_start
    return [
        school
        for school in running
        if school and school.pk not in held and school.district_id == row.round.district_id
        and past.is_founded(school, day)
    ]  # fmt: skip


def _reasons(round_: Round, change: Transition) -> list[Reason]:
    """A reason at the items that hold what moved: the pupils, and what the parts of a school share."""
    spec = standards.load_spec(round_.standard)
    bases = ["pupils"] if change.decisions.get("pupils") == "successor" else []
    if change.decisions.get("rooms") == "successor":
        shared = [one.rule for one in spec.resources if one.rule.shared]
        bases += [spec.items[term.code].base for rule in shared for terms in rule.terms.values() for term in terms]
    text = f"{change.told}，{_fill_words(change)}"[: phrases.LONGEST]
    return [Reason(base, text) for base in dict.fromkeys(bases)]


def _open(round_: Round, school: School, change: Transition, by: User) -> None:
    ensure(by, Perm.ROUND_MANAGE, round_)
    made = Submission.objects.create(round=round_, school=school, created_by=by, updated_by=by)
    _tell(made, f"{change.told}，请填报{round_.name}。", change, by)
    audit.record("round.add_respondents", by=by, obj=round_, district=round_.district.code,
                 after={"respondents": [school.name], "reason": change.told})  # fmt: skip


def _tell(submission: Submission, text: str, change: Transition, by: User) -> None:
    key = f"submission-{submission.pk}-{change.school.pk}-{change.school.version}"
    url = reverse("submissions:edit", args=[submission.pk])
    notices.notify(submissions.fillers(submission), text=text, url=url, key=key, by=by)
