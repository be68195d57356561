"""The main job from the command line on workbooks nobody here wrote, on both databases, against the oracle."""

import json
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle import judge
from tests.processes import Installation
from tests.workbooks import district, write_register, write_submissions

SEED = 20261123


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def installation(request, tmp_path: Path) -> Iterator[Installation]:
    """An empty, migrated installation with one administrator."""
    server = os.environ["DATABASE_URL"] if request.param == "postgresql" else ""
    made = Installation(tmp_path, server_url=server)
    made.env["ADMIN_PASSWORD"] = "Longting-2026"
    made.manage("create_admin", "admin", "--district", "410202")
    yield made
    made.close()


def run(installation: Installation, schools: list[dict], folder: Path) -> dict:
    """Import, submit, approve and evaluate; return the printed JSON."""
    write_register(folder / "register.xlsx", schools, seed=1)
    write_submissions(folder / "returns.xlsx", [s for s in schools if s["answers"]], seed=2)
    installation.manage("import_schools", folder / "register.xlsx", "--by", "admin")
    installation.manage("open_round", "2026", "--district", "410202", "--due", "2099-12-31")
    installation.manage("import_returns", "2026", folder / "returns.xlsx", "--by", "admin", "--submit", "--approve")
    return json.loads(installation.manage("evaluate", "2026", "--format", "json").stdout)


def close(printed: str, exact: Fraction) -> bool:
    return abs(Fraction(printed) - exact) <= abs(exact) * Fraction(1, 10**12)


def test_every_figure_and_verdict_equals_the_second_implementation(installation, tmp_path) -> None:
    schools = district(SEED)
    printed = run(installation, schools, tmp_path)
    parts, coefficients = judge(schools)
    assert {(p["school_code"], p["stage"]) for p in printed["parts"]} == set(parts)
    for part in printed["parts"]:
        expected = parts[part["school_code"], part["stage"]]
        assert Fraction(part["pupils"]) == expected["pupils"]
        assert part["passes"] is expected["passes"]
        for code, value in expected["values"].items():
            cell = part["indicators"][code]
            assert close(cell["value"], value)
            assert close(cell["numerator"], expected["numerators"][code])
            assert cell["reaches"] is (code in expected["reaches"])
    for (stage, code), expected in coefficients.items():
        cell = printed["coefficients"][stage][code]
        mean, variance, passes = expected
        assert close(cell["mean"], mean)
        assert close(str(Fraction(cell["sd"]) ** 2), variance)
        assert cell["passes"] is passes
    assert printed["complete"] is True
    assert printed["missing"] == []
    assert {e["school_code"] for e in printed["excluded"]} == {s["code"] for s in schools} - {c for c, _ in parts}
    assert printed["verdict"] is False, "this district has failing parts"


def test_a_blank_cell_is_missing_and_blocks_the_verdict(installation, tmp_path) -> None:
    schools = district(SEED)
    del schools[0]["answers"]["equipment_value"]
    schools[1]["answers"] = {}
    printed = run(installation, schools, tmp_path)
    assert printed["complete"] is False
    assert printed["verdict"] is None
    missing = {(entry["school_code"], entry["item"]) for entry in printed["missing"]}
    assert (schools[0]["code"], "equipment_value") in missing
    assert (schools[1]["code"], "pupils_primary") in missing
    assert {code for code, _ in missing} == {schools[0]["code"], schools[1]["code"]}
    part = next(p for p in printed["parts"] if p["school_code"] == schools[0]["code"])
    assert part["passes"] is None
    assert part["indicators"]["A6"]["value"] is None
    assert part["indicators"]["A5"]["value"] is not None
    assert printed["coefficients"]["primary"]["A6"]["passes"] is None
    assert printed["coefficients"]["junior"]["A6"]["passes"] is not None


def test_a_wrong_workbook_writes_nothing_and_names_every_cell(installation, tmp_path) -> None:
    schools = district(SEED)
    write_register(tmp_path / "register.xlsx", schools)
    installation.manage("import_schools", tmp_path / "register.xlsx", "--by", "admin")
    installation.manage("open_round", "2026", "--district", "410202")
    schools[0]["answers"]["pupils_primary"] = -3
    schools[2]["answers"]["multimedia_rooms"] = "十二间"
    write_submissions(tmp_path / "returns.xlsx", schools)
    done = installation.manage("import_returns", "2026", tmp_path / "returns.xlsx", "--by", "admin", ok=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    for word in ("学校数据", "第 3 行", "第 5 行", "十二间"):
        assert word in said
    code = "from indicators.models import Answer\nresult = Answer.objects.count()"
    assert installation.python(code) == 0
