"""PDFs are walked object by object: actions are allow-listed, locks and damage are said, ordinary ones pass."""

import io
import random
import zipfile
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from portal.core.errors import Invalid
from portal.core.files import uploads
from tests.attacks import corpus


def pdf(change=None, **saving) -> bytes:
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page(page_size=(595, 842))
    if change:
        change(document)
    document.save(out, **saving)
    return out.getvalue()


def opening(**action) -> bytes:
    return pdf(lambda document: setattr(document.Root, "OpenAction", Dictionary(**action)))


def clicked(**action) -> bytes:
    def change(document):
        document.pages[0].Annots = Array([Dictionary(Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(**action))])

    return pdf(change)


def closing(**action) -> bytes:
    return pdf(lambda document: setattr(document.pages[0], "AA", Dictionary(C=Dictionary(**action))))


def chained() -> bytes:
    turn = Dictionary(S=Name.GoTo, D=[0], Next=Array([Dictionary(S=Name.Launch, F=String("cmd.exe"))]))
    return pdf(lambda document: setattr(document.Root, "OpenAction", turn))


def hidden_in_an_object_stream() -> bytes:
    """A script in an object stream no table lists."""
    held = zlib.compress(b"9 0 << /S /JavaScript /JS (app.alert(1)) >>")
    body = (
        b"8 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    )
    return pdf().replace(b"startxref", body % (len(held), held) + b"startxref", 1)


def unlisted(filters: bytes, held: bytes, name: bytes = b"/ObjStm", before: bytes = b"") -> bytes:
    """A script in an object stream no table lists, coded otherwise, or far behind other bytes."""
    body = b"8 0 obj\n<< /Filter %s /Type %s /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    return pdf().replace(b"startxref", before + body % (filters, name, len(held), held) + b"startxref", 1)


SCRIPT = b"9 0 << /S /JavaScript /JS (app.alert(1)) >>"
FAR = random.Random(1).randbytes(20_000).hex().encode()


def annotated(**about) -> bytes:
    def change(document):
        made = document.make_indirect(Dictionary(Rect=[0, 0, 9, 9], **about))
        document.pages[0].Annots = Array([made])
        document.Root.AcroForm = Dictionary(Fields=Array([made] if made.Subtype == Name.Widget else []))

    return pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def stream_elsewhere() -> bytes:
    def change(document):
        stream = pikepdf.Stream(document, b"")
        stream.F = String(r"\\evil\a")
        document.pages[0].Contents = stream

    return pdf(change)


def with_zip_behind() -> bytes:
    out = io.BytesIO(pdf())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("a.js", "1")
    return out.getvalue()


def hybrid() -> bytes:
    """As LibreOffice saves a PDF that is its own source, too."""

    def change(document):
        document.trailer.AdditionalStreams = Array([Name("/application#2Fx"), pikepdf.Stream(document, b"PK")])

    return pdf(change)


def listed_object_stream() -> bytes:
    def change(document):
        document.Root.X = document.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))

    return pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def foreign_lock() -> bytes:
    """Encrypted by a security handler of another vendor."""
    made = pdf(encryption=pikepdf.Encryption(user="", owner="x", R=4))
    return made.replace(b"/Filter /Standard", b"/Filter /Fasoodrm")


def locked(**options) -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", **options))


