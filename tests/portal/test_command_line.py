"""What the command line says when its database cannot be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", [["evaluate", "2026"], ["create_admin", "admin", "--district", "410202"]])
def test_a_database_that_was_never_migrated_is_named_in_chinese(tmp_path: Path, command: list[str]) -> None:
    env = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3", "ADMIN_PASSWORD": "Longting-2026"}
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "请先运行 python manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr
