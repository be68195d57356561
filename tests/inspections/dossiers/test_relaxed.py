"""A dossier of an evaluation with relaxations: every made file opens, tables show both verdicts."""

import io

from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from indicators.results.evaluations.models import Evaluation
from indicators.standard.standards import queries as standards
from inspections.dossiers import catalogue_facts, submission_queries, work
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import before_and_after
from tests.shared import shared


@shared
def after(cast: Cast) -> Evaluation:
    return before_and_after(cast)[1]


def printed(content: bytes) -> str:
    if content[:4] == b"%PDF":
        return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)
    if content[:2] == b"PK":
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return "".join(str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    return content.decode()


def test_schools_and_submissions_are_the_respondents_and_no_grant_is_taken_for_one(after: Evaluation) -> None:
    frozen = catalogue_facts.freeze(after)
    shelved = [one.code for volume in frozen.catalogue.volumes if volume.code == "X" for one in volume.sections]
    assert shelved == ["X4102020001", "X4102020002", "X4102020003"]
    backs = submission_queries.load(after, standards.load_spec(after.standard))
    assert set(backs) == {"410202", "4102020001", "4102020002", "4102020003"}
    assert frozen.catalogue.heading["verdict"] == "未达标（放宽口径：未达标）"


def test_every_made_file_opens_and_those_with_verdicts_show_both(after: Evaluation) -> None:
    frozen = catalogue_facts.freeze(after).catalogue
    maker = work.maker(frozen, after)
    shown = {
        kind: printed(work._KINDS[kind.partition(":")[0]](maker, kind.partition(":")[2]))
        for kind in (
            "register",
            "results",
            "gaps",
            "declaration",
            "indicator:A5",
            "indicator:B4",
            "indicator:A4",
            "veto:E1",
            "result:4102020001",
            "result:4102020003",
            "self_rating:4102020001",
            "results_json",
        )
    }
    assert "relaxations" not in shown["register"] + shown["veto:E1"]
    assert "9.72，达标，高 29.6%；综合评估达标（严格口径未达标）" in shown["indicator:A5"]
    assert "放宽口径：甲小学 A5" in shown["indicator:A5"]
    assert "；放宽口径 0.105，不超过限值" in shown["indicator:A5"]
    assert "未达标；放宽口径：达标" in shown["indicator:B4"]
    assert "豫教督〔2026〕9号" in shown["indicator:B4"]
    assert "放宽口径：" not in shown["indicator:A4"]
    assert "结论：未达标" in shown["result:4102020001"]
    assert "放宽口径：达标" in shown["result:4102020001"]
    assert "放宽口径" not in shown["result:4102020003"]
    assert "放宽口径9.72（是）" in shown["self_rating:4102020001"]
    assert "放宽口径：甲小学 A5" in shown["declaration"]


def test_readiness_names_schools_and_shows_both_verdicts(after: Evaluation) -> None:
    spec = standards.load_spec(after.standard)
    facts = {"programmes": [1], "findings": [], "reports": [], "self_reports": [], "visits": []}
    found = submission_queries.issues(after, spec, submission_queries.load(after, spec), facts)
    assert "评估结论为“未达标（放宽口径：未达标）”，档案将如实记载" in [one.text for one in found]
    assert not [one for one in found if "没有通过审核的填报" in one.text]
