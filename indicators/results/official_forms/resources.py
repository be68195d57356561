"""表Ⅱ-1, 表Ⅱ-2 and 表Ⅲ: how many schools pass A1–A7, each school's values, means and coefficients."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import Basis, Json, classes
from indicators.results.official_forms.boxes import head, label
from indicators.standard.engine import Indicator, SchoolData
from portal.core.spreadsheets.write import Box, Form, Line
from schools.directory.models import Kind

_WITH_UNIT = ("㎡", "元")
_BOTH_STAGES = (Kind.NINE_YEAR, Kind.TWELVE_YEAR)
_SPONSORS = (
    "2.举办者类型处填写代码：中央教育部门代码为1、中央其他部门为2、省级教育部门为3、省级其他部门为4、地级教育部门为5、"
    "地级其他部门为6、县级教育部门为7、县级其他部门为8、地方企业为9、民办为10。"
)


def passing(basis: Basis) -> Form:
    """Return 表Ⅱ-1: how many parts reach each threshold and pass altogether, and their share."""
    rows: list[Line] = []
    for stage in basis.spec.judged_stages:
        parts = basis.parts(stage)
        columns = [[part["indicators"][i.code]["reaches"] for part in parts] for i in basis.spec.resources]
        columns.append([part["passes"] for part in parts])
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("达标学校总数"), *map(_count, columns)])
        rows.append([label("达标学校比例（%）"), *map(_share, columns)])
    return Form("表Ⅱ-1", "表Ⅱ-1 小学、初中资源配置基本情况", _widths(basis, 8, 18), _head(basis, "综合评估"), rows)


def _count(reached: Sequence[bool | None]) -> Box:
    """How many hold; waiting while one of them cannot be judged."""
    return boxes.waiting() if None in reached else boxes.printed(sum(map(bool, reached)), 0)


def _share(reached: Sequence[bool | None]) -> Box:
    return boxes.waiting() if None in reached else boxes.percent(sum(map(bool, reached)), len(reached))


def schools(basis: Basis) -> Form:
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
        f"{basis.label(basis.schools[part['school_code']], stage)} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        for part in basis.parts(stage)
        if (codes := [code for code, told in part["indicators"].items() if told["near_limit"]])
    ]
    notes += _near(4, near)
    return Form("表Ⅱ-2", "表Ⅱ-2 小学、初中资源配置基本情况（分学校）", widths, lines, rows, notes)


def _part(basis: Basis, number: int, part: Json) -> Line:
    school, stage = basis.schools[part["school_code"]], part["stage"]
    listed = classes(school, basis.spec.stages[stage].label)
    places = basis.spec.printing["value"]
    return [
        boxes.printed(number, 0),
        label(basis.label(school, stage)),
        boxes.printed(int(school.sponsor), 0),
        boxes.exact(part["pupils"], 0),
        boxes.waiting() if listed is None else boxes.printed(len({row["grade"] for row in listed}), 0),
        boxes.waiting() if listed is None else boxes.printed(len(listed), 0),
        *(boxes.exact(part["indicators"][i.code]["value"], places) for i in basis.spec.resources),
        boxes.verdict(part["passes"]),
        label(remark(basis, part)),
    ]


def remark(basis: Basis, part: Json) -> str:
    """Say which indicators reach the threshold and which only the floor: A2 达到85%，其余达标."""
    told = part["indicators"]
    lacking = [code for code in told if told[code]["reaches"] is None]
    floor = [code for code in told if told[code]["reaches"] is False and told[code]["reaches_floor"]]
    below = [code for code in told if told[code]["reaches_floor"] is False]
    percent = basis.spec.floor_text
    words = [f"{_codes(lacking)} 缺数据"] if lacking else []
    words += [f"{_codes(below)} 未达到{percent}"] if below else []
    words += [f"{_codes(floor)} 达到{percent}"] if floor else []
    reached = len(told) - len(lacking) - len(below) - len(floor)
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


def _counts(basis: Basis) -> str:
    kinds = {
        stage: Counter(basis.schools[part["school_code"]].kind for part in basis.parts(stage))
        for stage in ("primary", "junior")
    }
    primary, junior = kinds["primary"], kinds["junior"]
    points = [basis.schools[p["school_code"]] for p in basis.parts("primary")]
    return (
        f"小学学校总数 {primary.total()} 所（其中：一贯制学校的小学部有 {_both(primary)} 所，"
        f"{basis.smallest_point}人及以上教学点有 {_points(points)} 个），初中学校总数 {junior.total()} 所（其中：一贯制学校的初中部 "
        f"{_both(junior)} 所，完全中学的初中部 {junior[Kind.COMPLETE_SECONDARY]} 所）。"
    )


def _both(kinds: Counter[str]) -> int:
    return sum(kinds[kind] for kind in _BOTH_STAGES)


def _points(judged: Sequence[SchoolData]) -> str:
    """教学点 that take part; one whose pupils are unknown leaves the number open."""
    points = [school for school in judged if school.kind == Kind.TEACHING_POINT]
    return boxes.WAITING if any("pupils_primary" not in s.given for s in points) else str(len(points))


def balance(basis: Basis) -> Form:
    """Return 表Ⅲ: means, coefficients and their mean, which is shown and never judged."""
    rows: list[Line] = []
    printing = basis.spec.printing
    for stage in basis.spec.judged_stages:
        told = [basis.result["coefficients"][stage][i.code] for i in basis.spec.resources]
        means = [_measure(one, "mean", printing["mean"]) for one in told]
        cvs = [_measure(one, "cv", printing["cv"]) for one in told]
        rows.append([head(basis.spec.stages[stage].label, rowspan=2), label("全县平均值"), *means, Box(boxes.NONE)])
        rows.append([label("差异系数"), *cvs, _composite(told, printing["cv"])])
    title = "表Ⅲ 县域义务教育校际均衡情况"
    notes = [
        f"注：全县平均值保留{boxes.places(printing['mean'])}，差异系数保留{boxes.places(printing['cv'])}。",
        "说明：“综合”为各项差异系数的平均值，仅供参考，不用于判定。",
    ]
    near = [
        f"{basis.spec.stages[stage].label} {_codes(codes)}"
        for stage in basis.spec.judged_stages
        if (codes := [code for code, told in basis.result["coefficients"][stage].items() if told["near_limit"]])
    ]
    notes += _near(2, near)
    return Form("表Ⅲ", title, _widths(basis, 8, 14), _head(basis, "综合"), rows, notes)


def _measure(coefficient: Json, name: str, places: int) -> Box:
    if coefficient[name] is None and coefficient["reason"] not in ("missing", None):
        return Box("不能判定" if name == "cv" else boxes.NONE)
    return boxes.exact(coefficient[name], places)


def _composite(coefficients: Sequence[Json], places: int) -> Box:
    known = [Fraction(one["cv"]) for one in coefficients if one["cv"] is not None]
    if len(known) < len(coefficients):
        return Box(boxes.NONE)
    return boxes.printed(sum(known, Fraction(0)) / len(known), places)


def _head(basis: Basis, last: str) -> list[Line]:
    titles = [head(_title(indicator)) for indicator in basis.spec.resources]
    return [[head("", 2, 2), *titles, head(last)], boxes.numbered(len(titles) + 1)]


def _title(indicator: Indicator) -> str:
    unit = f"（{indicator.unit}）" if indicator.unit in _WITH_UNIT else ""
    return (indicator.form.name or indicator.name) + unit


def _widths(basis: Basis, stage: float, words: float) -> tuple[float, ...]:
    return (stage, words, *(14 for _ in basis.spec.resources), 12)
