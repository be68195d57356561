"""Overlays: what they add, change and remove, and how each fault is reported."""

import pytest

from indicators.standard.engine import DistrictData, evaluate
from indicators.standard.standards import files, reader
from indicators.standard.standards.files import StandardError
from tests.indicators.standard.engine import builders
from tests.indicators.standard.standards import overlays

HEAD = overlays.PROVINCE.partition("[rules]")[0]


@pytest.fixture(scope="module")
def base():
    return files.read_folder(files.SHIPPED / "national-2017")


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    return files.read_folder(overlays.write(tmp_path_factory.mktemp("standards")))


def entry(content, group, key):
    return next(e for e in content[group] if files.key_of(group, e) == key)


def shown(folder, body):
    with pytest.raises(StandardError) as raised:
        files.read_folder(overlays.write(folder, HEAD + body))
    return raised.value.problems


def test_what_the_overlay_names_is_changed_and_the_rest_is_the_base(base, province):
    assert entry(province, "indicators", "A1")["thresholds"] == {"primary": "4.2", "junior": 6}
    assert province["min_reached"] == 7
    assert province["stages"] == base["stages"]
    assert entry(province, "indicators", "A2") == entry(base, "indicators", "A2")


def test_additions_stand_where_after_says(province):
    codes = [e["code"] for e in province["indicators"]]
    assert codes[codes.index("B15") + 1] == "B90"
    items = [files.key_of("items", e) for e in province["items"]]
    assert items[items.index("school.sports_ground_area") + 1] == "school.libraries"
    assert "after" not in entry(province, "items", "school.libraries")


def test_removals_are_gone(province):
    assert "E4" not in [e["code"] for e in province["vetoes"]]


def test_the_composed_content_names_its_base(base, province):
    assert province["overlay"] == {"base": "national-2017", "base_sha256": files.content_sha256(base)}
    assert province["code"] == "province-constructed"


def test_the_base_is_not_touched(base):
    before = files.content_sha256(base)
    files.compose(
        base,
        {
            "base": "national-2017",
            "code": "x",
            "name": "x",
            "short_name": "x",
            "rule_version": "x",
            "change": {"indicators": [{"code": "A1", "thresholds": {"junior": 9}}]},
        },
    )
    assert files.content_sha256(base) == before


def test_the_engine_judges_by_the_changed_threshold(base, province):
    school = builders.school(kind="初级中学", teachers_bachelor_junior=20, teachers_master_junior=7, pupils=500)
    for content, reaches in ((base, True), (province, False)):
        result = evaluate(reader.spec_from_content(content), DistrictData("410202", (school,)))
        assert result.parts[0].indicators[0].reaches is reaches


def test_coded_lists_merge_by_code_and_drop_takes_away(base):
    old = {"code": "X", "note": "旧", "rules": [{"code": "a", "limit": 1, "label": "甲"}, {"code": "b", "limit": 2}]}
    new = files.merged(old, {"rules": [{"code": "a", "limit": 5}, {"code": "c", "limit": 3}]})
    assert new["rules"] == [
        {"code": "a", "limit": 5, "label": "甲"},
        {"code": "b", "limit": 2},
        {"code": "c", "limit": 3},
    ]
    changed = files.compose(
        base,
        {
            "base": "national-2017",
            "code": "x",
            "name": "x",
            "short_name": "x",
            "rule_version": "x",
            "change": {"parameters": [{"code": "special_funds_per_pupil", "drop": ["note"]}]},
        },
    )
    assert "note" not in entry(changed, "parameters", "special_funds_per_pupil")


def test_other_lists_are_replaced_whole(base):
    changed = files.merged(entry(base, "indicators", "A1"), {"evidence": ["只要这一份"]})
    assert changed["evidence"] == ["只要这一份"]


def test_an_overlay_may_lie_over_another_next_to_it(tmp_path):
    overlays.write(tmp_path)
    text = HEAD.replace("national-2017", "province-constructed").replace(
        'code = "province-constructed"', 'code = "city"'
    )
    city = overlays.write(tmp_path, text, "city")
    assert [content["code"] for content in files.read_chain(city)] == ["national-2017", "province-constructed", "city"]


