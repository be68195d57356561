"""Reads of surveys: those a person sees, their codes, how many answered, and the results of an ended one, small groups hidden."""

from base64 import b32encode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, F, Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.crypto import salted_hmac

from indicators.results.evaluations.models import PartResult
from inspections.surveys.models import Questionnaire, Survey, SurveyAnswer, SurveyCode, SurveyPortion
from inspections.surveys.suppression import Cell, hidden_cells
from portal.core.accounts.models import User
from schools.access.scope import Perm, may, visible
from schools.directory.models import District, School, Status

# 80 bits, in the letters of base 32: 2–7 and a–z, none of them easily misread for another.
_BYTES = 10
# Of a confidence of 95 %.
_Z = Decimal("1.959964")
DISTRICT_WIDE = "不分学校"
# The row of the groups asked in the whole district.
_NO_SCHOOL = 0


def for_list(user: User) -> QuerySet[Survey]:
    """Schools see those whose codes are out."""
    rows = visible(user, Survey.objects.select_related("district"), Perm.SURVEY_VIEW)
    drafts = visible(user, Survey.objects.all(), Perm.SURVEY_MANAGE).order_by().values("pk")
    return rows.filter(Q(opened_at__isnull=False) | Q(pk__in=drafts))


def get(user: User, survey_id: int) -> Survey:
    """Raises Http404 out of scope."""
    return get_object_or_404(for_list(user), pk=survey_id)


def districts(user: User) -> QuerySet[District]:
    """County-level ones with schools, in which the person may survey."""
    with_schools = School.objects.order_by().values("district")
    return visible(user, District.objects.filter(pk__in=with_schools), Perm.SURVEY_MANAGE).order_by("code")


def planned(survey: Survey) -> dict[tuple[str, int | None], int]:
    """By group and school, if handed out today."""
    schools = School.objects.filter(district=survey.district_id, status=Status.OPEN).order_by("code")
    # Of each school by the newest evaluation that knows them: the present one may still wait for some.
    parts = PartResult.objects.filter(school__in=schools.order_by(), pupils__isnull=False).order_by()
    newest = dict(parts.values_list("school").annotate(newest=Max("evaluation")))
    pupils = dict.fromkeys(schools.values_list("pk", flat=True), 0)
    of_newest = parts.filter(evaluation__in=set(newest.values()))
    for school, evaluation, count in of_newest.values_list("school", "evaluation", "pupils"):
        if newest[school] == evaluation:
            pupils[school] += int(count or 0)
    return survey.questionnaire.portions(survey.population, pupils)


def planned_rows(survey: Survey) -> list[tuple[str, list[tuple[str, int]]]]:
    """If handed out today: by school, then for the whole district, the number of each group."""
    counts = planned(survey)
    asked = School.objects.filter(pk__in={school for _, school in counts if school})
    names = dict[int | None, str](asked.order_by("code").values_list("pk", "name"))
    groups = survey.questionnaire.groups.items()
    return [
        (names.get(school, DISTRICT_WIDE), [(group.label, counts.get((code, school), 0)) for code, group in groups])
        for school in [*names, None]
    ]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A satisfied share with its 95 % interval, and the share that is wholly satisfied; all from 0 to 1, unrounded."""

    share: Fraction
    low: Decimal
    high: Decimal
    wholly: Fraction


def estimate(shares: Sequence[Fraction], wholly: Sequence[Fraction]) -> Estimate:
    """Wilson's interval takes people's shares as yes or no, so it is never too narrow."""
    count = len(shares)
    mean = sum(shares, Fraction()) / count
    p, n, z2 = Decimal(mean.numerator) / Decimal(mean.denominator), Decimal(count), _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
    low, high = max(centre - half, Decimal(0)), min(centre + half, Decimal(1))
    return Estimate(mean, low, high, sum(wholly, Fraction()) / count)


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One line of a table of results; estimates by dimension, None where they stay hidden or nobody answered."""

    label: str
    sent: int
    answered: int
    by_dimension: tuple[tuple[str, Estimate | None], ...]
    is_hidden: bool
    school: School | None = None

    @property
    def return_rate(self) -> Fraction:
        return Fraction(self.answered, self.sent) if self.sent else Fraction()


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """What a person sees of a survey. Estimates are None for all while it runs: two looks would show who answered between."""

    questionnaire: Questionnaire
    groups: tuple[SurveyRow, ...]
    schools: tuple[SurveyRow, ...]
    at_schools: Mapping[int, tuple[SurveyRow, ...]]


