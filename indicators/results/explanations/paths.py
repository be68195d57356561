"""Where explanations are shown, and the way up from each."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from indicators.standard.engine.explain import Place

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


def address(evaluation_id: int, place: Place) -> str:
    """Return the page that explains a place; empty where there is none of its own."""
    page = _PAGES.get(place.kind)
    if page is None or (page == "veto" and place.school):
        return ""
    arguments = {name: getattr(place, name) for name in _ARGUMENTS[page]}
    return reverse(f"explanations:{page}", kwargs={"pk": evaluation_id} | arguments)


def crumbs(evaluation: Evaluation, spec: Spec, place: Place, *, sees_board: bool) -> list[Crumb]:
    """Return the way up, the board or the school's own page first; the place itself is not in it."""
    return list(_crumbs(evaluation, spec, place, sees_board=sees_board))


def _crumbs(evaluation: Evaluation, spec: Spec, place: Place, *, sees_board: bool) -> Iterator[Crumb]:
    pk = evaluation.pk
    if sees_board:
        yield Crumb("全区看板", f"{reverse('board:board')}?evaluation={pk}")
        if place.kind != "district":
            yield Crumb("全区结论依据", address(pk, Place("district")))
    if sees_board and place.stage and place.kind != "stage":
        label = spec.stages[place.stage].label if place.stage in spec.stages else place.stage
        yield Crumb(label, address(pk, Place("stage", stage=place.stage)))
    if place.kind in _OF_SCHOOL:
        name = evaluation.inputs[place.school]["register"][0]
        yield Crumb(name, f"{reverse('board:school', args=[place.school])}?evaluation={pk}")
    if place.kind == "indicator":
        yield Crumb("资源配置指标", address(pk, Place("part", school=place.school, stage=place.stage)))
    if place.kind == "school" and sees_board:
        yield Crumb(place.code, address(pk, Place("condition", place.code)))
