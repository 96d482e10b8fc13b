"""What reads the bytes of a reader of identity cards and of its cards, and what a simulated reader reads."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from devices.id_reader.card import CardRefused, IdCard, read_address, read_text
from devices.id_reader.frames import (
    ANSWER_LENGTH_MAX,
    COMMAND_LENGTH_MAX,
    HEAD,
    TEXT_BYTES,
    Answer,
    BaseText,
    Command,
    Deframer,
    ReplyDecoder,
    Status,
    encode,
    frame,
)
from devices.sim.cards import CARDS, PHOTO
from devices.sim.sam_v import SAM_NUMBER, Said, SamV
from tests.campaign.wires.eater import Eater, Feed, Moment

_BEFORE = len(HEAD) + 2
_ANSWERS = {
    Command.STATUS: frame(b"\0\0\x90"),
    Command.SAM_NUMBER: frame(b"\0\0\x90" + SAM_NUMBER),
    Command.FIND: frame(b"\0\0\x80"),
    Command.SELECT: frame(b"\0\0\x81"),
    Command.READ: frame(b"\0\0\x41"),
}


def _replies() -> tuple[object, Feed]:
    decoder = ReplyDecoder()
    return decoder, lambda data, _: decoder.feed(data)


def _reply(rng: Random) -> tuple[bytes, Answer | BaseText]:
    if rng.random() < 0.5:
        status, data = rng.choice(list(Status)), rng.randbytes(rng.randrange(71))
        return frame(bytes((0, 0, status)) + data), Answer(status, data)
    card = rng.choice(list(CARDS.values()))
    return frame(b"\0\0\x90\x01\0\x04\0" + card.text + card.photo), BaseText(card.text)


def _valid_replies(rng: Random) -> tuple[list[Moment], list[object]]:
    replies = [_reply(rng) for _ in range(6)]
    return [(0, b"".join(raw for raw, _ in replies))], [reply for _, reply in replies]


def _nothing_but_texts(_stream: bytes, said: Sequence[object]) -> None:
    for reply in said:
        held = reply.text if isinstance(reply, BaseText) else reply.data if isinstance(reply, Answer) else b""
        assert PHOTO[:12] not in held, "a photograph was passed on"
        assert len(held) <= TEXT_BYTES, "more than a text was passed on"


def _commands() -> tuple[object, Feed]:
    module = SamV(Random(0))
    return module, lambda data, _: module.hear(data)


def _valid_commands(rng: Random) -> tuple[list[Moment], list[object]]:
    commands = [command for command in rng.choices(list(_ANSWERS), k=12) if command is not Command.READ]
    return [(0, b"".join(map(encode, commands)))], [Said(_ANSWERS[command], 0.0) for command in commands]


def _card(data: bytes, _at_ms: int) -> list[object]:
    """Return the card, its refusal, and what the same bytes are as an address."""
    if not data:
        return []
    read: list[object] = []
    for take in (read_text, read_address):
        try:
            read.append(take(data))
        except CardRefused as refused:
            read.append(refused.fault)
    return read


def _valid_card(rng: Random) -> tuple[list[Moment], list[object]]:
    card = CARDS["citizen"]
    del rng
    return [(0, card.text)], [read_text(card.text), *_card(card.text, 0)[1:]]


def _whole_cards(_stream: bytes, said: Sequence[object]) -> None:
    for card in said:
        assert not isinstance(card, IdCard) or card.name, "a card without a name"


READER = (
    Eater(
        "replies of an ID-card reader",
        (Deframer, ReplyDecoder),
        _replies,
        lambda rng: _reply(rng)[0],
        _valid_replies,
        _BEFORE + ANSWER_LENGTH_MAX,
        _nothing_but_texts,
    ),
    Eater(
        "commands to an ID-card reader",
        (Deframer, SamV),
        _commands,
        lambda rng: encode(rng.choice(list(Command))),
        _valid_commands,
        _BEFORE + COMMAND_LENGTH_MAX,
    ),
    Eater(
        "texts of cards",
        (read_text, read_address),
        lambda: (None, _card),
        lambda rng: rng.choice(list(CARDS.values())).text,
        _valid_card,
        0,
        _whole_cards,
        is_cut=False,
    ),
)
