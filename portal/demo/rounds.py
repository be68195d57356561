"""Playing an assessment year through: open, fill in, sign, review, judge, close."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils import timezone

from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions as rounds
from indicators.collection.rounds import calendar
from indicators.collection.rounds.models import Round
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions import queries as submission_queries
from indicators.collection.submissions.models import Submission
from indicators.results.evaluations import actions as evaluations
from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Answer, check_school
from portal.demo import bureau, generator, texts
from portal.demo.clock import Clock
from portal.demo.figures import CURRENT
from portal.demo.town import FINANCE, POSTS, Town

OPENED, DUE, DAYS_OF_FILLING = -25, 21, 14
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Year:
    """One assessment year under way, with everybody's answers drawn up."""

    town: Town
    clock: Clock
    year: int
    round: Round
    answers: Mapping[str, Answers]
    before: Mapping[str, Answers]
    rows: Mapping[str, Submission]

    @property
    def base(self) -> int:
        """Days from today to the middle of this year's filling."""
        return (self.year - CURRENT) * 365

    def row(self, position: int) -> Submission:
        """The return of the school at a position."""
        return self.rows[self.town.sketches[position].code]


def open_year(town: Town, clock: Clock, year: int, before: Mapping[str, Answers]) -> Year:
    """Open the round of a year and draw up what everybody will answer."""
    base = (year - CURRENT) * 365
    clock.set(base + OPENED, 9)
    today = timezone.localdate()
    round_ = rounds.open_round(
        code=str(year),
        name=calendar.default_name(str(year)),
        district=town.district,
        standard=town.standard,
        due_at=calendar.end_of(clock.day(base + DUE)),
        by=town.admin,
        **calendar.clocks(str(year), today).as_dict(),
    )
    rows = Submission.objects.filter(round=round_).select_related("school", "department")
    keyed = {_key(row): row for row in rows}
    return Year(town, clock, year, round_, generator.returns(town.spec, town.sketches, town.seed, year), before, keyed)


def _key(row: Submission) -> str:
    if row.school:
        return row.school.code
    return row.department.code if row.department else ""


def play_through(year: Year) -> Evaluation:
    """Fill in, approve and judge everything of a past year, and close it."""
    for day in range(DAYS_OF_FILLING):
        for position in range(day, len(year.town.sketches), DAYS_OF_FILLING):
            year.clock.set(year.base - 20 + day, 9, position % 480)
            approve(year, position)
    year.clock.set(year.base - 4, 10)
    answer_for_district(year)
    year.clock.set(year.base + DUE + 1, 9)
    evaluation = judge(year)
    year.clock.set(year.base + DUE + 3, 9)
    rounds.close(round_id=year.round.pk, reason="评估已完成，数据定稿。", by=year.town.admin)
    return evaluation


def judge(year: Year) -> Evaluation:
    """Judge the year on what is approved now."""
    judged = judging.judge(year.round, judging.read(year.round), timezone.now())
    return evaluations.record(judged=judged, by=year.town.admin)


def approve(year: Year, position: int) -> None:
    """Fill in, sign, and approve the return of a school."""
    submit(year, position)
    year.clock.tick(95)
    reviews.approve(submission_id=year.row(position).pk, by=year.town.reviewer)


def submit(year: Year, position: int) -> None:
    """Fill in all of a return and have the principal confirm and sign it."""
    fill(year, position)
    staff, sketch = year.town.staff(position), year.town.sketches[position]
    year.clock.tick(40)
    signed = {code: answer for code, answer in year.answers[sketch.code].items() if year.town.spec.items[code].signed}
    submissions.save(submission_id=year.row(position).pk, values=signed, by=staff.principal)
    submissions.submit(submission_id=year.row(position).pk, by=staff.principal)


def fill(year: Year, position: int, *, sections: Iterable[str] = ()) -> None:
    """Enter what the clerk answers (all sections, or only these) and explain what looks unusual."""
    sketch, items, wanted = year.town.sketches[position], year.town.spec.items, set(sections)
    values = {
        code: answer
        for code, answer in year.answers[sketch.code].items()
        if not items[code].signed and (not wanted or items[code].section in wanted)
    }
    reporter, row = year.town.staff(position).reporter, year.row(position)
    submissions.save(submission_id=row.pk, values=values, by=reporter)
    for check, field in _warnings(year, sketch.kind, values, sketch.code):
        submissions.explain_warning(
            submission_id=row.pk, check=check, field=field, reason=texts.explanation(field), by=reporter
        )


def _warnings(year: Year, kind: str, values: Answers, code: str) -> Iterator[tuple[str, str]]:
    for problem in check_school(year.town.spec, kind, values, year.before.get(code, {})):
        if problem.level == "warning":
            yield problem.code, problem.item


def answer_for_district(year: Year) -> None:
    """Enter, sign and approve what the departments and the bureau answer."""
    town, answers = year.town, district_answers(year)
    for key, by in ((FINANCE, town.people["liaison"]), (POSTS, town.admin), ("", town.admin)):
        row = year.rows[key]
        own = submission_queries.items_of(row)
        values = {code: answer for code, answer in answers.items() if code in own}
        submissions.save(submission_id=row.pk, values=values, by=by)
        submissions.submit(submission_id=row.pk, by=town.admin)
        reviews.approve(submission_id=row.pk, by=town.reviewer)


def district_answers(year: Year) -> Answers:
    """Return what the district answers this year, in agreement with its schools."""
    return bureau.answers(year.town.spec, year.town.sketches, year.answers, year.town.seed, year.year)
