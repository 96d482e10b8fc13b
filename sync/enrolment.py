"""What a terminal and the gateway say to each other when a terminal enrols: POST /v1/enrol, one request, one answer.

Request: CBOR {0: 1, 1: token id, 2: secret, 3: certificate request (PKCS #10, DER), 4: record public key, 5: proof}.
The proof is the record key's signature over the token and the certificate request, so that nobody enrols a key
that is not in the box, and the two keys of a box belong together.

Answer: CBOR {0: 1, 1: certificate chain (PEM: terminal, issuing authority), 2: statement for the terminal's chain,
3: the root's statement for the gateway's acknowledgements, 4: the root's statement for the county's chain to this
terminal, 5: name (urn), 6: name of the point, 7: pack offers, 8: the root's statement for the opening key, 9: for the
escrow key, ?10: whose place the terminal takes (`sync.succession`)}. The terminal believes none of it before
`EnrolmentAnswer.check`.
"""

from __future__ import annotations

from cryptography import x509
from msgspec import Struct

from sync import cbor
from sync.certificates import (
    CertificateRefused,
    check_authorities,
    check_issued,
    public_key_of,
    raw_public_key,
    read_chain,
)
from sync.fields import FieldRefused, Fields
from sync.keys import (
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    STATEMENT_BYTES_MAX,
    Purpose,
    SignatureWrong,
    Signer,
    StatementRefused,
    Trust,
    sign_detached,
    verify_detached,
)
from sync.model.plain import PlainValue
from sync.one_time_code import ID_CHARACTERS, SECRET_BYTES
from sync.peer_name import PeerName, PeerNameRefused, PeerRole
from sync.protocol.pack_offer import OFFERS_BYTES_MAX, OffersRefused, PackOffer, decode_offers, encode_offers
from sync.succession import SUCCESSION_BYTES_MAX, NoSuccession, Succession, SuccessionMalformed, replaced_by

VERSION = 1
REQUEST_BYTES_MAX = 4096
ANSWER_BYTES_MAX = 64 * 1024
_CSR_BYTES_MAX = 2048
_CHAIN_BYTES_MAX = 8192
_MESSAGE_BYTES_MAX = STATEMENT_BYTES_MAX + 128
_REQUEST_NAMES = {0: "version", 1: "token id", 2: "secret", 3: "certificate request", 4: "record key", 5: "proof"}
_ANSWER_NAMES = {
    0: "version",
    1: "certificates",
    2: "terminal-chain statement",
    3: "acknowledgement statement",
    4: "county-chain statement",
    5: "name",
    6: "point name",
    7: "packs",
    8: "opening statement",
    9: "escrow statement",
    10: "succession",
}


class EnrolmentMalformed(ValueError):
    """Not the encoding of a request or an answer, or the proof does not fit."""


class EnrolmentNotTrusted(ValueError):
    """The answer is not the county's, or not for this terminal; the message says why."""


class EnrolmentRequest(Struct, frozen=True):
    """What a terminal asks with. Made by `make`, read by `decode`, which checks the proof."""

    token_id: str
    secret: bytes
    certificate_request: bytes
    record_key: bytes
    proof: bytes

    @classmethod
    def make(cls, token_id: str, secret: bytes, certificate_request: bytes, record_key: Signer) -> EnrolmentRequest:
        """Prove that the record key is at hand."""
        proof = sign_detached(record_key, _proven(token_id, certificate_request))
        return cls(token_id, secret, certificate_request, record_key.public_key, proof)

    def encode(self) -> bytes:
        """Return the body of the POST."""
        return cbor.encode(
            {
                0: VERSION,
                1: self.token_id,
                2: self.secret,
                3: self.certificate_request,
                4: self.record_key,
                5: self.proof,
            }
        )

    @classmethod
    def decode(cls, body: bytes) -> EnrolmentRequest:
        """Read the body of a POST and check the proof. Raises EnrolmentMalformed."""
        try:
            held = Fields(cbor.decode(body, cbor.Limits(REQUEST_BYTES_MAX, values_max=32)), _REQUEST_NAMES)
            held.whole(0, VERSION, VERSION)
            request = cls(
                token_id=held.text(1, ID_CHARACTERS),
                secret=held.raw(2, SECRET_BYTES),
                certificate_request=held.blob(3, _CSR_BYTES_MAX),
                record_key=held.raw(4, PUBLIC_KEY_BYTES),
                proof=held.raw(5, SIGNATURE_BYTES),
            )
            verify_detached(request.record_key, _proven(request.token_id, request.certificate_request), request.proof)
        except (cbor.CborRefused, FieldRefused) as cause:
            raise EnrolmentMalformed(f"not an enrolment request: {cause}") from cause
        except SignatureWrong as cause:
            raise EnrolmentMalformed("the record key did not sign this request") from cause
        return request


