"""The shipped standard as read from its files."""

import copy
import json
from collections import Counter
from fractions import Fraction

import pytest

from indicators.standard.standards import difference_queries as difference, files, reader
from indicators.standard.standards.files import StandardError


@pytest.fixture(scope="module")
def content():
    return files.read_folder(files.SHIPPED / "national-2017")


@pytest.fixture(scope="module")
def spec(content):
    return reader.spec_from_content(content)


def test_all_shipped_standards_are_sound():
    assert [path.name for path in files.shipped()] == ["national-2017", "national-2021"]
    for path in files.shipped():
        assert reader.spec_from_content(files.read_folder(path)).code == path.name


def test_all_32_indicators_and_six_vetoes_are_there_and_numbered_without_a_gap(spec):
    """What is added later takes the next number of its letter."""
    codes = [rule.code for rule in (*spec.indicators, *spec.vetoes)]
    counts = Counter(code[0] for code in codes)
    assert codes == [f"{letter}{n}" for letter in "ABCDE" for n in range(1, counts[letter] + 1)]
    assert all(counts[letter] >= least for letter, least in {"A": 7, "B": 15, "C": 9, "D": 1, "E": 6}.items())


@pytest.fixture(scope="module")
def newer():
    return reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2021"))


def test_the_newer_wording_raises_b7_to_8000(spec, newer):
    limits = [s.indicator("B7").conditions[0].limit for s in (spec, newer)]
    assert limits == [6000, 8000]


def test_the_newer_wording_adds_labour_education_to_c7(spec, newer):
    def judged(standard):
        return {code for source in standard.indicator("C7").conditions[0].sources for code in source.codes}

    assert judged(newer) - judged(spec) == {"labour_education"}
    assert judged(spec) - judged(newer) == set()


def test_the_newer_wording_adds_a_seventh_veto(spec, newer):
    assert [v.code for v in newer.vetoes] == [*(v.code for v in spec.vetoes), "E7"]
    assert newer.vetoes[-1].item == "veto_tutoring"
    assert "新增" in newer.vetoes[-1].note


@pytest.mark.parametrize("code", ["veto_tutoring", "veto_tutoring_note", "labour_education", "labour_education_note"])
def test_what_the_newer_wording_asks_is_known_but_not_required_in_2017(spec, newer, code):
    assert spec.items[code].required is False
    assert newer.items[code].required is True
    assert not any(code.startswith(v.item) for v in spec.vetoes)


def test_nothing_else_differs_from_2017():
    old, new = files.read_chain(files.SHIPPED / "national-2021")
    changed = {change.code for group in difference.between(old, new) for change in group.changes} - {""}
    items = {"labour_education", "labour_education_note", "veto_tutoring", "veto_tutoring_note"}
    assert changed == {"special_funds_per_pupil", "B6", "B7", "C7", "E7", *items}


def test_every_indicator_can_be_explained(spec):
    for indicator in spec.indicators:
        assert indicator.clause.startswith("教督〔2017〕6号")
        assert indicator.definition
        assert indicator.evidence
        assert indicator.items


def test_limits_and_parameters(spec):
    assert spec.stages["primary"].limit == Fraction(1, 2)
    assert spec.stages["junior"].limit == Fraction(45, 100)
    assert spec.floor_ratio == Fraction(85, 100)
    assert spec.min_reached == 6
    assert spec.parameters["special_funds_per_pupil"] == 6000


def test_relaxations_are_off(content):
    assert len(content["relaxations"]) == 4
    assert not any(r["enabled"] for r in content["relaxations"])


@pytest.mark.parametrize(
    "code",
    [
        "pupils_senior",
        "teachers_doctor_junior",
        "arts_teachers_primary",
        "visiting_arts_teachers",
        "class_list",
        "leased_sports_area",
        "training_funds_spent",
        "labour_education_note",
        "veto_tutoring",
        "self_report",
    ],
)
def test_school_items_have_their_agreed_codes(spec, code):
    assert spec.items[code].respondent == "school"


@pytest.mark.parametrize(
    "code",
    ["population_rural", "public_funds_standard_primary", "left_behind_system", "visits_satisfied", "monitoring"],
)
def test_district_items_have_their_agreed_codes(spec, code):
    assert spec.district_items[code].respondent == "district"


def test_one_code_may_be_asked_of_schools_and_of_the_district(spec):
    assert spec.items["exchanged_backbone"] is not spec.district_items["exchanged_backbone"]


def test_labels_carry_their_stage(spec):
    assert spec.items["pupils_junior"].label == "初中在校生数"
    assert spec.items["pupils_junior"].base_label == "在校生数"


def test_room_tables_share_a_sheet(spec):
    sheets = {(spec.items[c].sheet, spec.items[c].sheet_kind) for c in ("music_rooms", "art_rooms")}
    assert sheets == {("音乐美术教室", "音乐"), ("音乐美术教室", "美术")}


def test_content_survives_json_and_keeps_its_fingerprint(content, spec):
    stored = json.loads(json.dumps(content))
    again = reader.spec_from_content(stored)
    assert again.content_sha256 == spec.content_sha256 == files.content_sha256(content)
    assert again.indicator("A4") == spec.indicator("A4")


def test_no_figure_passes_through_a_float(content):
    def floats(node):
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return isinstance(node, float) or any(floats(child) for child in children)

    assert not floats(content)


def test_any_change_changes_the_fingerprint(content):
    changed = copy.deepcopy(content)
    changed["indicators"][0]["thresholds"]["primary"] = "4.3"
    assert files.content_sha256(changed) != files.content_sha256(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StandardError, match=r"standard\.toml：文件不存在"):
        files.read_folder(tmp_path)


def test_broken_toml_is_named_with_its_line(tmp_path):
    (tmp_path / "standard.toml").write_text("code = \n", encoding="utf-8")
    with pytest.raises(StandardError, match=r"standard\.toml：TOML 格式错误.*line 1"):
        files.read_folder(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "standard.toml").write_bytes("name = '国标'".encode("gb18030"))
    with pytest.raises(StandardError, match=r"standard\.toml：不是 UTF-8"):
        files.read_folder(tmp_path)


def test_what_could_not_be_checked_against_the_text_of_2017_says_so(spec):
    assert all("待核" in veto.note for veto in spec.vetoes if veto.code in ("E4", "E5", "E6"))
    assert all("标题" in veto.clause for veto in spec.vetoes)
    assert "待核" in spec.indicator("D1").definition
