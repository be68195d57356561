"""Where the rows of models lie, and who holds a role there (memberships)."""

from collections.abc import Iterable
from typing import Any, Self, overload

from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.core.lib.models import Stamped
from schools.access.permissions import ROLE_CHOICES, ROLES


class Place:
    """Declares where the rows of a model lie: lookup paths from a row to each kind of place, "" for the row itself.

    One path is enough: a school lies in a township and a district, a department in a district. Who names the district
    says that no other counts. On a row it is the place itself: its school, department or district.
    """

    def __init__(
        self,
        *,
        school: str | None = None,
        department: str | tuple[str, ...] | None = None,
        district: str | tuple[str, ...] | None = None,
        with_all_below: bool = False,
    ) -> None:
        named = {"school": _paths(school), "department": _paths(department), "district": _paths(district)}
        # Of several the nearest first.
        self.own = tuple((kind, path) for kind, paths in named.items() for path in paths[:1])
        if with_all_below:
            named |= {"school": _join(named["district"], "schools")}
            named |= {"department": _join(named["district"], "departments")}
        if district is None:
            named["district"] = _join((*named["school"], *named["department"]), "district")
        area = () if with_all_below else _join(named["school"], "township")
        self.paths = {**named, "township": tuple(dict.fromkeys((*area, *named["department"])))}

    def via(self, path: str) -> Self:
        """The same place, seen from a model that leads here by `path`."""
        seen = type(self)()
        seen.own = tuple((kind, _after(path, own)) for kind, own in self.own)
        seen.paths = {kind: tuple(_after(path, one) for one in paths) for kind, paths in self.paths.items()}
        return seen

    @overload
    def __get__(self, row: None, model: type) -> Self: ...
    @overload
    def __get__(self, row: object, model: type) -> Any: ...
    def __get__(self, row: object | None, model: type) -> Any:
        if row is None:
            return self
        return next(place for _, path in self.own if (place := _follow(row, path)) is not None)

    def district_of(self, row: object) -> Any:
        found = (_follow(row, path) for path in self.paths["district"])
        return row if self.paths["district"] == ("",) else next(place for place in found if place is not None)

    def key_of(self, row: object) -> tuple[str, int]:
        """Without loading the place."""
        keys = ((kind, _key(row, path)) for kind, path in self.own)
        return next((kind, key) for kind, key in keys if key is not None)

    def keys_at_hand(self, row: object, kind: str) -> set[int]:
        """Of the places of this kind it lies in, those that need no query: by its own columns or rows fetched with it.

        Not by what a school says of itself, for that may be as of another day.
        """
        return {key for path in self.paths[kind] if (key := _at_hand(row, path)) is not None}

    def keys_around(self, row: object, kind: str) -> set[int]:
        """Of the places of this kind it lies in."""
        return {key for path in self.paths[kind] if (key := _key(row, path)) is not None}


def _paths(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else given


def _after(path: str, rest: str) -> str:
    return f"{path}__{rest}" if path and rest else path or rest


def _join(paths: Iterable[str], rest: str) -> tuple[str, ...]:
    return tuple(_after(path, rest) for path in paths)


def _key(row: object, path: str) -> int | None:
    return _follow(row, f"{path}_id" if path else "pk")


def _follow(row: Any, path: str) -> Any:
    for name in path.split("__") if path else ():
        row = None if row is None else getattr(row, name)
    return row


def _at_hand(row: Any, path: str) -> int | None:
    if not path:
        return row.pk
    *steps, column = path.split("__")
    for name in steps:
        row = None if row is None or hasattr(row, "today") else row._state.fields_cache.get(name)
    return None if row is None or hasattr(row, "today") else row.__dict__.get(f"{column}_id")


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships by whether they hold today."""

    def in_force(self) -> "MembershipQuerySet":
        return self.filter(Membership.in_force())

    def to_confirm(self) -> "MembershipQuerySet":
        return self.filter(is_pending=True).exclude(valid_until__lt=timezone.localdate())

    def to_review(self) -> "MembershipQuerySet":
        return self.filter(is_unreviewed=True).exclude(valid_until__lt=timezone.localdate())


class Membership(Stamped):
    """A role a person holds over one district, school or department, for a time."""

    objects = MembershipQuerySet.as_manager()

    user = models.ForeignKey("portal.User", verbose_name="人员", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField("角色", max_length=20, choices=ROLE_CHOICES)
    district = models.ForeignKey("schools.District", null=True, blank=True, on_delete=models.PROTECT)
    school = models.ForeignKey("schools.School", null=True, blank=True, on_delete=models.PROTECT)
    department = models.ForeignKey("schools.Department", null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("失效日期", null=True, blank=True)
    # Waits for a second account manager, and holds on no day until then.
    is_pending = models.BooleanField("待第二人确认", default=False)
    # Holds, given when there was no second person yet who could have confirmed it.
    is_unreviewed = models.BooleanField("待复核", default=False)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "portal.User", verbose_name="确认人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    end_reason = models.CharField("结束的原因", max_length=200, blank=True)

    place = Place(
        school="school", department="department", district=("district", "school__district", "department__district")
    )

    class Meta:
        verbose_name = verbose_name_plural = "角色授权"
        ordering = ["user", "role"]
        constraints = [
            models.CheckConstraint(
                name="membership_one_place",
                condition=(
                    Q(district__isnull=False, school__isnull=True, department__isnull=True)
                    | Q(district__isnull=True, school__isnull=False, department__isnull=True)
                    | Q(district__isnull=True, school__isnull=True, department__isnull=False)
                ),
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=list(ROLES))),
            models.CheckConstraint(
                name="membership_confirmed_paired",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, is_pending=False),
            ),
            models.CheckConstraint(
                name="membership_dates_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
            ),
            *(
                models.UniqueConstraint(
                    fields=["user", "role", place],
                    name=f"membership_once_{place}",
                    condition=Q(valid_until__isnull=True),
                )
                for place in ("district", "school", "department")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} · {self.get_role_display()} · {self.place}"

    @staticmethod
    def in_force(path: str = "", today: Any = None) -> Q:
        """Holds today, both days included; `path` leads to the membership, as `memberships__`."""
        today = today or timezone.localdate()
        lasts = Q(**{f"{path}valid_until__isnull": True}) | Q(**{f"{path}valid_until__gte": today})
        return lasts & Q(**{f"{path}valid_from__lte": today, f"{path}is_pending": False})

    @property
    def is_in_force(self) -> bool:
        today = timezone.localdate()
        return (
            not self.is_pending and self.valid_from <= today and (self.valid_until is None or self.valid_until >= today)
        )

    @property
    def is_over(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    @property
    def kind(self) -> str:
        kind, _ = type(self).place.key_of(self)
        covers_schools = self.department is not None and self.department.is_township
        return "township" if covers_schools and "township" in ROLES[self.role].reach else kind