FAULTS = [
    ("[[add.indicator]]\ncode = 'A8'\n", "overlay.toml add.indicator：没有这一类内容，可用：documents、stages"),
    ("[add]\nitems = 5\n", "overlay.toml add.items：类型不对，应为[[add.items]] 形式的条目"),
    ("[remove]\nvetoes = 'E1'\n", "overlay.toml remove.vetoes：类型不对，应为文字列表"),
    ("[remove]\nvetoes = ['E9']\n", "overlay.toml remove.vetoes：national-2017 里没有“E9”"),
    (
        "[[change.parameters]]\ncode = 'gone'\nvalue = 1\n",
        "overlay.toml change.parameters gone：national-2017 里没有这一条",
    ),
    (
        "[[change.items]]\ncode = 'charter'\nhelp = '…'\n",
        "change.items ?.charter：national-2017 里没有这一条，不能修改（填报项须写 respondent 和 code）",
    ),
    ("[[change.indicators]]\ncode = 'A1'\n", "overlay.toml change.indicators A1：没有写要改的键"),
    ("[[change.indicators]]\ncode = 'A1'\ndrop = ['colour']\n", "overlay.toml change.indicators A1 drop：没有“colour”"),
    ("[[change.indicators]]\ncode = 'A1'\ndrop = 'note'\n", "overlay.toml change.indicators A1 drop：应为文字列表"),
    (
        "[[change.indicators]]\ncode = 'A1'\ncolour = 'red'\n",
        "overlay.toml 与 national-2017 合成后，indicators.toml indicators A1：不认识的键“colour”",
    ),
    (
        "[[add.indicators]]\ncode = 'A1'\n",
        "overlay.toml add.indicators A1：national-2017 已有这一条，要改请写在 change.indicators 里",
    ),
    ("[[add.vetoes]]\ncode = 'E9'\nafter = 'E8'\n", "overlay.toml add.vetoes E9 after：没有“E8”"),
    ("[[add.vetoes]]\ncode = 'E9'\n", "合成后，indicators.toml vetoes E9：缺少“name”"),
    ("[remove]\nvetoes = ['E1']\n[[change.vetoes]]\ncode = 'E1'\nname = '…'\n", "overlay.toml vetoes E1：写了不止一次"),
    (
        "[remove]\nitems = ['school.backbone_teachers']\n",
        "合成后，indicators.toml 指标 A2 formula：没有填报项“backbone_teachers”",
    ),
    ("[remove]\nindicators = ['A3']\n", "合成后，standard.toml 放宽口径 relax_pe_arts_teachers：没有指标“A3”"),
    ("[rules]\nmin_reach = 7\n", "overlay.toml rules：不认识的键“min_reach”"),
    ("[rules]\nmin_reached = 'all'\n", "overlay.toml rules：“min_reached”的值 'all' 类型不对，应为整数"),
    ("weight = 3\n", "overlay.toml：不认识的键“weight”"),
]


@pytest.mark.parametrize(("body", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_each_fault_is_reported_with_its_file_and_key(tmp_path, body, words):
    found = shown(tmp_path, body)
    assert any(words in problem for problem in found), found


def test_all_faults_are_listed_at_once(tmp_path):
    assert len(shown(tmp_path, "[remove]\nvetoes = ['E8', 'E9']\nindicators = ['A9']\n")) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('code = "x"\n', "overlay.toml：缺少“base”"),
        ('base = "atlantis"\n', "overlay.toml base：找不到标准“atlantis”，系统自带：national-2017"),
        ('base = "national-2017"\n', "overlay.toml：缺少“code”"),
        ("base = \n", "overlay.toml：TOML 格式错误"),
        (HEAD.replace('"province-constructed"', '"national-2017"'), "overlay.toml code：“national-2017”与 base 相同"),
    ],
)
def test_a_faulty_head_is_reported(tmp_path, text, words):
    with pytest.raises(StandardError) as raised:
        files.read_folder(overlays.write(tmp_path, text))
    assert any(words in problem for problem in raised.value.problems), raised.value.problems


def test_overlays_over_each_other_are_a_circle(tmp_path):
    overlays.write(tmp_path, HEAD.replace("national-2017", "two"), "one")
    with pytest.raises(StandardError, match="循环"):
        files.read_folder(overlays.write(tmp_path, HEAD.replace("national-2017", "one"), "two"))


def test_a_folder_is_a_standard_or_an_overlay(tmp_path):
    folder = overlays.write(tmp_path)
    (folder / "standard.toml").write_text("", encoding="utf-8")
    with pytest.raises(StandardError, match=r"还有 standard\.toml，只能有其中一个"):
        files.read_folder(folder)


def test_a_sentence_of_the_official_forms_may_be_said_otherwise(tmp_path):
    body = HEAD + '[rules.sentences]\nlacking = "缺{schools}（{column}）"\n'
    spec = reader.spec_from_content(files.read_folder(overlays.write(tmp_path, body)))
    assert spec.sentences["lacking"].format(column="L9", schools="甲小学") == "缺甲小学（L9）"
    assert spec.sentences["note_6"] == "注：满意度保留一位小数。"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('nonsense = "x"', "sentences nonsense：申报表里没有这一句"),
        ("lacking = 3", "sentences lacking：应为文字"),
        ('lacking = "缺{pupils}"', "可用的空格：{column}、{schools}"),
        ('lacking = "缺{schools.x}"', "空格写法不对"),
        ('note_6 = "满意度{"', "可用的空格：不能有"),
        ('heads_4 = "名称｜结论"', "应有 1 行，每行用“｜”隔开的格数依次为：3"),
        ('heads_6 = "问卷｜满意度｜人数｜满意度"', "应有 3 行，每行用“｜”隔开的格数依次为：4、4、2"),
    ],
)
def test_a_sentence_with_other_blanks_is_refused(tmp_path, line, fault):
    (problem,) = shown(tmp_path, f"[rules.sentences]\n{line}\n")
    assert fault in problem
