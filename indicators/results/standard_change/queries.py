"""Reads for changing standards: differences, what a round would conclude, what stands in the way."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer, Evidence, Round, Submission
from indicators.results.evaluations import judging, stored
from indicators.standard.engine import Spec, UnusableData, evaluate
from indicators.standard.standards import difference_queries as difference, queries as standards
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.errors import Invalid, Problem
from portal.core.lib.verdicts import HAPPENED, NOT_APPLICABLE, VERDICTS, Verdict
from schools.access.scope import Perm, visible

_BLANK = Q(number__isnull=True, text="", rows__isnull=True, not_applicable=False)
_NO_SCHOOL = Q(submission__school__isnull=True)
_HAPPENED = HAPPENED | {True: HAPPENED[True]._replace(words="有发生")}
_ABSENT = Verdict("本版没有", "muted")


@dataclass(frozen=True, slots=True)
class ConclusionChange:
    """One conclusion before and after; `detail` says what it rests on afterwards."""

    subject: str
    before: str
    after: str
    tone: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """Every conclusion that changes; `verdict` is given whether it changes or not.

    `parts` are the schools whose conclusion changes, `within` those that keep
    theirs although one of the indicators changes.
    """

    verdict: ConclusionChange
    parts: tuple[ConclusionChange, ...]
    within: tuple[ConclusionChange, ...]
    coefficients: tuple[ConclusionChange, ...]
    indicators: tuple[ConclusionChange, ...]
    vetoes: tuple[ConclusionChange, ...]
    schools: int

    @property
    def changes(self) -> int:
        turned = self.verdict.before != self.verdict.after
        lists = self.parts, self.within, self.coefficients, self.indicators, self.vetoes
        return sum(map(len, lists)) + turned


def comparable(user: User) -> QuerySet[Round]:
    rounds = Round.objects.select_related("district").order_by("-school_year_start", "-id")
    return visible(user, rounds, Perm.DISTRICT_RESULT_VIEW)


def managed(user: User) -> QuerySet[Round]:
    return visible(user, Round.objects.select_related("district", "standard"), Perm.ROUND_MANAGE)


def differences(old: Standard, new: Standard) -> list[difference.ChangeGroup]:
    return difference.between(old.content, new.content)


def would_change(round: Round, old: Standard, new: Standard) -> Impact:
    """The round's current inputs by both standards; writes nothing.

    Raises Invalid when a standard cannot read the figures.
    """
    results = []
    for standard in (old, new):
        as_if = copy.copy(round)
        as_if.standard = standard
        try:
            inputs = judging.of_round(as_if)
            result = evaluate(inputs.spec, inputs.data)
        except (UnusableData, ValueError, ArithmeticError) as error:
            raise Invalid(f"按 {standard.version} 不能判定这个年度的数据：{error}") from error
        results.append(result)
    before, after = (stored.StoredResult(r.as_json(round=round.code, district=round.district.code)) for r in results)
    return between(results[0].spec, results[1].spec, before, after)


def obstacles(round: Round, new: Standard) -> list[Problem]:
    """Answered or proven items the new standard does not know or asks otherwise."""
    do, specs = "请选择保留这一项的标准", (standards.load_spec(round.standard), standards.load_spec(new))
    found = []
    given = Answer.objects.filter(submission__round=round).exclude(_BLANK)
    for field, no_school, count in _counted(given, "field"):
        known, wanted = (answers.items_of(spec, is_school=not no_school).get(field) for spec in specs)
        reason = "新标准里没有这一项" if wanted is None else ""
        if wanted and known and known.kind != wanted.kind:
            reason = "新标准里这一项的填写方式不同"
        if reason:
            found.append(Problem(f"已有 {count} 个单位填报，{reason}", known.label if known else field, do))
    proofs = Evidence.objects.filter(submission__round=round, withdrawn_at=None)
    for code, no_school, count in _counted(proofs, "item"):
        was, now = (
            {item.base: item.base_label for item in answers.items_of(spec, is_school=not no_school).values()}
            for spec in specs
        )
        if code in was and code not in now:
            found.append(Problem(f"已有 {count} 份佐证材料，新标准里没有这一项", was[code], do))
    return found


def _counted(rows: QuerySet, name: str) -> Iterable[tuple[str, bool, int]]:
    """Code, whether somebody other than a school gave it, number of rows."""
    grouped = rows.annotate(no_school=_NO_SCHOOL).values_list(name, "no_school").annotate(count=Count("pk"))
    return grouped.order_by(name, "no_school")


def newly_required(old: Standard, new: Standard) -> list[str]:
    one, other = standards.load_spec(old), standards.load_spec(new)
    found = []
    for before, after in ((one.items, other.items), (one.district_items, other.district_items)):
        for code, item in after.items():
            was = before.get(code)
            if item.required and item.asked_if is None and (was is None or not was.required):
                found.append(item.label)
    return found


def handed_in(round: Round) -> int:
    editable = (Submission.State.DRAFT, Submission.State.SENT_BACK)
    return Submission.objects.filter(round=round).exclude(state__in=editable).count()


def between(old: Spec, new: Spec, before: stored.StoredResult, after: stored.StoredResult) -> Impact:
    parts = list(_part_turns(old, new, before, after))
    was, now = (
        {(stage, code): one for stage, by_code in result.coefficients.items() for code, one in by_code.items()}
        for result in (before, after)
    )
    coefficients = []
    # Only what the new standard works out; A1–A7 of a stage it no longer judges are gone with its parts.
    reached = [{key: VERDICTS[side[key].passes] for key in now if key in side} for side in (was, now)]
    for key, first, then in _turned(reached[0], reached[1]):
        stage, code = key
        limit = f"上限 {was[key].limit} → {now[key].limit}" if key in was else f"上限 {now[key].limit}"
        subject = f"{new.stages[stage].label} {code} {new.indicator(code).short_name}差异系数"
        coefficients.append(ConclusionChange(subject, first.words, *then, limit))
    indicators = []
    held = [
        {code: VERDICTS[one.passes] if one.applicable else NOT_APPLICABLE for code, one in result.conditions.items()}
        for result in (before, after)
    ]
    for code, first, then in _turned(held[0], held[1]):
        condition = after.conditions.get(code)
        name = (new if condition else old).indicator(code).name
        indicators.append(ConclusionChange(f"{code} {name}", first.words, *then, condition.why if condition else ""))
    names = {veto.code: veto.name for veto in (*before.vetoes, *after.vetoes)}
    happened = [{veto.code: _HAPPENED[veto.happened] for veto in result.vetoes} for result in (before, after)]
    vetoes = _turned(happened[0], happened[1])
    return Impact(
        verdict=ConclusionChange("区县结论", VERDICTS[before.verdict].words, *VERDICTS[after.verdict]),
        parts=tuple(turn for turn in parts if turn.before != turn.after),
        within=tuple(turn for turn in parts if turn.before == turn.after),
        coefficients=tuple(coefficients),
        indicators=tuple(indicators),
        vetoes=tuple(ConclusionChange(f"{code} {names[code]}", first.words, *then) for code, first, then in vetoes),
        schools=len({part.school_code for part in after.parts}),
    )


Key = TypeVar("Key")


def _turned(before: Mapping[Key, Verdict], after: Mapping[Key, Verdict]) -> Iterator[tuple[Key, Verdict, Verdict]]:
    """Only what changes."""
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if was != now:
            yield key, was, now


def _part_turns(
    old: Spec, new: Spec, before: stored.StoredResult, after: stored.StoredResult
) -> Iterator[ConclusionChange]:
    """Parts with another conclusion; also those that keep theirs while an indicator changes or crosses its floor."""

    def reached(figure: stored.StoredFigure) -> str:
        # The conclusion of a part rests on the floor below a standard too.
        return VERDICTS[figure.reaches].words + ("且未过底线" if figure.reaches_floor is False else "")

    one, other = before.by_key, after.by_key
    for key in sorted(one.keys() | other.keys()):
        was, now = one.get(key), other.get(key)
        crossed = []
        for indicator in new.resources if was and now else ():
            first, then = (part.indicators.get(indicator.code) if part else None for part in (was, now))
            if first and then and reached(first) != reached(then):
                limits = f"（标准 {first.threshold} → {then.threshold}）"
                crossed.append(f"{indicator.code} {reached(first)} → {reached(then)}{limits}")
        held, holds = (VERDICTS[part.passes] if part else _ABSENT for part in (was, now))
        if held != holds or crossed:
            subject = f"{(now or one[key]).school_name}（{(new if now else old).stages[key[1]].label}）"
            yield ConclusionChange(subject, held.words, *holds, "；".join(crossed))
