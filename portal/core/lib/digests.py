"""Fingerprints: of files that left, as audit rows name them, and of JSON contents; these read back by their format."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
# From a format → the step to the next one.
Upgrades = Mapping[Any, Callable[[Json], Json]]


def of(content: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def canonical(content: object) -> bytes:
    """Stored fingerprints depend on it."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(content: object) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def upgraded(content: Json, to: int, upgrades: Upgrades) -> Json:
    """Raises ValueError for a format this version does not know."""
    while (found := content.get("format")) != to:
        if found not in upgrades:
            raise ValueError(f"unknown format of stored content: {found!r}")
        content = upgrades[found](content)
    return content
