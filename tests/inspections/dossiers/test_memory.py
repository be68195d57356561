"""Memory: a package of 200 MB needs no more than one of 10 MB."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import json, os, resource, sys
from pathlib import Path
import django
from django.conf import settings
django.setup()
from inspections.dossiers import packing, verification
from inspections.dossiers.pieces import DossierCatalogue, Piece, PieceGroup, Volume
from portal.core.files import store

settings.FILES_ROOT = sys.argv[1]
count, size = int(sys.argv[2]), 5 * 1024 * 1024
pieces = []
for number in range(count):
    sha256, _ = store._write(os.urandom(1024 * 1024) for _ in range(5))
    code = f"X-{number:03d}"
    pieces.append(Piece(code, code, "甲小学", "20260331", path=f"{code}.bin", stored=sha256, size=size, name=code))
heading = dict.fromkeys(["title", "district", "district_code", "round", "round_name", "author", "verdict", "standard",
                         "rule_version", "inputs_sha256", "data_as_of"], "甲") | {"date": "20260331"}
tree = DossierCatalogue(heading, (Volume("X", "学校卷", "卷", (PieceGroup("X", "学校卷", "", tuple(pieces)),)),), {})
target = Path(sys.argv[1], "package.zip")
with target.open("wb") as file:
    packing.pack(tree, file, frozen_on="2026-03-31", make=None, progress=lambda *seen: None)
assert verification.check(target).holds
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
"""


def peak(folder: Path, files: int) -> int:
    """Peak memory in KiB of a process that packs and checks so many files of 5 MB."""
    folder.mkdir()
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", SCRIPT, str(folder), str(files)]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_packing_and_checking_200_mb_takes_no_more_memory_than_10_mb(tmp_path: Path) -> None:
    small, large = peak(tmp_path / "small", 2), peak(tmp_path / "large", 40)
    assert large - small < 16 * 1024
