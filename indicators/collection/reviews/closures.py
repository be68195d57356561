"""What happens to the submissions of a round when a school ends, is merged into another, or runs again."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from indicators.collection.reviews import actions, queries
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.lib import dates
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure
from schools.directory import queries as directory
from schools.directory.models import School
from schools.directory.workflow import TOPICS, Consequence, Transition, Verb


@dataclass(frozen=True, slots=True)
class Gain:
    """Another school that takes over something, or gives it back, with its submission in a round."""

    school: School
    topics: tuple[str, ...]
    submission: Submission | None


@dataclass(frozen=True, slots=True)
class Touched:
    """A round, whether the change holds on its day, and the submissions of the school and of the others in it."""

    round: Round
    reached: bool
    own: Submission | None
    gains: tuple[Gain, ...]
    missing: tuple[School, ...]

    @property
    def is_open(self) -> bool:
        return self.round.state == Round.State.OPEN


def foresee(change: Transition) -> list[Consequence]:
    """Closed rounds only where they would be judged otherwise."""
    return [
        Consequence(row.round.name, text)
        for row in _touched(change)
        if row.is_open or row.reached
        for text in (_open_words(row, change) if row.is_open else [_CLOSED])
    ]


def settle(change: Transition, *, by: User) -> None:
    """Sends back other schools' submissions that no longer hold, and opens missing ones."""
    for row in _touched(change):
        if not (row.is_open and row.reached):
            continue
        for school in row.missing:
            ensure(by, Perm.ROUND_MANAGE, row.round)
            made = Submission.objects.create(round=row.round, school=school, created_by=by, updated_by=by)
            _notify(made, f"{change.summary}，请填报{row.round.name}。", change, by)
            after = {"respondents": [school.name], "reason": change.summary}
            audit.record("round.add_respondents", by=by, obj=row.round, district=row.round.district.code, after=after)
        for gain in row.gains:
            if gain.submission is None:
                continue
            if gain.submission.state in queries.HANDED_IN:
                reasons = _reasons(row.round, gain, change)
                actions.send_back_overtaken(submission_id=gain.submission.pk, reasons=reasons, by=by)
            else:
                _notify(gain.submission, f"{change.summary}，{_fill_words(gain, change)}。", change, by)


_CLOSED = "填报已关闭，原来的评估结果不变；以后重新评估时，按变动后的名录计算，须写明原因。"


def _touched(change: Transition) -> Iterator[Touched]:
    schools = {change.school, *change.gains, *([change.successor] if change.successor else [])}
    districts = {school.district_id for school in schools}
    rounds = Round.objects.filter(Q(district__in=districts) | Q(submissions__school__in=schools)).distinct()
    rows = Submission.objects.filter(school__in=schools).select_related("school", "round__district")
    if change.verb == Verb.REOPEN:
        running = [change.school, *change.receivers]
    else:
        running = list(dict.fromkeys([*([change.successor] if change.successor else []), *change.gains]))
    held = {(row.round_id, row.school_id): row for row in rows}
    for round_ in rounds.select_related("district", "standard").order_by("-school_year_start", "pk"):
        gains = tuple(Gain(school, topics, held.get((round_.pk, school.pk))) for school, topics in change.gains.items())
        missing = tuple(
            school
            for school in running
            if (round_.pk, school.pk) not in held
            and school.district_id == round_.district_id
            and directory.is_founded(school, round_.school_year_start)
        )
        own = held.get((round_.pk, change.school.pk))
        yield Touched(round_, change.day <= round_.school_year_start, own, gains, missing)


def _open_words(row: Touched, change: Transition) -> list[str]:
    name, day = change.school.name, dates.day(row.round.school_year_start)
    if not row.reached:
        if row.own is None:
            return [f"{day}（学年初基准日）时{name}的情况不变，本年度不受影响。"]
        asked = "" if row.own.state in queries.HANDED_IN else "，还要填报"
        state = row.own.get_state_display()
        return [f"{day}（学年初基准日）时{name}的情况不变，仍按当时的情况计入{asked}（现在{state}）。"]
    words = [f"将为{school.name}新开一份填报任务。" for school in row.missing]
    if row.own is not None and change.verb != Verb.REOPEN:
        handed_in = "已交的填报留存备查，不再采用" if row.own.state in queries.HANDED_IN else "不用再填报"
        words.append(f"{name}在{day}（学年初基准日）已{change.verb}，不再计入；{handed_in}。")
    elif row.own is not None:
        words.append(
            f"{name}在{day}（学年初基准日）已恢复办学，重新计入；填报接着原来的进度（{row.own.get_state_display()}）。"
        )
    for gain in row.gains:
        if gain.submission and gain.submission.state in queries.HANDED_IN:
            lacks = "仍含" if change.verb == Verb.REOPEN else "不含"
            state = gain.submission.get_state_display()
            words.append(f"{gain.submission.respondent}{state}的填报{lacks}{_what(gain, change)}，将退回重填。")
        elif gain.submission:
            state = gain.submission.get_state_display()
            words.append(
                f"{gain.submission.respondent}的填报还没有交（{state}），将通知：{_fill_words(gain, change)}。"
            )
    if change.scatters and not change.receivers and not change.elsewhere:
        words.append("接收学生的学校如果已经交了填报，请核对是否含这些学生；不含的请审核人退回补填。")
    return words


def _fill_words(gain: Gain, change: Transition) -> str:
    what = _what(gain, change)
    return f"请不再把{what}填在内" if change.verb == Verb.REOPEN else f"请把{what}一并填在内"


def _what(gain: Gain, change: Transition) -> str:
    """The successor takes over everything of its kind, a receiver only its pupils."""
    name = change.school.name
    if gain.school == change.successor:
        return f"{name}的{'、'.join(TOPICS[topic] for topic in gain.topics)}"
    return f"转回{name}的学生" if change.verb == Verb.REOPEN else f"{name}转入的学生"


def _reasons(round_: Round, gain: Gain, change: Transition) -> list[actions.Reason]:
    """At the items that hold what moved: the pupils, and what the parts of a school share."""
    spec = standards.load_spec(round_.standard)
    bases = ["pupils"] if "pupils" in gain.topics else []
    if "rooms" in gain.topics:
        shared = [one.rule for one in spec.resources if one.rule.shared]
        bases += [spec.items[term.code].base for rule in shared for terms in rule.terms.values() for term in terms]
    text = f"{change.summary}，{_fill_words(gain, change)}"[: actions.LONGEST_REASON]
    return [actions.Reason(base, text) for base in dict.fromkeys(bases)]


def _notify(submission: Submission, text: str, change: Transition, by: User) -> None:
    key = f"submission-{submission.pk}-{change.school.pk}-{change.school.version}"
    url = reverse("submissions:edit", args=[submission.pk])
    notices.notify(submissions.fillers(submission), text=text, url=url, key=key, by=by)
