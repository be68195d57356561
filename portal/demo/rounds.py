"""The years played through, with the clock set back: open, fill in, sign, review, judge, close."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from indicators.collection.evidence import actions as evidence, queries as evidence_queries
from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions as rounds, queries as round_queries
from indicators.collection.shares import actions as shares, queries as share_queries
from indicators.collection.submissions import actions as submissions, queries as submission_queries
from indicators.collection.submissions.models import Round, Submission
from indicators.results.evaluations import actions as evaluations, judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Answer, Item, Value, asked, check_school
from inspections.rectification import actions as rectification
from inspections.self_reports import actions as self_reports, queries as self_report_queries
from portal.core.accounts import queries as accounts
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.demo import generator, names
from portal.demo.figures import CURRENT
from portal.demo.town import FINANCE, POSTS, Agenda, Clock, Story, Town

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
        return (self.year - CURRENT) * 365

    def row(self, position: int) -> Submission:
        return self.rows[self.town.sketches[position].code]


def open_year(town: Town, clock: Clock, year: int, before: Mapping[str, Answers]) -> Year:
    base = (year - CURRENT) * 365
    clock.set(base + OPENED, 9)
    today = timezone.localdate()
    round_ = rounds.open_round(
        code=str(year),
        name=round_queries.default_name(str(year)),
        district=town.district,
        standard=town.standard,
        due_at=round_queries.end_of(clock.day(base + DUE)),
        by=town.admin,
        **round_queries.clocks(str(year), today).as_dict(),
    )
    rows = Submission.objects.filter(round=round_).select_related("school", "department")
    # By 学校标识码 or the department's code; the bureau's own has neither.
    keyed = {row.school.code if row.school else row.department.code if row.department else "": row for row in rows}
    return Year(
        town, clock, year, round_, generator.school_answers(town.spec, town.sketches, town.seed, year), before, keyed
    )


def play_through(year: Year) -> Evaluation:
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
    judged = judging.judge(year.round, judging.read(year.round), timezone.now())
    evaluation = evaluations.record(judged=judged, by=year.town.admin)
    # Its job would wait until everything else has happened.
    rectification.reopen_failed(evaluation_id=evaluation.pk, by=accounts.system_user())
    return evaluation


def approve(year: Year, position: int) -> None:
    submit(year, position)
    year.clock.tick(95)
    reviews.approve(submission_id=year.row(position).pk, by=year.town.reviewer)


def submit(year: Year, position: int) -> None:
    fill(year, position)
    staff, sketch = year.town.staff(position), year.town.sketches[position]
    year.clock.tick(40)
    signed = {code: answer for code, answer in year.answers[sketch.code].items() if year.town.spec.items[code].signed}
    submissions.save(submission_id=year.row(position).pk, values=signed, by=staff.principal)
    submissions.submit(submission_id=year.row(position).pk, by=staff.principal)


def fill(year: Year, position: int, *, sections: Iterable[str] = (), by: User | None = None) -> None:
    """By the school's reporter unless `by` is given."""
    sketch, items, wanted = year.town.sketches[position], year.town.spec.items, set(sections)
    values = {
        code: answer
        for code, answer in year.answers[sketch.code].items()
        if not items[code].signed and (not wanted or items[code].section in wanted)
    }
    person, row = by or year.town.staff(position).reporter, year.row(position)
    submissions.save(submission_id=row.pk, values=values, by=person)
    for problem in check_school(year.town.spec, sketch.kind, values, year.before.get(sketch.code, {})):
        if problem.level == "warning":
            reason = generator.explanation(problem.item)
            submissions.waive(submission_id=row.pk, check=problem.code, field=problem.item, reason=reason, by=person)


def answer_for_district(year: Year) -> None:
    town, answers = year.town, district_answers(year)
    for key, by in ((FINANCE, town.people["liaison"]), (POSTS, town.admin), ("", town.admin)):
        row = year.rows[key]
        own = submission_queries.items_of(row)
        values = {code: answer for code, answer in answers.items() if code in own}
        submissions.save(submission_id=row.pk, values=values, by=by)
        submissions.submit(submission_id=row.pk, by=town.admin)
        reviews.approve(submission_id=row.pk, by=town.reviewer)


def district_answers(year: Year) -> Answers:
    return generator.district_answers(year.town.spec, year.town.sketches, year.answers, year.town.seed, year.year)


