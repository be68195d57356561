"""The points of many submissions at once, with what stands around them: statistics, visits, similar schools, copies of files."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

from django.db.models import Count, QuerySet

from indicators.collection.evidence import copy_queries
from indicators.collection.reviews import points
from indicators.collection.reviews.models import ReviewLimit
from indicators.collection.state_statistics import queries as statistics
from indicators.collection.submissions import (
    answers,
    content_queries,
    difference_queries as differences,
    models,
    queries as submissions,
    workflow,
)
from indicators.collection.submissions.models import Evidence, Revision, Round, Submission
from indicators.standard.engine import Answer, Live, Spec, UnusableData, Value, live, own_values
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from schools.directory.models import District

T = TypeVar("T")
HANDED_IN = workflow.TABLE["send_back"].at


def with_standard(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """A standard is large, and read once for each round."""
    return rows.select_related("round__standard", "reviewer").defer("round__standard__content")


def of(user: User, rows: Sequence[Submission]) -> dict[int, list[points.ReviewPoint]]:
    """By submission id, for what was signed last; a fixed number of queries for each round."""
    by_round: dict[int, list[Submission]] = defaultdict(list)
    for row in submissions.as_then(rows):
        by_round[row.round_id].append(row)
    found: dict[int, list[points.ReviewPoint]] = {}
    for own in by_round.values():
        found |= _of_round(user, own[0].round, own)
    return found


def _of_round(user: User, round_: Round, rows: Sequence[Submission]) -> dict[int, list[points.ReviewPoint]]:
    spec, pks = standards.load_spec(round_.standard), {row.pk for row in rows}
    held = Revision.objects.filter(submission__round=round_, submission__state__in={row.state for row in rows})
    revisions = {row.submission_id: row for row in submissions.newest(held) if row.submission_id in pks}
    around = near(user, round_, spec, [row for row in rows if row.pk in revisions])
    last, owners = content_queries.last_years(round_, spec, rows), submissions.owners_of(round_.district_id)
    schools = next((submissions.schools_of(row, spec) for row in rows if not row.school_id), ())
    found = {}
    for row in rows:
        if (revision := revisions.get(row.pk)) is None:
            continue
        content = revision.signed
        signed = submissions.SubmissionFacts(
            row,
            spec,
            stored={},
            evidence=(),
            waivers=workflow.waivers_of(row, content),
            last_year=last.get(row.pk, {}),
            sent_back=None,
            items=submissions.items_of(row, spec, owners),
            schools=() if row.school_id else schools,
        )
        signed.__dict__["answers"] = answers.of_content(spec, content)
        admitted = (content.get("partial") or {}).get("missing", ())
        blanks = [one for one in workflow.missing_fields(signed) if one.code not in admitted]
        found[row.pk] = points.of(signed, content, workflow.assess(signed), blanks, shown(signed), around[row.pk])
    return found


def shown(signed: submissions.SubmissionFacts) -> Live | None:
    """None for the bureau and departments."""
    return live(signed.spec, signed.kind, signed.answers) if signed.kind else None


def limits_of(district_id: int) -> points.Rules:
    """The district's over the defaults; one query."""
    held = ReviewLimit.objects.filter(district=district_id).values_list("name", "value")
    return {**points.limits(), **{name: value for name, value in held if name in points.settings()}}


