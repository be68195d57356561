"""What a county self-assessment report says: written by section from one evaluation, its forms and the ledger."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils import timezone

from indicators.results.board import board, queries as boards
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import facts as forms_basis, queries as official_forms, workbook as form_tables
from indicators.standard.engine import Indicator, Value
from inspections.rectification.models import Finding
from inspections.self_assessments import document as assessment
from inspections.self_assessments.document import (
    FORMAT,
    KIND,
    CellText,
    Content,
    PartText,
    TableText,
    cell_text,
    part_text,
    say,
    sections,
    table_text,
    wording,
)
from inspections.visits.models import Visit
from portal.core.lib import dates
from portal.core.spreadsheets.write import PrintedForm
from schools.directory.models import InstitutionKind, Sponsor

_YEAR = 364  # days after the first of a school year
_NAMED = 6  # evidence files named before 等 n 份


def build(evaluation: Evaluation) -> Content:
    """With the ledger and visits of today.

    Raises Invalid when a frozen submission is gone from the database.
    """
    district = evaluation.round.district
    basis, content = forms_basis.load(evaluation), boards.district(evaluation).content
    filled = official_forms.forms(evaluation)
    findings = list(
        Finding.objects.filter(ledger=district.code, school__isnull=False)
        .exclude(state=Finding.State.VOID)
        .exclude(state=Finding.State.TO_DISPATCH)
        .select_related("school")
        .prefetch_related("entries")
        .order_by("indicator", "due_on", "number")
    )
    waiting = [row for row in findings if not row.is_closed]
    parts = {
        "basics": [_basics(basis, filled["1"])],
        "standing": list(_standing(basis, content)),
        "practice": list(_practice(basis, content, findings)),
        "problems": [_problems(content)],
        "plan": [_plan(content, evaluation, findings)],
    }
    city = district.parent.name if district.parent else district.name
    return {
        "kind": KIND,
        "format": FORMAT,
        "title": wording()["title"].format(district=district.name),
        "addressed_to": wording()["addressed_to"].format(city=city),
        "issuer": f"{district.name}人民政府",
        "as_of": timezone.localdate(evaluation.data_as_of).isoformat(),
        "sections": [{"code": rule.code, "title": rule.title, "parts": parts[rule.code]} for rule in sections()],
        "forms": [assessment.form(form) for form in filled.values()],
        "tasks": assessment.tasks(content, waiting),
        "schools": assessment.schools(content, waiting),
        "evidence": assessment.evidence(basis),
        "passes": evaluation.verdict,
        "waiting": sum(tab.waiting for tab in official_forms.tabs(evaluation, filled)),
        # The last box of each line of 表Ⅲ is the mean of the coefficients, which judges nothing.
        "composites": [line[-1].text for line in filled["3"].rows if isinstance(line[-1].value, Decimal)],
        "repeated": list(_repeated(basis)),
    }


def _repeated(basis: forms_basis.FormBasis) -> Iterator[str]:
    """Texts several schools handed in word for word: item and number of schools."""
    rules = wording()["checks"]
    for item in basis.spec.items.values():
        answers = [school.given.get(item.code) for school in basis.data.schools if item.kind == "text"]
        texts = Counter(str(one.value) for one in answers if isinstance(one, Value))
        long = (n for text, n in texts.items() if len(text) >= rules["repeated_characters"])
        if schools := sum(n for n in long if n >= rules["repeated_schools"]):
            yield f"{item.label} {schools} 所"


def _basics(basis: forms_basis.FormBasis, form: PrintedForm) -> PartText:
    """From 表Ⅰ, column by column, so that text and form cannot differ."""
    (line,) = form.rows
    columns = {f"L{number}": box.text for number, box in enumerate(line, 1)}
    running = [school for school in basis.data.schools if school.status == forms_basis.OPEN]
    kinds = set(basis.spec.kinds) - {InstitutionKind.VOCATIONAL}
    private = sum(school.sponsor == Sponsor.PRIVATE and school.kind in kinds for school in running)
    migrants = basis.answered("migrant_eligible", 0).text
    return part_text(
        "",
        say("people", district=basis.evaluation.round.district.name, **columns),
        say("schools", smallest=basis.smallest_point, private=private, **columns),
        say("pupils", migrants=migrants, **columns),
    )


def _standing(basis: forms_basis.FormBasis, content: boards.BoardContent) -> Iterator[PartText]:
    evaluation, heading = basis.evaluation, content.heading
    verdict = say(
        "verdict",
        round=evaluation.round.name,
        as_of=dates.day(timezone.localdate(evaluation.data_as_of)),
        standard=evaluation.standard.name,
        verdict=heading.verdict,
    )
    relaxed = say("verdict_relaxed", verdict=heading.relaxed.verdict) if heading.relaxed else ""
    yield part_text("资源配置", verdict, relaxed, *_stages(content), tables=[_resources(content)])
    judged = {one.code: one for one in content.judged}
    for letter, title in wording()["groups"].items():
        paragraphs = []
        for indicator in basis.spec.indicators:
            if indicator.code in judged and indicator.code.startswith(letter):
                conclusion = form_tables.conclusion(basis, indicator.code).rstrip("。")
                verdict = judged[indicator.code].verdict
                words = say("condition", name=indicator.name, conclusion=conclusion, verdict=verdict)
                paragraphs.append(f"{indicator.code} {words}{_evidence(basis, indicator)}")
        yield part_text(title, *paragraphs)
    happened = [f"{row.name}：{row.words}" for row in content.vetoes if row.tone != "ok"]
    yield part_text(
        "一票否决事项",
        say("vetoes_some", items="；".join(happened)) if happened else say("vetoes_none", count=len(content.vetoes)),
    )


def _stages(content: boards.BoardContent) -> Iterator[str]:
    """The schools of each stage, then the coefficients of all."""
    named = {True: [], False: [], None: []}  # type: dict[bool | None, list[str]]
    for stage in content.stages:
        total = len(stage.rows)
        passing = sum(row.passes is True for row in stage.rows)
        left = [row for row in stage.rows if row.passes is False]
        undecided = total - passing - len(left)
        counted = {"total": total, "passing": passing, "failing": len(left)}
        yield say("stage", stage=stage.label, open=say("stage_open", open=undecided) if undecided else "", **counted)
        if left:
            names = "；".join(f"{row.school}（{row.reason}）" for row in left)
            yield say("stage_failing", stage=stage.label, names=names)
        elif not undecided:
            yield say("stage_passing", stage=stage.label)
        for one in stage.summaries:
            known = f" {one.cv}，限值 {one.limit}" if one.passes is not None else ""
            named[one.passes].append(f"{stage.label}{one.code}{known}")
    failing, waiting = (
        say(sentence, count=len(found), names="；".join(found)) if found else ""
        for sentence, found in (("spread_failing", named[False]), ("spread_open", named[None]))
    )
    total = sum(map(len, named.values()))
    yield say("spread", total=total, passing=len(named[True]), failing=failing, open=waiting)


def _resources(content: boards.BoardContent) -> TableText:
    rows: list[list[CellText]] = []
    for stage in content.stages:
        for summary in stage.summaries:
            cells = [(row, cell) for row in stage.rows for cell in row.cells if cell.code == summary.code]
            reached = sum(cell.reaches is True for _, cell in cells)
            known = [(Decimal(cell.figure.value), row, cell) for row, cell in cells if cell.figure.value is not None]
            lowest = min(known, key=lambda one: (one[0], one[1].school_code), default=None)
            rows.append(
                [
                    cell_text(stage.label),
                    cell_text(f"{summary.code} {summary.name}", align="left"),
                    cell_text(summary.threshold),
                    cell_text(f"{reached}／{len(cells)}"),
                    cell_text(f"{lowest[1].school} {lowest[2].value}" if lowest else board.NONE, align="left"),
                    *map(cell_text, (summary.mean, summary.cv, summary.limit)),
                    cell_text(summary.words if summary.passes is not None else say("resources_open")),
                ]
            )
    return table_text("resources", [0.9, 3, 1.2, 1.3, 3.2, 1.3, 1.3, 0.9, 1.7], rows, size=9)


def _evidence(basis: forms_basis.FormBasis, indicator: Indicator) -> str:
    items = {reference.partition(".")[2] for reference in indicator.items}
    files = [one["name"] for one in basis.bureau.get("evidence", ()) if one["item"] in items]
    if not files:
        return ""
    more = f"等 {len(files)} 份" if len(files) > _NAMED else ""
    return say("condition_evidence", names="、".join(files[:_NAMED]) + more)


def _practice(
    basis: forms_basis.FormBasis, content: boards.BoardContent, findings: Sequence[Finding]
) -> Iterator[PartText]:
    """This round and the two before it, as far as they were judged; money, visits and the ledger."""
    round_ = basis.evaluation.round
    rows = Evaluation.objects.filter(
        round__district=round_.district_id, round__school_year_start__lt=round_.school_year_start
    )
    newest: dict[int, Evaluation] = {}
    for row in rows.select_related("round", "standard").defer("result", "inputs").order_by("-pk"):
        newest.setdefault(row.round_id, row)
    earlier = sorted(newest.values(), key=lambda one: one.round.school_year_start)[-2:]
    bases = [*map(forms_basis.load, earlier), basis]
    tables = [table for table in (assessment.money(bases), assessment.conditions(bases)) if table]
    if tables:
        yield part_text(wording()["tables"]["three_years"], tables=tables)
    if content.growth:
        items = "；".join(f"{one.label}{one.words}" for one in content.growth)
        yield part_text("经费投入", say("growth", items=items))
    year = round_.school_year_start, round_.school_year_start + dt.timedelta(days=_YEAR)
    done = Visit.objects.filter(school__district=round_.district_id, state=Visit.State.DONE, planned_on__range=year)
    visits = list(done.values_list("kind", "school"))
    kinds = Counter(kind for kind, _ in visits)
    schools = len({school for _, school in visits})
    closed = sum(row.is_closed for row in findings)
    today = dates.day(timezone.localdate())
    counted = {"total": len(findings), "closed": closed, "open": len(findings) - closed}
    yield part_text(
        "督导与整改",
        say("visits", visits=len(visits), schools=schools, **{kind: kinds[kind] for kind in Visit.Kind})
        if visits
        else say("visits_none"),
        say("ledger", as_of=today, **counted) if findings else say("ledger_none"),
    )


def _problems(content: boards.BoardContent) -> PartText:
    """Every gap by indicator, and what else is not met, not judged or relaxed."""
    found = [
        (summary.code, stage, row, cell)
        for stage in content.stages
        for summary in stage.summaries
        for row in stage.rows
        for cell in row.cells
        if cell.code == summary.code and cell.reaches is False
    ]
    found.sort(key=lambda one: one[0])
    rows = [
        [
            cell_text(f"{code} {cell.name}（{content.spec.indicator(code).unit}）", align="left"),
            cell_text(f"{row.school}（{stage.label}）", align="left"),
            cell_text(cell.value),
            cell_text(cell.figure.threshold),
            cell_text(board.gap(content.spec.indicator(code), cell.figure), align="left"),
        ]
        for code, stage, row, cell in found
    ]
    failing = [
        f"{stage.label}{one.code}（{one.cv}）"
        for stage in content.stages
        for one in stage.summaries
        if one.passes is False
    ]
    waiting = [f"{one.school}（{'、'.join(one.items)}）" for one in content.lacking]
    schools = len({row.school_code for _, _, row, _ in found})
    unmet = []
    for one in content.judged:
        about = {"code": one.code, "name": one.name}
        if one.tone == "bad":
            unmet.append(say("problems_condition", **about, schools=_grouped(one.failing) or "全区"))
        elif one.unknown:
            unmet.append(say("problems_undecided", **about, schools=_grouped(one.unknown)))
    texts = [
        say("problems", count=len(found), schools=schools) if found else "",
        say("problems_spread", names="；".join(failing)) if failing else "",
        *unmet,
        say("problems_open", names="；".join(waiting)) if waiting else "",
        say("problems_relaxed", names="；".join(one.words for one in content.allowed)) if content.allowed else "",
    ]
    table = table_text("problems", [2.6, 4, 1.4, 1.2, 3.4], rows, size=10)
    return part_text("", *(texts if any(texts) else [say("problems_none")]), tables=[table] if rows else [])


def _grouped(reasons: Iterable[board.SchoolReason]) -> str:
    """By reason."""
    groups: dict[str, list[str]] = {}
    for one in reasons:
        groups.setdefault(one.why, []).append(one.school)
    return "；".join(f"{'、'.join(names)}（{why}）" for why, names in groups.items())


def _plan(content: boards.BoardContent, evaluation: Evaluation, findings: Sequence[Finding]) -> PartText:
    waiting = [row for row in findings if not row.is_closed]
    registered = {(row.school.code, row.stage, row.indicator) for row in findings}  # type: ignore[union-attr]
    gaps = [
        (row.school_code, row.stage, cell.code)
        for stage in content.stages
        for row in stage.rows
        for cell in row.cells
        if cell.reaches is False
    ]
    missing = sum(gap not in registered for gap in gaps)
    groups: dict[str, list[Finding]] = {}
    for row in waiting:
        groups.setdefault(row.indicator, []).append(row)
    names = content.spec.names
    rows = [
        [
            cell_text(names.get(code, code), align="left"),
            cell_text(str(len(own))),
            cell_text("、".join(dict.fromkeys(row.school.name for row in own)), align="left"),  # type: ignore[union-attr]
            cell_text(dates.day(min(row.due_on for row in own))),
            cell_text(dates.day(max(row.due_on for row in own))),
        ]
        for code, own in sorted(groups.items())
    ]
    return part_text(
        "",
        say("plan", count=len(waiting)) if waiting else say("plan_none"),
        say("plan_schools") if gaps else "",
        say("plan_unregistered", count=missing) if missing else "",
        tables=[table_text("plan", [2.6, 1, 5, 2, 2], rows, size=10)] if rows else [],
    )
