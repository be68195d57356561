"""Which fields a school or the district is asked, and why each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indicators.standard.engine import scope
from indicators.standard.engine.data import Answers, Value
from indicators.standard.engine.spec import COMPULSORY, Item, Spec


@dataclass(frozen=True, slots=True)
class Required:
    """A field that must be answered (a value or 不适用) before submitting."""

    item: Item
    reasons: tuple[str, ...]

    @property
    def code(self) -> str:
        """The flat field code."""
        return self.item.code


def asked(spec: Spec, kind: str, answers: Answers) -> list[Item]:
    """Fields shown to a school of this kind: its sections, its stages, attached classes too.

    pupils of every stage of its kind are always asked; a stage stated to have no
    pupils is asked nothing else. Follow-up fields show only after their trigger.
    """
    running = scope.stage_pupils(spec, kind, answers)
    own, sections = scope.kind_of(spec, kind).stages, scope.kind_of(spec, kind).sections
    if sections is not None and running.keys() & COMPULSORY:
        sections += scope.kind_of(spec, kind).attached
    return [
        item
        for item in spec.items.values()
        if (sections is None or item.section in sections)
        and (not item.stage or item.stage in running or _is_pupils_of(item, own))
        and _triggered(item, answers)
    ]


def _is_pupils_of(item: Item, stages: Iterable[str]) -> bool:
    return item.base == "pupils" and item.stage in stages


def _triggered(item: Item, answers: Answers) -> bool:
    if item.asked_if is None:
        return True
    other, wanted = item.asked_if
    answer = answers.get(other)
    return isinstance(answer, Value) and answer.value is wanted


def required(spec: Spec, kind: str, answers: Answers) -> list[Required]:
    """The fields a school of this kind must answer, in form order, each with its reasons."""
    return _with_reasons(spec, (i for i in asked(spec, kind, answers) if i.required))


def required_of_district(spec: Spec, answers: Answers) -> list[Required]:
    """The fields the district and its departments must answer."""
    items = spec.district_items.values()
    return _with_reasons(spec, (i for i in items if i.required and _triggered(i, answers)))


def unanswered(fields: Iterable[Required], answers: Mapping[str, object]) -> list[Required]:
    """Those of the fields that are still blank."""
    return [field for field in fields if field.code not in answers]


def _with_reasons(spec: Spec, items: Iterable[Item]) -> list[Required]:
    labels = {section.code: section.label for section in spec.sections}
    found = []
    for item in items:
        uses = spec.uses.get(f"{item.respondent}.{item.base}", ())
        found.append(Required(item, uses or (f"“{labels[item.section]}”栏目",)))
    return found
