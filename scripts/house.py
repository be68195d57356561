"""Prints how the house is built: sizes, names and imports of the application's code, sizes and names of its tests, next
to what we aim at.

Run: python scripts/house.py [FOLDER]
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

APPS = ("portal", "schools", "indicators", "inspections")
# A slice's files are its layers, or Python and Django name them (`__main__`, wsgi); any other name is a newcomer's riddle.
LAYERS = {
    "__init__",
    "models",
    "workflow",
    "rights",
    "actions",
    "queries",
    "forms",
    "views",
    "urls",
    "tasks",
    "work",
    "workbook",
    "pages",
    "document",
    "facts",
    "kinds",
    "closures",
    "apps",
    "admin",
    "middleware",
    "settings",
    "wsgi",
    "__main__",
}
# A layer too long for one file, such as the actions of visits, goes on in `wording_actions`, `record_views`.
CONTINUED = tuple(
    f"_{layer}" for layer in ("actions", "views", "queries", "forms", "pages", "document", "facts", "workbook")
)
FREE = ("engine", "commands", "migrations", "templatetags")
# The aims for numbers of files were set when the application had so many lines of code; they grow with it.
LINES_WHEN_SET = 31_342
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the application: its place below the root and its tree."""

    path: Path
    source: str
    tree: ast.Module

    @property
    def has_own_name(self) -> bool:
        """Whether its name is no layer's; docs/architecture.md lists these."""
        is_layer = self.path.stem in LAYERS or self.path.stem.endswith(CONTINUED)
        return not is_layer and not set(self.path.parts) & set(FREE)

    @property
    def functions(self) -> list[Function]:
        """All functions and methods."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @property
    def used_once(self) -> int:
        """How many private functions are named in one place outside their definition."""
        names = Counter(node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        names += Counter(node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute))
        private = [one.name for one in self.functions if one.name.startswith("_") and not one.name.startswith("__")]
        return sum(names[name] == 1 for name in private)

    @property
    def docstring_words(self) -> int:
        """Words in the docstrings of functions."""
        return sum(len((ast.get_docstring(one) or "").split()) for one in self.functions)

    @property
    def lines(self) -> int:
        """Lines of code: no blank ones, comments or docstrings."""
        quiet: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, Function | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None:
                quiet |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
        numbered = enumerate(self.source.splitlines(), start=1)
        return sum(bool(line.strip()) and line.lstrip()[0] != "#" and at not in quiet for at, line in numbered)

    @property
    def arrows(self) -> int:
        """Import statements that lead to the application's own files."""
        imported = [[one.name for one in node.names] for node in ast.walk(self.tree) if isinstance(node, ast.Import)]
        imported += [[node.module or ""] for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return sum(any(name.partition(".")[0] in APPS for name in names) for names in imported)


def modules(root: Path, folders: Sequence[str] = APPS) -> Iterator[Module]:
    """Read the files below these folders that hold anything, migrations apart."""
    for app in folders:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts and path.stat().st_size:
                source = path.read_text()
                yield Module(path.relative_to(root), source, ast.parse(source))


def p90(numbers: Iterable[int]) -> int:
    """What nine of ten do not exceed."""
    ordered = sorted(numbers)
    return ordered[int(len(ordered) * 0.9)]


def measure(root: Path) -> list[tuple[str, float, float]]:
    """Return what is measured, how much of it there is, and the most we want."""
    found = list(modules(root))
    functions = sum(len(module.functions) for module in found)
    lines = sum(module.lines for module in found)
    free = [one for one in found if one.has_own_name]
    templates = (len(line) for path in (root / "templates").rglob("*.html") for line in path.read_text().splitlines())
    test_files = list(modules(root, ["tests"]))
    tests = [one for file in test_files for one in file.functions if one.name.startswith("test_")]
    return [
        ("application files", len(found), 330 * lines / LINES_WHEN_SET),
        ("private helpers used once, % of functions", 100 * sum(one.used_once for one in found) / functions, 8),
        ("import arrows per file", sum(one.arrows for one in found) / len(found), 3),
        ("docstring words per line of code", sum(one.docstring_words for one in found) / lines, 0.45),
        ("p90 template line, characters", p90(templates), 110),
        ("fmt: skip", sum(one.source.count("# fmt" + ": skip") for one in found), 20),
        ("files with a name of their own", len(free), 40 * lines / LINES_WHEN_SET),
        ("p90 test file, lines of code", p90(file.lines for file in test_files), 300),
        ("p90 test, lines", p90((one.end_lineno or 0) - one.lineno + 1 for one in tests), 20),
        ("p90 name of a test, words", p90(one.name.count("_") for one in tests), 12),
    ]


if __name__ == "__main__":
    for what, value, aim in measure(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(f"{what:45} {value:8.2f}   aim ≤ {aim:.4g}")
