"""Pages that say why: the district's verdict and whatever it rests on, as deep as fits a page, each also as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indicators.results.evaluations import change_queries as changes, queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.explanations import actions, queries
from indicators.standard.engine import Spec
from indicators.standard.engine.explain import ConclusionPlace, Explanation, Input
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.files import views as downloads
from portal.core.lib.verdicts import NOT_APPLICABLE, VERDICTS
from schools.access import restricted
from schools.access.scope import Perm, Request, may, require
from schools.directory.models import Sponsor


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def district(request: Request, pk: int) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("district"))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def stage(request: Request, pk: int, stage: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("stage", stage=stage))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def coefficient(request: Request, pk: int, stage: str, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("coefficient", code, stage=stage))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def condition(request: Request, pk: int, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("condition", code))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def veto(request: Request, pk: int, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("veto", code))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def part(request: Request, pk: int, school: str, stage: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("part", school=school, stage=stage))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def indicator(request: Request, pk: int, school: str, stage: str, code: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("indicator", code, school, stage))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def school(request: Request, pk: int, code: str, school: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("school", code, school))


def _of_district(request: Request, pk: int, place: ConclusionPlace) -> HttpResponse:
    return _answer(request, queries.evaluation(request.user, pk), place)


def _of_school(request: Request, pk: int, place: ConclusionPlace) -> HttpResponse:
    _, evaluation = evaluations.of_school(request.user, place.school, str(pk))
    if evaluation is None:
        raise NotFound("没有这次评估，或它不包含本校。")
    return _answer(request, evaluation, place)


def _answer(request: Request, evaluation: Evaluation, place: ConclusionPlace) -> HttpResponse:
    node = queries.node(evaluation, place)
    if node is not None and (request.GET.get("format") == "json" or request.method == "POST"):
        purpose = request.POST.get("purpose")
        content = actions.export(evaluation=evaluation, node=node, by=request.user, purpose=purpose)
        name = f"{node.subject}{node.title}计算依据.json"
        return downloads.download(content, name, "application/json; charset=utf-8")
    return render(request, "indicators/explanations/page.html", _context(request.user, evaluation, place, node))


_VETO_WORDS = {True: "没有发生", False: "发生", None: "未确认"}
# How many levels below the page's own conclusion are written out; deeper ones have pages of their own.
_DEPTH = {"district": 2, "stage": 1, "coefficient": 1, "veto": 1}
_WHOLE = 4


@dataclass(frozen=True, slots=True)
class Given:
    """An input with where it comes from."""

    input: Input
    source: queries.AnswerSource | None


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
        """The page's own conclusion, and what prevents it."""
        return self.level == 0 or self.node.place.kind == "split" or (self.tone == "bad" and self.level < 2)

    @property
    def lacks_evidence(self) -> bool:
        """Attested without a single document."""
        return self.node.attested and bool(self.given) and not any(g.source and g.source.files for g in self.given)

    @property
    def signed(self) -> tuple[queries.FrozenSubmission, ...]:
        taken = {g.source.taken.receipt: g.source.taken for g in self.given if g.source and g.source.entered_at}
        return tuple(taken.values()) if self.node.attested else ()


def _context(user: User, evaluation: Evaluation, place: ConclusionPlace, node: Explanation | None) -> dict[str, Any]:
    """Without a node only the stored numbers."""
    spec, sees_board = standards.load_spec(evaluation.standard), may(user, Perm.DISTRICT_RESULT_VIEW, evaluation)
    renamed = changes.renamed_since(evaluation)
    context: dict[str, Any] = {"evaluation": evaluation, "spec": spec, "sees_board": sees_board}
    context["relaxed"] = queries.relaxed_at(evaluation, spec, place)
    # Of a school's page only the school itself.
    context["renamed"] = {code: pair for code, pair in renamed.items() if place.school in ("", code)}
    context["crumbs"] = crumbs(evaluation, spec, place, sees_board=sees_board)
    if node is None:
        try:
            context["stored"] = list(queries.stored_lines(evaluation, spec, place))
        except KeyError:
            raise NotFound("这次评估中没有这一项，或该学校不参加这项评估。") from None
        return context | {"heading": queries.stored_title(evaluation, spec, place)}
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
    """Lists of many schools leave those that pass to their own pages."""
    if place.kind in ("stage", "coefficient") or (place.kind == "district" and node.place.kind != "missing"):
        return ()
    many = place.kind in ("condition", "veto") and node.place.school
    return () if many and node.judged and node.verdict is True else node.inputs


@dataclass(frozen=True, slots=True)
class _Showing:
    evaluation_id: int
    place: ConclusionPlace
    trail: queries.Trail
    sees_board: bool

    def of(self, node: Explanation, depth: int, above: Explanation | None = None, level: int = 0) -> ShownConclusion:
        words, tone = VERDICTS[node.verdict]
        if not node.applicable:
            words, tone = NOT_APPLICABLE
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
