"""House rules a machine can keep."""

import ast
import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import post_save, pre_save

from portal.core.lib import verdicts
from scripts import house

ROOT = Path(__file__).resolve().parents[1]
APPS = ("portal", "schools", "indicators", "inspections")
SOURCES = sorted(p for app in APPS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TRACKED_TEXT = (".py", ".toml", ".txt", ".in", ".md", ".yml", ".json", ".sh", ".html", ".css", ".js", ".example")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(_tree(path)))


@pytest.fixture(scope="module", autouse=True)
def _trees_are_for_this_file() -> Iterator[None]:
    """To the end of the process the collector of garbage would look at them."""
    yield
    _tree.cache_clear()
    _nodes.cache_clear()


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in _tree(path).body if isinstance(node, ast.FunctionDef)]


def _calls(node: ast.AST) -> set[str]:
    return {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_files_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400, "split this file: no file is longer than 400 lines"
    if path.name != "__init__.py":
        assert ast.get_docstring(_tree(path)), "a module starts with one line that says its role"


ACTIONS = [(path, node) for path in SOURCES if "actions" in path.stem for node in _functions(path)]
# Written by other actions inside their own transaction, or the trail itself.
NOT_ACTIONS = {"gathered", "record", "notify", "enqueue"}
# Of people without an account: the trail would show who they are by where and when they wrote.
NAMELESS = {
    "inspections/publicity/actions.py": {"complain", "is_too_often"},
    "inspections/surveys/actions.py": {"answer"},
}


@pytest.mark.parametrize(("path", "node"), ACTIONS, ids=lambda value: getattr(value, "name", ""))
def test_every_action_names_its_actor_and_is_audited(path: Path, node: ast.FunctionDef) -> None:
    if node.name.startswith("_") or node.name in NOT_ACTIONS:
        return
    parameters = {argument.arg for argument in node.args.kwonlyargs}
    assert not node.args.args, f"{_name(path)}: {node.name} takes keyword arguments only"
    if node.name in NAMELESS.get(_name(path), ()):
        return
    assert "by" in parameters, f"{_name(path)}: {node.name} must take `by=`"
    module = _tree(path)
    private = {f.name: f for f in module.body if isinstance(f, ast.FunctionDef)}
    reached, waiting = set(), [node]
    while waiting:
        for call in _calls(waiting.pop()):
            if call not in reached:
                reached.add(call)
                if call in private:
                    waiting.append(private[call])
    assert any(call.endswith("audit.record") for call in reached), f"{_name(path)}: {node.name} leaves no audit row"


def test_whatever_leaves_as_a_file_is_in_the_trail_by_its_digest() -> None:
    """A file found outside can be recognised as the one that somebody took out on a day, or not to be."""
    shown = []
    for path in SOURCES:
        for call in _nodes(path):
            if not isinstance(call, ast.Call):
                continue
            name = call.args[0] if call.args else None
            action = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""
            if re.search(r"\.(export\w*|download_slips)$", action) and ast.unparse(call.func) == "audit.record":
                said = ast.unparse(call)
                shown.append((action, "digests.of(" in said or "after=after" in said))
    assert len(shown) > 10
    assert [action for action, has_digest in shown if not has_digest] == []


@pytest.mark.parametrize("path", [p for p in SOURCES if p.stem == "views"], ids=_name)
def test_views_write_nothing_themselves(path: Path) -> None:
    writes = re.compile(r"\.(save|create|bulk_create|get_or_create|update_or_create|delete|bulk_update)$")
    found = {call for call in _calls(_tree(path)) if writes.search(call) and "session" not in call}
    assert not {call for call in found if not call.startswith("actions.")}, "a view calls one action and writes nothing"


def test_the_tags_of_every_page_read_no_database() -> None:
    tree = ast.parse((ROOT / "portal/core/templatetags/youheng.py").read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {part for node in nodes for name in node.names for part in f"{node.module}.{name.name}".split(".")}
    assert names.isdisjoint({"models", "queries", "actions", "db"})


def test_business_rules_live_in_no_signal() -> None:
    offenders = [
        _name(path)
        for path in SOURCES
        if re.search(r"@receiver|(_save|_delete|_init|_changed|_migrate)\.connect\(", path.read_text())
    ]
    assert offenders == []
    ours = [r for signal in (pre_save, post_save) for r in signal.receivers if "indicators" in repr(r)]
    assert ours == []


def test_nothing_is_queued_except_through_the_jobs_slice() -> None:
    pattern = re.compile(r"\.(delay|apply_async|send_task|delay_on_commit)\(")
    offenders = [_name(p) for p in SOURCES if pattern.search(p.read_text())]
    assert offenders == ["portal/core/jobs/tasks.py"]


def test_three_valued_all_is_written_once() -> None:
    """Who asks whether all of several verdicts hold asks `engine.together`."""
    offenders = [
        _name(path)
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In) and ast.unparse(node.left) == "False"
    ]
    assert offenders == ["indicators/standard/engine/conditions.py"]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_colours_stand_in_the_style_sheets_alone(path: Path) -> None:
    """Workbooks and documents read theirs from static/css/app.css; what the demonstration paints is a picture."""
    texts = [node.value for node in _nodes(path) if isinstance(node, ast.Constant)]
    found = {text for text in texts if isinstance(text, str) and re.fullmatch(r"#([0-9a-fA-F]{3}){1,2}", text)}
    assert not found or "demo" in path.parts


def test_colours_are_named_once_for_all_style_sheets() -> None:
    sheets = {_name(path): path.read_text() for path in (ROOT / "static/css").glob("*.css")}
    tokens, _, sheets["static/css/app.css"] = sheets["static/css/app.css"].partition("}")
    assert "--ink:" in tokens
    assert {name: found for name, text in sheets.items() if (found := re.findall(r"#[0-9a-fA-F]{3,8}\b", text))} == {}


def test_every_slice_with_models_is_known_to_django() -> None:
    known = {f"{one.__module__}.{one.__name__}" for app in APPS for one in apps.get_app_config(app).get_models()}
    for path in SOURCES:
        if path.name != "models.py" or path.parent.name in APPS or "lib" in path.parts:
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in _tree(path).body:
            if not isinstance(node, ast.ClassDef) or "abstract = True" in ast.unparse(node):
                continue
            bases = " ".join(ast.unparse(base) for base in node.bases)
            if re.search("Model|Stamped|Immutable|IssuedPaper", bases):
                assert f"{module}.{node.name}" in known, f"{module}: re-export {node.name} in its app's models.py"


def test_times_and_persons_come_in_pairs() -> None:
    """Every nullable x_at with an x_by is guarded by a constraint of the database."""
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            fields = {field.name: field for field in model._meta.fields}
            for name, field in fields.items():
                partner = name.removesuffix("_at") + "_by"
                if name.endswith("_at") and field.null and partner in fields:
                    guarded = " ".join(str(c.condition) for c in model._meta.constraints if hasattr(c, "condition"))
                    assert name in guarded, f"{model._meta.label}: {name}/{partner} need a paired constraint"
                    assert partner in guarded


def test_nothing_is_deleted_along_with_something_else() -> None:
    """Facts are protected; only links between rows may go with them."""
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.fields:
                if isinstance(field, models.ForeignKey):
                    assert field.remote_field.on_delete is models.PROTECT, f"{model._meta.label}.{field.name}"


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_templates_hold_no_script_and_no_style(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.S)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text), "scripts live in static/js"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text), "style and behaviour live in static files"
    assert text.count("\n") <= 200, "split this template"


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_pages_never_print_what_is_not_escaped(path: Path) -> None:
    assert not re.search(r"\|safe\b|autoescape off", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_pages_decide_by_codes_not_by_words(path: Path) -> None:
    assert not re.search(r'{% (?:el)?if [^%]*(?:[=!]=| in) "[^"%]*[\u4e00-\u9fff]', path.read_text()), (
        "compare a code or a boolean"
    )


def test_markup_stands_in_templates() -> None:
    """But for the tags every template may use and the manual, which is made of Markdown."""
    own = (ROOT / "portal/core/templatetags/youheng.py", ROOT / "portal/home/manual_pages.py")
    for path in (path for path in SOURCES if path not in own):
        assert not {"format_html", "format_html_join", "mark_safe"} & {
            node.id for node in _nodes(path) if isinstance(node, ast.Name)
        }, f"{path}: render a template"


@pytest.mark.parametrize("path", [*SOURCES, *TEMPLATES], ids=_name)
def test_limits_are_printed_by_one_helper(path: Path) -> None:
    """`numbers.at_most`, `at_least`: in templates filters."""
    assert path == ROOT / "portal/core/lib/numbers.py" or not re.search(r"[≤≥] ?{", path.read_text())


def test_days_are_picked_in_one_way() -> None:
    """By the widget `DayInput`; `_components/day.html` where no form field draws it."""
    assert [path.name for path in TEMPLATES if 'type="date"' in path.read_text()] == ["day.html"]


def test_the_rate_of_closing_is_worked_out_once() -> None:
    """`rectification.queries.closing_rate`, whoever counts."""
    found = [
        _name(path)
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Fraction" and "closed" in ast.unparse(node)
    ]
    assert found == ["inspections/rectification/queries.py"]


def test_words_of_verdicts_stand_in_one_table() -> None:
    """未达标 may be a word of a sentence; by itself it is in the table, with its tone. The engine takes nothing from outside."""
    words = {verdicts.VERDICTS[False].words, verdicts.VERDICTS[None].words, verdicts.NOT_APPLICABLE.words}
    own = {ROOT / "portal/core/lib/verdicts.py", *(ROOT / "indicators/standard/engine").rglob("*.py")}
    for path in (path for path in SOURCES if path not in own and path.name != "models.py"):
        found = {node.value for node in _nodes(path) if isinstance(node, ast.Constant)} & words
        assert not found, f"{path}: take {found} from portal.core.lib.verdicts"
    for path in TEMPLATES:
        badges = re.findall(r'_components/badge.html" with tone="\w+" text="([^"]+)"', path.read_text())
        assert not set(badges) & (words | {verdicts.VERDICTS[True].words}), f"{path}: include _components/verdict.html"


def _tags(path: Path) -> list[str]:
    """What a template asks of its context: tags and variables without the words in quotes."""
    return [re.sub(r"\"[^\"]*\"|'[^']*'", "", tag) for tag in re.findall(r"{{.*?}}|{%.*?%}", path.read_text(), re.S)]


@pytest.mark.parametrize("path", [p for p in TEMPLATES if "_frame.html" in p.name + p.read_text()], ids=_name)
def test_frames_and_the_pages_in_them_are_given_what_they_show(path: Path) -> None:
    chains = [chain for tag in _tags(path) for chain in re.findall(r"[a-z_]\w*(?:\.\w+){3,}", tag)]
    assert not chains, "the view names it in the context (`board.pages.frame`)"


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "browser").glob("*.py")), ids=_name)
def test_browser_tests_wait_for_what_they_can_see(path: Path) -> None:
    """`wait_for_function` looks again with eval, which the pages forbid: it fails wherever it has to wait at all."""
    assert not re.search(r"\.(wait_for_function|wait_for_timeout)\(", path.read_text())


