"""Making scenarios, changing their measures, copying and exporting them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from indicators.planning.engine import editing, measures
from indicators.planning.scenarios import document, pages, queries, workbook
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import digests
from portal.core.papers.docx import RENDERERS
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure


@transaction.atomic
def create(*, evaluation_id: int, name: str, note: str, measures: Sequence[Any] = (), by: User) -> Scenario:
    """Raises NotFound, NotAllowed."""
    evaluation = Evaluation.objects.select_related("round__district").filter(pk=evaluation_id).first()
    if evaluation is None:
        raise NotFound("没有这次评估，或不在您可以查看的范围内。")
    ensure(by, Perm.PLAN_MANAGE, evaluation)
    return _made(evaluation, name, note, list(measures), by)


@transaction.atomic
def copy(*, scenario_id: int, by: User) -> Scenario:
    """Raises NotFound, NotAllowed."""
    scenario = _held(scenario_id, by)
    return _made(scenario.evaluation, f"{scenario.name[:56]}（副本）", scenario.note, scenario.measures, by)


def _made(evaluation: Evaluation, name: str, note: str, wanted: list[Any], by: User) -> Scenario:
    scenario = Scenario.objects.create(
        evaluation=evaluation, name=name, note=note, measures=wanted, created_by=by, updated_by=by
    )
    _record("scenario.create", scenario, by, {"name": name, "evaluation": evaluation.pk, "measures": wanted})
    return scenario


@transaction.atomic
def add_measure(*, scenario_id: int, measure: dict[str, Any], by: User) -> Scenario:
    """Raises Invalid when it, or the scenario with it, cannot be carried out."""
    scenario = _held(scenario_id, by)
    wanted = [*scenario.measures, measures.one(measure).as_json()]
    case = evaluations.case_of(scenario.evaluation)
    editing.judge(case.result.spec, case.data, measures.read(wanted))
    return _changed(scenario, wanted, by)


@transaction.atomic
def remove_measure(*, scenario_id: int, version: int, number: int, by: User) -> Scenario:
    """Raises Conflict when the list was changed since it was shown."""
    scenario = _held(scenario_id, by)
    if scenario.version != version:
        raise Conflict("这个方案的措施刚刚被改动过，没有删去。请看新的列表再删。")
    if not 0 <= number < len(scenario.measures):
        raise Invalid("没有这项措施，可能已经删去。")
    return _changed(scenario, [one for at, one in enumerate(scenario.measures) if at != number], by)


def _held(scenario_id: int, by: User) -> Scenario:
    rows = Scenario.objects.select_for_update(of=("self",), no_key=True)
    scenario = rows.select_related("evaluation__round__district", "evaluation__standard").filter(pk=scenario_id).first()
    if scenario is None:
        raise NotFound("没有这个试算方案，或不在您可以查看的范围内。")
    ensure(by, Perm.PLAN_MANAGE, scenario)
    return scenario


def _changed(scenario: Scenario, wanted: list[Any], by: User) -> Scenario:
    before = {"measures": scenario.measures}
    scenario.measures, scenario.version, scenario.updated_by = wanted, scenario.version + 1, by
    scenario.save(update_fields=["measures", "version", "updated_by", "updated_at"])
    _record("scenario.change", scenario, by, {"measures": wanted}, before)
    return scenario


@transaction.atomic
def export(*, scenario: Scenario, by: User) -> bytes:
    """As .xlsx: measures, before and after."""
    ensure(by, Perm.PLAN_VIEW, scenario)
    content = write.render(workbook.build(scenario, queries.trial(scenario)))
    _record("scenario.export", scenario, by, digests.of(content))
    return content


@transaction.atomic
def export_annex(*, scenario: Scenario, kind: str, by: User) -> bytes:
    """The rotations as annex of the 调配方案, docx or pdf. Raises NotFound for another kind; Invalid without a rotation."""
    ensure(by, Perm.PLAN_VIEW, scenario)
    if kind not in RENDERERS:
        raise NotFound("附件只有 Word 和 PDF 两种文件。请回到调配核对页重新下载。")
    found = pages.desk(scenario)
    if not found.transfers:
        raise Invalid("这个方案里没有交流轮岗，没有可以打印的附件。")
    content = RENDERERS[kind](document.paper(scenario, found))
    _record("scenario.export_annex", scenario, by, {"kind": kind} | digests.of(content))
    return content


def _record(
    code: str, scenario: Scenario, by: User, after: dict[str, Any], before: dict[str, Any] | None = None
) -> None:
    district = scenario.evaluation.round.district.code
    audit.record(code, by=by, obj=scenario, district=district, before=before, after=after)
