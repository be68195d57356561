"""Uploading, previewing and confirming a workbook; the commands."""

import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import python_calamine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.notices.models import Notice
from schools.directory.models import School
from tests.cast import grant, make_school, make_user
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.workbooks import books
from tests.portal.core.spreadsheets.books import workbook
from tests.shared import shared

A, B = "4102020001", "4102020002"


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


def upload(client: Any, round_: Round, data: bytes, **fields: str) -> Any:
    file = SimpleUploadedFile("各校数据.xlsx", data)
    return client.post(reverse("workbooks:upload", args=[round_.pk]), {"file": file, "after": "save"} | fields)


def test_a_workbook_is_previewed_stored_and_taken_over_on_confirmation(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    response = upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, 600]))
    assert response.status_code == 302
    assert not Answer.objects.exists()
    text = client.get(response.url).content.decode()
    for part in ("各校数据.xlsx", "甲小学", "小学在校生数：未填 → 600"):
        assert part in text
    document = Document.objects.get()
    confirm = reverse("workbooks:confirm", args=[round_.pk, document.public_id])
    assert client.post(confirm, {"after": "save"}).status_code == 302
    assert Answer.objects.get().number == 600
    assert Submission.objects.get(school=cast.school_a).state == "draft"


def test_what_a_school_enters_after_the_preview_is_not_written_over(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    previewed = client.get(upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, 600])).url)
    submission = Submission.objects.get(school=cast.school_a)
    submissions.save(submission_id=submission.pk, values={"pupils_primary": Value(610)}, by=cast.reporter_a)
    confirm = reverse("workbooks:confirm", args=[round_.pk, Document.objects.get().public_id])
    typed = {"after": "save", "seen": previewed.context["plan"]["digest"]}
    page = client.post(confirm, typed, follow=True)
    assert "预览之后填报数据又有变动" in page.content.decode()
    assert Answer.objects.get().number == 610
    # The new preview says what would become of it; confirmed twice it is done once.
    typed["seen"] = page.context["plan"]["digest"]
    for said in ("导入完成", "没有重复导入"):
        assert said in client.post(confirm, typed, follow=True).content.decode()
        assert Answer.objects.get().number == 600
    assert AuditEvent.objects.filter(action="returns.import").count() == 1


def test_the_trail_names_the_year_a_workbook_was_uploaded_for(sign_in, cast, round_) -> None:
    upload(sign_in(cast.admin), round_, books.schools(["school_code", "pupils_primary"], [A, 600]))
    assert AuditEvent.objects.get(action="returns.upload").after["round"] == round_.code


def test_the_preview_lists_what_would_change_first(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, 600]))
    client.post(reverse("workbooks:confirm", args=[round_.pk, Document.objects.get().public_id]), {"after": "save"})
    both = books.schools(["school_code", "pupils_primary", "pupils_junior"], [A, 600, None], [B, None, 30])
    text = client.get(upload(client, round_, both).url).content.decode()
    assert text.index("乙初级中学") < text.index("甲小学") < text.index("没有改动")


def test_the_chosen_next_step_goes_along_to_the_end(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    data = books.schools(["school_code", "pupils_primary"], [A, 600])
    response = upload(client, round_, data, after="approve")
    assert "审核通过 1 份" in client.get(response.url).content.decode()
    document = Document.objects.get()
    client.post(reverse("workbooks:confirm", args=[round_.pk, document.public_id]), {"after": "approve"})
    assert Submission.objects.get(school=cast.school_a).state == "approved"


def test_the_preview_lists_what_looks_wrong_and_approval_asks_the_reason(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    data = books.schools(["school_code", "pupils_primary", "equipment_value"], [A, 600, 1_200_000])
    page = client.get(upload(client, round_, data).url).content.decode()
    assert "请核对 1 处" in page
    assert "accept_warnings" not in page, "who only saves leaves the explanation to the school"
    preview = upload(client, round_, data, after="approve").url
    assert 'name="accept_warnings"' in client.get(preview).content.decode()
    confirm = reverse("workbooks:confirm", args=[round_.pk, Document.objects.latest("pk").public_id])
    assert "没有说明" in client.post(confirm, {"after": "approve"}).content.decode()
    assert Submission.objects.get(school=cast.school_a).state == "draft"
    client.post(confirm, {"after": "approve", "accept_warnings": "含新购的机器人实训设备"})
    assert Submission.objects.get(school=cast.school_a).state == "approved"


def test_who_imports_and_approves_finds_no_notice_of_it_and_the_schools_do(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    response = upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, 600]), after="approve")
    document = Document.objects.get()
    client.post(reverse("workbooks:confirm", args=[round_.pk, document.public_id]), {"after": "approve"})
    assert Submission.objects.get(school=cast.school_a).state == "approved"
    assert response.status_code == 302
    assert not Notice.objects.filter(user=cast.admin).exists()
    assert "已审核通过" in str(list(Notice.objects.filter(user=cast.reporter_a).values_list("text", flat=True)))


