"""Write .env once, so that `manage.py` works in a fresh checkout: first_env.py FOLDER (below it, for database and files)."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENV, OWN = ROOT / ".env", "var"
TEXT = """\
# Written by the set-up; change it as you like, it is never written over. All settings: .env.example
DATABASE_URL=sqlite:///{folder}/youheng.sqlite3
VAR_ROOT={folder}
"""


def is_ours_to_write() -> bool:
    """Whether there is no .env, or only the one written here for a database in which nobody has registered a district."""
    if not ENV.exists():
        return True
    return ENV.read_text() == TEXT.format(folder=OWN) and not has_districts(ROOT / OWN / "youheng.sqlite3")


def has_districts(database: Path) -> bool:
    """Whether somebody has begun to work with this database."""
    if not database.exists():
        return False
    with sqlite3.connect(database) as opened:
        try:
            return opened.execute("SELECT COUNT(*) FROM schools_district").fetchone()[0] > 0
        except sqlite3.OperationalError:
            return False


def main(folder: str) -> None:
    """Write .env for the folder and, for an installation of one's own, make its database."""
    if os.environ.get("DATABASE_URL") or not is_ours_to_write():
        return
    ENV.touch(mode=0o600)
    ENV.write_text(TEXT.format(folder=folder))
    print(f"已写入 .env：manage.py 使用 {folder}/youheng.sqlite3（改用 PostgreSQL 等见 .env.example）。")
    if folder == OWN:
        for words in (["migrate", "--verbosity", "0"], ["load_standard", "--verbosity", "0"]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
