"""Typed reading of the environment; a missing value says how to set it."""

import json
import re
import secrets
from collections.abc import Collection, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]


# Anything else would count as no, and switch off what somebody meant to switch on.
_YES_OR_NO = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "n", "no", "0"}


class Env(environ.Env):
    """Reads variables; one that is empty is one that is not set, so .env.example can be copied as it is."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **how: Any) -> Any:
        """Raises ImproperlyConfigured for a yes or no that is neither."""
        typed = self.ENVIRON.get(var, "")
        if default is not self.NOTSET and typed == "":
            return default
        if cast is bool and typed.strip().lower() not in _YES_OR_NO:
            raise ImproperlyConfigured(f"环境变量 {var} 只能是 1 或 0，现在是“{typed}”。")
        found = super().get_value(var, cast=cast, default=default, **how)
        # Blanks behind commas are nobody's.
        if isinstance(found, list):
            return [item.strip() for item in found if item.strip()]
        return {key.strip(): item.strip() for key, item in found.items()} if cast is dict else found


env = Env()
Env.read_env(BASE_DIR / ".env")


def folder(name: str, default: Path) -> Path:
    """A relative one lies in the portal's own folder, wherever a command is run."""
    return BASE_DIR / env.str(name, default=str(default))


def database(url: str) -> dict[str, Any]:
    """A relative SQLite path lies in the portal's own folder, which is made."""
    # People paste `p@ss/w#rd` as it is; `%40` stays the @ it means.
    scheme, separator, rest = url.partition("://")
    person, at, place = rest.rpartition("@")
    user, colon, password = person.partition(":")
    if at and colon:
        url = f"{scheme}{separator}{user}:{quote(unquote(password), safe='')}@{place}"
    settings: dict[str, Any] = env.db_url_config(url)
    if settings["ENGINE"].endswith("sqlite3") and settings["NAME"] != ":memory:":
        settings["NAME"] = str(BASE_DIR / settings["NAME"])
        Path(settings["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    return settings


def required(name: str, example: str) -> str:
    """Without a safe default. Raises ImproperlyConfigured naming an example."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"缺少环境变量 {name}。请在 .env 或环境中设置，例如：{name}={example}（全部变量见 .env.example）"
        )
    return value


def one_of(name: str, default: str, *others: str) -> str:
    """Raises ImproperlyConfigured naming the words it may be."""
    value: str = env.str(name, default=default)
    if value not in (default, *others):
        raise ImproperlyConfigured(f"环境变量 {name} 只能是 {'、'.join((default, *others))}，现在是“{value}”。")
    return value


def several(name: str, known: Collection[str], default: list[str]) -> list[str]:
    """Known words, or none. Raises ImproperlyConfigured naming them."""
    chosen: list[str] = env.list(name, default=default)
    if chosen == ["none"]:
        return []
    if unknown := set(chosen) - set(known):
        raise ImproperlyConfigured(
            f"环境变量 {name} 只能是 {'、'.join(known)}（用逗号分开），或 none，现在还有“{'、'.join(sorted(unknown))}”。"
        )
    return chosen


def daemon(name: str) -> str:
    """`host:port`, the path of a socket, or "". Raises ImproperlyConfigured for others."""
    place: str = env.str(name, default="").removeprefix("unix://")
    host, _, port = place.rpartition(":")
    if place and not place.startswith("/") and not (host and port.isdigit()):
        raise ImproperlyConfigured(
            f"环境变量 {name} 应为 主机:端口 或套接字的绝对路径，例如：{name}=clamav:3310，现在是“{place}”。"
        )
    return place


def amounts(name: str) -> dict[str, str]:
    """By name a number or a percentage. Raises ImproperlyConfigured for others."""
    found: dict[str, str] = env.dict(name, default={})
    if wrong := [f"{key}={text}" for key, text in found.items() if not re.fullmatch(r"\d+(\.\d+)?%?", text, re.ASCII)]:
        raise ImproperlyConfigured(
            f"环境变量 {name} 应写成逗号分隔的 名称=数 或 名称=百分数，例如：{name}=㎡=2%,人=0，现在还有“{'、'.join(wrong)}”。"
        )
    return found


def webhooks(name: str) -> dict[str, tuple[str, str]]:
    """District code → kind of group and address of its robot. Raises ImproperlyConfigured, naming no address."""
    found = {}
    for place, text in enumerate(env.list(name, default=[]), start=1):
        parts = re.fullmatch(r"(\d{6})=(wecom|dingtalk|feishu):(https?://\S+)", text, re.ASCII)
        if parts is None:
            raise ImproperlyConfigured(
                f"环境变量 {name} 的第 {place} 项应写成 区划代码=wecom、dingtalk 或 feishu:机器人地址，"
                f"例如：{name}=410202=wecom:https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"
            )
        found[parts[1]] = (parts[2], parts[3])
    return found


def group_secrets(name: str, groups: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """District code → key that signs messages to its group. Raises ImproperlyConfigured, naming none."""
    found = {}
    for place, text in enumerate(env.list(name, default=[]), start=1):
        code, _, key = text.partition("=")
        kind, _ = groups.get(code, ("", ""))
        if kind not in ("dingtalk", "feishu") or not key:
            raise ImproperlyConfigured(
                f"环境变量 {name} 的第 {place} 项应写成 区划代码=加签密钥，该区县的钉钉或飞书机器人要在 GROUP_WEBHOOKS 里。"
            )
        found[code] = key
    return found


def template(name: str, default: str) -> Any:
    """JSON. Raises ImproperlyConfigured."""
    try:
        return json.loads(env.str(name, default=default))
    except ValueError as error:
        raise ImproperlyConfigured(f"环境变量 {name} 应是 JSON，例如：{name}={default}") from error


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Separated by commas; an address is a network of one. Raises ImproperlyConfigured."""
    found = []
    for text in env.list(name, default=[]):
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"环境变量 {name} 中的“{text}”不是网络地址。请写成逗号分隔的地址或网段，例如：{name}=10.0.0.5,172.18.0.0/16"
            ) from error
    return found


def secret(name: str, stored_in: Path) -> str:
    """From the environment, or a random one written once to `stored_in`."""
    value: str = env.str(name, default="")
    if value:
        return value
    stored_in.parent.mkdir(parents=True, exist_ok=True)
    try:
        with stored_in.open("x", encoding="ascii") as file:
            stored_in.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return stored_in.read_text(encoding="ascii").strip()
