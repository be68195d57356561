"""What every page and every save reads of one submission: its answers, files, waivers, shares and relaxations, and what was
signed before."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import BigAutoField, DateField, FilteredRelation, Q, QuerySet, Subquery

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer, Evidence, Revision, Round, Submission, Waiver
from indicators.standard import engine
from indicators.standard.standards import queries as standards
from portal.core.lib.bounded import Bounded
from portal.core.lib.prepared import Prepared
from schools.directory.models import School

# Of who wrote an answer only the name: the person comes with each of some sixty rows.
_ANSWERED = Prepared(
    lambda submission: (
        Answer.objects.filter(submission=submission)
        .select_related("updated_by")
        .only(*(field.name for field in Answer._meta.concrete_fields), "updated_by__name", "updated_by__username")
    ),
    submission=BigAutoField(),
)
_VALUES = Prepared(
    lambda submission: (
        Answer.objects.filter(submission=submission)
        .order_by()
        .values_list("field", "version", "number", "text", "rows", "not_applicable", "reason", named=True)
    ),
    submission=BigAutoField(),
)
_WAIVERS = Prepared(
    lambda submission: (
        Waiver.objects.filter(submission=submission)
        .select_related("updated_by")
        .only("submission", "check_code", "field", "message", "reason", "updated_by__name", "updated_by__username")
    ),
    submission=BigAutoField(),
)


def _files(submission: Any) -> QuerySet[Evidence]:
    return Evidence.objects.filter(submission=submission, withdrawn_at=None).select_related("document", "created_by")


_EVIDENCE = Prepared(lambda submission: _files(submission).exclude(item=""), submission=BigAutoField())
_WAITING = Prepared(lambda submission: _files(submission).filter(item=""), submission=BigAutoField())


def _above(name: str, fetch: Callable[[QuerySet[Any]], QuerySet[Any]]) -> Prepared:
    """Rows that a slice above this one writes, by the name they have at the submission."""

    def rows() -> Any:
        return Submission._meta.get_field(name).related_model._default_manager  # type: ignore[union-attr]

    return Prepared(lambda submission: fetch(rows().filter(submission=submission)), submission=BigAutoField())


# The sections that somebody has to fill in, and figures of the statistics put in beforehand.
SHARES = _above("shares", lambda rows: rows.filter(user__isnull=False).select_related("user"))
PREFILLS = _above("prefills", lambda rows: rows.select_related("figure").order_by("pk"))


def _before(district: Any, day: Any) -> QuerySet[Revision]:
    """Of each respondent the newest of an earlier year comes first."""
    earlier = Revision.objects.filter(
        submission__round__district=district, submission__round__school_year_start__lt=day
    )
    return earlier.order_by("-submission__round__school_year_start", "-number")


# Relaxations are of a slice above this one; a school without any has one row all the same.
_BACKGROUND = Prepared(
    lambda school, district, day: (
        School.objects.filter(pk=school)
        .order_by()
        .annotate(
            asked=FilteredRelation(
                "relaxations",
                condition=Q(
                    relaxations__state__in=("pending", "approved"),
                    relaxations__valid_from__lte=day,
                    relaxations__valid_until__gte=day,
                ),
            ),
            signed=Subquery(_before(district, day).filter(submission__school=school).values("sha256")[:1]),
        )
        .values_list("asked__kind", "signed")
    ),
    school=BigAutoField(),
    district=BigAutoField(),
    day=DateField(),
)
# By the digests of a revision and of the standard it is read by; some 30 kB each.
_read: Bounded[tuple[str, str], Mapping[str, engine.Answer]] = Bounded(300)
# By submission, standard and kind of school; some 100 kB each.
_recalled: Bounded[tuple[int, str, str], engine.Recall] = Bounded(100)


def answered(submission: Submission) -> dict[str, Answer]:
    return {row.field: row for row in _ANSWERED(submission=submission.pk)}


def values(submission: Submission) -> dict[str, Any]:
    """The values and versions of the answers, without who wrote them."""
    return {row.field: row for row in _VALUES(submission=submission.pk)}


def waivers(submission: Submission) -> dict[tuple[str, str], Waiver]:
    return {(row.check_code, row.field): row for row in _WAIVERS(submission=submission.pk)}


def evidence(submission: Submission, read: Prepared = _EVIDENCE) -> tuple[Evidence, ...]:
    """Not what waits for its item."""
    rows = read(submission=submission.pk)
    for row in rows:
        row.submission = submission
    return tuple(rows)


def waiting(submission: Submission) -> tuple[Evidence, ...]:
    """Files whose item is chosen later."""
    return evidence(submission, _WAITING)


def last_signed(submission: Submission) -> Revision | None:
    """The respondent's newest revision of an earlier year; its content only when it is asked for."""
    own = {"submission__school": submission.school_id, "submission__department": submission.department_id}
    rows = _before(submission.round.district_id, submission.round.school_year_start).filter(**own)
    return rows.only("sha256", "receipt").first()


def last_years(round_: Round, spec: engine.Spec, rows: Iterable[Submission]) -> dict[int, Mapping[str, engine.Answer]]:
    """What the respondents signed last in an earlier year, by submission of this round; two queries."""
    chosen: dict[tuple[int | None, int | None], int] = {}
    earlier = _before(round_.district_id, round_.school_year_start)
    for pk, *respondent in earlier.values_list("pk", "submission__school", "submission__department"):
        chosen.setdefault((respondent[0], respondent[1]), pk)
    found = {row.pk: chosen.get((row.school_id, row.department_id)) for row in rows}
    contents = Revision.objects.only("content").in_bulk([pk for pk in found.values() if pk])
    return {row: answers.of_content(spec, contents[pk].signed) for row, pk in found.items() if pk}


def background(submission: Submission) -> tuple[frozenset[str], Mapping[str, engine.Answer]]:
    """The relaxations asked for or granted for the round's year, and last year's answers."""
    round_ = submission.round
    if submission.school_id is None:
        row = last_signed(submission)
        return frozenset(), _last_year(submission, row.sha256) if row else {}
    rows = _BACKGROUND(school=submission.school_id, district=round_.district_id, day=round_.school_year_start)
    signed = rows[0][1]
    return frozenset(kind for kind, _ in rows if kind), _last_year(submission, signed) if signed else {}


def _last_year(submission: Submission, signed: str) -> Mapping[str, engine.Answer]:
    """Neither a revision nor a standard ever changes: what one says in terms of the other is worked out once a process."""
    standard = submission.round.standard
    known = _read.get((signed, standard.sha256))
    if known is None and (row := last_signed(submission)):
        known = MappingProxyType(answers.of_content(standards.load_spec(standard), row.signed))
        _read[row.sha256, standard.sha256] = known
    return known or {}


def recall(
    submission: Submission, kind: str, given: Mapping[str, engine.Answer], last_year: Mapping[str, engine.Answer]
) -> engine.Recall:
    """What this process worked out of a school's answers before, without what they say otherwise now."""
    key = (submission.pk, submission.round.standard.sha256, kind)
    before = _recalled.get(key)
    now = _recalled[key] = before.after(given, last_year) if before else engine.Recall(given, last_year)
    return now
