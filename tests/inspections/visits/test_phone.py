"""The checklist in a real browser of a phone's size: autosave, no network, two people, the finding."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import chromium  # noqa: F401  (a fixture)
from tests.cast import PASSWORD
from tests.processes import Installation, wait_for

pytestmark = pytest.mark.browser

_BEGIN = """
from tests.cast import assemble
from tests.inspections.making import underway
cast = assemble()
visit = underway(cast)
result = visit.pk
"""
_ANSWER = """
from inspections.visits.models import ChecklistAnswer
result = [[a.seen, a.found, a.note, a.version] for a in ChecklistAnswer.objects.filter(question={key!r})]
"""
_PHOTOS = """
from inspections.visits.models import VisitPhoto
result = [photo.document.name for photo in VisitPhoto.objects.filter(question={key!r}, withdrawn_at=None)]
"""
_OTHER = """
from inspections.visits import actions
from portal.core.accounts.models import User
actions.save_answer(visit_id={visit}, question={key!r}, seen="yes", note="别人先写的", version={version},
                    by=User.objects.get(username="inspector_a"))
result = True
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
def phone(site: Installation, chromium) -> Iterator[Any]:  # noqa: F811
    """A phone on which the inspector is signed in."""
    context = chromium.new_context(
        base_url=site.address, locale="zh-CN", viewport={"width": 360, "height": 780}, has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/login/")
    page.fill("input[name=username]", "inspector_a")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    yield page
    context.close()


@pytest.fixture
def visit(site: Installation) -> int:
    """A visit under way."""
    return site.python(_BEGIN)


def _saved(site: Installation, key: str = "a7-multimedia") -> list:
    return site.python(_ANSWER.format(key=key))


def test_the_checklist_on_a_phone(site: Installation, visit: int, phone, tmp_path: Path) -> None:
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.goto(f"/visits/{visit}/checklist/")
    assert phone.locator(".visit-question:visible").count() == 1
    for _ in range(6):
        phone.click("[data-next]")
    question = phone.locator("#q-a7-multimedia")
    assert question.is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360

    # A choice is saved at once.
    question.get_by_text("否", exact=True).click()
    question.locator("[data-state]", has_text="已保存").wait_for()
    assert _saved(site) == [["no", "", "", 1]]
    assert phone.locator("[data-progress]").inner_text().startswith("已答 1 /")

    # Without a network nothing is lost, not even by closing the page.
    phone.context.set_offline(True)
    question.locator("[name=found]").fill("22 间")
    question.locator("[data-state]", has_text="离线").wait_for()
    assert phone.locator("[data-waiting]").inner_text() == "待上传 1 项"
    phone.context.set_offline(False)
    phone.goto("/visits/")
    phone.goto(f"/visits/{visit}/checklist/#q-a7-multimedia")
    question.locator("[data-state]", has_text="已保存").wait_for()
    wait_for("the stored answer", lambda: _saved(site) == [["no", "22 间", "", 2]], 15)
    assert phone.locator("[data-waiting]").inner_text() == ""

    # Somebody else was faster: both answers are shown, ours is taken on request.
    site.python(_OTHER.format(visit=visit, key="a7-multimedia", version=2))
    question.locator("[name=note]").fill("203 教室断网")
    question.locator("[data-conflict]", has_text="别人先写的").wait_for()
    assert question.locator("[name=note]").input_value() == "203 教室断网"
    question.get_by_role("button", name="用我的").click()
    question.locator("[data-state]", has_text="已保存").wait_for()
    assert _saved(site) == [["no", "22 间", "203 教室断网", 4]]

    # The camera, then the finding with everything known filled in.
    picture = tmp_path / "教室.png"
    question.screenshot(path=str(picture))
    question.locator("[name=photo]").set_input_files(str(picture))
    question.locator("[data-photo-state]", has_text="照片已上传").wait_for()
    question.get_by_role("button", name="登记问题").click()
    phone.wait_for_url("**/new/?question=a7-multimedia")
    assert phone.locator("[name=indicator]").input_value() == "A7"
    assert phone.locator("[name=current_value]").input_value() == "22 间"
    first = phone.locator("[name=due_on]").input_value()
    phone.get_by_label("立行立改").check()
    assert phone.locator("[name=due_on]").input_value() < first
    phone.get_by_role("button", name="登记").click()
    phone.wait_for_url(f"**/visits/{visit}/checklist/")
    assert complaints == []


def test_photos_taken_without_a_network_wait_on_the_phone_and_arrive_once(
    site: Installation, visit: int, phone, tmp_path: Path
) -> None:
    address = f"/visits/{visit}/checklist/#q-a7-multimedia"
    phone.goto(address)
    question = phone.locator("#q-a7-multimedia")
    pictures = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": phone.screenshot()} for name in "甲乙"]
    phone.context.set_offline(True)
    question.locator("[data-take]").first.set_input_files(pictures[0])
    question.locator("[name=photo]").set_input_files([pictures[1]])
    question.locator("[data-photo-state]", has_text="离线").wait_for()
    assert question.locator("[data-photos] li").count() == 2
    assert phone.locator("[data-waiting]").inner_text() == "待上传 2 项"
    assert site.python(_PHOTOS.format(key="a7-multimedia")) == []
    # The browser is closed and opened again: both are still there and are sent.
    phone.context.set_offline(False)
    phone.goto("/visits/")
    phone.goto(address)
    wait_for("both photos", lambda: site.python(_PHOTOS.format(key="a7-multimedia")) == ["甲.png", "乙.png"], 20)
    phone.locator("[data-waiting]:empty").wait_for(state="attached")
    phone.reload()
    assert question.locator("[data-photos] img").count() == 2
    question.get_by_text("撤下照片", exact=True).first.click()
    question.get_by_label("撤下的原因").first.fill("模糊")
    question.get_by_role("button", name="确认撤下").first.click()
    question.locator("[data-photo-state]", has_text="照片已撤下").wait_for()
    assert site.python(_PHOTOS.format(key="a7-multimedia")) == ["乙.png"]
