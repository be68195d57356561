"""What a school's self-report takes from its submission: figures quoted by name, the portal's sentences, what is proposed as a problem."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Revision
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import Answer, Item, Live, NotApplicable, Value, asked, figure, live
from inspections.rectification.models import Entry, Finding
from schools.directory.models import School

FILE = Path(__file__).parent / "outline.toml"
_CODE = re.compile(r"<(\w+)>")
_FIGURES = ("number", "decimal", "choice", "yes_no")


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section of the report: what the portal writes there, what the school is asked for, and whether it must."""

    code: str
    title: str
    guide: str
    text: str = ""
    required: bool = False
    # The text item whose answer stands here until the school writes otherwise.
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A problem the school may accept: an indicator that fails or nearly does, or an open finding."""

    key: str
    text: str
    is_failing: bool
    measure: str = ""
    responsible: str = ""
    due_on: dt.date | None = None


@cache
def outline() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def sections() -> tuple[OutlineSection, ...]:
    return tuple(OutlineSection(**row) for row in outline()["sections"])


@dataclass(frozen=True, eq=False)
class ReportedFacts:
    """A submission as its self-report quotes it: with `revision` as it was signed, else as it is typed so far."""

    known: SubmissionFacts
    revision: Revision | None

    @cached_property
    def live(self) -> Live:
        return live(self.known.spec, self.known.kind, self.known.answers)

    @cached_property
    def stages(self) -> dict[str, str]:
        """Those it runs or has attached classes of, with their names in the report."""
        spec, given = self.known.spec, self.known.answers
        own = spec.kinds[self.known.kind].stages
        held = [one for code, one in spec.stages.items() if code in own or figure(given, f"pupils_{code}")]
        return {one.code: one.label if len(held) == 1 else one.part_label for one in held}

    @cached_property
    def _quoted(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Name and value by item and stage ("" for the whole school); for a table the number of rows."""
        found = {}
        for item in asked(self.known.spec, self.known.kind, self.known.answers):
            if item.signed or item.relaxation:
                continue
            answer = self.known.answers.get(item.code)
            if item.kind in _FIGURES:
                found[item.base, item.stage] = (item.label, _words(item, answer))
            elif name := outline()["counted"].get(item.base):
                found[item.base, ""] = (name, _words(item, answer))
                if any(column.code == "stage" for column in item.columns):
                    for code in self.stages:
                        stage = self.known.spec.stages[code].label
                        found[item.base, code] = (f"{stage}{name}", _words(item, answer, stage))
        return found

    @cached_property
    def figures(self) -> dict[str, str]:
        """Names for braces in texts."""
        submission = self.known.submission
        school: School = submission.school  # type: ignore[assignment]
        # As it was signed, whatever the register says since.
        then = (self.revision.signed["school"] if self.revision else None) or {}
        boarding = then.get("boarding", school.boarding)
        found = {
            "学校名称": then.get("name", school.name),
            "学校类型": then.get("kind", school.kind),
            "城乡类型": then.get("area", school.area),
            "寄宿情况": "寄宿制学校" if boarding else "非寄宿制学校",
            "数据年度": submission.round.name,
            "评估标准": submission.round.standard.name,
            "参评情况": f"本校不参加资源配置指标评估（{self.live.note}）"
            if self.live.note
            else "本校各学段资源配置指标如下",
        }
        found |= dict(self._quoted.values())
        for part in self.live.parts:
            found[f"{part.label}达标情况"] = part.summary
            for one in part.indicators:
                value = f"{one.value} {one.unit}" if one.state != "unknown" else outline()["undecided"]
                found[f"{part.label}{one.code}"] = value
                found[f"{part.label}{one.code}情况"] = one.sentence
        demands = {code: self._demand_words(code) for code in dict.fromkeys(one.code for one in self.live.demands)}
        found |= {f"{code}情况": words for code, words in demands.items()}
        return found | {"逐校要求情况": "；".join(demands.values()) or outline()["none"]}

    def _demand_words(self, code: str) -> str:
        """Of all its conditions: an indicator may have one a stage."""
        own = [one for one in self.live.demands if one.code == code]
        failing = [one.why for one in own if one.passes is False]
        words = "，".join(failing) or outline()["met"]
        if not failing and any(one.passes is None for one in own):
            words = outline()["undecided"]
        return f"{code} {own[0].short_name}：{words}"

    def written(self, section: OutlineSection) -> str:
        """The portal's text, its figures in braces.

        A line with <stage> once for each, with the lines that go on (<same>); one with <part> for each part judged.
        """
        if section.answer:
            answer = self.known.answers.get(section.answer)
            return str(answer.value).strip() if isinstance(answer, Value) else ""
        found = []
        for paragraph in section.text.strip().replace("\n<same>", "<same>").splitlines():
            if "<part>" in paragraph:
                found += [paragraph.replace("<part>", part.label) for part in self.live.parts]
                continue
            for stage, label in (self.stages if "<stage>" in paragraph else {"": ""}).items():
                lines = paragraph.replace("<stage>", label).split("<same>")
                found.append("".join(self._named(line, stage) for line in lines))
        return "\n".join(filter(None, found))

    def _named(self, text: str, stage: str) -> str:
        """With the names of its items; "" when one is not asked of the school."""
        names = {code: self._quoted.get((code, stage)) for code in _CODE.findall(text)}
        if None in names.values():
            return ""
        return _CODE.sub(lambda found: f"{{{names[found[1]][0]}}}", text)  # type: ignore[index]

    def proposals(self, findings: Sequence[Finding]) -> list[Proposal]:
        """Failing first, then near the limit, then open findings, which come with their `steps`.

        An earlier evaluation's finding about what still fails gives its next step; if reached by now, it is marked so.
        """
        words, failing, near, reached = outline()["proposals"], [], [], set[tuple[str, str]]()
        gaps = {(row.stage, row.indicator): row for row in findings if row.evaluation_id}
        for part in self.live.parts:
            for one in part.indicators:
                blanks, key = {"part": part.label, "code": one.code}, f"{one.code}.{part.stage}"
                if one.state in ("floor", "below"):
                    step = _next_step(gaps.pop((part.stage, one.code), None))
                    failing.append(Proposal(key, words["part"].format(**blanks), True, *step))
                elif one.state == "reached":
                    reached.add((part.stage, one.code))
                    if one.near_limit:
                        near.append(Proposal(key, words["near"].format(**blanks), False))
        for code in dict.fromkeys(one.code for one in self.live.demands if one.passes is False):
            step = _next_step(gaps.pop(("", code), None))
            failing.append(Proposal(code, words["demand"].format(code=code), True, *step))
        left = [row for row in findings if not row.evaluation_id or row in gaps.values()]
        found = []
        for row in left:
            is_reached = bool(row.evaluation_id) and (row.stage, row.indicator) in reached
            # Braces of a finding are words, not figures.
            text = row.problem.strip().rstrip("。").replace("{", "｛").replace("}", "｝")
            sentence = words["reached" if is_reached else "finding"].format(text=text, number=row.number)
            found.append(Proposal(f"finding.{row.pk}", sentence, not is_reached, *_next_step(row)))
        return [*failing, *near, *found]


def _next_step(finding: Finding | None) -> tuple[str, str, dt.date | None]:
    """Measure, who, by when."""
    if finding is None:
        return "", "", None
    measures = [step.text for step in finding.steps if step.kind == Entry.Kind.MEASURE]  # type: ignore[attr-defined]
    return "\n".join(measures[-1:]), finding.responsible, finding.due_on


def _words(item: Item, answer: Answer | None, stage: str = "") -> str:
    """Of a table how many rows it has, of the `stage` if one is named."""
    if isinstance(answer, NotApplicable):
        return str(outline()["not_applicable"])
    if item.kind in _FIGURES or answer is None:
        return answers.shown(item, answer) or str(outline()["blank"])
    return str(sum(not stage or row.get("stage") == stage for row in answer.value))  # type: ignore[union-attr]
