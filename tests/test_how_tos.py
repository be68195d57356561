"""The how-to pages, followed: what each says is enough is enough.

An overlay: `test_documentation.py`; a column: `test_one_truth.py` of the board; a statistics form: `test_kinds.py` of
state_statistics; an import: `small_import.py` of spreadsheets; a section of the report: `test_document.py` of reports.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from indicators.standard.standards import queries as standards
from inspections.rectification import workflow
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from portal.home import queries as home
from schools.access import scope
from schools.access.models import Membership
from schools.access.permissions import ROLE_CHOICES, ROLES, Perm, RoleSpec, where_given
from schools.access.workflow import VerbRow
from schools.directory.models import School
from tests.cast import Cast, grant, make_user
from tests.indicators.standard.engine.builders import departments, judge, sound
from tests.inspections import making
from tests.schools.register import make_township

DATA = Path(__file__).parents[1] / "indicators/standard/standards/data"
ITEM = """
[[items]]
code = "reading_corner"
label = "每班有图书角"
kind = "yes_no"
clock = "学年"
respondent = "school"
section = "management"
reference = "学校材料"
help = "每个班都有图书角选“是”。"
"""
INDICATOR = """
[[indicators]]
code = "C10"
name = "每班有图书角"
short_name = "图书角"
group = "教育质量"
clause = "教督〔2017〕6号（构造示例）"
level = "school"
items = ["school.reading_corner"]
conditions = [
  { code = "attested", rule = "holds", label = "每班有图书角", items = ["school.reading_corner"], who = "all" },
]
definition = "每个班都有图书角。"
evidence = ["图书角照片"]
errors = ["只有部分班级有图书角"]
"""


def test_an_indicator_with_its_item_is_data(db: None, tmp_path: Path) -> None:
    folders = [Path(shutil.copytree(DATA / code, tmp_path / code)) for code in ("national-2017", "national-2021")]
    for name, addition in (("items.toml", ITEM), ("indicators.toml", INDICATOR)):
        with (folders[0] / name).open("a", encoding="utf-8") as file:
            file.write(addition)
    for file in (folders[0] / "standard.toml", folders[1] / "overlay.toml"):
        file.write_text(file.read_text().replace('rule_version = "20', 'rule_version = "constructed-20'))
    for folder in folders:
        call_command("load_standard", folder)
    for code in ("national-2017", "national-2021"):
        spec = standards.load_spec(standards.current(code))
        for answer in (True, False, None):
            result = judge(
                spec, sound(spec, reading_corner=answer), sound(spec, "2", reading_corner=True), **departments()
            )
            found = next(one for one in result.district_indicators if one.indicator.code == "C10")
            assert found.passes is answer


@pytest.fixture
def clerk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """Somebody with a role that `ROLES` has got just now; the migration that lets its table know is undone with the test."""
    role = RoleSpec("乡镇干事", "查看本乡镇学校的登记信息", frozenset({"township"}), frozenset({Perm.SCHOOL_VIEW}))
    monkeypatch.setitem(ROLES, "clerk", role)
    monkeypatch.setattr(Membership._meta.get_field("role"), "choices", [*ROLE_CHOICES, ("clerk", role.name)])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE schools_membership DROP CONSTRAINT membership_role_known")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
    town = make_township(cast.district, "北郊乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=town)
    person = make_user("clerk", "乡镇干事")
    grant(person, "clerk", department=town)
    yield person
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_a_role_is_a_row_and_reaches_what_its_place_says(cast: Cast, clerk: User, sign_in) -> None:
    assert [one.name for one in scope.visible(clerk, School.objects.all(), Perm.SCHOOL_VIEW)] == [cast.school_a.name]
    assert clerk in scope.users_with(Perm.SCHOOL_VIEW, School.objects.get(pk=cast.school_a.pk))
    assert clerk not in scope.users_with(Perm.SCHOOL_VIEW, cast.school_b)
    assert "| 乡镇干事 | 查看本乡镇学校的登记信息 | 乡镇、街道 |" in home.permissions_markdown()
    assert "乡镇干事" in where_given()
    client = sign_in(clerk)
    assert cast.school_a.name in client.get("/schools/").content.decode()
    assert client.get(f"/schools/{cast.school_b.pk}/").status_code == 404
    assert client.get("/audit/").status_code == 403


def test_closing_by_two_persons_is_a_verb_and_a_guard(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def somebody_else(by: User, finding: Finding) -> None:
        if finding.updated_by == by:
            raise NotAllowed("销号须由另一人复核。")

    first = VerbRow(
        code="propose_close",
        name="初审销号",
        at=(Finding.State.CLOSE_REQUESTED,),
        to=Finding.State.VERIFYING,
        right=workflow.VERIFY,
        audit="初审同意销号",
        label="初审同意",
        mark="ok",
    )
    second = replace(workflow.TABLE["close"], at=(Finding.State.VERIFYING,), guard=somebody_else)
    others = tuple(verb for verb in workflow.TABLE.verbs if verb.code not in ("begin_check", "close"))
    table = replace(workflow.TABLE, verbs=(first, second, *others))
    monkeypatch.setattr(workflow, "TABLE", table)
    finding = making.to_verify(cast)

    def offered(by: User) -> list[str]:
        return [verb.label for verb in table.offers(by, finding) if verb.code.endswith("close")]

    assert offered(cast.inspector_a) == offered(cast.reviewer) == ["初审同意"]
    table.begin("propose_close", finding, cast.inspector_a).save()
    assert (offered(cast.inspector_a), offered(cast.reviewer)) == ([], ["同意销号"])
    with pytest.raises(NotAllowed, match="另一人"):
        making.close(finding, cast.inspector_a)
    making.close(finding, cast.reviewer)
    finding.refresh_from_db()
    assert finding.state == Finding.State.CLOSED
    assert table.audit_words("finding")["finding.propose_close"] == "初审同意销号"
    assert table.mark("propose_close") == "ok"
