"""The published vectors, read by the second implementation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.second import cbor
from tests.second.carried import offers, read_page, read_receipt, read_relay, reading_key, seal_attachment
from tests.second.county import (
    AnswerMalformed,
    Checkpoint,
    NotVouchedFor,
    Trust,
    WentBack,
    fields,
    read_acknowledgement,
    read_checkpoint,
    read_revocations,
    recoveries,
)
from tests.second.primitives import (
    NotProven,
    NotSigned,
    check_inclusion,
    leaf_hash,
    sha256,
    sign1,
    tree_root,
    verify_detached,
    verify_sign1,
)
from tests.second.records import Matters, decode_segment, encode_segment, frame, open_body, open_content_key

TESTS = Path(__file__).resolve().parents[1]
PIPE: dict[str, Any] = json.loads((TESTS / "golden" / "pipe.json").read_text())
ATTACHMENTS: dict[str, Any] = json.loads((TESTS / "golden" / "attachments.json").read_text())

SELF_TESTED: dict[str, Any] = json.loads((TESTS / "golden" / "self_tested.json").read_text())
CATALOGUE: dict[str, Any] = json.loads((TESTS / "golden" / "facts.json").read_text())


def raw(name: str) -> bytes:
    return bytes.fromhex(PIPE[name])


CHAIN = raw("chain")
KEYS = {name: bytes.fromhex(key) for name, key in PIPE["public_keys"].items()}
TRUST = Trust(KEYS["root"], "990101")


@pytest.fixture(scope="module")
def matters() -> Matters:
    return Matters(TESTS.parent / "sync" / "dictionaries")


def held() -> Checkpoint:
    payload = verify_sign1(KEYS["gateway"], raw("checkpoint_held"))
    said = fields(payload, range(5))
    return Checkpoint(said[1], said[2], said[3], said[4], sha256(payload))


def test_the_segment_is_the_records(matters: Matters) -> None:
    records = decode_segment(raw("segment"), KEYS["terminal"], matters)
    assert frame(raw("segment")) == raw("segment_frame")
    for record, told in zip(records, PIPE["records"], strict=True):
        assert record.header.hex() == told["header"]
        assert record.body is not None
        assert record.body.hex() == told["body"]
        assert record.hash.hex() == told["hash"]
        verify_detached(KEYS["terminal"], record.header, bytes.fromhex(told["signature"]))
    assert decode_segment(encode_segment(records, matters), KEYS["terminal"], matters) == records
    with pytest.raises(NotSigned):
        decode_segment(raw("segment")[:-1] + b"\0", KEYS["terminal"], matters)


def test_every_reader_is_told_the_key_of_the_sealed_body(matters: Matters) -> None:
    records = decode_segment(raw("segment"), KEYS["terminal"], matters)
    for secret in PIPE["readers"].values():
        reader = X25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        key = open_content_key(records[0], reader, matters)
        assert key == raw("content_key")
        assert open_body(records[2], key, matters) == {0: "不办了"}
    with pytest.raises(InvalidTag):
        open_body(records[2], bytes(32), matters)


def test_the_answers_hold_under_the_root(matters: Matters) -> None:
    last = PIPE["records"][-1]["hash"]
    said = read_acknowledgement(raw("answer"), TRUST, CHAIN)
    assert (said.seq, said.hash.hex()) == (4, last)
    with pytest.raises(AnswerMalformed):
        read_acknowledgement(raw("answer"), TRUST, bytes(8))
    assert cbor.decode(raw("answer")) == [1, raw("statement"), raw("acknowledgement")]
    checked = read_checkpoint(raw("checkpoint_answer"), TRUST, CHAIN, held())
    assert checked.checkpoint.hash == raw("checkpoint_hash")
    assert checked.head == (4, bytes.fromhex(last))
    assert offers(raw("offers")) == [["calendar", 3, 2000, b"\3" * 32]]
    assert len(read_relay(raw("relay"), TRUST, "terminal-chain", matters)) == 4


def test_a_statement_counts_for_its_purpose_subject_county_and_time_only() -> None:
    said = fields(verify_sign1(KEYS["root"], raw("statement")), range(7))
    for at_ms in (None, said[5], said[6]):
        assert TRUST.vouched(raw("statement"), "ack", at_ms, said[3]) == KEYS["gateway"]
    issuer = Trust(KEYS["terminal"], "990101", KEYS["root"])
    refused = (
        (TRUST, "ack", said[5] - 1, None),
        (TRUST, "ack", said[6] + 1, None),
        (TRUST, "packs", None, None),
        (TRUST, "ack", None, "urn:sunpoint:990101:county"),
        (Trust(KEYS["root"], "990102"), "ack", None, None),
        (issuer, "ack", None, None),
    )
    for trust, purpose, at_ms, subject in refused:
        with pytest.raises((NotVouchedFor, NotSigned)):
            trust.vouched(raw("statement"), purpose, at_ms, subject)


def test_what_the_root_revoked_is_not_believed() -> None:
    number, entries = read_revocations(raw("revocations"), TRUST)
    assert number >= 1
    assert entries
    with pytest.raises(NotSigned):
        read_revocations(raw("revocations"), Trust(KEYS["gateway"], "990101"))
    gateway = {("ack", sha256(KEYS["gateway"])): 1 << 46}
    with pytest.raises(NotVouchedFor):
        read_acknowledgement(raw("answer"), replace(TRUST, revoked=gateway), CHAIN)
    with pytest.raises(NotVouchedFor):
        read_checkpoint(raw("checkpoint_answer"), replace(TRUST, revoked=gateway), CHAIN, held())
    for purpose, key in (("packs", "gateway"), ("ack", "terminal")):
        elsewhere = {(purpose, sha256(KEYS[key])): 0}
        assert read_acknowledgement(raw("answer"), replace(TRUST, revoked=elsewhere), CHAIN).seq == 4


def test_an_older_or_another_checkpoint_never_takes_the_place_of_the_held_one() -> None:
    newest = read_checkpoint(raw("checkpoint_answer"), TRUST, CHAIN, held()).checkpoint
    for holding, refusal in (
        (replace(newest, size=8), WentBack),
        (replace(newest, at_ms=newest.at_ms + 1), WentBack),
        (replace(held(), epoch=2), WentBack),
        (replace(held(), at_ms=newest.at_ms), WentBack),
        (replace(newest, root=bytes(32), at_ms=newest.at_ms - 1), NotProven),
        (replace(held(), root=bytes(32)), NotProven),
        (replace(held(), size=2), NotProven),
        (None, NotProven),
    ):
        with pytest.raises(refusal):
            read_checkpoint(raw("checkpoint_answer"), TRUST, CHAIN, holding)
    with pytest.raises(NotProven):
        read_checkpoint(raw("checkpoint_answer"), TRUST, bytes(8), held())


def test_the_tree_has_these_roots() -> None:
    hashes = [leaf_hash(cbor.encode([bytes.fromhex(c), seq, bytes.fromhex(h)])) for c, seq, h, _ in PIPE["leaves"]]
    assert [each.hex() for each in hashes] == [leaf[3] for leaf in PIPE["leaves"]]
    assert [tree_root(hashes[:size]).hex() for size in range(len(hashes) + 1)] == PIPE["roots"]
    leaf = cbor.encode([bytes.fromhex(PIPE["leaves"][0][0]), 1, b"\1" * 32])
    check_inclusion(leaf, 0, 2, [hashes[1]], tree_root(hashes[:2]))
    with pytest.raises(NotProven):
        check_inclusion(leaf, 0, 3, [hashes[1]], tree_root(hashes[:2]))
    assert [row[0] for row in read_page(raw("log_page"), TRUST)] == [3, 7]


def test_a_second_epoch_needs_the_roots_word() -> None:
    assert read_checkpoint(raw("recovered_answer"), TRUST, CHAIN, held()).checkpoint.epoch == 2
    assert list(recoveries(raw("recovery"), TRUST)) == [2]
    silent = cbor.encode(cbor.decode(raw("recovered_answer"))[:5])
    for holding in (held(), None):
        with pytest.raises(WentBack):
            read_checkpoint(silent, TRUST, CHAIN, holding)


def test_the_receipt_names_the_second_record_and_is_signed() -> None:
    receipt = read_receipt(PIPE["receipt"])
    assert (receipt.chain, receipt.seq) == (CHAIN, 2)
    assert PIPE["records"][1]["hash"].startswith(receipt.hash_head.hex())
    receipt.verify(KEYS["terminal"])
    with pytest.raises(NotSigned):
        receipt.verify(KEYS["gateway"])
    secret = reading_key(receipt.case_key, PIPE["receipt_last_four"])
    assert X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw() == raw("receipt_reading_key")


@pytest.mark.parametrize("row", ATTACHMENTS["attachments"], ids=lambda row: f"{row['content_bytes']} bytes")
def test_attachments_are_sealed_alike(row: dict[str, Any]) -> None:
    content = bytes(place % 251 for place in range(row["content_bytes"]))
    sealed = seal_attachment(bytes.fromhex(ATTACHMENTS["key"]), content)
    assert len(sealed) == row["sealed_bytes"]
    assert sha256(sealed).hex() == row["digest"]
    assert sealed.startswith(bytes.fromhex(row["begins"]))
    assert sealed.endswith(bytes.fromhex(row["ends"]))


def test_a_self_test_reads_by_the_catalogue_alone() -> None:
    plain = cbor.decode(bytes.fromhex(SELF_TESTED["plain"]))
    places = {row["plain"]: row["name"] for row in CATALOGUE["kinds"][str(SELF_TESTED["kind"])]["fields"]}
    inside = {row["body"]: row["name"] for row in CATALOGUE["parts"]["CheckedPart"]}
    told = {places[place]: value for place, value in plain.items()}
    told["parts"] = [{inside[place]: value for place, value in part.items()} for part in told["parts"]]
    assert told == SELF_TESTED["fact"]
    assert {part["verdict"] for part in told["parts"]} == set(CATALOGUE["words"]["Verdict"])


ODD = ["1800", "f5", "f97e00", "9fff", "a201010101", "a120f6", "c000", "61ff", "0000", "81" * 40, "a2616100f600"]


@pytest.mark.parametrize("odd", ODD)
def test_bytes_that_are_not_their_own_encoding_are_refused(odd: str) -> None:
    with pytest.raises(cbor.NotCanonical):
        cbor.decode(bytes.fromhex(odd))


def test_what_is_signed_here_is_what_is_signed_there() -> None:
    key = Ed25519PrivateKey.generate()
    assert verify_sign1(key.public_key().public_bytes_raw(), sign1(key, b"word")) == b"word"
