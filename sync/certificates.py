"""X.509 certificates of a county: its root, the issuing authority at the gateway, and who is named in them.

Root (the offline county root key) → issuing authority → gateway, terminals and the county's own programs.
All keys are Ed25519. Who somebody is stands in a URI of the subject's alternative names and nowhere else:
a common name is a label for people. Dates are written but not enforced on the wire (see `sync.tls`).
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from sync.peer_name import PeerName, PeerNameRefused, PeerRole

FINGERPRINT_BYTES = 16
DAY_MS = 24 * 3600 * 1000
ROOT_LIFE_DAYS = 30 * 365
ISSUER_LIFE_DAYS = 10 * 365
SERVER_LIFE_DAYS = 3 * 365
CLIENT_LIFE_DAYS = 400
# A clock that is a little slow must not meet a certificate of tomorrow in `doctor`.
BACKDATED_DAYS = 1


class CertificateRefused(ValueError):
    """A certificate, a request or a chain is not what this county issues; the message says why."""


def raw_public_key(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of an Ed25519 public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def root_fingerprint(root_public_key: bytes) -> bytes:
    """The 16 bytes by which a technician's code names the county root: the head of SHA-256 of its raw key.

    128 bits: whoever wants another root to be taken has to find a second preimage, not a collision.
    """
    return hashlib.sha256(root_public_key).digest()[:FINGERPRINT_BYTES]


class Issuer(Struct, frozen=True):
    """An authority that signs certificates: its key and its own certificate."""

    key: Ed25519PrivateKey
    certificate: x509.Certificate


def make_root(key: Ed25519PrivateKey, county: str, label: str, now_ms: int) -> x509.Certificate:
    """The self-signed certificate of a county root; one authority may stand below it."""
    name = _label(f"Sunpoint root {county} {label}")
    return _authority(key.public_key(), name, name, now_ms, ROOT_LIFE_DAYS, path_length=1).sign(key, None)


def make_issuer(root: Issuer, key: Ed25519PublicKey, county: str, now_ms: int) -> x509.Certificate:
    """The certificate of the authority that works at the gateway; it may not make authorities."""
    name = _label(f"Sunpoint issuing authority {county}")
    builder = _authority(key, name, root.certificate.subject, now_ms, ISSUER_LIFE_DAYS, path_length=0)
    return builder.sign(root.key, None)


def issue(issuer: Issuer, key: Ed25519PublicKey, name: PeerName, now_ms: int, hosts: Sequence[str] = ()) -> bytes:
    """Issue a certificate for one end of the pipe and return it as PEM.

    Args:
        issuer: the authority at the gateway.
        key: the holder's TLS key, which is never the key of its records.
        name: who the holder is.
        now_ms: milliseconds since 1970 UTC.
        hosts: addresses and host names that a gateway answers under; none for the others.
    """
    is_server = name.role is PeerRole.GATEWAY
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(name.urn()), *map(_host_name, hosts)]
    usage = ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _dated(x509.CertificateBuilder(), now_ms, SERVER_LIFE_DAYS if is_server else CLIENT_LIFE_DAYS)
        .subject_name(_label(f"Sunpoint {name.role}"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_issued_by(issuer), critical=False)
    )
    return builder.sign(issuer.key, None).public_bytes(Encoding.PEM)


def make_request(key: Ed25519PrivateKey, name: PeerName | None = None) -> bytes:
    """A certificate request (DER) for a TLS key.

    The authority takes the holder's name from the one-time code, never from the request; a `name` given
    here only makes it refuse when the code is for somebody else.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(_label("Sunpoint terminal"))
    if name is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name.urn())])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, None).public_bytes(Encoding.DER)


class ReadRequest(Struct, frozen=True):
    """What a certificate request asks for: the key it proves to hold, and the name it expects, if any."""

    key: Ed25519PublicKey
    name: PeerName | None


