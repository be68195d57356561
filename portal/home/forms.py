"""Filters of the boards, kept in the address."""

from django import forms
from django.db.models import QuerySet

from portal.jobs.models import Job


class JobFilterForm(forms.Form):
    """Which jobs to list; an unknown value filters nothing."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Job.State.choices])

    def narrow(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Keep the jobs in the wanted state."""
        state = self.cleaned_data.get("state") if self.is_valid() else ""
        return jobs.filter(state=state) if state else jobs