REFUSED = {
    "launch after a page turn": (chained, "启动外部程序"),
    "script when a page closes": (lambda: closing(S=Name.JavaScript, JS=String("x")), "JavaScript"),
    "web address opened by itself": (lambda: opening(S=Name.URI, URI=String("http://evil")), "自动执行"),
    "other file on a share": (lambda: opening(S=Name.GoToR, F=String(r"\\evil\a.pdf")), "打开其他文件"),
    "link that starts a program": (lambda: clicked(S=Name.URI, URI=String("ms-msdt:/id")), "链接"),
    "link to a share": (lambda: clicked(S=Name.URI, URI=String(r"file:///\\evil\a")), "链接"),
    "action nobody knows": (lambda: clicked(S=Name("/Brandnew")), "不允许的动作"),
    "film": (lambda: clicked(S=Name.Rendition), "多媒体"),
    "script in an object stream": (listed_object_stream, "JavaScript"),
    "script in an object stream no table lists": (hidden_in_an_object_stream, "脚本"),
    "script in an object stream coded as text": (lambda: unlisted(b"/ASCIIHexDecode", SCRIPT.hex().encode()), "看不懂"),
    "script in an object stream under an escaped name": (
        lambda: unlisted(b"/FlateDecode", zlib.compress(SCRIPT), b"/Obj#53tm"),
        "脚本",
    ),
    "script far behind in an object stream": (
        lambda: unlisted(b"/FlateDecode", zlib.compress(FAR + SCRIPT), before=b"%" + b"x" * 1_040_000 + b"\n"),
        "脚本",
    ),
    "script followed by nothing": (
        lambda: pdf().replace(b"startxref", b"9 0 obj\n<</S /JavaScript\0>>\nendobj\nstartxref"),
        "脚本",
    ),
    "script of a field": (
        lambda: annotated(Subtype=Name.Widget, AA=Dictionary(K=Dictionary(S=Name.JavaScript))),
        "JavaScript",
    ),
    "page that opens a site": (
        lambda: annotated(Subtype=Name.Widget, AA=Dictionary(PO=Dictionary(S=Name.URI, URI=String("http://evil")))),
        "自动执行",
    ),
    "attached file on the page": (
        lambda: annotated(Subtype=Name.FileAttachment, FS=Dictionary(F=String("a.exe"))),
        "附件",
    ),
    "film on the page": (lambda: annotated(Subtype=Name.Movie, Movie=Dictionary(F=String("a.avi"))), "多媒体"),
    "model with a script": (lambda: annotated(Subtype=Name("/3D")), "多媒体"),
    "contents from elsewhere": (stream_elsewhere, "保存在别处"),
    "package behind": (with_zip_behind, "压缩包"),
    "its own source inside": (hybrid, "附件"),
    "dynamic form": (
        lambda: pdf(lambda d: setattr(d.Root, "AcroForm", Dictionary(Fields=[], XFA=String("x")))),
        "XFA",
    ),
    "password, RC4": (lambda: locked(user="open", R=3, aes=False, metadata=False), "设置了密码"),
    "password, AES-128": (lambda: locked(user="open", R=4), "设置了密码"),
    "password, AES-256": (lambda: locked(user="open", R=6), "设置了密码"),
    "lock of another vendor": (foreign_lock, "取消加密"),
    "page before the pdf": (lambda: b"<html></html>\n" + pdf(), "网页"),
    "words before the pdf": (lambda: b"HTTP/1.1 200 OK\n\n" + pdf(), "不是 pdf"),
    "half": (lambda: pdf()[: len(pdf()) // 2], "已损坏"),
    "all but the end": (lambda: pdf()[:-8], "已损坏"),
    "no pages": (lambda: pdf(lambda document: document.pages.remove(p=1)), "没有页面"),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_it_is_refused_with_a_sentence(attack):
    make, expected = REFUSED[attack]
    with pytest.raises(Invalid) as refusal:
        uploads.accept(corpus.upload("材料.pdf", make()))
    assert expected in refusal.value.message
    assert "材料.pdf" in refusal.value.message


def structured() -> bytes:
    def change(document):
        element = Dictionary(S=Name.P, A=Dictionary(O=Name.Layout, S=Name.Center), K=0)
        document.Root.StructTreeRoot = document.make_indirect(Dictionary(K=Array([element])))

    return pdf(change)


def sealed() -> bytes:
    """A document under an electronic seal that also certifies it, opening at a place, with bookmarks."""

    def change(document):
        page = document.pages[0]
        seal = document.make_indirect(
            Dictionary(
                Type=Name.Sig,
                Filter=Name("/Adobe.PPKLite"),
                SubFilter=Name("/adbe.pkcs7.detached"),
                ByteRange=Array([0, 10, 20, 30]),
                Contents=String(b"\x30\x80" + b"\0" * 2000),
                Reason=String("同意"),
                Reference=Array(
                    [Dictionary(Type=Name.SigRef, TransformMethod=Name.DocMDP, TransformParams=Dictionary(P=2))]
                ),
            )
        )
        field = document.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String("电子印章"),
                V=seal,
                Rect=[0, 0, 99, 99],
                AP=Dictionary(N=Stream(document, b"q Q")),
            )
        )
        page.Annots = Array([field])
        document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
        document.Root.Perms = Dictionary(DocMDP=seal)
        document.Root.DSS = Dictionary(Certs=Array([Stream(document, b"x")]))
        document.Root.OpenAction = Array([page.obj, Name.XYZ, None, None, 0])
        mark = document.make_indirect(Dictionary(Title=String("一"), Dest=Array([page.obj, Name.Fit])))
        document.Root.Outlines = Dictionary(Type=Name.Outlines, First=mark, Last=mark, Count=1)
        document.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String("一"), Array([page.obj, Name.Fit])])))

    return pdf(change)


TAKEN = {
    "electronic seal": sealed,
    "stamp": lambda: annotated(Subtype=Name.Stamp, Contents=String("章")),
    "only printing allowed, AES-256": lambda: locked(user="", R=6, allow=pikepdf.Permissions(extract=False)),
    "only printing allowed, RC4": lambda: locked(
        user="", R=3, aes=False, metadata=False, allow=pikepdf.Permissions(extract=False)
    ),
    "line end before": lambda: b"\r\n" + pdf(),
    "byte order mark before": lambda: b"\xef\xbb\xbf" + pdf(),
    "zeros behind": lambda: pdf() + b"\0" * 500,
    "link to a site": lambda: clicked(S=Name.URI, URI=String("https://www.gov.cn")),
    "dead link of a copied web page": lambda: clicked(S=Name.URI, URI=String("javascript:void(0)")),
    "form to fill in": lambda: annotated(Subtype=Name.Widget, FT=Name.Tx, V=String("青禾小学")),
    "signature": lambda: annotated(Subtype=Name.Widget, FT=Name.Sig, V=Dictionary(Type=Name.Sig, Contents=String("x"))),
    "link to a page": lambda: clicked(S=Name.GoTo, D=[0, Name.Fit]),
    "opens at a page": lambda: opening(S=Name.GoTo, D=[0, Name.Fit]),
    "tagged": structured,
    "object streams": lambda: pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_an_ordinary_one_is_taken_as_it_is(kind):
    content = TAKEN[kind]()
    assert corpus.stored("材料.pdf", content) == content
