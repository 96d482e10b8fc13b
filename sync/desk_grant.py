"""The county's grant that lets somebody into a desk that nobody there can open: a forgotten PIN, a lost card.

The county has every desk key in escrow (`sync.model.facts.DeskKeyMade`). A grant is a file, to be carried on a stick:
the keys of one desk, sealed under a one-time code that travels apart from it, signed with the county's chain key for
that terminal, for one agent and for some hours. Using it makes a new desk key, for which the grant is worth nothing.

File: CBOR [1, the root's statement for `county-chain`, COSE_Sign1 over {0: 1, 1: "desk-grant", 2: terminal, 3: agent,
4: public key of the desk, 5: not before ms, 6: not after ms, 7: sealed}]. The code is 16 random bytes as
`sync.crockford` writes them. Sealed: AES-256-GCM under HKDF-SHA256 of the code, info `sunpoint 1 desk grant` and the
fields 2 to 6 as a CBOR array; nonce 0, for a code seals once; inside CBOR [private key, ...], the present one first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from sync import cbor, crockford
from sync.agents import AGENT_ID
from sync.desk_key import OpenDesk
from sync.fields import FieldRefused, Fields
from sync.keys import (
    STATEMENT_BYTES_MAX,
    MessageMalformed,
    Purpose,
    SignatureWrong,
    Signer,
    StatementRefused,
    Trust,
    sign1,
    verify_sign1,
)
from sync.model.plain import PlainValue
from sync.record import WALL_MS_MAX
from sync.sealing import KeyOpener

GRANT_BYTES_MAX = 32 * 1024
KEYS_MAX = 500
_VERSION = 1
_WHAT = "desk-grant"
_SECRET_BYTES = 16
_CODE_CHARACTERS = crockford.length(_SECRET_BYTES) + crockford.CHECK_CHARACTERS
_KEY_BYTES = 32
_NONCE = bytes(12)
_PARTS = {0: "version", 1: "statement", 2: "grant"}
_NAMES = {
    0: "version",
    1: "what it is",
    2: "terminal",
    3: "agent",
    4: "public key",
    5: "not before",
    6: "not after",
    7: "sealed keys",
}


class GrantRefused(ValueError):
    """The grant is damaged, not the county's, for another terminal or another time, or the code is not its own."""


class GrantCode(Struct, frozen=True):
    """What opens a grant. It is said or written apart from the file, and to nobody else."""

    secret: bytes

    @classmethod
    def fresh(cls) -> GrantCode:
        """Make a new one at random."""
        return cls(os.urandom(_SECRET_BYTES))

    def text(self) -> str:
        """The code in groups of four."""
        signs = crockford.encoded(self.secret)
        return crockford.grouped(signs + crockford.check(signs))

    @classmethod
    def read(cls, text: str) -> GrantCode:
        """Read a code as somebody typed it. Raises `crockford.CodeMistyped`."""
        signs = crockford.without_check(crockford.read_signs(crockford.typed_signs(text), _CODE_CHARACTERS))
        return cls(crockford.decoded(signs, _SECRET_BYTES))


