"""The current year: most returns approved, the others at every other step."""

from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.collection.evidence import actions as evidence
from indicators.collection.reviews import actions as reviews
from indicators.collection.reviews.actions import Reason
from indicators.collection.rounds import actions as rounds
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions import queries as submission_queries
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Value
from portal.core.files import uploads
from portal.demo import names, papers
from portal.demo.agenda import Agenda
from portal.demo.rounds import (
    DAYS_OF_FILLING,
    Year,
    approve,
    district_answers,
    fill,
    judge,
    submit,
)
from portal.demo.town import FINANCE

# Sent back once and mended since.
MENDED = 22
_WITH_PROOF = (names.MODEL, names.LARGE, names.WELL_EQUIPPED, names.SENT_BACK, names.IN_REVIEW)
_TWO_REASONS = (
    Reason("teaching_area", "数据与统计报表不一致，请核对后修改或说明；测绘图上的总面积没有扣除连廊"),
    Reason("facility_use_note", "说明过于笼统，请写明做法和成效，并附最近一个月的使用登记"),
)
_MORE = "阅览室每天中午和课后开放，器材室由专人管理，使用登记表随附。"


def plan(agenda: Agenda, year: Year) -> None:
    """Put the current year's filling and reviewing on the agenda."""
    open_ones = {
        names.NOT_STARTED,
        names.FILLING,
        names.HANDED_OVER,
        names.SENT_BACK,
        names.IN_REVIEW,
        MENDED,
        *names.SUBMITTED,
    }
    for position in range(len(year.town.sketches)):
        if position not in open_ones:
            agenda.at(-20 + position % DAYS_OF_FILLING, 540 + position % 200, partial(_approve, year, position))
    agenda.at(-12, 600, partial(_with_proof, year, names.SENT_BACK))
    agenda.at(-9, 560, partial(_send_back, year, names.SENT_BACK, _TWO_REASONS))
    if len(year.town.sketches) > MENDED:
        agenda.at(-14, 600, partial(submit, year, MENDED))
        agenda.at(-11, 570, partial(_send_back, year, MENDED, _TWO_REASONS[1:]))
        agenda.at(-7, 620, partial(_mend, year, MENDED))
    agenda.at(-6, 610, partial(fill, year, names.HANDED_OVER))
    agenda.at(-5, 990, partial(_hand_over, year, names.HANDED_OVER))
    for number, position in enumerate(names.SUBMITTED):
        agenda.at(-4 + number, 640, partial(submit, year, position))
    agenda.at(-4, 600, partial(_with_proof, year, names.IN_REVIEW))
    agenda.at(-3, 590, partial(fill, year, names.FILLING, sections=("pupils", "classes", "teachers", "premises")))
    agenda.at(-3, 660, partial(_finance, year))
    agenda.at(-2, 540, partial(_remind, year))
    agenda.at(-1, 550, lambda: reviews.begin_review(submission_id=year.row(names.IN_REVIEW).pk, by=year.town.reviewer))
    agenda.at(-1, 900, partial(judge, year))


def _approve(year: Year, position: int) -> None:
    if position in _WITH_PROOF:
        _attach(year, position)
    approve(year, position)


def _with_proof(year: Year, position: int) -> None:
    _attach(year, position)
    submit(year, position)


def _attach(year: Year, position: int) -> None:
    """Put a survey sheet and two photos behind the figures."""
    sketch, row, by = year.town.sketches[position], year.row(position), year.town.staff(position).reporter
    area = year.answers[sketch.code]["teaching_area"]
    said = f"{area.value} ㎡" if isinstance(area, Value) else ""
    lines = [("教学及辅助用房面积", said), ("测绘单位", "龙亭区房产测绘队（虚构）")]
    files: list[tuple[str, SimpleUploadedFile, str]] = [
        ("teaching_area", papers.proof("房产测绘成果表", sketch.name, year.year, lines), "校舍测绘成果，第 1 页为汇总"),
        ("multimedia_rooms", papers.photo("多媒体教室", sketch.code), "三年级一班教室"),
        ("music_rooms", papers.photo("音乐教室", sketch.code), "音乐教室 1"),
    ]
    for item, file, caption in files:
        evidence.attach(submission_id=row.pk, item=item, file=uploads.accept(file), caption=caption, by=by)


def _send_back(year: Year, position: int, reasons: tuple[Reason, ...]) -> None:
    row, by = year.row(position), year.town.reviewer
    reviews.begin_review(submission_id=row.pk, by=by)
    year.clock.tick(25)
    reviews.send_back(submission_id=row.pk, reasons=reasons, comment="请逐条修改后重新提交。", by=by)


def _mend(year: Year, position: int) -> None:
    """Answer the reason, hand in again, and be approved."""
    row, staff = year.row(position), year.town.staff(position)
    told = year.answers[year.town.sketches[position].code]["facility_use_note"]
    assert isinstance(told, Value)  # noqa: S101 a text the generator wrote
    submissions.save(submission_id=row.pk, values={"facility_use_note": Value(told.value + _MORE)}, by=staff.reporter)
    year.clock.tick(60)
    submissions.submit(submission_id=row.pk, by=staff.principal)
    year.clock.tick(90)
    reviews.approve(submission_id=row.pk, comment="已按要求补充。", by=year.town.reviewer)


def _hand_over(year: Year, position: int) -> None:
    submissions.hand_over(submission_id=year.row(position).pk, by=year.town.staff(position).reporter)


def _finance(year: Year) -> None:
    """The liaison has entered last year's part of the department's figures and goes on another day."""
    row = year.rows[FINANCE]
    own = list(submission_queries.items_of(row))
    given = district_answers(year)
    values = {code: given[code] for code in own[: len(own) // 2] if code in given}
    submissions.save(submission_id=row.pk, values=values, by=year.town.people["liaison"])


def _remind(year: Year) -> None:
    """Remind the schools that have not handed in."""
    waiting = [names.NOT_STARTED, names.FILLING, names.HANDED_OVER]
    rows = Submission.objects.filter(pk__in=[year.row(position).pk for position in waiting])
    rounds.remind(round_id=year.round.pk, submission_ids=[row.pk for row in rows], by=year.town.admin)
