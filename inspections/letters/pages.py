"""The line of steps of a visit from notice to publication, as its page shows it: what is out, what waits, by when."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils import timezone

from inspections.deadlines import queries as deadlines
from inspections.deadlines.models import Deadline
from inspections.letters import kinds, rights
from inspections.letters.models import Letter
from inspections.visits import queries as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.lib import dates
from schools.access.scope import Perm, may

S = Letter.State
_OUT = (S.ISSUED, S.DELIVERED)


@dataclass(frozen=True, slots=True)
class StepData:
    """A step as the data say it, and its paper."""

    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A step as the page shows it."""

    label: str
    state: str
    note: str
    url: str = ""


@cache
def steps() -> tuple[StepData, ...]:
    read = tomllib.loads(Path(__file__).with_name("chain.toml").read_text(encoding="utf-8"))
    return tuple(StepData(**entry) for entry in read["steps"])


def visit_chain(visit: Visit, user: User) -> list[ChainStep]:
    """Empty for 经常性督导, which ends without a 督导意见书. A fixed number of queries."""
    if visit.kind not in visits.FULL or visit.state == Visit.State.CANCELLED:
        return []
    shown = rights.shown_to(user).filter(visit=visit, state__in=(*_OUT, S.DRAFT)).defer("frozen", "facts", "sections")
    found: dict[str, Letter] = {}
    for letter in shown.order_by("pk"):
        found[letter.kind] = letter
    # The report is about the school, so no letter of the visit.
    opinion = found.get("opinion")
    if opinion and opinion.issued_on:
        reports = rights.shown_to(user).filter(kind="school_report", school=visit.school_id, state__in=_OUT)
        if report := reports.filter(issued_on__gte=opinion.issued_on).order_by("pk").first():
            found["school_report"] = report
    drafts = {
        "school": may(user, Perm.FINDING_RECTIFY, visit.school),
        "bureau": may(user, Perm.LETTER_DRAFT, visit.school),
    }
    return [_step(step, visit, found, drafts) for step in steps()]


def _step(step: StepData, visit: Visit, found: dict[str, Letter], drafts: dict[str, bool]) -> ChainStep:
    if not step.kind:
        if visit.finished_at:
            return ChainStep(step.label, "done", f"{dates.day(visits.ended_on(visit))} {visit.leader.name}")
        late = visit.planned_on < timezone.localdate() and not visit.started_at
        state = "now" if visit.started_at else "bad" if late else "todo"
        return ChainStep(step.label, state, f"计划{dates.day(visit.planned_on)}")
    letter, due = found.get(step.kind), _due(step, visit, found)
    if letter and letter.issued_on:
        served = f"，{dates.day(letter.delivered_on)}送达" if letter.delivered_on else "，没有签收"
        if letter.spec.public:
            served = ""
        url = reverse("letters:detail", args=[letter.pk])
        return ChainStep(step.label, "done", f"{dates.day(letter.issued_on)} {letter.signer}{served}", url)
    if words := _dispensed(step, visit, found, due):
        return ChainStep(step.label, "done", words)
    late = due is not None and due < timezone.localdate()
    note = f"{dates.day(due)}{dates.resting(due)}前" if due else ""
    if late and due:
        note = f"应在{dates.day(due)}前，已逾期 {(timezone.localdate() - due).days} 天"
    spec = kinds.load()[step.kind]
    url = reverse("letters:detail", args=[letter.pk]) if letter else ""
    ripe = not spec.needs or visit.state == Visit.State.DONE
    if not url and ripe and drafts[spec.author]:
        subject = visit.school_id if spec.about == "school" else visit.pk
        url = f"{reverse('letters:draft', args=[step.kind])}?subject={subject}"
    return ChainStep(
        step.label, "bad" if late else "now" if letter else "todo", note or ("起草中" if letter else ""), url
    )


def _due(step: StepData, visit: Visit, found: dict[str, Letter]) -> dt.date | None:
    """From the visit's frozen periods and the service of the papers before it."""
    ended = visits.ended_on(visit) if visit.finished_at else None
    opinion, feedback, notice = (found.get(kind) for kind in ("opinion", "feedback", "notice"))
    match step.kind:
        case "notice":
            return visit.planned_on
        case "self_check":
            asked = notice.typed.get("self_due", "") if notice else ""
            return dt.date.fromisoformat(asked) if asked else None
        case "feedback":
            # Not among the periods of a visit that was finished before districts set this one.
            period = visits.periods_of(visit).get(Deadline.Kind.FEEDBACK, deadlines.DEFAULTS[Deadline.Kind.FEEDBACK])
            return dates.add_days(ended, period) if ended else None
        case "plea":
            return feedback.reply_due_on if feedback else None
        case "opinion":
            due = visits.periods_of(visit).get(Deadline.Kind.OPINION)
            return dates.add_days(ended, due) if ended and due else None
        case "school_report":
            return opinion.reply_due_on if opinion else None
        case _:
            return None


def _dispensed(step: StepData, visit: Visit, found: dict[str, Letter], due: dt.date | None) -> str:
    over = due is not None and due < timezone.localdate()
    if step.kind == "notice" and visit.notice_no:
        return f"文号 {visit.notice_no}"
    if step.kind == "self_check" and (visit.started_at or "notice" in found) and due is None:
        return "没有要求"
    if step.kind == "plea" and over:
        return "期满没有提出，视为没有异议"
    plea = found.get("plea")
    if step.kind == "answer":
        feedback = found.get("feedback")
        ended = feedback and feedback.reply_due_on and feedback.reply_due_on < timezone.localdate()
        if (plea and plea.issued_on and not plea.typed.get("points")) or (ended and not (plea and plea.issued_on)):
            return "没有需要答复的"
    return ""
