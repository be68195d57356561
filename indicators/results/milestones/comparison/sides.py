"""The two sides of a comparison: a milestone or an evaluation each, with all that was frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils import timezone

from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import relaxed
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.relaxed import Relaxed
from indicators.results.milestones import queries
from indicators.results.milestones.models import Milestone
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib import dates, numbers

Json = Mapping[str, Any]


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

    @property
    def result(self) -> Json:
        """The exact result as kept."""
        return self.evaluation.result

    @cached_property
    def relaxed(self) -> Relaxed | None:
        """The judgement with relaxations; None where none was granted."""
        return relaxed.of(self.evaluation)

    @cached_property
    def respondents(self) -> dict[str, dict[str, Any]]:
        """Respondent → revision, receipt and register as they were."""
        return reading.respondents(self.evaluation.inputs)

    @cached_property
    def registers(self) -> dict[str, dict[str, Any]]:
        """School code → the facts of the register as they were."""
        told = reading.schools(self.evaluation.inputs).items()
        return {code: dict(zip(reading.REGISTER, entry["register"], strict=True)) for code, entry in told}

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
    """Return the person's milestones and the newest evaluation of each round, newest first."""
    newest: dict[int, Evaluation] = {}
    for evaluation in queries.judged(user):
        newest.setdefault(evaluation.round_id, evaluation)
    frozen = [Option(f"m{row.pk}", _milestone(row), row.round.district_id) for row in queries.shown_to(user)]
    current = [Option(f"e{row.pk}", _newest(row), row.round.district_id) for row in newest.values()]
    return (*current, *frozen)


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


def _milestone(row: Milestone) -> str:
    return f"{row.round.name} {row.title}（{row.round.district}，{dates.day(row.frozen_at)}冻结）"


def _newest(row: Evaluation) -> str:
    return f"{row.round.name} 最新评估（{row.round.district}，截至{dates.moment(row.data_as_of)}）"


def _side(option: Option) -> Side:
    number = numbers.whole(option.key[1:]) or 0
    chosen = {"milestones": number} if option.key[0] == "m" else {"pk": number}
    rows = Evaluation.objects.select_related("round__district", "standard").filter(**chosen)
    return Side(option.key, option.label, rows.get())
