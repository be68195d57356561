"""All proof of a submission on one page: files dropped together, placed by button and by select, one for two items, seen in place."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from portal.core.files.temporary import PART
from tests.attacks import corpus
from tests.browser import school
from tests.browser.conftest import check_access


def _pictures(*names: str) -> list[dict[str, object]]:
    # Each of its own size, so that no two are the same file.
    return [
        {"name": name, "mimeType": "image/png", "buffer": corpus.image("PNG", size=(40 + number, 30))}
        for number, name in enumerate(names)
    ]


def _cover(page, item: str):
    return page.locator(f"#slot-{item} .proof-slot-head .tone")


# Carries a label to the element of this id.
DRAG = """(label, id) => {
  const how = { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() };
  label.dispatchEvent(new DragEvent("dragstart", how));
  for (const name of ["dragenter", "dragover", "drop"]) document.getElementById(id).dispatchEvent(new DragEvent(name, how));
}"""


@pytest.mark.browser
def test_files_are_dropped_together_placed_and_seen(reporters, open_as) -> None:
    page = open_as(reporters[2].username, reporters[2].password, service_workers="block")
    school.open_form(page)
    page.get_by_role("link", name="佐证材料").first.click()
    expect(_cover(page, "class_list")).to_have_text("缺")
    page.locator("html").evaluate("html => (html.dataset.opened = 'once')")
    names = ("班级名册截图.png", "IMG_2034.png", "IMG_2035.png")
    page.locator("input[type=file][name=file]").set_input_files(_pictures(*names))
    with page.expect_response("**/evidence/?files=*"):
        page.get_by_role("button", name="上传", exact=True).click()
    waiting = page.locator("#proof-waiting")
    expect(waiting.get_by_role("heading")).to_have_text("待归项的文件 3 个")
    expect(page.locator("[data-upload-status]")).to_contain_text("已上传 3 个文件")
    # What its name says is proposed; the others are placed by number and by button.
    first = waiting.get_by_label("班级名册截图.png用于")
    expect(first.locator("option:checked")).to_contain_text("班级名册")
    page.get_by_role("button", name="归项", exact=True).click()
    expect(_cover(page, "class_list")).to_have_text("有")
    waiting.get_by_label("IMG_2035.png", exact=True).check()
    viewer = page.locator("iframe[name=evidence]")
    expect(viewer).to_have_attribute("src", waiting.locator("[data-show]:checked").get_attribute("data-show"))
    waiting.get_by_label("第几页").fill("2")
    page.locator("#put-teachers").focus()
    page.keyboard.press("Enter")
    expect(_cover(page, "teachers")).to_have_text("有")
    expect(page.locator("#put-teachers")).to_be_focused()
    # One document for two items: chosen once more, without being sent again.
    waiting.get_by_text("已归项的 2 个文件").click()
    waiting.locator("details").get_by_label("IMG_2035.png").check()
    waiting.get_by_label("第几页").fill("3–5")
    page.locator("#put-equipment_value").click()
    expect(page.locator("#slot-equipment_value")).to_contain_text("第 3–5 页")
    expect(_cover(page, "equipment_value")).to_have_text("有")
    school.drop(page, "teaching_area", "测绘图.png", corpus.image("PNG", size=(50, 51)))
    expect(_cover(page, "teaching_area")).to_have_text("有")
    page.locator("#slot-teaching_area").get_by_role("link", name="测绘图.png").first.click()
    expect(page.frame_locator("iframe[name=evidence]").locator("img")).to_be_visible()
    expect(viewer).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="收起").click()
    # Out of the tray onto an item.
    waiting.locator("label", has_text="IMG_2034.png").first.evaluate(DRAG, "slot-pupils")
    expect(page.locator("#slot-pupils")).to_contain_text("IMG_2034.png")
    # Nothing of this loads the page anew.
    expect(page.locator("html")).to_have_attribute("data-opened", "once")
    check_access(page, "evidence")


@pytest.mark.browser
def test_a_large_file_goes_on_where_its_line_was_cut(reporters, open_as) -> None:
    page = open_as(reporters[3].username, reporters[3].password, service_workers="block")
    school.open_form(page)
    page.get_by_role("link", name="佐证材料").first.click()
    out = io.BytesIO()
    Image.effect_noise((2600, 1900), 90).save(out, "PNG")
    assert len(out.getvalue()) > 2 * PART
    starts: list[int] = []

    def cut_after_the_first(route) -> None:
        if route.request.method == "POST":
            body = route.request.post_data_buffer or b""
            starts.append(int(re.search(rb'name="offset"\r\n\r\n(\d+)', body)[1]))
        route.abort() if route.request.method == "POST" and len(starts) == 2 else route.continue_()

    page.route("**/evidence/part/**", cut_after_the_first)
    file = {"name": "操场.png", "mimeType": "image/png", "buffer": out.getvalue()}
    page.locator("input[type=file][name=file]").set_input_files([file])
    status = page.locator("[data-upload-status]")
    page.get_by_role("button", name="上传", exact=True).click()
    expect(status).to_contain_text("点“上传”接着传")
    assert starts == [0, PART], "the second part never arrived"
    page.get_by_role("button", name="上传", exact=True).click()
    expect(status).to_contain_text("已上传", timeout=20_000)
    expect(page.locator("#proof-waiting")).to_contain_text("操场.png")
    assert starts[2:] == list(range(PART, len(out.getvalue()), PART)), "what was there is not sent again"
    assert any("ERR_FAILED" in text for text in page.complaints)
    page.complaints.clear()


@pytest.mark.browser
def test_on_a_phone_nothing_is_wider_than_the_screen(reporters, open_as) -> None:
    page = open_as(reporters[2].username, reporters[2].password, phone=True)
    page.goto("/submissions/")
    page.locator("[data-entry-form]").wait_for()
    page.goto(page.url.split("/s/")[0] + "/evidence/")
    page.locator("#proof-slots").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_text("拍照", exact=True)).to_be_visible()
    check_access(page, "evidence on a phone")
