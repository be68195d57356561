"""表Ⅰ–表Ⅲ: the district's people, schools, pupils and teachers; how many schools pass A1–A7; means and coefficients."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from indicators.results.evaluations.stored import StoredCoefficient, StoredPart
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
_NOTE = "注：“人口总数”和“农业人口数”按常住人口统计，数字保留两位小数。L5-L8列数字保留整数。"
_OWN_NOTE = "说明：学校按名录中在办的统计；L17-L24含普通中小学和教学点，不含特殊教育学校。"
Count = Callable[[SchoolData, str], int | None]


def overview(basis: FormBasis) -> PrintedForm:
    """Return 表Ⅰ; a sum over schools is 待填 until every school has reported its part."""
    staff, teachers = _item(basis, "staff"), _item(basis, "teachers")
    line, gaps = _school_counts(basis)
    sums: list[Box] = []
    for number, (count, stage) in enumerate(
        [
            *((count, stage) for count in (_classes(basis), _item(basis, "pupils")) for stage in _STAGES),
            *((count, stage) for stage in _STAGES for count in (staff, teachers)),
        ],
        17,
    ):
        box, lacking = _sum(_open(basis, *_ORDINARY, InstitutionKind.TEACHING_POINT), count, stage)
        gaps += [_gap(f"L{number}", lacking)] if lacking else []
        sums.append(box)
    district = [boxes.answered(basis.district, code, places) for code, places in _DISTRICT]
    return PrintedForm(
        "表Ⅰ",
        "表Ⅰ 义务教育优质均衡发展县（市、区）基本情况",
        (7.5,) * 24,
        _overview_head(basis),
        [[*district, *line, *sums]],
        [_NOTE, _OWN_NOTE, *gaps],
    )


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
    return [s for s in basis.returns.schools if s.status == OPEN and s.kind in kinds]


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
    return [*line, boxes.printed(len(points), 0), large], [_gap("L16", unknown)] if unknown else []


def _classes(basis: FormBasis) -> Count:
    def count(school: SchoolData, stage: str) -> int | None:
        listed = classes(school, basis.spec.stages[stage].label)
        if listed is None and stage in basis.spec.kinds[school.kind].stages:
            return None
        return len(listed or ())

    return count


def _item(basis: FormBasis, base: str) -> Count:
    def count(school: SchoolData, stage: str) -> int | None:
        code = f"{base}_{stage}"
        number = figure(school.given, code)
        taught = stage in basis.spec.kinds[school.kind].stages
        if number is None and taught and not isinstance(school.given.get(code), NotApplicable):
            return None
        return int(number or 0)

    return count


def _sum(schools: Iterable[SchoolData], count: Count, stage: str) -> tuple[Box, list[str]]:
    """The sum over the schools, or a waiting box with the names of those that have not reported."""
    counts = [(school.name, count(school, stage)) for school in schools]
    lacking = [name for name, number in counts if number is None]
    return (boxes.waiting() if lacking else boxes.printed(sum(number or 0 for _, number in counts), 0)), lacking


def _gap(column: str, names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED]) + (f"等 {len(names)} 所学校" if len(names) > _NAMED else "")
    return f"待填：{column} 缺少{shown}的数据。"


_WITH_UNIT = ("㎡", "元")
_BOTH_STAGES = (InstitutionKind.NINE_YEAR, InstitutionKind.TWELVE_YEAR)
_SPONSORS = (
    "2.举办者类型处填写代码：中央教育部门代码为1、中央其他部门为2、省级教育部门为3、省级其他部门为4、地级教育部门为5、"
    "地级其他部门为6、县级教育部门为7、县级其他部门为8、地方企业为9、民办为10。"
)


def passing(basis: FormBasis) -> PrintedForm:
    """Return 表Ⅱ-1: how many parts reach each threshold and pass altogether, and their share."""
    rows: list[Line] = []
    for stage in basis.spec.judged_stages:
        parts = basis.parts(stage)
        columns = [[part.indicators[i.code].reaches for part in parts] for i in basis.spec.resources]
        columns.append([part.passes for part in parts])
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("达标学校总数"), *map(_count, columns)])
        rows.append([label("达标学校比例（%）"), *map(_share, columns)])
    return PrintedForm(
        "表Ⅱ-1", "表Ⅱ-1 小学、初中资源配置基本情况", _widths(basis, 8, 18), _resource_head(basis, "综合评估"), rows
    )


def _count(reached: Sequence[bool | None]) -> Box:
    """How many hold; waiting while one of them cannot be judged."""
    return boxes.waiting() if None in reached else boxes.printed(sum(map(bool, reached)), 0)


def _share(reached: Sequence[bool | None]) -> Box:
    return boxes.waiting() if None in reached else boxes.percent(sum(map(bool, reached)), len(reached))


def schools(basis: FormBasis) -> PrintedForm:
    """Return 表Ⅱ-2: one line a part, primary parts first, then junior ones, each numbered from 1."""
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
    notes = [
        f"注：1.{_counts(basis)}",
        _SPONSORS,
        f"3.L7-L{6 + len(basis.spec.resources)}数值均保留{boxes.places(basis.spec.printing['value'])}。",
    ]
    near = [
        f"{basis.label(basis.schools[part.school_code], stage)} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        for part in basis.parts(stage)
        if (codes := [code for code, figure in part.indicators.items() if figure.near_limit])
    ]
    notes += _near(4, near)
    return PrintedForm("表Ⅱ-2", "表Ⅱ-2 小学、初中资源配置基本情况（分学校）", widths, lines, rows, notes)


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


def _near(number: int, names: Sequence[str]) -> list[str]:
    """The note that marks 临界: what reads otherwise as printed than as judged."""
    if not names:
        return []
    return [
        f"{number}.临界（按未四舍五入的数判定，表中印出的数看起来与结论不符，须核对原始数据）：{'；'.join(names)}。"
    ]


def _codes(codes: Sequence[str]) -> str:
    return "、".join(sorted(codes))


def _counts(basis: FormBasis) -> str:
    kinds = {
        stage: Counter(basis.schools[part.school_code].kind for part in basis.parts(stage))
        for stage in ("primary", "junior")
    }
    primary, junior = kinds["primary"], kinds["junior"]
    points = [basis.schools[p.school_code] for p in basis.parts("primary")]
    return (
        f"小学学校总数 {primary.total()} 所（其中：一贯制学校的小学部有 {_both_stages(primary)} 所，"
        f"{basis.smallest_point}人及以上教学点有 {_points(points)} 个），初中学校总数 {junior.total()} 所（其中：一贯制学校的初中部 "
        f"{_both_stages(junior)} 所，完全中学的初中部 {junior[InstitutionKind.COMPLETE_SECONDARY]} 所）。"
    )


def _both_stages(kinds: Counter[str]) -> int:
    return sum(kinds[kind] for kind in _BOTH_STAGES)


def _points(judged: Sequence[SchoolData]) -> str:
    """教学点 that take part; one whose pupils are unknown leaves the number open."""
    points = [school for school in judged if school.kind == InstitutionKind.TEACHING_POINT]
    return boxes.WAITING if any("pupils_primary" not in s.given for s in points) else str(len(points))


def balance(basis: FormBasis) -> PrintedForm:
    """Return 表Ⅲ: means, coefficients and their mean, which is shown and never judged."""
    rows: list[Line] = []
    printing = basis.spec.printing
    for stage in basis.spec.judged_stages:
        found = [basis.result.coefficients[stage][i.code] for i in basis.spec.resources]
        means = [_measure(one.mean, one.reason, printing["mean"], boxes.NONE) for one in found]
        cvs = [_measure(one.cv, one.reason, printing["cv"], "不能判定") for one in found]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("全县平均值"), *means, Box(boxes.NONE)])
        rows.append([label("差异系数"), *cvs, _composite(found, printing["cv"])])
    title = "表Ⅲ 县域义务教育校际均衡情况"
    notes = [
        f"注：全县平均值保留{boxes.places(printing['mean'])}，差异系数保留{boxes.places(printing['cv'])}。",
        "说明：“综合”为各项差异系数的平均值，仅供参考，不用于判定。",
    ]
    near = [
        f"{basis.spec.stages[stage].label} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        if (codes := [code for code, one in basis.result.coefficients[stage].items() if one.near_limit])
    ]
    notes += _near(2, near)
    return PrintedForm("表Ⅲ", title, _widths(basis, 8, 14), _resource_head(basis, "综合"), rows, notes)


def _measure(value: str | None, reason: str | None, places: int, otherwise: str) -> Box:
    if value is None and reason not in ("missing", None):
        return Box(otherwise)
    return boxes.exact(value, places)


def _composite(coefficients: Sequence[StoredCoefficient], places: int) -> Box:
    known = [Fraction(one.cv) for one in coefficients if one.cv is not None]
    if len(known) < len(coefficients):
        return Box(boxes.NONE)
    return boxes.printed(sum(known, Fraction(0)) / len(known), places)


def _resource_head(basis: FormBasis, last: str) -> list[Line]:
    titles = [head(_title(indicator)) for indicator in basis.spec.resources]
    return [[head("", 2, 2), *titles, head(last)], boxes.numbered(len(titles) + 1)]


def _title(indicator: Indicator) -> str:
    unit = f"（{indicator.unit}）" if indicator.unit in _WITH_UNIT else ""
    return (indicator.form.name or indicator.name) + unit


def _widths(basis: FormBasis, stage: float, words: float) -> tuple[float, ...]:
    return (stage, words, *(14 for _ in basis.spec.resources), 12)
