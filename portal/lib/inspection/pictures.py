"""Pictures: told by their content, drawn again upright so that place, owner and device are gone."""

import io
import warnings
from typing import Any, BinaryIO

import pillow_heif
from PIL import Image, UnidentifiedImageError
from PIL.Image import Transpose

from portal.errors import Invalid

# JPEG can be read at a half, a quarter, an eighth of its size; everything else lies in memory whole, HEIC twice.
_BY_PARTS, MAX_BY_PARTS = ("JPEG", "MPO"), 220_000_000
MAX_WHOLE, MAX_HEIF = 50_000_000, 25_000_000
KEPT_PIXELS = 32_000_000
_FORMATS = ("JPEG", "PNG", "HEIF", "GIF", "BMP", "WEBP")
_QUALITY = 90
_ORIENTATION = 0x0112
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip


def inspect(file: BinaryIO, name: str, kind: str) -> tuple[Any, bytes]:
    """Return {"format": "JPEG" or "PNG"} and the picture drawn again, without any metadata.

    Larger ones than KEPT_PIXELS come back smaller. Raises Invalid for what is too large, broken, or no picture.
    """
    pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; our own limits decide.
            warnings.simplefilter("ignore")
            Image.MAX_IMAGE_PIXELS = None
            picture = Image.open(file, formats=_FORMATS)
            _bounds(picture, name)
            return _drawn_again(picture)
    except UnidentifiedImageError as error:
        raise Invalid(f"“{name}”的内容不是能识别的图片。请重新拍照，或另存为 jpg 后再上传。") from error
    except (OSError, ValueError, SyntaxError, RuntimeError, IndexError, KeyError, TypeError, EOFError) as error:
        raise Invalid(f"“{name}”文件已损坏或不完整，无法打开。请重新拍照或另存后再上传。") from error


def _bounds(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    by_parts = picture.format in _BY_PARTS and not picture.info.get("progressive")
    limit = MAX_BY_PARTS if by_parts else MAX_HEIF if picture.format == "HEIF" else MAX_WHOLE
    if width * height > limit:
        raise Invalid(f"“{name}”有 {width}×{height} 像素，过大。请缩小到 {limit // 10_000} 万像素以内再上传。")


def _drawn_again(picture: Image.Image) -> tuple[Any, bytes]:
    kind, smaller = picture.format, 1
    while picture.size[0] * picture.size[1] > KEPT_PIXELS * smaller**2:
        smaller *= 2
    if smaller > 1 and kind in _BY_PARTS:
        picture.draft(None, (picture.size[0] // smaller, picture.size[1] // smaller))
    orientation = picture.getexif().get(_ORIENTATION, 1)
    if picture.size[0] * picture.size[1] > KEPT_PIXELS:
        picture = _plain(picture).reduce(smaller)
    # Every copy of a large picture counts: none is made that is not needed.
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    picture = _plain(picture)
    picture.info = {}
    out = io.BytesIO()
    if kind in ("PNG", "GIF") or picture.mode == "RGBA":
        picture.save(out, "PNG", compress_level=4)
        return {"format": "PNG"}, out.getvalue()
    picture.save(out, "JPEG", quality=_QUALITY, exif=b"")
    return {"format": "JPEG"}, out.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    wanted = "RGBA" if _has_alpha(picture) else "RGB"
    picture.load()
    return picture if picture.mode == wanted else picture.convert(wanted)


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
