"""The named cast of the tests: who is who in two districts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password

from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from schools.access.models import Membership
from schools.directory.models import District, School

PASSWORD = "Longting-2026"
_SINCE: dict[str, Any] = {"valid_from": date(2020, 1, 1)}


def make_user(username: str, name: str) -> User:
    """Make an account that can sign in with PASSWORD."""
    return User.objects.create_user(username, PASSWORD, name=name)


def grant(user: User, role: str, **place: Any) -> Membership:
    """Give a role over `district=`, `school=` or `department=`."""
    system = system_user()
    return Membership.objects.create(user=user, role=role, created_by=system, updated_by=system, **_SINCE | place)


def make_school(code: str, name: str, district: District, **facts: Any) -> School:
    """Make a school; an urban public primary school unless said otherwise."""
    system = system_user()
    defaults: dict[str, Any] = {"kind": "小学", "area": "城区", "sponsor": 7, "built_year": 1998}
    return School.objects.create(
        code=code, name=name, district=district, created_by=system, updated_by=system, **(defaults | facts)
    )


@dataclass(slots=True)
class Cast:
    """龙亭区 (A) with schools 甲 and 乙, 顺河区 (B) with school 丙, and their people."""

    district: District
    other_district: District
    school_a: School
    school_b: School
    school_c: School
    admin: User
    reviewer: User
    leader: User
    expert: User
    expired_expert: User
    auditor: User
    inspector_a: User
    inspector_b: User
    reporter_a: User
    principal_a: User
    reporter_b: User
    liaison: User
    foreign_admin: User
    disabled: User
    department: Any


def assemble() -> Cast:
    """Put the whole cast into the database."""
    from indicators.collection.submissions.models import ItemOwner
    from schools.directory.models import Department

    system = system_user()
    city = District.objects.create(code="410200", name="开封市")
    district = District.objects.create(code="410202", name="龙亭区", parent=city)
    other = District.objects.create(code="410203", name="顺河回族区", parent=city)
    a = make_school("4102020001", "甲小学", district)
    b = make_school("4102020002", "乙初级中学", district, kind="初级中学", area="镇区")
    c = make_school("4102030001", "丙小学", other)
    department = Department.objects.create(
        district=district, code="CZ", name="区财政局", created_by=system, updated_by=system
    )
    ItemOwner.objects.create(
        district=district, item="teacher_wage", department=department, created_by=system, updated_by=system
    )
    people = {
        "admin": ("局管理员", "admin", {"district": district}),
        "reviewer": ("业务审核员", "reviewer", {"district": district}),
        "leader": ("局领导", "leader", {"district": district}),
        "expert": ("复核专家", "expert", {"district": district}),
        "expired_expert": ("过期专家", "expert", {"district": district, "valid_until": date(2021, 1, 1)}),
        "auditor": ("审计员", "auditor", {"district": district}),
        "inspector_a": ("甲区督学", "inspector", {"school": a}),
        "inspector_b": ("乙区督学", "inspector", {"school": c}),
        "reporter_a": ("甲校填报员", "reporter", {"school": a}),
        "principal_a": ("甲校校长", "principal", {"school": a}),
        "reporter_b": ("乙校填报员", "reporter", {"school": b}),
        "liaison": ("财政联络员", "liaison", {"department": department}),
        "foreign_admin": ("外区管理员", "admin", {"district": other}),
        "disabled": ("停用账户", "admin", {"district": district}),
    }
    # In two statements: thousands of tests begin here.
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(username=username, name=name, password=password, is_active=username != "disabled")
        for username, (name, _, _) in people.items()
    )
    made = {user.username: user for user in users}
    Membership.objects.bulk_create(
        Membership(user=made[username], role=role, created_by=system, updated_by=system, **_SINCE | place)
        for username, (_, role, place) in people.items()
    )
    return Cast(district, other, a, b, c, department=department, **made)
