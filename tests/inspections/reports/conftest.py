"""A programme of two phases and a small ledger whose figures are worked out by hand."""

import datetime as dt
from dataclasses import dataclass

from inspections.programmes.models import Phase, Programme
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.queries import system_user
from tests.cast import Cast
from tests.inspections.reports.ledger import raise_finding, step
from tests.shared import shared

K = Entry.Kind


@shared
def phases(cast: Cast) -> tuple[Phase, Phase]:
    """自查自评 (2025-09 to 2026-01) and 整体推进 (2026-02 to 2026-06)."""
    by = {"created_by": system_user(), "updated_by": system_user()}
    programme = Programme.objects.create(
        district=cast.district, title="实施方案", document_no="龙政办〔2021〕8号", goal_year=2030, **by
    )
    days = (("自查自评阶段", (2025, 9, 1), (2026, 1, 31)), ("整体推进阶段", (2026, 2, 1), (2026, 6, 30)))
    made = [
        Phase.objects.create(
            programme=programme, number=n, name=name, starts_on=dt.date(*start), ends_on=dt.date(*end), **by
        )
        for n, (name, start, end) in enumerate(days, 1)
    ]
    return made[0], made[1]


@dataclass(slots=True)
class Book:
    """The five findings of 龙亭区 and one of 顺河区.

    Phase 1: 001 closed, 002 and 003 left open → 3 to deal with, 1 closed, 33.3 %; 003 overdue.
    Phase 2: 002 and 003 carried, 001 reopened, 004 and 005 raised → 5; 001, 002 and 004 closed → 60 %; 003 overdue.
    """

    one: Finding
    two: Finding
    three: Finding
    four: Finding
    five: Finding
    foreign: Finding


@shared
def book(cast: Cast) -> Book:
    a, b = cast.school_a, cast.school_b
    one = raise_finding(a, "2025-DD-001", "2025-09-10", "2025-12-31", indicator="A1")
    step(one, K.DISPATCH, "2025-09-11", "请整改")
    step(one, K.MEASURE, "2025-09-20", "补充 2 名教师", by=cast.reporter_a)
    step(one, K.REQUEST_CLOSE, "2025-12-01", "已到岗", by=cast.reporter_a, file="任命文件.pdf")
    step(one, K.CLOSE, "2025-12-10", "核实到岗", by=cast.inspector_a)
    step(one, K.REOPEN, "2026-03-01", "教师又调出", by=cast.inspector_a)
    step(one, K.CLOSE, "2026-05-01", "再次核实", by=cast.inspector_a)

    two = raise_finding(a, "2025-PG-001", "2025-10-08", "2026-01-31", source="PG")
    step(two, K.DISPATCH, "2025-10-09", "请整改")
    step(two, K.EXTEND, "2026-01-30", "同意延期", due="2026-06-30")
    step(two, K.CLOSE, "2026-06-30", "改造完成", by=cast.inspector_a)

    three = raise_finding(b, "2025-DD-002", "2025-11-01", "2025-12-31", category=Finding.Category.LONG_TERM)
    step(three, K.DISPATCH, "2025-11-02", "请整改")
    step(three, K.PROGRESS, "2026-06-01", "正在选址", by=cast.reporter_b)
    step(three, K.ASK_EXTENSION, "2026-06-20", "土地手续未完成", by=cast.reporter_b)
    step(three, K.CLOSE, "2026-07-05", "阶段结束以后才完成", by=cast.inspector_a)

    four = raise_finding(b, "2026-DD-001", "2026-02-01", "2026-04-30", category=Finding.Category.AT_ONCE)
    step(four, K.CLOSE, "2026-02-20", "当场改正", by=cast.inspector_a)
    five = raise_finding(b, "2026-XF-001", "2026-06-30", "2026-06-30", source="XF", indicator="B5")
    foreign = raise_finding(cast.school_c, "2026-DD-001", "2026-03-01", "2026-04-01")
    return Book(one, two, three, four, five, foreign)
