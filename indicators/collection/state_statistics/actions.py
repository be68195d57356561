"""Actions on statistics: take a workbook over, fill in blanks with it, give reasons for differences, take the comparison out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from indicators.collection.rounds import queries as rounds, workflow as round_guards
from indicators.collection.state_statistics import kinds, queries, workbook
from indicators.collection.state_statistics.models import (
    DifferenceReason,
    StatisticsFigure,
    StatisticsImport,
    StatisticsPrefill,
)
from indicators.collection.submissions import actions as submissions, rights
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.standard.engine import Spec, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.files import store
from portal.core.files.views import XLSX
from portal.core.lib import digests, numbers
from portal.core.spreadsheets import imports
from schools.access import restricted
from schools.access.scope import Perm, ensure
from schools.directory import queries as directory
from schools.directory.models import School
from schools.workbooks import workbook as register_workbook

MIN_REASON, MAX_REASON = 5, 300
_STORED = ("item", "value", "raw", "unit", "form", "sheet", "cells", "header")


@dataclass(frozen=True, slots=True)
class StatisticsPlan:
    """The figures to keep, each with its school, and how they stand to those in force."""

    figures: tuple[tuple[School, workbook.ReadFigure], ...]
    new: int
    changed: int
    same: int
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        read: workbook.ReadStatistics,
        round_: Round,
        spec: Spec,
        current: Mapping[queries.Key, StatisticsFigure],
        year: int,
    ) -> "StatisticsPlan":
        """What does not fit goes to `read.problems`."""
        rows = Submission.objects.filter(round=round_).exclude(school=None).select_related("school")
        schools = {row.school.code: row.school for row in rows if row.school}
        names = {code: school.name for code, school in schools.items()}
        directory.as_of(schools.values(), round_.school_year_start)
        strangers = rounds.strangers(
            round_,
            {code: where for code, where in read.rows.items() if code not in schools},
            unknown="请核对代码，或先在学校名录中登记该校；不属于本区县的行请删除",
            unopened="请先在评估年度页面加入新登记的学校，再导入",
        )
        read.problems += strangers.problems
        notes = [*read.notes, *strangers.notes]
        stored = [(schools[found.code], found) for found in read.figures.values() if found.code in schools]
        # Pupils of a stage the school's kind does not run: an attached class, or a wrong row.
        items = queries.compared_items(spec, year)
        notes += [
            f"{found.where}：{school.name}是{school.kind}，统计里有“{items[found.item].label}”，附设班请在填报中添加，否则请核对学校类型。"
            for school, found in stored
            if found.item.startswith("pupils_")
            and found.value
            and items[found.item].stage not in spec.kinds[school.kind].stages
        ]
        named = (register_workbook.NamedRow(code, name, where) for (code, name), where in read.names.items())
        others = register_workbook.compare_names(named, names)
        read.problems += others.problems
        before = [current.get((school.pk, found.item)) for school, found in stored]
        same = sum(old is not None and old.value == found.value for old, (_, found) in zip(before, stored, strict=True))
        new = before.count(None)
        return cls(tuple(stored), new, len(stored) - new - same, same, (*notes, *others.notes))

    def write(self, made: StatisticsImport, data: bytes, name: str) -> None:
        made.document = store.save([data], name=name or "统计报表.xlsx", media_type=XLSX, by=made.created_by)
        made.save()
        StatisticsFigure.objects.bulk_create(
            StatisticsFigure(statistics=made, school=school, **{column: getattr(found, column) for column in _STORED})
            for school, found in self.figures
        )

    @property
    def digest(self) -> str:
        return digests.fingerprint(
            [
                *([school.code, found.item, found.shown, found.where] for school, found in self.figures),
                [self.new, self.changed, self.same],
            ]
        )

    @property
    def schools(self) -> int:
        return len({school.pk for school, _ in self.figures})


@dataclass(frozen=True, slots=True)
class StatisticsOutcome:
    """What an import did, or would do; `earlier` is the import this very file was taken over by before."""

    plan: StatisticsPlan
    forms: tuple[str, ...]
    earlier: StatisticsImport | None

    @property
    def summary(self) -> str:
        made = self.plan
        return (
            f"{len(self.forms)} 张报表，{made.schools} 所学校 {len(made.figures)} 个统计数"
            f"（新增 {made.new}，变动 {made.changed}，不变 {made.same}）"
        )


def import_statistics(
    *, round_id: int, data: bytes, name: str, by: User, dry_run: bool = False, seen: str = ""
) -> StatisticsOutcome:
    """All of a workbook or nothing; no answer changes.

    Of several imports the newest counts, none is deleted. The same file again is the earlier import, unless it was
    superseded since. Raises Invalid with every fault, Conflict when it is read otherwise than `seen`.
    """
    round_ = round_guards.managed(round_id, by)
    spec, year, catalogue = standards.load_spec(round_.standard), queries.year_of(round_), kinds.shipped()
    # Read before the transaction: a large file must not keep others from writing.
    read = workbook.read(data, catalogue, spec.items, year)
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
        planned = StatisticsPlan.of(read, round_, spec, queries.figures(round_), year)
        if read.problems:
            count = len(read.problems)
            raise Invalid(f"“{name}”有 {count} 处错误，没有写入任何数据。请逐条改正后重新导入。", read.problems)
        moved = planned.new or planned.changed
        earlier = None if moved else round_.statistics.filter(sha256=sha256, mapping=catalogue.version).first()
        outcome = StatisticsOutcome(planned, tuple(read.forms), earlier)
        if earlier is None:
            what = "统计报表的对照、学校名录或已导入的统计数"
            imports.ensure_seen(seen, planned.digest, is_empty=False, what=what, unit="统计数")
            about = {"round": round_, "sha256": sha256, "year": year, "mapping": catalogue.version}
            planned.write(StatisticsImport(**about, forms=read.forms, created_by=by), data, name)
        audit.record(
            "statistics.import",
            by=by,
            obj=round_,
            district=round_.district.code,
            after={
                "file": name,
                "sha256": sha256,
                "forms": read.forms,
                "figures": len(planned.figures),
                "changed": planned.changed,
                "repeated": earlier is not None,
            },
        )
        if dry_run:
            transaction.set_rollback(True)
    return outcome


@transaction.atomic
def prefill(*, round_id: int, by: User) -> list[StatisticsPrefill]:
    """Only blank answers of submissions that may still change; 0 and 不适用 stay."""
    round_ = round_guards.managed(round_id, by)
    rows = list(queries.school_submissions(by).filter(round=round_))
    made: list[StatisticsPrefill] = []
    for submission, lines in queries.to_prefill(round_, rows).items():
        figures = {line.item.code: line.figure for line in lines if line.figure}
        exact = {line.item.code: line.item.exact for line in lines}
        # The versions make `save` leave alone what somebody enters meanwhile.
        entered = Answer.objects.filter(submission=submission, field__in=list(figures))
        versions = dict.fromkeys(figures, 0) | dict(entered.values_list("field", "version"))
        values = {
            code: Value(int(figure.value) if exact[code] else Decimal(numbers.plain(figure.value)))
            for code, figure in figures.items()
        }
        saved = submissions.save(submission_id=submission.pk, values=values, versions=versions, by=by)
        made += [
            StatisticsPrefill(submission=submission, item=code, figure=figure, created_by=by)
            for code, figure in figures.items()
            if code in saved.versions
        ]
    StatisticsPrefill.objects.bulk_create(made)
    audit.record(
        "statistics.prefill",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"schools": len({row.submission_id for row in made}), "items": len(made)},
    )
    return made


@transaction.atomic
def give_difference_reason(*, submission_id: int, item: str, reason: str, by: User) -> DifferenceReason:
    """Holds as long as both figures stay.

    Raises Invalid without a reason, Conflict when nothing differs.
    """
    submission = rights.locked(submission_id, by, rights.FILL)
    rights.ensure_open(submission)
    reason = reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise Invalid(f"请写明差异原因，{MIN_REASON} 至 {MAX_REASON} 字，例如“统计上报后新建综合楼投入使用”。")
    line = queries.line(submission, item)
    if not line.takes_reason or line.figure is None:
        raise Conflict("这一项与统计报表没有差异，不需要说明。数据可能刚刚改过，请刷新页面查看。")
    made = DifferenceReason.objects.create(
        submission=submission,
        item=item,
        reported=line.reported,
        statistics=line.figure.value,
        reason=reason,
        created_by=by,
    )
    audit.record(
        "statistics.explain",
        by=by,
        obj=submission,
        district=submission.round.district.code,
        school=submission.school.code if submission.school else "",
        after={"item": line.item.label, "reported": line.reported, "statistics": line.statistics, "reason": reason},
    )
    return made


@transaction.atomic
def export(
    *,
    round_: Round,
    lines: Sequence[queries.StatisticsDifference],
    by: User,
    filtered: str = "",
    purpose: str | None = None,
) -> bytes:
    """.xlsx; names are masked without a `purpose` from somebody who may see them."""
    ensure(by, Perm.SUBMISSION_VIEW, round_)
    persons = restricted.persons(by, queries.submissions_of(lines), purpose)
    content = workbook.render(round_, lines, persons, filtered)
    audit.record(
        "statistics.export",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"rows": len(lines), "filter": filtered} | persons.for_audit() | digests.of(content),
    )
    return content
