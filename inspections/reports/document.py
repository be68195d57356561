"""The report as a document tree: 总体情况 → 逐项整改 → 未完成及下步 → 长效机制 → 附台账."""

from collections import Counter
from collections.abc import Callable, Iterator

from inspections.rectification.models import Finding
from inspections.reports import tables, words
from inspections.reports.facts import Facts, Item
from portal.core.lib import dates
from portal.core.papers import tree

_REPEATED_FROM = 3
_TITLE_CHARACTERS = 20
_LONG_TERM = Finding.Category.LONG_TERM.label


def of(facts: Facts) -> tree.Document:
    """The whole report from its facts alone: equal facts give an equal tree."""
    return tree.Document(
        title=_broken(facts.title),
        subtitle=facts.subtitle,
        issuer=facts.issuer,
        date=facts.as_of,
        blocks=list(_blocks(facts)),
        annexes=[tree.Annex("问题台账", _annex(facts))] if facts.items else [],
        keywords=["整改报告", facts.district_code, *([facts.school_code] if facts.school else [])],
    )


def _broken(title: str) -> str:
    """A long title on two lines that break between words (GB/T 9704-2012 §7.3.1: 词意完整)."""
    head, middle, tail = title.partition("优质均衡发展")
    return f"{head}{middle}\n{tail}" if len(title) > _TITLE_CHARACTERS else title


def _blocks(facts: Facts) -> Iterator[tree.Block]:
    yield tree.Heading("总体情况")
    yield tree.Heading("问题整改总体进展", 2)
    yield from overall(facts)
    yield tree.Heading("指标达标情况", 2)
    yield from standing(facts)
    if facts.schools:
        yield tree.Heading("分校整改情况", 2)
        yield tables.schools(facts)
    yield tree.Heading("逐项整改情况")
    yield from _items(facts)
    yield tree.Heading("未完成问题的原因和下一步安排")
    yield from unfinished(facts)
    yield tree.Heading("长效机制")
    yield from _lasting(facts)


def overall(facts: Facts) -> list[tree.Block]:
    """How many findings, how they stand, compared with the period before."""
    blocks: list[tree.Block] = [
        tree.Paragraph(words.summary(facts)),
        tree.Paragraph(words.comparison(facts)),
        tables.comparison(facts),
    ]
    if facts.now.total or facts.before.total:
        blocks += [
            tables.breakdown("问题来源", facts.by_source),
            tables.breakdown("整改类别", facts.by_category),
            tables.breakdown("对应指标", facts.by_indicator),
        ]
    return blocks


def standing(facts: Facts) -> list[tree.Block]:
    """What the newest evaluation says about A1–A7."""
    judged = facts.standing
    blocks: list[tree.Block] = [tree.Paragraph(words.standing(facts))]
    if judged is None:
        return blocks
    if judged.missing_schools:
        names = "、".join(judged.missing_schools)
        blocks.append(tree.Paragraph(f"以下学校数据未报齐，相应指标不能判定：{names}。"))
    if judged.gaps:
        blocks.append(tables.gaps(judged.gaps))
    elif judged.parts and not judged.missing_schools:
        blocks.append(tree.Paragraph("资源配置指标没有低于标准的情况。"))
    if judged.spreads:
        blocks.append(tables.spreads(judged.spreads))
    if judged.growth:
        blocks.append(tree.Paragraph(f"教育经费“三个增长”（不参加认定结论）：{'；'.join(judged.growth)}。"))
    if judged.relaxed:
        blocks.append(tree.Paragraph("以上按严格口径判定。已批准的放宽口径只并列说明，不代替严格口径："))
        blocks += [tree.Paragraph(f"{words}。") for words in judged.relaxed.grants]
    return blocks


def _items(facts: Facts) -> list[tree.Block]:
    """问题—措施—成效—佐证: in prose for one school, in tables by school for a district."""
    if not facts.items:
        return [tree.Paragraph("本阶段没有需要整改的问题。")]
    if facts.school:
        return [block for item in facts.items for block in _item(item)]
    blocks: list[tree.Block] = []
    for name, items in _by_school(facts.items).items():
        blocks += [tree.Heading(name, 2), tables.items(items)]
    return blocks


def _by_school(items: tuple[Item, ...]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.school, []).append(item)
    return groups


def _item(item: Item) -> list[tree.Block]:
    """One finding in prose, as a school's report has it."""
    values = words.values(item)
    problem = item.problem + (f"（{values}）" if values else "")
    return [
        tree.Heading(f"{item.number}　{item.indicator}（{item.category}，{item.state}）", 2),
        *_labelled("问题", problem),
        *_labelled("措施", words.statements(item.measures, "尚未填写整改措施")),
        *_labelled("成效", words.result(item)),
        *_labelled("佐证", words.files(item)),
    ]


def _labelled(label: str, text: str) -> list[tree.Paragraph]:
    """The lines of a statement as paragraphs, the first under its label."""
    first, *rest = text.split("\n")
    head = tree.Paragraph((tree.Run(f"{label}：", bold=True), tree.Run(first)))
    return [head, *map(tree.Paragraph, rest)]


def unfinished(facts: Facts) -> list[tree.Block]:
    """Why findings are still open, and what comes next."""
    if not facts.items:
        return [tree.Paragraph("本阶段没有需要整改的问题。")]
    if not facts.now.open:
        return [tree.Paragraph("本阶段应整改问题均已销号，没有未完成的问题。")]
    return [tree.Paragraph(f"未完成 {facts.now.open} 项，逐项原因和安排如下。"), tables.unfinished(facts)]


def _lasting(facts: Facts) -> list[tree.Block]:
    """长效机制: only what the ledger shows."""
    long_term = [item for item in facts.items if item.category == _LONG_TERM]
    reopened = [item for item in facts.items if item.reopened]
    points = [
        _point("长期坚持类问题", long_term, lambda own: f"其中已销号 {sum(i.is_closed for i in own)} 项"),
        _point("本阶段重新打开的问题", reopened, lambda own: "销号后指标回落或核实有反复，已恢复整改"),
    ]
    schools = {name: len({i.school for i in facts.items if i.indicator == name}) for name in _indicators(facts)}
    repeated = [f"{name}（{number} 所学校）" for name, number in schools.items() if number >= _REPEATED_FROM]
    if repeated:
        points.append(f"多所学校共有的问题集中在：{'、'.join(repeated)}，需从制度和投入上统筹解决。")
    return [tree.Paragraph(point) for point in points]


def _annex(facts: Facts) -> list[tree.Block]:
    """How to read the ledger, then the ledger on landscape pages."""
    sources = "、".join(f"{source.value} {source.label}" for source in Finding.Source)
    notes = (
        f"本台账共 {len(facts.items)} 项，按学校和编号排列，数据截至{dates.day(facts.as_of)}。",
        f"编号由年度、来源代码和序号组成，来源代码：{sources}。",
        "整改措施、进展和核查意见在台账中只列要点，全文见正文“逐项整改情况”。",
    )
    return [*(tree.Paragraph(note) for note in notes), tree.Landscape([tables.ledger(facts)])]


def _point(label: str, items: list[Item], more: Callable[[list[Item]], str]) -> str:
    if not items:
        return f"{label}：没有。"
    return f"{label}：{len(items)} 项，{more(items)}（{'、'.join(item.number for item in items)}）。"


def _indicators(facts: Facts) -> list[str]:
    return [name for name, _ in Counter(item.indicator for item in facts.items).most_common()]