# Sent back once and fixed since.
FIXED = 22
_WITH_PROOF = (names.MODEL, names.LARGE, names.WELL_EQUIPPED, names.SENT_BACK, names.IN_REVIEW)
_TWO_REASONS = (
    reviews.Reason("teaching_area", "数据与统计报表不一致，请核对后修改或说明；测绘图上的总面积没有扣除连廊"),
    reviews.Reason("facility_use_note", "说明过于笼统，请写明做法和成效，并附最近一个月的使用登记"),
)
_MORE = "阅览室每天中午和课后开放，器材室由专人管理，使用登记表随附。"


_GIVEN = ("premises", "equipment")
_SELF_REPORTS = 6
_WEAKNESS = {
    "text": "部分功能教室使用登记不全，设备利用率不均衡。",
    "measure": "一室一册补齐登记，每月通报使用情况，纳入教研组考核。",
    "responsible": "教导主任",
}


def plan_current_year(agenda: Agenda, year: Year) -> None:
    here = range(len(year.town.sketches))
    open_ones = {
        names.NOT_STARTED,
        names.FILLING,
        names.HANDED_OVER,
        names.SENT_BACK,
        names.IN_REVIEW,
        FIXED,
        *names.SUBMITTED,
        *names.CLEAN,
    }
    done = [position for position in here if position not in open_ones]
    for position in done:
        moment = -20 + position % DAYS_OF_FILLING, 540 + position % 200
        if position in _WITH_PROOF:
            agenda.at(*moment, partial(_attach, year, position))
        agenda.at(*moment, partial(approve, year, position))
    agenda.follow(_divided_and_sent_back(year, names.SENT_BACK))
    if FIXED in here:
        agenda.follow(_sent_back_and_fixed(year, FIXED))
    row, reporter = year.row(names.HANDED_OVER), year.town.staff(names.HANDED_OVER).reporter
    agenda.at(-6, 610, partial(fill, year, names.HANDED_OVER))
    agenda.at(-5, 990, partial(submissions.hand_over, submission_id=row.pk, by=reporter))
    agenda.at(-3, 760, partial(_report_itself, year, names.HANDED_OVER, is_issued=False))
    for number, position in enumerate(names.SUBMITTED):
        if position not in names.CLEAN:
            agenda.at(-4 + number, 640, partial(submit, year, position))
    for number, position in enumerate(one for one in names.CLEAN if one in here):
        agenda.follow(_proven(year, position, 600 + 11 * number))
    agenda.follow(_in_review(year, names.IN_REVIEW))
    agenda.at(-3, 590, partial(fill, year, names.FILLING, sections=("pupils", "classes", "teachers", "premises")))
    for number, position in enumerate(done[:_SELF_REPORTS]):
        # The first one is written and waits for its head.
        agenda.at(-3, 700 + 5 * number, partial(_report_itself, year, position, is_issued=bool(number)))


def _divided_and_sent_back(year: Year, position: int) -> Story:
    reporter, colleague = year.town.staff(position).reporter, year.town.people[names.COLLEAGUE]
    row = year.row(position)
    yield -13, 560
    given, shown = dict.fromkeys(_GIVEN, colleague.pk), share_queries.fingerprint(None, {})
    shares.divide(submission_id=row.pk, lead=reporter.pk, given=given, shown=shown, by=reporter)
    yield -12, 560
    fill(year, position, sections=_GIVEN, by=colleague)
    for section in _GIVEN:
        # What is sent back later is open again.
        shares.mark_done(submission_id=row.pk, section=section, by=colleague)
    yield -12, 600
    _attach(year, position)
    submit(year, position)
    yield -9, 560
    _send_back(year, position, _TWO_REASONS)


def _sent_back_and_fixed(year: Year, position: int) -> Story:
    row, staff = year.row(position), year.town.staff(position)
    yield -14, 600
    submit(year, position)
    yield -11, 570
    _send_back(year, position, _TWO_REASONS[1:])
    yield -7, 620
    note = year.answers[year.town.sketches[position].code]["facility_use_note"]
    assert isinstance(note, Value)  # noqa: S101 a text the generator wrote
    submissions.save(submission_id=row.pk, values={"facility_use_note": Value(note.value + _MORE)}, by=staff.reporter)
    year.clock.tick(60)
    submissions.submit(submission_id=row.pk, by=staff.principal)
    year.clock.tick(90)
    reviews.approve(submission_id=row.pk, comment="已按要求补充。", by=year.town.reviewer)


