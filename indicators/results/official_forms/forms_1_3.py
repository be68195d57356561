"""表Ⅰ–表Ⅲ: the district's people, schools, pupils and teachers; how many schools pass A1–A7; means and coefficients."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from indicators.results.evaluations.stored import StoredPart
from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import OPEN, FormBasis, classes
from indicators.results.official_forms.boxes import head, label
from indicators.standard.engine import Indicator, NotApplicable, SchoolData
from indicators.standard.engine.data import figure
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
_STAGES = ("primary", "junior")


def overview(basis: FormBasis) -> PrintedForm:
    """表Ⅰ; a sum over schools is 待填 until every school has reported its part."""
    line, gaps = _school_counts(basis)
    counts = [(_classes, "", stage) for stage in _STAGES] + [(_item, "pupils", stage) for stage in _STAGES]
    counts += [(_item, base, stage) for stage in _STAGES for base in ("staff", "teachers")]
    for number, (count, base, stage) in enumerate(counts, 17):
        # Waiting, with the names of the schools that have not reported.
        schools = _open(basis, *_ORDINARY, InstitutionKind.TEACHING_POINT)
        known = [(school.name, count(basis, school, base, stage)) for school in schools]
        lacking = [name for name, amount in known if amount is None]
        gaps += [_gap(basis, f"L{number}", lacking)] if lacking else []
        line.append(boxes.waiting() if lacking else boxes.printed(sum(amount or 0 for _, amount in known), 0))
    district = [boxes.answered(basis.district, code, places) for code, places in _DISTRICT]
    notes = [basis.say("note_1"), basis.say("own_note_1"), *gaps]
    return PrintedForm("表Ⅰ", basis.say("title_1"), (7.5,) * 24, _overview_head(basis), [[*district, *line]], notes)


def _overview_head(basis: FormBasis) -> list[Line]:
    nature = ["人口总数（万人）", "农业人口数（万人）", "乡镇数（个）", "行政村数（个）"]
    economy = [
        "年人均国内生产总值（元）",
        "年人均地方财政收入（元）",
        "农民年人均纯收入（元）",
        "城镇居民年人均可支配收入（元）",
    ]
    kinds = ["小学", "九年一贯制学校", "初中", "完全中学", "十二年一贯制学校"]
    # The unit goes on a line of its own, or narrow columns would tear it.
    single = [head(text.replace("（", "\n（"), rowspan=2) for text in (*nature, *economy, *kinds)]
    pairs = [
        head(text, rowspan=2)
        for text in ("计", f"其中：{basis.smallest_point}人及以上", "小学", "初中", "小学", "初中")
    ]
    return [
        [
            head("自然情况", 4),
            head("经济情况", 4),
            head("普通中小学校数（所）", 5),
            head("特殊教育学校（所）", rowspan=3),
            head("小学教学点数（个）", 2),
            head("教学班数（个）", 2),
            head("在校学生数（人）", 2),
            head("教职工数（人）", 4),
        ],
        [*single, *pairs, head("小学", 2), head("初中", 2)],
        [head(text) for text in ("合计", "其中专任教师") * 2],
        boxes.numbered(24),
    ]


def _open(basis: FormBasis, *kinds: str) -> list[SchoolData]:
    return [s for s in basis.data.schools if s.status == OPEN and s.kind in kinds]


def _school_counts(basis: FormBasis) -> tuple[list[Box], list[str]]:
    """L9–L16: how many schools of each kind, special schools, and 教学点."""
    kinds = Counter(school.kind for school in _open(basis, *_ORDINARY, InstitutionKind.SPECIAL))
    points = _open(basis, InstitutionKind.TEACHING_POINT)
    sizes = [(school.name, figure(school.given, "pupils_primary")) for school in points]
    unknown = [name for name, size in sizes if size is None]
    large = (
        boxes.waiting() if unknown else boxes.printed(sum((size or 0) >= basis.smallest_point for _, size in sizes), 0)
    )
    line = [boxes.printed(kinds[kind], 0) for kind in (*_ORDINARY, InstitutionKind.SPECIAL)]
    return [*line, boxes.printed(len(points), 0), large], [_gap(basis, "L16", unknown)] if unknown else []


def _classes(basis: FormBasis, school: SchoolData, _: str, stage: str) -> int | None:
    listed = classes(school, basis.spec.stages[stage].label)
    if listed is None and stage in basis.spec.kinds[school.kind].stages:
        return None
    return len(listed or ())


def _item(basis: FormBasis, school: SchoolData, base: str, stage: str) -> int | None:
    code = f"{base}_{stage}"
    number = figure(school.given, code)
    taught = stage in basis.spec.kinds[school.kind].stages
    if number is None and taught and not isinstance(school.given.get(code), NotApplicable):
        return None
    return int(number or 0)


def _gap(basis: FormBasis, column: str, names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED]) + (f"等 {len(names)} 所学校" if len(names) > _NAMED else "")
    return basis.say("lacking", column=column, schools=shown)


_WITH_UNIT = ("㎡", "元")
_BOTH_STAGES = (InstitutionKind.NINE_YEAR, InstitutionKind.TWELVE_YEAR)


def passing(basis: FormBasis) -> PrintedForm:
    """表Ⅱ-1: how many parts reach each threshold and pass altogether, and their share."""
    rows: list[Line] = []
    for stage in basis.spec.judged_stages:
        parts = basis.parts(stage)
        columns = [[part.indicators[i.code].reaches for part in parts] for i in basis.spec.resources]
        columns.append([part.passes for part in parts])
        # Waiting while one of them cannot be judged.
        totals = [boxes.waiting() if None in one else boxes.printed(sum(map(bool, one)), 0) for one in columns]
        shares = [boxes.waiting() if None in one else boxes.percent(sum(map(bool, one)), len(one)) for one in columns]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("达标学校总数"), *totals])
        rows.append([label("达标学校比例（%）"), *shares])
    return PrintedForm("表Ⅱ-1", basis.say("title_2_1"), _widths(basis, 8, 18), _resource_head(basis, "综合评估"), rows)


def schools(basis: FormBasis) -> PrintedForm:
    """表Ⅱ-2: one line a part, primary parts first, then junior ones, each numbered from 1."""
    heads = [
        "序号",
        "学校名称",
        "举办者类型",
        "在校生数",
        "年级数",
        "班级数",
        *map(_title, basis.spec.resources),
        "该校综合评估是否达标",
        f"备注（注明有哪几项指标达标，哪几项指标达到{basis.spec.floor_text}）",
    ]
    rows = [
        _part(basis, number, part)
        for stage in basis.spec.judged_stages
        for number, part in enumerate(basis.parts(stage), 1)
    ]
    widths = (5, 24, 7, 8, 6, 6, *(10.5 for _ in basis.spec.resources), 9, 24)
    lines = [[head(text) for text in heads], [*boxes.numbered(len(heads) - 1), head("")]]
    primary, junior = ([basis.schools[part.school_code] for part in basis.parts(stage)] for stage in _STAGES)
    kinds = [Counter(school.kind for school in judged) for judged in (primary, junior)]
    points = [school for school in primary if school.kind == InstitutionKind.TEACHING_POINT]
    counts = basis.say(
        "counts_2_2",
        primary=len(primary),
        primary_parts=sum(kinds[0][kind] for kind in _BOTH_STAGES),
        smallest=basis.smallest_point,
        # One whose pupils are unknown leaves the number open.
        points=boxes.WAITING if any("pupils_primary" not in s.given for s in points) else len(points),
        junior=len(junior),
        junior_parts=sum(kinds[1][kind] for kind in _BOTH_STAGES),
        secondary=kinds[1][InstitutionKind.COMPLETE_SECONDARY],
    )
    places = boxes.places(basis.spec.printing["value"])
    notes = [counts, basis.say("sponsors_2_2")]
    notes.append(basis.say("places_2_2", last=6 + len(basis.spec.resources), places=places))
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
        boxes.printed(number, 0),
        label(basis.label(school, stage)),
        boxes.printed(int(school.sponsor), 0),
        boxes.exact(part.pupils, 0),
        boxes.waiting() if listed is None else boxes.printed(len({row["grade"] for row in listed}), 0),
        boxes.waiting() if listed is None else boxes.printed(len(listed), 0),
        *(boxes.exact(part.indicators[i.code].value, places) for i in basis.spec.resources),
        boxes.verdict(part.passes),
        label(remark(basis, part)),
    ]


def remark(basis: FormBasis, part: StoredPart) -> str:
    """Say which indicators reach the threshold and which only the floor: A2 达到85%，其余达标."""
    figures = part.indicators
    lacking = [code for code, figure in figures.items() if figure.reaches is None]
    floor = [code for code, figure in figures.items() if figure.reaches is False and figure.reaches_floor]
    below = [code for code, figure in figures.items() if figure.reaches_floor is False]
    percent = basis.spec.floor_text
    words = [f"{_codes(lacking)} 缺数据"] if lacking else []
    words += [f"{_codes(below)} 未达到{percent}"] if below else []
    words += [f"{_codes(floor)} 达到{percent}"] if floor else []
    reached = len(figures) - len(lacking) - len(below) - len(floor)
    if reached:
        words.append("其余达标" if words else f"{reached} 项全部达标")
    return "，".join(words)


def _codes(codes: Sequence[str]) -> str:
    return "、".join(sorted(codes))


def balance(basis: FormBasis) -> PrintedForm:
    """表Ⅲ: means, coefficients and their mean, which is shown and never judged."""
    rows: list[Line] = []
    printing = basis.spec.printing
    for stage in basis.spec.judged_stages:
        found = [basis.result.coefficients[stage][i.code] for i in basis.spec.resources]
        means = [_measure(one.mean, one.reason, printing["mean"], boxes.NONE) for one in found]
        cvs = [_measure(one.cv, one.reason, printing["cv"], "不能判定") for one in found]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("全县平均值"), *means, Box(boxes.NONE)])
        known = [Fraction(one.cv) for one in found if one.cv is not None]
        whole = Box(boxes.NONE)
        if len(known) == len(found):
            whole = boxes.printed(sum(known, Fraction(0)) / len(known), printing["cv"])
        rows.append([label("差异系数"), *cvs, whole])
    mean, cv = boxes.places(printing["mean"]), boxes.places(printing["cv"])
    notes = [basis.say("note_3", mean=mean, cv=cv), basis.say("own_note_3")]
    near = [
        f"{basis.spec.stages[stage].label} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        if (codes := [code for code, one in basis.result.coefficients[stage].items() if one.near_limit])
    ]
    notes += [basis.say("near", number=2, names="；".join(near))] if near else []
    return PrintedForm("表Ⅲ", basis.say("title_3"), _widths(basis, 8, 14), _resource_head(basis, "综合"), rows, notes)


def _measure(value: str | None, reason: str | None, places: int, otherwise: str) -> Box:
    if value is None and reason not in ("missing", None):
        return Box(otherwise)
    return boxes.exact(value, places)


def _resource_head(basis: FormBasis, last: str) -> list[Line]:
    titles = [head(_title(indicator)) for indicator in basis.spec.resources]
    return [[head("", 2, 2), *titles, head(last)], boxes.numbered(len(titles) + 1)]


def _title(indicator: Indicator) -> str:
    unit = f"（{indicator.unit}）" if indicator.unit in _WITH_UNIT else ""
    return (indicator.form.name or indicator.name) + unit


def _widths(basis: FormBasis, stage: float, words: float) -> tuple[float, ...]:
    return (stage, words, *(14 for _ in basis.spec.resources), 12)
