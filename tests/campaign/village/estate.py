"""What a county owns: keys, statements, certificates and packs. Made once a process; the same in every run."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace

from county.duties import Clerk, Duty
from county.library import Library
from county.publishing.assembly import contents_of
from sync.certificates import Issuer, issue, make_issuer, make_root
from sync.keys import FileSigner, Purpose, Statement, Trust
from sync.model.catalogue import ServiceItem
from sync.model.facts import Role
from sync.peer_name import PeerName, PeerRole
from sync.sealing import KeyOpener, Recipient
from sync.terminal import TerminalConfig
from tests.county.village import NOON_MS
from tests.kiosk.point import DEMO, demo_packs
from tests.seals import ESCROW, OPENING, opener

COUNTY = "990101"
FOREVER_MS = (1 << 53) - 1
GATEWAY = PeerName(COUNTY, PeerRole.GATEWAY)
OFFICE = PeerName(COUNTY, PeerRole.COUNTY)
OPENING_KEYS = 3
"""So many opening keys a county has had at most, one after the other."""
SHORT_DAYS = 90


@cache
def signer(name: str) -> FileSigner:
    """The throw-away signing key of a name."""
    return FileSigner(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"sign {name}".encode()).digest()))


@cache
def desk_key(name: PeerName) -> KeyOpener:
    """What a desk reads with."""
    return opener(f"desk {name.urn()}")


@cache
def stick_key() -> KeyOpener:
    """What opens the bundles that come to the gateway."""
    return opener("stick")


def furnish(directory: Path, config: TerminalConfig, name: PeerName, generation: int) -> None:
    """Write the files that enrolment leaves: certificates and keys, and the statements for the county's readers."""
    told = dict(zip(("opening_statement", "escrow_statement"), reading_statements(generation), strict=True))
    for path, content in {**_files(name), **told}.items():
        file = directory / getattr(config, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o600)


@cache
def _files(name: PeerName) -> dict[str, bytes]:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    stick = X25519PrivateKey.from_private_bytes(opener(f"stick {name.urn()}").secret())
    return {
        "tls_certificate": certificate(name).public_bytes(Encoding.PEM),
        "tls_key": signer(f"tls {name.urn()}").private_key.private_bytes(*form),
        "stick_key": stick.private_bytes(*form),
        "root_certificate": _root().certificate.public_bytes(Encoding.PEM),
    }


@cache
def opening(generation: int) -> KeyOpener:
    """The county's opening key, from 0."""
    return opener(f"opening {generation}") if generation else OPENING


@cache
def county_readers(generation: int) -> tuple[Recipient, Recipient]:
    """The opening key of that time, and the escrow key."""
    return opening(generation).recipient, ESCROW.recipient


@cache
def reading_statements(generation: int) -> tuple[bytes, bytes]:
    """The root's word about both."""
    opens, escrow = county_readers(generation)
    subject = OFFICE.urn()
    return (
        statement(Purpose.OPENING, opens.public_key, subject),
        statement(Purpose.ESCROW, escrow.public_key, subject),
    )


@cache
def trust() -> Trust:
    """The county's root and its issuing authority."""
    return Trust(signer("root").public_key, COUNTY, signer("issuer").public_key)


@cache
def statement(purpose: Purpose, key: bytes, subject: str) -> bytes:
    """The word of the root about a key; about a terminal's chain, that of the issuing authority."""
    by = signer("issuer" if purpose is Purpose.TERMINAL_CHAIN else "root")
    return Statement(purpose, key, subject, COUNTY, 0, FOREVER_MS).sign(by)


@cache
def issuer() -> Issuer:
    """The authority that works at the gateway."""
    key = signer("issuer").private_key
    return Issuer(key, make_issuer(_root(), key.public_key(), COUNTY, NOON_MS))


@cache
def _root() -> Issuer:
    key = signer("root").private_key
    return Issuer(key, make_root(key, COUNTY, "test", NOON_MS))


@cache
def certificate(name: PeerName) -> x509.Certificate:
    """The certificate that somebody shows at the gateway's door."""
    key = Ed25519PublicKey.from_public_bytes(signer(f"tls {name.urn()}").public_key)
    return x509.load_pem_x509_certificate(issue(issuer(), key, name, NOON_MS))


@cache
def library() -> Library:
    """The packs of the demonstration county, in force everywhere."""
    contents = contents_of(DEMO)
    return Library.of(contents.catalogue, contents.profile, contents.calendar, contents.versions)


@cache
def short_library() -> Library:
    """The same, of a county that keeps bodies no longer than it must."""
    contents = contents_of(DEMO)
    periods = replace(contents.profile.periods, retention_natural_days=SHORT_DAYS)
    return Library.of(
        contents.catalogue, replace(contents.profile, periods=periods), contents.calendar, contents.versions
    )


@cache
def items(role: Role) -> tuple[ServiceItem, ...]:
    """The items of a role that have a form which the samples fill in."""
    return tuple(item for item in demo_packs().catalogue.items if item.role is role and item.form is not None)


@cache
def clerks(department: str) -> tuple[Clerk, ...]:
    """Who works in a department."""
    return tuple(Clerk(f"{department}-{duty}", duty, department, "李") for duty in (Duty.INTAKE, Duty.DECIDER))
