"""A parent answers a survey on a phone, whose browser runs no scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look, shoot
from tests.browser.survey_seed import SCHOOL

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


def test_a_parent_answers_once_and_a_second_time_changes_nothing(site, open_browser):
    code = site.python("from tests.browser.survey_seed import run; result = run()")
    page = open_browser(phone=True)
    page.goto(f"/s/{code}/")
    look(page, "survey-answer")
    assert page.context.cookies() == []
    plain = open_browser(phone=True, java_script_enabled=False)
    plain.goto(f"/s/{code}/")
    expect(plain.locator("main")).to_contain_text(f"{SCHOOL} · 家长")
    questions = plain.get_by_role("group")
    for number in range(questions.count() - 1):
        questions.nth(number).get_by_label("基本满意").tap()
    plain.get_by_role("button", name="提交").tap()
    expect(plain.locator("[role=alert]")).to_contain_text("还有 1 道题没有选")
    questions.last.get_by_label("满意", exact=True).tap()
    plain.get_by_role("button", name="提交").tap()
    expect(plain.get_by_role("status")).to_contain_text("已经答过")
    # The other phone still shows the questions of the same code.
    for number in range(page.get_by_role("group").count()):
        page.get_by_role("group").nth(number).get_by_label("不满意").tap()
    page.get_by_role("button", name="提交").tap()
    expect(page.get_by_role("status")).to_contain_text("不会改变已收到的答卷")
    shoot(page, "survey-used")
    answers = (
        "SELECT count(*) FROM inspections_surveyanswer JOIN inspections_survey ON inspections_survey.id = survey_id"
    )
    assert site.rows(answers) == [(1,)]
