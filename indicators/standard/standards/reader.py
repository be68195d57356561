"""Reads a standard's folder into canonical content, and content into the engine's Spec."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from indicators.standard.engine import spec as engine
from indicators.standard.standards import conditions, placeholders, schema
from indicators.standard.standards import overlay as overlays
from indicators.standard.standards.schema import StandardError
from portal.core.lib import digests

Content = dict[str, Any]

SHIPPED = Path(__file__).parent / "data"
FILES = ("standard.toml", "indicators.toml", "items.toml", "items_district.toml")
# Standards stored before the table of offices existed have none.
OPTIONAL_FILES = ("offices.toml",)
LISTS = ("items",)
# The file a folder is known by: a standard of its own, or an overlay.
STARTS = (FILES[0], overlays.FILE)


def read_folder(path: Path | str) -> Content:
    """Checked and JSON-able; StandardError lists all problems."""
    return read_chain(Path(path))[-1]


def read_overlay(path: Path) -> Content:
    """From the overlay's folder or its file of whatever name."""
    return read_folder(path) if path.is_dir() else _composed(path, path.stem)[-1]


def read_chain(path: Path, above: tuple[str, ...] = ()) -> list[Content]:
    """The folder's standard after every one it is based on, the lowest first.

    A base is looked for next to the overlay's folder, then among the shipped standards.
    """
    if not (path / overlays.FILE).exists():
        plain: Content = {}
        for name in (*FILES, *(name for name in OPTIONAL_FILES if (path / name).exists())):
            for key, value in _read(path / name).items():
                plain[key] = plain[key] + value if key in LISTS and key in plain else value
        return [_checked(plain)]
    if (path / FILES[0]).exists():
        raise StandardError([f"{overlays.FILE}：同一文件夹里还有 {FILES[0]}，只能有其中一个"])
    return _composed(path / overlays.FILE, path.name, above)


def _composed(file: Path, name: str, above: tuple[str, ...] = ()) -> list[Content]:
    overlay = _read(file)
    below = read_chain(_base_of(file.parent, overlay, (*above, name)), (*above, name))
    content = overlays.compose(below[-1], overlay)
    content["overlay"] = {"base": overlay["base"], "base_sha256": content_sha256(below[-1])}
    return [*below, _checked(content, f"{overlays.FILE} 与 {overlay['base']} 合成后，")]


def _checked(content: Content, where: str = "") -> Content:
    found = schema.problems(content)
    if found:
        raise StandardError([f"{where}{problem}" for problem in found])
    return content


def _base_of(path: Path, overlay: Mapping[str, Any], above: tuple[str, ...]) -> Path:
    base = overlay.get("base")
    if not isinstance(base, str) or not base:
        raise StandardError([f"{overlays.FILE}：缺少“base”，须写明以哪一版标准为基础，如 national-2017"])
    for folder in (path.parent / base, SHIPPED / base):
        if any((folder / name).exists() for name in STARTS):
            if folder.name in above:
                raise StandardError([f"{overlays.FILE} base：{'、'.join(above)} 互为基础，形成了循环"])
            return folder
    known = "、".join(folder.name for folder in shipped())
    raise StandardError([f"{overlays.FILE} base：找不到标准“{base}”，系统自带：{known}"])


def shipped() -> list[Path]:
    return sorted({path.parent for name in STARTS for path in SHIPPED.glob(f"*/{name}")})


def _read(path: Path) -> Content:
    try:
        # Decimals stay text, so that no threshold ever passes through a float.
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except FileNotFoundError as error:
        raise StandardError([f"{path.name}：文件不存在（{path.parent}）"]) from error
    except UnicodeDecodeError as error:
        raise StandardError([f"{path.name}：不是 UTF-8 文本"]) from error
    except tomllib.TOMLDecodeError as error:
        raise StandardError([f"{path.name}：TOML 格式错误，{error}"]) from error


def content_sha256(content: Mapping[str, Any]) -> str:
    return digests.fingerprint(content)


