"""表Ⅰ: the district's people, economy, schools, classes, pupils and teachers."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import OPEN, Basis, classes
from indicators.results.official_forms.boxes import head
from indicators.standard.engine import NotApplicable, SchoolData
from indicators.standard.engine.data import figure
from portal.core.spreadsheets.write import Box, Form, Line
from schools.directory.models import Kind

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
_ORDINARY = (Kind.PRIMARY, Kind.NINE_YEAR, Kind.JUNIOR, Kind.COMPLETE_SECONDARY, Kind.TWELVE_YEAR)
_NAMED = 5
_STAGES = ("primary", "junior")
_NOTE = "注：“人口总数”和“农业人口数”按常住人口统计，数字保留两位小数。L5-L8列数字保留整数。"
_OWN_NOTE = "说明：学校按名录中在办的统计；L17-L24含普通中小学和教学点，不含特殊教育学校。"
Count = Callable[[SchoolData, str], int | None]


def form(basis: Basis) -> Form:
    """Return 表Ⅰ; a sum over schools is 待填 until every school has reported its part."""
    staff, teachers = _item(basis, "staff"), _item(basis, "teachers")
    line, gaps = _schools(basis)
    sums: list[Box] = []
    for number, (count, stage) in enumerate(
        [
            *((count, stage) for count in (_classes(basis), _item(basis, "pupils")) for stage in _STAGES),
            *((count, stage) for stage in _STAGES for count in (staff, teachers)),
        ],
        17,
    ):
        box, lacking = _sum(_taught(basis), count, stage)
        gaps += [_gap(f"L{number}", lacking)] if lacking else []
        sums.append(box)
    district = [boxes.answered(basis.district, code, places) for code, places in _DISTRICT]
    return Form(
        "表Ⅰ",
        "表Ⅰ 义务教育优质均衡发展县（市、区）基本情况",
        (7.5,) * 24,
        _head(basis),
        [[*district, *line, *sums]],
        [_NOTE, _OWN_NOTE, *gaps],
    )


def _head(basis: Basis) -> list[Line]:
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


def _open(basis: Basis, *kinds: str) -> list[SchoolData]:
    return [s for s in basis.returns.schools if s.status == OPEN and s.kind in kinds]


def _taught(basis: Basis) -> list[SchoolData]:
    """The schools whose classes, pupils and teachers the form counts."""
    return _open(basis, *_ORDINARY, Kind.TEACHING_POINT)


def _schools(basis: Basis) -> tuple[list[Box], list[str]]:
    """L9–L16: how many schools of each kind, special schools, and 教学点."""
    kinds = Counter(school.kind for school in _open(basis, *_ORDINARY, Kind.SPECIAL))
    points = _open(basis, Kind.TEACHING_POINT)
    sizes = [(school.name, figure(school.given, "pupils_primary")) for school in points]
    unknown = [name for name, size in sizes if size is None]
    large = (
        boxes.waiting() if unknown else boxes.printed(sum((size or 0) >= basis.smallest_point for _, size in sizes), 0)
    )
    line = [boxes.printed(kinds[kind], 0) for kind in (*_ORDINARY, Kind.SPECIAL)]
    return [*line, boxes.printed(len(points), 0), large], [_gap("L16", unknown)] if unknown else []


def _classes(basis: Basis) -> Count:
    def count(school: SchoolData, stage: str) -> int | None:
        listed = classes(school, basis.spec.stages[stage].label)
        if listed is None and stage in basis.spec.kinds[school.kind].stages:
            return None
        return len(listed or ())

    return count


def _item(basis: Basis, base: str) -> Count:
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
    told = [(school.name, count(school, stage)) for school in schools]
    lacking = [name for name, number in told if number is None]
    return (boxes.waiting() if lacking else boxes.printed(sum(number or 0 for _, number in told), 0)), lacking


def _gap(column: str, names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED]) + (f"等 {len(names)} 所学校" if len(names) > _NAMED else "")
    return f"待填：{column} 缺少{shown}的数据。"
