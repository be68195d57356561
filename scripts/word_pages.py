"""Compares the pages of Word files as LibreOffice sets them with the PDF files of the same name next to them.

Run: python scripts/word_pages.py FOLDER (needs `soffice`; exit code 1 where a pair differs by more than one page)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from pypdf import PdfReader


def main(folder: Path) -> int:
    """Print each pair with its pages."""
    pairs = [path for path in sorted(folder.glob("*.docx")) if path.with_suffix(".pdf").exists()]
    if not pairs:
        print(f"no .docx with a .pdf of its name in {folder}")
        return 1
    with tempfile.TemporaryDirectory() as made:
        words = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", made, *map(str, pairs)]
        subprocess.run(words, check=True, capture_output=True)
        worst = 0
        for path in pairs:
            both = [len(PdfReader(one).pages) for one in (path.with_suffix(".pdf"), Path(made) / f"{path.stem}.pdf")]
            worst = max(worst, abs(both[0] - both[1]))
            print(f"{path.stem:60} PDF {both[0]:3}   Word {both[1]:3}")
    return int(worst > 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