class _Tally:
    """The answers of a survey as a table: rows are schools, columns groups, None the totals."""

    def __init__(self, survey: Survey) -> None:
        self.form = survey.questionnaire
        self.is_ended = survey.ended_at is not None
        self.sent: Counter[Cell] = Counter()
        self.answered: Counter[Cell] = Counter()
        self.given: dict[Cell, list[Mapping[str, str]]] = defaultdict(list)
        for group, school, sent in survey.portions.values_list("group", "school", "sent"):
            for place in _places(group, school):
                self.sent[place] += sent
        rows = SurveyAnswer.objects.filter(survey=survey).order_by()
        if self.is_ended:
            for group, school, answers in rows.values_list("group", "school", "answers"):
                for place in _places(group, school):
                    self.answered[place] += 1
                    self.given[place].append(answers)
        else:
            for group, school, count in rows.values_list("group", "school").annotate(count=Count("pk")):
                for place in _places(group, school):
                    self.answered[place] += count
        counts = {place: self.answered[place] for place in self.sent}
        # Groups not asked by school are shown by their totals alone.
        apart = [place for place in counts if place[0] == _NO_SCHOOL]
        self.hidden = hidden_cells(counts, self.form.least_shown, apart) if self.is_ended else set()

    def row(self, label: str, place: Cell, school: School | None = None) -> SurveyRow:
        shown = self.is_ended and place not in self.hidden and bool(self.given[place])
        first, found = next(iter(self.form.choices)), []
        for dimension, name in self.form.dimensions.items():
            codes = {question.code for question in self.form.questions if question.dimension == dimension}
            shares, wholly = [], []
            for answers in self.given[place] if shown else ():
                own = [choice for code, choice in answers.items() if code in codes]
                shares.append(Fraction(sum(choice in self.form.satisfied for choice in own), len(own)))
                wholly.append(Fraction(own.count(first), len(own)))
            found.append((name, estimate(shares, wholly) if shown else None))
        return SurveyRow(label, self.sent[place], self.answered[place], tuple(found), place in self.hidden, school)


def _places(group: str, school: int | None) -> Iterator[Cell]:
    """The cell of an answer and its totals."""
    row = school or _NO_SCHOOL
    yield from ((row, group), (row, None), (None, group), (None, None))


def results(user: User, survey: Survey) -> SurveyResults:
    """A school sees its own; district totals are for who sees its results."""
    tally = _Tally(survey)
    groups: list[SurveyRow] = []
    if may(user, Perm.DISTRICT_RESULT_VIEW, survey.district):
        groups = [tally.row(group.label, (None, code)) for code, group in tally.form.groups.items()]
        groups.append(tally.row("合计", (None, None)))
    asked = {school for school, _ in tally.sent if school}
    seen = visible(user, School.objects.filter(pk__in=asked), Perm.SURVEY_VIEW).order_by("code")
    schools = [tally.row(school.name, (school.pk, None), school) for school in seen]
    by_school = {code: group.label for code, group in tally.form.groups.items() if group.by_school}
    own = {
        school.pk: tuple(tally.row(label, (school.pk, code), school) for code, label in by_school.items())
        for school in seen
    }
    return SurveyResults(tally.form, tuple(groups), tuple(schools), own)


def portions(survey: Survey, school: School | None = None) -> list[SurveyPortion]:
    """A school's, or those of the groups asked in the whole district."""
    return list(survey.portions.filter(school=school).select_related("school").order_by("pk"))


def all_portions(survey: Survey) -> list[SurveyPortion]:
    """By school, last those of the whole district."""
    rows = survey.portions.select_related("school")
    return list(rows.order_by(F("school__code").asc(nulls_last=True), "pk"))


def codes(survey: Survey, portion: SurveyPortion) -> Iterator[str]:
    """In order; they need the portal's key."""
    for number in range(portion.sent):
        drawn = salted_hmac("surveys.code", f"{survey.seed}:{portion.pk}:{number}", algorithm="sha256").digest()
        yield b32encode(drawn[:_BYTES]).decode().lower()


def digest(code: str) -> str:
    return salted_hmac("surveys.digest", code.lower(), algorithm="sha256").hexdigest()


def by_code(code: str) -> SurveyCode | None:
    rows = SurveyCode.objects.select_related("portion__survey__district", "portion__school", "unused")
    return rows.filter(digest=digest(code)).first()
