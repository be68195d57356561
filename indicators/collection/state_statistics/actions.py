"""Actions on statistics: take a workbook over, fill in blanks with it, explain differences, take the comparison out."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from indicators.collection.rounds import rights as round_guards
from indicators.collection.state_statistics import mapping, plan, queries, workbook
from indicators.collection.state_statistics.models import (
    StatisticsExplanation,
    StatisticsFigure,
    StatisticsImport,
    StatisticsPrefill,
)
from indicators.collection.state_statistics.queries import StatisticsDifference
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions import rights
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.files import store
from portal.core.lib import digests, downloads, numbers
from portal.core.spreadsheets import imports, write
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import ensure
from schools.directory.models import School

MIN_REASON, MAX_REASON = 5, 300


def import_statistics(
    *, round_id: int, data: bytes, name: str, by: User, dry_run: bool = False, seen: str = ""
) -> plan.StatisticsOutcome:
    """Take over a workbook of state statistics for a round: all of it in one transaction, or nothing.

    After: one import with its file and one figure a school and item, each with its
    cell; of figures imported before the newest counts, none is deleted. No answer
    changes. The same file again, when nothing of it was superseded since, is the
    import made before. A dry run does all of it and takes it back. Raises Invalid
    with every fault of the workbook, Conflict when it is read otherwise than `seen`.
    """
    round_ = round_guards.managed(round_id, by)
    spec, year, catalogue = standards.load_spec(round_.standard), queries.year_of(round_), mapping.shipped()
    # Read before the transaction: a large file must not keep others from writing.
    read = workbook.read(data, catalogue, spec.items, year)
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
        planned = plan.make(read, round_, spec, queries.figures(round_), year)
        if read.problems:
            count = len(read.problems)
            raise Invalid(f"“{name}”有 {count} 处错误，没有写入任何数据。请逐条改正后重新导入。", read.problems)
        imports.ensure_seen(seen, planned.digest, what="统计报表的对照或学校名录", unit="统计数")
        moved = planned.new or planned.changed
        earlier = None if moved else round_.statistics.filter(sha256=sha256, mapping=catalogue.version).first()
        outcome = plan.StatisticsOutcome(planned, tuple(read.forms), earlier)
        if earlier is None:
            document = store.save([data], name=name or "统计报表.xlsx", media_type=downloads.XLSX, by=by)
            made = StatisticsImport.objects.create(
                round=round_,
                document=document,
                sha256=sha256,
                year=year,
                forms=read.forms,
                mapping=catalogue.version,
                created_by=by,
            )
            StatisticsFigure.objects.bulk_create(_row(made, *pair) for pair in planned.figures)
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


def _row(made: StatisticsImport, school: School, found: workbook.ReadFigure) -> StatisticsFigure:
    return StatisticsFigure(
        statistics=made,
        school=school,
        item=found.item,
        value=found.value,
        raw=found.raw,
        unit=found.unit,
        form=found.form,
        sheet=found.sheet,
        cells=found.cells,
        header=found.header,
    )


@transaction.atomic
def prefill(*, round_id: int, by: User) -> list[StatisticsPrefill]:
    """Fill in blank answers of submissions that may still change with the figures of the statistics.

    After: each filled answer is saved by the same action as the page's and names its
    cell; what a person entered, 0 and 不适用 stay as they are, also when it was
    entered a moment ago. Doing it again fills in nothing.
    """
    round_ = round_guards.managed(round_id, by)
    rows = list(queries.school_submissions(by).filter(round=round_))
    made: list[StatisticsPrefill] = []
    for submission, lines in queries.to_prefill(round_, rows).items():
        made += _prefill_one(submission, lines, by)
    StatisticsPrefill.objects.bulk_create(made)
    audit.record(
        "statistics.prefill",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"schools": len({row.submission_id for row in made}), "items": len(made)},
    )
    return made


def _prefill_one(submission: Submission, lines: Sequence[StatisticsDifference], by: User) -> list[StatisticsPrefill]:
    figures = {line.item.code: line.figure for line in lines if line.figure}
    exact = {line.item.code: line.item.exact for line in lines}
    # The versions make `save` leave alone what somebody enters meanwhile.
    versions = dict(
        Answer.objects.filter(submission=submission, field__in=list(figures)).values_list("field", "version")
    )
    values = {
        code: Value(int(figure.value) if exact[code] else Decimal(numbers.plain(figure.value)))
        for code, figure in figures.items()
    }
    saved = submissions.save(
        submission_id=submission.pk, values=values, versions=dict.fromkeys(values, 0) | versions, by=by
    )
    return [
        StatisticsPrefill(submission=submission, item=code, figure=figure, created_by=by)
        for code, figure in figures.items()
        if code in saved.versions
    ]


@transaction.atomic
def explain(*, submission_id: int, item: str, reason: str, by: User) -> StatisticsExplanation:
    """Say why a school's figure differs from the statistics; neither figure changes.

    Before: the two differ. After: explained by this person, as long as both figures
    stay what they are. Raises Invalid without a reason, Conflict when nothing differs (any more).
    """
    submission = rights.locked(submission_id, by, Perm.SUBMISSION_FILL)
    rights.ensure_open(submission)
    reason = reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise Invalid(f"请写明差异原因，{MIN_REASON} 至 {MAX_REASON} 字，例如“统计上报后新建综合楼投入使用”。")
    line = queries.line(submission, item)
    if not line.may_explain or line.figure is None:
        raise Conflict("这一项与统计报表没有差异，不需要说明。数据可能刚刚改过，请刷新页面查看。")
    made = StatisticsExplanation.objects.create(
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
    *, round_: Round, lines: Sequence[StatisticsDifference], by: User, filtered: str = "", purpose: str | None = None
) -> bytes:
    """The comparison as .xlsx, with the rows shown on the page, and leave an audit row that it was taken.

    Persons are masked unless somebody who may see them states a purpose.
    """
    ensure(by, Perm.SUBMISSION_VIEW, round_)
    persons = restricted.persons(by, queries.submissions_of(lines), purpose)
    content = write.render(workbook.build(round_, lines, persons, filtered))
    audit.record(
        "statistics.export",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"rows": len(lines), "filter": filtered} | persons.for_audit() | digests.of(content),
    )
    return content
