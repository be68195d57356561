"""What the template is filled with."""

from collections import defaultdict
from collections.abc import Mapping

from django.utils import timezone

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Answer as AnswerRow
from indicators.collection.submissions.models import Revision, Round, Submission, Waiver
from indicators.collection.workbooks import plan
from indicators.collection.workbooks import workbook as template
from indicators.standard.engine import Answer
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import visible


def respondents(user: User, round_: Round) -> list[Submission]:
    rows = Submission.objects.filter(round=round_, department=None).select_related("round__district", "school")
    return list(visible(user, rows, Perm.ROUND_VIEW).order_by("school__code", "id"))


def stored_answers(round_: Round, rows: list[Submission]) -> dict[int, dict[str, Answer]]:
    """What is answered so far, by submission id, in one query."""
    spec = standards.load_spec(round_.standard)
    schools = {row.pk: row.school_id is not None for row in rows}
    found: dict[int, list[AnswerRow]] = defaultdict(list)
    # By round, not by a list of ids: a province's round has more ids than SQLite takes parameters.
    for row in AnswerRow.objects.filter(submission__round=round_):
        if row.submission_id in schools:
            found[row.submission_id].append(row)
    return {
        pk: answers.of_rows(answers.items_of(spec, is_school=is_school), found[pk]) for pk, is_school in schools.items()
    }


def before(round_: Round, rows: list[Submission]) -> plan.Before:
    """What an import's warnings are compared with: last year's submissions and the explanations given; three queries."""
    spec = standards.load_spec(round_.standard)
    earlier = Revision.objects.filter(
        submission__round__district=round_.district_id,
        submission__round__school_year_start__lt=round_.school_year_start,
        submission__department=None,
    ).order_by("-submission__round__school_year_start", "-number")
    newest: dict[int | None, int] = {}
    for pk, school in earlier.values_list("pk", "submission__school"):
        newest.setdefault(school, pk)
    contents = Revision.objects.in_bulk(list(newest.values()))
    last_year = {
        row.pk: answers.of_content(spec, contents[newest[row.school_id]].content)
        for row in rows
        if row.school_id in newest
    }
    explained: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for waiver in Waiver.objects.filter(submission__round=round_):
        explained[waiver.submission_id][waiver.check_code, waiver.field] = waiver.message
    return plan.Before(last_year, explained)


def workbook(user: User, round_: Round) -> bytes:
    """The submissions workbook of a round, prefilled. Raises NotFound when the person may follow nobody in it."""
    rows = respondents(user, round_)
    if not rows:
        raise NotFound("这个评估年度里没有您可以查看的学校。")
    stored = stored_answers(round_, rows)
    own: Mapping[str, Answer] = next((stored[row.pk] for row in rows if row.school_id is None), {})
    filled = template.Prefilled(
        round_code=round_.code,
        round_name=round_.name,
        district_code=round_.district.code,
        district_name=round_.district.name,
        standard=f"{round_.standard.name}（{round_.standard.version}）",
        created=timezone.localdate(),
        district=own,
        schools=[template.SchoolAnswers(r.school.code, r.school.name, stored[r.pk]) for r in rows if r.school],
    )
    return template.render(standards.load_spec(round_.standard), filled)
