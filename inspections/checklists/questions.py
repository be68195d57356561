"""The questions of a checklist: asked is what the standard judges of a school, with what the school claimed for each.

questions.toml says how the indicators of the national standard are asked; what else a standard has (an A8 that only an
overlay adds) is asked in the standard's own words.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from django.urls import reverse

from indicators.collection.reviews import points, surroundings_queries as surroundings
from indicators.collection.state_statistics import queries as statistics
from indicators.collection.submissions import queries as submissions, workflow
from indicators.collection.submissions.models import Revision
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import IndicatorResult, PartResult
from indicators.standard.engine import Indicator, Rooms, Spec, Value, Veto, numbers as exact
from indicators.standard.standards import queries as standards
from inspections.claims import figures
from inspections.claims.figures import ClaimedFigure, Claims
from inspections.rectification import queries as ledger
from inspections.rectification.models import Finding
from portal.core.lib import numbers, written
from portal.core.lib.verdicts import NOT_APPLICABLE
from schools.directory.models import School


@dataclass(frozen=True, slots=True)
class Priority:
    """One reason to ask about an indicator first, with the page that shows it."""

    kind: str
    text: str
    url: str


ByIndicator: TypeAlias = Iterator[tuple[str, Priority]]


def of_school(school: School, revision: Revision | None, rules: Mapping[str, Any]) -> dict[str, list[Priority]]:
    """By indicator code, the weightiest first; a fixed number of queries.

    From the ledger: open findings, and indicators that failed again after a finding was closed (屡查屡犯).
    """
    found: dict[str, list[Priority]] = defaultdict(list)
    by_indicator: dict[str, list[Finding]] = defaultdict(list)
    for row in school.findings.exclude(state__in=(Finding.State.TO_DISPATCH, Finding.State.VOID)).order_by("-id"):
        by_indicator[row.indicator].append(row)
        if not row.is_closed:
            late = f"，{row.due_words}" if row.days_overdue else ""
            text = f"问题 {row.number} 还没有销号（{row.get_state_display()}{late}）"
            found[row.indicator].append(Priority("open", text, reverse("rectification:detail", args=[row.pk])))
    for code, own in by_indicator.items():
        new, again = max(row.repeat_count for row in own), sum(row.reopened for row in own)
        words = [f"又登记 {new} 次"] * bool(new) + [f"重新打开 {again} 次"] * bool(again)
        if words:
            url = reverse("rectification:detail", args=[own[0].pk])
            found[code].append(Priority("repeated", f"屡查屡犯：销号后{'，'.join(words)}", url))
    for code, priority in _of_evaluation(school, rules):
        found[code].append(priority)
    for code, priority in _of_submission(revision, rules) if revision else ():
        found[code].append(priority)
    order = list(rules["kinds"])
    return {code: sorted(own, key=lambda priority: order.index(priority.kind)) for code, own in found.items()}


def _of_evaluation(school: School, rules: Mapping[str, Any]) -> ByIndicator:
    """What the newest evaluation finds missed, or reached by less than the margin."""
    parts = PartResult.objects.filter(school=school).select_related("evaluation__round", "evaluation__standard")
    newest = parts.order_by("-evaluation__round__school_year_start", "-evaluation_id").first()
    if newest is None:
        return
    evaluation, url = newest.evaluation, reverse("board:school", args=[school.code])
    spec, figures = standards.load_spec(evaluation.standard), ledger.figures_of(evaluation)
    judged_as = evaluation.round.judged
    judged = IndicatorResult.objects.filter(part__evaluation=evaluation, part__school=school)
    for result in judged.select_related("part__school").order_by("code", "-part__stage"):
        problem, _, _ = ledger.in_words(spec, result, figures)
        if result.reaches is False:
            yield result.code, Priority("missed", f"{judged_as}未达标：{problem}", url)
        elif result.reaches and result.value is not None:
            above = (result.value / result.threshold - 1) * 100
            if result.near_limit or above < rules["near_percent"]:
                text = f"{judged_as}临界：{problem}，只高 {numbers.text(above, 1)}%"
                yield result.code, Priority("near", text, url)
    for code, condition in stored.of(evaluation).conditions.items():
        for one in condition.schools:
            if one.school_code == school.code and one.passes is False:
                yield code, Priority("missed", f"{judged_as}未达标：{one.why}", url)


def _of_submission(revision: Revision, rules: Mapping[str, Any]) -> ByIndicator:
    """What makes the signed figures doubtful."""
    known = submissions.load(revision.submission)
    signed, year = workflow.as_signed(known, revision), revision.submission.round.name
    url = reverse("submissions:revision", args=[revision.pk])
    asked_of = _indicators_of(signed.spec, rules)

    def at(item: str, kind: str, text: str) -> ByIndicator:
        base = signed.items[item].base if item in signed.items else item
        for code in asked_of.get(base, ()):
            yield code, Priority(kind, f"{year}填报：{text}", url)

    said = statistics.lines(revision.submission.round, [revision.submission])
    for point in (*points.waived(workflow.assess(signed)), *points.against_statistics(said)):
        yield from at(point.items[0], point.kind, point.text)
    limits = surroundings.limits_of(revision.submission.round.district_id)
    odd: dict[str, list[str]] = defaultdict(list)
    for point in points.odd(signed, limits, {code for code, row in known.stored.items() if row.same_as_id}):
        for indicator in asked_of.get(signed.items[point.items[0]].base, ()):
            odd[indicator].append(point.text)
    for indicator, texts in odd.items():
        yield indicator, Priority("odd", f"{year}填报：{'；'.join(texts)}", url)
    given = {item.base for code, item in signed.items.items() if isinstance(signed.answers.get(code), Value)}
    proven = {row.item for row in signed.evidence}
    for about in signed.spec.indicators:
        bases = {base for base, codes in asked_of.items() if about.code in codes and f"school.{base}" in about.items}
        if bases & given and not bases & proven:
            text = f"{year}填报：填了数据，没有上传佐证（{'、'.join(about.evidence)}）"
            yield about.code, Priority("unproven", text, url)


def _indicators_of(spec: Spec, rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Indicators by base of an item; a figure of all indicators belongs to one."""
    shared: Mapping[str, str] = rules["shared_items"]
    found: dict[str, list[str]] = defaultdict(list)
    for indicator in spec.indicators:
        for reference in indicator.items:
            base = reference.removeprefix("school.")
            if base != reference and shared.get(base, indicator.code) == indicator.code:
                found[base].append(indicator.code)
    for veto in spec.vetoes:
        found[veto.item].append(veto.code)
    return found | {base: [code] for base, code in shared.items()}


