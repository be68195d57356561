"""First passwords: random, readable aloud, to be changed at the first log-in."""

import secrets

# Without 0 O 1 l I: read from paper and typed by hand.
_LOWER, _UPPER, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
LENGTH = 12


def initial() -> str:
    """Return a random first password with lower case, upper case and digits (about 68 bits)."""
    pools = (_LOWER, _UPPER, _DIGITS)
    letters = [secrets.choice(pool) for pool in pools]
    letters += [secrets.choice("".join(pools)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
