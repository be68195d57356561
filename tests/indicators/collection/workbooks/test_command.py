"""`import_returns` on the command line: which round is meant, what is said."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from indicators.collection.submissions.models import Answer
from tests.cast import Cast
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.workbooks import books


def said(file: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_returns", "2026", str(file), *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path, cast: Cast) -> Path:
    """A workbook with one figure of district 410202, whose round code district 410203 uses too."""
    opened(cast)
    opened(cast, district=cast.other_district, by=cast.foreign_admin)
    path = tmp_path / "填报.xlsx"
    path.write_bytes(books.schools(["school_code", "pupils_primary"], ["4102020001", 620], 班级名单=([], [])))
    return path


def test_of_two_rounds_with_one_code_the_administrators_own_is_meant(file: Path, cast: Cast) -> None:
    said(file, "--by", "admin")
    assert Answer.objects.get().submission.round.district == cast.district


def test_the_district_may_be_named_and_then_counts(file: Path) -> None:
    with pytest.raises(CommandError, match="没有找到"):
        said(file, "--by", "admin", "--district", "410203")


def test_remarks_are_printed_before_the_outcome(file: Path) -> None:
    remark, outcome = said(file, "--by", "admin", "--dry-run").splitlines()
    assert remark.startswith("提示：工作表“班级名单”不是模板中的工作表")
    assert outcome.startswith("检查通过，没有写入")
    assert not Answer.objects.exists()


def test_a_hidden_row_is_named_and_taken(cast: Cast, tmp_path: Path) -> None:
    opened(cast)
    path = tmp_path / "填报.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("学校数据")
        for number, row in enumerate([["码", "数"], ["school_code", "pupils_primary"], ["4102020001", 620]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, options={"hidden": True})
    remark, outcome = said(path, "--by", "admin").splitlines()
    assert remark.startswith("提示：工作表“学校数据”第 3 行是隐藏的（1 行），照样读取")
    assert outcome.startswith("导入完成")


def test_warnings_are_printed_and_approval_asks_the_reason(cast: Cast, tmp_path: Path) -> None:
    opened(cast)
    path = tmp_path / "填报.xlsx"
    path.write_bytes(
        books.schools(["school_code", "pupils_primary", "equipment_value"], ["4102020001", 600, 1_200_000])
    )
    assert "请核对：" in said(path, "--by", "admin", "--dry-run")
    assert "请用 --accept-warnings 写明原因" in said(path, "--by", "admin", "--dry-run", "--approve")
    with pytest.raises(CommandError, match="1 处提示没有说明"):
        said(path, "--by", "admin", "--approve")
    assert not Answer.objects.exists()
    assert "通过 1 份" in said(path, "--by", "admin", "--approve", "--accept-warnings", "含新购的机器人实训设备")
