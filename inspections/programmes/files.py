"""Programme files: a district's plan as TOML."""

import tomllib
from pathlib import Path
from typing import Any

from portal.core.errors import Invalid

LONGTING = Path(__file__).parent / "data" / "longting-2021-8.toml"


# The plans that come with the portal, each for the district that issued it.
SHIPPED = (LONGTING,)


def read_file(path: Path) -> dict[str, Any]:
    """Read a programme file. Raises Invalid naming the file when it is not valid TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"方案文件 {path.name} 读不出来：{error}。请检查文件格式（TOML,UTF-8 编码）。") from error
