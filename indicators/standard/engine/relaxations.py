"""What a standard allows to count otherwise, as data: a relaxation names its condition and its other limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Case:
    """One way to fulfil a relaxation's condition, with the limits it brings; what is None or empty asks nothing.

    ``built_until`` is about the school, ``room_built_until`` about each room by itself;
    ``migrants_over`` is a percentage of the pupils that must be exceeded; ``limits`` are ㎡ by room
    table (rooms) or pupils by ``single`` and ``combined`` (size).
    """

    label: str
    areas: tuple[str, ...] = ()
    min_pupils: int | None = None
    max_pupils: int | None = None
    single_stage: bool = False
    only_stage: str = ""
    built_until: int | None = None
    room_built_until: int | None = None
    max_class: int | None = None
    migrants_over: Fraction | None = None
    limits: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One relaxation (规程 2019); ``rule`` is count, rooms or size, empty where the standard has no rule for it.

    count adds ``items`` to the indicator's numerator; rooms and size put other limits in its
    conditions. ``classes`` is the class list, ``migrants`` the item its cases look at.
    """

    code: str
    indicator: str
    label: str
    clause: str
    text: str
    rule: str = ""
    items: tuple[str, ...] = ()
    classes: str = ""
    migrants: str = ""
    cases: tuple[Case, ...] = ()
