"""The agent's card: the second half of what opens a desk, beside the PIN; and what may stand in the card's place.

A card is a paper with 128 random bits as a text to scan or to type: the agent's id, 4 signs that name the terminal, the
bits and a check, as `sync.crockford` writes them: `A01-7Q2M-...`. 35 letters and digits, a letter always first, so that
a scanner that types is told from somebody who types a PIN.
"""

from __future__ import annotations

import hashlib
import os
from typing import Protocol

from msgspec import Struct

from sync import crockford
from sync.agents import AGENT_ID
from sync.crockford import CodeMistyped

SECRET_BYTES = 16
MARK_BYTES = 8
AGENT_CHARACTERS = 3
_TERMINAL_CHARACTERS = 4
_PAYLOAD_CHARACTERS = _TERMINAL_CHARACTERS + crockford.length(SECRET_BYTES) + crockford.CHECK_CHARACTERS
CARD_CHARACTERS = AGENT_CHARACTERS + _PAYLOAD_CHARACTERS
"""Letters and digits of a whole card, without the dashes."""


class CardOfAnotherTerminal(ValueError):
    """The card is whole, and was made for another terminal."""


class SecondHalf(Protocol):
    """What opens a desk beside a PIN: an agent's card; a TPM of the terminal could stand here."""

    @property
    def mark(self) -> bytes:
        """8 bytes by which it is known again. They tell nothing about the secret."""

    @property
    def secret(self) -> bytes:
        """At least 128 random bits that stand in no file of the terminal."""


class AgentCard(Struct, frozen=True):
    """One card.

    Attributes:
        agent: whose it is, by the id of `sync.agents`.
        terminal: the terminal's name in statements (`sync.keys.terminal_subject`).
        secret: 16 random bytes.
    """

    agent: str
    terminal: str
    secret: bytes

    @classmethod
    def fresh(cls, agent: str, terminal: str) -> AgentCard:
        """Make a new card at random."""
        return cls(agent, terminal, os.urandom(SECRET_BYTES))

    @property
    def mark(self) -> bytes:
        """See `SecondHalf.mark`."""
        return hashlib.sha256(b"sunpoint 1 card" + self.secret).digest()[:MARK_BYTES]

    def text(self) -> str:
        """What stands on the card, also as a QR code: groups of four behind the agent's id."""
        payload = _terminal_signs(self.terminal) + crockford.encoded(self.secret)
        return "-".join((self.agent, crockford.grouped(payload + crockford.check(self.agent + payload))))

    @classmethod
    def read(cls, text: str, terminal: str) -> AgentCard:
        """Read a card of a terminal as it was scanned or typed. Raises CodeMistyped, CardOfAnotherTerminal."""
        signs = crockford.typed_signs(text)
        agent = signs[:1] + signs[1:AGENT_CHARACTERS].translate(crockford.READ_AS)
        if AGENT_ID.fullmatch(agent) is None:
            raise CodeMistyped("a card begins with a letter and two digits")
        payload = crockford.read_signs(signs[AGENT_CHARACTERS:], _PAYLOAD_CHARACTERS)
        payload = crockford.without_check(agent + payload)[AGENT_CHARACTERS:]
        if payload[:_TERMINAL_CHARACTERS] != _terminal_signs(terminal):
            raise CardOfAnotherTerminal("this card was made for another terminal")
        return cls(agent, terminal, crockford.decoded(payload[_TERMINAL_CHARACTERS:], SECRET_BYTES))


def looks_like_card(text: str) -> bool:
    """Whether a scanned text is a card or what is left of one: it is then to be called misread, and not unknown."""
    agent, mark, rest = text.strip().partition("-")
    signs = crockford.typed_signs(text)
    whole = len(signs) == CARD_CHARACTERS and AGENT_ID.fullmatch(signs[:AGENT_CHARACTERS]) is not None
    return whole or bool(mark and AGENT_ID.fullmatch(agent.upper()) and len(rest) >= CARD_CHARACTERS // 2)


def _terminal_signs(terminal: str) -> str:
    digest = hashlib.sha256(b"sunpoint 1 terminal of a card" + terminal.encode()).digest()
    return crockford.encoded(digest[:3])[:_TERMINAL_CHARACTERS]
