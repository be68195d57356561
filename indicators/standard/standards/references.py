"""Whether what a standard's entries point at exists: items, stages, sections, codes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from indicators.standard.engine import AREAS, COMPULSORY, DISTRICT, RURAL, WHO
from indicators.standard.standards import placeholders

Content = Mapping[str, Any]

KINDS = ("number", "decimal", "yes_no", "choice", "text", "table")
COLUMN_KINDS = ("number", "decimal", "choice", "text", "date")
CLOCKS = ("学年初", "财政", "学年")
LEVELS = ("part", "school", "district")
RESPONDENTS = ("school", "district")
# Rules of a relaxation, by the conditions of its indicator they change; count adds to a formula instead.
RELAXATION_RULES = ("count", "rooms", "size")
SIZES = ("single", "combined")
RETENTION_FORMULAS = ("a", "b", "c")
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


def file_of(group: str, entry: Content) -> str:
    if group == "items":
        return "items_district.toml" if entry.get("respondent") == "district" else "items.toml"
    return "indicators.toml" if group in ("indicators", "vetoes") else "standard.toml"


def problems(content: Content) -> Iterator[str]:
    """The shapes must be sound already."""
    yield from _duplicates(content)
    yield from _stages_and_kinds(content)
    for item in content["items"]:
        yield from _item(content, item)
    for indicator in content["indicators"]:
        yield from _indicator(content, indicator)
    for indicator in content["indicators"]:
        where, conditions = f"indicators.toml 指标 {indicator['code']} conditions", indicator.get("conditions", ())
        if conditions and "formula" in indicator:
            yield f"{where}：有 formula 的指标不能再写 conditions"
        yield from (f"{where}：代码“{code}”重复" for code in _twice(entry["code"] for entry in conditions))
        for entry in conditions:
            yield from _condition_items(content, entry, f"{where} {entry['code']}")
            yield from _condition_values(content, entry, f"{where} {entry['code']}")
    for veto in content["vetoes"]:
        yield from _no_item(content, f"indicators.toml 否决事项 {veto['code']}", "school", veto["item"])
    for relaxation in content["relaxations"]:
        yield from _relaxation(content, relaxation)
    # Both years of a figure are asked, in the same stages.
    stages = {item["code"]: item.get("stages", []) for item in content["items"] if item["respondent"] == DISTRICT}
    for entry in content.get("growths", ()):
        for figure in (*entry["figures"], *filter(None, [entry.get("faster_than")])):
            now, before = (stages.get(figure[year]) for year in ("now", "before"))
            if now is None or now != before:
                pair = f"“{figure['now']}”“{figure['before']}”"
                yield f"standard.toml growths {entry['code']}：没有{pair}这一对学段相同的区县填报项"
    yield from placeholders.sentence_problems(content)
    for where, name in placeholders.unknown(content):
        yield f"{where}：文字里的“{{{name}}}”没有对应的限值，请检查拼写"


def _codes(content: Content, group: str) -> set[str]:
    return {entry["code"] for entry in content[group]}


def _twice(codes: Iterable[str]) -> list[str]:
    return [code for code, count in Counter(codes).items() if count > 1]


def _unknown(where: str, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    yield from (f"{where}：没有{what}“{name}”" for name in dict.fromkeys(names) if name not in known)


def _one_of(where: str, key: str, value: str, allowed: Collection[str]) -> Iterator[str]:
    if value not in allowed:
        yield f"{where}：{key}“{value}”不对，应为 {'、'.join(allowed)} 之一"


def _items(content: Content, respondent: str, code: str | None) -> list[Content]:
    return [item for item in content["items"] if item["respondent"] == respondent and item["code"] == code]


def _no_item(content: Content, where: str, respondent: str, code: str | None) -> Iterator[str]:
    if not _items(content, respondent, code):
        yield f"{where}：没有填报项“{code}”"


def _figure_items(content: Content, respondent: str, code: str) -> list[Content]:
    """By code, or that of its field in one stage."""
    own = (item for item in content["items"] if item["respondent"] == respondent)
    return [item for item in own if code in (item["code"], *(f"{item['code']}_{s}" for s in item.get("stages", ())))]


def _areas(content: Content, named: Iterable[str], where: str) -> Iterator[str]:
    """Unknown areas, and 农村 in a standard that does not define it."""
    for area in named:
        if area not in (*AREAS, RURAL):
            yield f"{where}：没有城乡类型“{area}”，应为 {'、'.join((*AREAS, RURAL))} 之一"
        elif area == RURAL and not content.get("rural_areas"):
            yield f"{where}：写了“{RURAL}”，须在 standard.toml 里用 rural_areas 写明它指哪些城乡类型"


def _duplicates(content: Content) -> Iterator[str]:
    for group in ("stages", "kinds", "sections", "parameters", "relaxations"):
        for code in _twice(entry["code"] for entry in content[group]):
            yield f"standard.toml {group}：代码“{code}”重复"
    for code in _twice(entry["code"] for entry in (*content["indicators"], *content["vetoes"])):
        yield f"indicators.toml：代码“{code}”重复"
    for respondent in RESPONDENTS:
        own = [item for item in content["items"] if item["respondent"] == respondent]
        # A field a stage, or its own.
        fields = ([f"{i['code']}_{stage}" for stage in i.get("stages", ())] or [i["code"]] for i in own)
        for code in _twice(code for codes in fields for code in codes):
            yield f"{file_of('items', own[0])}：填报项代码“{code}”重复"


def _stages_and_kinds(content: Content) -> Iterator[str]:
    for area in content.get("rural_areas", ()):
        if area not in AREAS:
            yield f"standard.toml rural_areas：没有城乡类型“{area}”，应为 {'、'.join(AREAS)} 之一"
    known, sections = _codes(content, "stages"), _codes(content, "sections")
    for stage in content["stages"]:
        if stage["judged"] and "cv_limit" not in stage:
            yield f"standard.toml stages {stage['code']}：缺少差异系数上限 cv_limit"
    for weights in content["split_weights"]:
        yield from _unknown("standard.toml split_weights", "学段", weights, known)
    given = {frozenset(weights) for weights in content["split_weights"]}
    # Every set of two or more stages a school may have, with a compulsory one among them.
    subsets: list[frozenset[str]] = [frozenset()]
    for code in sorted(known):
        subsets += [subset | {code} for subset in subsets]
    for wanted in subsets:
        if len(wanted) > 1 and wanted & set(COMPULSORY) and wanted not in given:
            yield f"standard.toml split_weights：缺少学段组合 {'、'.join(sorted(wanted))} 的权重"
    for kind in content["kinds"]:
        where = f"standard.toml 学校类别“{kind['code']}”"
        yield from _unknown(where, "学段", kind["stages"], known)
        yield from _unknown(where, "栏目", (*kind.get("sections", ()), *kind.get("attached_sections", ())), sections)
        if kind["scope"] not in ("judged", "excluded"):
            yield f"{where}：scope 应为 judged 或 excluded"
        if (kind["scope"] == "excluded" or "min_pupils" in kind) and "reason" not in kind:
            yield f"{where}：不参加评估须写明 reason"


def _item(content: Content, item: Content) -> Iterator[str]:
    where, columns = f"{file_of('items', item)} 填报项 {item['code']}", item.get("columns", ())
    yield from _one_of(where, "kind", item["kind"], KINDS)
    yield from _one_of(where, "clock", item["clock"], CLOCKS)
    yield from _one_of(where, "respondent", item["respondent"], RESPONDENTS)
    sections = {s["code"] for s in content["sections"] if s["respondent"] == item["respondent"]}
    yield from _unknown(where, "栏目", [item["section"]], sections)
    yield from _unknown(where, "学段", item.get("stages", ()), _codes(content, "stages"))
    if item["kind"] == "choice" and not item.get("choices"):
        yield f"{where}：选项类须写 choices"
    if item["kind"] == "table":
        if not (columns and item.get("sheet") and item.get("sheet_code")):
            yield f"{where}：表格须写 columns、sheet 和 sheet_code"
        for column in columns:
            yield from _one_of(f"{where} 列 {column['code']}", "kind", column["kind"], COLUMN_KINDS)
        yield from (f"{where}：列代码“{code}”重复" for code in _twice(column["code"] for column in columns))
    yield from _unknown(where, "放宽口径", filter(None, [item.get("relaxation")]), _codes(content, "relaxations"))
    if follows := item.get("asked_if"):
        yield from _no_item(content, f"{where} asked_if", item["respondent"], follows.get("item"))
    for check in item.get("checks", ()):
        own = f"{where} checks {check['rule']}"
        yield from _unknown(own, "列", check.get("columns", ()), {column["code"] for column in columns})
        named = [check[key] for key in ("other", "denominator", "table") if key in check]
        for base in (*named, *check.get("items", ())):
            yield from _no_item(content, own, item["respondent"], base)
        for table in _items(content, item["respondent"], check.get("table")):
            found = {column["code"] for column in table.get("columns", ())}
            if check.get("column") not in (None, *found):
                yield f"{own}：表格“{table['code']}”没有列“{check['column']}”"
        yield from _check_elsewhere(content, check, own)


def _check_elsewhere(content: Content, check: Content, where: str) -> Iterator[str]:
    """The schools' figures a district's is compared with, and the condition whose limit a school's is."""
    yield from _one_of(where, "who", check.get("who", "all"), WHO)
    yield from _unknown(where, "学校类别", check.get("kinds", ()), _codes(content, "kinds"))
    yield from _unknown(where, "学段", filter(None, [check.get("stage")]), _codes(content, "stages"))
    if check.get("grades") and not (check.get("stage") and check.get("column")):
        yield f"{where}：写了 grades，须同时写 stage 和 column"
    kinds = ("table",) if check.get("grades") else NUMBER_KINDS
    for code in check.get("schools", ()):
        asked = _figure_items(content, "school", code)
        if not asked:
            yield f"{where}：没有学校填报项“{code}”"
        elif asked[0]["kind"] not in kinds:
            yield f"{where}：学校填报项“{code}”的类型是 {asked[0]['kind']}，应为 {'或'.join(kinds)}"
        elif check.get("grades") and check.get("column"):
            columns = {column["code"] for column in asked[0]["columns"]}
            for column in {"stage", "grade", check["column"]} - columns:
                yield f"{where}：表格“{code}”没有列“{column}”"
    if check["rule"] == "reaches_limit":
        code, _, condition = check["limit"].partition(".")
        for indicator in (indicator for indicator in content["indicators"] if indicator["code"] == code):
            ratios = {c["code"] for c in indicator.get("conditions", ()) if c["rule"] == "ratio"}
            if condition not in ratios:
                yield f"{where}：没有比例条件“{check['limit']}”"


