"""Decoders of what travels beside the records: bundles, receipts, attachments, pages of the log, a desk's keys."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.serialization import Encoding

from sync.agent_card import AgentCard, CardOfAnotherTerminal
from sync.attachments.sealed import AttachmentRefused, open_sealed, seal
from sync.bundle.ask import Ask, open_ask
from sync.bundle.closing import Closing, open_closing
from sync.bundle.envelope import BundleRefused, Direction, open_stream, seal_stream
from sync.bundle.items import DOWN_BYTES_MAX, Item, ItemKind, read_items
from sync.crockford import CodeMistyped
from sync.desk_grant import DeskGrant, GrantCode, GrantRefused
from sync.desk_key import DeskKey, DeskKeyDamaged, Given, OpenDesk
from sync.desk_key_file import decode as decode_desk_key
from sync.desk_key_file import encode as encode_desk_key
from sync.keys import Purpose
from sync.model.facts import DeskGift
from sync.model.receipt import NotAReceiptCode, parse_qr_text, qr_text
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.log_page import LogPage, LogPageRefused, verify_log_page
from sync.protocol.segment import cut
from sync.protocol.tus import Named, TusMalformed
from sync.receipt_proof import is_signed, make_token
from sync.record import Record
from tests.campaign.fuzz.at_gateway import gateway_decoders
from tests.campaign.fuzz.decoder import NAME, NOW_MS, Decoder
from tests.campaign.village import estate
from tests.sync.test_receipt_proof import NUMBER
from tests.sync.village import chain_of

HOST = "sunpoint.qingshan.example"
KEY = hashlib.sha256(b"attachment").digest()
CODE = GrantCode(bytes(range(16)))
CARD = AgentCard("A01", NAME.urn(), bytes(range(16)))


def newer_decoders() -> list[Decoder]:
    """Their rows, made inside what draws randomness from a seed; only the desk key has salts of its own each time."""
    records = chain_of(estate.signer("record"), 12)
    items = _up_items(records)
    sealed = [seal(bytes(range(256)) * size, KEY) for size in (1, 300, 600)]
    down = b"".join(each.encode() for each in (Item(ItemKind.RELAY, b"relay"), Item(ItemKind.CLOSING, _closing())))
    return [
        *gateway_decoders(records, _ask()),
        Decoder("bundle up", _bundles(Direction.UP, items), _bundle(Direction.UP), (BundleRefused,), is_proof=True),
        Decoder(
            "bundle down", _bundles(Direction.DOWN, [down]), _bundle(Direction.DOWN), (BundleRefused,), is_proof=True
        ),
        Decoder("items of a bundle", items, lambda each: tuple(read_items([each])), (BundleRefused,), is_proof=False),
        Decoder("ask", [_ask()], lambda each: open_ask(each, estate.issuer().certificate), (BundleRefused,), True),
        Decoder(
            "closing",
            [_closing()],
            lambda each: open_closing(each, estate.trust(), NAME.urn(), bytes(32)),
            (BundleRefused,),
            is_proof=True,
        ),
        Decoder("receipt", [_receipt(each) for each in records], _read_receipt, (NotAReceiptCode,), is_proof=True),
        Decoder(
            "sealed attachment",
            [each.content for each in sealed],
            _attachment({each.digest for each in sealed}),
            (AttachmentRefused,),
            is_proof=True,
        ),
        Decoder(
            "page of the log",
            [_page(records)],
            lambda each: verify_log_page(each, estate.trust()),
            (LogPageRefused,),
            is_proof=True,
        ),
        Decoder(
            "desk key",
            [_desk_key()],
            lambda each: decode_desk_key(each, NAME.urn()),
            (DeskKeyDamaged,),
            is_proof=True,
        ),
        Decoder("desk grant", [_grant()], _open_grant, (GrantRefused,), is_proof=True),
        Decoder(
            "agent card",
            [CARD.text().encode()],
            lambda each: AgentCard.read(each.decode("utf-8", "replace"), NAME.urn()),
            (CodeMistyped, CardOfAnotherTerminal),
            is_proof=False,
        ),
        Decoder(
            "tus metadata",
            [Named(records[0].header.chain, seq).encode().encode() for seq in (1, 4711)],
            lambda each: Named.decode(each.decode("latin-1")),
            (TusMalformed,),
            is_proof=False,
        ),
    ]


def _up_items(records: list[Record]) -> list[bytes]:
    segments = [Item(ItemKind.SEGMENT, each.encode()).encode() for each in cut(records, records_max=3)]
    return [Item(ItemKind.ASK, _ask()).encode(), *segments]


def _bundles(direction: Direction, items: Iterable[bytes]) -> list[bytes]:
    reader = estate.stick_key().recipient
    return [b"".join(seal_stream(direction, estate.COUNTY, reader, items)) for _ in range(2)]


def _bundle(direction: Direction) -> Callable[[bytes], object]:
    def decode(content: bytes) -> object:
        file = io.BytesIO(content)
        pieces = open_stream(file.read, direction, estate.COUNTY, estate.stick_key(), DOWN_BYTES_MAX)
        return tuple(each.encode() for each in read_items(pieces))

    return decode


def _ask() -> bytes:
    ask = Ask(b"8 bytes.", 12, 9, 1, 3, estate.stick_key().recipient, (), NOW_MS)
    return ask.sign(estate.signer(f"tls {NAME.urn()}"), estate.certificate(NAME).public_bytes(Encoding.PEM))


def _acknowledging() -> bytes:
    key = estate.signer("acknowledge").public_key
    return estate.statement(Purpose.ACKNOWLEDGE, key, estate.GATEWAY.urn())


def _closing() -> bytes:
    return Closing(NAME.urn(), bytes(32), NOW_MS, 9, 1).sign(estate.signer("acknowledge"), _acknowledging())


def _receipt(record: Record) -> bytes:
    return qr_text(make_token(NUMBER, record, b"k" * 16, estate.signer("record")), HOST).encode()


def _read_receipt(content: bytes) -> object:
    """As a terminal reads what was scanned: a code whose signature does not hold counts for nothing."""
    token = parse_qr_text(content.decode("utf-8", "replace"), HOST)
    if not is_signed(token.claim, token.signature, estate.signer("record").public_key):
        raise NotAReceiptCode("nobody has signed this receipt")
    return token


def _attachment(digests: Iterable[bytes]) -> Callable[[bytes], object]:
    def decode(content: bytes) -> object:
        digest = hashlib.sha256(content).digest()
        if digest not in digests:
            # Whoever can have a record name what is damaged must still know the key.
            opened = open_sealed(content, KEY, digest)
            raise AssertionError(f"{len(opened)} bytes that nobody has sealed")
        return open_sealed(content, KEY, digest)

    return decode


def _page(records: list[Record]) -> bytes:
    page = LogPage(0, tuple(each.link for each in records), (Checkpoint(12, bytes(32), NOW_MS, 1),), NOW_MS)
    return page.sign(estate.signer("acknowledge"), _acknowledging())


def _desk_key() -> bytes:
    opened = OpenDesk(estate.desk_key(NAME))
    given = Given(DeskGift.FIRST, NOW_MS)
    return encode_desk_key(DeskKey.begin(NAME.urn(), opened).gave(opened, "A01", "246810", CARD, given))


def _grant() -> bytes:
    key, chain = estate.desk_key(NAME), estate.signer("county chain")
    statement = estate.statement(Purpose.COUNTY_CHAIN, chain.public_key, NAME.urn())
    grant = DeskGrant(NAME.urn(), "A01", key.recipient.public_key, NOW_MS, NOW_MS + 1)
    return grant.seal([key], CODE, chain, statement)


def _open_grant(content: bytes) -> object:
    grant = DeskGrant.read(content, estate.trust(), NAME.urn(), NOW_MS)
    return grant.open(CODE).key.recipient
