"""The due dates proposed for a finding: its category's period in the district, counted from today."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inspections.deadlines import queries as deadlines
from inspections.rectification.models import Finding
from portal.core.lib import workdays
from portal.core.lib.workdays import Counted, Period
from schools.directory.models import District


def counted(district_id: int) -> Mapping[str, Counted]:
    """Return for each category of a finding its period in a district, counted from today; one query."""
    return _counted(deadlines.periods(district_id))


def _counted(periods: Mapping[str, Period]) -> Mapping[str, Counted]:
    today = timezone.localdate()
    return {code: workdays.count(today, periods[code]) for code in Finding.Category.values}


class Proposals:
    """What the districts a finding may belong to propose."""

    def __init__(self, districts: Sequence[District]) -> None:
        periods = deadlines.periods_of(district.pk for district in districts)
        self._of = {district: _counted(periods[district.pk]) for district in districts}

    def agreed(self, category: str) -> date | None:
        """Return the due date all the districts propose for a category; None when they differ."""
        days = {of[category].due for of in self._of.values()}
        return days.pop() if len(days) == 1 else None

    def shown(self) -> SafeString:
        """Return how each due date was counted, as the help of the date field.

        Read by static/js/visit_finding.js, which keeps the chosen category's line and puts its day into the field.
        """
        lines = (
            (
                district.pk,
                code,
                of[code].due.isoformat(),
                f"{district.name}，" if len(self._of) > 1 else "",
                label,
                of[code].words,
            )
            for district, of in self._of.items()
            for code, label in Finding.Category.choices
        )
        line = '<li data-district="{}" data-category="{}" data-due="{}">{}{}：{}。</li>'
        listed = format_html_join("", line, lines)
        return format_html('按类别从今天起算，可以另选日期：<ul class="due-words" data-dues>{}</ul>', listed)
