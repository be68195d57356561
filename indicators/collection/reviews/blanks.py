"""Compulsory items that handed-in returns leave blank, because the standard was changed after they were signed."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from indicators.collection.rounds.models import Round
from indicators.collection.submissions import answers, assessment
from indicators.collection.submissions import facts as fact_loader
from indicators.collection.submissions.facts import Facts
from indicators.collection.submissions.models import Revision, Submission
from indicators.standard.engine.scope import Required
from indicators.standard.standards import queries as standards

S = Submission.State
HANDED_IN = (S.SUBMITTED, S.IN_REVIEW, S.APPROVED)


@dataclass(frozen=True, slots=True)
class Affected:
    """A handed-in return, its newest revision and the compulsory fields blank in it."""

    submission: Submission
    revision: Revision
    fields: tuple[Required, ...]


def left_open(signed: Facts, revision: Revision) -> tuple[Required, ...]:
    """Return the blank compulsory fields of a revision, without those its partial takeover named.

    `signed` are the facts as the revision froze them.
    """
    admitted = (revision.content.get("partial") or {}).get("missing", ())
    return tuple(field for field in assessment.missing(signed) if field.code not in admitted)


def affected(round_: Round) -> list[Affected]:
    """Return the handed-in returns of a round with blank compulsory fields; three queries, whatever their number."""
    spec, owners = standards.load_spec(round_.standard), fact_loader.owners_of(round_.district_id)
    newest = Prefetch("revisions", Revision.objects.order_by("-number").select_related("submitted_by"))
    found = []
    for row in _handed_in(round_).prefetch_related(newest):
        revision = row.revisions.all()[0]
        items = fact_loader.items_of(row, spec, owners)
        signed = Facts(row, spec, stored={}, evidence=(), waivers={}, last_year={}, returned=None, items=items)
        signed.__dict__["answers"] = answers.of_content(spec, revision.content)
        if fields := left_open(signed, revision):
            found.append(Affected(row, revision, fields))
    return found


def by_another_standard(rounds: Iterable[Round]) -> list[Round]:
    """Return the rounds with handed-in returns that were signed by another standard than the one in force."""
    found = []
    for round_ in rounds:
        signed = Revision.objects.filter(submission=OuterRef("pk"), content__standard__sha256=round_.standard.sha256)
        if _handed_in(round_).filter(~Exists(signed)).exists():
            found.append(round_)
    return found


def _handed_in(round_: Round) -> QuerySet[Submission]:
    revisions = Revision.objects.filter(submission=OuterRef("pk"))
    rows = Submission.objects.filter(Exists(revisions), round=round_, state__in=HANDED_IN)
    return fact_loader.with_places(rows).order_by("school__code", "pk")
