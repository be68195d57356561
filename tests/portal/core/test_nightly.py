"""A backup each night: when, which of the old ones go, what is left word of, and who is warned."""

from datetime import datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from portal.core.audit.models import AuditEvent
from portal.core.backups import databases, models, queries
from portal.core.backups.models import Backup
from portal.management.commands import backup_nightly

AT = time(1, 30)


def moment(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-28T12:00", "2026-11-28T12:00"),
        ("2026-11-28T01:31", "2026-11-28T12:00", "2026-11-29T01:30"),
        ("2026-11-27T13:00", "2026-11-28T01:00", "2026-11-28T01:30"),
        ("2026-11-27T13:00", "2026-11-28T01:30", "2026-11-28T01:30"),
        ("2026-11-25T01:31", "2026-11-28T12:00", "2026-11-28T12:00"),
    ],
)
def test_the_next_backup_is_tonight_and_a_missed_one_is_made_up_for_at_once(last, now, due) -> None:
    assert queries.due(last and moment(last), AT, moment(now)) == moment(due)


def test_the_newest_stay_and_the_first_of_each_month() -> None:
    days = [datetime(2025, 9, 30) + timedelta(days=n) for n in range(425)]
    backups = [Path(f"{day:%Y-%m-%d}T013000") for day in days]
    gone = set(queries.outlived(backups, 30))
    left = [path.name[:10] for path in backups if path not in gone]
    assert left[-30:] == [f"{day:%Y-%m-%d}" for day in days[-30:]]
    assert left[:-30] == [f"2025-{month:02}-01" for month in (12,)] + [f"2026-{month:02}-01" for month in range(1, 11)]
    assert queries.outlived(backups[1:4], 1) == backups[2:3]


@pytest.fixture
def dumps(monkeypatch) -> None:
    """A dump that stands for the database: a test's transaction cannot be dumped from within."""

    def dump(target: Path) -> databases.Snapshot:
        target.write_bytes(b"dump")
        return databases.Snapshot({"portal_user": 1}, [], [("0" * 64, 3, "名册.pdf")], (0, "0" * 64))

    monkeypatch.setattr(databases, "dump", dump)


@pytest.mark.django_db
@pytest.mark.usefixtures("dumps")
def test_each_night_leaves_word_and_removes_only_whole_backups_of_its_own(tmp_path: Path, capsys) -> None:
    for name in ("2026-01-01T013000", "2026-01-02T013000", "2026-01-03T013000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / models.MANIFEST).touch()
    (tmp_path / "2026-01-02T020000").mkdir()
    (tmp_path / "before-upgrade").mkdir()
    call_command("backup_nightly", tmp_path, "--once", "--keep", "1")
    left = sorted(path.name for path in tmp_path.iterdir())
    row = Backup.objects.get()
    assert left == ["2026-01-01T013000", "2026-01-02T020000", Path(row.folder).name, "before-upgrade"]
    assert (row.rows, row.files, row.damaged, row.error) == (1, 0, [f"名册.pdf（{'0' * 64}）"], "")
    event = AuditEvent.objects.get(action="backup.take")
    assert (event.actor_name, event.success) == ("系统（system）", True)
    assert "名册.pdf" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_backup_that_fails_leaves_word_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="备份没有写成"):
        call_command("backup", tmp_path / "file" / "folder")
    assert "备份没有写成" in Backup.objects.get().error
    assert not AuditEvent.objects.get(action="backup.take").success


@pytest.mark.django_db
def test_a_database_that_cannot_be_dumped_leaves_word_too(tmp_path: Path, monkeypatch) -> None:
    def dump(target: Path) -> databases.Snapshot:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(databases, "dump", dump)
    for words in (["backup", tmp_path / "one"], ["backup_nightly", tmp_path, "--once"]):
        with pytest.raises(CommandError, match="数据库没有导出"):
            call_command(*words)
    assert [row.error for row in Backup.objects.all()] == [
        "数据库没有导出：database or disk is full。请检查磁盘空间和数据库。"
    ] * 2
    assert list(tmp_path.iterdir()) == []


