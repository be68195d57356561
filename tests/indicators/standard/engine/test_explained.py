"""A whole district explained, line by line, as read against 教督〔2017〕6号 when tests/cases/explained.txt was recorded.

The district has one school of each fate: sound, split and failing, silent, too small, with a veto. The outline gives
every conclusion in its order; what it rests on is said once for each kind of conclusion and verdict.
"""

import sys
from collections.abc import Iterator

from indicators.standard.engine import (
    DistrictData,
    NotApplicable,
    Spec,
    Value,
    evaluate,
    explain,
)
from indicators.standard.engine.explain import Case, Explanation
from tests.indicators.standard.engine.builders import CASES, answers, departments, school, sound

VERDICTS = {True: "达到", False: "未达到", None: "未定"}
RENEWED = "python -m tests.indicators.standard.engine.test_explained > tests/cases/explained.txt"


def district(spec: Spec) -> Case:
    """One of every fate; several figures stand exactly on, or a step from, what they are held against."""
    tables = {"class_list": Value(({"stage": "小学", "grade": "一年级", "number": "1", "pupils": 46},))}
    schools = (
        sound(spec, "1", area="城区", multimedia_rooms=51),
        sound(
            spec,
            "2",
            "九年一贯制学校",
            pupils=340,
            area="乡村",
            indoor_sports_area=600,
            equipment_value="61.2",
            boarding=True,
        ),
        sound(
            spec,
            "3",
            "初级中学",
            pupils=700,
            area="镇区",
            backbone_teachers_junior=0,
            pe_teachers_junior=0,
            trained_teachers_junior=69,
            certified_teachers_junior=69,
            charter=False,
            **{spec.vetoes[0].item: Value(True)},
        ),
        sound(
            spec, "4", pupils=240, area="镇区", multimedia_rooms=NotApplicable("在建"), art_rooms=Value(()), **tables
        ),
        sound(spec, "5", "教学点", pupils=49, area="乡村"),
        sound(spec, "6", "特殊教育学校", pupils=60),
        school("7", has_submission=False),
        sound(
            spec,
            "8",
            "完全中学",
            pupils=420,
            area="城区",
            teachers_bachelor_junior=0,
            teachers_master_junior=None,
            **{spec.vetoes[1].item: None},
        ),
        sound(spec, "9", "初级中学", pupils=500, area="城区"),
    )
    own = departments() | {"exchanged": 9, "survey_satisfied": None, "disabled_deferred": 6, "four_unified": False}
    data = DistrictData("410202", schools, answers(own))
    return Case(evaluate(spec, data), data)


def outline(top: Explanation) -> Iterator[str]:
    """Every conclusion on a line of its own, what it says below it the first time one of its kind is met."""
    shown: set[object] = set()
    stack = [(top, 0)]
    while stack:
        node, depth = stack.pop()
        place, pad = node.place, "  " * depth
        marks = [VERDICTS[node.verdict] if node.judged else "步骤"]
        marks += [
            word
            for word, holds in (("不适用", not node.applicable), ("临界", node.near_limit), ("结论性", node.attested))
            if holds
        ]
        where = "/".join(filter(None, (place.kind, place.code, place.school.lstrip("0"), place.stage)))
        yield f"{pad}{'、'.join(marks)} {node.subject} {node.title} [{where}]"
        kind = (place.kind, place.code, place.stage, node.title, *marks, bool(node.inputs), bool(node.why))
        if kind in shown:
            continue
        shown.add(kind)
        yield from (f"{pad}  · {line}" for line in facts(node))
        stack += [(child, depth + 1) for child in reversed(node.children)]


def facts(node: Explanation) -> Iterator[str]:
    """What one conclusion says of itself."""
    if node.rule:
        yield f"规则：{node.rule}（{node.clause}）"
    if node.arithmetic:
        yield f"算式：{node.arithmetic}"
    if node.expression:
        yield f"代入：{node.expression}"
    if node.value is not None:
        yield f"结果：{node.exact} {node.fraction} ｜ {node.rounding} {node.unit}"
    for bound in node.bounds:
        yield f"{bound.name}：{bound.text} {VERDICTS[bound.met]} {bound.distance}"
    if node.why:
        yield f"说明：{node.why}"
    for given in node.inputs:
        yield f"填报：{given.name} {given.item} {given.label}＝{given.words}（{given.state}）{'；'.join(given.rows)}"


def test_the_district_is_explained_as_recorded(spec: Spec) -> None:
    expected = (CASES / "explained.txt").read_text(encoding="utf-8").splitlines()
    assert list(outline(explain.district(district(spec)))) == expected, f"read the difference, then: {RENEWED}"


if __name__ == "__main__":
    from indicators.standard.standards import files, reader

    shipped = reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))
    sys.stdout.write("\n".join(outline(explain.district(district(shipped)))) + "\n")
