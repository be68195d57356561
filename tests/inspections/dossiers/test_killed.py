"""A real worker killed in the middle of a package: nothing half-written, and the next one makes it once."""

from pathlib import Path

from tests.processes import Installation, wait_for

MAKE = """
from datetime import UTC, datetime
from indicators.results.evaluations import actions as evaluating, judging
from inspections.dossiers import actions
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from tests.indicators.district import fill, open_round
round = open_round(District.objects.create(code="410202", name="龙亭区"))
fill(round, 12)
judged = judging.judge(round, judging.read(round), datetime(2026, 3, 31, tzinfo=UTC))
evaluation = evaluating.record(judged=judged, by=system_user())
result = actions.build(evaluation_id=evaluation.pk, by=system_user()).pk
"""
STATE = """
from inspections.dossiers import work
from inspections.dossiers.models import Dossier
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.jobs.models import Job
dossier = Dossier.objects.select_related("package").get()
job = Job.objects.get(kind="build_dossier")
result = {"job": job.state, "state": dossier.state, "error": job.error,
          "packages": Document.objects.filter(media_type="application/zip").count(),
          "published": AuditEvent.objects.filter(action="dossier.publish").count(),
          "problems": work.stored(dossier).problems if dossier.package else None}
"""
# The worker, which stops after five pieces: it is killed there however fast it is.
HALF = """
import signal
import django
django.setup()
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from inspections.dossiers.packing import BagWriter
add = BagWriter.add
def add_and_stop(bag, path, chunks):
    added = add(bag, path, chunks)
    if len(bag._payload) == 5:
        Path(settings.FILES_ROOT, "../half").touch()
        signal.pause()
    return added
BagWriter.add = add_and_stop
call_command("run_jobs")
"""


def unfinished(folder: Path) -> list[Path]:
    return list((folder / "files").glob("incoming-dossier-*"))


def test_a_worker_killed_while_it_packs_leaves_no_package_and_the_next_one_makes_it_once(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    try:
        installation.python(MAKE)
        runner = installation.start("runner", "python", "-c", HALF)
        wait_for("half a package", lambda: (tmp_path / "half").exists() or runner.poll() is not None)
        installation.kill("runner")
        assert len(unfinished(tmp_path)) == 1
        before = installation.python(STATE)
        assert (before["state"], before["packages"]) == ("building", 0)
        installation.start_runner()
        # To ask the installation takes seconds, to look into its folder nothing.
        wait_for(
            "the job to end",
            lambda: not unfinished(tmp_path) and installation.python(STATE)["job"] in ("done", "failed"),
        )
        after = installation.python(STATE)
        assert after == {
            "job": "done",
            "state": "ready",
            "error": "",
            "packages": 1,
            "published": 1,
            "problems": [],
        }
        assert unfinished(tmp_path) == []
    finally:
        installation.close()
