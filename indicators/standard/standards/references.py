"""Whether what a standard's entries point at exists: items, stages, sections, codes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from indicators.standard.engine.respondents import AREAS, WHO
from indicators.standard.engine.spec import COMPULSORY
from indicators.standard.standards import conditions, placeholders

Content = Mapping[str, Any]

KINDS = ("number", "decimal", "yes_no", "choice", "text", "table")
COLUMN_KINDS = ("number", "decimal", "choice", "text", "date")
CLOCKS = ("学年初", "财政", "学年")
LEVELS = ("part", "school", "district")
RESPONDENTS = ("school", "district")
# Rules of a relaxation, by the conditions of its indicator they change; count adds to a formula instead.
RELAXATION_RULES = ("count", "rooms", "size")
SIZES = ("single", "combined")


def file_of(group: str, entry: Content) -> str:
    if group == "items":
        return "items_district.toml" if entry.get("respondent") == "district" else "items.toml"
    return "indicators.toml" if group in ("indicators", "vetoes") else "standard.toml"


def problems(content: Content) -> Iterator[str]:
    """The shapes must be sound already."""
    yield from _duplicates(content)
    yield from _stages(content)
    yield from _kinds(content)
    for item in content["items"]:
        yield from _item(content, item)
    for indicator in content["indicators"]:
        yield from _indicator(content, indicator)
    yield from conditions.problems(content)
    for veto in content["vetoes"]:
        if not _bases(content, "school", {veto["item"]}):
            yield f"indicators.toml 否决事项 {veto['code']}：没有填报项“{veto['item']}”"
    for relaxation in content["relaxations"]:
        yield from _relaxation(content, relaxation)
    # Both years of a figure are asked, in the same stages.
    stages = {item["code"]: item.get("stages", []) for item in content["items"] if item["respondent"] == "district"}
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


def _bases(content: Content, respondent: str, codes: set[str]) -> list[Content]:
    return [item for item in content["items"] if item["respondent"] == respondent and item["code"] in codes]


def flat_codes(item: Content) -> list[str]:
    """One per stage, or its own."""
    return [f"{item['code']}_{stage}" for stage in item.get("stages", ())] or [item["code"]]


def _duplicates(content: Content) -> Iterator[str]:
    for group in ("stages", "kinds", "sections", "parameters", "relaxations"):
        for code in _twice(entry["code"] for entry in content[group]):
            yield f"standard.toml {group}：代码“{code}”重复"
    judged = [*content["indicators"], *content["vetoes"]]
    for code in _twice(entry["code"] for entry in judged):
        yield f"indicators.toml：代码“{code}”重复"
    for respondent in RESPONDENTS:
        own = [item for item in content["items"] if item["respondent"] == respondent]
        for code in _twice(code for item in own for code in flat_codes(item)):
            yield f"{file_of('items', own[0])}：填报项代码“{code}”重复"


def _twice(codes: Any) -> list[str]:
    return [code for code, count in Counter(codes).items() if count > 1]


def _stages(content: Content) -> Iterator[str]:
    for area in content.get("rural_areas", ()):
        if area not in AREAS:
            yield f"standard.toml rural_areas：没有城乡类型“{area}”，应为 {'、'.join(AREAS)} 之一"
    known = _codes(content, "stages")
    for stage in content["stages"]:
        if stage["judged"] and "cv_limit" not in stage:
            yield f"standard.toml stages {stage['code']}：缺少差异系数上限 cv_limit"
    for weights in content["split_weights"]:
        for stage in weights.keys() - known:
            yield f"standard.toml split_weights：没有学段“{stage}”"
    given = {frozenset(weights) for weights in content["split_weights"]}
    # Every set of two or more stages a school may have, with a compulsory one among them.
    subsets: list[frozenset[str]] = [frozenset()]
    for code in sorted(known):
        subsets += [subset | {code} for subset in subsets]
    for wanted in subsets:
        if len(wanted) > 1 and wanted & set(COMPULSORY) and wanted not in given:
            yield f"standard.toml split_weights：缺少学段组合 {'、'.join(sorted(wanted))} 的权重"


def _kinds(content: Content) -> Iterator[str]:
    stages, sections = _codes(content, "stages"), _codes(content, "sections")
    for kind in content["kinds"]:
        where = f"standard.toml 学校类别“{kind['code']}”"
        for stage in set(kind["stages"]) - stages:
            yield f"{where}：没有学段“{stage}”"
        for section in {*kind.get("sections", ()), *kind.get("attached_sections", ())} - sections:
            yield f"{where}：没有栏目“{section}”"
        if kind["scope"] not in ("judged", "excluded"):
            yield f"{where}：scope 应为 judged 或 excluded"
        if (kind["scope"] == "excluded" or "min_pupils" in kind) and "reason" not in kind:
            yield f"{where}：不参加评估须写明 reason"


def _item(content: Content, item: Content) -> Iterator[str]:
    where = f"{file_of('items', item)} 填报项 {item['code']}"
    for key, allowed in (("kind", KINDS), ("clock", CLOCKS), ("respondent", RESPONDENTS)):
        if item[key] not in allowed:
            yield f"{where}：{key}“{item[key]}”不对，应为 {'、'.join(allowed)} 之一"
    sections = {s["code"] for s in content["sections"] if s["respondent"] == item["respondent"]}
    if item["section"] not in sections:
        yield f"{where}：没有栏目“{item['section']}”"
    for stage in set(item.get("stages", ())) - _codes(content, "stages"):
        yield f"{where}：没有学段“{stage}”"
    if item["kind"] == "choice" and not item.get("choices"):
        yield f"{where}：选项类须写 choices"
    if item["kind"] == "table":
        if not (item.get("columns") and item.get("sheet") and item.get("sheet_code")):
            yield f"{where}：表格须写 columns、sheet 和 sheet_code"
        for column in item.get("columns", ()):
            if column["kind"] not in COLUMN_KINDS:
                allowed_kinds = "、".join(COLUMN_KINDS)
                yield f"{where} 列 {column['code']}：kind“{column['kind']}”不对，应为 {allowed_kinds} 之一"
        for code in _twice(column["code"] for column in item.get("columns", ())):
            yield f"{where}：列代码“{code}”重复"
    if item.get("relaxation", "") not in {"", *_codes(content, "relaxations")}:
        yield f"{where}：没有放宽口径“{item['relaxation']}”"
    follows = item.get("asked_if")
    if follows and not _bases(content, item["respondent"], {follows.get("item", "")}):
        yield f"{where} asked_if：没有填报项“{follows.get('item')}”"
    for check in item.get("checks", ()):
        yield from _check(content, item, check, f"{where} checks {check['rule']}")


def _check(content: Content, item: Content, check: Content, where: str) -> Iterator[str]:
    own_columns = {column["code"] for column in item.get("columns", ())}
    for column in set(check.get("columns", ())) - own_columns:
        yield f"{where}：没有列“{column}”"
    single = [check[key] for key in ("other", "denominator", "table") if key in check]
    for base in [*single, *check.get("items", ())]:
        if not _bases(content, item["respondent"], {base}):
            yield f"{where}：没有填报项“{base}”"
    yield from _schools(content, check, where)
    if check["rule"] == "reaches_limit":
        code, _, condition = check["limit"].partition(".")
        for indicator in (indicator for indicator in content["indicators"] if indicator["code"] == code):
            ratios = {c["code"] for c in indicator.get("conditions", ()) if c["rule"] == "ratio"}
            if condition not in ratios:
                yield f"{where}：没有比例条件“{check['limit']}”"
    for table in _bases(content, item["respondent"], {check.get("table", "")}):
        columns = {column["code"] for column in table.get("columns", ())}
        if check.get("column") not in (None, *columns):
            yield f"{where}：表格“{table['code']}”没有列“{check['column']}”"


def _schools(content: Content, check: Content, where: str) -> Iterator[str]:
    """Of the schools' figures a district's figure is compared with."""
    if check.get("who", "all") not in WHO:
        yield f"{where}：who“{check['who']}”不对，应为 {'、'.join(WHO)} 之一"
    for kind in set(check.get("kinds", ())) - _codes(content, "kinds"):
        yield f"{where}：没有学校类别“{kind}”"
    if check.get("stage", "") not in {"", *_codes(content, "stages")}:
        yield f"{where}：没有学段“{check['stage']}”"
    if check.get("grades") and not (check.get("stage") and check.get("column")):
        yield f"{where}：写了 grades，须同时写 stage 和 column"
    kinds = ("table",) if check.get("grades") else conditions.NUMBER_KINDS
    for code in check.get("schools", ()):
        asked = [i for i in content["items"] if i["respondent"] == "school" and conditions.means(i, code)]
        if not asked:
            yield f"{where}：没有学校填报项“{code}”"
        elif asked[0]["kind"] not in kinds:
            yield f"{where}：学校填报项“{code}”的类型是 {asked[0]['kind']}，应为 {'或'.join(kinds)}"
        elif check.get("grades"):
            columns = {column["code"] for column in asked[0]["columns"]}
            for column in {"stage", "grade", check["column"]} - columns if check.get("column") else ():
                yield f"{where}：表格“{code}”没有列“{column}”"


def _indicator(content: Content, indicator: Content) -> Iterator[str]:
    where = f"indicators.toml 指标 {indicator['code']}"
    if indicator["level"] not in LEVELS:
        yield f"{where}：level“{indicator['level']}”不对，应为 {'、'.join(LEVELS)} 之一"
    if indicator.get("parameter", "") not in {"", *_codes(content, "parameters")}:
        yield f"{where}：没有参数“{indicator['parameter']}”"
    for reference in indicator.get("items", ()):
        respondent, _, base = reference.partition(".")
        if not _bases(content, respondent, {base}):
            yield f"{where} items：没有填报项“{reference}”"
    if "formula" in indicator:
        yield from _formula(content, indicator, f"{where} formula")
    elif not indicator.get("items"):
        yield f"{where}：须写 formula 或 items"


def _formula(content: Content, indicator: Content, where: str) -> Iterator[str]:
    judged = {stage["code"] for stage in content["stages"] if stage["judged"]}
    for stage in judged - set(indicator.get("thresholds", ())):
        yield f"{where}：缺少学段“{stage}”的标准值"
    formula = indicator["formula"]
    if formula["denominator"] != "pupils":
        yield f"{where}：分母只能是 pupils（本学段在校生数）"
    if Decimal(formula.get("trial_step", 1)) <= 0:
        yield f"{where}：trial_step 应大于 0"
    covered = set()
    for term in formula["terms"]:
        base = term.get("item")
        found = _bases(content, "school", {base})
        if not found:
            yield f"{where}：没有填报项“{base}”"
            continue
        covered |= set(term.get("stages", judged))
        if term.get("sign", "+") not in ("+", "-"):
            yield f"{where}：填报项“{base}”的 sign 应为 + 或 -"
        if found[0]["kind"] not in ("number", "decimal"):
            yield f"{where}：填报项“{base}”不是数字，不能参加计算"
        if bool(found[0].get("stages")) == formula["shared"]:
            yield f"{where}：填报项“{base}”与 shared 不一致（按学段填写的不拆分，全校数才拆分）"
    for stage in judged - covered:
        yield f"{where}：学段“{stage}”没有分子"


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
        if kinds.get(code) not in ("number", "decimal"):
            yield f"{where}：没有数字类填报项“{code}”"
    if entry.get("classes") and kinds.get(entry["classes"]) != "table":
        yield f"{where}：没有表格类填报项“{entry['classes']}”"
    allowed = SIZES if rule == "size" else [kind["item"] for c in own for kind in c.get("kinds", ())]
    for case in entry.get("cases", ()):
        yield from _case(content, entry, case, allowed, f"{where} cases“{case['label']}”")


def _case(content: Content, entry: Content, case: Content, allowed: Sequence[str], where: str) -> Iterator[str]:
    for name, limit in case.get("limits", {}).items():
        if name not in allowed:
            yield f"{where}：limits 不认识“{name}”，可用：{'、'.join(allowed)}"
        if isinstance(limit, bool) or not str(limit).replace(".", "", 1).isdigit():
            yield f"{where}：limits“{name}”的值 {limit!r} 应为数字"
    if entry["rule"] != "count" and not case.get("limits"):
        yield f"{where}：须写 limits"
    yield from conditions.areas_problems(content, case.get("areas", ()), where)
    if case.get("only_stage", COMPULSORY[0]) not in COMPULSORY:
        yield f"{where}：only_stage“{case['only_stage']}”不对，应为 {'、'.join(COMPULSORY)} 之一"
    for key, needs in (("max_class", "classes"), ("migrants_over", "migrants")):
        if key in case and not entry.get(needs):
            yield f"{where}：写了 {key}，须在放宽口径里写明 {needs}"
