"""Files an attacker or an unlucky clerk might upload, built in memory, and harmless ones next to them."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from portal.core.files import uploads

CONTENT_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/main.xml" ContentType="{main}"/></Types>"""
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def stored(name: str, content: bytes) -> bytes:
    """What the door keeps of a file."""
    return b"".join(uploads.accept(upload(name, content)).chunks())


def pdf(change=None, **options) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    if change:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_with_script() -> bytes:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject()
        action[NameObject("/S")] = NameObject("/JavaScript")
        action[NameObject("/JS")] = TextStringObject("app.alert('x')")
        writer.root_object[NameObject("/OpenAction")] = action

    return pdf(change)


def pdf_with_hidden_script_name() -> bytes:
    """The action name written with a hex escape, in an object the catalogue does not mention."""
    body = b"9 0 obj\n<< /S /J#61vaScript /J#53 (app.alert(1)) >>\nendobj\n"
    return pdf().replace(b"startxref", body + b"startxref")


def pdf_that_launches() -> bytes:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject()
        action[NameObject("/S")] = NameObject("/Launch")
        action[NameObject("/F")] = TextStringObject("cmd.exe")
        writer.root_object[NameObject("/OpenAction")] = action

    return pdf(change)


def pdf_with_attachment() -> bytes:
    return pdf(lambda writer: writer.add_attachment("x.exe", b"MZ"))


def pdf_encrypted() -> bytes:
    return pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128"))


def office(
    main: str = DOCX, members: dict[str, bytes | str] | None = None, types: str = CONTENT_TYPES, **how: int
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as package:
        package.writestr("[Content_Types].xml", types.format(main=main))
        package.writestr("main.xml", "<document/>")
        for name, content in (members or {}).items():
            package.writestr(name, content)
    return out.getvalue()


def office_bomb() -> bytes:
    return office(members={"word/media/a.xml": b"0" * 60_000_000})


def office_many_members() -> bytes:
    return office(members={f"word/{n}.xml": b"" for n in range(5_100)})


def office_with_symlink() -> bytes:
    out = io.BytesIO(office())
    with zipfile.ZipFile(out, "a") as package:
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    return out.getvalue()


def office_encrypted_member() -> bytes:
    content = bytearray(office())
    content[6] |= 1  # the flag in the local header
    content[content.rfind(b"PK\x01\x02", 0, len(content)) + 8] |= 1  # and in the last central entry
    return bytes(content)


def relation(kind: str, target: str) -> str:
    return RELS.format(
        f'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}" TargetMode="External"/>'
    )


def image(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(out, kind, **options)
    return out.getvalue()


def image_of_claimed_size(width: int, height: int) -> bytes:
    """A PNG whose header claims a size its few bytes do not hold."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "某品牌手机"
    exif[0x0112] = 6  # turned by 90°
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (34.0, 48.0, 0.0)
    return image("JPEG", (40, 30), exif=exif)
