"""A programme as a page shows it, whether the district has adopted it or it only came with the portal."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspections.programmes.models import Programme
from schools.directory.models import District


@dataclass(frozen=True, slots=True)
class Step:
    """One phase: name and dates."""

    name: str
    starts_on: dt.date
    ends_on: dt.date

    def state(self, today: dt.date) -> tuple[str, str]:
        """Return where the phase stands on a day, as tone and word."""
        if today < self.starts_on:
            return "muted", "未开始"
        return ("info", "进行中") if today <= self.ends_on else ("ok", "已结束")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a programme says; equal plans say the same."""

    title: str
    document_no: str
    goal_year: int
    steps: tuple[Step, ...]
    goals: Sequence[Mapping[str, Any]]
    safeguards: Sequence[Mapping[str, Any]]

    @classmethod
    def of_file(cls, content: Mapping[str, Any]) -> "Plan":
        """Return the plan a programme file holds."""
        steps = tuple(Step(row["name"], row["starts_on"], row["ends_on"]) for row in content["phases"])
        return cls(
            content["title"],
            content["document_no"],
            content["goal_year"],
            steps,
            content.get("goals", []),
            content.get("safeguards", []),
        )

    @classmethod
    def of_row(cls, row: Programme) -> "Plan":
        """Return the plan a district has adopted."""
        steps = tuple(Step(phase.name, phase.starts_on, phase.ends_on) for phase in row.phases.all())
        return cls(row.title, row.document_no, row.goal_year, steps, row.goals, row.safeguards)

    def phases(self, today: dt.date) -> list[dict[str, Any]]:
        """Return the phases with where each stands today."""
        return [
            {"number": number, "step": step, "tone": tone, "word": word}
            for number, step in enumerate(self.steps, 1)
            for tone, word in [step.state(today)]
        ]


@dataclass(frozen=True, slots=True)
class Shown:
    """A district's plan on the page: the row if adopted, `offered` if the button may (again) adopt what came with it."""

    district: District
    plan: Plan
    phases: list[dict[str, Any]]
    row: Programme | None = None
    offered: bool = False
