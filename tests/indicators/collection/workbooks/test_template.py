"""The workbook that leaves is the workbook that comes back."""

import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
import python_calamine

from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.collection.workbooks import actions
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from tests.figures import enter
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.shared import shared

ROOMS = ({"name": "音乐一", "area": Decimal("96.5"), "built_year": 2015},)


@shared
def round_(cast: Any) -> Round:
    round_ = opened(cast)
    values = {
        "pupils_primary": Value(620),
        "boarders_primary": Value(0),
        "teaching_area": Value(Decimal("3100.55")),
        "equipment_value": Value(Decimal("123456789.123456")),
        "multimedia_rooms": NotApplicable("在建"),
        "charter": Value(True),
        "veto_safety": Value(False),
        "it_teaching": Value("较好"),
        "charter_note": Value("=1+1 这样开头的文字也只是文字" * 4),
        "music_rooms": Value(ROOMS),
        "art_rooms": Value(()),
        "honours": NotApplicable("没有评选"),
    }
    enter(of(round_, cast.school_a), values, by=cast.reporter_a, head=cast.principal_a)
    own = Submission.objects.get(round=round_, school=None, department=None)
    submissions.save(submission_id=own.pk, values={"townships": Value(5)}, by=cast.admin)
    return round_


def exported(round_: Round, cast: Any) -> bytes:
    return actions.export_workbook(round_id=round_.pk, by=cast.admin)


def loaded(data: bytes) -> dict[str, list[list[Any]]]:
    book = python_calamine.load_workbook(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def first_sheet_xml(data: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()


def test_the_main_sheet_has_headers_with_units_then_codes_then_schools(round_, cast) -> None:
    rows = loaded(exported(round_, cast))["学校数据"]
    codes = rows[1]
    spec = standards.load_spec(round_.standard)
    assert codes == ["school_code", "school_name", *(c for c, item in spec.items.items() if item.kind != "table")]
    assert rows[0][codes.index("pupils_primary")] == "小学在校生数（人）"
    assert rows[0][codes.index("equipment_value")].endswith("（万元）")
    assert [row[:2] for row in rows[2:]] == [["4102020001", "甲小学"], ["4102020002", "乙初级中学"]]
    assert rows[2][codes.index("pupils_primary")] == 620
    assert rows[2][codes.index("boarders_primary")] == 0
    assert rows[2][codes.index("pupils_junior")] == ""
    assert rows[2][codes.index("veto_safety")] == "无"
    assert re.search(r'<c r="A3"[^>]* t="s"', first_sheet_xml(exported(round_, cast))), "a code is text, not a number"


def test_tables_and_district_have_their_own_sheets_with_the_documented_codes(round_, cast) -> None:
    book = loaded(exported(round_, cast))
    second = {name: rows[1] for name, rows in book.items()}
    assert second["班级名册"] == ["school_code", "stage", "grade", "number", "pupils"]
    assert second["音乐美术教室"] == ["school_code", "kind", "name", "area", "built_year"]
    assert second["安全演练"][0] == "school_code"
    assert second["特色荣誉"][0] == "school_code"
    assert "population_total" in second["区县数据"]
    readme = {row[0]: row[1] for row in book["说明"]}
    assert (readme["评估年度"], readme["区划代码"], readme["模板版本"]) == ("2026", "410202", "1")


def test_choices_come_as_lists_that_still_allow_not_applicable(round_, cast) -> None:
    xml = first_sheet_xml(exported(round_, cast))
    rules = [rule for rule in re.findall(r"<dataValidation .*?</dataValidation>", xml) if "较好" in rule]
    assert rules
    assert all('errorStyle="warning"' in rule for rule in rules)


def test_importing_the_export_unchanged_changes_nothing(round_, cast) -> None:
    before = list(Answer.objects.order_by("pk").values())
    outcome = actions.import_workbook(round_id=round_.pk, data=exported(round_, cast), name="t.xlsx", by=cast.admin)
    assert outcome.changed_answers == 0
    assert list(Answer.objects.order_by("pk").values()) == before


def test_an_export_carries_everything_into_an_empty_round(round_, cast) -> None:
    data = exported(round_, cast)
    expected = {
        (r.submission.respondent, r.field): (r.number, r.text, r.rows, r.reason)
        for r in Answer.objects.select_related("submission__school", "submission__round__district")
    }
    Answer.objects.all().delete()
    actions.import_workbook(round_id=round_.pk, data=data, name="t.xlsx", by=cast.admin)
    assert {
        (r.submission.respondent, r.field): (r.number, r.text, r.rows, r.reason)
        for r in Answer.objects.select_related("submission__school", "submission__round__district")
    } == expected


def test_every_export_is_in_the_trail_and_for_the_administrator(round_, cast) -> None:
    exported(round_, cast)
    assert AuditEvent.objects.filter(action="returns.export").count() == 1
    with pytest.raises(NotAllowed):
        actions.export_workbook(round_id=round_.pk, by=cast.leader)
    with pytest.raises(NotFound):
        actions.export_workbook(round_id=round_.pk, by=cast.foreign_admin)
