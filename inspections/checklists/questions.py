"""The questions of a checklist: asked is what the standard judges of a school, with what the school claimed for each.

questions.toml says how the indicators of the national standard are asked; what else a standard has (an A8 that only an
overlay adds) is asked in the standard's own words.
"""

import re
import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from indicators.standard.engine import Indicator, Rooms, Spec, Veto, numbers as exact
from inspections.claims import figures
from inspections.claims.figures import ClaimedFigure, Claims
from portal.core.lib import written


@dataclass(frozen=True, slots=True)
class Priority:
    """One reason to ask about an indicator first, with the page that shows it."""

    kind: str
    text: str
    url: str


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
            pieces = [f"{claim['label']} {words}" for claim in claims if (words := figures.words_of(claim, answers))]
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


def differs(claimed: str, found: str) -> bool:
    """Compares only figures; words without figures never differ."""
    claims, seen = _figures(claimed), _figures(found)
    return bool(claims and seen) and not seen <= claims


def _figures(text: str) -> set[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", written.folded(text))
    return {Decimal(digits) for digits in re.findall(r"\d+(?:\.\d+)?", plain, re.ASCII)}
