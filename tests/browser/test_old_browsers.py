"""What Chrome 109 makes of the style sheets: the newest Chromium with everything newer taken from it looks the same."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.portal.core.lib.test_static_files import ROOT, as_chrome_109_sees, served

PIECES = """
<html lang="zh-CN" data-bs-theme="light"><body><main class="page"><div class="card"><div class="card-body">
<h1>标题</h1><p>正文 <a href="#">链接</a> <small class="text-secondary">说明</small></p>
<button class="btn">次要</button><button class="btn btn-primary">主要</button>
<button class="btn btn-outline-primary">描边</button><button class="btn btn-success">通过</button>
<button class="btn btn-outline-danger">退回</button><button class="btn btn-danger">删除</button>
<button class="btn btn-ghost-secondary">更多</button><button class="btn btn-link">链接</button>
<button class="btn btn-primary" disabled>不可用</button>
<span class="badge bg-green-lt">达标</span><span class="badge bg-red text-red-fg">未达标</span><span class="badge">3</span>
<div class="alert alert-warning">提醒</div><div class="alert alert-danger">有误</div><div class="alert alert-info">说明</div>
<input class="form-control" value="文字"><input class="form-control is-invalid" value="有误">
<select class="form-select"><option>选择</option></select>
<label class="form-check"><input class="form-check-input" type="checkbox" checked>勾选</label>
<table class="table table-hover table-striped"><thead><tr><th>学校</th></tr></thead><tbody><tr><td>甲小学</td></tr></tbody></table>
<ul class="pagination"><li class="page-item active"><a class="page-link" href="#">1</a></li></ul>
<ul class="nav nav-tabs"><li class="nav-item"><a class="nav-link active" href="#">签</a></li></ul>
<div class="progress"><div class="progress-bar w-50"></div></div><div class="list-group"><a class="list-group-item active">行</a></div>
<div class="modal show d-block"><div class="modal-content"><div class="modal-header">框</div></div></div>
</div></div></main></body></html>"""
COLORS = """() => [...document.querySelectorAll("main, main *")].map((one) => {
  const style = getComputedStyle(one);
  const shown = (color) => { const c = document.createElement("canvas").getContext("2d"); c.fillStyle = color;
    c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  return { what: one.tagName + "." + one.className, color: shown(style.color), back: shown(style.backgroundColor),
           edge: shown(style.borderTopColor), mask: style.webkitMaskImage };
})"""


# Tints of a colour only the element itself knows: the surface behind their text stays plain.
FADED = {(f"DIV.alert alert-{kind}", part) for kind in ("warning", "info") for part in ("back", "edge")}


def difference(one: list[int], other: list[int]) -> float:
    """How far two colours are apart on white, of 255."""
    on_white = [[255 + (part - 255) * color[3] / 255 for part in color[:3]] for color in (one, other)]
    return max(abs(a - b) for a, b in zip(*on_white, strict=True))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page."""
    made = chromium.new_page()
    yield made
    made.close()


def looks(page: Page, css: str) -> list[dict]:
    page.set_content(PIECES)
    page.add_style_tag(content=f"*{{transition:none!important}}{css}")
    return page.evaluate(COLORS)


@pytest.mark.browser
def test_colours_are_the_same_without_newer_functions(page: Page) -> None:
    tabler, own = served("vendor/tabler.css"), (ROOT / "static/css/app.css").read_text()
    new = looks(page, tabler + own)
    old = looks(page, re.sub(r"\b(color-mix|oklch|oklab|light-dark)\(", "newer(", as_chrome_109_sees(tabler)) + own)
    far = [
        (a["what"], part, a[part], b[part])
        for a, b in zip(new, old, strict=True)
        for part in ("color", "back", "edge")
        if (a["what"], part) not in FADED and difference(a[part], b[part]) > 20
    ]
    assert far == [], "\n".join(map(str, far))
    assert [a["mask"] for a in new] == [b["mask"] for b in old], "the tick of a checked box is a mask"


@pytest.mark.browser
def test_without_the_fallbacks_buttons_would_not_be_readable(page: Page) -> None:
    """The negative control: the sheet as Tabler ships it."""
    bare = served("vendor/tabler.css").replace("@supports not (color:light-dark(red,red))", "@supports (no:no)")
    [new] = [one for one in looks(page, served("vendor/tabler.css")) if one["what"] == "BUTTON.btn btn-primary"][:1]
    [old] = [
        one
        for one in looks(page, re.sub(r"\b(color-mix|oklch|oklab|light-dark)\(", "newer(", bare))
        if one["what"] == "BUTTON.btn btn-primary"
    ][:1]
    assert (new["color"], new["back"]) != (old["color"], old["back"])
