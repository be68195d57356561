"""The school's form in a real browser: nothing typed is ever lost, by keyboard, offline, next to others."""

import re

import pytest
from playwright.sync_api import expect

from tests.attacks import corpus
from tests.cast import PASSWORD
from tests.processes import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
CLERK, HEAD = "entry_clerk", "entry_head"


@pytest.fixture(scope="module", autouse=True)
def _school(site):
    site.manage("shell", "-c", "from tests.browser.entry_seed import run; run()")


@pytest.fixture
def form(open_as):
    """Open a section of this year's submission as somebody."""

    def open_section(section: str, who: str = CLERK, *, phone: bool = False):
        page = open_as(who, PASSWORD, phone=phone)
        page.goto("/submissions/")
        page.get_by_role("link", name=re.compile("继续填报.*2026")).click()
        page.wait_for_selector("[data-entry-form]")
        page.goto(re.sub(r"/s/\w+/", f"/s/{section}/", page.url))
        return page

    return open_section


def all_saved(page) -> None:
    page.wait_for_selector("[data-overall]:has-text('全部已保存')")


def state(page, code: str, words: str) -> None:
    page.wait_for_selector(f"#s-{code}:has-text('{words}')")


def type_into(page, code: str, text: str) -> None:
    page.fill(f"#f-{code}", text)
    page.keyboard.press("Tab")


def test_typing_saves_by_itself_enter_goes_down_and_a_bad_value_stays(form):
    page = form("pupils")
    page.fill("#f-boarders_primary", "１2")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "f-in_zone_pupils_primary"
    all_saved(page)
    assert page.input_value("#f-boarders_primary") == "12"
    type_into(page, "boarders_primary", "12.5")
    state(page, "boarders_primary", "有误")
    assert page.input_value("#f-boarders_primary") == "12.5"
    assert "应填整数" in page.inner_text("[data-field=boarders_primary] [data-error]")
    page.reload()
    state(page, "boarders_primary", "有误")
    assert page.input_value("#f-boarders_primary") == "12.5", "a refused value comes back after a reload"
    type_into(page, "boarders_primary", "0")
    all_saved(page)


