"""An explanation as a page shows it: as deep as fits, with addresses and sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from indicators.results.board.board import VERDICTS, printed
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import StoredResult
from indicators.results.explanations import queries
from indicators.results.explanations.queries import AnswerSource, FrozenSubmission, Trail
from indicators.standard.engine import Spec
from indicators.standard.engine.explain import ConclusionPlace, Explanation, Input
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import may
from schools.directory.models import Sponsor

_VETO_WORDS = {True: "没有发生", False: "发生", None: "未确认"}
# How many levels below the page's own conclusion are written out; deeper ones have pages of their own.
_DEPTH = {"district": 2, "stage": 1, "coefficient": 1, "veto": 1}
_WHOLE = 4


@dataclass(frozen=True, slots=True)
class Given:
    """An input with where it comes from."""

    input: Input
    source: AnswerSource | None


@dataclass(frozen=True, slots=True)
class ShownConclusion:
    """A conclusion with what is written out below it."""

    node: Explanation
    words: str
    tone: str
    url: str
    named: bool
    level: int
    given: tuple[Given, ...]
    children: tuple["ShownConclusion", ...]

    @property
    def is_open(self) -> bool:
        """Unfolded from the start: the page's own conclusion, and what stands in the way."""
        return self.level == 0 or self.node.place.kind == "split" or (self.tone == "bad" and self.level < 2)

    @property
    def lacks_evidence(self) -> bool:
        """An attested conclusion without a single document behind it."""
        return self.node.attested and bool(self.given) and not any(g.source and g.source.files for g in self.given)

    @property
    def signed(self) -> tuple[FrozenSubmission, ...]:
        """The submissions an attested conclusion was signed with, each once."""
        taken = {g.source.taken.receipt: g.source.taken for g in self.given if g.source and g.source.entered_at}
        return tuple(taken.values()) if self.node.attested else ()


def context(user: User, evaluation: Evaluation, place: ConclusionPlace, node: Explanation | None) -> dict[str, Any]:
    """Without a node the stored numbers alone."""
    spec, sees_board = standards.load_spec(evaluation.standard), may(user, Perm.DISTRICT_RESULT_VIEW, evaluation)
    renamed = evaluations.renamed_since(evaluation)
    context: dict[str, Any] = {"evaluation": evaluation, "spec": spec, "sees_board": sees_board}
    context["relaxed"] = queries.relaxed_at(evaluation, spec, place)
    # Of a school's page only the school itself.
    context["renamed"] = {code: pair for code, pair in renamed.items() if place.school in ("", code)}
    context["crumbs"] = crumbs(evaluation, spec, place, sees_board=sees_board)
    if node is None:
        context["stored"] = stored_lines(evaluation, spec, place)
        return context | {"heading": stored_title(evaluation, spec, place)}
    depth = _DEPTH.get(place.kind, _WHOLE)
    trail = queries.follow(user, evaluation, _inputs(node, place, depth))
    register: list[tuple[str, str]] = []
    if facts := evaluation.inputs.get(place.school, {}).get("register"):
        # Of the page's school when it was judged.
        _, kind, area, sponsor, boarding, status = facts
        register = [("学校标识码", place.school), ("学校类别", kind), ("城乡", area)]
        register.append(("举办者", str(Sponsor(sponsor).label)))
        register += [("寄宿", "是" if boarding else "否"), ("状态", status)]
    return context | {
        "shown": _Showing(evaluation.pk, place, trail, sees_board=sees_board).of(node, depth),
        "submissions": tuple(trail.submissions.values()),
        "register": register,
        "heading": f"{node.subject} {node.title}",
        "may_name": restricted.may_name(user, queries.behind(evaluation, place, sees_board=sees_board)),
    }


def _inputs(node: Explanation, place: ConclusionPlace, depth: int) -> Iterator[Input]:
    yield from _written(node, place)
    if depth:
        for child in node.children:
            yield from _inputs(child, place, depth - 1)


def _written(node: Explanation, place: ConclusionPlace) -> tuple[Input, ...]:
    """The inputs written out on the page: lists of many schools leave those that hold to their own pages."""
    if place.kind in ("stage", "coefficient") or (place.kind == "district" and node.place.kind != "missing"):
        return ()
    many = place.kind in ("condition", "veto") and node.place.school
    return () if many and node.judged and node.verdict is True else node.inputs


@dataclass(frozen=True, slots=True)
class _Showing:
    evaluation_id: int
    place: ConclusionPlace
    trail: Trail
    sees_board: bool

    def of(self, node: Explanation, depth: int, above: Explanation | None = None, level: int = 0) -> ShownConclusion:
        words, tone = VERDICTS[node.verdict]
        if not node.applicable:
            words, tone = "不适用", "muted"
        elif not node.judged:
            words, tone = "", ""
        elif node.place.kind == "veto":
            words = _VETO_WORDS[node.verdict]
        # The node's own page, unless the reader is there already or may not go there.
        leads = above is not None and node.place not in (above.place, self.place)
        leads = leads and (self.sees_board or bool(node.place.school))
        leads = leads and node.place.kind not in ("split", "mean", "deviation")
        below = node.children if depth else ()
        return ShownConclusion(
            node=node,
            words=words,
            tone=tone,
            url=address(self.evaluation_id, node.place) if leads else "",
            named=above is not None and node.subject != above.subject,
            level=level,
            given=tuple(Given(one, self.trail.of(one)) for one in _written(node, self.place)),
            children=tuple(self.of(child, depth - 1, node, level + 1) for child in below),
        )


