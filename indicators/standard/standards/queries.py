"""Reads of standards: the version in force, its engine form, and how people read it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from indicators.standard.engine import Indicator, Item, LiveIndicator, Spec, Value, Veto, live, numbers as exact
from indicators.standard.engine.explain import demand
from indicators.standard.engine.words import number
from indicators.standard.standards import actions, reader
from indicators.standard.standards.models import Standard
from portal.core.accounts import queries as accounts
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import numbers
from portal.core.lib.bounded import Bounded
from schools.access import scope
from schools.directory.models import District

DEFAULT = "national-2017"
_specs: Bounded[str, Spec] = Bounded(16)
# A nine-year school large enough that every indicator is reached, one with a little to spare.
_EXAMPLE_KIND = "九年一贯制学校"
_EXAMPLE = {
    "pupils_primary": 500,
    "pupils_junior": 300,
    "backbone_teachers": 4,
    "pe_teachers": 3,
    "music_teachers": 1,
    "art_teachers": 1,
    "arts_teachers": 0,
    "teachers_doctor": 0,
    "teachers_master": 1,
    "teachers_bachelor": 18,
    "teachers_associate": 2,
    "teaching_area": Decimal(5200),
    "indoor_sports_area": Decimal(600),
    "sports_ground_area": Decimal(7600),
    "equipment_value": Decimal("186.5"),
    "multimedia_rooms": 20,
}


@dataclass(frozen=True, slots=True)
class StageLimit:
    """A threshold of one stage in words."""

    stage: str
    threshold: str
    floor: str


@dataclass(frozen=True, slots=True)
class StageFormula:
    """How one stage is computed, in words."""

    stage: str
    words: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What one condition of an indicator asks, in words."""

    label: str
    words: str
    judged: bool


