"""The road to the goal in a real browser: the leader's first page, a scenario and a plan, a department's task."""

import pytest
from playwright.sync_api import expect

from tests.browser import bureau
from tests.browser.conftest import look, wait_for_answer
from tests.browser.planning_seed import TASK
from tests.cast import PASSWORD
from tests.inspections.making import photo
from tests.processes import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
# Where we stand, what waits, what is late, what changed, who holds us back.
QUESTIONS = ("全区结论", "等您办理", "已经逾期", "变化", "差距最大的学校")


@pytest.fixture(scope="module", autouse=True)
def _seeded(site):
    site.manage("shell", "-c", "from tests.browser.planning_seed import run; run()")


def test_the_leader_reads_five_answers_on_one_screen_and_asks_why(open_as) -> None:
    wide, phone = open_as("planning_leader", PASSWORD), open_as("planning_leader", PASSWORD, phone=True)
    for words in QUESTIONS:
        answer = wide.locator("main").get_by_text(words).first
        expect(answer).to_be_in_viewport()
        expect(phone.locator("main").get_by_text(words).first).to_be_visible()
    look(wide, "planning-leader")
    look(phone, "planning-leader-phone")
    phone.locator("section[aria-labelledby=behind] a", has_text="规划区丙初级中学").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("规划区丙初级中学")
    look(phone, "planning-school-phone")


def test_a_planner_tries_measures_shares_them_and_has_the_cheapest_plan_made(open_as) -> None:
    office = open_as("planning_office", PASSWORD)
    bureau.go(office, "方案试算")
    office.get_by_role("link", name="新方案").first.click()
    office.get_by_label("名称").fill("培养一名骨干")
    office.get_by_role("button", name="建立").click()
    kind = office.locator("select[name=kind]")
    for chosen, asks, not_asked in (
        ("交流轮岗（人）", ("school", "stage", "of", "from_school"), ("new_name",)),
        ("新建学校（所）", ("new_name", "new_kind"), ("school", "stage", "of", "from_school")),
        ("培养认定骨干教师（人）", ("school", "stage"), ("from_school", "new_name")),
    ):
        kind.select_option(label=chosen)
        for name in asks:
            expect(office.locator(f"[name={name}]")).to_be_visible()
        for name in not_asked:
            expect(office.locator(f"[name={name}]")).to_be_hidden()
    office.locator("select[name=school]").select_option(label="规划区甲小学（4102930001）")
    office.locator("select[name=stage]").select_option(label="小学")
    look(office, "planning-measure")
    office.get_by_role("button", name="加入并试算").click()
    changed = office.locator("tr[data-part='4102930001']")
    expect(changed).to_contain_text("未达标 → 达标")
    expect(office.locator("[data-heading='达标学校（分学段）']")).to_contain_text("1 / 3 → 2 / 3")
    look(office, "planning-scenario")

    leader = open_as("planning_leader", PASSWORD, phone=True)
    leader.goto(office.url)
    expect(leader.locator("tr[data-part='4102930001']")).to_contain_text("未达标 → 达标")
    expect(leader.get_by_role("button", name="加入并试算")).to_have_count(0)
    look(leader, "planning-scenario-phone")

    bureau.go(office, "达标规划")
    office.get_by_role("link", name="新规划").first.click()
    look(office, "planning-plan-start")
    office.get_by_role("button", name="开始规划").click()
    wait_for_answer(office)
    made = office.locator("tr[data-plan] a").first
    expect(made).to_be_visible(timeout=PATIENCE * 1000)
    made.click()
    expect(office.locator("main")).to_contain_text("规划区甲小学")
    look(office, "planning-plan")
    for name, ending in (("Excel", "xlsx"), ("Word", "docx"), ("PDF", "pdf")):
        with office.expect_download() as got:
            office.locator(".page-actions").get_by_role("link", name=name).click()
        assert got.value.suggested_filename.endswith(ending)


def test_a_department_reports_its_quarter_on_the_phone_and_another_person_checks_it(open_as) -> None:
    liaison = open_as("planning_liaison", PASSWORD, phone=True)
    liaison.goto("/programmes/tasks/")
    liaison.get_by_role("link", name=TASK).tap()
    step = liaison.locator("#actions details").first
    if step.get_attribute("open") is None:
        step.locator("summary").tap()
    step.get_by_label("正在推进").check()
    step.get_by_label("完成数").fill("7")
    step.get_by_label("进展情况").fill("已选派 7 名教师到农村学校任教。")
    file = photo("派出通知.jpg")
    step.locator("input[type=file]").set_input_files(
        {"name": file.name, "mimeType": "image/jpeg", "buffer": file.read()}
    )
    look(liaison, "planning-report")
    step.get_by_role("button", name="报送进展").tap()
    expect(liaison.locator("main")).to_contain_text("待核")
    look(liaison, "planning-reported")

    reviewer = open_as("planning_reviewer", PASSWORD)
    reviewer.goto(liaison.url)
    check = reviewer.locator("#actions details[open]")
    expect(check.locator("summary")).to_contain_text("核对通过")
    expect(check).to_contain_text("已选派 7 名教师")
    check.get_by_label("核对意见").fill("属实。")
    look(reviewer, "planning-check")
    check.get_by_label("年度结果").select_option(label="基本完成")
    check.get_by_role("button", name="核对通过").click()
    expect(reviewer.locator("main")).to_contain_text("陶审核")
    liaison.reload()
    expect(liaison.locator("main")).to_contain_text("年度结果：基本完成")
    look(liaison, "planning-checked")
