"""A county's data directory: county.json, keys/ and packs/. Provisioning writes it, the county's program reads it.

The root key lies here too while the county is small; it is used by provisioning only and belongs on a stick in a
safe (`docs/threat-model.md`). The program itself works with the chains' keys and its client certificate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sync.certificates import CertificateRefused, read_chain
from sync.durable import replace_file
from sync.enrolment import trust_of
from sync.json_file import JsonFileRefused, read_object
from sync.keys import Purpose, StatementRefused, Trust
from sync.names import name_form
from sync.peer_name import PeerName
from sync.revocation_file import heeding
from sync.sealing import NotAReader, Recipient

FILE_NAME = "county.json"
ROOT_KEY = "keys/root-key.pem"
AUTHORITIES = "keys/authorities.pem"
"""The issuing authority's certificate and the root's: what TLS is verified against."""
TLS_KEY = "keys/tls-key.pem"
TLS_CERTIFICATE = "keys/tls-certificate.pem"
"""The county program's client certificate, the issuing authority's after it."""
PACKS_KEY = "keys/packs-key.pem"
PACKS_STATEMENT = "keys/packs.statement"
OPENING_KEY = "keys/opening-key.pem"
"""X25519: opens the bodies of records."""
ESCROW_KEY = "keys/escrow-key.pem"
"""X25519: opens them too, on the day when the opening key is lost. Used by provisioning only; belongs into another safe
than the root key."""
OLD_KEYS_DIRECTORY = "keys/old"
"""Opening and escrow keys that were replaced, one PEM file each: they still open what was sealed to them. The directory
is there once a key was ever replaced."""
OPENING_STATEMENT = "keys/opening.statement"
ESCROW_STATEMENT = "keys/escrow.statement"
RECOVERY = "keys/recovery.statement"
"""The root's newest word that the county's log was put back from a backup."""
REVOCATIONS = "keys/revocations.list"
"""The root's newest list of keys and certificates that are not to be believed any more; absent before the first."""
CHAINS_DIRECTORY = "keys/chains"
PACKS_SOURCE_DIRECTORY = "packs/source"
"""The tables that the packs are built from."""
PACKS_DIRECTORY = "packs/published"
"""The packs last built."""


class CountyConfigRefused(ValueError):
    """county.json or a certificate beside it is missing or says something that cannot be; the message names it."""


def chain_key(terminal: PeerName) -> str:
    """The file of the key of the county's chain for a terminal, relative to the data directory."""
    return f"{CHAINS_DIRECTORY}/{terminal.region}-{terminal.terminal}.pem"


def chain_statement(terminal: PeerName) -> str:
    """The file of the root's statement for that chain."""
    return f"{CHAINS_DIRECTORY}/{terminal.region}-{terminal.terminal}.statement"


def succession_statement(terminal: PeerName) -> str:
    """The file of the root's word that this terminal takes the place of another; there is none for most."""
    return f"{CHAINS_DIRECTORY}/{terminal.region}-{terminal.terminal}.succession"


class CountyConfig(Struct, frozen=True):
    """What one county is.

    Attributes:
        county: 6-digit code.
        name: as people call it.
        gateway_url: https://host:port, without a path.
        root_fingerprint: hex, see `sync.certificates.root_fingerprint`.
    """

    county: str
    name: str
    gateway_url: str
    root_fingerprint: str

    @classmethod
    def load(cls, data: Path) -> CountyConfig:
        """Read county.json of a data directory. Raises CountyConfigRefused."""
        try:
            held = read_object(data / FILE_NAME)
        except JsonFileRefused as cause:
            raise CountyConfigRefused(str(cause)) from cause
        check_entries({name: held.get(name) for name in _ENTRIES})
        return cls(**{name: held[name] for name in _ENTRIES})

    def save(self, data: Path) -> None:
        """Write county.json durably and at once. Raises CountyConfigRefused for what `load` would not take, OSError."""
        held = {name: getattr(self, name) for name in _ENTRIES}
        check_entries(held)
        text = json.dumps(held, ensure_ascii=False, indent=2)
        replace_file(data / FILE_NAME, text.encode() + b"\n", mode=0o644)

    def trust(self, data: Path) -> Trust:
        """Its root, the issuing authority for terminals, and what is revoked. Raises CountyConfigRefused."""
        try:
            chain = read_chain((data / AUTHORITIES).read_bytes())
            trust = trust_of(chain, bytes.fromhex(self.root_fingerprint), self.county)
        except (CertificateRefused, OSError) as cause:
            raise CountyConfigRefused(f"{AUTHORITIES}: {cause}") from cause
        return heeding(trust, data / REVOCATIONS)

    def readers(self, data: Path) -> tuple[Recipient, Recipient]:
        """Its opening key and its escrow key, for whom the root vouches. Raises CountyConfigRefused."""
        try:
            trust = self.trust(data)
            opening = trust.check((data / OPENING_STATEMENT).read_bytes(), Purpose.OPENING, at_ms=None)
            escrow = trust.check((data / ESCROW_STATEMENT).read_bytes(), Purpose.ESCROW, at_ms=None)
            return Recipient(opening.key), Recipient(escrow.key)
        except (StatementRefused, NotAReader, OSError) as cause:
            raise CountyConfigRefused(f"the statements for opening and escrow: {cause}") from cause


def check_entries(held: Mapping[str, object]) -> None:
    """Look at some entries of county.json, by name. Raises CountyConfigRefused for the first that cannot be."""
    for name, value in held.items():
        if not isinstance(value, str) or not _ENTRIES[name].fullmatch(value):
            raise CountyConfigRefused(f"{FILE_NAME}: {name} is missing or not of its form")


_ENTRIES = {
    "county": re.compile(r"[0-9]{6}"),
    "name": name_form(40),
    "gateway_url": re.compile(r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"),
    "root_fingerprint": re.compile(r"[0-9a-f]{32}"),
}
