"""Signed receipts: the terminal that took a case in says so, and any terminal of the county can tell."""

from __future__ import annotations

from sync.keys import SignatureWrong, Signer, sign_detached, verify_detached
from sync.model.case_number import CaseNumber
from sync.model.receipt import HASH_PREFIX_BYTES, MINUTE_MS, NO_CASE_KEY, ReceiptClaim, ReceiptToken, key_digest
from sync.record import Record


def make_token(case_number: CaseNumber, record: Record, case_key: bytes, signer: Signer) -> ReceiptToken:
    """Return the token of a paper about a record of the signer's chain."""
    header = record.header
    claim = ReceiptClaim(
        case_number,
        header.chain,
        header.seq,
        record.hash[:HASH_PREFIX_BYTES],
        header.wall_ms // MINUTE_MS,
        key_digest(case_key or NO_CASE_KEY),
    )
    return ReceiptToken(claim, case_key or NO_CASE_KEY, sign_detached(signer, claim.to_sign()))


def is_signed(claim: ReceiptClaim, signature: bytes, public_key: bytes) -> bool:
    """Whether the holder of a record key (32 bytes) has signed a claim."""
    try:
        verify_detached(public_key, claim.to_sign(), signature)
    except SignatureWrong:
        return False
    return True
