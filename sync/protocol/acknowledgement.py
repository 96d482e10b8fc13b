"""Acknowledgements: the county's word that a chain is stored up to a record.

An *answer* is CBOR [version, statement, acknowledgement]: the acknowledgement is a COSE_Sign1 by the gateway's key
over {0: version, 1: chain, 2: seq, 3: hash, 4: county time in ms}, the statement is the county root's, for that key
and the purpose "ack". 县里已收到 is shown under an answer that `verify_answer` has taken, under nothing else.
"""

from __future__ import annotations

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import (
    MessageMalformed,
    SignatureWrong,
    Signer,
    StatementRefused,
    Trust,
    sign1,
)
from sync.protocol.gateway_word import open_word
from sync.record import CHAIN_ID_BYTES, HASH_BYTES, WALL_MS_MAX, Link

ANSWER_VERSION = 1
ANSWER_BYTES_MAX = 2048
_PAYLOAD_BYTES_MAX = 128
_MESSAGE_BYTES_MAX = 1024
_NAMES = {0: "version", 1: "chain", 2: "seq", 3: "hash", 4: "county time"}


class AnswerRefused(ValueError):
    """Not an acknowledgement under the county's signature; nothing may be claimed from it."""


class AnswerMalformed(AnswerRefused):
    """Not the encoding of an answer."""


class AnswerNotTrusted(AnswerRefused):
    """The root does not vouch for the key, or the key did not sign; the message says which."""


class Acknowledgement(Struct, frozen=True):
    """The chain of `link` is stored up to and with its seq; 0 when nothing is.

    `at_ms` is the county's time, milliseconds since 1970 UTC.
    """

    link: Link
    at_ms: int

    def sign(self, signer: Signer) -> bytes:
        """Return the COSE_Sign1 message."""
        return sign1(
            signer,
            cbor.encode({0: ANSWER_VERSION, 1: self.link.chain, 2: self.link.seq, 3: self.link.hash, 4: self.at_ms}),
        )


def encode_answer(statement: bytes, acknowledgement: bytes) -> bytes:
    """Return the answer to an upload or to a question for the head: both are signed messages already."""
    return cbor.encode((ANSWER_VERSION, statement, acknowledgement))


def verify_answer(answer: bytes, trust: Trust) -> Acknowledgement:
    """Return the acknowledgement of an answer. Raises AnswerMalformed, AnswerNotTrusted."""
    try:
        parts = Fields(
            cbor.decode(answer, cbor.Limits(ANSWER_BYTES_MAX, values_max=8, depth_max=1)),
            {0: "version", 1: "statement", 2: "acknowledgement"},
        )
        parts.whole(0, ANSWER_VERSION, ANSWER_VERSION)
        statement = parts.blob(1, _MESSAGE_BYTES_MAX)
        message = parts.blob(2, _MESSAGE_BYTES_MAX)
    except (cbor.CborRefused, FieldRefused) as cause:
        raise AnswerMalformed(f"not an answer: {cause}") from cause
    try:
        return open_word(statement, message, trust, _PAYLOAD_BYTES_MAX, _decode)
    except MessageMalformed as cause:
        raise AnswerMalformed(str(cause)) from cause
    except SignatureWrong as cause:
        raise AnswerNotTrusted("the gateway's key did not sign this acknowledgement") from cause
    except StatementRefused as cause:
        raise AnswerNotTrusted(str(cause)) from cause


def _decode(payload: bytes) -> Acknowledgement:
    try:
        held = Fields(cbor.decode(payload, cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=16)), _NAMES)
        held.whole(0, ANSWER_VERSION, ANSWER_VERSION)
        link = Link(held.raw(1, CHAIN_ID_BYTES), held.whole(2), held.raw(3, HASH_BYTES))
        return Acknowledgement(link, held.whole(4, 0, WALL_MS_MAX))
    except (cbor.CborRefused, FieldRefused) as cause:
        raise AnswerMalformed(f"not an acknowledgement: {cause}") from cause
