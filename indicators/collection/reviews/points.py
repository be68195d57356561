"""What to look at first in a submission, each point in words with its figures, never a score; points.toml holds the limits.

A district may set other limits (`surroundings_queries.limits_of`); `rules` are those in force.
"""

import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from indicators.collection.evidence import copy_queries
from indicators.collection.state_statistics.queries import StatisticsDifference
from indicators.collection.submissions import workflow
from indicators.collection.submissions.difference_queries import SiteDifference
from indicators.collection.submissions.models import Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import Item, Live, LiveIndicator, LivePart, Required, Spec, Value
from portal.core.lib import numbers

# Marked one by one; of more these are named, the others folded.
_FEW = 5
FILE = Path(__file__).with_suffix(".toml")


@cache
def _load() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


Rules: TypeAlias = Mapping[str, Any]


def limits() -> Rules:
    """Where a district sets nothing else."""
    found: Rules = _load()["limits"]
    return found


def settings() -> Mapping[str, Mapping[str, Any]]:
    """What a district may set, by name of the limit: label, unit, least, most."""
    found: Mapping[str, Mapping[str, Any]] = _load()["settings"]
    return found


def kinds(rules: Rules | None = None) -> Mapping[str, Mapping[str, str]]:
    """By code in their order: label, tone, and the rule with its limits filled in."""
    return _ruled("kinds", rules)


def patterns(rules: Rules | None = None) -> Mapping[str, Mapping[str, str]]:
    return _ruled("patterns", rules)


def _ruled(part: str, rules: Rules | None) -> dict[str, dict[str, str]]:
    held: Mapping[str, Mapping[str, str]] = _load()[part]
    return {code: {**kind, "rule": kind["rule"].format(**(rules or limits()))} for code, kind in held.items()}


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """One reason to look; `items` are the fields it is about, `listed` everything of which `text` names the first."""

    kind: str
    text: str
    items: tuple[str, ...] = ()
    url: str = ""
    listed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return kinds()[self.kind]["label"]

    @property
    def tone(self) -> str:
        return kinds()[self.kind]["tone"]

    @property
    def mark_key(self) -> str:
        """Key to let it pass where it is about no single field; else ""."""
        return "" if self.items else self.kind


Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else speaks about a submission.

    `copies`: by sha256 of its files who else uses the same one, in words; `alike`: which other pictures look the same. `similar`: by stage and indicator the values
    of other schools of its kind. `stated` are fields somebody said are still as last year.
    """

    found: Sequence[SiteDifference] = ()
    statistics: Sequence[StatisticsDifference] = ()
    copies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alike: Mapping[str, Sequence[str]] = field(default_factory=dict)
    similar: Mapping[Key, Sequence[Fraction]] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    rules: Rules = field(default_factory=limits)


def of(
    signed: SubmissionFacts,
    content: Mapping[str, Any],
    assessed: workflow.Assessment,
    blanks: Iterable[Required],
    shown: Live | None,
    around: Surroundings,
) -> list[ReviewPoint]:
    """In the order of the kinds. `signed` are the facts of a revision, `content` what it froze."""
    files = content.get("evidence", ())
    found = [
        *(ReviewPoint("site", one.words, one.items, one.url) for one in around.found if not one.is_changed),
        *(ReviewPoint("blank", f"{one.item.label}：必填未填", (one.code,)) for one in blanks),
        *(ReviewPoint("blank", problem.message, (problem.item,)) for problem in assessed.errors),
        *waived(assessed),
        *answered(signed),
        *against_statistics(around.statistics),
        *changed(signed, around.rules, {warned.problem.item for warned in assessed.warnings}),
        *near(signed.spec, shown, around.rules),
        *_unproven(assessed.asked, signed, files),
        *_files(signed.items, files, around),
        *unusual(signed.spec, shown, around.similar, around.rules),
        *odd(signed, around.rules, around.stated),
    ]
    order = list(kinds())
    return sorted(found, key=lambda point: order.index(point.kind))


def waived(assessed: workflow.Assessment) -> Iterator[ReviewPoint]:
    for warned in assessed.warnings:
        said = f"说明：{warned.waiver.reason}" if warned.waiver else "没有说明"
        text = f"{warned.problem.message}（{said}）"
        yield ReviewPoint("waived" if warned.waiver else "warned", text, (warned.problem.item,))


def answered(signed: SubmissionFacts) -> Iterator[ReviewPoint]:
    """Sent back, and answered with words instead of another figure."""
    for (check, of), waiver in signed.waivers.items():
        if check == Waiver.SENT_BACK:
            items = tuple(code for code, item in signed.items.items() if of in (code, item.base))
            label = signed.items[items[0]].base_label if items else of
            text = f"{label}：退回时写的是“{waiver.message}”（说明：{waiver.reason}）"
            yield ReviewPoint("waived", text, items)


def against_statistics(lines: Iterable[StatisticsDifference]) -> Iterator[ReviewPoint]:
    for line in lines:
        if line.takes_reason:
            said = f"说明：{line.given.reason}" if line.given else "没有说明"
            text = (
                f"“{line.item.label}”{line.reported or '没有填'}，教育事业统计为 {line.statistics or '没有'}（{said}）"
            )
            yield ReviewPoint("statistics", text, (line.item.code,))


def _figures(signed: SubmissionFacts) -> Iterator[tuple[Item, Decimal, Decimal | None]]:
    """Each number with last year's."""
    for code, item in signed.items.items():
        now, last = signed.answers.get(code), signed.last_year.get(code)
        if item.kind in ("number", "decimal") and isinstance(now, Value):
            before = Decimal(last.value) if isinstance(last, Value) else None  # type: ignore[arg-type]
            yield item, Decimal(now.value), before  # type: ignore[arg-type]


