"""Standards in the database: loaded once, revised when files change, cached as engine specs."""

import shutil

import pytest
from django.core.management import call_command

from indicators.standards import actions, queries, reader
from indicators.standards.models import Standard
from portal.accounts.queries import system_user
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def test_current_loads_the_shipped_files_right_after_migrate():
    assert Standard.objects.count() == 0
    standard = queries.current()
    assert (standard.code, standard.revision) == ("national-2017", 1)
    assert queries.current() == standard


def test_loading_twice_adds_nothing_and_says_so(capsys):
    call_command("load_standard")
    call_command("load_standard")
    assert Standard.objects.count() == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "新载入" in first
    assert "已是最新" in second
    assert AuditEvent.objects.filter(action="standard.load").count() == 1


def test_changed_files_become_a_new_revision_and_the_old_row_stays(tmp_path):
    old = queries.current()
    folder = tmp_path / "national-2017"
    shutil.copytree(reader.shipped()[0], folder)
    text = (folder / "standard.toml").read_text(encoding="utf-8")
    (folder / "standard.toml").write_text(text.replace("value = 6000", "value = 8000"), encoding="utf-8")
    actions.load(by=system_user(), folders=[folder])
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


def test_the_spec_is_built_once_per_content():
    standard = queries.current()
    assert queries.load_spec(standard) is queries.load_spec(Standard.objects.get())


def test_the_database_keeps_the_content_exactly():
    standard = queries.current()
    assert reader.content_sha256(Standard.objects.get().content) == standard.sha256
