"""A network that goes away while somebody types loses nothing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import school
from tests.processes import wait_for

FIELD = "pupils_primary"
SCRIPT = re.compile(r"/js/entry\.([0-9a-f]+\.)?js$")


@pytest.fixture
def form(reporters, open_as):
    """A reporter's open form."""
    page = open_as(reporters[1].username, reporters[1].password)
    school.open_form(page)
    return page


def state(page):
    return school.field(page, FIELD).locator("[data-state]")


def type_in(page, value: str) -> None:
    page.locator(f"#f-{FIELD}").fill(value)
    page.locator(f"#f-{FIELD}").press("Tab")


@pytest.mark.browser
def test_what_is_typed_offline_is_shown_as_unsaved_and_arrives_later(form) -> None:
    form.context.set_offline(True)
    type_in(form, "501")
    expect(state(form)).to_have_text("未保存（离线）")
    expect(form.locator("[data-overall]")).to_contain_text("已保留在本机")
    form.context.set_offline(False)
    expect(state(form)).to_contain_text("已保存")
    school.expect_saved(form)
    form.reload()
    expect(form.locator(f"#f-{FIELD}")).to_have_value("501")


@pytest.mark.browser
def test_a_reloaded_tab_keeps_what_was_not_sent(reporters, open_as) -> None:
    # A page that its worker has claimed sends past what this test answers.
    form = open_as(reporters[1].username, reporters[1].password, service_workers="block")
    school.open_form(form)
    form.route("**/save/**", lambda route: route.abort("internetdisconnected"))
    type_in(form, "502")
    expect(state(form)).to_have_text("未保存（离线）")
    form.reload()
    expect(form.locator(f"#f-{FIELD}")).to_have_value("502")
    expect(state(form)).to_have_text("未保存（离线）")
    form.unroute("**/save/**")
    form.evaluate("dispatchEvent(new Event('online'))")
    school.expect_saved(form)


@pytest.mark.browser
def test_a_closed_tab_keeps_what_was_not_sent_for_the_same_person_only(form, reporters) -> None:
    context = form.context
    context.set_offline(True)
    type_in(form, "503")
    expect(state(form)).to_have_text("未保存（离线）")
    form.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto("/submissions/")
    expect(page.locator(f"#f-{FIELD}")).to_have_value("503")
    school.expect_saved(page)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('youheng:entry'))") == []


@pytest.mark.browser
def test_a_colleague_who_was_faster_is_not_overwritten(form, reporters, open_as) -> None:
    other = open_as(reporters[1].username, reporters[1].password)
    school.open_form(other)
    form.context.set_offline(True)
    type_in(form, "504")
    expect(state(form)).to_have_text("未保存（离线）")
    type_in(other, "604")
    school.expect_saved(other)
    form.context.set_offline(False)
    conflict = school.field(form, FIELD).locator("[data-conflict]")
    expect(conflict).to_contain_text("已改为：604")
    conflict.get_by_role("button", name="用我的").click()
    school.expect_saved(form)
    other.reload()
    expect(other.locator(f"#f-{FIELD}")).to_have_value("504")


@pytest.mark.browser
def test_what_is_typed_before_the_scripts_came_is_saved_too(reporters, open_as) -> None:
    # A request that passes the service worker cannot be held here.
    form = open_as(reporters[1].username, reporters[1].password, service_workers="block")
    school.open_form(form)
    held = []

    def hold(route) -> None:
        held.append(route)

    form.route(SCRIPT, hold)
    with form.expect_request(SCRIPT):
        form.reload(wait_until="commit")
    form.locator(f"#f-{FIELD}").fill("505")
    held[0].continue_()
    school.expect_saved(form)
    form.unroute(SCRIPT)
    form.reload()
    expect(form.locator(f"#f-{FIELD}")).to_have_value("505")


STORED = "caches.match(location.pathname, {ignoreVary: true}).then(Boolean)"
COPIES = "caches.keys().then(names => names.filter(name => name.startsWith('youheng-pages-')))"


@pytest.mark.browser
def test_a_page_reloaded_offline_is_the_page_and_not_the_browsers_error(form) -> None:
    wait_for("a copy of the page", lambda: form.evaluate(STORED))
    form.context.set_offline(True)
    form.reload()
    expect(form.locator("[data-entry-form]")).to_be_visible()
    type_in(form, "512")
    expect(state(form)).to_have_text("未保存（离线）")
    form.reload()
    expect(form.locator(f"#f-{FIELD}")).to_have_value("512")
    form.context.set_offline(False)
    expect(state(form)).to_contain_text("已保存")
    form.complaints = [text for text in form.complaints if "ERR_INTERNET_DISCONNECTED" not in text]


@pytest.mark.browser
def test_copies_of_pages_are_gone_once_somebody_else_may_use_the_browser(form, reporters) -> None:
    wait_for("a copy of the page", lambda: form.evaluate(STORED))
    form.context.clear_cookies()
    form.goto("/login/")
    wait_for("no copy left", lambda: form.evaluate(COPIES) == [])
