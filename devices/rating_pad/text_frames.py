"""Texts of a pad on the network: bytes to texts, and texts to what they mean. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from devices.rating_pad.wires import KEY_PLACE, TextWire

TEXT_MAX = 256
"""Bytes; the known texts have fewer than 20. What is longer is no text of a pad."""


class TextDecoder:
    """Bytes, fed in pieces of any size, become texts without their end mark.

    With an empty `ends_with` every piece is one datagram and one text. What is longer than `TEXT_MAX`, up to its
    end, is thrown away; `garbage_bytes` counts it.
    """

    def __init__(self, ends_with: str) -> None:
        self._end = ends_with.encode()
        self._buffer = b""
        self._skips = False
        self.garbage_bytes = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the texts that `data` completes."""
        if not self._end:
            if len(data) > TEXT_MAX:
                self.garbage_bytes += len(data)
                return []
            return [data] if data else []
        pieces = (self._buffer + data).split(self._end)
        self._buffer = pieces.pop()
        texts: list[bytes] = []
        for piece in pieces:
            if self._skips or len(piece) > TEXT_MAX:
                self.garbage_bytes += len(piece)
            elif piece:
                texts.append(piece)
            self._skips = False
        self._bound()
        return texts

    def _bound(self) -> None:
        """Keep no more of a text without an end than could still be one, or hold the beginning of an end."""
        if not self._skips and len(self._buffer) <= TEXT_MAX + len(self._end) - 1:
            return
        kept = len(self._end) - 1
        excess = max(0, len(self._buffer) - kept)
        self.garbage_bytes += excess
        self._buffer = self._buffer[excess:]
        self._skips = True


class Answer(Enum):
    """A text from the pad that is no result."""

    HEARTBEAT = "heartbeat"
    LOGIN = "login"
    LOGOUT = "logout"
    PROMPT = "prompt"
    UNRATED = "unrated"


class Result(Struct, frozen=True):
    """The pad says which key was pressed: what stands in the place of the key."""

    key: bytes


class NotUnderstood(Struct, frozen=True):
    """A text that the model does not have."""

    text: bytes


Meaning: TypeAlias = Answer | Result | NotUnderstood


def meaning_of(text: bytes, wire: TextWire) -> Meaning:
    """Return what a text from the pad means."""
    answers = (
        (wire.heartbeat_answer, Answer.HEARTBEAT),
        (wire.login_answer, Answer.LOGIN),
        (wire.logout_answer, Answer.LOGOUT),
        (wire.prompt_answer, Answer.PROMPT),
        (wire.unrated, Answer.UNRATED),
    )
    for known, answer in answers:
        if known and text == known.encode():
            return answer
    before, place, after = (part.encode() for part in wire.result.partition(KEY_PLACE))
    if place and len(text) > len(before) + len(after) and text.startswith(before) and text.endswith(after):
        return Result(text[len(before) : len(text) - len(after)])
    return NotUnderstood(text)
