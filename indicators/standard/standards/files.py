"""Reads a standard's folder into canonical content, checks its keys and their types; an overlay is composed with what it is based on."""

import copy
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from indicators.standard.standards import references
from portal.core.lib import digests

# What a folder holds before it is checked.
Given = Mapping[str, Any]
# Key → type; a type ending in ? may be absent.
Shape = Mapping[str, str]

KEYS: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "data/keys.toml").read_text("utf-8"))
# The groups of entries a standard consists of.
SHAPES: Mapping[str, Shape] = KEYS["entries"]
_NAMES = {
    "text": "文字",
    "int": "整数",
    "bool": "true 或 false",
    "decimal": "数字",
    "texts": "文字列表",
    "table": "表",
    "tables": "表的列表",
}


class StandardError(ValueError):
    """The standard's files are not sound; ``problems`` lists everything found, in Chinese."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def problems(content: Given) -> list[str]:
    """In Chinese."""
    # What is of the wrong shape cannot be looked into further.
    return (
        list(entry_problems("standard.toml", content, {**KEYS["top"], **dict.fromkeys(SHAPES, "tables")}))
        or list(_entries(content))
        or list(references.problems(content))
    )


def _entries(content: Given) -> Iterator[str]:
    for group, shape in SHAPES.items():
        for entry in content[group]:
            where = f"{references.file_of(group, entry)} {group} {entry.get('code', entry.get('number', '?'))}"
            yield from entry_problems(where, entry, shape)
            for name in ("formula", "form"):
                if isinstance(entry.get(name), dict):
                    yield from entry_problems(f"{where} {name}", entry[name], KEYS["inside"][name])
            for name, label in (("cases", "label"), ("columns", "code")):
                for each in _tables(entry, name):
                    yield from entry_problems(f"{where} {name} {each.get(label, '?')}", each, KEYS["inside"][name])
            for check in _tables(entry, "checks"):
                rule = str(check.get("rule"))
                if rule not in KEYS["checks"]:
                    yield f"{where} checks：没有校验规则“{rule}”，可用：{'、'.join(KEYS['checks'])}"
                else:
                    own_keys = {"rule": "text", **KEYS["checks"][rule]}
                    yield from entry_problems(f"{where} checks {rule}", check, own_keys)
            for condition in _tables(entry, "conditions"):
                own, rule = f"{where} conditions {condition.get('code', '?')}", str(condition.get("rule"))
                if rule not in KEYS["conditions"]:
                    yield f"{own}：没有判定规则“{rule}”，可用：{'、'.join(KEYS['conditions'])}"
                    continue
                yield from entry_problems(own, condition, {**KEYS["condition"], **KEYS["conditions"][rule]})
                for key in ("scale", "subjects", "pairs", *(["kinds"] if rule == "rooms" else [])):
                    for table in _tables(condition, key):
                        yield from entry_problems(f"{own} {key}", table, KEYS["inside_condition"][key])
    for entry in content.get("growths", ()):
        where = f"standard.toml growths {entry.get('code', '?')}"
        yield from entry_problems(where, entry, KEYS["growths"])
        for figure in (*entry.get("figures", ()), *filter(None, [entry.get("faster_than")])):
            yield from entry_problems(where, figure, KEYS["years"])
    for entry in content.get("offices", ()):
        yield from entry_problems(f"offices.toml {entry.get('code', '?')}", entry, KEYS["offices"])


def _tables(entry: Given, key: str) -> list[Given]:
    """Empty where the key holds anything else, which is reported elsewhere."""
    found: Any = entry.get(key)
    return found if is_kind("tables", found) else []


def entry_problems(where: str, entry: Given, shape: Shape) -> Iterator[str]:
    """Unknown, missing and mistyped keys; `where` names the table."""
    for key in entry:
        if key not in shape:
            yield f"{where}：不认识的键“{key}”，请检查拼写"
    for key, kind in shape.items():
        if key not in entry:
            if not kind.endswith("?"):
                yield f"{where}：缺少“{key}”"
        elif not is_kind(kind.rstrip("?"), entry[key]):
            yield f"{where}：“{key}”的值 {entry[key]!r} 类型不对，应为{_NAMES[kind.rstrip('?')]}"


def is_kind(kind: str, value: Any) -> bool:
    """`kind` as in the shapes, e.g. `texts`."""
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "decimal":
        try:
            return not isinstance(value, bool) and Decimal(value).is_finite()
        except (InvalidOperation, TypeError, ValueError):
            return False
    if kind in ("texts", "tables"):
        inner = str if kind == "texts" else dict
        return isinstance(value, list) and all(isinstance(each, inner) for each in value)
    return isinstance(value, {"text": str, "bool": bool, "table": dict}[kind])


Content = dict[str, Any]
Entry = Mapping[str, Any]

SHIPPED = Path(__file__).parent / "data"
FILES = ("standard.toml", "indicators.toml", "items.toml", "items_district.toml")
# Standards stored before the table of offices existed have none.
OPTIONAL_FILES = ("offices.toml",)
LISTS = ("items",)
OVERLAY = "overlay.toml"
# The file a folder is known by: a standard of its own, or an overlay.
STARTS = (FILES[0], OVERLAY)
GROUPS = tuple(SHAPES)
_OWN = ("code", "name", "short_name", "rule_version", "clause")
# Words of the overlay itself inside an entry; they do not reach the content.
_AFTER, _DROP = "after", "drop"


def shipped() -> list[Path]:
    return sorted({path.parent for name in STARTS for path in SHIPPED.glob(f"*/{name}")})


def read_folder(path: Path | str) -> Content:
    """Checked and JSON-able; StandardError lists all problems."""
    return read_chain(Path(path))[-1]


def read_overlay(path: Path) -> Content:
    """From its folder, or a file of any name."""
    return read_folder(path) if path.is_dir() else _composed(path, path.stem)[-1]


def read_chain(path: Path, above: tuple[str, ...] = ()) -> list[Content]:
    """The standard of the folder after all it is based on, the lowest first.

    A base is next to the overlay's folder or among the shipped standards.
    """
    if not (path / OVERLAY).exists():
        plain: Content = {}
        for name in (*FILES, *(name for name in OPTIONAL_FILES if (path / name).exists())):
            for key, value in _read(path / name).items():
                plain[key] = plain[key] + value if key in LISTS and key in plain else value
        return [_checked(plain)]
    if (path / FILES[0]).exists():
        raise StandardError([f"{OVERLAY}：同一文件夹里还有 {FILES[0]}，只能有其中一个"])
    return _composed(path / OVERLAY, path.name, above)


def _composed(file: Path, name: str, above: tuple[str, ...] = ()) -> list[Content]:
    overlay, above = _read(file), (*above, name)
    base = overlay.get("base")
    if not isinstance(base, str) or not base:
        raise StandardError([f"{OVERLAY}：缺少“base”，须写明以哪一版标准为基础，如 national-2017"])
    places = (file.parent.parent / base, SHIPPED / base)
    folder = next((place for place in places if any((place / start).exists() for start in STARTS)), None)
    if folder is None:
        known = "、".join(folder.name for folder in shipped())
        raise StandardError([f"{OVERLAY} base：找不到标准“{base}”，系统自带：{known}"])
    if folder.name in above:
        raise StandardError([f"{OVERLAY} base：{'、'.join(above)} 互为基础，形成了循环"])
    below = read_chain(folder, above)
    content = compose(below[-1], overlay)
    content["overlay"] = {"base": base, "base_sha256": content_sha256(below[-1])}
    return [*below, _checked(content, f"{OVERLAY} 与 {base} 合成后，")]


def _read(path: Path) -> Content:
    try:
        # Decimals stay text, so that no threshold ever passes through a float.
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except FileNotFoundError as error:
        raise StandardError([f"{path.name}：文件不存在（{path.parent}）"]) from error
    except UnicodeDecodeError as error:
        raise StandardError([f"{path.name}：不是 UTF-8 文本"]) from error
    except tomllib.TOMLDecodeError as error:
        raise StandardError([f"{path.name}：TOML 格式错误，{error}"]) from error


def _checked(content: Content, where: str = "") -> Content:
    found = problems(content)
    if found:
        raise StandardError([f"{where}{problem}" for problem in found])
    return content


def content_sha256(content: Entry) -> str:
    return digests.fingerprint(content)


def compose(base: Content, overlay: Entry) -> Content:
    """What the overlay does not name stays; the caller checks the outcome.

    Tables are merged key by key, lists of coded entries (conditions, columns) code by code, other lists are replaced
    whole, and `drop` takes keys away. StandardError lists every fault with its key.
    """
    found = list(_head_problems(overlay)) or list(_entry_problems(base, overlay))
    if found:
        raise StandardError(found)
    content = copy.deepcopy(base)
    content |= {key: overlay[key] for key in _OWN if key in overlay}
    content = merged(content, overlay.get("rules", {}))
    for group, keys in overlay.get("remove", {}).items():
        content[group] = [entry for entry in content[group] if key_of(group, entry) not in keys]
    for group, changes in overlay.get("change", {}).items():
        by_key = {key_of(group, change): change for change in changes}
        for at, entry in enumerate(content[group]):
            change = by_key.get(key_of(group, entry), {})
            content[group][at] = merged(entry, {key: value for key, value in change.items() if key != _DROP})
            for path in change.get(_DROP, ()):
                _drop(content[group][at], path)
    for group, added in overlay.get("add", {}).items():
        entries = content[group]
        for entry in added:
            keys = [key_of(group, each) for each in entries]
            at = keys.index(entry[_AFTER]) + 1 if _AFTER in entry else len(entries)
            entries.insert(at, copy.deepcopy({key: value for key, value in entry.items() if key != _AFTER}))
    return content


def key_of(group: str, entry: Entry) -> str:
    """Its code, `school.charter` for items, the number of a document."""
    if group == "documents":
        return str(entry.get("number", "?"))
    code = str(entry.get("code", "?"))
    return f"{entry.get('respondent', '?')}.{code}" if group == "items" else code


def merged(entry: Entry, change: Entry) -> Content:
    result = dict(entry)
    for key, new in change.items():
        old: Any = result.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            result[key] = merged(old, new)
        elif is_coded(old) and is_coded(new):
            found = {entry["code"]: entry for entry in old}
            for each in new:
                found[each["code"]] = merged(found.get(each["code"], {}), each)
            result[key] = list(found.values())
        else:
            result[key] = copy.deepcopy(new)
    return result


def is_coded(value: Any) -> bool:
    """A list of tables that each carry a code."""
    return bool(value) and isinstance(value, list) and all(isinstance(e, dict) and "code" in e for e in value)


def _drop(entry: Any, path: str) -> bool:
    """Removes `note`, or `conditions.rate` inside; False if it is not there."""
    head, _, rest = path.partition(".")
    if isinstance(entry, list):
        at = next((n for n, e in enumerate(entry) if isinstance(e, dict) and e.get("code") == head), None)
        if at is None:
            return False
        if rest:
            return _drop(entry[at], rest)
        del entry[at]
        return True
    if not isinstance(entry, dict):
        return False
    return _drop(entry.get(head), rest) if rest else entry.pop(head, None) is not None


def _head_problems(overlay: Entry) -> Iterator[str]:
    yield from entry_problems(OVERLAY, overlay, KEYS["overlay"])
    if isinstance(overlay.get("rules"), dict):
        yield from entry_problems(f"{OVERLAY} rules", overlay["rules"], KEYS["rules"])
    for verb, kind in (("add", "tables"), ("change", "tables"), ("remove", "texts")):
        groups = overlay.get(verb, {})
        for group, entries in groups.items() if isinstance(groups, dict) else ():
            where = f"{OVERLAY} {verb}.{group}"
            if group not in GROUPS:
                yield f"{where}：没有这一类内容，可用：{'、'.join(GROUPS)}"
            elif not is_kind(kind, entries):
                wanted = f"[[{verb}.{group}]] 形式的条目" if kind == "tables" else "文字列表"
                yield f"{where}：类型不对，应为{wanted}"


def _entry_problems(base: Content, overlay: Entry) -> Iterator[str]:
    if overlay["code"] == overlay["base"]:
        yield f"{OVERLAY} code：“{overlay['code']}”与 base 相同，叠加标准要有自己的代号"
    for group in GROUPS:
        known = {key_of(group, entry): entry for entry in base[group]}
        added, changed, removed = (overlay.get(verb, {}).get(group, []) for verb in ("add", "change", "remove"))
        may_follow = set(known)
        for entry in added:
            key = key_of(group, entry)
            if key in known:
                yield f"{OVERLAY} add.{group} {key}：{base['code']} 已有这一条，要改请写在 change.{group} 里"
            if entry.get(_AFTER, key) not in {key, *may_follow}:
                yield f"{OVERLAY} add.{group} {key} after：没有“{entry[_AFTER]}”"
            may_follow.add(key)
        for change in changed:
            key = key_of(group, change)
            where = f"{OVERLAY} change.{group} {key}"
            if key not in known:
                hint = "（填报项须写 respondent 和 code）" if group == "items" else ""
                yield f"{where}：{base['code']} 里没有这一条，不能修改{hint}"
                continue
            if not set(change) - {"code", "number", "respondent"}:
                yield f"{where}：没有写要改的键"
            dropped = change.get(_DROP, [])
            if not is_kind("texts", dropped):
                yield f"{where} drop：应为文字列表"
                continue
            for path in dropped:
                if not _drop(copy.deepcopy(known[key]), path):
                    yield f"{where} drop：没有“{path}”"
        for key in removed:
            if key not in known:
                yield f"{OVERLAY} remove.{group}：{base['code']} 里没有“{key}”"
        named = Counter([*(key_of(group, entry) for entry in [*added, *changed]), *removed])
        for key in (key for key, count in named.items() if count > 1):
            yield f"{OVERLAY} {group} {key}：写了不止一次，同一条目只能新增、修改或删除一次"
