"""An existing ledger comes in: open problems go on, closed ones as history, nothing twice and all or nothing."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inspections.ledgers import actions, workbook
from inspections.rectification.models import Finding
from inspections.reports import ledger_queries as reports
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.notices.models import Notice
from tests.inspections.ledgers.books import closed, ledger, line

pytestmark = pytest.mark.django_db


def take(cast, *rows, **more):
    said = {"source": ledger(*rows), "name": "旧台账.xlsx", "by": cast.admin} | more
    return actions.import_ledger(**said)


def test_open_problems_go_on_and_closed_ones_are_history(cast) -> None:
    plan = take(cast, line("甲小学"), closed("甲小学"))
    assert (len(plan.new), plan.already_there) == (2, 0)
    one, old = Finding.objects.order_by("number")
    year = timezone.localdate().year
    assert [one.number, old.number] == [f"{year}-DR-001", f"{year}-DR-002"]
    assert (one.original_number, one.state, one.indicator, one.school) == ("2024-12", "rectifying", "A7", cast.school_a)
    assert (one.responsible, [entry.kind for entry in one.entries.all()]) == ("李某", ["import", "dispatch", "measure"])
    assert (old.state, timezone.localdate(old.closed_at)) == ("closed", dt.date(2023, 5, 6))
    assert "原来源：市复核" in old.entries.get(kind="import").text
    assert timezone.localdate(old.created_at) == dt.date(2023, 5, 6)
    assert old.closed_by.is_system
    assert Notice.objects.get(user=cast.reporter_a, text__contains="导入").text.count("1 个") == 1
    assert AuditEvent.objects.get(action="ledger.import").after["rows"] == 2


def test_history_counts_in_its_own_period_only(cast) -> None:
    take(cast, closed("甲小学"))
    spring = [timezone.make_aware(dt.datetime(2023, month, 1)) for month in (3, 7)]
    scope, now = reports.ReportScope(cast.district), timezone.now()
    assert len(reports.load(scope, spring[0], reports.Moment(spring[1]))) == 1
    assert reports.load(scope, now - dt.timedelta(days=30), reports.Moment(now)) == []


def test_the_importer_has_rectified_nothing(cast) -> None:
    take(cast, line("甲小学"))
    finding = Finding.objects.get()
    assert not finding.entries.filter(kind__in=["measure", "progress"], by=cast.admin).exists()
    assert finding.rectified_by is None


def test_the_same_file_again_brings_nothing(cast) -> None:
    take(cast, line("甲小学"), closed("甲小学"))
    again = take(cast, line("甲小学"), closed("甲小学"), line("甲小学", 存在问题="3 间教室没有窗帘"))
    assert (len(again.new), again.already_there) == (1, 2)
    assert Finding.objects.count() == 3


def test_the_same_number_and_words_of_another_unit_are_another_problem(cast) -> None:
    assert len(take(cast, line("甲小学"), line("4102020002")).new) == 2
    again = take(cast, line("甲小学"), line("区财政局"), line("龙亭区教育局"))
    assert (len(again.new), again.already_there) == (2, 1)
    assert take(cast, line("区财政局"), line("龙亭区教育局")).already_there == 2


def test_departments_and_the_bureau_are_found_by_name(cast) -> None:
    take(
        cast,
        line("区财政局", 问题编号="1"),
        line("龙亭区教育局", 问题编号="2"),
        line("甲小学", 问题编号="3", 责任单位="区财政局"),
        line("4102020002", 问题编号="4"),
    )
    of = {finding.original_number: finding for finding in Finding.objects.all()}
    assert (of["1"].department, of["2"].bureau, of["4"].school) == (cast.department, cast.district, cast.school_b)
    assert (of["3"].school, of["3"].responsible_department) == (cast.school_a, cast.department)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("某某小学"), "学校名称"),
        (line("丙小学"), "学校名称"),
        (line("甲小学", 对应指标="Z9"), "对应指标"),
        (line("甲小学", 存在问题=""), "存在问题"),
        (line("甲小学", 整改时限="尽快"), "整改时限"),
        (line("甲小学", 整改时限=None), "整改时限"),
        (line("甲小学", 状态="差不多"), "状态"),
        (closed("甲小学", 销号时间=None), "销号时间"),
        (line("甲小学", 责任人="长" * 61), "责任人"),
    ],
)
def test_a_fault_is_named_by_its_cell_and_nothing_comes_in(cast, row: dict, column: str) -> None:
    with pytest.raises(Invalid) as refusal:
        take(cast, closed("甲小学"), row)
    assert [problem.where.split("（")[-1] for problem in refusal.value.problems] == [f"{column}）"]
    assert not Finding.objects.exists()


def test_closed_history_may_lack_indicator_and_due_date(cast) -> None:
    take(cast, closed("甲小学", 对应指标=None, 整改时限=None))
    assert (Finding.objects.get().indicator, Finding.objects.get().due_on) == ("", dt.date(2023, 5, 6))


def test_a_sheet_without_a_header_is_no_ledger(cast) -> None:
    with pytest.raises(Invalid):
        take(cast, source=ledger(line("甲小学"), header=("甲", "乙")))


def test_only_what_was_previewed_is_imported_by_who_dispatches(cast) -> None:
    shown = take(cast, line("甲小学"), dry_run=True)
    assert not Finding.objects.exists()
    with pytest.raises(Conflict):
        take(cast, line("甲小学", 存在问题="别的"), seen=shown.digest)
    take(cast, line("甲小学"), seen=shown.digest)
    for who in (cast.reviewer, cast.reporter_a, cast.liaison):
        with pytest.raises(NotAllowed):
            take(cast, line("甲小学"), by=who)


def test_through_the_pages(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    assert reverse("ledgers:upload") in client.get(reverse("rectification:list")).content.decode()
    file = SimpleUploadedFile("旧台账.xlsx", ledger(line("甲小学"), closed("甲小学")))
    preview = client.post(reverse("ledgers:upload"), {"file": file}, follow=True)
    assert preview.status_code == 200
    plan = preview.context["plan"]
    assert [row["number"] for row in plan["rows"]] == ["2024-12", "2023-3"]
    done = client.post(preview.context["confirm_url"], {"seen": plan["digest"]}, follow=True)
    assert done.status_code == 200
    assert Finding.objects.count() == 2
    old = Finding.objects.get(state="closed")
    assert "作为历史导入" in client.get(reverse("rectification:detail", args=[old.pk])).content.decode()
    assert workbook.read(workbook.template(), [])[1]


def test_rows_are_written_in_batches(cast) -> None:
    def asked(first: int, count: int) -> int:
        numbers = range(first, first + count)
        rows = [line("甲小学", 问题编号=str(number), 存在问题=f"第 {number} 处") for number in numbers]
        with CaptureQueriesContext(connection) as found:
            take(cast, source=ledger(*rows))
        return len(found)

    asked(0, 1)
    # Rows are written in batches; SQLite takes about 25 at once.
    assert asked(1, 300) - asked(301, 30) < 270 / 10