def test_a_faulty_workbook_is_answered_with_every_fault_and_not_stored(sign_in, cast, round_) -> None:
    response = upload(
        sign_in(cast.admin), round_, books.schools(["school_code", "pupils_primary"], [A, "六百"], [B, -1])
    )
    text = response.content.decode()
    assert response.status_code == 400
    assert "六百" in text
    assert "第 4 行" in text
    assert not Document.objects.exists()


def marked_url(response: Any) -> str:
    found = re.search(r'href="([^"]+marked[^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


def test_the_marked_workbook_corrected_and_sent_again_is_imported(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    response = upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, "六百"], [B, None]))
    assert "下载标注了错误的工作簿" in response.content.decode()
    answer = client.get(marked_url(response))
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    sheet = python_calamine.load_workbook(BytesIO(answer.content)).get_sheet_by_name("学校数据")
    rows = sheet.to_python(skip_empty_area=False)
    assert rows[0][-1] == "错误说明"
    assert "六百" in rows[2][-1]
    assert rows[2][0] == A
    corrected = [[600 if value == "六百" else value for value in row] for row in rows]
    response = upload(client, round_, workbook({"学校数据": corrected}))
    assert response.status_code == 302
    assert "小学在校生数：未填 → 600" in client.get(response.url).content.decode()
    # Once the workbook is sound the marked one is of no more use.
    assert client.get(reverse("workbooks:marked", args=[round_.pk, uuid4()])).status_code == 404
    assert not list((Path(settings.FILES_ROOT) / "marked").glob("*"))


def test_the_marked_workbook_is_for_the_uploader_only(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    url = marked_url(upload(client, round_, books.schools(["school_code", "pupils_primary"], [A, "六百"])))
    assert client.get(url).status_code == 200
    colleague = make_user("colleague", "另一位局管理员")
    grant(colleague, "admin", district=cast.district)
    for other, status in ((colleague, 404), (cast.foreign_admin, 404), (cast.reviewer, 403)):
        assert sign_in(other).get(url).status_code == status


def test_the_upload_script_is_offered_the_marked_workbook_too(sign_in, cast, round_) -> None:
    file = SimpleUploadedFile("数据.xlsx", books.schools(["school_code", "pupils_primary"], [A, "六百"]))
    address = reverse("workbooks:upload", args=[round_.pk])
    answer = sign_in(cast.admin).post(address, {"file": file}, headers={"accept": "application/json"}).json()
    assert answer["offer"]["label"] == "下载标注了错误的工作簿"
    assert answer["offer"]["url"].startswith(f"{address}marked/")


def test_a_template_handed_back_marked_is_read_in_all_its_sheets(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    template = client.get(reverse("workbooks:template", args=[round_.pk])).content
    held = python_calamine.load_workbook(BytesIO(template))
    sheets = {name: held.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in held.sheet_names}
    column = sheets["学校数据"][1].index("pupils_primary")
    sheets["学校数据"][2][column] = "六百"
    answer = client.get(marked_url(upload(client, round_, workbook(sheets)))).content
    again = upload(client, round_, answer).content.decode()
    # The same fault again and no other: neither the new columns nor the sheet 说明 are in the way.
    assert "有 1 处错误" in again


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"PK\x03\x04" + b"x" * 100])
def test_what_is_no_workbook_is_refused_in_chinese(sign_in, cast, round_, data) -> None:
    response = upload(sign_in(cast.admin), round_, data)
    assert response.status_code == 400
    assert "文件" in response.content.decode()
    assert "下载标注了错误的工作簿" not in response.content.decode()


def test_no_file_and_too_large_a_file_are_refused(sign_in, cast, round_, settings) -> None:
    client = sign_in(cast.admin)
    assert client.post(reverse("workbooks:upload", args=[round_.pk])).status_code == 400
    settings.WORKBOOK_MAX_BYTES = 100
    assert upload(client, round_, b"x" * 101).status_code == 400


