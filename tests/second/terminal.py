"""A terminal that enrols, sends records and holds the county to its word: `sync/README.md`, "HTTP" and "Enrolment".

As a program, `python -m tests.second.terminal ADDRESS CODE DICTIONARIES` does all of it against a gateway at
`host:port` and prints as JSON what it has verified.
"""

from __future__ import annotations

import json
import ssl
import sys
import tempfile
import time
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.second import cbor
from tests.second.county import (
    Acknowledgement,
    AnswerMalformed,
    ChainDiffers,
    Checkpoint,
    CheckpointSaid,
    NotVouchedFor,
    Trust,
    fields,
    read_acknowledgement,
    read_checkpoint,
)
from tests.second.primitives import sha256, sign_detached
from tests.second.records import (
    DESK_KEY_KIND,
    NO_HASH,
    PREVIOUS,
    SEQ,
    WALL,
    Journal,
    Matters,
    Record,
    cut,
    decode_segment,
    frame,
    frames,
)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TYPED_AS = str.maketrans("ILO", "110", " -")
ID_SIGNS, SECRET_SIGNS, PRINT_SIGNS, CHECK_SIGNS = 6, 16, 26, 2
SHIFT_OPENED_KIND, CASE_WITHDRAWN_KIND = 2, 22
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL
WAIT_S = 60
TREE_GROWS_S = 20


class CodeMistyped(ValueError):
    """No one-time code, or one with a slip."""


class RootNotOfCode(ValueError):
    """The gateway shows another root than the code names, or authorities that it did not make."""


class GatewayRefused(RuntimeError):
    """The gateway answered with a refusal; `word` names it."""

    def __init__(self, status: int, word: str, sentence: str) -> None:
        super().__init__(f"{status} {word}: {sentence}")
        self.word = word


@dataclass(frozen=True)
class Code:
    """A one-time code: what names it, its secret, and the fingerprint of the county root."""

    token_id: str
    secret: bytes
    fingerprint: bytes

    @classmethod
    def read(cls, text: str) -> Code:
        """Read what somebody typed. CodeMistyped."""
        signs = text.upper().translate(TYPED_AS)
        if len(signs) != ID_SIGNS + SECRET_SIGNS + PRINT_SIGNS + CHECK_SIGNS or set(signs) - set(ALPHABET):
            raise CodeMistyped("another length, or a sign that no code has")
        payload = signs[:-CHECK_SIGNS]
        head = int.from_bytes(sha256(payload.encode())[:2], "big") >> 6
        if signs[-CHECK_SIGNS:] != ALPHABET[head >> 5] + ALPHABET[head & 31]:
            raise CodeMistyped("the check does not fit")
        secret, fingerprint = payload[ID_SIGNS : ID_SIGNS + SECRET_SIGNS], payload[ID_SIGNS + SECRET_SIGNS :]
        return cls(payload[:ID_SIGNS], _bytes_of(secret, 10), _bytes_of(fingerprint, 16))


def _bytes_of(signs: str, size: int) -> bytes:
    number = 0
    for sign in signs:
        number = number << 5 | ALPHABET.index(sign)
    spare = len(signs) * 5 - size * 8
    if number & (1 << spare) - 1:
        raise CodeMistyped("a spare bit is set")
    return (number >> spare).to_bytes(size, "big")


