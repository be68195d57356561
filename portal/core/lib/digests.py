"""Fingerprints: of files that left, as audit rows name them, and of JSON contents."""

import hashlib
import json


def of(content: bytes) -> dict[str, object]:
    """As audit rows name files."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def canonical(content: object) -> bytes:
    """Stored fingerprints depend on it."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(content: object) -> str:
    """Sha256 (hex) of `canonical`."""
    return hashlib.sha256(canonical(content)).hexdigest()
