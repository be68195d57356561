"""What papers yield: five layouts of each kind, counted without a database."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.rosters.counting import count
from indicators.collection.rosters.kinds import kinds
from indicators.collection.rosters.layout_workbook import RosterLayout, Said, recognise
from indicators.collection.rosters.workbook import RosterCount, RosterSetting
from indicators.standard.engine import Value
from indicators.standard.standards import files, reader
from portal.core.spreadsheets import guard, read as sheets
from tests.indicators.collection.rosters.books import CASES, NINE, ONE, Case
from tests.indicators.collection.state_statistics.books import book
from tests.portal.core.spreadsheets.books import ods, xls

SPEC = reader.spec_from_content(files.read_chain(files.shipped()[0])[-1])
LABELS = {"primary": "小学", "junior": "初中"}


def setting(stages: tuple[str, ...]) -> RosterSetting:
    items = {code: item for code, item in SPEC.items.items() if item.stage in ("", *stages)}
    return RosterSetting(items, {stage: LABELS[stage] for stage in stages}, 2026)


@dataclass(frozen=True)
class Read:
    """A book as read and counted."""

    layouts: list[RosterLayout]
    count: RosterCount

    @property
    def figures(self) -> dict[str, Any]:
        return {code: plain(one.value) for code, one in self.count.proposals.items()}


def plain(value: Value) -> Any:
    if isinstance(value.value, tuple):
        return [tuple(str(cell) if isinstance(cell, Decimal) else cell for cell in row.values()) for row in value.value]
    return str(value.value.normalize() + 0) if isinstance(value.value, Decimal) else value.value


def read(data: bytes, stages: tuple[str, ...] = ONE, said: Said | None = None) -> Read:
    said = said or Said()
    with guard.in_this_process():
        layouts = [recognise(grid, said) for grid in sheets.grids(data)]
    return Read(layouts, count(layouts, setting(stages), said))


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind, cases in CASES.items() for case in cases],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)
def test_a_known_layout_is_counted_as_it_is(kind: str, case: Case) -> None:
    found = read(case.data, case.stages)
    assert [layout.why for layout in found.layouts if layout.why] == []
    assert (found.count.problems, found.count.questions) == ([], {})
    assert {code: found.figures.get(code) for code in case.figures} == case.figures


def asked(found: Read) -> list[str]:
    """What a person must say first, in words."""
    return [layout.why for layout in found.layouts if layout.why] + [one.text for one in found.count.questions.values()]


def only(*rows: Any, name: str = "a") -> bytes:
    return book(**{name: rows})


UNKNOWN = only(["类目", "口径", "备注说明"], ["甲", "乙", "丙"], ["丁", "戊", "己"], ["庚", "辛", "壬"])
DOUBLED = only(["姓名", "岗位", "学历", "学历"], ["甲", "教师", "本科", "大专"])
EITHER = only(["姓名", "学历", "班级"], ["甲", "本科", "三年级1班"])


def test_a_table_with_unknown_headers_is_asked_about() -> None:
    found = read(UNKNOWN)
    assert asked(found) == ["没有认出这是哪种表。请选择是什么表，并核对表头在第几行；不要读取的，选“不读取”。"]
    assert not found.figures


def test_two_columns_of_one_name_are_asked_about() -> None:
    found = read(DOUBLED)
    assert found.layouts[0].unclear == {3: ("degree",), 4: ("degree",)}
    assert not found.figures
    said = Said(
        columns={(f"{found.layouts[0].key}-teachers-1", 3): "degree", (f"{found.layouts[0].key}-teachers-1", 4): "-"}
    )
    assert read(DOUBLED, said=said).figures["teachers_bachelor_primary"] == 1


def test_a_sheet_that_may_be_two_papers_is_asked_about() -> None:
    assert asked(read(EITHER)) == ["看不出是哪种表，可能是“学籍班级名册”、“教职工花名册”，请选择。"]


def test_a_plain_area_is_asked_about_and_not_taken_for_either() -> None:
    data = only(["用途", "面积"], ["普通教室", 60])
    found = read(data)
    assert found.layouts[0].unclear == {2: ("floor_area", "usable_area")}
    said = Said(columns={(f"{found.layouts[0].key}-rooms-1", 2): "floor_area"})
    assert read(data, said=said).figures["teaching_area"] == "60"


def test_a_word_that_may_be_two_things_is_asked_and_only_its_figures_wait() -> None:
    data = only(["岗位", "学历"], ["教师", "研究生"], ["教师", "本科"])
    found = read(data)
    assert asked(found) == ["教职工花名册“学历”一列写“研究生”的，算作"]
    assert found.figures == {"staff_primary": 2, "teachers_primary": 2}
    code = next(iter(found.count.questions))
    assert found.count.questions[code].rows == 1, "of five figures that wait for it"
    assert read(data, said=Said(remembered={code: "master"})).figures["teachers_master_primary"] == 1
    assert read(data, said=Said(remembered={code: "nonsense"})).figures == found.figures


ROOMS_IN_ROWS = [
    ["用途", "名称", "间数", "使用面积", "建筑面积", "建成年份"],
    ["普通教室", "教学楼", 10, 50, 60, 2010],
    ["音乐教室", "音乐室", 2, 96, 100, 2012],
    ["实验室", "实验室", 1, 80, 90, 2012],
]


def test_of_several_rooms_in_a_row_it_is_asked_whose_the_area_is() -> None:
    data = only(*ROOMS_IN_ROWS)
    found = read(data)
    assert asked(found) == ["教学用房一览工作表“a”：间数大于 1 的行，写的面积是"]
    assert "teaching_area" not in found.figures
    code = next(iter(found.count.questions))
    each = read(data, said=Said(remembered={code: "each"}))
    assert each.figures["teaching_area"] == "890", "10×60 + 2×100 + 90"
    assert each.figures["music_rooms"] == [("音乐室", "96", 2012), ("音乐室2", "96", 2012)]
    assert "×间数" in each.count.proposals["teaching_area"].sources[0]
    of_all = read(data, said=Said(remembered={code: "all"}))
    assert of_all.figures["teaching_area"] == "250"
    assert "music_rooms" not in of_all.figures
    assert "要看每间的面积" in str(of_all.count.problems[0])


def test_a_column_may_say_whose_the_area_is() -> None:
    rows = [["用途", "间数", "建筑面积", "面积口径"], ["普通教室", 3, 60, "每间"], ["实验室", 2, 160, "合计面积"]]
    assert read(only(*rows)).figures["teaching_area"] == "340"


def test_an_amount_without_its_unit_is_asked() -> None:
    data = only(["类别", "原值"], ["教学仪器", 20000])
    found = read(data)
    assert asked(found) == ["资产台账“原值”一列（B 列）没有写单位，单位是"]
    code = next(iter(found.count.questions))
    assert read(data, said=Said(remembered={code: "元"})).figures == {"equipment_value": "2"}
    assert read(data, said=Said(remembered={code: "万元"})).figures == {"equipment_value": "20000"}


def test_a_unit_that_cannot_be_converted_is_wrong() -> None:
    found = read(only(["用途", "建筑面积（亩）"], ["普通教室", 1]))
    assert str(found.count.problems[0]).startswith("工作表“a” B 列（建筑面积（亩））：单位是“亩”，不能换算")


def test_without_a_stage_a_school_of_two_is_asked() -> None:
    data = only(["岗位", "学历"], ["教师", "本科"])
    found = read(data, NINE)
    assert asked(found) == ["教职工花名册工作表“a”：表里没有“任教学段”，每一行都是"]
    code = next(iter(found.count.questions))
    assert read(data, NINE, Said(remembered={code: "junior"})).figures["teachers_bachelor_junior"] == 1


def test_a_roster_without_posts_is_asked() -> None:
    found = read(only(["姓名", "学历"], ["甲", "本科"]))
    assert asked(found) == ["教职工花名册工作表“a”：表里没有岗位，每一行都是"]
    assert not found.figures


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["岗位", "学历"], ["教师", None]], "工作表“a”第 2 行 B 列（学历）：空白"),
        (
            [["年级", "班级", "人数"], ["一年级", "1班", "约40"]],
            "工作表“a”第 2 行 C 列（人数）：应填数字，填的是“约40”",
        ),
        ([["年级", "班级", "人数"], ["一年级", "1班", -4]], "工作表“a”第 2 行 C 列（人数）：是负数（-4）"),
        ([["年级", "班级", "人数"], ["一年级", "1班", 4.5]], "应填整数"),
        ([["年级", "班级", "人数"], ["学前", "1班", 4]], "工作表“a”第 2 行 A 列（年级）：看不出是哪个年级、哪个班"),
        ([["年级", "班级", "人数"], ["七年级", "1班", 4]], "是初中，本校没有初中学段"),
        (
            [["年级", "班级", "人数"], ["一年级", "1班", 4], ["一年级", "(1)班", 5]],
            "工作表“a”第 3 行 B 列（班级）：一年级1班在工作表“a”第 2 行已经有了",
        ),
        ([["用途", "间数", "建筑面积"], ["普通教室", 0, 180]], "工作表“a”第 2 行 B 列（间数）：间数是 0"),
        ([["用途", "间数", "建筑面积"], ["普通教室", 2.5, 180]], "工作表“a”第 2 行 B 列（间数）：间数是 2.5"),
        ([["用途", "间数", "建筑面积"], ["普通教室", 3000, 180]], "请填 1 至 200 的整数"),
        ([["用途", "建筑面积"], ["普通教室", "=1/0"]], "工作表“a”第 2 行 B 列（建筑面积）"),
        ([["姓名", "身份证号", "岗位"], ["甲", "1", "教师"], ["乙", "1", "教师"]], "有 1 对行的证件号或编号相同"),
        ([["年级", "班级", "人数"]], "表头下面没有数据行"),
    ],
)
def test_a_fault_names_sheet_row_and_column(rows: Any, words: str) -> None:
    found = read(only(*rows))
    assert any(words in str(problem) for problem in found.count.problems), found.count.problems
    assert "class_list" not in found.figures


def test_many_unknown_words_are_not_listed() -> None:
    """The column may hold names."""
    names = [["教师", f"某人{n}"] for n in range(20)]
    found = read(only(["岗位", "学历"], *names))
    assert not found.count.questions
    assert "“最高学历”一列有 20 种不认识的写法" in str(found.count.problems[0])
    assert "某人" not in str(found.count.problems)


def test_a_hidden_sheet_is_passed_over_until_it_is_chosen() -> None:
    import io

    import xlsxwriter

    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        for name, post in (("今年", "教师"), ("去年", "工勤")):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, ["岗位", "学历"])
            sheet.write_row(1, 0, [post, "本科"])
        sheet.hide()
    found = read(package.getvalue())
    assert found.figures["staff_primary"] == 1
    said = Said(kinds={found.layouts[1].key: "teachers"})
    assert read(package.getvalue(), said=said).figures["staff_primary"] == 2


def test_the_source_of_a_figure_is_a_sentence() -> None:
    found = read(CASES["teachers"][2].data, NINE)
    assert found.count.proposals["teachers_bachelor_primary"].sources == (
        "教职工花名册“Sheet1”第 4 列“任教学段”=小学，第 3 列“人员类别”=专任教师，第 6 列“最高学历”=本科：1 行",
    )
    assets = read(CASES["assets"][0].data).count.proposals["equipment_value"]
    assert assets.sources == (
        "资产台账“资产卡片”第 7 列“使用状况”=在用、闲置，第 3 列“资产分类”=教学仪器设备：2 行，第 5 列“账面原值（元）”相加",
    )


def test_every_figure_is_of_the_standard_and_every_word_of_a_kind_has_one_meaning() -> None:
    for kind in kinds().values():
        bases = {item.base for item in SPEC.items.values()}
        assert {figure.item for figure in kind.figures} <= bases
        assert {role for figure in kind.figures for role in (*figure.where, *figure.needs, *figure.unless)} <= set(
            kind.columns
        )
        headers = [word for column in kind.columns.values() for word in column.words]
        assert len(headers) == len(set(headers)), kind.code
        for column in kind.columns.values():
            words = [word for meaning in column.meanings for word in meaning.words]
            assert len(words) == len(set(words)), (kind.code, column.role)


@pytest.mark.parametrize("make", [xls, ods])
def test_an_older_workbook_is_counted_and_says_what_it_hides_cannot_be_seen(make: Any) -> None:
    found = read(make("班级", [["年级", "班级", "人数"], ["一年级", "1班", 45], ["合计", "", 45]]))
    assert found.figures["class_list"] == [("小学", "一年级", "1班", 45)]
    assert any("看不出隐藏的行" in note for note in found.count.notes)


def test_a_total_that_is_not_the_sum_is_noted() -> None:
    rows = [["年级", "班级", "人数"], ["一年级", "1班", 45], ["小计", None, 45], ["一年级", "2班", "４４"]]
    found = read(only(*rows, ["合 计", None, 90]))
    assert "工作表“a”第 5 行写的合计（C 列“人数”）是 90，逐行相加是 89，请核对。" in found.count.notes
    assert not any("逐行相加" in note for note in read(only(*rows, ["合 计", None, 89])).count.notes)
