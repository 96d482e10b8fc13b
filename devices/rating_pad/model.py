"""What a pad sends and means, read from a data file (`models/`).

Products number their keys differently, some with 1 as the best, some with 4, some with 3; nothing is assumed: every
key is listed with what stands on it and, where that is known, with what it sends. How a word counts is not the pad's
but the county's (`sync.model.rating`).

Of most products only the numbers are known that the vendor's program returns for the keys, because their wires are
hidden in that program. Their files say `protocol = "unknown"`: they hold what the keys mean, and are refused for a port
until somebody has learnt the bytes and written a file with them (docs/devices.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from devices.line import Parity
from devices.model_files import Fields, ModelRefused, read_model
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.wires import KEY_PLACE, ByteWire, TextWire, printable, read_byte_wire, read_text_wire

MODELS = Path(__file__).parent / "models"
KEYS_LEAST, KEYS_MOST = 3, 5
BITS_MOST = 12
"""Of one byte on the line: start, 8 data, parity, 2 stop."""


class Protocol(Enum):
    """The language of the wire."""

    PJ06 = "pj06"
    BYTE = "byte"
    TEXT = "text"
    UNKNOWN = "unknown"


class Confirmed(Enum):
    """What a public source says of a model. No model was ever tried against a real pad here."""

    LINE = "line"  # speed and frame of the serial line, or the network's port
    WIRE = "wire"  # bytes or texts
    KEYS = "keys"  # what each key means


class PadKey(Struct, frozen=True):
    """One key: its number, what stands on it, and what it sends (empty where that is not known)."""

    number: int
    word: KeyWord
    sends: bytes


class PadModel(Struct, frozen=True, dict=True):
    """One model of pad.

    `keys` are in the order in which they stand on it. `settle_ms`: pause within the opening sequence. `too_soon_ms`: a
    key earlier than this after the prompt was not an answer to it. `late_ms`: so long a key may be on its way; one that
    comes sooner after the window before is that window's. `quiet_ms`: silence around a single key.
    `noise_bytes_max`: more noise than this in one window and no key in it is believed. `wire` is what a byte-per-key
    pad is told and says besides, `text` what a pad of texts is; None for other protocols.
    """

    name: str
    title: str
    protocol: Protocol
    confirmed: frozenset[Confirmed]
    keys: tuple[PadKey, ...]
    baud: int = 9600
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    settle_ms: int = 0
    too_soon_ms: int = 200
    late_ms: int = 2000
    quiet_ms: int = 20
    noise_bytes_max: int = 8
    wire: ByteWire | None = None
    text: TextWire | None = None

    @property
    def words(self) -> tuple[KeyWord, ...]:
        """What stands on the keys, from the left."""
        return tuple(key.word for key in self.keys)

    def key(self, sent: bytes) -> PadKey | None:
        """Return the key that sends exactly these bytes."""
        return self._keys_by_bytes.get(sent)

    @cached_property
    def _keys_by_bytes(self) -> dict[bytes, PadKey]:
        return {key.sends: key for key in self.keys if key.sends}

    def unknown(self) -> list[str]:
        """Return what would have to be known before this pad can be served; empty for one that can."""
        if self.protocol is Protocol.UNKNOWN:
            return ["what it is sent and what it sends"]
        text = self.text
        gaps = (
            (not self.keys, "what its keys mean"),
            (self.wire is not None and not self.wire.prompt, "how it is asked (prompt)"),
            (text is not None and not text.prompt, "how it is asked (prompt)"),
            (text is not None and not text.result, "what its result looks like (result)"),
        )
        return [gap for is_open, gap in gaps if is_open]

    def described(self) -> str:
        """Return its title, and whether it can be served."""
        return f"{self.title} (not usable before its wire is learnt)" if self.unknown() else self.title

    def check_usable(self) -> None:
        """Refuse a pad that cannot be served. Raises `ModelRefused`, which says what is to be done."""
        if unknown := self.unknown():
            raise ModelRefused(
                f"{self.name} cannot be used as it is, because nobody has published {', or '.join(unknown)}: "
                "listen with `devices watch --learn` and write what you hear into a model file of your own "
                "(docs/devices.md)"
            )


def read_pad_model(name: str, extra: Sequence[Path] = ()) -> PadModel:
    """Return the pad model `name`, looked for in the folders `extra` first.

    Raises `ModelRefused`.
    """
    fields = read_model(name, (*extra, MODELS))
    protocol = fields.choice("protocol", Protocol)
    model = PadModel(
        name=name,
        title=fields.text("title"),
        protocol=protocol,
        confirmed=frozenset(fields.choices("confirmed", Confirmed)),
        keys=_keys(fields, protocol, name) if fields.has("keys") else (),
    )
    if protocol is not Protocol.UNKNOWN:
        model = replace(
            model,
            too_soon_ms=fields.number("too_soon_ms", 0, 2_000),
            late_ms=fields.number("late_ms", 0, 10_000),
            noise_bytes_max=fields.number("noise_bytes_max", 0, 1_000),
            wire=read_byte_wire(fields.table("wire")) if protocol is Protocol.BYTE else None,
            text=read_text_wire(fields.table("text")) if protocol is Protocol.TEXT else None,
        )
    if protocol in (Protocol.PJ06, Protocol.BYTE):
        model = replace(
            model,
            baud=fields.baud(),
            parity=fields.choice("parity", Parity) if fields.has("parity") else Parity.NONE,
            stop_bits=fields.number("stop_bits", 1, 2) if fields.has("stop_bits") else 1,
            settle_ms=fields.number("settle_ms", 0, 5_000),
            quiet_ms=fields.number("quiet_ms", 5, 500),
        )
        _check_serial(model)
    if model.text is not None:
        _check_text(model, model.text)
    fields.done()
    return model


def _keys(fields: Fields, protocol: Protocol, name: str) -> tuple[PadKey, ...]:
    keys: list[PadKey] = []
    for row in fields.tables("keys"):
        number, word = row.number("number", 0, 999), row.choice("says", KeyWord)
        sends = b""
        if protocol is Protocol.TEXT:
            sends = printable(row, "sends").encode()
            if not sends:
                raise ModelRefused(f"{name}: key {number} sends nothing")
        elif protocol is not Protocol.UNKNOWN:
            sends = row.octets("sends")
            if not sends:
                raise ModelRefused(f"{name}: key {number} sends nothing")
        row.done()
        if any(key.number == number or (sends and key.sends == sends) for key in keys):
            raise ModelRefused(f"{name}: a number and what is sent can each be given to one key only")
        keys.append(PadKey(number, word, sends))
    _check_fair(keys, name)
    return tuple(keys)


def _check_fair(keys: Sequence[PadKey], name: str) -> None:
    """A pad on which nobody can complain, or nobody praise, is no pad to rate on."""
    if not KEYS_LEAST <= len(keys) <= KEYS_MOST:
        raise ModelRefused(f"{name}: a pad has {KEYS_LEAST} to {KEYS_MOST} keys, not {len(keys)}")
    if not any(key.word.is_good for key in keys):
        raise ModelRefused(f"{name}: no key says satisfied")
    if not any(key.word.is_bad for key in keys):
        raise ModelRefused(f"{name}: no key says dissatisfied")


def _check_serial(model: PadModel) -> None:
    if model.protocol is Protocol.PJ06 and any(len(key.sends) != 1 for key in model.keys):
        raise ModelRefused(f"{model.name}: a key of a PJ06 sends one byte")
    if model.quiet_ms * model.baud < 2 * BITS_MOST * 1000:
        raise ModelRefused(f"{model.name}: quiet_ms must last at least two bytes at {model.baud} baud")
    wire = model.wire
    if wire is None:
        return
    said = [each for each in (wire.timeout, wire.greeting, wire.acknowledgement) if each]
    if len(set(said)) < len(said) or any(model.key(each) for each in said):
        raise ModelRefused(f"{model.name}: keys, timeout, greeting and acknowledgement must differ")


def _check_text(model: PadModel, wire: TextWire) -> None:
    """A key whose result is also an answer of the pad would never count."""
    answers = (wire.heartbeat_answer, wire.login_answer, wire.logout_answer, wire.prompt_answer, wire.unrated)
    results = [wire.result.replace(KEY_PLACE, key.sends.decode()) for key in model.keys] if wire.result else []
    said = [each for each in (*answers, *results) if each]
    if len(set(said)) < len(said):
        raise ModelRefused(f"{model.name}: answers, unrated and the results of the keys must differ")
