"""What an import of the register would do: which schools are new, which change in what; its preview as plain JSON."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates, digests
from schools.access.scope import Perm, visible
from schools.directory import queries as directory, workflow
from schools.directory.facts import SchoolFacts, differences, founded, in_words, shown
from schools.directory.models import District, School, Status
from schools.workbooks.workbook import RegisterRow


@dataclass(frozen=True, slots=True)
class PlannedSchool:
    """One school of the file: its facts after the import and what differs (empty for a new school)."""

    code: str
    facts: SchoolFacts
    changed: Mapping[str, tuple[Any, Any]]
    school: School | None

    @property
    def words(self) -> list[dict[str, str]]:
        return in_words(self.changed)

    @property
    def sponsor(self) -> str:
        return shown("sponsor", self.facts.sponsor)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The import as it would be carried out now."""

    new: Sequence[PlannedSchool]
    changed: Sequence[PlannedSchool]
    unchanged: Sequence[PlannedSchool]
    districts: Mapping[str, District]
    assumed_boarding: int = 0
    # New schools taken as founded today, because the file says nothing of it.
    assumed_new: int = 0
    notes: Sequence[str] = ()
    # Schools that end or are merged by the import, each with what follows.
    endings: Sequence[tuple[workflow.Transition, Sequence[workflow.Consequence]]] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed)

    @property
    def opens(self) -> bool:
        return any(entry.facts.status == Status.OPEN for entry in self.new)

    @property
    def summary(self) -> str:
        return f"新增 {len(self.new)} 所，变更 {len(self.changed)} 所，无变化 {len(self.unchanged)} 所"

    @property
    def digest(self) -> str:
        """Of what would be written, to compare with what a person was shown."""
        parts: list[Any] = [[e.code, e.facts.as_json(), e.changed] for e in (*self.new, *self.changed)]
        parts += [[change.summary, *(row.text for row in rows)] for change, rows in self.endings]
        return digests.fingerprint(parts)


# (district code, name or 编号 of a township) → its 编号.
Places = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class RegisterNow:
    """What the rows of a workbook are compared with: the person's districts, the schools named, the townships."""

    districts: Mapping[str, District]
    schools: Mapping[str, School]
    places: Places
    # Codes a 并入学校 may have.
    known: Collection[str]
    # Schools closed already or by this workbook, by code their name.
    ended: Mapping[str, object]

    @classmethod
    def of(cls, lines: Sequence[RegisterRow], by: User) -> "RegisterNow":
        districts = {row.code: row for row in visible(by, District.objects.all(), Perm.SCHOOL_EDIT)}
        codes = {line.code for line in lines}
        named = codes | {str(line.facts["successor"]) for line in lines if "successor" in line.facts}
        rows = School.objects.select_related("district", "group", "successor", "township")
        schools = rows.in_bulk(named, field_name="code")
        townships = list(directory.townships(districts.values()))
        places = {(row.district.code, row.name): row.code for row in reversed(townships)}
        places |= {(row.district.code, row.code): row.code for row in townships}
        own = {code for code, row in schools.items() if row.district.code in districts}
        ended: dict[str, object] = {code: row.name for code, row in schools.items() if row.status == Status.CLOSED}
        ended |= {row.code: row.facts.get("name", "") for row in lines if row.facts.get("status") == Status.CLOSED}
        return cls(districts, schools, places, own | codes, ended)

    def fault(self, line: RegisterRow) -> Problem | None:
        school = self.schools.get(line.code)
        return (
            self.out_of_reach(line, school)
            or self.reopening(line, school)
            or self.misled(line, school)
            or self.misplaced(line, school)
        )

    def out_of_reach(self, line: RegisterRow, school: School | None) -> Problem | None:
        wanted = line.facts.get("district")
        if wanted and wanted not in self.districts:
            # A city's list may be long; a district's office has one.
            own = "、".join(f"{code} {row.name}" for code, row in list(self.districts.items())[:8])
            return line.row["district_code"].problem(
                f"区划代码 {wanted} 不在您管理的范围内", f"您可以导入：{own}。请删除该行或改正代码。"
            )
        if school is not None and school.district.code not in self.districts:
            return line.row["school_code"].problem(
                f"学校标识码 {line.code} 已登记在其他区县", "请核对标识码；确属调整区划的，请联系上级管理员办理。"
            )
        return None

    def reopening(self, line: RegisterRow, school: School | None) -> Problem | None:
        """An older export must not reopen a closed school: that is an action of its own."""
        if school is None or school.status == Status.OPEN or line.facts.get("status") != Status.OPEN:
            return None
        since = f"已于{dates.day(school.closed_on)}停办" if school.closed_on else "已停办"
        return line.row["status"].problem(
            f"{school.name}{since}，这一行却是“在办”，可能是停办以前导出的旧表",
            "请重新导出名录，在新表上修改；确实恢复办学的，请在学校页办理“恢复办学”。",
        )

    def misled(self, line: RegisterRow, school: School | None) -> Problem | None:
        code = line.facts.get("successor")
        if code is None:
            return None
        status = line.facts.get("status", school.status if school else Status.OPEN)
        what = do = ""
        if status == Status.OPEN:
            what, do = "在办的学校不能填并入学校", "请把办学状态改为“停办”，或清空并入学校。"
        elif code == line.code:
            what, do = "并入学校就是这所学校自己", "请填并入的那所学校的标识码，没有并入的留空。"
        elif code not in self.known:
            what = f"并入学校 {code} 不在名录中，或不在您管理的范围内"
            do = "请核对标识码；名录中没有的，请在这份表中加一行。"
        elif school is not None and school.successor is not None and school.successor.code != code:
            what = f"{school.name}已并入{school.successor.name}（{school.successor.code}），这一行填的是 {code}"
            do = "请重新导出名录后修改；确需更正的，请在学校页先办理“恢复办学”，再办理“合并”。"
        elif school is not None and school.successor is None and code in self.ended:
            what = f"{self.ended[str(code)]}（{code}）已停办或在这份表中停办，不能并入"
            do = "请改填在办的学校；几所学校先后合并的，分几次导入，先导入先合并的。"
        return line.row["successor"].problem(what, do) if what else None

    def misplaced(self, line: RegisterRow, school: School | None) -> Problem | None:
        township = str(line.facts.get("township", ""))
        district = str(line.facts.get("district") or (school.district.code if school else ""))
        if not township or (district, township) in self.places:
            return None
        return line.row["township"].problem(
            f"“{township[:40]}”不是这个区县登记的乡镇、街道",
            "请填部门名录中的名称或编号；还没有登记的，先在“部门名录”中登记。",
        )

    def facts(self, line: RegisterRow, old: SchoolFacts | None) -> SchoolFacts:
        """The township by its 编号; a school that changes district leaves it."""
        facts = line.over(old)
        if "township" in line.facts:
            return replace(facts, township=self.places[facts.district, facts.township])
        return replace(facts, township="") if old and old.district != facts.district else facts

    def ending(self, entry: PlannedSchool, valid_from: date) -> workflow.Transition:
        """Merged into a school that is only now registered, it has no successor that could take over."""
        assert entry.school is not None  # noqa: S101 only registered schools change
        successor = self.schools.get(entry.facts.successor)
        verb = workflow.Verb.MERGE if successor else workflow.Verb.CLOSE
        day = valid_from if "status" in entry.changed else entry.school.closed_on or valid_from
        return workflow.Transition(verb, entry.school, day, successor, decisions=workflow.usual(verb))


