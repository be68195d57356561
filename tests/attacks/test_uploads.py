"""Every attack is refused with a Chinese message that names the file and says what to do."""

import io

import pytest
from PIL import Image

from portal.core.errors import Invalid
from portal.core.files import uploads
from tests.attacks import corpus

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600

ATTACKS = {
    "executable renamed pdf": ("通知.pdf", lambda: b"MZ\x90\x00" + b"\0" * 200, "可执行程序"),
    "elf renamed jpg": ("a.jpg", lambda: b"\x7fELF" + b"\0" * 200, "可执行程序"),
    "shell script renamed docx": ("a.docx", lambda: b"#!/bin/sh\nrm -rf /\n", "脚本"),
    "html renamed pdf": ("a.pdf", lambda: b"<html><script>alert(1)</script></html>", "网页"),
    "html polyglot pdf": ("a.pdf", lambda: b"%PDF-1.4\n<script>alert(1)</script>" + corpus.pdf(), "规范的 PDF"),
    "svg": ("a.svg", lambda: b"<svg onload='alert(1)'/>", ".svg"),
    "html": ("a.html", lambda: b"<html></html>", ".html"),
    "double extension": ("a.pdf.exe", lambda: b"MZ", ".exe"),
    "reversed direction name": ("照片\u202egpj.exe", lambda: b"MZ", ".exe"),
    "no extension": ("材料", lambda: b"abc", "没有扩展名"),
    "empty file": ("a.pdf", lambda: b"", "空文件"),
    "cut pdf": ("a.pdf", lambda: corpus.pdf()[:150], "已损坏"),
    "pdf javascript": ("a.pdf", corpus.pdf_with_script, "JavaScript"),
    "pdf javascript hidden by hex name": ("a.pdf", corpus.pdf_with_hidden_script_name, "脚本"),
    "pdf launch": ("a.pdf", corpus.pdf_that_launches, "启动外部程序"),
    "pdf attachment": ("a.pdf", corpus.pdf_with_attachment, "附件"),
    "pdf encrypted": ("a.pdf", corpus.pdf_encrypted, "密码"),
    "zip renamed docx": ("a.docx", lambda: corpus.office(types="<Types/>"), "不是 docx"),
    "xlsx renamed docx": ("a.docx", lambda: corpus.office(corpus.XLSX), "不是 docx"),
    "zip cut off": ("a.xlsx", lambda: corpus.office(corpus.XLSX)[:80], "已损坏"),
    "macro part": ("a.docx", lambda: corpus.office(members={"word/vbaProject.bin": b"x"}), "宏"),
    "macro type": ("a.xlsx", lambda: corpus.office(corpus.XLSX + '" x="macroEnabled'), "宏"),
    "xlm macro sheet": ("a.xlsx", lambda: corpus.office(corpus.XLSX, {"xl/macrosheets/sheet1.xml": "<a/>"}), "宏"),
    "macro extension": ("a.xlsm", lambda: corpus.office(corpus.XLSX), "不含宏"),
    "ole object": ("a.docx", lambda: corpus.office(members={"word/embeddings/o.bin": OLE}), "嵌入"),
    "active x": ("a.docx", lambda: corpus.office(members={"word/activeX/a.xml": "<a/>"}), "嵌入"),
    "remote template": (
        "a.docx",
        lambda: corpus.office(
            members={"word/_rels/settings.xml.rels": corpus.relation("attachedTemplate", "http://evil/x.dotm")}
        ),
        "外部模板",
    ),
    "xml entities": (
        "a.docx",
        lambda: corpus.office(members={"w.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}),
        "不规范",
    ),
    "zip bomb": ("a.docx", corpus.office_bomb, "异常庞大"),
    "too many members": ("a.docx", corpus.office_many_members, "异常庞大"),
    "path out of the archive": ("a.docx", lambda: corpus.office(members={"../../etc/x": b"x"}), "不规范"),
    "absolute path": ("a.docx", lambda: corpus.office(members={"/etc/x": b"x"}), "不规范"),
    "symlink": ("a.docx", corpus.office_with_symlink, "不规范"),
    "encrypted member": ("a.docx", corpus.office_encrypted_member, "密码"),
    "encrypted office file": ("a.docx", lambda: OLE, "打开密码"),
    "old office format": ("a.doc", lambda: OLE, "另存为 docx"),
    "absurd picture": ("a.png", lambda: corpus.image_of_claimed_size(30_000, 30_000), "像素"),
    "picture above the limit": ("a.png", lambda: corpus.image_of_claimed_size(9_000, 9_000), "像素"),
    "cut picture": ("a.jpg", lambda: corpus.image(size=(400, 300))[:900], "已损坏"),
    "broken phone heic": ("IMG_1.HEIC", lambda: b"\0\0\0\x18ftypheic", "能识别的图片"),
    "scan with several pages": ("a.tif", lambda: corpus.image("TIFF"), "导出为 pdf"),
    "tiff renamed jpg": ("a.jpg", lambda: corpus.image("TIFF"), "不是 jpg"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_in_chinese(attack):
    name, make, expected = ATTACKS[attack]
    with pytest.raises(Invalid) as refusal:
        uploads.accept(corpus.upload(name, make()))
    assert expected in refusal.value.message
    assert uploads.neutral_name(name) in refusal.value.message


def test_a_file_over_the_limit_is_refused_with_both_sizes(settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(Invalid, match=r"2\.0 MB，超过 1 MB"):
        uploads.accept(corpus.upload("a.pdf", b"%PDF-" + b"x" * (2 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("教室.pdf", corpus.pdf(), "application/pdf"),
        ("名册.DOCX", corpus.office(), uploads.MEDIA_TYPES["docx"]),
        ("名册.xlsx", corpus.office(corpus.XLSX), uploads.MEDIA_TYPES["xlsx"]),
        (
            "链接.docx",
            corpus.office(members={"word/_rels/document.xml.rels": corpus.relation("hyperlink", "https://www.gov.cn")}),
            uploads.MEDIA_TYPES["docx"],
        ),
        ("照片.jpg", corpus.image(), "image/jpeg"),
        ("照片.png", corpus.image("PNG"), "image/png"),
    ],
)
def test_ordinary_files_come_in(name, content, media_type):
    accepted = uploads.accept(corpus.upload(name, content))
    assert accepted.media_type == media_type
    assert b"".join(accepted.chunks())


def test_documents_keep_their_bytes():
    content = corpus.pdf()
    assert corpus.stored("a.pdf", content) == content


def test_photos_lose_place_and_device_and_stand_upright():
    original = corpus.photo_with_place()
    assert dict(Image.open(io.BytesIO(original)).getexif()), (
        "the sample must carry metadata for the test to mean anything"
    )
    stored = Image.open(io.BytesIO(corpus.stored("a.jpg", original)))
    assert not dict(stored.getexif())
    assert "exif" not in stored.info
    assert stored.size == (30, 40)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("第三小学 教室.PDF", "第三小学 教室.pdf"),
        ("C:\\fakepath\\名册.xlsx", "名册.xlsx"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("<img src=x>.pdf", "_img src=x_.pdf"),
        ("照片\u202egpj.pdf", "照片gpj.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        (" .pdf", "文件.pdf"),
        ("堃喆玥.pdf", "堃喆玥.pdf"),
    ],
)
def test_names_are_neutralised(sent, stored):
    assert uploads.neutral_name(sent) == stored


def test_a_name_of_300_characters_keeps_its_extension():
    stored = uploads.neutral_name("校" * 300 + ".pdf")
    assert len(stored) == uploads.MAX_NAME
    assert stored.endswith(".pdf")
