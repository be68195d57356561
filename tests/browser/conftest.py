"""A live installation (gunicorn, worker, database) and headless Chromium."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.people import PASSWORD, Person
from tests.processes import ROOT, Installation
from tests.workbooks import district, write_register

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"1440": 900, "360": 780}
FAILED = pytest.StashKey[bool]()
faults: list[str] = []


@pytest.fixture(autouse=True)
def _no_faults_seen() -> Iterator[None]:
    """Report all faults of the pages a test looked at together: one look at the list, not one run per fault."""
    faults.clear()
    yield
    assert faults == [], "\n".join(faults)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty installation with its admin, a web server and a worker: Celery where Redis is, else the runner."""
    folder = tmp_path_factory.mktemp("site")
    redis_url = os.environ.get("REDIS_URL", "")
    server = os.environ.get("DATABASE_URL", "")
    made = Installation(
        folder,
        server_url=server if server.startswith("postgres") else "",
        redis_url=redis_url,
    )
    made.env["ADMIN_PASSWORD"] = "Longting-2026"
    made.manage("collectstatic", "--noinput", "--verbosity", "0")
    made.manage("create_admin", "admin", "--district", "410202", "--name", "管理员")
    made.start_web()
    made.start_celery() if redis_url else made.start_runner()
    yield made
    made.close()


@pytest.fixture(scope="session")
def reporters(site: Installation, tmp_path_factory: pytest.TempPathFactory) -> list[Person]:
    """Reporters of schools in a district other than the journey's, each with an empty submission in an open round."""
    schools = district(7, "410203")[:4]
    register = tmp_path_factory.mktemp("weekly") / "register.xlsx"
    write_register(register, schools)
    site.manage("create_admin", "weekly", "--district", "410203")
    site.manage("import_schools", register, "--by", "weekly")
    site.manage("open_round", "2026", "--district", "410203")
    site.python(MAKE_REPORTERS)
    return [Person(f"weekly{school['code'][-2:]}", "周填报", "学校填报员", school["name"]) for school in schools]


MAKE_REPORTERS = f"""
from portal.core.accounts.models import User
from schools.accounts import actions
from schools.directory.models import School
for school in School.objects.filter(district__code="410203"):
    person, _ = actions.create_account(
        username=f"weekly{{school.code[-2:]}}", name="周填报", phone="", role="reporter", place=school,
        by=User.objects.get(username="weekly"),
    )
    person.set_password("{PASSWORD}")
    person.must_change_password = False
    person.save()
result = True
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Leave word of a failure for the fixtures, which then keep what the browsers show."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def open_browser(site: Installation, chromium, request) -> Iterator[Callable]:
    """Return a function that opens a browser nobody is signed in to, and gives its page."""
    contexts = []

    def open_one(*, phone: bool = False, **more):
        context = chromium.new_context(
            base_url=site.address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
            viewport={"width": 360 if phone else 1440, "height": 780 if phone else 900},
            has_touch=phone,
            **more,
        )
        contexts.append(context)
        context.on("page", listen)
        context.on("dialog", lambda dialog: dialog.accept())
        return context.new_page()

    yield open_one
    if request.node.stash.get(FAILED, False):
        print(site.logs())  # noqa: T201 pytest shows it with the failure
        for number, page in enumerate(page for context in contexts for page in context.pages):
            page.screenshot(path=screenshots() / f"failed-{request.node.name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()


@pytest.fixture
def open_as(open_browser) -> Callable:
    """Return a function that signs somebody in, in a browser of their own, and gives the page."""

    def open_page(username: str, password: str, **more):
        page = open_browser(**more)
        page.goto("/login/")
        sign_in(page, username, password)
        return page

    return open_page


def listen(page) -> None:
    """Collect what goes wrong on a page: script errors, console errors, refused requests."""
    page.set_default_timeout(60_000)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)


def sign_in(page, username: str, password: str) -> None:
    """Fill in the sign-in page that is open."""
    page.get_by_label("工作账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)


def expect_refusal(page, status: int) -> None:
    """Take note that the server refused something on purpose; the browser has said so on its console."""
    said = [text for text in page.complaints if f"status of {status}" in text]
    assert said, f"no answer {status}: {page.complaints}"
    page.complaints = [text for text in page.complaints if text not in said]


def wait_for_answer(page) -> None:
    """Wait until no form is on its way: scripts send them, so that a click is over before its answer is there."""
    from playwright.sync_api import expect

    expect(page.locator("form[data-sending]")).to_have_count(0)


def screenshots() -> Path:
    """Return the folder of the screenshots."""
    folder = Path(os.environ.get("SCREENSHOTS") or ROOT / "var" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shoot(page, name: str) -> None:
    """Keep a screenshot at both widths; the page must never scroll sideways."""
    wait_for_answer(page)
    before = page.viewport_size
    page.evaluate("scrollTo(0, 0)")
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": int(width), "height": height})
        page.screenshot(path=screenshots() / f"{name}-{width}.png", full_page=True)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 1:
            faults.append(f"{name} scrolls sideways by {overflow} px at {width} px")
    page.set_viewport_size(before)


def check_access(page, name: str) -> None:
    """Axe finds nothing serious (WCAG 2.2 AA)."""
    before = page.viewport_size
    # In a window as tall as the page no bar that sticks to its edge covers a button behind it.
    height = page.evaluate("Math.min(document.documentElement.scrollHeight, 8000)")
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    page.set_viewport_size(before)
    faults.extend(
        f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    )


def look(page, name: str) -> None:
    """Screenshot, accessibility and a clean console in one; every fault is reported when the test ends."""
    shoot(page, name)
    check_access(page, name)
    faults.extend(f"{name}: {text}" for text in page.complaints)
    page.complaints.clear()
