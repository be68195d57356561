"""Reads of evaluations: which there are, whether they are still up to date, what is running."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.urls import reverse

from indicators.collection.rounds.models import Round
from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision, Submission
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import renamed
from indicators.results.evaluations.inputs import Inputs
from indicators.results.evaluations.models import Evaluation, PartResult
from indicators.results.evaluations.relaxed import LABEL, Relaxed
from indicators.results.evaluations.renamed import Renamed
from indicators.standard.engine import ENGINE_VERSION
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.jobs.models import Job
from portal.core.lib import dates, numbers
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import School

_WORDS = {True: "达标", False: "未达标", None: "无法判定"}
# The exact result and the sources are large; lists do without them.
_LARGE = ("result", "inputs")


@dataclass(frozen=True, slots=True)
class Staleness:
    """What has changed since an evaluation read its data, and which schools are called otherwise today."""

    respondents: tuple[str, ...]
    rules: bool
    renamed: Renamed = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.respondents) or self.rules


def verdict_words(verdict: bool | None) -> str:
    """Return a verdict in words; undecided is never shown as a failure."""
    return _WORDS[verdict]


def round_to_judge(round_id: int) -> Round:
    """Return a round with its district and standard. Raises NotFound when it is gone."""
    rounds = Round.objects.select_related("district", "standard").defer("standard__content")
    round = rounds.filter(pk=round_id).first()
    if round is None:
        raise NotFound("没有这个评估年度，可能已被移除。请回到评估年度列表重新选择。")
    return round


def inputs_for(round: Round) -> Inputs:
    """Return everything the round's verdict depends on, as it stands now."""
    return reading.of_round(round)


def job_key(round: Round) -> str:
    """Return what the keys of a round's evaluation jobs begin with."""
    return f"evaluate:{round.pk}:"


