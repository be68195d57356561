"""Start the portal with the demo district on this machine: SQLite, web server, one worker, no Redis."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "demo"
HOST, PORT = "127.0.0.1", int(os.environ.get("PORT", "8000"))
BIN = ROOT / ".venv" / "bin"


def environment() -> dict[str, str]:
    """Return the settings of the demo, whatever .env of the machine says."""
    return os.environ | {
        "DATABASE_URL": f"sqlite:///{HOME / 'youheng.sqlite3'}",
        "VAR_ROOT": str(HOME),
        "FILES_ROOT": str(HOME / "files"),
        "REDIS_URL": "",
        "HTTPS": "0",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }


def manage(*words: str) -> None:
    """Run a management command; stop with its message if it fails."""
    done = subprocess.run([BIN / "python", ROOT / "manage.py", *words], cwd=ROOT, env=environment())
    if done.returncode:
        sys.exit(
            f"“{' '.join(words)}”没有成功，见上面的说明。改正后再运行 make demo；要从头来，先运行 make demo-reset。"
        )


def check_port() -> None:
    """Stop with a plain message if something else uses the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            sys.exit(f"端口 {PORT} 已被占用。请先停掉占用它的程序，或换一个端口：make demo PORT={PORT + 1}")


def wait_until_up(processes: list[subprocess.Popen]) -> None:
    """Return when the web server answers; stop if a process ended or a minute passed."""
    for _ in range(300):
        if any(process.poll() is not None for process in processes):
            sys.exit("网站或后台程序没有启动成功，见上面的说明。")
        try:
            urllib.request.urlopen(f"http://{HOST}:{PORT}/healthz", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit("网站在一分钟内没有启动，见上面的说明。")


def stop(processes: list[subprocess.Popen]) -> None:
    """Ask every process to end, and insist after ten seconds."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve() -> None:
    """Run web server and worker until Ctrl-C; restart nothing silently."""
    commands = [
        [
            BIN / "gunicorn",
            "portal.config.wsgi",
            "--bind",
            f"{HOST}:{PORT}",
            "--workers",
            "2",
            "--log-level",
            "warning",
        ],
        [BIN / "python", ROOT / "manage.py", "run_jobs"],
    ]
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment(), start_new_session=True) for command in commands]
    # Said for SIGINT too: a shell starts its background jobs with Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        wait_until_up(processes)
        manage("demo_accounts")
        print(f"\n优衡已启动：http://{HOST}:{PORT}   按 Ctrl-C 停止，数据会保留。\n", flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        sys.exit("网站或后台程序意外停止，见上面的说明。")
    except KeyboardInterrupt:
        print("\n正在停止…", flush=True)
    finally:
        stop(processes)


def main() -> None:
    """Reset the demo, or prepare and start it."""
    parser = argparse.ArgumentParser(description="启动演示区县")
    parser.add_argument("--reset", action="store_true", help="清除演示数据")
    if parser.parse_args().reset:
        shutil.rmtree(HOME, ignore_errors=True)
        print("演示数据已清除。再次运行 make demo 即重新生成。")
        return
    check_port()
    HOME.mkdir(parents=True, exist_ok=True)
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--noinput", "--verbosity", "0")
    manage("load_standard")
    manage("load_demo", "--if-empty")
    serve()


if __name__ == "__main__":
    main()
