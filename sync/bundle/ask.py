"""The ask: who wrote an up-bundle, what is held there, and what key the answer is to be sealed to.

CBOR [1, certificates (PEM), COSE_Sign1 by the terminal's TLS key over {0: 1, 1: chain, 2: seq of the head, 3: tree
size of the checkpoint held or 0, 4: seq of the inbox or 0, 5: X25519 key for the answer, 6: packs held (offers), 7:
wall ms, 8: epoch of the checkpoint or 0}]. It is the same identity that a line shows: the issuing authority's
certificate, which names the terminal. What TLS signs with that key begins with 64 spaces (RFC 8446, 4.4.3), a COSE
signature never does.
"""

from __future__ import annotations

from cryptography import x509
from msgspec import Struct

from sync import cbor
from sync.bundle.envelope import BundleMalformed, BundleRefused
from sync.bundle.items import CONTENT_BYTES_MAX
from sync.certificates import CertificateRefused, check_signed_by, peer_name, public_key_of, raw_public_key, read_chain
from sync.fields import FieldRefused, Fields
from sync.keys import MessageMalformed, SignatureWrong, Signer, sign1, verify_sign1
from sync.peer_name import PeerName, PeerRole
from sync.protocol.pack_offer import OFFERS_BYTES_MAX, OffersRefused, PackOffer, decode_offers, encode_offers
from sync.record import CHAIN_ID_BYTES, WALL_MS_MAX
from sync.sealing import NotAReader, Recipient

ASK_VERSION = 1
_CERTIFICATES_BYTES_MAX = 8192
_PAYLOAD_BYTES_MAX = OFFERS_BYTES_MAX + 256
_NAMES = {
    0: "version",
    1: "chain",
    2: "head",
    3: "tree size",
    4: "inbox",
    5: "key for the answer",
    6: "packs",
    7: "wall time",
    8: "epoch",
}


class AskNotTrusted(BundleRefused):
    """No terminal of this county signed the ask."""


class Ask(Struct, frozen=True):
    """What a terminal holds, and what it wants.

    Attributes:
        chain: its chain, 8 bytes.
        head_seq: where the chain stood when the bundle was written.
        checkpoint_size: leaves of the newest checkpoint that it has verified; 0: none.
        epoch: of that checkpoint; 0: none.
        inbox_seq: of the newest record of the county that it has; 0: none.
        answer_to: whom the answer is to be sealed to.
        packs: the versions that were last fetched.
        wall_ms: when it was written, by the terminal's clock.
    """

    chain: bytes
    head_seq: int
    checkpoint_size: int
    epoch: int
    inbox_seq: int
    answer_to: Recipient
    packs: tuple[PackOffer, ...]
    wall_ms: int

    def sign(self, tls_key: Signer, certificates: bytes) -> bytes:
        """Return the content of the item."""
        payload = cbor.encode(
            {
                0: ASK_VERSION,
                1: self.chain,
                2: self.head_seq,
                3: self.checkpoint_size,
                4: self.inbox_seq,
                5: self.answer_to.public_key,
                6: encode_offers(self.packs),
                7: self.wall_ms,
                8: self.epoch,
            }
        )
        return cbor.encode((ASK_VERSION, certificates, sign1(tls_key, payload)))


def open_ask(content: bytes, issuer: x509.Certificate) -> tuple[PeerName, Ask]:
    """Return which terminal asks, and what. Raises BundleMalformed, AskNotTrusted.

    Whether the terminal is enrolled and not revoked is for the store to say.
    """
    try:
        parts = Fields(
            cbor.decode(content, cbor.Limits(CONTENT_BYTES_MAX, values_max=8, depth_max=1)),
            {0: "version", 1: "certificates", 2: "message"},
        )
        parts.whole(0, ASK_VERSION, ASK_VERSION)
        pem, message = parts.blob(1, _CERTIFICATES_BYTES_MAX), parts.blob(2, _PAYLOAD_BYTES_MAX + 128)
        certificate = read_chain(pem)[0]
        check_signed_by(certificate, issuer)
        name = peer_name(certificate)
        payload = verify_sign1(raw_public_key(public_key_of(certificate)), message, _PAYLOAD_BYTES_MAX)
    except (cbor.CborRefused, FieldRefused, MessageMalformed) as cause:
        raise BundleMalformed(f"not an ask: {cause}") from cause
    except (CertificateRefused, SignatureWrong, IndexError, ValueError) as cause:
        raise AskNotTrusted(f"no terminal of this county asks: {cause}") from cause
    if name.role is not PeerRole.TERMINAL:
        raise AskNotTrusted(f"a {name.role} asks, not a terminal")
    return name, _decode(payload)


def _decode(payload: bytes) -> Ask:
    try:
        held = Fields(cbor.decode(payload, cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=32)), _NAMES)
        held.whole(0, ASK_VERSION, ASK_VERSION)
        return Ask(
            chain=held.raw(1, CHAIN_ID_BYTES),
            head_seq=held.whole(2),
            checkpoint_size=held.whole(3),
            epoch=held.whole(8),
            inbox_seq=held.whole(4),
            answer_to=Recipient(held.raw(5, 32)),
            packs=decode_offers(held.blob(6, OFFERS_BYTES_MAX)),
            wall_ms=held.whole(7, 0, WALL_MS_MAX),
        )
    except (cbor.CborRefused, FieldRefused, OffersRefused, NotAReader) as cause:
        raise BundleMalformed(f"not an ask: {cause}") from cause
