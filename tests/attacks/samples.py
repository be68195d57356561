"""Every file the tests of this folder make, and workbooks as the imports take them, as seeds for damage at random."""

import io
import tempfile
from functools import lru_cache
from pathlib import Path

from PIL import Image

from tests import workbooks as made
from tests.attacks import test_office, test_pdf, test_uploads, test_xls_bombs
from tests.portal.core.spreadsheets import books

PUBLIC = Path(__file__).parent / "public"
_LARGEST = 300_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "HEIF")


def files() -> list[tuple[str, bytes]]:
    """Names and contents: attacks, ordinary files and public inputs; the small ones."""
    attacks = [(name, make()) for name, make, _ in test_uploads.ATTACKS.values()]
    attacks += [("a.pdf", make()) for make, _ in test_pdf.REFUSED.values()]
    attacks += [("a.pdf", make()) for make in test_pdf.TAKEN.values()]
    attacks += [("a.docx", make()) for make, _ in test_office.ATTACKS.values()]
    attacks += [(name, make()) for name, make in test_office.ORDINARY.values()]
    attacks += [(path.name, path.read_bytes()) for path in PUBLIC.iterdir()]
    attacks += [(f"a.{kind}", picture(kind)) for kind in FORMATS]
    return [(name, content) for name, content in attacks if 0 < len(content) < _LARGEST]


def picture(kind: str) -> bytes:
    """A small picture of one of the formats a phone or a scanner makes."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, kind)
    return out.getvalue()


@lru_cache
def register() -> bytes:
    """A register of a district."""
    return _written(made.write_register)


@lru_cache
def submissions() -> bytes:
    """The figures of its schools."""
    return _written(made.write_submissions)


def older() -> list[tuple[str, bytes]]:
    """Workbooks of Excel 97 and of OpenDocument, sound ones and small bombs."""
    rows: list[list[str | int | float]] = [["学校标识码", "人数", "面积"], ["4102020001", 300, 2.5]]
    bombs = [make() for make in test_xls_bombs.BOMBS.values()]
    found = [books.xls("表", rows), books.ods("表", rows)] * 6 + bombs
    return [("older", content) for content in found if len(content) < _LARGEST]


def _written(write) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write(path, made.district(7)[:6])
        return path.read_bytes()


def workbooks() -> list[tuple[str, bytes]]:
    """The workbooks of the imports, each with the reader it goes to."""
    public = [
        (
            "submissions" if name[0] in "13" else "register" if "register" in name else "workbook",
            (PUBLIC / name).read_bytes(),
        )
        for name in (
            "16-dressed-numbers.xlsx",
            "31-hidden-row.xlsx",
            "register-fullwidth.xlsx",
            "stat-fullwidth-decimal.xlsx",
        )
    ]
    return [("register", register()), ("submissions", submissions())] * 3 + public * 2