def test_the_keyboard_alone_goes_through_the_table(form):
    page, focused = form("pupils"), "document.activeElement.id"
    page.locator("html.has-js").wait_for()
    page.focus("#f-boarders_primary")
    for keys, wanted in (
        ("Tab", "f-in_zone_pupils_primary"),
        ("Shift+Enter", "f-boarders_primary"),
        ("Enter", "f-in_zone_pupils_primary"),
    ):
        page.keyboard.press(keys)
        assert page.evaluate(focused) == wanted, keys
    before = page.input_value("#f-in_zone_pupils_primary")
    page.keyboard.type("77")
    page.keyboard.press("Escape")
    assert page.input_value("#f-in_zone_pupils_primary") == before
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.textContent") == "划片范围内在校生"
    assert "户籍或居住地" in page.inner_text("[data-panel]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "na-in_zone_pupils_primary"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "f-in_zone_pupils_primary"
    heights = page.eval_on_selector_all("[data-row]:not([hidden])", "rows => rows.map((row) => row.offsetHeight)")
    assert max(heights) <= 44


def test_the_live_result_follows_the_typing(form):
    page = form("teachers")
    type_into(page, "backbone_teachers_primary", "3")
    expect(page.locator("[data-live]")).to_contain_text("还差 1 名骨干教师")
    type_into(page, "backbone_teachers_primary", "5")
    expect(page.locator("[data-live]")).to_contain_text("7 项中 7 项达标")
    expect(page.locator("[data-live]")).not_to_contain_text("还差 1 名骨干教师")


def test_a_total_follows_its_parts(form):
    page = form("teachers")
    total, bachelor = page.locator("#f-teachers_primary"), page.locator("#f-teachers_bachelor_primary")
    teachers, before = total.input_value(), bachelor.input_value()
    type_into(page, "teachers_bachelor_primary", str(int(before) + 2))
    expect(total).to_have_value(str(int(teachers) + 2))
    type_into(page, "teachers_bachelor_primary", "")
    expect(total).to_have_value("")
    type_into(page, "teachers_bachelor_primary", before)
    expect(total).to_have_value(teachers)
    all_saved(page)
    assert page.complaints == []


def test_nothing_is_called_saved_from_the_first_key_on(form):
    page = form("teachers")
    said = page.locator("#f-backbone_teachers_primary").evaluate(
        """(input) => {
            input.value = "4";
            input.dispatchEvent(new Event("input", { bubbles: true }));
            return document.querySelector("[data-overall]").textContent;
        }"""
    )
    assert said == "1 项待保存"
    all_saved(page)


def test_without_network_everything_is_stored_and_sent_later(form):
    page = form("teachers")
    page.context.set_offline(True)
    for code, text in (("backbone_teachers_primary", "6"), ("certified_teachers_primary", "29")):
        type_into(page, code, text)
    state(page, "certified_teachers_primary", "离线")
    assert "2 项未保存" in page.inner_text("[data-overall]")
    page.context.set_offline(False)
    all_saved(page)
    page.reload()
    assert page.input_value("#f-backbone_teachers_primary") == "6"
    assert page.input_value("#f-certified_teachers_primary") == "29"
    assert page.evaluate("localStorage.length") == 0


def test_a_tab_killed_in_the_middle_loses_nothing(form):
    page = form("funds")
    page.context.set_offline(True)
    page.fill("#f-public_funds_budget", "512345.67")
    context, url = page.context, page.url
    page.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    page.goto(url)
    state(page, "public_funds_budget", "已保存")
    all_saved(page)
    page.reload()
    assert page.input_value("#f-public_funds_budget") == "512345.67"


def test_two_people_at_one_field_choose(form):
    mine, theirs = form("pupils"), form("pupils", HEAD)
    type_into(theirs, "left_behind_pupils_primary", "9")
    all_saved(theirs)
    type_into(mine, "left_behind_pupils_primary", "7")
    conflict = mine.locator("[data-field=left_behind_pupils_primary] [data-conflict]")
    conflict.get_by_text("何清").wait_for()
    assert mine.input_value("#f-left_behind_pupils_primary") == "7"
    conflict.get_by_role("button", name="用我的").click()
    all_saved(mine)
    type_into(theirs, "left_behind_pupils_primary", "8")
    theirs.get_by_role("button", name="用对方的").click()
    assert theirs.input_value("#f-left_behind_pupils_primary") == "7"


def test_two_people_at_one_table_lose_no_row(form):
    mine, theirs = form("safety"), form("safety", HEAD)
    for page, name in ((theirs, "书香校园"), (mine, "足球特色学校")):
        row = page.locator("[data-grid=honours] tbody tr").first
        row.locator("[data-column=name]").fill(name)
        row.locator("[data-column=level]").select_option(index=1)
        row.locator("[data-column=year]").fill("2025")
        page.keyboard.press("Tab")
        if page is theirs:
            all_saved(theirs)
    conflict = mine.locator("[data-field=honours] [data-conflict]")
    assert "书香校园" in conflict.locator("li", has_text="对方加了").inner_text()
    assert "足球特色学校" in conflict.locator("li", has_text="您加了").inner_text()
    assert conflict.get_by_role("button", name="用我的（不要对方加的 1 行）").is_visible()
    conflict.get_by_role("button", name="两边的改动都要").click()
    all_saved(mine)
    mine.reload()
    names = mine.locator("[data-grid=honours] [data-column=name]")
    assert [cell.input_value() for cell in names.all()] == ["书香校园", "足球特色学校", ""]


def opened(page) -> list[str]:
    """The addresses of the pages loaded from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if request.is_navigation_request() else None)
    return found


def at_section(page, code: str) -> None:
    page.wait_for_url(f"**/s/{code}/")
    expect(page.locator(f"[data-part={code}]")).to_have_attribute("aria-current", "page")
    expect(page.locator(".entry-title h2")).to_be_focused()


def test_sections_follow_one_another_without_leaving_the_page(form):
    page = form("pupils")
    loaded = opened(page)
    expect(page.locator("[data-part=pupils]")).to_have_attribute("aria-current", "page")
    codes = page.locator("[data-part]").evaluate_all("links => links.map(link => link.dataset.part)")
    page.fill("#f-left_behind_pupils_primary", "6")
    for code in codes[1:]:
        page.locator(".entry-foot .btn-primary").click()
        at_section(page, code)
    assert (loaded, page.complaints) == ([], [])
    page.go_back()
    at_section(page, codes[-2])
    page.locator("[data-part=pupils]").click()
    at_section(page, "pupils")
    assert page.input_value("#f-left_behind_pupils_primary") == "6", "saved on the way"
    page.go_back()
    at_section(page, codes[-2])
    page.go_forward()
    at_section(page, "pupils")
    type_into(page, "left_behind_pupils_primary", "4")
    all_saved(page)
    assert loaded == []
    page.reload()
    assert page.input_value("#f-left_behind_pupils_primary") == "4"
    assert page.evaluate("localStorage.length") == 0


def test_what_cannot_be_sent_waits_while_another_section_is_opened(form):
    page = form("funds")
    stored = "caches.match(location.pathname, { ignoreVary: true }).then(Boolean)"
    wait_for("a copy of the page", lambda: page.evaluate(stored))
    page.locator("[data-part=teachers]").click()
    at_section(page, "teachers")
    wait_for("a copy of the page", lambda: page.evaluate(stored))
    loaded = opened(page)
    page.context.set_offline(True)
    type_into(page, "backbone_teachers_primary", "6")
    state(page, "backbone_teachers_primary", "离线")
    page.locator("[data-part=funds]").click()
    at_section(page, "funds")
    page.locator("[data-part=safety]").click()
    expect(page.locator("#messages")).to_contain_text("没有打开这一栏")
    page.context.set_offline(False)
    all_saved(page)
    page.locator("[data-part=teachers]").click()
    at_section(page, "teachers")
    assert page.input_value("#f-backbone_teachers_primary") == "6"
    assert loaded == []


def test_a_page_the_worker_came_too_late_for_is_its_own_from_then_on(form):
    """A reload past the worker stands for a page that was opening while the worker came."""
    page = form("pupils")
    at_work = "Boolean(navigator.serviceWorker.controller)"
    wait_for("the worker", lambda: page.evaluate(at_work))
    with page.expect_event("load"):
        page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    assert wait_for("the worker", lambda: page.evaluate(at_work))


def test_a_page_asked_for_before_the_worker_was_active_is_stored_though_the_worker_has_taken_it_over(form):
    page = form("pupils")
    stored = "caches.match(location.pathname, { ignoreVary: true }).then(Boolean)"
    wait_for("a copy of the page", lambda: page.evaluate(stored))
    page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    # Taken over while it was opening.
    page.add_init_script(
        "Object.defineProperty(ServiceWorkerContainer.prototype, 'controller', { get: () => ({ state: 'activated' }) })"
    )
    with page.expect_event("load"):
        page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    wait_for("a copy of the page", lambda: page.evaluate(stored))


def test_after_an_upgrade_a_section_is_a_page_of_its_own_again(form):
    page = form("pupils")
    page.locator("html.has-js").wait_for()
    page.evaluate("document.querySelector('script[src*=\"js/entry\"]').src = '/static/js/entry.old.js'")
    page.complaints.clear()
    loaded = opened(page)
    page.locator("[data-part=funds]").click()
    page.wait_for_load_state()
    expect(page.locator("[data-part=funds]")).to_have_attribute("aria-current", "page")
    assert [url.split("/s/")[1] for url in loaded] == ["funds/"]


def test_without_scripts_sections_are_pages(open_browser):
    page = open_browser(java_script_enabled=False)
    page.goto("/login/")
    page.get_by_label("工作账号").fill(CLERK)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto("/submissions/")
    page.get_by_role("link", name=re.compile("继续填报.*2026")).click()
    page.locator("[data-part=pupils]").click()
    page.locator("[data-part=funds]").click()
    expect(page.locator("[data-part=funds]")).to_have_attribute("aria-current", "page")
    page.locator(".entry-foot .btn-primary").click()
    expect(page.get_by_text("已保存。")).to_be_visible()


def paste(page, selector: str, text: str) -> None:
    """Put a text on the clipboard's place and paste it where the cursor then is."""
    page.locator(selector).focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
          document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def column(page, grid: str, code: str) -> list[str]:
    return [cell.input_value() for cell in page.locator(f"[data-grid={grid}] [data-column={code}]").all()]


def test_rows_copied_from_excel_are_pasted_into_the_table(form):
    page = form("safety")
    first = "[data-grid=honours] tr:first-child [data-column=name]"
    paste(
        page,
        first,
        "序号\t名称\t级别\t年份（年）\r\n1\t书香校园\t市级\t2025\r\n"
        '2\t"“足球”\n""特色""学校"\t⼀级\t2,024\r\n合 计\t2\t\t\r\n',
    )
    state(page, "honours", "有误")
    left = page.inner_text("[data-field=honours] [data-left]")
    assert "第 2 行有表里没有的列，没有填入：1" in left
    assert "合计行不是一条记录，没有填入：合 计 2" in left
    level = page.locator("[data-grid=honours] [data-column=level]").nth(1)
    assert level.input_value() == "⼀级"
    assert level.get_attribute("aria-invalid") == "true"
    assert "填的是“⼀级”" in page.inner_text("[data-grid=honours] td:has([data-column=level]) [data-fault]")
    page.reload()
    state(page, "honours", "有误")
    assert level.input_value() == "⼀级", "what is wrong stays over a reload"
    level.select_option("省级")
    all_saved(page)
    assert "共 2 行" in page.inner_text("[data-grid=honours] [data-grid-sum]")
    page.reload()
    assert column(page, "honours", "level") == ["市级", "省级", ""]
    assert column(page, "honours", "name") == ["书香校园", '“足球”\n"特色"学校', ""]
    assert column(page, "honours", "year") == ["2025", "2024", ""]


def test_dates_are_pasted_as_people_write_them(form):
    page = form("safety")
    paste(
        page,
        "[data-grid=drills] tr:first-child [data-column=date]",
        "2026/3/21\t疏散演练\t160\r\n2026年11月3日\t疏散演习\t155\r\n2026.3.26\t安全教育\t1,160\r\n下周五\t\t150\r\n",
    )
    state(page, "drills", "有误")
    faults = page.locator("[data-grid=drills] [data-fault]")
    assert ["疏散演习" in faults.nth(0).inner_text(), "下周五" in faults.nth(1).inner_text()] == [True, True]
    kinds = page.locator("[data-grid=drills] [data-column=kind]")
    assert kinds.nth(1).input_value() == "疏散演习"
    kinds.nth(1).select_option("疏散演练")
    page.locator("[data-grid=drills] [data-column=date]").nth(3).fill("2026年3月28日")
    kinds.nth(3).select_option("安全教育")
    all_saved(page)
    assert column(page, "drills", "date") == ["2026-03-21", "2026-11-03", "2026-03-26", "2026-03-28", ""]
    assert column(page, "drills", "participants") == ["160", "155", "1160", "150", ""]


def test_a_column_pasted_into_figures_fills_downwards(form):
    page = form("pupils")
    codes = page.eval_on_selector_all(
        "[data-row]:not([hidden]) [data-field$=_primary]:not([hidden])",
        "fields => fields.map((field) => field.id || field.dataset.field)",
    )
    before = [page.input_value(f"#f-{code}") for code in codes]
    with page.expect_response("**/save/**"):
        paste(page, f"#f-{codes[0]}", "３60\r\n1４人\r\n" + "3\r\n" * (len(codes) - 1))
    state(page, codes[1], "有误")
    state(page, codes[2], "已保存")
    assert [page.input_value(f"#f-{code}") for code in codes] == ["360", "1４人"] + ["3"] * (len(codes) - 2)
    assert "有 1 格没有对应的栏目，没有填入：3" in page.inner_text(f"[data-field={codes[0]}] [data-left]")
    with page.expect_response("**/save/**"):
        paste(page, f"#f-{codes[0]}", "\r\n".join(before))
    all_saved(page)


def test_nobody_writing_a_decimal_is_interrupted(form):
    page = form("premises")
    with page.expect_response("**/save/**"):
        page.fill("#f-teaching_area", "1.0")
    state(page, "teaching_area", "已保存")
    page.locator("#f-teaching_area").press_sequentially("5")
    assert page.input_value("#f-teaching_area") == "1.05"
    with page.expect_response("**/save/**"):
        type_into(page, "teaching_area", "2700.5")
    all_saved(page)


def test_a_warning_is_waived_in_place(form):
    page = form("equipment")
    type_into(page, "multimedia_rooms", "30")
    reason = "[data-field=multimedia_rooms] .note-answer input"
    page.fill(reason, "新楼")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-field=multimedia_rooms] [data-note-error]:has-text('5 至 300 字')")
    assert page.input_value(reason) == "新楼", "what was refused can be made longer"
    page.fill(reason, "新建综合楼投入使用")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已说明：新建综合楼投入使用")
    expect(page.get_by_text("修改说明", exact=True)).to_be_focused()
    type_into(page, "multimedia_rooms", "12")
    all_saved(page)


