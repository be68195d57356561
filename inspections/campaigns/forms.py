"""Forms of campaigns: which schools to tick, what is planned, and what is changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone

from inspections.campaigns import queries
from inspections.campaigns.models import Campaign
from inspections.checklists import queries as checklists
from inspections.rectification import queries as ledger
from inspections.recusals import queries as recusals
from inspections.visits.forms import TeamForm
from inspections.visits.models import Visit
from inspections.zones import queries as zones
from inspections.zones.models import Zone
from portal.core.accounts.models import User
from portal.core.lib import dates
from portal.core.lib.forms import Day, WholeNumber
from schools.access.scope import Perm
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status

TEAMS = 4
_NONE = "不参加"


class PickForm(forms.Form):
    """Schools ticked many at once: of an area, or by what speaks against them."""

    township = forms.ModelChoiceField(Department.objects.none(), label="乡镇、街道", required=False, empty_label="不限")
    zone = forms.ModelChoiceField(Zone.objects.none(), label="责任区", required=False, empty_label="不限")
    weakness = forms.ChoiceField(
        label="薄弱处",
        required=False,
        choices=(
            ("", "不限"),
            ("due", "该督导了"),
            ("open", "有未销号的问题"),
            ("overdue", "有逾期的问题"),
            ("failed", "最新评估有未达标的指标"),
        ),
    )

    def __init__(self, *args: Any, user: User, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = directory.townships([district])  # type: ignore[attr-defined]
        self.fields["zone"].queryset = zones.visible_zones(user).filter(district=district)  # type: ignore[attr-defined]

    def picked(self, rows: Iterable[zones.Waiting]) -> set[int]:
        township, zone, weakness = (self.cleaned_data[name] for name in ("township", "zone", "weakness"))
        return {
            row.school.pk
            for row in rows
            if township in (None, row.school.township)
            and (zone is None or (row.charge is not None and row.charge.zone_id == zone.pk))
            and (not weakness or (row.coverage.tone != "ok" if weakness == "due" else getattr(row.weakness, weakness)))
        }


class FactsForm(forms.Form):
    """What a campaign is about, and when."""

    theme = forms.CharField(label="主题", max_length=100, help_text="例如：义务教育优质均衡资源配置")
    starts_on = Day(label="开始日期")
    ends_on = Day(label="结束日期")
    matters = forms.CharField(
        label="督导事项",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写进督导页，学校看得到。",
    )
    indicators = forms.MultipleChoiceField(label="涉及的指标", required=False, widget=forms.CheckboxSelectMultiple)
    notice_no = forms.CharField(label="通知文号", max_length=40, required=False)

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicators"].choices = ledger.indicator_choices([district.pk])  # type: ignore[attr-defined]


class CampaignForm(FactsForm):
    """What, when, where and who; a person is of one team at most."""

    template = forms.ChoiceField(label="检查清单", required=False, help_text="按事项只问有关的题。")
    per_day = WholeNumber(label="每组每天最多几所", min_value=1, max_value=10, initial=2)
    schools = forms.ModelMultipleChoiceField(
        School.objects.none(), label="学校", error_messages={"required": "请至少勾选一所学校。"}
    )

    def __init__(self, *args: Any, user: User, district: District, **kwargs: Any) -> None:
        super().__init__(*args, district=district, **kwargs)
        self.district = district
        self.people = list(recusals.inspectors(user, Perm.CAMPAIGN_MANAGE))
        leaders = recusals.inspectors(user, Perm.CAMPAIGN_MANAGE, Perm.VISIT_LEAD)
        schools = School.objects.filter(district=district, status=Status.OPEN).select_related("district")
        self.fields["schools"].queryset = schools.order_by("code")  # type: ignore[attr-defined]
        self.fields["template"].choices = [("", "不分事项"), *checklists.matters([district.pk])]  # type: ignore[attr-defined]
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.attrs["min"] = timezone.localdate().isoformat()
        choices = [(str(number), f"第 {number} 组") for number in range(1, TEAMS + 1)]
        for number, label in choices:
            leader = forms.ModelChoiceField(leaders, label=f"{label}组长", required=False, empty_label="不设这一组")
            leader.label_from_instance = lambda person: person.name  # type: ignore[method-assign,assignment]
            self.fields[f"leader_{number}"] = leader
        for person in self.people:
            self.fields[f"team_{person.pk}"] = forms.ChoiceField(
                label=f"{person.name}的组", required=False, choices=[("", _NONE), *choices]
            )

    def leaders(self) -> list[BoundField]:
        return [self[f"leader_{number}"] for number in range(1, TEAMS + 1)]

    def seats(self) -> Iterator[tuple[User, BoundField]]:
        return ((person, self[f"team_{person.pk}"]) for person in self.people)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        self.teams = []
        for number in range(1, TEAMS + 1):
            leader = data.get(f"leader_{number}")
            members = tuple(person for person in self.people if data.get(f"team_{person.pk}") == str(number))
            if leader:
                self.teams.append(queries.Team(number, leader, members))
            elif members:
                self.add_error(f"leader_{number}", f"第 {number} 组有成员，还没有组长。请选组长。")
        if not self.teams and not self.errors:
            self.add_error(None, "还没有督导小组。请选组长和成员。")
        return data

    def draft(self) -> queries.Brief:
        """Only for a valid form."""
        data = {
            name: self.cleaned_data[name]
            for name in ("theme", "starts_on", "ends_on", "matters", "notice_no", "template")
        }
        return queries.Brief(
            district=self.district,
            indicators=tuple(self.cleaned_data["indicators"]),
            per_day=self.cleaned_data["per_day"],
            schools=tuple(self.cleaned_data["schools"]),
            teams=tuple(self.teams),
            **data,
        )

    def sent(self) -> list[tuple[str, str]]:
        return [(name, value) for name in self.fields for value in self.data.getlist(name)]  # type: ignore[attr-defined]


class EditForm(FactsForm):
    """Other facts, and why."""

    reason = forms.CharField(label="修改的原因", max_length=200, help_text="督导小组看得到。")
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, user: User, campaign: Campaign, visits: Sequence[Visit]) -> None:
        names = ("theme", "starts_on", "ends_on", "matters", "indicators", "notice_no")
        first = {name: getattr(campaign, name) for name in names} | {"seen": campaign.updated_at.isoformat()}
        super().__init__(data, district=campaign.district, initial=first, auto_id="edit_%s")

    def values(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        return {"reason": facts.pop("reason"), "seen": facts.pop("seen"), "facts": facts}


class AddForm(forms.Form):
    """Further schools for one of the teams on a day."""

    schools = forms.ModelMultipleChoiceField(
        School.objects.none(),
        label="增加哪些学校",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少勾选一所学校。"},
    )
    visit = forms.ChoiceField(label="哪个组去")
    planned_on = Day(label="计划日期")
    reason = forms.CharField(label="增加的原因", max_length=200)

    def __init__(self, data: Any = None, *, user: User, campaign: Campaign, visits: Sequence[Visit]) -> None:
        super().__init__(data, auto_id="add_%s")
        known = [visit.school_id for visit in visits if visit.state != Visit.State.CANCELLED]
        rows = School.objects.filter(district=campaign.district, status=Status.OPEN).exclude(pk__in=known)
        self.fields["schools"].queryset = rows.order_by("code")  # type: ignore[attr-defined]
        self.fields["schools"].label_from_instance = lambda school: school.name  # type: ignore[attr-defined]
        self.fields["visit"].choices = queries.groups(visits)  # type: ignore[attr-defined]
        self.fields["planned_on"].help_text = f"{dates.day(campaign.starts_on)}至{dates.day(campaign.ends_on)}之间。"

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        ids = [school.pk for school in given["schools"]]
        shared = {name: given[name] for name in ("planned_on", "reason")}
        return {"school_ids": ids, "visit_id": int(given["visit"]), **shared}


class DropForm(forms.Form):
    """Schools whose visits have not begun and are not made."""

    visits = forms.MultipleChoiceField(
        label="取消哪些学校",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少勾选一所学校。"},
    )
    reason = forms.CharField(label="取消的原因", max_length=200, help_text="学校和督导小组看得到。")

    def __init__(self, data: Any = None, *, user: User, campaign: Campaign, visits: Sequence[Visit]) -> None:
        super().__init__(data, auto_id="drop_%s")
        self.fields["visits"].choices = [  # type: ignore[attr-defined]
            (str(visit.pk), f"{visit.school.name}（{dates.day(visit.planned_on)}）")
            for visit in visits
            if visit.state == Visit.State.PLANNED
        ]

    def values(self) -> dict[str, Any]:
        return {
            "visit_ids": [int(key) for key in self.cleaned_data["visits"]],
            "reason": self.cleaned_data["reason"],
        }


class RegroupForm(TeamForm):
    """Another team for all visits of one that have not begun."""

    visit = forms.ChoiceField(label="调整哪个组")
    reason = forms.CharField(label="调整的原因", max_length=200, help_text="学校看得到，请不要写个人情况。")
    field_order = ("visit", "leader", "team", "reason")

    def __init__(self, data: Any = None, *, user: User, campaign: Campaign, visits: Sequence[Visit]) -> None:
        people, leaders = (recusals.inspectors(user, Perm.CAMPAIGN_MANAGE, *also) for also in ((), (Perm.VISIT_LEAD,)))
        super().__init__(data, people=people, leaders=leaders, auto_id="team_%s")
        planned = [visit for visit in visits if visit.state == Visit.State.PLANNED]
        self.fields["visit"].choices = queries.groups(planned)  # type: ignore[attr-defined]
        self.fields["team"].required = True

    def values(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {"visit_id": int(given.pop("visit")), **given}


class StopForm(forms.Form):
    """Why the whole campaign is cancelled."""

    reason = forms.CharField(label="取消的原因", max_length=200, help_text="学校和督导小组看得到。")

    def __init__(self, data: Any = None, *, user: User, campaign: Campaign, visits: Sequence[Visit]) -> None:
        super().__init__(data, auto_id="cancel_%s")

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


CHANGES: Mapping[str, Any] = {
    "edit": EditForm,
    "add": AddForm,
    "drop": DropForm,
    "change_team": RegroupForm,
    "cancel": StopForm,
}