def _indicator(content: Content, indicator: Content) -> Iterator[str]:
    where, formula = f"indicators.toml 指标 {indicator['code']}", indicator.get("formula")
    yield from _one_of(where, "level", indicator["level"], LEVELS)
    yield from _unknown(where, "参数", filter(None, [indicator.get("parameter")]), _codes(content, "parameters"))
    for reference in indicator.get("items", ()):
        respondent, _, base = reference.partition(".")
        if not _items(content, respondent, base):
            yield f"{where} items：没有填报项“{reference}”"
    if formula is None:
        if not indicator.get("items"):
            yield f"{where}：须写 formula 或 items"
        return
    where, judged = f"{where} formula", {stage["code"] for stage in content["stages"] if stage["judged"]}
    for stage in judged - set(indicator.get("thresholds", ())):
        yield f"{where}：缺少学段“{stage}”的标准值"
    if formula["denominator"] != "pupils":
        yield f"{where}：分母只能是 pupils（本学段在校生数）"
    if Decimal(formula.get("trial_step", 1)) <= 0:
        yield f"{where}：trial_step 应大于 0"
    covered = set()
    for term in formula["terms"]:
        base = term.get("item")
        found = _items(content, "school", base)
        if not found:
            yield f"{where}：没有填报项“{base}”"
            continue
        covered |= set(term.get("stages", judged))
        if term.get("sign", "+") not in ("+", "-"):
            yield f"{where}：填报项“{base}”的 sign 应为 + 或 -"
        if found[0]["kind"] not in NUMBER_KINDS:
            yield f"{where}：填报项“{base}”不是数字，不能参加计算"
        if bool(found[0].get("stages")) == formula["shared"]:
            yield f"{where}：填报项“{base}”与 shared 不一致（按学段填写的不拆分，全校数才拆分）"
    for stage in judged - covered:
        yield f"{where}：学段“{stage}”没有分子"