class Line:
    """HTTPS to one gateway: TLS 1.3, nobody but the pinned root, no dates, no redirects."""

    def __init__(self, address: str, root: Path | None, shown: tuple[Path, Path] | None = None) -> None:
        host, _, port = address.rpartition(":")
        self.host, self.port = host, int(port)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.verify_flags |= NO_CHECK_TIME
        if root is None:
            self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        else:
            self.context.load_verify_locations(root)
        if shown:
            self.context.load_cert_chain(*shown)

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of a 200. GatewayRefused for every other status, OSError for a line that broke."""
        connection = HTTPSConnection(self.host, self.port, timeout=WAIT_S, context=self.context)
        try:
            connection.request(method, path, body, {"Content-Type": "application/cbor"} if body is not None else {})
            answer = connection.getresponse()
            content = answer.read(1 << 20)
            if answer.status != 200:
                word = answer.headers.get("Sunpoint-Refusal", "")
                raise GatewayRefused(answer.status, word, content.decode(errors="replace")[:200])
            return content
        finally:
            connection.close()


class Terminal:
    """A point's box. `home` keeps its TLS key and certificates as PEM, for OpenSSL."""

    def __init__(self, address: str, home: Path, matters: Matters) -> None:
        self.address = address
        self.home = home
        self.tls = Ed25519PrivateKey.generate()
        self.desk = X25519PrivateKey.generate()
        self.journal = Journal(Ed25519PrivateKey.generate(), matters)
        self.held: Checkpoint | None = None
        self.acknowledged = 0

    def enrol(self, code: Code) -> None:
        """Spend a one-time code. RootNotOfCode, NotVouchedFor, GatewayRefused; nothing is said before the root fits."""
        authorities = Line(self.address, None).ask("GET", "/v1/root")
        issuer, root = _check_authorities(x509.load_pem_x509_certificates(authorities), code.fingerprint)
        (self.home / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        asked = x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a second terminal")])
        )
        request = asked.sign(self.tls, None).public_bytes(Encoding.DER)
        proof = sign_detached(self.journal.signer, cbor.encode(["sunpoint enrolment", code.token_id, request]))
        body = {0: 1, 1: code.token_id, 2: code.secret, 3: request, 4: self.journal.public_key, 5: proof}
        answer = Line(self.address, self.home / "root.pem").ask("POST", "/v1/enrol", cbor.encode(body))
        self.take_enrolment(answer, _key_of(issuer), _key_of(root))

    def take_enrolment(self, answer: bytes, issuer_key: bytes, root_key: bytes) -> None:
        """Believe the answer to an enrolment, under the root that the code named, or raise what is wrong with it."""
        said = fields(answer, range(10))
        self.name = said[5]
        county = self.name.split(":")[2]
        self.trust = Trust(root_key, county, issuer_key)
        own, above = x509.load_pem_x509_certificates(said[1])
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if (
            said[0] != 1
            or self.name.split(":")[:2] + self.name.split(":")[3:4] != ["urn", "sunpoint", "terminal"]
            or _key_of(above) != issuer_key
            or _key_of(own) != self.tls.public_key().public_bytes_raw()
            or names.get_values_for_type(x509.UniformResourceIdentifier) != [self.name]
        ):
            raise NotVouchedFor("the certificate is not for this terminal")
        _check_signed(own, issuer_key)
        if self.trust.vouched(said[2], "terminal-chain", None, self.name) != self.journal.public_key:
            raise NotVouchedFor("the statement is for another chain")
        self.trust.vouched(said[3], "ack", None)
        self.county_key = self.trust.vouched(said[4], "county-chain", None, self.name)
        self.readers = [self.trust.vouched(said[8], "opening", None), self.trust.vouched(said[9], "escrow", None)]
        (self.home / "certificate.pem").write_bytes(said[1])
        pem = self.tls.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.home / "key.pem").write_bytes(pem)
        self.line = Line(self.address, self.home / "root.pem", (self.home / "certificate.pem", self.home / "key.pem"))

    def write_first_records(self) -> None:
        """Tell a content key and the desk key, open a shift and end a case: sealed bodies, and one without."""
        desk = self.desk.public_key().public_bytes_raw()
        self.journal.tell_content_key([*self.readers, desk])
        self.journal.write(DESK_KEY_KIND, {0: desk}, {0: self.desk.private_bytes_raw()})
        self.journal.write(SHIFT_OPENED_KIND)
        self.journal.write(CASE_WITHDRAWN_KIND, {20: self.journal.chain, 21: 1}, {0: "不办了"})

    def send(self) -> Acknowledgement:
        """Send what was not acknowledged. ChainDiffers and refusals of `county` for an answer that does not hold."""
        segments = cut(self.journal.records[self.acknowledged :], self.journal.matters)
        answer = self.line.ask("POST", "/v1/segments", b"".join(map(frame, segments)))
        return self.take_acknowledgement(answer)

    def ask_head(self) -> Acknowledgement:
        """Ask where this chain stands."""
        return self.take_acknowledgement(self.line.ask("GET", f"/v1/head/{self.journal.chain.hex()}"))

    def take_acknowledgement(self, answer: bytes) -> Acknowledgement:
        """Believe an acknowledgement, or raise what is wrong with it."""
        said = read_acknowledgement(answer, self.trust, self.journal.chain)
        self._check_ours(said.seq, said.hash)
        self.acknowledged = max(self.acknowledged, said.seq)
        return said

    def fetch_checkpoint(self) -> bytes:
        """Return the newest checkpoint's answer, with what proves it to go on from the one held."""
        held = f"?from={self.held.size}&epoch={self.held.epoch}" if self.held else ""
        return self.line.ask("GET", f"/v1/checkpoint{held}")

    def take_checkpoint(self, answer: bytes) -> CheckpointSaid:
        """Hold a checkpoint that goes on from the one held, or raise what is wrong with it."""
        said = read_checkpoint(answer, self.trust, self.journal.chain, self.held)
        if said.head is not None:
            self._check_ours(*said.head)
        if said.checkpoint != self.held:
            self.journal.checkpoint_hash = said.checkpoint.hash
        self.held = said.checkpoint
        return said

    def read_inbox(self) -> list[Record]:
        """Return the records of the county's chain to this terminal from its beginning; refusals of `records`."""
        read: list[Record] = []
        while stream := self.line.ask("GET", f"/v1/inbox?after={len(read)}"):
            for relay in frames(stream):
                _version, _place, statement, segment = cbor.decode(relay)
                key = self.trust.vouched(statement, "county-chain", None, self.name)
                following = decode_segment(segment, key, self.journal.matters)
                before = (len(read), read[-1].hash) if read else (0, NO_HASH)
                self.trust.vouched(statement, "county-chain", following[-1].fields[WALL], self.name)
                if (following[0].fields[SEQ] - 1, following[0].fields[PREVIOUS]) != before or key != self.county_key:
                    raise ChainDiffers("the county's chain does not follow")
                read += following
        return read

    def wait_for_own_head(self) -> CheckpointSaid:
        """Take checkpoints until the newest acknowledged record is in the tree. AssertionError if it never is."""
        until = time.monotonic() + TREE_GROWS_S
        while time.monotonic() < until:
            said = self.take_checkpoint(self.fetch_checkpoint())
            if said.head is not None and said.head[0] == self.acknowledged:
                return said
            time.sleep(0.2)
        raise AssertionError("the county's tree does not grow")

    def _check_ours(self, seq: int, hash_: bytes) -> None:
        records = self.journal.records
        if seq > len(records) or (seq and records[seq - 1].hash != hash_):
            raise ChainDiffers("the county names a record that this terminal has not written")


