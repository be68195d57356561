"""Reads the conditions of B1–D1 from a standard's content into the engine's form."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from indicators.standard.engine import conditions as engine
from indicators.standard.engine.respondents import AREAS, RURAL
from indicators.standard.engine.spec import COMPULSORY, Item

Entry = Mapping[str, Any]


def areas_meant(named: Iterable[str], rural_areas: Sequence[str]) -> tuple[str, ...]:
    """Return the areas of the register these words mean: 农村 is what the standard says it is."""
    return tuple(dict.fromkeys(area for name in named for area in (rural_areas if name == RURAL else (name,))))


def areas_problems(content: Entry, named: Iterable[str], where: str) -> Iterator[str]:
    """Areas that are none of the register's, and 农村 in a standard that does not say what it is."""
    for area in named:
        if area not in (*AREAS, RURAL):
            yield f"{where}：没有城乡类型“{area}”，应为 {'、'.join((*AREAS, RURAL))} 之一"
        elif area == RURAL and not content.get("rural_areas"):
            yield f"{where}：写了“{RURAL}”，须在 standard.toml 里用 rural_areas 写明它指哪些城乡类型"


class Reader:
    """Builds conditions out of entries that were checked already; items are looked up by code."""

    def __init__(
        self,
        items: Sequence[Item],
        parameters: Mapping[str, Fraction],
        stage_labels: Mapping[str, str],
        rural_areas: Sequence[str],
    ):
        self.items, self.parameters, self.stage_labels = items, parameters, stage_labels
        self.rural_areas = rural_areas

    def read(self, entry: Entry) -> engine.Condition:
        """Return the condition an entry describes, by its rule."""
        head = {"code": entry["code"], "label": entry["label"], "judged": entry.get("judged", True)}
        return READERS[entry["rule"]](self, entry, head)

    def source(self, reference: str) -> engine.Source:
        """Return the fields "school.teachers" means: one a compulsory stage, or the one named in full."""
        sign = -1 if reference.startswith("-") else 1
        respondent, _, code = reference.lstrip("-").partition(".")
        own = [item for item in self.items if item.respondent == respondent]
        fields = [item for item in own if item.code == code] or [
            item for item in own if item.base == code and item.stage in ("", *COMPULSORY)
        ]
        label = fields[0].label if len(fields) == 1 else fields[0].base_label
        unit = "" if fields[0].kind in ("yes_no", "choice") else fields[0].unit
        return engine.Source(respondent, tuple(item.code for item in fields), label, unit, sign)

    def sources(self, references: Sequence[str]) -> tuple[engine.Source, ...]:
        """Return one source a reference."""
        return tuple(self.source(reference) for reference in references)

    def limit(self, entry: Entry) -> Fraction:
        """Return the limit, straight or by the dated parameter it names."""
        return self.parameters[entry["limit_parameter"]] if "limit_parameter" in entry else Fraction(entry["limit"])

    def labels(self, stages: Sequence[str]) -> tuple[str, ...]:
        """Return the Chinese names tables use for these stages."""
        return tuple(self.stage_labels[stage] for stage in stages)


def _ratio(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Ratio(
        **head,
        numerator=reader.sources(entry["numerator"]),
        denominator=reader.sources(entry["denominator"]),
        factor=Fraction(entry.get("factor", 100)),
        unit=entry.get("unit", "%"),
        limit=reader.limit(entry),
        who=entry.get("who", ""),
        each=entry.get("each", False),
        optional=entry.get("optional", False),
        whole=entry.get("whole", False),
    )


def _holds(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    accepted = tuple(entry.get("accepted", ()))
    return engine.Holds(**head, sources=reader.sources(entry["items"]), accepted=accepted, who=entry.get("who", ""))


def _some(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    areas = areas_meant([entry["area"]], reader.rural_areas)
    return engine.Some(
        **head, source=reader.source(entry["item"]), area=entry["area"], areas=areas, stage=entry["stage"]
    )


def _rooms(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    kinds = (engine.RoomKind(k["item"], k["label"], Fraction(k["min_area"])) for k in entry["kinds"])
    stages = reader.labels(entry["stages"])
    return engine.Rooms(
        **head, classes=entry["classes"], stages=stages, every=entry["every"], kinds=tuple(kinds), who=entry["who"]
    )


def _size(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Size(**head, single=entry["single"], combined=entry["combined"], who=entry["who"])


def _class_size(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    scale = tuple(engine.Band(b["label"], b["least"], b.get("most")) for b in entry.get("scale", ()))
    limits = {reader.stage_labels[stage]: limit for stage, limit in entry["limits"].items()}
    return engine.ClassSize(**head, classes=entry["classes"], limits=limits, who=entry["who"], scale=scale)


def _small_school_funds(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.SmallSchoolFunds(
        **head,
        under=entry["under"],
        kinds=tuple(entry["kinds"]),
        rural_kinds=tuple(entry["rural_kinds"]),
        areas=areas_meant([entry["area"]], reader.rural_areas),
        reminds=entry.get("reminds", False),
        funds=reader.source(entry["funds"]),
        standard=reader.source(entry["standard"]),
    )


def _retention(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Retention(
        **head,
        formula=entry["formula"],
        limit=reader.limit(entry),
        entered=reader.source(entry["entered"]),
        arrived=reader.source(entry["arrived"]),
        left=reader.source(entry["left"]),
        died=reader.source(entry["died"]),
        graduated=reader.source(entry["graduated"]),
    )


def _monitoring(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Monitoring(
        **head,
        table=entry["table"],
        levels=tuple(entry["levels"]),
        level=entry["level"],
        limit=reader.limit(entry),
        subjects=tuple(engine.Subject(s["name"], s["since"], s["source"]) for s in entry.get("subjects", ())),
        skipped=tuple(entry.get("skipped", ())),
    )


def _agrees(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    pairs = ((reader.source(pair["district"]), reader.source(pair["school"])) for pair in entry["pairs"])
    return engine.Agrees(**head | {"judged": False}, pairs=tuple(pairs), who=entry["who"])


READERS: Mapping[str, Callable[[Reader, Entry, dict[str, Any]], engine.Condition]] = {
    "ratio": _ratio,
    "holds": _holds,
    "some": _some,
    "rooms": _rooms,
    "size": _size,
    "class_size": _class_size,
    "small_school_funds": _small_school_funds,
    "retention": _retention,
    "monitoring": _monitoring,
    "agrees": _agrees,
}
