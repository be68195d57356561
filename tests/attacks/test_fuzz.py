"""Files damaged at random are taken or refused in Chinese, wherever they come in."""

import os
import subprocess
import sys

import pytest

from portal.core.errors import Invalid
from tests.attacks import fuzzing


def _english(data: bytes) -> None:
    raise Invalid("damaged")


def _stopped(data: bytes) -> None:
    os._exit(7)


@pytest.mark.parametrize(
    ("door", "fault"),
    [(lambda data: 1 / 0, "ZeroDivisionError"), (_english, "not in Chinese"), (_stopped, "died of 7")],
)
def test_the_fuzzer_notices_a_fault(door, fault):
    assert fault in fuzzing.trial(door, "workbook", b"x")


def test_damage_is_the_same_for_the_same_dice():
    from random import Random

    files = [fuzzing.damaged(b"%PDF-1.4 /Length 12", b"%PDF-", Random(seed)) for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


@pytest.mark.fuzz
def test_whatever_is_damaged_is_taken_or_refused_in_chinese(tmp_path):
    """In a process of its own: the memory of this one would count against the limits of every trial."""
    command = [sys.executable, "-m", "tests.attacks.fuzzing", os.environ.get("FUZZ_SECONDS", "20"), str(tmp_path)]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 20
