#!/usr/bin/env python
"""Command line of the portal."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, ProgrammingError


def _in_words(error: DatabaseError) -> str:
    if "locked" in str(error):
        return "数据库正忙（可能正在导入大量数据），没有写入任何内容。请稍后重新运行。"
    return (
        f"数据库不能使用：{str(error).strip()}\n"
        "请核对 DATABASE_URL；新建或升级后的数据库，请先运行 python manage.py migrate。（加 --traceback 可查看详情）"
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(_in_words(error))