def spec_from_content(content: Mapping[str, Any]) -> engine.Spec:
    """Of content as read or as stored; StandardError if unsound."""
    found = schema.problems(content)
    if found:
        raise StandardError(found)
    sha256, content = content_sha256(content), placeholders.filled(_with_forms(content))
    stages = {
        entry["code"]: engine.Stage(
            code=entry["code"],
            label=entry["label"],
            part_label=entry["part_label"],
            judged=entry["judged"],
            cv_limit=_optional(entry.get("cv_limit")),
            limit_text=str(entry.get("cv_limit", "")),
        )
        for entry in content["stages"]
    }
    items = [_item(entry, stages.get(stage)) for entry in content["items"] for stage in entry.get("stages") or [""]]
    floor_ratio = Fraction(content["floor_ratio"])
    by_code = {item.code: item for item in items if item.respondent == "school"}
    parameters = {p["code"]: Fraction(p["value"]) for p in content["parameters"]}
    rural = tuple(content.get("rural_areas", ()))
    labels = {code: stage.label for code, stage in stages.items()}
    reader = conditions.Reader(items, parameters, labels, rural)
    return engine.Spec(
        code=content["code"],
        name=content["name"],
        rule_version=content["rule_version"],
        content_sha256=sha256,
        clause=content["clause"],
        min_reached=content["min_reached"],
        floor_ratio=floor_ratio,
        stages=stages,
        split_weights={
            frozenset(weights): {stage: Fraction(weight) for stage, weight in weights.items()}
            for weights in content["split_weights"]
        },
        kinds={entry["code"]: _kind(entry) for entry in content["kinds"]},
        printing=dict(content["printing"]),
        parameters=parameters,
        sections=tuple(engine.Section(**entry) for entry in content["sections"]),
        indicators=tuple(_indicator(entry, by_code, stages, floor_ratio, reader) for entry in content["indicators"]),
        vetoes=tuple(
            engine.Veto(**(entry | {"evidence": tuple(entry["evidence"]), "note": entry.get("note", "")}))
            for entry in content["vetoes"]
        ),
        items=by_code,
        district_items={item.code: item for item in items if item.respondent == "district"},
        relaxations={entry["code"]: _relaxation(entry, rural) for entry in content["relaxations"]},
        rural_areas=rural,
        growths=tuple(_growth(entry, items) for entry in content.get("growths", ())),
        sentences={**placeholders.SENTENCES, **content.get("sentences", {})},
    )


def _growth(entry: Mapping[str, Any], items: Iterable[engine.Item]) -> engine.Growth:
    own = [item for item in items if item.respondent == "district"]

    def rising(figure: Mapping[str, str]) -> list[engine.Rising]:
        before = {item.stage: item.code for item in own if item.base == figure["before"]}
        return [
            engine.Rising(i.base, i.label.replace("（本年）", ""), i.unit, i.stage, i.code, before[i.stage])
            for i in own
            if i.base == figure["now"]
        ]

    other = rising(entry["faster_than"])[0] if "faster_than" in entry else None
    figures = tuple(one for figure in entry["figures"] for one in rising(figure))
    return engine.Growth(entry["code"], entry["label"], entry["clause"], figures, other)


def _relaxation(entry: Mapping[str, Any], rural_areas: Sequence[str]) -> engine.RelaxationRule:
    cases = []
    for case in entry.get("cases", ()):
        limits = {name: Fraction(limit) for name, limit in case.get("limits", {}).items()}
        areas = conditions.areas_meant(case.get("areas", ()), rural_areas)
        read = {"areas": areas, "migrants_over": _optional(case.get("migrants_over")), "limits": limits}
        cases.append(engine.RelaxationCase(**(case | read)))
    plain = ("code", "indicator", "label", "clause", "text", "rule", "classes", "migrants")
    return engine.RelaxationRule(
        **{key: entry[key] for key in plain if key in entry},
        items=tuple(entry.get("items", ())),
        cases=tuple(cases),
    )


