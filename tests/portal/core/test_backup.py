"""Backup and restore: one moment, whole or loudly not, only into an empty installation."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import Installation, wait_for

FILL = """
from django.db import transaction
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.audit import actions as audit
from portal.core.files import store
from schools.directory.models import District
with transaction.atomic():
    by = system_user()
    district = District.objects.create(code="410202", name="龙亭区")
    for n in range(3):
        row = store.save([b"evidence %d" % n * 1000], name=f"佐证{n}.pdf", media_type="application/pdf", by=by)
        audit.record("evidence.attach", by=by, obj=row, district="410202", after={"sha256": row.sha256})
result = [row.sha256 for row in type(row).objects.order_by("id")]
"""
STATE = """
from portal.core.audit import queries
from portal.core.files import store
from portal.core.files.models import Document
from schools.directory.models import District
import hashlib
rows = list(Document.objects.order_by("id"))
whole = all(hashlib.sha256(b"".join(store.read(row))).hexdigest() == row.sha256 for row in rows)
count, breaks = queries.verify()
result = {"districts": [d.name for d in District.objects.all()], "documents": len(rows), "whole": whole,
          "audit": count, "breaks": len(breaks)}
"""
EMPTY = {"districts": [], "documents": 0, "whole": True, "audit": 0, "breaks": 0}
FILLED = {"districts": ["龙亭区"], "documents": 3, "whole": True, "audit": 3, "breaks": 0}
WRITE_ON = """
import sys
from itertools import count
import django
django.setup()
from django.db import transaction
from portal.core.accounts.queries import system_user
from portal.core.files import store
by = system_user()
for n in count():
    with transaction.atomic():
        store.save([b"more %d" % n], name="x.pdf", media_type="application/pdf", by=by)
    if n == 20:
        open(sys.argv[1], "w").close()
