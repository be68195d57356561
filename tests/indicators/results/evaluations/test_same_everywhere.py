"""Identical inputs are the identical evaluation on every database: one import, one recorded fingerprint."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.standards import files
from indicators.standard.standards.models import Standard
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from tests.cast import grant, make_user
from tests.workbooks import district, write_register, write_submissions

PINNED = Path(__file__).parent / "pinned"
SEED = 20261124


@pytest.fixture
def evaluation(db: None, tmp_path: Path) -> Evaluation:
    """A district from workbooks, judged by a standard stored next to this test: today's edits do not reach it."""
    content = json.loads((PINNED / "standard.json").read_text())
    Standard.objects.create(code="pinned", name=content["name"], content=content, sha256=files.content_sha256(content))
    grant(make_user("pinned", "局管理员"), "admin", district=District.objects.create(code="410202", name="龙亭区"))
    schools = district(SEED)
    write_register(tmp_path / "register.xlsx", schools, seed=1)
    write_submissions(tmp_path / "returns.xlsx", schools, seed=2)
    call_command("import_schools", tmp_path / "register.xlsx", by="pinned")
    call_command("open_round", "2026", district="410202", standard="pinned", due="2099-12-31")
    call_command("import_returns", "2026", str(tmp_path / "returns.xlsx"), "--by", "pinned", "--submit", "--approve")
    call_command("evaluate", "2026", output=str(tmp_path / "result.json"), format="json")
    return Evaluation.objects.get()


def figures_sha256(result: dict[str, Any]) -> str:
    """Every value and verdict of A1–A7 and the coefficients; further keys of the result may come."""
    shown = [
        [
            [
                p["school_code"],
                p["stage"],
                p["pupils"],
                p["passes"],
                {c: i["value"] for c, i in p["indicators"].items()},
            ]
            for p in result["parts"]
        ],
        {
            stage: {code: [c["mean"], c["cv"], c["passes"]] for code, c in by_code.items()}
            for stage, by_code in result["coefficients"].items()
        },
        result["verdict"],
    ]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def test_the_same_import_is_the_same_evaluation_on_this_database_too(evaluation: Evaluation) -> None:
    """Recorded once; a new engine version is recorded anew, a difference under the same version is a fault."""
    recorded = json.loads((PINNED / "expected.json").read_text())
    found = {"inputs_sha256": evaluation.inputs_sha256, "figures_sha256": figures_sha256(evaluation.result)}
    assert evaluation.engine in recorded, f"record in expected.json: {evaluation.engine!r}: {found}"
    assert found == recorded[evaluation.engine]
    assert judging.verify(evaluation).differences == ()


def test_the_system_judges_what_an_import_brought_in(evaluation: Evaluation) -> None:
    assert evaluation.created_by == system_user()
    assert len(evaluation.result["parts"]) > 20
