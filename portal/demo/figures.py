"""Figures of one school in one year: they fit together as a real school's do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import Spec, scope
from portal.demo.names import CITY, LARGE, MODEL, POINT, SPECIAL, VILLAGE, WELL_EQUIPPED, Dice, Sketch

YEARS = (2023, 2024, 2025, 2026)
CURRENT = YEARS[-1]
# How far behind the standard a school is in each year, on the whole: the district has been catching up.
_BEHIND = {2023: "0.19", 2024: "0.12", 2025: "0.06", 2026: "0"}
# How unevenly the schools are equipped, per indicator.
_UNEVEN = {"A1": "0.25", "A2": "0.6", "A3": "0.4", "A4": "0.5", "A5": "0.9", "A6": "0.8", "A7": "0.35"}
# Where a school misses the standard this year, by so much: position, indicator, share. Below −0.15 is below the floor.
_SHORT = {
    (17, "A5"): "-0.19",
    (18, "A4"): "-0.06",
    (18, "A6"): "-0.05",
    (19, "A2"): "-0.06",
    (19, "A7"): "-0.05",
    (20, "A3"): "-0.08",
    (21, "A5"): "-0.04",
    (26, "A6"): "-0.03",
    (31, "A4"): "-0.02",
    (33, "A1"): "-0.05",
    (36, "A7"): "-0.04",
}
# Pupils of the crowded class: position, stage → the size it should have.
_CROWDED = {(20, "primary"): 46, (22, "junior"): 51}
_GRADES = {
    "primary": ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    "junior": ("七年级", "八年级", "九年级"),
    "senior": ("高一", "高二", "高三"),
}
_FULL_CLASS = {"primary": 43, "junior": 47, "senior": 50}
_PER_TEACHER = {"primary": "17.5", "junior": "13"}
_FUNDS = {"primary": 720, "junior": 940, "senior": 1200}

_CENTS = Decimal("0.01")

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draw:
    """One school in one year, with the standard to measure against."""

    spec: Spec
    sketch: Sketch
    seed: int
    year: int

    def dice(self, *words: object) -> Dice:
        """The same every year."""
        return Dice(self.seed, self.sketch.code, *words)

    def yearly(self, *words: object) -> Dice:
        return Dice(self.seed, self.sketch.code, self.year, *words)

    @property
    def is_special(self) -> bool:
        return self.sketch.kind == SPECIAL

    def margin(self, code: str) -> Decimal:
        """How far an indicator lies above (or below) its standard: 0.1 is 10 %."""
        short = _SHORT.get((self.sketch.position, code))
        if short and self.year == CURRENT:
            return Decimal(short)
        dice = self.dice("margin", code)
        luck = dice.share("0", "1")
        base = Decimal("0.03") + Decimal(_UNEVEN[code]) * luck * luck
        base += {CITY: Decimal(0), VILLAGE: Decimal("0.15")}.get(self.sketch.area, Decimal("0.05"))
        if short:
            base = min(base, Decimal("0.05"))
        return base - Decimal(_BEHIND[self.year]) * dice.share("0.6", "1.4")

    def pupils(self) -> dict[str, int]:
        """By stage: slowly growing in town, slowly shrinking in the villages."""
        drift = {CITY: "0.012", VILLAGE: "-0.02"}.get(self.sketch.area, "0.002")
        found = {}
        for stage, now in self.sketch.pupils.items():
            back = (CURRENT - self.year) * Decimal(drift)
            # The sizes that stand for a rule (38, 64, 2036) are exact in the current year.
            noise = self.yearly("pupils", stage).share("-0.012", "0.012") if self.year != CURRENT else Decimal(0)
            found[stage] = int(now * (1 - back + noise))
        return found

    def figures(self) -> Plain:
        """Numbers and tables by flat field code, without texts and choices."""
        counts = self.pupils()
        classes = tuple(self.classes(counts))
        plain: Plain = {"class_list": classes}
        for stage, count in counts.items():
            plain[f"pupils_{stage}"] = count
            if stage in self.spec.judged_stages:
                own = self.teachers(stage, count) | self.children(stage, count)
                plain |= {f"{base}_{stage}": value for base, value in own.items()}
        if not self.is_special:
            plain |= self.premises(counts) | self.rooms(len(classes))
        teachers = sum(plain.get(f"teachers_{stage}", 0) for stage in self.spec.judged_stages)
        return plain | self.funds(counts) | self.exchange(teachers) | self.events(sum(counts.values()))

    def classes(self, counts: Mapping[str, int]) -> Iterator[Mapping[str, Any]]:
        for stage, count in counts.items():
            grades = _GRADES[stage][:4] if self.sketch.kind == POINT else _GRADES[stage]
            full = 12 if self.is_special else _FULL_CLASS[stage]
            crowd = _CROWDED.get((self.sketch.position, stage), 0) if self.year == CURRENT else 0
            for grade, size in zip(grades, _even(count, len(grades)), strict=True):
                rooms = _even(size, -(-size // full)) if size else []
                if crowd and len(rooms) > 1:
                    rooms, crowd = [crowd, rooms[0] + rooms[1] - crowd, *rooms[2:]], 0
                for number, in_class in enumerate(rooms, 1):
                    label = self.spec.stages[stage].label
                    yield {"stage": label, "grade": grade, "number": f"{number}班", "pupils": in_class}

    def needed(self, code: str, stage: str, count: int) -> int:
        """Whole people, on the side of the standard the margin says."""
        margin = self.margin(code)
        indicator = self.spec.indicator(code)
        exact = indicator.thresholds[stage] * count / indicator.rule.factor * Fraction(1 + margin)
        return -(-exact.numerator // exact.denominator) if margin >= 0 else int(exact)

    def teachers(self, stage: str, count: int) -> Plain:
        if self.is_special:
            high, backbone, arts, total = count // 5, 2, 3, count // 4
        else:
            high, backbone, arts = (self.needed(code, stage, count) for code in ("A1", "A2", "A3"))
            total = max(int(count / Decimal(_PER_TEACHER[stage])), -(-high * 100 // 97), arts + 2, backbone)
        sport = -(-arts // 2)
        music = (arts - sport + 1) // 2
        return self.degrees(stage, high, total) | {
            "pe_teachers": sport,
            "music_teachers": music,
            "art_teachers": arts - sport - music,
            "arts_teachers": 0,
            # Office, library and boarding staff besides the teachers.
            "staff": total + 1 + total // (8 if self.sketch.boarding else 15),
            "teachers": total,
            "backbone_teachers": backbone,
            "certified_teachers": total - (self.sketch.position % 13 == 12),
            "trained_teachers": total - (self.sketch.position % 11 == 10),
        }

    def degrees(self, stage: str, high: int, total: int) -> Plain:
        master = int(high * self.dice("master").share("0.02", "0.09"))
        rest = high - master
        if stage == "junior":
            associate, bachelor, below = total - high, rest, 0
        else:
            associate, below = int(rest * self.dice("associate").share("0.15", "0.35")), total - high
            bachelor = rest - associate
        return {
            "teachers_doctor": 0,
            "teachers_master": master,
            "teachers_bachelor": bachelor,
            "teachers_associate": associate,
            "teachers_below": below,
        }

    def children(self, stage: str, count: int) -> Plain:
        dice, area = self.dice("children", stage), self.sketch.area
        migrant = {CITY: ("0.08", "0.22"), VILLAGE: ("0", "0.02")}.get(area, ("0.02", "0.07"))
        behind = {CITY: ("0", "0.01"), VILLAGE: ("0.1", "0.2")}.get(area, ("0.03", "0.08"))
        boards = self.sketch.boarding and stage == "junior"
        return {
            # Of such figures few stay the same from one year to the next.
            "migrant_pupils": int(count * dice.share(*migrant)) + self.year % 2 * 3,
            "left_behind_pupils": int(count * dice.share(*behind)) + self.year % 2,
            "inclusive_pupils": 0 if self.is_special else count // 260,
            "home_taught_pupils": 3 if self.is_special else int(count > 900),
            "boarders": int(count * dice.share("0.3", "0.6")) if boards else 0,
            "in_zone_pupils": count - (0 if stage == "primary" else count // 60),
        }

    def shared(self, code: str, counts: Mapping[str, int]) -> Decimal:
        """So that the worst-off part of the school has the margin."""
        indicator, judged = self.spec.indicator(code), [s for s in counts if s in self.spec.judged_stages]
        weights: Mapping[str, Fraction] = {stage: Fraction(1) for stage in counts}
        if len(counts) > 1:
            weights = scope.split_weights(self.spec, list(counts))
        weighted = sum((weights[stage] * count for stage, count in counts.items()), Fraction(0))
        worst = max(indicator.thresholds[stage] / weights[stage] for stage in judged)
        exact = worst * weighted / indicator.rule.factor * Fraction(1 + self.margin(code))
        return Decimal(exact.numerator) / Decimal(exact.denominator)

    def premises(self, counts: Mapping[str, int]) -> Plain:
        teaching, sports, equipment, rooms = (self.shared(code, counts) for code in ("A4", "A5", "A6", "A7"))
        hall = Decimal(self.dice("hall").whole(600, 980)) if sum(counts.values()) > 900 else Decimal(0)
        way = ROUND_CEILING if self.margin("A7") >= 0 else ROUND_FLOOR
        return {
            "teaching_area": (teaching + hall).quantize(_CENTS),
            "indoor_sports_area": hall,
            "sports_ground_area": (sports - hall).quantize(_CENTS),
            "equipment_value": equipment.quantize(_CENTS),
            "multimedia_rooms": int(rooms.to_integral_value(rounding=way)),
        }

    def rooms(self, classes: int) -> Plain:
        count, dice = -(-classes // 12), self.dice("rooms")
        old = self.sketch.position == 17
        plain: Plain = {}
        for code, name, least in (("music_rooms", "音乐教室", 96), ("art_rooms", "美术教室", 90)):
            plain[code] = tuple(
                {
                    "name": f"{name}{number}",
                    "area": (Decimal(73 if old and number == 1 else least) + dice.share("0", "14")).quantize(_CENTS),
                    "built_year": max(self.sketch.built_year, dice.whole(1998, 2020)),
                }
                for number in range(1, count + 1)
            )
        return plain

    def funds(self, counts: Mapping[str, int]) -> Plain:
        known, raised = dict(counts), Decimal(1) - Decimal("0.03") * (CURRENT - self.year)
        if not self.is_special and sum(counts.values()) < 100:
            # Village schools get the district's standard for 100 pupils, which has not changed over the years.
            known, raised = dict.fromkeys(counts, 100), Decimal(1)
        each = 6400 if self.is_special else 0
        budget = (sum(count * (each or _FUNDS[stage]) for stage, count in known.items()) * raised).quantize(Decimal(1))
        share = Decimal("0.046") if self.sketch.position == 23 else self.dice("training").share("0.051", "0.068")
        training = (budget * share).quantize(_CENTS)
        return {
            "public_funds_budget": budget,
            "public_funds_allocated": budget,
            "training_funds_budget": training,
            "training_funds_spent": (training * self.yearly("spent").share("0.99", "1")).quantize(_CENTS),
        }

    def exchange(self, teachers: int) -> Plain:
        eligible = int(teachers * Decimal("0.45")) + self.year % 2
        out = -(-eligible * 11 // 100) if self.sketch.sponsor == 7 else 0
        return {
            "exchange_eligible": eligible,
            "exchanged_out": out,
            "exchanged_backbone": -(-out * 22 // 100),
            "exchanged_in": max(0, out + self.yearly("in").whole(-1, 1)),
        }

    def events(self, everyone: int) -> Plain:
        dice = self.yearly("drills")
        drills = tuple(
            {"date": date(self.year, month, dice.whole(3, 26)), "kind": kind, "participants": everyone}
            for month, kind in ((3, "疏散演练"), (5, "安全教育"), (9, "疏散演练"))
        )
        honours: tuple[Mapping[str, Any], ...] = ()
        if self.sketch.position in (MODEL, LARGE, WELL_EQUIPPED) or dice.whole(1, 3) == 1:
            name = dice.one(("平安校园", "书香校园", "体育特色学校", "劳动教育示范校", "绿色学校"))
            honours = ({"name": name, "level": dice.one(("市级", "县级")), "year": self.year - 1},)
        return {"drills": drills, "honours": honours}


def _even(total: int, parts: int) -> list[int]:
    base, rest = divmod(total, parts)
    return [base + (number < rest) for number in range(parts)]
