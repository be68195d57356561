"""Reads of rehearsals: the questions with the school's answers, and next to them claim and inspector."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspections.checklists import queries as checklists
from inspections.checklists.questions import Question, differs, thawed
from inspections.claims import figures
from inspections.claims.figures import Amount, ClaimedFigure, FoundFigure
from inspections.rehearsals.models import Rehearsal, RehearsalAnswer
from inspections.visits.models import ChecklistAnswer, Visit


@dataclass(frozen=True, slots=True)
class RehearsedFigure:
    """A claimed figure next to what the school found of it itself and what the inspector found."""

    figure: ClaimedFigure
    own: Amount | None
    seen: Amount | None

    @property
    def claim(self) -> FoundFigure:
        """The school's own against the claim."""
        return FoundFigure(self.figure, self.own)

    @property
    def found(self) -> FoundFigure:
        """The inspector's against the school's own."""
        return FoundFigure(replace(self.figure, amount=self.own), self.seen)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A question with the school's own answer and, once there is one, the inspector's."""

    question: Question
    own: RehearsalAnswer | None
    seen: ChecklistAnswer | None = None

    @property
    def version(self) -> int:
        return self.own.version if self.own else 0

    @property
    def figures(self) -> list[RehearsedFigure]:
        own, seen = (row.figures if row else {} for row in (self.own, self.seen))
        return [
            RehearsedFigure(one, figures.thawed(own.get(one.code)), figures.thawed(seen.get(one.code)))
            for one in self.question.figures
        ]

    @property
    def differences(self) -> list[str]:
        """Where the school's answer is neither its claim nor what the inspector saw; figure by figure if any."""
        if self.own is None:
            return []
        by_figure = self.figures if self.own.figures else []
        from_claim = any(one.claim.is_different for one in by_figure)
        found = ["自查值与填报值不同"] * (
            from_claim or (not by_figure and differs(self.question.claimed, self.own.found))
        )
        if self.seen is None:
            return found
        from_seen = any(one.found.is_different for one in by_figure)
        if self.seen.seen and self.seen.seen != self.own.seen:
            found.append("自查结果与督学所见不同")
        if from_seen or (not by_figure and differs(self.own.found, self.seen.found)):
            found.append("自查值与现场值不同")
        return found


def questions(rehearsal: Rehearsal) -> list[Question]:
    return thawed(rehearsal.checklist)


def of_visit(visit: Visit) -> tuple[Rehearsal | None, list[Rehearsed]]:
    """Before the first answer as it would be frozen now."""
    rehearsal = Rehearsal.objects.filter(visit=visit).select_related("submitted_by").first()
    frozen: Any = rehearsal.checklist if rehearsal else checklists.frozen(visit.school, visit.template or visit.kind)
    own = {row.question: row for row in rehearsal.answers.all()} if rehearsal else {}
    seen = {row.question: row for row in visit.answers.all()}
    return rehearsal, [Rehearsed(one, own.get(one.key), seen.get(one.key)) for one in thawed(frozen)]


def answered(rows: Sequence[Rehearsed]) -> int:
    return sum(row.own is not None for row in rows)
