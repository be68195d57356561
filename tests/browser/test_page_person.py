"""Two people at one browser: what stands on a page of the first is never saved as the second."""

import pytest
from playwright.sync_api import expect

from tests.browser import school
from tests.browser.conftest import expect_refusal, sign_in

FIELD = "pupils_primary"


def _change_person(page, person) -> None:
    """Sign another person in, in a tab next to the page."""
    tab = page.context.new_page()
    tab.goto("/login/?switch=1")
    sign_in(tab, person.username, person.password)
    tab.close()


@pytest.mark.browser
def test_typing_waits_until_the_person_of_the_page_is_back(reporters, open_as) -> None:
    first, second = reporters[0], reporters[1]
    page = open_as(first.username, first.password)
    school.open_form(page)
    _change_person(page, second)
    page.locator(f"#f-{FIELD}").fill("401")
    page.locator(f"#f-{FIELD}").press("Tab")
    expect(page.locator("[data-overall]")).to_contain_text("另一个账号")
    expect_refusal(page, 409)
    page.get_by_role("link", name="重新登录后自动保存").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("这个浏览器现在登录的是")).to_be_visible()
    expect(dialog.get_by_label("工作账号")).to_have_value(first.username)
    dialog.get_by_label("密码").fill(first.password)
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-overall]")).to_contain_text(school.ALL_SAVED)
    page.reload()
    expect(page.locator(f"#f-{FIELD}")).to_have_value("401")


@pytest.mark.browser
def test_a_form_keeps_its_words_until_the_person_of_the_page_is_back(reporters, open_as) -> None:
    first, second = reporters[0], reporters[1]
    page = open_as(first.username, first.password)
    page.goto("/password/")
    _change_person(page, second)
    page.locator("input[name=old_password]").fill("stays in the page")
    for name in ("new_password1", "new_password2"):
        page.locator(f"input[name={name}]").fill("Kaifeng-2026!")
    page.get_by_role("button", name="保存新密码").click()
    expect(page.locator("#messages")).to_contain_text("没有提交")
    expect(page.locator("input[name=old_password]")).to_have_value("stays in the page")
    _change_person(page, first)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_text("密码不正确，还可以再试")).to_be_visible()


@pytest.mark.browser
def test_a_form_keeps_its_words_when_nobody_is_signed_in_any_more(reporters, open_as) -> None:
    page = open_as(reporters[0].username, reporters[0].password)
    page.goto("/password/")
    page.context.clear_cookies()
    page.locator("input[name=old_password]").fill("stays in the page")
    page.get_by_role("button", name="保存新密码").click()
    expect(page.locator("#messages")).to_contain_text("没有提交")
    expect(page.locator("input[name=old_password]")).to_have_value("stays in the page")
