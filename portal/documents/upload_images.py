"""Photos: refused when absurdly large, otherwise drawn again so that place, owner and device are gone."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.errors import Invalid

MAX_PIXELS = 60_000_000  # above today's phone cameras at full size
_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
_QUALITY = 90


def clean(file: BinaryIO, name: str, extension: str) -> bytes:
    """Return the picture upright and without any metadata (EXIF place, camera, thumbnails).

    Raises Invalid when it is too large, broken, or of another format than its name says.
    """
    wanted = _FORMATS[extension]
    try:
        with warnings.catch_warnings():
            # Pillow only warns between one and two times its own limit; ours decides below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=(wanted,))
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise Invalid(f"“{name}”有 {width}×{height} 像素，过大。请缩小到 6000 万像素以内再上传。")
        return _drawn_again(picture, wanted)
    except Image.DecompressionBombError as error:
        raise Invalid(f"“{name}”的像素过大。请缩小到 6000 万像素以内再上传。") from error
    except UnidentifiedImageError as error:
        raise Invalid(f"“{name}”的内容不是 {wanted} 图片。请重新拍照或另存后再上传。") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise Invalid(f"“{name}”已损坏或不完整，无法打开。请重新拍照或另存后再上传。") from error


def _drawn_again(picture: Image.Image, wanted: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if wanted == "JPEG":
        plain = upright.convert("RGB")
    else:
        plain = upright.convert("RGBA" if "transparency" in upright.info or upright.mode in ("RGBA", "LA") else "RGB")
    plain.info = {}
    out = io.BytesIO()
    if wanted == "JPEG":
        plain.save(out, "JPEG", quality=_QUALITY)
    else:
        plain.save(out, "PNG")
    return out.getvalue()
