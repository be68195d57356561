"""Give the running portal a database role that can add to the audit trail and not change it."""

import os
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from psycopg2 import sql

from portal.core.lib.commands import BaseCommand

_INSERT_ONLY = ("portal_auditevent",)
_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE ON {insert_only} FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


class Command(BaseCommand):
    """`manage.py limit_role NAME`: run as the tables' owner after each `migrate`; repeatable."""

    help = "建立或更新网站运行用的数据库角色：审计表只能追加，不能改、删、清空（仅 PostgreSQL，用表的所有者身份运行）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "role", metavar="NAME", help="角色名，如 youheng_portal；密码取自环境变量 PORTAL_DB_PASSWORD"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make the role if there is none, set its password and rights."""
        if connection.vendor != "postgresql":
            raise CommandError("SQLite 没有数据库角色，这个命令只用于 PostgreSQL。")
        password = os.environ.get("PORTAL_DB_PASSWORD", "")
        if not password:
            raise CommandError("缺少环境变量 PORTAL_DB_PASSWORD（该角色的密码）。")
        role = sql.Identifier(options["role"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [options["role"]])
            verb = sql.SQL("ALTER ROLE {} " if cursor.fetchone() else "CREATE ROLE {} ").format(role)
            raw = cursor.connection
            cursor.execute(
                (verb + sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ")).as_string(raw) + "%s",
                [password],
            )
            insert_only = sql.SQL(", ").join(map(sql.Identifier, _INSERT_ONLY))
            for grant in _GRANTS:
                cursor.execute(sql.SQL(grant).format(role=role, insert_only=insert_only).as_string(raw))
        self.stdout.write(f"角色 {options['role']} 已就绪：审计表只能追加。请让网站和后台程序用它连接数据库。")
