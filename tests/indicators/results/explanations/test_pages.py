"""Explanation pages: who sees which, what they say, where each figure leads."""

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from django.db import models
from django.test import Client

from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import explain
from indicators.standard.engine.explain import Explanation
from portal.core.audit.models import AuditEvent
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.pages import flat
from tests.shared import shared

A, B = "4102020001", "4102020002"
OF_DISTRICT = ["", "stages/primary/", "stages/primary/A1/", "indicators/B9/", "vetoes/E1/"]
OF_SCHOOL = [f"schools/{A}/primary/", f"schools/{A}/primary/A4/", f"indicators/B9/{A}/"]


@shared
def round_a(cast: Cast) -> Round:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures(trained_teachers_primary=60, teachers_primary=60))
    hand_in(
        round,
        cast.school_b,
        figures("初级中学", backbone_teachers_junior=9, trained_teachers_junior=50, teachers_junior=60),
    )
    hand_in(round, None, {"townships": 5, "layout_plan": True, "exchanged": 9, "exchange_eligible": 100})
    fill(round, 10)
    return round


@shared
def evaluation(cast: Cast, round_a: Round) -> Evaluation:
    return Evaluation.objects.get(pk=evaluated(cast, round_a).pk)


def body(client: Client, evaluation: Evaluation, page: str = "") -> str:
    answer = client.get(f"/explanations/{evaluation.pk}/{page}")
    assert answer.status_code == 200, answer.content.decode()[:500]
    return flat(answer.content.decode())


@pytest.mark.parametrize("page", OF_DISTRICT)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("reviewer", 200),
        ("leader", 200),
        ("expert", 200),
        ("reporter_a", 403),
        ("principal_a", 403),
        ("inspector_a", 403),
        ("liaison", 403),
        ("auditor", 403),
        ("foreign_admin", 404),
    ],
)
def test_the_district_is_explained_to_those_who_see_its_board(
    cast: Cast, evaluation: Evaluation, sign_in: Any, page: str, who: str, status: int
) -> None:
    assert sign_in(getattr(cast, who)).get(f"/explanations/{evaluation.pk}/{page}").status_code == status


@pytest.mark.parametrize("page", OF_SCHOOL)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reporter_a", 200),
        ("principal_a", 200),
        ("inspector_a", 200),
        ("admin", 200),
        ("reporter_b", 404),
        ("inspector_b", 404),
        ("foreign_admin", 404),
        ("auditor", 403),
    ],
)
def test_a_school_is_explained_to_its_own_people(
    cast: Cast, evaluation: Evaluation, sign_in: Any, page: str, who: str, status: int
) -> None:
    assert sign_in(getattr(cast, who)).get(f"/explanations/{evaluation.pk}/{page}").status_code == status


@pytest.mark.parametrize("page", OF_SCHOOL)
def test_a_school_user_reads_no_other_school(cast: Cast, evaluation: Evaluation, sign_in: Any, page: str) -> None:
    shown = body(sign_in(cast.reporter_a), evaluation, page) + body(
        sign_in(cast.reporter_a), evaluation, f"{page}?format=json"
    )
    others = cast.district.schools.exclude(pk=cast.school_a.pk).values_list("name", "code")
    assert not [name for name, code in others if name in shown or code in shown]


@pytest.mark.parametrize(
    "page",
    [
        "stages/nursery/",
        "stages/primary/B1/",
        "indicators/A1/",
        "indicators/Z9/",
        "vetoes/A1/",
        f"schools/{A}/junior/",
        f"schools/{A}/primary/B1/",
        "schools/9999999999/primary/",
        f"indicators/B1/{A}/",
        "indicators/B9/9999999999/",
    ],
)
def test_what_was_not_judged_is_not_found(cast: Cast, evaluation: Evaluation, sign_in: Any, page: str) -> None:
    assert sign_in(cast.admin).get(f"/explanations/{evaluation.pk}/{page}").status_code == 404


