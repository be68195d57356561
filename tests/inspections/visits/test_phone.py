"""The checklist in a real browser of a phone's size: autosave, no network, two people, the finding."""

from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.processes import Installation, wait_for

pytestmark = pytest.mark.browser

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


def _saved(site: Installation, key: str = "a7-multimedia") -> list:
    return site.python(_ANSWER.format(key=key))


def test_the_checklist_on_a_phone(site: Installation, visit_id: int, phone, tmp_path: Path) -> None:
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.goto(f"/visits/{visit_id}/checklist/")
    assert phone.locator(".visit-question:visible").count() == 1
    # What was left from last time is looked for first; the count it shows moves what stands below.
    phone.locator("[data-waiting][data-left='0']").wait_for(state="attached")
    for button, place in (("[data-next]", 2), ("[data-next]", 3), ("[data-previous]", 2), ("[data-previous]", 1)):
        phone.click(button)
        phone.locator("[data-position]", has_text=f"{place} / ").wait_for()
    # First what the data speak about.
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
    question.get_by_label("现场值").fill("22")
    question.locator("[data-state]", has_text="离线").wait_for()
    phone.locator("[data-waiting][data-left='1']").wait_for()
    phone.context.set_offline(False)
    phone.goto("/visits/")
    phone.goto(f"/visits/{visit_id}/checklist/#q-a7-multimedia")
    question.locator("[data-state]", has_text="已保存").wait_for()
    wait_for("the stored answer", lambda: _saved(site) == [["no", "网络多媒体教室 22 间", "", 2]])
    phone.locator("[data-waiting][data-left='0']").wait_for()

    # Somebody else was faster: both answers are shown, ours is taken on request.
    site.python(_OTHER.format(visit=visit_id, key="a7-multimedia", version=2))
    question.locator("[name=note]").fill("203 教室断网")
    question.locator("[data-conflict]", has_text="别人先写的").wait_for()
    assert question.locator("[name=note]").input_value() == "203 教室断网"
    question.get_by_role("button", name="用我的").click()
    question.locator("[data-state]", has_text="已保存").wait_for()
    assert _saved(site) == [["no", "网络多媒体教室 22 间", "203 教室断网", 4]]

    # The camera, then the finding with everything known filled in.
    picture = tmp_path / "教室.png"
    question.screenshot(path=str(picture))
    question.locator("[name=photo]").set_input_files(str(picture))
    question.locator("[data-photo-state]", has_text="照片已上传").wait_for()
    question.get_by_role("button", name="登记问题").click()
    phone.wait_for_url("**/new/?question=a7-multimedia")
    assert phone.locator("[name=indicator]").input_value() == "A7"
    assert phone.locator("[name=current_value]").input_value() == "网络多媒体教室 22 间"
    first = phone.locator("[name=due_on]").input_value()
    phone.get_by_label("立行立改").check()
    assert phone.locator("[name=due_on]").input_value() < first
    phone.get_by_role("button", name="登记").click()
    phone.wait_for_url(f"**/visits/{visit_id}/checklist/")
    assert complaints == []


def test_photos_taken_without_a_network_wait_on_the_phone_and_arrive_once(
    site: Installation, visit_id: int, phone, tmp_path: Path
) -> None:
    address = f"/visits/{visit_id}/checklist/#q-a7-multimedia"
    phone.goto(address)
    question = phone.locator("#q-a7-multimedia")
    pictures = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": phone.screenshot()} for name in "甲乙"]
    phone.context.set_offline(True)
    question.locator("[data-take]").first.set_input_files(pictures[0])
    question.locator("[name=photo]").set_input_files([pictures[1]])
    question.locator("[data-photo-state]", has_text="离线").wait_for()
    assert question.locator("[data-photos] li").count() == 2
    phone.locator("[data-waiting][data-left='2']").wait_for()
    assert site.python(_PHOTOS.format(key="a7-multimedia")) == []
    # The browser is closed and opened again: both are still there and are sent.
    phone.context.set_offline(False)
    phone.goto("/visits/")
    phone.goto(address)
    wait_for("both photos", lambda: site.python(_PHOTOS.format(key="a7-multimedia")) == ["甲.png", "乙.png"])
    phone.locator("[data-waiting][data-left='0'][data-arrived='2']").wait_for()
    phone.reload()
    phone.locator("[data-waiting][data-left='0']").wait_for(state="attached")
    shown = question.locator("[data-photos] img")
    assert shown.count() == 2
    # Lazy, and as high before it has come.
    assert shown.evaluate_all("all => all.every((one) => one.getBoundingClientRect().height > 100)")
    question.get_by_text("撤下照片", exact=True).first.click()
    question.get_by_label("撤下的原因").first.fill("模糊")
    question.get_by_role("button", name="确认撤下").first.click()
    question.locator("[data-photo-state]", has_text="照片已撤下").wait_for()
    assert site.python(_PHOTOS.format(key="a7-multimedia")) == ["乙.png"]


def test_the_filters_of_a_list_are_folded_on_a_phone_and_open_on_a_wider_screen(phone) -> None:
    phone.goto("/visits/")
    box = phone.locator("details[data-fold]")
    wait_for("the fold", lambda: not box.evaluate("box => box.open"))
    phone.set_viewport_size({"width": 1024, "height": 780})
    phone.locator("#filter-school").wait_for()
    assert box.evaluate("box => box.open")


def test_a_long_form_asks_before_what_is_typed_is_left(phone) -> None:
    asked: list[str] = []
    answers = iter(["stay", "go"])

    def answer(dialog) -> None:
        asked.append(dialog.type)
        if next(answers) == "stay":
            dialog.dismiss()
        else:
            dialog.accept()

    phone.context.clear_cookies()
    phone.goto("/login/")
    phone.fill("input[name=username]", "admin")
    phone.fill("input[name=password]", PASSWORD)
    phone.click("main button[type=submit]")
    phone.wait_for_url(lambda url: "/login" not in url)
    phone.goto("/checklists/410202/regular/")
    phone.on("dialog", answer)
    phone.locator("[name=reason]").fill("本区重点")
    phone.get_by_role("link", name="返回").click()
    # Playwright hears of the question only while it asks the page itself.
    wait_for("the question", lambda: phone.evaluate("true") and asked == ["beforeunload"])
    assert phone.locator("[name=reason]").input_value() == "本区重点"
    phone.get_by_role("link", name="返回").click()
    phone.wait_for_url("**/checklists/410202/")
