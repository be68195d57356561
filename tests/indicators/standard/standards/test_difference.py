"""Two standards side by side: what was added, removed and changed, in words."""

import copy
import re

import pytest

from indicators.standard.standards import difference_queries as difference, files, reader
from tests.indicators.standard.standards import overlays


@pytest.fixture(scope="module")
def base():
    return files.read_folder(files.SHIPPED / "national-2017")


@pytest.fixture
def changed(base):
    return copy.deepcopy(base)


def named(groups):
    return {group.name: group.changes for group in groups}


def test_the_same_content_has_no_difference(base, changed):
    assert difference.between(base, changed) == []


def turned(entry):
    """The entry with its keys in the opposite order, as a database may hand them back."""
    if isinstance(entry, dict):
        return {key: turned(entry[key]) for key in reversed(entry)}
    return [turned(each) for each in entry] if isinstance(entry, list) else entry


def test_the_order_of_keys_is_no_change(base):
    assert difference.between(base, turned(base)) == []
    assert difference.between(turned(base), base) == []


def test_thresholds_stand_in_the_order_of_the_stages_whatever_the_keys(base):
    spec = reader.spec_from_content(turned(base))
    assert list(spec.indicator("A1").thresholds) == ["primary", "junior"]
    assert list(spec.indicator("A1").floors) == ["primary", "junior"]


def test_a_figure_written_otherwise_is_no_change(base, changed):
    changed["stages"][0]["cv_limit"] = "0.5"
    changed["parameters"][0]["value"] = "6000.0"
    assert difference.between(base, changed) == []


def test_a_parameter_names_the_indicator_it_belongs_to(base, changed):
    changed["parameters"][0]["value"] = 8000
    groups = difference.between(base, changed)
    assert difference.lines(groups) == ["参数 特殊教育学校生均公用经费（B7）：数值 6000 → 8000"]


def test_thresholds_are_reported_stage_by_stage(base, changed):
    changed["indicators"][0]["thresholds"]["junior"] = "6"
    (change,) = named(difference.between(base, changed))["指标"]
    assert (change.kind, change.code) == ("修改", "A1")
    assert change.fields == (difference.ChangedField("标准值 初中", "5.3", "6"),)


def test_items_are_called_by_their_labels(base, changed):
    c7 = next(i for i in changed["indicators"] if i["code"] == "C7")
    c7["items"] = c7["items"][:2]
    (change,) = named(difference.between(base, changed))["指标"]
    assert change.fields[0].label == "用到的填报项"
    assert "综合实践" in change.fields[0].before
    assert "综合实践" not in change.fields[0].after
    assert "school." not in change.fields[0].before


def test_a_condition_is_compared_by_its_code(base, changed):
    b11 = next(i for i in changed["indicators"] if i["code"] == "B11")
    b11["conditions"][0]["limit"] = 15
    (change,) = named(difference.between(base, changed))["指标"]
    assert change.fields == (difference.ChangedField("判定条件“交流轮岗比例” 限值", "10", "15"),)


def test_an_overlay_is_reported_against_its_base(base, tmp_path):
    found = named(difference.between(base, files.read_folder(overlays.write(tmp_path))))
    assert [(c.kind, c.code) for c in found["指标"]] == [("修改", "A1"), ("新增", "B90")]
    assert [(c.kind, c.code) for c in found["一票否决"]] == [("删除", "E4")]
    assert [c.title for c in found["填报项"]] == ["图书室（学校填报）"]
    assert [c.title for c in found["文件依据"]] == ["某教督〔2024〕1号《某省义务教育优质均衡补充要求》"]
    assert ("至少达标项数", "6", "7") in [(f.label, f.before, f.after) for f in found["总则"][0].fields]


def test_the_other_way_round_additions_are_removals(base, tmp_path):
    province = files.read_folder(overlays.write(tmp_path))
    found = named(difference.between(province, base))
    assert ("删除", "B90") in [(c.kind, c.code) for c in found["指标"]]
    assert ("新增", "E4") in [(c.kind, c.code) for c in found["一票否决"]]


def test_every_key_of_the_shipped_files_has_words(base):
    keyed = set()

    def walk(node):
        for key, value in node.items() if isinstance(node, dict) else ():
            keyed.add(key)
            walk(value)
        for value in node if isinstance(node, list) else ():
            walk(value)

    walk({group: base[group] for group in ("indicators", "vetoes", "items", "parameters", "stages", "kinds")})
    silent = {key for key in keyed if difference.key_words(key) == key} - set(difference.WORDS["groups"]) - {"code"}
    assert silent <= {"other", "table", "column", "length", "times", "sign", "places"}


def test_no_reader_meets_a_code_of_ours_in_the_differences_of_the_shipped_standards(base):
    newer = files.read_folder(files.SHIPPED / "national-2021")
    for groups in (difference.between(base, newer), difference.between(newer, base)):
        fields = [field for group in groups for change in group.changes for field in change.fields]
        words = " ".join(f"{field.label} {field.before} {field.after}" for field in fields)
        assert "{" not in words
        assert not re.search(r"[a-z]+_[a-z]+|district\.|school\.", words)