class EnrolmentAnswer(Struct, frozen=True):
    """What the gateway gives an enrolled terminal, by the encoding's names; only `succession` may be None."""

    certificates: bytes
    terminal_chain: bytes
    acknowledgement: bytes
    county_chain: bytes
    name: PeerName
    point_name: str
    packs: tuple[PackOffer, ...]
    opening: bytes
    escrow: bytes
    succession: Succession | None = None

    def encode(self) -> bytes:
        """Return the body of the answer."""
        held: dict[int, PlainValue] = {
            0: VERSION,
            1: self.certificates,
            2: self.terminal_chain,
            3: self.acknowledgement,
            4: self.county_chain,
            5: self.name.urn(),
            6: self.point_name,
            7: encode_offers(self.packs),
            8: self.opening,
            9: self.escrow,
        }
        return cbor.encode(held | {10: self.succession.encode()} if self.succession else held)

    @classmethod
    def decode(cls, body: bytes) -> EnrolmentAnswer:
        """Read the body of an answer. Raises EnrolmentMalformed."""
        try:
            held = Fields(
                cbor.decode(body, cbor.Limits(ANSWER_BYTES_MAX, values_max=32)), _ANSWER_NAMES, frozenset({10})
            )
            held.whole(0, VERSION, VERSION)
            return cls(
                certificates=held.blob(1, _CHAIN_BYTES_MAX),
                terminal_chain=held.blob(2, _MESSAGE_BYTES_MAX),
                acknowledgement=held.blob(3, _MESSAGE_BYTES_MAX),
                county_chain=held.blob(4, _MESSAGE_BYTES_MAX),
                name=PeerName.from_urn(held.text(5, 128)),
                point_name=held.text(6, 40),
                packs=decode_offers(held.blob(7, OFFERS_BYTES_MAX)),
                opening=held.blob(8, _MESSAGE_BYTES_MAX),
                escrow=held.blob(9, _MESSAGE_BYTES_MAX),
                succession=Succession.decode(held.blob(10, SUCCESSION_BYTES_MAX)) if 10 in held else None,
            )
        except (cbor.CborRefused, FieldRefused, OffersRefused, PeerNameRefused, SuccessionMalformed) as cause:
            raise EnrolmentMalformed(f"not an answer to an enrolment: {cause}") from cause

    def check(self, root: x509.Certificate, fingerprint: bytes, tls_key: bytes, record_key: bytes) -> Trust:
        """Check everything from the fingerprint in the code down to this terminal's keys.

        Args:
            root: the certificate of the county root, as the gateway showed it.
            fingerprint: from the technician's code.
            tls_key: raw public key of this terminal's TLS key.
            record_key: raw public key of its record key.

        Returns what the terminal trusts from now on. Raises EnrolmentNotTrusted.
        """
        if self.name.role is not PeerRole.TERMINAL or not self.name.region.startswith(self.name.county):
            raise EnrolmentNotTrusted("the gateway did not name a terminal of the county")
        try:
            certificates = read_chain(self.certificates)
            if len(certificates) != 2:
                raise CertificateRefused("the gateway did not send a certificate and its authority's")
            own, issuer = certificates
            trust = trust_of([issuer, root], fingerprint, self.name.county)
            check_issued(own, issuer, self.name, tls_key)
            subject = self.name.urn()
            chain = trust.check(self.terminal_chain, Purpose.TERMINAL_CHAIN, at_ms=None, subject=subject)
            trust.check(self.acknowledgement, Purpose.ACKNOWLEDGE, at_ms=None)
            trust.check(self.county_chain, Purpose.COUNTY_CHAIN, at_ms=None, subject=subject)
            trust.check(self.opening, Purpose.OPENING, at_ms=None)
            trust.check(self.escrow, Purpose.ESCROW, at_ms=None)
            if self.succession is not None:
                replaced_by(self.name, self.succession.statement, trust)
        except (CertificateRefused, StatementRefused, NoSuccession) as cause:
            raise EnrolmentNotTrusted(str(cause)) from cause
        if chain.key != record_key:
            raise EnrolmentNotTrusted("the statement for this terminal's records is for another key")
        return trust


def trust_of(authorities: list[x509.Certificate], fingerprint: bytes, county: str) -> Trust:
    """What follows from [issuing authority, root] and the root's fingerprint. Raises CertificateRefused."""
    root_key = check_authorities(authorities, fingerprint)
    return Trust(root_key, county, issuer_key=raw_public_key(public_key_of(authorities[0])))


def _proven(token_id: str, certificate_request: bytes) -> bytes:
    return cbor.encode(("sunpoint enrolment", token_id, certificate_request))
