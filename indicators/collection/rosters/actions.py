"""Actions on papers: read one and count its rows, take over what was counted. Nothing of a row is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from indicators.collection.rosters import queries
from indicators.collection.rosters.counting import count
from indicators.collection.rosters.kinds import kinds
from indicators.collection.rosters.layout_workbook import SKIP, RosterLayout, Said, column_code, place, recognise
from indicators.collection.rosters.models import RosterMemory
from indicators.collection.rosters.workbook import RosterCount
from indicators.collection.submissions import actions as submissions, queries as submission_queries, rights
from indicators.standard.engine import Answer
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.spreadsheets import read as sheets
from schools.directory.models import School

MOST_FILES, MOST_ROWS, MOST_SHEETS, _MOST_REMEMBERED = 8, 20_000, 40, 1000


@dataclass(frozen=True, slots=True)
class RosterReading:
    """Papers as read: their sheets, what was counted, and the form it is for."""

    facts: submission_queries.SubmissionFacts
    layouts: tuple[RosterLayout, ...]
    count: RosterCount
    said: Said

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left to say."""
        asked = any(not (layout.is_read or layout.is_skipped) for layout in self.layouts)
        return not (asked or self.count.questions)


def read(*, submission_id: int, files: Sequence[bytes], said: Said, by: User) -> RosterReading:
    """All files together, in memory; what the person said is remembered for the school once all is clear.

    Raises Invalid for what is no workbook or too long.
    """
    submission, school = rights.school_form(by, submission_id)
    rights.ensure_editable(submission)
    # Read before the transaction: a large file must not keep others from writing.
    grids = _grids(files)
    if sum(len(grid.rows) for grid in grids) > MOST_ROWS or len(grids) > MOST_SHEETS:
        raise Invalid(f"表太大：最多读 {MOST_SHEETS} 张工作表、{MOST_ROWS} 行。请只留下要读的工作表再选择文件。")
    digest = queries.digest_of(school.pk)
    before = {} if said.is_anew else queries.remembered(school.pk)
    said = replace(said, remembered={**before, **said.remembered}, digest=digest)
    layouts = tuple(recognise(grid, said) for grid in grids)
    facts = submission_queries.load(submission)
    is_known = all(layout.is_read or layout.is_skipped for layout in layouts)
    counted = count(layouts, queries.setting(facts), said) if is_known else RosterCount()
    reading = RosterReading(facts, layouts, counted, said)
    with transaction.atomic():
        if reading.is_clear and counted.proposals:
            _remember(reading, school, by)
        read_as = [kinds()[code].label for code in counted.rows]
        after = {"papers": read_as, "rows": sum(counted.rows.values()), "counted": len(counted.proposals)}
        audit.record("roster.read", by=by, obj=submission, after=after)
    return reading


def _grids(files: Sequence[bytes]) -> list[sheets.Grid]:
    """Sheets of the same name say which file they are of. Raises Invalid."""
    if len(files) > MOST_FILES:
        raise Invalid(f"一次最多读 {MOST_FILES} 个文件，现在选了 {len(files)} 个。请分几次选择。")
    found: list[sheets.Grid] = []
    for number, data in enumerate(files, 1):
        try:
            grids = sheets.grids(data)
        except Invalid as error:
            if len(files) == 1:
                raise
            raise Invalid(f"第 {number} 个文件：{error.message}", error.problems) from error
        names = {grid.name for grid in found}
        found += [replace(one, name=f"{one.name}（第 {number} 个文件）") if one.name in names else one for one in grids]
    return found


def _remember(reading: RosterReading, school: School, by: User) -> None:
    """What was said and would be asked or read otherwise without it."""
    said, before = reading.said, queries.remembered(school.pk)
    learnt = dict(said.remembered)
    for layout in reading.layouts:
        if layout.kind is None:
            continue
        at = place(layout.key, layout.kind.code, layout.header_row)
        alone = recognise(layout.grid, replace(said, columns={}, kinds={layout.key: layout.kind.code}))
        for header in layout.headers:
            role = said.columns.get((at, header.column), "")
            if (role and role != alone.roles.get(header.column, SKIP)) or (
                role == SKIP and header.column in alone.unclear
            ):
                learnt[column_code(said, layout.kind, header)] = role
    if learnt == before:
        return
    RosterMemory.objects.update_or_create(
        school=school,
        defaults={"said": dict(list(learnt.items())[-_MOST_REMEMBERED:]), "updated_by": by},
        create_defaults={"said": learnt, "created_by": by, "updated_by": by},
    )


@transaction.atomic
def accept(
    *,
    submission_id: int,
    values: Mapping[str, Answer],
    versions: Mapping[str, int],
    papers: Mapping[str, str],
    fields: Collection[str],
    by: User,
) -> submissions.Saved:
    """Counted figures of some fields; `papers` names what each was counted from.

    What somebody changed since is `stale` and stays. Raises Conflict when none of the fields was counted.
    """
    submission, _ = rights.school_form(by, submission_id)
    wanted = {code: values[code] for code in fields if code in values}
    if not wanted:
        raise Conflict("没有可以采用的项目。请重新选择文件读取。")
    held = {code: versions.get(code, 0) for code in wanted}
    saved = submissions.save(submission_id=submission.pk, values=wanted, versions=held, by=by)
    taken: dict[str, list[str]] = {}
    for code in saved.versions:
        taken.setdefault(papers[code], []).append(code)
    audit.record("roster.accept", by=by, obj=submission, after={"papers": taken})
    return saved
