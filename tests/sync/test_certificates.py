"""Certificates of a county: who is named, who signed, and that dates do not count."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sync.certificates import (
    CertificateRefused,
    Issuer,
    check_authorities,
    check_issued,
    host_names,
    issue,
    make_issuer,
    make_request,
    make_root,
    peer_name,
    raw_public_key,
    read_chain,
    read_request,
    root_fingerprint,
)
from sync.peer_name import PeerName, PeerNameRefused, PeerRole

NAME = PeerName("990101", PeerRole.TERMINAL, "990101102203", "01")


class Authorities:
    """A root and its issuing authority, made for one test."""

    def __init__(self) -> None:
        self.root_key, self.issuer_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.root = make_root(self.root_key, "990101", "青山县", 0)
        issuer = make_issuer(Issuer(self.root_key, self.root), self.issuer_key.public_key(), "990101", 0)
        self.issuer = Issuer(self.issuer_key, issuer)
        self.fingerprint = root_fingerprint(raw_public_key(self.root_key.public_key()))


@pytest.mark.parametrize(
    "urn",
    [
        "urn:sunpoint:990101:terminal:990101102203:01",
        "urn:sunpoint:990101:county",
        "urn:sunpoint:990101:gateway",
    ],
)
def test_a_name_reads_back(urn: str) -> None:
    assert PeerName.from_urn(urn).urn() == urn


@pytest.mark.parametrize(
    "urn",
    [
        "",
        "urn:sunpoint:990101:terminal",
        "urn:sunpoint:990101:county:990101102203:01",
        "urn:sunpoint:990101:terminal:990101102203:01\n",
        "urn:sunpoint:990101:terminal:990101102203:1",
        "urn:sunpoint:990101:admin",
        "urn:sunpoint:９90101:county",
    ],
)
def test_what_is_no_name_is_refused(urn: str) -> None:
    with pytest.raises(PeerNameRefused):
        PeerName.from_urn(urn)


def test_a_chain_is_held_against_the_fingerprint_in_a_code() -> None:
    ours, theirs = Authorities(), Authorities()
    assert check_authorities([ours.issuer.certificate, ours.root], ours.fingerprint) == raw_public_key(
        ours.root_key.public_key()
    )
    for chain in (
        [theirs.issuer.certificate, theirs.root],
        [theirs.issuer.certificate, ours.root],
        [ours.root],
        [ours.issuer.certificate, ours.root, ours.root],
    ):
        with pytest.raises(CertificateRefused):
            check_authorities(chain, ours.fingerprint)


def test_a_terminal_cannot_pose_as_the_issuing_authority() -> None:
    ours = Authorities()
    (terminal,) = read_chain(issue(ours.issuer, ours.root_key.public_key(), NAME, 0))
    with pytest.raises(CertificateRefused):
        check_authorities([terminal, ours.root], ours.fingerprint)


def test_a_certificate_is_for_one_name_and_one_key() -> None:
    ours, theirs, key = Authorities(), Authorities(), Ed25519PrivateKey.generate().public_key()
    (own,) = read_chain(issue(ours.issuer, key, NAME, 0))
    assert peer_name(own) == NAME
    check_issued(own, ours.issuer.certificate, NAME, raw_public_key(key))
    other = PeerName("990101", PeerRole.TERMINAL, "990101102203", "02")
    for issuer, name, raw in (
        (theirs.issuer.certificate, NAME, raw_public_key(key)),
        (ours.issuer.certificate, other, raw_public_key(key)),
        (ours.issuer.certificate, NAME, bytes(32)),
    ):
        with pytest.raises(CertificateRefused):
            check_issued(own, issuer, name, raw)


def test_a_gateway_answers_under_the_hosts_it_was_issued_for() -> None:
    ours = Authorities()
    gateway = PeerName("990101", PeerRole.GATEWAY)
    (own,) = read_chain(
        issue(ours.issuer, ours.issuer_key.public_key(), gateway, 0, ["127.0.0.1", "gw.example", "::1"])
    )
    assert host_names(own) == {"127.0.0.1", "::1", "gw.example"}
    assert host_names(ours.root) == set()


def test_a_request_proves_its_key_and_may_name_whom_it_expects() -> None:
    key = Ed25519PrivateKey.generate()
    plain, named = read_request(make_request(key)), read_request(make_request(key, NAME))
    assert (plain.name, named.name) == (None, NAME)
    assert raw_public_key(plain.key) == raw_public_key(key.public_key())
    der = make_request(key)
    for bad in (b"", der[:-1], der[:-1] + bytes([der[-1] ^ 1])):
        with pytest.raises(CertificateRefused):
            read_request(bad)


def test_a_request_for_another_kind_of_key_is_refused() -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    foreign = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    with pytest.raises(CertificateRefused):
        read_request(foreign.public_bytes(Encoding.DER))


def test_a_certificate_that_names_nobody_is_refused() -> None:
    with pytest.raises(CertificateRefused):
        peer_name(Authorities().root)
    with pytest.raises(CertificateRefused):
        read_chain(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def test_a_certificate_of_a_version_that_there_is_not_is_refused_like_any_other_damage() -> None:
    ours = Authorities()
    (own,) = read_chain(issue(ours.issuer, ours.root_key.public_key(), NAME, 0))
    der = own.public_bytes(Encoding.DER)
    assert der.count(bytes.fromhex("a003020102")) == 1
    other = b64encode(der.replace(bytes.fromhex("a003020102"), bytes.fromhex("a00302016a")))
    with pytest.raises(CertificateRefused):
        read_chain(b"-----BEGIN CERTIFICATE-----\n" + other + b"\n-----END CERTIFICATE-----\n")
