"""Numbers of persons are noticed before they are stored: in files, and in what is typed."""

import io
import json

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from pikepdf import Name

from indicators.collection.submissions import queries
from indicators.collection.submissions.models import Evidence
from indicators.collection.workbooks import actions as workbooks
from inspections.rectification import workflow as rectification
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.lib import written
from portal.core.papers import pdf as pdf_of, tree
from tests.portal.core.papers.conftest import DATE
from tests.portal.core.spreadsheets.books import workbook

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
        ("Tel13800138000.", {"手机号": 1}),
        ("页面 5aaaa138-0013-4800-8000-a13800138000，校验值 9f13800138000c0ffee", {}),
    ],
)
def test_identity_numbers_by_their_check_digit_and_mobile_numbers_are_reported(text: str, found: dict) -> None:
    assert written.personal_numbers(text) == found


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


def pdf(*lines: str, field: str = "") -> bytes:
    """A page with these lines, and a form field filled in."""
    document, out = pikepdf.new(), io.BytesIO()
    page = document.add_blank_page(page_size=(595, 842))
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F=pikepdf.Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    )
    shown = "".join(f"1 0 0 1 50 {800 - 20 * n} Tm ({line}) Tj " for n, line in enumerate(lines))
    page.Contents = document.make_stream(f"BT /F 12 Tf {shown} ET".encode())
    if field:
        widget = pikepdf.Dictionary(Subtype=Name.Widget, FT=Name.Tx, T="n", V=field, Rect=[0, 0, 9, 9])
        page.Annots = pikepdf.Array([document.make_indirect(widget)])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=page.Annots)
    document.save(out)
    return out.getvalue()


def heavy_pdf() -> bytes:
    """A drawing of a million lines, as a plan of a building may be."""
    document, out = pikepdf.new(), io.BytesIO()
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = document.make_stream(b"".join(b"%d 0 m 9 9 l S\n" % n for n in range(1_000_000)))
    document.save(out)
    return out.getvalue()


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("file", "stated"),
    [
        (sent("名册.docx", docx("姓名", NUMBER)), "身份证号 1 个"),
        (sent("名册.xlsx", xlsx("张三", NUMBER, "13800138000", 13900139000)), "身份证号 1 个、手机号 2 个"),
        (sent("名册.pdf", pdf("Zhang San", NUMBER, "13800138000")), "身份证号 1 个、手机号 1 个"),
        (sent("登记表.pdf", pdf("Form", field=NUMBER)), "身份证号 1 个"),
        (sent("方案.pdf", pdf("4102020001", "2026-03-31")), ""),
        (sent("方案.docx", docx("年度工作方案", "1101051949", "1231002X")), ""),
        (sent("统计.xlsx", xlsx("4102020001", 3.14, "2026-03-31")), ""),
    ],
    ids=["docx", "xlsx", "pdf", "pdf form", "plain pdf", "plain docx", "plain xlsx"],
)
def test_a_file_says_what_it_holds(file: SimpleUploadedFile, stated: str) -> None:
    assert written.personal_words(uploads.accept(file).personal) == stated


def test_a_pdf_too_heavy_to_be_read_is_let_in() -> None:
    assert uploads.accept(sent("平面图.pdf", heavy_pdf())).personal == {}


def test_a_pdf_of_our_own_is_read_though_its_fonts_are_parts() -> None:
    content = pdf_of.render(tree.Paper("名册", "教育局", DATE, [tree.Paragraph(f"张三，{NUMBER}")], signed=False))
    assert uploads.accept(sent("名册.pdf", content)).personal == {"身份证号": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"张三 {NUMBER}", "文字里有身份证号"),
        ("家长 138 0013 8000", "文字里有手机号"),
        ("13800138000（张三的手机）", "文字里有手机号"),
        ("13800138000（公开：招生咨询电话）", ""),
        ("招生电话１３８００１３８０００ (公开: 招生咨询)，联系人 13900139000", "文字里有手机号"),
        ("座机 0371-22334455，共 4102020001 号", ""),
    ],
)
def test_a_mobile_number_stays_in_a_text_only_with_its_reason(text: str, said: str) -> None:
    assert written.refusal(text).split("，")[0] == said


