"""Asks a ClamAV daemon about uploaded files, where the installation names one (`CLAMAV`)."""

import logging

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.core.errors import Invalid, Refused

log = logging.getLogger(__name__)
_SECONDS = 60


def ensure_none(file: UploadedFile, name: str) -> None:
    """Raise Invalid for a file with a virus, Refused when the daemon does not say: what was not looked at is not kept."""
    if not settings.CLAMAV:
        return
    file.seek(0)
    try:
        status, virus = _daemon().instream(file)["stream"]  # type: ignore[arg-type]
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


def _daemon() -> ClamdNetworkSocket:
    host, _, port = settings.CLAMAV.rpartition(":")
    if port.isdigit():
        return ClamdNetworkSocket(host, int(port), _SECONDS)
    return ClamdUnixSocket(settings.CLAMAV, _SECONDS)
