"""Every command given nonsense: one Chinese CommandError, nothing written, no traceback."""

import resource
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from indicators.collection.submissions.models import Round
from portal.core.audit.models import AuditEvent
from schools.directory.models import School
from tests.bad_input.test_files import FILES

pytestmark = pytest.mark.django_db
ROUND, BY = "2026", "--by=admin"

NONSENSE = [
    ["import_schools", "no-such.xlsx", BY],
    ["import_schools", ".", BY],
    ["import_schools", "no-such.xlsx", "--by=nobody"],
    ["import_returns", ROUND, "no-such.xlsx", BY],
    ["import_returns", ROUND, ".", BY],
    ["import_returns", ROUND, "no-such.xlsx", "--by=nobody"],
    ["import_returns", "1999", "no-such.xlsx", BY],
    ["import_returns", ROUND, "no-such.xlsx", BY, "--district=999999"],
    ["export_template", "1999", "out.xlsx"],
    ["export_template", ROUND, "no/such/folder/out.xlsx"],
    ["export_template", ROUND, "."],
    ["open_round", ROUND, "--district=410202"],
    ["open_round", "2027", "--district=999999"],
    ["open_round", "2027", "--district=410202", "--due=2026-02-30"],
    ["open_round", "2027", "--district=410202", "--standard=no-such"],
    ["open_round", "", "--district=410202"],
    ["open_round", "9" * 400, "--district=410202"],
    ["open_round", "年" * 30, "--district=410202"],
    ["open_round", "1999", "--district=410202", "--add"],
    ["evaluate", "1999"],
    ["evaluate", ROUND, "--district=999999"],
    ["evaluate", ROUND, "--by=nobody"],
    ["evaluate", ROUND, "--format=xlsx"],
    ["evaluate", ROUND, "--output=no/such/folder/out.json"],
    ["compile_report", "--district=999999", "--phase=1", BY],
    ["compile_report", "--district=410202", "--phase=99", BY],
    ["compile_report", "--district=410202", "--phase=99999999999999999999", BY],
    ["compile_report", "--district=410202", BY],
    ["compile_report", "--district=410202", "--from=2026-02-30", "--to=2026-03-01", BY],
    ["compile_report", "--district=410202", "--from=2026-03-02", "--to=2026-03-01", BY],
    ["compile_report", "--district=410202", "--from=0001-01-01", "--to=9999-12-31", BY],
    ["compile_report", "--district=410202", "--from=0001-01-01", "--to=0001-01-02", BY],
    ["compile_report", "--district=410202", "--school=0000000000", "--phase=1", BY],
    ["compile_report", "--district=410202", "--phase=1", "--by=nobody"],
    ["build_dossier", "1999", "--district=410202", BY],
    ["build_dossier", ROUND, "--district=999999", BY],
    ["build_dossier", ROUND, "--district=410202", BY, "--output=no/such/folder/out.zip"],
    ["verify_dossier", "no-such.zip"],
    ["verify_dossier", "/dev/null"],
    ["verify_dossier", "."],
    ["create_admin", "管理员", "--district=410202"],
    ["create_admin", "boss", "--district=41"],
    ["create_admin", "b" * 400, "--district=410202"],
]


def _count() -> tuple[int, int, int]:
    # That figures were read out for a file stays on record, even if the disk then refuses the file.
    events = AuditEvent.objects.exclude(action__contains="export")
    return Round.objects.count(), School.objects.count(), events.count()


def _said(words: list[str]) -> str:
    with pytest.raises(CommandError) as error:
        call_command(*words)
    return str(error.value)


@pytest.mark.parametrize("words", NONSENSE, ids=lambda words: " ".join(words)[:70])
def test_nonsense_is_answered_in_chinese_and_writes_nothing(world, words: list[str], tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADMIN_PASSWORD", "Longting-2026")
    before = _count()
    said = _said(words)
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    assert _count() == before


@pytest.mark.parametrize("kind", [kind for kind, content in FILES.items() if content is not None])
@pytest.mark.parametrize("words", [["import_schools"], ["import_returns", ROUND]], ids=lambda words: words[0])
def test_what_is_no_workbook_is_refused_by_the_commands(world, words: list[str], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(FILES[kind])
    assert "请" in _said([*words, str(path), BY])


@pytest.mark.parametrize("words", [["import_schools"], ["import_returns", ROUND]], ids=lambda words: words[0])
def test_200_megabytes_are_refused_without_being_read(world, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "超过 20 MB" in _said([*words, str(path), BY])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
