"""How long to wait before a delivery is tried again (SPEC S5)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b

FIRST_DELAY = timedelta(minutes=1)
GROWTH = 3.5
JITTER = 0.2
"""Five tries with delays of 1, 3.5, 12.25 and 42.9 minutes: about an hour in all."""
RETRY_AFTER_MAX = timedelta(days=1)


def retry_delay(failures: int, salt: str, retry_after: float | None) -> timedelta:
    """The pause after the `failures`-th failure in a row, counted from 1.

    The provider's `retry_after` (seconds) wins when it asks for longer, up to a day. The jitter of ±20 %
    comes from a hash of `salt`, so that the same run always waits the same.
    """
    share = int.from_bytes(blake2b(salt.encode(), digest_size=8).digest(), "big") / 2**64
    delay = FIRST_DELAY * GROWTH ** (failures - 1) * (1 + JITTER * (2 * share - 1))
    if retry_after is None:
        return delay
    return max(delay, min(timedelta(seconds=max(retry_after, 0.0)), RETRY_AFTER_MAX))