class DeskGrant(Struct, frozen=True):
    """A grant as it was signed.

    Attributes:
        terminal: its name in statements.
        agent: whom it lets in.
        public_key: of the desk, as the terminal told it last.
        not_before_ms: first moment at which it counts, ms since 1970 UTC.
        not_after_ms: last moment.
        sealed: the private keys, under the code.
    """

    terminal: str
    agent: str
    public_key: bytes
    not_before_ms: int
    not_after_ms: int
    sealed: bytes = b""

    def seal(self, keys: Sequence[KeyOpener], code: GrantCode, signer: Signer, statement: bytes) -> bytes:
        """Return the file: these keys under the code, signed by the county's chain key for this terminal."""
        inside = cbor.encode(tuple(each.secret() for each in keys[:KEYS_MAX]))
        sealed = AESGCM(self._key(code)).encrypt(_NONCE, inside, None)
        payload: dict[int, PlainValue] = {
            0: _VERSION,
            1: _WHAT,
            2: self.terminal,
            3: self.agent,
            4: self.public_key,
            5: self.not_before_ms,
            6: self.not_after_ms,
            7: sealed,
        }
        return cbor.encode((_VERSION, statement, sign1(signer, cbor.encode(payload))))

    @classmethod
    def read(cls, file: bytes, trust: Trust, terminal: str, at_ms: int) -> DeskGrant:
        """Read the file of a grant for a terminal at a time. Raises GrantRefused."""
        try:
            parts = Fields(
                cbor.decode(file, cbor.Limits(GRANT_BYTES_MAX, values_max=8)),
                {0: "version", 1: "statement", 2: "grant"},
            )
            parts.whole(0, _VERSION, _VERSION)
            statement = trust.check(
                parts.blob(1, STATEMENT_BYTES_MAX + 128), Purpose.COUNTY_CHAIN, at_ms=None, subject=terminal
            )
            payload = verify_sign1(statement.key, parts.blob(2, GRANT_BYTES_MAX), GRANT_BYTES_MAX)
            grant = cls._decode(payload)
        except (cbor.CborRefused, FieldRefused, MessageMalformed) as cause:
            raise GrantRefused(f"not the file of a grant: {cause}") from cause
        except (StatementRefused, SignatureWrong) as cause:
            raise GrantRefused(f"not a grant of this county for this terminal: {cause}") from cause
        if grant.terminal != terminal:
            raise GrantRefused("the grant is for another terminal")
        if not grant.not_before_ms <= at_ms <= grant.not_after_ms:
            raise GrantRefused("the grant is not in force now; look at the clock, or ask for a new one")
        return grant

    def open(self, code: GrantCode) -> OpenDesk:
        """Return the keys of the desk. Raises GrantRefused."""
        try:
            inside = AESGCM(self._key(code)).decrypt(_NONCE, self.sealed, None)
        except InvalidTag as cause:
            raise GrantRefused("this is not the code of this grant") from cause
        try:
            fields = Fields(
                {0: cbor.decode(inside, cbor.Limits(GRANT_BYTES_MAX, values_max=KEYS_MAX + 1))}, {0: "keys"}
            )
            secrets = fields.array(0, KEYS_MAX)
            named = Fields(secrets, {at: f"key {at}" for at in range(len(secrets))})
            raws = [named.raw(at, _KEY_BYTES) for at in range(len(secrets))]
        except (cbor.CborRefused, FieldRefused) as cause:
            raise GrantRefused(f"the grant does not hold keys: {cause}") from cause
        openers = [KeyOpener(X25519PrivateKey.from_private_bytes(raw)) for raw in raws]
        if not openers or openers[0].recipient.public_key != self.public_key:
            raise GrantRefused("the grant does not hold the key that it names")
        return OpenDesk(openers[0], tuple(openers[1:]))

    @classmethod
    def _decode(cls, payload: bytes) -> DeskGrant:
        held = Fields(cbor.decode(payload, cbor.Limits(GRANT_BYTES_MAX, values_max=32)), _NAMES)
        held.whole(0, _VERSION, _VERSION)
        agent = held.text(3, 3)
        if held.text(1, 20) != _WHAT or AGENT_ID.fullmatch(agent) is None:
            raise FieldRefused("signed for something else than a grant")
        return cls(
            held.text(2, 200),
            agent,
            held.raw(4, _KEY_BYTES),
            held.whole(5, 0, WALL_MS_MAX),
            held.whole(6, 0, WALL_MS_MAX),
            held.blob(7, GRANT_BYTES_MAX),
        )

    def _key(self, code: GrantCode) -> bytes:
        said = cbor.encode((self.terminal, self.agent, self.public_key, self.not_before_ms, self.not_after_ms))
        return HKDF(SHA256(), 32, None, b"sunpoint 1 desk grant" + said).derive(code.secret)
