"""三个增长 of an evaluation: what the engine judged, with the documents behind both years."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.collection.submissions import queries as submissions
from indicators.results.evaluations import inputs, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import together
from indicators.standard.standards import queries as standards

WORDS = {True: ("达到", "ok"), False: ("未达到", "bad"), None: ("待定", "muted")}


@dataclass(frozen=True, slots=True)
class GrowthFigures:
    """One figure of two years: in words, whether it rose, the files behind it, what lacks a file."""

    why: str
    passes: bool | None
    proofs: tuple[str, ...]
    unproven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedGrowth:
    """One condition. It holds when every figure rose and each of both years has its document."""

    code: str
    label: str
    clause: str
    lines: tuple[GrowthFigures, ...]

    @property
    def passes(self) -> bool | None:
        """None while a figure or a document is missing."""
        rose = together(line.passes for line in self.lines)
        return None if rose and any(line.unproven for line in self.lines) else rose

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        return WORDS[self.passes][0]

    @property
    def lacking(self) -> str:
        """What has no document yet; empty where all have."""
        names = "、".join(dict.fromkeys(name for line in self.lines for name in line.unproven))
        return f"缺佐证：{names}" if names else ""

    @property
    def words(self) -> str:
        """The verdict, with what lacks a document."""
        return self.verdict + (f"（{self.lacking}）" if self.lacking else "")

    @property
    def tone(self) -> str:
        """How the verdict is coloured."""
        return WORDS[self.passes][1]


def of(evaluation: Evaluation) -> tuple[JudgedGrowth, ...]:
    """Return the conditions an evaluation judged, none where its standard names none; one query."""
    judged = stored.of(evaluation).growth
    if not judged:
        return ()
    spec, files = standards.load_spec(evaluation.standard), _files(evaluation)
    labels = {item.base: item.base_label for item in spec.district_items.values()}
    found = []
    for growth, figures in zip(spec.growths, judged, strict=True):
        other = (growth.faster_than,) if growth.faster_than else ()
        lines = []
        for rising, line in zip(growth.rising, figures, strict=True):
            items = [spec.district_items[code].base for one in (rising, *other) for code in (one.before, one.now)]
            proofs = tuple(dict.fromkeys(name for item in items for name in files.get(item, ())))
            unproven = tuple(labels[item] for item in items if item not in files)
            lines.append(GrowthFigures(line.why, line.passes, proofs, unproven))
        found.append(JudgedGrowth(growth.code, growth.label, growth.clause, tuple(lines)))
    return tuple(found)


def _files(evaluation: Evaluation) -> Mapping[str, list[str]]:
    """Item (base code) → names of the files the bureau and its departments put behind it, as frozen."""
    schools = inputs.schools(evaluation.inputs)
    entries = {key: entry for key, entry in inputs.respondents(evaluation.inputs).items() if key not in schools}
    found: dict[str, list[str]] = {}
    for content in submissions.contents_of(entry["revision"] for entry in entries.values() if entry["revision"]):
        for file in content["evidence"]:
            found.setdefault(file["item"], []).append(file["name"])
    return found
