"""The review page in a real browser: reasons typed stay until the decision."""

import pytest
from playwright.sync_api import expect

from tests.browser import bureau
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


@pytest.fixture(scope="module", autouse=True)
def _sent_back(site):
    site.manage("shell", "-c", "from tests.browser.review_seed import run; run()")


def write(page, field: str, text: str) -> None:
    bureau.unfold(page)
    row = page.locator("tr", has=page.locator(f"#reason-{field}"))
    row.get_by_text("退回此项").click()
    row.locator(f"#reason-{field}").fill(text)


def test_reasons_survive_tabs_and_reload_and_go_out_together(open_as):
    page = open_as("review_judge", PASSWORD)
    page.goto("/reviews/")
    page.get_by_role("link", name="审核区晨光小学").click()
    write(page, "teaching_area", "仍与测绘图不一致")
    page.get_by_role("link", name="数据与佐证").click()
    bureau.unfold(page)
    expect(page.locator("#reason-teaching_area")).to_have_value("仍与测绘图不一致")
    page.locator("#mark-teaching_area").click()
    expect(page.locator("#row-teaching_area")).to_contain_text("陶审核通过")
    expect(page.locator("#reason-teaching_area")).to_have_value("仍与测绘图不一致")
    write(page, "multimedia_rooms", "请附清单")
    expect(page.locator("[data-reasons]")).to_have_text("已在 2 个项目写了退回原因。")
    page.reload()
    bureau.unfold(page)
    expect(page.locator("#reason-multimedia_rooms")).to_have_value("请附清单")
    page.get_by_role("link", name="本次修改").click()
    expect(page.locator("#reason-multimedia_rooms")).to_have_count(0)
    with page.expect_navigation():
        page.get_by_role("button", name="按所写原因退回").click()
    page.goto("/reviews/?state=returned")
    page.get_by_role("link", name="审核区晨光小学").click()
    page.get_by_role("link", name="审核经过").click()
    for words in ("教学及辅助用房面积：仍与测绘图不一致", "网络多媒体教室：请附清单"):
        expect(page.locator("main")).to_contain_text(words)


def test_what_is_folded_is_unfolded_on_paper_and_folded_again(open_as):
    page = open_as("review_judge", PASSWORD)
    page.goto("/reviews/?state=returned")
    page.get_by_role("link", name="审核区晨光小学").click()
    page.get_by_role("link", name="数据与佐证").click()
    folded = page.locator("details[data-print-open]").first
    expect(folded).not_to_have_attribute("open")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(folded).to_have_attribute("open", "")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(folded).not_to_have_attribute("open")


def test_files_have_a_frame_only_where_there_is_room_for_it(open_as):
    page = open_as("review_judge", PASSWORD)
    page.goto("/reviews/?state=returned")
    page.get_by_role("link", name="审核区晨光小学").click()
    page.get_by_role("link", name="数据与佐证").click()
    frame = page.locator("iframe[name=evidence]")
    expect(frame).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 780})
    expect(frame).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_list_cuts_no_choice_of_its_filter_and_leaves_out_blanks_on_phones(open_as):
    page = open_as("review_judge", PASSWORD)
    page.goto("/reviews/")
    cut = page.locator("main select").evaluate_all("""(boxes) => boxes.filter((box) => {
      const style = getComputedStyle(box), pen = document.createElement("canvas").getContext("2d");
      pen.font = style.font;
      const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return [...box.options].some((one) => pen.measureText(one.text).width > room + 1);
    }).map((box) => box.name)""")
    assert cut == []
    page.goto("/rounds/")
    page.get_by_role("link", name="2026 年度").first.click()
    blank = page.locator("td[data-label=提示说明]").filter(has_text="—").first
    expect(blank).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 780})
    expect(blank).to_be_hidden()


def test_a_school_answers_in_words_what_is_right_by_keyboard(open_as):
    page = open_as("review_clerk", PASSWORD)
    page.goto("/submissions/")
    row = page.locator("#row-teaching_area")
    row.get_by_text("数没有错？写明理由").click()
    words = row.get_by_label("数没有错的理由")
    words.fill("短")
    words.press("Enter")
    expect(row.locator("[data-note-error]")).to_contain_text("请写明原因")
    page.complaints.clear()
    words.fill("与测绘图一致，连廊已经扣除")
    words.press("Enter")
    expect(row).to_contain_text("已说明：与测绘图一致，连廊已经扣除")
    expect(page.locator(".entry-sent-back")).to_contain_text("已说明")
    page.reload()
    expect(row).to_contain_text("已说明：与测绘图一致，连廊已经扣除")
