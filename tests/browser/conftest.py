"""A live installation (gunicorn, worker, database) and headless Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, Installation

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"1440": 900, "360": 780}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty installation with its admin, a web server and a worker: Celery where Redis is, else the runner."""
    folder = tmp_path_factory.mktemp("site")
    redis_url = os.environ.get("REDIS_URL", "")
    server = os.environ.get("DATABASE_URL", "")
    made = Installation(
        folder,
        server_url=server if server.startswith("postgres") else "",
        redis_url=redis_url.rsplit("/", 1)[0] + "/11" if redis_url else "",
    )
    made.env["DJANGO_SETTINGS_MODULE"] = "portal.config.settings"
    made.env["ADMIN_PASSWORD"] = "Longting-2026"
    made.manage("collectstatic", "--noinput", "--verbosity", "0")
    made.manage("create_admin", "admin", "--district", "410202", "--name", "管理员")
    made.start_web()
    made.start_celery() if redis_url else made.start_runner()
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Debian's Chromium under Playwright."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "没有找到 chromium:请先安装(Debian:apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync", "--no-first-run"],
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def open_as(site: Installation, chromium) -> Iterator[Callable]:
    """Return a function that signs somebody in, in a browser of their own, and gives the page."""
    contexts = []

    def open_page(username: str, password: str, *, phone: bool = False):
        context = chromium.new_context(
            base_url=site.address, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True,
            viewport={"width": 360 if phone else 1440, "height": 780 if phone else 900}, has_touch=phone,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.goto("/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def shoot(page, name: str) -> None:
    """Keep a screenshot at both widths; the page must never scroll sideways."""
    folder = Path(os.environ.get("SCREENSHOTS") or ROOT / "var" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": int(width), "height": height})
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 1, f"{name} scrolls sideways by {overflow} px at {width} px"
    page.set_viewport_size(before)


def check_access(page, name: str) -> None:
    """Axe finds nothing serious (WCAG 2.2 AA)."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    grave = [
        f"{v['id']}: {v['nodes'][0]['html'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == [], f"{name}: {grave}"


def look(page, name: str) -> None:
    """Screenshot, accessibility and a clean console in one."""
    shoot(page, name)
    check_access(page, name)
    assert page.complaints == [], page.complaints
