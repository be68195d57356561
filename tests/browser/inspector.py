"""What an inspector does on the pages, at the desk and on a phone."""

from datetime import date
from pathlib import Path

from playwright.sync_api import expect


def plan(page, school: str, subject: str, day: date) -> None:
    """Plan a regular visit led by oneself."""
    page.locator("#menu").get_by_role("link", name="督导", exact=True).click()
    page.get_by_role("link", name="安排督导").first.click()
    page.get_by_label("学校", exact=False).first.select_option(label=school)
    page.get_by_label("督导事项").fill(subject)
    page.get_by_label("计划日期").fill(day.isoformat())
    page.get_by_role("button", name="安排并通知学校").click()
    page.get_by_role("heading", level=1, name=school).wait_for()


def open_on_phone(page, school: str) -> None:
    """On a phone: through the menu to the visit, and start it."""
    page.get_by_role("button", name="菜单").tap()
    page.locator("#menu").get_by_role("link", name="督导", exact=True).tap()
    page.get_by_role("link", name=school).first.tap()
    page.get_by_role("button", name="开始督导").tap()
    page.locator("[data-checklist].scripted").wait_for()


def question(page):
    """The one question a phone shows."""
    return page.locator("[data-question].is-current")


def answer(page, seen: str, *, found: str = "", note: str = "") -> None:
    """Answer the question that is shown and wait until the server has it."""
    box = question(page)
    box.get_by_text(seen, exact=True).tap()
    if found:
        box.get_by_label("现场值").fill(found)
    if note:
        box.get_by_label("说明").fill(note)
    box.get_by_role("button", name="保存", exact=True).tap()
    expect(box.locator("[data-state]")).to_contain_text("已保存")
    expect(page.locator("[data-waiting]")).to_have_attribute("data-left", "0")


def turn_to(page, indicator: str) -> None:
    """Turn the pages until a question on this indicator is shown."""
    while f"指标 {indicator}" not in question(page).inner_text():
        page.get_by_role("button", name="下一题").tap()


def photograph(page, picture: Path) -> None:
    """Attach a photo to the question that is shown."""
    question(page).locator("input[name=photo]").set_input_files(picture)
    expect(question(page).locator("[data-photo-state]")).to_have_text("照片已上传")


def step(page, label: str):
    """One step offered on a finding, opened."""
    box = page.locator("details[name=step]").filter(has=page.locator("summary", has_text=label))
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    return box
