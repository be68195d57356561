"""What of a district turned between two evaluations, what people did since, and what is late."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Decision, Round, Submission
from indicators.planning.plans import facts as plan_facts
from indicators.results.board import queries as boards
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones.pages import Verdicts
from inspections.duties import queries as duties
from inspections.escalation.models import Escalation
from inspections.publicity import queries as publicity
from inspections.rectification import queries as ledger
from inspections.rectification.models import Entry, Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from schools.access.scope import Perm, visible
from schools.directory.models import District

# Of these one sees at a glance; the pages behind the links have all.
_NAMES = 4
# By school code and stage; the stage is named where a school has several.
PartNames: TypeAlias = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class News:
    """One thing that changed, or is late: how many, which ones, where to look."""

    label: str
    count: str
    tone: str
    url: str
    names: str = ""


def turned(
    now: Mapping[str, Verdicts], then: Mapping[str, Verdicts], names: PartNames, evaluation: Evaluation
) -> Iterator[News]:
    spec = boards.district(evaluation).content.spec
    link = f"?evaluation={evaluation.pk}"
    for name, label, page in (
        ("parts", "学校", "board"),
        ("coefficients", "差异系数", "coefficients"),
        ("conditions", "B、C、D 类指标", "conditions"),
    ):
        for passes, word, tone in ((True, "转为达标", "ok"), (False, "转为未达标", "bad")):
            keys = [key for key, was in then[name].items() if was is (not passes) and now[name].get(key) is passes]
            if name == "parts":
                found = [names[key] for key in keys]
            elif name == "coefficients":
                found = [f"{spec.stages[stage].label} {code}" for stage, code in keys]
            else:
                found = keys
            if found:
                unit = "所（部）" if name == "parts" else "项"
                some = "、".join(found[:_NAMES]) + ("等" if len(found) > _NAMES else "")
                yield News(label + word, f"{len(found)} {unit}", tone, reverse(f"board:{page}") + link, some)


def happened(user: User, evaluation: Evaluation, since: dt.datetime | None) -> Iterator[News]:
    if since is None:
        return
    district = evaluation.round.district_id
    # An imported row carries the day the old ledger says; one that says none is old, whenever it was imported.
    imported = Entry.objects.filter(kind=Entry.Kind.IMPORT, finding__created_at__gte=since)
    undated = imported.filter(at__date__lte=F("finding__created_at__date"))
    found = _findings(user, district).aggregate(
        raised=Count(
            "pk", filter=Q(created_at__gte=since) & ~Q(state=Finding.State.VOID) & ~Q(pk__in=undated.values("finding"))
        ),
        closed=Count("pk", filter=Q(closed_at__gte=since, state=Finding.State.CLOSED)),
    )
    url = reverse("rectification:list")
    decisions = visible(user, Decision.objects.all(), Perm.SUBMISSION_VIEW).filter(
        decided_at__gte=since, revision__submission__round__district=district
    )
    decided = dict(decisions.order_by().values_list("verdict").annotate(Count("pk")))
    for label, count, unit, tone, where in (
        ("新登记问题", found["raised"], "项", "muted", url),
        ("销号", found["closed"], "项", "ok", f"{url}?state=closed"),
        ("填报退回", decided.get(Decision.Verdict.SENT_BACK, 0), "份", "warn", reverse("rounds:list")),
        ("填报通过", decided.get(Decision.Verdict.APPROVED, 0), "份", "ok", reverse("rounds:list")),
    ):
        if count:
            yield News(label, f"{count} {unit}", tone, where)


def _findings(user: User, district_id: int) -> QuerySet[Finding]:
    return ledger.seen_by(user).filter(pk__in=ledger.of_district(district_id).values("pk"))


def late(user: User, district: District) -> Iterator[News]:
    today, url, findings = timezone.localdate(), reverse("rectification:list"), _findings(user, district.pk)
    rows = findings.filter(ledger.overdue()).order_by().values_list("severity")
    by_severity = dict(rows.annotate(Count("pk")))
    for severity, label in (*Finding.Severity.choices[::-1], ("", "未定级")):
        if count := by_severity.get(severity):
            tone = "bad" if severity else "warn"
            yield News(f"问题整改（{label}）", f"{count} 项", tone, f"{url}?overdue=true&severity={severity or 'none'}")
    mine = visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW).exclude(rounds.not_expected())
    mine = mine.filter(round__district=district, round__state=Round.State.OPEN, state__in=rounds.EDITABLE)
    now = timezone.now()
    mine = mine.filter(Q(extension=None, round__due_at__lt=now) | Q(extension__due_at__lt=now))
    late = mine.order_by().values_list("round", "round__name").annotate(Count("pk"))
    for round_id, name, count in late:
        yield News(f"填报（{name}）", f"{count} 家", "bad", f"{reverse('rounds:detail', args=[round_id])}?late=on")
    orders = visible(user, Escalation.objects.all(), Perm.FINDING_VIEW).filter(finding__in=findings)
    states = (Escalation.State.ISSUED, Escalation.State.ACKNOWLEDGED)
    if count := orders.filter(state__in=states, reply_due_on__lt=today).count():
        yield News("督办没有按期回复", f"{count} 件", "bad", reverse("escalation:list"))
    complaints = publicity.unanswered(user).filter(district=district, due_on__lt=today)
    if count := complaints.count():
        yield News("群众反映没有按期答复", f"{count} 件", "bad", reverse("publicity:complaints"))
    visits = visible(user, Visit.objects.all(), Perm.VISIT_VIEW).filter(school__district=district)
    if count := visits.filter(state=Visit.State.PLANNED, planned_on__lt=today).count():
        yield News("督导没有按计划开始", f"{count} 次", "warn", f"{reverse('visits:list')}?state=planned")
    for plan, year, count in plan_facts.late(user, district.pk):
        where = f"{reverse('plans:progress', args=[plan.pk])}?year={year}"
        yield News(f"达标规划 {year} 年的措施没有到位", f"{count} 项", "bad", where)
    for label, words, where in duties.late(user, district.pk):
        yield News(label, words, "bad", where)


def next_due(district: District, now: dt.datetime) -> dt.datetime | None:
    """When submissions become late next; of the rest of `late` the day decides."""
    asked = Submission.objects.filter(round__district=district)
    asked = asked.annotate(due=Coalesce("extension__due_at", "round__due_at")).filter(due__gt=now)
    found: dt.datetime | None = asked.aggregate(Min("due"))["due__min"]
    return found
