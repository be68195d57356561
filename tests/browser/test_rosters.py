"""A school takes its figures from a paper in a real browser: read, say what is not clear, take over."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look
from tests.cast import PASSWORD
from tests.indicators.collection.rosters.books import CANARY
from tests.indicators.collection.state_statistics.books import book

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
PAPER = {
    "name": "教职工花名册.xlsx",
    "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "buffer": book(
        花名册=[
            ["姓名", "岗位", "学历", "任教学科"],
            [CANARY, "教师", "研究生", "体育"],
            [CANARY, "教师", "本科", "语文"],
            [CANARY, "后勤", "高中", None],
            ["合计", 3, None, None],
        ]
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _school(site):
    site.manage("shell", "-c", "from tests.browser.roster_seed import run; run()")


def test_a_paper_is_read_asked_about_and_taken_over(open_as) -> None:
    page = open_as("roster_clerk", PASSWORD)
    page.goto("/submissions/")
    page.get_by_role("link", name="从表册取数").click()
    look(page, "rosters-choose")
    page.get_by_label("学校已有的表册（Excel）").set_input_files(PAPER)
    page.get_by_role("button", name="读取", exact=True).click()
    question = page.get_by_label(re.compile("写“研究生”的，算作"))
    expect(question).to_be_visible()
    look(page, "rosters-asked")
    question.select_option(label="硕士研究生")
    # The file is still in the page: it does not stay on the server.
    page.get_by_role("button", name="按上面的说明再读一次").click()
    expect(page.get_by_text(re.compile("第 3 列“学历”=研究生：1 行")).first).to_be_visible()
    expect(question).to_have_count(0)
    look(page, "rosters-counted")
    page.get_by_role("button", name="采用：小学体育专任教师").click()
    expect(page.get_by_text("已采用 1 项，写进了填报表。")).to_be_visible()
    page.get_by_role("button", name=re.compile("全部采用")).click()
    page.get_by_role("link", name="都已采用，回到填报表").click()
    page.wait_for_selector("[data-entry-form]")
    page.goto(re.sub(r"/s/\w+/", "/s/teachers/", page.url))
    expect(page.locator("#f-teachers_master_primary")).to_have_value("1")
    expect(page.locator("#f-pe_teachers_primary")).to_have_value("1")
