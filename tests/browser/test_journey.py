"""The main job, from an empty installation to the archived dossier, through the pages only, each role by itself."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfWriter
from python_calamine import load_workbook

from tests.browser import bureau, school, supervision
from tests.browser.conftest import expect_refusal, look, wait_for_answer
from tests.browser.people import ADMIN, Person, choose_password
from tests.workbooks import district, write_register, write_submissions

ROUND = "2026"
NAME = "第1小学"
SILENT = "第6小学"
REPORTER = Person("tianbao1", "李填报", "学校填报员", NAME)
PRINCIPAL = Person("xiaozhang1", "王校长", "校长", NAME)
REVIEWER = Person("shenhe1", "赵审核", "局业务审核", "龙亭区")
INSPECTOR = Person("duxue1", "孙督学", "责任督学", "龙亭区")
TOO_FEW, CORRECTED = 5, 8


@pytest.fixture(scope="module")
def schools() -> list[dict]:
    """A district made up for the journey; the first school is filled in by hand."""
    return district(20261124)


@pytest.fixture(scope="module")
def files(tmp_path_factory, schools) -> dict[str, Path]:
    """The files people bring along."""
    folder = tmp_path_factory.mktemp("files")
    wrong = [facts | {"kind": "小学校"} if n == 2 else facts for n, facts in enumerate(schools)]
    write_register(folder / "名录有误.xlsx", wrong, seed=3)
    write_register(folder / "学校名录.xlsx", schools, seed=3)
    others = [one for one in schools if one["name"] not in (NAME, SILENT) and one["answers"]]
    write_submissions(folder / "全区填报.xlsx", others, seed=4)
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(folder / "设备清单.pdf")
    (folder / "病毒.pdf").write_bytes(b"MZ\x90\x00" + b"\x00" * 512)
    Image.new("RGB", (1200, 900), (120, 140, 160)).save(folder / "现场.jpg")
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.browser
def test_the_whole_year_of_a_district(site, open_as, open_browser, schools, files) -> None:
    site.python(PROGRAMME)
    admin = open_as(ADMIN.username, ADMIN.password)
    the_bureau_imports_the_register(admin, files)
    a_school_is_edited(admin)
    first = {person: bureau.create_account(admin, person) for person in (REPORTER, PRINCIPAL, REVIEWER, INSPECTOR)}
    look(admin, "04-account-password")
    bureau.open_round(admin, ROUND)
    nobody_has_started(admin, schools)

    reporter, principal, reviewer = (
        first_sign_in(open_as, person, first[person]) for person in (REPORTER, PRINCIPAL, REVIEWER)
    )
    the_reporter_fills_the_form(reporter)
    the_reporter_proves_an_item(reporter, files)
    the_reporter_hands_over(reporter)
    the_head_signs_once(principal, reporter)
    the_reviewer_sends_back_with_reasons(reviewer)
    the_school_rectifies(reporter, principal)
    the_reviewer_approves(reviewer)
    the_others_come_by_workbook(admin, files)
    the_board_and_its_workbook_say_the_same(admin)
    the_school_sees_its_formula(principal)

    guide = first_sign_in(open_as, INSPECTOR, first[INSPECTOR])
    phone = open_as(INSPECTOR.username, INSPECTOR.password, phone=True)
    supervision.the_inspector_visits(guide, phone, files, NAME, CORRECTED)
    number = supervision.the_school_rectifies(reporter, files)
    supervision.the_reviewer_closes(reviewer, number)
    supervision.the_report_is_compiled_once(admin, number)
    supervision.the_dossier_holds_every_file(site, admin)
    assert "审计链完整" in site.manage("verify_audit").stdout
    for log in site.folder.glob("*.log"):
        assert "Traceback" not in log.read_text(), f"{log.name}: {site.logs()}"


PROGRAMME = """
from inspections.programmes import actions, queries
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from pathlib import Path
content = queries.read_file(Path("inspections/programmes/data/longting-2021-8.toml"))
actions.adopt_programme(district=District.objects.get(code="410202"), content=content, by=system_user())
result = True
"""


def first_sign_in(open_as, person: Person, password: str):
    """Sign in with the password handed out; choose one's own before anything else."""
    page = open_as(person.username, password)
    choose_password(page, password, person.password)
    return page


def the_bureau_imports_the_register(page, files) -> None:
    look(page, "01-home-empty")
    bureau.preview_register(page, files["名录有误.xlsx"])
    stated = page.locator("[data-upload-status]")
    for word in ("学校名录", "第 5 行", "学校类型", "小学校"):
        expect(stated).to_contain_text(word)
    expect_refusal(page, 400)
    look(page, "02-register-refused")
    bureau.preview_register(page, files["学校名录.xlsx"])
    page.get_by_text("确认之前名录没有任何改动").wait_for()
    look(page, "02-register-preview")
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("导入完成").wait_for()
    look(page, "03-schools")


