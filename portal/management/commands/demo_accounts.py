"""Print the demonstration accounts."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.management.base import CommandError

from portal.core.accounts.models import User
from portal.core.lib.commands import BaseCommand
from portal.demo.names import ACCOUNTS, PASSWORD
from schools.access.models import Membership
from schools.access.permissions import ROLES


class Command(BaseCommand):
    """`manage.py demo_accounts`: one account per role, what it is for and how to sign in."""

    help = "列出演示账号：角色、工作账号、密码和可以先试的事"

    def handle(self, *args: Any, **options: Any) -> None:
        users = {user.username: user for user in User.objects.filter(username__in=[a.username for a in ACCOUNTS])}
        # Most accounts share one hash: each is checked once, argon2 being slow on purpose.
        still = {encoded: check_password(PASSWORD, encoded) for encoded in {u.password for u in users.values()}}
        if not any(still.values()):
            raise CommandError("没有演示账号。请先运行 manage.py load_demo 载入演示数据。")
        self.stdout.write("演示账号（角色 | 工作账号 | 密码 | 单位 | 可以先试）：")
        for account in ACCOUNTS:
            user = users.get(account.username)
            if user is not None:
                password = PASSWORD if still[user.password] else "（已修改）"
                role = ROLES[account.role].name
                rows = (
                    Membership.objects.in_force().filter(user=user).select_related("district", "school", "department")
                )
                places = [str(row.place) for row in rows.order_by("id")] or ["（无授权）"]
                where = places[0] if len(places) == 1 else f"{len(places)} 所责任区学校"
                self.stdout.write(f"  {role} | {account.username} | {password} | {where} | {account.tip}")