def running_job(round: Round) -> Job | None:
    """Return the evaluation of this round that waits or runs, if any."""
    return Job.objects.filter(key__startswith=job_key(round), state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()


def made_by(job: Job) -> Evaluation | None:
    """Return the evaluation a finished job made or found."""
    if job.is_open or "evaluation" not in job.result:
        return None
    return Evaluation.objects.defer(*_LARGE).filter(pk=job.result["evaluation"]).first()


def with_relaxed(path: str = "") -> dict[str, Combinable | Q]:
    """Return annotations of a list without results: whether relaxations were granted, and the verdict with them.

    `path` leads from the rows to the evaluation: "evaluation__".
    """
    return {
        "is_relaxed": Q(**{f"{path}result__has_key": "relaxed"}),
        "relaxed_verdict": F(f"{path}result__relaxed__verdict"),
    }


def both_words(verdict: bool | None, relaxed: Relaxed | None) -> str:
    """Return the strict verdict in words, beside it the one with relaxations where any was granted."""
    words = verdict_words(verdict)
    return f"{words}（{LABEL}：{verdict_words(relaxed.verdict)}）" if relaxed else words


def unchanged_words(evaluation: Evaluation) -> str:
    """Return what to say to whoever asked for an evaluation that was there already."""
    return f"数据没有变化，仍是截至{dates.moment(evaluation.data_as_of)}的那次评估结果，没有另外生成。"


def address(evaluation: Evaluation) -> str:
    """Return where an evaluation is shown."""
    return f"{reverse('board:board')}?evaluation={evaluation.pk}"


def shown_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations whose district results the person may see, newest first, without their large parts."""
    own = visible(user, Evaluation.objects.all(), Perm.DISTRICT_RESULT_VIEW)
    return own.defer(*_LARGE).order_by("-pk")


def latest(round: Round) -> Evaluation | None:
    """Return the newest evaluation of a round (unscoped: for work that acts for the district)."""
    return Evaluation.objects.filter(round=round).order_by("-pk").first()


def kept(round_code: str = "", district_code: str = "") -> QuerySet[Evaluation]:
    """Return every evaluation of a round code and district (blank = all), oldest first (unscoped: for commands)."""
    place = {"round__code": round_code, "round__district__code": district_code}
    rows = Evaluation.objects.filter(**{path: code for path, code in place.items() if code})
    return rows.select_related("round__district", "standard").order_by("pk")


def of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """Return a school with the evaluation asked for, else the newest of the newest round, if it judged this school.

    Who sees the school today sees its own entries of every year; who sees the results of the district it belonged to
    on a round's day sees them too. Raises NotFound for everybody else.
    """
    school, rows = _judging(user, code)
    found = _chosen(rows, evaluation_id).first()
    return school, found if found and school.code in found.inputs else None


def lightly_of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """Like `of_school`, without the large parts, and so without knowing whether it judged this school.

    Asking the database for that alone reads the figures of the whole district.
    """
    school, rows = _judging(user, code)
    return school, _chosen(rows, evaluation_id).defer("standard__content", *_LARGE).first()


def _judging(user: User, code: str) -> tuple[School, QuerySet[Evaluation]]:
    """A school and the evaluations of the districts it belonged to on their rounds' days, as far as the person may see."""
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
    left = set(past.left_by(school))
    if not left:
        return Evaluation.objects.filter(round__district_id=school.district_id)
    rounds = Round.objects.filter(district__in=left | {school.district_id})
    told = list(rounds.values_list("pk", "district_id", "school_year_start"))
    own = past.districts_of(school, {day for _, _, day in told})
    return Evaluation.objects.filter(round__in=[pk for pk, district, day in told if own[day] == district])


def _chosen(rows: QuerySet[Evaluation], evaluation_id: str) -> QuerySet[Evaluation]:
    if evaluation_id:
        rows = rows.filter(pk=numbers.whole(evaluation_id) or 0)
    rows = rows.select_related("round__district", "standard").defer("standard__content")
    return rows.order_by("-round__school_year_start", "-round_id", "-pk")


def parts_shown_to(user: User, school: School | None = None) -> QuerySet[PartResult]:
    """Return the parts of a school (or of all the person may see) in each round's newest evaluation, newest first."""
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


def staleness(evaluation: Evaluation) -> Staleness:
    """Return whose data changed since an evaluation, and whether the rules did.

    Fingerprints are compared; figures are read again only for respondents with a
    new revision, because handing in the same figures again changes no verdict.
    """
    round, kept = evaluation.round, reading.respondents(evaluation.inputs)
    schools = past.of_district(round.district, round.school_year_start)
    facts = {school.code: reading.register(school) for school in schools}
    hashes = _counting_hashes(round, facts)
    changed, resubmitted = set(), []
    for key in kept.keys() | facts.keys() | hashes.keys():
        before = kept.get(key)
        revision, sha256 = hashes.get(key, (None, ""))
        if before is None or before["register"] != facts.get(key, []) or bool(before["sha256"]) != bool(sha256):
            changed.add(key)
        elif before["sha256"] != sha256:
            resubmitted.append((key, revision))
    changed |= with_new_figures(evaluation, resubmitted) | _with_other_grants(evaluation, facts)
    rules = evaluation.engine != ENGINE_VERSION or evaluation.standard_id != round.standard_id
    return Staleness(tuple(sorted(changed)), rules, renamed.of(evaluation, schools))


def _with_other_grants(evaluation: Evaluation, codes: Container[str]) -> set[str]:
    """Schools for which other relaxations were in force on the round's day than were judged with."""
    now = reading.in_force(standards.load_spec(evaluation.standard), evaluation.round, codes)
    return {grant.school_code for grant in set(now) ^ set(reading.grants(evaluation.inputs))}


def _counting_hashes(round: Round, codes: Container[str]) -> dict[str, tuple[int, str]]:
    """Respondent → the revision that counts and its sha256; the rule of `inputs.of_round`, without figures."""
    newest = Revision.objects.filter(submission=OuterRef("submission")).order_by("-number").values("pk")[:1]
    rows = Revision.objects.filter(
        pk=Subquery(newest),
        submission__round=round,
        submission__state=Submission.State.APPROVED,
        decision__verdict=Decision.Verdict.APPROVED,
    ).values_list("pk", "sha256", "submission__school__code", "submission__department__code")
    return {
        reading.respondent(round, school or "", department or ""): (pk, sha256)
        for pk, sha256, school, department in rows
        if not school or school in codes
    }


def with_new_figures(evaluation: Evaluation, resubmitted: Iterable[tuple[str, int | None]]) -> set[str]:
    """Return which respondents' revisions hold other figures than were judged, whatever engine took the fingerprint."""
    keys = {revision: key for key, revision in resubmitted if revision is not None}
    if not keys:
        return set()
    spec = standards.load_spec(evaluation.standard)
    rows = Revision.objects.filter(pk__in=keys).values_list("pk", "content")
    given = {keys[pk]: answers.of_content(spec, content) for pk, content in rows}
    return {key for key, found in given.items() if not reading.are_same(evaluation.inputs[key]["figures"], found)}
