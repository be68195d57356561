"""Changes the engine and the standard's figures one at a time and sees whether its tests notice.

Run: python -m benchmarks.mutate_engine [MODULES…] [--sample N] [--seed S] [--list]
Modules are names in indicators/standard/engine (numbers, explain.tree …) or "figures" for the standard's figures; all by default.
Nothing is written: a changed module lives in the memory of a child process, changed data in a temporary folder.
A mutant is killed when a test fails, the standard is refused, or the tests take twice the processor time.
Those no test can distinguish from the engine itself are listed, each with its reason, in benchmarks/equivalent_mutants.toml.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import io
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "indicators" / "standard" / "engine"
TESTS = ROOT / "tests" / "indicators" / "standard" / "engine"
STANDARDS = ROOT / "indicators" / "standard" / "standards" / "data"
STANDARD = "national-2017"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
KILLED, SURVIVED = 1, 0
# A1–A7 have drawn tests enough of their own; these draw whole districts and take half the time of all.
CORE = {"numbers", "coefficients", "parts", "scope", "figures"}
SLOW = {"test_coefficients.py", "test_conditions_again.py", "test_relaxations.py"}
# Modules whose tests are in a file of another name: they are asked first, for they fail soonest.
OWN = {
    "coefficients": "traps",
    "district": "conditions",
    "district_rules": "conditions",
    "explain": "explain",
    "figures": "parts",
    "result": "verdict",
    "school_rules": "conditions",
    "words": "live",
}
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
FIGURES = re.compile(r"\b(primary|junior|senior|cv_limit|floor_ratio|min_reached|min_pupils|factor|value) = ([\d.]+)\b")


@dataclass(frozen=True)
class Mutant:
    """One change: where, what, and how a child process puts it in place."""

    module: str
    where: str
    line: str
    what: str
    install: Callable[[], None]

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by while lines move: module, text of the line, change."""
        return self.module, self.line, self.what


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module of the engine from a changed tree."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module) -> None:
        exec(compile(self.tree, self.name, "exec"), module.__dict__)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """Every change of this node alone: its words, and a function that makes it on a copy."""
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            if new := SWAPS.get(type(op)):
                yield f"{type(op).__name__} → {new.__name__}", lambda c, n=n, new=new: c.ops.__setitem__(n, new())
    elif isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and (new := SWAPS.get(type(node.op))):
        yield f"{type(node.op).__name__} → {new.__name__}", lambda c, new=new: setattr(c, "op", new())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} → {not node.value}", lambda c: setattr(c, "value", not c.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        for step in (1, -1):
            yield f"{node.value} → {node.value + step}", lambda c, step=step: setattr(c, "value", c.value + step)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} → {NAMES[node.id]}", lambda c: setattr(c, "id", NAMES[c.id])
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "condition negated", lambda c: setattr(c, "test", ast.UnaryOp(ast.Not(), c.test))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "filter negated", lambda c: c.ifs.__setitem__(0, ast.UnaryOp(ast.Not(), c.ifs[0]))


