"""B–D and the final verdict of random districts, against the naive second reading."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings, strategies as st

from indicators.standard.engine import (
    DistrictData,
    NotApplicable,
    SchoolData,
    Value,
    evaluate,
)
from tests.indicators.standard.engine import naive_conditions as naive
from tests.indicators.standard.engine.builders import conclusions, departments, figures, no_vetoes
from tests.indicators.standard.engine.naive_conditions import NA, RUNS

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LABELS = {"primary": "小学", "junior": "初中", "senior": "高中"}
PUPILS = st.sampled_from([0, 1, 49, 50, 64, 99, 100, 500, 1250, 1251, 2000, 2001])
SIZES = st.lists(st.sampled_from([30, 45, 46, 50, 51]), max_size=14)
AREAS = st.lists(st.sampled_from([Decimal(a) for a in ("89.99", "90", "95.99", "96", "120")]), max_size=3)
GRADES = st.sampled_from(["好", "较好", "一般"])


def plain(given):
    """Answers as the naive reading takes them."""
    return {code: answer.value if isinstance(answer, Value) else answer for code, answer in given.items()}


@st.composite
def plain_schools(draw):
    """A school that mostly holds, with a few answers at an edge, blank, or 不适用."""
    kind = draw(st.sampled_from(sorted(RUNS)))
    found = plain(conclusions(kind))
    for stage in {*RUNS[kind], *draw(st.sets(st.sampled_from(["primary", "junior"]), max_size=1))}:
        found[f"pupils_{stage}"] = draw(PUPILS)
        if stage != "senior":
            teachers = draw(st.sampled_from([0, 10, 40]))
            found |= {
                f"teachers_{stage}": teachers,
                f"trained_teachers_{stage}": teachers,
                f"certified_teachers_{stage}": teachers,
                f"in_zone_pupils_{stage}": found[f"pupils_{stage}"],
            }
    found |= {
        "class_list": [(LABELS[stage], size) for stage in RUNS[kind] for size in draw(SIZES)],
        "music_rooms": draw(AREAS),
        "art_rooms": draw(AREAS),
        "public_funds_allocated": draw(st.sampled_from([64_999, 65_000])),
        "training_funds_budget": draw(st.sampled_from([5_000, 5_000, 4_999])),
    }
    for code in draw(st.lists(st.sampled_from(sorted(found)), max_size=3, unique=True)):
        found[code] = _spoiled(draw, found[code])
    register = {
        "area": draw(st.sampled_from(["城区", "镇区", "乡村"])),
        "sponsor": draw(st.sampled_from(["7", "7", "10"])),
        "boarding": draw(st.booleans()),
        "status": draw(st.sampled_from(["在办", "在办", "在办", "停办"])),
        "has_submission": draw(st.sampled_from([True, True, True, True, False])),
    }
    return naive.School(kind, {code: value for code, value in found.items() if value is not None}, **register)


def _spoiled(draw, value):
    if isinstance(value, bool):
        return draw(st.sampled_from([False, None, NA]))
    if isinstance(value, str):
        return draw(st.sampled_from(["较好", "一般", None, NA]))
    if isinstance(value, int):
        return draw(st.sampled_from([max(value - 1, 0), 0, None, NA]))
    return draw(st.sampled_from([[], None, NA]))


@st.composite
def plain_districts(draw):
    """The departments' answers, up to four of them changed by one, zero, blank, or 不适用."""
    found = plain(departments())
    found["monitoring"] = [(r["subject"], r["year"], r["level"], r["variation"]) for r in found["monitoring"]]
    for code in draw(st.lists(st.sampled_from(sorted(found)), max_size=4, unique=True)):
        found[code] = draw(_MONITORED) if code == "monitoring" else _spoiled(draw, found[code])
    return {code: value for code, value in found.items() if value is not None}


