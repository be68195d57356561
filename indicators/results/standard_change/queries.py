"""Reads for changing standards: differences, what a round would conclude, what stands in the way."""

import copy
from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from indicators.collection.rounds.models import Round
from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer, Evidence, Submission
from indicators.results.evaluations import inputs as reading
from indicators.results.standard_change import impact
from indicators.standard.engine import Item, Spec, UnusableData, evaluate
from indicators.standard.standards import difference
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.errors import Invalid, Problem
from schools.access.permissions import Perm
from schools.access.scope import visible

_BLANK = Q(number__isnull=True, text="", rows__isnull=True, not_applicable=False)
_NO_SCHOOL = Q(submission__school__isnull=True)


def comparable(user: User) -> QuerySet[Round]:
    """Return the rounds whose district results the person may see, newest first."""
    rounds = Round.objects.select_related("district").order_by("-school_year_start", "-id")
    return visible(user, rounds, Perm.DISTRICT_RESULT_VIEW)


def managed(user: User) -> QuerySet[Round]:
    """Return the rounds whose standard the person may change."""
    return visible(user, Round.objects.select_related("district", "standard"), Perm.ROUND_MANAGE)


def differences(old: Standard, new: Standard) -> list[difference.ChangeGroup]:
    """Return what `new` says otherwise than `old`, in words."""
    return difference.between(old.content, new.content)


def would_change(round: Round, old: Standard, new: Standard) -> impact.Impact:
    """Judge the round's current inputs by both standards and compare; writes nothing.

    Raises Invalid, in Chinese, when a standard cannot read the figures.
    """
    results = []
    for standard in (old, new):
        as_if = copy.copy(round)
        as_if.standard = standard
        try:
            inputs = reading.of_round(as_if)
            result = evaluate(inputs.spec, inputs.returns)
        except (UnusableData, ValueError, ArithmeticError) as error:
            raise Invalid(f"按 {standard.version} 不能判定这个年度的数据：{error}") from error
        results.append(result)
    before, after = (r.as_json(round=round.code, district=round.district.code) for r in results)
    return impact.between(results[0].spec, results[1].spec, before, after)


def obstacles(round: Round, new: Standard) -> list[Problem]:
    """Return every answered or proven item that the new standard does not know, or asks in another way."""
    old_spec, new_spec = standards.load_spec(round.standard), standards.load_spec(new)
    return [*_answered(round, old_spec, new_spec), *_proven(round, old_spec, new_spec)]


def _answered(round: Round, old: Spec, new: Spec) -> list[Problem]:
    rows = Answer.objects.filter(submission__round=round).exclude(_BLANK)
    counted = _counted(rows, "field")
    found = []
    for field, no_school, count in counted:
        known, wanted = (answers.items_of(spec, is_school=not no_school).get(field) for spec in (old, new))
        reason = _misfit(known, wanted)
        if reason:
            what = f"已有 {count} 个单位填报，{reason}"
            found.append(Problem(where=known.label if known else field, what=what, do="请选择保留这一项的标准"))
    return found


def _counted(rows: QuerySet, name: str) -> Iterable[tuple[str, bool, int]]:
    """Code, whether somebody other than a school gave it, and by how many rows."""
    grouped = rows.annotate(no_school=_NO_SCHOOL).values_list(name, "no_school").annotate(count=Count("pk"))
    return grouped.order_by(name, "no_school")


def _misfit(known: Item | None, wanted: Item | None) -> str:
    if wanted is None:
        return "新标准里没有这一项"
    return "新标准里这一项的填写方式不同" if known is not None and known.kind != wanted.kind else ""


def _proven(round: Round, old: Spec, new: Spec) -> list[Problem]:
    rows = Evidence.objects.filter(submission__round=round, withdrawn_at=None)
    counted = _counted(rows, "item")
    found = []
    for code, no_school, count in counted:
        was, now = (_bases(spec, is_school=not no_school) for spec in (old, new))
        if code in was and code not in now:
            what = f"已有 {count} 份佐证材料，新标准里没有这一项"
            found.append(Problem(where=was[code], what=what, do="请选择保留这一项的标准"))
    return found


def _bases(spec: Spec, *, is_school: bool) -> dict[str, str]:
    return {item.base: item.base_label for item in answers.items_of(spec, is_school=is_school).values()}


def newly_required(old: Standard, new: Standard) -> list[str]:
    """Return the labels of the fields that `new` requires and `old` did not, follow-up fields left out."""
    one, other = standards.load_spec(old), standards.load_spec(new)
    found = []
    for before, after in ((one.items, other.items), (one.district_items, other.district_items)):
        for code, item in after.items():
            was = before.get(code)
            if item.required and item.asked_if is None and (was is None or not was.required):
                found.append(item.label)
    return found


def handed_in(round: Round) -> int:
    """Return how many respondents have handed in, so that new items need their return sent back."""
    editable = (Submission.State.DRAFT, Submission.State.RETURNED)
    return Submission.objects.filter(round=round).exclude(state__in=editable).count()
