"""B1–D1 read a second time, plainly and without the engine: True, False, None (open) or "n/a"."""

from fractions import Fraction as F

RUNS = {
    "小学": ["primary"],
    "教学点": ["primary"],
    "初级中学": ["junior"],
    "九年一贯制学校": ["primary", "junior"],
    "完全中学": ["junior", "senior"],
    "十二年一贯制学校": ["primary", "junior", "senior"],
    "特殊教育学校": ["primary", "junior"],
    "中等职业学校": ["senior"],
}
GOOD = ("好", "较好")
RURAL = ("镇区", "乡村")


class NA:
    """不适用, with a reason."""


def every(verdicts):
    """All of them, with False stronger than open."""
    verdicts = list(verdicts)
    return False if False in verdicts else None if None in verdicts else True


class School:
    """A school as the register and its submission give it; blank answers are absent."""

    def __init__(self, kind, given, *, area="城区", sponsor="7", boarding=False, status="在办", has_submission=True):
        self.kind, self.area, self.sponsor, self.boarding, self.status = kind, area, sponsor, boarding, status
        self.has_submission, self.given = has_submission, given if has_submission else {}

    def __repr__(self):
        return f"School({self.kind!r}, {self.given!r}, {self.area}, {self.sponsor}, {self.boarding}, {self.status})"

    def stages(self):
        """Stages with pupils, and those of its kind that are still blank."""
        answered = {
            s: self.given[f"pupils_{s}"] for s in ("primary", "junior", "senior") if f"pupils_{s}" in self.given
        }
        with_pupils = [s for s, count in answered.items() if count is not NA and count > 0]
        return with_pupils + [s for s in RUNS[self.kind] if s not in answered]

    def sum(self, item):
        """Σ over its compulsory stages; None when one is blank or 不适用."""
        found = [self.number(f"{item}_{s}") for s in self.stages() if s != "senior"]
        return None if None in found else sum(found)

    def number(self, code):
        value = self.given.get(code)
        return None if value is NA else value

    def compulsory_pupils(self):
        return self.sum("pupils")

    def takes_part(self):
        """Whether A1–A7 judge it."""
        if self.kind == "特殊教育学校" or not [s for s in self.stages() if s != "senior"]:
            return False
        pupils = self.compulsory_pupils()
        return not (self.kind == "教学点" and pupils is not None and pupils < 50)

    def conclusion(self, *items, good=None):
        """Attested 是, or one of the good grades."""
        answers = [self.given.get(item) for item in items]
        bad = [a for a in answers if a is not None and a is not NA and (a not in good if good else a is not True)]
        return False if bad else None if None in answers or NA in answers else True

    def rooms(self):
        tables = [self.given.get(t) for t in ("class_list", "music_rooms", "art_rooms")]
        if None in tables or NA in tables:
            return None
        classes = sum(stage != "高中" for stage, _ in tables[0])
        wanted = classes // 12 + (classes % 12 > 0)
        return sum(a >= 96 for a in tables[1]) >= wanted and sum(a >= 90 for a in tables[2]) >= wanted

    def size(self):
        pupils = self.compulsory_pupils()
        return None if pupils is None else pupils <= (2500 if self.kind.endswith("一贯制学校") else 2000)

    def classes(self):
        listed = self.given.get("class_list")
        if listed is None or listed is NA:
            return None
        return all(size <= {"小学": 45, "初中": 50, "高中": 10**6}[stage] for stage, size in listed)

    def village(self):
        """Whether B6 may concern it: a 教学点, or a village primary school."""
        return self.kind == "教学点" or (self.kind == "小学" and self.area == "乡村")

    def share(self, item, whole, percent):
        """Whether its own item is at least this part of the whole; True where there is no whole."""
        if not self.has_submission or item is None or whole is None:
            return None
        return whole == 0 or 100 * F(item) >= percent * F(whole)


def read(schools, district):
    """Every code of B–D from plain schools and a plain dict of the district's answers."""
    asked = [s for s in schools if s.status != "停办" and s.kind != "中等职业学校"]
    compulsory = [s for s in asked if s.kind != "特殊教育学校"]
    said = {code: value for code, value in district.items() if value is not NA}

    def over(items):
        return every(s.conclusion(*items, good=GOOD) for s in asked) if asked else "n/a"

    def each(found):
        verdicts = [s.share(item, whole, percent) for s, item, whole, percent in found]
        none_at_all = None not in verdicts and sum(whole for _, _, whole, _ in found) == 0
        return None if none_at_all else every(verdicts)

    def rate(top, bottom, percent):
        if any(code not in said for code in [*top, *bottom]):
            return None
        whole = sum(F(said[code]) for code in bottom)
        return None if whole == 0 else 100 * sum(F(said[code]) for code in top) >= percent * whole

    def waivable(top, bottom, percent):
        lacking = [code for code in [*top, *bottom] if code not in said]
        if lacking and nothing_there(district, [*top, *bottom]):
            return "n/a"
        if not lacking and sum(F(said[code]) for code in bottom) == 0:
            return "n/a"
        return rate(top, bottom, percent)

    def attested(code):
        return said.get(code)

    def both(*verdicts):
        counted = [v for v in verdicts if v != "n/a"]
        return every(counted) if counted else "n/a"

    return {
        "B1": attested("layout_plan"),
        "B2": attested("four_unified"),
        "B3": rolled([s.rooms() for s in compulsory if s.takes_part()]),
        "B4": rolled([s.size() for s in compulsory]),
        "B5": rolled([s.classes() for s in compulsory]),
        "B6": small(compulsory, said),
        "B7": waivable_special(district, said),
        "B8": both(rate(["teacher_wage"], ["civil_servant_wage"], 100), attested("performance_pay_full")),
        "B9": each([(s, s.sum("trained_teachers"), s.sum("teachers"), 100) for s in asked]),
        "B10": attested("posts_allotted"),
        "B11": both(rate(["exchanged"], ["exchange_eligible"], 10), rate(["exchanged_backbone"], ["exchanged"], 20)),
        "B12": each([(s, s.sum("certified_teachers"), s.sum("teachers"), 100) for s in asked]),
        "B13": both(*(zoned(compulsory, stage, percent) for stage, percent in (("primary", 100), ("junior", 95)))),
        "B14": both(rate(["good_senior_allotted"], ["good_senior_plan"], 50), rural(compulsory, said)),
        "B15": both(
            waivable(["migrant_public", "migrant_purchased"], ["migrant_eligible"], 85), attested("left_behind_system")
        ),
        "C1": retention(said),
        "C2": waivable(["disabled_inclusive", "disabled_special", "disabled_home_taught"], ["disabled_total"], 95),
        "C3": rolled([s.conclusion("charter", "informatised") for s in asked]),
        "C4": each([(s, s.number("training_funds_budget"), s.number("public_funds_budget"), 5) for s in asked]),
        "C5": over(["it_teaching", "facility_use"]),
        "C6": over(["moral_education", "campus_culture"]),
        "C8": over(["workload"]),
        "C9": monitoring(said.get("monitoring")),
        "D1": rate(["survey_satisfied"], ["survey_valid"], 85),
    }