@dataclass(frozen=True, slots=True)
class ListedIndicator:
    """An indicator in the list: thresholds in figures, or what its conditions demand."""

    indicator: Indicator
    limits: tuple[StageLimit, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """A group of the standard: its indicators in order."""

    name: str
    entries: tuple[ListedIndicator, ...]


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """Everything the page of one indicator shows."""

    indicator: Indicator
    limits: tuple[StageLimit, ...]
    formulas: tuple[StageFormula, ...]
    demands: tuple[Demand, ...]
    items: tuple[Item, ...]
    examples: tuple[tuple[str, LiveIndicator], ...]


def current(code: str = DEFAULT) -> Standard:
    """The newest revision; loads the shipped files on first use. NotFound names the known codes."""
    row = Standard.objects.filter(code=code).order_by("-revision").first()
    if row is None:
        actions.load(by=accounts.system_user())
        row = Standard.objects.filter(code=code).order_by("-revision").first()
    if row is None:
        known = "、".join(sorted(set(Standard.objects.values_list("code", flat=True))))
        raise NotFound(f"没有代号为“{code}”的评估标准，现有：{known}。")
    return row


def newest() -> Standard:
    """The code loaded last; a correction counts as its older one."""
    current()
    row = Standard.objects.filter(revision=1).order_by("-pk").first()
    return current(row.code if row else DEFAULT)


def in_force(districts: Collection[int] | QuerySet[District]) -> Standard:
    """Of the newest round of these districts or below; the default before any round."""
    inside = Q(pk__in=districts) | Q(parent__in=districts) | Q(parent__parent__in=districts)
    judged = Standard.objects.filter(round__district__in=District.objects.filter(inside))
    return judged.order_by("-round__school_year_start", "-round__pk").first() or current()


def for_reader(user: User) -> Standard:
    rows = scope.held(user)
    own = Q(pk__in=[row.district_id for row in rows if row.district_id])
    for kind in ("school", "department"):
        if keys := [key for row in rows if (key := getattr(row, f"{kind}_id"))]:
            own |= Q(**{f"{kind}s__in": keys})
    return in_force(District.objects.filter(own))


def codes_for(user: User) -> frozenset[str]:
    """Of indicators and vetoes."""
    spec = load_spec(for_reader(user))
    return frozenset(one.code for one in spec.indicators) | {one.code for one in spec.vetoes}


def load_spec(standard: Standard) -> Spec:
    """Built once per content and process."""
    spec = _specs.get(standard.sha256)
    if spec is None:
        spec = _specs[standard.sha256] = reader.spec_from_content(standard.content)
    return spec


def documents(standard: Standard) -> list[Mapping[str, Any]]:
    """Number, title, issuer, year."""
    return list(standard.content.get("documents", []))


def offices(standard: Standard) -> list[Mapping[str, Any]]:
    """Who answers which district items by default: label, match (words of names), items."""
    return list(standard.content.get("offices", []))


def by_version(version: str) -> Standard:
    """`national-2017·1`. Raises NotFound."""
    code, _, revision = version.partition("·")
    found = Standard.objects.filter(code=code, revision=numbers.whole(revision) or 0).first()
    if found is None:
        raise NotFound(f"没有版本为“{version[:60]}”的评估标准。")
    return found


def known() -> QuerySet[Standard]:
    """Newest revision of a code first, without content."""
    return Standard.objects.defer("content").order_by("code", "-revision")


def with_indicator(code: str) -> list[Standard]:
    """The newest revision of each standard with this indicator or veto, the latest first."""
    rows = Standard.objects.order_by("revision")
    found = {row.code: row for row in rows if page(spec := load_spec(row), code) or veto(spec, code)}
    return sorted(found.values(), key=lambda row: (row.loaded_at, row.pk), reverse=True)


def usual_pair() -> dict[str, int]:
    """Keys: the default and the newest other one."""
    old = current()
    other = Standard.objects.exclude(pk=old.pk).order_by("-loaded_at", "-pk").first()
    return {"old": old.pk, "new": (other or old).pk}


def groups(spec: Spec) -> list[IndicatorGroup]:
    found: dict[str, list[ListedIndicator]] = {}
    for indicator in spec.indicators:
        judged = tuple(one for one in _demands(indicator) if one.judged)
        found.setdefault(indicator.group, []).append(ListedIndicator(indicator, _limits(spec, indicator), judged))
    return [IndicatorGroup(name, tuple(entries)) for name, entries in found.items()]


def _limits(spec: Spec, indicator: Indicator) -> tuple[StageLimit, ...]:
    """Thresholds and floors by stage; empty without figures."""
    # In the order of the stages: a JSON column of PostgreSQL does not keep the order of keys.
    return tuple(
        StageLimit(stage.label, number(indicator.thresholds[code]), number(indicator.floors[code]))
        for code, stage in spec.stages.items()
        if code in indicator.thresholds
    )


def page(spec: Spec, code: str) -> IndicatorPage | None:
    indicator = next((i for i in spec.indicators if i.code == code), None)
    if indicator is None:
        return None
    items = []
    for reference in indicator.items:
        respondent, _, base = reference.partition(".")
        asked = spec.items if respondent == "school" else spec.district_items
        items += [item for item in asked.values() if item.base == base][:1]
    formulas, examples = [], []
    if rule := indicator.formula:
        split = " × 本学段拆分比例" if rule.shared else ""
        factor = "" if rule.factor == 1 else f" × {number(rule.factor)}"
        for stage, terms in rule.terms.items():
            top = exact.signed_sum([(term.sign, term.label) for term in terms])
            formulas.append(StageFormula(spec.stages[stage].label, f"{top}{split} ÷ 本学段在校生数{factor}"))
        answers = {
            item.code: Value(_EXAMPLE[key])
            for item in spec.items.values()
            for key in (item.code, item.base)
            if key in _EXAMPLE and item.stage in ("", "primary", "junior")
        }
        parts = live(spec, _EXAMPLE_KIND, answers).parts
        examples = [(part.label, next(i for i in part.indicators if i.code == code)) for part in parts]
    return IndicatorPage(
        indicator,
        _limits(spec, indicator),
        tuple(formulas),
        _demands(indicator),
        tuple(items),
        tuple(examples),
    )


def veto(spec: Spec, code: str) -> Veto | None:
    return next((v for v in spec.vetoes if v.code == code), None)


def _demands(indicator: Indicator) -> tuple[Demand, ...]:
    return tuple(Demand(one.label, demand(one), one.judged) for one in indicator.conditions)
