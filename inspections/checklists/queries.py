"""Reads of checklists: the ones of a district with their versions, what may be asked, and the list frozen for a school."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from indicators.collection.submissions import queries as submissions
from indicators.standard.standards import placeholders, queries as standards
from inspections.checklists import priority_queries, questions
from inspections.checklists.models import ChecklistVersion
from inspections.checklists.questions import Question
from portal.core.errors import NotFound
from schools.directory.models import School

FILE = Path(__file__).parent / "templates.toml"
SPECIAL = "special"
OWN = "own-"
# Codes of the matters a district made itself; its key follows, so that no other district has the same.
MATTER = "matter-"


@dataclass(frozen=True, slots=True)
class Template:
    """One checklist as it holds in a district; `version` is None where the district changed nothing.

    `asks` are the questions ticked, by key with the district's own words; None asks all of `indicators`.
    """

    code: str
    kind: str
    name: str
    indicators: tuple[str, ...]
    own: tuple[Question, ...]
    version: ChecklistVersion | None = None
    asks: Mapping[str, Mapping[str, str]] | None = None

    @property
    def number(self) -> int:
        return self.version.number if self.version else 0

    @property
    def is_matter(self) -> bool:
        return self.code.startswith(MATTER)

    @property
    def is_ended(self) -> bool:
        """No new visits are planned for it; those planned still ask its questions."""
        return self.is_matter and self.version is not None and self.version.is_withdrawn

    @property
    def words(self) -> str:
        return f"{self.name}（第 {self.number} 版）" if self.number else f"{self.name}（默认）"

    def of(self, pool: Sequence[Question], always: Sequence[str] = ()) -> list[Question]:
        """Questions of the pool it asks, in its words, with its own ones; those of the indicators `always` too."""
        if self.asks is None:
            left_out = questions.left_out() - {*always}
            wanted = {*always, *self.indicators} if self.indicators else {one.indicator for one in pool} - left_out
            chosen = [one for one in pool if one.indicator in wanted]
        else:
            asked = [one for one in pool if one.key in self.asks or one.indicator in always]
            said = [(one, self.asks.get(one.key, {})) for one in asked]
            chosen = [replace(one, text=own.get("text", one.text), look=own.get("look", one.look)) for one, own in said]
        return [*chosen, *self.own]


@cache
def _shipped() -> Mapping[str, Template]:
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        code: Template(
            code,
            entry["kind"],
            entry["name"],
            tuple(entry["indicators"]),
            tuple(Question(**one) for one in entry.get("own", ())),
        )
        for code, entry in entries.items()
    }


def matters(districts: Iterable[int]) -> list[tuple[str, str]]:
    """Subjects of a 专项督导 in one of these districts, as choices."""
    shipped = [(one.code, one.name) for one in _shipped().values() if one.kind == SPECIAL != one.code]
    rows = ChecklistVersion.objects.filter(district__in=districts, code__startswith=MATTER)
    newest = {row.code: row for row in rows.order_by("district", "pk")}
    made = [_matter(row) for row in newest.values()]
    return shipped + [(one.code, one.name) for one in made if not one.is_ended]


def in_force(district_id: int) -> list[Template]:
    """The shipped ones as the district changed them, then its own matters, oldest first."""
    newest = {row.code: row for row in versions(district_id).order_by("number")}
    made = (
        _matter(newest[row.code])
        for row in versions(district_id, number=1).order_by("pk")
        if row.code.startswith(MATTER)
    )
    return [*(_changed(one, newest.get(one.code)) for one in _shipped().values()), *made]


def _matter(version: ChecklistVersion) -> Template:
    return _changed(Template(version.code, SPECIAL, version.content["name"], (), ()), version)


def _changed(shipped: Template, version: ChecklistVersion | None) -> Template:
    if version is None or not version.content:
        return replace(shipped, version=version)
    listed = version.content["questions"]
    own = tuple(Question(**one) for one in listed if one["key"].startswith(OWN))
    asks = {
        one["key"]: {name: one[name] for name in ("text", "look") if name in one}
        for one in listed
        if not one["key"].startswith(OWN)
    }
    return replace(shipped, version=version, own=own, asks=asks)


def versions(district_id: int, **of: Any) -> QuerySet[ChecklistVersion]:
    return ChecklistVersion.objects.filter(district=district_id, **of).select_related("created_by")


def listed(template: Template, pool: Sequence[Question]) -> list[dict[str, str]]:
    """As a version stores them: those of the standard by key, with other words if any."""
    default = {one.key: one for one in pool}
    found = []
    for one in template.of(pool):
        names = ("text", "look") if one.key in default else ("text", "look", "indicator")
        words = {name: getattr(one, name) for name in names}
        if one.key in default:
            words = {name: said for name, said in words.items() if said != getattr(default[one.key], name)}
        found.append({"key": one.key, **words})
    return found


def template(district_id: int, code: str) -> Template:
    """Raises NotFound."""
    found = next((one for one in in_force(district_id) if one.code == code), None)
    if found is None:
        raise NotFound("没有这份检查清单。请从检查清单页面重新进入。")
    return found


def pool(district_id: int) -> list[Question]:
    """All that may be asked of some school, also what is usually left out."""
    standard = standards.in_force([district_id])
    spec = standards.load_spec(standard)
    # Of a kind with most stages: its questions are those of every other kind.
    kind = max(
        (name for name, kind in spec.kinds.items() if kind.judged), key=lambda name: len(spec.kinds[name].stages)
    )
    fill = placeholders.filler(standard.content)
    return questions.questions_for(kind, {}, spec, fill, wanted=questions.left_out())


def frozen(school: School, code: str) -> dict[str, Any]:
    """With the school's claims, what speaks against it first, and the receipt of the claims."""
    counting = submissions.counting().filter(submission__school=school).select_related("submission__round__standard")
    # A past year that is filled in afterwards is signed later than this year's.
    revision = counting.order_by("-submission__round__school_year_start", "-submitted_at").first()
    found = priority_queries.of_school(school, revision, questions.rules())
    chosen = template(school.district_id, code)
    # What is not closed is looked at whatever the list says.
    wanted = [indicator for indicator, own in found.items() if own[0].kind in ("repeated", "open")]
    standard = standards.in_force([school.district_id])
    asked = questions.questions_for(
        school.kind,
        revision.signed["answers"] if revision else {},
        standards.load_spec(standard),
        placeholders.filler(standard.content),
        years=revision.submission.round.reference_dates if revision else {},
        wanted={*wanted, *(questions.left_out() if chosen.asks else ())},
    )
    year = revision.submission.round.name if revision else ""
    listed = questions.by_priority(chosen.of(asked, wanted), year, found)
    return {
        "format": questions.FORMAT,
        "template": {"code": chosen.code, "name": chosen.name, "number": chosen.number},
        "receipt": revision.receipt if revision else "",
        "revision": revision.pk if revision else None,
        "year": year,
        "questions": [question.as_dict() for question in listed],
    }
