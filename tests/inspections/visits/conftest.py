"""A web server of its own with a visit under way, and the phone of its inspector."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.processes import Installation

_BEGIN = """
from tests.cast import assemble
from tests.inspections.making import approved_revision, make_round, underway
cast = assemble()
approved_revision(make_round(cast.district, cast.admin), cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
visit = underway(cast)
result = visit.pk
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    """A web server of its own."""
    installation = Installation(tmp_path)
    installation.env["DJANGO_SETTINGS_MODULE"] = "portal.config.settings"
    installation.manage("collectstatic", "--noinput", "--verbosity", "0")
    installation.start_web()
    yield installation
    installation.close()


@pytest.fixture
def phone(site: Installation, visit_id: int, chromium) -> Iterator[Any]:
    """A phone on which the inspector is signed in."""
    context = chromium.new_context(
        base_url=site.address, locale="zh-CN", viewport={"width": 360, "height": 780}, has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/login/")
    page.fill("input[name=username]", "inspector_a")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    yield page
    context.close()


@pytest.fixture
def visit_id(site: Installation) -> int:
    """A visit under way."""
    return site.python(_BEGIN)
