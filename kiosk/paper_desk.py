"""Receipts at this terminal: what is printed on them, and what a paper that somebody shows proves and opens.

Nothing here needs an unlocked desk but making a paper. What a shown paper opens is opened with the paper and the last
four signs of the applicant's identity number, and with nothing else (`sync.case_key`).
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.commands import Refused
from kiosk.desk import CITIZEN, Actor, Desk
from kiosk.given_cases import Inbox
from kiosk.projections.shown import Stub
from sync.case_key import CaseKey, last_four
from sync.journal import Journal
from sync.keyring import Keyring, KeysAmong
from sync.model.case_number import parse_case_number
from sync.model.facts import (
    Author,
    CaseKeyChanged,
    CaseTakenIn,
    CaseTold,
    ContentKeySealed,
    Envelope,
    Fact,
    Kind,
    ReceiptSeen,
    ReceiptVerdict,
    ToldService,
)
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.receipt import NO_CASE_KEY, ReceiptClaim, ReceiptToken
from sync.reading import NO_KEYS, fact_of
from sync.receipt_proof import is_signed, make_token
from sync.record import Record, RecordRefused

_PAPERS = (Kind.CASE_TAKEN_IN, Kind.CASE_KEY_CHANGED)
"""Facts that a paper is about."""

Place = tuple[bytes, int]
"""Chain and seq of a record."""


class PaperDesk:
    """Makes papers, and reads those that are shown."""

    def __init__(self, desk: Desk, journal: Journal, inbox: Inbox) -> None:
        """Write at `desk`; `journal` and `inbox` hold what papers are about."""
        self._desk = desk
        self._journal = journal
        self._inbox = inbox

    # --- papers of this terminal -------------------------------------------------------------------------------------

    def token(self, case_no: str) -> ReceiptToken:
        """Return what the code on a case's receipt holds: about the record that made its newest key.

        At a locked desk nobody can read that key: the paper then proves and restores the case, and opens nothing.
        Raises ValueError for a case whose newest key was not made here, since nobody can sign another terminal's paper;
        JournalDamaged where the record cannot be read.
        """
        about, fact = self._newest_paper(case_no)
        if about is None or not self._desk.is_own(about.header.chain):
            raise ValueError(f"the newest key of case {case_no} was not made here")
        case_key = fact.case_key if isinstance(fact, CaseTakenIn | CaseKeyChanged) else b""
        return make_token(parse_case_number(case_no), about, case_key, self._journal.signer)

    def rating_token(self, case_no: str, seq: int) -> ReceiptToken:
        """Return what the code on the slip of a rating holds: about the record of it, opening nothing.

        The record's hash covers the sealed answer and does not tell it. Raises ValueError for a seq that is no record
        of a rating here.
        """
        record = self._desk.own_record(seq)
        if record is None or record.header.kind != Kind.RATING_GIVEN:
            raise ValueError(f"record {seq} is no rating of this terminal")
        return make_token(parse_case_number(case_no), record, b"", self._journal.signer)

    def proves_a_rating(self, token: ReceiptToken) -> bool:
        """Whether a shown paper is about a rating that was given at this terminal."""
        if not self._desk.is_own(token.claim.chain):
            return False
        record = self._desk.own_record(token.claim.seq)
        return record is not None and record.header.kind == Kind.RATING_GIVEN

    def can_renew(self, case_no: str) -> bool:
        """Whether somebody is here who can read whom a case is about."""
        return any(isinstance(fact, CaseTakenIn) for _, fact in self._desk.story(case_no))

    def renew(self, case_no: str, actor: Actor) -> None:
        """Give a case another key, durable when this returns: the paper that was lost opens nothing newer.

        Raises Refused when the desk cannot read who applies.
        """
        taken_in = next((fact for _, fact in self._desk.story(case_no) if isinstance(fact, CaseTakenIn)), None)
        if taken_in is None:
            raise Refused("not_now", f"case {case_no} cannot be read here")
        fresh = CaseKey.fresh(last_four(taken_in.applicant.identity_number))
        changed = CaseKeyChanged(paper=fresh.opener().recipient.id, case_key=fresh.secret)
        self._desk.note(changed, actor, case_no)

    # --- papers that are shown ---------------------------------------------------------------------------------------

    def show(self, token: ReceiptToken) -> ReceiptVerdict:
        """Tell what a paper is worth, and write down that it was shown; durable when this returns."""
        claim = token.claim
        verdict = self.judge(claim, token.signature)
        seen = ReceiptSeen(
            case_no=claim.case_number.text,
            chain=claim.chain,
            seq=claim.seq,
            hash_prefix=claim.hash_prefix,
            minute=claim.minute,
            key_digest=claim.key_digest,
            signature=token.signature,
            verdict=verdict,
        )
        self._desk.note(seen, CITIZEN)
        return verdict

    def judge(self, claim: ReceiptClaim, signature: bytes) -> ReceiptVerdict:
        """Tell what a paper is worth, with what is known here and no line."""
        if claim.chain == self._journal.chain:
            if not is_signed(claim, signature, self._journal.public_key):
                return ReceiptVerdict.SIGNATURE_WRONG
            record = self._desk.own_record(claim.seq)
            if record is None:
                return ReceiptVerdict.NOT_HERE
            return ReceiptVerdict.VERIFIED if claim.names(record.hash) else ReceiptVerdict.OTHER_RECORD
        known = self._desk.shown.terminal(claim.chain)
        if known is None:
            return ReceiptVerdict.KEY_UNKNOWN
        number = claim.case_number
        # A case may have been given to the terminal that signed: whether it was, the county judges.
        is_theirs = number.region == known.region
        in_time = not known.until_seq or claim.seq <= known.until_seq
        signed = is_theirs and in_time and is_signed(claim, signature, known.public_key)
        return ReceiptVerdict.VERIFIED if signed else ReceiptVerdict.SIGNATURE_WRONG

    def fits(self, token: ReceiptToken, four: str) -> bool | None:
        """Whether these are the last four of the person whom a shown paper is about.

        None while nobody here can tell: the county has not told of the case, or the paper opens nothing.
        """
        key_id = self.key_id(token, four)
        if key_id is None:
            return None
        record = self._about(token.claim)
        if record is not None:
            made = _made_key_id(record)
            return made == key_id if made else None
        stub = self._desk.shown.stub(token.case_number.text)
        told = self._told(stub)
        readers = self._readers(told) if told is not None else ()
        return key_id in readers if readers else None

    def key_id(self, token: ReceiptToken, four: str) -> bytes | None:
        """Return the id of the key that a paper makes with these last four; None for a paper that opens nothing."""
        return None if token.case_key == NO_CASE_KEY else CaseKey(token.case_key, four).opener().recipient.id

    def stub(self, token: ReceiptToken) -> Stub | None:
        """Return what is known of a paper's case when this terminal has nothing but the paper."""
        return self._desk.shown.stub(token.case_number.text)

    def service(self, case_no: str) -> ToldService | None:
        """Return what the county has told of the last service of another terminal's case, None while it has not."""
        record = self._told(self._desk.shown.stub(case_no))
        try:
            return field_of(CaseTold, "service", record.header.plain) if record is not None else None
        except FactDoesNotFit:
            return None

    def opened(self, token: ReceiptToken, four: str) -> Mapping[Place, Fact]:
        """Return what paper and last four open of the county's answers about the case, by record."""
        keys = self._keys(token, four)
        if keys is None:
            return {}
        found: dict[Place, Fact] = {}
        for happened in self._desk.cases.envelopes(token.case_number.text):
            if happened.author is Author.COUNTY and (fact := self._read(happened, keys)) is not None:
                found[happened.chain, happened.seq] = fact
        return found

    def told(self, token: ReceiptToken, four: str) -> CaseTold | None:
        """Return what the county told about the case of another terminal, None when nothing is opened here."""
        keys = self._keys(token, four)
        record = self._told(self.stub(token))
        if keys is None or record is None:
            return None
        fact = _fact(record, keys)
        return fact if isinstance(fact, CaseTold) else None

    def _newest_paper(self, case_no: str) -> tuple[Record | None, Fact | None]:
        found: tuple[Record | None, Fact | None] = (None, None)
        for happened, fact in self._desk.story(case_no):
            if happened.author is Author.TERMINAL and happened.kind in _PAPERS:
                found = self._desk.record(happened.chain, happened.seq), fact
        return found

    def _about(self, claim: ReceiptClaim) -> Record | None:
        """Return the record that a paper is about, None when this terminal does not have it."""
        record = self._desk.record(claim.chain, claim.seq)
        return record if record is not None and claim.names(record.hash) else None

    def _keys(self, token: ReceiptToken, four: str) -> KeysAmong | None:
        if token.case_key == NO_CASE_KEY:
            return None
        return Keyring([CaseKey(token.case_key, four).opener()]).among(self._record_at)

    def _told(self, stub: Stub | None) -> Record | None:
        if stub is None or stub.told_seq is None:
            return None
        found = self._inbox.records(stub.told_seq - 1, 1)
        return found[0][1] if found else None

    def _readers(self, record: Record) -> tuple[bytes, ...]:
        """Return the ids of all who can open a record's body."""
        number = record.header.content_key
        told = self._record_at(record.header.chain, number) if number is not None else None
        fact = _fact(told, None) if told is not None else None
        return tuple(seal.recipient for seal in fact.seals) if isinstance(fact, ContentKeySealed) else ()

    def _read(self, happened: Envelope, keys: KeysAmong) -> Fact | None:
        record = self._record_at(happened.chain, happened.seq)
        if record is None:
            return self._desk.given.fact(happened.chain, happened.seq, keys)
        return _fact(record, keys)

    def _record_at(self, chain: bytes, seq: int) -> Record | None:
        # The inbox holds one chain, the county's for this terminal, and a record's place in it is its seq.
        found = self._inbox.records(seq - 1, 1)
        return found[0][1] if found and found[0][1].header.chain == chain else None


def _fact(record: Record, keys: KeysAmong | None) -> Fact | None:
    try:
        return fact_of(record, keys or NO_KEYS)
    except (RecordRefused, FactDoesNotFit):
        return None


def _made_key_id(record: Record) -> bytes:
    """Return the id of the key that a record made, empty when it made none."""
    kinds: dict[int, type[Fact]] = {int(Kind.CASE_TAKEN_IN): CaseTakenIn, int(Kind.CASE_KEY_CHANGED): CaseKeyChanged}
    kind = kinds.get(record.header.kind)
    try:
        return bytes(field_of(kind, "paper", record.header.plain)) if kind is not None else b""
    except FactDoesNotFit:
        return b""
