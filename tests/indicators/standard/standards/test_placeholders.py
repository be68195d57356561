"""Limits inside a standard's texts: filled from the limits themselves, with the digits they were written with."""

import copy

import pytest

from indicators.standard.standards import files, placeholders, reader


@pytest.fixture
def content():
    return copy.deepcopy(files.read_folder(files.SHIPPED / "national-2017"))


def indicator(content, code):
    return next(entry for entry in content["indicators"] if entry["code"] == code)


def test_texts_follow_the_limits(content):
    indicator(content, "B5")["conditions"][0]["limits"] = {"primary": 40, "junior": 45}
    indicator(content, "B3")["conditions"][0]["kinds"][0]["min_area"] = "88.50"
    content["parameters"][0]["value"] = "7250"
    spec = reader.spec_from_content(content)
    assert spec.indicator("B5").definition.startswith("小学每班不超过 40 人，初中每班不超过 45 人")
    assert spec.indicator("B5").form.name == "小学、初中所有班级学生数分别不超过40人、45人"
    assert (
        spec.indicator("B5").form.words
        == "超过40人的小学班级 {over_primary:0} 个，超过45人的初中班级 {over_junior:0} 个"
    )
    assert "音乐专用教室面积不小于88.50平方米" in spec.indicator("B3").form.name
    assert spec.indicator("B7").form.name == "特殊教育学校生均公用经费不低于7250元"


def test_coefficient_limit_and_floor_keep_all_their_digits(content):
    content["stages"][1]["cv_limit"], content["floor_ratio"] = "0.425", "0.825"
    spec = reader.spec_from_content(content)
    assert (spec.stages["primary"].limit_text, spec.stages["junior"].limit_text) == ("0.50", "0.425")
    assert spec.floor_text == "82.5%"
    assert placeholders.figures(content)["floor"] == "82.5"


def test_a_misspelt_figure_is_named(content):
    indicator(content, "B5")["definition"] = "小学每班不超过 {B5.class_size.primery} 人。"
    assert files.problems(content) == ["indicators B5：文字里的“{B5.class_size.primery}”没有对应的限值，请检查拼写"]


def test_a_condition_taken_away_leaves_a_readable_text(content):
    del indicator(content, "B14")["conditions"][0]
    spec = reader.spec_from_content(content)
    assert spec.indicator("B14").name == "优质高中招生名额分配比例不低于规定数%，并向农村初中倾斜"


def test_a_standard_stored_before_there_were_form_texts_borrows_those_it_rests_on(content):
    for entry in content["indicators"]:
        entry.pop("form", None)
    indicator(content, "B5")["conditions"][0]["limits"]["junior"] = 48
    spec = reader.spec_from_content(content)
    assert spec.indicator("B5").form.name == "小学、初中所有班级学生数分别不超过45人、48人"
    assert spec.content_sha256 == files.content_sha256(content)