def _with_forms(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Content stored before there were forms' texts takes those of the shipped standard it rests on."""
    shipped_as = SHIPPED / content.get("overlay", {}).get("base", content["code"])
    if any("form" in entry for entry in content["indicators"]) or not shipped_as.is_dir():
        return content
    forms = {entry["code"]: entry["form"] for entry in read_folder(shipped_as)["indicators"] if "form" in entry}
    indicators = [{"form": forms[i["code"]], **i} if i["code"] in forms else i for i in content["indicators"]]
    return {**content, "indicators": indicators}


def _optional(value: str | int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _kind(entry: Mapping[str, Any]) -> engine.SchoolKind:
    sections = entry.get("sections")
    return engine.SchoolKind(
        code=entry["code"],
        stages=tuple(entry["stages"]),
        judged=entry["scope"] == "judged",
        min_pupils=entry.get("min_pupils", 0),
        reason=entry.get("reason", ""),
        sections=None if sections is None else tuple(sections),
        attached=tuple(entry.get("attached_sections", ())),
    )


def _indicator(
    entry: Mapping[str, Any],
    items: Mapping[str, engine.Item],
    stages: Mapping[str, engine.Stage],
    floor_ratio: Fraction,
    reader: conditions.Reader,
) -> engine.Indicator:
    # In the order of the stages: PostgreSQL keeps keys in an order of its own.
    given = entry.get("thresholds", {})
    thresholds = {stage: Fraction(given[stage]) for stage in stages if stage in given}
    formula = entry.get("formula")
    judged = [stage.code for stage in stages.values() if stage.judged]
    needs = entry.get("items", ())
    if formula:
        needs = ["school.pupils", *(f"school.{term['item']}" for term in formula["terms"])]
    plain = ("code", "name", "short_name", "group", "clause", "level", "definition")
    return engine.Indicator(
        **{key: entry[key] for key in plain},
        unit=entry.get("unit", ""),
        thresholds=thresholds,
        floors={stage: value * floor_ratio for stage, value in thresholds.items()},
        formula=_formula(formula, items, judged) if formula else None,
        items=tuple(needs),
        parameter=entry.get("parameter", ""),
        evidence=tuple(entry["evidence"]),
        errors=tuple(entry["errors"]),
        form=engine.FormTexts(**entry.get("form", {})),
        conditions=tuple(reader.read(condition) for condition in entry.get("conditions", ())),
    )


def _formula(entry: Mapping[str, Any], items: Mapping[str, engine.Item], judged: Iterable[str]) -> engine.Formula:
    terms: dict[str, list[engine.Term]] = {stage: [] for stage in judged}
    for stage, own in terms.items():
        for term in entry["terms"]:
            if stage in term.get("stages", (stage,)):
                item = items.get(f"{term['item']}_{stage}") or items[term["item"]]
                own.append(engine.Term(item.code, item.base_label, -1 if term.get("sign") == "-" else 1))
    return engine.Formula(
        numerator=entry["numerator"],
        numerator_unit=entry["numerator_unit"],
        terms={stage: tuple(own) for stage, own in terms.items()},
        factor=Fraction(entry["factor"]),
        shared=entry["shared"],
        gap_step=Fraction(entry["gap_step"]),
        gap_unit=entry["gap_unit"],
        trial_step=Fraction(entry.get("trial_step", 1)),
    )


def _item(entry: Mapping[str, Any], stage: engine.Stage | None) -> engine.Item:
    follows = entry.get("asked_if")
    return engine.Item(
        code=f"{entry['code']}_{stage.code}" if stage else entry["code"],
        base=entry["code"],
        stage=stage.code if stage else "",
        label=f"{stage.label}{entry['label']}" if stage else entry["label"],
        base_label=entry["label"],
        kind=entry["kind"],
        unit=entry.get("unit", ""),
        places=entry.get("places", 2),
        clock=entry["clock"],
        reference=entry.get("reference", ""),
        respondent=entry["respondent"],
        section=entry["section"],
        help=entry["help"],
        evidence=entry.get("evidence", ""),
        required=entry.get("required", True),
        relaxation=entry.get("relaxation", ""),
        signed=entry.get("signed", False),
        asked_if=(follows["item"], follows["value"]) if follows else None,
        choices=tuple(entry.get("choices", ())),
        columns=tuple(_column(column) for column in entry.get("columns", ())),
        checks=tuple(_check(check) for check in entry.get("checks", ())),
        sheet=entry.get("sheet", ""),
        sheet_code=entry.get("sheet_code", ""),
        sheet_kind=entry.get("sheet_kind", ""),
        minimum=_optional(entry.get("min")),
        maximum=_optional(entry.get("max")),
        max_length=entry.get("max_length", 0),
        yes_label=entry.get("yes_label", "是"),
        no_label=entry.get("no_label", "否"),
    )


def _column(entry: Mapping[str, Any]) -> engine.Column:
    blank_if = entry.get("blank_if", {})
    return engine.Column(
        code=entry["code"],
        label=entry["label"],
        kind=entry["kind"],
        unit=entry.get("unit", ""),
        places=entry.get("places", 2),
        choices=tuple(entry.get("choices", ())),
        minimum=_optional(entry.get("min")),
        maximum=_optional(entry.get("max")),
        blank_if=(blank_if.get("column", ""), tuple(blank_if.get("values", ()))),
    )


def _check(entry: Mapping[str, Any]) -> engine.Check:
    plain = ("rule", "other", "table", "column", "denominator", "unit", "who", "at_most", "stage", "limit")
    return engine.Check(
        **{key: entry[key] for key in plain if key in entry},
        items=tuple(entry.get("items", ())),
        columns=tuple(entry.get("columns", ())),
        schools=tuple(entry.get("schools", ())),
        kinds=tuple(entry.get("kinds", ())),
        grades=tuple(entry.get("grades", ())),
        factor=Fraction(entry.get("factor", 1)),
        times=Fraction(entry.get("times", 1)),
        percent=Fraction(entry.get("percent", 0)),
        length=entry.get("length", 0),
        minimum=_optional(entry.get("min")),
        maximum=_optional(entry.get("max")),
    )
