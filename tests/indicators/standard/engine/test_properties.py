"""Laws that hold for any district, and the naive second reading of the standard."""

import random
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from indicators.standard.engine import SchoolData, Value, scope, words
from tests.indicators.standard.engine import naive
from tests.indicators.standard.engine.builders import STAGES, figures, judge

JUDGED = ("小学", "初级中学", "九年一贯制学校", "完全中学", "十二年一贯制学校")
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
counts = st.integers(0, 300)
areas = st.decimals(0, 90_000, places=2)


@st.composite
def schools(draw, kinds=JUDGED):
    kind = draw(st.sampled_from(kinds))
    raw = figures(kind)
    for code in raw:
        if code.startswith("pupils_"):
            raw[code] = draw(st.integers(1, 3000))
        elif raw[code].__class__ is Decimal or code.endswith("_area"):
            raw[code] = draw(areas)
        else:
            raw[code] = draw(counts)
    raw["teaching_area"] = max(raw["teaching_area"], raw["indoor_sports_area"])
    return kind, raw


districts = st.lists(schools(), min_size=1, max_size=8)


def reporting(rows):
    return [
        SchoolData(f"{n:010d}", f"校{n}", kind, answers={c: Value(v) for c, v in raw.items()})
        for n, (kind, raw) in enumerate(rows)
    ]


@quick
@given(rows=districts)
def test_the_naive_reading_of_the_law_agrees(spec, rows):
    result = judge(spec, *reporting(rows))
    plain: dict[str, list] = {"primary": [], "junior": []}
    expected = []
    for n, (kind, raw) in enumerate(rows):
        for stage in STAGES[kind]:
            if stage != "senior":
                values = naive.part_values(raw, stage)
                plain[stage].append((raw[f"pupils_{stage}"], values))
                expected.append((f"{n:010d}", stage, values, naive.part_passes(values, stage)))
    found = [
        (p.school.code, p.stage, {r.indicator.code: r.value for r in p.indicators}, p.passes) for p in result.parts
    ]
    assert found == expected
    for stage, own in plain.items():
        for code, coefficient in result.coefficients[stage].items():
            square = naive.cv_squared([(p, v[code]) for p, v in own]) if own else None
            assert coefficient.cv_squared == square
            assert coefficient.passes is (None if square is None else square <= naive.LIMIT[stage] ** 2)


@quick
@given(rows=st.lists(schools(kinds=("小学", "初级中学")), min_size=2, max_size=6), times=st.integers(2, 9))
def test_scaling_all_resources_leaves_every_coefficient(spec, rows, times):
    scaled = [(k, {c: v if c.startswith("pupils") else v * times for c, v in raw.items()}) for k, raw in rows]
    before, after = judge(spec, *reporting(rows)), judge(spec, *reporting(scaled))
    for stage in ("primary", "junior"):
        for code, coefficient in before.coefficients[stage].items():
            assert after.coefficients[stage][code].cv == coefficient.cv


@quick
@given(rows=districts, seed=st.integers(0, 10**6))
def test_the_order_of_schools_does_not_matter(spec, rows, seed):
    shuffled = reporting(rows)
    random.Random(seed).shuffle(shuffled)
    one = judge(spec, *reporting(rows)).as_json(round="r", district="d")
    assert judge(spec, *shuffled).as_json(round="r", district="d") == one


@quick
@given(
    pupils=st.dictionaries(st.sampled_from(["primary", "junior", "senior"]), st.integers(1, 5000), min_size=2),
    total=st.decimals("0.01", 10**6, places=2),
)
def test_split_shares_sum_exactly_to_the_whole(spec, pupils, total):
    weights = scope.split_weights(spec, pupils)
    shares = [scope.split_share(weights, pupils, stage) * Fraction(total) for stage in pupils]
    assert sum(shares) == Fraction(total)


