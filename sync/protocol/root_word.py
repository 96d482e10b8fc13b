"""What the county's root itself says about the whole county: the part that such messages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sync.keys import MessageMalformed, SignatureWrong, Trust, verify_sign1


class OfCounty(Protocol):
    """Something said about one county."""

    @property
    def county(self) -> str:
        """Its number."""


T = TypeVar("T", bound=OfCounty)


def open_root_word(
    what: str,
    message: bytes,
    trust: Trust,
    payload_bytes_max: int,
    decode: Callable[[bytes], T],
    refused: type[ValueError],
) -> T:
    """Return what a message of the root says about this county.

    Args:
        what: the message's name, for the sentence of a refusal: "recovery".
        message: the COSE_Sign1.
        trust: the root's key, and the county.
        payload_bytes_max: its payload's size at the most.
        decode: reads the payload; raises `refused` or MessageMalformed.
        refused: raised with a sentence when the root did not say it, or of another county.
    """
    try:
        said = decode(verify_sign1(trust.root_key, message, payload_bytes_max))
    except MessageMalformed as cause:
        raise refused(f"not a {what}: {cause}") from cause
    except SignatureWrong as cause:
        raise refused(f"the county root did not sign this {what}") from cause
    if said.county != trust.county:
        raise refused(f"the {what} is of county {said.county}, not of {trust.county}")
    return said
