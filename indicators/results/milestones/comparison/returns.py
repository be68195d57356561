"""Which returns stand behind two moments, and what differs in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.collection.submissions import answers
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.queries import LoadedRevision
from indicators.results.milestones.comparison.sides import Json, Side
from indicators.standard.engine import Spec, fingerprint
from schools.directory.models import Department

_NAMED = 6
_AGAIN = "again", "另一次提交，数据相同"


@dataclass(frozen=True, slots=True)
class Return:
    """One respondent's return then and now: receipts, keys of the revisions, and what became of the figures."""

    key: str
    name: str
    then_receipt: str
    then_revision: int | None
    now_receipt: str
    now_revision: int | None
    state: str
    words: str
    items: str

    @property
    def changed(self) -> bool:
        """Whether figures differ or came or went."""
        return self.state not in ("same", "again", "none")


def rows(then: Side, now: Side) -> tuple[Return, ...]:
    """Return every respondent of either side, schools first; three queries however many there are."""
    keys = sorted(then.respondents.keys() | now.respondents.keys(), key=lambda key: (not _is_school(key), key))
    states = {key: _state(then.respondents.get(key), now.respondents.get(key)) for key in keys}
    differing = [key for key in keys if states[key][0] == "changed"]
    before, after = (_loaded(side, differing) for side in (then, now))
    items = {key: _items(then.spec, now.spec, key, before.get(key), after.get(key)) for key in keys}
    # Fingerprints of two engines may differ over the same figures.
    states |= {key: _AGAIN for key in differing if key in before and key in after and not items[key]}
    departments = _departments(now)
    return tuple(_return(then, now, key, states[key], departments, items[key]) for key in keys)


def _state(before: Json | None, after: Json | None) -> tuple[str, str]:
    old, new = (entry["revision"] if entry else None for entry in (before, after))
    if not old and not new:
        return "none", "都没有计入的填报"
    if not old:
        return "new", "新计入"
    if not new:
        return "gone", "不再计入"
    if old == new:
        return "same", "同一次提交"
    same = before and after and before["figures"] == after["figures"]
    return _AGAIN if same else ("changed", "数据有变化")


def _return(
    then: Side, now: Side, key: str, state: tuple[str, str], departments: Mapping[str, str], items: str
) -> Return:
    before, after = then.respondents.get(key, {}), now.respondents.get(key, {})
    return Return(
        key=key,
        name=_name(then, now, key, departments),
        then_receipt=before.get("receipt", ""),
        then_revision=before.get("revision"),
        now_receipt=after.get("receipt", ""),
        now_revision=after.get("revision"),
        state=state[0],
        words=state[1],
        items=items,
    )


def _name(then: Side, now: Side, key: str, departments: Mapping[str, str]) -> str:
    facts = now.registers.get(key) or then.registers.get(key)
    if facts:
        return str(facts["name"])
    department = key.partition("/")[2]
    return departments.get(department, department) if department else f"{now.evaluation.round.district}（区县数据）"


def _is_school(key: str) -> bool:
    """Schools have ten digits; the bureau has six, its departments a stroke."""
    return len(key) == 10 and key.isdigit()


def _departments(side: Side) -> dict[str, str]:
    return dict(Department.objects.filter(district=side.evaluation.round.district_id).values_list("code", "name"))


def _loaded(side: Side, keys: list[str]) -> dict[str, LoadedRevision]:
    wanted = {side.respondents[key]["revision"]: key for key in keys}
    found = submissions.load_frozen(side.evaluation.standard, wanted)
    return {wanted[number]: row for number, row in found.items()}


def _items(then: Spec, now: Spec, key: str, before: LoadedRevision | None, after: LoadedRevision | None) -> str:
    """Name the items whose answers differ, the first few in form order; also those only one standard asks."""
    if before is None or after is None:
        return ""
    is_school = _is_school(key)
    items = {**answers.items_of(now, is_school=is_school), **answers.items_of(then, is_school=is_school)}
    old, new = fingerprint(before.answers), fingerprint(after.answers)
    labels = [item.label for code, item in items.items() if old.get(code) != new.get(code)]
    more = f" 等 {len(labels)} 项" if len(labels) > _NAMED else ""
    return "、".join(labels[:_NAMED]) + more