def a_school_is_edited(page) -> None:
    page.get_by_role("link", name=NAME, exact=True).click()
    page.get_by_role("link", name="修改信息").click()
    look(page, "03-school-edit")
    page.get_by_label("教育集团").fill("龙亭教育集团")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text("龙亭教育集团")
    look(page, "03-school")


def nobody_has_started(page, schools) -> None:
    look(page, "05-round")
    waiting = bureau.stage_names(page, "未开始")
    assert {one["name"] for one in schools} <= waiting


def the_reporter_fills_the_form(page) -> None:
    expect(page.locator(".task-list")).to_contain_text(ROUND)
    look(page, "06-home-reporter")
    answers = school.figures("小学", multimedia_rooms=TOO_FEW)
    school.open_form(page)
    page.locator("#f-pupils_primary").press_sequentially("360")
    expect(school.field(page, "pupils_primary").locator("[data-state]")).to_contain_text("已保存")
    school.fill(page, "boarders_primary", "400")
    expect(school.field(page, "boarders_primary").locator("[data-notes]")).to_contain_text("有误")
    school.say_not_applicable(page, "boarders_primary", "本校不提供寄宿")
    for code in school.sections(page):
        if code == "vetoes":
            continue
        school.open_section(page, code)
        if code == "classes":
            school.paste_rows(page, "class_list", answers.pop("class_list"))
            expect(page.locator("#f-class_list [data-grid-sum]")).to_contain_text("人数合计 360")
        school.fill_section(page, answers)
        if code in ("pupils", "classes", "equipment"):
            look(page, f"07-form-{code}")
    for piece in ("8.33", "▲ 达标"):
        assert piece in school.live(page, "A1")
    for piece in ("1.39", "▼ 低于底线", "还差 4 间"):
        assert piece in school.live(page, "A7")
    page.reload()
    school.open_section(page, "pupils")
    expect(page.locator("#f-pupils_primary")).to_have_value("360")
    expect(page.locator("[name=reason-boarders_primary]")).to_have_value("本校不提供寄宿")


def the_reporter_proves_an_item(page, files) -> None:
    school.open_section(page, "equipment")
    school.attach(page, "multimedia_rooms", files["病毒.pdf"])
    expect(page.locator("[data-upload-status]")).to_contain_text("可执行程序")
    expect_refusal(page, 400)
    look(page, "08-evidence-refused")
    school.drop(page, "multimedia_rooms", "设备清单.pdf", files["设备清单.pdf"].read_bytes())
    page.locator("#slot-multimedia_rooms").get_by_role("link", name="设备清单.pdf").first.wait_for()
    expect(page.get_by_role("link", name="病毒.pdf")).to_have_count(0)
    look(page, "08-evidence")
    page.get_by_role("link", name="返回填报").click()
    expect(page.locator("#row-multimedia_rooms .entry-files")).to_contain_text("1 个文件")


def the_reporter_hands_over(page) -> None:
    page.get_by_role("link", name="检查未完成项").first.click()
    expect(page.get_by_role("heading", name="未填 7 项")).to_be_visible()
    look(page, "09-check")
    page.get_by_role("button", name="送校长签发").click()
    page.get_by_text("已送校长签发").first.wait_for()


def the_head_signs_once(page, reporter) -> None:
    school.open_form(page)
    school.open_section(page, "vetoes")
    school.fill_section(page, school.figures("小学"))
    page.get_by_role("link", name="核对签发").click()
    look(page, "10-sign")
    stale = page.context.new_page()
    stale.goto(page.url)
    school.open_form(reporter)
    receipt = school.sign(page)
    look(page, "11-receipt")
    expect(page.locator("[data-entry-form]")).to_have_count(0)
    assert school.sign(stale) == receipt, "signing twice gives the one receipt"
    expect(stale.locator(".receipt")).to_contain_text("第 1 次")
    reporter.locator("#f-pupils_primary").fill("361")
    reporter.locator("#f-pupils_primary").press("Tab")
    expect(reporter.locator("[data-overall]")).to_contain_text("现在只能查看")
    expect_refusal(reporter, 409)
    stale.close()


def the_reviewer_sends_back_with_reasons(page) -> None:
    look(page, "12-home-reviewer")
    bureau.go(page, "填报审核")
    look(page, "13-queue")
    bureau.open_review(page, NAME)
    expect(page.get_by_role("link", name="设备清单.pdf", exact=True).first).to_be_visible()
    look(page, "14-review")
    bureau.give_reason(page, "multimedia_rooms", "与设备清单不一致")
    page.get_by_role("button", name="按所写原因退回").click()
    page.locator("#messages .notice").first.wait_for()


