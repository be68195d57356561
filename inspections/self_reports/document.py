"""A school's self-report as printed: its content by section, the paper made of it, what a reader would object to."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from inspections.reports import words
from inspections.self_reports.facts import Proposal, ReportedFacts, outline, sections
from inspections.self_reports.models import SelfReportProblem
from portal.core.errors import Problem
from portal.core.lib import dates, digests
from portal.core.papers import tree

KIND, FORMAT = "school_self_report", 1
_UPGRADES: digests.Upgrades = {}


class SelfReportTable(TypedDict):
    """A table as printed."""

    caption: str
    heads: list[str]
    widths: list[float]
    rows: list[list[str]]


class SelfReportSection(TypedDict):
    """A section as printed: paragraphs, then numbered points, then tables."""

    code: str
    title: str
    paragraphs: list[str]
    points: list[str]
    tables: list[SelfReportTable]


class SelfReportContent(TypedDict):
    """The report as printed and, once issued, frozen; `source` says which revision it quotes."""

    kind: str
    format: int
    title: str
    subtitle: str
    addressed_to: str
    issuer: str
    source: str
    sections: list[SelfReportSection]


def read(stored: Any) -> SelfReportContent:
    """Raises ValueError for a format this version does not know."""
    if stored.get("kind") != KIND:
        raise ValueError(f"no self-report of a school: {stored.get('kind')!r}")
    content: SelfReportContent = digests.upgraded(stored, FORMAT, _UPGRADES)  # type: ignore[assignment]
    return content


def build(facts: ReportedFacts, texts: Mapping[str, str], problems: Sequence[SelfReportProblem]) -> SelfReportContent:
    """`texts` are the school's own by section; the portal writes the others."""
    submission, revision = facts.known.submission, facts.revision
    name = facts.figures["学校名称"]
    source = outline()["source_open"].format(round=submission.round.name)
    if revision:
        blanks = {"round": submission.round.name, "number": revision.number, "receipt": revision.receipt}
        source = outline()["source"].format(**blanks)
    found: list[SelfReportSection] = []
    for rule in sections():
        text = words.fill(texts.get(rule.code) or facts.written(rule), facts.figures)
        found.append(
            {
                "code": rule.code,
                "title": rule.title,
                "paragraphs": [line.strip() for line in text.splitlines() if line.strip()],
                "points": [f"{words.fill(one.text, facts.figures).rstrip('。')}。" for one in problems]
                if rule.code == "problems"
                else [],
                "tables": list(_tables(rule.code, facts, problems)),
            }
        )
    return {
        "kind": KIND,
        "format": FORMAT,
        "title": outline()["title"].format(school=name),
        "subtitle": outline()["subtitle"].format(round=submission.round.name),
        "addressed_to": submission.round.district.signature,
        "issuer": name,
        "source": source,
        "sections": found,
    }


def _tables(code: str, facts: ReportedFacts, problems: Sequence[SelfReportProblem]) -> Iterator[SelfReportTable]:
    rows: list[list[str]] = []
    states = outline()["states"]
    if code == "standing":
        for part in facts.live.parts:
            for one in part.indicators:
                near = states["near"] if one.near_limit else ""
                value = f"{one.value} {one.unit}" if one.state != "unknown" else outline()["undecided"]
                verdict = states[one.state] + near
                threshold = f"{one.threshold} {one.unit}"
                rows.append([part.label, f"{one.code} {one.name}", threshold, value, verdict, one.lacking or "—"])
    elif code == "plan":
        for number, problem in enumerate(problems, 1):
            day = dates.day(problem.due_on) if problem.due_on else ""
            rows.append([str(number), problem.measure, problem.responsible, day])
    if rows:
        table = outline()["tables"][code]
        yield {"caption": table["caption"], "heads": table["heads"], "widths": table["widths"], "rows": rows}


