"""Numbers of persons are noticed before they are kept: in files, and in what is typed."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document

from indicators.submissions import queries
from indicators.submissions.models import Evidence
from inspections.visits import files
from portal.documents import uploads
from portal.errors import Invalid
from portal.lib import personal
from tests.portal.lib.books import workbook

# Nobody's: the region of the standard's own example (GB 11643-1999, appendix) with its check digit.
NUMBER, WRONG = "11010519491231002X", "110105194912310021"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"张三，{NUMBER}，男", {"身份证号": 1}),
        (f"{NUMBER.lower()} {NUMBER}", {"身份证号": 1}),
        ("１１０１０５１９４９１２３１００２Ｘ", {"身份证号": 1}),
        (WRONG, {}),
        (f"9{NUMBER}", {}),
        ("110105194913310020", {}),
        ("电话13800138000；138 0013 8000", {"手机号": 1}),
        ("+86 13912345678", {"手机号": 1}),
        ("学校标识码 4102020001，金额 13800138000.50，统一代码 91410200MA9KXXXX1X", {}),
        ("2026年3月31日 18:02，共 12345678901 元", {}),
    ],
)
def test_identity_numbers_by_their_check_digit_and_mobile_numbers_are_told(text: str, found: dict) -> None:
    assert personal.count(text) == found


def docx(*texts: str) -> bytes:
    document, out = Document(), io.BytesIO()
    for text in texts:
        # Word cuts what is typed into runs wherever it likes.
        paragraph = document.add_paragraph()
        for part in (text[:7], text[7:]):
            paragraph.add_run(part)
    document.save(out)
    return out.getvalue()


def xlsx(*cells: object) -> bytes:
    return workbook({"名册": [list(cells)]})


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (sent("名册.docx", docx("姓名", NUMBER)), "身份证号 1 个"),
        (sent("名册.xlsx", xlsx("张三", NUMBER, "13800138000", 13900139000)), "身份证号 1 个、手机号 2 个"),
        (sent("方案.docx", docx("年度工作方案", "1101051949", "1231002X")), ""),
        (sent("统计.xlsx", xlsx("4102020001", 3.14, "2026-03-31")), ""),
    ],
    ids=["docx", "xlsx", "plain docx", "plain xlsx"],
)
def test_a_file_says_what_it_holds(file: SimpleUploadedFile, told: str) -> None:
    assert uploads.accept(file).personal == told


@pytest.mark.django_db
def test_evidence_with_such_numbers_is_kept_only_as_restricted(cast, submission, sign_in) -> None:
    client, url = sign_in(cast.reporter_a), reverse("submissions:attach", args=[submission.pk, "teaching_area"])
    roster = docx("教师名册", NUMBER)
    answer = client.post(url, {"file": sent("名册.docx", roster)}, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "名册.docx”里有身份证号 1 个，没有上传" in answer.json()["message"]
    assert "勾选“含个人信息”" in answer.json()["message"]
    assert not Evidence.objects.exists()
    assert client.post(url, {"file": sent("名册.docx", roster), "restricted": "on"}).status_code == 302
    assert Evidence.objects.get().document.restricted


@pytest.mark.django_db
def test_where_everybody_reads_it_such_a_file_is_not_taken(cast) -> None:
    with pytest.raises(Invalid, match="请删去或遮盖后再传"):
        files.keep(sent("名册.xlsx", xlsx(NUMBER)), by=cast.reporter_a)


@pytest.mark.django_db
def test_a_typed_identity_number_is_refused_where_it_was_typed(cast, submission, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    url = reverse("submissions:attach", args=[submission.pk, "teaching_area"])
    answer = client.post(url, {"file": sent("方案.docx", docx("方案")), "caption": f"张三 {NUMBER}"})
    assert answer.status_code == 400
    assert "填写的文字里有身份证号，没有保存" in answer.content.decode()
    text = next(item for item in queries.items_of(submission).values() if item.kind == "text")
    fields = {"pupils_primary": {"value": "360", "version": 0}, text.code: {"value": f"张三 {NUMBER}", "version": 0}}
    saved = client.post(
        reverse("submissions:save", args=[submission.pk]), json.dumps({"fields": fields}),
        content_type="application/json", headers={"accept": "application/json"},
    ).json()  # fmt: skip
    assert "文字里有身份证号" in saved["errors"][text.code]
    assert list(saved["saved"]) == ["pupils_primary"]
