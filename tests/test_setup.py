"""Setting up a fresh checkout: by uv or else pip, with words when an address does not answer; then manage.py works."""

import functools
import hashlib
import http.server
import os
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import migrated
from tests.workbooks import district, write_register

ROOT = Path(__file__).resolve().parents[1]
# uv that gets itself installed, but finds no way to its index.
BROKEN_UV = """
import sys
def main():
    sys.exit("error: Failed to fetch: `http://uv.invalid/simple/tiny/`: tls handshake")
"""


def wheel(folder: Path, name: str, module: str, entry: str = "") -> str:
    """Put a package of one module into an index folder; return its pinned requirement with its hash."""
    place = folder / "simple" / name
    place.mkdir(parents=True)
    info = f"{name}-1.0.dist-info"
    path = place / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}_module.py", module)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/entry_points.txt", entry)
        made.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (place / "index.html").write_text(f'<a href="{path.name}#sha256={digest}">{path.name}</a>')
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index on this machine; its address."""
    folder = tmp_path / "index"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one package to install, and the web packages there already."""
    made = tmp_path / "checkout"
    (made / "scripts").mkdir(parents=True)
    (made / "requirements").mkdir()
    shutil.copy(ROOT / "scripts/setup.sh", made / "scripts")
    entry = "[console_scripts]\nuv = uv_module:main\n"
    (made / "requirements/uv.txt").write_text(wheel(tmp_path / "index", "uv", BROKEN_UV, entry))
    (made / "requirements/base.txt").write_text(wheel(tmp_path / "index", "tiny", "installed = True\n"))
    (made / "package-lock.json").write_text("{}")
    (made / "node_modules").mkdir()
    digest = subprocess.run(["cksum"], input=b"{}", capture_output=True, check=True).stdout.decode().strip()
    (made / "node_modules/.installed").write_text(digest.replace(" ", "-"))
    return made


def set_up(checkout: Path, index: str, **more: str) -> subprocess.CompletedProcess:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "NODE_", "SSL_"))}
    env |= {
        "PIP_INDEX_URL": index,
        "PIP_RETRIES": "0",
        "PYTHON": sys.executable,
        "HOME": str(checkout),
        "no_proxy": "*",
    }
    command = ["sh", "scripts/setup.sh", "base"]
    return subprocess.run(command, cwd=checkout, env=env | more, capture_output=True, text=True, timeout=300)


def test_pip_does_it_where_uv_cannot_reach_its_index(index: str, checkout: Path) -> None:
    done = set_up(checkout, index)
    assert done.returncode == 0, done.stderr
    assert "改用 pip" in done.stdout
    code = "import tiny_module; assert tiny_module.installed"
    subprocess.run([checkout / ".venv/bin/python", "-c", code], check=True)
    assert "正在安装 Python" not in set_up(checkout, "http://127.0.0.1:9/simple/").stdout, "once is enough"


def test_the_address_that_does_not_answer_is_named(checkout: Path) -> None:
    done = set_up(checkout, "http://127.0.0.1:9/simple/")
    assert done.returncode == 1
    assert "安装没有完成：Python 软件包没有装上。最后访问的地址：http://127.0.0.1:9/simple/tiny/" in done.stderr
    assert not (checkout / ".venv/.installed-base").exists()


def test_the_systems_certificates_are_used_unless_the_person_says_otherwise(tmp_path: Path, checkout: Path) -> None:
    bundle = tmp_path / "bureau.pem"
    bundle.write_text("")
    shown = 'echo "$UV_SYSTEM_CERTS $PIP_CERT $NODE_EXTRA_CA_CERTS"'
    script = (checkout / "scripts/setup.sh").read_text().replace("# A stamp holds", f"{shown}; exit 0\n#")
    (checkout / "scripts/setup.sh").write_text(script)
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    assert set_up(checkout, "", SSL_CERT_FILE=str(bundle)).stdout.split("\n")[-2] == f"1 {bundle} {bundle}"
    own = set_up(checkout, "", SSL_CERT_FILE=str(bundle), PIP_CERT="/own.pem").stdout
    assert own.split("\n")[-2] == f"1 /own.pem {bundle}"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout as after `make demo`, with a smaller district."""
    made = tmp_path_factory.mktemp("fresh") / "youheng"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, files):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made / name)
    for name in (".venv", "node_modules"):
        (made / name).symlink_to((ROOT / name).resolve())
    run(made, ".venv/bin/python scripts/first_env.py var/demo")
    (made / "var/demo").mkdir(parents=True)
    shutil.copyfile(migrated(), made / "var/demo/youheng.sqlite3")
    for words in ("migrate --verbosity 0", "load_standard --verbosity 0"):
        run(made, f".venv/bin/python manage.py {words}")
    assert "演示数据已载入" in run(made, ".venv/bin/python manage.py load_demo --schools 17"), "the smallest there is"
    return made


def run(checkout: Path, line: str, **more: str) -> str:
    """Run one line as a person would who has nothing in the environment."""
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {"HOME": str(checkout)} | more
    done = subprocess.run(shlex.split(line, comments=True), cwd=checkout, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_every_command_of_the_readme_runs_as_printed(fresh: Path) -> None:
    printed = (ROOT / "README.md").read_text().split("\n## Commands\n")[1].split("\n## ")[0]
    lines = [line for line in printed.split("```sh\n")[1].split("```")[0].splitlines() if line]
    assert len(lines) > 8
    write_register(fresh / "schools.xlsx", district(1), seed=1)
    for line in lines:
        run(fresh, line, ADMIN_PASSWORD="Kaifeng-2026")


def test_an_own_installation_is_ready_after_set_up_and_never_written_over(fresh: Path, tmp_path: Path) -> None:
    (fresh / ".env").rename(tmp_path / "demo.env")
    # Migrated already, which takes longest; no standard and no district is in it.
    shutil.copyfile(migrated(), fresh / "var/youheng.sqlite3")
    run(fresh, ".venv/bin/python scripts/first_env.py var")
    run(fresh, ".venv/bin/python manage.py create_admin li.ming --district 410202", ADMIN_PASSWORD="Kaifeng-2026")
    mine = (fresh / ".env").read_text()
    run(fresh, ".venv/bin/python scripts/first_env.py var/demo")
    assert (fresh / ".env").read_text() == mine, "somebody works with this database"
    assert (fresh / ".env").stat().st_mode & 0o077 == 0


def test_the_example_can_be_copied_as_it_is(fresh: Path) -> None:
    example = (fresh / ".env.example").read_text()
    (fresh / ".env").write_text(example.replace("DATABASE_URL=\n", "DATABASE_URL=sqlite:///var/copied.sqlite3\n"))
    run(fresh, ".venv/bin/python manage.py migrate contenttypes --verbosity 0")
    assert (fresh / "var/copied.sqlite3").exists()
    assert not (fresh / "secret_key").exists(), "an empty VAR_ROOT is var, not the folder one stands in"
