"""What the schema refuses, with file and key."""

import copy

import pytest

from indicators.standard.engine import district
from indicators.standard.engine.checks import RULES
from indicators.standard.standards import files, reader
from indicators.standard.standards.files import StandardError


@pytest.fixture(scope="module")
def sound():
    return files.read_folder(files.SHIPPED / "national-2017")


@pytest.fixture
def content(sound):
    return copy.deepcopy(sound)


def entry(content, group, code, respondent=None):
    return next(
        e for e in content[group] if e["code"] == code and (respondent is None or e["respondent"] == respondent)
    )


def drop(key):
    return lambda e: e.pop(key)


def put(**changes):
    return lambda e: e.update(changes)


def checked(**changes):
    return put(checks=[{"rule": "schools_sum", "schools": ["public_funds_allocated"], **changes}])


GRADES = {"grades": ["九年级"], "stage": "junior", "column": "participants"}
BROKEN = [
    ("indicators", "A1", drop("clause"), "indicators.toml indicators A1：缺少“clause”"),
    ("indicators", "A1", put(colour="red"), "indicators.toml indicators A1：不认识的键“colour”"),
    ("indicators", "A1", put(name=5), "“name”的值 5 类型不对，应为文字"),
    ("indicators", "A1", put(level="town"), "指标 A1：level“town”不对"),
    ("indicators", "A4", lambda e: e["formula"].update(trial_step=0), "指标 A4 formula：trial_step 应大于 0"),
    ("indicators", "A2", put(code="A1"), "indicators.toml：代码“A1”重复"),
    ("indicators", "A1", put(thresholds={"primary": "4.2"}), "缺少学段“junior”的标准值"),
    ("indicators", "B9", put(items=["school.nothing"]), "指标 B9 items：没有填报项“school.nothing”"),
    ("indicators", "B9", put(items=["district.teachers"]), "没有填报项“district.teachers”"),
    ("indicators", "B9", drop("items"), "指标 B9：须写 formula 或 items"),
    ("indicators", "B7", put(parameter="gone"), "没有参数“gone”"),
    ("vetoes", "E1", put(item="veto_gone"), "否决事项 E1：没有填报项“veto_gone”"),
    ("items", "charter", put(kind="maybe"), "items.toml 填报项 charter：kind“maybe”不对"),
    ("items", "charter", put(clock="春季"), "clock“春季”不对"),
    ("items", "charter", put(section="attic"), "没有栏目“attic”"),
    ("items", "charter", put(code="informatised"), "items.toml：填报项代码“informatised”重复"),
    ("items", "pupils", put(stages=["nursery"]), "没有学段“nursery”"),
    ("items", "workload", put(choices=[]), "选项类须写 choices"),
    ("items", "drills", drop("sheet"), "表格须写 columns、sheet 和 sheet_code"),
    ("items", "boarders", put(checks=[{"rule": "le", "other": "gone"}]), "checks le：没有填报项“gone”"),
    ("items", "boarders", put(checks=[{"rule": "le"}]), "checks le：缺少“other”"),
    ("items", "special_funds", checked(schools=["gone"]), "checks schools_sum：没有学校填报项“gone”"),
    (
        "items",
        "special_funds",
        checked(schools=["charter"]),
        "学校填报项“charter”的类型是 yes_no，应为 number或decimal",
    ),
    ("items", "special_funds", checked(kinds=["大学"]), "checks schools_sum：没有学校类别“大学”"),
    ("items", "special_funds", checked(who="some"), "checks schools_sum：who“some”不对"),
    ("items", "special_funds", checked(stage="nursery"), "checks schools_sum：没有学段“nursery”"),
    ("items", "special_funds", checked(grades=["九年级"]), "写了 grades，须同时写 stage 和 column"),
    ("items", "special_funds", checked(schools=["drills"], **GRADES), "表格“drills”没有列“grade”"),
    ("items", "boarders", put(checks=[{"rule": "guess"}]), "没有校验规则“guess”"),
    ("items", "veto_fraud_note", put(asked_if={"item": "gone", "value": True}), "asked_if：没有填报项“gone”"),
    ("items", "teacher_wage", put(section="pupils"), "items_district.toml 填报项 teacher_wage：没有栏目“pupils”"),
    ("relaxations", "relax_room_area", put(indicator="B33"), "放宽口径 relax_room_area：没有指标“B33”"),
    ("relaxations", "relax_room_area", put(indicator="A1"), "指标 A1 不能用规则“rooms”放宽"),
    ("relaxations", "relax_room_area", put(rule="guess"), "没有放宽规则“guess”"),
    ("relaxations", "relax_room_area", put(classes="charter"), "没有表格类填报项“charter”"),
    ("relaxations", "relax_room_area", drop("classes"), "写了 max_class，须在放宽口径里写明 classes"),
    ("relaxations", "relax_room_area", lambda e: e["cases"][0].update(limits={"hall": 3}), "limits 不认识“hall”"),
    ("relaxations", "relax_room_area", lambda e: e["cases"][0].update(limits={"art_rooms": "x"}), "'x' 应为数字"),
    ("relaxations", "relax_room_area", lambda e: e["cases"][0].update(colour=1), "不认识的键“colour”"),
    ("relaxations", "relax_room_area", lambda e: e["cases"][1].update(only_stage="senior"), "only_stage“senior”不对"),
    ("relaxations", "relax_school_size", lambda e: e["cases"][0].pop("limits"), "须写 limits"),
    ("relaxations", "relax_pe_arts_teachers", put(items=["gone"]), "没有数字类填报项“gone”"),
    ("relaxations", "relax_pe_arts_teachers", drop("cases"), "须写 cases"),
    ("kinds", "小学", put(stages=["nursery"]), "学校类别“小学”：没有学段“nursery”"),
    ("kinds", "小学", put(scope="perhaps"), "scope 应为 judged 或 excluded"),
    ("kinds", "特殊教育学校", drop("reason"), "不参加评估须写明 reason"),
    ("stages", "junior", drop("cv_limit"), "standard.toml stages junior：缺少差异系数上限"),
    ("stages", "junior", put(cv_limit="many"), "“cv_limit”的值 'many' 类型不对，应为数字"),
    ("relaxations", "relax_sports_space", put(indicator="A9"), "没有指标“A9”"),
]


