"""The door for uploaded files: what may come in, checked by name and by content."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.documents import filenames, upload_images, upload_office, upload_pdf
from portal.errors import Invalid

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
PHOTOS = ("jpg", "jpeg", "png")
EVIDENCE = tuple(MEDIA_TYPES)
ACCEPT = ",".join(f".{extension}" for extension in EVIDENCE)
_STARTS = {"pdf": b"%PDF-", "docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "png": b"\x89PNG\r\n\x1a\n"} | dict.fromkeys(
    ("jpg", "jpeg"), b"\xff\xd8\xff"
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ADVICE = {
    "doc": "请另存为 docx 后再上传", "xls": "请另存为 xlsx 后再上传", "wps": "请另存为 docx 后再上传",
    "et": "请另存为 xlsx 后再上传", "docm": "请另存为不含宏的 docx 后再上传", "xlsm": "请另存为不含宏的 xlsx 后再上传",
    "heic": "请在手机相机设置里选“兼容性最佳”，或转成 jpg 后再上传", "zip": "请解压后把文件逐个上传",
    "rar": "请解压后把文件逐个上传", "7z": "请解压后把文件逐个上传", "ppt": "请导出为 pdf 后再上传",
    "pptx": "请导出为 pdf 后再上传", "ofd": "请导出为 pdf 后再上传",
}  # fmt: skip
_LOOKS = (
    (b"MZ", "可执行程序"), (b"\x7fELF", "可执行程序"), (b"#!", "脚本"), (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"),
    (b"PK\x03\x04", "压缩包或 Office 文件"), (_OLE, "旧版或加密的 Office 文件"), (b"%PDF-", "PDF 文件"),
    (b"\xff\xd8\xff", "JPG 图片"), (b"\x89PNG", "PNG 图片"), (b"GIF8", "GIF 图片"), (b"{\\rtf", "RTF 文件"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be kept: its neutral name, media type, and its bytes in chunks."""

    name: str
    media_type: str
    chunks: Callable[[], Iterable[bytes]]


def accept(upload: UploadedFile, *, allowed: Collection[str] = EVIDENCE) -> Accepted:
    """Check an uploaded file and return what may be kept of it.

    Photos come back drawn again without their metadata. Raises Invalid with a
    Chinese message that says what is wrong and what to do.
    """
    name = filenames.neutral(upload.name or "")
    extension = filenames.extension(name)
    if extension not in allowed:
        raise Invalid(_refused_kind(name, extension, allowed))
    _size(upload, name)
    _start(upload, name, extension)
    upload.seek(0)
    if extension in PHOTOS:
        content = upload_images.clean(upload, name, extension)  # type: ignore[arg-type]
        return Accepted(name, MEDIA_TYPES[extension], lambda: [content])
    if extension == "pdf":
        upload_pdf.check(upload, name)  # type: ignore[arg-type]
    else:
        upload_office.check(upload, name, extension)  # type: ignore[arg-type]
    return Accepted(name, MEDIA_TYPES[extension], upload.chunks)


def _refused_kind(name: str, extension: str, allowed: Collection[str]) -> str:
    kinds = "、".join(allowed)
    advice = _ADVICE.get(extension, "请换一种格式")
    what = f"“{name}”是 .{extension} 文件" if extension else f"“{name}”没有扩展名"
    return f"{what}，不能接收。可以上传：{kinds}；{advice}。"


def _size(upload: UploadedFile, name: str) -> None:
    size, limit = upload.size or 0, settings.UPLOAD_MAX_BYTES
    if not size:
        raise Invalid(f"“{name}”是空文件（0 字节）。请检查后重新选择。")
    if size > limit:
        raise Invalid(f"“{name}”有 {size / 1048576:.1f} MB，超过 {limit // 1048576} MB。请压缩或拆分后再上传。")


def _start(upload: UploadedFile, name: str, extension: str) -> None:
    upload.seek(0)
    head = upload.read(4096)
    if head.startswith(_STARTS[extension]):
        return
    if head.startswith(_OLE) and extension in ("docx", "xlsx"):
        raise Invalid(f"“{name}”设置了打开密码，或是旧版 Office 文件改了扩展名。请取消密码并另存为 {extension}。")
    raise Invalid(f"“{name}”的内容不是 {extension} 文件（看起来是{_looks(head)}）。请上传原始文件，不要修改扩展名。")


def _looks(head: bytes) -> str:
    for start, words in _LOOKS:
        if head.startswith(start):
            return words
    if head.lstrip()[:1] == b"<":
        return "网页或 XML 文件"
    try:
        return f"{puremagic.from_string(head)} 文件"
    except puremagic.PureError:
        return "其他类型的文件"