def _key_of(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise RootNotOfCode("a certificate for another kind of key")
    return key.public_bytes_raw()


def _check_signed(certificate: x509.Certificate, key: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(certificate.signature, certificate.tbs_certificate_bytes)
    except InvalidSignature as error:
        raise RootNotOfCode("a certificate is not signed by the one above it") from error


def _check_authorities(chain: list[x509.Certificate], fingerprint: bytes) -> tuple[x509.Certificate, x509.Certificate]:
    if len(chain) != 2 or sha256(_key_of(chain[1]))[:16] != fingerprint:
        raise RootNotOfCode("the root is not the one that the code names")
    for certificate in chain:
        _check_signed(certificate, _key_of(chain[1]))
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise RootNotOfCode("a certificate of the chain is no authority")
    return chain[0], chain[1]


def main(address: str, code: str, dictionaries: str) -> None:
    """Do all of it once, and print what was verified."""
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal(address, Path(home), Matters(Path(dictionaries)))
        terminal.enrol(Code.read(code))
        terminal.write_first_records()
        first = terminal.send()
        older = terminal.wait_for_own_head().checkpoint
        terminal.journal.write(SHIFT_OPENED_KIND)
        second = terminal.send()
        newer = terminal.wait_for_own_head().checkpoint
        if (first.seq, second.seq, terminal.ask_head().seq) != (4, 5, 5) or newer.size <= older.size:
            raise AnswerMalformed("the county does not say what it was sent")
    print(json.dumps({"name": terminal.name, "acknowledged": second.seq, "sizes": [older.size, newer.size]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