def _annotations(tree: ast.Module) -> set[int]:
    """Nodes no behaviour depends on: types, decorators, __all__, and `strict` of zip, which only guards its caller."""
    idle: list[ast.AST] = []
    for node in ast.walk(tree):
        idle += [getattr(node, name) for name in ("annotation", "returns") if getattr(node, name, None)]
        idle += getattr(node, "decorator_list", [])
        if isinstance(node, ast.keyword) and node.arg == "strict":
            idle.append(node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            idle.append(node)
    return {id(inner) for node in idle for inner in ast.walk(node)}


def of_module(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module of the engine."""
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    idle = _annotations(tree)
    short = ".".join(path.relative_to(ENGINE).with_suffix("").parts)
    for position, node in enumerate(ast.walk(tree)):
        if id(node) in idle:
            continue
        for words, change in _changes(node):
            line = getattr(node, "lineno", getattr(getattr(node, "target", None), "lineno", 0))

            def install(position=position, change=change) -> None:
                changed = copy.deepcopy(tree)
                change(next(n for i, n in enumerate(ast.walk(changed)) if i == position))
                name = f"indicators.standard.engine.{short}"
                sys.meta_path.insert(0, _Changed(name, ast.fix_missing_locations(changed)))

            yield Mutant(short, f"{path.relative_to(ROOT)}:{line}", lines[line - 1].strip(), words, install)


def of_data() -> Iterator[Mutant]:
    """Every threshold, limit, weight and factor of the shipped standard, raised by one percent or one."""
    for path in sorted((STANDARDS / STANDARD).glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for match in FIGURES.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if text.rfind("#", text.rfind("\n", 0, match.start()), match.start()) >= 0:
                continue
            old = match[2]
            new = str(int(old) + 1) if old.isdigit() else f"{old}1"

            def install(path=path, text=text, match=match, new=new) -> None:
                changed = text[: match.start(2)] + new + text[match.end(2) :]
                _shipped(path, changed)

            what = f"{match[1]} = {old} → {new}"
            yield Mutant("figures", f"{path.relative_to(ROOT)}:{line}", match[0], what, install)


def _shipped(path: Path, text: str) -> None:
    """Let the reader find a copy of the standards with one file changed."""
    folder = Path(tempfile.mkdtemp(prefix="mutant-"))
    shutil.copytree(STANDARDS, folder / "data")
    (folder / "data" / path.relative_to(STANDARDS)).write_text(text, encoding="utf-8")
    from indicators.standard.standards import files

    files.SHIPPED = folder / "data"


def _runs(module: str) -> Iterator[list[str]]:
    """What pytest is asked, in turn: examples of the module's own file, those of all, then what draws its figures."""
    first, _, last = module.rpartition(".")
    own = TESTS / f"test_{OWN.get(first or module, last)}.py"
    files = sorted(TESTS.glob("test_*.py"), key=lambda path: path.stat().st_size)
    if own in files:
        yield ["-m", "not hypothesis", str(own)]
    yield ["-m", "not hypothesis", *(str(path) for path in files if path != own)]
    yield ["-m", "hypothesis", *(str(path) for path in files if module not in CORE or path.name not in SLOW)]


def run(mutant: Mutant | None, seconds: int) -> int:
    """Run the tests on a mutant (or on nothing changed) in a child of its own; KILLED or SURVIVED."""
    child = os.fork()
    if child == 0:
        os.setpgrp()
        # A mutant that never ends is ended by the system, and that counts as killed.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        os._exit(_test(mutant))
    return KILLED if os.waitpid(child, 0)[1] else SURVIVED


def _test(mutant: Mutant | None) -> int:
    hypothesis.settings.register_profile("mutants", max_examples=15, deadline=None, database=None)
    hypothesis.settings.load_profile("mutants")
    options = ["-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:django", "-c", os.devnull]
    options += [f"--rootdir={ROOT}", f"--confcutdir={TESTS}", "-p", "no:randomly"]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            if mutant:
                mutant.install()
            asked = _runs(mutant.module if mutant else "")
            return KILLED if any(pytest.main([*options, *run]) != 0 for run in asked) else SURVIVED
        except BaseException:
            return KILLED


def equivalent() -> dict[tuple[str, str, str], str]:
    """The mutants that behave as the engine does, each with the reason why."""
    content = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {(m["module"], m["line"], change): m["reason"] for m in content["mutants"] for change in m["changes"]}


def chosen(modules: Sequence[str]) -> list[Mutant]:
    """All mutants of these modules; of everything when none is named."""
    paths = sorted(p for p in ENGINE.rglob("*.py") if p.name != "__init__.py")
    found = [m for path in paths for m in of_module(path)] + list(of_data())
    return [m for m in found if not modules or m.module in modules]


def main() -> None:
    """Print every survivor as it is found, then the score by module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--sample", type=int, default=0, help="only so many mutants, drawn by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    asked = parser.parse_args()
    same = equivalent()
    mutants = chosen(asked.modules)
    if gone := sorted(set(same) - {mutant.key for mutant in chosen([])}):
        sys.exit("\n".join(["no such mutants any more in equivalent_mutants.toml:", *map(str, gone)]))
    mutants, left_out = [m for m in mutants if m.key not in same], sum(m.key in same for m in mutants)
    if asked.sample:
        mutants = random.Random(asked.seed).sample(mutants, min(asked.sample, len(mutants)))
    if asked.list:
        print(*(f"{m.where} {m.what}" for m in mutants), sep="\n")
        return
    if run(None, 600) == KILLED:
        sys.exit("the tests fail on the unchanged engine: fix them first")
    seconds = 5 + int(2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime)
    tried, killed = Counter(m.module for m in mutants), Counter[str]()
    for mutant in mutants:
        if run(mutant, seconds) == KILLED:
            killed[mutant.module] += 1
        else:
            print(f"survived {mutant.where}: {mutant.what}", flush=True)
    for module, count in sorted(tried.items()):
        print(f"{module:24} {killed[module]:>4} of {count:>4} killed, {killed[module] / count:.1%}")
    print(f"{'all':24} {killed.total():>4} of {len(mutants):>4} killed, {killed.total() / max(1, len(mutants)):.1%}")
    print(f"{left_out} left out: no test can distinguish them from the engine (equivalent_mutants.toml)")


if __name__ == "__main__":
    main()