def _condition_items(content: Content, entry: Content, where: str) -> Iterator[str]:
    """Each item and table it names, and who is asked for it."""
    asked = "school" if entry.get("who") else DISTRICT
    pointed = [
        (key, reference, "school" if key == "funds" else asked)
        for key in REFERENCES
        for reference in ([entry[key]] if isinstance(entry.get(key), str) else entry.get(key, ()))
    ]
    pointed += [("pairs", reference, who) for pair in entry.get("pairs", ()) for who, reference in pair.items()]
    kinds = NUMBER_KINDS if entry["rule"] != "holds" else ("choice",) if entry.get("accepted") else ("yes_no",)
    for key, reference, wanted in pointed:
        respondent, _, code = reference.lstrip("-").partition(".")
        found = _figure_items(content, respondent, code)
        if not found:
            yield f"{where} {key}：没有填报项“{reference}”"
        elif respondent != wanted:
            whose = "学校" if wanted == "school" else "区县"
            yield f"{where} {key}：填报项“{reference}”不对，这里应为{whose}填报的项（看 who）"
        elif found[0]["kind"] not in kinds:
            kind = found[0]["kind"]
            yield f"{where} {key}：填报项“{reference}”的类型是 {kind}，应为 {'或'.join(kinds)}"
    tables = {item["code"] for item in content["items"] if item["kind"] == "table"}
    for key in ("classes", "table"):
        yield from _unknown(f"{where} {key}", "表格类填报项", filter(None, [entry.get(key)]), tables)
    if entry["rule"] == "rooms":
        yield from _unknown(f"{where} kinds", "表格类填报项", (kind["item"] for kind in entry["kinds"]), tables)


