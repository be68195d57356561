"""The documents that mirror the code do mirror it."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
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
    kept = {path.name for path in SCREENSHOTS.iterdir()}
    shown = {Path(target).name for page in PAGES for target in links(page) if "screenshots/" in target}
    assert taken == kept == shown


def test_screenshots_stay_small() -> None:
    large = [path.name for path in SCREENSHOTS.iterdir() if path.stat().st_size > 150 * 1024]
    assert large == []
