"""Pages of the comparison: who sees what, filters, import in two steps, export, the reviewer's block, budgets."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from indicators.collection.state_statistics import actions
from indicators.collection.state_statistics.models import StatisticsImport
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Round
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.spreadsheets import read
from tests.cast import make_school
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A, B
from tests.indicators.district import hand_in, open_round
from tests.shared import shared

COMPARE = "/statistics/"


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@shared
def compared(cast: Any, round_: Round) -> Round:
    """甲 differs in pupils, agrees in area, reports nothing of the rest; 乙 has 9 primary pupils nobody reported."""
    data = books.book(a=books.pupils([A, "甲小学", 600], [B, "乙初级中学", 9]), b=books.grounds(300))
    actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=cast.admin)
    classes = ({"stage": "小学", "grade": "1年级", "number": "1班", "pupils": 40},)
    values = {"pupils_primary": Value(601), "equipment_value": Value(301), "class_list": Value(classes)}
    submissions.save(submission_id=of(round_, cast.school_a).pk, values=values, by=cast.reporter_a)
    return round_


def text(client: Any, **query: Any) -> str:
    response = client.get(COMPARE, query)
    assert response.status_code == 200
    return response.content.decode()


def body(client: Any, **query: Any) -> str:
    return text(client, **query).split("<tbody>")[-1].split("</tbody>")[0]


def test_both_figures_stand_side_by_side_with_their_source(sign_in, cast, compared) -> None:
    page = body(sign_in(cast.reviewer), item="pupils_primary")
    for part in ("甲小学", "601", "600", "+1", "有差异", "教基3112 C3", "在校生数：600 人"):
        assert part in page
    assert "等待学校说明" in page


def test_every_state_has_its_count_and_filter(sign_in, cast, compared) -> None:
    client = sign_in(cast.admin)
    assert "小学在校生数" in body(client, state="different")
    assert "教学仪器设备资产值" in body(client, state="same")
    assert "小学班级数" in body(client, state="no-statistics")
    assert "运动场地面积" in body(client, state="no-report")
    assert "没有符合条件的项目" in text(client, state="explained")
    assert "乙初级中学" not in body(client, q="甲小")
    assert client.get(COMPARE, {"state": "nonsense"}).status_code == 200


def test_a_school_sees_its_own_lines_only(sign_in, cast, compared) -> None:
    page = body(sign_in(cast.reporter_a))
    assert "说明差异" in page
    assert "乙初级中学" not in page
    assert "甲小学" not in text(sign_in(cast.reporter_b)).split("<tbody>")[-1]


def test_another_districts_round_does_not_exist(sign_in, cast, compared) -> None:
    client = sign_in(cast.foreign_admin)
    assert client.get(COMPARE, {"round": compared.pk}).status_code == 404
    assert client.get(COMPARE, {"round": "x"}).status_code == 404


def test_without_rounds_or_imports_the_page_says_what_comes_next(sign_in, cast) -> None:
    assert "还没有可以核对的填报" in text(sign_in(cast.admin))
    opened(cast)
    assert "导入当年的教育事业统计报表后" in text(sign_in(cast.admin))
    assert "局管理员导入" in text(sign_in(cast.reporter_a))


def test_a_year_without_statistics_leads_to_the_others(sign_in, cast, compared) -> None:
    client, new = sign_in(cast.admin), open_round(cast.district, "2030", school_year_start=date(2030, 9, 1))
    hand_in(new, cast.school_a, {}, verdict=None)
    page = text(client, round=new.pk)
    assert "还没有导入统计报表" in page
    assert re.findall(r'<option value="(\d+)"', page) == [str(new.pk), str(compared.pk)]
    assert "还没有导入统计报表" in text(client, round=new.pk, q="甲", state="same")
    assert f'href="{COMPARE}?round={compared.pk}"' in text(client, round=compared.pk)


def test_the_newest_year_with_statistics_is_shown_first_and_chosen_in_the_form(sign_in, cast, compared) -> None:
    new = open_round(cast.district, "2030", school_year_start=date(2030, 9, 1))
    hand_in(new, cast.school_a, {}, verdict=None)
    page = text(sign_in(cast.admin))
    assert "还没有导入统计报表" not in page
    assert f'<option value="{compared.pk}" selected>' in page
    assert f'<option value="{new.pk}">' in page


def upload(client: Any, round_: Round, data: bytes) -> Any:
    return client.post(
        reverse("state_statistics:upload", args=[round_.pk]), {"file": SimpleUploadedFile("统计.xlsx", data)}
    )


def test_what_nobody_sees_in_the_workbook_is_named_in_the_preview(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    response = upload(client, round_, books.hiding(books.pupils([A, "甲小学", 1200]), 3))
    assert "工作表“a”第 3 行是隐藏的（1 行），照样读取" in client.get(response.url).content.decode()


def test_a_workbook_is_previewed_and_taken_over_on_confirmation(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    assert "教基3112 小学学生数" in client.get(reverse("state_statistics:upload", args=[round_.pk])).content.decode()
    response = upload(client, round_, books.book(a=books.pupils([A, "甲小学", "1,200"])))
    assert response.status_code == 302
    page = client.get(response.url).content.decode()
    for part in ("新增 1", "C3", "1,200", "1200"):
        assert part in page
    assert not StatisticsImport.objects.exists()
    confirm = reverse("state_statistics:confirm", args=[round_.pk, Document.objects.get().public_id])
    assert client.post(confirm).status_code == 302
    assert StatisticsImport.objects.count() == 1
    assert "不会重复导入" in client.get(response.url).content.decode()
    assert "没有重复导入" in client.post(confirm, follow=True).content.decode()
    assert StatisticsImport.objects.count() == 1
    assert "统计.xlsx" in client.get(reverse("state_statistics:upload", args=[round_.pk])).content.decode()


def test_a_faulty_workbook_is_answered_with_every_fault_and_not_stored(sign_in, cast, round_) -> None:
    response = upload(sign_in(cast.admin), round_, books.book(a=books.pupils([A, "甲小学", "多"], ["1", "乙", 3])))
    page = response.content.decode()
    assert response.status_code == 400
    assert "第 3 行 C 列" in page
    assert "第 4 行 A 列" in page
    assert not Document.objects.exists()


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"PK\x03\x04" + b"x" * 100])
def test_what_is_no_workbook_is_refused_in_chinese(sign_in, cast, round_, data) -> None:
    response = upload(sign_in(cast.admin), round_, data)
    assert response.status_code == 400
    assert "文件" in response.content.decode()


def test_too_large_and_absent_files_are_refused(sign_in, cast, round_, settings) -> None:
    client = sign_in(cast.admin)
    assert client.post(reverse("state_statistics:upload", args=[round_.pk])).status_code == 400
    settings.WORKBOOK_MAX_BYTES = 100
    assert upload(client, round_, b"x" * 101).status_code == 400


def test_prefilling_says_how_much_it_filled_in(sign_in, cast, compared) -> None:
    client = sign_in(cast.admin)
    response = client.post(reverse("state_statistics:prefill", args=[compared.pk]), follow=True)
    assert "已为 1 所学校预填 2 项" in response.content.decode()
    assert "预填</span>" in body(client, item="multimedia_rooms")
    assert Answer.objects.get(field="pupils_primary").number == 601
    response = client.post(reverse("state_statistics:prefill", args=[compared.pk]), follow=True)
    assert "没有可以预填的空白项" in response.content.decode()


def test_the_school_gives_a_reason_and_the_reviewer_reads_it(sign_in, cast, compared) -> None:
    url = reverse("state_statistics:difference_reason", args=[of(compared, cast.school_a).pk, "pupils_primary"])
    client = sign_in(cast.reporter_a)
    assert "去修改填报" in client.get(url).content.decode()
    refused = client.post(url, {"reason": "短"})
    assert refused.status_code == 400
    assert "太短了，至少 5 个字" in refused.content.decode()
    assert client.post(url, {"reason": "统计上报后转入 1 人"}).status_code == 302
    page = body(sign_in(cast.reviewer), item="pupils_primary")
    assert "统计上报后转入 1 人" in page
    assert "甲校填报员" in page


def test_the_review_page_shows_differences_and_who_gave_reasons(sign_in, cast, compared) -> None:
    revision = hand_in(compared, cast.school_a, {"pupils_primary": 601}, None)
    client = sign_in(cast.reviewer)
    page = reverse("reviews:review", args=[revision.submission_id])
    assert (
        "小学在校生数：填报 601，统计 600（教基3112 C3），<strong>没有说明</strong>"
        in client.get(page).content.decode()
    )
    actions.give_difference_reason(
        submission_id=revision.submission_id, item="pupils_primary", reason="转入 1 人，以填报为准", by=cast.reporter_a
    )
    assert "甲校填报员说明：转入 1 人，以填报为准" in client.get(page).content.decode()


def test_without_statistics_the_review_page_says_nothing_of_them(sign_in, cast, round_) -> None:
    revision = hand_in(round_, cast.school_a, {"pupils_primary": 601}, None)
    page = sign_in(cast.reviewer).get(reverse("reviews:review", args=[revision.submission_id]))
    assert "与教育事业统计核对" not in page.content.decode()


def test_the_export_has_the_rows_of_the_page_and_their_number(sign_in, cast, compared) -> None:
    response = sign_in(cast.admin).get(reverse("state_statistics:export"), {"round": compared.pk, "state": "different"})
    [sheet] = read.grids(response.content)
    rows = [list(row) for row in sheet.rows]
    [line] = [row for row in rows if row[0] == A]
    assert line[2:8] == ["小学在校生数", "人", 601, 600, 1, "有差异"]
    assert any("共 1 条" in str(row[0]) or "共 1 行" in str(row[0]) for row in rows)
    assert AuditEvent.objects.get(action="statistics.export").after["filter"] == "状态“有差异”"


def test_the_page_takes_as_many_queries_for_200_schools_as_for_10(sign_in, cast) -> None:
    def schools(start: int, count: int) -> list[list[Any]]:
        made = [
            make_school(f"41020200{n:02d}" if n < 100 else f"4102020{n}", f"第{n}小学", cast.district)
            for n in range(start, start + count)
        ]
        return [[school.code, school.name, 500] for school in made]

    def queries(round_: Round, path: str) -> int:
        client = sign_in(cast.admin)
        client.get(path, {"round": round_.pk})
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(path, {"round": round_.pk}).status_code == 200
        return len(caught)

    def imported(code: str, rows: list[list[Any]]) -> Round:
        round_ = opened(cast, code=code)
        data = books.book(a=books.pupils(*rows))
        actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=cast.admin)
        return round_

    few = schools(10, 10)
    small = imported("2026", few)
    large = imported("2027", few + schools(20, 190))
    for path in (COMPARE, reverse("state_statistics:export")):
        assert queries(small, path) == queries(large, path) <= 20
