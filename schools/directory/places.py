"""Names of the districts the portal knows from the start: 河南省开封市 (GB/T 2260)."""

from schools.directory.models import District

NAMES = {
    "410000": "河南省",
    "410200": "开封市",
    "410202": "龙亭区",
    "410203": "顺河回族区",
    "410204": "鼓楼区",
    "410205": "禹王台区",
    "410212": "祥符区",
    "410221": "杞县",
    "410222": "通许县",
    "410223": "尉氏县",
    "410225": "兰考县",
}


def register(code: str, name: str = "") -> District:
    """Add a district below its city and province where these are known; without a known name it is called by its code.

    Called by actions, inside their transaction.
    """
    parent = None
    for above in (f"{code[:2]}0000", f"{code[:4]}00"):
        if above != code and above in NAMES:
            parent = District.objects.get_or_create(code=above, defaults={"name": NAMES[above], "parent": parent})[0]
    return District.objects.create(code=code, name=name or NAMES.get(code, code), parent=parent)
