"""A gateway's data directory: gateway.json, keys/, packs/, gateway.db. Provisioning writes it, the gateway reads it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from sync.durable import replace_file
from sync.json_file import JsonFileRefused, read_object

FILE_NAME = "gateway.json"
STORE_FILE = "gateway.db"
ATTACHMENTS_FILE = "attachments.db"
PACKS_DIRECTORY = "packs"
SERVER_KEY = "keys/server-key.pem"
SERVER_CERTIFICATES = "keys/server-certificates.pem"
"""The server's certificate and the issuing authority's."""
AUTHORITIES = "keys/authorities.pem"
"""The issuing authority's certificate and the root's."""
ISSUER_KEY = "keys/issuer-key.pem"
ACKNOWLEDGEMENT_KEY = "keys/acknowledgement-key.pem"
ACKNOWLEDGEMENT_STATEMENT = "keys/acknowledgement.statement"
OPENING_STATEMENT = "keys/opening.statement"
ESCROW_STATEMENT = "keys/escrow.statement"
"""The root's word for whom bodies are sealed to; the gateway hands it on and holds neither key."""
STICK_KEY = "keys/stick-key.pem"
"""X25519: opens the bundles that come on sticks. Without it the gateway takes none."""
STICK_STATEMENT = "keys/stick.statement"
"""The root's word for it, which terminals fetch."""

REVOCATIONS = "keys/revocations.list"
"""The root's newest list of keys and certificates that are not to be believed any more; absent before the first."""
RECOVERY = "keys/recovery.statement"
"""The root's word that the log was put back from a backup; there is none where that never happened."""


class GatewayConfigRefused(ValueError):
    """gateway.json or a key beside it is missing or says something that cannot be; the message names it."""


class GatewayConfig(Struct, frozen=True):
    """What one gateway is.

    Attributes:
        county: 6-digit code.
        listen: host:port it answers on, or unix:/path for a proxy before it, unless its command line says another.
        root_fingerprint: hex, see `sync.certificates.root_fingerprint`.
        store: postgresql:// address of the database; None for the file gateway.db. Never with a password in it.
    """

    county: str
    listen: str
    root_fingerprint: str
    store: str | None = None

    @classmethod
    def load(cls, data: Path) -> GatewayConfig:
        """Read gateway.json of a data directory. Raises GatewayConfigRefused."""
        try:
            held = read_object(data / FILE_NAME)
        except JsonFileRefused as cause:
            raise GatewayConfigRefused(str(cause)) from cause
        for name, pattern in _ENTRIES.items():
            if not isinstance(held.get(name), str) or not pattern.fullmatch(held[name]):
                raise GatewayConfigRefused(f"{FILE_NAME}: {name} is missing or not of its form")
        return cls(**{name: held[name] for name in _ENTRIES}, store=_store_of(held))

    def listening_on(self, listen: str) -> GatewayConfig:
        """Return the same gateway on another listener. Raises GatewayConfigRefused when it is none."""
        found = _LISTEN.fullmatch(listen)
        if found is None or (found[1] and int(found[1]) > _PORT_MAX):
            raise GatewayConfigRefused(f"{listen} is neither host:port nor unix:/path")
        return replace(self, listen=listen)

    @property
    def behind_proxy(self) -> bool:
        """Whether a proxy terminates TLS and says who the clients are."""
        return self.listen.startswith(_UNIX)

    def save(self, data: Path) -> None:
        """Write gateway.json durably and at once. Raises OSError."""
        held = {name: getattr(self, name) for name in _ENTRIES}
        if self.store is not None:
            held["store"] = self.store
        replace_file(data / FILE_NAME, json.dumps(held, indent=2).encode() + b"\n", mode=0o644)


def _store_of(held: dict[str, object]) -> str | None:
    store = held.get("store")
    if store is None:
        return None
    # The address itself is not repeated: it may hold what it should not.
    refused = GatewayConfigRefused(f"{FILE_NAME}: store is not a postgresql:// address; leave it out for {STORE_FILE}")
    if not isinstance(store, str):
        raise refused
    try:
        address = urlsplit(store)
    except ValueError as cause:
        raise refused from cause
    if address.scheme != "postgresql":
        raise refused
    if address.password is not None or _SECRETS & parse_qs(address.query, keep_blank_values=True).keys():
        raise GatewayConfigRefused(
            f"{FILE_NAME} can be read by everybody, so store may not hold a password; name a passfile (mode 0600) there"
        )
    return store


_SECRETS = {"password", "sslpassword"}
_UNIX = "unix:"
_LISTEN = re.compile(_UNIX + r"/[\x21-\x7e]{1,100}|(?:[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})")
"""A socket's path has 107 bytes (unix(7))."""
_PORT_MAX = 65_535
_ENTRIES = {
    "county": re.compile(r"[0-9]{6}"),
    "listen": _LISTEN,
    "root_fingerprint": re.compile(r"[0-9a-f]{32}"),
}
