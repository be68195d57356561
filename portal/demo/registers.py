"""What the registers hold: a few entries of each (registers.toml), made by the schools and the bureau."""

import tomllib
from pathlib import Path
from typing import Any

from portal.core.accounts.models import User
from portal.demo import names
from portal.demo.rounds import Clock
from portal.demo.town import Town
from schools.registers import actions
from schools.registers.rights import Unit

_ENTRIES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
    "entries"
]


def fill_registers(town: Town, clock: Clock) -> None:
    """By the school's reporter; of the bureau and of projects by the admin."""
    year = clock.today.year - 1
    shared = {
        "year": year,
        "years": [year + later for later in range(4)],
        "codes": {str(-place): town.schools[-place].code for place in range(1, 7)},
    }
    for entry in _ENTRIES:
        kind, position = entry["kind"], entry.get("school")
        unit: Unit = town.district
        by: User = town.admin
        filled: dict[str, Any] = dict(shared)
        if position is not None:
            unit = town.schools[position]
            by = town.admin if kind == "project" else town.staff(position).reporter
            filled |= {
                "school": unit.name,
                "stage": "小学" if "小学" in town.sketches[position].kind else "初中",
                "person": names.person(town.seed, kind, position),
            }
        typed = {
            name: clock.day(value).isoformat() if isinstance(value, int) else value.format_map(filled)
            for name, value in entry["typed"].items()
        }
        actions.create(kind=kind, unit=unit, year=year + entry.get("years", 0), typed=typed, by=by)