def test_a_reason_half_written_comes_back(form):
    """Whether its note is drawn anew, another section is opened or the page is loaded again."""
    page = form("equipment")
    type_into(page, "multimedia_rooms", "31")
    reason = "[data-field=multimedia_rooms] .note-answer input"
    page.fill(reason, "新建综合")
    value = page.input_value("#f-equipment_value")
    for typed in ("1", value):
        type_into(page, "equipment_value", typed)
        all_saved(page)
    assert page.input_value(reason) == "新建综合"
    page.locator("[data-part=pupils]").click()
    at_section(page, "pupils")
    page.go_back()
    at_section(page, "equipment")
    assert page.input_value(reason) == "新建综合"
    page.reload()
    expect(page.locator(reason)).to_have_value("新建综合")
    page.fill(reason, "新建综合楼投入使用")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已说明：新建综合楼投入使用")
    wait_for("an empty store", lambda: page.evaluate("localStorage.length === 0"))
    type_into(page, "multimedia_rooms", "12")
    all_saved(page)


def test_a_mixed_batch_lists_what_was_stored_and_says_what_was_not(form):
    page = form("equipment")
    page.goto(page.url.split("/s/")[0] + "/evidence/")
    box = "form[data-upload] input[type=file][name=file]"
    stored = {"name": "设备清单.png", "mimeType": "image/png", "buffer": corpus.image("PNG")}
    page.set_input_files(box, [stored, stored | {"name": "坏.pdf", "buffer": b"no pdf"}])
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_selector("[data-upload-status]:has-text('已上传 1 个文件'):has-text('坏.pdf')")
    expect(page.locator(".proof-file")).to_have_count(1)
    page.set_input_files(box, [stored | {"name": "设备清单-2.png"}])
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_selector("#messages :text('是同一个文件')")


