"""Reads a standard's content, as of its folder or as stored, into the engine's Spec."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from indicators.standard.engine import COMPULSORY, RURAL, conditions, spec as engine
from indicators.standard.standards import files, placeholders
from indicators.standard.standards.files import StandardError
from indicators.standard.standards.references import REFERENCES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Part = TypeVar("Part", bound=DataclassInstance)

Entry = Mapping[str, Any]
RULES: Mapping[str, type[conditions.Condition]] = {
    "ratio": conditions.Ratio,
    "holds": conditions.Holds,
    "some": conditions.Some,
    "rooms": conditions.Rooms,
    "size": conditions.Size,
    "class_size": conditions.ClassSize,
    "small_school_funds": conditions.SmallSchoolFunds,
    "retention": conditions.Retention,
    "monitoring": conditions.Monitoring,
    "agrees": conditions.Agrees,
}


def spec_from_content(content: Entry) -> engine.Spec:
    """StandardError if unsound."""
    found = files.problems(content)
    if found:
        raise StandardError(found)
    sha256, indicators = files.content_sha256(content), content["indicators"]
    shipped_as = files.SHIPPED / content.get("overlay", {}).get("base", content["code"])
    if not any("form" in entry for entry in indicators) and shipped_as.is_dir():
        # Stored before there were forms' texts: it takes those of the shipped standard it rests on.
        forms = {one["code"]: one["form"] for one in files.read_folder(shipped_as)["indicators"] if "form" in one}
        indicators = [{"form": forms[i["code"]], **i} if i["code"] in forms else i for i in indicators]
    return _Reader(placeholders.filled({**content, "indicators": indicators})).spec(sha256)


def _part(kind: "type[Part]", entry: Entry, **own: Any) -> "Part":
    """From the keys that are its fields, lists as tuples; ``own``: values read otherwise."""
    names = {field.name for field in fields(kind)} - own.keys()
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key in names}
    return kind(**plain, **own)


def _optional(value: str | int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


class _Reader:
    """Entries read in the order in which they rest on each other: stages, items, indicators."""

    def __init__(self, content: Entry) -> None:
        self.content = content
        self.floor_ratio = Fraction(content["floor_ratio"])
        self.parameters = {entry["code"]: Fraction(entry["value"]) for entry in content["parameters"]}
        self.stages = {
            entry["code"]: _part(
                engine.Stage,
                entry,
                cv_limit=_optional(entry.get("cv_limit")),
                limit_text=str(entry.get("cv_limit", "")),
            )
            for entry in content["stages"]
        }
        self.items = [
            self._item(entry, self.stages.get(stage))
            for entry in content["items"]
            for stage in entry.get("stages") or [""]
        ]
        self.of_schools = {item.code: item for item in self.items if item.respondent == "school"}
        self.of_district = {item.code: item for item in self.items if item.respondent == "district"}

    def spec(self, sha256: str) -> engine.Spec:
        content = self.content
        plain = ("code", "name", "rule_version", "clause", "min_reached", "printing")
        return engine.Spec(
            **{key: content[key] for key in plain},
            content_sha256=sha256,
            floor_ratio=self.floor_ratio,
            stages=self.stages,
            split_weights={
                frozenset(weights): {stage: Fraction(weight) for stage, weight in weights.items()}
                for weights in content["split_weights"]
            },
            kinds={
                entry["code"]: _part(
                    engine.SchoolKind,
                    entry,
                    judged=entry["scope"] == "judged",
                    attached=tuple(entry.get("attached_sections", ())),
                )
                for entry in content["kinds"]
            },
            parameters=self.parameters,
            sections=tuple(engine.Section(**entry) for entry in content["sections"]),
            indicators=tuple(self._indicator(entry) for entry in content["indicators"]),
            vetoes=tuple(_part(engine.Veto, entry) for entry in content["vetoes"]),
            items=self.of_schools,
            district_items=self.of_district,
            relaxations={entry["code"]: self._relaxation(entry) for entry in content["relaxations"]},
            rural_areas=tuple(content.get("rural_areas", ())),
            growths=tuple(self._growth(entry) for entry in content.get("growths", ())),
            sentences={**placeholders.SENTENCES, **content.get("sentences", {})},
        )

    def _item(self, entry: Entry, stage: engine.Stage | None) -> engine.Item:
        follows = entry.get("asked_if")
        columns = []
        for column in entry.get("columns", ()):
            blank = column.get("blank_if", {})
            columns.append(
                _part(
                    engine.Column,
                    column,
                    minimum=_optional(column.get("min")),
                    maximum=_optional(column.get("max")),
                    blank_if=(blank.get("column", ""), tuple(blank.get("values", ()))),
                )
            )
        checks = [
            _part(
                engine.Check,
                check,
                factor=Fraction(check.get("factor", 1)),
                times=Fraction(check.get("times", 1)),
                percent=Fraction(check.get("percent", 0)),
                minimum=_optional(check.get("min")),
                maximum=_optional(check.get("max")),
            )
            for check in entry.get("checks", ())
        ]
        return _part(
            engine.Item,
            entry,
            code=f"{entry['code']}_{stage.code}" if stage else entry["code"],
            base=entry["code"],
            stage=stage.code if stage else "",
            label=f"{stage.label}{entry['label']}" if stage else entry["label"],
            base_label=entry["label"],
            asked_if=(follows["item"], follows["value"]) if follows else None,
            columns=tuple(columns),
            checks=tuple(checks),
            minimum=_optional(entry.get("min")),
            maximum=_optional(entry.get("max")),
        )

    def _indicator(self, entry: Entry) -> engine.Indicator:
        # In the order of the stages: PostgreSQL keeps keys in an order of its own.
        given = entry.get("thresholds", {})
        thresholds = {stage: Fraction(given[stage]) for stage in self.stages if stage in given}
        formula, needs = entry.get("formula"), entry.get("items", ())
        rule = None
        if formula:
            needs = ["school.pupils", *(f"school.{term['item']}" for term in formula["terms"])]
            terms: dict[str, list[engine.Term]] = {stage.code: [] for stage in self.stages.values() if stage.judged}
            for stage, own in terms.items():
                for term in formula["terms"]:
                    if stage in term.get("stages", (stage,)):
                        item = self.of_schools.get(f"{term['item']}_{stage}") or self.of_schools[term["item"]]
                        own.append(engine.Term(item.code, item.base_label, -1 if term.get("sign") == "-" else 1))
            steps = {key: Fraction(formula.get(key, 1)) for key in ("factor", "gap_step", "trial_step")}
            by_stage = {stage: tuple(own) for stage, own in terms.items()}
            rule = _part(engine.Formula, formula, terms=by_stage, **steps)
        return _part(
            engine.Indicator,
            entry,
            thresholds=thresholds,
            floors={stage: value * self.floor_ratio for stage, value in thresholds.items()},
            formula=rule,
            items=tuple(needs),
            form=engine.FormTexts(**entry.get("form", {})),
            conditions=tuple(self._condition(condition) for condition in entry.get("conditions", ())),
        )

    def _condition(self, entry: Entry) -> conditions.Condition:
        own: dict[str, Any] = {"judged": entry.get("judged", True)}
        for key in REFERENCES:
            if isinstance(entry.get(key), str):
                own["source" if key == "item" else key] = self._source(entry[key])
            elif key in entry:
                own["sources" if key == "items" else key] = tuple(self._source(one) for one in entry[key])
        if "limit_parameter" in entry:
            own["limit"] = self.parameters[entry["limit_parameter"]]
        own |= {key: Fraction(entry[key]) for key in ("limit", "factor") if key in entry}
        if "area" in entry:
            own["areas"] = self._areas([entry["area"]])
        match entry["rule"]:
            case "rooms":
                own["stages"] = tuple(self.stages[stage].label for stage in entry["stages"])
                kinds = ((kind["item"], kind["label"], Fraction(kind["min_area"])) for kind in entry["kinds"])
                own["kinds"] = tuple(conditions.RoomKind(*kind) for kind in kinds)
            case "class_size":
                own["limits"] = {self.stages[stage].label: limit for stage, limit in entry["limits"].items()}
                own["scale"] = tuple(_part(conditions.Band, band) for band in entry.get("scale", ()))
            case "monitoring":
                own["subjects"] = tuple(conditions.Subject(**subject) for subject in entry.get("subjects", ()))
            case "agrees":
                pairs = entry["pairs"]
                own["pairs"] = tuple((self._source(pair["district"]), self._source(pair["school"])) for pair in pairs)
                own["judged"] = False
        return _part(RULES[entry["rule"]], entry, **own)

    def _source(self, reference: str) -> conditions.FigureSource:
        """ "school.teachers": one field for each compulsory stage, or the one named in full."""
        sign = -1 if reference.startswith("-") else 1
        respondent, _, code = reference.lstrip("-").partition(".")
        own = [item for item in self.items if item.respondent == respondent]
        found = [item for item in own if item.code == code] or [
            item for item in own if item.base == code and item.stage in ("", *COMPULSORY)
        ]
        label = found[0].label if len(found) == 1 else found[0].base_label
        unit = "" if found[0].kind in ("yes_no", "choice") else found[0].unit
        return conditions.FigureSource(respondent, tuple(item.code for item in found), label, unit, sign)

    def _areas(self, named: Iterable[str]) -> tuple[str, ...]:
        """In words of the register: 农村 is what the standard says it is."""
        rural: Sequence[str] = self.content.get("rural_areas", ())
        return tuple(dict.fromkeys(area for name in named for area in (rural if name == RURAL else (name,))))

    def _relaxation(self, entry: Entry) -> engine.RelaxationRule:
        cases = tuple(
            _part(
                engine.RelaxationCase,
                case,
                areas=self._areas(case.get("areas", ())),
                migrants_over=_optional(case.get("migrants_over")),
                limits={name: Fraction(limit) for name, limit in case.get("limits", {}).items()},
            )
            for case in entry.get("cases", ())
        )
        return _part(engine.RelaxationRule, entry, cases=cases)

    def _growth(self, entry: Entry) -> engine.Growth:
        def rising(figure: Mapping[str, str]) -> list[engine.Rising]:
            before = {i.stage: i.code for i in self.of_district.values() if i.base == figure["before"]}
            return [
                engine.Rising(i.base, i.label.replace("（本年）", ""), i.unit, i.stage, i.code, before[i.stage])
                for i in self.of_district.values()
                if i.base == figure["now"]
            ]

        other = rising(entry["faster_than"])[0] if "faster_than" in entry else None
        figures = tuple(one for figure in entry["figures"] for one in rising(figure))
        return _part(engine.Growth, entry, rising=figures, faster_than=other)