def _proven(year: Year, position: int, minute: int) -> Story:
    """For every item that asks proof: one file for each section, with the figures it proves."""
    yield -3, minute
    sketch, row, by = year.town.sketches[position], year.row(position), year.town.staff(position).reporter
    answers, sections = year.answers[sketch.code], {one.code: one.label for one in year.town.spec.sections}
    proven: dict[str, list[Item]] = defaultdict(list)
    for item in evidence_queries.asked_for(asked(year.town.spec, sketch.kind, answers)).values():
        proven[item.section].append(item)
    for section, items in proven.items():
        lines = [(item.base_label, item.evidence) for item in items]
        file = uploads.accept(generator.proof(f"{sections[section]}佐证材料", sketch.name, year.year, lines))
        stored = evidence.attach(submission_id=row.pk, item="", file=file, by=by).evidence
        chosen = [(stored.pk, item.base) for item in items]
        evidence.assign(submission_id=row.pk, chosen=chosen, pages="1", caption="按项目逐行列出", by=by)
    yield -2, minute
    submit(year, position)


def _in_review(year: Year, position: int) -> Story:
    """Two items pass; the rest waits."""
    yield -4, 600
    _attach(year, position)
    submit(year, position)
    yield -1, 550
    row, by = year.row(position), year.town.reviewer
    reviews.begin_review(submission_id=row.pk, by=by)
    year.clock.tick(12)
    newest = row.revisions.order_by("-number")[0]
    reviews.mark_items(
        submission_id=row.pk, revision_id=newest.pk, items=("teaching_area", "multimedia_rooms"), passed=True, by=by
    )


def work_at_the_bureau(year: Year) -> Story:
    """Half of what the finance department fills in; reminders; a first evaluation."""
    yield -3, 660
    row, given = year.rows[FINANCE], district_answers(year)
    own = list(submission_queries.items_of(row))
    values = {code: given[code] for code in own[: len(own) // 2] if code in given}
    submissions.save(submission_id=row.pk, values=values, by=year.town.people["liaison"])
    yield -2, 540
    waiting = [year.row(position).pk for position in (names.NOT_STARTED, names.FILLING, names.HANDED_OVER)]
    rounds.remind(round_id=year.round.pk, submission_ids=waiting, by=year.town.admin)
    yield -1, 900
    judge(year)


def _report_itself(year: Year, position: int, *, is_issued: bool) -> None:
    pk, staff = year.row(position).pk, year.town.staff(position)
    due_on = year.clock.day(120)
    self_reports.write_text(submission_id=pk, section="practice", text=generator.PRACTICE, version=0, by=staff.reporter)
    self_reports.write_problem(
        submission_id=pk, problem_id=None, version=0, **_WEAKNESS, due_on=due_on, by=staff.reporter
    )
    if is_issued:
        of = self_report_queries.submission(staff.principal, pk)
        read = self_report_queries.desk(staff.principal, self_report_queries.current(of))
        self_reports.issue(submission_id=pk, seen=read.digest, by=staff.principal)


def _attach(year: Year, position: int) -> None:
    sketch, row, by = year.town.sketches[position], year.row(position), year.town.staff(position).reporter
    area = year.answers[sketch.code]["teaching_area"]
    measured = f"{area.value} ㎡" if isinstance(area, Value) else ""
    lines = [("教学及辅助用房面积", measured), ("测绘单位", "龙亭区房产测绘队（虚构）")]
    files: list[tuple[str, SimpleUploadedFile, str]] = [
        (
            "teaching_area",
            generator.proof("房产测绘成果表", sketch.name, year.year, lines),
            "校舍测绘成果，第 1 页为汇总",
        ),
        ("multimedia_rooms", generator.photo("多媒体教室", sketch.code), "三年级一班教室"),
        ("music_rooms", generator.photo("音乐教室", sketch.code), "音乐教室 1"),
    ]
    for item, file, caption in files:
        evidence.attach(submission_id=row.pk, item=item, file=uploads.accept(file), caption=caption, by=by)


def _send_back(year: Year, position: int, reasons: tuple[reviews.Reason, ...]) -> None:
    row, by = year.row(position), year.town.reviewer
    reviews.begin_review(submission_id=row.pk, by=by)
    year.clock.tick(25)
    reviews.send_back(submission_id=row.pk, reasons=reasons, comment="请逐条修改后重新提交。", by=by)