def test_after_the_session_ended_nothing_is_lost(form):
    page = form("premises")
    page.context.clear_cookies()
    type_into(page, "teaching_area", "2700.5")
    page.wait_for_selector("[data-overall]:has-text('登录已过期')")
    other = page.context.new_page()
    other.goto("/login/")
    other.fill("input[name=username]", CLERK)
    other.fill("input[name=password]", PASSWORD)
    other.click("main button[type=submit]")
    other.wait_for_url(lambda url: "/login" not in url)
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    all_saved(page)
    page.reload()
    assert page.input_value("#f-teaching_area") == "2700.5"


def test_last_years_rows_are_compared_with_those_stored_now(form):
    page = form("equipment")
    area = page.locator("#f-music_rooms [data-column]").nth(1)
    area.focus()
    page.locator("[data-panel] summary", has_text="上年填报的").click()
    gone = page.locator("[data-panel]").get_by_text("（今年没有）").first
    expect(gone).to_be_hidden()
    before = area.input_value()
    for text, is_gone in (("61", True), (before, False)):
        area.fill(text)
        page.keyboard.press("Tab")
        expect(gone).to_be_visible() if is_gone else expect(gone).to_be_hidden()
    all_saved(page)


def zoomed(page) -> None:
    """As at 200 % on a screen of 1440 × 900."""
    page.set_viewport_size({"width": 720, "height": 450})


