"""The documents that mirror the code do mirror it."""

import re
import textwrap
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.core.management import call_command

from indicators.standard.standards import queries as standards
from portal.home import manual_pages as manual
from schools.access.permissions import ROLES
from tests.permissions.table import TABLE

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
# The manual is for people who use the portal; traps and decisions speak of their day.
OURS = [ROOT / "docs/architecture.md", ROOT / "docs/develop.md", *sorted(ROOT.glob("docs/how-to/*.md"))]
TOP = {"portal", "schools", "indicators", "inspections", "templates", "static", "tests", "scripts", "docs"}
SCREENSHOTS = ROOT / "docs" / "screenshots"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def test_the_glossary_has_one_row_a_term() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.M)[1:]
    terms = [term for term, _ in rows]
    assert len(terms) > 50
    assert len(terms) == len(set(terms))


def test_every_model_the_trade_speaks_of_is_in_the_glossary() -> None:
    text = (ROOT / "docs/glossary.md").read_text()
    technical = {
        "AuditHead",
        "SchoolChange",
        "EntryFile",
        "PartResult",
        "IndicatorResult",
        "LedgerCount",
    }
    for app in ("portal", "schools", "indicators", "inspections"):
        for model in apps.get_app_config(app).get_models(include_auto_created=False):
            assert model.__name__ in technical or f"`{model.__name__}`" in text, model.__name__


def test_every_environment_variable_is_in_the_example() -> None:
    settings = (ROOT / "portal/config/settings.py").read_text() + (ROOT / "portal/config/env.py").read_text()
    readers = r"env\.\w+|required|secret|folder|one_of|several|daemon|networks"
    named = set(re.findall(rf'(?:{readers})\(\s*"([A-Z_]+)"', settings))
    example = (ROOT / ".env.example").read_text()
    undocumented = {name for name in named if f"\n{name}=" not in example}
    assert undocumented <= {"DEBUG", "STATIC_ROOT", "JOB_FORGOTTEN_SECONDS"}


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text


def names(page: Path) -> list[str]:
    """Paths and dotted names in the words of a page: `inspections/reports/stored_facts.py`, `portal.core.papers.tree`."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    found = re.findall(
        r"`([\w.-]+(?:/[\w.-]+)+/?|(?:portal|schools|indicators|inspections|tests)\.(?!toml)[\w.]+)`", text
    )
    return [name for name in found if name.split(".")[0].split("/")[0] in TOP]


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.stem)
def test_what_a_page_for_engineers_names_is_there(page: Path) -> None:
    for name in names(page):
        path = ROOT / (name if "/" in name else name.replace(".", "/"))
        # A dotted name may end in what the module defines.
        defined = path.parent.with_suffix(".py")
        there = path.exists() or path.with_suffix(".py").exists()
        assert there or (defined.exists() and path.name in defined.read_text()), f"{page.name} names {name}"


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_the_map_names_every_slice(page: str) -> None:
    drawn = re.search(r"```\n(portal/.*?)```", (ROOT / page).read_text(), re.DOTALL)
    words = set(re.findall(r"[a-z_]+", drawn[1]))
    floors = ["portal", "portal/core", "schools", "indicators/*", "inspections"]
    slices = {file.parent.name for floor in floors for file in ROOT.glob(f"{floor}/*/*.py")}
    assert slices - {"migrations", "management", "commands", "templatetags"} <= words


def test_the_overlay_of_the_how_to_changes_what_it_says(db: None, tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "docs/how-to/change-a-limit.md").read_text(), re.DOTALL)
    folder = tmp_path / "henan"
    folder.mkdir()
    (folder / "overlay.toml").write_text(textwrap.dedent(example[1]))
    call_command("load_standard", folder)
    changed, base = (
        standards.load_spec(standards.current(code)).stages for code in ("henan-constructed", "national-2021")
    )
    assert changed["junior"].cv_limit == Fraction("0.42") != base["junior"].cv_limit
    assert changed["primary"] == base["primary"]


def links(page: Path) -> list[str]:
    """Every target of a link or picture of a page, code left out."""
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)
    return [unquote(target) for target in LINK.findall(text)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_relative_to(ROOT), f"{target} leaves the repository"
        assert there.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(there), f"{target}: no such heading"


def test_every_trap_has_its_number_code_and_tests() -> None:
    page = (ROOT / "docs/traps.md").read_text()
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    assert [int(number) for number, _, _ in rows] == list(range(1, 28))
    for number, code, tests in rows:
        assert all((ROOT / path).exists() for path in re.findall(r"`([^`]+)`", code)), number
        ids = [test.split("::") for test in re.findall(r"`([^`]+)`", tests)]
        assert ids, number
        assert [i for i in ids if f"\ndef {i[1]}(" not in (ROOT / i[0]).read_text()] == [], number


def test_every_test_named_after_a_trap_is_in_its_row() -> None:
    rows = dict(re.findall(r"^\| (\d+) (\|.+)$", (ROOT / "docs/traps.md").read_text(), re.M))
    named = [
        (number, f"{path.relative_to(ROOT)}::{test}")
        for path in ROOT.glob("tests/**/test_*.py")
        for test, number in re.findall(r"^def (test_trap_(\d+)_\w+)\(", path.read_text(), re.M)
    ]
    assert len(named) > 30
    assert [test for number, test in named if f"`{test}`" not in rows[number]] == []


def test_the_script_the_folder_and_the_pages_have_the_same_screenshots() -> None:
    script = (ROOT / "scripts/take_screenshots.py").read_text()
    taken = {f"{name}.png" for name in re.findall(r'Shot\("([\w-]+)"', script)}
    stored = {path.name for path in SCREENSHOTS.iterdir()}
    shown = {Path(target).name for page in PAGES for target in links(page) if "screenshots/" in target}
    assert taken == stored == shown


def test_screenshots_stay_small() -> None:
    large = [path.name for path in SCREENSHOTS.iterdir() if path.stat().st_size > 150 * 1024]
    assert large == []


def test_the_manual_explains_every_page_to_every_role() -> None:
    """The help link of a page opens a heading that is there."""
    names = {row.name for row in TABLE}
    unexplained = sorted(name for name in names if not manual.key_of(name))
    assert unexplained == [], "say in portal/home/manual_pages.py: PLACES where the manual explains them"
    assert [key for key in manual.PLACES if key and not any(name.startswith(key) for name in names)] == []
    for name in [*names, ""]:
        for role in ROLES:
            path, _, anchor = unquote(manual.address(name, {role})).partition("#")
            chapter = manual.FOLDER / f"{path.strip('/').partition('/')[2] or manual.INDEX}.md"
            assert anchor in anchors(chapter), f"{name} for {role}: {chapter.name} has no such heading"
