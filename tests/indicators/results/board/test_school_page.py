"""A school's result page: its own figures with formula, source and history; nobody else's."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation, PartResult
from tests.cast import Cast, make_school
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.pages import flat

OWN = "/board/schools/4102020001/"


def body(client: Client, address: str = OWN) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return flat(answer.content.decode())


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reporter_a", 200),
        ("principal_a", 200),
        ("inspector_a", 200),
        ("admin", 200),
        ("leader", 200),
        ("expert", 200),
        ("reporter_b", 404),
        ("inspector_b", 404),
        ("foreign_admin", 404),
        ("auditor", 403),
        ("liaison", 403),
    ],
)
def test_school_staff_see_their_own_school_and_nobody_elses(
    cast: Cast, evaluation: Evaluation, sign_in: object, who: str, status: int
) -> None:
    assert sign_in(getattr(cast, who)).get(OWN).status_code == status


def test_the_page_names_no_other_school(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.reporter_a))
    others = set(cast.district.schools.exclude(pk=cast.school_a.pk).values_list("name", "code"))
    assert not [name for name, code in others if name in page or code in page]


def test_every_formula_is_filled_in_and_every_figure_has_its_source(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    page = body(sign_in(cast.reporter_a))
    part = next(p for p in evaluation.result["parts"] if p["school_code"] == "4102020001")
    for code, figure in part["indicators"].items():
        assert figure["formula"].replace("＝", "＝") in page, code
    assert (
        '教学及辅助用房面积</th><td data-label="报送值">8000 ㎡</td><td data-label="填写">甲校填报员 2026年3月31日 18:02'
        in page
    )
    entry = evaluation.inputs["4102020001"]
    assert entry["receipt"] in page
    assert reverse("submissions:revision", args=[entry["revision"]]) in page


def test_a_gap_is_reported_in_whole_teachers(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.reporter_b), "/board/schools/4102020002/")
    assert "<dt>差距</dt><dd>1 名骨干教师</dd>" in page


def test_a_school_without_a_submission_reads_what_is_missing_and_no_verdict(cast: Cast, sign_in: object) -> None:
    evaluated(cast, open_round(cast.district))
    page = body(sign_in(cast.reporter_a))
    assert "项数据，不能判定：小学在校生数、" in page
    assert "无法判定" in page
    assert "未达标" not in page


def test_a_school_left_out_reads_why(cast: Cast, sign_in: object) -> None:
    cast.school_a.kind = "教学点"
    cast.school_a.save()
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures("教学点", 38))
    evaluated(cast, round)
    assert "本校不参加资源配置指标评估：教学点在校生 38 人" in body(sign_in(cast.reporter_a))


def test_past_rounds_stand_below_newest_first(cast: Cast, round_a: Round, sign_in: object) -> None:
    past = open_round(cast.district, "2025")
    hand_in(past, cast.school_a, figures(multimedia_rooms=26))
    evaluated(cast, past)
    evaluated(cast, round_a)
    history = body(sign_in(cast.reporter_a)).split("历年结果")[1]
    assert re.findall(r'<th scope="row">(.*?)</th>', history) == ["2026 年度自评", "2025 年度自评"]
    assert re.findall(r'data-label="A7 多媒体教室">([\d.]+)<', history) == ["3.00", "2.60"]


def test_the_newest_round_is_shown_unless_another_evaluation_is_asked_for(
    cast: Cast, round_a: Round, sign_in: object
) -> None:
    latest = evaluated(cast, round_a)
    past = open_round(cast.district, "2025", school_year_start=date(2025, 9, 1))
    hand_in(past, cast.school_a, figures())
    older = evaluated(cast, past)
    client = sign_in(cast.reporter_a)
    assert "· 2026 年度自评。" in body(client)
    assert "· 2025 年度自评。" in body(client, f"{OWN}?evaluation={older.pk}")
    assert "· 2026 年度自评。" in body(client, f"{OWN}?evaluation={latest.pk}")


@pytest.mark.parametrize("asked", ["999999", "x", "-1", "1 OR 1=1"])
def test_an_evaluation_that_is_none_is_not_found(
    cast: Cast, evaluation: Evaluation, sign_in: object, asked: str
) -> None:
    assert sign_in(cast.reporter_a).get(OWN, {"evaluation": asked}).status_code == 404


def test_an_evaluation_of_another_district_is_not_found(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    foreign = evaluated_elsewhere(cast)
    assert sign_in(cast.reporter_a).get(OWN, {"evaluation": foreign.pk}).status_code == 404


def evaluated_elsewhere(cast: Cast) -> Evaluation:
    cast.admin = cast.foreign_admin
    return evaluated(cast, open_round(cast.other_district))


def test_before_any_evaluation_the_page_says_what_comes_next(cast: Cast, sign_in: object) -> None:
    assert "还没有评估结果" in body(sign_in(cast.reporter_a))


def test_a_nine_year_school_shows_both_parts_with_the_split_in_the_formula(cast: Cast, sign_in: object) -> None:
    school = make_school("4102020077", "庚学校", cast.district, kind="九年一贯制学校")
    round = open_round(cast.district)
    hand_in(round, school, figures("九年一贯制学校", 500))
    evaluated(cast, round)
    page = body(sign_in(cast.admin), "/board/schools/4102020077/")
    assert 'id="part-primary"' in page
    assert 'id="part-junior"' in page
    assert "× [500 × 1.1 ÷（小学 500 ＋ 初中 500 × 1.1）]" in page


def test_the_page_takes_a_fixed_number_of_queries(
    cast: Cast, evaluation: Evaluation, sign_in: object, django_assert_max_num_queries: object
) -> None:
    client = sign_in(cast.reporter_a)
    client.get(OWN)
    with django_assert_max_num_queries(14):
        client.get(OWN)


def test_school_staff_come_straight_to_their_own_result(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    assert sign_in(cast.reporter_a).get("/board/schools/").url == OWN


def test_those_with_several_schools_get_a_list_of_just_these(
    cast: Cast, evaluation: Evaluation, sign_in: object, django_assert_max_num_queries: object
) -> None:
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(12):
        page = body(client, "/board/schools/")
    assert "小学 达标，7 项" in page
    assert page.count("<tr><th") == cast.district.schools.count() + 1
    assert "丙小学" not in page


def test_the_list_is_paged_and_narrowed_to_what_is_looked_for(
    cast: Cast, evaluation: Evaluation, sign_in: object, django_assert_max_num_queries: object
) -> None:
    for number in range(60):
        make_school(f"410202{1000 + number}", f"新{number}小学", cast.district)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(12):
        first = body(client, "/board/schools/")
    assert (first.count("<tr><th"), "?page=2" in first) == (51, True)
    assert body(client, "/board/schools/?q=甲小学").count("<tr><th") == 2
    assert body(client, "/board/schools/?q=新59小学&kind=小学").count("<tr><th") == 2
    assert "没有符合条件的学校" in body(client, "/board/schools/?q=没有的学校")
    assert client.get("/board/schools/?page=2").context["page"].number == 2


def test_the_list_shows_the_newest_round_that_judged_a_school(cast: Cast, round_a: Round, sign_in: object) -> None:
    past = open_round(cast.district, "2025")
    for round in (round_a, past):
        evaluated(cast, round)
    row = re.search(r"甲小学</a>.*?</tr>", body(sign_in(cast.admin), "/board/schools/")).group()
    assert "2026 年度自评" in row
    assert "2025" not in row


def test_sources_lead_to_the_frozen_submission_and_its_files(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    client = sign_in(cast.reporter_a)
    link = re.search(r'href="(/submissions/revisions/\d+/)"', body(client)).group(1)
    assert client.get(link).status_code == 200


def test_the_menu_marks_one_entry_only(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    here = re.findall(r'href="([^"]+)" aria-current="page"', body(sign_in(cast.admin), "/board/schools/"))
    assert here == ["/board/schools/"]


def test_whoever_signed_is_shown_by_the_name_of_today(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    signer = PartResult.objects.get(evaluation=evaluation, school=cast.school_a).revision.submitted_by
    client = sign_in(cast.leader)
    assert signer.name in body(client)
    type(signer).objects.filter(pk=signer.pk).update(name="改名后的签发人")
    assert "改名后的签发人" in body(client)


def test_the_history_follows_what_happened_since_it_was_first_shown(
    cast: Cast, round_a: Round, sign_in: object
) -> None:
    past = open_round(cast.district, "2025")
    hand_in(past, cast.school_a, figures(multimedia_rooms=26))
    evaluated(cast, past)
    evaluated(cast, round_a)
    client = sign_in(cast.reporter_a)
    assert "2.60<" in body(client).split("历年结果")[1]
    hand_in(past, cast.school_a, figures(multimedia_rooms=27))
    evaluated(cast, past)
    Round.objects.filter(pk=past.pk).update(name="改名后的年度")
    history = body(client).split("历年结果")[1]
    assert re.findall(r'<th scope="row">(.*?)</th>', history) == ["2026 年度自评", "改名后的年度"]
    assert re.findall(r'data-label="A7 多媒体教室">([\d.]+)<', history) == ["3.00", "2.70"]


def test_an_evaluation_that_came_before_the_school_is_not_its_own(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    new = make_school("4102020099", "新办小学", cast.district)
    client = sign_in(cast.admin)
    assert "还没有评估结果" in body(client, f"/board/schools/{new.code}/")
    assert client.get(f"/board/schools/{new.code}/?evaluation={evaluation.pk}").status_code == 404
