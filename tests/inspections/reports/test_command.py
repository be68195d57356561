"""compile_report on the command line: at once, the same reports as on the page."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inspections.reports.models import Report
from portal.core.jobs.models import Job
from tests.cast import Cast
from tests.inspections.reports.ledger import at

pytestmark = pytest.mark.usefixtures("book", "phases")


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


def run(*args: str) -> str:
    out = StringIO()
    call_command("compile_report", *args, stdout=out)
    return out.getvalue()


def test_it_makes_the_files_at_once_and_again_the_same(cast: Cast, tmp_path: Path) -> None:
    args = ("--district", "410202", "--phase", "2", "--by", "admin", "--output", str(tmp_path / "出"))
    assert "（第 1 版）（2026年2月1日至2026年6月30日）已生成" in run(*args)
    first = {path.name: path.read_bytes() for path in (tmp_path / "出").iterdir()}
    assert sorted(Path(name).suffix for name in first) == [".docx", ".pdf"]
    run(*args)
    assert {path.name: path.read_bytes() for path in (tmp_path / "出").iterdir()} == first
    assert (Report.objects.get().state, Job.objects.count()) == ("ready", 0)


def test_a_school_and_a_range_of_days(cast: Cast, tmp_path: Path) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-03-31")
    run("--district", "410202", "--school", "4102020001", *days, "--by", "admin", "--output", str(tmp_path))
    assert (tmp_path / "甲小学义务教育优质均衡发展阶段整改报告（20260101-20260331）第1版.pdf").is_file()


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (("--district", "999999", "--phase", "2", "--by", "admin"), "没有区划代码为 999999 的区县"),
        (("--district", "410202", "--phase", "9", "--by", "admin"), "现有：1 自查自评阶段、2 整体推进阶段"),
        (("--district", "410202", "--school", "1", "--phase", "2", "--by", "admin"), "没有学校标识码为 1 的学校"),
        (("--district", "410202", "--phase", "2", "--by", "nobody"), "没有启用的账号 nobody"),
        (("--district", "410202", "--phase", "2", "--by", "disabled"), "没有启用的账号 disabled"),
        (("--district", "410202", "--phase", "2", "--by", "leader"), "您的角色不能进行这项操作"),
        (("--district", "410202", "--by", "admin"), "请选择阶段或填写起止日期"),
        (("--district", "410202", "--from", "3月", "--to", "2026-03-31", "--by", "admin"), "日期“3月”不对"),
        (("--district", "410202", "--phase", "2", "--from", "2026-01-01", "--by", "admin"), "只能用一种"),
    ],
)
def test_a_wrong_command_is_refused_in_words(cast: Cast, args: tuple[str, ...], shown: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*args)
    assert shown in str(refusal.value)
    assert not Report.objects.exists()


def test_a_folder_that_cannot_be_written_is_reported(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="没有写入目录"):
        run("--district", "410202", "--phase", "2", "--by", "admin", "--output", str(tmp_path / "file"))
    assert Report.objects.get().state == "ready"
