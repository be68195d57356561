"""What argparse says in English, the portal's commands say in Chinese."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from portal.core.lib.commands import BaseCommand, in_chinese

ROOT = Path(__file__).parents[4]
OURS = sorted(name for name, app in get_commands().items() if app in ("portal", "schools", "indicators", "inspections"))


def test_there_are_commands() -> None:
    assert {"evaluate", "import_returns", "backup", "build_dossier", "create_admin"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_every_command_derives_from_ours(name: str) -> None:
    assert isinstance(load_command_class(get_commands()[name], name), BaseCommand)


@pytest.mark.parametrize("name", OURS)
def test_the_help_has_chinese_headings_and_none_of_djangos_sentences(name: str) -> None:
    text = load_command_class(get_commands()[name], name).create_parser("manage.py", name).format_help()
    assert text.startswith(f"用法：manage.py {name} ")
    assert "\n选项：\n" in text
    assert "显示本说明后退出" in text
    sentences = re.findall(r"[A-Za-z']+ [A-Za-z']+ [A-Za-z']+ [A-Za-z']+", text)
    assert sentences == []
    assert not re.search(r"usage|options:|positional|exit\.|Display|Force|Don't|Skip", text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["evaluate"], "缺少必须写明的参数 ROUND"),
        (["evaluate", "2026", "--format=xml"], "参数 --format：没有 'xml' 这个选择，可选 'table', 'json', 'xlsx'"),
        (["evaluate", "2026", "extra"], "不认识的参数 extra"),
        (["evaluate", "2026", "--district"], "参数 --district：后面须写一个值"),
        (["load_demo", "--schools=x"], "参数 --schools：应为整数，实为 'x'"),
        (["import_returns", "2026", "a.xlsx", "--by=admin", "--dry-run=1"], "参数 --dry-run：后面不能写值（'1'）"),
        (["import_returns", "2026", "a.xlsx", "--by=admin", "--d=1"], "“--d=1”不完整，可能是 --district, --dry-run"),
        (["backup"], "缺少必须写明的参数 FOLDER"),
    ],
)
def test_wrong_arguments_are_refused_in_chinese(words: list[str], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    assert str(refused.value).startswith("命令写得不对：")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("one of the arguments --a --b is required", "--a --b 中须写明一个"),
        ("argument --a: not allowed with argument --b", "参数 --a：不能与 --b 同时使用"),
        ("argument X: expected 2 arguments", "参数 X：后面须写 2 个值"),
        ("argument X: invalid _day value: '2026-02-30'", "参数 X：写法不对：'2026-02-30'"),
        ("argument --due: 日期写成 2026-03-31", "参数 --due：日期写成 2026-03-31"),
        ("something new", "something new"),
    ],
)
def test_each_of_argparses_sentences_has_chinese_words(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_at_the_command_line_the_usage_stands_above_and_the_exit_status_is_2() -> None:
    done = subprocess.run([sys.executable, "manage.py", "evaluate"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("用法：manage.py evaluate ")
    assert done.stderr.endswith("命令写得不对：缺少必须写明的参数 ROUND（加 --help 查看说明）\n")
