"""What one standard's content says otherwise than another's, entry by entry, in Chinese words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indicators.standard.standards import overlay, placeholders, wording

Content = Mapping[str, Any]
Entry = Mapping[str, Any]

ADDED, REMOVED, CHANGED = "新增", "删除", "修改"
_TOP = (
    "name",
    "rule_version",
    "clause",
    "min_reached",
    "floor_ratio",
    "split_weights",
    "printing",
    "rural_areas",
    "growths",
    "sentences",
)
# These say which entry it is and change nothing in it.
_NAMING = ("code", "number", "respondent")


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One key of an entry with its words before and after; "" where it is missing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StandardChange:
    """One entry that was added, removed or changed; `code` is the indicator or item it concerns."""

    kind: str
    code: str
    title: str
    fields: tuple[ChangedField, ...]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one kind of entry."""

    name: str
    changes: tuple[StandardChange, ...]


def between(old: Content, new: Content) -> list[ChangeGroup]:
    """Group by group, without the unchanged ones."""
    top = _fields({key: old.get(key) for key in _TOP}, {key: new.get(key) for key in _TOP}, {})
    groups = [ChangeGroup("总则", (StandardChange(CHANGED, "", "标准总则", top),) if top else ())]
    groups += [ChangeGroup(name, tuple(_changes(group, old, new))) for group, name in wording.GROUP_NAMES.items()]
    in_old, in_new = placeholders.filler(old), placeholders.filler(new)

    def shown(change: StandardChange) -> StandardChange | None:
        # Texts that only follow a limit were compared before their figures were filled.
        named = in_old if change.kind == REMOVED else in_new
        filled = (
            ChangedField(named(field.label), in_old(field.before), in_new(field.after)) for field in change.fields
        )
        fields = tuple(field for field in filled if field.before != field.after)
        return replace(change, title=named(change.title), fields=fields) if fields else None

    groups = [ChangeGroup(group.name, tuple(filter(None, map(shown, group.changes)))) for group in groups]
    return [group for group in groups if group.changes]


def lines(groups: list[ChangeGroup]) -> list[str]:
    """`参数 特殊教育学校生均公用经费（B7）：数值 6000 → 8000`."""
    found = []
    for group in groups:
        for change in group.changes:
            fields = "；".join(f"{f.label} {_short(f.before)} → {_short(f.after)}" for f in change.fields)
            found.append(f"{group.name} {change.title}：{fields if change.kind == CHANGED else change.kind}")
    return found


def _short(text: str, length: int = 30) -> str:
    text = text or "（无）"
    return text if len(text) <= length else f"{text[:length]}…"


def _changes(group: str, old: Content, new: Content) -> Iterator[StandardChange]:
    before = {overlay.key_of(group, entry): entry for entry in old.get(group, ())}
    after = {overlay.key_of(group, entry): entry for entry in new.get(group, ())}
    labels = wording.item_labels(old) | wording.item_labels(new)
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key), after.get(key)
        fields = _fields(one or {}, other or {}, labels)
        if fields:
            kind = CHANGED if one and other else REMOVED if one else ADDED
            source = new if other else old
            title = wording.title(group, other or one or {}, source)
            yield StandardChange(kind, str((other or one or {}).get("code", "")), title, fields)


def _fields(old: Entry, new: Entry, labels: Mapping[str, str]) -> tuple[ChangedField, ...]:
    words = {**labels, **_inner_labels(old), **_inner_labels(new)}
    before, after = dict(_leaves(old, words)), dict(_leaves(new, words))
    paths = [*before, *(path for path in after if path not in before)]
    return tuple(
        ChangedField(path, before.get(path, ""), after.get(path, ""))
        for path in paths
        if before.get(path, "") != after.get(path, "")
    )


def _leaves(entry: Entry, labels: Mapping[str, str], path: str = "") -> Iterator[tuple[str, str]]:
    """Figures and texts by their path in words; coded lists code by code."""
    for key, value in wording.in_order(entry):
        if value is None or (key in _NAMING and not path):
            continue
        own = f"{path} {wording.key(key)}".strip()
        if isinstance(value, Mapping):
            yield from _leaves(value, labels, own)
        elif overlay.is_coded(value):
            for inner in value:
                name = labels.get(f"#{inner['code']}", inner["code"])
                yield from _leaves({k: v for k, v in inner.items() if k != "code"}, labels, f"{own}“{name}”")
        else:
            yield own, wording.value(key, value, labels)


def _inner_labels(entry: Entry) -> dict[str, str]:
    """`#code` → label of the coded lists inside an entry (conditions, columns)."""
    lists = [value for value in entry.values() if overlay.is_coded(value)]
    return {f"#{inner['code']}": str(inner.get("label", inner["code"])) for inners in lists for inner in inners}
