"""How the pictures of a district look, remembered by their bytes, and which of them look alike."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Count, F

from indicators.collection.evidence.models import PictureLook

# Of 256 bits. Measured: copies saved again, made smaller or brighter differ in 18 at most, others in 51 at least.
_MOST_APART = 24
_MOST_NAMED = 3


def named(places: Sequence[str]) -> str:
    """The first of many, and their number."""
    more = f" 等 {len(places)} 处" if len(places) > _MOST_NAMED else ""
    return "、".join(places[:_MOST_NAMED]) + more


def remember(district_id: int, sha256: str, bits: str) -> None:
    """In the caller's transaction; "" means nothing to compare. Twice is once."""
    if PictureLook.objects.filter(district=district_id, sha256=sha256).exists():
        return
    alike = sha256 if bits else ""
    if bits:
        firsts = PictureLook.objects.filter(district=district_id, alike=F("sha256")).values_list("bits", "sha256")
        apart = [((int(held, 16) ^ int(bits, 16)).bit_count(), first) for held, first in firsts]
        distance, nearest = min(apart, default=(256, ""))
        alike = nearest if distance <= _MOST_APART else sha256
    PictureLook.objects.get_or_create(district_id=district_id, sha256=sha256, defaults={"bits": bits, "alike": alike})


def alike_to(district_id: int, sha256s: Iterable[str]) -> dict[str, set[str]]:
    """By sha256 of each picture those of others that look the same; two queries."""
    wanted = set(sha256s)
    if not wanted:
        return {}
    looks = PictureLook.objects.filter(district=district_id).exclude(alike="")
    own = dict(looks.filter(sha256__in=wanted).values_list("sha256", "alike"))
    kin: dict[str, set[str]] = defaultdict(set)
    for sha256, alike in looks.filter(alike__in=set(own.values())).values_list("sha256", "alike"):
        kin[alike].add(sha256)
    return {sha256: others for sha256, alike in own.items() if (others := kin[alike] - {sha256})}


def several(district_id: int) -> dict[str, str]:
    """By sha256 of each picture that has look-alikes: what it shares with them; one query."""
    looks = PictureLook.objects.filter(district=district_id).exclude(alike="")
    shared = looks.values("alike").annotate(n=Count("pk")).filter(n__gt=1).values("alike")
    return dict(looks.filter(alike__in=shared).values_list("sha256", "alike"))