def read_request(der: bytes) -> ReadRequest:
    """Read a request and check that its sender holds the key. Raises CertificateRefused."""
    try:
        request = x509.load_der_x509_csr(der)
        key = request.public_key()
        valid = request.is_signature_valid
    except (ValueError, x509.InvalidVersion) as cause:
        raise CertificateRefused("the certificate request cannot be read") from cause
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateRefused("the certificate request is not for an Ed25519 key")
    if not valid:
        raise CertificateRefused("the certificate request is not signed by its own key")
    urns = _urns(request.extensions)
    return ReadRequest(key, _name(urns[0]) if urns else None)


def peer_name(certificate: x509.Certificate) -> PeerName:
    """Who a certificate names. Raises CertificateRefused when it names nobody, or more than one."""
    urns = _urns(certificate.extensions)
    if len(urns) != 1:
        raise CertificateRefused("the certificate does not name exactly one holder")
    return _name(urns[0])


def _name(urn: str) -> PeerName:
    try:
        return PeerName.from_urn(urn)
    except PeerNameRefused as cause:
        raise CertificateRefused(str(cause)) from cause


def host_names(certificate: x509.Certificate) -> set[str]:
    """The addresses and host names that a gateway's certificate is good for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def public_key_of(certificate: x509.Certificate) -> Ed25519PublicKey:
    """The Ed25519 key that a certificate is for. Raises CertificateRefused for any other kind."""
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateRefused("the certificate is not for an Ed25519 key")
    return key


def read_chain(pem: bytes) -> list[x509.Certificate]:
    """Read concatenated PEM certificates. Raises CertificateRefused."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion) as cause:
        raise CertificateRefused("the certificates cannot be read") from cause


def check_authorities(chain: Sequence[x509.Certificate], fingerprint: bytes) -> bytes:
    """Check [issuing authority, root] against the root's fingerprint and return the root's raw public key.

    Raises CertificateRefused. Dates are not looked at: a village clock may be years off, and revocation
    is signed, not dated.
    """
    if len(chain) != 2:
        raise CertificateRefused("the gateway did not show exactly one authority and its root")
    root_key = public_key_of(chain[1])
    if root_fingerprint(raw_public_key(root_key)) != fingerprint:
        raise CertificateRefused("the root that the gateway shows is not the one that the code names")
    for certificate in chain:
        _check_signature(certificate, root_key)
        if not _may_sign(certificate):
            raise CertificateRefused("a certificate of the chain is no authority")
    return raw_public_key(root_key)


def check_issued(certificate: x509.Certificate, issuer: x509.Certificate, name: PeerName, key: bytes) -> None:
    """Check that the authority issued this certificate to this name and raw key. Raises CertificateRefused."""
    check_signed_by(certificate, issuer)
    if peer_name(certificate) != name:
        raise CertificateRefused(f"the certificate is not for {name.urn()}")
    if raw_public_key(public_key_of(certificate)) != key:
        raise CertificateRefused("the certificate is for another key")


def check_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Check that the authority signed this certificate, whomever it names. Raises CertificateRefused."""
    _check_signature(certificate, public_key_of(issuer))


def _check_signature(certificate: x509.Certificate, key: Ed25519PublicKey) -> None:
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes)
    except InvalidSignature as cause:
        raise CertificateRefused("a certificate of the chain is not signed by the one above it") from cause


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _urns(extensions: x509.Extensions) -> list[str]:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return list(names.get_values_for_type(x509.UniformResourceIdentifier))


def _authority(
    key: Ed25519PublicKey, subject: x509.Name, issuer: x509.Name, now_ms: int, life_days: int, *, path_length: int
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        _dated(x509.CertificateBuilder(), now_ms, life_days)
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _dated(builder: x509.CertificateBuilder, now_ms: int, life_days: int) -> x509.CertificateBuilder:
    begins = datetime.fromtimestamp(now_ms // 1000, UTC) - timedelta(days=BACKDATED_DAYS)
    return builder.not_valid_before(begins).not_valid_after(begins + timedelta(days=life_days))


def _label(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text.encode()[:64].decode(errors="ignore"))])


def _issued_by(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public_key_of(issuer.certificate))


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
