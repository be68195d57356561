"""Patterns across the schools of a round that are reasons to look (弄虚作假 is a veto): with figures, never an accusation or a score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from indicators.collection.reviews import points, surroundings_queries as surroundings
from indicators.collection.reviews.points import Rules
from indicators.collection.submissions import difference_queries as differences, models, queries as submissions
from indicators.collection.submissions.models import Revision, Round, Submission
from indicators.standard.engine import Item, Live, Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.lib import numbers


@dataclass(frozen=True, slots=True)
class SchoolClaims:
    """What one school claims: its figures and texts by field, last year's next to them, and A1–A7."""

    submission: int
    name: str
    figures: Mapping[str, Decimal]
    texts: Mapping[str, str]
    last_figures: Mapping[str, Decimal]
    last_texts: Mapping[str, str]
    shown: Live | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A school within a pattern, with its figure in words and where it can be seen."""

    name: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One reason to look, of a kind of points.toml."""

    kind: str
    text: str
    mentions: tuple[Mention, ...]


def of_round(user: User, round_: Round, rules: Rules) -> dict[str, list[Pattern]]:
    """By kind, in the order of points.toml; a fixed number of queries."""
    spec = standards.load_spec(round_.standard)
    claims = _claims(round_, spec)
    same, alike = surroundings.copied(round_.district).values(), surroundings.looking_alike(round_.district)
    found = [
        *bunching(claims, rules),
        *fitting(claims, rules),
        *rounded(spec.items, claims, rules),
        *last_digits(claims, rules),
        *repeated(spec.items, claims, rules),
        *same_texts(spec.items, claims, rules),
        *_shared_files("files", same, "佐证“{file}”：{count} 个单位用的是同一个文件", round_),
        *_shared_files("alike", alike, "图片“{file}”：{count} 个单位的图片看起来相同", round_),
        *_found_wrong(user, round_),
    ]
    by_kind: dict[str, list[Pattern]] = {kind: [] for kind in points.patterns()}
    for pattern in found:
        by_kind[pattern.kind].append(pattern)
    return by_kind


def _address(submission: int, code: str = "") -> str:
    return reverse("reviews:review", args=[submission]) + (f"?tab=figures&open={code}#row-{code}" if code else "")