@pytest.mark.parametrize("is_zoomed", [False, True], ids=["360", "200%"])
def test_a_section_is_in_sight_once_it_is_opened_by_keys(form, is_zoomed):
    page = form("pupils", phone=not is_zoomed)
    if is_zoomed:
        zoomed(page)
    loaded = opened(page)
    page.locator("[data-part=teachers]").focus()
    page.keyboard.press("Enter")
    at_section(page, "teachers")
    expect(page.locator(".entry-title h2")).to_be_in_viewport()
    first = page.locator("[data-field] input:visible").first
    for _ in range(3):
        page.keyboard.press("Tab")
        if first.evaluate("input => input === document.activeElement"):
            break
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport()
    # While the page scrolled slowly, a section opened from further down was measured where the former one had been.
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert (loaded, page.complaints) == ([], [])


def test_at_200_per_cent_no_section_is_wider_than_the_screen(form):
    page = form("pupils")
    zoomed(page)
    for url in page.eval_on_selector_all("[data-part]", "links => links.map((link) => link.href)"):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, url
    assert page.complaints == []


@pytest.mark.parametrize("phone", [False, True], ids=["1440", "360"])
def test_no_section_is_wider_than_the_screen_or_complains(form, phone):
    page = form("pupils", phone=phone)
    first = page.locator("[data-field] input:visible").first.bounding_box()
    assert first["y"] + first["height"] <= page.viewport_size["height"] - 80, "seen without scrolling"
    # Tables, texts and choices with their text are higher.
    low = "[data-row]:not([hidden]):not(.is-wide):not(:has(.field[id]:not([hidden])))"
    for url in page.eval_on_selector_all("[data-part]", "links => links.map((link) => link.href)"):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= (360 if phone else 1440), url
        heights = page.eval_on_selector_all(low, "rows => rows.map((row) => row.offsetHeight)")
        assert phone or max(heights, default=0) <= 44, url
    assert page.complaints == []