def paper(content: SelfReportContent, day: dt.date, is_draft: bool) -> tree.Paper:
    blocks: list[tree.Block] = []
    for section in content["sections"]:
        blocks.append(tree.Heading(section["title"]))
        blocks += map(tree.Paragraph, section["paragraphs"])
        if section["points"]:
            blocks.append(tree.BulletList(section["points"], ordered=True))
        for given in section["tables"]:
            last = len(given["widths"]) - 1
            columns = [
                tree.TableColumn(width, "left" if number in (1, last) else "center")
                for number, width in enumerate(given["widths"])
            ]
            blocks.append(tree.Table(columns, [given["heads"]], given["rows"], given["caption"], size=10))
    blocks.append(tree.Paragraph(content["source"]))
    blocks.append(tree.Paragraph("校长（签名）：", align="left"))
    return tree.Paper(
        title=content["title"],
        subtitle=content["subtitle"] + ("（草稿，未签发）" if is_draft else ""),
        addressed_to=f"{content['addressed_to']}：",
        issuer=content["issuer"],
        date=day,
        blocks=blocks,
        keywords=["学校自评报告"],
    )


def unfinished(facts: ReportedFacts, texts: Mapping[str, str], problems: Sequence[SelfReportProblem]) -> list[Problem]:
    """What must be there to issue it."""
    found = []
    written = {rule.code: texts.get(rule.code) or facts.written(rule) for rule in sections()}
    for rule in sections():
        if rule.required and not written[rule.code]:
            found.append(Problem("还没有写", rule.title, "请点“修改文字”写好"))
    if not problems and not written["problems"]:
        found.append(Problem("还没有写", "存在的问题", "请列出问题；没有问题的，在文字里写明依据"))
    for number, problem in enumerate(problems, 1):
        if problem.lacking:
            found.append(Problem(f"没有写{'、'.join(problem.lacking)}", f"问题 {number}", "请点“修改”补上"))
    own = [(rule.title, texts.get(rule.code, "")) for rule in sections()]
    for where, text in [*own, *((f"问题 {number}", one.text) for number, one in enumerate(problems, 1))]:
        for name in words.unknown_figures(text, facts.figures):
            found.append(Problem(f"“{name}”现在没有数据", where, "请改写这一句"))
    return found


def remarks(
    facts: ReportedFacts,
    texts: Mapping[str, str],
    problems: Sequence[SelfReportProblem],
    proposals: Sequence[Proposal],
) -> list[Problem]:
    """What a reader in the bureau would object to; none of it prevents issuing."""
    rules, found = outline()["checks"], []
    named = {one.source for one in problems}
    for one in proposals:
        if one.is_failing and one.key not in named:
            do = "请列入，或在文字里说明"
            found.append(Problem(f"没有列入：{words.fill(one.text, facts.figures)}", "存在的问题", do))
    failing = {one.key for one in proposals if one.is_failing}
    for number, problem in enumerate(problems, 1):
        if problem.source and not problem.source.startswith("finding.") and problem.source not in failing:
            found.append(Problem("这项指标现在没有低于标准", f"问题 {number}", "请核对是否仍要写"))
    for rule in sections():
        text = texts.get(rule.code) or facts.written(rule)
        if rule.answer and text and rule.code not in texts:
            found.append(Problem("原样用了填报里的文字", rule.title, "请改写，问题和下一步写到后两部分"))
        for name in dict.fromkeys(name for _, name in words.pieces(text, facts.figures)):
            if facts.figures.get(name) == outline()["blank"]:
                found.append(Problem(f"“{name}”还没有填", rule.title, "请在填报里填写，或改写这一句"))
        for sentence in (one for one in re.split("[。；\n]", text) if one.strip()):
            plain = words.fill(sentence, facts.figures)
            numbers = re.findall(r"\d+(?:\.\d+)?", plain)
            shares = re.findall(r"(\d+(?:\.\d+)?) ?%", plain)
            if shares and len(numbers) == len(shares) and texts.get(rule.code):
                found.append(Problem(f"只有比例、没有人数：“{plain}”", rule.title, "请写明分子和分母"))
            if any(word in plain for word in rules["sweeping"]) and facts.live.is_met is not True:
                found.append(Problem(f"与填报的数据不符：“{plain}”", rule.title, "请按数据改写"))
    praise = len(texts.get("practice") or "")
    said = sum(len(one.text) for one in problems) + len(texts.get("problems", ""))
    if said and praise > rules["praise"] * said:
        found.append(Problem("成绩写得长，问题写得短", "存在的问题", "请写清原因"))
    return found
