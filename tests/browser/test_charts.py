"""Charts in a real browser: they answer to pointer and keys, and the picture prints and needs no script."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look
from tests.cast import PASSWORD
from tests.processes import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
# Of the figures below each chart, as printed.
ROWS = (
    "figure => [...figure.querySelectorAll('.chart-figures > div')].map(row => [...row.children].map(c => c.innerText))"
)


@pytest.fixture(scope="module", autouse=True)
def _judged(site):
    site.manage("shell", "-c", "from tests.browser.charts_seed import run; run()")


def live(page, caption: str):
    """The figure, once it is drawn by script."""
    figure = page.locator("figure.chart", has=page.locator("figcaption", has_text=caption))
    figure.evaluate("one => { for (const d of document.querySelectorAll('details:has(figure)')) d.open = true; }")
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    figure.locator("figure .chart-figures, .chart-figures").evaluate("one => one.closest('details').open = true")
    return figure


def said(rows: list[list[str]]) -> list[str]:
    return [f"{label}：{words}" for label, words in rows]


@pytest.mark.parametrize(
    ("address", "caption"),
    [
        ("/", "历年达标比例"),
        ("/board/cuts/", "学校分布图"),
        ("/board/", "小学各校指标值"),
        ("/findings/", "登记以来的天数"),
    ],
)
def test_the_keys_go_from_figure_to_figure_and_say_each_as_it_is_printed(open_as, address, caption) -> None:
    page = open_as("charts_leader", PASSWORD)
    page.goto(address)
    figure = live(page, caption)
    rows = figure.evaluate(ROWS)
    slider = figure.get_by_role("slider")
    slider.focus()
    heard, shown = [], []
    for _ in rows:
        page.keyboard.press("ArrowRight")
        heard.append(slider.get_attribute("aria-valuetext"))
        shown.append("".join(figure.locator(".chart-tip").inner_text().split()))
    assert heard == said(rows)
    assert shown == ["".join(f"{label}{words}".replace("；", "").split()) for label, words in rows]
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == heard[0]
    page.keyboard.press("Escape")
    expect(figure.locator(".chart-tip")).to_be_hidden()
    look(page, f"charts-{address.strip('/').replace('/', '-') or 'home'}")


def test_the_pointer_shows_the_printed_figure_and_a_click_leads_to_the_school(open_as) -> None:
    # Points that are still growing are not yet where the pointer goes.
    page = open_as("charts_leader", PASSWORD, reduced_motion="reduce")
    page.goto("/board/cuts/")
    figure = live(page, "学校分布图")
    canvas = figure.locator("canvas")
    plot = json.loads(figure.get_attribute("data-chart"))
    spots = {row: (float(x), float(y)) for one in plot["series"] for row, x, y, _ in one["spots"]}
    width = canvas.bounding_box()["width"]
    x, y = (place * width / plot["size"][0] for place in spots[0])
    # Below the line of the legend.
    at = {"x": x, "y": y + 28}
    canvas.hover(position=at)
    expect(figure.locator(".chart-tip")).to_contain_text("图表区甲小学在校生 1000 人小学达标")
    canvas.click(position=at)
    page.wait_for_url("**/schools/4102940001/**")


def test_on_paper_stands_the_picture(open_as) -> None:
    page = open_as("charts_leader", PASSWORD)
    page.goto("/")
    figure = live(page, "历年达标比例")
    expect(figure.locator("img")).to_be_hidden()
    page.emulate_media(media="print")
    expect(figure.locator("img")).to_be_visible()
    expect(figure.locator(".chart-live")).to_be_hidden()
    assert page.complaints == []


def test_a_phone_turned_draws_the_chart_anew(open_as) -> None:
    page = open_as("charts_leader", PASSWORD, phone=True)
    page.goto("/")
    canvas = live(page, "历年达标比例").locator("canvas")
    narrow = canvas.bounding_box()["width"]
    page.set_viewport_size({"width": 780, "height": 360})
    wider = f"document.querySelector('.chart-live canvas').clientWidth > {narrow} + 100"
    wait_for("a wider chart", lambda: page.evaluate(wider))
    assert page.complaints == []


def test_without_scripts_the_picture_and_its_figures_are_there(open_browser, open_as) -> None:
    signed_in = open_as("charts_leader", PASSWORD)
    page = open_browser(java_script_enabled=False)
    page.context.add_cookies(signed_in.context.cookies())
    page.goto("/")
    figure = page.locator("figure.chart").first
    expect(figure.get_by_role("img", name=re.compile("历年达标比例（%）：2025 .*2026"))).to_be_visible()
    figure.locator("summary").click()
    expect(figure.locator(".chart-figures")).to_contain_text("学校达标（分学段） 2/2（100.0%）")


def test_no_page_without_charts_loads_the_library(open_as) -> None:
    page = open_as("charts_leader", PASSWORD)
    live(page, "历年达标比例")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto("/help/")
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if "charts" in url] == []
    page.goto("/board/cuts/")
    live(page, "学校分布图")
    assert sum("vendor/echarts" in url for url in asked) == 1
