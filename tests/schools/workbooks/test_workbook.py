"""Every fault of a register is named with sheet, row, column and what to do."""

import pytest

from portal.core.errors import Invalid
from schools.workbooks import workbook
from tests.schools.register import register


def _problems(*rows, **kwargs) -> list[str]:
    return [str(problem) for problem in workbook.read(register(*rows, **kwargs))[1]]


def test_a_sound_row_is_read_as_facts() -> None:
    lines, problems = workbook.read(register({}))
    facts = lines[0].over(None)
    assert problems == []
    assert lines[0].code == "4102020009"
    assert (facts.kind, facts.sponsor, facts.boarding, facts.built_year) == ("小学", 7, False, 1999)
    assert (str(facts.latitude), str(facts.longitude)) == ("34.79", "114.34")


def test_a_dressed_row_is_read_as_the_same_facts() -> None:
    dressed = {
        "school_code": "４１０２０２０００９",
        "district_code": "410202\u200b",
        "kind": "⼩学",
        "area": "乡村\u00a0",
        "built_year": "１９９９",
        "latitude": "３４．７９",
        "longitude": "\u202d114.34\u202c",
        "sponsor": "７",
    }
    (plain,), _ = workbook.read(register({}))
    (line,), problems = workbook.read(register(dressed))
    assert problems == []
    assert (line.code, line.facts) == (plain.code, plain.facts)


@pytest.mark.parametrize(
    ("fault", "place", "words"),
    [
        ({"school_code": "410202000"}, "A 列（学校标识码）", "应为 10 位数字"),
        ({"school_code": 1.2e17}, "A 列（学校标识码）", "位数已经丢失"),
        ({"school_code": None}, "A 列（学校标识码）", "未填写"),
        ({"school_name": None}, "B 列（学校名称）", "未填写"),
        ({"school_name": "长" * 101}, "B 列（学校名称）", "最多 100 个"),
        ({"district_code": "4102"}, "C 列（区划代码）", "应为 6 位数字"),
        ({"kind": "幼儿园"}, "D 列（学校类型）", "不在规定的类别中"),
        ({"kind": None}, "D 列（学校类型）", "未填写"),
        ({"area": "郊区"}, "E 列（城乡类型）", "城区、镇区、乡村"),
        ({"sponsor": 11}, "F 列（举办者类型）", "不在规定的代码中"),
        ({"sponsor": 7.5}, "F 列（举办者类型）", "不在规定的代码中"),
        ({"sponsor": None}, "F 列（举办者类型）", "未填写"),
        ({"boarding": "有"}, "G 列（寄宿制）", "可填：是、否"),
        ({"built_year": 1799}, "H 列（建校年份）", "1800–"),
        ({"built_year": 1999.5}, "H 列（建校年份）", "整数"),
        ({"built_year": 9999}, "H 列（建校年份）", "1800–"),
        ({"built_year": "民国"}, "H 列（建校年份）", "应填数字"),
        ({"status": "撤销"}, "I 列（办学状态）", "在办、停办"),
        ({"latitude": 91}, "J 列（纬度）", "3–54"),
        ({"latitude": 114.34, "longitude": 34.79}, "J 列（纬度）", "填反"),
        ({"longitude": 200}, "K 列（经度）", "73–136"),
        ({"longitude": None}, "K 列（经度）", "只填了一个"),
        ({"latitude": None}, "J 列（纬度）", "只填了一个"),
        ({"latitude": "北纬34度"}, "J 列（纬度）", "应填数字"),
        ({"group": "团" * 101}, "L 列（教育集团）", "最多 100 个"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(fault, place: str, words: str) -> None:
    problems = _problems({}, {"school_code": "4102020010"} | fault)
    assert len(problems) == 1
    assert problems[0].startswith("工作表“学校名录”第 4 行 ")
    assert place in problems[0]
    assert words in problems[0]
    assert "；" in problems[0], "what to do is said"


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    problems = _problems({"kind": "x", "area": "y"}, {"school_code": "1", "sponsor": 0})
    assert len(problems) == 4


def test_the_same_school_twice_is_refused_even_if_one_row_has_other_faults() -> None:
    problems = _problems({"kind": "x"}, {})
    assert any("第 4 行 A 列" in line and "与第 3 行重复" in line for line in problems)


def test_missing_required_columns_are_named() -> None:
    problems = _problems({}, columns=("school_code", "school_name", "district_code"))
    assert [line for line in problems if "缺少" in line] == [
        "工作表“学校名录”：缺少“学校类型”一列；请补上该列：第 1 行写“学校类型”，第 2 行写 kind。",
        "工作表“学校名录”：缺少“城乡类型”一列；请补上该列：第 1 行写“城乡类型”，第 2 行写 area。",
        "工作表“学校名录”：缺少“举办者类型”一列；请补上该列：第 1 行写“举办者类型”，第 2 行写 sponsor。",
    ]


def test_unknown_columns_are_refused() -> None:
    columns = (*tuple(workbook.COLUMNS), "students")
    assert any("不认识的字段代码“students”" in line for line in _problems({"students": 5}, columns=columns))


def test_a_latitude_without_the_column_of_longitude_is_refused() -> None:
    columns = tuple(code for code in workbook.COLUMNS if code != "longitude")
    assert any("只有一列" in line for line in _problems({}, columns=columns))


def test_columns_may_come_in_any_order_and_optional_ones_may_be_left_out() -> None:
    lines, problems = workbook.read(
        register({}, columns=("sponsor", "area", "kind", "district_code", "school_name", "school_code"))
    )
    facts = lines[0].over(None)
    assert problems == []
    assert (facts.status, facts.boarding, facts.built_year, facts.latitude, facts.group) == (
        "在办",
        False,
        None,
        None,
        "",
    )


def test_sponsors_may_be_written_as_code_or_in_words() -> None:
    for value in (10, "10", "民办"):
        assert workbook.read(register({"sponsor": value}))[0][0].facts["sponsor"] == 10


def test_a_register_without_rows_is_refused() -> None:
    assert _problems() == ["工作表“学校名录”：没有任何学校；请从第 3 行起每行填写一所学校。"]


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(Invalid, match="可执行程序"):
        workbook.read(b"MZ" + b"\0" * 100)
