"""What a pad is told and says beside its keys, as its model file states it."""

from __future__ import annotations

import re
from enum import Enum

from msgspec import Struct

from devices.model_files import Fields, ModelRefused

KEY_PLACE, STAFF_PLACE = "{key}", "{staff}"
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


class ByteWire(Struct, frozen=True):
    """Bytes of a byte-per-key pad; empty: there are none, or nobody knows them.

    To the pad: `opening` when its line is opened, `prompt` to ask, `thanks` after a key, `closing` when a window ends
    without one. From the pad: `timeout` when its own time has run out, `greeting` when it is switched on,
    `acknowledgement` of an opening or a prompt.
    """

    opening: bytes
    prompt: bytes
    thanks: bytes
    closing: bytes
    timeout: bytes
    greeting: bytes
    acknowledgement: bytes


class Transport(Enum):
    """How texts travel on the village's network: a datagram each, or a stream with an end mark."""

    UDP = "udp"
    TCP = "tcp"


class TextWire(Struct, frozen=True):
    """Texts of a pad on the network; empty: there are none, or nobody knows them.

    To the pad: `heartbeat` every `heartbeat_s`, `login` with the staff's number in place of `{staff}`, `logout`,
    `prompt`, `poll` every `poll_ms` while a window is open, `thanks`, `closing`. From the pad: the answers, `result`
    with what the key sends in place of `{key}`, `unrated` when it has no result. A text on a stream ends with
    `ends_with`. `listens` is the UDP port here that the pad speaks to.
    """

    transport: Transport
    listens: int
    ends_with: str
    heartbeat: str
    heartbeat_answer: str
    heartbeat_s: int
    login: str
    login_answer: str
    logout: str
    logout_answer: str
    prompt: str
    prompt_answer: str
    poll: str
    poll_ms: int
    result: str
    unrated: str
    thanks: str
    closing: str


def read_byte_wire(fields: Fields) -> ByteWire:
    """Return what the table `wire` says. Raises `ModelRefused`."""
    names = ("opening", "prompt", "thanks", "closing", "timeout", "greeting", "acknowledgement")
    wire = ByteWire(**{name: fields.octets(name) for name in names})
    fields.done()
    if wire.acknowledgement and not wire.opening:
        raise ModelRefused(f"{fields.where}: a pad that acknowledges needs opening bytes to be asked by")
    return wire


def read_text_wire(fields: Fields) -> TextWire:
    """Return what the table `text` says. Raises `ModelRefused`."""
    names = (
        "heartbeat", "heartbeat_answer", "login", "login_answer", "logout", "logout_answer",
        "prompt", "prompt_answer", "poll", "result", "unrated", "thanks", "closing",
    )  # fmt: skip
    texts = {name: printable(fields, name) for name in names}
    transport = fields.choice("transport", Transport)
    wire = TextWire(
        transport=transport,
        listens=fields.number("listens", 0, 65_535) if transport is Transport.UDP else 0,
        ends_with=fields.any_text("ends_with") if transport is Transport.TCP else "",
        heartbeat_s=fields.number("heartbeat_s", 1, 60),
        poll_ms=fields.number("poll_ms", 50, 5_000),
        **texts,
    )
    fields.done()
    if transport is Transport.TCP and not wire.ends_with:
        raise ModelRefused(f"{fields.where}: ends_with is empty: texts on a stream need an end")
    if not wire.heartbeat or not wire.heartbeat_answer:
        raise ModelRefused(f"{fields.where}: without heartbeat and its answer nobody knows whether the pad is there")
    if wire.result and wire.result.count(KEY_PLACE) != 1:
        raise ModelRefused(f"{fields.where}: result must hold {KEY_PLACE} once, in the place of the key")
    if wire.login and (wire.login.count(STAFF_PLACE) != 1 or not wire.login_answer):
        raise ModelRefused(f"{fields.where}: login must hold {STAFF_PLACE} once, and have an answer")
    return wire


def printable(fields: Fields, name: str) -> str:
    """Take a text of printable ASCII characters, which may be empty. Raises `ModelRefused`."""
    text = fields.any_text(name)
    if not _PRINTABLE.fullmatch(text):
        raise ModelRefused(f"{fields.where}: {name} must be of printable ASCII characters")
    return text
