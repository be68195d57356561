"""A visit without a network: everything is written on the phone, arrives once and in order, and no word is lost."""

from pathlib import Path

import pytest

from tests.processes import Installation, wait_for

pytestmark = pytest.mark.browser
KEY = "a7-multimedia"

_RECORDED = """
from inspections.visits.models import Visit
visit = Visit.objects.get()
result = {
    "state": visit.state,
    "summary": visit.summary,
    "answers": [[one.question, one.seen, one.note] for one in visit.answers.all()],
    "photos": [one.document.name for one in visit.photos.all()],
    "findings": [
        [one.question, one.problem, one.requirement, bool(one.photo_id), one.state] for one in visit.findings.order_by("id")
    ],
    "addenda": [[one.text, one.files.count()] for one in visit.addenda.all()],
}
"""
_END = """
from inspections.visits import actions
from portal.core.accounts.models import User
# A network that goes away may have taken the answer along and lost only what came back.
reasons = {{"a7-multimedia": "同事已当场处理"}}
actions.finish(visit_id={visit}, summary="同事先完成", accept_unanswered=True, reasons=reasons,
               by=User.objects.get(username="inspector_a"))
result = True
"""


def _open(phone, visit_id: int):
    """Open the checklist and wait until the pages that follow are stored; the question that is answered."""
    phone.goto(f"/visits/{visit_id}/checklist/#q-{KEY}")
    for page in ("new", "finish"):
        stored = f"caches.match('/findings/visits/{visit_id}/{page}/', {{ignoreVary: true}}).then(Boolean)"
        wait_for("a copy of the page", lambda stored=stored: phone.evaluate(stored))
    return phone.locator(f"#q-{KEY}")


def _expect_left(phone, count: int) -> None:
    phone.locator(f"[data-waiting][data-left='{count}']").wait_for()


def _no(phone, question, note: str) -> None:
    """Answer 否 without a network."""
    question.get_by_text("否", exact=True).click()
    question.locator("[name=note]").fill(note)
    question.get_by_role("button", name="保存", exact=True).click()
    question.locator("[data-state]", has_text="离线").wait_for()


def _raise(phone, visit_id: int, **typed: str) -> None:
    """Fill in the form of a finding that is open and send it."""
    for name, text in typed.items():
        phone.locator(f"[name={name}]").fill(text)
    phone.get_by_role("button", name="登记，完成督导时派发").click()
    phone.wait_for_url(f"**/visits/{visit_id}/checklist/")


