"""What every page and every save reads of one submission: its answers, waivers and relaxations, and what was signed before."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import BigAutoField, DateField, QuerySet

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer, Revision, Submission, Waiver
from indicators.standard import engine
from indicators.standard.standards import queries as standards
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
# Of a slice above this one.
_RELAXATIONS = Prepared(
    lambda school, day: (
        School.objects.filter(
            pk=school,
            relaxations__state__in=("pending", "approved"),
            relaxations__valid_from__lte=day,
            relaxations__valid_until__gte=day,
        )
        .order_by()
        .values_list("relaxations__kind", flat=True)
    ),
    school=BigAutoField(),
    day=DateField(),
)


def _before(district: Any, day: Any) -> QuerySet[Revision]:
    earlier = Revision.objects.filter(
        submission__round__district=district, submission__round__school_year_start__lt=day
    )
    return earlier.order_by("-submission__round__school_year_start", "-number").only("sha256", "receipt")


_SIGNED_BEFORE = Prepared(
    lambda school, district, day: _before(district, day).filter(submission__school=school)[:1],
    school=BigAutoField(),
    district=BigAutoField(),
    day=DateField(),
)
# By the digests of a revision and of the standard it is read by; some 30 kB each.
_read: dict[tuple[str, str], Mapping[str, engine.Answer]] = {}
_MOST_READ = 300


def answered(submission: Submission) -> dict[str, Answer]:
    return {row.field: row for row in _ANSWERED(submission=submission.pk)}


def values(submission: Submission) -> dict[str, Any]:
    """The values and versions of the answers, without who wrote them."""
    return {row.field: row for row in _VALUES(submission=submission.pk)}


def waivers(submission: Submission) -> dict[tuple[str, str], Waiver]:
    return {(row.check_code, row.field): row for row in _WAIVERS(submission=submission.pk)}


def relaxations(submission: Submission) -> frozenset[str]:
    """Asked for or granted for the round's year."""
    if submission.school_id is None:
        return frozenset()
    return frozenset(_RELAXATIONS(school=submission.school_id, day=submission.round.school_year_start))


def last_signed(submission: Submission) -> Revision | None:
    """The respondent's newest revision of an earlier year; its content only when it is asked for."""
    district, day = submission.round.district_id, submission.round.school_year_start
    if submission.school_id:
        return next(iter(_SIGNED_BEFORE(school=submission.school_id, district=district, day=day)), None)
    own = {"submission__school": None, "submission__department": submission.department_id}
    return _before(district, day).filter(**own).first()


def last_year(submission: Submission) -> Mapping[str, engine.Answer]:
    """Neither a revision nor a standard ever changes: what one says in terms of the other is worked out once a process."""
    row, standard = last_signed(submission), submission.round.standard
    if row is None:
        return {}
    known = _read.get((row.sha256, standard.sha256))
    if known is None:
        known = MappingProxyType(answers.of_content(standards.load_spec(standard), row.signed))
        if len(_read) >= _MOST_READ:
            _read.clear()
        _read[row.sha256, standard.sha256] = known
    return known
