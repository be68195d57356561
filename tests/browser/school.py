"""What a school's reporter and head do on the pages."""

import base64
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from indicators.standard.engine import Spec, Value
from indicators.standard.standards import files, reader
from tests.browser.people import PASSWORD
from tests.figures import good_answers

ALL_SAVED = "全部已保存"


def figures(kind: str, **others: Any) -> dict[str, Any]:
    """Plain values of a complete submission of a school of this kind; keywords replace some."""
    answers = good_answers(spec(), kind)
    return {code: answer.value for code, answer in answers.items() if isinstance(answer, Value)} | others


def spec() -> Spec:
    """The newest standard that ships with the portal, which a new year takes; read from its files."""
    return reader.spec_from_content(files.read_folder(files.shipped()[-1]))


def open_form(page) -> None:
    """Open the school's only submission; the list is skipped for it."""
    page.locator("#menu").get_by_role("link", name="我的填报").click()
    page.locator("html.has-js [data-entry-form]").wait_for()


def sections(page) -> list[str]:
    """The codes of the form's sections in order."""
    return page.locator("[data-part]").evaluate_all("links => links.map(link => link.dataset.part)")


def open_section(page, code: str) -> None:
    """Go to a section through the list of sections."""
    with page.expect_navigation():
        page.locator(f"[data-part={code}]").click()
    page.locator(f"[data-part={code}][aria-current]").wait_for()


def field(page, code: str):
    """The box around one field."""
    return page.locator(f"[data-field={code}]")


def expect_saved(page) -> None:
    """Wait until the form says that nothing is waiting."""
    expect(page.locator("[data-overall]")).to_contain_text(ALL_SAVED)


def fill_section(page, answers: dict[str, Any]) -> None:
    """Fill every field of the open section that `answers` knows, and wait until all are saved."""
    codes = page.locator("[data-field]:visible").evaluate_all("boxes => boxes.map(box => box.dataset.field)")
    known = [code for code in codes if code in answers]
    for code in known:
        fill(page, code, answers[code])
    if known:
        expect_saved(page)


def fill(page, code: str, value: Any) -> None:
    """Answer one field as its kind asks."""
    box = field(page, code)
    match box.get_attribute("data-kind"):
        case "yes_no":
            box.locator("input[type=radio]").nth(0 if value else 1).check()
        case "choice":
            page.locator(f"#f-{code}").select_option(label=value)
        case "table":
            _fill_rows(page, code, value)
        case _:
            page.locator(f"#f-{code}").fill(text(value))


def _fill_rows(page, code: str, rows: tuple[dict[str, Any], ...]) -> None:
    for number, row in enumerate(rows):
        line = page.locator(f"#f-{code} [data-grid-rows] tr").nth(number)
        for column, value in row.items():
            cell = line.locator(f"[data-column={column}]")
            if cell.evaluate("cell => cell.tagName") == "SELECT":
                cell.select_option(label=text(value))
            else:
                cell.fill(text(value))
        line.locator("[data-column]").last.press("Enter")


def paste_rows(page, code: str, rows: tuple[dict[str, Any], ...]) -> None:
    """Paste rows copied from Excel into a table's first cell."""
    lines = "\n".join("\t".join(text(value) for value in row.values()) for row in rows)
    page.locator(f"#f-{code} [data-column]").first.evaluate(
        """(cell, lines) => {
            const data = new DataTransfer();
            data.setData("text/plain", lines);
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        lines,
    )


def text(value: Any) -> str:
    """A value as somebody types it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def say_not_applicable(page, code: str, reason: str) -> None:
    """Mark a field as not applicable and give the reason."""
    page.locator(f"#f-{code}").press("F2")
    panel = page.locator(f"[data-panel] [data-of={code}]")
    panel.get_by_label("不适用").check()
    panel.get_by_label("原因").fill(reason)
    panel.get_by_label("原因").press("Tab")


def attach(page, item: str, file: Path) -> None:
    """From the section that holds the item: open the page of evidence and drop a file on the item's slot."""
    page.locator(f"#row-{item} .entry-files a").click()
    drop(page, item, file.name, file.read_bytes())


def drop(page, item: str, name: str, content: bytes) -> None:
    """Drop a file on the slot of an item."""
    page.locator(f"#slot-{item}").evaluate(
        """(slot, [name, content]) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
            slot.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [name, base64.b64encode(content).decode()],
    )


def live(page, code: str) -> str:
    """The line of one indicator in the live result."""
    page.locator("[data-live] > details").evaluate("box => (box.open = true)")
    return page.locator("[data-live] .live-list > li").filter(has_text=code).first.inner_text()


def sign(page) -> str:
    """On the signing page: promise and submit; return the receipt number."""
    page.get_by_label("我已核对全部数据和佐证材料").check()
    page.get_by_label("登录密码").fill(PASSWORD)
    page.get_by_role("button", name="签发并提交").click()
    return page.locator(".receipt-number").inner_text()
