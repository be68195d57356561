"""`make faults`: every fault of the list on a whole installation under writes; exit 1 unless all print 0 / 0 / 0."""

import sys
import tempfile
from pathlib import Path

from tests.faults.stage import FAULTS, Stage


def main() -> int:
    """Print lost, phantom and duplicate writes after each fault."""
    holds = True
    print(f"{'fault':38}{'acknowledged':>14}{'lost':>7}{'phantom':>9}{'duplicate':>11}")
    with tempfile.TemporaryDirectory(prefix="youheng-faults-") as folder:
        stage = Stage(Path(folder))
        try:
            stage.start()
            before = 0
            for name, fault in FAULTS.items():
                verdict = stage.under(fault)
                lost, phantom, duplicate = verdict.counts()
                print(f"{name:38}{verdict.acknowledged - before:14}{lost:7}{phantom:9}{duplicate:11}", flush=True)
                for key in (*verdict.lost, *verdict.phantom, *verdict.duplicate):
                    print(f"    {key}")
                holds, before = holds and verdict.holds, verdict.acknowledged
        finally:
            stage.site.close()
    return 0 if holds else 1


sys.exit(main())
