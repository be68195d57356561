"""What a worker does for a report: set the frozen facts as Word and PDF, store both at once."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from inspections.programmes.models import Phase
from inspections.reports import actions, document, queries
from inspections.reports.models import Report
from portal.core.errors import NotFound, Problem, Refused
from portal.core.jobs.runner import Cancelled, JobContext, LostLease
from schools.directory.models import District, Status

log = logging.getLogger(__name__)
_STEPS = 4


def run(context: JobContext) -> dict[str, Any]:
    """Run twice, it finds the files it made."""
    report = Report.objects.filter(pk=context.args["report"]).first()
    if report is None:
        raise NotFound("要编制的报告已不存在，没有写入任何文件。请重新编制。")
    if report.state == Report.State.COMPILING:
        rendered = document.render(report, lambda step, note: context.progress(step, _STEPS, note))
        context.progress(3, _STEPS, "正在保存文件")
        with context.fenced():
            actions.publish(
                report_id=report.pk, rendered=rendered, revision=report.revision, by=context.by, notify=True
            )
    context.progress(_STEPS, _STEPS, "已完成")
    return {"report": report.pk, "url": queries.address(report)}


def run_schools(context: JobContext) -> dict[str, Any]:
    """One that cannot be made is named and stops no other.

    Run again, it makes only missing ones. Raises Refused with the schools that failed, after the last.
    """
    args = context.args
    district = District.objects.get(pk=args["district"])
    asked: dict[str, Any] = {name: dt.date.fromisoformat(args[name]) for name in ("starts_on", "ends_on")}
    phase = Phase.objects.get(pk=args["phase"]) if args["phase"] else None
    schools = list(queries.schools(context.by, district).filter(status=Status.OPEN).order_by("code"))
    asked |= {"district": district, "phase": phase}
    problems = _one_by_one(context, [(school.name, asked | {"school": school}) for school in schools], queue=False)
    if problems:
        raise Refused(f"{len(schools) - len(problems)} 所学校已编制，{len(problems)} 所没有编制。", problems)
    return {"schools": len(schools), "url": f"{reverse('reports:list')}?scope=school"}


def run_ended(context: JobContext) -> dict[str, Any]:
    """For every ended period without a report, district by district.

    A missed night is made up for in the next. Raises Refused with the districts that failed, after the last.
    """
    asked: list[dict[str, Any]] = [
        {"district": district} | period
        for district in District.objects.filter(schools__isnull=False).distinct().order_by("code")
        for period in queries.due(district, timezone.localdate())
    ]
    problems = _one_by_one(context, [(str(one["district"]), one) for one in asked], queue=True)
    if problems:
        raise Refused(f"{len(problems)} 份到期的整改报告没有编制。", problems)
    return {"asked": len(asked)}


def _one_by_one(context: JobContext, named: Sequence[tuple[str, dict[str, Any]]], *, queue: bool) -> list[Problem]:
    """Reports by name, as `compile_report` takes them; made here unless `queue` leaves each to a job of its own.

    What cannot be made is named and stops nothing else.
    """
    problems = []
    for number, (name, asked) in enumerate(named):
        context.progress(number, len(named), name)
        try:
            with context.fenced():
                report = actions.compile_report(**asked, by=context.by, queue=queue)
            if not queue and report.state == Report.State.COMPILING:
                rendered = document.render(report)
                with context.fenced():
                    actions.publish(report_id=report.pk, rendered=rendered, revision=report.revision, by=context.by)
        except Refused as refusal:
            problems += [Problem(str(one), name) for one in refusal.problems or [refusal.message]]
        except (Cancelled, LostLease):
            raise
        except Exception:
            log.exception("report of %s failed", name)
            problems.append(Problem("出现意外错误，没有编制", name, "请点“重试”，只编制没有完成的"))
    context.progress(len(named), len(named), "已完成")
    return problems
