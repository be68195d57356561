"""Build the acceptance dossier of a round from the command line."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from inspections.dossiers import actions, queries
from inspections.dossiers.models import Dossier
from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.files import store
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.lib.commands import BaseCommand

_POLL_SECONDS = 0.5


class Command(BaseCommand):
    """`manage.py build_dossier ROUND --district CODE --by USER --output FILE.zip`."""

    help = "按一个年度最近一次评估编制验收档案包（同样的数据得到同一份档案，不会重复）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="评估年度代号，例如 2026")
        parser.add_argument("--district", required=True, metavar="CODE", help="六位区划代码")
        parser.add_argument("--by", required=True, metavar="USER", help="办理人的工作账号")
        parser.add_argument("--output", type=Path, metavar="FILE.zip", help="把档案包另存为这个文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Freeze, make the package here (or wait for the worker that took the job), copy it out."""
        output: Path | None = options["output"]
        if output and not output.absolute().parent.is_dir():
            raise CommandError(f"目录 {output.absolute().parent} 不存在。请先建立目录，或改用别的 --output。")
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"没有启用的账号“{options['by']}”。请核对 --by。")
        try:
            evaluation = queries.latest_evaluation(queries.round_named(options["round"], options["district"]))
            dossier = _finished(actions.build(evaluation_id=evaluation.pk, by=by))
        except Refused as refusal:
            raise CommandError("\n".join(refusal.lines)) from refusal
        assert dossier.package is not None  # noqa: S101 a finished dossier has a package
        self.stdout.write(f"{dossier}：{dossier.built['count']} 个文件，{dossier.package.size} 字节。")
        self.stdout.write(f"整包校验值 sha256 {dossier.package.sha256}")
        if output:
            # Under another name first: an interrupted copy never looks like a package.
            partial = output.with_name(f"{output.name}.partial")
            try:
                with store.open_file(dossier.package) as source, partial.open("wb") as target:
                    shutil.copyfileobj(source, target, store.CHUNK)
                os.replace(partial, output)
            except FileNotFoundError as error:
                raise CommandError("档案包文件在服务器上找不到了，请从备份恢复。") from error
            except OSError as error:
                partial.unlink(missing_ok=True)
                raise CommandError(f"档案已保存在系统中，但没有写入 {output}：{error.strerror}。") from error
            self.stdout.write(f"已另存为 {output}")


def _finished(dossier: Dossier) -> Dossier:
    """Raises CommandError with the reason when its job failed."""
    while dossier.state != Dossier.State.READY:
        assert dossier.job_id is not None  # noqa: S101 an unfinished dossier has a job
        if not runner.run_one(dossier.job_id):
            # A worker was quicker; its result is ours.
            time.sleep(_POLL_SECONDS)
        job = Job.objects.get(pk=dossier.job_id)
        if job.state in (Job.State.FAILED, Job.State.CANCELLED):
            raise CommandError(job.error or "编制任务已被取消。")
        dossier = Dossier.objects.select_related("district", "package").get(pk=dossier.pk)
    return dossier
