"""Asking for a plan, keeping it, exporting it."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse

from indicators.collection.submissions.models import Round
from indicators.planning.engine import terms
from indicators.planning.forecast import queries as forecasts
from indicators.planning.plans import document, facts, pages, queries, workbook
from indicators.planning.plans.models import PlanRun
from indicators.planning.scenarios import actions as scenarios
from indicators.planning.scenarios.models import Scenario
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, NotFound
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import digests
from portal.core.notices import actions as notices
from portal.core.papers.docx import RENDERERS
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure


@transaction.atomic
def start(*, round_id: int, wanted: terms.PlanTerms, by: User) -> Job:
    """Queue one job for exactly these figures and terms. Raises NotFound, NotAllowed."""
    round_ = Round.objects.select_related("district").defer("standard__content").filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    ensure(by, Perm.PLAN_MANAGE, round_)
    args = {"round": round_.pk, "terms": terms.as_json(wanted)}
    stands_on = [args, forecasts.data_sha256(round_), queries.newest_forecast(round_), queries.VERSION]
    job = jobs.enqueue(
        kind="plan",
        title=f"达标规划 {round_.name}",
        args=args,
        key=f"plan:{round_.pk}:{digests.fingerprint(stands_on)}",
        by=by,
        district=round_.district.code,
    )
    audit.record("plan.start", by=by, obj=round_, district=round_.district.code, after={"job": job.pk, **args})
    return job


@transaction.atomic
def record(*, round_: Round, content: dict[str, Any], by: User) -> PlanRun:
    """Store a plan, the same one once, and notify the actor."""
    ensure(by, Perm.PLAN_MANAGE, round_)
    sha256, years = digests.fingerprint(content), content["base"]["years"]
    facts = {
        "first_year": years[0],
        "last_year": years[-1],
        "total_cost": Decimal(content["total_cost"]),
        "reaches": content["reaches"],
        "content": content,
        "created_by": by,
    }
    plan, made = PlanRun.objects.get_or_create(round=round_, sha256=sha256, defaults=facts)
    if not by.is_system:
        url = reverse("plans:detail", args=[plan.pk])
        notices.notify([by], text=f"{plan}已完成", url=url, key=f"plan:{plan.pk}", by=None)
    audit.record("plan.record", by=by, obj=plan, district=round_.district.code, after={"sha256": sha256, "made": made})
    return plan


@transaction.atomic
def open_as_scenario(*, plan: PlanRun, by: User) -> Scenario:
    """The measures as a scenario on the evaluation of the same figures. Raises Conflict while there is none."""
    ensure(by, Perm.PLAN_MANAGE, plan)
    evaluation = queries.evaluation_of(plan)
    if evaluation is None:
        raise Conflict("还没有按这份规划所用的填报做过评估，不能打开为方案。请先在“评估年度”里评估，再打开。")
    scenario = scenarios.create(
        evaluation_id=evaluation.pk,
        name=f"规划 {plan.first_year}—{plan.last_year}",
        note=str(plan),
        measures=plan.stored["measures"],
        by=by,
    )
    audit.record(
        "plan.open_as_scenario", by=by, obj=plan, district=plan.round.district.code, after={"scenario": scenario.pk}
    )
    return scenario


@transaction.atomic
def export(*, plan: PlanRun, kind: str, by: User) -> bytes:
    """As xlsx, docx, pdf or progress (计划与实际, xlsx). Raises NotFound for another kind."""
    ensure(by, Perm.PLAN_VIEW, plan)
    shown = pages.PlanShown(plan)
    if kind == "xlsx":
        content = write.render(workbook.build(plan, shown))
    elif kind == "progress":
        content = write.render(workbook.progress(plan, facts.of(by, plan)))
    elif kind in RENDERERS:
        content = RENDERERS[kind](document.paper(plan, shown))
    else:
        raise NotFound("规划只有 Excel、Word 和 PDF 三种文件。请回到规划页重新下载。")
    audit.record(
        "plan.export", by=by, obj=plan, district=plan.round.district.code, after={"kind": kind} | digests.of(content)
    )
    return content
