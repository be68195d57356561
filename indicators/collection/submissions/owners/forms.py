"""The form on which a district says who answers what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from indicators.collection.submissions import facts
from indicators.collection.submissions.owners import queries
from indicators.standard.engine import Item
from indicators.standard.standards import queries as standards
from portal.core.lib import reasons
from schools.directory.models import District


@dataclass(frozen=True, slots=True)
class Row:
    """One item on the page: its field, and which office answers it by default ("" = the bureau)."""

    item: Item
    field: BoundField
    office: str


class OwnersForm(forms.Form):
    """A choice of department for every district item; blank means the bureau itself."""

    def __init__(self, data: Any = None, *, district: District, propose: bool = False) -> None:
        super().__init__(data)
        standard = queries.standard_of(district)
        offices, departments = standards.offices(standard), queries.departments(district)
        self.items, owners = queries.items(district), facts.owners_of(district.pk)
        self.offices = {item: office["label"] for office in offices for item in office["items"]}
        if propose:
            proposed = queries.proposals(offices, departments)
            owners = {item: department.pk for item, department in proposed.items()} | owners
        choices = [("", "教育局"), *((row.pk, row.name) for row in departments)]
        self.fields["reason"] = forms.CharField(
            label="改动的原因",
            max_length=reasons.LONGEST,
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
        """Return who was chosen for each item; only after the form proved valid."""
        return {base: self.cleaned_data[base] for base in self.items}

    def by_section(self) -> Iterator[tuple[str, list[Row]]]:
        """Give the rows of each section of the form, with its name."""
        rows: dict[str, list[Row]] = {}
        for base, item in self.items.items():
            rows.setdefault(item.section, []).append(Row(item, self[base], self.offices.get(base, "")))
        for section, members in rows.items():
            yield self.sections[section], members
