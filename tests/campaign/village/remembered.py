"""What follows from its arguments alone, and is asked a hundred times in one village: worked out once.

Whoever sends, stores, hands on and looks verifies the same few signatures and decodes the same headers again. What is
remembered is an answer to the very same bytes; a refusal is worked out each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sync import keys, record
from tests.campaign.village.exchange import exchanged


@contextmanager
def in_force() -> Iterator[None]:
    """Remember within one village."""
    with (
        exchanged(keys, "verify_detached", _once(keys.verify_detached)),
        exchanged(keys, "verify_sign1", _once(keys.verify_sign1)),
        exchanged(record, "decode_header", _once(record.decode_header)),
    ):
        yield


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[tuple[Any, ...], Any] = {}

    def remembered(*arguments: bytes | int) -> Any:
        if arguments not in known:
            known[arguments] = function(*arguments)
        return known[arguments]

    return remembered
