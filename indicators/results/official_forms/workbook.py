"""表Ⅰ–表Ⅵ and the annexes, filled: people, schools, who passes A1–A7, coefficients; assurance, quality, recognition, vetoes, 三个增长."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.stored import StoredPart, StoredVeto
from indicators.results.official_forms.facts import (
    OPEN,
    FormBasis,
    classes,
    head,
    label,
    numbered,
    places,
    printed,
    rows,
)
from indicators.standard.engine import Indicator, Monitoring, NotApplicable, SchoolData, figure, numbers, reporting
from portal.core.lib import dates
from portal.core.lib.verdicts import RISES
from portal.core.spreadsheets.write import Box, Line, PrintedForm
from schools.directory.models import InstitutionKind

# Items of the bureau with the decimals the form prints (its note: population 2, L5–L8 none).
_DISTRICT = (
    ("population_total", 2),
    ("population_rural", 2),
    ("townships", 0),
    ("villages", 0),
    ("gdp_per_head", 0),
    ("revenue_per_head", 0),
    ("rural_income", 0),
    ("urban_income", 0),
)
_ORDINARY = (
    InstitutionKind.PRIMARY,
    InstitutionKind.NINE_YEAR,
    InstitutionKind.JUNIOR,
    InstitutionKind.COMPLETE_SECONDARY,
    InstitutionKind.TWELVE_YEAR,
)
_NAMED = 5
# 表Ⅰ: how many columns and lines each box of its head takes.
_SPANS = (
    ((4, 1), (4, 1), (5, 1), (1, 3), (2, 1), (2, 1), (2, 1), (4, 1)),
    (*((1, 2),) * 19, (2, 1), (2, 1)),
    ((1, 1),) * 4,
)
_STAGES = ("primary", "junior")


def overview(basis: FormBasis) -> PrintedForm:
    """表Ⅰ; a sum is 待填 until every school has reported its part."""
    # L9–L16: schools of each kind, special schools, 教学点.
    kinds = Counter(school.kind for school in _open(basis, *_ORDINARY, InstitutionKind.SPECIAL))
    points = _open(basis, InstitutionKind.TEACHING_POINT)
    sizes = [(school.name, figure(school.given, "pupils_primary")) for school in points]
    unknown = [name for name, size in sizes if size is None]
    large = basis.waiting() if unknown else printed(sum((size or 0) >= basis.smallest_point for _, size in sizes), 0)
    ordinary = [printed(kinds[kind], 0) for kind in (*_ORDINARY, InstitutionKind.SPECIAL)]
    line, gaps = [*ordinary, printed(len(points), 0), large], [_gap(basis, "L16", unknown)] if unknown else []
    counts = [(base, stage) for base in ("classes", "pupils") for stage in _STAGES]
    counts += [(base, stage) for stage in _STAGES for base in ("staff", "teachers")]
    for number, (base, stage) in enumerate(counts, 17):
        # Waiting, with the names of the schools that have not reported.
        schools = _open(basis, *_ORDINARY, InstitutionKind.TEACHING_POINT)
        known = [(school.name, _count(basis, school, base, stage)) for school in schools]
        lacking = [name for name, amount in known if amount is None]
        gaps += [_gap(basis, f"L{number}", lacking)] if lacking else []
        line.append(basis.waiting() if lacking else printed(sum(amount or 0 for _, amount in known), 0))
    district = [basis.answered(code, places) for code, places in _DISTRICT]
    notes = [basis.say("note_1"), basis.say("own_note_1"), *gaps]
    heads: list[Line] = []
    for number, texts in enumerate(basis.boxes("heads_1", smallest=basis.smallest_point)):
        # The unit goes on a line of its own, or narrow columns would tear it.
        shown = [text.replace("（", "\n（") if number == 1 else text for text in texts]
        heads.append([head(text, *span) for text, span in zip(shown, _SPANS[number], strict=True)])
    heads.append(numbered(24))
    return PrintedForm("表Ⅰ", basis.say("title_1"), (7.5,) * 24, heads, [[*district, *line]], notes)


def _open(basis: FormBasis, *kinds: str) -> list[SchoolData]:
    return [s for s in basis.data.schools if s.status == OPEN and s.kind in kinds]


def _count(basis: FormBasis, school: SchoolData, base: str, stage: str) -> int | None:
    taught = stage in basis.spec.kinds[school.kind].stages
    if base == "classes":
        listed = classes(school, basis.spec.stages[stage].label)
        return None if listed is None and taught else len(listed or ())
    code = f"{base}_{stage}"
    number = figure(school.given, code)
    if number is None and taught and not isinstance(school.given.get(code), NotApplicable):
        return None
    return int(number or 0)


def _gap(basis: FormBasis, column: str, names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED])
    if len(names) > _NAMED:
        shown = basis.say("more_schools", schools=shown, count=len(names))
    return basis.say("lacking", column=column, schools=shown)


_WITH_UNIT = ("㎡", "元")
_BOTH_STAGES = (InstitutionKind.NINE_YEAR, InstitutionKind.TWELVE_YEAR)


def passing(basis: FormBasis) -> PrintedForm:
    """表Ⅱ-1: parts that reach each threshold and pass altogether, and their share."""
    rows: list[Line] = []
    ((total, share),) = basis.boxes("rows_2_1")
    for stage in basis.spec.judged_stages:
        parts = basis.parts(stage)
        columns = [[part.indicators[i.code].reaches for part in parts] for i in basis.spec.resources]
        columns.append([part.passes for part in parts])
        # Waiting while one of them cannot be judged.
        totals = [basis.waiting() if None in one else printed(sum(map(bool, one)), 0) for one in columns]
        shares = [basis.waiting() if None in one else basis.percent(sum(map(bool, one)), len(one)) for one in columns]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label(total), *totals])
        rows.append([label(share), *shares])
    return PrintedForm("表Ⅱ-1", basis.say("title_2_1"), _widths(basis, 8, 18), _resource_head(basis, "heads_2_1"), rows)


def schools(basis: FormBasis) -> PrintedForm:
    """表Ⅱ-2: one line a part, primary first, then junior, each numbered from 1."""
    ((*left, passes, remarks),) = basis.boxes("heads_2_2", limit=basis.spec.floor_text)
    heads = [*left, *map(_title, basis.spec.resources), passes, remarks]
    rows = [
        _part(basis, number, part)
        for stage in basis.spec.judged_stages
        for number, part in enumerate(basis.parts(stage), 1)
    ]
    widths = (5, 24, 7, 8, 6, 6, *(10.5 for _ in basis.spec.resources), 9, 24)
    lines = [[head(text) for text in heads], [*numbered(len(heads) - 1), head("")]]
    primary, junior = ([basis.schools[part.school_code] for part in basis.parts(stage)] for stage in _STAGES)
    kinds = [Counter(school.kind for school in judged) for judged in (primary, junior)]
    points = [school for school in primary if school.kind == InstitutionKind.TEACHING_POINT]
    counts = basis.say(
        "counts_2_2",
        primary=len(primary),
        primary_parts=sum(kinds[0][kind] for kind in _BOTH_STAGES),
        smallest=basis.smallest_point,
        # One whose pupils are unknown leaves the number open.
        points=basis.say("waiting") if any("pupils_primary" not in s.given for s in points) else len(points),
        junior=len(junior),
        junior_parts=sum(kinds[1][kind] for kind in _BOTH_STAGES),
        secondary=kinds[1][InstitutionKind.COMPLETE_SECONDARY],
    )
    notes = [counts, basis.say("sponsors_2_2")]
    notes.append(
        basis.say("places_2_2", last=6 + len(basis.spec.resources), places=places(basis.spec.printing["value"]))
    )
    near = [
        f"{basis.label(basis.schools[part.school_code], stage)} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        for part in basis.parts(stage)
        if (codes := [code for code, figure in part.indicators.items() if figure.near_limit])
    ]
    notes += [basis.say("near", number=4, names="；".join(near))] if near else []
    return PrintedForm("表Ⅱ-2", basis.say("title_2_2"), widths, lines, rows, notes)


def _part(basis: FormBasis, number: int, part: StoredPart) -> Line:
    school, stage = basis.schools[part.school_code], part.stage
    listed = classes(school, basis.spec.stages[stage].label)
    places = basis.spec.printing["value"]
    return [
        printed(number, 0),
        label(basis.label(school, stage)),
        printed(int(school.sponsor), 0),
        basis.exact(part.pupils, 0),
        basis.waiting() if listed is None else printed(len({row["grade"] for row in listed}), 0),
        basis.waiting() if listed is None else printed(len(listed), 0),
        *(basis.exact(part.indicators[i.code].value, places) for i in basis.spec.resources),
        basis.verdict(part.passes),
        label(remark(basis, part)),
    ]


def remark(basis: FormBasis, part: StoredPart) -> str:
    """A2 达到85%，其余达标."""
    figures = part.indicators
    lacking = [code for code, figure in figures.items() if figure.reaches is None]
    floor = [code for code, figure in figures.items() if figure.reaches is False and figure.reaches_floor]
    below = [code for code, figure in figures.items() if figure.reaches_floor is False]
    groups = (("remark_lacking", lacking), ("remark_below", below), ("remark_floor", floor))
    words = [basis.say(each, codes=_codes(own), floor=basis.spec.floor_text) for each, own in groups if own]
    if reached := len(figures) - len(lacking) - len(below) - len(floor):
        words.append(basis.say("remark_rest") if words else basis.say("remark_all", count=reached))
    return "，".join(words)


def _codes(codes: Sequence[str]) -> str:
    return "、".join(sorted(codes))


def balance(basis: FormBasis) -> PrintedForm:
    """表Ⅲ: means, coefficients and their mean, which is never judged."""
    rows: list[Line] = []
    printing, ((average, coefficient),) = basis.spec.printing, basis.boxes("rows_3")
    for stage in basis.spec.judged_stages:
        found = [basis.result.coefficients[stage][i.code] for i in basis.spec.resources]
        means = [_measure(basis, one.mean, one.reason, printing["mean"], "none") for one in found]
        cvs = [_measure(basis, one.cv, one.reason, printing["cv"], "undecided") for one in found]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label(average), *means, Box(basis.say("none"))])
        known = [Fraction(one.cv) for one in found if one.cv is not None]
        whole = Box(basis.say("none"))
        if len(known) == len(found):
            whole = printed(sum(known, Fraction(0)) / len(known), printing["cv"])
        rows.append([label(coefficient), *cvs, whole])
    mean, cv = places(printing["mean"]), places(printing["cv"])
    notes = [basis.say("note_3", mean=mean, cv=cv), basis.say("own_note_3")]
    near = [
        f"{basis.spec.stages[stage].label} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        if (codes := [code for code, one in basis.result.coefficients[stage].items() if one.near_limit])
    ]
    notes += [basis.say("near", number=2, names="；".join(near))] if near else []
    return PrintedForm(
        "表Ⅲ", basis.say("title_3"), _widths(basis, 8, 14), _resource_head(basis, "heads_3"), rows, notes
    )


def _measure(basis: FormBasis, value: str | None, reason: str | None, places: int, otherwise: str) -> Box:
    if value is None and reason not in ("missing", None):
        return Box(basis.say(otherwise))
    return basis.exact(value, places)


def _resource_head(basis: FormBasis, last: str) -> list[Line]:
    titles = [head(_title(indicator)) for indicator in basis.spec.resources]
    return [[head("", 2, 2), *titles, *map(head, *basis.boxes(last))], numbered(len(titles) + 1)]


def _title(indicator: Indicator) -> str:
    unit = f"（{indicator.unit}）" if indicator.unit in _WITH_UNIT else ""
    return (indicator.form.name or indicator.name) + unit


def _widths(basis: FormBasis, stage: float, words: float) -> tuple[float, ...]:
    return (stage, words, *(14 for _ in basis.spec.resources), 12)


# 表Ⅵ: what stands in L1–L7 for everybody, and for parents among them ("" = asked for nowhere).
_ALL = ("survey_sent", "survey_valid", "survey_satisfied", "rate", "visits_total", "visits_satisfied", "visits_rate")
_PARENTS = (
    "",
    "survey_valid_parents",
    "survey_satisfied_parents",
    "parents_rate",
    "visits_total_parents",
    "visits_satisfied_parents",
    "visits_parents_rate",
)
# How many columns and lines each box of the head of 表Ⅵ takes.
_SURVEY_SPANS = (((3, 1), (1, 3), (2, 1), (1, 3)), ((1, 2), (2, 1), (1, 2), (1, 2)), ((1, 1), (1, 1)))


def assurance(basis: FormBasis) -> PrintedForm:
    """表Ⅳ 政府保障程度."""
    return _table(basis, "表Ⅳ", 4, "B", [basis.say("note_4")])


def quality(basis: FormBasis) -> PrintedForm:
    """表Ⅴ 教育质量."""
    return _table(basis, "表Ⅴ", 5, "C", [])


def _table(basis: FormBasis, name: str, number: int, letter: str, notes: Sequence[str]) -> PrintedForm:
    indicators = [i for i in basis.spec.indicators if i.code.startswith(letter)]
    rows: list[Line] = []
    for place, indicator in enumerate(indicators, 1):
        judged = basis.condition(indicator.code)
        named = label(f"{place}.{indicator.form.name or indicator.name}")
        words = label(conclusion(basis, indicator.code))
        rows.append([named, words, basis.verdict(judged.passes, judged.applicable)])
    itemised = any(basis.condition(i.code).conditions for i in indicators)
    own = [] if itemised else [basis.say("not_itemised")]
    title, heads = basis.say(f"title_{number}"), basis.boxes(f"heads_{number}")
    return PrintedForm(name, title, (56, 74, 12), [list(map(head, *heads))], rows, [*notes, *own])


def conclusion(basis: FormBasis, code: str) -> str:
    """指标值或简要结论: the form's sentence, the subjects of C9, or the reasons of the verdict."""
    judged = basis.condition(code)
    if not judged.applicable:
        return judged.why
    if code == "C9":
        return _monitoring(basis)
    if sentence := basis.spec.indicator(code).form.words:
        return basis.filled(sentence, judged)
    return judged.why if judged.conditions else judged.value or basis.say("waiting")


