"""`judge`: judge districts from their workbooks, without a database."""

import json
import logging
import multiprocessing
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import django
from django.core.management.base import CommandError

from indicators.results.board import document, queries, workbook
from indicators.results.evaluations import workbook as workbooks
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import published
from indicators.standard.engine import Spec
from indicators.standard.standards import files, reader
from indicators.standard.standards.files import StandardError
from indicators.standard.standards.models import Standard
from indicators.standard.standards.queries import DEFAULT
from portal.core.errors import Invalid, Refused
from portal.core.lib.commands import BaseCommand
from portal.core.spreadsheets import guard, write

PROCESSES = 2
SCHOOLS, SUBMISSIONS, STANDARD = "schools.xlsx", "returns.xlsx", "standard"
RESULT, REFUSED, NOTES = "result.json", "refused.txt", "notes.txt"
log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Judge one district, or every sub-folder of a folder, as the portal would."""

    help = "由学校名录和填报数据两个工作簿直接评估，不连接数据库，不保存；读法、校验和判定与系统相同。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("schools", nargs="?", type=Path, metavar="SCHOOLS.xlsx", help="学校名录工作簿")
        parser.add_argument("submissions", nargs="?", type=Path, metavar="SUBMISSIONS.xlsx", help="填报数据工作簿")
        parser.add_argument("--round", default="", metavar="CODE", help="评估年度，如 2025；默认用填报工作簿写明的年度")
        parser.add_argument("--standard", default="", metavar="CODE", help=f"标准代号，默认 {DEFAULT}")
        parser.add_argument("--overlay", type=Path, metavar="FILE", help="在标准上修改的文件（overlay.toml）或其文件夹")
        parser.add_argument("--format", choices=["json", "xlsx", "table"], default="json", help="输出格式")
        parser.add_argument("--output", type=Path, metavar="F", help="写入文件；不写则输出到屏幕")
        parser.add_argument(
            "--batch",
            type=Path,
            metavar="FOLDER",
            help=f"评估文件夹中每个含 {SCHOOLS} 和 {SUBMISSIONS} 的子文件夹（可另有写着标准代号的文件 {STANDARD}），"
            f"结果写入其中的 {RESULT}，有错误的写 {REFUSED}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files = [options["schools"], options["submissions"]]
        if options["batch"] is None and None in files:
            raise CommandError("请写明学校名录和填报数据两个工作簿，或用 --batch 指定文件夹。")
        if options["batch"] is not None and any((*files, options["output"], options["format"] != "json")):
            raise CommandError("--batch 不能与工作簿、--format、--output 同时使用：结果写在各子文件夹里。")
        if options["format"] == "xlsx" and not options["output"]:
            raise CommandError("xlsx 格式不能直接输出到屏幕，请用 --output 指定文件，例如 --output 结果.xlsx。")
        try:
            _standard(options["standard"], options["overlay"])
            if options["batch"] is not None:
                self._batch(options["batch"], options)
                return
            found = _judge(files[0], files[1], options["standard"], options["overlay"], options["round"])
            for note in found.notes:
                self.stderr.write(f"提示：{note}")
            content = _content(found, options["format"])
        except Refused as error:
            raise CommandError(_words(error)) from error
        if options["output"]:
            try:
                options["output"].write_bytes(content)
            except OSError as error:
                raise CommandError(f"不能写入文件 {options['output']}：{error.strerror}。") from error
        else:
            self.stdout.write(content.decode())

    def _batch(self, folder: Path, options: dict[str, Any]) -> None:
        if not folder.is_dir():
            raise CommandError(f"没有这个文件夹：{folder}。")
        folders = sorted(
            one
            for one in folder.iterdir()
            if one.is_dir() and ((one / SCHOOLS).exists() or (one / SUBMISSIONS).exists())
        )
        if not folders:
            raise CommandError(f"文件夹 {folder} 里没有含 {SCHOOLS} 和 {SUBMISSIONS} 的子文件夹。")
        refused = 0
        jobs = [(one, options["standard"], options["overlay"], options["round"]) for one in folders]
        # A fresh process each: nothing of this one's connections or threads is shared.
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(PROCESSES, len(jobs)), mp_context=fresh, initializer=django.setup) as pool:
            judged = pool.map(judge_folder, jobs, chunksize=min(8, -(-len(jobs) // PROCESSES)))
            for done, (one, is_judged) in enumerate(judged, 1):
                refused += not is_judged
                if not is_judged:
                    self.stdout.write(f"{one.name}：有错误，见 {one / REFUSED}")
                if done % 100 == 0:
                    self.stderr.write(f"已完成 {done}/{len(folders)}")
        self.stdout.write(f"共 {len(folders)} 个区县，评估 {len(folders) - refused} 个，有错误 {refused} 个。")


Job = tuple[Path, str, Path | None, str]


def judge_folder(job: Job) -> tuple[Path, bool]:
    """Writes the result next to its workbooks; returns whether it was judged."""
    folder, code, overlay, year = job
    own = folder / STANDARD
    try:
        stated = own.read_text(encoding="utf-8-sig").strip() if own.exists() else ""
        with guard.in_this_process():
            found = _judge(folder / SCHOOLS, folder / SUBMISSIONS, stated or code, overlay, year)
    except Refused as error:
        return _left(folder, REFUSED, _words(error), is_judged=False)
    except Exception:
        # One district's surprise must not cost the others their result; the log has all of it.
        log.exception("judging %s failed", folder)
        return _left(folder, REFUSED, "评估时出现意外错误，没有结果。请把两个工作簿交给系统维护人员。", is_judged=False)
    _write(folder / NOTES, "\n".join(found.notes))
    return _left(folder, RESULT, _content(found, "json").decode(), is_judged=True)


def _left(folder: Path, name: str, text: str, *, is_judged: bool) -> tuple[Path, bool]:
    """Either result or refusal, never an old one next to the new."""
    _write(folder / name, text)
    for other in {RESULT, REFUSED} - {name}:
        (folder / other).unlink(missing_ok=True)
    if not is_judged:
        (folder / NOTES).unlink(missing_ok=True)
    return folder, is_judged


def _write(path: Path, text: str) -> None:
    if not text:
        path.unlink(missing_ok=True)
        return
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


def _judge(register: Path, figures: Path, code: str, overlay: Path | None, year: str) -> workbooks.FromFiles:
    standard, spec = _standard(code, overlay)
    return workbooks.judge(register, figures, standard, spec, year)


@lru_cache(maxsize=16)
def _standard(code: str, overlay: Path | None) -> tuple[Standard, Spec]:
    """Shipped, or an overlay on its base; never stored."""
    try:
        if overlay is not None:
            if not overlay.exists():
                raise Invalid(f"没有这个文件：{overlay}。请核对 --overlay。")
            content = files.read_overlay(overlay)
            if code not in ("", content["overlay"]["base"], content["code"]):
                raise Invalid(f"{overlay.name} 以 {content['overlay']['base']} 为基础，与 --standard {code} 不符。")
        else:
            folders = {folder.name: folder for folder in files.shipped()}
            wanted = code.partition("·")[0] or DEFAULT
            if wanted not in folders:
                raise Invalid(f"没有代号为“{wanted}”的评估标准，现有：{'、'.join(folders)}。")
            content = files.read_folder(folders[wanted])
    except StandardError as error:
        raise Invalid("标准数据有误：" + "；".join(error.problems)) from error
    sha256 = files.content_sha256(content)
    row = Standard(code=content["code"], revision=1, name=content["name"], content=content, sha256=sha256)
    return row, reader.spec_from_content(content)


def _words(error: Refused) -> str:
    return "\n".join(error.lines)


def _content(found: workbooks.FromFiles, form: str) -> bytes:
    judged = found.judged
    round_, result = judged.round, judged.result
    content = result.as_json(round=round_.code, district=round_.district.code)
    if form == "json":
        return json.dumps(published(content), ensure_ascii=False, indent=2).encode()
    evaluation = Evaluation(
        round=round_,
        standard=round_.standard,
        engine=result.engine,
        inputs_sha256=result.inputs_sha256,
        inputs=dict(judged.inputs.sources),
        result=content,
        why=list(result.why),
        complete=result.complete,
        verdict=result.verdict,
        data_as_of=judged.data_as_of,
    )
    district = queries.district(evaluation)
    if form == "table":
        return document.as_text(district).encode()
    return write.render(workbook.build(district, district.content.stages, author=round_.district.signature))
