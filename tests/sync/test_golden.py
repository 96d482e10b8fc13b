"""The published vectors are read by this version, and what it writes is what they say."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from county.logbook import NOTHING_READ, follow
from sync.case_key import CaseKey
from sync.compression import Matter, path
from sync.keys import Purpose, Trust, verify_sign1
from sync.model.receipt import parse_qr_text
from sync.protocol.acknowledgement import Acknowledgement, verify_answer
from sync.protocol.checkpoint import CheckpointAnswer, chain_leaf_hash, verify_checkpoint
from sync.protocol.frame import FrameReader
from sync.protocol.log_page import verify_log_page
from sync.protocol.pack_offer import PackOffer, decode_offers
from sync.protocol.recovery import verify_recovery
from sync.protocol.relay import Relay, open_relay
from sync.protocol.revocations import verify_revocations
from sync.protocol.segment import Segment, decode_segment
from sync.reading import fact_of
from sync.receipt_proof import is_signed
from sync.record import Link, Record, check_follows, check_signature, restore
from sync.sealing import KeyOpener
from sync.tree import EMPTY_ROOT
from tests.golden.make import (
    COUNTY,
    FACTS,
    HELD_LEAVES,
    LAST_FOUR,
    LEAVES,
    NOW_MS,
    RECEIPT_HOST,
    SUBJECT,
    VECTORS,
    checkpoint,
    checkpoint_answer,
    log_page,
    receipt,
    recovered_answer,
    recovery,
    revocations,
    signer,
    statement,
)
from tests.seals import keys_in
from tests.sync.village import SOURCES


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    held: dict[str, Any] = json.loads(VECTORS.read_text())
    return held


@pytest.fixture(scope="module")
def records(golden: dict[str, Any]) -> list[Record]:
    return [
        restore(bytes.fromhex(each["header"]), bytes.fromhex(each["body"]), bytes.fromhex(each["signature"]))
        for each in golden["records"]
    ]


@pytest.fixture
def trust(golden: dict[str, Any]) -> Trust:
    return Trust(bytes.fromhex(golden["public_keys"]["root"]), COUNTY)


def test_the_records_are_a_chain_and_hold_the_facts(golden: dict[str, Any], records: list[Record]) -> None:
    link = Link.start(bytes.fromhex(golden["chain"]))
    for record, vector in zip(records, golden["records"], strict=True):
        check_follows(record, link)
        check_signature(record, bytes.fromhex(golden["public_keys"]["terminal"]))
        assert record.hash.hex() == vector["hash"]
        link = record.link
    for reader in golden["readers"].values():
        opener = KeyOpener(X25519PrivateKey.from_private_bytes(bytes.fromhex(reader)))
        keys = keys_in(records, opener)
        assert [fact_of(record, keys) for record in records[1:]] == [happened for happened, *_ in FACTS]
        told = keys.key(records[0].header.chain, 1)
        assert told is not None
        assert told.secret.hex() == golden["content_key"]


def test_a_signature_stands_in_its_cose_message(golden: dict[str, Any], records: list[Record]) -> None:
    for record, vector in zip(records, golden["records"], strict=True):
        assert record.signature
        # d2 84: tagged array of 4; 43 a10127: {1: -8}; a0: {}; f6: detached; 58 40: 64 bytes.
        assert vector["cose_sign1"] == "d28443a10127a0f65840" + record.signature.hex()


def test_the_segment_is_written_and_read_as_published(golden: dict[str, Any], records: list[Record]) -> None:
    assert Segment.of(records).encode().hex() == golden["segment"]
    (content,) = FrameReader(100_000).feed(bytes.fromhex(golden["segment_frame"]))
    back = decode_segment(content).open(bytes.fromhex(golden["public_keys"]["terminal"]))
    assert [each.header_bytes for each in back] == [each.header_bytes for each in records]


def test_the_answer_is_written_and_read_as_published(
    golden: dict[str, Any], records: list[Record], trust: Trust
) -> None:
    said = Acknowledgement(records[-1].link, NOW_MS + 5)
    assert verify_answer(bytes.fromhex(golden["answer"]), trust) == said
    gateway = signer("gateway")
    assert said.sign(gateway).hex() == golden["acknowledgement"]
    acknowledge = statement(Purpose.ACKNOWLEDGE, gateway.public_key, f"urn:sunpoint:{COUNTY}:gateway")
    assert acknowledge.hex() == golden["statement"]
    assert verify_sign1(trust.root_key, acknowledge, 1_000)


def test_the_tree_and_its_checkpoint_are_written_and_read_as_published(
    golden: dict[str, Any], records: list[Record], trust: Trust
) -> None:
    said = verify_checkpoint(
        bytes.fromhex(golden["checkpoint_answer"]), trust, records[0].header.chain, checkpoint(HELD_LEAVES)
    )
    assert said == CheckpointAnswer(checkpoint(LEAVES), records[-1].link)
    assert checkpoint_answer().hex() == golden["checkpoint_answer"]
    assert said.checkpoint.hash.hex() == golden["checkpoint_hash"]
    gateway = signer("gateway")
    assert said.checkpoint.sign(gateway).hex() == golden["checkpoint"]
    assert checkpoint(HELD_LEAVES).sign(gateway).hex() == golden["checkpoint_held"]
    assert [checkpoint(size).root.hex() for size in range(LEAVES + 1)] == golden["roots"]
    assert golden["roots"][0] == EMPTY_ROOT.hex()
    for chain, seq, digest, leaf in golden["leaves"]:
        assert chain_leaf_hash(Link(bytes.fromhex(chain), seq, bytes.fromhex(digest))).hex() == leaf


def test_the_list_of_revocations_is_written_and_read_as_published(golden: dict[str, Any], trust: Trust) -> None:
    message = bytes.fromhex(golden["revocations"])
    assert verify_revocations(message, trust) == revocations()
    assert revocations().sign(signer("root")) == message
    assert revocations().since("ack", signer("stolen").public_key) == NOW_MS


def test_the_recovery_and_the_answer_that_needs_it_are_written_and_read_as_published(
    golden: dict[str, Any], records: list[Record], trust: Trust
) -> None:
    message = bytes.fromhex(golden["recovery"])
    assert verify_recovery(message, trust) == recovery()
    assert recovery().sign(signer("root")) == message
    answer = bytes.fromhex(golden["recovered_answer"])
    assert recovered_answer() == answer
    said = verify_checkpoint(answer, trust, records[0].header.chain, checkpoint(HELD_LEAVES))
    assert said.recovered == recovery().newest
    assert said.checkpoint.root.hex() == golden["roots"][LEAVES]


def test_the_page_of_the_log_is_written_and_read_as_published(golden: dict[str, Any], trust: Trust) -> None:
    page = verify_log_page(bytes.fromhex(golden["log_page"]), trust)
    assert page == replace(log_page(), vouched_until_ms=1_826_951_520_000)
    assert follow(NOTHING_READ, page).followed.newest == checkpoint(LEAVES)


def test_the_receipt_is_written_and_read_as_published(golden: dict[str, Any], records: list[Record]) -> None:
    token = parse_qr_text(golden["receipt"], RECEIPT_HOST)
    assert token == receipt()
    assert token.claim.names(records[1].hash)
    assert is_signed(token.claim, token.signature, bytes.fromhex(golden["public_keys"]["terminal"]))
    opens = CaseKey(token.case_key, LAST_FOUR).opener().recipient
    assert opens.public_key.hex() == golden["receipt_reading_key"]


def test_the_relay_and_the_offers_are_read_as_published(
    golden: dict[str, Any], records: list[Record], trust: Trust
) -> None:
    relay = Relay.decode(bytes.fromhex(golden["relay"]))
    assert relay.place == 12
    said, back = open_relay(relay, trust, Purpose.TERMINAL_CHAIN, SUBJECT)
    assert said.key.hex() == golden["public_keys"]["terminal"]
    assert [each.hash for each in back] == [each.hash for each in records]
    assert decode_offers(bytes.fromhex(golden["offers"])) == (PackOffer("calendar", 3, 2_000, b"\x03" * 32),)


def test_the_dictionaries_are_those_that_were_published() -> None:
    said = (SOURCES / "sync" / "README.md").read_text("utf-8")
    for matter in Matter:
        assert f"`{path(matter).name}` | `{hashlib.sha256(path(matter).read_bytes()).hexdigest()}`" in said
