"""The table role × right, for the page and for docs/permissions.md."""

from dataclasses import dataclass

from schools.access.permissions import ROLES, Perm, RoleSpec

_REACH = {"school": "学校", "district": "区县", "department": "部门"}


@dataclass(frozen=True, slots=True)
class Table:
    """Roles across, rights down."""

    roles: tuple[RoleSpec, ...]
    rows: tuple[tuple[Perm, tuple[bool, ...]], ...]


def table() -> Table:
    """Return the whole vocabulary of rights with the roles that hold each."""
    roles = tuple(ROLES.values())
    return Table(roles, tuple((perm, tuple(perm in role.grants for role in roles)) for perm in Perm))


def reach(role: RoleSpec) -> str:
    """Say over what a role is given: 学校, 区县, 部门."""
    return "、".join(label for place, label in _REACH.items() if place in role.reach)


def markdown() -> str:
    """Return docs/permissions.md."""
    shown = table()
    lines = [
        "# 权限表",
        "",
        "本文件由 `python manage.py write_permissions` 从 `schools/access/permissions.py` 生成，请勿手工修改。",
        "",
        "| 角色 | 职责 | 授权范围 |",
        "|---|---|---|",
        *(f"| {role.name} | {role.description} | {reach(role)} |" for role in shown.roles),
        "",
        "授权范围外的对象一律显示“没有找到”（404）；范围内但无权办理的显示“没有权限”（403）。",
        "",
        "| 权限 | " + " | ".join(role.name for role in shown.roles) + " |",
        "|---|" + ":-:|" * len(shown.roles),
        *(f"| {perm.value} | " + " | ".join("✓" if held else "" for held in row) + " |" for perm, row in shown.rows),
    ]
    return "\n".join(lines) + "\n"