def _condition_values(content: Content, entry: Content, where: str) -> Iterator[str]:
    rule = entry["rule"]
    yield from _one_of(where, "who", entry.get("who", "all"), WHO)
    named = [entry["stage"]] if rule == "some" else entry["stages"] if rule == "rooms" else entry.get("limits", ())
    yield from _unknown(where, "学段", named, _codes(content, "stages"))
    if "area" in entry:
        yield from _areas(content, [entry["area"]], where)
    if rule == "ratio" and ("limit" in entry) == ("limit_parameter" in entry):
        yield f"{where}：limit 和 limit_parameter 须写且只写一个"
    yield from _unknown(where, "参数", filter(None, [entry.get("limit_parameter")]), _codes(content, "parameters"))
    if rule == "retention":
        yield from _one_of(where, "formula", entry["formula"], RETENTION_FORMULAS)
    if rule == "rooms" and entry["every"] < 1:
        yield f"{where}：every 应为正整数"
    if rule == "monitoring" and entry["level"] not in entry["levels"]:
        yield f"{where}：level“{entry['level']}”不在 levels 里"
    if rule == "small_school_funds":
        kinds = [*entry["kinds"], *entry["rural_kinds"]]
        yield from _unknown(where, "学校类别", kinds, _codes(content, "kinds"))


def _relaxation(content: Content, entry: Content) -> Iterator[str]:
    where, rule = f"standard.toml 放宽口径 {entry['code']}", entry.get("rule")
    indicator = next((i for i in content["indicators"] if i["code"] == entry["indicator"]), None)
    if indicator is None:
        yield f"{where}：没有指标“{entry['indicator']}”"
        return
    if rule is None:
        return
    if rule not in RELAXATION_RULES:
        yield f"{where}：没有放宽规则“{rule}”，可用：{'、'.join(RELAXATION_RULES)}"
        return
    own = [c for c in indicator.get("conditions", ()) if c["rule"] == rule]
    if ("formula" not in indicator) if rule == "count" else not own:
        yield f"{where}：指标 {entry['indicator']} 不能用规则“{rule}”放宽"
        return
    if not entry.get("cases"):
        yield f"{where}：须写 cases"
    if rule == "count" and not entry.get("items"):
        yield f"{where}：须写 items"
    kinds = {item["code"]: item["kind"] for item in content["items"] if item["respondent"] == "school"}
    for code in (*entry.get("items", ()), *filter(None, [entry.get("migrants")])):
        if kinds.get(code) not in NUMBER_KINDS:
            yield f"{where}：没有数字类填报项“{code}”"
    if entry.get("classes") and kinds.get(entry["classes"]) != "table":
        yield f"{where}：没有表格类填报项“{entry['classes']}”"
    allowed = SIZES if rule == "size" else [kind["item"] for c in own for kind in c.get("kinds", ())]
    for case in entry.get("cases", ()):
        at = f"{where} cases“{case['label']}”"
        for name, limit in case.get("limits", {}).items():
            if name not in allowed:
                yield f"{at}：limits 不认识“{name}”，可用：{'、'.join(allowed)}"
            if isinstance(limit, bool) or not str(limit).replace(".", "", 1).isdigit():
                yield f"{at}：limits“{name}”的值 {limit!r} 应为数字"
        if rule != "count" and not case.get("limits"):
            yield f"{at}：须写 limits"
        yield from _areas(content, case.get("areas", ()), at)
        yield from _one_of(at, "only_stage", case.get("only_stage", COMPULSORY[0]), COMPULSORY)
        for key, needs in (("max_class", "classes"), ("migrants_over", "migrants")):
            if key in case and not entry.get(needs):
                yield f"{at}：写了 {key}，须在放宽口径里写明 {needs}"
