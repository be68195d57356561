"""Reads of the review: the queue, one submission, and those whose compulsory items a changed standard leaves blank."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from indicators.collection.submissions import answers, facts
from indicators.collection.submissions.facts import SubmissionFacts
from indicators.collection.submissions.models import Revision, Round, Submission
from indicators.standard.engine.scope import Required
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import visible

S = Submission.State
EVER_HANDED_IN = (S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.APPROVED)


def rounds(user: User) -> QuerySet[Round]:
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, Perm.SUBMISSION_REVIEW)


def round_of(user: User, round_id: int) -> Round:
    """A round whose submissions the person may review. Raises NotFound otherwise."""
    found = rounds(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以审核的范围内。")
    return found


def waiting(user: User) -> QuerySet[Submission]:
    return handed_in(user).filter(state__in=(S.SUBMITTED, S.IN_REVIEW))


def handed_in(user: User) -> QuerySet[Submission]:
    rows = visible(user, Submission.objects.filter(state__in=EVER_HANDED_IN), Perm.SUBMISSION_REVIEW)
    rows = rows.select_related("round__district", "school", "department").annotate(times=Count("revisions"))
    return rows.order_by("submitted_at", "pk")


def get(user: User, submission_id: int) -> Submission:
    """A submission the person may look at, handed in at least once. Raises NotFound otherwise.

    Who may see it but not review it finds no buttons on the page, and the actions refuse.
    """
    rows = facts.with_places(visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW))
    found = rows.filter(pk=submission_id, revisions__isnull=False).first()
    if found is None:
        raise NotFound("没有找到这份填报，或它还没有提交过，或不在您可以查看的范围内。")
    return facts.as_then([found])[0]


def next_waiting(user: User, after: Submission) -> Submission | None:
    return waiting(user).exclude(pk=after.pk).first()


HANDED_IN = (S.SUBMITTED, S.IN_REVIEW, S.APPROVED)


@dataclass(frozen=True, slots=True)
class WithBlanks:
    """A handed-in submission, its newest revision and the compulsory fields blank in it."""

    submission: Submission
    revision: Revision
    fields: tuple[Required, ...]


def open_blanks(signed: SubmissionFacts, revision: Revision) -> tuple[Required, ...]:
    """The blank compulsory fields of a revision, without those its partial takeover named.

    `signed` are the facts as the revision froze them.
    """
    admitted = (revision.content.get("partial") or {}).get("missing", ())
    return tuple(field for field in facts.missing_fields(signed) if field.code not in admitted)


def with_blanks(round_: Round) -> list[WithBlanks]:
    """The handed-in submissions of a round with blank compulsory fields; three queries, whatever their number."""
    spec, owners = standards.load_spec(round_.standard), facts.owners_of(round_.district_id)
    newest = Prefetch("revisions", Revision.objects.order_by("-number").select_related("submitted_by"))
    found = []
    for row in _handed_in(round_).prefetch_related(newest):
        revision = row.revisions.all()[0]
        items = facts.items_of(row, spec, owners)
        signed = SubmissionFacts(
            row, spec, stored={}, evidence=(), waivers={}, last_year={}, sent_back=None, items=items
        )
        signed.__dict__["answers"] = answers.of_content(spec, revision.content)
        if fields := open_blanks(signed, revision):
            found.append(WithBlanks(row, revision, fields))
    return found


def signed_by_another_standard(rounds: Iterable[Round]) -> list[Round]:
    """The rounds with handed-in submissions that were signed by another standard than the one in force."""
    found = []
    for round_ in rounds:
        signed = Revision.objects.filter(submission=OuterRef("pk"), content__standard__sha256=round_.standard.sha256)
        if _handed_in(round_).filter(~Exists(signed)).exists():
            found.append(round_)
    return found


def _handed_in(round_: Round) -> QuerySet[Submission]:
    revisions = Revision.objects.filter(submission=OuterRef("pk"))
    rows = Submission.objects.filter(Exists(revisions), round=round_, state__in=HANDED_IN)
    return facts.with_places(rows).order_by("school__code", "pk")
