"""The county's word to the gateway that one terminal may enrol, and that a terminal may not go on.

POST /v1/grants: CBOR {0: 1, 1: token id, 2: digest of the secret, 3: name (urn), 4: name of the point, 5: life in ms,
6: the root's statement for the county's chain to this terminal, ?7: its statement that this terminal takes the place
of another (`sync.succession`)}. POST /v1/revocations: CBOR {0: 1, 1: name (urn),
?2: the last seq of its chain that is taken, where it stands when absent}.
"""

from __future__ import annotations

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import STATEMENT_BYTES_MAX
from sync.model.plain import PlainValue
from sync.one_time_code import ID_CHARACTERS
from sync.peer_name import PeerName, PeerNameRefused, PeerRole

VERSION = 1
REQUEST_BYTES_MAX = 2048
DIGEST_BYTES = 32
POINT_NAME_CHARS_MAX = 40
LIFE_MS_MAX = 90 * 24 * 3600 * 1000
_NAMES = {
    0: "version",
    1: "token id",
    2: "secret digest",
    3: "name",
    4: "point name",
    5: "life",
    6: "county-chain statement",
    7: "succession statement",
}


class GrantMalformed(ValueError):
    """Not the encoding of a grant or a revocation."""


class GrantRequest(Struct, frozen=True):
    """A grant as it travels; the gateway counts `life_ms` from its own time. `succession` is empty for none."""

    token_id: str
    secret_digest: bytes
    name: PeerName
    point_name: str
    life_ms: int
    county_chain: bytes
    succession: bytes = b""

    def encode(self) -> bytes:
        """Return the body of the POST."""
        held: dict[int, PlainValue] = {
            0: VERSION,
            1: self.token_id,
            2: self.secret_digest,
            3: self.name.urn(),
            4: self.point_name,
            5: self.life_ms,
            6: self.county_chain,
        }
        return cbor.encode(held | {7: self.succession} if self.succession else held)

    @classmethod
    def decode(cls, body: bytes) -> GrantRequest:
        """Read the body of a POST. Raises GrantMalformed."""
        try:
            held = Fields(cbor.decode(body, cbor.Limits(REQUEST_BYTES_MAX, values_max=32)), _NAMES, frozenset({7}))
            held.whole(0, VERSION, VERSION)
            return cls(
                token_id=held.text(1, ID_CHARACTERS),
                secret_digest=held.raw(2, DIGEST_BYTES),
                name=_terminal(held.text(3, 128)),
                point_name=held.text(4, POINT_NAME_CHARS_MAX),
                life_ms=held.whole(5, 1, LIFE_MS_MAX),
                county_chain=held.blob(6, STATEMENT_BYTES_MAX + 128),
                succession=held.blob(7, STATEMENT_BYTES_MAX + 128) if 7 in held else b"",
            )
        except (cbor.CborRefused, FieldRefused, PeerNameRefused) as cause:
            raise GrantMalformed(f"not a grant: {cause}") from cause


def encode_revocation(name: PeerName, closed_at: int | None = None) -> bytes:
    """Return the body of a revocation; `closed_at` is the last seq that is taken, None: where the chain stands."""
    held: dict[int, PlainValue] = {0: VERSION, 1: name.urn()}
    return cbor.encode(held if closed_at is None else held | {2: closed_at})


def decode_revocation(body: bytes) -> tuple[PeerName, int | None]:
    """Read the body of a revocation: whom, and at which seq. Raises GrantMalformed."""
    try:
        names = {0: "version", 1: "name", 2: "closed at"}
        held = Fields(cbor.decode(body, cbor.Limits(REQUEST_BYTES_MAX, values_max=8)), names, frozenset({2}))
        held.whole(0, VERSION, VERSION)
        return _terminal(held.text(1, 128)), held.whole(2) if 2 in held else None
    except (cbor.CborRefused, FieldRefused, PeerNameRefused) as cause:
        raise GrantMalformed(f"not a revocation: {cause}") from cause


def _terminal(urn: str) -> PeerName:
    name = PeerName.from_urn(urn)
    if name.role is not PeerRole.TERMINAL or not name.region.startswith(name.county):
        raise PeerNameRefused(f"{urn} names no terminal of its county")
    return name