def near(user: User, round_: Round, spec: Spec, rows: Sequence[Submission]) -> dict[int, points.Surroundings]:
    """A fixed number of queries."""
    pks = [row.pk for row in rows]
    asked = submissions.newest(Revision.objects.filter(submission__in=pks))
    schools = {row.school.code: row.pk for row in rows if row.school}
    found: dict[int, list[Any]] = defaultdict(list)
    for one in differences.on_site(user, asked):
        found[schools.get(one.school_code, 0)].append(one)
    lines: dict[int, list[Any]] = defaultdict(list)
    for line in statistics.lines(round_, [row for row in rows if row.school_id]) if schools else ():
        lines[line.submission.pk].append(line)
    stated: dict[int, set[str]] = defaultdict(set)
    for pk, code in models.Answer.objects.filter(submission__in=pks, same_as__isnull=False).values_list(
        "submission", "field"
    ):
        stated[pk].add(code)
    peers: dict[tuple[str, str, str], list[tuple[int, Fraction]]] = defaultdict(list)
    for pk, (kind, values) in _usable(round_, spec, own_values).items():
        for (stage, code), value in values.items():
            peers[kind, stage, code].append((pk, value))
    copies, similar = copied(round_.district), Similar(peers)
    rules, alike = limits_of(round_.district_id), looking_alike(round_.district)
    return {
        row.pk: points.Surroundings(
            found=found[row.pk],
            statistics=lines[row.pk],
            copies=_of_others(row, copies),
            alike=_alike(row, alike),
            similar=similar.of_others(row),
            stated=frozenset(stated[row.pk]),
            rules=rules,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Copy:
    """A file behind a submission whose bytes, or how it looks, are behind another item, too."""

    sha256: str
    submission: int
    respondent: tuple[int | None, int | None]
    name: str
    round: str
    file: str
    item: str


def copied(district: District) -> dict[str, list[Copy]]:
    """Files several submissions use, by sha256, whatever the year; one query."""
    used = _used(district)
    several = used.order_by().values("document__sha256").annotate(n=Count("submission", distinct=True)).filter(n__gt=1)
    found: dict[str, list[Copy]] = defaultdict(list)
    for one in _copies(district, used.filter(document__sha256__in=several.values("document__sha256"))):
        found[one.sha256].append(one)
    return found


def looking_alike(district: District) -> list[list[Copy]]:
    """Groups of pictures that look the same though their bytes differ; two queries."""
    used, alike = _used(district), copy_queries.several(district.pk)
    found: dict[str, list[Copy]] = defaultdict(list)
    for one in _copies(district, used.filter(document__sha256__in=alike)):
        found[alike[one.sha256]].append(one)
    return list(found.values())


def _used(district: District) -> QuerySet[Evidence]:
    return Evidence.objects.filter(withdrawn_at=None, submission__round__district=district).exclude(item="")


def _copies(district: District, rows: QuerySet[Evidence]) -> Iterator[Copy]:
    names = ("school__name", "department__name", "round__name", "school", "department")
    held = rows.order_by("-submission__round__school_year_start", "submission__school__code", "submission", "pk")
    for sha256, pk, file, item, school, office, year, *own in held.values_list(
        "document__sha256", "submission", "document__name", "item", *(f"submission__{name}" for name in names)
    ):
        yield Copy(sha256, pk, (own[0], own[1]), school or office or district.name, year, file, item)


def _of_others(row: Submission, copies: Mapping[str, Sequence[Copy]]) -> dict[str, list[str]]:
    found = {}
    for sha256, held in copies.items():
        if any(one.submission == row.pk for one in held):
            words = [
                f"本单位{one.round}" if one.respondent == _respondent(row) else f"{one.name}（{one.round}）"
                for one in held
                if one.submission != row.pk
            ]
            found[sha256] = list(dict.fromkeys(words))
    return found


def _alike(row: Submission, groups: Iterable[Sequence[Copy]]) -> dict[str, list[str]]:
    """By sha256 of its pictures the others that look the same, in words."""
    found: dict[str, list[str]] = defaultdict(list)
    for held in groups:
        for own in (one for one in held if one.submission == row.pk):
            for one in held:
                who = one.round if one.respondent == own.respondent else f"{one.name}（{one.round}）"
                words = f"“{one.file}”" if one.submission == row.pk else f"{who}的“{one.file}”"
                if one.sha256 != own.sha256 and words not in found[own.sha256]:
                    found[own.sha256].append(words)
    return found


@dataclass(frozen=True, slots=True)
class Similar:
    """The values of A1–A7 of all schools that handed in: by kind, stage and indicator, each with its submission."""

    values: Mapping[tuple[str, str, str], Sequence[tuple[int, Fraction]]] = field(default_factory=dict)

    def of_others(self, row: Submission) -> dict[points.Key, list[Fraction]]:
        kind = row.school.kind if row.school else ""
        return {
            (stage, code): [value for pk, value in held if pk != row.pk]
            for (own, stage, code), held in self.values.items()
            if own == kind
        }


def judged(round_: Round, spec: Spec) -> dict[int, tuple[str, Live]]:
    """By submission id kind and A1–A7 of each school that handed in; one query, figures only."""
    return _usable(round_, spec, live)


def _usable(
    round_: Round, spec: Spec, judge: Callable[[Spec, str, Mapping[str, Answer]], T]
) -> dict[int, tuple[str, T]]:
    bases = {"pupils"} | {name.removeprefix("school.") for one in spec.resources for name in one.items}
    fields = {code: item for code, item in spec.items.items() if item.base in bases}
    held = models.Answer.objects.filter(
        submission__round=round_, submission__state__in=HANDED_IN, field__in=fields
    ).exclude(submission__school=None)
    given: dict[tuple[int, str], dict[str, Answer]] = defaultdict(dict)
    for pk, kind, code, number in held.values_list("submission", "submission__school__kind", "field", "number"):
        if number is None:
            continue
        given[pk, kind][code] = Value(int(number) if fields[code].kind == "number" else number)
    found = {}
    for (pk, kind), own in given.items():
        try:
            found[pk] = kind, judge(spec, kind, own)
        except UnusableData:
            # Taken over with a figure that cannot be: the checks say so on its own page.
            continue
    return found


def _respondent(row: Submission) -> tuple[int | None, int | None]:
    return row.school_id, row.department_id
