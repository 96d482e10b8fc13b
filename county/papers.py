"""Receipts at the county: whom a case's paper lets read, what a shown paper claims against what is here. Pure."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from county.casefile import CaseFile
from sync.case_key import CaseKey, last_four
from sync.model.case import Effect
from sync.model.case_number import NotACaseNumber, parse_case_number
from sync.model.facts import CaseKeyChanged, ReceiptSeen
from sync.model.receipt import CASE_KEY_BYTES, ReceiptClaim
from sync.receipt_proof import is_signed
from sync.sealing import Recipient


def paper_of(file: CaseFile) -> Recipient | None:
    """Return whom the county seals to for the holder of a case's newest receipt; None when it opens nothing."""
    taken_in = file.taken_in
    if taken_in is None:
        return None
    secret = taken_in.case_key
    for entry in file.entries:
        if isinstance(entry.fact, CaseKeyChanged) and entry.step.effect is Effect.NOTED:
            secret = entry.fact.case_key
    if len(secret) != CASE_KEY_BYTES:
        return None
    try:
        return CaseKey(secret, last_four(taken_in.applicant.identity_number)).opener().recipient
    except ValueError:
        return None


class PaperVerdict(StrEnum):
    """What the county makes of a receipt that was shown somewhere."""

    FITS = "fits"  # the record is here, and is that of the paper
    FORGED = "forged"  # the terminal that it names has not signed it
    REWRITTEN = "rewritten"  # that terminal has signed another record than the one that it delivered
    MISSING = "missing"  # that terminal has signed a record that has not been delivered
    UNKNOWN_TERMINAL = "unknown_terminal"  # nobody whom the county knows

    @property
    def grave(self) -> bool:
        """Whether somebody has to look into it. What is missing may be on its way."""
        return self is not PaperVerdict.FITS


class PaperAgainstChain(Struct, frozen=True):
    """What the county holds about the terminal that a paper names.

    Attributes:
        public_key: of its chain, None for a chain that the county does not know.
        place: its region and number, with a hyphen.
        held: the hash of its record in that place, None when it has not come.
    """

    public_key: bytes | None
    place: str
    held: bytes | None


def judge(seen: ReceiptSeen, chain: PaperAgainstChain) -> PaperVerdict:
    """Hold what a paper claims against what the county has. The word of the terminal where it was shown counts not."""
    if chain.public_key is None:
        return PaperVerdict.UNKNOWN_TERMINAL
    claim = claim_of(seen)
    if claim is None or not is_signed(claim, seen.signature, chain.public_key):
        return PaperVerdict.FORGED
    number = claim.case_number
    if f"{number.region}-{number.terminal:02}" != chain.place:
        return PaperVerdict.FORGED
    if chain.held is None:
        return PaperVerdict.MISSING
    return PaperVerdict.FITS if claim.names(chain.held) else PaperVerdict.REWRITTEN


def claim_of(seen: ReceiptSeen) -> ReceiptClaim | None:
    """Return the claim of a shown paper, None when it is none that can be printed."""
    try:
        number = parse_case_number(seen.case_no)
        return ReceiptClaim(number, seen.chain, seen.seq, seen.hash_prefix, seen.minute, seen.key_digest)
    except (NotACaseNumber, ValueError):
        return None