@quick
@given(rows=st.lists(schools(kinds=("小学",)), min_size=2, max_size=5), index=st.integers(0, 4))
def test_merging_a_school_with_its_twin_leaves_mean_and_coefficient(spec, rows, index):
    kind, raw = rows[index % len(rows)]
    doubled = {code: value * 2 for code, value in raw.items()}
    rest = [row for n, row in enumerate(rows) if n != index % len(rows)]
    apart = judge(spec, *reporting([*rest, (kind, raw), (kind, raw)])).coefficients["primary"]
    merged = judge(spec, *reporting([*rest, (kind, doubled)])).coefficients["primary"]
    for code in merged:
        assert merged[code].mean == apart[code].mean
        assert merged[code].cv_squared == apart[code].cv_squared


@quick
@given(row=schools(kinds=("小学", "初级中学")), copies=st.integers(2, 5))
def test_identical_schools_have_a_coefficient_of_zero(spec, row, copies):
    (stage,) = STAGES[row[0]]
    for coefficient in judge(spec, *reporting([row] * copies)).coefficients[stage].values():
        assert coefficient.cv == 0 or coefficient.reason == "zero_mean"


@quick
@given(rows=districts)
def test_the_gap_is_exactly_what_reaches_the_threshold(spec, rows):
    for part in judge(spec, *reporting(rows)).parts:
        for result in part.indicators:
            reached = (result.numerator + result.gap) * result.indicator.rule.factor / result.pupils
            assert reached == max(result.value, result.threshold)
            assert (result.gap == 0) is result.reaches


ADDED_TO = {"A4": "teaching_area", "A5": "sports_ground_area", "A6": "equipment_value", "A7": "multimedia_rooms"}
SAID = re.compile(r"^(还差|全校还需) ([0-9.]+) ")


def _said(words):
    return Decimal(SAID.match(words).group(2))


@quick
@given(row=schools(), code=st.sampled_from(sorted(ADDED_TO)))
def test_adding_what_is_said_makes_every_part_pass_and_one_unit_less_does_not(spec, row, code):
    kind, raw = row
    step = {"A4": Decimal("0.1"), "A5": Decimal("0.1"), "A6": Decimal("0.01"), "A7": 1}[code]

    def parts(added):
        changed = raw | {ADDED_TO[code]: raw[ADDED_TO[code]] + added}
        return [part.indicator(code) for part in judge(spec, *reporting([(kind, changed)])).parts]

    before = parts(0)
    for shown, reached in ((words.lacking, "reaches"), (words.lacking_for_floor, "reaches_floor")):
        short = {n: shown(spec, result) for n, result in enumerate(before) if not getattr(result, reached)}
        assert [n for n, result in enumerate(before) if shown(spec, result)] == list(short)
        for said in short.values():
            assert said.startswith("全校还需" if len(STAGES[kind]) > 1 else "还差")
            enough, less = parts(_said(said)), parts(_said(said) - step)
            assert all(getattr(enough[k], reached) for k in short)
            assert not all(getattr(less[k], reached) for k in short)


@quick
@given(rows=st.lists(schools(), min_size=2, max_size=5), data=st.data())
def test_any_one_blank_needed_figure_blocks_the_verdict_and_is_named(spec, rows, data):
    whole = reporting(rows)
    victim = data.draw(st.integers(0, len(whole) - 1))
    code = data.draw(st.sampled_from(sorted(whole[victim].answers)))
    rest = {c: a for c, a in whole[victim].answers.items() if c != code}
    result = judge(spec, *whole[:victim], replace(whole[victim], answers=rest), *whole[victim + 1 :])
    needed = code not in ("teachers_associate_junior",)
    named = [(m.school_code, m.item) for m in result.missing] == [(whole[victim].code, code)]
    assert named is needed
    assert result.verdict is None or not needed


@pytest.mark.parametrize("seed", range(3))
def test_contributions_add_up_to_one(spec, seed):
    chance = random.Random(seed)
    rows = [("小学", figures() | {"multimedia_rooms": chance.randint(1, 90)}) for _ in range(12)]
    contributions = judge(spec, *reporting(rows)).coefficients["primary"]["A7"].contributions
    assert len(contributions) == 12
    assert abs(sum(c.share for c in contributions) - 1) < Decimal("1e-27")
