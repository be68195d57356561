"""The same from the command line."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inspections.dossiers.models import Dossier
from portal.core.files import store
from portal.core.jobs.models import Job
from tests.inspections.dossiers.conftest import Place

ARGS = ("build_dossier", "2026", "--district", "410202", "--by", "admin")


def said(*words: object) -> str:
    out = io.StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def test_build_then_verify_holds_and_twice_is_one_dossier(place: Place, tmp_path: Path) -> None:
    first, second = tmp_path / "一.zip", tmp_path / "二.zip"
    assert "整包校验值" in said(*ARGS, "--output", first)
    said(*ARGS, "--output", second)
    assert first.read_bytes() == second.read_bytes()
    assert Dossier.objects.count() == 1
    shown = said("verify_dossier", first)
    assert "核验通过" in shown
    assert Dossier.objects.get().package.sha256 in shown


def test_verify_names_what_was_changed_in_the_unpacked_folder_and_fails(place: Place, tmp_path: Path) -> None:
    said(*ARGS, "--output", tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.extractall(tmp_path / "out")
    (plan,) = (tmp_path / "out").rglob("*房产测绘图.pdf")
    plan.write_bytes(b"forged")
    next((tmp_path / "out").rglob("*填报数据.json")).unlink()
    with pytest.raises(CommandError) as failure:
        said("verify_dossier", tmp_path / "out")
    assert "2 处问题" in str(failure.value)
    assert "内容被改动：data/08 学校卷/4102020001 甲小学/4 佐证/" in str(failure.value)
    assert "缺少文件" in str(failure.value)


def test_the_round_is_named_as_typed_or_what_there_is(place: Place) -> None:
    with pytest.raises(CommandError, match="没有评估年度“2031”。现有：410202 2026"):
        said("build_dossier", "2031", "--district", "410202", "--by", "admin")


def test_an_unknown_account_a_missing_folder_and_a_missing_right_are_reported(place: Place, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="没有启用的账号“nobody”"):
        said("build_dossier", "2026", "--district", "410202", "--by", "nobody")
    with pytest.raises(CommandError, match="不存在"):
        said(*ARGS, "--output", tmp_path / "无" / "x.zip")
    with pytest.raises(CommandError, match="不能进行这项操作"):
        said("build_dossier", "2026", "--district", "410202", "--by", "expert")
    assert not Dossier.objects.exists()


def test_a_round_that_was_never_evaluated_says_what_to_run_first(cast: object) -> None:
    from tests.indicators.district import open_round

    open_round(cast.district)
    with pytest.raises(CommandError, match="请先运行 evaluate 2026 --district 410202"):
        said(*ARGS)


def test_a_damaged_file_fails_the_command_naming_it(place: Place, tmp_path: Path) -> None:
    store.path_of(place.roster.sha256).unlink()
    with pytest.raises(CommandError, match="教师学历名册"):
        said(*ARGS, "--output", tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
    assert Job.objects.get().state == "failed"


def test_verify_refuses_what_is_no_package(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(CommandError, match="不是完整的压缩包"):
        said("verify_dossier", path)
