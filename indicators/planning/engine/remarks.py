"""What is said of the years a forecast rests on, and why one is refused."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from indicators.planning.engine.assumptions import STAGES, percent, step
from indicators.planning.engine.known import JUNIOR, PRIMARY, Known
from indicators.standard.engine import numbers
from portal.core.errors import Invalid


def ensure_possible(known: Known, new: Mapping[str, str], names_of: Callable[[set[str]], Mapping[str, str]]) -> None:
    """Pupils leave a school that has some, and come to one that has, or is new; shares are of those that have some.

    Raises Invalid, also where what is not shared out is nobody's.
    """
    there = {(school, stage) for school, stage, _ in known.pupils[known.base]}
    having = [(one.school, one.stage) for one in known.moved] + [(one.school, one.stage) for one in known.own_shares]
    wrong = [school for school, stage in having if (school, stage) not in there]
    getting = [(one.to, one.stage) for one in known.moved] + [(one.school, one.stage) for one in known.homes]
    wrong += [school for school, stage in getting if (school, stage) not in there and school not in new]
    if wrong:
        every = names_of(set(wrong))
        listed = "、".join(every.get(code, code) for code in dict.fromkeys(wrong))
        raise Invalid(
            f"这些学校这个年度没有这个学段的班级名册，不能划出、划入学生，也不能定份额：{listed}。请先完成填报和审核。"
        )
    grown = {(stage, grade) for _, stage, grade in known.progressions} | {(PRIMARY, 0), (JUNIOR, 0)}
    nowhere = [step(one.stage, one.grade) for one in known.own_ratios if (one.stage, one.grade) not in grown]
    if nowhere:
        raise Invalid(f"局定比例里的{'、'.join(nowhere)}，没有学校有这样的年级。请删去以后再预测。")
    for stage in sorted({one.stage for one in known.own_shares}):
        total = sum((share for (_, its), share in known.shares.items() if its == stage), Fraction(0))
        if total != 1:
            raise Invalid(
                f"局定份额里{STAGES[stage]}各校合计 {percent(total)}，没有别的学校可以分余下的，应为 100%。请改正以后再预测。"
            )


def on(known: Known, names: Mapping[str, str]) -> list[str]:
    """One sentence each, without its full stop."""
    years = "、".join(str(year) for year in sorted(known.pupils))
    said = [f"依据 {years} 年的班级名册"]
    if known.is_short:
        wide = numbers.text(known.rules.widening * 100)
        said.append(f"不足 {known.rules.min_years} 年，低、高方案各放宽 {wide}%")
    if known.entry is None:
        said.append("没有能与入学年份对应的出生人口，小学一年级按已知年度的人数推算，不随出生人口变化")
    else:
        after = "以后按历年平均变化推算" if known.trend else "以后按最后一年不变推算"
        said.append(f"出生人口 {min(known.births)}—{max(known.births)} 年度已知，{after}")
    if known.by_township:
        said.append("小学一年级按各乡镇（街道）的出生人口和当地历年入学比例推算，再按历年平均分到当地的学校")
    elif known.born:
        schools, empty = known.apart
        if "" in known.born or any(births.keys() != known.births.keys() for births in known.born.values()):
            why = "有的年度没有写全乡镇（街道）"
        elif schools:
            apart = "、".join(sorted(names.get(school, school) for school in schools))
            why = f"这些学校没有登记乡镇（街道），或当地的出生人口没有写：{apart}"
        elif empty:
            why = f"这些乡镇（街道）没有招一年级的学校：{'、'.join(sorted(empty))}"
        elif known.observed_entry is None:
            why = "没有能与入学年份对应的"
        else:
            why = "小学的份额或入学比例是局定的"
        said.append(f"出生人口写了乡镇（街道），但{why}；小学一年级按全区推算")
    lost = [code for code, (_, successor) in known.ends.items() if not successor]
    if lost:
        said.append(f"登记停办而没有并入学校的，停办后不再计入：{'、'.join(lost)}")
    said.append("高中在校生和各项资源按现状不变；各年度班级按标准班额编排")
    return said
