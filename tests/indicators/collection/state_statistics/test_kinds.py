"""Mapping files: complete for both generations, and checked with file and key."""

from pathlib import Path

import pytest

from indicators.collection.state_statistics import kinds
from portal.core.errors import Invalid

GOOD = """
form = "教基9999"
title = "试验表"
from_year = 2021
key = ["学校标识码"]
[[figures]]
item = "pupils_primary"
unit = "人"
[[figures.columns]]
headers = ["在校生数"]
"""


def write(folder: Path, text: str, name: str = "9999.toml") -> Path:
    (folder / "2021").mkdir(exist_ok=True)
    (folder / "2021" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2026])
def test_every_year_has_the_ten_forms_of_its_generation(year) -> None:
    forms = kinds.shipped().of_year(year)
    assert len(forms) == 10
    assert all(form.form.startswith("教基" if year >= 2021 else "基础基") for form in forms)


def test_numbers_from_memory_say_so() -> None:
    assert all("[?]" in form.note for form in kinds.shipped().of_year(2020))


def test_both_generations_hold_the_same_items() -> None:
    old, new = (
        {figure.item for form in kinds.shipped().of_year(year) for figure in form.figures} for year in (2020, 2021)
    )
    assert old == new


@pytest.mark.django_db
def test_every_item_is_one_of_the_standard_in_its_unit() -> None:
    from indicators.standard.standards import queries as standards

    spec = standards.load_spec(standards.current())
    for form in kinds.shipped().forms:
        for figure in form.figures:
            if not figure.measure:
                assert spec.items[figure.item].unit == figure.unit, figure.item


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "试验表"\n', "", "缺少 title"),
        ("from_year = 2021", 'from_year = "2021"', "from_year 应为整数"),
        ("from_year = 2021", "from_year = 2021\nto_year = 2020", "to_year 早于 from_year"),
        ('unit = "人"', 'unit = "吨"', "figures[0].unit 不认识“吨”"),
        ('unit = "人"', 'unit = "人"\nmeasures = "classes"', "不认识的键 figures[0].measures"),
        ('unit = "人"', 'unit = "人"\nmeasure = "rows"', "figures[0].measure 不认识“rows”"),
        ('headers = ["在校生数"]', "headers = []", "figures[0].columns[0].headers 应为不空的文字列表"),
        ('headers = ["在校生数"]', 'headers = ["在校生数"]\nsign = 2', "figures[0].columns[0].sign 只能是 1 或 -1"),
        ('key = ["学校标识码"]', "key = [1]", "key 应为不空的文字列表"),
        ("form = ", "form == ", "读不出来"),
    ],
)
def test_a_fault_names_the_file_and_the_key(tmp_path, old, new, said) -> None:
    with pytest.raises(Invalid) as caught:
        kinds.load(write(tmp_path, GOOD.replace(old, new)))
    assert said in str(caught.value.problems[0])
    assert caught.value.problems[0].where == "2021/9999.toml"


def test_two_files_cannot_claim_a_form_for_the_same_year(tmp_path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(Invalid) as caught:
        kinds.load(write(tmp_path, GOOD.replace("2021", "2024"), "other.toml"))
    assert "年份重叠" in str(caught.value.problems[0])


def test_a_changed_file_is_another_version(tmp_path) -> None:
    before = kinds.load(write(tmp_path, GOOD)).version
    assert kinds.load(write(tmp_path, GOOD + "# 改过\n")).version != before