def _monitoring(basis: FormBasis) -> str:
    """Each subject's newest level and variation."""
    newest: dict[str, Any] = {}
    for row in sorted(rows(basis.district, "monitoring"), key=lambda row: row.get("year") or 0):
        newest[row["subject"]] = row
    conditions = basis.spec.indicator("C9").conditions
    rule = next((c for c in conditions if isinstance(c, Monitoring)), None)
    years = [row["year"] for row in newest.values() if row.get("year") is not None]
    demanded = rule.demanded(max(years, default=None)) if rule else ()
    results = []
    for subject in dict.fromkeys((*demanded, *newest)):
        row = newest.get(subject, {})
        if rule and row.get("level") in rule.skipped:
            report = row.get("report") or basis.say("waiting")
            results.append(basis.say("not_monitored", subject=subject, level=row["level"], report=report))
            continue
        variation = row.get("variation")
        shown = basis.say("waiting") if variation is None else numbers.text(Decimal(variation))
        level = row.get("level") or basis.say("waiting")
        results.append(basis.say("monitored", subject=subject, level=level, variation=shown))
    return "；".join(results)


def recognition(basis: FormBasis) -> PrintedForm:
    """表Ⅵ: the state's survey; a parents' count the bureau is not asked for stays 待填."""
    ((everybody, parents),) = basis.boxes("rows_6")
    rows = [_answers(basis, everybody, _ALL), _answers(basis, parents, _PARENTS)]
    lines: list[Line] = [
        [head(text, *span) for text, span in zip(texts, spans, strict=True)]
        for texts, spans in zip(basis.boxes("heads_6"), _SURVEY_SPANS, strict=True)
    ]
    lines = [[head("", rowspan=4), *lines[0]], *lines[1:], numbered(7)]
    notes = [basis.say("note_6"), basis.say("own_note_6")]
    return PrintedForm("表Ⅵ", basis.say("title_6"), (14, *(16,) * 7), lines, rows, notes)