_MONITORED = st.lists(
    st.tuples(
        st.sampled_from(["语文", "数学"]),
        st.sampled_from([2022, 2025]),
        st.sampled_from(["Ⅱ", "Ⅲ", "Ⅳ", None]),
        st.sampled_from([Decimal("0.1499"), Decimal("0.15"), None]),
    ),
    max_size=4,
    unique_by=lambda row: row[:2],
)


def _answers(plain):
    return {code: _answer(code, value) for code, value in plain.items()}


def _answer(code, value):
    if value is NA:
        return NotApplicable("没有")
    if code == "class_list":
        rows = (
            {"stage": stage, "grade": "一", "number": str(n), "pupils": size} for n, (stage, size) in enumerate(value)
        )
        return Value(tuple(rows))
    if code.endswith("_rooms") and isinstance(value, list):
        return Value(tuple({"name": str(n), "area": area, "built_year": 2010} for n, area in enumerate(value)))
    if code == "monitoring":
        return Value(tuple(dict(zip(("subject", "year", "level", "variation"), row, strict=True)) for row in value))
    return Value(value)


def _schools(schools):
    return tuple(
        SchoolData(
            f"{n:010d}",
            f"校{n}",
            s.kind,
            area=s.area,
            sponsor=s.sponsor,
            boarding=s.boarding,
            status=s.status,
            has_submission=s.has_submission,
            answers=_answers(s.given),
        )
        for n, s in enumerate(schools)
    )


@often
@given(schools=st.lists(plain_schools(), max_size=5), district=plain_districts())
def test_b_to_d_agree_with_the_naive_reading(spec, schools, district):
    result = evaluate(spec, DistrictData("410202", _schools(schools), _answers(district)))
    found = {d.indicator.code: d.passes if d.applicable else "n/a" for d in result.district_indicators}
    found.pop("C7")  # what it asks differs between the national wordings
    assert found == naive.read(schools, district)


@often
@given(schools=st.lists(plain_schools(), max_size=5), district=plain_districts(), junior=st.sampled_from([None, 850]))
def test_b6_in_the_newer_wording_agrees_with_the_naive_reading(newer_spec, schools, district, junior):
    known = district | ({"public_funds_standard_junior": junior} if junior else {})
    result = evaluate(newer_spec, DistrictData("410202", _schools(schools), _answers(known)))
    [found] = [d for d in result.district_indicators if d.indicator.code == "B6"]
    said = {code: value for code, value in known.items() if value is not NA}
    assert (found.passes if found.applicable else "n/a") == naive.small_of_any_stage(schools, said)


@often
@given(schools=st.lists(plain_schools(), min_size=1, max_size=4), district=plain_districts())
def test_the_verdict_follows_from_its_parts_and_blocking_names_every_cause(spec, schools, district):
    full = [
        naive.School(
            s.kind, s.given | _whole(spec, s), area=s.area, sponsor=s.sponsor, boarding=s.boarding, status=s.status
        )
        for s in schools
    ]
    result = evaluate(spec, DistrictData("410202", _schools(full), _answers(district)))
    verdicts = [p.passes for p in result.parts]
    verdicts += [c.passes for c in result.all_coefficients()]
    verdicts += [d.passes for d in result.district_indicators if d.applicable]
    verdicts += [None if v.happened is None else not v.happened for v in result.vetoes]
    expected = naive.every(verdicts) if result.complete else None
    assert result.verdict is expected
    assert (result.blocking == ()) is (expected is True)
    if result.complete:
        assert any(b.fails for b in result.blocking) is (expected is False)


def _whole(spec, school):
    """All that A1–A7 and the vetoes need, so that most districts can be judged."""
    stages = [s for s in ("primary", "junior", "senior") if f"pupils_{s}" in school.given]
    kind = next((k for k, own in RUNS.items() if own == stages), school.kind)
    needed = {code: value for code, value in figures(kind).items() if not code.startswith("pupils_")}
    return needed | {veto: answer.value for veto, answer in no_vetoes(spec).items()}
