"""A second, deliberately simple reading of the law, sharing no code with the engine."""

from fractions import Fraction as F

LAW = {
    "primary": {"A1": "4.2", "A2": "1", "A3": "0.9", "A4": "4.5", "A5": "7.5", "A6": "2000", "A7": "2.3"},
    "junior": {"A1": "5.3", "A2": "1", "A3": "0.9", "A4": "5.8", "A5": "10.2", "A6": "2500", "A7": "2.4"},
}
LIMIT = {"primary": F(1, 2), "junior": F(45, 100)}
PER_HUNDRED = ("A1", "A2", "A3", "A7")


def part_values(given, stage):
    """The seven values of one stage from plain figures."""

    def n(code):
        return F(given.get(code, 0))

    p, j, s = n("pupils_primary"), n("pupils_junior"), n("pupils_senior")
    if p:
        weighted = {"primary": p, "junior": F(11, 10) * j, "senior": F(132, 100) * s}
    else:
        weighted = {"junior": j, "senior": F(12, 10) * s}
    part = weighted[stage] / sum(weighted.values())
    degrees = ["doctor", "master", "bachelor"] + (["associate"] if stage == "primary" else [])
    subjects = ("pe_teachers", "music_teachers", "art_teachers", "arts_teachers")
    have = {
        "A1": sum(n(f"teachers_{degree}_{stage}") for degree in degrees),
        "A2": n(f"backbone_teachers_{stage}"),
        "A3": sum(n(f"{subject}_{stage}") for subject in subjects),
        "A4": (n("teaching_area") - n("indoor_sports_area")) * part,
        "A5": (n("sports_ground_area") + n("indoor_sports_area")) * part,
        "A6": n("equipment_value") * 10000 * part,
        "A7": n("multimedia_rooms") * part,
    }
    pupils = n(f"pupils_{stage}")
    return {c: x * (100 if c in PER_HUNDRED else 1) / pupils for c, x in have.items()}


def part_passes(values, stage):
    """Six of seven, the other at 85 %."""
    ratios = [values[code] / F(bound) for code, bound in LAW[stage].items()]
    return sum(r >= 1 for r in ratios) >= 6 and min(ratios) >= F(85, 100)


def cv_squared(rows):
    """Straight from the definition; rows are (pupils, value) pairs. None below two or at mean 0."""
    everybody = sum(pupils for pupils, _ in rows)
    mean = sum(pupils * value for pupils, value in rows) / F(everybody)
    if len(rows) < 2 or not mean:
        return None
    return sum(F(pupils, everybody) * (value - mean) ** 2 for pupils, value in rows) / mean**2
