"""What the gateway says under the key that the county's root lent it: the part that all such messages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sync.keys import Purpose, Trust, verify_sign1


class Dated(Protocol):
    """Something said at a time of the county's clock, milliseconds since 1970 UTC."""

    @property
    def at_ms(self) -> int:
        """When it was said."""


T = TypeVar("T", bound=Dated)


def open_word(
    statement: bytes, message: bytes, trust: Trust, payload_bytes_max: int, decode: Callable[[bytes], T]
) -> T:
    """Return what a message says, signed by a key that the root's statement lends for acknowledgements.

    Raises MessageMalformed, SignatureWrong, StatementRefused, and what `decode` raises.
    """
    # Whose key it is comes first, its dates last: they are judged by the time that the key itself signed. Revocation is
    # not: a thief writes whatever time is wanted, and the gateway says the same again under its next key.
    key = trust.check(statement, Purpose.ACKNOWLEDGE, at_ms=None).key
    said = decode(verify_sign1(key, message, payload_bytes_max))
    trust.check(statement, Purpose.ACKNOWLEDGE, at_ms=said.at_ms)
    return said