def rolled(verdicts):
    """Every school, or nobody to ask."""
    return every(verdicts) if verdicts else "n/a"


def small(compulsory, said):
    standard = said.get("public_funds_standard_primary")
    meant = [
        s for s in compulsory if s.village() and (s.compulsory_pupils() is None or 0 < s.compulsory_pupils() < 100)
    ]
    if not meant:
        return "n/a"
    if standard is None:
        return None
    return every(
        None
        if s.compulsory_pupils() is None or s.number("public_funds_allocated") is None
        else s.number("public_funds_allocated") >= 100 * standard
        for s in meant
    )


def small_of_any_stage(schools, said):
    """B6 in the newer wording: every compulsory school under 100 in 农村, funded at its stages' own standards."""
    verdicts = []
    for s in schools:
        pupils = s.compulsory_pupils()
        if s.status == "停办" or s.kind in ("中等职业学校", "特殊教育学校") or s.area not in RURAL or not s.stages():
            continue
        if pupils is not None and not 0 < pupils < 100:
            continue
        stages = [stage for stage in s.stages() if stage != "senior"]
        standards = [said.get(f"public_funds_standard_{stage}") for stage in stages]
        # A school with blank pupils may turn out to be small: its standard is asked as well.
        if None in standards:
            return None
        funds = s.number("public_funds_allocated")
        if pupils is None or funds is None:
            verdicts.append(None)
        else:
            ideal = sum(F(x) * s.given[f"pupils_{stage}"] for x, stage in zip(standards, stages, strict=True))
            verdicts.append(funds * pupils >= 100 * ideal)
    return rolled(verdicts)


def nothing_there(district, codes):
    """Whether all that was answered is 不适用 or 0: then there is nothing the demand is about."""
    return all(district.get(code) in (NA, 0) for code in codes)


def waivable_special(district, said):
    both = ("special_funds", "special_pupils")
    if any(code not in said for code in both):
        return "n/a" if nothing_there(district, both) else None
    return "n/a" if said["special_pupils"] == 0 else 10000 * F(said["special_funds"]) >= 6000 * said["special_pupils"]


def zoned(compulsory, stage, percent):
    """城区、镇区 public day schools added up; a school with pupils that says blank or 不适用 leaves it open."""
    here = [s for s in compulsory if s.area in ("城区", "镇区") and s.sponsor != "10" and not s.boarding]
    if any(not s.has_submission for s in here):
        return None
    needed = [(s, f"{item}_{stage}") for s in here if stage in s.stages() for item in ("in_zone_pupils", "pupils")]
    if any(s.number(code) is None for s, code in needed):
        return None
    inside = sum(s.given[f"in_zone_pupils_{stage}"] for s in here if stage in s.stages())
    everybody = sum(s.given[f"pupils_{stage}"] for s in here if stage in s.stages())
    return "n/a" if everybody == 0 else 100 * inside >= percent * everybody


def rural(compulsory, said):
    if not any(s.area in RURAL and "junior" in s.stages() for s in compulsory):
        return "n/a"
    given = said.get("good_senior_allotted_rural")
    return None if given is None else given > 0


def retention(said):
    counts = [said.get(f"junior_{name}") for name in ("graduated", "in", "out", "entered", "died")]
    if None in counts or counts[3] <= counts[4]:
        return None
    graduated, arrived, left, entered, died = counts
    return 100 * (graduated - arrived + left) >= 95 * (entered - died)


def monitoring(rows):
    if not rows:
        return None
    newest = {}
    for subject, year, level, variation in rows:
        if subject not in newest or year > newest[subject][0]:
            newest[subject] = (year, level, variation)
    subjects = ["语文", "数学", "科学", "体育", "艺术", "德育"]
    if max(year for year, _, _ in newest.values()) >= 2021:
        subjects += ["英语", "劳动", "心理健康"]
    return every(
        [None for subject in subjects if subject not in newest]
        + [
            every([None if level is None else level in "ⅢⅣ", None if variation is None else variation < F(15, 100)])
            for _, level, variation in newest.values()
            if level != "未监测"
        ]
    )
