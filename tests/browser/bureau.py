"""What the bureau's administrator and reviewer do on the pages."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import wait_for_answer
from tests.browser.people import Person
from tests.processes import PATIENCE


def go(page, entry: str) -> None:
    """Follow an entry of the main navigation, whose group may have to be opened."""
    wait_for_answer(page)
    named = page.locator("a", has_text=re.compile(rf"^\s*{entry}\s*$"))
    link = page.locator("#menu").locator(named)
    if not link.is_visible():
        page.locator("#menu details", has=named).locator("summary").click()
    link.click()


def preview_register(page, workbook: Path) -> None:
    """Upload a register and ask for the check; nothing is written yet."""
    go(page, "学校名录")
    page.get_by_role("link", name="导入名录").click()
    page.locator("input[type=file]").set_input_files(workbook)
    page.get_by_role("button", name="检查并预览").click()


def create_account(page, person: Person) -> str:
    """Make an account with its role; return the first password, which is shown only now."""
    go(page, "账号")
    page.get_by_role("link", name="建立账号").first.click()
    page.get_by_label("工作账号").fill(person.username)
    page.get_by_label("姓名").fill(person.name)
    page.get_by_label("角色").select_option(label=person.role)
    page.get_by_label("单位").select_option(label=person.place)
    page.get_by_role("button", name="建立账号").click()
    page.get_by_text("初始密码只在本页显示一次").wait_for()
    page.wait_for_load_state()
    shown = page.locator("main code").all_inner_texts()
    assert shown[0] == person.username
    return shown[1]


def open_round(page, code: str) -> None:
    """Open an assessment year with the dates the portal offers."""
    go(page, "评估年度")
    page.get_by_role("link", name="开启评估年度").first.click()
    page.get_by_label("年度代号").fill(code)
    page.get_by_label("名称").fill(f"{code} 年度自评")
    page.get_by_role("button", name="开启").click()
    page.get_by_text(f"{code} 年度自评已开启").wait_for()


def stage_names(page, stage: str) -> set[str]:
    """On a round's page: the respondents at a stage, by name."""
    page.locator(".pipeline").get_by_role("link").filter(has_text=stage).click()
    page.wait_for_url("**stage=**")
    return {words.partition("\n")[0] for words in page.locator("td[data-label=单位]").all_inner_texts()}


def import_submissions(page, workbook: Path, after: str) -> None:
    """From a round's page: check, preview and take over the figures of many schools."""
    page.get_by_role("link", name="导入填报数据").click()
    page.get_by_label(after).check()
    page.locator("input[type=file]").set_input_files(workbook)
    page.get_by_role("button", name="检查并预览").click()
    page.get_by_text("检查通过，还没有写入").wait_for()


def open_review(page, school: str) -> None:
    """Take a submission out of the queue and begin its review."""
    go(page, "填报审核")
    page.get_by_role("link", name=school, exact=True).click()
    page.get_by_role("button", name="开始审核").click()
    wait_for_answer(page)
    expect(page.get_by_role("button", name="通过", exact=True)).to_be_visible()
    unfold(page)


def unfold(page) -> None:
    """Have the rows of a review loaded that nothing speaks about, section by section."""
    # A slow machine shows a page before all of it is there.
    page.wait_for_load_state()
    links = page.locator("a[data-unfold]")
    for left in reversed(range(links.count())):
        links.first.click()
        expect(links).to_have_count(left)


def give_reason(page, code: str, text: str) -> None:
    """Write at one item why it goes back."""
    row = page.locator("tr", has=page.locator(f"#reason-{code}"))
    row.get_by_text("退回此项").click()
    phrase = row.locator(f"#phrase-{code}")
    phrase.select_option(index=1)
    row.locator(f"#reason-{code}").fill(text)


def evaluate(page) -> None:
    """Run the evaluation from the board and stay until its result is shown."""
    go(page, "全区看板")
    page.get_by_role("button", name="开始评估").click()
    page.locator(".board-matrix").first.wait_for(timeout=PATIENCE * 1000)
    page.wait_for_load_state()


def matrix(page, stage: str) -> dict[str, list[str]]:
    """The printed values of the matrix on the board, by school name."""
    found = {}
    for row in page.locator(f"section[aria-labelledby=stage-{stage}] tbody tr").all():
        name = row.locator("th a").inner_text()
        found[name] = row.locator("td[data-label] > span > b").all_inner_texts()
    return found


def coefficients(page, stage: str) -> list[str]:
    """The printed coefficients of variation below the matrix."""
    rows = page.locator(f"section[aria-labelledby=stage-{stage}] tfoot tr")
    return rows.filter(has_text="差异系数").locator("td b").all_inner_texts()


def download(page, click) -> Path:
    """Do what starts a download; return the file."""
    with page.expect_download() as coming:
        click()
    assert coming.value.failure() is None
    return Path(coming.value.path())


def compile_report(page, phase: str) -> None:
    """Ask for the district's report of a phase; leaves the report's page open."""
    go(page, "整改报告")
    page.get_by_role("link", name="编制报告").first.click()
    page.get_by_label("时段").select_option(label=phase)
    page.get_by_role("button", name="编制", exact=True).click()
    page.get_by_role("link", name="下载 Word").first.wait_for(timeout=PATIENCE * 1000)


def build_dossier(page) -> None:
    """Build the acceptance dossier of the latest evaluation; leaves its page open."""
    page.get_by_role("button", name="编制验收档案").click()
    page.get_by_role("link", name="下载档案包").wait_for(timeout=PATIENCE * 1000)
