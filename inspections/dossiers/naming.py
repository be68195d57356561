"""Names inside the package that every system can unpack: Windows' rules, in Chinese, of bounded length."""

import re
import unicodedata

# 200 bytes of UTF-8 are the least that common file systems and unpackers all take for one component.
MAX_BYTES = 200
# Four folders deep below a user's own folder, a full path must stay under Windows' 260 characters.
MAX_CHARACTERS = 60
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_") | {"%": "％"})
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"
}


def component(stem: str, extension: str = "") -> str:
    """Return one folder or file name: NFC, no forbidden or invisible characters, no reserved word.

    The extension (without dot) survives whatever is cut. A percent sign becomes its
    full-width twin because RFC 8493 §2.1.3 gives it a meaning in manifests.
    """
    end = f".{_clean(extension).lower()}" if extension else ""
    name = _clean(stem) or "文件"
    if name.split(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    return _shortened(name, len(end.encode())) + end


def split(name: str) -> tuple[str, str]:
    """Return stem and extension of a file name; a name without a dot has no extension."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot and 0 < len(extension) <= 5 else (name, "")


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    # Cf holds the marks that reverse reading direction; Cs and Co mean nothing on another machine.
    visible = "".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    return re.sub(r"\s+", " ", visible.translate(_FORBIDDEN)).strip(" .")


def _shortened(name: str, reserved: int) -> str:
    name = name[:MAX_CHARACTERS]
    while len(name.encode()) + reserved > MAX_BYTES:
        name = name[:-1]
    return name.rstrip(" .")
