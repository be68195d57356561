"""What people expect after the known years, or set in place of what was observed. Pure Python."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class MovedIntake:
    """From a September on, `share` of what a school would take into the first grade of a stage goes to another (划片调整).

    The other may be new: it grows up from its first grade, at the ratios of the district.
    """

    year: int
    stage: str
    school: str
    to: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class NewHomes:
    """Homes lived in from a September on with so many pupils of a stage, who go to `school` (新建住宅)."""

    year: int
    stage: str
    school: str
    pupils: Decimal


@dataclass(frozen=True, slots=True)
class OwnShare:
    """What a school takes of the district's intake of a stage, as the bureau sets it in place of the mean, and why."""

    stage: str
    school: str
    share: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class OwnRatio:
    """Of all schools of the district, as the bureau sets it in place of the observed one, and why.

    From `grade` of a stage to the next; 0 is the entry, from births and from the last primary grade.
    """

    stage: str
    grade: int
    low: Fraction
    mid: Fraction
    high: Fraction
    reason: str
