"""`python -m tests.golden.dictionaries` trains the dictionaries of the protocol and writes sync/dictionaries/.

They are trained on made-up cases of every item of the demonstration county: real field codes and options, invented
people. Nothing of a real person can be in them. The same versions of the tables and of zstd give the same bytes; once
a dictionary has been published its bytes stay, whatever the tables become, and a new one gets the next number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypedDict

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from county.publishing.assembly import contents_of
from provisioning.county_init import SAMPLE_TABLES
from sync import cbor
from sync.compression import Matter, path
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.catalogue import Catalogue, ServiceItem
from sync.model.facts import (
    CaseAccepted,
    CaseClosed,
    CaseDecided,
    CaseTakenIn,
    CaseWithdrawn,
    Channel,
    Fact,
    Kind,
    MaterialMark,
    MaterialState,
    OneTimeNoticeGiven,
    Outcome,
    Person,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    ResultDelivered,
    ResultReady,
    ShiftClosed,
    ShiftOpened,
    SlipEnded,
    SlipIssued,
    SlipKind,
    SlipResult,
    Stage,
    SupplementReceived,
    SupplementRequired,
    to_plain,
)
from sync.model.form import Field, FieldType
from sync.protocol.columns import SEGMENT_RECORDS_MAX, Entry, columns
from tests.bench import people
from tests.bench.corpus import DayClock
from tests.bench.people import MONDAY
from tests.seals import READERS


class _Seen(TypedDict):
    seen_chain: bytes
    seen_seq: int


COUNTY = "990101"
BYTES = {Matter.BODY: 16 * 1024, Matter.HEADERS: 4 * 1024}
PIECES: dict[Matter, dict[str, int]] = {Matter.BODY: {}, Matter.HEADERS: {"k": 200, "d": 8}}
"""How the trainer cuts the samples of headers into pieces: what did best on headers that it had not seen."""
ROUNDS = 12
"""Cases of each item."""
SEED = 5
_LEVEL = 19
_REASONS = (
    "符合条件，同意办理。",
    "材料齐全，情况属实。",
    "不符合规定的条件，不予批准。",
    "经核实，信息不一致。",
)
_WITHDRAWN = ("不想办了", "材料不齐，下次再来", "填错了，重新申请")
_WANTED = ("户口簿复印件", "身份证复印件", "近期一寸照片", "收入证明", "村委会证明")


def bodies(catalogue: Catalogue, random: Random) -> list[bytes]:
    """The bodies of cases of every item, as they are before they are compressed."""
    opened = []
    for _ in range(ROUNDS):
        for item in catalogue.items:
            for happened in case(item, random, seq=random.randrange(1, 100_000)):
                fields = to_plain(happened)[1]
                if fields:
                    opened.append(cbor.encode(fields))
    return opened


def headers(catalogue: Catalogue, random: Random) -> list[bytes]:
    """The columns of segments as a terminal cuts them, at every place of a journal."""
    clock = DayClock()
    secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"dictionary").digest())
    with TemporaryDirectory() as name:
        journal = Journal.open_or_create(Path(name) / "journal.db", FileSigner(secret), READERS, clock)
        clock.move_to(people.morning_ms(MONDAY))
        at_ms, serial = people.morning_ms(MONDAY), 0
        with journal.transaction() as writing:
            for _ in range(ROUNDS // 2):
                for item in random.sample(catalogue.items, len(catalogue.items)):
                    serial += 1
                    seq = writing.append(ShiftOpened(), actor="A01", actor_class=people.AGENT).header.seq
                    number = people.case_number(random, serial)
                    for happened in case(item, random, seq):
                        at_ms += random.choice((20, 3_000, 9_000, 700_000))
                        clock.move_to(at_ms)
                        actor, actor_class = people.actor_of(happened)
                        writing.append(happened, actor=actor, actor_class=actor_class, case_no=number)
        # Records that tell a content key have a random digest each, which no dictionary can know.
        records = [each for each in journal.read(0, 100_000) if each.header.kind != Kind.CONTENT_KEY_SEALED]
        journal.close()
    pieces = []
    for first in range(0, len(records) - SEGMENT_RECORDS_MAX, 11):
        length = random.choice((SEGMENT_RECORDS_MAX, SEGMENT_RECORDS_MAX // 2, 12, 5, 1))
        pieces.append(columns([Entry.of(record) for record in records[first : first + length]]))
    return pieces


def case(item: ServiceItem, random: Random, seq: int) -> Iterator[Fact]:
    """Something like what happens about a case of an item."""
    name = people.name(random)
    person = Person(name=name, identity_number=people.identity(random, 1930, 2005), phone=people.phone(random))
    seen = _Seen(seen_chain=random.randbytes(8), seen_seq=random.randrange(1, 5_000))
    if item.form is None:
        return
    taken = CaseTakenIn(
        item_code=item.code,
        item_version=item.version,
        role=item.role,
        urgency=item.urgency,
        promised_on=MONDAY + timedelta(days=random.randrange(7, 60)),
        promise_days=5,
        applicant=person,
        values={
            field.code: answer(field, person, random)
            for field in item.form.fields()
            if field.type is not FieldType.SIGNATURE and random.random() < 0.9
        },
        materials=tuple(_mark(each.code, random) for each in item.materials),
        signature=people.handwriting(random, len(name)),
        agent_name=random.choice(("王建国", "李卫东", "陈秀英")),
    )
    yield taken
    yield SlipIssued(slip=SlipKind.RECEIPT, copy=0)
    yield SlipEnded(issued_seq=seq + 2, result=SlipResult.PRINTED)
    yield RatingInvited(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD)
    level = random.randrange(1, 6)
    if random.random() < 0.8:
        yield RatingGiven(
            stage=Stage.TAKEN_IN,
            visit=1,
            channel=Channel.PAD,
            level=level,
            after_ms=random.randrange(30_000),
            key=6 - level,
        )
    else:
        yield RatingNotGiven(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD, reason="timeout")
    yield random.choice(
        (
            OneTimeNoticeGiven(
                item_code=item.code, item_version=item.version, role=item.role, applicant=person,
                missing=tuple(each.code for each in item.materials[:2]),
            ),
            CaseWithdrawn(reason=random.choice(_WITHDRAWN), signature=people.handwriting(random, 3), **seen),
            SupplementReceived(materials=tuple(_mark(each.code, random) for each in item.materials[:1]), **seen),
            ShiftClosed(by_itself=False),
            CaseAccepted(statutory_on=MONDAY + timedelta(days=30), handler="李秀英", **seen),
            SupplementRequired(due=MONDAY, wanted=tuple(random.sample(_WANTED, 2)), handler="李秀英", **seen),
        )
    )  # fmt: skip
    yield CaseDecided(outcome=Outcome.APPROVED, reasons=random.choice(_REASONS), handler="张志远", **seen)
    yield ResultReady(result_name=f"{item.short_name}通知书", handler="李秀英", **seen)
    yield ResultDelivered(receiver=name, signature=people.handwriting(random, len(name)), **seen)
    yield SlipIssued(slip=SlipKind.DELIVERY, copy=0)
    yield SlipEnded(issued_seq=seq + 9, result=SlipResult.PRINTED)
    yield CaseClosed(**seen)


def answer(field: Field, person: Person, random: Random) -> str | int | tuple[str, ...]:
    """An answer such as people give; those about the applicant agree with one another."""
    own = {"applicant_name": person.name, "applicant_id": person.identity_number, "applicant_phone": person.phone}
    if own.get(field.code):
        return own[field.code] or ""
    match field.type:
        case FieldType.NAME:
            return random.choice((person.name, people.name(random)))
        case FieldType.IDENTITY:
            return people.identity(random, 1950, 2005)
        case FieldType.PHONE:
            return people.phone(random)
        case FieldType.REGION:
            return people.region(random)
        case FieldType.DATE:
            return f"{MONDAY - timedelta(days=random.randrange(9_000)):%Y-%m-%d}"
        case FieldType.AMOUNT:
            return random.randrange(1, 5_000) * 100
        case FieldType.CHOICE:
            return random.choice(field.options).code
        case FieldType.CHOICES:
            return tuple(each.code for each in random.sample(field.options, random.randrange(1, 3)))
        case _:
            return people.digits(random, 19) if field.digits_only else random.choice((field.example or "无", "无"))


def _mark(code: str, random: Random) -> MaterialMark:
    state = random.choice((MaterialState.ORIGINAL_SEEN, MaterialState.COPY_TAKEN, MaterialState.COPY_TAKEN))
    if random.random() < 0.1:
        return MaterialMark(material=code, state=MaterialState.PROMISED, due=MONDAY + timedelta(days=14))
    return MaterialMark(material=code, state=state)


def trained(matter: Matter) -> bytes:
    """A dictionary. That of headers is trained with bodies compressed by theirs, which must be there."""
    catalogue = contents_of(SAMPLE_TABLES / COUNTY).catalogue
    samples = (bodies if matter is Matter.BODY else headers)(catalogue, Random(SEED))
    held: bytes = zstandard.train_dictionary(BYTES[matter], [*samples], level=_LEVEL, **PIECES[matter]).as_bytes()
    return held


if __name__ == "__main__":
    for matter in (Matter.BODY, Matter.HEADERS):
        dictionary = trained(matter)
        path(matter).write_bytes(dictionary)
        print(f"{matter}: {len(dictionary)} bytes, SHA-256 {hashlib.sha256(dictionary).hexdigest()}")
