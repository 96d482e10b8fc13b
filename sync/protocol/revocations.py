"""Revocations: the offline root's word that keys and certificates are not to be believed any more.

Statements live for years and dates of certificates do not count, so a key that was stolen has to be ended by name. The
list is a COSE_Sign1 of the root over {0: version, 1: "revocations", 2: county, 3: number, 4: county time in ms,
5: revoked}. `revoked` is an array of [purpose, SHA-256, since in ms]: of a raw public key under the purpose that a
statement lent it for, or of a certificate (DER) under "tls". Each list repeats those before it under a higher number,
so whoever slept through some needs only the newest; one that forgets or softens what was said is a contradiction.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import Signer, Trust, sign1
from sync.model.plain import PlainValue
from sync.protocol.root_word import open_root_word
from sync.record import HASH_BYTES, WALL_MS_MAX

REVOCATIONS_VERSION = 1
REVOKED_MAX = 256
"""A county loses a key now and then; one that loses hundreds begins anew with another root."""
REVOCATIONS_BYTES_MAX = 24 * 1024
"""Of the signed message; 256 entries of the longest purpose need 20 KiB."""
TLS = "tls"
"""The purpose under which certificates are listed."""
_LABEL = "revocations"
_PAYLOAD_BYTES_MAX = REVOCATIONS_BYTES_MAX - 128
_NUMBER_MAX = 1_000_000
_NAMES = {0: "version", 1: "label", 2: "county", 3: "number", 4: "county time", 5: "revoked"}
_ENTRY_NAMES = {0: "purpose", 1: "digest", 2: "since"}


class RevocationsRefused(ValueError):
    """Not a list that may be heeded; the message says why."""


class RevocationsNotOfRoot(RevocationsRefused):
    """Damaged, signed by somebody else, or of another county: it proves nothing about anybody."""


class RevocationsOlder(RevocationsRefused):
    """A list with a lower number than the one that is held; old ones come late on sticks."""


class RevocationsContradict(RevocationsRefused):
    """The root signed it, and it takes back what the root signed before: evidence against who holds the root."""


class Revoked(Struct, frozen=True):
    """One key or certificate that is ended.

    Attributes:
        purpose: of the statements that it had, see `sync.keys.Purpose`; `TLS` for a certificate.
        digest: SHA-256 of the raw public key, or of the certificate in DER.
        since_ms: from this county time on nothing that it says is believed, milliseconds since 1970 UTC.
    """

    purpose: str
    digest: bytes
    since_ms: int


class Revocations(Struct, frozen=True):
    """Everything that a county has revoked, as one signed list; see the module.

    Attributes:
        county: 6-digit code.
        number: from 1, rising.
        at_ms: when the root signed it, milliseconds since 1970 UTC.
        revoked: in the order in which it was said, one entry a key.
    """

    county: str
    number: int
    at_ms: int
    revoked: tuple[Revoked, ...]

    def since(self, purpose: str, thing: bytes) -> int | None:
        """Return from when on a key (32 bytes) or a certificate (DER) is revoked, None when it is not."""
        digest = hashlib.sha256(thing).digest()
        for each in self.revoked:
            if (each.purpose, each.digest) == (purpose, digest):
                return each.since_ms
        return None

    def with_also(self, more: Revoked, at_ms: int) -> Revocations:
        """Return the next list, which says this as well; of two times for one key the earlier holds.

        The list itself when it says so already. Raises RevocationsRefused when it is full.
        """
        kept = {(each.purpose, each.digest): each for each in self.revoked}
        before = kept.get((more.purpose, more.digest))
        if before is not None and before.since_ms <= more.since_ms:
            return self
        kept[more.purpose, more.digest] = more
        if len(kept) > REVOKED_MAX or self.number == _NUMBER_MAX:
            raise RevocationsRefused(f"{REVOKED_MAX} keys were revoked already; this county needs a new root")
        return replace(self, number=self.number + 1, at_ms=at_ms, revoked=tuple(kept.values()))

    def check_goes_on_from(self, before: Revocations) -> None:
        """Check that this list may take the place of another. Raises RevocationsOlder, RevocationsContradict."""
        if self.number < before.number:
            raise RevocationsOlder(f"list {self.number} of revocations is older than list {before.number}")
        if self.number == before.number and self != before:
            raise RevocationsContradict(f"there are two lists of revocations with the number {self.number}")
        said = {(each.purpose, each.digest): each.since_ms for each in self.revoked}
        for each in before.revoked:
            since_ms = said.get((each.purpose, each.digest))
            if since_ms is None or since_ms > each.since_ms:
                raise RevocationsContradict(
                    f"list {self.number} of revocations takes back what list {before.number} said of a key for "
                    f"{each.purpose!r}"
                )

    def sign(self, root: Signer) -> bytes:
        """Return the COSE_Sign1 message."""
        revoked: PlainValue = tuple((each.purpose, each.digest, each.since_ms) for each in self.revoked)
        payload: dict[int, PlainValue] = {
            0: REVOCATIONS_VERSION, 1: _LABEL, 2: self.county, 3: self.number, 4: self.at_ms, 5: revoked,
        }  # fmt: skip
        return sign1(root, cbor.encode(payload))


def nothing_revoked(county: str) -> Revocations:
    """Return what holds before the first list; it is never signed."""
    return Revocations(county, 0, 0, ())


def verify_revocations(message: bytes, trust: Trust) -> Revocations:
    """Return what a list says, if the county's root signed it. Raises RevocationsNotOfRoot."""
    return open_root_word("list of revocations", message, trust, _PAYLOAD_BYTES_MAX, _decode, RevocationsNotOfRoot)


def _decode(payload: bytes) -> Revocations:
    try:
        limits = cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=8 * (REVOKED_MAX + 2), depth_max=3)
        held = Fields(cbor.decode(payload, limits), _NAMES)
        held.whole(0, REVOCATIONS_VERSION, REVOCATIONS_VERSION)
        if held.text(1, len(_LABEL)) != _LABEL:
            raise FieldRefused("another label")
        revoked: dict[tuple[str, bytes], Revoked] = {}
        for value in held.array(5, REVOKED_MAX):
            each = Fields(value, _ENTRY_NAMES)
            # A purpose that this version does not know ends nothing here, and is handed on as it is.
            one = Revoked(each.text(0, 32), each.raw(1, HASH_BYTES), each.whole(2, 0, WALL_MS_MAX))
            if (one.purpose, one.digest) in revoked:
                raise FieldRefused("one key twice")
            revoked[one.purpose, one.digest] = one
        if not revoked:
            raise FieldRefused("nothing is revoked")
        number, at_ms = held.whole(3, 1, _NUMBER_MAX), held.whole(4, 0, WALL_MS_MAX)
        return Revocations(held.text(2, 6), number, at_ms, tuple(revoked.values()))
    except (cbor.CborRefused, FieldRefused) as cause:
        raise RevocationsNotOfRoot(f"not a list of revocations: {cause}") from cause