# Steps of an arithmetic are shown on the page of what they lead to.
_PAGES = {
    "district": "district",
    "stage": "stage",
    "coefficient": "coefficient",
    "mean": "coefficient",
    "deviation": "coefficient",
    "part": "part",
    "indicator": "indicator",
    "split": "indicator",
    "condition": "condition",
    "school": "school",
    "veto": "veto",
}
_OF_SCHOOL = ("part", "indicator", "school")
_ARGUMENTS = {
    "district": (),
    "stage": ("stage",),
    "coefficient": ("stage", "code"),
    "condition": ("code",),
    "veto": ("code",),
    "part": ("school", "stage"),
    "indicator": ("school", "stage", "code"),
    "school": ("code", "school"),
}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step on the way up."""

    words: str
    url: str


def address(evaluation_id: int, place: ConclusionPlace) -> str:
    """Empty where a place has no page of its own."""
    page = _PAGES.get(place.kind)
    if page is None or (page == "veto" and place.school):
        return ""
    arguments = {name: getattr(place, name) for name in _ARGUMENTS[page]}
    return reverse(f"explanations:{page}", kwargs={"pk": evaluation_id} | arguments)


def crumbs(evaluation: Evaluation, spec: Spec, place: ConclusionPlace, *, sees_board: bool) -> list[Crumb]:
    pk, found = evaluation.pk, []
    if sees_board:
        found.append(Crumb("全区看板", f"{reverse('board:board')}?evaluation={pk}"))
        if place.kind != "district":
            found.append(Crumb("全区结论依据", address(pk, ConclusionPlace("district"))))
        if place.stage and place.kind != "stage":
            label = spec.stages[place.stage].label if place.stage in spec.stages else place.stage
            found.append(Crumb(label, address(pk, ConclusionPlace("stage", stage=place.stage))))
    if place.kind in _OF_SCHOOL:
        name = evaluation.inputs[place.school]["register"][0]
        found.append(Crumb(name, f"{reverse('board:school', args=[place.school])}?evaluation={pk}"))
    if place.kind == "indicator":
        found.append(
            Crumb("资源配置指标", address(pk, ConclusionPlace("part", school=place.school, stage=place.stage)))
        )
    if place.kind == "school" and sees_board:
        found.append(Crumb(place.code, address(pk, ConclusionPlace("condition", place.code))))
    return found


_NOTHING = "这次评估中没有这一项，或该学校不参加这项评估。"


def stored_lines(evaluation: Evaluation, spec: Spec, place: ConclusionPlace) -> list[tuple[str, str]]:
    """What an evaluation of another engine stored of a place, as label and text; NotFound where it stored nothing."""
    if place.kind == "district":
        return [("结论", VERDICTS[evaluation.verdict][0]), *(("理由", why) for why in evaluation.why)]
    try:
        return list(_stored_lines(stored.of(evaluation), spec, place))
    except KeyError:
        raise NotFound(_NOTHING) from None


def stored_title(evaluation: Evaluation, spec: Spec, place: ConclusionPlace) -> str:
    pieces = [evaluation.inputs[place.school]["register"][0]] if place.school else ["全区"]
    if place.stage:
        pieces.append(spec.stages[place.stage].label)
    return " ".join([*pieces, place.code or ("结论" if place.kind == "district" else "资源配置指标")])


def _stored_lines(result: StoredResult, spec: Spec, place: ConclusionPlace) -> Iterator[tuple[str, str]]:
    match place.kind:
        case "stage":
            for part in result.parts:
                if part.stage == place.stage:
                    yield part.school_name, VERDICTS[part.passes][0]
            for code, coefficient in result.coefficients[place.stage].items():
                yield f"{code} 差异系数", printed(coefficient.cv, spec.printing["cv"])
        case "coefficient":
            one = result.coefficients[place.stage][place.code]
            numbers = {"全区均值": one.mean, "标准差": one.sd, "差异系数": one.cv, "上限": one.limit}
            yield from ((label, text or "—") for label, text in numbers.items())
            yield "判定", VERDICTS[one.passes][0]
        case "part":
            part = result.by_key[place.school, place.stage]
            yield "结论", VERDICTS[part.passes][0]
            for code, figure in part.indicators.items():
                yield f"{code} {spec.indicator(code).short_name}", figure.formula or figure.value or "—"
        case "indicator":
            figure = result.by_key[place.school, place.stage].indicators[place.code]
            facts = {"算式": figure.formula, "准确值": figure.value, "标准": figure.threshold}
            facts |= {"底线": figure.floor, "差距": figure.gap}
            yield from ((label, text or "—") for label, text in facts.items())
            yield "判定", VERDICTS[figure.reaches][0]
        case "condition":
            condition = result.conditions[place.code]
            yield "结论", VERDICTS[condition.passes][0]
            yield "填报或数值", condition.value or "—"
            yield "说明", condition.why or "—"
        case "school":
            schools = [school for school in result.conditions[place.code].schools if school.school_code == place.school]
            if not schools:
                raise KeyError(place.school)
            yield from ((VERDICTS[school.passes][0], school.why or "—") for school in schools)
        case "veto":
            veto = {veto.code: veto for veto in result.vetoes}[place.code]
            yield veto.name, {True: "发生", False: "没有发生", None: "未全部确认"}[veto.happened]
