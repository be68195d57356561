"""Reads of follow-ups: each earlier finding next to what is seen of it now."""

from collections.abc import Iterator
from dataclasses import dataclass

from inspections.followups.models import FollowUp
from inspections.rectification.models import Finding
from inspections.visits import queries as visits
from inspections.visits.models import Visit, VisitPhoto


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding with its photo of then, the photos of now and the outcome, if said already."""

    finding: Finding
    row: FollowUp | None
    photos: tuple[VisitPhoto, ...]

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def said(self) -> str:
        """Its change makes a new version."""
        return "\n".join((self.row.outcome, self.row.now, self.row.requirement)) if self.row else ""


def of_visit(visit: Visit) -> Iterator[Followed]:
    """Three queries."""
    rows = {row.finding_id: row for row in visit.follow_ups.all()}
    photos: dict[str, list[VisitPhoto]] = {}
    for photo in visit.photos.filter(withdrawn_at=None, question__startswith="finding-"):
        photos.setdefault(photo.question, []).append(photo)
    for finding in visits.to_follow(visit):
        yield Followed(finding, rows.get(finding.pk), tuple(photos.get(visits.photo_key(finding), ())))
