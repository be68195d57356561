"""Take the screenshots of README and manual from a running demo (`make demo`), always the same thirteen files."""

import argparse
import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import xlsxwriter
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
HEIGHTS = {1440: 900, 360: 780}
LARGEST = 150 * 1024
JOB_MS = 120_000


class Shot(NamedTuple):
    """One file: whose page, how wide, and the way there by the links a person would follow."""

    name: str
    account: str
    width: int
    way: Callable[[Page], None]


def menu(page: Page, word: str) -> None:
    """Follow a link of the navigation, whose group may have to be opened."""
    if not page.locator("#menu").is_visible():
        page.get_by_role("button", name="菜单").click()
    named = page.locator("a", has_text=re.compile(rf"^\s*{word}\s*$"))
    link = page.locator("#menu").locator(named)
    if not link.is_visible():
        page.locator("#menu details", has=named).locator("summary").click()
    link.click()


def by_menu(word: str, *links: str) -> Callable[[Page], None]:
    """Follow the navigation, then links inside the page; each is the first with these words."""

    def way(page: Page) -> None:
        menu(page, word)
        for link in links:
            page.locator("main").get_by_role("link", name=link).first.click()

    return way


def row(state: str, word: str) -> Callable[[Page], None]:
    """Open the first row of a list in this state."""

    def way(page: Page) -> None:
        menu(page, word)
        page.locator("main tbody tr").filter(has_text=state).first.get_by_role("link").first.click()

    return way


def sent_back_form(page: Page) -> None:
    """Open the form of what was sent back at the first item that was sent back."""
    menu(page, "我的填报")
    page.get_by_role("link", name="按退回原因修改").first.click()
    page.locator(".notice-bad a").first.click()


def sent_back_item(page: Page) -> None:
    """Scroll that form on a phone to that item."""
    sent_back_form(page)
    page.locator(".entry-row.is-sent-back").first.evaluate(
        "row => scrollTo(0, row.getBoundingClientRect().top + scrollY - 72)"
    )


def coefficients(page: Page) -> None:
    """Show the coefficients of the last finished year: while submissions are missing there are none."""
    menu(page, "全区看板")
    page.get_by_label("评估年度").select_option(index=1)
    page.get_by_role("button", name="查看").first.click()
    page.get_by_role("link", name="差异系数", exact=True).click()


def checklist(page: Page) -> None:
    """Open the checklist of the visit under way."""
    row("进行中", "督导")(page)
    page.get_by_role("link", name="继续检查").click()


def requested(page: Page) -> None:
    """Open a finding whose school asks to have it closed."""
    menu(page, "问题整改")
    page.get_by_label("状态").select_option(label="申请销号")
    page.get_by_role("button", name="筛选").click()
    page.locator("main tbody tr").last.get_by_role("link").first.click()


def dossier(page: Page) -> None:
    """Open the dossier; build it if this demo has none yet (the same data never make a second one)."""
    menu(page, "验收档案")
    if not page.locator("main tbody tr").count():
        page.get_by_role("link", name="编制验收档案").first.click()
        page.get_by_role("button", name="编制验收档案").click()
    else:
        page.locator("main tbody tr").first.get_by_role("link").first.click()
    page.get_by_role("link", name="下载档案包").wait_for(timeout=JOB_MS)


def papers(page: Page) -> None:
    """Have a list of rooms counted that was made here."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("教学用房一览")
        for number, cells in enumerate(ROOMS):
            sheet.write_row(number, 0, cells)
    menu(page, "我的填报")
    page.get_by_role("link", name="按退回原因修改").first.click()
    page.get_by_role("link", name="从表册取数").click()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("#roster-file").set_input_files(
        [{"name": "教学用房一览.xlsx", "mimeType": kind, "buffer": out.getvalue()}]
    )
    page.get_by_role("button", name="读取", exact=True).click()
    page.get_by_role("button", name="全部采用").wait_for()
    page.get_by_role("button", name="全部采用").evaluate("button => button.closest('form').scrollIntoView()")


ROOMS = (
    ("房间名称", "用途", "建筑面积（㎡）", "建成年份", "是否多媒体"),
    *((f"{number}", "普通教室", 72, 2012, "是") for number in range(101, 119)),
    ("201", "音乐教室", 98, 2014, "是"),
    ("202", "美术教室", 92, 2014, "是"),
    ("203", "科学实验室", 96, 2014, "否"),
    ("204", "图书阅览室", 180, 2014, "否"),
)
SHOTS = (
    Shot("workbench-1440", "admin", 1440, lambda page: None),
    Shot("round-1440", "admin", 1440, row("填报中", "评估年度")),
    Shot("board-1440", "admin", 1440, by_menu("全区看板")),
    Shot("coefficients-1440", "admin", 1440, coefficients),
    Shot("report-1440", "admin", 1440, row("草稿", "整改报告")),
    Shot("dossier-1440", "admin", 1440, dossier),
    Shot("review-1440", "reviewer", 1440, row("审核中", "填报审核")),
    Shot("finding-1440", "inspector", 1440, requested),
    Shot("entry-1440", "reporter2", 1440, sent_back_form),
    Shot("papers-1440", "reporter2", 1440, papers),
    Shot("sign-1440", "principal3", 1440, by_menu("工作台", "核对并签发提交")),
    Shot("entry-360", "reporter2", 360, sent_back_item),
    Shot("visit-360", "inspector", 360, checklist),
)


def sign_in(browser: Browser, url: str, account: str, password: str, width: int) -> Page:
    """Return a page of its own browser profile, signed in."""
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        viewport={"width": width, "height": HEIGHTS[width]},
    )
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("工作账号").fill(account)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="工作台").wait_for()
    return page


def save(png: bytes, target: Path) -> int:
    """Write a screenshot with a palette, which keeps text sharp and the file small; return its bytes."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 64, 24):
        picture.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size <= LARGEST:
            break
    return target.stat().st_size


def main() -> None:
    """Take all shots, or those named."""
    parser = argparse.ArgumentParser(description="从正在运行的演示系统截图")
    parser.add_argument("names", nargs="*", metavar="NAME", help="只截这些，如 board-1440；不写则全部")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="演示系统的网址")
    parser.add_argument("--password", default="Longting-2026", help="演示账号的密码")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - {shot.name for shot in SHOTS}:
        sys.exit(f"没有这些截图：{'、'.join(sorted(unknown))}")
    shots = [shot for shot in SHOTS if not chosen.names or shot.name in chosen.names]
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--lang=zh-CN", "--hide-scrollbars"],
        )
        pages: dict[tuple[str, int], Page] = {}
        for shot in shots:
            key = (shot.account, shot.width)
            if key not in pages:
                pages[key] = sign_in(browser, chosen.url, shot.account, chosen.password, shot.width)
            page = pages[key]
            page.goto("/")
            shot.way(page)
            page.wait_for_load_state("networkidle")
            page.mouse.move(0, 0)
            size = save(page.screenshot(animations="disabled"), OUT / f"{shot.name}.png")
            print(f"{shot.name}.png  {size // 1024} KB")
        browser.close()


if __name__ == "__main__":
    main()
