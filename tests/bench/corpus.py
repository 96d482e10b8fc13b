"""The corpus of the pipe's bench: whole cases of the main job, forms completely filled in, the same in every run.

A case has eight records: taken in, receipt issued, receipt printed, rating asked for, rating given, and some days later
result handed over, its slip issued, its slip printed. 25 cases a day, as many as a busy point has. The journal is the
real one, so that it also holds what a terminal adds by itself: a content key a day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from msgspec import NODEFAULT, Struct

from sync.journal import Journal, JournalReader
from sync.keys import FileSigner, Signer
from sync.model.case_number import CaseNumber, next_case_number
from sync.model.facts import (
    ActorClass,
    CaseTakenIn,
    Channel,
    Fact,
    MaterialMark,
    MaterialState,
    Person,
    RatingGiven,
    RatingInvited,
    ResultDelivered,
    Role,
    ShiftOpened,
    SlipEnded,
    SlipIssued,
    SlipKind,
    SlipResult,
    Stage,
    Urgency,
    kind_of,
)
from sync.model.moment import wall_ms_at
from sync.model.structs import defaults_of
from sync.record import Record
from sync.sealing import Recipient
from tests.bench import people
from tests.bench.people import MONDAY, REGION, TERMINAL
from tests.seals import READERS

SEED = 20261123
CASES = 125
RECORDS_A_CASE = 8
RECORDS = CASES * RECORDS_A_CASE
CASES_A_DAY = 25
DELIVERED_DAYS_LATER = 2
COUNTY_CHAIN = bytes.fromhex("5a11c0de5a11c0de")
DAY_SECONDS = 7 * 3600

_STREETS = ("柳溪", "上湾", "下湾", "东坡", "西岭", "石桥", "大塘", "新屋")
_HOMES = ("青山镇敬老院", "柳溪村幸福院", "青山县福利院", "东坡养老中心")
_REMARKS = (
    "",
    "",
    "老人行动不便，请上门核实",
    "腿脚不好，由女儿代领",
    "已与村干部说明",
    "家里电话白天没人接，请打手机",
)

_AGENT = ("A01", ActorClass.AGENT)
_SYSTEM = ("system", ActorClass.SYSTEM)
_PAD = ("pad", ActorClass.PAD)

Event = tuple[int, int, Callable[[int, int], Fact], tuple[str, ActorClass], str]
"""Wall ms, order, what makes the fact from (seq of the record, county's seq), who acts, case number."""


class DayClock:
    """The clock of a machine that is switched on every morning."""

    real = True

    def __init__(self) -> None:
        self.boot_id = bytes(8)
        self._wall_ms = self._booted_ms = 0

    def move_to(self, wall_ms: int) -> None:
        """Let it be so late; another day is another start."""
        booted_ms = wall_ms - wall_ms % 86_400_000
        if booted_ms != self._booted_ms:
            self._booted_ms = booted_ms
            self.boot_id = Random(booted_ms).randbytes(8)
        self._wall_ms = wall_ms

    def wall_ms(self) -> int:
        """See `Clock`."""
        return self._wall_ms

    def boot_ms(self) -> int:
        """See `Clock`: the machine came up 23 s after the day began."""
        return self._wall_ms - self._booted_ms - 23_000


class Told(Struct, frozen=True):
    """A fact with what its record says beside it."""

    happened: Fact
    at_ms: int
    actor: str
    actor_class: ActorClass
    case_no: str


def told(cases: int, seed: int = SEED) -> Iterator[Told]:
    """Yield the facts of so many whole cases in the order in which they happen."""
    random = Random(seed)
    seq, county_seq = 1, 0
    day = MONDAY - timedelta(days=1)
    for at_ms, _, make, (actor, actor_class), case_no in sorted(_events(random, cases), key=lambda each: each[:2]):
        today = MONDAY + timedelta(days=(at_ms - wall_ms_at(MONDAY, 0, 0)) // 86_400_000)
        # The day's content key is a record too.
        seq += 1 + (today != day)
        day = today
        happened = make(seq, county_seq)
        county_seq += 4 if isinstance(happened, ResultDelivered) else 0
        yield Told(happened, at_ms, actor, actor_class, case_no)


def write(path: Path, signer: Signer, readers: tuple[Recipient, ...], cases: int, seed: int = SEED) -> int:
    """Write the corpus behind the first record; returns how many records the journal has, content keys included."""
    clock = DayClock()
    clock.move_to(wall_ms_at(MONDAY, 8, 0))
    journal = Journal.open_or_create(path, signer, readers, clock)
    try:
        pending = list(told(cases, seed))
        for begin in range(0, len(pending), 500):
            with journal.transaction() as writing:
                for each in pending[begin : begin + 500]:
                    clock.move_to(each.at_ms)
                    writing.append(each.happened, actor=each.actor, actor_class=each.actor_class, case_no=each.case_no)
        return journal.head().seq
    finally:
        journal.close()


def write_first(path: Path, signer: Signer, readers: tuple[Recipient, ...]) -> None:
    """Write the record that a terminal begins with, the evening before."""
    clock = DayClock()
    clock.move_to(wall_ms_at(MONDAY - timedelta(days=1), 17, 30))
    journal = Journal.open_or_create(path, signer, readers, clock)
    try:
        with journal.transaction() as writing:
            writing.append(ShiftOpened(), actor="A01", actor_class=ActorClass.AGENT)
    finally:
        journal.close()


def records(directory: Path) -> list[Record]:
    """Return the records of the corpus, from a journal of a key of its own in a new directory."""
    directory.mkdir()
    signer = FileSigner.create(directory / "record.pem")
    path = directory / "journal.db"
    write_first(path, signer, READERS)
    write(path, signer, READERS, CASES)
    return records_in(directory)


def records_in(directory: Path) -> list[Record]:
    """Return what `records` has left in a directory."""
    reader = JournalReader.open(directory / "journal.db")
    try:
        return reader.read(0, 2 * RECORDS)
    finally:
        reader.close()


def documents(cases: int, seed: int = SEED) -> Iterator[bytes]:
    """Yield the same facts as a peer would carry them: JSON with names for keys, not sealed and not signed."""
    for number, each in enumerate(told(cases, seed), 1):
        document: dict[str, Any] = {
            "id": f"{REGION}-{TERMINAL:02}-{number:08}",
            "kind": kind_of(each.happened).name.lower(),
            "at_ms": each.at_ms,
            "actor": each.actor,
            "actor_class": each.actor_class.name.lower(),
            "case": each.case_no,
            **_named(each.happened),
        }
        yield json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _named(value: Any) -> Any:
    """A fact's fields by name; what holds its default is left out, as it is on our wire."""
    if isinstance(value, Struct):
        defaults = defaults_of(type(value))
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: _named(each) for name, each in fields.items() if each != defaults.get(name, NODEFAULT)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _named(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_named(each) for each in value]
    return value


def _events(random: Random, cases: int) -> Iterator[Event]:
    last: CaseNumber | None = None
    order = 0
    for place in range(cases):
        day = MONDAY + timedelta(days=place // CASES_A_DAY)
        last = next_case_number(last, REGION, TERMINAL, day)
        spread_s = DAY_SECONDS // CASES_A_DAY
        at_ms = wall_ms_at(day, 8, 30) + (place % CASES_A_DAY * spread_s + random.randrange(spread_s // 2)) * 1000
        at_ms += random.randrange(1000)
        taken = _taken_in(random, day)
        later = day + timedelta(days=DELIVERED_DAYS_LATER)
        handed_ms = wall_ms_at(later, 8, 30) + random.randrange(DAY_SECONDS * 1000)
        for happens_ms, make, actor in (
            *_at_intake(random, at_ms, taken),
            *_at_delivery(random, handed_ms, taken),
        ):
            order += 1
            yield happens_ms, order, make, actor, last.text


def _at_intake(random: Random, at_ms: int, taken: CaseTakenIn) -> Iterator[tuple[int, Callable[[int, int], Fact], Any]]:
    printed_ms = at_ms + random.randrange(15, 60)
    ended_ms = printed_ms + random.randrange(2_500, 6_000)
    asked_ms = ended_ms + random.randrange(3_000, 20_000)
    after_ms = random.randrange(900, 12_000)
    level = random.choices((1, 2, 3, 4, 5), (1, 1, 3, 10, 25))[0]
    yield at_ms, lambda _seq, _county: taken, _AGENT
    yield printed_ms, lambda _seq, _county: SlipIssued(slip=SlipKind.RECEIPT, copy=0), _AGENT
    yield ended_ms, lambda seq, _county: SlipEnded(issued_seq=seq - 1, result=SlipResult.PRINTED), _SYSTEM
    invited = RatingInvited(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD)
    yield asked_ms, lambda _seq, _county: invited, _SYSTEM
    given = RatingGiven(
        stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD, level=level, after_ms=after_ms, key=6 - level
    )
    yield asked_ms + after_ms, lambda _seq, _county: given, _PAD


def _at_delivery(
    random: Random, at_ms: int, taken: CaseTakenIn
) -> Iterator[tuple[int, Callable[[int, int], Fact], Any]]:
    signature = people.handwriting(random, len(taken.applicant.name))
    printed_ms = at_ms + random.randrange(15, 60)
    yield (
        at_ms,
        lambda _seq, county: ResultDelivered(
            receiver=taken.applicant.name, signature=signature, seen_chain=COUNTY_CHAIN, seen_seq=county + 4
        ),
        _AGENT,
    )
    yield printed_ms, lambda _seq, _county: SlipIssued(slip=SlipKind.DELIVERY, copy=0), _AGENT
    ended_ms = printed_ms + random.randrange(2_500, 6_000)
    yield ended_ms, lambda seq, _county: SlipEnded(issued_seq=seq - 1, result=SlipResult.PRINTED), _SYSTEM


def _taken_in(random: Random, day: date) -> CaseTakenIn:
    name, identity, phone = people.name(random), people.identity(random, 1925, 1945), people.phone(random)
    relative = people.name(random)
    values: dict[str, str | int | tuple[str, ...]] = {
        "applicant_name": name,
        "applicant_id": identity,
        "applicant_region": people.region(random),
        "applicant_phone": phone,
        "applicant_address": f"{random.choice(_STREETS)}{random.randrange(1, 180)}号",
        "living": "home",
        "home_name": random.choice(_HOMES),
        "health": random.choice(("self", "half", "none")),
        "other_benefits": tuple(random.sample(("pension", "low", "poor", "care"), random.randrange(1, 3))),
        "bank_name": random.choice(("rcu", "rcu", "abc", "psbc", "other")),
        "bank_account": "6210990101" + people.digits(random, 9),
        "account_name": name,
        "filled_by": "relative",
        "relative_name": relative,
        "relative_id": people.identity(random, 1955, 1985),
        "relative_kin": random.choice(("child", "spouse", "grandchild", "other")),
        "relative_phone": people.phone(random),
    }
    values["remark"] = random.choice(_REMARKS)
    seen = MaterialMark(material="id_card", state=MaterialState.ORIGINAL_SEEN)
    copied = (MaterialMark(material=each, state=MaterialState.COPY_TAKEN) for each in ("household", "bank"))
    photo = MaterialMark(material="photo", state=MaterialState.PROMISED, due=day + timedelta(days=14))
    return CaseTakenIn(
        item_code="elder_allowance",
        item_version=3,
        role=Role.PROXY,
        urgency=Urgency.ORDINARY,
        promised_on=day + timedelta(days=7),
        promise_days=5,
        applicant=Person(name=name, identity_number=identity, phone=phone),
        values=values,
        materials=(seen, *copied, photo, MaterialMark(material="agent_id", state=MaterialState.ORIGINAL_SEEN)),
        signature=people.handwriting(random, len(name)),
        agent_name="王建国",
    )
