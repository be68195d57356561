"""Pages and files of the official forms: who sees them, the same figures everywhere, in how many queries."""

import hashlib
import html
import io
import re
from decimal import Decimal

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import actions, queries
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from portal.core.spreadsheets.write import PrintedForm
from tests.cast import Cast
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import whole
from tests.pages import flat

PAGE, OWN = "/board/forms/", "/board/forms/schools/4102020001/"


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return html.unescape(flat(answer.content.decode()))


@pytest.mark.parametrize("code", list(queries.MAKERS))
def test_the_page_shows_every_box_of_the_form(cast: Cast, evaluation: Evaluation, sign_in: object, code: str) -> None:
    page = body(sign_in(cast.leader), f"{PAGE}?form={code}")
    form = queries.forms(evaluation)[code]
    shown = re.findall(r"<td[^>]*>(.*?)</td>", page.split("<tbody>")[1])
    assert shown == [box.text for line in form.rows for box in line]
    assert all(note in page for note in form.notes)


def test_an_unknown_form_leads_to_the_first(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    assert "表Ⅰ 义务教育优质均衡发展县（市、区）基本情况" in body(sign_in(cast.admin), f"{PAGE}?form='--")


def test_waiting_boxes_are_counted_next_to_the_forms_name(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.admin), PAGE)
    assert "表Ⅰ<small>2 处待填</small>" in page
    assert "表Ⅱ-1</a>" in page


def test_the_page_has_the_same_frame_as_the_board(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    assert "冻结这次评估" in body(sign_in(cast.admin), PAGE)
    assert "冻结这次评估" not in body(sign_in(cast.leader), PAGE)


def test_without_a_result_the_page_leads_to_the_evaluation(cast: Cast, round_a: Round, sign_in: object) -> None:
    assert "这个年度还没有评估结果" in body(sign_in(cast.admin), PAGE)
    assert sign_in(cast.admin).get(f"{PAGE}export").status_code == 404
    assert "还没有评估结果" in body(sign_in(cast.reporter_a), OWN)
    assert sign_in(cast.reporter_a).get(f"{OWN}pdf").status_code == 404


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}export"])
@pytest.mark.parametrize("query", ["evaluation=999999", "round=x", "evaluation='--"])
def test_an_unknown_evaluation_is_not_found(
    cast: Cast, evaluation: Evaluation, sign_in: object, address: str, query: str
) -> None:
    assert sign_in(cast.admin).get(f"{address}?{query}").status_code == 404


def test_a_school_sees_its_own_self_rating_and_no_other(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.reporter_a), OWN)
    assert "甲小学（小学）建校于 1998 年" in page
    assert "乙初级中学" not in page
    assert sign_in(cast.reporter_b).get(OWN).status_code == 404
    assert sign_in(cast.reporter_a).get(f"{OWN}?evaluation=999").status_code == 404
    assert sign_in(cast.reporter_a).get(f"{OWN}txt").status_code == 404


