"""`judge`: the same verdict as the portal's, from the two workbooks alone. Tests without `db` may not touch it."""

import io
import json
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from indicators.management.commands import judge
from schools.directory.models import District
from tests.cast import grant, make_user
from tests.workbooks import district, write_register, write_submissions

OVERLAY = """base = "national-2017"
code = "strict"
name = "从严"
short_name = "从严"
rule_version = "strict-1"
[rules]
min_reached = 7
"""


def files(folder: Path, seed: int = 7, **facts: str) -> tuple[str, str]:
    folder.mkdir(exist_ok=True)
    schools = [one | facts for one in district(seed)]
    write_register(folder / "schools.xlsx", schools, seed=seed)
    write_submissions(folder / "returns.xlsx", schools, seed=seed)
    return str(folder / "schools.xlsx"), str(folder / "returns.xlsx")


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("judge", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_the_result_is_the_portals(tmp_path: Path) -> None:
    register, submissions = files(tmp_path)
    grant(make_user("boss", "局管理员"), "admin", district=District.objects.create(code="410202", name="龙亭区"))
    call_command("import_schools", register, by="boss")
    call_command("open_round", "2025", district="410202", standard="national-2017", due="2099-12-31")
    call_command("import_returns", "2025", submissions, "--by", "boss", "--submit", "--approve")
    call_command("evaluate", "2025", output=str(tmp_path / "portal.json"), format="json")
    shown, _ = run(register, submissions, "--round", "2025")
    assert json.loads(shown) == json.loads((tmp_path / "portal.json").read_text())
    assert json.loads(shown)["parts"]


def test_nothing_is_stored_and_the_year_may_be_named(tmp_path: Path) -> None:
    shown = json.loads(run(*files(tmp_path), "--round", "2025")[0])
    assert (shown["round"], shown["district"], shown["standard"]) == ("2025", "410202", "national-2017")


def test_another_standard_and_an_overlay_are_judged_by(tmp_path: Path) -> None:
    register, submissions = files(tmp_path)
    (tmp_path / "我省.toml").write_text(OVERLAY)
    strict = json.loads(run(register, submissions, "--overlay", tmp_path / "我省.toml")[0])
    plain = json.loads(run(register, submissions)[0])
    assert strict["standard"] == "strict"
    assert sum(part["passes"] for part in strict["parts"]) < sum(part["passes"] for part in plain["parts"])
    assert json.loads(run(register, submissions, "--standard", "national-2021")[0])["standard"] == "national-2021"
    with pytest.raises(CommandError, match="没有代号为“none”的评估标准，现有：national-2017"):
        run(register, submissions, "--standard", "none")
    with pytest.raises(CommandError, match="与 --standard national-2021 不符"):
        run(register, submissions, "--overlay", tmp_path / "我省.toml", "--standard", "national-2021")
    (tmp_path / "我省.toml").write_text("base = ")
    judge._standard.cache_clear()
    with pytest.raises(CommandError, match="标准数据有误"):
        run(register, submissions, "--overlay", tmp_path / "我省.toml")


def test_tables_and_workbooks_come_out_too(tmp_path: Path) -> None:
    register, submissions = files(tmp_path)
    assert "【小学】" in run(register, submissions, "--format", "table")[0]
    run(register, submissions, "--format", "xlsx", "--output", tmp_path / "结果.xlsx")
    assert (tmp_path / "结果.xlsx").read_bytes().startswith(b"PK")
    with pytest.raises(CommandError, match="请用 --output 指定文件"):
        run(register, submissions, "--format", "xlsx")


def test_faults_of_either_workbook_are_listed_with_their_place(tmp_path: Path) -> None:
    register, submissions = files(tmp_path, kind="幼儿园")
    with pytest.raises(CommandError, match=r"工作表“学校名录”第 3 行.*不在规定的类别中"):
        run(register, submissions)
    register, submissions = files(tmp_path)
    write_register(Path(register), district(7)[:5])
    with pytest.raises(CommandError, match="4102020006 不在学校名录中"):
        run(register, submissions)


def test_what_nobody_sees_is_named(tmp_path: Path) -> None:
    register, _ = files(tmp_path)
    submissions = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(submissions) as made:
        sheet = made.add_worksheet("学校数据")
        for number, row in enumerate([["码", "数"], ["school_code", "pupils_primary"], ["4102020001", 620]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, options={"hidden": True})
    assert "第 3 行是隐藏的" in run(register, submissions)[1]


def test_a_school_without_a_row_has_no_submission(tmp_path: Path) -> None:
    register, submissions = files(tmp_path)
    write_submissions(Path(submissions), district(7)[1:], seed=7)
    shown = json.loads(run(register, submissions)[0])
    assert shown["complete"] is False
    assert "4102020001" in {row["school_code"] for row in shown["missing"]}


def test_every_sub_folder_gets_its_result_or_its_refusal(tmp_path: Path) -> None:
    for name, seed in (("甲", 7), ("乙", 8), ("丙", 9), ("丁", 10)):
        files(tmp_path / name, seed)
    (tmp_path / "乙" / "standard").write_text("national-2021\n")
    files(tmp_path / "丙", 9, kind="幼儿园")
    (tmp_path / "丙" / "result.json").write_text("of last time")
    (tmp_path / "丁" / "returns.xlsx").unlink()
    (tmp_path / "空").mkdir()
    said, _ = run("--batch", tmp_path)
    assert "共 4 个区县，评估 2 个，有错误 2 个。" in said
    assert json.loads((tmp_path / "甲" / "result.json").read_text()) == json.loads(
        run(tmp_path / "甲" / "schools.xlsx", tmp_path / "甲" / "returns.xlsx")[0]
    )
    assert json.loads((tmp_path / "乙" / "result.json").read_text())["standard"] == "national-2021"
    assert "不在规定的类别中" in (tmp_path / "丙" / "refused.txt").read_text()
    assert not (tmp_path / "丙" / "result.json").exists()
    assert "打不开文件" in (tmp_path / "丁" / "refused.txt").read_text()
    assert not list((tmp_path / "空").iterdir())


def test_a_surprise_in_one_district_is_its_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path)
    monkeypatch.setattr(judge.workbooks, "judge", lambda *_: 1 / 0)
    assert judge.judge_folder((tmp_path, "", None, "")) == (tmp_path, False)
    assert "意外错误" in (tmp_path / "refused.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "请写明学校名录和填报数据两个工作簿"),
        (["--batch", "/no/such"], "没有这个文件夹"),
        (["a.xlsx", "b.xlsx", "--batch", "x"], "--batch 不能与工作簿"),
        (["a.xlsx", "b.xlsx"], "打不开文件"),
    ],
)
def test_wrong_calls_are_refused_in_chinese(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
