"""档号 per DA/T 22-2015 §5.3: 全宗号-门类·年度-保管期限-机构(问题)-件号."""

from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings

from portal.core.errors import Invalid, Problem

PERIODS = ("Y", "D30", "D10")
# What shows that the whole way was gone is kept for ever, everything else for thirty years, unless set otherwise.
_DEFAULTS = {"Z": "Y", "G": "Y"}
_OTHERWISE = "D30"


def fonds(district_code: str) -> str:
    """Return the 全宗号 set for a district; "" when the archive has not given one."""
    return settings.DOSSIER_FONDS.get(district_code, "")


def period(volume: str) -> str:
    """Return the 保管期限 of a volume (Z, A … X). Raises Invalid for a setting that is none."""
    value = settings.DOSSIER_RETENTION.get(volume, _DEFAULTS.get(volume, _OTHERWISE))
    if value not in PERIODS:
        problem = Problem(
            f"“{value}”不是保管期限", f"DOSSIER_RETENTION 中的 {volume}", f"请改为 {'、'.join(PERIODS)} 之一"
        )
        raise Invalid("验收档案的保管期限设置有误", [problem])
    return value


@dataclass
class Numbers:
    """Gives out 件号 within year, period and section; a missing 全宗号 is replaced by the district's code."""

    district_code: str
    year: str
    _given: Counter[str] = field(default_factory=Counter)

    def next(self, volume: str, section: str) -> str:
        """Return the next 档号 of a section."""
        head = fonds(self.district_code) or self.district_code
        series = f"{head}-{settings.DOSSIER_CATEGORY}·{self.year}-{period(volume)}-{section}"
        self._given[series] += 1
        return f"{series}-{self._given[series]:04d}"
