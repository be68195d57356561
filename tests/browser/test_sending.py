"""Whatever a form's sending meets, the person reads a sentence in Chinese and what was typed stays in the page."""

import json

import pytest
from playwright.sync_api import expect

from tests.attacks import corpus
from tests.browser import school

IDENTITY = "11010519491231002X"


def _answer(page, address: str, **answer) -> None:
    """Let the server answer the next writes to an address this way; without `answer` the network is cut."""

    def handle(route, request) -> None:
        if request.method != "POST":
            route.continue_()
        elif answer:
            route.fulfill(**answer)
        else:
            route.abort()

    page.unroute_all()
    page.route(address, handle)


def _json(status: int) -> dict[str, object]:
    body = {"title": "x", "message": f"没有办理（{status}）。", "problems": ["第 1 行有误"]}
    return {"status": status, "content_type": "application/json", "body": json.dumps(body)}


@pytest.fixture
def form(reporters, open_as):
    """The box for evidence of a reporter's submission, with one file in the list and a reason typed to withdraw it."""
    # A page that its worker has claimed sends past what these tests answer.
    page = open_as(reporters[0].username, reporters[0].password, service_workers="block")
    school.open_form(page)
    page.goto(page.locator("a[href*='/evidence/']").first.get_attribute("href").split("?")[0])
    if not page.locator(".because").count():
        _choose(page, "房产测绘.png")
        page.get_by_role("button", name="上传").click()
    page.locator(".because summary").first.click()
    page.get_by_label("撤下的原因").first.fill("传错了文件")
    return page


def _choose(page, *names: str) -> None:
    files = [{"name": name, "mimeType": "image/png", "buffer": corpus.image("PNG")} for name in names]
    page.locator("input[type=file][name=file]").set_input_files(files)


@pytest.mark.browser
def test_a_plain_form_says_what_happened_and_keeps_the_words(form) -> None:
    reason, send = form.get_by_label("撤下的原因").first, form.get_by_role("button", name="确认撤下").first
    said, address = form.locator("#messages"), form.url
    for status in (400, 403, 409, 422, 500, 503):
        _answer(form, "**/withdraw/", **_json(status))
        send.click()
        expect(said).to_contain_text(f"没有办理（{status}）。")
        expect(said).to_contain_text("第 1 行有误")
    _answer(form, "**/withdraw/", status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
    reason.press("Enter")
    expect(said).to_contain_text("操作没有完成（502）")
    _answer(form, "**/withdraw/")
    reason.press("Enter")
    expect(said).to_contain_text("网络不通，没有收到办理结果")
    # Each try has an answer of its own, nothing of the tries before stays.
    expect(said.locator(".notice")).to_have_count(1)
    form.unroute_all()
    reason.fill(f"名册里有 {IDENTITY}")
    reason.press("Enter")
    expect(said).to_contain_text("填写的文字里有身份证号，没有保存")
    expect(reason).to_have_value(f"名册里有 {IDENTITY}")
    assert form.url == address
    form.complaints.clear()
    reason.fill("传错了文件")
    send.dblclick()
    expect(said).to_contain_text("已撤下")
    expect(form.locator(".because")).to_have_count(0)


@pytest.mark.browser
def test_an_invalid_form_is_shown_again_with_what_is_wrong(reporters, open_as) -> None:
    page = open_as(reporters[1].username, reporters[1].password)
    page.goto("/password/")
    for name, typed in (("old_password", "a"), ("new_password1", "b"), ("new_password2", "c")):
        page.locator(f"input[name={name}]").fill(typed)
    page.locator("input[name=new_password2]").press("Enter")
    expect(page.get_by_text("两次输入的新密码不一致")).to_be_visible()
    # The page that answered works like the one before: menus open, its form is sent again.
    page.get_by_role("button", name="我的账号").click()
    expect(page.get_by_role("link", name="两步验证")).to_be_visible()
    page.get_by_role("button", name="我的账号").click()
    for name, typed in (("old_password", "a"), ("new_password1", "Kaifeng-2026!"), ("new_password2", "Kaifeng-2026!")):
        page.locator(f"input[name={name}]").fill(typed)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_text("密码不正确，还可以再试")).to_be_visible()


