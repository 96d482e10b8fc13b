"""What a decoder is: what it is fed, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct

from sync.peer_name import PeerName, PeerRole
from tests.campaign.village import estate

NAME = PeerName(estate.COUNTY, PeerRole.TERMINAL, "990101102203", "01")
NOW_MS = 1_795_415_520_000


class Decoder(Struct, frozen=True):
    """A decoder.

    Attributes:
        name: in the results.
        samples: good input.
        decode: what takes it; returns what was understood.
        refusals: all that it may raise.
        is_proof: whether to take the input is to believe it: then nothing damaged may be taken.
        made: input that is made to hurt rather than damaged.
    """

    name: str
    samples: Sequence[bytes]
    decode: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    is_proof: bool
    made: Callable[[Random], bytes] | None = None
