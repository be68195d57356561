"""Reads for changing standards: differences, what a round would conclude, what stands in the way."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer, Evidence, Round, Submission
from indicators.results.evaluations import inputs as reading
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


_PASSES = {True: "达标", False: "未达标", None: "无法判定"}
_HAPPENED = {True: "有发生", False: "无", None: "未全部确认"}
ABSENT = "本版没有"


@dataclass(frozen=True, slots=True)
class ConclusionChange:
    """One conclusion before and after; `detail` says what it rests on afterwards."""

    subject: str
    before: str
    after: str
    detail: str = ""

    @property
    def tone(self) -> str:
        """The badge tone of what it turns to."""
        return {"达标": "ok", "无": "ok", "未达标": "bad", "有发生": "bad"}.get(self.after, "warn")


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
        """How many conclusions change, the verdict included."""
        turned = self.verdict.before != self.verdict.after
        lists = self.parts, self.within, self.coefficients, self.indicators, self.vetoes
        return sum(map(len, lists)) + turned


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


def would_change(round: Round, old: Standard, new: Standard) -> Impact:
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
    return between(results[0].spec, results[1].spec, before, after)


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


Published = Mapping[str, Any]


def between(old: Spec, new: Spec, before: Published, after: Published) -> Impact:
    """Compare two published results of the same inputs, judged by `old` and by `new`."""
    parts = list(_part_turns(old, new, before, after))
    return Impact(
        verdict=ConclusionChange("区县结论", _PASSES[before["verdict"]], _PASSES[after["verdict"]]),
        parts=tuple(turn for turn in parts if turn.before != turn.after),
        within=tuple(turn for turn in parts if turn.before == turn.after),
        coefficients=tuple(_coefficient_turns(new, before, after)),
        indicators=tuple(_indicator_turns(old, new, before, after)),
        vetoes=tuple(_veto_turns(before, after)),
        schools=len({part["school_code"] for part in after["parts"]}),
    )


def _word(entry: Published | None, words: Mapping[bool | None, str], key: str) -> str:
    return ABSENT if entry is None else words[entry[key]]


def _part_turns(old: Spec, new: Spec, before: Published, after: Published) -> Iterator[ConclusionChange]:
    one = {(part["school_code"], part["stage"]): part for part in before["parts"]}
    other = {(part["school_code"], part["stage"]): part for part in after["parts"]}
    for key in sorted(one.keys() | other.keys()):
        was, now = one.get(key), other.get(key)
        words = _word(was, _PASSES, "passes"), _word(now, _PASSES, "passes")
        detail = "；".join(_reached(new, was or {}, now or {}))
        if words[0] != words[1] or detail:
            part = now or was or {}
            stage = (new if now else old).stages[part["stage"]].label
            yield ConclusionChange(f"{part['school_name']}（{stage}）", *words, detail)


def _reached(new: Spec, was: Published, now: Published) -> Iterator[str]:
    """`A1 达标 → 未达标（标准 5.3 → 6）` for every indicator of a part that turns, or crosses the floor below it."""
    one, other = was.get("indicators", {}), now.get("indicators", {})
    for indicator in new.resources:
        first, then = one.get(indicator.code), other.get(indicator.code)
        if first is None or then is None or _standing(first) == _standing(then):
            continue
        words = f"{indicator.code} {_standing(first)} → {_standing(then)}"
        yield f"{words}（标准 {first['threshold']} → {then['threshold']}）"


def _standing(indicator: Published) -> str:
    """Where a value stands: the conclusion of a part rests on the floor below a standard too."""
    word = _PASSES[indicator["reaches"]]
    return f"{word}且未过底线" if indicator["reaches_floor"] is False else word


def _coefficient_turns(new: Spec, before: Published, after: Published) -> Iterator[ConclusionChange]:
    for stage, by_code in after["coefficients"].items():
        for code, now in by_code.items():
            was = before["coefficients"].get(stage, {}).get(code)
            if was is None or was["passes"] is not now["passes"]:
                subject = f"{new.stages[stage].label} {code} {new.indicator(code).short_name}差异系数"
                limit = f"上限 {was['limit']} → {now['limit']}" if was else f"上限 {now['limit']}"
                yield ConclusionChange(subject, _word(was, _PASSES, "passes"), _PASSES[now["passes"]], limit)


def _indicator_turns(old: Spec, new: Spec, before: Published, after: Published) -> Iterator[ConclusionChange]:
    one, other = before["district_indicators"], after["district_indicators"]
    for code in [*one, *(code for code in other if code not in one)]:
        was, now = one.get(code), other.get(code)
        words = _judged(was), _judged(now)
        if words[0] != words[1]:
            name = (new if now else old).indicator(code).name
            yield ConclusionChange(f"{code} {name}", *words, now["why"] if now else "")


def _judged(entry: Published | None) -> str:
    if entry is not None and not entry["applicable"]:
        return "不适用"
    return _word(entry, _PASSES, "passes")


def _veto_turns(before: Published, after: Published) -> Iterator[ConclusionChange]:
    one, other = ({veto["code"]: veto for veto in result["vetoes"]} for result in (before, after))
    for code in [*one, *(code for code in other if code not in one)]:
        was, now = one.get(code), other.get(code)
        words = _word(was, _HAPPENED, "happened"), _word(now, _HAPPENED, "happened")
        if words[0] != words[1]:
            yield ConclusionChange(f"{code} {(now or was or {})['name']}", *words)