def test_an_unknown_evaluation_is_not_found(cast: Cast, evaluation: Evaluation, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    assert client.get("/explanations/999999/").status_code == 404
    assert client.get(f"/explanations/999999/schools/{A}/primary/").status_code == 404


def test_an_indicator_shows_rule_arithmetic_rounding_and_distance(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    page = body(sign_in(cast.admin), evaluation, f"schools/{B}/junior/A2/")
    assert "县级及以上骨干教师人数除以本学段在校生数" in page
    assert "教督〔2017〕6号“资源配置”第2项" in page
    assert '<dd class="number-line">9 ÷ 1000 × 100</dd>' in page
    assert "0.9 → 0.90 人" in page
    assert "≥ 1 人，还差 1 名骨干教师" in page
    assert "≥ 0.85 人，已达到" in page


def test_an_input_leads_to_its_revision_its_author_and_who_approved(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    client = sign_in(cast.reporter_a)
    page = body(client, evaluation, f"schools/{A}/primary/A4/")
    entry = evaluation.inputs[A]
    assert "8000 ㎡" in page
    assert "甲校填报员 2026年3月31日 18:02" in page
    assert entry["receipt"] in page
    assert entry["sha256"] in page
    link = re.search(r'href="(/submissions/revisions/\d+/)"', page).group(1)
    assert client.get(link).status_code == 200


def test_the_register_facts_are_those_that_were_judged(cast: Cast, evaluation: Evaluation, sign_in: Any) -> None:
    cast.school_a.area = "乡村" if cast.school_a.area != "乡村" else "城区"
    cast.school_a.save()
    area = evaluation.inputs[A]["register"][2]
    assert f"<dt>城乡</dt><dd>{area}</dd>" in body(sign_in(cast.admin), evaluation, f"schools/{A}/primary/")


def test_evidence_is_named_with_its_hash_and_without_any_says_so(cast: Cast, round_a: Round, sign_in: Any) -> None:
    row = Revision.objects.get(submission__school=cast.school_a)
    file = {
        "item": "teaching_area",
        "document": "6a2f41a3-c54c-4f5e-8b1c-000000000001",
        "name": "测绘图.pdf",
        "sha256": "ab" * 32,
        "size": 1,
        "caption": "",
        "restricted": False,
    }
    models.QuerySet(Revision).filter(pk=row.pk).update(content=row.content | {"evidence": [file]})
    page = body(sign_in(cast.admin), evaluated(cast, round_a), f"schools/{A}/primary/A4/")
    assert "测绘图.pdf" in page
    assert "校验值 abababababab…" in page


def test_an_attested_conclusion_names_its_signer_and_lacking_evidence(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    page = body(sign_in(cast.admin), evaluation, "indicators/B1/")
    assert "签发：" in page
    assert "缺佐证" in page


def test_what_blocks_the_verdict_is_read_first(cast: Cast, evaluation: Evaluation, sign_in: Any) -> None:
    page = body(sign_in(cast.admin), evaluation)
    assert page.index("阻碍结论的事项") < page.index("学校达标和校际差异") < page.index("一票否决事项</b>")
    assert len(evaluation.why) > 1
    assert all(f"<li>{why}</li>" in page for why in evaluation.why)


def test_the_way_leads_up_and_down_the_tree(cast: Cast, evaluation: Evaluation, sign_in: Any) -> None:
    client = sign_in(cast.admin)
    seen, waiting = set(), [f"/explanations/{evaluation.pk}/stages/junior/A2/"]
    while waiting and len(seen) < 12:
        address = waiting.pop(0)
        if address not in seen:
            seen.add(address)
            answer = client.get(address)
            assert answer.status_code == 200, address
            waiting += re.findall(r'href="(/explanations/[^"?]+)"', answer.content.decode())
    assert f"/explanations/{evaluation.pk}/" in seen
    assert any("/schools/" in address for address in seen)


@pytest.mark.parametrize(
    ("board", "link"),
    [
        ("/board/", "explanations/{e}/"),
        ("/board/", "explanations/{e}/schools/" + A + "/primary/"),
        ("/board/", "explanations/{e}/stages/primary/A1/"),
        ("/board/coefficients/", "explanations/{e}/stages/junior/A7/"),
        ("/board/conditions/", "explanations/{e}/indicators/B9/"),
        ("/board/conditions/", "explanations/{e}/vetoes/E1/"),
        (f"/board/schools/{A}/", "explanations/{e}/schools/" + A + "/primary/A4/"),
    ],
)
def test_results_lead_to_their_reasons(cast: Cast, evaluation: Evaluation, sign_in: Any, board: str, link: str) -> None:
    client = sign_in(cast.admin)
    address = "/" + link.format(e=evaluation.pk)
    assert f'href="{address}"' in client.get(board).content.decode()
    assert client.get(address).status_code == 200


def test_every_leaf_is_the_answer_of_the_frozen_revision(cast: Cast, evaluation: Evaluation) -> None:
    frozen = {
        key: Revision.objects.get(pk=entry["revision"]).content["answers"]
        for key, entry in evaluation.inputs.items()
        if entry.get("revision")
    }
    seen = 0
    for node in explain.district(evaluations.case_of(evaluation)).walk():
        for given in node.inputs:
            key = "410202" if given.respondent == "district" else given.respondent
            stated = frozen.get(key, {}).get(given.item)
            assert (stated is None) == (given.state == explain.BLANK), given
            if stated and given.unit and "value" in stated:
                assert Fraction(given.text) == Fraction(stated["value"]), given
                seen += 1
    assert seen > 300


def test_every_figure_of_the_stored_result_stands_in_the_tree(cast: Cast, evaluation: Evaluation) -> None:
    nodes: dict[tuple[str, ...], Explanation] = {}
    for node in explain.district(evaluations.case_of(evaluation)).walk():
        nodes.setdefault((node.place.kind, node.place.code, node.place.school, node.place.stage), node)
    stored = evaluation.result
    for part in stored["parts"]:
        for code, figure in part["indicators"].items():
            assert nodes["indicator", code, part["school_code"], part["stage"]].exact == figure["value"]
    for stage, by_code in stored["coefficients"].items():
        for code, figure in by_code.items():
            assert nodes["coefficient", code, "", stage].exact == figure["cv"]
            assert nodes["mean", code, "", stage].exact == figure["mean"]
    for code, stated in stored["district_indicators"].items():
        values = [child.exact for child in nodes["condition", code, "", ""].children]
        assert values == [condition["value"] for condition in stated["conditions"]]


def test_the_download_holds_the_tree_with_its_sources_and_leaves_a_trail(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    answer = sign_in(cast.admin).get(f"/explanations/{evaluation.pk}/schools/{A}/primary/?format=json")
    stated = json.loads(answer.content)
    assert stated["explanation"]["place"] == {"kind": "part", "code": "", "school": A, "stage": "primary"}
    assert len(stated["explanation"]["children"]) == 7
    sources = {source["item"]: source for source in stated["sources"]}
    assert sources["pupils_primary"]["receipt"] == evaluation.inputs[A]["receipt"]
    assert sources["pupils_primary"]["entered_by"] == "甲*"
    assert AuditEvent.objects.filter(action="explanation.export").count() == 1


def test_a_district_figure_comes_from_the_submission_whose_figure_counts(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    page = body(sign_in(cast.admin), evaluation, "indicators/B11/")
    assert evaluation.inputs["410202"]["receipt"] in page
    assert f"{cast.district}（区县数据）" in page
    assert "9 ÷ 100 × 100" in page
    assert "还差 1 人" in page


def test_another_engines_evaluation_shows_what_it_stored_and_says_so(
    cast: Cast, evaluation: Evaluation, sign_in: Any
) -> None:
    models.QuerySet(Evaluation).filter(pk=evaluation.pk).update(engine="1.0")
    client = sign_in(cast.admin)
    for page in (*OF_DISTRICT, *OF_SCHOOL):
        shown = body(client, evaluation, page)
        assert "这次评估由计算程序 1.0 版得出" in shown
        assert "不能逐步展开" in shown
    assert evaluation.result["coefficients"]["primary"]["A1"]["cv"] in body(client, evaluation, "stages/primary/A1/")
    assert client.get(f"/explanations/{evaluation.pk}/schools/{A}/junior/").status_code == 404


@pytest.mark.parametrize("page", [*OF_DISTRICT, *OF_SCHOOL])
def test_the_number_of_queries_does_not_grow_with_the_schools(
    cast: Cast, round_a: Round, sign_in: Any, django_assert_max_num_queries: Any, page: str
) -> None:
    fill_more(cast, round_a)
    evaluation = evaluated(cast, round_a)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(17):
        client.get(f"/explanations/{evaluation.pk}/{page}")


def fill_more(cast: Cast, round: Round) -> None:
    for number in range(30):
        school = make_school(f"41020277{number:02d}", f"扩{number}小学", cast.district)
        hand_in(round, school, figures())
