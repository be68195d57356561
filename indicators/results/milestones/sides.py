"""The two sides of a comparison, a milestone or an evaluation each, and how a figure or verdict turned between them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from django.http import Http404
from django.utils import timezone

from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import LABEL, Relaxed, StoredCoefficient, StoredFigure, StoredResult
from indicators.results.milestones import queries
from indicators.standard.engine import Spec
from indicators.standard.engine import numbers as exact
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib import dates, numbers

NONE = "—"
# What is added to the name of a verdict or figure that is not the strict one.
RELAXED = f"（{LABEL}）"
Judged = StoredFigure | StoredCoefficient
Way = Literal["same", "better", "worse", "other"]
_TONES: dict[Way, str] = {"better": "ok", "worse": "bad", "same": "muted", "other": "muted"}
_SIGNS: dict[Way, str] = {"better": "▲", "worse": "▼", "same": "", "other": ""}


@dataclass(frozen=True, slots=True)
class VerdictTurn:
    """A verdict then and now: 未达标→达标, or 达标 where nothing turned."""

    words: str
    way: Way

    @property
    def tone(self) -> str:
        """The tone that goes with the words."""
        return _TONES[self.way]

    @property
    def sign(self) -> str:
        """A sign with the words, so that no state is shown by colour alone."""
        return _SIGNS[self.way]


SAME = VerdictTurn("不变", "same")


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure then and now, printed, and by how much it changed."""

    then: str
    now: str
    change: str


def turn_of(then: bool | None, now: bool | None) -> VerdictTurn:
    """Return how a verdict turned; from or to 无法判定 is neither better nor worse."""
    before, after = evaluations.verdict_words(then), evaluations.verdict_words(now)
    if then is now:
        return VerdictTurn(after, "same")
    if then is None or now is None:
        return VerdictTurn(f"{before}→{after}", "other")
    return VerdictTurn(f"{before}→{after}", "better" if now else "worse")


def turn_in_words(then: str, now: str) -> VerdictTurn:
    """Return how something said in words turned; better or worse is not for words to say."""
    return VerdictTurn(now, "same") if then == now else VerdictTurn(f"{then}→{now}", "other")


def figure(then: str | None, now: str | None, places: int) -> ComparedFigure:
    """Return a figure then and now (exact decimal strings), printed half up, and its change worked out unrounded."""
    before, after = (NONE if one is None else numbers.text(Decimal(one), places) for one in (then, now))
    if then is None or now is None:
        return ComparedFigure(before, after, NONE)
    difference = Decimal(exact.text(Decimal(now) - Decimal(then)) or "0")
    if not difference:
        return ComparedFigure(before, after, "不变")
    shown = numbers.half_up(difference, places)
    least = f"{'增' if difference > 0 else '减'}不足 {Decimal(1).scaleb(-places):f}"
    return ComparedFigure(before, after, f"{shown:+f}" if shown else least)


def judged_figure(then: Judged | None, now: Judged | None, places: int) -> ComparedFigure:
    """Return what was judged then and now, marked 临界 where rounding would turn its verdict."""
    old, new = (
        None if one is None else one.cv if isinstance(one, StoredCoefficient) else one.value for one in (then, now)
    )
    plain = figure(old, new, places)
    near = ["（临界）" if one and one.near_limit else "" for one in (then, now)]
    return replace(plain, then=plain.then + near[0], now=plain.now + near[1])


@dataclass(frozen=True)
class Side:
    """One moment: the evaluation of a milestone, or one that is not frozen."""

    key: str
    title: str
    evaluation: Evaluation

    @cached_property
    def spec(self) -> Spec:
        """The standard it was judged by."""
        return standards.load_spec(self.evaluation.standard)

    @cached_property
    def result(self) -> StoredResult:
        """The strict result."""
        return stored.of(self.evaluation)

    @cached_property
    def relaxed(self) -> Relaxed | None:
        """The judgement with relaxations; None where none was granted."""
        return stored.relaxed(self.evaluation)

    @cached_property
    def respondents(self) -> dict[str, dict[str, Any]]:
        """Respondent → revision, receipt and register as they were."""
        return reading.respondents(self.evaluation.inputs)

    @cached_property
    def registers(self) -> dict[str, dict[str, Any]]:
        """School code → the facts of the register as they were."""
        entries = reading.schools(self.evaluation.inputs).items()
        return {code: dict(zip(reading.REGISTER, entry["register"], strict=True)) for code, entry in entries}

    @property
    def as_of(self) -> str:
        """The date of its figures."""
        return f"{timezone.localtime(self.evaluation.data_as_of):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose in the address: a milestone (`m12`) or a round's newest evaluation (`e33`)."""

    key: str
    label: str
    district_id: int


@dataclass(frozen=True, slots=True)
class Pair:
    """What may be chosen, and what is; `then` is None while there are not two sides."""

    options: tuple[Option, ...]
    then: Side | None
    now: Side | None

    @property
    def reset(self) -> str:
        """The address of the unfiltered page, with the same two sides."""
        return f"?then={self.then.key}&now={self.now.key}" if self.then and self.now else "?"


def options(user: User) -> tuple[Option, ...]:
    """Return the newest evaluation of each round and the person's milestones, each newest first."""
    newest: dict[int, Evaluation] = {}
    for evaluation in queries.judged(user):
        newest.setdefault(evaluation.round_id, evaluation)
    found = []
    for row in newest.values():
        as_of = f"截至{dates.moment(row.data_as_of)}"
        label = f"{row.round.name} 最新评估（{row.round.district}，{as_of}）"
        found.append(Option(f"e{row.pk}", label, row.round.district_id))
    for frozen in queries.shown_to(user):
        label = f"{frozen.round.name} {frozen.title}（{frozen.round.district}，{dates.day(frozen.frozen_at)}冻结）"
        found.append(Option(f"m{frozen.pk}", label, frozen.round.district_id))
    return tuple(found)


def choose(user: User, then: str = "", now: str = "") -> Pair:
    """Return the two sides asked for; by default the newest milestone and its district's newest evaluation.

    Raises Http404 for a side that is foreign, gone or no key, Invalid for two districts.
    """
    known = options(user)
    by_key = {option.key: option for option in known}
    if not {then, now} - {""} <= by_key.keys():
        raise Http404
    then = then or next((o.key for o in known if o.key[0] == "m" and o.key != now), "")
    if not then:
        return Pair(known, None, None)
    district = by_key[then].district_id
    now = now or next((o.key for o in known if o.district_id == district and o.key != then), then)
    if by_key[now].district_id != district:
        raise Invalid("只能对比同一个区县的两个节点。请重新选择。")
    return Pair(known, _side(by_key[then]), _side(by_key[now]))


def _side(option: Option) -> Side:
    number = numbers.whole(option.key[1:]) or 0
    chosen = {"milestones": number} if option.key[0] == "m" else {"pk": number}
    rows = Evaluation.objects.select_related("round__district", "standard").filter(**chosen)
    return Side(option.key, option.label, rows.get())
