"""A session that ends while somebody works loses nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser import school
from tests.browser.conftest import sign_in

FIELD = "pupils_primary"


@pytest.fixture
def form(reporters, open_as):
    """A reporter's open form whose session has ended meanwhile."""
    page = open_as(reporters[2].username, reporters[2].password)
    school.open_form(page)
    page.context.clear_cookies(name="session")
    page.locator(f"#f-{FIELD}").fill("377")
    page.locator(f"#f-{FIELD}").press("Tab")
    expect(page.locator("[data-overall]")).to_contain_text("登录已过期")
    return page


@pytest.mark.browser
def test_typing_goes_on_after_signing_in_again_in_the_page(form, reporters) -> None:
    address = form.url
    form.get_by_role("link", name="重新登录后自动保存").click()
    dialog = form.get_by_role("dialog")
    expect(dialog.get_by_label("工作账号")).to_have_value(reporters[2].username)
    expect(dialog.get_by_label("工作账号")).not_to_be_editable()
    expect(dialog.get_by_label("密码")).to_be_focused()
    dialog.get_by_label("密码").fill("wrong")
    dialog.get_by_role("button", name="登录").click()
    expect(dialog.get_by_text("账号或密码不正确")).to_be_visible()
    expect(dialog.get_by_label("工作账号")).to_have_value(reporters[2].username)
    dialog.get_by_label("密码").fill(reporters[2].password)
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_have_count(0)
    expect(form.locator("[data-overall]")).to_contain_text(school.ALL_SAVED)
    assert form.url == address
    form.reload()
    expect(form.locator(f"#f-{FIELD}")).to_have_value("377")


@pytest.mark.browser
def test_a_reload_leads_over_the_sign_in_page_back_to_the_field_with_its_value(form, reporters) -> None:
    form.locator(f"#f-{FIELD}").fill("388")
    form.locator(f"#f-{FIELD}").press("Tab")
    address = form.url
    form.reload()
    sign_in(form, reporters[2].username, reporters[2].password)
    assert form.url == address
    expect(form.locator(f"#f-{FIELD}")).to_have_value("388")
    school.expect_saved(form)


@pytest.mark.browser
def test_a_page_opened_without_a_session_says_why_and_leads_back(site, open_browser, reporters) -> None:
    page = open_browser()
    page.goto("/notices/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    sign_in(page, reporters[2].username, reporters[2].password)
    assert page.url == f"{site.address}/notices/"
