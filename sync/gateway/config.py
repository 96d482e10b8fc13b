"""A gateway's data directory: gateway.json, keys/, packs/, gateway.db. Provisioning writes it, the gateway reads it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sync.durable import replace_file
from sync.json_file import JsonFileRefused, read_object

FILE_NAME = "gateway.json"
STORE_FILE = "gateway.db"
PACKS_DIRECTORY = "packs"
SERVER_KEY = "keys/server-key.pem"
SERVER_CERTIFICATES = "keys/server-certificates.pem"
"""The server's certificate and the issuing authority's."""
AUTHORITIES = "keys/authorities.pem"
"""The issuing authority's certificate and the root's."""
ISSUER_KEY = "keys/issuer-key.pem"
ACKNOWLEDGEMENT_KEY = "keys/acknowledgement-key.pem"
ACKNOWLEDGEMENT_STATEMENT = "keys/acknowledgement.statement"


class GatewayConfigRefused(ValueError):
    """gateway.json or a key beside it is missing or says something that cannot be; the message names it."""


class GatewayConfig(Struct, frozen=True):
    """What one gateway is.

    Attributes:
        county: 6-digit code.
        listen: host:port it answers on, unless its command line says another.
        root_fingerprint: hex, see `sync.certificates.root_fingerprint`.
    """

    county: str
    listen: str
    root_fingerprint: str

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
        return cls(**{name: held[name] for name in _ENTRIES})

    def listening_on(self, listen: str) -> GatewayConfig:
        """Return the same gateway on another host:port. Raises GatewayConfigRefused when it is none."""
        found = _LISTEN.fullmatch(listen)
        if found is None or int(found[1]) > _PORT_MAX:
            raise GatewayConfigRefused(f"{listen} is not a host and a port")
        return replace(self, listen=listen)

    def save(self, data: Path) -> None:
        """Write gateway.json durably and at once. Raises OSError."""
        held = {name: getattr(self, name) for name in _ENTRIES}
        replace_file(data / FILE_NAME, json.dumps(held, indent=2).encode() + b"\n", mode=0o644)


_LISTEN = re.compile(r"(?:[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})")
_PORT_MAX = 65_535
_ENTRIES = {
    "county": re.compile(r"[0-9]{6}"),
    "listen": _LISTEN,
    "root_fingerprint": re.compile(r"[0-9a-f]{32}"),
}