def test_the_shipped_content_is_sound(sound):
    assert files.problems(sound) == []


@pytest.mark.parametrize(("group", "code", "change", "words"), BROKEN, ids=[row[3] for row in BROKEN])
def test_each_fault_is_reported_with_its_file_and_key(content, group, code, change, words):
    change(entry(content, group, code))
    found = files.problems(content)
    assert any(words in problem for problem in found), found
    with pytest.raises(StandardError):
        reader.spec_from_content(content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f["terms"].append({"item": "gone"}), "没有填报项“gone”"),
        (lambda f: f["terms"].append({"item": "charter"}), "不是数字"),
        (lambda f: f["terms"][0].update(sign="*"), "sign 应为 + 或 -"),
        (lambda f: f.update(shared=False), "与 shared 不一致"),
        (lambda f: f.update(denominator="classes"), "分母只能是 pupils"),
        (lambda f: f["terms"][0].update(stages=["primary"]), "学段“junior”没有分子"),
        (lambda f: f.pop("factor"), "缺少“factor”"),
    ],
)
def test_formulas_must_make_sense(content, change, words):
    change(entry(content, "indicators", "A7")["formula"])
    assert any(words in problem for problem in files.problems(content))


def test_every_rule_of_the_engine_has_its_keys_and_no_other():
    assert set(files.KEYS["checks"]) == set(RULES)
    assert set(files.KEYS["conditions"]) == set(reader.RULES)
    assert set(reader.RULES.values()) == set(district.RULES)


def test_every_combination_of_stages_needs_weights(content):
    content["split_weights"] = [w for w in content["split_weights"] if set(w) != {"primary", "senior"}]
    assert files.problems(content) == ["standard.toml split_weights：缺少学段组合 primary、senior 的权重"]


def test_all_faults_are_listed_at_once(content):
    for code in ("A1", "A2", "A3"):
        entry(content, "indicators", code)["level"] = "town"
    assert len(files.problems(content)) == 3


def test_a_missing_top_level_key_is_named(content):
    del content["floor_ratio"]
    assert files.problems(content) == ["standard.toml：缺少“floor_ratio”"]


def test_a_relaxation_that_is_only_described_still_loads(content):
    """Revisions from before the rules were written stay in use as they are."""
    for relaxation in content["relaxations"]:
        for key in ("rule", "items", "classes", "migrants", "cases"):
            relaxation.pop(key, None)
    spec = reader.spec_from_content(content)
    assert {one.rule for one in spec.relaxations.values()} == {""}
