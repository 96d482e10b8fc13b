"""A service point of the demo county, as far as the county can see it: a key, a chain, facts and segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.case_key import CaseKey
from sync.keys import FileSigner, Purpose, Signer, Statement
from sync.model.answers import kept_answers, sample_answers
from sync.model.case_number import CaseNumber, parse_case_number
from sync.model.catalogue import ServiceItem
from sync.model.condition import Answer
from sync.model.facts import (
    ActorClass,
    CaseTakenIn,
    Channel,
    DeskKeyMade,
    Fact,
    FormValue,
    MaterialMark,
    MaterialState,
    Person,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    ReceiptSeen,
    ReceiptVerdict,
    Role,
    Stage,
    Urgency,
)
from sync.model.moment import wall_ms_at
from sync.model.receipt import ReceiptToken
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.receipt_proof import make_token
from sync.record import Link, Record, Stamp, chain_id, compose
from sync.sealing import ContentKey, Recipient
from tests.seals import DESK

COUNTY = "990101"
LIUXI = "990101102203"
SHIQIAO = "990101102204"
MONDAY = date(2026, 11, 23)
NOON_MS = wall_ms_at(MONDAY, 14, 32)
FAR_MS = 10**14
STROKES = ((100, 200, 180, 60, 260, 220), (300, 80, 330, 240), (420, 90, 640, 90, 520, 90, 500, 260, 640, 200))


def new_signer() -> FileSigner:
    """A key that was never anybody's."""
    return FileSigner(Ed25519PrivateKey.generate())


def number_of(serial: int, region: str = LIUXI, day: date = MONDAY) -> str:
    """A case number of terminal 01."""
    return CaseNumber(region, day, 1, serial).text


BEGUN = 2
"""Records with which every village begins its chain: the content key, and the key of its desk."""


@dataclass
class Village:
    """A terminal of a point, 01 unless said; `issuer` vouches for its chain, as the authority at the gateway does."""

    issuer: Signer
    readers: tuple[Recipient, ...]
    region: str = LIUXI
    terminal: str = "01"
    signer: FileSigner = field(default_factory=new_signer)
    at_ms: int = NOON_MS
    records: list[Record] = field(default_factory=list)
    boot_ms: int = 0
    named: bytes | None = None

    def __post_init__(self) -> None:
        """Begin the chain as a terminal does: with the content key, and the key of its desk."""
        self._content_key = ContentKey.fresh(self.chain, 1)
        self.write(self._content_key.told_to((*self.readers, DESK.recipient)), actor_class=ActorClass.SYSTEM)
        told = DeskKeyMade(public_key=DESK.recipient.public_key, private_key=DESK.secret())
        self.write(told, actor_class=ActorClass.SYSTEM)

    @property
    def chain(self) -> bytes:
        return chain_id(self.signer.public_key)

    @property
    def statement(self) -> bytes:
        subject = f"urn:sunpoint:{COUNTY}:terminal:{self.region}:{self.terminal}"
        statement = Statement(Purpose.TERMINAL_CHAIN, self.signer.public_key, subject, COUNTY, 0, FAR_MS)
        return statement.sign(self.issuer)

    def write(
        self, fact: Fact, case_no: str | None = None, actor: str = "A01", actor_class: ActorClass = ActorClass.AGENT
    ) -> Record:
        """Write one fact, a minute after the last."""
        self.wait(60_000)
        record = compose(
            fact,
            after=self.records[-1].link if self.records else Link.start(self.chain),
            stamp=Stamp(self.at_ms, b"villages", self.boot_ms),
            signer=self.signer,
            actor=actor,
            actor_class=actor_class,
            case_no=case_no,
            checkpoint=self.named,
            content_key=self._content_key,
        )
        self.named = None
        self.records.append(record)
        return record

    def wait(self, ms: int) -> None:
        """Let time pass; setting `at_ms` is a clock that was moved."""
        self.at_ms += ms
        self.boot_ms += ms

    def take_in(
        self, item: ServiceItem, serial: int, name: str = "李秀兰", *, days: int = 5, paper: CaseKey | None = None
    ) -> str:
        """Take an application in, filled in as the item's sample form shows, and return its number.

        With `paper` its receipt opens the county's answers.
        """
        number = number_of(serial, self.region)
        taken_in = application(item, name, days)
        if paper is not None:
            taken_in = replace(taken_in, case_key=paper.secret, paper=paper.opener().recipient.id)
        self.write(taken_in, number)
        return number

    def receipt(self, number: str, case_key: bytes, at: Record | None = None) -> ReceiptToken:
        """The paper about the newest record, or about another."""
        return make_token(parse_case_number(number), at or self.records[-1], case_key, self.signer)

    def see(self, token: ReceiptToken, verdict: ReceiptVerdict = ReceiptVerdict.VERIFIED) -> Record:
        """Write down that a receipt was shown here."""
        return self.write(seen(token, verdict), actor="citizen", actor_class=ActorClass.CITIZEN)

    def rate(self, number: str, stage: Stage, visit: int, level: int | None) -> None:
        """Open a rating window and close it, with an answer or without."""
        invited = RatingInvited(stage=stage, visit=visit, channel=Channel.PAD)
        self.write(invited, number, "system", ActorClass.SYSTEM)
        if level is None:
            silent = RatingNotGiven(stage=stage, visit=visit, channel=Channel.PAD, reason="timed_out")
            self.write(silent, number, "system", ActorClass.SYSTEM)
        else:
            given = RatingGiven(
                stage=stage, visit=visit, channel=Channel.PAD, level=level, after_ms=4200, key=6 - level
            )
            self.write(given, number, "pad", ActorClass.PAD)

    def relays(self, first_place: int = 1, after_seq: int = 0) -> list[Relay]:
        """What the gateway hands on of this chain: one relay a record, so that tests can drop and swap them."""
        return [
            Relay(first_place + place, self.statement, Segment.of([record]).encode())
            for place, record in enumerate(self.records[after_seq:])
        ]


def seen(token: ReceiptToken, verdict: ReceiptVerdict = ReceiptVerdict.VERIFIED) -> ReceiptSeen:
    """What a terminal writes of a receipt that was shown to it."""
    claim = token.claim
    return ReceiptSeen(
        case_no=claim.case_number.text,
        chain=claim.chain,
        seq=claim.seq,
        hash_prefix=claim.hash_prefix,
        minute=claim.minute,
        key_digest=claim.key_digest,
        signature=token.signature,
        verdict=verdict,
    )


def application(item: ServiceItem, name: str = "李秀兰", days: int = 5) -> CaseTakenIn:
    """An application filled in as the item's sample form shows."""
    assert item.form is not None
    answers = kept_answers(item.form, sample_answers(item.form), MONDAY)
    values = {code: value for code, answer in answers.items() if (value := _form_value(answer)) is not None}
    return CaseTakenIn(
        item_code=item.code,
        item_version=item.version,
        role=Role.PROXY,
        urgency=Urgency.ORDINARY,
        promised_on=date(2026, 11, 30),
        promise_days=days,
        applicant=Person(name=name, identity_number="99010119940820004X", phone="00055501234"),
        values={**values, "applicant_name": name},
        materials=tuple(
            MaterialMark(material=material.code, state=MaterialState.ORIGINAL_SEEN) for material in item.materials
        ),
        signature=STROKES,
        agent_name="王建国",
    )


def _form_value(answer: Answer) -> FormValue | None:
    """The answer as a fact keeps it; a signature stands elsewhere."""
    if isinstance(answer, str | int):
        return answer
    texts = tuple(each for each in answer if isinstance(each, str))
    return texts if len(texts) == len(answer) else None
