"""Make the first administrator of a district."""

import getpass
import os
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand
from schools.accounts import actions


class Command(BaseCommand):
    help = "建立区县的局管理员账号；区县未登记的一并登记。密码从环境变量 ADMIN_PASSWORD 读取，没有则询问"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="账号", help="工作账号，3–50 位字母、数字或 . _ - @")
        parser.add_argument("--district", required=True, metavar="区划代码", help="6 位区划代码，如 410202")
        parser.add_argument("--name", default="局管理员", metavar="姓名", help="管理员姓名，默认“局管理员”")
        parser.add_argument("--district-name", default="", metavar="区县名称", help="区县未登记时用的名称")

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        known = User.objects.filter(username__iexact=username).exists()
        try:
            done = actions.create_admin(
                username=username,
                name=options["name"],
                password="" if known else _password(),
                district_code=options["district"],
                district_name=options["district_name"],
                by=system_user(),
            )
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        where = f"{done.district.name}（{done.district.code}）"
        if done.made_district:
            self.stdout.write(f"已登记区县 {where}。")
        if done.made_account:
            self.stdout.write(f"已建立账号 {done.person.username}，为{where}的局管理员。")
        elif done.made_role:
            self.stdout.write(f"账号 {done.person.username} 已存在，姓名和密码没有改动；现授予{where}局管理员。")
        else:
            self.stdout.write(f"账号 {done.person.username} 已存在，且已是{where}的局管理员，没有任何改动。")


def _password() -> str:
    if password := os.environ.get("ADMIN_PASSWORD", ""):
        return password
    if not sys.stdin.isatty():
        raise CommandError("没有可以输入密码的终端。请设置环境变量 ADMIN_PASSWORD 后重新运行。")
    first = getpass.getpass("请输入密码（至少 8 位，含大写、小写、数字、符号中的三类）：")
    if first != getpass.getpass("请再输入一次："):
        raise CommandError("两次输入的密码不一致，没有建立账号。请重新运行。")
    return first
