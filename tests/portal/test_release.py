"""Data of an earlier release, brought to the present one: `tests/releases` keeps its backups, one for each database."""

import os
import re
import tarfile
from pathlib import Path

import pytest

from tests.processes import ROOT, Installation

# A year of 甲小学 as the actions of 26 November 2026 wrote it; the dossier was still waiting to be built.
LOOK = """
import hashlib, io
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from indicators.models import Answer, Evaluation, Revision
from inspections.models import Dossier, Finding, Report, Visit
from portal.core.files import store
from portal.models import AuditEvent, Document, Job, User
from portal.core.jobs import runner
while runner.run_one():
    pass
stored = list(Evaluation.objects.values_list("engine", flat=True))
printed = io.StringIO()
call_command("evaluate", "2026", "--format", "json", stdout=printed)
override_settings(STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}).enable()
pages = {}
for name in ("admin", "reporter_a", "inspector_a", "auditor"):
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    asked = ["home", "rectification:list", "visits:list"] if name != "auditor" else ["audit"]
    asked += ["board:board", "board:schools", "dossiers:list", "reports:list", "rounds:list"] * (name == "admin")
    pages |= {f"{name} {url}": client.get(reverse(url)).status_code for url in asked}
result = {
    "answers": Answer.objects.count(), "revisions": Revision.objects.count(), "findings": Finding.objects.count(),
    "visits": Visit.objects.count(), "reports": Report.objects.count(), "stored": stored,
    "dossier": Dossier.objects.get().state, "unfinished": Job.objects.exclude(state="done").exclude(kind="reopen_findings").count(),
    "trail": AuditEvent.objects.filter(actor_role="").count(), "photos": Visit.objects.filter(photos__isnull=False).count(),
    "whole": all(hashlib.sha256(b"".join(store.read(row))).hexdigest() == row.sha256 for row in Document.objects.all()),
    "pages": pages,
    "judged": [[part["school_code"], part["passes"]] for part in json.loads(printed.getvalue())["parts"]],
}
"""

TABLES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT table_name::text, concat_ws(' ', column_name, data_type, character_maximum_length, numeric_precision,
            numeric_scale, is_nullable, column_default, is_identity) FROM information_schema.columns
            WHERE table_schema = 'public'
        UNION ALL SELECT conrelid::regclass::text, conname || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
}


def tables(installation: Installation, vendor: str) -> list[tuple[str, list[str]]]:
    """What the database consists of, without the order of columns and what PostgreSQL adds in a restored condition."""
    noise = re.compile(r"[(),\[\]]|::text|::character varying|\[\]")
    return sorted((name, sorted(noise.sub(" ", sql).split())) for name, sql in installation.rows(TABLES[vendor]))


@pytest.mark.parametrize("vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def test_data_of_the_last_release_goes_on_in_this_one(vendor: str, tmp_path: Path) -> None:
    with tarfile.open(ROOT / f"tests/releases/2026-11-26-{vendor}.tar.xz") as stored:
        # The first patch releases of Python 3.11 have no filters and need none named.
        stored.extraction_filter = getattr(tarfile, "data_filter", None)
        stored.extractall(tmp_path)
    (tmp_path / "new").mkdir()
    new = Installation(tmp_path / "new", server_url=os.environ["DATABASE_URL"] if vendor == "postgresql" else "")
    try:
        # As compose leaves it: migrated, standards loaded.
        new.manage("load_standard")
        made_at_once = tables(new, vendor)
        assert "审计链完整（27 条）" in new.manage("restore", tmp_path / vendor).stdout
        # The many migrations of an older database lead where the one of a new database begins.
        assert tables(new, vendor) == made_at_once
        seen = new.python(LOOK)
        assert {page: status for page, status in seen.pop("pages").items() if status != 200} == {}
        assert seen.pop("trail") >= 27
        assert seen == {
            "answers": 61,
            "revisions": 1,
            "findings": 2,
            "visits": 2,
            "reports": 1,
            "stored": ["2.3"],
            "dossier": "ready",
            "unfinished": 0,
            "photos": 1,
            "whole": True,
            "judged": [["4102020001", True], ["4102020002", None]],
        }
    finally:
        new.close()