@pytest.mark.django_db
def test_evidence_with_such_numbers_is_stored_only_as_restricted(cast, submission, sign_in) -> None:
    client, url = sign_in(cast.reporter_a), reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    roster = docx("教师名册", NUMBER)
    answer = client.post(url, {"file": sent("名册.docx", roster)}, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "名册.docx”里有身份证号 1 个，没有上传" in answer.json()["message"]
    assert "勾选“含个人信息”" in answer.json()["message"]
    assert not Evidence.objects.exists()
    assert client.post(url, {"file": sent("名册.docx", roster), "restricted": "on"}).status_code == 302
    assert Evidence.objects.get().document.restricted


@pytest.mark.django_db
def test_evidence_with_mobile_numbers_is_stored_with_the_reason_why_everybody_may_read_them(
    cast, submission, sign_in
) -> None:
    client, url = sign_in(cast.reporter_a), reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    notice = docx("招生简章", "咨询电话 13800138000")
    answer = client.post(url, {"file": sent("简章.docx", notice), "public_reason": " "})
    assert "里有手机号 1 个，没有上传" in answer.content.decode()
    assert "在“公开的原因”里写明" in answer.content.decode()
    client.post(url, {"file": sent("简章.docx", notice), "public_reason": "公开的招生咨询电话"})
    document = Evidence.objects.get().document
    event = AuditEvent.objects.get(action="document.make_public")
    assert event.after == {"sha256": document.sha256, "numbers": "手机号 1 个", "reason": "公开的招生咨询电话"}
    roster = {"file": sent("名册.docx", docx(NUMBER)), "public_reason": "公开的招生咨询电话"}
    assert "里有身份证号 1 个，没有上传" in client.post(url, roster).content.decode()


@pytest.mark.django_db
def test_where_everybody_reads_it_such_a_file_is_not_taken(cast) -> None:
    with pytest.raises(Invalid, match="请删去或遮盖后再传"):
        rectification.save_file(sent("名册.xlsx", xlsx(NUMBER)), by=cast.reporter_a)


@pytest.mark.django_db
def test_a_typed_identity_number_is_refused_where_it_was_typed(cast, submission, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    url = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    answer = client.post(url, {"file": sent("方案.docx", docx("方案")), "caption": f"张三 {NUMBER}"})
    assert answer.status_code == 400
    assert "填写的文字里有身份证号，没有保存" in answer.content.decode()
    answer = client.post(url, {"file": sent("方案.docx", docx("方案")), "caption": "联系 13800138000"})
    assert "填写的文字里有手机号，没有保存" in answer.content.decode()
    assert not Evidence.objects.exists()
    public = {"file": sent("方案.docx", docx("方案")), "caption": "联系 13800138000（公开：招生咨询）"}
    assert client.post(url, public).status_code == 302
    text = next(item for item in queries.items_of(submission).values() if item.kind == "text")
    table = next(item for item in queries.items_of(submission).values() if item.code == "honours")
    fields = {
        "pupils_primary": {"value": "360", "version": 0},
        text.code: {"value": f"张三 {NUMBER}", "version": 0},
        "boarders_primary": {"not_applicable": "问 13800138000", "version": 0},
        table.code: {"rows": [{table.columns[0].code: "张三 13800138000"}], "version": 0},
    }
    saved = client.post(
        reverse("submissions:save", args=[submission.pk]),
        json.dumps({"fields": fields}),
        content_type="application/json",
        headers={"accept": "application/json"},
    ).json()
    assert "文字里有身份证号" in saved["errors"][text.code]
    assert "文字里有手机号" in saved["errors"]["boarders_primary"]
    assert "文字里有手机号" in saved["errors"][table.code]
    assert list(saved["saved"]) == ["pupils_primary"]


@pytest.mark.django_db
def test_ones_own_number_is_no_remark(cast, client, sign_in) -> None:
    page = client.post(reverse("login"), {"username": "13800138000", "password": "13800138000"})
    assert "账号或密码不正确" in page.content.decode()
    edit = reverse("accounts:edit", args=[cast.reporter_a.pk])
    assert sign_in(cast.admin).post(edit, {"name": "甲校填报员", "phone": "13800138000"}).status_code == 302


@pytest.mark.django_db
def test_a_key_or_digest_of_the_page_is_no_text_of_a_person(cast, submission, sign_in) -> None:
    """One form in some thousands carries a key that reads like a mobile number."""
    url = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    keys = {"form_key": "00000138-0013-8000-8000-013800138000", "seen": "13800138000"}
    answer = sign_in(cast.reporter_a).post(url, keys | {"file": sent("方案.docx", docx("方案"))})
    assert answer.status_code == 302


@pytest.mark.django_db
def test_a_workbook_with_such_numbers_in_its_texts_is_refused_at_their_cells(cast, submission) -> None:
    text = next(item for item in queries.items_of(submission).values() if item.kind == "text")
    code = cast.school_a.code
    data = workbook({"学校数据": [["学校标识码", text.label], ["school_code", text.code], [code, "张三 13800138000"]]})
    with pytest.raises(Invalid) as refused:
        workbooks.import_workbook(round_id=submission.round_id, data=data, name="填报.xlsx", by=cast.admin)
    assert any("文字里有手机号" in problem.what and "3" in problem.where for problem in refused.value.problems), (
        refused.value.problems
    )
