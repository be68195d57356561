"""The conditions of B1–D1 in a standard's content: what each rule needs, what is wrong with one, and reading it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from indicators.standard.engine import conditions as engine
from indicators.standard.engine.conditions import DISTRICT
from indicators.standard.engine.respondents import AREAS, RURAL, WHO
from indicators.standard.engine.spec import COMPULSORY, Item

Entry = Mapping[str, Any]
Shape = Mapping[str, str]

# Key → type, besides code, label, rule and judged; a type ending in ? may be absent.
SHAPES: Mapping[str, Shape] = {
    "ratio": {
        "numerator": "texts",
        "denominator": "texts",
        "factor": "decimal?",
        "unit": "text?",
        "limit": "decimal?",
        "limit_parameter": "text?",
        "who": "text?",
        "each": "bool?",
        "optional": "bool?",
        "whole": "bool?",
    },
    "holds": {"items": "texts", "accepted": "texts?", "who": "text?"},
    "some": {"item": "text", "area": "text", "stage": "text"},
    "rooms": {"classes": "text", "stages": "texts", "every": "int", "kinds": "tables", "who": "text"},
    "size": {"single": "int", "combined": "int", "who": "text"},
    "class_size": {"classes": "text", "limits": "table", "who": "text", "scale": "tables?"},
    "small_school_funds": {
        "under": "int",
        "kinds": "texts",
        "rural_kinds": "texts",
        "area": "text",
        "funds": "text",
        "standard": "text",
        "reminds": "bool?",
    },
    "retention": {
        "formula": "text",
        "limit": "decimal",
        "entered": "text",
        "arrived": "text",
        "left": "text",
        "died": "text",
        "graduated": "text",
    },
    "agrees": {"pairs": "tables", "who": "text"},
    "monitoring": {
        "table": "text",
        "levels": "texts",
        "level": "text",
        "limit": "decimal",
        "subjects": "tables?",
        "skipped": "texts?",
    },
}
HEAD: Shape = {"code": "text", "rule": "text", "label": "text", "judged": "bool?"}
PAIR: Shape = {"district": "text", "school": "text"}
BAND: Shape = {"label": "text", "least": "int", "most": "int?"}
SUBJECT: Shape = {"name": "text", "since": "int", "source": "text"}
ROOM: Shape = {"item": "text", "label": "text", "min_area": "decimal"}
FORMULAS = ("a", "b", "c")
# Keys of a condition that point at items, and the kinds of item a figure may come from.
REFERENCES = (
    "numerator",
    "denominator",
    "items",
    "item",
    "funds",
    "standard",
    "entered",
    "arrived",
    "left",
    "died",
    "graduated",
)
NUMBER_KINDS = ("number", "decimal")


def areas_meant(named: Iterable[str], rural_areas: Sequence[str]) -> tuple[str, ...]:
    """In words of the register: 农村 is what the standard says it is."""
    return tuple(dict.fromkeys(area for name in named for area in (rural_areas if name == RURAL else (name,))))


def areas_problems(content: Entry, named: Iterable[str], where: str) -> Iterator[str]:
    """Unknown areas, and 农村 in a standard that does not say what it is."""
    for area in named:
        if area not in (*AREAS, RURAL):
            yield f"{where}：没有城乡类型“{area}”，应为 {'、'.join((*AREAS, RURAL))} 之一"
        elif area == RURAL and not content.get("rural_areas"):
            yield f"{where}：写了“{RURAL}”，须在 standard.toml 里用 rural_areas 写明它指哪些城乡类型"


class Reader:
    """Builds conditions out of entries that were checked already."""

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
        head = {"code": entry["code"], "label": entry["label"], "judged": entry.get("judged", True)}
        return READERS[entry["rule"]](self, entry, head)

    def source(self, reference: str) -> engine.FigureSource:
        """ "school.teachers": one field a compulsory stage, or the one named in full."""
        sign = -1 if reference.startswith("-") else 1
        respondent, _, code = reference.lstrip("-").partition(".")
        own = [item for item in self.items if item.respondent == respondent]
        fields = [item for item in own if item.code == code] or [
            item for item in own if item.base == code and item.stage in ("", *COMPULSORY)
        ]
        label = fields[0].label if len(fields) == 1 else fields[0].base_label
        unit = "" if fields[0].kind in ("yes_no", "choice") else fields[0].unit
        return engine.FigureSource(respondent, tuple(item.code for item in fields), label, unit, sign)

    def sources(self, references: Sequence[str]) -> tuple[engine.FigureSource, ...]:
        return tuple(self.source(reference) for reference in references)

    def limit(self, entry: Entry) -> Fraction:
        """Itself, or by the dated parameter it names."""
        return self.parameters[entry["limit_parameter"]] if "limit_parameter" in entry else Fraction(entry["limit"])


def ratio(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
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


def holds(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    accepted = tuple(entry.get("accepted", ()))
    return engine.Holds(**head, sources=reader.sources(entry["items"]), accepted=accepted, who=entry.get("who", ""))


def some(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    areas = areas_meant([entry["area"]], reader.rural_areas)
    return engine.Some(
        **head, source=reader.source(entry["item"]), area=entry["area"], areas=areas, stage=entry["stage"]
    )


def rooms(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    kinds = (engine.RoomKind(k["item"], k["label"], Fraction(k["min_area"])) for k in entry["kinds"])
    stages = tuple(reader.stage_labels[stage] for stage in entry["stages"])
    return engine.Rooms(
        **head, classes=entry["classes"], stages=stages, every=entry["every"], kinds=tuple(kinds), who=entry["who"]
    )


def size(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Size(**head, single=entry["single"], combined=entry["combined"], who=entry["who"])


def class_size(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    scale = tuple(engine.Band(b["label"], b["least"], b.get("most")) for b in entry.get("scale", ()))
    limits = {reader.stage_labels[stage]: limit for stage, limit in entry["limits"].items()}
    return engine.ClassSize(**head, classes=entry["classes"], limits=limits, who=entry["who"], scale=scale)


def small_school_funds(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
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


def retention(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
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


def monitoring(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    return engine.Monitoring(
        **head,
        table=entry["table"],
        levels=tuple(entry["levels"]),
        level=entry["level"],
        limit=reader.limit(entry),
        subjects=tuple(engine.Subject(s["name"], s["since"], s["source"]) for s in entry.get("subjects", ())),
        skipped=tuple(entry.get("skipped", ())),
    )


def agrees(reader: Reader, entry: Entry, head: dict[str, Any]) -> engine.Condition:
    pairs = ((reader.source(pair["district"]), reader.source(pair["school"])) for pair in entry["pairs"])
    return engine.Agrees(**head | {"judged": False}, pairs=tuple(pairs), who=entry["who"])


READERS: Mapping[str, Callable[[Reader, Entry, dict[str, Any]], engine.Condition]] = {
    "ratio": ratio,
    "holds": holds,
    "some": some,
    "rooms": rooms,
    "size": size,
    "class_size": class_size,
    "small_school_funds": small_school_funds,
    "retention": retention,
    "monitoring": monitoring,
    "agrees": agrees,
}


def problems(content: Entry) -> Iterator[str]:
    """The shapes must be sound already."""
    for indicator in content["indicators"]:
        where = f"indicators.toml 指标 {indicator['code']} conditions"
        entries = indicator.get("conditions", ())
        if entries and "formula" in indicator:
            yield f"{where}：有 formula 的指标不能再写 conditions"
        for code, count in Counter(entry["code"] for entry in entries).items():
            if count > 1:
                yield f"{where}：代码“{code}”重复"
        for entry in entries:
            yield from _condition(content, entry, f"{where} {entry['code']}")


def _condition(content: Entry, entry: Entry, where: str) -> Iterator[str]:
    if entry.get("who", "all") not in WHO:
        yield f"{where}：who“{entry['who']}”不对，应为 {'、'.join(WHO)} 之一"
    kinds = NUMBER_KINDS if entry["rule"] != "holds" else ("choice",) if entry.get("accepted") else ("yes_no",)
    for key, reference, asked in _references(entry):
        respondent, _, code = reference.lstrip("-").partition(".")
        found = [item for item in content["items"] if item["respondent"] == respondent and means(item, code)]
        if not found:
            yield f"{where} {key}：没有填报项“{reference}”"
        elif respondent != asked:
            whose = "学校" if asked == "school" else "区县"
            yield f"{where} {key}：填报项“{reference}”不对，这里应为{whose}填报的项（看 who）"
        elif found[0]["kind"] not in kinds:
            kind = found[0]["kind"]
            yield f"{where} {key}：填报项“{reference}”的类型是 {kind}，应为 {'或'.join(kinds)}"
    named = [(key, entry[key]) for key in ("classes", "table") if key in entry]
    named += [("kinds", kind["item"]) for kind in (entry.get("kinds", ()) if entry["rule"] == "rooms" else ())]
    tables = {item["code"] for item in content["items"] if item["kind"] == "table"}
    for key, code in named:
        if code not in tables:
            yield f"{where} {key}：没有表格类填报项“{code}”"
    yield from _values(content, entry, where)


def _references(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Every item a condition points at: its key, and who must be asked it."""
    asked = "school" if entry.get("who") else DISTRICT
    for key in REFERENCES:
        if key in entry:
            own = "school" if key == "funds" else asked
            for reference in [entry[key]] if isinstance(entry[key], str) else entry[key]:
                yield key, reference, own
    for pair in entry.get("pairs", ()):
        yield from (("pairs", reference, respondent) for respondent, reference in pair.items())


