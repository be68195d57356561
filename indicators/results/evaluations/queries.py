"""Which evaluations there are, what is running, and what is read of the newest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.urls import reverse

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation, PartResult
from indicators.standard.engine import together
from indicators.standard.engine.explain import Case
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.jobs.models import Job
from portal.core.lib import dates, numbers
from portal.core.lib.verdicts import RISES, VERDICTS
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import School

# The exact result and the sources are large; lists do without them.
_LARGE = ("result", "inputs")
_in_brief: stored.Cache[stored.StoredResult] = stored.Cache(8)
_cases: stored.Cache[Case] = stored.Cache(4)


def round_to_judge(round_id: int) -> Round:
    rounds = Round.objects.select_related("district", "standard").defer("standard__content")
    round = rounds.filter(pk=round_id).first()
    if round is None:
        raise NotFound("没有这个评估年度，可能已被移除。请回到评估年度列表重新选择。")
    return round


def job_key(round: Round) -> str:
    return f"evaluate:{round.pk}:"


def running_job(round: Round) -> Job | None:
    return Job.objects.filter(key__startswith=job_key(round), state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()


def made_by(job: Job) -> Evaluation | None:
    if job.is_open or "evaluation" not in job.result:
        return None
    return Evaluation.objects.defer(*_LARGE).filter(pk=job.result["evaluation"]).first()


def with_relaxed(path: str = "") -> dict[str, Combinable | Q]:
    """Annotations for lists without results; `path` leads to the evaluation: "evaluation__"."""
    return {
        "is_relaxed": Q(**{f"{path}result__has_key": "relaxed"}),
        "relaxed_verdict": F(f"{path}result__relaxed__verdict"),
    }


def both_words(verdict: bool | None, relaxed: stored.Relaxed | None) -> str:
    words = VERDICTS[verdict].words
    return f"{words}（{stored.LABEL}：{VERDICTS[relaxed.verdict].words}）" if relaxed else words


def unchanged_words(evaluation: Evaluation) -> str:
    return f"数据没有变化，仍是截至{dates.moment(evaluation.data_as_of)}的那次评估结果，没有另外生成。"


def address(evaluation: Evaluation) -> str:
    return f"{reverse('board:board')}?evaluation={evaluation.pk}"


def shown_to(user: User) -> QuerySet[Evaluation]:
    """Newest first, without large parts."""
    own = visible(user, Evaluation.objects.all(), Perm.DISTRICT_RESULT_VIEW)
    return own.defer(*_LARGE).order_by("-pk")


def latest(round: Round) -> Evaluation | None:
    """Unscoped."""
    return Evaluation.objects.filter(round=round).order_by("-pk").first()


def recorded(round_code: str = "", district_code: str = "") -> QuerySet[Evaluation]:
    """Unscoped, for commands: of a round code and district (blank = all), oldest first."""
    place = {"round__code": round_code, "round__district__code": district_code}
    rows = Evaluation.objects.filter(**{path: code for path, code in place.items() if code})
    return rows.select_related("round__district", "standard").order_by("pk")


def of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """The evaluation asked for, else the newest of the newest round, if it judged this school.

    For who sees the school today, or the results of its district on a round's day; else NotFound.
    """
    school, rows = _judging(user, code)
    found = _chosen(rows, evaluation_id).first()
    return school, found if found and school.code in found.inputs else None


def lightly_of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """`of_school` without the large parts, and so without knowing whether it judged this school."""
    school, rows = _judging(user, code)
    return school, _chosen(rows, evaluation_id).defer("standard__content", *_LARGE).first()


def _judging(user: User, code: str) -> tuple[School, QuerySet[Evaluation]]:
    schools = School.objects.select_related("district", "group", "successor").filter(code=code)
    school = visible(user, schools, Perm.EVALUATION_VIEW).first()
    if school is not None:
        return school, _of_districts(school)
    school = schools.exclude(changed_on=None).first()
    rows = visible(user, _of_districts(school), Perm.DISTRICT_RESULT_VIEW) if school else Evaluation.objects.none()
    if school is None or not rows.exists():
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    return school, rows


def _of_districts(school: School) -> QuerySet[Evaluation]:
    left = set(directory.districts_left_by(school))
    if not left:
        return Evaluation.objects.filter(round__district_id=school.district_id)
    rounds = Round.objects.filter(district__in=left | {school.district_id})
    days = list(rounds.values_list("pk", "district_id", "school_year_start"))
    own = directory.districts_of(school, {day for _, _, day in days})
    return Evaluation.objects.filter(round__in=[pk for pk, district, day in days if own[day] == district])


def _chosen(rows: QuerySet[Evaluation], evaluation_id: str) -> QuerySet[Evaluation]:
    if evaluation_id:
        rows = rows.filter(pk=numbers.whole(evaluation_id) or 0)
    rows = rows.select_related("round__district", "standard").defer("standard__content")
    return rows.order_by("-round__school_year_start", "-round_id", "-pk")


def parts_shown_to(user: User, school: School | None = None) -> QuerySet[PartResult]:
    """Of a school (or all the person may see) in each round's newest evaluation, newest first."""
    newest = Evaluation.objects.filter(round=OuterRef("evaluation__round")).values("round").annotate(newest=Max("pk"))
    own = visible(
        user, PartResult.objects.filter(school=school) if school else PartResult.objects.all(), Perm.EVALUATION_VIEW
    )
    return (
        own.filter(evaluation=Subquery(newest.values("newest")[:1]))
        .select_related("evaluation__round")
        .defer("evaluation__result", "evaluation__inputs")
        .order_by("-evaluation__round__school_year_start", "-evaluation_id", "-stage")
    )