@pytest.mark.browser
def test_an_upload_says_what_happened_and_keeps_the_chosen_file(form) -> None:
    send, said = form.get_by_role("button", name="上传"), form.locator("[data-upload-status]")
    _choose(form, "第二份.png")
    for status in (400, 403, 409, 500, 503):
        _answer(form, "**/evidence/add/", **_json(status))
        send.click()
        expect(said).to_contain_text(f"没有办理（{status}）。")
    _answer(form, "**/evidence/add/", status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
    send.click()
    expect(said).to_contain_text("上传没有完成（502）")
    _answer(form, "**/evidence/add/")
    send.click()
    expect(said).to_contain_text("网络中断，文件没有上传")
    assert form.locator("input[type=file][name=file]").evaluate("box => box.files.length") == 1
    form.complaints.clear()
    sent = []
    form.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    form.unroute_all()
    send.dblclick()
    expect(form.locator("#messages")).to_contain_text("已上传 1 个文件")
    assert len(sent) == 1


@pytest.mark.browser
def test_a_field_saved_while_the_server_is_unwell_is_stored_and_says_so(reporters, open_as) -> None:
    page = open_as(reporters[3].username, reporters[3].password, service_workers="block")
    school.open_form(page)
    _answer(page, "**/save/**", **_json(500))
    page.locator("#f-pupils_primary").fill("402")
    page.locator("#f-pupils_primary").press("Tab")
    expect(page.locator("[data-overall]")).to_contain_text("服务器暂时没有保存")
    page.complaints.clear()
    page.unroute_all()
    page.reload()
    expect(page.locator("#f-pupils_primary")).to_have_value("402")


@pytest.mark.browser
def test_a_page_made_before_the_last_field_arrived_sends_it_once_more(reporters, open_as) -> None:
    page = open_as(reporters[1].username, reporters[1].password, service_workers="block")
    school.open_form(page)

    sent = []

    def hold_first(route) -> None:
        sent.append(route) if not sent else route.continue_()

    def show_the_page_before(route) -> None:
        made = route.fetch()
        with page.expect_response("**/save/**"):
            sent[0].continue_()
        route.fulfill(response=made)

    page.route("**/save/**", hold_first)
    page.route(page.url, show_the_page_before)
    page.locator("#f-pupils_primary").fill("403")
    page.reload()
    expect(page.locator("#f-pupils_primary")).to_have_value("403")
    school.expect_saved(page)


@pytest.mark.browser
def test_a_file_that_answers_is_downloaded_under_its_name(form) -> None:
    headers = {
        "Content-Disposition": "attachment; filename*=utf-8''%E5%8F%B0%E8%B4%A6.json",
        "Content-Type": "application/json",
    }
    _answer(form, "**/withdraw/", headers=headers, body='{"message": "台账里的一句话"}')
    with form.expect_download() as download:
        form.get_by_role("button", name="确认撤下").first.click()
    assert download.value.suggested_filename == "台账.json"
    expect(form.locator("#messages")).to_contain_text("已导出“台账.json”")
    expect(form.get_by_label("撤下的原因").first).to_have_value("传错了文件")


@pytest.mark.browser
def test_a_file_that_takes_more_than_a_second_says_how_much_has_come(form) -> None:
    headers = {"Content-Disposition": "attachment; filename*=utf-8''a.zip", "Content-Type": "application/zip"}
    _answer(form, "**/withdraw/", headers=headers, body="a" * 1000)
    form.evaluate(
        """() => {
            let now = 0;
            Date.now = () => (now += 2000);
            const region = document.getElementById("messages");
            globalThis.said = [];
            new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true, subtree: true });
        }"""
    )
    with form.expect_download():
        form.get_by_role("button", name="确认撤下").first.click()
    expect(form.locator("#messages")).to_contain_text("已导出“a.zip”")
    assert any("正在下载：1 MB" in words for words in form.evaluate("said"))
    expect(form.locator("#messages")).not_to_contain_text("正在下载")


@pytest.mark.browser
def test_files_chosen_stay_when_a_form_is_shown_again(form) -> None:
    _choose(form, "还没上传.png")
    _answer(
        form,
        "**/withdraw/",
        status=400,
        content_type="text/html",
        body=form.content().replace("撤下的原因", "原因有误"),
    )
    form.get_by_role("button", name="确认撤下").first.click()
    expect(form.get_by_text("原因有误").first).to_be_attached()
    assert form.locator("input[type=file][name=file]").evaluate("box => box.files[0].name") == "还没上传.png"
    form.complaints.clear()


@pytest.mark.browser
def test_what_asks_again_and_again_says_once_that_nothing_answers(form) -> None:
    form.route("**/progress-of-a-test/", lambda route: route.abort())
    form.evaluate("""() => {
        document.querySelector("main").insertAdjacentHTML("beforeend",
            '<div id="poll" hx-get="/progress-of-a-test/" hx-trigger="every 200ms" hx-swap="innerHTML"></div>');
        htmx.process(document.getElementById("poll"));
    }""")
    said = form.locator("#messages").get_by_text("暂时取不到最新进度")
    expect(said).to_be_visible()
    for _ in range(3):
        form.wait_for_event("requestfailed")
    expect(said).to_have_count(1)
    form.unroute_all()
    form.route("**/progress-of-a-test/", lambda route: route.fulfill(body="已完成 3 步"))
    expect(form.get_by_text("已完成 3 步")).to_be_visible()
    expect(said).to_have_count(0)
    form.complaints.clear()
