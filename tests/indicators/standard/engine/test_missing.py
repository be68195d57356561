"""What is missing, and that it blocks no more than it must."""

from indicators.standard.engine import NotApplicable, words
from tests.indicators.standard.engine.builders import figures, judge, school

NEEDED_BY_A_PRIMARY_SCHOOL = set(figures("小学"))


def items(result):
    return [m.item for m in result.missing]


def test_a_complete_submission_misses_nothing(spec):
    result = judge(spec, school("1", "十二年一贯制学校"), school("2"))
    assert result.missing == ()
    assert result.complete is True


def test_a_school_without_a_submission_lists_all_it_needs(spec):
    result = judge(spec, school("1"), school("2", has_submission=False))
    assert {m.school_code for m in result.missing} == {"0000000002"}
    assert set(items(result)) == NEEDED_BY_A_PRIMARY_SCHOOL
    assert result.complete is False


def test_a_school_without_a_submission_stays_a_part(spec):
    result = judge(spec, school("1"), school("2", has_submission=False))
    absent = result.parts[1]
    assert (absent.pupils, absent.passes) == (None, None)
    assert all(c.cv is None and c.reason == "missing" for c in result.coefficients["primary"].values())


def test_missing_submission_of_a_twelve_year_school_asks_for_senior_pupils_but_no_senior_teachers(spec):
    found = items(judge(spec, school(kind="十二年一贯制学校", has_submission=False)))
    assert {"pupils_primary", "pupils_junior", "pupils_senior"} <= set(found)
    assert [code for code in found if code.endswith("_senior")] == ["pupils_senior"]
    assert "teachers_associate_junior" not in found


def test_blank_senior_pupils_block_only_what_is_split(spec):
    result = judge(spec, school(kind="完全中学", pupils_senior=None))
    (part,) = result.parts
    assert items(result) == ["pupils_senior"]
    assert [r.indicator.code for r in part.indicators if r.value is None] == ["A4", "A5", "A6", "A7"]


def test_blank_junior_pupils_leave_primary_teachers_judged(spec):
    primary, junior = judge(spec, school(kind="九年一贯制学校", pupils_junior=None)).parts
    assert primary.indicator("A1").reaches is True
    assert primary.indicator("A7").value is None
    assert junior.pupils is None
    assert all(r.value is None for r in junior.indicators)


def test_one_blank_figure_blocks_only_its_own_coefficient(spec):
    result = judge(spec, school("1"), school("2", equipment_value=None))
    blocked = [c for c, k in result.coefficients["primary"].items() if k.cv is None]
    assert blocked == ["A6"]


def test_other_blanks_do_not_matter_to_a1_to_a7(spec):
    assert "boarders_primary" in spec.items
    assert judge(spec, school()).complete is True


def test_missing_is_in_order_of_schools_then_of_the_form(spec):
    result = judge(spec, school("2", has_submission=False), school("1", has_submission=False))
    found = [(m.school_code, spec.item_order[m.item]) for m in result.missing]
    assert found == sorted(found)


def test_answers_of_an_unsubmitted_submission_do_not_count(spec):
    draft = school("1", multimedia_rooms=0, has_submission=False)
    assert judge(spec, draft).parts[0].indicator("A7").value is None


def test_a_figure_marked_not_applicable_is_missing_with_its_reason(spec):
    result = judge(spec, school("1", multimedia_rooms=NotApplicable("在建")), school("2"))
    shown = result.as_json(round="2026", district="410202")
    assert shown["missing"] == [{"school_code": "0000000001", "item": "multimedia_rooms", "reason": "在建"}]
    unknown = result.parts[0].indicator("A7")
    assert (words.lacking(spec, unknown), unknown.near_limit(2)) == ("", None)
