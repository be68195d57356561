"""What may be uploaded: checked by name, by content and, where the installation names a ClamAV daemon, for viruses."""

import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from itertools import islice
from typing import Any

import puremagic
from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, Refused
from portal.core.files import store
from portal.core.files.inspection import sandbox
from portal.core.files.models import Document
from portal.core.files.views import PAPERS, XLSX
from portal.core.lib import numbers, written

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
MAX_NAME = 120
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
_VIRUS_SECONDS = 60
MEDIA_TYPES = {
    "pdf": PAPERS["pdf"],
    "docx": PAPERS["docx"],
    "xlsx": XLSX,
    "jpg": "image/jpeg",
    "png": "image/png",
}
# Pictures are known by their content, whatever of these their name says, and stored as jpg or png.
PHOTOS = ("jpg", "jpeg", "png", "heic", "heif", "jfif", "webp", "bmp", "gif")
EVIDENCE = ("pdf", "docx", "xlsx", *PHOTOS)
# A finding takes ten files a step, a visit twenty photos.
MOST_AT_ONCE = 20
# Other names of pictures: what bears them is taken when it holds one that can be read.
_ALSO_PHOTOS = ("jpe", "jfi", "pjpeg", "pjp", "dib", "avif", "tif", "tiff")
ACCEPT = ",".join(f".{extension}" for extension in EVIDENCE)
ACCEPT_PHOTOS = ",".join(["image/*", *(f".{extension}" for extension in PHOTOS)])
_ZIP, _BLANK = b"PK\x03\x04", b"\0\t\n\f\r \xef\xbb\xbf"
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"RIFF")  # and HEIC, whose start is variable
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ADVICE = {
    "doc": "请另存为 docx 后再上传",
    "xls": "请另存为 xlsx 后再上传",
    "wps": "请另存为 docx 后再上传",
    "et": "请另存为 xlsx 后再上传",
    "docm": "请另存为不含宏的 docx 后再上传",
    "xlsm": "请另存为不含宏的 xlsx 后再上传",
    "tif": "请另存为 jpg，多页的请导出为 pdf 后再上传",
    "tiff": "请另存为 jpg，多页的请导出为 pdf 后再上传",
    "avif": "请转成 jpg 后再上传",
    "mht": "请另存为 pdf 后再上传",
    "zip": "请解压后把文件逐个上传",
    "rar": "请解压后把文件逐个上传",
    "7z": "请解压后把文件逐个上传",
    "ppt": "请导出为 pdf 后再上传",
    "pptx": "请导出为 pdf 后再上传",
    "ofd": "请导出为 pdf 后再上传",
    "dps": "请导出为 pdf 后再上传",
    "odp": "请导出为 pdf 后再上传",
    "odt": "请另存为 docx 后再上传",
    "rtf": "请另存为 docx 后再上传",
    "ods": "请另存为 xlsx 后再上传",
    "csv": "请另存为 xlsx 后再上传",
}
_LOOKS = (
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
    (b"#!", "脚本"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"PK\x03\x04", "压缩包或 Office 文件"),
    (_OLE, "旧版或加密的 Office 文件"),
    (b"%PDF-", "PDF 文件"),
    (b"\xff\xd8\xff", "JPG 图片"),
    (b"\x89PNG", "PNG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"{\\rtf", "RTF 文件"),
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be stored: its neutral name, media type, its bytes in chunks; how many numbers of persons it holds,
    and why mobile numbers among them may be read by everybody; how a picture looks (`pictures.look_of`)."""

    name: str
    media_type: str
    chunks: Callable[[], Iterable[bytes]]
    personal: Mapping[str, int] = field(default_factory=dict)
    public_reason: str = ""
    look: str = ""


def inspected(allowed: Collection[str] = EVIDENCE) -> Callable[[View], View]:
    """Outside `once`, which opens a transaction: SQLite's writers wait for one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            sent = request.FILES.lists() if request.method == "POST" else ()
            # No action takes more; what is beyond it refuses without a look.
            for file in islice((file for _, files in sent for file in files), MOST_AT_ONCE):
                try:
                    found: Accepted | Refused = _accept(file, allowed)
                except Refused as refusal:
                    found = refusal
                file.found = allowed, found  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def accept(upload: UploadedFile, *, allowed: Collection[str] = EVIDENCE, public_reason: str = "") -> Accepted:
    """Pictures lose their metadata. Raises Invalid."""
    asked, found = getattr(upload, "found", (None, None))
    if asked != allowed or found is None:
        found = _accept(upload, allowed)
    if isinstance(found, Refused):
        raise found
    return replace(found, public_reason=public_reason.strip())


def _accept(upload: UploadedFile, allowed: Collection[str]) -> Accepted:
    name = neutral_name(upload.name or "")
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    upload.seek(0)
    is_photo = extension in PHOTOS or (extension in _ALSO_PHOTOS and upload.read(16).startswith(_PICTURES))
    if ("jpg" if is_photo else extension) not in allowed:
        what = f"是 .{extension} 文件" if extension else "没有扩展名"
        advice = _ADVICE.get(extension, "请换一种格式")
        raise Invalid(f"“{name}”{what}，不能接收。可以上传：{'、'.join(allowed)}；{advice}。")
    size, limit = upload.size or 0, settings.UPLOAD_MAX_BYTES
    if not size:
        raise Invalid(f"“{name}”是空文件（0 字节）。请检查后重新选择。")
    if size > limit:
        has, most = numbers.megabytes(size, 1), numbers.megabytes(limit)
        raise Invalid(f"“{name}”有 {has}，超过 {most}。请压缩或拆分后再上传。")
    _check_start(upload, name, extension, is_photo=is_photo)
    _ensure_no_virus(upload, name)
    if is_photo:
        found = sandbox.inspect(upload, "picture", name)  # type: ignore[arg-type]
        drawn = "png" if found.facts["format"] == "PNG" else "jpg"
        if extension != drawn and (extension, drawn) != ("jpeg", "jpg"):
            name = f"{name[: -len(extension)]}{drawn}"
        return Accepted(name, MEDIA_TYPES[drawn], lambda: [found.content], look=found.facts["look"])
    found = sandbox.inspect(upload, extension, name)  # type: ignore[arg-type]
    return Accepted(name, MEDIA_TYPES[extension], upload.chunks, found.facts["personal"])


def save(file: Accepted, *, do: str, by: User, restricted: bool = False) -> Document:
    """In the caller's transaction, within the quota.

    Personal numbers need `restricted`; mobile numbers else an audited reason; `do` says what to do instead.
    """
    store.ensure_quota(by)
    is_open = file.personal and not restricted
    if is_open and (written.IDENTITY in file.personal or not file.public_reason):
        also = (
            ""
            if written.IDENTITY in file.personal
            else "手机号确需公开的（如招生咨询电话），在“公开的原因”里写明后再传。"
        )
        raise Invalid(f"“{file.name}”里有{written.personal_words(file.personal)}，没有上传。{do}{also}")
    document = store.save(file.chunks(), name=file.name, media_type=file.media_type, by=by, restricted=restricted)
    if is_open:
        after = {
            "sha256": document.sha256,
            "numbers": written.personal_words(file.personal),
            "reason": file.public_reason,
        }
        audit.record("document.make_public", by=by, obj=document, after=after)
    return document


def workbook(file: UploadedFile | None, what: str, *, by: User) -> tuple[str, bytes]:
    """Name and content, `what` in words. Raises Invalid or, beyond the quota, Refused."""
    if file is None:
        raise Invalid(f"没有选择文件。请选择{what}（.xlsx）后再上传。")
    if (file.size or 0) > settings.WORKBOOK_MAX_BYTES:
        limit = numbers.megabytes(settings.WORKBOOK_MAX_BYTES)
        raise Invalid(f"文件超过 {limit}，没有接收。请删除图片和多余的工作表后重新上传。")
    store.ensure_quota(by)
    name = file.name or f"{what}.xlsx"
    _ensure_no_virus(file, neutral_name(name))
    return name, file.read()


def neutral_name(name: str, *, fallback: str = "文件") -> str:
    """Safe on every system: no folders, control and direction marks, reserved words, excess length."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    # Cf holds the marks that reverse reading direction: «照片gpj.exe» can be shown as «照片exe.jpg».
    visible = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    clean = _FORBIDDEN.sub("_", visible).rstrip(" .")
    stem, dot, extension = clean.rpartition(".")
    if not dot:
        stem, extension = clean, ""
    stem = stem.strip(" .") or fallback
    if stem.split(".")[0].lower() in _RESERVED:
        stem = f"_{stem}"
    end = f".{extension.lower()}" if extension else ""
    return stem[: MAX_NAME - len(end)].rstrip(" .") + end


def _ensure_no_virus(file: UploadedFile, name: str) -> None:
    """Raises Invalid, or Refused when the daemon does not say."""
    if not settings.CLAMAV:
        return
    file.seek(0)
    try:
        host, _, port = settings.CLAMAV.rpartition(":")
        daemon = (
            ClamdNetworkSocket(host, int(port), _VIRUS_SECONDS)
            if port.isdigit()
            else ClamdUnixSocket(settings.CLAMAV, _VIRUS_SECONDS)
        )
        status, virus = daemon.instream(file)["stream"]  # type: ignore[arg-type]
    except (ClamdError, OSError, KeyError) as error:
        log.error("ClamAV does not answer: %s", error)
        status, virus = "", None
    finally:
        file.seek(0)
    if status == "FOUND":
        log.warning("upload refused: %s in %s", virus, name)
        raise Invalid(f"“{name}”里有病毒（{virus}），没有保存。请在本机查杀病毒，从原始材料重新生成文件后再上传。")
    if status != "OK":
        raise Refused(
            f"查毒服务没有答复（没有运行，或文件超过它能查的大小），“{name}”没有保存。请稍后重试；仍不行的，请联系管理员。"
        )


def _check_start(upload: UploadedFile, name: str, extension: str, *, is_photo: bool) -> None:
    """Refuses at once what is another kind of file."""
    upload.seek(0)
    head = upload.read(4096)
    if is_photo:
        right = head.startswith(_PICTURES) or head[4:8] == b"ftyp"
    elif extension == "pdf":
        # Viewers read over blanks that a transfer put before a PDF.
        right = head.lstrip(_BLANK).startswith(b"%PDF-")
    else:
        right = head.startswith(_ZIP)
    if right:
        return
    if head.startswith(_OLE) and extension in ("docx", "xlsx"):
        # Locked Office files are OLE containers with a stream of this name (MS-OFFCRYPTO).
        upload.seek(0)
        if any("EncryptedPackage".encode("utf-16-le") in chunk for chunk in upload.chunks()):
            raise Invalid(f"“{name}”设置了打开密码，系统无法打开。请取消加密后再上传。")
        raise Invalid(f"“{name}”设置了打开密码，或是旧版 Office 文件改了扩展名。请取消密码并另存为 {extension}。")
    looks = next((words for start, words in _LOOKS if head.startswith(start)), "")
    if not looks and head.lstrip()[:1] == b"<":
        looks = "网页或 XML 文件"
    if not looks:
        try:
            looks = f"{puremagic.from_string(head)} 文件"
        except puremagic.PureError:
            looks = "其他类型的文件"
    raise Invalid(f"“{name}”的内容不是 {extension} 文件（看起来是{looks}）。请上传原始文件，不要修改扩展名。")
