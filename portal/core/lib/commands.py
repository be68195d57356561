"""The base of the portal's commands: the messages of argparse in Chinese."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from django.core.management import base
from django.core.management.base import CommandError, CommandParser

_SECTIONS = {"positional arguments": "参数", "options": "选项"}
_HELP = {
    "-h": "显示本说明后退出",
    "--version": "显示 Django 版本后退出",
    "--verbosity": "输出详细程度：0 最少，1 正常，2 详细，3 最详细",
    "--settings": "设置模块，如 portal.config.settings；不写则用环境变量 DJANGO_SETTINGS_MODULE",
    "--pythonpath": "加入 Python 搜索路径的目录",
    "--traceback": "出错时显示完整的错误经过",
    "--no-color": "输出不用颜色",
    "--force-color": "输出一律用颜色",
    "--skip-checks": "跳过系统检查",
}
# argparse's sentences; what is in brackets stays.
_SENTENCES = [
    (r"the following arguments are required: (.+)", r"缺少必须写明的参数 {}"),
    (r"one of the arguments (.+) is required", r"{} 中须写明一个"),
    (r"unrecognized arguments: (.+)", r"不认识的参数 {}"),
    (r"ambiguous option: (\S+) could match (.+)", r"“{}”不完整，可能是 {}，请写全"),
    (r"unexpected option string: (.+)", r"不该出现的选项 {}"),
    (r"argument ([^:]+): (.+)", r"参数 {}：{}"),
    (r"expected one argument", r"后面须写一个值"),
    (r"expected at most one argument", r"后面最多写一个值"),
    (r"expected at least one argument", r"后面至少写一个值"),
    (r"expected (\d+) arguments?", r"后面须写 {} 个值"),
    (r"not allowed with argument (.+)", r"不能与 {} 同时使用"),
    (r"ignored explicit argument (.+)", r"后面不能写值（{}）"),
    (r"invalid choice: (.+?) \(choose from (.+)\)", r"没有 {} 这个选择，可选 {}"),
    (r"invalid int value: (.+)", r"应为整数，实为 {}"),
    (r"invalid \S+ value: (.+)", r"写法不对：{}"),
]


def in_chinese(message: str) -> str:
    for pattern, words in _SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words.format(*(in_chinese(part) for part in found.groups()))
    return message


class HelpFormatter(base.DjangoHelpFormatter):
    """Headings, usage and the options every command has, in Chinese."""

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(_SECTIONS.get(heading or "", heading))

    def format_help(self) -> str:
        # argparse ends a heading with a half-width colon.
        return re.sub(rf"^({'|'.join(_SECTIONS.values())}):$", r"\1：", super().format_help(), flags=re.MULTILINE)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        known = next((_HELP[option] for option in action.option_strings if option in _HELP), None)
        return known if known and action.help is not argparse.SUPPRESS else action.help


class BaseCommand(base.BaseCommand):
    """A command of the portal; every one derives from this."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, formatter_class=HelpFormatter, **kwargs)

        def refuse(message: str) -> NoReturn:
            text = f"命令写得不对：{in_chinese(message)}"
            if not parser.called_from_command_line:
                raise CommandError(text)
            parser.print_usage(sys.stderr)
            parser.exit(2, f"{text}（加 --help 查看说明）\n")

        # Django names the class of the parser itself, so what it says is changed on the one it made.
        setattr(parser, "error", refuse)  # noqa: B010 a method is replaced on purpose
        return parser
