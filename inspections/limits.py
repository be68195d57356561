"""Counts that a rule of supervision sets (people, schools, days), each with its source: limits.toml holds them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limit:
    """A count with its unit and where it stands, in words."""

    count: int
    unit: str
    source: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


_LIMITS = {
    name: Limit(**entry)
    for name, entry in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}
TEAM = _LIMITS["team"]
ZONE_SCHOOLS = _LIMITS["zone_schools"]
OWN_SCHOOLS = _LIMITS["own_schools"]
DUE_DAYS = _LIMITS["due_days"]
LONG_DAYS = _LIMITS["long_days"]
FOLLOW_UP_DAYS = _LIMITS["follow_up_days"]
CAMPAIGN_LEADER = _LIMITS["campaign_leader"]
DUTY_DAYS = _LIMITS["duty_days"]