FILE = Path(__file__).parent / "questions.toml"
NOT_CLAIMED = "未填报"
# A new shape is a new FORMAT, with a sample of it in tests/inspections/visits/checklists. Before 2 a claim was words alone, before 3 it
# had no year and no question came first, before 4 more was always better.
FORMAT = 4
Entry: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as put to the inspector; `claimed` is what the school says in words of a `year`, `figures` its figures.

    `priorities` say why it is asked before others.
    """

    key: str
    indicator: str
    text: str
    look: str
    claimed: str = ""
    figures: tuple[ClaimedFigure, ...] = ()
    year: str = ""
    priorities: tuple[Priority, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {
            "figures": [figure.as_dict() for figure in self.figures],
            "priorities": [asdict(one) for one in self.priorities],
        }

    @property
    def dated(self) -> str:
        """The claim with its year: 网络多媒体教室 24 间（2026 年度）."""
        return f"{self.claimed}（{self.year}）" if self.claimed and self.year else self.claimed

    @property
    def reasons(self) -> list[tuple[str, str, Priority]]:
        kinds = rules()["kinds"]
        return [(kinds[one.kind]["label"], kinds[one.kind]["tone"], one) for one in self.priorities]


def thawed(frozen: Mapping[str, Any]) -> list[Question]:
    """From any format."""
    return [
        Question(
            **{
                **entry,
                "figures": tuple(ClaimedFigure.of(figure) for figure in entry.get("figures", ())),
                "priorities": tuple(Priority(**one) for one in entry.get("priorities", ())),
            }
        )
        for entry in frozen.get("questions", [])
    ]


@cache
def _load() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def rules() -> Mapping[str, Any]:
    found: Mapping[str, Any] = _load()["priorities"]
    return found


def left_out() -> frozenset[str]:
    """Usually not asked on site."""
    return frozenset(_load()["left_out"])


def by_priority(questions: Iterable[Question], year: str, found: Mapping[str, Sequence[Priority]]) -> list[Question]:
    """Those the school's data point to first, by the weightiest reason and their number; else in order."""
    order = list(rules()["kinds"])
    marked = [
        replace(question, year=year if question.claimed else "", priorities=tuple(found.get(question.indicator, ())))
        for question in questions
    ]

    def rank(question: Question) -> tuple[int, int]:
        return min((order.index(one.kind) for one in question.priorities), default=len(order)), -len(
            question.priorities
        )

    return sorted(marked, key=rank)