class Over(Exception):
    """The end of a loop that has none."""


@pytest.fixture
def nights(monkeypatch, tmp_path: Path):
    """Run the service over so many waits and return how long it waited after each failure."""

    def run(count: int) -> list[float]:
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2 * count:
                raise Over

        monkeypatch.setattr(backup_nightly.time, "sleep", sleep)
        monkeypatch.setattr(backup_nightly, "connection", SimpleNamespace(close=lambda: None))
        with pytest.raises(Over):
            call_command("backup_nightly", tmp_path / "backups")
        return waits[1::2]

    return run


@pytest.mark.django_db
def test_a_night_that_fails_again_and_again_leaves_word_once_and_is_tried_ever_more_rarely(nights, monkeypatch) -> None:
    def dump(target: Path) -> databases.Snapshot:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(databases, "dump", dump)
    assert nights(5) == [600, 1200, 2400, 3600, 3600]
    assert (Backup.objects.count(), AuditEvent.objects.filter(action="backup.take").count()) == (1, 1)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    nights(3)
    assert Backup.objects.count() == 2


@pytest.mark.django_db
def test_a_folder_that_is_not_there_leaves_word_too(nights, tmp_path: Path) -> None:
    (tmp_path / "backups").touch()
    nights(1)
    assert "备份没有写成" in Backup.objects.get().error


@pytest.mark.django_db
@pytest.mark.usefixtures("dumps")
def test_an_old_one_that_cannot_be_removed_does_not_deny_the_new_one(tmp_path: Path, monkeypatch, capsys) -> None:
    for name in ("2026-01-01T013000", "2026-01-02T013000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / models.MANIFEST).touch()

    def stuck(path: Path, **how: object) -> None:
        if path.name == "2026-01-02T013000":
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", stuck)
    with pytest.raises(CommandError, match="旧备份 2026-01-02T013000 没有清理掉：Permission denied"):
        call_command("backup_nightly", tmp_path, "--once", "--keep", "1")
    assert "已备份到" in capsys.readouterr().out
    assert Backup.objects.get().error == ""


@pytest.mark.parametrize(("words", "said"), [(["--keep", "0"], "--keep"), (["--at", "25:00"], "HH:MM")])
def test_wrong_settings_are_said(tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("backup_nightly", tmp_path, "--once", *words)


def taken(hours: int = 1, **facts) -> Backup:
    return Backup.objects.create(at=timezone.now() - timedelta(hours=hours), folder="/backups/x", **facts)


def page(cast, sign_in) -> str:
    return sign_in(cast.admin).get(reverse("backups")).content.decode()


@pytest.mark.django_db
def test_the_page_says_when_the_last_one_was_and_what_is_wrong(cast, sign_in) -> None:
    assert "还没有做过备份" in page(cast, sign_in)
    taken(hours=60)
    assert "48 小时以前" in page(cast, sign_in)
    taken(rows=4021, files=77)
    said = page(cast, sign_in)
    assert "4021 行数据、77 个文件" in said
    assert 'role="alert"' not in said
    taken(hours=0, damaged=["名册.pdf（00）"])
    said = page(cast, sign_in)
    assert "有 1 个文件在存储中缺少或损坏" in said
    assert "名册.pdf" not in said, "files of other districts have names too"
    taken(hours=0, error="磁盘已满。")
    said = page(cast, sign_in)
    assert "最近一次备份没有成功：磁盘已满。" in said
    assert "同一夜的重试不逐次列出" in said


@pytest.mark.django_db
def test_the_workbench_warns_who_may_see_backups_where_they_are_expected(cast, sign_in, settings) -> None:
    def said(user) -> bool:
        return "还没有做过备份" in sign_in(user).get(reverse("home")).content.decode()

    assert not said(cast.admin)
    settings.BACKUP_EXPECTED_HOURS = 36
    assert said(cast.admin)
    assert not said(cast.reporter_a)
    taken(hours=40)
    assert "36 小时以前" in queries.worry()