def changed(signed: SubmissionFacts, rules: Rules, warned: Iterable[str] = ()) -> Iterator[ReviewPoint]:
    """Against last year, without fields a check has `warned` of."""
    known = set(warned)
    for item, now, last in _figures(signed):
        if not last or item.code in known or abs(now - last) < rules["change_from"]:
            continue
        percent = abs(now - last) / last * 100
        if percent > rules["change_percent"]:
            way = "增加" if now > last else "减少"
            text = f"“{item.label}”由上年 {numbers.plain(last)} 变为 {numbers.plain(now)} {item.unit}".rstrip()
            yield ReviewPoint("changed", f"{text}，{way} {numbers.text(percent, 1)}%", (item.code,))


def odd(signed: SubmissionFacts, rules: Rules, stated: Container[str] = ()) -> Iterator[ReviewPoint]:
    """Last year's to the last digit and not `stated` to be so, or large and looking estimated."""
    for item, now, last in _figures(signed):
        words = f"“{item.label}”{numbers.plain(now)} {item.unit}"
        is_same = now == last and item.code not in stated
        if is_same and now >= rules["same_from"] and item.unit in rules["moving_units"]:
            yield ReviewPoint("odd", f"{words}，与上年完全相同", (item.code,))
        if now >= rules["round_from"] and now % rules["round_step"] == 0:
            yield ReviewPoint("odd", f"{words}，是整数，请看是不是估计的", (item.code,))


def _judged(shown: Live | None) -> Iterator[tuple[LivePart, LiveIndicator]]:
    return ((part, one) for part in (shown.parts if shown else ()) for one in part.indicators)


def _fields(spec: Spec, code: str, stage: str) -> tuple[str, ...]:
    """What counts in the numerator of an indicator."""
    wanted = next(one for one in spec.resources if one.code == code).items
    bases = {reference.removeprefix("school.") for reference in wanted} - {"pupils"}
    return tuple(one.code for one in spec.items.values() if one.base in bases and one.stage in ("", stage))


def near(spec: Spec, shown: Live | None, rules: Rules) -> Iterator[ReviewPoint]:
    for part, one in _judged(shown):
        if one.above is not None and 0 <= one.above < rules["near_percent"]:
            text = f"{part.label} {one.code} {one.short_name} {one.value} {one.unit}，标准 {one.threshold}"
            yield ReviewPoint(
                "near", f"{text}，只高 {numbers.text(one.above, 1)}%", _fields(spec, one.code, part.stage)
            )


def unusual(
    spec: Spec, shown: Live | None, similar: Mapping[Key, Sequence[Fraction]], rules: Rules
) -> Iterator[ReviewPoint]:
    for part, one in _judged(shown):
        others = similar.get((part.stage, one.code), ())
        if one.exact is None or len(others) < rules["similar_least"]:
            continue
        middle, times = median(others), rules["similar_times"]
        if one.exact > middle * times or one.exact * times < middle:
            text = f"{part.label} {one.code} {one.short_name} {one.value} {one.unit}"
            words = f"{text}，同类 {len(others)} 所学校的中位数是 {numbers.text(middle, 2)}"
            yield ReviewPoint("unusual", words, _fields(spec, one.code, part.stage))


def _unproven(
    asked: Iterable[Item], signed: SubmissionFacts, files: Iterable[Mapping[str, Any]]
) -> Iterator[ReviewPoint]:
    """One point for all: where nearly everything lacks proof, single points say nothing."""
    lacking = workflow.unproven(asked, signed.answers, {row["item"] for row in files})
    if lacking:
        names = tuple(item.base_label for item in lacking)
        text = f"填了数据、没有上传佐证的有 {len(lacking)} 项：{'、'.join(names[:_FEW])}"
        if len(lacking) > _FEW:
            yield ReviewPoint("unproven", f"{text}等", listed=names)
        else:
            yield ReviewPoint("unproven", text, tuple(item.code for item in lacking))


def _files(
    items: Mapping[str, Item], files: Iterable[Mapping[str, Any]], around: Surroundings
) -> Iterator[ReviewPoint]:
    for row in files:
        codes = tuple(item.code for item in items.values() if item.base == row["item"])
        if others := around.copies.get(row["sha256"]):
            yield ReviewPoint("copied", f"佐证“{row['name']}”与{copy_queries.named(others)}的是同一个文件", codes)
        if others := around.alike.get(row["sha256"]):
            yield ReviewPoint("alike", f"佐证“{row['name']}”与{copy_queries.named(others)}看起来相同", codes)