def test_somebody_elses_upload_cannot_be_seen_or_confirmed(sign_in, cast, round_) -> None:
    upload(sign_in(cast.admin), round_, books.schools(["school_code", "pupils_primary"], [A, 600]))
    document = Document.objects.get()
    other = opened(cast, district=cast.other_district, by=cast.foreign_admin)
    client = sign_in(cast.foreign_admin)
    for round_id in (round_.pk, other.pk):
        assert client.get(reverse("workbooks:preview", args=[round_id, document.public_id])).status_code == 404
        assert client.post(reverse("workbooks:confirm", args=[round_id, document.public_id])).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("reviewer", 403), ("reporter_a", 403), ("foreign_admin", 404)]
)
def test_doors(sign_in, cast, round_, who, status) -> None:
    client = sign_in(getattr(cast, who))
    for name in ("upload", "template"):
        assert client.get(reverse(f"workbooks:{name}", args=[round_.pk])).status_code == status


def test_the_template_downloads_with_a_chinese_name(sign_in, cast, round_) -> None:
    response = sign_in(cast.admin).get(reverse("workbooks:template", args=[round_.pk]))
    assert "filename*=utf-8''" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_preview_of_unchanged_figures_reads_as_often_for_100_schools_as_for_10(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    counts = []
    for first, last in ((0, 10), (10, 100)):
        for number in range(first, last):
            make_school(f"410202{5000 + number}", f"第{number}小学", cast.district)
        client.post(reverse("rounds:add_respondents", args=[round_.pk]))
        rows = [[school.code, None] for school in School.objects.filter(district=cast.district)]
        response = upload(client, round_, books.schools(["school_code", "pupils_primary"], *rows))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(response.url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def command(name: str, *args: Any) -> str:
    out, err = StringIO(), StringIO()
    call_command(name, *args, stdout=out, stderr=err)
    return out.getvalue()


def test_the_whole_chain_from_the_command_line(cast, tmp_path: Path) -> None:
    assert "4 个填报单位" in command("open_round", "2026", "--district", "410202", "--due", "2099-12-31")
    template = tmp_path / "template.xlsx"
    command("export_template", "2026", template)
    assert template.read_bytes()[:2] == b"PK"
    workbook = tmp_path / "returns.xlsx"
    workbook.write_bytes(books.schools(["pupils_primary", "school_code"], [600, A]))
    assert "没有写入" in command("import_returns", "2026", workbook, "--by", "admin", "--dry-run")
    assert not Answer.objects.exists()
    assert "通过 1 份" in command("import_returns", "2026", workbook, "--by", "admin", "--submit", "--approve")


def test_opening_twice_fails_and_add_takes_newcomers_in(cast) -> None:
    command("open_round", "2026", "--district", "410202")
    with pytest.raises(CommandError, match="已经开启"):
        command("open_round", "2026", "--district", "410202")
    make_school("4102020003", "新建小学", cast.district)
    assert "新建小学" in command("open_round", "2026", "--district", "410202", "--add")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["2026", "--district", "999999"], "import_schools"),
        (["2026", "--district", "410202", "--due", "明天"], "2026-12-31"),
        (["2026", "--district", "410202", "--standard", "no-such"], "no-such"),
        (["2026 上", "--district", "410202"], "年度代号"),
        (["2026", "--district", "410200"], "导入学校名录"),
    ],
)
def test_open_round_says_what_is_wrong(cast, arguments, word) -> None:
    with pytest.raises(CommandError, match=word):
        command("open_round", *arguments)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["1999", "x.xlsx", "--by", "admin"], "open_round 1999"),
        (["2026", "no.xlsx", "--by", "admin"], "打不开文件"),
        (["2026", "no.xlsx", "--by", "nobody"], "nobody"),
        (["2026", "no.xlsx", "--by", "disabled"], "停用"),
    ],
)
def test_import_returns_says_what_is_wrong(cast, round_, arguments, word) -> None:
    with pytest.raises(CommandError, match=word):
        command("import_returns", *arguments)


def test_a_code_open_in_two_districts_must_be_distinguished(cast, round_, tmp_path) -> None:
    opened(cast, district=cast.other_district, by=cast.foreign_admin)
    with pytest.raises(CommandError, match="--district"):
        command("export_template", "2026", tmp_path / "t.xlsx")
    command("export_template", "2026", tmp_path / "t.xlsx", "--district", "410203")
