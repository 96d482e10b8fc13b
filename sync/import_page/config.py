"""An import page's data directory: import.json, keys/, staff.json, answers/. Provisioning writes the first two."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
from msgspec import Struct

from sync import passwords
from sync.durable import replace_file
from sync.json_file import JsonFileMissing, JsonFileRefused, read_object
from sync.names import name_form

FILE_NAME = "import.json"
STAFF_FILE = "staff.json"
TLS_KEY = "keys/tls-key.pem"
TLS_CERTIFICATE = "keys/tls-certificate.pem"
ROOT_CERTIFICATE = "keys/root-certificate.pem"
ANSWERS_DIRECTORY = "answers"
LOGIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SHOWN = name_form(20)


class ImportPageRefused(ValueError):
    """The data directory lacks something or says something that cannot be; the message names it."""


class ImportPageConfig(Struct, frozen=True):
    """What one import page is.

    Attributes:
        county: 6-digit code.
        place: where it stands, as people call it: 青山镇便民服务中心.
        gateway_url: https://host:port, without a path.
    """

    county: str
    place: str
    gateway_url: str

    @classmethod
    def load(cls, data: Path) -> ImportPageConfig:
        """Read import.json. Raises ImportPageRefused."""
        try:
            held = read_object(data / FILE_NAME)
        except JsonFileRefused as cause:
            raise ImportPageRefused(str(cause)) from cause
        for name, pattern in _ENTRIES.items():
            if not isinstance(held.get(name), str) or not pattern.fullmatch(held[name]):
                raise ImportPageRefused(f"{FILE_NAME}: {name} is missing or not of its form")
        return cls(**{name: held[name] for name in _ENTRIES})

    def save(self, data: Path) -> None:
        """Write import.json durably and at once. Raises ImportPageRefused for what `load` would not take, OSError."""
        held = {name: getattr(self, name) for name in _ENTRIES}
        for name, pattern in _ENTRIES.items():
            if not pattern.fullmatch(held[name]):
                raise ImportPageRefused(f"{FILE_NAME}: {name} is not of its form")
        replace_file(data / FILE_NAME, json.dumps(held, ensure_ascii=False, indent=2).encode() + b"\n", mode=0o644)


class Member(Struct, frozen=True):
    """Somebody of the township who may take sticks: what they log in with, how they are called, no password."""

    name: str
    shown_as: str
    verifier: str


def read_staff(data: Path) -> dict[str, Member]:
    """Return who may log in, by name. Raises ImportPageRefused."""
    try:
        held = msgspec.convert(read_object(data / STAFF_FILE), dict[str, list[Member]])
    except JsonFileMissing:
        return {}
    except (JsonFileRefused, msgspec.ValidationError) as cause:
        raise ImportPageRefused(f"{STAFF_FILE} is damaged: {cause}") from cause
    return {member.name: member for member in held.get("staff", [])}


def add_member(data: Path, name: str, shown_as: str, password: str) -> None:
    """Let somebody log in, or give them a new password. Raises ImportPageRefused, PasswordTooWeak, OSError."""
    if not LOGIN_NAME.fullmatch(name):
        raise ImportPageRefused(f"{name!r} is no log-in: letters a-z, digits, at most 40")
    if not _SHOWN.fullmatch(shown_as):
        raise ImportPageRefused("a person's name has 1 to 20 characters")
    staff = read_staff(data) | {name: Member(name, shown_as, passwords.make_verifier(password))}
    content = msgspec.json.encode({"staff": list(staff.values())})
    replace_file(data / STAFF_FILE, content, mode=0o600)


_ENTRIES = {
    "county": re.compile(r"[0-9]{6}"),
    "place": name_form(40),
    "gateway_url": re.compile(r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"),
}
