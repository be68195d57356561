"""The table of rights: one source for page, file and help."""

from itertools import chain

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from portal.config.env import BASE_DIR
from portal.home import queries
from portal.home.queries import MENU
from schools.access.permissions import ROLES
from schools.access.scope import Perm, holds


def test_the_file_in_docs_is_up_to_date() -> None:
    written = (BASE_DIR / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert written == queries.permissions_markdown(), "请运行 python manage.py write_permissions"


def test_the_table_holds_every_right_and_role_once() -> None:
    table = queries.permission_table()
    assert [perm for perm, _ in table.rows] == list(Perm)
    for index, role in enumerate(ROLES.values()):
        assert {perm for perm, row in table.rows if row[index]} == role.grants


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "status"), [("admin", 200), ("leader", 200), ("auditor", 200), ("expert", 403), ("reporter_a", 403)]
)
def test_the_page_is_for_the_bureau(cast, sign_in, username: str, status: int) -> None:
    answer = sign_in(getattr(cast, username)).get(reverse("permissions"))
    assert answer.status_code == status
    if status == 200:
        page = answer.content.decode()
        assert all(perm.value in page for perm in Perm)
        assert all(role.name in page for role in ROLES.values())


@pytest.mark.django_db
def test_help_explains_every_role_and_opens_the_own_one(cast, sign_in) -> None:
    page = sign_in(cast.inspector_a).get(reverse("help")).content.decode()
    assert all(role.name in page for role in ROLES.values())
    assert page.split("<main")[1].count("<details") == len(ROLES)
    assert page.count("（您的角色）") == 1
    assert page.count("<li>") > 3 * len(ROLES)


@pytest.mark.parametrize("role", [code for code, role in ROLES.items() if Perm.SUBMISSION_SIGN in role.grants])
def test_whoever_may_sign_reads_in_the_help_that_they_sign(role: str) -> None:
    steps = render_to_string("portal/home/help_role.html", {"role": role})
    assert "签发" in steps or role == "admin"
    assert "由局管理员核对签发" not in steps


@pytest.mark.django_db
def test_the_gallery_exists_while_developing_only(cast, sign_in, settings) -> None:
    client = sign_in(cast.admin)
    assert client.get(reverse("gallery")).status_code == 404
    settings.DEBUG = True
    assert client.get(reverse("gallery")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("entry", [*chain.from_iterable(MENU.values())], ids=lambda entry: entry.label)
def test_every_menu_entry_opens_for_those_who_see_it(cast, sign_in, entry) -> None:
    people = [cast.admin, cast.reporter_a, cast.inspector_a, cast.auditor, cast.expert, cast.liaison]
    for user in people:
        seen = entry.perm is None or holds(user, entry.perm)
        client = sign_in(user)
        assert (f'href="{reverse(entry.url_name)}"' in client.get("/").content.decode().split("<main")[0]) == seen or (
            entry.url_name == "home"
        )
        if seen:
            assert client.get(reverse(entry.url_name), follow=True).status_code == 200


@pytest.mark.django_db
def test_a_menu_has_at_most_seven_groups_and_opens_the_one_a_page_is_in(cast, sign_in) -> None:
    for user in (cast.admin, cast.reporter_a, cast.inspector_a, cast.leader):
        groups = sign_in(user).get(reverse("rectification:list")).context["menu"]
        assert len(groups) <= 7
        assert groups[0]["entries"][0]["url"] == "/"
        assert [group["label"] for group in groups if any(entry["here"] for entry in group["entries"])] == ["整改"]
    of_admin = sign_in(cast.admin).get(reverse("rectification:list")).context["menu"]
    assert [group["label"] for group in of_admin if group["open"]] == ["整改"]
    assert all(group["open"] for group in sign_in(cast.reporter_a).get("/").context["menu"])
