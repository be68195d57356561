"""Pictures: known by their content, drawn again upright so that place, owner and device are gone; how they look in 256 bits."""

import io
import warnings
from typing import Any, BinaryIO

import pillow_heif
from PIL import Image, UnidentifiedImageError
from PIL.Image import Transpose

from portal.core.errors import Invalid

# JPEG can be read at a half, a quarter, an eighth of its size; everything else lies in memory whole, HEIC twice
# unless it is made smaller strip by strip.
_BY_PARTS, MAX_BY_PARTS = ("JPEG", "MPO"), 220_000_000
MAX_WHOLE = 50_000_000
HEIF_TWICE = 25_000_000
_STRIP = 512
KEPT_PIXELS = 32_000_000
_FORMATS = ("JPEG", "PNG", "HEIF", "GIF", "BMP", "WEBP")
_QUALITY = 90
_ORIENTATION = 0x0112
# Difference hash: whether each of 16×16 pixels is brighter than the next. A step of one or two grey levels is noise of
# the JPEG; a picture with fewer steps is as good as empty and looks like any other of its kind.
_SIDE, _NOISE, _LEAST_STEPS = 16, 2, 16
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def inspect(file: BinaryIO, name: str, kind: str) -> tuple[Any, bytes]:
    """{"format": "JPEG" or "PNG", "look": `look_of`} and the picture without metadata, KEPT_PIXELS at most. Raises Invalid."""
    pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; our own limits decide.
            warnings.simplefilter("ignore")
            Image.MAX_IMAGE_PIXELS = None
            picture = _large_heif(file, name) or Image.open(file, formats=_FORMATS)
            by_parts = picture.format in _BY_PARTS and not picture.info.get("progressive")
            limit = MAX_BY_PARTS if by_parts else MAX_WHOLE
            if picture.size[0] * picture.size[1] > limit:
                raise _too_large(name, *picture.size, limit)
            return _drawn_again(picture)
    except UnidentifiedImageError as error:
        raise Invalid(f"“{name}”的内容不是能识别的图片。请重新拍照，或另存为 jpg 后再上传。") from error
    except (OSError, ValueError, SyntaxError, RuntimeError, IndexError, KeyError, TypeError, EOFError) as error:
        if "Memory allocation" in str(error):
            raise MemoryError from error
        raise Invalid(f"“{name}”文件已损坏或不完整，无法打开。请重新拍照或另存后再上传。") from error


def _large_heif(file: BinaryIO, name: str) -> Image.Image | None:
    """Too large to hold twice in memory: made smaller. Its decoder turned it upright."""
    # Each thread of the decoder would want memory of its own.
    pillow_heif.options.DECODE_THREADS = 1
    try:
        if file.read(12)[4:8] != b"ftyp":
            return None
        file.seek(0)
        found = pillow_heif.open_heif(file, convert_hdr_to_8bit=True)
        image = found[found.primary_index]
    except (OSError, ValueError, RuntimeError, SyntaxError, IndexError):
        return None  # Pillow says what it is not
    finally:
        file.seek(0)
    if image.size[0] * image.size[1] <= HEIF_TWICE:
        return None
    limit = MAX_WHOLE if image.mode == "RGB" else HEIF_TWICE
    if image.size[0] * image.size[1] > limit:
        raise _too_large(name, *image.size, limit)
    (width, height), smaller = image.size, 2
    while width * height > KEPT_PIXELS * smaller**2:
        smaller *= 2
    rows, stride = memoryview(image.data), image.stride
    made = Image.new("RGB", (-(-width // smaller), -(-height // smaller)))
    for top in range(0, height, _STRIP):
        strip = rows[top * stride : min(top + _STRIP, height) * stride]
        piece = Image.frombuffer("RGB", (width, len(strip) // stride), strip, "raw", "RGB", stride, 1)  # type: ignore[arg-type]
        made.paste(piece.reduce(smaller), (0, top // smaller))
    return made


def _too_large(name: str, width: int, height: int, limit: int) -> Invalid:
    return Invalid(f"“{name}”有 {width}×{height} 像素，过大。请缩小到 {limit // 10_000} 万像素以内再上传。")


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
    out, look = io.BytesIO(), look_of(picture)
    if kind in ("PNG", "GIF") or picture.mode == "RGBA":
        picture.save(out, "PNG", compress_level=4)
        return {"format": "PNG", "look": look}, out.getvalue()
    picture.save(out, "JPEG", quality=_QUALITY, exif=b"")
    return {"format": "JPEG", "look": look}, out.getvalue()


def look(file: BinaryIO, name: str, kind: str) -> tuple[Any, bytes]:
    """{"look": `look_of`} of a stored picture. Raises Invalid."""
    try:
        return {"look": look_of(Image.open(file, formats=("JPEG", "PNG")))}, b""
    except (OSError, ValueError, SyntaxError) as error:
        raise Invalid(f"“{name}”文件已损坏或不完整，无法打开。") from error


def look_of(picture: Image.Image) -> str:
    """64 hex digits, nearly the same for a copy saved again, smaller or a little brighter; "" for one as good as empty."""
    small = picture.resize((_SIDE + 1, _SIDE), Image.Resampling.BOX, reducing_gap=2.0).convert("L")
    grey, row = small.tobytes(), _SIDE + 1
    steps = [grey[at] > grey[at + 1] + _NOISE for y in range(_SIDE) for at in range(y * row, y * row + _SIDE)]
    if sum(steps) < _LEAST_STEPS:
        return ""
    return f"{int(''.join('01'[step] for step in steps), 2):064x}"


def _plain(picture: Image.Image) -> Image.Image:
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    wanted = "RGBA" if has_alpha else "RGB"
    picture.load()
    return picture if picture.mode == wanted else picture.convert(wanted)