"""


def installed(folder: Path, **more: str) -> Installation:
    """Make an installation in a new folder."""
    folder.mkdir()
    return Installation(folder, **more)


def failure(installation: Installation, *words: object) -> str:
    done = installation.manage(*map(str, words), ok=False)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with a district, three files and their audit rows."""
    installation = Installation(tmp_path_factory.mktemp("source"))
    installation.python(FILL)
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def taken(source: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup, which no test changes."""
    folder = tmp_path_factory.mktemp("backups") / "一"
    assert "3 个文件" in source.manage("backup", folder).stdout
    return folder


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that stays empty: every restore into it is refused."""
    installation = Installation(tmp_path_factory.mktemp("empty"))
    yield installation
    installation.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation."""
    installation = installed(tmp_path / "target")
    yield installation
    installation.close()


@pytest.fixture
def copy(taken: Path, tmp_path: Path) -> Path:
    """The backup, to be damaged."""
    return Path(shutil.copytree(taken, tmp_path / "copy"))


def reseal(folder: Path, change: Callable[[dict], None]) -> None:
    """Change the manifest as somebody would who also knows how to write its digest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    content = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def reseal_dump(folder: Path) -> None:
    """Make the manifest agree with a changed dump."""
    dump = folder / "database.sqlite3"
    shown = {"dump_sha256": hashlib.sha256(dump.read_bytes()).hexdigest(), "dump_size": dump.stat().st_size}
    reseal(folder, lambda manifest: manifest.update(shown))


def test_a_restored_installation_has_everything_and_takes_no_second_restore(taken: Path, target: Installation) -> None:
    shown = target.manage("restore", taken).stdout
    assert "审计链完整（3 条）" in shown
    assert target.python(STATE) == FILLED
    assert "只能恢复到空的系统" in failure(target, "restore", taken)
    assert target.python(STATE) == FILLED


def test_a_restored_installation_works_on(taken: Path, target: Installation) -> None:
    target.manage("restore", taken)
    target.python(FILL.replace('"410202", name="龙亭区"', '"410203", name="顺河回族区"'))
    assert target.python(STATE) == FILLED | {"districts": ["龙亭区", "顺河回族区"], "documents": 6, "audit": 6}


def test_who_holds_the_database_open_goes_on_with_what_was_restored(taken: Path, target: Installation) -> None:
    with closing(sqlite3.connect(target.folder / "youheng.sqlite3", isolation_level=None)) as held:
        districts = "SELECT name FROM schools_district"
        assert held.execute(districts).fetchall() == []
        target.manage("restore", taken)
        assert held.execute(districts).fetchall() == [("龙亭区",)]
        held.execute("UPDATE schools_district SET name = '龙亭新区'")
    assert target.python(STATE) == FILLED | {"districts": ["龙亭新区"]}


def _flip_file(folder: Path) -> str:
    path = next(p for p in (folder / "files").rglob("*") if p.is_file())
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    return path.name


def _remove_file(folder: Path) -> str:
    path = next(p for p in (folder / "files").rglob("*") if p.is_file())
    path.unlink()
    return path.name


def _flip_dump(folder: Path) -> str:
    path = folder / "database.sqlite3"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return "database.sqlite3"


def _edit_manifest(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"vendor"', '"vendor" '))
    return "与校验值不一致"


def _remove_manifest(folder: Path) -> str:
    (folder / "manifest.json").unlink()
    return "不是完整的备份"


def _lose_a_row(folder: Path) -> str:
    reseal(folder, lambda manifest: manifest["tables"].update(schools_district=2))
    return "schools_district 应有 2 行，实有 1 行"


def _from_the_future(folder: Path) -> str:
    reseal(folder, lambda manifest: manifest["migrations"].append(["portal", "0999_later"]))
    return "portal.0999_later"


def _other_database(folder: Path) -> str:
    reseal(folder, lambda manifest: manifest.update(vendor="postgresql"))
    return "备份来自 PostgreSQL"


@pytest.mark.parametrize(
    "damage",
    [_flip_file, _remove_file, _flip_dump, _edit_manifest, _remove_manifest, _from_the_future, _other_database],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_or_foreign_backup_is_refused_by_name_and_nothing_is_written(
    copy: Path, empty: Installation, damage: Callable[[Path], str]
) -> None:
    words = damage(copy)
    assert words in failure(empty, "restore", copy)
    assert empty.python(STATE) == EMPTY
    assert not (empty.folder / "files").exists()


def test_rows_that_are_not_as_many_as_promised_fail_loudly_and_leave_the_database_empty(
    copy: Path, target: Installation
) -> None:
    words = _lose_a_row(copy)
    shown = failure(target, "restore", copy)
    assert words in shown
    assert "恢复没有完成" in shown
    assert target.python(STATE) == EMPTY


def test_an_audit_row_changed_inside_the_backup_is_found(copy: Path, target: Installation) -> None:
    with sqlite3.connect(copy / "database.sqlite3") as database:
        database.execute("DROP TRIGGER portal_audit_insert_only")
        database.execute("UPDATE portal_auditevent SET actor_name = '别人' WHERE seq = 2")
    reseal_dump(copy)
    shown = failure(target, "restore", copy)
    assert "第 2 条内容被改动" in shown


def test_a_machine_with_another_audit_key_is_reported_before_anything_is_written(
    taken: Path, empty: Installation
) -> None:
    empty.env["AUDIT_KEY"] = "another key"
    try:
        assert "审计密钥" in failure(empty, "restore", taken)
    finally:
        del empty.env["AUDIT_KEY"]


def test_an_old_backup_is_never_overwritten(source: Installation, taken: Path) -> None:
    before = {path: path.read_bytes() for path in taken.rglob("*") if path.is_file()}
    assert "不会被覆盖" in failure(source, "backup", taken)
    assert {path: path.read_bytes() for path in taken.rglob("*") if path.is_file()} == before


def test_a_file_lost_from_the_store_is_named_and_everything_else_is_saved(
    taken: Path, target: Installation, tmp_path: Path
) -> None:
    target.manage("restore", taken)
    lost = next(p for p in (target.folder / "files").rglob("*") if p.is_file())
    lost.unlink()
    shown = failure(target, "backup", tmp_path / "二")
    assert lost.name in shown
    assert "其余内容已备份" in shown
    stored = json.loads((tmp_path / "二" / "manifest.json").read_text())
    assert (len(stored["files"]), len(stored["damaged"])) == (2, 1)


def test_a_target_that_cannot_be_written_is_reported_and_leaves_nothing(source: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "备份没有写成" in failure(source, "backup", tmp_path / "file" / "folder")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_backup_taken_while_files_come_in_is_of_one_moment(target: Installation, tmp_path: Path) -> None:
    """Without the order (rows first, then their files) a row could be restored whose bytes are not there."""
    busy, marker = installed(tmp_path / "busy"), tmp_path / "marker"
    try:
        writer = busy.start("writer", "python", "-c", WRITE_ON, str(marker))
        wait_for("the writer", marker.exists)
        busy.manage("backup", tmp_path / "moment")
        assert writer.poll() is None
        busy.kill("writer")
        target.manage("restore", tmp_path / "moment")
        state = target.python(STATE)
        assert state["whole"]
        assert state["documents"] > 20
    finally:
        busy.close()


FILES_FIRST = """
from pathlib import Path
from django.db import transaction
from portal.core.accounts.queries import system_user
from portal.core.backups import actions, databases
from portal.core.files import store
dump = databases.dump
def later(target):
    files = dump(target.with_name("earlier"))
    with transaction.atomic():
        store.save([b"meanwhile"], name="meanwhile.pdf", media_type="application/pdf", by=system_user())
    rows = dump(target)
    return databases.Snapshot(rows.tables, rows.migrations, files.documents, rows.audit_end)
databases.dump = later
actions.take(folder=Path({folder!r}), by=system_user())
result = None
"""


def test_files_before_rows_would_leave_a_row_without_its_bytes_which_a_restore_names(
    target: Installation, tmp_path: Path
) -> None:
    """Negative control of the order: of what comes in between the two there is only the row."""
    busy = installed(tmp_path / "busy")
    try:
        busy.python(FILL)
        busy.python(FILES_FIRST.format(folder=str(tmp_path / "reversed")))
    finally:
        busy.close()
    assert "1 个文件在备份里没有内容：meanwhile.pdf" in failure(target, "restore", tmp_path / "reversed")


@pytest.mark.service
def test_postgresql_is_backed_up_and_restored_the_same_way(tmp_path: Path) -> None:
    url = os.environ["DATABASE_URL"]
    first, second = installed(tmp_path / "a", server_url=url), installed(tmp_path / "b", server_url=url)
    try:
        first.python(FILL)
        first.manage("backup", tmp_path / "backup")
        second.manage("restore", tmp_path / "backup")
        assert second.python(STATE) == FILLED
        second.python(FILL.replace('"410202", name="龙亭区"', '"410203", name="顺河回族区"'))
        assert "只能恢复到空的系统" in failure(second, "restore", tmp_path / "backup")
        first.env["PATH"] = str(tmp_path)
        assert "没有 pg_dump" in failure(first, "backup", tmp_path / "none")
        assert not (tmp_path / "none").exists()
    finally:
        first.close()
        second.close()
