"""Names of uploaded files: what a browser sent becomes a name that is safe on every system."""

import re
import unicodedata

MAX_NAME = 120
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}


def neutral(name: str, *, fallback: str = "文件") -> str:
    """Return the name without folders, control and direction marks, reserved words and excess length.

    The extension is kept, in lower case: 「第三小学 教室.PDF」 → 「第三小学 教室.pdf」.
    """
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


def extension(name: str) -> str:
    """Return the extension in lower case without its dot; "" when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
