"""Composes an overlay (its own additions, changes and removals) with its base into ordinary content."""

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from indicators.standard.standards import schema
from indicators.standard.standards.schema import StandardError

Content = dict[str, Any]
Entry = Mapping[str, Any]

FILE = "overlay.toml"
HEAD: schema.Shape = {
    "base": "text",
    "code": "text",
    "name": "text",
    "short_name": "text",
    "rule_version": "text",
    "clause": "text?",
    "rules": "table?",
    "add": "table?",
    "change": "table?",
    "remove": "table?",
}
# Keys at the top of standard.toml that may be set anew under [rules].
RULES: schema.Shape = {
    "min_reached": "int?",
    "floor_ratio": "decimal?",
    "split_weights": "tables?",
    "printing": "table?",
    "rural_areas": "texts?",
    "growths": "tables?",
    "sentences": "table?",
}
GROUPS = tuple(schema.SHAPES)
_OWN = ("code", "name", "short_name", "rule_version", "clause")
# Words of the overlay itself inside an entry; they do not reach the content.
_AFTER, _DROP = "after", "drop"


def compose(base: Content, overlay: Entry) -> Content:
    """A changed entry keeps what the overlay does not name; the caller checks the outcome.

    Tables are merged key by key, lists of coded entries (conditions, columns) code by code, other lists are
    replaced whole, and `drop` takes keys away. StandardError lists every fault with its key.
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
    """Tables and coded lists are merged inside."""
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
    """Take away `note`, or `conditions.rate` inside; False when there is no such thing."""
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
    yield from schema.entry_problems(FILE, overlay, HEAD)
    if isinstance(overlay.get("rules"), dict):
        yield from schema.entry_problems(f"{FILE} rules", overlay["rules"], RULES)
    for verb, kind in (("add", "tables"), ("change", "tables"), ("remove", "texts")):
        groups = overlay.get(verb, {})
        for group, entries in groups.items() if isinstance(groups, dict) else ():
            where = f"{FILE} {verb}.{group}"
            if group not in GROUPS:
                yield f"{where}：没有这一类内容，可用：{'、'.join(GROUPS)}"
            elif not schema.is_kind(kind, entries):
                wanted = f"[[{verb}.{group}]] 形式的条目" if kind == "tables" else "文字列表"
                yield f"{where}：类型不对，应为{wanted}"


def _entry_problems(base: Content, overlay: Entry) -> Iterator[str]:
    if overlay["code"] == overlay["base"]:
        yield f"{FILE} code：“{overlay['code']}”与 base 相同，叠加标准要有自己的代号"
    for group in GROUPS:
        known = {key_of(group, entry): entry for entry in base[group]}
        added, changed, removed = (overlay.get(verb, {}).get(group, []) for verb in ("add", "change", "remove"))
        may_follow = set(known)
        for entry in added:
            key = key_of(group, entry)
            if key in known:
                yield f"{FILE} add.{group} {key}：{base['code']} 已有这一条，要改请写在 change.{group} 里"
            if entry.get(_AFTER, key) not in {key, *may_follow}:
                yield f"{FILE} add.{group} {key} after：没有“{entry[_AFTER]}”"
            may_follow.add(key)
        yield from _changed_problems(group, known, changed, base["code"])
        for key in removed:
            if key not in known:
                yield f"{FILE} remove.{group}：{base['code']} 里没有“{key}”"
        named = Counter([*(key_of(group, entry) for entry in [*added, *changed]), *removed])
        for key in (key for key, count in named.items() if count > 1):
            yield f"{FILE} {group} {key}：写了不止一次，同一条目只能新增、修改或删除一次"


def _changed_problems(group: str, known: Mapping[str, Entry], changed: Iterable[Entry], base: str) -> Iterator[str]:
    for change in changed:
        key = key_of(group, change)
        where = f"{FILE} change.{group} {key}"
        if key not in known:
            hint = "（填报项须写 respondent 和 code）" if group == "items" else ""
            yield f"{where}：{base} 里没有这一条，不能修改{hint}"
            continue
        if not set(change) - {"code", "number", "respondent"}:
            yield f"{where}：没有写要改的键"
        dropped = change.get(_DROP, [])
        if not schema.is_kind("texts", dropped):
            yield f"{where} drop：应为文字列表"
            continue
        for path in dropped:
            if not _drop(copy.deepcopy(known[key]), path):
                yield f"{where} drop：没有“{path}”"
