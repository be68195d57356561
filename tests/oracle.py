"""A second, deliberately naive judgement of a district, written from 教督〔2017〕6号 without looking at the engine."""

from fractions import Fraction as F

THRESHOLDS = {
    "primary": {
        "A1": F("4.2"),
        "A2": F(1),
        "A3": F("0.9"),
        "A4": F("4.5"),
        "A5": F("7.5"),
        "A6": F(2000),
        "A7": F("2.3"),
    },
    "junior": {
        "A1": F("5.3"),
        "A2": F(1),
        "A3": F("0.9"),
        "A4": F("5.8"),
        "A5": F("10.2"),
        "A6": F(2500),
        "A7": F("2.4"),
    },
}
LIMITS = {"primary": F("0.50"), "junior": F("0.45")}
FACTOR = {"A1": 100, "A2": 100, "A3": 100, "A4": 1, "A5": 1, "A6": 10000, "A7": 100}
STAGES = {
    "小学": ["primary"],
    "教学点": ["primary"],
    "初级中学": ["junior"],
    "九年一贯制学校": ["primary", "junior"],
    "完全中学": ["junior", "senior"],
    "十二年一贯制学校": ["primary", "junior", "senior"],
}
WEIGHTS = {
    "九年一贯制学校": {"primary": F(1), "junior": F("1.1")},
    "完全中学": {"junior": F(1), "senior": F("1.2")},
    "十二年一贯制学校": {"primary": F(1), "junior": F("1.1"), "senior": F("1.32")},
}


def in_scope(school: dict) -> bool:
    """Whether a school's parts are judged at all."""
    if school["kind"] not in STAGES or school.get("status") == "停办":
        return False
    return not (school["kind"] == "教学点" and school["answers"]["pupils_primary"] < 50)


def share(school: dict, stage: str) -> F:
    """The part of a shared resource that falls to a stage."""
    weights = WEIGHTS.get(school["kind"])
    if weights is None:
        return F(1)
    weighted = {s: w * school["answers"][f"pupils_{s}"] for s, w in weights.items()}
    return weighted[stage] / sum(weighted.values())


def numerators(school: dict, stage: str) -> dict[str, F]:
    """The seven numerators of one part."""
    a = {code: F(str(value)) for code, value in school["answers"].items()}
    degrees = ["doctor", "master", "bachelor"] + (["associate"] if stage == "primary" else [])
    part = share(school, stage)
    return {
        "A1": sum((a[f"teachers_{degree}_{stage}"] for degree in degrees), F(0)),
        "A2": a[f"backbone_teachers_{stage}"],
        "A3": sum((a[f"{subject}_teachers_{stage}"] for subject in ("pe", "music", "art", "arts")), F(0)),
        "A4": (a["teaching_area"] - a["indoor_sports_area"]) * part,
        "A5": (a["sports_ground_area"] + a["indoor_sports_area"]) * part,
        "A6": a["equipment_value"] * part,
        "A7": a["multimedia_rooms"] * part,
    }


def judge(schools: list[dict]) -> tuple[dict, dict]:
    """Return {(school_code, stage): part} and {(stage, indicator): (mean, variance, passes)}."""
    parts = {}
    for school in filter(in_scope, schools):
        for stage in STAGES[school["kind"]]:
            if stage == "senior":
                continue
            pupils = F(school["answers"][f"pupils_{stage}"])
            values = {c: n * FACTOR[c] / pupils for c, n in numerators(school, stage).items()}
            reached = {c for c, v in values.items() if v >= THRESHOLDS[stage][c]}
            floored = all(v >= THRESHOLDS[stage][c] * F("0.85") for c, v in values.items())
            parts[school["code"], stage] = {
                "pupils": pupils,
                "numerators": numerators(school, stage),
                "values": values,
                "reaches": reached,
                "passes": len(reached) >= 6 and floored,
            }
    coefficients = {}
    for stage, limit in LIMITS.items():
        of_stage = [part for (_, s), part in parts.items() if s == stage]
        total = sum((part["pupils"] for part in of_stage), F(0))
        for code, factor in FACTOR.items():
            if len(of_stage) < 2:
                coefficients[stage, code] = None
                continue
            mean = sum((part["numerators"][code] for part in of_stage), F(0)) * factor / total
            variance = sum((part["pupils"] / total * (part["values"][code] - mean) ** 2 for part in of_stage), F(0))
            coefficients[stage, code] = (mean, variance, variance <= limit**2 * mean**2) if mean else None
    return parts, coefficients