def test_the_schools_result_leads_to_its_self_rating(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    assert f'href="{OWN}?evaluation={evaluation.pk}"' in body(sign_in(cast.principal_a), "/board/schools/4102020001/")


def test_taking_the_forms_leaves_who_when_and_which_bytes(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    answer = sign_in(cast.leader).get(f"{PAGE}export")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    event = AuditEvent.objects.get(action="declaration.export")
    assert (event.actor_name, event.district_code) == ("局领导（leader）", "410202")
    assert event.after["sha256"] == hashlib.sha256(answer.content).hexdigest()


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_taking_a_self_rating_leaves_who_when_and_which_bytes(
    cast: Cast, evaluation: Evaluation, sign_in: object, kind: str
) -> None:
    answer = sign_in(cast.reporter_a).get(f"{OWN}{kind}")
    assert answer.status_code == 200
    event = AuditEvent.objects.get(action="declaration.export_self_rating")
    assert (event.actor_name, event.school_code) == ("甲校填报员（reporter_a）", "4102020001")
    digest = hashlib.sha256(answer.content).hexdigest()
    assert event.after == {"kind": kind, "sha256": digest, "size": len(answer.content)}


def test_the_actions_refuse_who_has_no_right(cast: Cast, evaluation: Evaluation) -> None:
    with pytest.raises(NotAllowed):
        actions.export(evaluation=evaluation, by=cast.auditor)
    with pytest.raises(NotFound):
        actions.export(evaluation=evaluation, by=cast.foreign_admin)
    with pytest.raises(NotFound):
        actions.export_self_rating(school=cast.school_a, evaluation=evaluation, kind="pdf", by=cast.reporter_b)
    assert not AuditEvent.objects.filter(action__startswith="declaration.").exists()


def read(form: PrintedForm, book: CalamineWorkbook) -> tuple[list[str], list[str]]:
    """What a sheet's body holds, and what the form says there, box by box; merged boxes hold their first cell."""
    lines = book.get_sheet_by_name(form.name).to_python(skip_empty_area=False)[1 + len(form.head) :]
    stored, shown, hanging = [], [], [0] * len(form.widths)
    for line, row in zip(form.rows, lines, strict=False):
        column = 0
        for box in line:
            while hanging[column]:
                hanging[column] -= 1
                column += 1
            value = row[column]
            decimals = -box.value.as_tuple().exponent if isinstance(box.value, Decimal) else None
            stored.append(value if decimals is None else f"{Decimal(repr(value)):.{decimals}f}")
            shown.append(box.text)
            hanging[column] = box.rowspan - 1
            column += box.colspan
    return stored, shown


def test_every_number_of_the_file_is_the_forms_own(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sign_in(cast.admin).get(f"{PAGE}export").content))
    forms = queries.forms(evaluation)
    assert book.sheet_names == ["表Ⅰ", "表Ⅱ-1", "表Ⅱ-2", "表Ⅲ", "表Ⅳ", "表Ⅴ", "表Ⅵ", "附表1", "附表2"]
    for form in forms.values():
        stored, shown = read(form, book)
        assert stored == shown


def test_the_same_evaluation_gives_the_same_bytes(evaluation: Evaluation) -> None:
    first = queries.workbook(evaluation, "龙亭区教育体育局")
    queries._forms.clear()
    assert queries.workbook(evaluation, "龙亭区教育体育局") == first


@pytest.mark.parametrize("page", [f"{PAGE}?form=2-2", f"{PAGE}export", OWN, f"{OWN}docx"])
def test_the_number_of_queries_does_not_grow_with_the_schools(
    cast: Cast, sign_in: object, page: str, django_assert_max_num_queries: object
) -> None:
    counts = []
    for code, count in (("2026", 10), ("2027", 60)):
        round = open_round(cast.district, code)
        whole(round, cast.school_a)
        if count == 10:
            fill(round, count)
            hand_in(round, cast.school_b, figures("初级中学", 300))
        else:
            for school in cast.district.schools.exclude(pk=cast.school_a.pk):
                hand_in(round, school, figures(school.kind, 300))
        evaluated(cast, round)
        client = sign_in(cast.admin)
        queries._forms.clear()
        with django_assert_max_num_queries(20) as shown:
            assert client.get(page).status_code == 200
        counts.append(len(shown))
    assert counts[0] == counts[1]


def test_a_hundred_and_twenty_schools_are_all_written(cast: Cast) -> None:
    round = open_round(cast.district)
    fill(round, 120)
    evaluation = Evaluation.objects.select_related("round__district", "standard").get(pk=evaluated(cast, round).pk)
    content = queries.workbook(evaluation, "龙亭区教育体育局")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("表Ⅱ-2").to_python()
    assert sum(isinstance(row[0], float) for row in rows) == len(evaluation.result["parts"])
