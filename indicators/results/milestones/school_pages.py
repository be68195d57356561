"""Schools, their stage parts and submissions on two sides, matched by 学校标识码, with the type of each year."""

from dataclasses import dataclass

from indicators.collection.submissions import answers, queries as submissions
from indicators.results.evaluations.judging import Source
from indicators.results.evaluations.stored import LABEL, StoredFigure, StoredPart
from indicators.results.milestones import pages
from indicators.results.milestones.pages import ComparedFigure, Side, VerdictTurn
from indicators.standard.engine import Indicator, fingerprint
from schools.directory.models import Department, School, Sponsor, Status

_FACTS = {"kind": "类型", "area": "城乡", "status": "办学状态"}


@dataclass(frozen=True, slots=True)
class PartCell:
    """One of A1–A7 of a part then and now; `note` where the threshold changed or a relaxation was granted."""

    code: str
    name: str
    figure: ComparedFigure
    turn: VerdictTurn
    note: str
    then: StoredFigure | None
    now: StoredFigure | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """One stage part with its verdict and its cells; `notes` say what became of the school."""

    school_code: str
    school: str
    area: str
    stage: str
    stage_label: str
    presence: str
    notes: tuple[str, ...]
    pupils: ComparedFigure
    turn: VerdictTurn
    cells: tuple[PartCell, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A school of which the register says something else than before."""

    school_code: str
    school: str
    notes: tuple[str, ...]


def _register(then: Side, now: Side) -> dict[str, School]:
    """Today's, by code, with successors; one query."""
    codes = then.registers.keys() | now.registers.keys()
    return School.objects.select_related("successor").in_bulk(list(codes), field_name="code")


def moved(then: Side, now: Side) -> tuple[Moved, ...]:
    """New, gone, closed, merged, renamed or of another type, by code."""
    register, found = _register(then, now), []
    for code in sorted(then.registers.keys() | now.registers.keys()):
        name = str((now.registers.get(code) or then.registers[code])["name"])
        found.append(Moved(code, name, _notes(then, now, code, register.get(code))))
    return tuple(one for one in found if one.notes)


def part_rows(then: Side, now: Side) -> tuple[PartRow, ...]:
    """Of either side, primary before junior, by school code."""
    register = _register(then, now)
    parts = then.result.by_key, now.result.by_key
    stages = list(dict.fromkeys((*now.spec.judged_stages, *then.spec.judged_stages)))
    keys = sorted(parts[0].keys() | parts[1].keys(), key=lambda key: (stages.index(key[1]), key[0]))
    found = []
    for key in keys:
        code, stage = key
        before, after = parts[0].get(key), parts[1].get(key)
        side = now if stage in now.spec.stages else then
        facts = now.registers.get(code) or then.registers[code]
        presence = "both" if before and after else "new" if after else "gone"
        notes = list(_notes(then, now, code, register.get(code)))
        if presence == "gone" and code in now.registers:
            # The register alone does not say why the part is not judged now.
            left_out = {one.school_code: one.reason for one in now.result.excluded}
            notes.append(left_out.get(code, "现在没有这个学段的学生"))
        # As soon as the school has a relaxation on one side; the other side's verdict is its strict one.
        old = then.relaxed.part(before) if then.relaxed and before else None
        new = now.relaxed.part(after) if now.relaxed and after else None
        if old or new:
            notes.append(f"{LABEL}：{_verdict(old or before, new or after).words}")
        found.append(
            PartRow(
                school_code=code,
                school=facts["name"],
                area=facts["area"],
                stage=stage,
                stage_label=side.spec.stages[stage].label,
                presence=presence,
                notes=tuple(notes),
                pupils=pages.figure(before.pupils if before else None, after.pupils if after else None, 0),
                turn=_verdict(before, after),
                cells=tuple(_cell(then, now, indicator, before, after) for indicator in side.spec.resources),
            )
        )
    return tuple(found)


def _verdict(before: StoredPart | None, after: StoredPart | None) -> VerdictTurn:
    old, new = (pages.turn_of(part.passes, part.passes).words if part else "" for part in (before, after))
    if before and after:
        return pages.turn_of(before.passes, after.passes)
    return VerdictTurn(f"新参评：{new}", "other") if after else VerdictTurn(f"{old}→不再参评", "other")


def _cell(then: Side, now: Side, indicator: Indicator, before: StoredPart | None, after: StoredPart | None) -> PartCell:
    places, code = now.spec.printing["value"], indicator.code
    old, new = (part.indicators.get(code) if part else None for part in (before, after))
    notes = [f"标准 {old.threshold}→{new.threshold}"] if old and new and old.threshold != new.threshold else []
    relaxed_old = then.relaxed.figure(before, code) if then.relaxed and before else None
    relaxed_new = now.relaxed.figure(after, code) if now.relaxed and after else None
    if relaxed_old or relaxed_new:
        figure = pages.judged_figure(relaxed_old or old, relaxed_new or new, places)
        notes.append(f"{LABEL} {figure.then}→{figure.now}")
    return PartCell(
        code=code,
        name=indicator.short_name,
        figure=pages.judged_figure(old, new, places),
        turn=pages.turn_of(old.reaches, new.reaches) if old and new else VerdictTurn("", "other"),
        note="；".join(notes),
        then=old,
        now=new,
    )


def _notes(then: Side, now: Side, code: str, school: School | None) -> tuple[str, ...]:
    """What the register recorded otherwise, and what the school is today if neither side says so."""
    before, after = then.registers.get(code), now.registers.get(code)
    facts = after or before or {}
    since = school.since(facts["name"], facts["kind"]) if school else ""
    into = f"，并入{school.successor.name}" if school and school.successor else ""
    if before is None:
        notes = ["新登记的学校"]
    elif after is None:
        notes = [f"已不在名录{into}"]
    else:
        notes = []
        if before["name"] != after["name"]:
            notes.append(f"更名，原“{before['name']}”")
        for fact, label in _FACTS.items():
            if before[fact] != after[fact]:
                closed = into if fact == "status" and after[fact] == Status.CLOSED else ""
                notes.append(f"{label}：{before[fact]}→{after[fact]}{closed}")
        if before["sponsor"] != after["sponsor"]:
            notes.append(f"举办者：{Sponsor(before['sponsor']).label}→{Sponsor(after['sponsor']).label}")
        if before["boarding"] != after["boarding"]:
            notes.append("改为寄宿制" if after["boarding"] else "不再是寄宿制")
    return (*notes, since) if since else tuple(notes)


_NAMED = 6
_AGAIN = "again", "另一次提交，数据相同"


@dataclass(frozen=True, slots=True)
class ComparedSubmission:
    """One respondent's submission then and now: receipts, keys of the revisions, and what became of the figures."""

    key: str
    name: str
    then_receipt: str
    then_revision: int | None
    now_receipt: str
    now_revision: int | None
    state: str
    words: str
    items: str

    @property
    def changed(self) -> bool:
        return self.state not in ("same", "again", "none")


def submission_rows(then: Side, now: Side) -> tuple[ComparedSubmission, ...]:
    """Of either side, schools first; three queries."""
    keys = sorted(then.respondents.keys() | now.respondents.keys(), key=lambda key: (not _is_school(key), key))
    states = {key: _state(then.respondents.get(key), now.respondents.get(key)) for key in keys}
    differing = [key for key in keys if states[key][0] == "changed"]
    loaded = []
    for side in (then, now):
        wanted = {side.respondents[key]["revision"]: key for key in differing}
        rows = submissions.load_frozen(side.evaluation.standard, wanted)
        loaded.append({wanted[number]: row for number, row in rows.items()})
    before, after = loaded
    items = {key: _items(then, now, key, before[key], after[key]) for key in before.keys() & after.keys()}
    # Fingerprints of two engines may differ over the same figures.
    states |= {key: _AGAIN for key, labels in items.items() if not labels}
    own = Department.objects.filter(district=now.evaluation.round.district_id)
    departments = dict(own.values_list("code", "name"))
    found = []
    for key in keys:
        facts, department = now.registers.get(key) or then.registers.get(key), key.partition("/")[2]
        name = str(facts["name"]) if facts else f"{now.evaluation.round.district}（区县数据）"
        if not facts and department:
            name = departments.get(department, department)
        old, new = then.respondents.get(key, {}), now.respondents.get(key, {})
        found.append(
            ComparedSubmission(
                key=key,
                name=name,
                then_receipt=old.get("receipt", ""),
                then_revision=old.get("revision"),
                now_receipt=new.get("receipt", ""),
                now_revision=new.get("revision"),
                state=states[key][0],
                words=states[key][1],
                items=items.get(key, ""),
            )
        )
    return tuple(found)


def _state(before: Source | None, after: Source | None) -> tuple[str, str]:
    old, new = (entry["revision"] if entry else None for entry in (before, after))
    if not old and not new:
        return "none", "都没有计入的填报"
    if not old:
        return "new", "新计入"
    if not new:
        return "gone", "不再计入"
    if old == new:
        return "same", "同一次提交"
    same = before and after and before["figures"] == after["figures"]
    return _AGAIN if same else ("changed", "数据有变化")


def _is_school(key: str) -> bool:
    """Ten digits; the bureau has six, its departments a /."""
    return len(key) == 10 and key.isdigit()


def _items(
    then: Side, now: Side, key: str, before: submissions.LoadedRevision, after: submissions.LoadedRevision
) -> str:
    """That differ, the first few in form order; also those only one standard asks."""
    items = {
        code: item
        for side in (now, then)
        for code, item in answers.items_of(side.spec, is_school=_is_school(key)).items()
    }
    old, new = fingerprint(before.answers), fingerprint(after.answers)
    labels = [item.label for code, item in items.items() if old.get(code) != new.get(code)]
    more = f" 等 {len(labels)} 项" if len(labels) > _NAMED else ""
    return "、".join(labels[:_NAMED]) + more
