"""The paper as a proof and as a key: who signed it can be told, and only paper and last four together open."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from sync.case_key import CaseKey, last_four
from sync.model.case_number import CaseNumber
from sync.model.facts import ActorClass, ShiftOpened
from sync.model.receipt import NO_CASE_KEY, ReceiptToken, parse_qr_text, qr_text
from sync.receipt_proof import is_signed, make_token
from sync.record import Link, Record, Stamp, chain_id, compose
from sync.sealing import SealBroken, seal_to
from tests.county.village import new_signer

HOST = "sunpoint.qingshan.example"
NUMBER = CaseNumber("990101102203", date(2026, 11, 23), 1, 1)
SIGNER = new_signer()
NOW_MS = 1_795_415_520_000


@pytest.fixture
def record() -> Record:
    return compose(
        ShiftOpened(),
        after=Link.start(chain_id(SIGNER.public_key)),
        stamp=Stamp(NOW_MS, b"startno1", 5),
        signer=SIGNER,
        actor="A01",
        actor_class=ActorClass.AGENT,
    )


def scanned(token: ReceiptToken) -> ReceiptToken:
    return parse_qr_text(qr_text(token, HOST), HOST)


def test_any_terminal_that_knows_the_key_can_tell_a_receipt_from_a_forgery(record: Record) -> None:
    token = scanned(make_token(NUMBER, record, b"k" * 16, SIGNER))
    assert is_signed(token.claim, token.signature, SIGNER.public_key)
    assert token.claim.names(record.hash)
    assert not is_signed(token.claim, token.signature, new_signer().public_key)
    forged = [
        replace(token.claim, seq=2),
        replace(token.claim, hash_prefix=bytes(16)),
        replace(token.claim, minute=token.claim.minute - 60),
        replace(token.claim, key_digest=bytes(16)),
        replace(token.claim, chain=b"another!"),
        replace(token.claim, case_number=replace(NUMBER, serial=9)),
    ]
    for claim in forged:
        assert not is_signed(claim, token.signature, SIGNER.public_key)


def test_the_signature_of_a_record_is_none_of_a_receipt(record: Record) -> None:
    token = make_token(NUMBER, record, b"k" * 16, SIGNER)
    assert record.signature is not None
    assert not is_signed(token.claim, record.signature, SIGNER.public_key)


def test_a_case_without_a_key_has_a_receipt_that_opens_nothing(record: Record) -> None:
    token = scanned(make_token(NUMBER, record, b"", SIGNER))
    assert token.case_key == NO_CASE_KEY
    with pytest.raises(ValueError, match="no case key"):
        CaseKey(token.case_key, "0015")


def test_paper_and_last_four_open_together_and_neither_alone() -> None:
    paper = CaseKey.fresh("004x")
    sealed = seal_to(paper.opener().recipient, b"approved", b"here")
    assert CaseKey(paper.secret, "004X").opener().open(sealed, b"here") == b"approved"
    for wrong in (CaseKey(paper.secret, "0041"), CaseKey(paper.secret, ""), CaseKey.fresh("004X")):
        assert wrong.opener().recipient.id != paper.opener().recipient.id
        with pytest.raises(SealBroken):
            wrong.opener().open(sealed, b"here")


@pytest.mark.parametrize(
    ("number", "four"), [("99010119940820004x", "004X"), ("990101199408200015", "0015"), (None, ""), ("", "")]
)
def test_the_last_four_are_taken_as_they_are_printed(number: str | None, four: str) -> None:
    assert last_four(number) == four
