"""The one source of colours is static/css/app.css: workbooks and documents read theirs from its tokens."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings


@cache
def _tokens() -> dict[str, str]:
    css = (Path(settings.STATICFILES_DIRS[0]) / "css" / "app.css").read_text(encoding="utf-8")
    return dict(re.findall(r"^  --([\w-]+): (#[0-9a-f]{6});", css, flags=re.MULTILINE))


def colour(token: str) -> str:
    """`#rrggbb` of the token `--…`."""
    return _tokens()[token]
