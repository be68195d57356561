"""What the chain alone cannot show: a cut end, an emptied table, an old database put back, found against checkpoints."""

import json
import os
import shutil
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from portal.core.audit import actions as audit, chain, queries
from portal.core.audit.chain import Checkpoint
from portal.core.audit.models import AuditEvent, AuditHead
from tests.processes import Installation, _on_server

FIVE = """
from django.db import transaction
from portal.core.accounts.queries import system_user
from portal.core.audit import actions as audit
for n in range(5):
    with transaction.atomic():
        audit.record("test.action", by=system_user(), after={"n": n})
result = None
"""


@pytest.fixture
def write(cast, django_capture_on_commit_callbacks):
    """A function that records so many events, each committed by itself."""

    def events(count: int) -> None:
        for number in range(count):
            with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
                audit.record("test.action", by=cast.admin, after={"n": number})

    return events


def cut(last: int) -> None:
    """Leave the trail as it was after event `last`, its mark in the database too: as cutting or an old copy does."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE portal_auditevent DISABLE TRIGGER portal_audit_insert_only")
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [last])
    stored = AuditEvent.objects.filter(seq=last).first()
    AuditHead.objects.update(seq=last, hash=stored.hash if stored else "0" * 64)


def found(marks: list[Checkpoint] | None = None) -> str:
    return "\n".join(one.what for one in queries.verify(marks)[1])


def test_every_committed_event_has_its_mark_outside_the_database(write, settings) -> None:
    write(5)
    [file] = Path(settings.AUDIT_CHECKPOINTS).iterdir()
    assert [json.loads(line)["seq"] for line in file.read_text().splitlines()] == [1, 2, 3, 4, 5]
    assert queries.verify() == (5, [])


def test_an_end_cut_off_together_with_its_mark_in_the_database_is_found(write) -> None:
    write(5)
    cut(3)
    assert "末尾第 4 至 5 条缺失：检查点在" in found()
    assert found([]) == "", "the chain by itself cannot know"


def test_without_checkpoints_the_command_says_what_it_cannot_know(write, settings, capsys) -> None:
    write(5)
    shutil.rmtree(settings.AUDIT_CHECKPOINTS)
    call_command("verify_audit")
    assert "末尾是否被删除无从核对" in capsys.readouterr().out


@pytest.mark.parametrize("with_head", [True, False])
def test_an_emptied_trail_is_found_even_when_it_is_written_on(write, with_head: bool) -> None:
    write(5)
    cut(0)
    if with_head:
        AuditHead.objects.all().delete()
    assert "审计记录被清空：检查点在" in found()
    write(9)
    assert "第 5 条与检查点不符" in found()


def test_an_old_database_put_back_is_found_at_once_and_after_work_went_on(write) -> None:
    write(10)
    cut(5)
    assert "末尾第 6 至 10 条缺失" in found()
    write(12)
    assert "第 6 条与检查点不符" in found()
    assert "数据库被换成旧备份后又继续使用" in found()


def test_a_restore_recorded_in_the_trail_explains_what_it_left_behind_and_no_more(write, cast) -> None:
    write(10)
    cut(5)
    with transaction.atomic():
        audit.record(queries.RESTORED, by=cast.admin, after={"last": 5, "lost_until": 10})
    write(8)
    assert found() == ""
    cut(12)
    assert "末尾第 13 至 14 条缺失" in found()


def test_a_forged_or_foreign_checkpoint_is_named(write, settings) -> None:
    write(3)
    [file] = Path(settings.AUDIT_CHECKPOINTS).iterdir()
    file.write_text(file.read_text().replace('"seq": 3', '"seq": 2'))
    assert "检查点（第 2 条）的签名不符" in found()


def test_a_backup_and_a_dossier_prove_what_was_cut_after_them(write, tmp_path: Path) -> None:
    write(5)
    mark = chain.sign(*queries.end()).line
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup/manifest.json").write_text(json.dumps({"audit_checkpoint": json.loads(mark)}, indent=1))
    with zipfile.ZipFile(tmp_path / "dossier.zip", "w") as archive:
        archive.writestr("档案/bag-info.txt", f"Bagging-Date: 2026-11-27\nAudit-Checkpoint: {mark}\n")
    cut(3)
    for place in ("backup", "dossier.zip"):
        assert "末尾第 4 至 5 条缺失" in found(chain.read_checkpoints(tmp_path / place))
        with pytest.raises(CommandError, match="末尾第 4 至 5 条缺失"):
            call_command("verify_audit", "--against", str(tmp_path / place))


def test_what_holds_no_checkpoint_is_refused_in_words(db, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    for name, words in (("notes.txt", "没有审计检查点"), ("absent", "无法读取")):
        with pytest.raises(CommandError, match=words):
            call_command("verify_audit", "--against", str(tmp_path / name))


def test_a_half_written_line_is_no_alarm_and_old_days_keep_their_last_mark(settings) -> None:
    folder = Path(settings.AUDIT_CHECKPOINTS)
    folder.mkdir(parents=True)
    old = [chain.sign(seq, "a" * 64).line for seq in (1, 2, 3)]
    (folder / "2020-01-01.jsonl").write_text("\n".join(old) + '\n{"at": "2020')
    chain.store_checkpoint(4, "b" * 64)
    assert [mark.seq for mark in chain.stored_checkpoints()] == [3, 4]
    assert all(mark.holds for mark in chain.stored_checkpoints())


def test_a_disk_that_takes_no_mark_does_not_undo_the_action(write, settings, tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("")
    settings.AUDIT_CHECKPOINTS = tmp_path / "file" / "folder"
    write(1)
    assert queries.verify([]) == (1, [])
    assert "on_commit" in caplog.text


def test_a_checkpoint_says_its_day_by_the_bureaus_clock() -> None:
    assert Checkpoint("2026-03-30T16:30:00+00:00", 1, "").day == "2026-03-31 00:30"


@pytest.mark.django_db
def test_the_row_names_the_role_and_the_hash_covers_it(cast) -> None:
    with transaction.atomic():
        event = audit.record("test.action", by=cast.admin)
    assert event.actor_role == "局管理员"
    for role in ("审计员", ""):
        event.actor_role = role
        assert chain.digest(event) != event.hash


def test_a_restore_that_loses_events_is_named_and_stands_in_the_trail(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    empty = shutil.copy(tmp_path / "youheng.sqlite3", tmp_path / "empty")
    made.python(FIVE)
    made.manage("backup", tmp_path / "backup")
    made.python(FIVE)
    shutil.copy(empty, tmp_path / "youheng.sqlite3")
    for rest in ("-wal", "-shm"):
        (tmp_path / f"youheng.sqlite3{rest}").unlink(missing_ok=True)
    assert "已记到第 11 条，第 6 条起不在备份里" in made.manage("restore", tmp_path / "backup").stdout
    assert "共 6 条" in made.manage("verify_audit").stdout
    made.close()


@pytest.mark.service
def test_the_limited_role_can_add_to_the_trail_and_do_nothing_else_to_it(tmp_path: Path) -> None:
    import psycopg2
    from psycopg2 import errors

    url = os.environ["DATABASE_URL"]
    made = Installation(tmp_path, server_url=url)
    role, owner = f"{made.name}_portal", made.env["DATABASE_URL"]
    try:
        made.env["PORTAL_DB_PASSWORD"] = "p@ss'w/o:rd%$"
        made.manage("limit_role", role)
        made.manage("limit_role", role)
        place = urlsplit(owner)
        made.env["DATABASE_URL"] = place._replace(netloc=f"{role}@{place.hostname}:{place.port}").geturl()
        made.env["PGPASSWORD"] = made.env["PORTAL_DB_PASSWORD"]
        made.python(FIVE)
        assert "共 5 条" in made.manage("verify_audit").stdout
        with psycopg2.connect(owner) as opened, opened.cursor() as cursor:
            cursor.execute(f'SET ROLE "{role}"')
            for forbidden in (
                "UPDATE portal_auditevent SET actor_name = 'x'",
                "DELETE FROM portal_auditevent",
                "TRUNCATE portal_auditevent",
                "ALTER TABLE portal_auditevent DISABLE TRIGGER ALL",
                "DROP TABLE portal_auditevent",
                "TRUNCATE schools_school CASCADE",
            ):
                cursor.execute("SAVEPOINT before")
                with pytest.raises(errors.InsufficientPrivilege):
                    cursor.execute(forbidden)
                cursor.execute("ROLLBACK TO before")
        opened.close()
    finally:
        made.close()
        _on_server(url, f'DROP ROLE IF EXISTS "{role}"')
