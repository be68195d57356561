"""The figures of a report, against a ledger worked out by hand."""

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.results.evaluations import actions as evaluations, judging
from indicators.standard.standards import queries as standards
from inspections.programmes.models import Phase
from inspections.reports import document, facts as gathering, words
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.period_queries import Compared
from inspections.reports.stored_facts import _LABELS_1, FORMAT, Count, ReportPeriod, from_json
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts as directory_facts
from schools.directory.models import Department, Group, School
from tests.cast import Cast, grant
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections.reports.conftest import Book
from tests.inspections.reports.ledger import K, at, facts_of, moment, raise_finding, step

SAMPLES = Path(__file__).parent / "facts"
NOW = moment("2026-08-01")
pytestmark = pytest.mark.usefixtures("book")


def test_a_phase_counts_what_was_carried_raised_closed_and_overdue(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1])
    assert facts.now == Count(carried=2, raised=2, closed=3, overdue=1, reopened=1)
    assert (facts.now.total, facts.now.open, facts.now.rate) == (4, 1, Fraction(3, 4))
    assert [item.number for item in facts.items] == [
        "2025-DD-001",
        "2025-PG-001",
        "2025-DD-002",
        "2026-DD-001",
    ], "what nobody was notified of is not counted"


def test_the_previous_phase_is_counted_as_it_stood_at_its_own_end(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1])
    assert facts.before == Count(carried=0, raised=3, closed=1, overdue=1)
    assert facts_of(phases[0]).now == facts.before
    said = words.fill(words.comparison(facts), words.figures(facts))
    assert said.endswith("销号率 33.3%；与其相比，销号率提高 41.7 个百分点，逾期问题持平。")


def test_schools_are_reported_as_they_were_at_the_end_of_the_period(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    grant(cast.admin, "admin", district=cast.other_district)
    for school, new in ((cast.school_a, {"name": "青禾小学"}), (cast.school_b, {"district": "410203"})):
        directory.edit_school(
            school_id=school.pk,
            version=1,
            facts=replace(directory_facts.of(school), **new),
            valid_from=dt.date(2026, 7, 1),
            by=cast.admin,
        )
    facts = facts_of(phases[1])
    assert facts.now.total == 4, "what the school had that has left since is still shown"
    assert [line.name for line in facts.schools] == ["甲小学（现名青禾小学）", "乙初级中学"]
    assert {item.school for item in facts.items} == {"甲小学（现名青禾小学）", "乙初级中学"}
    own = facts_of(phases[1], School.objects.get(pk=cast.school_a.pk))
    assert (own.school, own.title) == ("甲小学（现名青禾小学）", "甲小学义务教育优质均衡发展整体推进阶段整改报告")


def test_the_first_phase_has_nothing_to_be_compared_with(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[0])
    assert facts.previous is None
    assert "没有上一阶段可以比较" in words.comparison(facts)


def test_what_happened_after_the_end_changes_nothing(cast: Cast, phases: tuple[Phase, Phase], book: Book) -> None:
    before = facts_of(phases[1])
    step(book.five, K.PROGRESS, "2026-07-10", "以后的进展")
    raise_finding(cast.school_a, "2026-DD-009", "2026-07-01", "2026-07-02")
    assert facts_of(phases[1], now="2027-01-01").sha256 == before.sha256


def test_an_extension_counts_from_the_day_it_was_granted(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    late = {item.number: item.overdue_days for item in facts_of(phases[0]).items}
    assert late == {"2025-DD-001": 0, "2025-PG-001": 0, "2025-DD-002": 31}


def test_a_finding_due_on_the_last_day_is_not_overdue(cast: Cast, phases: tuple[Phase, Phase], book: Book) -> None:
    step(book.five, K.DISPATCH, "2026-06-30")
    five = next(item for item in facts_of(phases[1]).items if item.number == "2026-XF-001")
    assert (five.overdue_days, five.state) == (0, "rectifying")


def test_a_running_phase_is_counted_up_to_now(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1], now="2026-02-10")
    assert facts.as_of == dt.date(2026, 2, 10)
    assert facts.now == Count(carried=2, raised=0, closed=0, overdue=1)


def test_breakdowns_add_up_to_the_total(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1])
    assert {line.key: line.now.total for line in facts.by_source} == {"DD": 3, "PG": 1}
    assert {line.key: line.now.closed for line in facts.by_category} == {
        "at_once": 1,
        "with_deadline": 2,
        "long_term": 0,
    }
    assert {line.key.split()[0]: line.before.total for line in facts.by_indicator} == {"A1": 1, "A4": 2}
    for lines in (facts.by_source, facts.by_category, facts.by_indicator):
        assert sum(line.now.total for line in lines) == facts.now.total
        assert sum(line.before.closed for line in lines) == facts.before.closed