def bunching(claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    """Many schools just above a threshold and few just below it."""
    above: dict[tuple[str, str, str, str, str], list[Mention]] = defaultdict(list)
    below: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
    for one in claims:
        for part in one.shown.parts if one.shown else ():
            for judged in part.indicators:
                key = (part.stage, judged.code, judged.short_name, judged.threshold, judged.unit)
                if judged.above is not None and 0 <= judged.above < rules["near_percent"]:
                    words = f"{judged.value} {judged.unit}，高 {numbers.text(judged.above, 1)}%"
                    above[key].append(Mention(one.name, words, _address(one.submission)))
                elif judged.above is not None and -rules["near_percent"] <= judged.above < 0:
                    below[key] += 1
    for key, schools in sorted(above.items()):
        if len(schools) >= rules["bunch_least"] and len(schools) > rules["bunch_times"] * below[key]:
            _, code, name, threshold, unit = key
            text = f"{code} {name}（标准 {threshold} {unit}）：{len(schools)} 所刚过标准"
            fewer = f"，差一点不到的 {below[key]} 所" if below[key] else "，没有学校差一点不到"
            yield Pattern("bunching", f"{text}（高出不到 {rules['near_percent']}%）{fewer}", tuple(schools))


def fitting(claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    """Schools with several indicators that would miss their threshold with one unit less."""
    mentions = []
    for one in claims:
        tight = [
            judged
            for part in (one.shown.parts if one.shown else ())
            for judged in part.indicators
            if judged.spare is not None and 0 <= judged.spare < 1
        ]
        if len(tight) >= rules["fit_least"]:
            words = "、".join(f"{judged.code} {judged.value}（标准 {judged.threshold}）" for judged in tight)
            mentions.append(Mention(one.name, words, _address(one.submission)))
    if mentions:
        text = f"{len(mentions)} 所学校有 {rules['fit_least']} 项以上指标，分子少 1 个单位（人、间、㎡、万元）就不达标"
        yield Pattern("fitting", text, tuple(mentions))


def rounded(items: Mapping[str, Item], claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    mentions = []
    for one in claims:
        large = {code: value for code, value in one.figures.items() if value >= rules["round_from"] and code in items}
        even = {code: value for code, value in large.items() if value % rules["round_step"] == 0}
        if len(large) >= rules["many"] and len(even) * 100 > len(large) * rules["most_percent"]:
            named = "、".join(f"{items[code].label} {numbers.plain(value)}" for code, value in list(even.items())[:3])
            words = f"{len(large)} 个数里 {len(even)} 个，如{named}"
            mentions.append(Mention(one.name, words, _address(one.submission)))
    if mentions:
        text = f"{len(mentions)} 所学校的大数（不小于 {rules['round_from']}）多半是 {rules['round_step']} 的整数倍"
        yield Pattern("rounded", text, tuple(mentions))


def last_digits(claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    """Schools whose figures end in 0 or 5 far more often than one in five."""
    mentions = []
    for one in claims:
        digits = [int(value) % 10 for value in one.figures.values() if value >= 10]
        ends = sum(digit in (0, 5) for digit in digits)
        if len(digits) >= rules["digits_least"] and ends * 100 > len(digits) * rules["most_percent"]:
            words = f"{len(digits)} 个数里 {ends} 个"
            mentions.append(Mention(one.name, words, _address(one.submission)))
    if mentions:
        text = f"{len(mentions)} 所学校的数多半以 0 或 5 结尾（随意写的数里约五分之一）"
        yield Pattern("digits", text, tuple(mentions))


def repeated(items: Mapping[str, Item], claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    """Schools with last year's values in most figures that move every year."""
    mentions = []
    for one in claims:
        moving = [
            code
            for code, value in one.figures.items()
            if code in items and items[code].unit in rules["moving_units"] and value >= rules["same_from"]
        ]
        same = [code for code in moving if one.last_figures.get(code) == one.figures[code]]
        if len(same) >= rules["many"] and len(same) * 100 > len(moving) * rules["most_percent"]:
            named = "、".join(f"{items[code].label} {numbers.plain(one.figures[code])}" for code in same[:3])
            words = f"{len(moving)} 个数里 {len(same)} 个，如{named}"
            mentions.append(Mention(one.name, words, _address(one.submission)))
    if mentions:
        text = f"{len(mentions)} 所学校年年会变的数多半与上年完全相同"
        yield Pattern("repeated", text, tuple(mentions))


def same_texts(items: Mapping[str, Item], claims: Iterable[SchoolClaims], rules: Rules) -> Iterator[Pattern]:
    """Equal texts of several schools, or of a school and its year before."""
    least = rules["text_least"]
    held: dict[tuple[str, str], list[SchoolClaims]] = defaultdict(list)
    again: dict[str, list[str]] = defaultdict(list)
    known = {one.submission: one for one in claims}
    for one in known.values():
        for code, text in one.texts.items():
            bare = "".join(text.split())
            if len(bare) < least or code not in items:
                continue
            held[code, bare].append(one)
            if "".join(one.last_texts.get(code, "").split()) == bare:
                again[one.name].append(code)
    for (code, bare), schools in sorted(held.items(), key=lambda pair: -len(pair[1])):
        if len(schools) > 1:
            shown = tuple(Mention(one.name, f"{bare[:40]}…", _address(one.submission, code)) for one in schools)
            yield Pattern("texts", f"“{items[code].label}”：{len(schools)} 所学校逐字相同（{len(bare)} 字）", shown)
    shown = tuple(
        Mention(one.name, "、".join(items[code].label for code in again[one.name]), _address(one.submission))
        for one in known.values()
        if len(again[one.name]) >= rules["texts_again"]
    )
    if shown:
        yield Pattern("texts", f"{len(shown)} 所学校有多处文字与本校上年逐字相同", shown)


def _shared_files(
    kind: str, groups: Iterable[Sequence[surroundings.Copy]], text: str, round_: Round
) -> Iterator[Pattern]:
    """Files that are the same or look so, of more than one respondent; `text` says so of {file} and {count}."""
    for held in groups:
        own = [one for one in held if one.round == round_.name]
        who = {one.respondent for one in held}
        if own and len(who) > 1:
            shown = tuple(Mention(one.name, f"{one.round}，“{one.file}”", _address(one.submission)) for one in held)
            yield Pattern(kind, text.format(file=own[0].file, count=len(who)), shown)


def _found_wrong(user: User, round_: Round) -> Iterator[Pattern]:
    rows = Submission.objects.filter(round=round_, state__in=surroundings.HANDED_IN).exclude(school=None)
    asked = submissions.newest(Revision.objects.filter(submission__in=rows.values("pk")))
    found = differences.on_site(user, asked)
    names = dict(
        rows.filter(school__code__in={one.school_code for one in found}).values_list("school__code", "school__name")
    )
    shown = tuple(Mention(names[one.school_code], one.words, one.url) for one in found if one.school_code in names)
    if shown:
        yield Pattern("site", f"督导现场核对与填报不符 {len(shown)} 处", shown)


def _claims(round_: Round, spec: Spec) -> list[SchoolClaims]:
    """Of the schools that handed in, by code; last year is the newest earlier year of the district."""
    judged = surroundings.judged(round_, spec)
    earlier = Round.objects.filter(
        district=round_.district_id,
        school_year_start__lt=round_.school_year_start,
        submissions__state__in=surroundings.HANDED_IN,
    ).order_by("-school_year_start", "-pk")
    rows = Submission.objects.filter(round=round_, state__in=surroundings.HANDED_IN).exclude(school=None)
    now, last = _answered(round_), _answered(earlier.first())
    # What somebody said is still as last year is no copy.
    stated = models.Answer.objects.filter(submission__in=rows.values("pk"), same_as__isnull=False)
    for school, code in stated.values_list("submission__school", "field"):
        last[school][0].pop(code, None)
        last[school][1].pop(code, None)
    return [
        SchoolClaims(
            submission=pk,
            name=name,
            figures=now[school][0],
            texts=now[school][1],
            last_figures=last[school][0],
            last_texts=last[school][1],
            shown=judged[pk][1] if pk in judged else None,
        )
        for pk, school, name in rows.order_by("school__code").values_list("pk", "school", "school__name")
    ]


Answered = tuple[dict[str, Decimal], dict[str, str]]


def _answered(round_: Round | None) -> Mapping[int, Answered]:
    """Figures and texts by school; one query."""
    found: dict[Any, Answered] = defaultdict(lambda: ({}, {}))
    rows = models.Answer.objects.filter(submission__round=round_, submission__state__in=surroundings.HANDED_IN)
    held = rows.exclude(submission__school=None).values_list("submission__school", "field", "number", "text")
    for school, code, number, text in held if round_ else ():
        if number is not None:
            found[school][0][code] = number
        elif text:
            found[school][1][code] = text
    return found
