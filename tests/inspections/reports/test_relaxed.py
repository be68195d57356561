"""Rectification reports show the relaxed verdict next to the strict one, and store it with their facts."""

import datetime as dt

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.reports import document, facts, stored_facts, words
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.period_queries import Compared
from inspections.reports.stored_facts import ReportFacts, ReportPeriod
from portal.core.papers.tree import Paragraph, plain
from schools.directory.models import School
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import before_and_after
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Evaluation, Evaluation]:
    return before_and_after(cast)


def built(cast: Cast, school: School | None = None) -> ReportFacts:
    today = timezone.localdate()
    period = ReportPeriod("", today - dt.timedelta(days=30), today + dt.timedelta(days=1))
    scope = ReportScope(cast.district, school)
    return facts.build(scope=scope, period=period, compared=Compared(None, ""), now=timezone.now()).facts


def test_the_districts_report_shows_both(pair, cast: Cast) -> None:
    shown = built(cast)
    assert (
        "结论为“未达标”（放宽口径为“未达标”）。学校按学段（一贯制学校的小学和初中分别判定）共 3 个，2 个达标（放宽口径 3 个）"
        in words.evaluation(shown)
    )
    printed = [plain(block.text) for block in document.evaluation(shown) if isinstance(block, Paragraph)]
    assert sum(text.startswith(("甲小学 A3", "乙初级中学 B4", "甲小学 A5")) for text in printed) == 3
    assert {line.name: line.verdict for line in shown.schools} == {
        "甲小学": "小学未达标（放宽口径达标）",
        "乙初级中学": "初中达标",
        "丁小学": "小学达标",
    }


def test_a_schools_report_shows_its_own_alone(pair, cast: Cast) -> None:
    shown = built(cast, cast.school_a)
    assert "结论为“未达标”（放宽口径为“达标”）" in words.evaluation(shown)
    assert shown.standing is not None
    assert shown.standing.relaxed is not None
    assert [one.partition(" ")[0] for one in shown.standing.relaxed.grants] == ["甲小学", "甲小学"]


def test_they_survive_the_json_of_the_facts_and_are_none_without_any(pair, cast: Cast) -> None:
    shown = built(cast)
    assert stored_facts.from_json(shown.as_json()) == shown
    before = facts.evaluation_of(pair[0], None)
    assert before.relaxed is None
    strict = ReportFacts(**{**{name: getattr(shown, name) for name in shown.__slots__}, "standing": before})
    assert stored_facts.from_json(strict.as_json()) == strict
