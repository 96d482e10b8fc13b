"""terminal.json: what a terminal is and where its gateway is. Provisioning writes it, kiosk and sync client read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from sync.durable import replace_file
from sync.json_file import JsonFileMissing, JsonFileRefused, read_object
from sync.key_files import root_key_of
from sync.keys import KeyRevoked, Purpose, Trust, terminal_subject
from sync.names import name_form
from sync.revocation_file import heeding
from sync.sealing import Recipient

FILE_NAME = "terminal.json"


class TerminalConfigRefused(ValueError):
    """terminal.json is missing or says something that cannot be; the message names the entry."""


class TerminalConfigMissing(TerminalConfigRefused):
    """There is no terminal.json: this is no terminal yet."""


class TerminalConfig(Struct, frozen=True):
    """What one terminal is.

    Attributes:
        region: 12-digit code of the village.
        point_name: name of the service point, as screens and slips show it.
        terminal_number: 2 digits, allotted at enrolment, never reused at that point.
        county: 6-digit code, the beginning of `region`.
        gateway_url: https://host:port, without a path.
        record_key: PEM file of the key that signs records; this and all paths below are relative to the data directory.
        tls_key: PEM file of the key of the client certificate.
        tls_certificate: PEM file of the client certificate, its issuer after it.
        root_certificate: PEM file of the county root: what TLS is verified against, and its key what statements are.
        opening_statement: the root's statement for the county's opening key: whom bodies are sealed to.
        escrow_statement: the same for the county's escrow key.
        stick_statement: the same for the gateway's key that bundles on sticks are sealed to; fetched, may not be there.
        stick_key: PEM file of the key that opens the bundles that come back; made when it is first needed.
        revocations: the newest list of what the root has revoked; fetched, not there before the first.
        stick: directory where a USB stick appears when it is put in; None: this terminal has no such place.
        mirror: directory on a second medium, where all records are written once more; None: there is none.
        poll_s: how often the gateway is asked for news when nothing happens here.
        retry_delay_s_max: longest pause between two tries to reach the gateway.
        devices: what the devices package reads, as it is.
    """

    region: str
    point_name: str
    terminal_number: str
    county: str
    gateway_url: str
    record_key: str = "keys/record.pem"
    tls_key: str = "keys/tls-key.pem"
    tls_certificate: str = "keys/tls-certificate.pem"
    root_certificate: str = "keys/root-certificate.pem"
    opening_statement: str = "keys/opening.statement"
    escrow_statement: str = "keys/escrow.statement"
    stick_statement: str = "keys/stick.statement"
    stick_key: str = "keys/stick-key.pem"
    revocations: str = "keys/revocations.list"
    stick: str | None = None
    mirror: str | None = None
    poll_s: int = 30
    retry_delay_s_max: int = 60
    devices: Mapping[str, Any] | None = None

    @property
    def subject(self) -> str:
        """The terminal's name in statements and certificates."""
        return terminal_subject(self.county, self.region, self.terminal_number)

    @classmethod
    def load(cls, data: Path) -> TerminalConfig:
        """Read terminal.json of a data directory. Raises TerminalConfigRefused."""
        try:
            held = read_object(data / FILE_NAME)
        except JsonFileMissing as cause:
            raise TerminalConfigMissing(str(cause)) from cause
        except JsonFileRefused as cause:
            raise TerminalConfigRefused(str(cause)) from cause
        for name, pattern in _ENTRIES.items():
            value = held.get(name, "")
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise TerminalConfigRefused(f"{FILE_NAME}: {name} is missing or not of its form")
        known = {name: held[name] for name in cls.__struct_fields__ if name in held}
        for name in _PATHS & known.keys():
            if not isinstance(known[name], str) or not known[name] or "\0" in known[name]:
                raise TerminalConfigRefused(f"{FILE_NAME}: {name} is not a path")
        config = cls(**known)
        if not config.region.startswith(config.county):
            raise TerminalConfigRefused(f"{FILE_NAME}: region {config.region} is not in county {config.county}")
        for name in _PAUSES & known.keys():
            if type(known[name]) is not int or not 1 <= known[name] <= 3600:
                raise TerminalConfigRefused(f"{FILE_NAME}: {name} is not from 1 to 3600 seconds")
        if config.devices is not None and not isinstance(config.devices, dict):
            raise TerminalConfigRefused(f"{FILE_NAME}: devices is not an object")
        return config

    def save(self, data: Path) -> None:
        """Write terminal.json into a data directory, durably and at once. Raises OSError."""
        held = asdict(self)
        text = json.dumps(
            {name: value for name, value in held.items() if value is not None}, ensure_ascii=False, indent=2
        )
        replace_file(data / FILE_NAME, text.encode() + b"\n", mode=0o644)


_ENTRIES = {
    "region": re.compile(r"[0-9]{12}"),
    "point_name": name_form(40),
    "terminal_number": re.compile(r"[0-9]{2}"),
    "county": re.compile(r"[0-9]{6}"),
    "gateway_url": re.compile(r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"),
}
_PATHS = {
    "record_key",
    "tls_key",
    "tls_certificate",
    "root_certificate",
    "opening_statement",
    "escrow_statement",
    "stick_statement",
    "stick_key",
    "revocations",
    "stick",
    "mirror",
}
_PAUSES = {"poll_s", "retry_delay_s_max"}


def is_gateway_url(text: str) -> bool:
    """Whether terminal.json can hold this as the gateway's address."""
    return _ENTRIES["gateway_url"].fullmatch(text) is not None


def trust_of(data: Path, config: TerminalConfig) -> Trust:
    """What a terminal trusts: its pinned root, less what that has revoked. Raises KeyFileRefused, OSError."""
    trust = Trust(root_key_of(data / config.root_certificate), config.county)
    return heeding(trust, data / config.revocations)


def readers_of(
    data: Path, config: TerminalConfig, desk: Recipient | None, told: tuple[bytes, bytes] | None = None
) -> tuple[Recipient, ...]:
    """Return who reads the bodies that a terminal writes: whom the root names for opening and escrow, and its desk.

    None: the desk has no key that anybody could open. Nothing is sealed to a key of the county that it has revoked; it
    opens what was written meanwhile with the other one, or with the desk's, which it holds in escrow.

    Raises KeyFileRefused, StatementRefused, NotAReader, OSError.
    """
    trust = trust_of(data, config)
    if told is None:
        told = ((data / config.opening_statement).read_bytes(), (data / config.escrow_statement).read_bytes())
    readers = [] if desk is None else [desk]
    refusal: KeyRevoked | None = None
    for statement, purpose in ((told[1], Purpose.ESCROW), (told[0], Purpose.OPENING)):
        try:
            readers.insert(0, Recipient(trust.check(statement, purpose, at_ms=None).key))
        except KeyRevoked as cause:
            refusal = cause
    if not readers and refusal is not None:
        raise refusal
    return tuple(readers)


def desk_among(data: Path, config: TerminalConfig, readers: Iterable[Recipient]) -> Recipient | None:
    """Return which of the readers in use is the desk: neither of those that the statements here name, revoked or not.

    Raises KeyFileRefused, StatementRefused, OSError.
    """
    trust = trust_of(data, config)
    county = {
        trust.vouched((data / name).read_bytes(), purpose).key
        for name, purpose in ((config.opening_statement, Purpose.OPENING), (config.escrow_statement, Purpose.ESCROW))
    }
    return next((each for each in readers if each.public_key not in county), None)
