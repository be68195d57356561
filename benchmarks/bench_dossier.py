"""Packing and checking a dossier against sha256sum over the same bytes. Run: python -m benchmarks.bench_dossier"""
# ruff: noqa: E402 Django reads its settings before any model can be imported

import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

import django

django.setup()

from django.conf import settings

from inspections.dossiers import packing, verification
from inspections.dossiers.pieces import DossierCatalogue, Piece, PieceGroup, Volume
from portal.core.files import store

FILES, MEBIBYTES = 100, 4
_WORDS = (
    "title",
    "district",
    "district_code",
    "round",
    "round_name",
    "author",
    "verdict",
    "standard",
    "rule_version",
    "inputs_sha256",
    "data_as_of",
)


def evidence() -> list[Piece]:
    """Put random files into the store, as evidence of one school."""
    pieces = []
    for number in range(FILES):
        path = Path(settings.FILES_ROOT, f"incoming-{number}")
        path.write_bytes(os.urandom(MEBIBYTES * 1024 * 1024))
        sha256, size = store.adopt(path)
        code = f"X-{number:03d}"
        pieces.append(Piece(code, code, "第一小学", "20260331", path=f"{code}.bin", stored=sha256, size=size))
    return pieces


def main() -> None:
    """Print MB/s of sha256sum, packing and checking, and the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        settings.FILES_ROOT = Path(folder)
        pieces = evidence()
        paths = [str(store.path_of(piece.stored)) for piece in pieces]
        total = FILES * MEBIBYTES
        start = time.perf_counter()
        subprocess.run(["sha256sum", *paths], check=True, stdout=subprocess.DEVNULL)
        reference = time.perf_counter() - start
        heading = dict.fromkeys(_WORDS, "基准") | {"date": "20260331"}
        tree = DossierCatalogue(
            heading, (Volume("X", "学校卷", "卷", (PieceGroup("X", "学校卷", "", tuple(pieces)),)),)
        )
        target = Path(folder, "package.zip")
        start = time.perf_counter()
        with target.open("wb") as file:
            packing.pack(tree, file, frozen_on="2026-03-31", make=lambda piece: b"", progress=lambda *seen: None)
        packed = time.perf_counter() - start
        start = time.perf_counter()
        holds = verification.check(target).holds
        checked = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"sha256sum {total / reference:7.0f} MB/s")
    print(f"packing   {total / packed:7.0f} MB/s  {packed / reference:5.2f} x the time of sha256sum")
    print(f"checking  {total / checked:7.0f} MB/s  {checked / reference:5.2f} x, holds: {holds}")
    print(f"{total} MB in {FILES} files, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