def test_a_whole_visit_without_a_network_arrives_once(site: Installation, visit_id: int, phone, tmp_path: Path) -> None:
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    question = _open(phone, visit_id)
    picture = {"name": "教室.png", "mimeType": "image/png", "buffer": phone.screenshot()}
    phone.context.set_offline(True)
    question.locator("[name=figure-multimedia_rooms]").fill("22")
    _no(phone, question, "203 教室断网")
    question.locator("[data-take]").first.set_input_files(picture)
    _expect_left(phone, 2)

    # A finding about the question, from the stored page, with what is known filled in.
    question.get_by_role("button", name="登记问题").click()
    phone.wait_for_url(f"**/new/?question={KEY}")
    phone.locator("[name=indicator]").wait_for()
    assert phone.locator("[name=indicator]").input_value() == "A7"
    assert "203 教室断网" in phone.locator("[name=problem]").input_value()
    assert "22" in phone.locator("[name=current_value]").input_value()
    assert phone.locator("[name=standard_value]").input_value().startswith("每百名学生拥有网络多媒体教室数")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    _raise(phone, visit_id, requirement="补齐")
    _expect_left(phone, 3)

    # Another one, then the end.
    phone.get_by_role("link", name="登记其他问题").click()
    phone.wait_for_url("**/new/")
    phone.locator("[name=indicator]").select_option("A1")
    _raise(phone, visit_id, problem="食堂门口有积水", requirement="清理并防滑")
    _expect_left(phone, 4)
    phone.get_by_role("link", name="完成督导").click()
    phone.wait_for_url("**/finish/")
    phone.locator("[name=accept_unanswered]").check()
    phone.locator("[name=summary]").fill("总体良好，两处要改")
    phone.locator("[name=witness]").fill("王校长")
    _sign(phone)
    phone.get_by_role("button", name="完成督导并通知学校").click()
    phone.wait_for_url(f"**/visits/{visit_id}/checklist/")
    _expect_left(phone, 5)
    rows = phone.locator("[data-waits]")
    titles = rows.locator("strong").all_text_contents()
    assert [title.split("：")[0] for title in titles] == ["登记问题", "登记问题", "完成督导"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.screenshot(path=str(tmp_path / "waiting-360.png"), full_page=True)
    # The browser is closed in between: nothing is lost.
    phone.reload()
    _expect_left(phone, 5)
    assert site.python(_RECORDED)["findings"] == []

    phone.context.set_offline(False)
    phone.wait_for_url(f"**/visits/{visit_id}/")
    assert site.python(_RECORDED) == {
        "state": "done",
        "summary": "总体良好，两处要改",
        "answers": [[KEY, "no", "203 教室断网"]],
        "photos": ["教室.png", "签名.png"],
        "findings": [
            [KEY, phone_problem(site), "补齐", True, "rectifying"],
            ["", "食堂门口有积水", "清理并防滑", False, "rectifying"],
        ],
        "addenda": [],
    }
    assert complaints == []


def _sign(page) -> None:
    """Draw in the box as a finger does."""
    box = page.locator("canvas.signature")
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    page.mouse.move(place["x"] + 20, place["y"] + 40)
    page.mouse.down()
    page.mouse.move(place["x"] + 150, place["y"] + 90, steps=8)
    page.mouse.up()
    files = "document.querySelector('[data-signature]').files.length"
    wait_for("the signature to be a file", lambda: page.evaluate(files) == 1)


def phone_problem(site: Installation) -> str:
    """What the finding about the question says: the question, and what was noted."""
    problem = site.python(_RECORDED)["findings"][0][1]
    assert problem.endswith("203 教室断网")
    return problem


def test_what_the_server_has_but_never_acknowledged_is_sent_again_and_recorded_once(
    site: Installation, visit_id: int, phone
) -> None:
    lost = []

    def lose(route, request) -> None:
        if request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    phone.goto(f"/findings/visits/{visit_id}/new/")
    phone.route("**/new/", lose)
    phone.locator("[name=indicator]").select_option("A1")
    phone.locator("[name=problem]").fill("楼道灯不亮")
    phone.locator("[name=requirement]").fill("修好")
    phone.get_by_role("button", name="登记，完成督导时派发").click()
    # Without a stored checklist the page says where the words are.
    phone.locator("#messages .notice").wait_for()
    assert lost == [200]
    assert len(site.python(_RECORDED)["findings"]) == 1
    phone.goto(f"/visits/{visit_id}/checklist/")
    phone.locator("[data-waiting][data-left='0'][data-arrived='1']").wait_for()
    assert [row[1] for row in site.python(_RECORDED)["findings"]] == ["楼道灯不亮"]


def test_what_the_server_refuses_is_shown_with_the_reason_and_corrected(
    site: Installation, visit_id: int, phone
) -> None:
    _open(phone, visit_id)
    phone.context.set_offline(True)
    phone.get_by_role("link", name="登记其他问题").click()
    phone.wait_for_url("**/new/")
    phone.locator("[name=indicator]").select_option("A1")
    phone.locator("[name=due_on]").evaluate("box => box.removeAttribute('min')")
    _raise(phone, visit_id, problem="楼道灯不亮", requirement="修好", due_on="2020-01-01")
    _expect_left(phone, 1)
    phone.context.set_offline(False)
    refused = phone.locator("[data-waits][data-tone=bad]")
    refused.wait_for()
    assert "整改期限" in refused.inner_text()
    refused.get_by_role("link", name="修改").click()
    phone.locator("[name=due_on]").wait_for()
    wait_for("the words", lambda: phone.locator("[name=problem]").input_value() == "楼道灯不亮")
    phone.locator("[name=due_on]").fill("2099-01-01")
    # Whatever stands before the server has no words of ours for a form too large.
    phone.route("**/new/", lambda route: route.fulfill(status=413, content_type="text/html", body="<h1>Too Large</h1>"))
    phone.get_by_role("button", name="登记，完成督导时派发").click()
    phone.locator("#messages .notice-bad", has_text="内容太大").wait_for()
    phone.unroute("**/new/")
    assert phone.locator("[name=problem]").input_value() == "楼道灯不亮"
    phone.get_by_role("button", name="登记，完成督导时派发").click()
    phone.wait_for_url(f"**/visits/{visit_id}/checklist/")
    _expect_left(phone, 0)
    assert [row[1] for row in site.python(_RECORDED)["findings"]] == ["楼道灯不亮"]


def test_a_visit_somebody_else_ended_meanwhile_loses_no_word(site: Installation, visit_id: int, phone) -> None:
    question = _open(phone, visit_id)
    picture = {"name": "教室.png", "mimeType": "image/png", "buffer": phone.screenshot()}
    phone.context.set_offline(True)
    # A page opened anew is on line for a moment, before Chromium takes its network away.
    phone.route("**/checklist/**", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    _no(phone, question, "203 教室断网")
    question.locator("[data-take]").first.set_input_files(picture)
    _expect_left(phone, 2)
    phone.get_by_role("link", name="登记其他问题").click()
    phone.wait_for_url("**/new/")
    phone.locator("[name=indicator]").select_option("A1")
    _raise(phone, visit_id, problem="楼道灯不亮", requirement="修好")
    _expect_left(phone, 3)
    site.python(_END.format(visit=visit_id))
    phone.unroute("**/checklist/**")
    phone.context.set_offline(False)
    phone.locator("[data-waits]").get_by_role("link", name="改为补记").click()
    phone.wait_for_url(f"**/visits/{visit_id}/")
    phone.locator("[data-waits]").nth(2).wait_for()
    phone.get_by_role("link", name="都写进补记").click()
    text = phone.locator("[name=text]")
    wait_for("the words", lambda: "楼道灯不亮" in text.input_value() and "203 教室断网" in text.input_value())
    phone.get_by_role("button", name="补记并通知学校").click()
    phone.wait_for_url(f"**/visits/{visit_id}/")
    phone.locator("[data-outbox]").wait_for(state="hidden")
    recorded = site.python(_RECORDED)
    assert recorded["summary"] == "同事先完成"
    assert recorded["findings"] == []
    assert [files for _, files in recorded["addenda"]] == [1]
    phone.reload()
    phone.locator("[data-outbox]").wait_for(state="hidden")
    assert phone.locator("[data-waits]").count() == 0


_EARLIER = """
from tests.inspections.making import dispatched
from portal.core.accounts.models import User
from schools.directory.models import School
from types import SimpleNamespace
cast = SimpleNamespace(school_a=School.objects.get(name="甲小学"), admin=User.objects.get(username="admin"))
result = dispatched(cast).pk
"""
_SAID = """
from inspections.followups.models import FollowUp
from inspections.visits.models import VisitPhoto
result = [
    [[row.outcome, row.now, row.version] for row in FollowUp.objects.all()],
    VisitPhoto.objects.filter(question="finding-{pk}").count(),
]
"""


def test_a_follow_up_with_its_photo_waits_and_arrives_once(site: Installation, visit_id: int, phone) -> None:
    finding = site.python(_EARLIER)
    phone.goto(f"/visits/{visit_id}/follow-up/")
    picture = {"name": "现在.png", "mimeType": "image/png", "buffer": phone.screenshot()}
    phone.context.set_offline(True)
    phone.locator(f"label[for=o-{finding}-done]").click()
    phone.locator(f"#now-{finding}").fill("24 间都能联网")
    phone.locator(f"#photo-{finding}").set_input_files(picture)
    phone.get_by_role("button", name="保存结论").click()
    phone.locator("#messages .notice-warn").wait_for()
    assert site.python(_SAID.format(pk=finding)) == [[], 0]
    # The page is opened again: what waits stands in the form and is sent.
    phone.context.set_offline(False)
    phone.goto("/visits/")
    phone.goto(f"/visits/{visit_id}/follow-up/")
    wait_for("the follow-up", lambda: site.python(_SAID.format(pk=finding)) == [[["done", "24 间都能联网", 1]], 1])
    # A photo alone makes no version: the words after it find no conflict.
    phone.context.set_offline(True)
    phone.locator(f"#photo-{finding}").set_input_files(picture)
    phone.get_by_role("button", name="保存结论").click()
    phone.locator("#messages .notice-warn").wait_for()
    phone.context.set_offline(False)
    phone.locator("#messages .notice-ok").last.wait_for()
    phone.locator(f"#now-{finding}").fill("25 间都能联网")
    phone.get_by_role("button", name="保存结论").click()
    wait_for("other words", lambda: site.python(_SAID.format(pk=finding)) == [[["done", "25 间都能联网", 2]], 2])
    phone.goto(f"/visits/{visit_id}/checklist/")
    _expect_left(phone, 0)


def test_a_browser_without_storage_says_so_and_keeps_the_words(site: Installation, visit_id: int, phone) -> None:
    phone.add_init_script("indexedDB.open = () => { throw new Error('private window'); };")
    phone.goto(f"/findings/visits/{visit_id}/new/")
    phone.context.set_offline(True)
    phone.locator("[name=indicator]").select_option("A1")
    phone.locator("[name=problem]").fill("楼道灯不亮")
    phone.locator("[name=requirement]").fill("修好")
    send = phone.get_by_role("button", name="登记，完成督导时派发")
    send.click()
    phone.locator("#messages .notice-bad").wait_for()
    assert phone.locator("[name=problem]").input_value() == "楼道灯不亮"
    phone.context.set_offline(False)
    send.click()
    phone.wait_for_url(f"**/visits/{visit_id}/checklist/")
    assert [row[1] for row in site.python(_RECORDED)["findings"]] == ["楼道灯不亮"]


def test_words_typed_just_before_the_page_is_left_wait_on_the_phone(site: Installation, visit_id: int, phone) -> None:
    question = _open(phone, visit_id)
    question.get_by_text("否", exact=True).click()
    question.locator("[data-state]", has_text="已保存").wait_for()
    said = question.locator("[name=note]").evaluate(
        """(box) => {
            box.value = "203 教室断网";
            box.dispatchEvent(new Event("input", { bubbles: true }));
            location.assign("/visits/");
            return box.closest("[data-question]").querySelector("[data-state]").textContent;
        }"""
    )
    assert said == "待保存"
    phone.wait_for_url("**/visits/")
    _open(phone, visit_id)
    found = wait_for("the words", lambda: site.python(_RECORDED)["answers"][0][2] and site.python(_RECORDED))
    assert found["answers"] == [[KEY, "no", "203 教室断网"]]


def test_an_end_written_again_while_the_first_may_have_arrived_is_one(site: Installation, visit_id: int, phone) -> None:
    _open(phone, visit_id)
    cut = [True]
    phone.route(
        "**/finish/", lambda route, request: route.abort() if cut and request.method == "POST" else route.continue_()
    )
    for summary in ("总体良好", "总体良好，两处要改"):
        phone.goto(f"/findings/visits/{visit_id}/finish/")
        if summary != "总体良好":
            wait_for("what waits", lambda: phone.locator("[name=summary]").input_value() == "总体良好")
        phone.locator("[name=accept_unanswered]").check()
        phone.locator("[name=summary]").fill(summary)
        phone.get_by_role("button", name="完成督导并通知学校").click()
        phone.wait_for_url(f"**/visits/{visit_id}/checklist/")
        _expect_left(phone, 1)
    cut.clear()
    phone.locator("[data-retry]").click()
    phone.wait_for_url(f"**/visits/{visit_id}/")
    assert site.python(_RECORDED)["summary"] == "总体良好，两处要改"


def test_with_a_network_a_refused_end_keeps_the_words_and_is_sent_again(
    site: Installation, visit_id: int, phone
) -> None:
    phone.goto(f"/findings/visits/{visit_id}/finish/")
    phone.locator("[name=summary]").fill("总体良好")
    send = phone.get_by_role("button", name="完成督导并通知学校")
    send.click()
    phone.locator("form[data-entry] .alert-danger").wait_for()
    assert phone.locator("[name=summary]").input_value() == "总体良好"
    phone.locator("[name=accept_unanswered]").check()
    send.click()
    phone.wait_for_url(f"**/visits/{visit_id}/")
    recorded = site.python(_RECORDED)
    assert (recorded["state"], recorded["summary"]) == ("done", "总体良好")
    phone.locator("[data-outbox]").wait_for(state="hidden")