def in_brief(evaluation: Evaluation) -> stored.StoredResult:
    """What is missed and which coefficients and conditions pass, known by a process for pages opened all day.

    Without what is reached, shares and reasons: 35 kB a school in memory become five.
    """

    def make() -> stored.StoredResult:
        content = Evaluation.objects.values_list("result", flat=True).get(pk=evaluation.pk)
        parts = [
            part
            | {"indicators": {code: one for code, one in part["indicators"].items() if one.get("reaches") is not True}}
            for part in content.get("parts", ())
        ]
        conditions = {
            code: {
                "passes": one.get("passes"),
                "schools": [
                    {key: school.get(key) for key in ("school_code", "passes")} for school in one.get("schools", ())
                ],
            }
            for code, one in content.get("district_indicators", {}).items()
        }
        coefficients = {
            stage: {code: {"passes": one.get("passes")} for code, one in by_code.items()}
            for stage, by_code in content.get("coefficients", {}).items()
        }
        missed = [part for part in parts if part["indicators"]]
        return stored.StoredResult({"parts": missed, "district_indicators": conditions, "coefficients": coefficients})

    return _in_brief.get(evaluation, make)


@dataclass(frozen=True, slots=True)
class GrowthFigures:
    """One figure of two years, the files behind it and what lacks one."""

    why: str
    passes: bool | None
    proofs: tuple[str, ...]
    unproven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedGrowth:
    """One condition. It holds when every figure rose and each of both years has its document."""

    code: str
    label: str
    clause: str
    lines: tuple[GrowthFigures, ...]

    @property
    def passes(self) -> bool | None:
        """None while a figure or a document is missing."""
        rose = together(line.passes for line in self.lines)
        return None if rose and any(line.unproven for line in self.lines) else rose

    @property
    def verdict(self) -> str:
        return RISES[self.passes].words

    @property
    def lacking(self) -> str:
        names = "、".join(dict.fromkeys(name for line in self.lines for name in line.unproven))
        return f"缺佐证：{names}" if names else ""

    @property
    def words(self) -> str:
        return self.verdict + (f"（{self.lacking}）" if self.lacking else "")

    @property
    def tone(self) -> str:
        return RISES[self.passes].tone


def growth(evaluation: Evaluation) -> tuple[JudgedGrowth, ...]:
    """Of the conditions judged, if its standard has any; one query."""
    judged = stored.of(evaluation).growth
    if not judged:
        return ()
    spec, schools = standards.load_spec(evaluation.standard), judging.schools(evaluation.inputs)
    entries = [one for key, one in judging.respondents(evaluation.inputs).items() if key not in schools]
    # Item (base code) → names of the files the bureau and its departments put behind it, as frozen.
    files: dict[str, list[str]] = {}
    for content in submissions.contents_of(entry["revision"] for entry in entries if entry["revision"]):
        for file in content["evidence"]:
            files.setdefault(file["item"], []).append(file["name"])
    labels = {item.base: item.base_label for item in spec.district_items.values()}
    found = []
    for condition, figures in zip(spec.growths, judged, strict=True):
        other = (condition.faster_than,) if condition.faster_than else ()
        lines = []
        for rising, line in zip(condition.rising, figures, strict=True):
            items = [spec.district_items[code].base for one in (rising, *other) for code in (one.before, one.now)]
            proofs = tuple(dict.fromkeys(name for item in items for name in files.get(item, ())))
            unproven = tuple(labels[item] for item in items if item not in files)
            lines.append(GrowthFigures(line.why, line.passes, proofs, unproven))
        found.append(JudgedGrowth(condition.code, condition.label, condition.clause, tuple(lines)))
    return tuple(found)


# The keys other programs rely on.
_HEAD = ("round", "district", "standard", "engine", "inputs_sha256", "complete")
_PART = ("school_code", "school_name", "stage", "pupils", "passes")
# The denominator of every indicator is the part's `pupils`.
_INDICATOR = ("numerator", "value", "threshold", "reaches", "reaches_floor", "gap")
_COEFFICIENT = ("mean", "sd", "cv", "limit", "passes")
_DISTRICT_INDICATOR = ("value", "passes", "why")
_VETO = ("code", "name", "happened", "schools", "unanswered")
_STAGES = ("primary", "junior")


def published(result: Mapping[str, Any]) -> dict[str, Any]:
    """Only the published keys of `Evaluation.result`, in the same order on every database."""
    return {
        **_only(_HEAD, result),
        "parts": [
            {**_only(_PART, part), "indicators": _each(_INDICATOR, part["indicators"])} for part in result["parts"]
        ],
        "coefficients": {stage: _each(_COEFFICIENT, result["coefficients"][stage]) for stage in _STAGES},
        "district_indicators": _each(_DISTRICT_INDICATOR, result["district_indicators"]),
        "vetoes": [_only(_VETO, row) for row in result["vetoes"]],
        "missing": [_only(("school_code", "item"), row) for row in result["missing"]],
        "excluded": [_only(("school_code", "reason"), row) for row in result["excluded"]],
        "verdict": result["verdict"],
    }


def _only(keys: Iterable[str], content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: content[key] for key in keys}


def _each(keys: Iterable[str], by_code: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By indicator code, B2 before B10: PostgreSQL orders JSON keys differently."""
    return {code: _only(keys, by_code[code]) for code in sorted(by_code, key=lambda code: (code[0], int(code[1:])))}


def case_of(evaluation: Evaluation) -> Case:
    """The frozen data and the verdict of today's engine on them; built once per evaluation and process."""
    return _cases.get(evaluation, lambda: judging.case(evaluation))