def _answers(basis: FormBasis, name: str, codes: Sequence[str]) -> Line:
    figures = basis.condition("D1").figures
    line = [basis.exact(figures.get(c), 1) if c.endswith("rate") else basis.answered(c, 0) for c in codes]
    return [label(name), *line]


_STATED = {True: "stated", False: "denied", None: "waiting"}


def vetoes(basis: FormBasis) -> PrintedForm:
    """附表1: as stated by the schools and, for the whole district, the bureau."""
    heads = [list(map(head, *basis.boxes("heads_vetoes")))]
    rows = [_veto(basis, one) for one in basis.result.vetoes]
    notes = [basis.say("note_vetoes")]
    widths = (40, 24, 14, 12, 18, 34)
    return PrintedForm("附表1", basis.say("title_vetoes"), widths, heads, rows, notes)


def _veto(basis: FormBasis, judged: StoredVeto) -> Line:
    veto = next(v for v in basis.spec.vetoes if v.code == judged.code)
    counted = (("schools_state", judged.schools), ("schools_silent", judged.unanswered))
    schools = [basis.say(each, count=len(own)) for each, own in counted if own]
    nobody = "schools_deny" if reporting(basis.spec, basis.data.schools) else "no_school"
    name, words = label(f"{veto.code} {veto.name}"), label("、".join(schools) or basis.say(nobody))
    if not judged.asks_bureau:
        return [name, words, *(Box(basis.say("none")) for _ in range(4))]
    answer = basis.bureau.get("answers", {}).get(veto.item, {})
    day = dates.day(timezone.localtime(datetime.fromisoformat(answer["at"])).date()) if answer.get("at") else ""
    # A paper names the person; the account behind the name is the portal's own.
    by = answer.get("by", "").partition("（")[0]
    # The files the bureau put behind it.
    proofs = (one["name"] for one in basis.bureau.get("evidence", ()) if one["item"] == veto.item)
    stated = Box(basis.say(_STATED[judged.bureau]), open=judged.bureau is None)
    return [
        name,
        words,
        stated,
        Box(by),
        Box(day),
        label("、".join(dict.fromkeys(proofs)) or basis.say("waiting")),
    ]


def growth(basis: FormBasis) -> PrintedForm:
    """附表2: 三个增长, two years with documents; no part of the verdict."""
    heads = [list(map(head, *basis.boxes("heads_growth")))]
    rows: list[Line] = []
    for one in evaluations.growth(basis.evaluation):
        for number, line in enumerate(one.lines):
            span = len(one.lines)
            own = [label(one.label, rowspan=span), Box(one.words, rowspan=span)] if not number else []
            verdict = Box(RISES[line.passes].words, open=line.passes is None)
            rows.append([*own, label(line.why), verdict, label("、".join(line.proofs) or basis.say("waiting"))])
    clauses = "；".join(dict.fromkeys(one.clause for one in basis.spec.growths))
    notes = [basis.say("note_growth", clauses=clauses)]
    return PrintedForm("附表2", basis.say("title_growth"), (30, 20, 56, 10, 34), heads, rows, notes)
