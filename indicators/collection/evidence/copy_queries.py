"""Where else the files behind a submission are used, and which pictures look alike though their bytes differ."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigAutoField, Count, DateField, QuerySet

from indicators.collection.evidence.models import PictureLook
from indicators.collection.submissions.models import Evidence, Submission
from indicators.collection.submissions.queries import SubmissionFacts
from portal.core.accounts.models import User
from portal.core.lib.prepared import Prepared
from schools.access.scope import Perm, visible

_MOST_NAMED = 3
_RESPONDENT: Any = ("submission__school__name", "submission__department__name", "submission__round__district__name")


def named(places: Sequence[str]) -> str:
    """The first of many, and their number."""
    more = f" 等 {len(places)} 处" if len(places) > _MOST_NAMED else ""
    return "、".join(places[:_MOST_NAMED]) + more


def year_before(name: str, fiscal_year: int) -> str:
    """The newest year in a file's name, if before that of the figures."""
    years = [int(year) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", name)]
    return str(max(years)) if years and max(years) < fiscal_year else ""


@dataclass(frozen=True, slots=True)
class FileUses:
    """Where else files are used, by sha256 in words. `earlier` are the respondent's of earlier years, newest first."""

    earlier: Sequence[Evidence]
    stale: Mapping[str, str]
    elsewhere: Mapping[str, Sequence[str]]
    alike: Mapping[str, Sequence[str]]

    def words(self, row: Evidence) -> Iterator[str]:
        """What to look at because of it."""
        sha256 = row.document.sha256
        if sha256 in self.stale:
            yield f"与{self.stale[sha256]}的是同一个文件"
        elif year := year_before(row.document.name, row.submission.round.fiscal_year):
            yield f"文件名写的是 {year} 年，请看是不是本年度的"
        if sha256 in self.elsewhere:
            yield f"{'、'.join(self.elsewhere[sha256])}也用了这个文件"
        if pictures := self.alike.get(sha256):
            yield f"看起来相同的图片：{named(pictures)}"

    def earlier_at(self, held: Collection[tuple[str, str]]) -> Mapping[str, Mapping[str, Evidence]]:
        """By item each file once, without those `held` there now (item, sha256)."""
        found: dict[str, dict[str, Evidence]] = defaultdict(dict)
        for row in self.earlier:
            if (row.item, row.document.sha256) not in held:
                found[row.item].setdefault(row.document.sha256, row)
        return found


def of(user: User, known: SubmissionFacts, labels: Mapping[str, str]) -> FileUses:
    """Of the files of a submission, whose items are called as `labels` says."""
    submission = known.submission
    district, day = submission.round.district_id, submission.round.school_year_start
    if submission.school_id:
        earlier: Sequence[Evidence] = _BEFORE(school=submission.school_id, district=district, day=day)
    else:
        unit = {"submission__school": None, "submission__department": submission.department_id}
        earlier = list(_before(district, day).filter(**unit))
    stale = {row.document.sha256: str(row.submission.round) for row in earlier}
    elsewhere = _elsewhere(user, submission, {row.document.sha256 for row in known.evidence})
    return FileUses(earlier, stale, elsewhere, _looking_alike(user, known, labels))


def _of_respondent(submission: Submission) -> QuerySet[Evidence]:
    """In every year."""
    return Evidence.objects.filter(
        submission__round__district=submission.round.district_id,
        submission__school=submission.school_id,
        submission__department=submission.department_id,
    )


def _before(district: Any, day: Any) -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(
        submission__round__district=district, submission__round__school_year_start__lt=day, withdrawn_at=None
    )
    rows = rows.exclude(item="").select_related("document", "submission__round", "submission__school")
    return rows.defer("submission__round__standard").order_by("-submission__round__school_year_start", "pk")


_BEFORE = Prepared(
    lambda school, district, day: _before(district, day).filter(submission__school=school),
    school=BigAutoField(),
    district=BigAutoField(),
    day=DateField(),
)


def _elsewhere(user: User, submission: Submission, sha256s: set[str]) -> Mapping[str, Sequence[str]]:
    """By sha256, other respondents that use it, in words; only for who reviews those."""
    if not sha256s:
        return {}
    rows = Evidence.objects.filter(document__sha256__in=sha256s, withdrawn_at=None).exclude(item="")
    rows = visible(user, rows, Perm.SUBMISSION_REVIEW).exclude(pk__in=_of_respondent(submission).values("pk"))
    found: dict[str, list[str]] = defaultdict(list)
    for sha256, year, *own in rows.order_by("submission", "pk").values_list(
        "document__sha256", "submission__round__name", *_RESPONDENT
    ):
        words = f"{next(filter(None, own))}（{year}）"
        if words not in found[sha256]:
            found[sha256].append(words)
    return found


def _looking_alike(user: User, known: SubmissionFacts, labels: Mapping[str, str]) -> dict[str, list[str]]:
    """By sha256, in words, what looks the same: the respondent's own of every year, others' for who reviews those."""
    submission = known.submission
    kin = alike_to(
        submission.round.district_id, (row.document.sha256 for row in known.evidence if row.document.is_picture)
    )
    if not kin:
        return {}
    used = Evidence.objects.filter(withdrawn_at=None, submission__round__district=submission.round.district_id)
    used = used.exclude(item="").filter(document__sha256__in={one for others in kin.values() for one in others})
    own = _of_respondent(submission).values("pk")
    seen = used.filter(pk__in=own) | used.filter(pk__in=visible(user, used, Perm.SUBMISSION_REVIEW).values("pk"))
    found: dict[str, list[str]] = defaultdict(list)
    rows = seen.order_by("-submission__round__school_year_start", "submission", "pk").values_list(
        "document__sha256", "document__name", "item", "submission", "submission__round__name", *_RESPONDENT
    )
    mine = set(_of_respondent(submission).values_list("submission", flat=True))
    for sha256, name, item, pk, year, *who in rows:
        if pk == submission.pk:
            words = f"“{labels.get(item, item)}”的“{name}”"
        else:
            words = f"{year if pk in mine else next(filter(None, who)) + f'（{year}）'}的“{name}”"
        for own_sha256, others in kin.items():
            if sha256 in others and words not in found[own_sha256]:
                found[own_sha256].append(words)
    return found


def alike_to(district_id: int, sha256s: Iterable[str]) -> dict[str, set[str]]:
    """By sha256 of each picture those of others that look the same; two queries."""
    wanted = set(sha256s)
    if not wanted:
        return {}
    looks = PictureLook.objects.filter(district=district_id).exclude(alike="")
    own = dict(looks.filter(sha256__in=wanted).values_list("sha256", "alike"))
    kin: dict[str, set[str]] = defaultdict(set)
    for sha256, alike in looks.filter(alike__in=set(own.values())).values_list("sha256", "alike"):
        kin[alike].add(sha256)
    return {sha256: others for sha256, alike in own.items() if (others := kin[alike] - {sha256})}


def several(district_id: int) -> dict[str, str]:
    """By sha256 of each picture that has look-alikes: what it shares with them; one query."""
    looks = PictureLook.objects.filter(district=district_id).exclude(alike="")
    shared = looks.values("alike").annotate(n=Count("pk")).filter(n__gt=1).values("alike")
    return dict(looks.filter(alike__in=shared).values_list("sha256", "alike"))
