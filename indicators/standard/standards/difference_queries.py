"""What one standard's content says otherwise than another's, in words, and what loading a folder would change."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from indicators.standard.standards import files, placeholders
from indicators.standard.standards.models import Standard

Content = Mapping[str, Any]
Entry = Mapping[str, Any]

ADDED, REMOVED, CHANGED = "新增", "删除", "修改"
WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads((files.SHIPPED / "words.toml").read_text("utf-8"))
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
# Keys whose values are words of the vocabulary, not free text.
_WORDED = {"level", "kind", "scope", "denominator", "respondent"}
_PLACES = {name: place for place, name in enumerate(WORDS["keys"])}


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

    @property
    def tone(self) -> str:
        return {ADDED: "ok", REMOVED: "bad", CHANGED: "info"}[self.kind]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one kind of entry."""

    name: str
    changes: tuple[StandardChange, ...]


@dataclass(frozen=True, slots=True)
class PlannedStandard:
    """One standard's content and the row it is or would become.

    `against` is the version it is compared with: the newest revision of the same code, else
    the base of an overlay; "" for a standard of its own that was never loaded.
    """

    content: dict[str, Any]
    sha256: str
    revision: int
    is_new: bool
    against: str
    changes: tuple[ChangeGroup, ...]

    @property
    def version(self) -> str:
        return f"{self.content['code']}·{self.revision}"


def plan(folders: Sequence[Path] | None = None) -> list[PlannedStandard]:
    """By default the shipped folders, always with their bases; writes nothing.

    StandardError when a folder is faulty.
    """
    contents: dict[str, dict[str, Any]] = {}
    for folder in files.shipped() if folders is None else folders:
        for content in files.read_chain(folder):
            contents.setdefault(files.content_sha256(content), content)
    planned = []
    for sha256, content in contents.items():
        code = content["code"]
        stored = Standard.objects.filter(sha256=sha256).defer("content").first()
        if stored is not None:
            planned.append(PlannedStandard(content, sha256, stored.revision, False, "", ()))
            continue
        last = Standard.objects.filter(code=code).order_by("-revision").first()
        base = contents.get(content.get("overlay", {}).get("base_sha256", ""))
        revision, against, old = 1, "", None
        if last is not None:
            revision, against, old = last.revision + 1, last.version, last.content
        elif base is not None:
            against, old = base["code"], base
        changes = tuple(between(old, content)) if old is not None else ()
        planned.append(PlannedStandard(content, sha256, revision, True, against, changes))
    return planned


def between(old: Content, new: Content) -> list[ChangeGroup]:
    """Without unchanged groups."""
    top = _fields({key: old.get(key) for key in _TOP}, {key: new.get(key) for key in _TOP}, {})
    groups = [ChangeGroup("总则", (StandardChange(CHANGED, "", "标准总则", top),) if top else ())]
    groups += [ChangeGroup(name, tuple(_changes(group, old, new))) for group, name in WORDS["groups"].items()]
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
    before = {files.key_of(group, entry): entry for entry in old.get(group, ())}
    after = {files.key_of(group, entry): entry for entry in new.get(group, ())}
    labels = _item_labels(old) | _item_labels(new)
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key), after.get(key)
        fields = _fields(one or {}, other or {}, labels)
        if fields:
            kind = CHANGED if one and other else REMOVED if one else ADDED
            source = new if other else old
            title = _title(group, other or one or {}, source)
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
    """Figures and texts by their path in words; lists of coded entries code by code."""
    for key, value in _in_order(entry):
        if value is None or (key in _NAMING and not path):
            continue
        own = f"{path} {key_words(key)}".strip()
        if isinstance(value, Mapping):
            yield from _leaves(value, labels, own)
        elif files.is_coded(value):
            for inner in value:
                name = labels.get(f"#{inner['code']}", inner["code"])
                yield from _leaves({k: v for k, v in inner.items() if k != "code"}, labels, f"{own}“{name}”")
        else:
            yield own, _value_words(key, value, labels)


def _inner_labels(entry: Entry) -> dict[str, str]:
    """`#code` → label of the coded entries inside (conditions, columns)."""
    lists = [value for value in entry.values() if files.is_coded(value)]
    return {f"#{inner['code']}": str(inner.get("label", inner["code"])) for inners in lists for inner in inners}


def key_words(name: str) -> str:
    """Itself where there are no words."""
    return WORDS["keys"].get(name, name)


def _in_order(entry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """By the vocabulary: PostgreSQL orders keys differently."""
    return sorted(entry.items(), key=lambda pair: (_PLACES.get(pair[0], len(_PLACES)), pair[0]))


def _value_words(name: str, given: Any, labels: Mapping[str, str]) -> str:
    """是/否, figures without trailing zeros, items by their label."""
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, list):
        return "；".join(_value_words(name, each, labels) for each in given)
    if isinstance(given, Mapping):
        return "，".join(f"{key_words(k)} {_value_words(k, v, labels)}" for k, v in _in_order(given))
    text = str(given)
    if name in _WORDED and text in WORDS["values"]:
        return WORDS["values"][text]
    if name == "stages" and text in WORDS["stages"]:
        return WORDS["stages"][text]
    if text in labels:
        return labels[text]
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() else text


def _item_labels(content: Mapping[str, Any]) -> dict[str, str]:
    """`school.charter` and `charter` → its label, a field also with its stage."""
    found: dict[str, str] = {}
    for item in content["items"]:
        code = f"{item['respondent']}.{item['code']}"
        found[code] = item["label"]
        for stage in item.get("stages", ()):
            found[f"{code}_{stage}"] = f"{WORDS['stages'].get(stage, stage)}{item['label']}"
        found.setdefault(item["code"], item["label"])
    return found


def _title(group: str, entry: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """`B7 特殊教育学校…`, `特殊教育学校生均公用经费（B7）`."""
    if group in ("indicators", "vetoes"):
        return f"{entry['code']} {entry['name']}"
    if group == "documents":
        return f"{entry['number']}《{entry['title']}》"
    if group == "parameters":
        parameter = entry["code"]
        used = [
            indicator["code"]
            for indicator in content["indicators"]
            if indicator.get("parameter") == parameter
            or any(condition.get("limit_parameter") == parameter for condition in indicator.get("conditions", ()))
        ]
        return f"{entry['label']}（{'、'.join(used)}）" if used else str(entry["label"])
    if group == "items":
        where = "学校" if entry["respondent"] == "school" else "区县"
        return f"{entry['label']}（{where}填报）"
    return str(entry.get("label") or entry["code"])
