"""The closing word of a down-bundle: the gateway's signature over all that is in it.

Every message in a down-bundle is signed by itself, but none says what it answers: on a line TLS does that. So the last
item is CBOR [1, the root's statement for "ack", COSE_Sign1 by the gateway's key over {0: 1, 1: name of the terminal, 2:
SHA-256 of the frames of all items before, 3: county time in ms, 4 and 5: tree size and epoch that the
checkpoint goes on from}].
Without it a stranger could put genuine old messages together so that the county seems to contradict itself.
"""

from __future__ import annotations

from msgspec import Struct

from sync import cbor
from sync.bundle.envelope import BundleMalformed, BundleRefused
from sync.bundle.items import CONTENT_BYTES_MAX
from sync.fields import FieldRefused, Fields
from sync.keys import MessageMalformed, SignatureWrong, Signer, StatementRefused, Trust, sign1
from sync.protocol.gateway_word import open_word
from sync.record import HASH_BYTES, WALL_MS_MAX

CLOSING_VERSION = 1
_PAYLOAD_BYTES_MAX = 256
_MESSAGE_BYTES_MAX = 1024
_NAMES = {0: "version", 1: "terminal", 2: "digest", 3: "county time", 4: "tree size", 5: "epoch"}


class ClosingNotTrusted(BundleRefused):
    """The county's gateway did not put this bundle together, or not for this terminal."""


class Closing(Struct, frozen=True):
    """What the gateway says of a bundle. `digest` is the SHA-256 of the items' frames, `at_ms` the county's time.

    `checkpoint_from` and `epoch` are those of the checkpoint that the terminal said to hold.
    """

    terminal: str
    digest: bytes
    at_ms: int
    checkpoint_from: int
    epoch: int

    def sign(self, signer: Signer, statement: bytes) -> bytes:
        """Return the content of the item; `statement` is the root's for the key that acknowledges."""
        payload = cbor.encode(
            {
                0: CLOSING_VERSION,
                1: self.terminal,
                2: self.digest,
                3: self.at_ms,
                4: self.checkpoint_from,
                5: self.epoch,
            }
        )
        return cbor.encode((CLOSING_VERSION, statement, sign1(signer, payload)))


def open_closing(content: bytes, trust: Trust, terminal: str, digest: bytes) -> Closing:
    """Check the closing word of a bundle. Raises BundleMalformed, ClosingNotTrusted.

    Args:
        content: of the item.
        trust: the county's root.
        terminal: the name of the reader: a bundle for another terminal is refused.
        digest: SHA-256 of the items before, as they came.
    """
    try:
        parts = Fields(
            cbor.decode(content, cbor.Limits(CONTENT_BYTES_MAX, values_max=8, depth_max=1)),
            {0: "version", 1: "statement", 2: "message"},
        )
        parts.whole(0, CLOSING_VERSION, CLOSING_VERSION)
        statement, message = parts.blob(1, _MESSAGE_BYTES_MAX), parts.blob(2, _MESSAGE_BYTES_MAX)
        said = open_word(statement, message, trust, _PAYLOAD_BYTES_MAX, _decode)
    except (cbor.CborRefused, FieldRefused, MessageMalformed) as cause:
        raise BundleMalformed(f"not a closing word: {cause}") from cause
    except (SignatureWrong, StatementRefused) as cause:
        raise ClosingNotTrusted(f"the county's gateway did not close this bundle: {cause}") from cause
    if said.terminal != terminal or said.digest != digest:
        raise ClosingNotTrusted("the closing word is of another bundle")
    return said


def _decode(payload: bytes) -> Closing:
    held = Fields(cbor.decode(payload, cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=16)), _NAMES)
    held.whole(0, CLOSING_VERSION, CLOSING_VERSION)
    at_ms = held.whole(3, 0, WALL_MS_MAX)
    return Closing(held.text(1, 128), held.raw(2, HASH_BYTES), at_ms, held.whole(4), held.whole(5))