def test_a_section_is_marked_only_after_what_was_just_typed_is_saved(form):
    page = form("pupils", HEAD)
    page.get_by_role("link", name="栏目分工").click()
    page.get_by_label("学生").select_option(label="周明远")
    page.get_by_role("button", name="保存并通知").click()
    expect(page.get_by_text("已保存，并已通知有关的人")).to_be_visible()
    page = form("pupils")
    for text in ("5", ""):
        with page.expect_response(re.compile("/save/")):
            type_into(page, "boarders_primary", text)
    page.fill("#f-boarders_primary", "3")
    page.get_by_role("button", name="标为已填好").click()
    expect(page.get_by_text("“学生”已标为已填好。")).to_be_visible()
    assert page.input_value("#f-boarders_primary") == "3"
    expect(page.get_by_role("button", name="撤回“已填好”")).to_be_visible()


def test_the_head_signs_what_the_clerk_filled_in(form):
    page = form("mobility", HEAD)
    type_into(page, "exchanged_in", "0")
    all_saved(page)
    page.get_by_role("link", name="核对签发").click()
    page.get_by_label(re.compile("我已核对")).check()
    page.get_by_label("登录密码").fill(PASSWORD)
    page.get_by_role("button", name="签发并提交").click()
    page.wait_for_selector("text=410298-2026-")
    expect(page.get_by_text("撤回", exact=True)).to_be_visible()
