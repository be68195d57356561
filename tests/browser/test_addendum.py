"""An addendum whose answer was lost is there once, and what was changed meanwhile is neither lost nor taken for it."""

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


@pytest.fixture(scope="module", autouse=True)
def _finished(site):
    site.manage("shell", "-c", "from tests.browser.addendum_seed import run; run()")


def test_what_is_changed_after_an_answer_was_lost_is_an_addendum_of_its_own(open_as):
    page = open_as("addendum_inspector", PASSWORD, service_workers="block")
    page.goto("/visits/")
    page.get_by_role("link", name="补记区晨光小学").first.click()
    visit = page.url
    page.get_by_role("link", name="补记").first.click()
    page.wait_for_url("**/addend*/**")

    def lose_the_answer(route) -> None:
        route.fetch() if route.request.method == "POST" else None
        route.abort("internetdisconnected") if route.request.method == "POST" else route.continue_()

    page.route(page.url, lose_the_answer)
    text, send = page.locator("textarea[name=text]"), page.get_by_role("button", name="补记并通知学校")
    text.fill("二楼东侧教室已停用")
    send.click()
    expect(page.locator("#messages")).to_contain_text("已存在本机")
    text.fill("二楼东侧教室已停用，三楼也是")
    send.click()
    expect(page.locator("#messages")).to_contain_text("网络不通。刚才送出的还不能确定是否送达")
    page.unroute(page.url)
    signed_out = {"message": "登录已失效，请重新登录。", "login": "/login/"}
    page.route(page.url, lambda route: route.fulfill(status=401, json=signed_out))
    send.click()
    expect(page.locator("#messages")).to_contain_text("登录已失效，请重新登录。刚才送出的还不能确定是否送达")
    expect(page.locator("#messages").get_by_role("link", name="重新登录")).to_be_visible()
    page.unroute(page.url)
    send.click()
    expect(page.locator("#messages")).to_contain_text("刚才送出的已经送达")
    expect(text).to_have_value("二楼东侧教室已停用，三楼也是")
    page.goto(visit)
    expect(page.get_by_text("二楼东侧教室已停用", exact=True)).to_have_count(1)
    expect(page.get_by_text("三楼也是")).to_have_count(0)
