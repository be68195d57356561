"""The audit trail in words: actions, objects and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model

ACTIONS = {
    "account.sign_in": "登录",
    "account.sign_in_failed": "登录失败",
    "account.sign_out": "退出登录",
    "account.change_password": "修改密码",
    "job.cancel": "取消后台任务",
    "job.retry": "重试后台任务",
    "notice.read": "阅读消息",
    "notice.read_all": "全部消息标为已读",
}
_KEYS = {
    "state": "状态", "sha256": "文件校验值", "receipt": "回执号", "reason": "理由", "count": "数量",
    "username": "工作账号", "locked": "已锁定", "name": "名称", "role": "角色", "place": "授权范围",
}  # fmt: skip
_NOTHING = "—"


def action(code: str) -> str:
    """Return an action in Chinese, or its code if it has no words yet."""
    return ACTIONS.get(code, code)


@cache
def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def object_type(label: str) -> str:
    """Return the Chinese name of a kind of object (`app.model`)."""
    model = _model(label)
    return str(model._meta.verbose_name) if model else label


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after."""

    field: str
    before: str
    after: str


def differences(label: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Put the recorded values before and after side by side, in words."""
    fields = [*before, *(key for key in after if key not in before)]
    return [
        Difference(_field(label, key), _value(label, key, before.get(key)), _value(label, key, after.get(key)))
        for key in fields
    ]


def _field(label: str, key: str) -> str:
    model = _model(label)
    names = (
        {field.name: str(getattr(field, "verbose_name", key)) for field in model._meta.get_fields()} if model else {}
    )
    found = names.get(key, key)
    # A field without a name of its own prints as its identifier: then the common words are better.
    return found if found not in (key, key.replace("_", " ")) else _KEYS.get(key, key)


def _value(label: str, key: str, value: Any) -> str:
    if value is None or value == "" or value == {} or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "\n".join(f"{_field(label, str(name))}:{_value(label, str(name), item)}" for name, item in value.items())
    if isinstance(value, list):
        return "、".join(_value(label, key, item) for item in value)
    return _choices(label, key).get(str(value), str(value))


@cache
def _choices(label: str, key: str) -> Mapping[str, str]:
    model = _model(label)
    for field in model._meta.get_fields() if model else ():
        if field.name == key and getattr(field, "choices", None):
            return {str(stored): str(shown) for stored, shown in field.flatchoices}  # type: ignore[union-attr]
    return {}
