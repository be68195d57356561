"""What waits for a decision, in a real browser: the leader decides, the school answers, the office issues a paper."""

import pytest
from playwright.sync_api import expect

from inspections.escalation.models import LEVELS
from tests.browser import bureau
from tests.browser.conftest import look
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
SCHOOL = "督办区春晓小学"


@pytest.fixture(scope="module", autouse=True)
def _late(site):
    site.manage("shell", "-c", "from tests.browser.orders_seed import run; run()")


def act(page, label: str, **typed: str) -> None:
    """Fill in a step and do it."""
    step = page.locator("#actions details", has=page.locator("summary", has_text=label)).first
    if step.get_attribute("open") is None:
        step.locator("summary").click()
    for name, text in typed.items():
        step.locator(f"[name={name}]").fill(text)
    with page.expect_navigation():
        step.get_by_role("button", name=label).click()


def test_the_leader_decides_the_school_answers_and_the_leader_ends_it(open_as):
    leader = open_as("orders_leader", PASSWORD)
    task = leader.locator("main").get_by_role("link", name=f"决定 1 项{LEVELS['talk'].name}")
    expect(task).to_be_visible()
    look(leader, "orders-leader")
    task.click()
    leader.locator("main tbody th a, main tbody td a").first.click()
    act(leader, "发出", text="请校长到局说明逾期原因和完成日期。")
    expect(leader.locator("main")).to_contain_text("请校长到局说明")
    look(leader, "orders-issued")

    head = open_as("orders_head", PASSWORD, phone=True)
    head.locator("main").get_by_role("link", name="签收").first.tap()
    act(head, "签收")
    act(head, "回复办理情况", text="设备已到货，本周内装完并申请销号。")
    look(head, "orders-answered")

    leader.reload()
    act(leader, "办结", text="回复属实，按周报送进度。")
    expect(leader.locator("main")).to_contain_text("已办结")


def test_the_office_issues_a_paper_and_the_school_signs_for_it(open_as):
    office = open_as("orders_office", PASSWORD)
    bureau.go(office, "督导文书")
    office.locator(".page-actions").get_by_role("link", name="起草文书").click()
    office.get_by_role("link", name="整改通知书", exact=True).click()
    office.locator("main select").first.select_option(label=SCHOOL)
    office.get_by_role("button", name="起草整改通知书").click()
    look(office, "letters-draft")
    office.locator("main textarea").first.fill("经督导和现场核对")
    office.get_by_role("button", name="保存草稿并预览").click()
    issue = office.locator("details", has=office.locator("summary", has_text="签发"))
    if issue.get_attribute("open") is None:
        issue.locator("summary").click()
    issue.get_by_role("button", name="签发并通知收件人").click()
    expect(office.locator("main")).to_contain_text("已签发")
    look(office, "letters-issued")
    address = office.url

    head = open_as("orders_head", PASSWORD, phone=True)
    head.locator("main").get_by_role("link", name="签收文书").first.tap()
    head.wait_for_url(address)
    head.get_by_role("button", name="签收").tap()
    look(head, "letters-received")
    office.reload()
    expect(office.locator("main")).to_contain_text("秦校长")