def test_a_schools_report_holds_its_findings_alone(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1], cast.school_a)
    assert facts.now == Count(carried=1, raised=1, closed=2, reopened=1)
    assert {item.school for item in facts.items} == {"甲小学"}
    assert facts.schools == ()


def test_a_school_without_findings_is_reported_too(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    assert {line.code for line in facts_of(phases[0]).schools} == {"4102020001", "4102020002"}


def test_each_item_shows_measures_results_reason_and_files(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    items = {item.number: item for item in facts_of(phases[1]).items}
    one, three = items["2025-DD-001"], items["2025-DD-002"]
    assert [said.text for said in one.measures] == ["补充 2 名教师"]
    assert one.files == ("任命文件.pdf",)
    assert one.verdict is not None
    assert (one.verdict.text, one.begun_on, one.closed_on) == ("再次核实", dt.date(2025, 9, 11), dt.date(2026, 5, 1))
    assert three.reason is not None
    assert (three.reason.text, three.overdue_days) == ("土地手续未完成", 181)
    assert not three.is_closed


def test_nothing_to_deal_with_has_no_rate(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    period = ReportPeriod("", dt.date(2024, 1, 1), dt.date(2024, 1, 31))
    scope = ReportScope(cast.district)
    facts = gathering.build(scope=scope, period=period, compared=Compared(None, ""), now=NOW).facts
    assert facts.now.rate is None
    assert words.rate(facts.now.rate) == "—"
    assert "没有需要整改的问题" in words.summary(facts)


def test_a_day_belongs_to_shanghai(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    with at("2026-01-31", 23):
        late = raise_finding(cast.school_a, "2026-ZP-001", "2026-01-31", "2026-03-01")
    late_moment = dt.datetime(2026, 1, 31, 16, 30, tzinfo=dt.UTC)  # 00:30 on 1 February in Shanghai
    type(late).objects.filter(pk=late.pk).update(created_at=late_moment, state="rectifying")
    assert facts_of(phases[0]).now.total == 3
    assert facts_of(phases[1]).now.total == 5


def test_facts_survive_their_json(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    facts = facts_of(phases[1])
    assert from_json(facts.as_json()) == facts
    with pytest.raises(ValueError, match="format"):
        from_json(facts.as_json() | {"format": 99})


# One sample a format of the ledger of `book`, with findings in the states it lacks; from format 3 on one of a judged
# district with relaxations, too.
@pytest.mark.parametrize("number", range(1, FORMAT + 1))
@pytest.mark.parametrize("judged", ["", "-judged"])
def test_facts_of_every_format_print_the_same(number: int, judged: str) -> None:
    if judged and number < 3:
        pytest.skip("not stored")
    stored, newest = (
        json.loads((SAMPLES / f"{one}{judged}.json").read_text(encoding="utf-8")) for one in (number, FORMAT)
    )
    assert stored["format"] == number
    facts = from_json(stored)
    assert document.of(facts) == document.of(from_json(newest))
    assert facts.sha256 == from_json(newest).sha256
    assert bool(facts.standing and facts.standing.relaxed and facts.standing_before) is bool(judged)


def test_the_sample_of_format_1_holds_every_label_it_had() -> None:
    items = json.loads((SAMPLES / "1.json").read_text(encoding="utf-8"))["items"]
    for name, labels in _LABELS_1.items():
        assert {item[name] for item in items} == labels.keys()


@pytest.mark.parametrize(("word", "passes"), [("达标", True), ("未达标", False), ("无法判定", None)])
def test_every_word_format_3_had_for_a_verdict_is_read(word: str, passes: bool | None) -> None:
    stored = json.loads((SAMPLES / "3-judged.json").read_text(encoding="utf-8"))
    for verdict in (stored["standing"], stored["standing"]["parts"][0], stored["standing"]["relaxed"]):
        verdict["verdict"] = word
    standing = from_json(stored).standing
    assert standing is not None
    assert standing.relaxed is not None
    assert {standing.passes, standing.parts[0].passes, standing.relaxed.passes} == {passes}


def test_gaps_stand_in_natural_units_and_only_evaluations_of_the_time_count(
    cast: Cast, phases: tuple[Phase, Phase]
) -> None:
    round_a = open_round(cast.district, "2025")
    hand_in(round_a, cast.school_a, figures(backbone_teachers_primary=8))
    hand_in(round_a, cast.school_b, figures("初级中学"))
    with at("2026-06-15"):
        judged = judging.judge(round_a, judging.read(round_a), NOW)
        evaluation = evaluations.record(judged=judged, by=cast.admin)
    facts = facts_of(phases[1])
    assert facts.standing is not None
    assert [(gap.school, gap.lacking, gap.below_floor) for gap in facts.standing.gaps] == [
        ("甲小学", "2 名骨干教师", True)
    ]
    assert (facts.standing.passing, len(facts.standing.parts)) == (1, 2)
    assert facts.standing.inputs_sha256 == evaluation.inputs_sha256
    assert "共 2 个，1 个达标、1 个未达标；有 1 项指标低于标准" in words.evaluation(facts)
    assert f"，按《{standards.load_spec(evaluation.standard).name}》）" in words.evaluation(facts)
    assert [line.verdict for line in facts.schools] == ["小学未达标", "初中达标"]
    assert facts_of(phases[0]).standing is None
    better = replace(facts.standing, parts=tuple(replace(part, passes=True) for part in facts.standing.parts), gaps=())
    assert words.evaluation(replace(facts, standing=better, standing_before=facts.standing)).endswith(
        "2026年6月15日）相比，达标学段由 1 个变为 2 个，低于标准的指标由 1 项变为 0 项。"
    )
    assert words.evaluation(replace(facts, standing_before=facts.standing)).endswith(
        "相比，达标学段仍为 1 个，低于标准的指标仍为 1 项。"
    )
    silent = replace(
        facts.standing,
        parts=tuple(replace(p, passes=None) if p.stage == "小学" else p for p in facts.standing.parts),
        gaps=(),
    )
    for before, now in ((facts.standing, silent), (silent, facts.standing)):
        assert words.evaluation(replace(facts, standing=now, standing_before=before)).endswith(
            "相比，两次都能判定的 1 个学段（另有 1 个不可比）中，达标学段仍为 1 个，低于标准的指标仍为 0 项。"
        ), "a school without a submission neither got better nor worse"
    nobody = replace(silent, parts=tuple(replace(part, passes=None) for part in silent.parts))
    assert words.evaluation(replace(facts, standing=nobody, standing_before=facts.standing)).endswith(
        "没有两次都能判定的学段，不作比较。"
    )
    alone = facts_of(phases[1], cast.school_b).standing
    assert alone is not None
    assert (alone.passes, alone.gaps, alone.spreads) == (True, (), ())


def test_a_missing_submission_is_reported_and_never_a_failure(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    round_a = open_round(cast.district, "2025")
    hand_in(round_a, cast.school_a, figures())
    with at("2026-06-15"):
        evaluations.record(judged=judging.judge(round_a, judging.read(round_a), NOW), by=cast.admin)
    judged = facts_of(phases[1]).standing
    assert judged is not None
    assert judged.passes is None
    assert judged.missing_schools == ("乙初级中学",)
    assert judged.gaps == ()
    assert "14 项差异系数待数据报齐后判定" in words.evaluation(facts_of(phases[1]))


def test_reading_takes_as_many_queries_for_fifty_findings_as_for_five(
    cast: Cast, phases: tuple[Phase, Phase], django_assert_num_queries
) -> None:
    facts_of(phases[1])  # loads the standard on its first use
    with CaptureQueriesContext(connection) as captured:
        facts_of(phases[1])
    for number in range(50):
        finding = raise_finding(cast.school_a, f"2026-ZP-{number:03d}", "2026-03-01", "2026-05-01")
        step(finding, K.MEASURE, "2026-03-02", "措施", file="佐证.pdf")
    with django_assert_num_queries(len(captured)):
        facts_of(phases[1])


def test_a_township_and_a_group_are_reported_by_their_own_schools(cast: Cast, phases: tuple[Phase, Phase]) -> None:
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    town = Department.objects.create(
        district=cast.district, code="X01", name="北郊乡", kind=Department.Kind.TOWNSHIP, **by
    )
    group = Group.objects.create(district=cast.district, name="青禾教育集团")
    School.objects.filter(pk=cast.school_a.pk).update(township=town)
    School.objects.filter(pk=cast.school_b.pk).update(group=group)
    there, joined = facts_of(phases[1], township=town), facts_of(phases[1], group=group)
    assert (there.scope, there.place, there.now.total) == ("township", "北郊乡", 2)
    assert (joined.scope, joined.place, joined.now.total) == ("group", "青禾教育集团", 2)
    assert {row.code for row in there.schools} == {cast.school_a.code}
    assert there.title.startswith("北郊乡")
    assert len({there.sha256, joined.sha256, facts_of(phases[1]).sha256}) == 3
