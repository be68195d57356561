"""Which steps a person is offered on a finding: one form each, in the order people take them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from inspections.rectification import dues, queries, rights, workflow
from inspections.rectification.current import Current
from inspections.rectification.forms import BareForm, DatedForm, MeasureForm, StepForm, WithFiles
from inspections.rectification.models import Entry, Finding
from inspections.visits.access import is_school_staff
from portal.core.accounts.models import User
from schools.access.permissions import Perm
from schools.access.scope import may, passes


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page offers it."""

    verb: str
    label: str
    form_class: type[forms.Form]
    asks: str = "内容"
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A step with its form and address, open when it is the natural next one."""

    step: Step
    form: forms.Form
    url: str
    is_open: bool


RECTIFY = (
    Step("measure", "填写整改措施", MeasureForm, "整改措施"),
    Step("progress", "填写整改进展", WithFiles, "整改进展"),
    Step("request_close", "申请销号", WithFiles, "整改成效", "primary"),
    Step("ask_extension", "申请延期", DatedForm, "申请理由"),
)
VERIFY = (
    Step("begin_check", "开始核查", BareForm),
    Step("close", "同意销号", WithFiles, "核查意见", "success"),
    Step("send_back", "退回整改", WithFiles, "退回原因", "danger"),
)
DECIDE = (
    Step("extend", "延长期限", DatedForm, "延期理由"),
    Step("decline_extension", "不同意延期", StepForm, "理由"),
    Step("reopen", "重新打开", DatedForm, "重新打开的原因"),
)
DISPATCH = (Step("dispatch", "派发给学校", BareForm, tone="primary"),)
STEPS = {step.verb: step for step in (*RECTIFY, *VERIFY, *DECIDE, *DISPATCH)}


def form_for(
    step: Step, finding: Finding, data: Any = None, files: Any = None, *, asked: Entry | None = None, met: str = ""
) -> forms.Form:
    """Return a step's form, prefilled with what is known: the finding's words, the day the school asked for, `met`."""
    first: dict[str, Any] = {"version": finding.version, "goal": finding.goal, "responsible": finding.responsible}
    if step.verb == "extend" and asked is not None:
        first["due_on"] = asked.due_on
    if step.verb == "request_close":
        first["text"] = met
    counted = dues.counted(finding.school.district_id)[finding.category] if step.verb == "reopen" else None
    if counted:
        first["due_on"] = counted.due
    form = step.form_class(data, files, initial=first, prefix=None, auto_id=f"{step.verb}-%s")
    if "text" in form.fields:
        form.fields["text"].label = step.asks
    if counted:
        form.fields["due_on"].help_text = f"{finding.get_category_display()}从今天起算 {counted.words}。可以另选日期。"
    return form


def offered(user: User, finding: Finding, now: Current, typed: dict[str, forms.Form] | None = None) -> list[Offered]:
    """Return the steps the person may take now; a form that was refused comes back with what was typed.

    What the indicator meets again is offered for closing first.
    """
    typed = typed or {}
    asked = queries.pending_extension(finding)
    possible = [step for step in _allowed(user, finding) if step.verb in workflow.verbs(finding.state)]
    if asked is None:
        possible = [step for step in possible if step.verb != "decline_extension"]
    verbs = [step.verb for step in possible]
    natural = _natural(finding, verbs, is_asked=asked is not None)
    if now.meets and "request_close" in verbs:
        natural = "request_close"
    return [
        Offered(
            step,
            typed.get(step.verb) or form_for(step, finding, asked=asked, met=now.met_words),
            reverse(f"rectification:{step.verb}", args=[finding.pk]),
            step.verb in typed if typed else step.verb == natural,
        )
        for step in possible
    ]


def _natural(finding: Finding, verbs: list[str], *, is_asked: bool) -> str:
    """The step people take next; none where nobody waits for one, though some may be taken."""
    if "progress" in verbs and finding.responsible:
        return "progress"
    waiting = [verb for verb in verbs if verb != "reopen" and (verb != "extend" or is_asked)]
    return waiting[0] if waiting else ""


def _allowed(user: User, finding: Finding) -> list[Step]:
    if is_school_staff(user, finding.school):
        return list(RECTIFY)
    steps = list(VERIFY) if passes(rights.ensure_verifies, user, finding) else []
    steps += DECIDE if passes(rights.ensure_decides, user, finding) else ()
    steps += DISPATCH if may(user, Perm.FINDING_DISPATCH, finding) else ()
    return steps