def means(item: Entry, code: str) -> bool:
    """Its own code, or that of its field in one stage."""
    return code in (item["code"], *(f"{item['code']}_{stage}" for stage in item.get("stages", ())))


def _values(content: Entry, entry: Entry, where: str) -> Iterator[str]:
    rule = entry["rule"]
    stages = {stage["code"] for stage in content["stages"]}
    named = [entry["stage"]] if rule == "some" else entry["stages"] if rule == "rooms" else entry.get("limits", ())
    for stage in named:
        if stage not in stages:
            yield f"{where}：没有学段“{stage}”"
    if "area" in entry:
        yield from areas_problems(content, [entry["area"]], where)
    if rule == "ratio" and ("limit" in entry) == ("limit_parameter" in entry):
        yield f"{where}：limit 和 limit_parameter 须写且只写一个"
    parameters = {parameter["code"] for parameter in content["parameters"]}
    if entry.get("limit_parameter", "") not in {"", *parameters}:
        yield f"{where}：没有参数“{entry['limit_parameter']}”"
    if rule == "retention" and entry["formula"] not in FORMULAS:
        yield f"{where}：formula“{entry['formula']}”不对，应为 {'、'.join(FORMULAS)} 之一"
    if rule == "rooms" and entry["every"] < 1:
        yield f"{where}：every 应为正整数"
    if rule == "monitoring" and entry["level"] not in entry["levels"]:
        yield f"{where}：level“{entry['level']}”不在 levels 里"
    kinds = {kind["code"] for kind in content["kinds"]}
    for kind in [*entry["kinds"], *entry["rural_kinds"]] if rule == "small_school_funds" else ():
        if kind not in kinds:
            yield f"{where}：没有学校类别“{kind}”"
