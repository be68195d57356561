"""An explanation as a page shows it: as deep as fits, with addresses and sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from indicators.results.board.figures import VERDICTS
from indicators.results.evaluations import renamed
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.renamed import Renamed
from indicators.results.explanations import granted, paths, stored, tracing
from indicators.results.explanations.tracing import Return, Source, Trail
from indicators.standard.engine.explain import Explanation, Input, Place
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from schools.access.permissions import Perm
from schools.access.scope import holds, may
from schools.directory.models import Sponsor

_VETO_WORDS = {True: "没有发生", False: "发生", None: "未确认"}
# How many levels below the page's own conclusion are written out; deeper ones have pages of their own.
_DEPTH = {"district": 2, "stage": 1, "coefficient": 1, "veto": 1}
_WHOLE = 4


@dataclass(frozen=True, slots=True)
class Given:
    """An input with where it comes from."""

    told: Input
    source: Source | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A conclusion with what is written out below it."""

    node: Explanation
    words: str
    tone: str
    url: str
    named: bool
    level: int
    given: tuple[Given, ...]
    children: tuple["Shown", ...]

    @property
    def is_open(self) -> bool:
        """Unfolded from the start: the page's own conclusion, and what stands in the way."""
        return self.level == 0 or self.node.place.kind == "split" or (self.tone == "bad" and self.level < 2)

    @property
    def lacks_evidence(self) -> bool:
        """An attested conclusion without a single document behind it."""
        return self.node.attested and bool(self.given) and not any(g.source and g.source.files for g in self.given)

    @property
    def signed(self) -> tuple[Return, ...]:
        """The returns an attested conclusion was signed with, each once."""
        taken = {g.source.taken.receipt: g.source.taken for g in self.given if g.source and g.source.entered_at}
        return tuple(taken.values()) if self.node.attested else ()


def of(user: User, evaluation: Evaluation, place: Place, node: Explanation | None) -> dict[str, Any]:
    """Return the context of the page; without a node the stored numbers alone."""
    spec, sees_board = standards.load_spec(evaluation.standard), may(user, Perm.DISTRICT_RESULT_VIEW, evaluation)
    context: dict[str, Any] = {"evaluation": evaluation, "spec": spec, "sees_board": sees_board}
    context["beside"] = granted.of(evaluation, spec, place)
    context["renamed"] = _renamed(evaluation, place)
    context["crumbs"] = paths.crumbs(evaluation, spec, place, sees_board=sees_board)
    if node is None:
        return context | {
            "stored": stored.of(evaluation, spec, place),
            "heading": stored.title(evaluation, spec, place),
        }
    depth = _DEPTH.get(place.kind, _WHOLE)
    trail = tracing.follow(user, evaluation, _inputs(node, place, depth))
    shown = _Showing(evaluation.pk, place, trail, sees_board=sees_board).of(node, depth)
    facts = _register(evaluation, place)
    return context | {
        "shown": shown,
        "returns": tuple(trail.returns.values()),
        "register": facts,
        "heading": _heading(node),
        "may_name": holds(user, Perm.RESTRICTED_VIEW),
    }


def _renamed(evaluation: Evaluation, place: Place) -> Renamed:
    """Of a school's page only the school itself."""
    found = renamed.of(evaluation)
    return {code: pair for code, pair in found.items() if place.school in ("", code)}


def _heading(node: Explanation) -> str:
    return f"{node.subject} {node.title}"


def _inputs(node: Explanation, place: Place, depth: int) -> Iterator[Input]:
    yield from _written(node, place)
    if depth:
        for child in node.children:
            yield from _inputs(child, place, depth - 1)


def _written(node: Explanation, place: Place) -> tuple[Input, ...]:
    """The inputs written out on the page: lists of many schools leave those that hold to their own pages."""
    if place.kind in ("stage", "coefficient") or (place.kind == "district" and node.place.kind != "missing"):
        return ()
    many = place.kind in ("condition", "veto") and node.place.school
    return () if many and node.judged and node.verdict is True else node.inputs


@dataclass(frozen=True, slots=True)
class _Showing:
    evaluation_id: int
    place: Place
    trail: Trail
    sees_board: bool

    def of(self, node: Explanation, depth: int, above: Explanation | None = None, level: int = 0) -> Shown:
        """Write out a conclusion and ``depth`` levels below it."""
        words, tone = _verdict(node)
        below = node.children if depth else ()
        return Shown(
            node=node,
            words=words,
            tone=tone,
            url=self._url(node, above),
            named=above is not None and node.subject != above.subject,
            level=level,
            given=tuple(Given(one, self.trail.of(one)) for one in _written(node, self.place)),
            children=tuple(self.of(child, depth - 1, node, level + 1) for child in below),
        )

    def _url(self, node: Explanation, above: Explanation | None) -> str:
        """The node's own page, unless the reader is there already or may not go there."""
        if above is None or node.place in (above.place, self.place) or not (self.sees_board or node.place.school):
            return ""
        return (
            paths.address(self.evaluation_id, node.place)
            if node.place.kind not in ("split", "mean", "deviation")
            else ""
        )


def _verdict(node: Explanation) -> tuple[str, str]:
    if not node.applicable:
        return "不适用", "muted"
    if not node.judged:
        return "", ""
    words, tone = VERDICTS[node.verdict]
    return (_VETO_WORDS[node.verdict] if node.place.kind == "veto" else words), tone


def _register(evaluation: Evaluation, place: Place) -> list[tuple[str, str]]:
    """What the register said of the page's school when it was judged."""
    told = evaluation.inputs.get(place.school, {}).get("register")
    if not told:
        return []
    _, kind, area, sponsor, boarding, status = told
    pairs = [("学校标识码", place.school), ("学校类别", kind), ("城乡", area), ("举办者", str(Sponsor(sponsor).label))]
    return [*pairs, ("寄宿", "是" if boarding else "否"), ("状态", status)]