def _collected(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What is worked out while tests are collected: nothing in a function or a lambda."""
    for node in body:
        waiting: list[ast.AST] = [node]
        while waiting:
            one = waiting.pop()
            yield one
            inside = one.decorator_list if isinstance(one, ast.FunctionDef) else ast.iter_child_nodes(one)
            waiting += [inner for inner in inside if not isinstance(inner, ast.Lambda)]


def test_no_test_reads_the_clock_when_it_is_collected() -> None:
    """A run that begins before midnight ends on the next day."""
    clocks = re.compile(r"\b(today|this_year|localdate|now|localtime)$")
    found = [
        (_name(path), ast.unparse(node))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in _collected(ast.parse(path.read_text()).body)
        if isinstance(node, ast.Call) and clocks.search(ast.unparse(node.func))
    ]
    assert found == []


def _repository_files() -> list[Path]:
    skip = {".git", ".venv", "node_modules", "var", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not skip & set(p.relative_to(ROOT).parts)]


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(["py" + r"pi\.org", "python" + r"hosted", r"registry\.npm" + "js", "deb" + r"\.debian"])
    )
    offenders = [_name(p) for p in _repository_files() if p.suffix in TRACKED_TEXT and hosts.search(p.read_text())]
    assert offenders == []


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.in")), ids=_name)
def test_every_dependency_is_pinned_and_says_why(path: Path) -> None:
    for line in path.read_text().splitlines():
        if line and not line.startswith(("#", "-c")):
            assert re.match(r"^[a-z0-9-]+(\[[a-z-]+\])?==\S+\s+# \S", line), line


# What a library of ours loads by itself, and the setting that makes it.
LOADED = {
    "psycopg2-binary": "DATABASE_URL",
    "redis": "CELERY_BROKER_URL",
    "argon2-cffi": "authentication.PasswordHasher",
}


def test_every_package_the_portal_installs_is_used_by_it() -> None:
    settings = (ROOT / "portal/config/settings.py").read_text()
    modules = {alias.name for path in SOURCES for alias in _imports(path)} | set(re.findall(r'"([\w.]+)"', settings))
    used = {name.split(".")[0] for name in modules}
    owners = packages_distributions()
    for line in (ROOT / "requirements/base.in").read_text().splitlines():
        if line and not line.startswith("#"):
            package = line.split("==")[0]
            names = {
                module
                for module, found in owners.items()
                if package in {name.lower().replace("_", "-") for name in found}
            }
            assert names & used or LOADED.get(package, "?") in settings, f"{package}: nothing imports it"


def _imports(path: Path) -> Iterator[ast.alias]:
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from node.names
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield ast.alias(node.module)


def test_every_front_end_package_is_served_or_tested() -> None:
    listed = json.loads((ROOT / "package.json").read_text())
    for package in listed["dependencies"]:
        assert any(f'"{package}/' in p.read_text() or f'"{package}"' in p.read_text() for p in SOURCES), package
    for package in listed["devDependencies"]:
        assert any(package in p.read_text() for p in (ROOT / "tests").rglob("*.py")), package


def test_every_script_and_style_is_asked_for_by_a_page() -> None:
    asking = "".join(path.read_text() for path in [*TEMPLATES, *SOURCES, *(ROOT / "static/js").glob("*.js")])
    unused = [p.name for p in (ROOT / "static").rglob("*") if p.suffix in (".js", ".css") and p.name not in asking]
    assert unused == []
    vendored = re.findall(r'"(vendor/[\w.-]+)":', (ROOT / "portal/config/settings.py").read_text())
    assert [name for name in vendored if name not in asking.replace(f'"{name}":', "")] == []


def test_every_module_is_imported_by_another() -> None:
    """Django finds some by their name: settings, urls, models, commands, template tags."""
    found_by_name = {"settings", "urls", "models", "apps", "wsgi", "work", "__init__"}
    known: set[str] = set()
    for path in [*SOURCES, ROOT / "gunicorn.conf.py"]:
        for node in _nodes(path):
            if isinstance(node, ast.ImportFrom):
                known |= {f"{node.module}.{alias.name}" for alias in node.names}
        # In a string too: settings name what is called by a job.
        for dotted in set(re.findall(r"\w+(?:\.\w+)+", path.read_text())):
            known |= {dotted[: dot.start()] for dot in re.finditer(r"\.|$", dotted)}
    unused = []
    for path in SOURCES:
        if path.stem not in found_by_name and path.parent.name not in ("commands", "templatetags"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if module not in known:
                unused.append(_name(path))
    assert unused == []


def test_the_rights_are_imported_through_one_door() -> None:
    open_to_all = {"scope", "workflow", "restricted", "Place"}
    # They give roles or show them; recusals look at many people in two queries.
    of_roles = ("schools/accounts/", "schools/issuing/", "portal/home/", "portal/demo/", "portal/management/")
    also = ("inspections/recusals/rights.py", "portal/config/settings.py", "schools/models.py")
    past, perms = [], []
    for path in SOURCES:
        name = _name(path)
        for node in _nodes(path):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.split(".")[:2] != ["schools", "access"] or name.startswith("schools/access/"):
                continue
            for alias in node.names:
                inside = {*module.split(".")[2:], alias.name}
                perms += [name] if alias.name == "Perm" and "permissions" in inside else []
                past += [name] if not inside & open_to_all and not name.startswith((*of_roles, *also)) else []
    assert perms == [], "import Perm from schools.access.scope"
    assert past == [], "ask schools.access.scope"


def test_no_class_name_stands_for_two_things() -> None:
    """Who reads a name knows what it is; Django's own Command, Meta and the like are distinguished by their place."""
    places: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and node.name != "Command":
                places.setdefault(node.name, []).append(_name(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_what_tests_import_from_each_other_is_there() -> None:
    """Nothing but a run of the whole suite would notice."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for name in (alias.name for alias in _imports(path) if alias.name.startswith("tests.")):
            place = ROOT / name.replace(".", "/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), f"{_name(path)}: there is no {name}"


def test_what_tests_and_benchmarks_import_of_the_application_is_there() -> None:
    """A file that moved leaves no name behind: whoever moves it runs the tests of its own package only."""
    missing = []
    for path in sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]):
        for node in _nodes(path):
            if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] not in APPS:
                continue
            place = ROOT / str(node.module).replace(".", "/")
            if place.with_suffix(".py").is_file():
                continue
            init = place / "__init__.py"
            said = init.read_text() if init.is_file() else ""
            names = [one.name for one in node.names]
            there = [(place / f"{one}.py").is_file() or (place / one).is_dir() or one in said for one in names]
            missing += [f"{_name(path)}: {node.module}.{one}" for one, ok in zip(names, there, strict=True) if not ok]
    assert missing == []


def test_what_tests_put_something_else_in_place_of_is_there() -> None:
    """Some of them run on PostgreSQL only, where a name that moved is noticed last."""
    missing = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        nodes = list(_nodes(path))
        modules = {
            one.asname or one.name: file
            for node in nodes
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in APPS
            for one in node.names
            if (file := ROOT / str(node.module).replace(".", "/") / f"{one.name}.py").is_file()
        }
        for node in nodes:
            if not isinstance(node, ast.Call) or "monkeypatch" not in ast.unparse(node):
                continue
            for module, name in itertools.pairwise(node.args):
                if isinstance(module, ast.Name) and isinstance(name, ast.Constant) and module.id in modules:
                    text, file = modules[module.id].read_text(), _name(modules[module.id])
                    if not re.search(rf"^(?=\w).*\b{name.value}\b|^    {name.value},$", text, re.MULTILINE):
                        missing.append(f"{_name(path)}: {file} has no {name.value}")
    assert missing == []


def test_files_with_a_name_of_their_own_are_listed() -> None:
    """A newcomer finds every name that is no layer's in the architecture page."""
    text = (ROOT / "docs/architecture.md").read_text()
    rows = dict(re.findall(r"^\| `([\w/]+)` \| (.*) \|$", text, flags=re.M))
    listed = {f"{slice_}/{name}.py" for slice_, names in rows.items() for name in re.findall(r"`(\w+)`", names)}
    own = {str(one.path) for one in house.modules(ROOT) if one.has_own_name}
    assert listed == own


# The samples of what each slice stores for good. A backup of another format is refused, so it has none.
SAMPLES = {
    "indicators/collection/submissions": "indicators/collection/submissions/revisions",
    "indicators/planning/forecast": "indicators/planning/forecast/contents",
    "indicators/planning/plans": "indicators/planning/plans/contents",
    "indicators/results/milestones": "indicators/results/milestones/seals",
    "inspections/checklists": "inspections/visits/checklists",
    "inspections/dossiers": "inspections/dossiers/catalogues",
    "inspections/letters": "inspections/letters/frozen",
    "inspections/reports": "inspections/reports/facts",
    "inspections/self_assessments": "inspections/self_assessments/contents",
    "inspections/self_reports": "inspections/self_reports/contents",
}


def test_every_stored_format_has_a_sample() -> None:
    newest = {
        _name(path.parent): int(found[1])
        for path in SOURCES
        if (found := re.search(r"^(?:KIND, )?FORMAT = (?:\"\w+\", )?(\d+)$", path.read_text(), re.MULTILINE))
    }
    assert newest.keys() - {"portal/core/backups"} == SAMPLES.keys()
    for slice_, folder in SAMPLES.items():
        held = {path.stem for path in (ROOT / "tests" / folder).glob("*.json")}
        assert {str(number) for number in range(1, newest[slice_] + 1)} <= held, slice_