def the_school_rectifies(page, principal) -> None:
    page.goto("/")
    look(page, "15-home-sent-back")
    school.open_form(page)
    page.locator(".entry-sent-back").get_by_role("link").first.click()
    # The page the link leads to: a click on the one before would be lost with it.
    page.locator("#row-multimedia_rooms").wait_for()
    school.open_section(page, "pupils")
    leftover = school.field(page, "pupils_primary").locator("[data-conflict]")
    expect(leftover).to_contain_text("当时未能保存：361")
    expect(page.locator("#f-pupils_primary")).to_have_value("360")
    leftover.get_by_role("button", name="不要了").click()
    expect(page.locator("[data-overall]")).to_contain_text(school.ALL_SAVED)
    page.locator(".entry-sent-back").get_by_role("link").first.click()
    reason = page.locator("#row-multimedia_rooms .entry-reason")
    expect(reason).to_contain_text("与设备清单不一致")
    look(page, "16-form-sent-back")
    school.fill(page, "multimedia_rooms", CORRECTED)
    school.expect_saved(page)
    page.reload()
    expect(page.locator(".entry-sent-back")).to_contain_text("已改")
    principal.goto("/")
    school.open_form(principal)
    principal.get_by_role("link", name="核对签发").click()
    school.sign(principal)
    expect(principal.locator(".receipt")).to_contain_text("第 2 次")


def the_reviewer_approves(page) -> None:
    bureau.open_review(page, NAME)
    changed = page.locator("tr", has_text="网络多媒体教室")
    for label, text in (("上次提交", str(TOO_FEW)), ("本次提交", str(CORRECTED)), ("上次退回原因", "已改")):
        expect(changed.locator(f"td[data-label={label}]")).to_contain_text(text)
    look(page, "17-review-changes")
    page.get_by_role("button", name="通过", exact=True).click()
    wait_for_answer(page)
    page.goto("/reviews/?state=approved")
    expect(page.get_by_role("link", name=NAME, exact=True)).to_be_visible()


def the_others_come_by_workbook(page, files) -> None:
    bureau.go(page, "评估年度")
    page.get_by_role("link", name=f"{ROUND} 年度自评").click()
    bureau.import_submissions(page, files["全区填报.xlsx"], "保存、提交并审核通过")
    look(page, "18-submissions-preview")
    page.get_by_role("button", name="确认导入").click()
    page.locator("#messages .notice").first.wait_for()
    assert SILENT in bureau.stage_names(page, "未开始")
    look(page, "18-round-not-started")


def the_board_and_its_workbook_say_the_same(page) -> None:
    bureau.evaluate(page)
    expect(page.locator(".board-verdict")).to_contain_text("待填")
    expect(page.locator("#lacking")).to_contain_text(SILENT)
    look(page, "19-board")
    book = load_workbook(bureau.download(page, page.get_by_role("link", name="导出 Excel").click))
    for stage, label in (("primary", "小学"), ("junior", "初中")):
        shown = bureau.matrix(page, stage)
        assert len(shown) > 5
        assert shown == exported(book, f"{label}资源配置指标")
        printed = [row[5] for row in book.get_sheet_by_name("差异系数").to_python() if row[0] == label]
        assert bureau.coefficients(page, stage) == [as_printed(value, 3) for value in printed]
    assert bureau.matrix(page, "primary")[NAME][-1] == "2.22"
    page.get_by_role("link", name="差异系数", exact=True).click()
    expect(page.get_by_role("heading", name="差异系数总览")).to_be_visible()
    look(page, "20-coefficients")
    page.get_by_role("link", name="保障、质量和否决事项").click()
    look(page, "21-conditions")
    page.goto("/jobs/")
    expect(page.locator("main")).to_contain_text("已完成")
    look(page, "21-jobs")


def exported(book, sheet: str) -> dict[str, list[str]]:
    """The values of the exported matrix, printed as the page prints them."""
    rows = book.get_sheet_by_name(sheet).to_python()
    lines = [row for row in rows if str(row[0]).isdigit() and len(str(row[0])) == 10]
    return {row[1]: [as_printed(value, 2) for value in row[5:19:2]] for row in lines}


def as_printed(value, places: int) -> str:
    return value if isinstance(value, str) else f"{value:.{places}f}"


def the_school_sees_its_formula(page) -> None:
    page.goto("/")
    bureau.go(page, "学校结果")
    part = page.locator("article", has=page.get_by_role("heading", name="A7"))
    for piece in ("2.22", "8", "360", "100", "还差 1 间"):
        expect(part).to_contain_text(piece)
    look(page, "22-school-result")
