"""Standards in the database: loaded once, revised when files change, cached as engine specs."""

import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from indicators.standard.standards import actions, files, queries
from indicators.standard.standards.models import Standard
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from portal.core.lib.models import ImmutableError
from schools.directory.models import District
from tests.indicators.district import open_round
from tests.indicators.standard.standards import overlays

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_loaded_yet(db):
    """An installation just migrated. PostgreSQL forbids deleting a standard, but not emptying the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE indicators_standard CASCADE"
            if connection.vendor == "postgresql"
            else "DELETE FROM indicators_standard"
        )


def test_current_loads_the_shipped_files_right_after_migrate():
    assert Standard.objects.count() == 0
    standard = queries.current()
    assert (standard.code, standard.revision) == ("national-2017", 1)
    assert queries.current() == standard


def test_loading_twice_adds_nothing_and_says_so(capsys):
    call_command("load_standard")
    first = capsys.readouterr().out
    call_command("load_standard")
    second = capsys.readouterr().out
    assert Standard.objects.count() == len(files.shipped())
    assert first.count("新载入") == second.count("已是最新") == len(files.shipped())
    assert AuditEvent.objects.filter(action="standard.load").count() == 1


def _copied(tmp_path):
    folder = tmp_path / "national-2017"
    shutil.copytree(files.SHIPPED / "national-2017", folder)
    text = (folder / "standard.toml").read_text(encoding="utf-8")
    (folder / "standard.toml").write_text(text.replace("value = 6000", "value = 8000"), encoding="utf-8")
    return folder


def test_a_new_revision_says_which_keys_changed(tmp_path, capsys):
    queries.current()
    call_command("load_standard", str(_copied(tmp_path)))
    said = capsys.readouterr().out
    assert "national-2017·2" in said
    assert "与 national-2017·1 相比，1 处变化：" in said
    assert "参数 特殊教育学校生均公用经费（B7）：数值 6000 → 8000" in said


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path, capsys):
    queries.current()
    before = (Standard.objects.count(), AuditEvent.objects.count())
    call_command("load_standard", str(_copied(tmp_path)), "--dry-run")
    said = capsys.readouterr().out
    assert "将载入" in said
    assert "数值 6000 → 8000" in said
    assert (Standard.objects.count(), AuditEvent.objects.count()) == before


def test_an_overlay_is_loaded_with_its_base_and_reported_against_it(tmp_path, capsys):
    call_command("load_standard", str(overlays.write(tmp_path)))
    said = capsys.readouterr().out
    assert "与 national-2017 相比" in said
    assert "指标 A1 每百名学生拥有高于规定学历教师数：标准值 初中 5.3 → 6" in said
    assert "一票否决 E4 存在“有编不补”或长期聘用编外教师的情况：删除" in said
    assert set(Standard.objects.values_list("code", flat=True)) == {"national-2017", "province-constructed"}
    call_command("load_standard", str(tmp_path / "province-constructed"))
    assert Standard.objects.count() == 2


def test_a_faulty_overlay_is_refused_with_all_its_faults(tmp_path):
    text = overlays.PROVINCE.replace('"E4"', '"E8", "E9"')
    with pytest.raises(CommandError, match=r"(?s)没有载入.*没有“E8”.*没有“E9”"):
        call_command("load_standard", str(overlays.write(tmp_path, text)))
    assert Standard.objects.count() == 0


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(CommandError, match="没有这个文件夹"):
        call_command("load_standard", str(tmp_path / "gone"))


def test_a_loaded_revision_is_frozen():
    row = queries.current()
    row.name = "改名"
    with pytest.raises(ImmutableError):
        row.save()
    with pytest.raises(ImmutableError):
        Standard.objects.filter(pk=row.pk).update(content={})
    with pytest.raises(ImmutableError):
        row.delete()


def test_the_database_itself_refuses_to_change_a_loaded_standard():
    row = queries.current()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE indicators_standard SET content = '{}' WHERE id = %s", [row.pk])


def test_changed_files_become_a_new_revision_and_the_old_row_stays(tmp_path):
    old = queries.current()
    actions.load(by=system_user(), folders=[_copied(tmp_path)])
    assert queries.current().revision == 2
    old.refresh_from_db()
    assert queries.load_spec(old).parameters["special_funds_per_pupil"] == 6000
    assert queries.load_spec(queries.current()).parameters["special_funds_per_pupil"] == 8000


def test_only_the_system_loads_standards(cast):
    with pytest.raises(NotAllowed):
        actions.load(by=cast.admin)


def test_an_unknown_code_names_the_known_ones():
    with pytest.raises(NotFound, match="national-2017"):
        queries.current("national-1999")


def test_a_city_and_a_province_read_by_the_standard_of_the_newest_round_below_them(cast):
    province = District.objects.create(code="410000", name="河南省")
    District.objects.filter(pk=cast.district.parent_id).update(parent=province)
    open_round(cast.district, "2025", standard=queries.current())
    newer = open_round(cast.other_district, "2026", standard=queries.current("national-2021")).standard
    assert queries.in_force([cast.district.pk]) == queries.current()
    assert queries.in_force([cast.district.parent_id]) == newer
    assert queries.in_force([province.pk]) == newer


def test_the_spec_is_built_once_per_content():
    standard = queries.current()
    assert queries.load_spec(standard) is queries.load_spec(Standard.objects.get(pk=standard.pk))


def test_the_database_keeps_the_content_exactly():
    standard = queries.current()
    assert files.content_sha256(Standard.objects.get(pk=standard.pk).content) == standard.sha256