def plan(
    lines: Sequence[RegisterRow], *, valid_from: date, by: User, notes: Sequence[str] = ()
) -> tuple[ImportPlan, list[Problem]]:
    """A fixed number of queries, and some for each school that ends; incomplete rows are only checked."""
    now = RegisterNow.of(lines, by)
    rows = School.objects.filter(district__in=now.districts.values())
    begun = set(rows.values_list("district__code", flat=True).distinct())
    problems: list[Problem] = []
    planned: dict[str, list[PlannedSchool]] = {"new": [], "changed": [], "unchanged": []}
    assumed = assumed_new = 0
    for line in lines:
        if fault := now.fault(line):
            problems.append(fault)
        if fault or not line.complete:
            continue
        school = now.schools.get(line.code)
        old = SchoolFacts.of(school) if school else None
        facts = now.facts(line, old)
        if old is None:
            stated, facts = facts, founded(facts, is_first=facts.district not in begun)
            assumed_new += stated != facts
            assumed += "boarding" not in line.facts
        changed = differences(old, facts) if old else {}
        kind = "new" if old is None else "changed" if changed else "unchanged"
        planned[kind].append(PlannedSchool(line.code, facts, changed, school))
    endings = [
        now.ending(entry, valid_from)
        for entry in planned["changed"]
        if entry.facts.status == Status.CLOSED and entry.changed.keys() & {"status", "successor"}
    ]
    return ImportPlan(
        **planned,
        districts=now.districts,
        assumed_boarding=assumed,
        assumed_new=assumed_new,
        notes=notes,
        endings=[(change, workflow.foresee(change)) for change in endings] if not problems else (),
    ), problems


MOST_PREVIEWED = 500
_PREVIEWED = ("name", "kind", "area", "boarding", "status", "group")


def preview(plan: ImportPlan) -> dict[str, Any]:
    # What codes mean in the changes: 并入学校 and townships, names that people know.
    names = {entry.code: entry.facts.name for entry in (*plan.new, *plan.changed)}
    names |= {change.successor.code: change.successor.name for change, _ in plan.endings if change.successor}
    names = {code: f"{name}（{code}）" for code, name in names.items()}
    if any("township" in entry.changed for entry in plan.changed):
        names |= {row.code: row.name for row in directory.townships(plan.districts.values())}

    def words(entry: PlannedSchool) -> list[dict[str, str]]:
        return [row | {side: names.get(row[side], row[side]) for side in ("before", "after")} for row in entry.words]

    return {
        "summary": plan.summary,
        "digest": plan.digest,
        "notes": list(plan.notes),
        "assumed_boarding": plan.assumed_boarding,
        "assumed_new": plan.assumed_new,
        "is_empty": plan.is_empty,
        "endings": [
            [change.summary, [{"where": row.where, "text": row.text} for row in rows]] for change, rows in plan.endings
        ],
        "new_count": len(plan.new),
        "new": [_preview_of(entry) | {"sponsor": entry.sponsor} for entry in plan.new[:MOST_PREVIEWED]],
        "changed_count": len(plan.changed),
        "changed": [_preview_of(entry) | {"words": words(entry)} for entry in plan.changed[:MOST_PREVIEWED]],
    }


def _preview_of(entry: PlannedSchool) -> dict[str, Any]:
    return {"code": entry.code} | {name: getattr(entry.facts, name) for name in _PREVIEWED}


def own_districts(by: User) -> list[District]:
    return directory.maintained_districts(by, Perm.SCHOOL_EDIT, "学校名录")