def questions_for(
    kind: str,
    answers: Mapping[str, Mapping[str, Any]],
    spec: Spec,
    fill: Callable[[str], str],
    years: Mapping[str, str] | None = None,
    wanted: Container[str] = (),
) -> list[Question]:
    """In the order of the standard, with the claims in a revision's answers; `fill` puts in the standard's figures and names.

    `years`: the days of the claims, by the clocks of the items. The indicators `wanted` are asked even where usually
    nothing can be seen on site.
    """
    claimed_by = Claims(answers, spec, kind, years or {}, fill)
    judged: list[Indicator | Veto] = [*spec.indicators, *spec.vetoes]
    questions = []
    for about in judged:
        for entry in _entries(about, spec) if about.code in wanted or _is_asked(about, spec, kind) else ():
            claims: Sequence[Entry] = entry["claims"]
            pieces = [f"{claim['label']} {words}" for claim in claims if (words := _words(claim, answers))]
            claimed = "；".join(pieces) or NOT_CLAIMED if claims else ""
            amounts = tuple(figure for claim in claims for figure in claimed_by.figures(about, claim))
            asked = Question(entry["key"], about.code, fill(entry["text"]), fill(entry["look"]), claimed, amounts)
            questions.append(asked)
    return questions


def _is_asked(about: Indicator | Veto, spec: Spec, kind: str) -> bool:
    if about.code in left_out():
        return False
    if isinstance(about, Veto):
        return about.item in spec.items or any(entry["indicator"] == about.code for entry in _load()["questions"])
    return about.level == "school" or (about.level == "part" and spec.kinds[kind].judged)


def _entries(about: Indicator | Veto, spec: Spec) -> list[Entry]:
    """By the list if the standard has its fields, else in the standard's words."""
    rooms = [room for one in getattr(about, "conditions", ()) if isinstance(one, Rooms) for room in one.kinds]
    if rooms:
        return [
            {
                "key": f"{about.code.lower()}-{room.item.removesuffix('_rooms').replace('_', '-')}",
                "text": f"{room.label}专用教室间数、面积与填报相符，正常上课",
                "look": f"逐间量面积，看使用记录。每间不小于 {exact.text(room.min_area)} ㎡。",
                "claims": [
                    {
                        "label": f"{room.label}教室",
                        "rows": room.item,
                        "smallest": "area",
                        "unit": "间",
                        "of": "㎡",
                        "standard": f"{about.name}，每间不小于 {exact.text(room.min_area)} ㎡",
                    }
                ],
            }
            for room in rooms
        ]
    claims = list(_claims(about, spec))
    listed = [entry for entry in _load()["questions"] if entry["indicator"] == about.code]
    named = {
        field
        for entry in listed
        for claim in entry.get("claims", ())
        for field in claim.get("sum") or [claim.get("rows") or claim["value"]]
    }
    if listed and named <= spec.items.keys():
        return [{"claims": claims, **entry} for entry in listed]
    look = f"查看{'、'.join(about.evidence)}。" if about.evidence else ""
    if isinstance(about, Veto):
        text = f"没有发现“{about.name}”"
    else:
        text = f"{about.formula.numerator if about.formula else f'{about.name}，'}与填报相符"
        look += f"容易出错的：{'；'.join(about.errors)}。" if about.errors else ""
    return [{"key": about.code.lower(), "text": text, "look": look, "claims": claims}]


def _claims(about: Indicator | Veto, spec: Spec) -> Iterator[Entry]:
    """What a school reports: the figures of its formula, else its items."""
    if isinstance(about, Veto):
        yield {"label": about.name, "value": about.item}
    elif (formula := about.formula) and formula.shared:
        shared = {term.code: term.label for terms in formula.terms.values() for term in terms}
        for code, label in shared.items():
            yield {"label": label, "sum": [code], "unit": spec.items[code].unit}
    elif formula:
        for stage, terms in formula.terms.items():
            fields = [term.code for term in terms]
            yield {"label": spec.stages[stage].label, "sum": fields, "unit": formula.numerator_unit}
    else:
        own = {reference.removeprefix("school.") for reference in about.items if reference.startswith("school.")}
        for item in spec.items.values():
            if item.base in own and item.kind != "text":
                if item.kind == "number":
                    yield {"label": item.label, "sum": [item.code], "unit": item.unit}
                elif item.kind == "table":
                    yield {"label": item.label, "rows": item.code, "unit": "行"}
                else:
                    yield {"label": item.label, "value": item.code}


def _words(claim: Entry, answers: Mapping[str, Mapping[str, Any]]) -> str:
    """ "" for a blank, which is neither a zero nor 不适用."""
    if "value" in claim:
        given = answers.get(claim["value"], {})
        return NOT_APPLICABLE.words if "not_applicable" in given else str(given.get("value") or "")
    words = figures.words(figures.amount_of(claim, answers), claim["unit"])
    for extreme, name in figures.EXTREMES:
        if extreme in claim and isinstance(amount := figures.amount_of(claim, answers, extreme), Decimal):
            words += f"，{name} {figures.words(amount, claim['of'])}"
    return words


def differs(claimed: str, found: str) -> bool:
    """Compares only figures; words without figures never differ."""
    claims, seen = _figures(claimed), _figures(found)
    return bool(claims and seen) and not seen <= claims


def _figures(text: str) -> set[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", written.folded(text))
    return {Decimal(digits) for digits in re.findall(r"\d+(?:\.\d+)?", plain, re.ASCII)}
