"""What a docx or xlsx may not be: locked, with macros, objects or fetched contents, a bomb; judged by its structure.

ECMA-376 part 2: content types say what a part is, relations what it is for. Both are parsed and must be known.
"""

import contextlib
import html
import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

from portal.core.errors import Invalid
from portal.core.files.inspection.instructions import MOST_OF_A_FORMULA, SUSPECT, Instructions, is_suspicious
from portal.core.files.zips import DAMAGED, OpenedZip
from portal.core.lib import written

_MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_TYPES = re.compile(
    r"(image|font|audio|video)/[\w.+-]+|(application|text)/xml|application/(x-font[\w.+-]*|inkml\+xml|binary)|"
    r"model/gltf[.+-]binary|"
    r"application/vnd\.openxmlformats-(officedocument|package)\.[\w.+-]+|"
    r"application/vnd\.(ms-office|ms-excel|ms-word|ms-powerpoint|wps-officedocument)\.[\w.+-]+",
    re.IGNORECASE,
)
_MACROS = re.compile(
    r"macro|vba|jsaproject|jde(data|extension)|keymapcustomizations|attachedtoolbars|customui|"
    r"ui/(user)?customization|extensibility$|dialogsheet",
    re.IGNORECASE,
)
_OBJECTS = re.compile(
    r"oleobject|activex|(^|/)control$|afchunk|subdocument|(^|/)frame$|webextension|taskpane|powerpivot|embeddings/|"
    r"\.(exe|dll|com|scr|pif|cpl|msi|bat|cmd|ps1|vb[se]|jse?|ws[fh]|hta|lnk|jar|chm|reg|sct|url|xll)$",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    r"externallink|connections$|connections\+xml|querytable|volatiledependencies|mailmerge|recipientdata|"
    r"attachedtemplate|rdrichvaluewebimage",
    re.IGNORECASE,
)
_KNOWN_RELATIONS = """
    officedocument core-properties extended-properties custom-properties thumbnail metadata origin signature
    certificate styles styleswitheffects settings websettings fonttable font numbering footnotes endnotes
    header footer theme themeoverride image hdphoto media video audio hyperlink glossarydocument comments
    commentsextended commentsids commentsextensible people documenttasks documenttask customxml customxmlprops
    customproperty printersettings chart chartex chartusershapes chartstyle chartcolorstyle package
    diagramdata diagramlayout diagramquickstyle diagramcolors diagramdrawing model3d ink worksheet chartsheet
    sharedstrings calcchain sheetmetadata threadedcomment person vmldrawing drawing table tablesinglecells
    pivottable pivotcachedefinition pivotcacherecords slicer slicercache timeline timelinecache timelinecaches
    ctrlprop usernames revisionheaders revisionlog xmlmaps namedsheetview namedsheetviews cellimage cellimages
    rdrichvalue rdrichvaluestructure rdrichvaluetypes rdarray rdsupportingpropertybag
    rdsupportingpropertybagstructure richstyles richvaluerel intelligence workbookmetadata featurepropertybag
    featurepropertybags wssortmap classificationlabels
"""
_RELATIONS = frozenset(_KNOWN_RELATIONS.split())
_LINKS = ("", "http", "https", "mailto", "ftp", "tel", "file")
_LOCAL_TEMPLATE = re.compile(r"(file:/{0,3})?[a-z]:[\\/](?![\\/])", re.IGNORECASE)
_SHARE = re.compile(r"(file:)?/{0,5}[\\]{2}|file:/{2}(?!/|localhost/)|file:/{4,}|//", re.IGNORECASE)
# What a copied web page leaves of its buttons.
_NOWHERE = re.compile(r"javascript:\s*(void\(0\))?\s*;?|about:blank\S*", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:|[\\/]{2}", re.IGNORECASE)
_VML_SOURCE = re.compile(r"src\s*=\s*[\"']\s*(?:\w{2,}:|[\\/]{2})", re.IGNORECASE)
_SHEETS = re.compile(r"spreadsheetml\.(worksheet|sharedStrings|pivotCacheRecords|calcChain)\+xml", re.IGNORECASE)
_OTHER_FILES = (b"PK\x03\x04", b"MZ", b"\x7fELF", b"#!", b"{\\rtf", b"%PDF-", b"Rar!", b"7z\xbc\xaf")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_STRUCTURE = 4 * 1024 * 1024  # of content types and of one part's relations
_MAX_EMBEDDED = 20 * 1024 * 1024
# Parts with texts, and how much of them is searched for numbers of persons: a look must not cost much.
_READ, _MAX_READ = re.compile(r"(word|xl)/(?!theme|styles|_rels)[\w/]+\.xml", re.IGNORECASE), 4 * 1024 * 1024
_ENDS, _TAG = re.compile(r"</(?:\w+:)?(?:p|c|si|v|t>(?=</(?:\w+:)?is))\b[^>]*>"), re.compile(r"<[^>]*>")


def inspect(file: BinaryIO, name: str, kind: str) -> tuple[Any, bytes]:
    """Raises Invalid, naming what was found."""
    try:
        package = OpenedZip(file, name)
        _Office(package, kind).check()
        package, texts, left = OpenedZip(file, name), [], _MAX_READ
        for member in package.members:
            if _READ.fullmatch(member.filename) and member.file_size <= left:
                left -= member.file_size
                content = package.read(member).decode(errors="replace")
                # A line for each paragraph or cell.
                texts.append(html.unescape(_TAG.sub("", _ENDS.sub("\n", content))))
        return {"personal": written.personal_numbers("\n".join(texts))}, b""
    except (*DAMAGED, expat.ExpatError) as error:
        raise Invalid(f"“{name}”文件已损坏，无法打开。请重新保存后再上传。") from error


class _Office:
    """One package; those that charts embed are looked into the same way."""

    def __init__(self, package: OpenedZip, kind: str, depth: int = 0) -> None:
        self.package, self.name, self.kind, self.depth = package, package.name, kind, depth
        self.types: dict[str, str] = {}
        self.embedded: set[str] = set()

    def check(self) -> None:
        self.read_types()
        relations = [member for member in self.package.members if member.filename.casefold().endswith(".rels")]
        for member in relations:
            self.check_relations(member)
        for member in self.package.members:
            path = member.filename.casefold()
            if member not in relations and path != "[content_types].xml":
                self.check_part(member, path)

    def read_types(self) -> None:
        defaults: dict[str, str] = {}
        overrides: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Default":
                defaults[attributes.get("Extension", "").casefold()] = attributes.get("ContentType", "")
            elif tag == "Override":
                if any("macroenabled" in value.casefold() for value in attributes.values()):
                    raise self.has_macros()
                path = unquote(attributes.get("PartName", "")).lstrip("/").casefold()
                overrides[path] = attributes.get("ContentType", "")

        listed = {member.filename.casefold(): member for member in self.package.members}
        if "[content_types].xml" not in listed:
            raise Invalid(f"“{self.name}”的内容不是 Office 文件。请用 Office 或 WPS 重新保存后再上传。")
        self.parse(listed["[content_types].xml"], start)
        for path in listed:
            self.types[path] = overrides.get(path, defaults.get(path.rpartition(".")[2], "")).split(";")[0].strip()
        # Some programs declare every type they know; what counts is the type of a part that is there.
        if any("macroenabled" in kind.casefold() for kind in self.types.values()):
            raise self.has_macros()
        if _MAIN[self.kind] not in self.types.values():
            raise Invalid(f"“{self.name}”的内容不是 {self.kind} 文件。请用 Office 或 WPS 重新保存后再上传。")

    def check_relations(self, member: zipfile.ZipInfo) -> None:
        folder, _, own = member.filename.casefold().rpartition("_rels/")
        source = folder + own.removesuffix(".rels")

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship":
                kind = attributes.get("Type", "").rstrip("/").rpartition("/")[2].casefold()
                outside = attributes.get("TargetMode", "").strip().casefold() == "external"
                self.check_relation(kind, attributes.get("Target", "").strip(), outside, source)

        self.parse(member, start)

    def check_relation(self, kind: str, target: str, outside: bool, source: str) -> None:
        if outside and kind == "attachedtemplate" and _LOCAL_TEMPLATE.match(unquote(target)):
            return  # the writer's own template, which no other computer can fetch
        if outside and kind != "hyperlink" and target.upper() != "NULL":  # what WPS leaves of a lost picture
            raise self.reaches_out()
        self.refuse_named(kind)
        if kind not in _RELATIONS:
            raise self.is_unknown(kind)
        if not outside and kind != "hyperlink" and _ELSEWHERE.match(unquote(target)):
            raise self.reaches_out()
        if kind == "hyperlink" and not target.startswith("#"):
            self.check_link(unquote(target))
        elif kind == "package":
            path = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), unquote(target))).lstrip("/")
            if "chart" not in self.types.get(source, "").casefold():
                raise self.has_objects()
            self.embedded.add(path.casefold())

    def refuse_named(self, what: str) -> None:
        if _MACROS.search(what):
            raise self.has_macros()
        if _OUTSIDE.search(what):
            raise self.reaches_out()
        if _OBJECTS.search(what):
            raise self.has_objects()

    def check_link(self, target: str) -> None:
        try:
            scheme = urlsplit(target).scheme
        except ValueError:
            scheme = ""
        if _NOWHERE.fullmatch(target):
            return
        # A drive letter looks like a scheme: a link to a file of the writer's own computer leads nowhere.
        if (scheme not in _LINKS and len(scheme) > 1) or _SHARE.match(target):
            raise Invalid(f"“{self.name}”里有指向“{target[:40]}”的链接，打开它可能启动程序。请删除该链接后再上传。")

    def check_part(self, member: zipfile.ZipInfo, path: str) -> None:
        kind = self.types[path]
        self.refuse_named(kind)
        if path not in self.embedded:
            self.refuse_named(path)
        if kind and not _TYPES.fullmatch(kind):
            raise self.is_unknown(kind)
        if path in self.embedded:
            self.check_embedded(member)
        elif kind.startswith("image/svg"):
            self.parse(member, self.check_picture_element, doctype=True)
        elif _SHEETS.search(kind):
            self.check_sheet(member)
        elif kind.endswith("vmlDrawing") or path.endswith(".vml"):
            self.check_old_drawing(member)
        elif kind.endswith(("+xml", "/xml")) or path.endswith(".xml"):
            self.check_text(member)
        else:
            self.check_binary(member)

    def check_text(self, member: zipfile.ZipInfo, *, doctype: bool = False) -> None:
        found = Instructions(with_formulas=self.kind == "xlsx")
        self.parse(member, found.start, found.end, found.text, doctype=doctype)
        if found.macro:
            raise self.has_macros()
        if found.field or found.fetches:
            raise self.reaches_out(found.field)
        for target in found.links:
            self.check_link(target)

    def check_old_drawing(self, member: zipfile.ZipInfo) -> None:
        """Excel itself writes <br> without an end: no XML."""
        data = self.package.read(member)
        if data.startswith(_OLE):
            raise self.has_objects()
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        if _VML_SOURCE.search(html.unescape(data.decode(encoding, "replace").replace("\0", ""))):
            raise self.reaches_out()

    def check_embedded(self, member: zipfile.ZipInfo) -> None:
        """The workbook behind a chart."""
        if self.depth or member.file_size > _MAX_EMBEDDED:
            raise self.has_objects()
        data = self.package.read(member)
        if not data.startswith(b"PK\x03\x04"):
            raise self.has_objects()
        inner = OpenedZip(io.BytesIO(data), self.name, self.package.left)
        _Office(inner, "xlsx", self.depth + 1).check()
        self.package.left = inner.left

    def check_binary(self, member: zipfile.ZipInfo) -> None:
        head = b""
        for chunk in self.package.chunks(member):
            head = head or chunk[:512]
        start = head.lstrip(b"\0\xef\xbb\xbf \t\r\n")
        if _OLE in head or start.startswith(_OTHER_FILES):
            raise self.has_objects()
        if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<")):
            # Some reader may take it for the text it is, whatever it is called.
            with contextlib.suppress(expat.ExpatError):
                self.check_text(member, doctype=True)

    def check_sheet(self, member: zipfile.ZipInfo) -> None:
        """Formulas are searched in the bytes."""

        def declared(version: str, encoding: str | None, standalone: int) -> None:
            if (encoding or "utf-8").casefold() not in ("utf-8", "us-ascii", "ascii"):
                raise self.package.irregular()

        parser = self.parser()
        parser.XmlDeclHandler = declared
        tail = b""
        for number, chunk in enumerate(self.package.chunks(member)):
            if number == 0 and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise self.package.irregular()
            parser.Parse(chunk)
            window = tail + chunk
            if any(is_suspicious(match[1] or match[2]) for match in SUSPECT.finditer(window)):
                raise self.reaches_out()
            tail = window[-MOST_OF_A_FORMULA:]
        parser.Parse(b"", True)

    def check_picture_element(self, tag: str, attributes: dict[str, str]) -> None:
        values = (value.strip().casefold() for key, value in attributes.items() if key.rpartition(":")[2] == "href")
        if tag == "script" or any(value and not value.startswith(("#", "data:image/")) for value in values):
            raise self.reaches_out()

    def parse(
        self,
        member: zipfile.ZipInfo,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
        *,
        doctype: bool = False,
    ) -> None:
        """Names without prefix."""
        parser = self.parser(doctype=doctype)
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
        if end:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        if text:
            parser.CharacterDataHandler = text
        structure, size = member.filename.casefold().endswith((".rels", "[content_types].xml")), 0
        for chunk in self.package.chunks(member):
            size += len(chunk)
            if structure and size > _MAX_STRUCTURE:
                raise self.package.too_large()
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def parser(self, *, doctype: bool = False) -> Any:
        def refuse(*_: object) -> None:
            # Office never writes one; entities are how small XML grows without end.
            raise self.package.irregular()

        parser = expat.ParserCreate()
        parser.buffer_text = True
        if not doctype:
            parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        return parser

    def has_macros(self) -> Invalid:
        return Invalid(f"“{self.name}”带有宏。请另存为不含宏的格式后再上传。")

    def has_objects(self) -> Invalid:
        return Invalid(
            f"“{self.name}”里嵌入了其他文件或控件。请删除嵌入对象（旧式公式请改用 Office 自带的公式）后再上传，"
            "附带的文件请单独上传。"
        )

    def reaches_out(self, field: str = "") -> Invalid:
        what = f"域代码 {field}，会从外部取内容" if field else "外部模板、图片、数据连接等外部内容"
        return Invalid(f"“{self.name}”引用了{what}。请断开链接（图片请改为嵌入）后再上传，或另存为 PDF 上传。")

    def is_unknown(self, kind: str) -> Invalid:
        return Invalid(f"“{self.name}”里有系统不认识的内容（{kind[:60]}），为保证安全不能接收。请另存为 PDF 后再上传。")
