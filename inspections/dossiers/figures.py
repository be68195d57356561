"""Plain values the made pieces print: answers in words, who answered, one part's seven indicators."""

from collections.abc import Iterator
from dataclasses import dataclass

from indicators.collection.submissions import answers
from indicators.standard.engine import Item, Spec
from inspections.dossiers.returns import Return


@dataclass(frozen=True, slots=True)
class Line:
    """One answered field of a return, in words, with who typed it and when."""

    item: Item
    stage: str
    words: str
    by: str
    at: str


def lines(spec: Spec, back: Return) -> Iterator[Line]:
    """Yield the answered fields of a return in the standard's order."""
    told = back.content["answers"]
    for code, item in answers.items_of(spec, is_school=bool(back.school)).items():
        if code in told:
            data = told[code]
            stage = spec.stages[item.stage].label if item.stage else ""
            words = answers.shown(item, answers.thawed(item, data))
            yield Line(item, stage, words, data.get("by", ""), data.get("at", "")[:16].replace("T", " "))


def of_items(spec: Spec, back: Return, references: tuple[str, ...]) -> Iterator[Line]:
    """Yield the answered fields an indicator needs."""
    kind = "school." if back.school else "district."
    return (line for line in lines(spec, back) if f"{kind}{line.item.base}" in references)
