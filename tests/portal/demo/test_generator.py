"""What the generated submissions promise, without a database."""

from collections import Counter
from dataclasses import replace

import pytest

from indicators.standard.engine import NotApplicable, Result, Spec, Value, check_district, check_school, evaluate
from indicators.standard.standards import files, reader
from portal.demo import generator, names
from portal.demo.figures import CURRENT, YEARS

SEEDS = (2026, 7)


@pytest.fixture(scope="module")
def spec() -> Spec:
    return reader.spec_from_content(files.read_folder(next(iter(files.shipped()))))


def judged(spec: Spec, year: int, *, seed: int = 2026, schools: int = names.USUAL) -> Result:
    sketches = names.sketches(schools, seed)
    return evaluate(spec, generator.district_data(sketches, generator.school_answers(spec, sketches, seed, year)))


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(spec) -> None:
    first, again, other = (judged(spec, 2024, seed=seed).inputs_sha256 for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_every_school_shows_its_staff_though_nobody_must(spec) -> None:
    sketches = names.sketches(names.USUAL, 2026)
    for code, given in generator.school_answers(spec, sketches, 2026, CURRENT).items():
        for stage in {"primary", "junior"} & {field.removeprefix("teachers_") for field in given}:
            assert given[f"staff_{stage}"].value > given[f"teachers_{stage}"].value, code


@pytest.mark.parametrize("seed", SEEDS)
def test_every_submission_of_every_year_can_be_handed_in(spec, seed) -> None:
    sketches, before = names.sketches(names.USUAL, seed), {}
    warnings = 0
    for year in YEARS:
        answers = generator.school_answers(spec, sketches, seed, year)
        for sketch in sketches:
            problems = check_school(spec, sketch.kind, answers[sketch.code], before.get(sketch.code, {}))
            assert [p.message for p in problems if p.level == "error"] == []
            warnings += len(problems)
        before = answers
    assert 1 <= warnings <= 40, "a few figures are unusual and explained, not most"


@pytest.mark.parametrize("schools", [names.FEWEST, 60, 200])
def test_any_number_of_schools_is_sound_with_names_and_codes_of_their_own(spec, schools) -> None:
    sketches = names.sketches(schools, 2026)
    assert len({s.name for s in sketches}) == len({s.code for s in sketches}) == schools
    answers = generator.school_answers(spec, sketches, 2026, CURRENT)
    for sketch in sketches:
        problems = check_school(spec, sketch.kind, answers[sketch.code], {})
        assert [p.message for p in problems if p.level == "error"] == []


def test_the_register_has_every_kind_area_and_sponsor_of_the_story() -> None:
    sketches = names.sketches(names.USUAL, 2026)
    assert Counter(s.kind for s in sketches) == {
        "小学": 23,
        "初级中学": 8,
        "九年一贯制学校": 5,
        "完全中学": 2,
        "教学点": 2,
        "十二年一贯制学校": 1,
        "特殊教育学校": 1,
    }
    assert {s.area for s in sketches} == {"城区", "镇区", "乡村"}
    assert Counter(s.sponsor for s in sketches) == {7: 39, 10: 2, 9: 1}
    assert len({s.group for s in sketches} - {""}) == 2
    assert [s.pupils["primary"] for s in sketches if s.kind == "教学点"] == [64, 38]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_district_improves_and_most_parts_pass_in_the_end(spec, seed) -> None:
    shares = []
    for year in YEARS:
        result = judged(spec, year, seed=seed)
        shares.append(sum(bool(part.passes) for part in result.parts) / len(result.parts))
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert 0.85 < shares[-1] < 1


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_fail_the_two_ways_the_rule_knows(spec, seed) -> None:
    failed = [part for part in judged(spec, CURRENT, seed=seed).parts if not part.passes]
    below_floor = [p for p in failed if sum(not i.reaches for i in p.indicators) == 1]
    two_short = [p for p in failed if sum(not i.reaches for i in p.indicators) == 2]
    assert len(below_floor) == 1
    assert [i.indicator.code for i in below_floor[0].indicators if not i.reaches_floor] == ["A5"]
    assert len(two_short) == 2
    assert all(i.reaches_floor for part in two_short for i in part.indicators)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_coefficient_reads_like_the_limit_and_is_above_it(spec, seed) -> None:
    coefficients = list(judged(spec, CURRENT, seed=seed).all_coefficients())
    near = [c for c in coefficients if c.near_limit]
    assert [(c.stage, c.indicator.code, c.passes) for c in near] == [("junior", "A6", False)]
    assert f"{near[0].cv:.2f}" == "0.45"
    assert all(c.passes for c in coefficients if not c.near_limit)


def test_one_primary_class_and_one_junior_class_are_too_large(spec) -> None:
    sketches = names.sketches(names.USUAL, 2026)
    answers = generator.school_answers(spec, sketches, 2026, CURRENT)
    rows = [row for given in answers.values() for row in given["class_list"].value]
    assert [r["pupils"] for r in rows if r["stage"] == "小学" and r["pupils"] > 45] == [46]
    assert [r["pupils"] for r in rows if r["stage"] == "初中" and r["pupils"] > 50] == [51]
    sizes = [given["pupils_primary"].value for given in answers.values() if "pupils_primary" in given]
    assert [size for size in sizes if size > 2000] == [2036]


@pytest.mark.parametrize("year", YEARS)
def test_the_bureau_answers_everything_in_agreement_with_the_schools(spec, year) -> None:
    sketches = names.sketches(names.USUAL, 2026)
    schools = generator.school_answers(spec, sketches, 2026, year)
    answers = generator.district_answers(spec, sketches, schools, 2026, year)
    data = generator.district_data(sketches, schools)
    assert [p.message for p in check_district(spec, answers, {}, data.schools)] == []
    assert answers["exchanged"].value == sum(given["exchanged_out"].value for given in schools.values())
    result = evaluate(spec, replace(data, answers=answers))
    assert result.complete
    assert not [a for a in answers.values() if isinstance(a, NotApplicable) or a == Value(None)]
