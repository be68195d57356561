"""What docker-compose.yml promises, read as compose reads it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_fenced_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"pids_limit", "mem_limit", "tmpfs"} <= service.keys()
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    # No more rights than it needs to become another user than root.
    assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}


def test_only_the_proxy_is_open_to_the_network() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports.keys() == {"proxy", "web"}
    assert ports["web"] == ["127.0.0.1:8000:8000"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["proxy", "web"]


def test_the_portal_trusts_the_network_its_proxy_stands_in() -> None:
    (network,) = COMPOSE["networks"]["outside"]["ipam"]["config"]
    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == f"${{TRUSTED_PROXIES:-{network['subnet']}}}"


def test_the_proxy_lets_through_what_the_portal_takes() -> None:
    conf = (ROOT / "proxy/nginx.conf").read_text()
    limit = re.search(r"client_max_body_size (\d+)m;", conf)
    assert limit
    assert int(limit[1]) * 1024 * 1024 > settings.UPLOAD_MAX_BYTES
    assert all(f"超过 {limit[1]} MB" in path.read_text() for path in (ROOT / "proxy/pages").glob("413.*"))


def test_every_secret_and_address_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert [name for name in asked if f"\n{name}=" not in example] == []


def test_what_stands_in_the_example_reaches_the_portal() -> None:
    """A setting of .env that compose leaves out would be ignored without a word."""
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    # Places in the container are compose's; the last ones are its own.
    elsewhere = {"POSTGRES_PASSWORD", "TLS_FOLDER", "BACKUP_FOLDER", "BACKUP_KEEP"}
    assert named - SERVICES["web"]["environment"].keys() == elsewhere


@pytest.mark.parametrize("name", ["web", "worker", "beat", "backup"])
def test_folders_named_in_the_example_are_mounted_where_the_portal_looks(name: str) -> None:
    """Fonts are only read; checkpoints are outside the volume of the files."""
    service = SERVICES[name]
    named, mounts = service["environment"], service["volumes"]
    assert f"${{FONT_DIRS:-fonts}}:{named['FONT_DIRS']}:ro" in mounts
    assert f"${{AUDIT_CHECKPOINTS:-checkpoints}}:{named['AUDIT_CHECKPOINTS']}" in mounts
    owned = re.search(r"install -d -o youheng (.+)", (ROOT / "Dockerfile").read_text())
    assert owned
    assert {named["FONT_DIRS"], named["AUDIT_CHECKPOINTS"]} <= set(owned[1].split())
    assert {"fonts", "checkpoints"} <= COMPOSE["volumes"].keys()


def test_images_of_others_are_pinned_by_digest() -> None:
    named = [service["image"] for service in SERVICES.values() if "build" not in service]
    named += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    named += re.findall(r"^FROM (\S+)", (ROOT / "proxy/Dockerfile").read_text(), re.MULTILINE)
    loose = [image for image in named if not re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", image)]
    # Digests of these are not known to us; docs/operations.md says how to add them.
    assert {image for image in loose if not image.startswith("youheng")} == {"nginx:1.28-bookworm", "clamav/clamav:1.4"}
