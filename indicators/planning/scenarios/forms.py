"""What is asked for a scenario and for one of its measures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from indicators.planning.engine import KINDS, MeasureKind
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations.models import Evaluation
from portal.core.lib import dates
from portal.core.lib.forms import Number, WholeNumber
from portal.core.lib.numbers import plain
from schools.directory.models import Area, InstitutionKind

_OF = {of: kind.of_labels[of] for kind in KINDS.values() for of in kind.of}


class ScenarioForm(forms.Form):
    """A name and the evaluation it starts from."""

    name = forms.CharField(label="名称", max_length=60, help_text="如：2027 年暑期轮岗方案一。")
    evaluation = forms.ModelChoiceField(
        Evaluation.objects.none(),
        label="依据的评估",
        empty_label=None,
        error_messages={"invalid_choice": "请从列表中选择一次评估。"},
    )
    note = forms.CharField(label="说明", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, evaluations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evaluation"]
        field.queryset = evaluations  # type: ignore[attr-defined]
        field.label_from_instance = (  # type: ignore[attr-defined]
            lambda one: f"{one.round.name}（{one.round.district}）{dates.moment(one.data_as_of)}"
        )
        self.helper = FormHelper()
        self.helper.form_tag = False


def _is_new(kind: MeasureKind) -> bool:
    return kind.code == "new_school"


# For which kinds a field is asked; for all where it is not named.
_ASKED: Mapping[str, Callable[[MeasureKind], bool]] = {
    "school": lambda kind: not _is_new(kind),
    "stage": lambda kind: kind.by_stage,
    "of": lambda kind: bool(kind.of),
    "from_school": lambda kind: kind.from_school,
    **dict.fromkeys(("new_code", "new_name", "new_kind", "new_area"), _is_new),
}


class NewMeasureForm(forms.Form):
    """One measure; which of the fields are needed depends on its kind."""

    kind = forms.ChoiceField(label="措施")
    school = forms.ChoiceField(label="学校", required=False, help_text="新建学校不选，在下面填代码和名称。")
    stage = forms.ChoiceField(
        label="学段",
        required=False,
        choices=[("", "全校共用"), ("primary", "小学"), ("junior", "初中")],
        help_text="教师、学生、班级的措施要选学段。",
    )
    of = forms.ChoiceField(
        label="对象", required=False, choices=[("", "—"), *_OF.items()], help_text="交流轮岗、走教时选。"
    )
    from_school = forms.ChoiceField(label="来自学校", required=False, help_text="交流轮岗、调整生源、并入学校时选。")
    quantity = Number(label="数量", max_digits=12, decimal_places=2, initial=1)
    cost = Number(label="费用（万元）", required=False, max_digits=12, decimal_places=4, min_value=0)
    year = WholeNumber(label="年度", required=False, min_value=2000, max_value=2100)
    new_code = forms.CharField(label="新学校代码", required=False, max_length=10)
    new_name = forms.CharField(label="新学校名称", required=False, max_length=100)
    new_kind = forms.ChoiceField(label="新学校类型", required=False, choices=[("", "—"), *InstitutionKind.choices])
    new_area = forms.ChoiceField(label="新学校城乡", required=False, choices=[("", "—"), *Area.choices])

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, f"{kind.label}（{kind.unit}）") for code, kind in KINDS.items()]
        for name, choices in (("kind", kinds), ("school", schools), ("from_school", schools)):
            found = choices if name == "kind" else [("", "—"), *choices]
            self.fields[name].choices = found  # type: ignore[attr-defined]
            self.fields[name].error_messages["invalid_choice"] = "请从列表中选择。"
        for name, counts in _ASKED.items():
            asked_for = " ".join(kind.code for kind in KINDS.values() if counts(kind))
            self.fields[name].widget.attrs["data-asked-for"] = f"{self.add_prefix('kind')} {asked_for}"
        self.helper = FormHelper()
        self.helper.form_tag = False

    def measure(self) -> dict[str, Any]:
        """As `measures.one` reads it: only what the kind asks for."""
        data = self.cleaned_data
        kind = KINDS[data["kind"]]
        is_new = _is_new(kind)
        extra = {"name": data["new_name"], "school_kind": data["new_kind"], "area": data["new_area"]}
        return {
            "kind": kind.code,
            "school_code": data["new_code"] if is_new else data["school"],
            "stage": data["stage"] if kind.by_stage else None,
            "of": data["of"] if kind.of else None,
            "from_school_code": data["from_school"] if kind.from_school else None,
            "quantity": plain(data["quantity"]),
            "year": data["year"],
            "cost": None if data["cost"] is None else plain(data["cost"]),
            **({"extra": {name: value for name, value in extra.items() if value}} if is_new else {}),
        }


def schools_of(scenario: Scenario, names: dict[str, str]) -> list[tuple[str, str]]:
    new = {
        row["school_code"]: row.get("extra", {}).get("name") or row["school_code"]
        for row in scenario.measures
        if row["kind"] == "new_school"
    }
    return [(code, f"{name}（{code}）") for code, name in sorted((names | new).items())]
