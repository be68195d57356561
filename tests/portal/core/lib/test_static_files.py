"""Chrome 109 reads every style sheet and script; Internet Explorer's kernel gets a plain page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from portal.core.lib import static_files

ROOT = Path(__file__).resolve().parents[4]
OURS = sorted((ROOT / "static").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
# What came to Chrome after 109 and would lose something people need (not what is skipped without harm).
NEWER_STYLE = {
    "color-mix()": (111, r"\bcolor-mix\("),
    "oklch()": (111, r"\bokl(ch|ab)\(|\bl(ch|ab)\("),
    "light-dark()": (123, r"\blight-dark\("),
    "style queries": (111, r"@container[^{]*style\("),
    "nth-child(of)": (111, r":nth-(last-)?child\([^)]*\bof\b"),
    "trigonometry": (111, r"\b(sin|cos|tan|asin|acos|atan2?)\("),
    "nesting": (112, r"(^|[{;}])\s*&"),
    "linear()": (113, r"\blinear\(\s*[\d.]"),
    "image-set()": (113, r"(?<!-webkit-)\bimage-set\("),
    "@starting-style": (117, r"@starting-style"),
    "subgrid": (117, r"\bsubgrid\b"),
    "@scope": (118, r"@scope"),
    ":user-invalid": (119, r":user-(in)?valid"),
    "relative colours": (119, r"\b(rgb|hsl|oklch)a?\(\s*from\b"),
    ":dir()": (120, r":dir\("),
    "mask": (120, r"(?<=[;{])\s*mask(-image|-repeat|-position|-size)?\s*:"),
    "@position-try": (125, r"@position-try|\banchor\("),
    "round()": (125, r"(?<=[:(,\s])(round|mod|rem)\("),
    "field-sizing": (123, r"field-sizing"),
}
NEWER_SCRIPT = {
    "toSorted, toReversed, toSpliced, with": (110, r"\.(toSorted|toReversed|toSpliced)\(|\]\.with\("),
    "popover": (114, r"\.(show|hide|toggle)Popover\("),
    "URL.canParse": (120, r"URL\.canParse"),
    "isWellFormed": (111, r"\.(isWellFormed|toWellFormed)\("),
    "startViewTransition": (111, r"startViewTransition"),
    "regular expressions with v": (112, r"/[dgimsuy]*v[dgimsuy]*[.;,)]\s"),
    "groupBy": (117, r"\b(Object|Map)\.groupBy"),
    "Promise.withResolvers": (119, r"withResolvers"),
    "Array.fromAsync": (121, r"fromAsync"),
    "AbortSignal.any": (116, r"AbortSignal\.any"),
    "scrollend": (114, r"scrollend"),
    "set methods": (122, r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\("),
    "iterator helpers": (122, r"\.(values|keys|entries)\(\)\.(map|filter|take|drop|toArray|some|every|reduce)\("),
    "requestClose": (134, r"\.requestClose\("),
    "Promise.try": (128, r"Promise\.try"),
    "RegExp.escape": (136, r"RegExp\.escape"),
    "import attributes": (123, r"\bimport\b[^;\n]* with \{"),
    "setHTMLUnsafe": (124, r"HTMLUnsafe"),
}


def served(name: str) -> str:
    """A style sheet as collectstatic keeps it."""
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            if path == name:
                return storage.open(path).read().decode()
    raise AssertionError(f"{name} is not served")


def as_chrome_109_sees(css: str) -> str:
    """The sheet with the guarded rules in force and everything behind them that is not understood taken out."""
    opened = css.replace("@supports not (color:light-dark(red,red))", "@supports (color:red)")
    return re.sub(r"(?<=[;{])\s*mask(-image|-repeat|-position|-size)?:[^;}]*;?", "", opened)


def fallbacks(css: str) -> dict[str, str]:
    """Every rule behind the guard: declarations by selector, the last of equal selectors."""
    found = re.findall(r"@supports not \(color:light-dark\(red,red\)\)\{(.*?)\{([^{}]*)\}\}", css)
    return dict(found)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_styles_need_nothing_newer(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    found = [name for name, (_, pattern) in NEWER_STYLE.items() if re.search(pattern, css, re.M)]
    assert found == []


@pytest.mark.parametrize("name", sorted(name for name in settings.NPM_FILES if name.endswith(".css")))
def test_what_is_newer_in_styles_of_others_has_a_fallback_behind_it(name: str) -> None:
    css = served(name)
    original = (settings.NODE_MODULES / settings.NPM_FILES[name]).read_text()
    assert "".join(rule.text for rule in static_files._rules(original)) == original
    given = fallbacks(css)
    assert len(given) > 50
    for declarations in given.values():
        found = [what for what, (_, pattern) in NEWER_STYLE.items() if re.search(pattern, ";" + declarations)]
        assert found == [], declarations[:200]
    handled = ("color-mix()", "oklch()", "light-dark()", "relative colours", "mask")
    others = [
        what for what, (_, pattern) in NEWER_STYLE.items() if what not in handled and re.search(pattern, original)
    ]
    assert others == [], "newer than Chrome 109 and without a fallback"
    for rule in static_files._rules(static_files.used(original, static_files.written_words())):
        if any(static_files.NEWER.search(value) for _, value in rule.declarations):
            assert rule.text + static_files._GUARD in css, rule.selector


@pytest.mark.parametrize(
    ("selector", "is_used"),
    [
        ("a", True),
        (".btn", True),
        (".btn.btn-ghost", False),
        (".btn-ghost,.btn", True),
        (".btn:not(.btn-ghost:is(.x))>.icon", True),
        (".btn .icon:hover", True),
        (".w-50 .icon", False),
    ],
)
def test_a_rule_for_a_class_that_no_page_carries_is_left_out(selector: str, is_used: bool) -> None:
    css = f"@media print{{{selector}{{color:red}}}}@keyframes turn{{from{{color:red}}}}"
    left = static_files.used(css, {"btn", "icon"})
    assert left == (css if is_used else "@media print{}@keyframes turn{from{color:red}}")


def test_what_is_served_of_tabler_is_a_part_of_it_and_has_what_its_script_sets() -> None:
    css, original = served("vendor/tabler.css"), (settings.NODE_MODULES / settings.NPM_FILES["vendor/tabler.css"])
    assert len(css) < original.stat().st_size / 2
    for name in ("btn-primary", "dropdown-menu", "show", "collapsing", "form-check-input", "table-responsive"):
        assert f".{name}" in css, name


@pytest.mark.parametrize(
    "path",
    SCRIPTS + [settings.NODE_MODULES / f for f in settings.NPM_FILES.values() if f.endswith(".js")],
    ids=lambda path: path.name,
)
def test_scripts_call_nothing_newer_without_asking(path: Path) -> None:
    text = re.sub(r"(?m)^\s*//.*$", "", path.read_text())
    found = [name for name, (_, pattern) in NEWER_SCRIPT.items() if re.search(pattern, text)]
    # htmx asks first whether the browser can do it.
    allowed = {"startViewTransition", "setHTMLUnsafe"} if "htmx" in str(path) else set()
    assert set(found) - allowed == set()


@pytest.mark.parametrize(
    ("css", "plain"),
    [
        ("a{color:oklch(54.6% 0.1724 254.2deg)}", "color:#066fd1"),
        ("a{color:oklch(50% 0 0 / 50%)}", "color:rgba(99,99,99,0.5)"),
        ("a{color:color-mix(in oklab,white,black)}", "color:#636363"),
        ("a{color:color-mix(in oklab, #ff0000 20%, transparent)}", "color:rgba(255,0,0,0.2)"),
        (
            ":root{--x:#00f;--y:.5}a{color:color-mix(in oklab,var(--x) calc(var(--y) * 100%),transparent)}",
            "color:rgba(0,0,255,0.5)",
        ),
        ("a{color:color-mix(in oklab,var(--own) 80%,black)}", "color:var(--own)"),
        ("a{color:color-mix(in oklab,var(--own) calc(var(--o,1) * 100%),transparent)}", "color:var(--own)"),
        ("a{color:color-mix(in oklab,currentColor 10%,transparent)}", "color:transparent"),
        ("a{color:light-dark(#fff, oklch(from var(--x) calc(l + 0.08) c h))!important}", "color:#fff!important"),
        ("@media print{a{background:url('a;{b') , light-dark(red,blue)}}", "background:url('a;{b') , red"),
        ("a{mask-image:var(--tick);color:red}", "-webkit-mask-image:var(--tick)"),
    ],
)
def test_newer_colours_are_worked_out(css: str, plain: str) -> None:
    made = static_files.with_fallbacks(css)
    assert f"{static_files._GUARD}{{a{{{plain}}}}}" in made
    assert made.replace(f"{static_files._GUARD}{{a{{{plain}}}}}", "") == css, "nothing else is touched"


@pytest.mark.parametrize(
    "css", ["a{color:red}", "@keyframes x{from{color:oklch(50% 0 0)}}", "@font-face{src:url(x)}", ""]
)
def test_what_needs_no_fallback_gets_none(css: str) -> None:
    assert static_files.with_fallbacks(css) == css


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; QQBrowser/9.0)",
    ],
)
def test_internet_explorers_kernel_gets_a_plain_page(client, agent: str) -> None:
    page = client.get("/login/", headers={"User-Agent": agent})
    text = page.content.decode()
    assert page.status_code == 200
    assert "极速模式" in text
    assert f"{settings.OLDEST_CHROME} 以上" in text
    assert "<script" not in text
    assert "<link" not in text


@pytest.mark.django_db
def test_chrome_109_gets_the_portal(client) -> None:
    agent = (
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36"
    )
    assert "登录" in client.get("/login/", headers={"User-Agent": agent}).content.decode()


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/manual/README.md", "docs/operations.md"])
def test_the_supported_browsers_are_stated(page: str) -> None:
    assert f"Chromium {settings.OLDEST_CHROME}" in (ROOT / page).read_text()


def test_a_script_imports_others_by_their_hashed_names(tmp_path: Path) -> None:
    """Old and new scripts never meet in one page after an upgrade."""
    (tmp_path / "js").mkdir()
    (tmp_path / "js/a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "js/b.js").write_text("export const b = 1;\n")
    storage = static_files.StaticStorage(location=str(tmp_path), base_url="/static/")
    names = ["js/a.js", "js/b.js"]
    for name, _, done in storage.post_process({name: (storage, name) for name in names}):
        assert done is True, name
    a, b = (storage.stored_name(name) for name in names)
    assert (tmp_path / a).read_text() == f'import {{ b }} from "./{Path(b).name}";\n'
    assert re.fullmatch(r"js/b\.[0-9a-f]{12}\.js", b)


def test_every_import_of_our_scripts_is_one_the_storage_follows() -> None:
    follow = static_files.StaticStorage.patterns[1][1][0][0]
    for path in SCRIPTS:
        imports = re.findall(r"^import .*|^export .* from .*|\bimport\(.*", path.read_text(), flags=re.MULTILINE)
        assert [line for line in imports if not re.search(follow, line)] == [], path.name
