"""Signing in, filling, saving and moving on with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser import school

FOCUSED = "document.activeElement.textContent.trim()"


def tab_to(page, condition: str, most: int = 80) -> None:
    """Press Tab until the focused element meets the condition; the focus must be seen on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML").splitlines()[0]
        if page.evaluate(condition):
            return
    raise AssertionError(f"{most} times Tab did not reach {condition}")


@pytest.mark.browser
def test_a_submission_is_filled_by_keyboard_alone(reporters, open_browser) -> None:
    person, page = reporters[0], open_browser()
    page.goto("/login/")
    page.keyboard.type(person.username)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    tab_to(page, f"{FOCUSED} === '跳到正文'")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    tab_to(page, f"{FOCUSED} === '我的填报'")
    page.keyboard.press("Enter")
    page.locator("[data-entry-form]").wait_for()
    tab_to(page, "document.activeElement.id === 'f-pupils_primary'")
    page.keyboard.type("412")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "f-migrant_pupils_primary", "Enter goes down the column"
    expect(page.locator("[data-field=pupils_primary] [data-state]")).to_contain_text("已保存")
    page.keyboard.type("30")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-field=migrant_pupils_primary] [data-state]")).to_contain_text("已保存")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(page.locator("#f-migrant_pupils_primary")).to_have_value("30")
    tab_to(page, "document.activeElement.value === 'classes'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/classes/")
    page.locator("#f-class_list").wait_for()


SEEN = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const points = [[x, y], [box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2]];
  return focused === document.body || box.width < 3 || points.some(([x, y]) => {
    const there = document.elementFromPoint(x, y);
    return there && (focused.contains(there) || there.contains(focused));
  });
}"""


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_what_is_focused_is_never_hidden_behind_a_bar(reporters, open_as, phone: bool) -> None:
    """WCAG 2.2, 2.4.11: forwards and backwards through a submission, whose head, list of parts and foot stay in place."""
    page = open_as(reporters[0].username, reporters[0].password, phone=phone)
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360 if phone else 1280, "height": 640})
    page.goto("/submissions/")
    page.locator("html.has-js [data-entry-form]").wait_for()
    met = set()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(70):
            page.keyboard.press(key)
            focused = page.evaluate("document.activeElement.outerHTML")
            assert page.evaluate(SEEN), focused[:200]
            met.add(focused)
    assert len(met) > 40


@pytest.mark.browser
def test_a_table_grows_by_enter(reporters, open_as) -> None:
    page = open_as(reporters[0].username, reporters[0].password)
    school.open_form(page)
    school.open_section(page, "equipment")
    tab_to(page, "document.activeElement.dataset.column === 'name'")
    for name in ("音乐教室一", "音乐教室二"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    names = page.locator("#f-music_rooms [data-column=name]")
    expect(names).to_have_count(3)
    assert names.evaluate_all("cells => cells.map(cell => cell.value)") == ["音乐教室一", "音乐教室二", ""]
