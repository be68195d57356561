"""What a browser sends, as JSON or as an ordinary form, into answers; each bad field with its message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from indicators.collection.submissions import answers, owner_queries, queries
from indicators.collection.submissions.sheet_pages import Typed
from indicators.standard.engine import Answer, BadValue, Item, Value, parse_reason, parse_rows, parse_value
from indicators.standard.standards import queries as standards
from portal.core.accounts.forms import IdentityForm
from portal.core.errors import Invalid
from portal.core.lib import numbers, written
from schools.directory.models import District

MAX_ROWS = 1000
_BROKEN = "浏览器发来的内容不完整。请刷新页面后重试；未保存的内容仍保留在本机。"


@dataclass(frozen=True, slots=True)
class Parsed:
    """Answers that can be saved, the versions they rest on, and what cannot be saved as typed."""

    values: dict[str, Answer | None] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    refused: dict[str, Typed] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        return {code: typed.error for code, typed in self.refused.items()}

    @property
    def cells(self) -> dict[str, list[dict[str, Any]]]:
        """Rows as they were sent, from 0."""
        return {
            code: [{"row": row, "column": column, "error": error} for (row, column), error in typed.cells.items()]
            for code, typed in self.refused.items()
            if typed.cells
        }


def from_json(items: Mapping[str, Item], body: bytes) -> Parsed:
    """Read `{"fields": {code: {"value": …} | {"not_applicable": …} | {"rows": […]}, "version": n}}`.

    Raises Invalid when the body is not of this form; a bad value is only refused itself.
    """
    try:
        fields = written.read_json(body)["fields"]
        entries = [(code, dict(entry), int(entry.get("version", 0))) for code, entry in fields.items()]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Invalid(_BROKEN) from error
    parsed = Parsed()
    for code, entry, version in entries:
        parsed.versions[code] = version
        if code not in items:
            parsed.refused[code] = Typed(error="不是本单位的填报项，请刷新页面")
            continue
        item, value = items[code], entry.get("value")
        try:
            if "not_applicable" in entry:
                answer: Answer | None = parse_reason(str(entry["not_applicable"] or "").strip())
            elif item.kind == "table":
                answer = _table(item, entry.get("rows"))
            elif not isinstance(value, (str, int, float, bool, type(None))):
                raise BadValue("内容格式不对，请重新填写")
            else:
                answer = parse_value(item, value)
            parsed.values[code] = _open(answer)
        except BadValue as error:
            parsed.refused[code] = Typed(error=str(error), cells=error.cells)
    return parsed


def _open(answer: Answer | None) -> Answer | None:
    """Raises BadValue for numbers of persons."""
    if said := answers.personal_in(answer):
        raise BadValue(said)
    return answer


def _table(item: Item, rows: Any) -> Value | None:
    """An empty list is the statement that there are none."""
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadValue("表格内容格式不对，请刷新页面后重新填写")
    if len(rows) > MAX_ROWS:
        raise BadValue(f"最多 {MAX_ROWS} 行，现在有 {len(rows)} 行")
    cells = [
        {c.code: row.get(c.code) if isinstance(row.get(c.code), str) else None for c in item.columns} for row in rows
    ]
    return parse_rows(item, cells)


def from_post(items: Iterable[Item], post: QueryDict) -> Parsed:
    """Fields that were not on the page are left alone."""
    parsed = Parsed()
    for item in items:
        code = item.code
        if f"v-{code}" not in post:
            continue
        parsed.versions[code] = numbers.whole(post.get(f"v-{code}", "")) or 0
        text, rows = post.get(f"f-{code}", ""), posted_rows(item, post)
        try:
            answer: Answer | None
            if post.get(f"na-{code}"):
                answer = parse_reason(post.get(f"reason-{code}", "").strip())
            elif item.kind == "table":
                answer = _table(item, rows or ([] if post.get(f"none-{code}") else None))
            else:
                answer = parse_value(item, text)
            parsed.values[code] = _open(answer)
        except BadValue as error:
            parsed.refused[code] = Typed(text, rows, str(error), cells=error.cells)
    return parsed


def posted_rows(item: Item, post: QueryDict) -> list[dict[str, str]]:
    if item.kind != "table":
        return []
    columns = {column.code: post.getlist(f"t-{item.code}-{column.code}") for column in item.columns}
    height = max((len(cells) for cells in columns.values()), default=0)
    rows = [{code: cells[n] if n < len(cells) else "" for code, cells in columns.items()} for n in range(height)]
    return [row for row in rows if any(cell.strip() for cell in row.values())]


class SignForm(IdentityForm):
    """The head's statement; `number` makes pressing twice the same signing."""

    field_order = ["number", "promise", "password"]

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    promise = forms.BooleanField(
        label="我已核对全部数据和佐证材料，承诺真实、准确、完整，并对此负责。",
        error_messages={"required": "请先核对并勾选承诺，再签发提交。"},
    )


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """One item on the page: its field, and which office answers it by default ("" = the bureau)."""

    item: Item
    field: BoundField
    office: str


class OwnersForm(forms.Form):
    """A choice of department for every district item; blank means the bureau itself."""

    def __init__(self, data: Any = None, *, district: District, propose: bool = False) -> None:
        super().__init__(data)
        standard = owner_queries.standard_of(district)
        offices, departments = standards.offices(standard), owner_queries.assignable_departments(district)
        self.items, owners = owner_queries.assignable_items(district), queries.owners_of(district.pk)
        self.offices = {item: office["label"] for office in offices for item in office["items"]}
        if propose:
            proposed = owner_queries.proposed_owners(offices, departments)
            owners = {item: department.pk for item, department in proposed.items()} | owners
        choices = [("", "教育局"), *((row.pk, row.name) for row in departments)]
        self.fields["reason"] = forms.CharField(
            label="改动的原因",
            max_length=written.LONGEST_REASON,
            required=False,
            help_text="把部门的项目改由别的单位填报时必填，通知原来的部门",
            widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        )
        for base, item in self.items.items():
            self.fields[base] = forms.TypedChoiceField(
                label=item.base_label,
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.Select(attrs={"class": "form-select"}),
                initial=owners.get(base, ""),
                error_messages={"invalid_choice": "这个部门不在本区，或已撤销。请重新选择。"},
            )
        self.sections = {section.code: section.label for section in standards.load_spec(standard).sections}

    def owners(self) -> dict[str, int | None]:
        """After the form proved valid."""
        return {base: self.cleaned_data[base] for base in self.items}

    def by_section(self) -> Iterator[tuple[str, list[OwnerRow]]]:
        rows: dict[str, list[OwnerRow]] = {}
        for base, item in self.items.items():
            rows.setdefault(item.section, []).append(OwnerRow(item, self[base], self.offices.get(base, "")))
        for section, members in rows.items():
            yield self.sections[section], members
